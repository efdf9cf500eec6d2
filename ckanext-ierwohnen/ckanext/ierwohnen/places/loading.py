"""Takes in boundaries for a dataset: small files at once, large ones by a job in the background (load_jobs.py)."""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

import ckan.model as model
import ckan.plugins as p
import ckan.plugins.toolkit as tk
from ckan.common import config
from ckan.types import Context
from flask import has_request_context
from werkzeug.datastructures import FileStorage

from ckanext.ierwohnen.places import load_jobs
from ckanext.ierwohnen.places.description import parse_description
from ckanext.ierwohnen.places.findings import BoundaryError, error
from ckanext.ierwohnen.places.intake import Limits
from ckanext.ierwohnen.places.known_places import CONFIRMABLE
from ckanext.ierwohnen.places.load_work import NamedFile, limits, perform, resource_file

BACKGROUND_OPTION = "ierwohnen.places.background_mb"
DATASET_TYPE = "spatial-system"


def load(
    context: Context,
    name_or_id: str,
    description: str,
    resource_ids: Sequence[str],
    uploads: Sequence[FileStorage],
    check_only: bool = False,
    background: bool | None = None,
    confirm_place: bool = False,
) -> dict[str, Any]:
    """Read, check and (unless ``check_only``) store; the caller has authorized.

    ``background`` None decides by size: files of more than ``ierwohnen.places.background_mb`` are left to a job, and
    the answer is ``{"id", "stored": False, "job"}``. Raises ValidationError with all findings under ``boundaries``;
    nothing is then changed. If the place has to be confirmed (``confirm_place``), it says so under that name, too.
    """
    package = model.Package.get(name_or_id)
    if package is None or not accepts(package.type):
        raise tk.ValidationError({"id": [tk._("Boundaries belong to a dataset of type spatial-system.")]})
    try:
        with tempfile.TemporaryDirectory(prefix="ierwohnen-upload-") as folder:
            parse_description(description, package.title or package.name)
            sent = [_upload_file(upload, Path(folder) / str(n), limits()) for n, upload in enumerate(uploads)]
            files = [*(resource_file(package, resource_id) for resource_id in resource_ids), *sent]
            later = _size(files) > int(config[BACKGROUND_OPTION]) * 1_000_000 if background is None else background
            if later:
                _refuse_large(files)
                job = load_jobs.enqueue(context, package, description, resource_ids, sent, check_only, confirm_place)
                return {"id": package.name, "stored": False, "job": job}
            done, findings = perform(context, package, description, files, check_only, confirm_place=confirm_place)
    except BoundaryError as refused:
        wrong = {"boundaries": [f.text(locale()) for f in refused.findings]}
        if any(finding.code in CONFIRMABLE for finding in refused.findings):
            wrong["confirm_place"] = [tk._("If the new place is right, confirm it, and load once more.")]
        raise tk.ValidationError(wrong) from refused
    return {**done, "findings": [finding.as_dict(locale()) for finding in findings]}


def accepts(dataset_type: str) -> bool:
    """True for the type that boundaries belong to; on a portal that has no such type, for plain datasets."""
    known = any(DATASET_TYPE in form.package_types() for form in p.PluginImplementations(p.IDatasetForm))
    return dataset_type == (DATASET_TYPE if known else "dataset")


def locale() -> str:
    """The reader's language; outside a request the portal's."""
    return str(tk.h.lang()) if has_request_context() else str(config.get("ckan.locale_default") or "en")


def _upload_file(upload: FileStorage, target: Path, most: Limits) -> NamedFile:
    name = PurePosixPath((upload.filename or "upload").replace("\\", "/")).name
    left = most.file_bytes + 1
    with target.open("wb") as sink:
        # One byte more than allowed is enough to know; the rest is never read.
        while left > 0 and (block := upload.stream.read(min(left, 1 << 20))):
            sink.write(block)
            left -= len(block)
    return name, target


def _size(files: Iterable[NamedFile]) -> int:
    """Bytes to be read, of archives after unpacking."""
    total = 0
    for _, path in files:
        try:
            with zipfile.ZipFile(path) as archive:
                total += sum(info.file_size for info in archive.infolist())
        except (zipfile.BadZipFile, OSError, NotImplementedError):
            total += path.stat().st_size
    return total


def _refuse_large(files: Iterable[NamedFile]) -> None:
    """What is too large in any case need not wait for the job to hear it."""
    most = limits().file_bytes
    large = [name for name, path in files if path.stat().st_size > most]
    if large:
        raise BoundaryError([error("file_too_large", file=name, limit=most // 1_000_000) for name in large])
