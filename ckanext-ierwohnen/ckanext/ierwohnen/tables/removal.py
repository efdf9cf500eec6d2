"""What goes with a resource: its table, files, versions, deliveries and jobs. Stock CKAN leaves some of them."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

import ckan.plugins.toolkit as tk
import file_keeper as fk
from ckan import model
from ckan.lib import files, uploader
from ckan.types import Context

from . import deliveries, store, versions
from .exports import kept
from .model import Delivery, Job, Version

log = logging.getLogger(__name__)


def after_update(sender: Any, context: Context, result: Any, **_: Any) -> None:
    """Remove what belonged to resources that an update of their dataset has deleted (`resource_delete` is one, too).

    Hears the signal of the finished action, not the hooks before its commit: a deletion that is rolled back must
    not take the data with it.
    """
    if not context.get("defer_commit"):
        remove(deleted_resources(result["id"] if isinstance(result, dict) else result))


def deleted_resources(package_id: str) -> list[str]:
    """Resources of a dataset that were deleted, and of which this room still keeps something."""
    known = model.Session.query(Job.resource_id).filter_by(package_id=package_id)
    waiting = model.Session.query(Delivery.resource_id).filter_by(package_id=package_id)
    states = model.Session.query(Version.resource_id).filter_by(package_id=package_id)
    query = model.Session.query(model.Resource).filter(
        model.Resource.package_id == package_id, model.Resource.state == model.State.DELETED
    )
    kept = {resource_id for (resource_id,) in known.union(waiting, states)}
    return [one.id for one in query if one.id in kept or (one.url_type == "upload" and _has_file(one.id))]


def resources_of(package: str) -> list[str]:
    """All resources a dataset (id or name) ever had and that are still recorded, also the deleted ones."""
    found = model.Package.get(package)
    if found is None:
        return []
    query = model.Session.query(model.Resource.id).filter(model.Resource.package_id == found.id)
    return [resource_id for (resource_id,) in query]


def trash_of(organization: str) -> list[str]:
    """The deleted datasets of an organization (id or name)."""
    found = model.Group.get(organization)
    if found is None or not found.is_organization:
        return []
    query = model.Session.query(model.Package.id).filter_by(owner_org=found.id, state=model.State.DELETED)
    return [package_id for (package_id,) in query]


def remove(resource_ids: Iterable[str]) -> None:
    """Delete tables, files, deliveries, jobs and views of resources that are no more. Safe to run again."""
    gone = list(resource_ids)
    if not gone:
        return
    with store.writing() as cursor:
        ids = model.Session.query(Job.id).filter(Job.resource_id.in_(gone))
        mine = {store.staged_name(job_id) for (job_id,) in ids}
        for table in mine.intersection(store.staged_tables(cursor)):
            store.drop_staged(cursor, table)
    versions.remove(gone)
    for resource_id in gone:
        if store.remove(resource_id):
            log.info("Removed the DataStore table of the deleted resource %s", resource_id)
        _remove_file(resource_id)
    kept.remove(gone)
    deliveries.remove(gone)
    for kind in (Job, model.ResourceView):
        model.Session.query(kind).filter(kind.resource_id.in_(gone)).delete(synchronize_session=False)
    model.Session.commit()


def _remove_file(resource_id: str) -> None:
    keeper, place = _file(resource_id)
    if place is None:
        return
    storage = getattr(keeper, "storage", None)
    if isinstance(storage, fk.Storage):
        with suppress(files.exc.MissingFileError):
            storage.remove(files.FileData(files.Location(place)))
    else:
        Path(place).unlink(missing_ok=True)


def _has_file(resource_id: str) -> bool:
    keeper, place = _file(resource_id)
    storage = getattr(keeper, "storage", None)
    if place is None:
        return False
    if isinstance(storage, fk.Storage):
        return bool(storage.exists(files.FileData(files.Location(place))))
    return Path(place).exists()


def _file(resource_id: str) -> tuple[Any, str | None]:
    keeper = uploader.get_resource_uploader({"id": resource_id, "url_type": "upload"})
    with suppress(tk.ValidationError, TypeError):
        return keeper, keeper.get_path(resource_id)
    return keeper, None
