"""Who may ask for indicators: everybody; values only come from sources that the asker may see."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import AuthResult, Context


@tk.auth_allow_anonymous_access
def ierwohnen_indicator_list(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    """Definitions are public."""
    return {"success": True}


@tk.auth_allow_anonymous_access
def ierwohnen_indicator_show(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    """Definitions are public; the sources shown are those that the reader may see."""
    return {"success": True}


@tk.auth_allow_anonymous_access
def ierwohnen_indicator_values(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    """Everybody may ask; each source is authorized by itself (indicators/sources.py)."""
    return {"success": True}


@tk.auth_allow_anonymous_access
def ierwohnen_indicator_alerts(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    """Everybody may ask; each source is authorized by itself (indicators/sources.py)."""
    return {"success": True}


@tk.auth_allow_anonymous_access
def ierwohnen_indicator_sensitivity(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    """Everybody may ask; each source is authorized by itself (indicators/sources.py)."""
    return {"success": True}


@tk.auth_allow_anonymous_access
def ierwohnen_indicator_profile(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    """Everybody may ask; each source is authorized by itself (indicators/sources.py)."""
    return {"success": True}
