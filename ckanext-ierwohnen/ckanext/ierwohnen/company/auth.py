"""Who sees a company's figures: its members, as with everything of its stock."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import AuthResult, Context

from ckanext.ierwohnen.vault import auth


@tk.auth_sysadmins_check
@tk.auth_disallow_anonymous_access
def ierwohnen_stock_figures(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    """Members of the company."""
    return auth.ierwohnen_stock_list(context, data_dict)


@tk.auth_sysadmins_check
@tk.auth_disallow_anonymous_access
def ierwohnen_stock_unmatched(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    """Members of the company."""
    return auth.ierwohnen_stock_list(context, data_dict)


@tk.auth_sysadmins_check
@tk.auth_disallow_anonymous_access
def ierwohnen_stock_entry_show(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    """Members of the company."""
    return auth.ierwohnen_stock_list(context, data_dict)


@tk.auth_sysadmins_check
@tk.auth_disallow_anonymous_access
def ierwohnen_stock_entry_create(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    """Editors of the company."""
    return auth.ierwohnen_stock_load(context, data_dict)


@tk.auth_sysadmins_check
@tk.auth_disallow_anonymous_access
def ierwohnen_stock_entry_delete(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    """Editors of the company."""
    return auth.ierwohnen_stock_load(context, data_dict)
