"""What the pages of places show: systems, levels, units."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan.logic import NotAuthorized, NotFound

from ckanext.ierwohnen.look.template_functions import locale
from ckanext.ierwohnen.portal.candidates import MOST_UNITS, action_or_none, level_title


def systems(reader: dict[str, Any]) -> list[dict[str, Any]]:
    """Systems that the reader may see, each with its levels; none where the plugin of places is off."""
    listed = action_or_none("ierwohnen_spatial_system_list")
    return [_system(item) for item in listed(dict(reader), {})] if listed else []


def level(reader: dict[str, Any], system: str, code: str) -> dict[str, Any]:
    """One level with its units in the order of their keys."""
    shown = _shown_system(reader, system)
    chosen = _level(shown, code)
    asked = {"system": shown["id"], "level": code, "limit": MOST_UNITS}
    units = tk.get_action("ierwohnen_unit_list")(dict(reader), asked)
    return {"system": shown, "level": chosen, "units": sorted(units, key=lambda unit: unit["key"])}


def unit(reader: dict[str, Any], system: str, code: str, key: str) -> dict[str, Any]:
    """One unit, what it lies in, and what lies in it."""
    page = level(reader, system, code)
    found = next((item for item in page["units"] if item["key"] == key), None)
    if found is None:
        tk.abort(404, tk._("There is no unit with the key {key} on this level.").format(key=key))
    return {**page, "unit": found, "above": _above(reader, page, found), "below": _below(reader, page, key)}


def _shown_system(reader: dict[str, Any], system: str) -> dict[str, Any]:
    show = action_or_none("ierwohnen_spatial_system_show")
    if show is None:
        tk.abort(404, tk._("This portal has no places yet."))
    try:
        return _system(show(dict(reader), {"id": system}))
    except (NotFound, NotAuthorized):
        tk.abort(404, tk._("There is no such system of places."))


def _system(item: dict[str, Any]) -> dict[str, Any]:
    """The system with its levels from the coarsest to the finest, titles in the reader's language."""
    english = locale() == "en" and item.get("title_en")
    levels = [{**entry, "shown": level_title(entry)} for entry in coarse_to_fine(item["levels"])]
    return {**item, "title": english or item["title"], "levels": levels}


def coarse_to_fine(levels: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Levels in the order in which one lies in the other."""
    by_code = {entry["code"]: entry for entry in levels}

    def depth(entry: dict[str, Any]) -> int:
        above = by_code.get(entry.get("parent") or "")
        return 1 + depth(above) if above else 0

    return sorted(levels, key=depth)


def _level(system: dict[str, Any], code: str) -> dict[str, Any]:
    for entry in system["levels"]:
        if entry["code"] == code:
            return entry
    tk.abort(404, tk._("There is no such level."))


def _above(reader: dict[str, Any], page: dict[str, Any], unit: dict[str, Any]) -> dict[str, Any] | None:
    if not unit.get("parent") or not page["level"].get("parent"):
        return None
    upper = level(reader, page["system"]["id"], page["level"]["parent"])
    found = next((item for item in upper["units"] if item["key"] == unit["parent"]), None)
    return {"level": upper["level"], "unit": found} if found else None


def _below(reader: dict[str, Any], page: dict[str, Any], key: str) -> dict[str, Any] | None:
    below = [entry["code"] for entry in page["system"]["levels"] if entry.get("parent") == page["level"]["code"]]
    if not below:
        return None
    lower = level(reader, page["system"]["id"], below[0])
    return {"level": lower["level"], "units": [item for item in lower["units"] if item.get("parent") == key]}
