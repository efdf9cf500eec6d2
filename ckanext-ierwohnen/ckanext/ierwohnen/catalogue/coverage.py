"""Which indicators a dataset holds, on which levels and for which years.

Where the dataset's own field says nothing, the data dictionaries of its published tables do: so indicator chips and
facets are there as soon as a table is published, and follow it.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk

from ckanext.ierwohnen.look.within_page import once

Coverage = list[dict[str, Any]]


def coverage_of(dataset: dict[str, Any], context: dict[str, Any]) -> Coverage:
    """Entries with ``indicator`` (code) and ``level`` (title), as declared, else as its published tables tell.

    :param context: of the reader, whose right to see each table is asked; ``ignore_auth`` for the search index
    """
    declared = [entry for entry in dataset.get("coverage") or [] if isinstance(entry, dict)]
    if declared:
        return declared
    tables = [one["id"] for one in dataset.get("resources") or [] if one.get("datastore_active")]
    reader = (context.get("user"), context.get("ignore_auth", False))
    return once(("coverage", *reader, dataset.get("id"), str(tables)), lambda: _published(dataset, context))


def _published(dataset: dict[str, Any], context: dict[str, Any]) -> Coverage:
    if not p.plugin_loaded("ierwohnen_tables"):
        return []
    from ckanext.ierwohnen.tables.meanings import column_meanings

    found: dict[tuple[str, str], dict[str, Any]] = {}
    for resource in dataset.get("resources") or []:
        if not resource.get("datastore_active"):
            continue
        try:
            meanings = column_meanings(dict(context), resource["id"])
        except (tk.ObjectNotFound, tk.NotAuthorized):
            continue
        keys = dict.fromkeys((m.system, m.level) for m in meanings if m.system and m.level)
        levels = [level_title(system, level, context) for system, level in keys] or [""]
        for code in dict.fromkeys(m.indicator for m in meanings if m.indicator):
            found.setdefault((code, levels[0]), {"indicator": code, "level": levels[0]})
    return list(found.values())


def boundary_dates(dataset: dict[str, Any], context: dict[str, Any]) -> list[str]:
    """The boundary dates that the keys of its published tables follow, in the order of the tables."""
    if not p.plugin_loaded("ierwohnen_tables"):
        return []
    from ckanext.ierwohnen.tables.meanings import column_meanings

    found: dict[str, None] = {}
    for resource in dataset.get("resources") or []:
        if resource.get("datastore_active"):
            with suppress(tk.ObjectNotFound, tk.NotAuthorized):
                meanings = column_meanings(dict(context), resource["id"])
                found |= dict.fromkeys(str(one.boundary_date) for one in meanings if one.boundary_date)
    return list(found)


def level_title(system: str, level: str, context: dict[str, Any]) -> str:
    """The level's title in its spatial system; its code where the system is not to be seen."""
    if not p.plugin_loaded("ierwohnen_places"):
        return level
    try:
        shown = tk.get_action("ierwohnen_spatial_system_show")(dict(context), {"id": system})
    except (tk.ObjectNotFound, tk.NotAuthorized):
        return level
    return next((known["title"] for known in shown["levels"] if known["code"] == level), level)


def level_names() -> dict[str, str]:
    """English titles of levels by their German ones, which are indexed; of systems that the reader may see."""
    try:
        systems = once(("level names",), lambda: tk.get_action("ierwohnen_spatial_system_list")({}, {}))
    except (KeyError, tk.NotAuthorized):
        return {}
    return {level["title"]: level["title_en"] for one in systems for level in one["levels"] if level.get("title_en")}
