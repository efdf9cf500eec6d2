"""Who may load, list and delete stock: members of the company themselves; asked of sysadmins like of everybody.

A company in which one has no part looks like one that does not exist.
"""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.types import AuthResult, Context

from ckanext.ierwohnen.look.storable import storable
from ckanext.ierwohnen.vault.readers import LOADING, READING, reader_of


def _company(context: Context, data_dict: dict[str, Any], capacities: tuple[str, ...]) -> AuthResult:
    name = str(data_dict.get("organization") or "")
    group = model.Group.get(name) if storable(name) else None
    if group is None or group.id not in reader_of(context).organizations:
        raise tk.ObjectNotFound(tk._("Organization not found"))
    if group.id not in reader_of(context, capacities).organizations:
        return {"success": False, "msg": tk._("Only editors of the company may load and delete its stock.")}
    return {"success": True}


@tk.auth_sysadmins_check
@tk.auth_disallow_anonymous_access
def ierwohnen_stock_check(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    """Editors of the company."""
    return _company(context, data_dict, LOADING)


@tk.auth_sysadmins_check
@tk.auth_disallow_anonymous_access
def ierwohnen_stock_load(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    """Editors of the company."""
    return _company(context, data_dict, LOADING)


@tk.auth_sysadmins_check
@tk.auth_disallow_anonymous_access
def ierwohnen_stock_repair(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    """Editors of the company."""
    return _company(context, data_dict, LOADING)


@tk.auth_sysadmins_check
@tk.auth_disallow_anonymous_access
def ierwohnen_stock_discard(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    """Editors of the company."""
    return _company(context, data_dict, LOADING)


@tk.auth_sysadmins_check
@tk.auth_disallow_anonymous_access
def ierwohnen_stock_delete(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    """Editors of the company."""
    return _company(context, data_dict, LOADING)


@tk.auth_sysadmins_check
@tk.auth_disallow_anonymous_access
def ierwohnen_stock_list(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    """Members of the company."""
    return _company(context, data_dict, READING)


@tk.auth_sysadmins_check
@tk.auth_disallow_anonymous_access
def ierwohnen_ledger_list(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    """Members of the company."""
    return _company(context, data_dict, READING)
