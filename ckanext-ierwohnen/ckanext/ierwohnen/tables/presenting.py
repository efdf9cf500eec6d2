"""What readers see of a resource in the moment between the swap of its table and the metadata that follow it.

CKAN keeps metadata, file and search index apart from the DataStore's tables; no transaction spans them. Where a state
is in place that they do not follow yet, dataset, resource and download show what they are about to say.
"""

from __future__ import annotations

import datetime as dt
import mimetypes
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from ckan import model
from ckan.lib import munge
from ckan.lib.uploader import ResourceUpload

from . import switching, versions
from .model import Version


def waiting(resource_id: str) -> list[Version]:
    """States of a resource in place that CKAN's metadata do not follow yet; one look at an index if there are none."""
    query = sa.select(Version).where(Version.state == versions.PREPARED, Version.resource_id == resource_id)
    return [version for version in model.Session.scalars(query) if versions.in_place(version)]


def show(packages: list[dict[str, Any]]) -> None:
    """Bring the resources of datasets up to the states that are in place; a search index follows with the metadata."""
    late = {version.resource_id: version for version in _late(packages)}
    for package in packages if late else []:
        for resource in package.get("resources", []):
            if resource["id"] in late:
                _show(resource, late[resource["id"]])


def _late(packages: list[dict[str, Any]]) -> list[Version]:
    """The states in place that these metadata do not show, the newest last.

    CKAN's metadata do not follow yet; or they have followed since these were read, which is a moment ago.
    """
    read = [(one["id"], _modified(one)) for package in packages for one in package.get("resources", [])]
    if not read:
        return []
    asked = sa.values(sa.column("id", sa.UnicodeText), sa.column("modified", sa.DateTime), name="asked").data(read)
    followed = sa.and_(Version.state == versions.PUBLISHED, Version.delivered, Version.created > asked.c.modified)
    query = (
        sa.select(Version)
        .join(asked, Version.resource_id == asked.c.id)
        .where(sa.or_(Version.state == versions.PREPARED, followed))
        .order_by(Version.number)
        .execution_options(populate_existing=True)
    )
    return [one for one in model.Session.scalars(query) if one.state == versions.PUBLISHED or versions.in_place(one)]


def _modified(resource: dict[str, Any]) -> dt.datetime:
    """When a resource was last changed; the end of time where a search was not asked for it.

    Not the dataset's date: one session can hold a resource that it read before a change, and the dataset after it.
    """
    told = resource.get("metadata_modified")
    return dt.datetime.fromisoformat(str(told)).replace(tzinfo=None) if told else dt.datetime.max


def _show(resource: dict[str, Any], version: Version) -> None:
    face = _followed(version) if version.state == versions.PUBLISHED else _to_follow(version)
    if "url" in face:
        name = munge.munge_filename(face["url"])
        face["url"] = f"{str(resource['url']).rsplit('/', 1)[0]}/{name}" if "/" in str(resource["url"]) else name
    resource.update(face)


def _to_follow(version: Version) -> dict[str, Any]:
    """What CKAN's metadata are about to say."""
    face = switching.face(version)
    if "url" in face:
        path = switching.delivered_path(version)
        face["size"] = path.stat().st_size if path else None
        face["mimetype"] = mimetypes.guess_type(face["url"])[0]
    elif version.delivered:  # its file has come since the resource was read, or somebody has given a newer one
        face |= _followed(version)
    return face


def _followed(version: Version) -> dict[str, Any]:
    """What CKAN's metadata say by now of a resource with a file."""
    now = model.Resource
    query = sa.select(now.url, now.format, now.size, now.mimetype)
    found = model.Session.execute(query.where(now.id == version.resource_id, now.url_type == "upload")).mappings()
    return dict(found.one_or_none() or {})


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
    for version in waiting(resource["id"]):
        path = switching.delivered_path(version)
        if path is not None:
            return StateFile(resource, path)
    return None
