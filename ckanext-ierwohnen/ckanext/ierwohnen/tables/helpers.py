"""What templates ask this room."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.ierwohnen.look.reader import reader_context

from .exports import offer
from .exports.formats import FORMATS
from .wording import reader_language

# The schema alone is part of the data package; whoever wants only that finds it by action.
MENU = frozenset(FORMATS) - {"tableschema"}
TABLES = frozenset({"csv", "tsv", "txt", "xlsx", "xls", "ods"})


def ierwohnen_tables_is_table(resource: dict[str, Any]) -> bool:
    """Whether a resource is an uploaded file that could be a table."""
    if resource.get("url_type") != "upload":
        return False
    ending = str(resource.get("url") or "").rsplit(".", 1)[-1].lower()
    return ending in TABLES or str(resource.get("format") or "").lower() in TABLES


def ierwohnen_tables_role_options() -> list[dict[str, str]]:
    """The roles for the select of the data dictionary page."""
    from .column_roles import ROLE_TITLES

    return [{"value": "", "text": ""}] + [
        {"value": str(role), "text": tk._(title)} for role, title in ROLE_TITLES.items()
    ]


def ierwohnen_tables_level_options() -> list[dict[str, str]]:
    """System and level pairs that the present person may read, for the data dictionary page."""
    from .checking import level_keys

    context: Any = reader_context()
    return [
        {"system": keys.system, "level": keys.level, "text": f"{keys.title(reader_language())} ({keys.system})"}
        for keys in level_keys(context)
    ]


def ierwohnen_tables_downloads(resource_id: str) -> list[dict[str, Any]]:
    """The downloads of a published table for the menu; empty where there is none that the present person may see.

    A format that a table cannot have at all is left out; one that is only too large for it is there with its reason.
    """
    context: Any = reader_context()
    try:
        found = offer.downloads(context, resource_id)
    except (tk.NotAuthorized, tk.ObjectNotFound, tk.ValidationError):
        return []
    return [asdict(one) for one in found if not (one.reason and FORMATS[one.format].detail) and one.format in MENU]


def ierwohnen_tables_version(resource: dict[str, Any]) -> dict[str, Any] | None:
    """Number and time of the present version of a resource's table, for the link to its versions; None without one."""
    from . import versions

    found = versions.current(resource["id"]) if resource.get("datastore_active") else None
    return {"number": found.number, "created": found.created.isoformat()} if found else None
