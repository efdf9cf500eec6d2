"""Dwellings and inhabitants of small areas as the weights of a crosswalk, from published tables."""

from __future__ import annotations

import ckan.plugins.toolkit as tk
import numpy as np
import pandas as pd
from ckan.types import Context

from ckanext.ierwohnen.indicators.lookup import Found, find_values
from ckanext.ierwohnen.places.interfaces import WeightPoints

# Basis of a crosswalk → indicator of which the small areas' values are the weights.
BASES = {"dwellings": "dwellings", "population": "population"}
PAGE = 50_000


def bases(context: Context, systems: tuple[str, str], level: str) -> list[str]:
    """The bases for which this reader may see values on a level finer than the one that goes over."""
    return [basis for basis in BASES if _found(context, basis, systems, level) is not None]


def points(context: Context, basis: str, systems: tuple[str, str], level: str) -> WeightPoints | None:
    """The newest values of the finer units, at a middle point of each; None if there are none for this reader."""
    found = _found(context, basis, systems, level)
    if found is None:
        return None
    values = _newest(found.table)
    asked = {"system": found.system, "level": found.level, "limit": PAGE}
    units = tk.get_action("ierwohnen_unit_list")(tk.fresh_context(context), asked)
    where = {unit["key"]: unit["centroid"] for unit in units}
    kept = [(where[unit], value) for unit, value in values.items() if unit in where and value > 0]
    if not kept:
        return None
    source = f"{found.system}/{found.level}"
    return WeightPoints(np.array([place for place, _ in kept]), np.array([value for _, value in kept]), source)


def _found(context: Context, basis: str, systems: tuple[str, str], level: str) -> Found | None:
    """Values of the basis on the finest level below ``level``, in the new system or else in the old one."""
    if basis not in BASES:
        return None
    for system in reversed(systems):
        for finer in _finer(context, system, level):
            found = find_values(tk.fresh_context(context), BASES[basis], system, finer)
            if len(found.table) and set(found.table["how"]) == {"read"}:
                return found
    return None


def _finer(context: Context, system: str, level: str) -> list[str]:
    shown = tk.get_action("ierwohnen_spatial_system_show")(tk.fresh_context(context), {"id": system})
    codes = [entry["code"] for entry in shown["levels"]]
    return list(reversed(codes[codes.index(level) + 1 :])) if level in codes else []


def _newest(table: pd.DataFrame) -> dict[str, float]:
    """The value of the last period of each unit that has one."""
    known = table[table["value"].notna()].sort_values("period")
    return {str(row.unit): float(row.value) for row in known.itertuples()}
