"""What templates ask this room."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk

TABLES = frozenset({"csv", "tsv", "txt", "xlsx", "xls", "ods"})


def ierwohnen_tables_is_table(resource: dict[str, Any]) -> bool:
    """Whether a resource is an uploaded file that could be a table."""
    if resource.get("url_type") != "upload":
        return False
    ending = str(resource.get("url") or "").rsplit(".", 1)[-1].lower()
    return ending in TABLES or str(resource.get("format") or "").lower() in TABLES


def ierwohnen_tables_role_options() -> list[dict[str, str]]:
    """The roles for the select of the data dictionary page."""
    from .check_page import ROLE_TITLES

    return [{"value": "", "text": ""}] + [
        {"value": str(role), "text": tk._(title)} for role, title in ROLE_TITLES.items()
    ]


def ierwohnen_tables_level_options() -> list[dict[str, str]]:
    """System and level pairs that the present person may read, for the data dictionary page."""
    from .checking import level_keys

    context: Any = {"user": tk.current_user.name, "auth_user_obj": tk.current_user}
    return [
        {"system": keys.system, "level": keys.level, "text": f"{keys.level_title} ({keys.system})"}
        for keys in level_keys(context)
    ]
