"""From a staged table to the published one: compared, recorded, swapped in, followed by CKAN's metadata.

The order makes the commit of the swap the one moment at which readers go from the old state to the new:

1. the new state is prepared: its rows and file on disk, its record in CKAN's database;
2. the swap, one transaction in the DataStore's database; the table names its job;
3. CKAN's metadata and file follow; until they do, `presenting.py` shows them as the state in place has them.

Killed before 2, nothing has changed; killed after it, all readers see the new state, and the next run completes 3.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.lib import plugins as lib_plugins
from ckan.types import Context

from ckanext.datastore.backend.postgres import identifier, literal_string

from . import deliveries, removal, store, version_changes, versions
from .jobs import JobRefused
from .model import Job, Version
from .wording import Message

log = logging.getLogger(__name__)
SWAP_TRIES = 10


@dataclass(frozen=True)
class Staged:
    """A filled table beside the published one, and from what it was made.

    `kept`: columns of a wide table that stay although the source does not hold them. `becomes_file`: the source becomes
    the resource's file (a delivery that replaces, a restored state).
    """

    table: str
    rows: int
    columns: list[store.StoreColumn]
    source: deliveries.Source
    mode: str
    becomes_file: bool
    repairs: list[dict[str, Any]]
    crosswalk: dict[str, Any] | None = None
    restored: Version | None = None
    kept: tuple[str, ...] = ()


def switch(context: Context, job: Job, staged: Staged) -> Version:
    """Prepare the new state, and put its table in place; raises JobRefused before anything changed."""
    _refuse_invalid(context, job, staged)
    version = _prepared(job, staged)
    try:
        _swap(job, staged.table, staged.rows)
    except BaseException:
        if not versions.in_place(version):  # the connection may have been lost after the commit
            versions.discard(version)
        raise
    return version


def _prepared(job: Job, staged: Staged) -> Version:
    latest = versions.current(job.resource_id)
    version = versions.draft(job, staged.mode, staged.rows, staged.columns, staged.source)
    try:
        with store.writing() as cursor:
            versions.keep_rows(version, cursor, staged.table)
        version.repairs, version.crosswalk = staged.repairs, staged.crosswalk
        version.restored = staged.restored.number if staged.restored else None
        version.delivered = staged.becomes_file
        version.file_of = _file_of(version, staged, latest)
        version.compared_with = latest.number if latest else None
        found = version_changes.between(latest, version) if latest else None
        version.differences = {**found.as_dict(), "columns_kept": list(staged.kept)} if found else None
        versions.record(version)
    except BaseException:
        versions.discard(version)
        raise
    return version


def _file_of(version: Version, staged: Staged, latest: Version | None) -> str | None:
    """The state whose file is the resource's file from now on: an appended file does not become it."""
    if staged.restored is not None:
        return staged.restored.file_of
    if staged.mode == "append":
        return latest.file_of if latest else None
    return version.id


def _swap(job: Job, staged: str, rows: int) -> None:
    """Put the staged table in place in one transaction; waits for running readers, and lets new ones pass between."""
    for attempt in range(SWAP_TRIES):
        try:
            with store.writing() as cursor:
                store.swap(cursor, staged, job.resource_id, rows)
                mark = literal_string(f"ierwohnen {job.id} {rows}")
                cursor.execute(f"COMMENT ON TABLE {identifier(job.resource_id)} IS {mark}")
            return
        except Exception as error:
            if not store.is_lock_wait(error) or attempt == SWAP_TRIES - 1:
                raise
            time.sleep(1 + attempt)


def follow(version: Version) -> None:
    """Let CKAN's metadata and file follow the state that is in place. Safe to run again.

    The right to publish was checked before the swap; what follows from it is not asked again. Of a resource that was
    deleted while its table was made nothing stays: who deleted it could not know of that table.

    :raises JobRefused: if the resource is no more
    """
    resource = model.Session.get(model.Resource, version.resource_id, populate_existing=True)
    if resource is None or resource.state != model.State.ACTIVE:
        removal.remove([version.resource_id])
        raise JobRefused(Message("The resource was deleted while its table was being published."))
    patch: dict[str, Any] = {"id": version.resource_id, **face(version)}
    path = delivered_path(version)
    if path is not None:
        patch["upload"] = deliveries.as_upload(deliveries.Source(path, file_name(version), path.stat().st_size))
    user = model.User.get(version.user_id)
    context: Context = {"user": user.name if user else "", "ignore_auth": True}
    tk.get_action("resource_patch")(context, patch)
    versions.publish(version)


def face(version: Version) -> dict[str, Any]:
    """What CKAN's metadata say of a resource in this state."""
    found: dict[str, Any] = {"datastore_active": True}
    if delivered_path(version) is not None:
        name = file_name(version)
        found |= {"url": name, "url_type": "upload", "format": name.rsplit(".", 1)[-1].upper()}
    return found


def delivered_path(version: Version) -> Path | None:
    """The file that this state makes the resource's file; None if it leaves that file as it is.

    A file that somebody gave the resource after the publication was asked for stays, too.
    """
    origin = versions.by_id(version.file_of) if version.delivered and version.file_of else None
    return versions.file_path(origin) if origin and not _has_newer_file(version) else None


def _has_newer_file(version: Version) -> bool:
    resource = model.Session.get(model.Resource, version.resource_id)
    job = Job.get(version.job_id)
    given = resource.last_modified if resource is not None and resource.url_type == "upload" else None
    return job is not None and given is not None and given > job.created


def file_name(version: Version) -> str:
    """The name of the resource's file in this state."""
    origin = versions.by_id(version.file_of or "")
    return origin.filename if origin else version.filename


def take_up(resource_id: str) -> None:
    """Complete or drop what workers left that were killed: states, folders and staged tables."""
    for version in versions.prepared(resource_id):
        if versions.in_place(version):
            follow(version)
        else:
            versions.discard(version)
    versions.sweep(resource_id)
    with store.writing() as cursor:
        for table in store.staged_tables(cursor):
            job = Job.get(store.job_of_staged(table))
            if job is None or job.state not in ("waiting", "running") or job.resource_id == resource_id:
                log.info("Dropping the table %s that an interrupted publication left", table)
                store.drop_staged(cursor, table)


def _refuse_invalid(context: Context, job: Job, staged: Staged) -> None:
    """Raise JobRefused if CKAN would not take the dataset as it is: after the swap it would be too late."""
    package = tk.get_action("package_show")(tk.fresh_context(context), {"id": job.package_id})
    for resource in package["resources"]:
        if resource["id"] == job.resource_id:
            resource["datastore_active"] = True
            if staged.becomes_file:
                resource["url"] = staged.source.filename
    plugin = lib_plugins.lookup_package_plugin(package["type"])
    given: Any = {**tk.fresh_context(context), "model": model, "session": model.Session}
    given["package"] = model.Package.get(job.package_id)
    _, errors = lib_plugins.plugin_validate(plugin, given, package, plugin.update_package_schema(), "package_update")
    if errors:
        summary = tk.ValidationError(errors).error_summary
        told = "; ".join(f"{name}: {text}" for name, text in summary.items())
        text = "The dataset's own details are not complete: {errors}. Complete them (Manage), then publish again."
        raise JobRefused(Message(text, {"errors": told}))
