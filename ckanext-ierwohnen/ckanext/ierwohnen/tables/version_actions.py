"""Actions about the published states of a table: list, look at, restore."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan import authz, model
from ckan.types import Context

from . import jobs, restoring, schema, snapshots, version_changes, versions
from .meanings import meaning
from .model import Version
from .repairs import Repairs
from .withheld import stays_back
from .wording import reader_language


@tk.side_effect_free
def ierwohnen_version_list(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """The published states of a table, the newest first. Seen by those who see the resource now.

    :param resource_id: the resource
    :param limit: at most so many (default 50), from `offset`
    :returns: `count`, and `results` with `number`, `created`, `current`, `mode` (`replace`, `append`, `restore`),
        `restored` (number of the state that was restored), `rows`, `filename`, `size`, `checksum` (SHA-256 of the
        uploaded file), `kept` (whether rows and file are still there), `file_withheld` (whether the file is for editors
        only, as columns of it were left out), `differences` from the state before (sentences in the reader's language,
        each with `about`), `repairs`; for those who may change the dataset also `user`
    """
    tk.check_access("ierwohnen_version_list", context, data_dict)
    data = schema.validated(data_dict, schema.version_list())
    found = versions.listed(data["resource_id"])
    page = found[data["offset"] : data["offset"] + data["limit"]]
    newest = found[0].number if found else None
    results = [_as_dict(context, version, newest) for version in page]
    return {"count": len(found), "results": results}


@tk.side_effect_free
def ierwohnen_version_show(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """One published state of a table with its columns and some of its rows.

    :param resource_id: the resource
    :param version: number of the state (default: the present one)
    :param limit: rows to show (default 100, at most 1,000), from `offset`
    :returns: as in `ierwohnen_version_list`, and `columns` with their meaning as the data dictionary had it,
        `difference_data` (counts and examples), and `records` (texts as they were stored; null where a cell was empty)
    :raises ObjectNotFound: if there is no such state
    """
    tk.check_access("ierwohnen_version_show", context, data_dict)
    data = schema.validated(data_dict, schema.version_show())
    version, newest = _version(data["resource_id"], data.get("version"))
    there = version.kept and versions.rows_path(version).exists()
    rows = snapshots.page(versions.rows_path(version), data["offset"], data["limit"]) if there else []
    return {
        **_as_dict(context, version, newest),
        "columns": [_column(column) for column in version.columns],
        "difference_data": version.differences,
        "records": rows,
    }


def ierwohnen_version_restore(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Restore an earlier state of a table, with its data dictionary and its file: it becomes a new version.

    :param resource_id: the resource
    :param version: number of the state
    :returns: `{"job": id}`, to be followed with `ierwohnen_job_show`
    :raises ObjectNotFound: if there is no such state
    :raises ValidationError: if it is the present one, is no longer kept, or a publication of the table is running
    """
    tk.check_access("ierwohnen_version_restore", context, data_dict)
    data = schema.validated(data_dict, schema.version_restore())
    version, newest = _version(data["resource_id"], data["version"])
    if version.number == newest:
        raise tk.ValidationError({"version": [tk._("This is the present version already.")]})
    if not version.kept:
        raise tk.ValidationError({"version": [tk._("This version is no longer kept.")]})
    user = model.User.get(context.get("user"))
    job = jobs.enqueue(
        restoring.run,
        kind="restore",
        package_id=version.package_id,
        resource_id=version.resource_id,
        user_id=user.id if user else authz.get_user_id_for_username(context["user"]),
        parameters={"version": version.number},
    )
    return {"job": job.id}


def _version(resource_id: str, number: int | None) -> tuple[Version, int]:
    """The state with this number, and the number of the present one."""
    newest = versions.current(resource_id)
    version = newest if number is None else versions.numbered(resource_id, number)
    if version is None or newest is None:
        raise tk.ObjectNotFound(tk._("There is no such version of this table."))
    return version, newest.number


def _as_dict(context: Context, version: Version, newest: int | None) -> dict[str, Any]:
    shown = {
        "number": version.number,
        "created": version.created.isoformat(),
        "current": version.number == newest,
        "mode": version.mode,
        "restored": version.restored,
        "rows": version.rows,
        "filename": version.filename,
        "size": version.size,
        "checksum": version.checksum,
        "kept": version.kept,
        "file_withheld": stays_back(version),
        "differences": [sentence.as_dict() for sentence in version_changes.in_words(version)],
        "repairs": Repairs.of(version.repairs or []).as_dicts(reader_language()),
    }
    if _may_change(context, version.resource_id):
        user = model.User.get(version.user_id)
        shown["user"] = user.display_name if user else None
    return shown


def _may_change(context: Context, resource_id: str) -> bool:
    given = {"resource_id": resource_id}
    try:
        return bool(tk.check_access("ierwohnen_version_restore", tk.fresh_context(context), given))
    except (tk.NotAuthorized, tk.ObjectNotFound):
        return False


def _column(stored: dict[str, Any]) -> dict[str, Any]:
    """A column as `datastore_info` gave it, with its label."""
    field = versions.field_of(stored)
    return {**field, "label": meaning(field).label}


__all__ = ["ierwohnen_version_list", "ierwohnen_version_restore", "ierwohnen_version_show"]
