"""What readers see of a resource in the moment between the swap of its table and the metadata that follow it.

CKAN keeps metadata, file and search index apart from the DataStore's tables; no transaction spans them. Where a state
is in place that they do not follow yet, dataset, resource and download show what they are about to say.
"""

from __future__ import annotations

import mimetypes
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from ckan import model
from ckan.lib import munge
from ckan.lib.uploader import ResourceUpload

from . import switching, versions
from .model import Version


def waiting(**where: str) -> list[Version]:
    """States in place that CKAN's metadata do not follow yet. One look at an index where there is none."""
    return _waiting(*(getattr(Version, name) == value for name, value in where.items()))


def _waiting(*where: Any) -> list[Version]:
    query = sa.select(Version).where(Version.state == versions.PREPARED, *where)
    return [version for version in model.Session.scalars(query) if versions.in_place(version)]


def show(package: dict[str, Any]) -> None:
    """Bring the resources of a dataset up to the states that are in place."""
    found = {version.resource_id: version for version in waiting(package_id=package["id"])}
    for resource in package.get("resources", []) if found else []:
        if resource["id"] in found:
            _show(resource, found[resource["id"]])


def show_found(packages: list[dict[str, Any]]) -> None:
    """Do the same for the datasets of a search: the index follows with the metadata."""
    ids = [package["id"] for package in packages if package.get("id")]
    late = {version.package_id for version in _waiting(Version.package_id.in_(ids))} if ids else set()
    for package in packages if late else []:
        if package.get("id") in late:
            show(package)


def _show(resource: dict[str, Any], version: Version) -> None:
    face = switching.face(version)
    if "url" in face:
        name = munge.munge_filename(face["url"])
        face["url"] = f"{str(resource['url']).rsplit('/', 1)[0]}/{name}" if "/" in str(resource["url"]) else name
        path = switching.delivered_path(version)
        face["size"] = path.stat().st_size if path else None
        face["mimetype"] = mimetypes.guess_type(name)[0]
    resource.update(face)


class StateFile(ResourceUpload):
    """Finds the file of the state in place where CKAN would find that of the state before."""

    storage = None

    def __init__(self, resource: dict[str, Any], path: Path) -> None:
        super().__init__(resource)
        self.path = path

    def get_path(self, id: str) -> str:
        """The state's own file."""
        return str(self.path)


def uploader(resource: dict[str, Any]) -> StateFile | None:
    """The finder of a resource's file while CKAN's own does not follow; None else, and where a file is sent."""
    if not resource.get("id") or resource.get("upload") or resource.get("clear_upload"):
        return None
    for version in waiting(resource_id=resource["id"]):
        path = switching.delivered_path(version)
        if path is not None:
            return StateFile(resource, path)
    return None
