"""Who may do what with spatial systems: reading follows the dataset's reading, loading its editing."""

from __future__ import annotations

import ckan.plugins.toolkit as tk
from ckan import authz
from ckan.types import AuthResult, Context, DataDict

from ckanext.ierwohnen.places import load_jobs


@tk.auth_allow_anonymous_access
def ierwohnen_spatial_system_list(context: Context, data_dict: DataDict) -> AuthResult:
    """Everybody; the list holds only what the reader may see."""
    return {"success": True}


@tk.auth_allow_anonymous_access
def ierwohnen_spatial_system_show(context: Context, data_dict: DataDict) -> AuthResult:
    """Whoever may see the dataset."""
    return authz.is_authorized("package_show", context, {"id": data_dict.get("id")})


@tk.auth_allow_anonymous_access
def ierwohnen_unit_list(context: Context, data_dict: DataDict) -> AuthResult:
    """Whoever may see the dataset."""
    return authz.is_authorized("package_show", context, {"id": data_dict.get("system")})


@tk.auth_allow_anonymous_access
def ierwohnen_unit_geometry(context: Context, data_dict: DataDict) -> AuthResult:
    """Whoever may see the dataset."""
    return authz.is_authorized("package_show", context, {"id": data_dict.get("system")})


@tk.auth_allow_anonymous_access
def ierwohnen_crosswalk_show(context: Context, data_dict: DataDict) -> AuthResult:
    """Whoever may see the datasets of both systems."""
    first = authz.is_authorized("package_show", context, {"id": data_dict.get("from")})
    return first if not first["success"] else authz.is_authorized("package_show", context, {"id": data_dict.get("to")})


def ierwohnen_crosswalk_load(context: Context, data_dict: DataDict) -> AuthResult:
    """Whoever may edit the dataset of the new system, and see that of the old one."""
    edited = authz.is_authorized("package_update", context, {"id": data_dict.get("to")})
    return authz.is_authorized("package_show", context, {"id": data_dict.get("from")}) if edited["success"] else edited


def ierwohnen_crosswalk_delete(context: Context, data_dict: DataDict) -> AuthResult:
    """As for loading."""
    return ierwohnen_crosswalk_load(context, data_dict)


def ierwohnen_spatial_system_load(context: Context, data_dict: DataDict) -> AuthResult:
    """Whoever may edit the dataset."""
    return authz.is_authorized("package_update", context, {"id": data_dict.get("id")})


def ierwohnen_spatial_system_load_show(context: Context, data_dict: DataDict) -> AuthResult:
    """Whoever may edit the dataset; a load that is not there looks like a foreign one."""
    refused: AuthResult = {"success": False, "msg": tk._("There is no such job, or you may not see it.")}
    given = data_dict.get("id")
    load = load_jobs.find(given) if isinstance(given, str) else None
    if load is None:
        return refused
    try:
        tk.check_access("ierwohnen_spatial_system_load", context, {"id": load.dataset_id})
    except (tk.NotAuthorized, tk.ObjectNotFound):
        return refused
    return {"success": True}
