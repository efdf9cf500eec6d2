"""Pages of the published states of a table: list, one state, its downloads, restoring."""

from __future__ import annotations

import re
from pathlib import PurePath
from typing import Any

import ckan.plugins.toolkit as tk
from flask import Blueprint, send_file
from werkzeug.datastructures import Headers
from werkzeug.wrappers import Response

from ckanext.ierwohnen.look.addresses import without_nul
from ckanext.ierwohnen.look.figure import Figure
from ckanext.ierwohnen.look.reader import reader_context

from . import versions
from .exports import csv_file
from .exports.earlier import earlier_state
from .views import PLACE
from .withheld import may_have_file, stays_back
from .wording import reader_language

states = without_nul(Blueprint("ierwohnen_versions", __name__))
ROWS, STATES = 100, 50  # on one page


def _about(dataset_id: str, resource_id: str, action: str = "ierwohnen_version_list") -> dict[str, Any]:
    """Dataset and resource for a page, after the right to `action` was checked; 403 or 404 otherwise."""
    try:
        tk.check_access(action, reader_context(), {"resource_id": resource_id})
        package = tk.get_action("package_show")(reader_context(), {"id": dataset_id})
    except tk.NotAuthorized:
        return tk.abort(403, tk._("You may not change this dataset."))
    except tk.ObjectNotFound:
        return tk.abort(404, tk._("Resource not found"))
    resource = next((one for one in package["resources"] if one["id"] == resource_id), None)
    if resource is None:
        return tk.abort(404, tk._("Resource not found"))
    may = tk.h.check_access("ierwohnen_version_restore", {"resource_id": resource_id})
    return {"pkg": package, "pkg_dict": package, "res": resource, "resource": resource, "may_restore": may}


def _page(size: int) -> tuple[int, int]:
    """The page that the reader asks for, and where it begins."""
    asked = tk.request.args.get("page", "1")
    number = max(1, int(asked)) if asked.isdecimal() and len(asked) < 7 else 1
    return number, (number - 1) * size


def listing(id: str, resource_id: str) -> str:
    """All published states, the newest first."""
    about = _about(id, resource_id)
    number, offset = _page(STATES)
    found = tk.get_action("ierwohnen_version_list")(
        reader_context(), {"resource_id": resource_id, "limit": STATES, "offset": offset}
    )
    more = found["count"] > offset + STATES
    return tk.render("ierwohnen/tables/versions.html", {**about, "found": found, "page_number": number, "more": more})


def _shown(resource_id: str, number: int, **asked: Any) -> dict[str, Any]:
    try:
        return tk.get_action("ierwohnen_version_show")(
            reader_context(), {"resource_id": resource_id, "version": number, **asked}
        )
    except tk.ObjectNotFound:
        return tk.abort(404, tk._("There is no such version of this table."))


def one(id: str, resource_id: str, number: int) -> str:
    """One state with its table."""
    about = _about(id, resource_id)
    page, offset = _page(ROWS)
    version = _shown(resource_id, number, limit=ROWS, offset=offset)
    paging = {"page_number": page, "offset": offset, "more": version["rows"] > offset + ROWS}
    return tk.render("ierwohnen/tables/version.html", {**about, "version": version, "table": _table(version), **paging})


def _table(version: dict[str, Any]) -> dict[str, Any]:
    """Columns and rows for the macro that draws tables: a value with its sign, as a figure."""
    signs = {column["iw_status_of"]: column["id"] for column in version["columns"] if column.get("iw_status_of")}
    shown = [column for column in version["columns"] if not column.get("iw_status_of")]
    heads = [
        {"label": column["label"], "unit": _unit(column), "numeric": column["type"] == "numeric"} for column in shown
    ]
    rows = [{"cells": [_cell(record, column, signs) for column in shown]} for record in version["records"]]
    return {"columns": heads, "rows": rows}


def _unit(column: dict[str, Any]) -> str | None:
    """The unit, where the heading does not say it already."""
    unit = column.get("iw_unit")
    said = unit and re.search(rf"(?<!\w){re.escape(unit)}(?!\w)", column["label"], re.I)
    return None if said else unit


def _cell(record: dict[str, Any], column: dict[str, Any], signs: dict[str, str]) -> Any:
    text = record[column["id"]]
    if column["type"] == "numeric":
        status = record.get(signs.get(column["id"], ""))
        value = float(text) if text is not None else None
        return Figure.of(value, status, precision=column.get("iw_precision"), locale=reader_language()).as_dict()
    return tk.h.iw_date(text) if column.get("iw_role") == "period" and text else text or ""


def original(id: str, resource_id: str, number: int) -> Response:
    """The file as it was uploaded, as an attachment."""
    _about(id, resource_id)
    version = versions.numbered(resource_id, number)
    if version is None or not version.kept or not versions.file_path(version).exists():
        return tk.abort(404, tk._("This version is no longer kept."))
    if stays_back(version) and not may_have_file(reader_context(), resource_id):
        return tk.abort(403, tk._("The delivered file stays with its editors: not all of its columns are published."))
    reply = send_file(
        versions.file_path(version), as_attachment=True, download_name=version.filename,
        mimetype="application/octet-stream",
    )  # fmt: skip
    return _private(reply)


def rows(id: str, resource_id: str, number: int) -> Response:
    """The published rows as CSV, in the dialect of the downloads for programs: no text in it becomes a formula."""
    about = _about(id, resource_id)
    version = versions.numbered(resource_id, number)
    if version is None or not version.kept or not versions.rows_path(version).exists():
        return tk.abort(404, tk._("This version is no longer kept."))
    headers = Headers()
    name = f"{about['pkg']['name']}-{PurePath(version.filename).stem}-{tk._('version')}-{number}.csv"
    headers.set("Content-Disposition", "attachment", filename=name)
    stream = csv_file.chunks(earlier_state(version))
    return _private(Response(stream, headers=headers, content_type="text/csv; charset=utf-8"))


def _private(reply: Response) -> Response:
    """Out of shared caches: who may see a state is asked each time."""
    tk.request.environ["__no_cache__"] = True
    reply.headers["Cache-Control"] = "private, no-store"
    reply.headers["X-Content-Type-Options"] = "nosniff"
    return reply


def restore(id: str, resource_id: str, number: int) -> Response:
    """Start restoring a state, and go to the page that follows the job."""
    _about(id, resource_id, "ierwohnen_version_restore")
    try:
        asked = {"resource_id": resource_id, "version": number}
        job = tk.get_action("ierwohnen_version_restore")(reader_context(), asked)
    except tk.ObjectNotFound:
        return tk.abort(404, tk._("There is no such version of this table."))
    except tk.ValidationError as error:
        tk.h.flash_error(" ".join(str(text) for texts in error.error_dict.values() for text in texts))
        return tk.redirect_to("ierwohnen_versions.listing", id=id, resource_id=resource_id)
    return tk.redirect_to("ierwohnen_tables.publication", id=id, resource_id=resource_id, job_id=job["job"])


states.add_url_rule(f"{PLACE}/versions", view_func=listing)
states.add_url_rule(f"{PLACE}/versions/<int:number>", view_func=one)
states.add_url_rule(f"{PLACE}/versions/<int:number>/file", view_func=original)
states.add_url_rule(f"{PLACE}/versions/<int:number>/rows.csv", view_func=rows)
states.add_url_rule(f"{PLACE}/versions/<int:number>/restore", view_func=restore, methods=["POST"])
