"""Who may check, publish and follow a publication: whoever may change the dataset."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import AuthResult, Context

from .model import Job


def _seen(context: Context, data_dict: dict[str, Any], name: str = "resource_id") -> str:
    """The id of the resource that is asked for; one that the reader may not see looks like one that is not there.

    :raises ValidationError: if no id is given; ObjectNotFound: if there is none to be seen
    """
    resource_id = data_dict.get(name)
    if not resource_id:
        raise tk.ValidationError({name: [tk._("Missing value")]})
    try:
        if not isinstance(resource_id, str) or "\0" in resource_id:  # no id of PostgreSQL's can hold it
            raise tk.ObjectNotFound
        tk.check_access("resource_show", tk.fresh_context(context), {"id": resource_id})
    except (tk.NotAuthorized, tk.ObjectNotFound) as unseen:
        raise tk.ObjectNotFound(tk._("Resource not found")) from unseen
    return resource_id


def _may_see(context: Context, data_dict: dict[str, Any], name: str = "resource_id") -> AuthResult:
    """Whoever may see the resource."""
    _seen(context, data_dict, name)
    return {"success": True}


def _may_change(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    """Whoever may change the resource."""
    resource_id = _seen(context, data_dict)
    try:
        tk.check_access("resource_update", tk.fresh_context(context), {"id": resource_id})
    except tk.NotAuthorized:
        return {"success": False, "msg": tk._("You may not change this dataset.")}
    return {"success": True}


@tk.auth_disallow_anonymous_access
def ierwohnen_table_check(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    """Checking a resource needs the right to change its dataset; checking a mere file, to make datasets."""
    if data_dict.get("resource_id"):
        return _may_change(context, data_dict)
    try:
        tk.check_access("package_create", context, {})
    except tk.NotAuthorized:
        return {"success": False, "msg": tk._("Only people who may publish datasets may check tables.")}
    return {"success": True}


@tk.auth_disallow_anonymous_access
def ierwohnen_table_recognise(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    """Recognising needs the right to change the dataset, or to make datasets; only tables one may change are seen."""
    if data_dict.get("package_id"):
        try:
            tk.check_access("package_update", tk.fresh_context(context), {"id": data_dict["package_id"]})
        except tk.NotAuthorized:
            return {"success": False, "msg": tk._("You may not change this dataset.")}
        return {"success": True}
    return ierwohnen_table_check(context, {})


@tk.auth_disallow_anonymous_access
def ierwohnen_table_publish(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    """Publishing a table needs the right to change its dataset."""
    return _may_change(context, data_dict)


@tk.auth_allow_anonymous_access
def ierwohnen_table_export(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    """Downloads are for whoever may see the resource; one that may not be seen looks like none."""
    return _may_see(context, data_dict, "id")


@tk.auth_disallow_anonymous_access
def ierwohnen_delivery_create(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    """Putting a delivery aside needs the right to change its dataset."""
    return _may_change(context, data_dict)


@tk.auth_disallow_anonymous_access
def ierwohnen_delivery_delete(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    """Dropping a delivery needs the right to change its dataset."""
    return _may_change(context, data_dict)


@tk.auth_allow_anonymous_access
def ierwohnen_version_list(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    """The states of a table are seen by those who may see the resource now."""
    return _may_see(context, data_dict)


@tk.auth_allow_anonymous_access
def ierwohnen_version_show(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    """A state of a table is seen by those who may see the resource now."""
    return _may_see(context, data_dict)


@tk.auth_disallow_anonymous_access
def ierwohnen_version_restore(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    """Restoring a state needs the right to change the dataset."""
    return _may_change(context, data_dict)


@tk.auth_disallow_anonymous_access
def ierwohnen_job_show(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    """A job is seen by those who may change its dataset; a job that is not there looks like a foreign one."""
    refused: AuthResult = {"success": False, "msg": tk._("There is no such job, or you may not see it.")}
    job_id = data_dict.get("id")
    job = Job.get(job_id) if isinstance(job_id, str) else None
    if job is None:
        return refused
    try:
        tk.check_access("package_update", context, {"id": job.package_id})
    except (tk.NotAuthorized, tk.ObjectNotFound):
        return refused
    return {"success": True}
