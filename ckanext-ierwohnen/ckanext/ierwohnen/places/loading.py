"""Loads boundaries into a dataset: collects the files, reads and checks them, stores all in one
transaction.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Any

import ckan.model as model
import ckan.plugins as p
import ckan.plugins.toolkit as tk
from ckan.common import config
from ckan.lib import uploader
from ckan.logic import fresh_context
from ckan.types import Context
from flask import has_request_context
from werkzeug.datastructures import FileStorage

from ckanext.ierwohnen.places import store
from ckanext.ierwohnen.places.boundaries import Boundaries, load_boundaries
from ckanext.ierwohnen.places.description import parse_description
from ckanext.ierwohnen.places.drawing import extent, extent_polygon
from ckanext.ierwohnen.places.findings import BoundaryError, error
from ckanext.ierwohnen.places.intake import Limits

MAX_SIZE_OPTION = "ierwohnen.places.max_file_mb"
DATASET_TYPE = "spatial-system"


def load(
    context: Context,
    name_or_id: str,
    description: str,
    resource_ids: Sequence[str],
    uploads: Sequence[FileStorage],
    check_only: bool = False,
) -> dict[str, Any]:
    """Read, check and (unless ``check_only``) store; the caller has authorized.

    Raises ValidationError with all findings under ``boundaries``; nothing is then changed.
    """
    package = model.Package.get(name_or_id)
    if package is None or not accepts(package.type):
        raise tk.ValidationError({"id": [tk._("Boundaries belong to a dataset of type spatial-system.")]})
    try:
        boundaries = _read(package, description, resource_ids, uploads)
    except BoundaryError as refused:
        raise tk.ValidationError({"boundaries": [f.text(locale()) for f in refused.findings]}) from refused
    if not check_only:
        _store(context, package, boundaries, description)
    return {
        "id": package.name,
        "stored": not check_only,
        "boundary_date": boundaries.system.boundary_date.isoformat(),
        "levels": _levels(boundaries),
        "findings": [finding.as_dict(locale()) for finding in boundaries.findings],
    }


def accepts(dataset_type: str) -> bool:
    """True for the type that boundaries belong to; on a portal that has no such type, for plain datasets."""
    known = any(DATASET_TYPE in form.package_types() for form in p.PluginImplementations(p.IDatasetForm))
    return dataset_type == (DATASET_TYPE if known else "dataset")


def locale() -> str:
    """The reader's language; outside a request the portal's."""
    return str(tk.h.lang()) if has_request_context() else str(config.get("ckan.locale_default") or "en")


def _read(
    package: model.Package, description: str, resource_ids: Sequence[str], uploads: Sequence[FileStorage]
) -> Boundaries:
    limits = Limits(file_bytes=int(config[MAX_SIZE_OPTION]) * 1_000_000)
    told = parse_description(description, package.title or package.name)
    with tempfile.TemporaryDirectory(prefix="ierwohnen-places-") as name:
        folder = Path(name)
        files = [_resource_file(package, resource_id) for resource_id in resource_ids]
        files += [_upload_file(upload, folder / f"upload{n}", limits) for n, upload in enumerate(uploads)]
        work = folder / "work"
        work.mkdir()
        return load_boundaries(package.name, told, files, work, limits)


def _resource_file(package: model.Package, resource_id: str) -> tuple[str, Path]:
    resource = model.Resource.get(resource_id)
    # Only files of this dataset: the right to edit it says nothing about other datasets' files.
    if resource is None or resource.package_id != package.id or resource.state != "active":
        raise BoundaryError(error("resource_unknown", resource=resource_id))
    found = uploader.get_resource_uploader({"id": resource.id, "url_type": resource.url_type})
    path = Path(found.get_path(resource.id)) if resource.url_type == "upload" else None
    if path is None or not path.is_file():
        raise BoundaryError(error("resource_without_file", resource=resource.name or resource_id))
    return PurePosixPath(resource.url or "").name or resource_id, path


def _upload_file(upload: FileStorage, target: Path, limits: Limits) -> tuple[str, Path]:
    name = PurePosixPath((upload.filename or "upload").replace("\\", "/")).name
    left = limits.file_bytes + 1
    with target.open("wb") as sink:
        # One byte more than allowed is enough to know; the rest is never read.
        while left > 0 and (block := upload.stream.read(min(left, 1 << 20))):
            sink.write(block)
            left -= len(block)
    return name, target


def _store(context: Context, package: model.Package, boundaries: Boundaries, description: str) -> None:
    """Store the system and what the dataset says about it, together: the last commit makes both visible."""
    own = fresh_context(context)
    try:
        store.replace_system(package.id, boundaries, description)
        tk.get_action("package_patch")(own, {"id": package.id, **_metadata(boundaries)})
        model.Session.commit()
    except Exception:
        model.Session.rollback()
        raise


def _metadata(boundaries: Boundaries) -> dict[str, Any]:
    """Fields of the dataset that follow from its boundaries; ckanext-spatial finds the dataset by
    ``spatial``.
    """
    metadata: dict[str, Any] = {
        "spatial": json.dumps(extent_polygon(extent(boundaries))),
        "boundary_date": boundaries.system.boundary_date.isoformat(),
        "levels": _levels(boundaries),
    }
    return metadata


def _levels(boundaries: Boundaries) -> list[dict[str, Any]]:
    return [
        {
            "code": loaded.level.code,
            "title": loaded.level.title,
            "title_en": loaded.level.title_en,
            "units": len(loaded.keys),
        }
        for loaded in boundaries.levels
    ]
