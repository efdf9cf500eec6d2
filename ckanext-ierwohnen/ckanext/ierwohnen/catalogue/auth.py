"""Who may see which deliveries are due: anybody with an account; the action lists only what one may change."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import AuthResult, Context


@tk.auth_disallow_anonymous_access
def ierwohnen_delivery_list(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    """Anybody who is logged in: the list holds only datasets that the reader may change."""
    return {"success": True}
