"""Who may do what in the portal room."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk


@tk.auth_allow_anonymous_access
def ierwohnen_search_suggest(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """Everyone; each proposal is found with the reader's own rights."""
    return tk.check_access("package_search", context, {}) and {"success": True}
