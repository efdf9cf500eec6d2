"""Finds the units of a table of points for a reader: the levels of the system into which the points fall."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import ckan.plugins as p
import ckan.plugins.toolkit as tk
import shapely
from ckan.types import Context

from ckanext.ierwohnen.places.keys import LevelKeys

from .coordinates import find_coordinates
from .located import LevelShapes, Located, best_reading, locate
from .office_table import OfficeTable

INSIDE = 0.5  # share of the sample's points that must lie in units of a system


def located(
    context: Context, table: OfficeTable, places: Sequence[LevelKeys], declared: str | None = None
) -> Located | None:
    """The table with keys of units, if it holds coordinates that lie in a system that the reader may see."""
    if not places or not p.plugin_loaded("ierwohnen_places"):
        return None
    found = find_coordinates(table)
    if found is None:
        return None
    systems = list(dict.fromkeys([*([declared] if declared else []), *(keys.system for keys in places)]))
    for system in systems:
        levels = [_shapes(context, keys) for keys in places if keys.system == system]
        reading, share = best_reading(table, found, levels[-1])
        if share >= INSIDE:
            return locate(table, found, reading, levels)
    return None


def _shapes(context: Context, keys: LevelKeys) -> LevelShapes:
    from ckanext.ierwohnen.places.lookup import readable_system

    _, stored = readable_system(tk.fresh_context(context), keys.system)
    units, tree = _tree(stored.dataset_id, stored.revision, keys.level)
    return LevelShapes(keys, units, tree)


@lru_cache(maxsize=16)
def _tree(dataset_id: str, revision: str, level: str) -> tuple[list[str], shapely.STRtree]:
    from ckanext.ierwohnen.places.conversion import level_shapes

    units, shapes = level_shapes(dataset_id, revision, level)
    shapely.prepare(shapes)
    return units, shapely.STRtree(shapes)
