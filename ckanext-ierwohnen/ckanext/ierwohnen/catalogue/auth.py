"""Who may see which deliveries are due, and who belongs to an organization."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan import authz, model
from ckan.types import AuthResult, Context


@tk.auth_disallow_anonymous_access
def ierwohnen_delivery_list(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    """Anybody who is logged in: the list holds only datasets that the reader may change."""
    return {"success": True}


@tk.chained_auth_function
@tk.auth_allow_anonymous_access
def member_list(next_auth: Any, context: Context, data_dict: dict[str, Any]) -> AuthResult:
    """Who belongs to an organization or group, and which datasets (also private ones), its members see alone."""
    group = model.Group.get(str(data_dict.get("id") or ""))
    if group is not None and not authz.has_user_permission_for_group_or_org(group.id, context.get("user"), "read"):
        return {"success": False, "msg": tk._("Only its members see who belongs to an organization.")}
    return next_auth(context, data_dict)
