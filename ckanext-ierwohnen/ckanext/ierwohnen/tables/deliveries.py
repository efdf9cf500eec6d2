"""Files that wait to be published: put aside on disk, so that the good version stays until the new one is better.

A delivery's file lies under CKAN's storage path, in a folder of its own that no page serves. Files of published
deliveries are kept (an appended year has no other place) until the resource is deleted.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import ckan.plugins.toolkit as tk
import file_keeper as fk
from ckan import model
from ckan.lib import files, uploader
from ckan.model.types import make_uuid
from werkzeug.datastructures import FileStorage

from .controls import without_controls
from .model import Delivery, now

BLOCK = 1 << 20
MEGABYTE = 1 << 20


@dataclass(frozen=True)
class Source:
    """A table file that can be read: where it lies, and the name under which it came."""

    path: Path
    filename: str
    size: int


def folder() -> Path:
    """Where the files of deliveries lie."""
    root = tk.config.get("ckan.storage_path")
    if not root:
        raise tk.ValidationError({"upload": [tk._("This portal takes no files: ckan.storage_path is not set.")]})
    place = Path(root) / "ierwohnen" / "deliveries"
    place.mkdir(parents=True, exist_ok=True)
    return place


def path_of(delivery: Delivery) -> Path:
    """The file of a delivery."""
    return folder() / delivery.id


def limit() -> int:
    """The largest file that is taken, in bytes (`ckan.max_resource_size`)."""
    return int(tk.config.get("ckan.max_resource_size")) * MEGABYTE


@contextmanager
def staging(resource: dict[str, Any], user_id: str, upload: FileStorage) -> Iterator[Delivery]:
    """Put an uploaded file aside as the resource's open delivery; an earlier open one gives way.

    The file is streamed to disk. The block may look at it: if it raises, nothing stays, and the earlier one remains.
    Raises ValidationError for a file that is empty or too large.
    """
    name = check_name(upload)
    delivery = Delivery(
        id=make_uuid(), package_id=resource["package_id"], resource_id=resource["id"], user_id=user_id, filename=name
    )
    path = path_of(delivery)
    try:
        delivery.size = write(upload, path)
        yield delivery
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    earlier = Delivery.open_for(resource["id"])
    if earlier is not None:
        _discard(earlier)
    model.Session.add(delivery)
    model.Session.commit()


def check_name(upload: FileStorage) -> str:
    """The file's own name without any folder; ValidationError if no file was chosen."""
    name = without_controls(Path(str(upload.filename or "").replace("\\", "/").replace("\x00", "")).name)
    if not name:
        raise tk.ValidationError({"upload": [tk._("No file was chosen. Choose a table as CSV or XLSX.")]})
    return name


def write(upload: FileStorage, target: Path) -> int:
    """Stream an upload to `target`, block by block; returns its size. Refuses empty and too large files."""
    size, most = 0, limit()
    with target.open("wb") as out:
        while block := upload.stream.read(BLOCK):
            size += len(block)
            if size > most:
                text = tk._(
                    "The file is larger than {limit} MB. "
                    "Split the table, or ask the portal's office to raise the limit."
                )
                raise tk.ValidationError({"upload": [text.format(limit=most // MEGABYTE)]})
            out.write(block)
    if not size:
        raise tk.ValidationError({"upload": [tk._("The file is empty. Check the export and upload it again.")]})
    return size


@contextmanager
def temporary(upload: FileStorage) -> Iterator[Source]:
    """An upload as a file for as long as the block lasts; nothing stays."""
    name = check_name(upload)
    with tempfile.TemporaryDirectory(prefix="ierwohnen-") as place:
        path = Path(place) / f"table{Path(name).suffix.lower()}"
        size = write(upload, path)
        yield Source(path, name, size)


@contextmanager
def source(resource: dict[str, Any], delivery: Delivery | None) -> Iterator[Source]:
    """The file to be checked or published: the delivery's, or else the resource's own."""
    if delivery is not None and delivery.filename:
        path = path_of(delivery)
        if not path.exists():
            raise tk.ValidationError({"upload": [tk._("The delivered file is no longer there. Upload it again.")]})
        yield Source(path, delivery.filename, path.stat().st_size)
        return
    if resource.get("url_type") != "upload":
        text = tk._("This resource is a link. Upload the table as a file, so that it can be checked and published.")
        raise tk.ValidationError({"upload": [text]})
    with _stored(resource) as found:
        yield found


@contextmanager
def _stored(resource: dict[str, Any]) -> Iterator[Source]:
    keeper = uploader.get_resource_uploader(dict(resource))
    name = str(resource.get("url") or "").rsplit("/", 1)[-1] or resource["id"]
    place = keeper.get_path(resource["id"])
    storage = getattr(keeper, "storage", None)
    if isinstance(storage, fk.Storage):
        with tempfile.TemporaryDirectory(prefix="ierwohnen-") as room:
            path = Path(room) / "table"
            with path.open("wb") as out:
                out.writelines(storage.stream(files.FileData(files.Location(place))))
            yield Source(path, name, path.stat().st_size)
        return
    path = Path(place)
    if not path.exists():
        raise tk.ValidationError({"upload": [tk._("The resource's file is no longer there. Upload it again.")]})
    yield Source(path, name, path.stat().st_size)


def keep_choices(resource: dict[str, Any], user_id: str, choices: dict[str, Any]) -> Delivery:
    """Remember what a person chose for the resource's open delivery, or for its own file."""
    if "\\u0000" in json.dumps(choices):
        raise tk.ValidationError({"roles": [tk._("Must hold no zero characters (U+0000)")]})
    delivery = Delivery.open_for(resource["id"])
    if delivery is None:
        delivery = Delivery(package_id=resource["package_id"], resource_id=resource["id"], user_id=user_id)
        model.Session.add(delivery)
    delivery.choices = choices
    model.Session.commit()
    return delivery


def discard(resource_id: str) -> bool:
    """Drop the open delivery; the published version is untouched. False if there was none."""
    delivery = Delivery.open_for(resource_id)
    if delivery is None:
        return False
    _discard(delivery)
    model.Session.commit()
    return True


def _discard(delivery: Delivery) -> None:
    path_of(delivery).unlink(missing_ok=True)
    model.Session.delete(delivery)


def close(delivery: Delivery) -> None:
    """Note that a delivery is published."""
    delivery.state, delivery.published = "published", now()
    model.Session.commit()


def as_upload(found: Source) -> FileStorage:
    """The file as CKAN's own upload, to become the resource's file. The caller's action closes it."""
    stream: BinaryIO = found.path.open("rb")
    return FileStorage(stream=stream, filename=found.filename)


def remove(resource_ids: list[str]) -> None:
    """Delete all deliveries of resources that are no more, and their files."""
    for delivery in model.Session.query(Delivery).filter(Delivery.resource_id.in_(resource_ids)):
        with suppress(tk.ValidationError):
            path_of(delivery).unlink(missing_ok=True)
        model.Session.delete(delivery)
    model.Session.commit()
