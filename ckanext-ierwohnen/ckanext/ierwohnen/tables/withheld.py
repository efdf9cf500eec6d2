"""Uploaded files that stay with those who may change their dataset; readers get the published table instead.

A file stays back if columns of it were left out of the table, if figures of it were replaced by the sign of secrecy, or
if it is a table of a dataset of figures that nobody has published yet. CKAN's own download of a resource, and that of
the delivered file of a version, ask here.
"""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model
from flask import Blueprint
from werkzeug.wrappers import Response

from ckanext.ierwohnen.look.addresses import asked_by
from ckanext.ierwohnen.look.reader import reader_context

from . import versions
from .check_columns import left_out
from .checking import settled
from .helpers import ierwohnen_tables_is_table
from .model import Job, Version
from .roles import ColumnRole

OF_FIGURES = "indicator-data"  # the dataset type whose tables are checked before anybody reads them
gate = Blueprint("ierwohnen_files", __name__)


def _made_of(version: Version) -> Version:
    """The version that a restored one has its file and choices from; others are made of their own."""
    while version.restored and (earlier := versions.numbered(version.resource_id, version.restored)) is not None:
        version = earlier
    return version


def columns_left_out(version: Version) -> list[str]:
    """Columns of a version's file that were not published; of a restored version, those of the one restored."""
    job = Job.get(_made_of(version).job_id)
    if job is None:
        return []
    if "left_out" in job.parameters:
        return list(job.parameters["left_out"])
    _, roles, _ = settled(job.parameters.get("choices") or {})
    return left_out(ColumnRole.from_dict(role) for role in roles)


def stays_back(version: Version) -> bool:
    """Whether a version's file holds what was not published: columns, or figures that gave way to a sign."""
    job = Job.get(_made_of(version).job_id)
    return bool(columns_left_out(version)) or bool(job is not None and job.parameters.get("sealed"))


def file_withheld(resource_id: str) -> bool:
    """Whether the file of a resource is for those who may change it only."""
    resource = model.Session.get(model.Resource, resource_id)
    if resource is None or resource.url_type != "upload":
        return False
    current = versions.current(resource_id)
    if current is not None:
        origin = versions.by_id(current.file_of or "") or current
        return stays_back(origin)
    package = model.Session.get(model.Package, resource.package_id)
    told = {"format": resource.format, "url": resource.url, "url_type": resource.url_type, "id": resource.id}
    return package is not None and package.type == OF_FIGURES and bool(ierwohnen_tables_is_table(told))


def may_have_file(context: Any, resource_id: str) -> bool:
    """Whether this person may have uploaded files that stay back."""
    try:
        return bool(tk.check_access("resource_update", tk.fresh_context(context), {"id": resource_id}))
    except (tk.NotAuthorized, tk.ObjectNotFound):
        return False


@gate.before_app_request
def keep_back() -> Response | None:
    """Lead readers who ask CKAN for a file that stays back to the published table; 403 where there is none yet."""
    if not asked_by("resource.download"):
        return None
    resource_id = str((tk.request.view_args or {}).get("resource_id") or "")
    context = reader_context()
    try:
        tk.check_access("resource_show", tk.fresh_context(context), {"id": resource_id})
    except (tk.NotAuthorized, tk.ObjectNotFound, tk.ValidationError):
        return None  # CKAN answers, as to everybody
    if not file_withheld(resource_id) or may_have_file(context, resource_id):
        return None
    tk.request.environ["__no_cache__"] = True  # who asks, is asked each time
    if versions.current(resource_id) is None:
        return tk.abort(403, tk._("This file is being checked. The table can be downloaded once it is published."))
    resource = model.Session.get(model.Resource, resource_id)
    suffix = str(resource.url).rsplit(".", 1)[-1].lower()
    name = f"{tk._('table')}.{suffix if suffix in ('csv', 'xlsx') else 'xlsx'}"
    return tk.redirect_to("ierwohnen_downloads.file", resource_id=resource_id, name=name)
