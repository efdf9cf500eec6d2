"""A small town for tests: a grid of units with wavy shared borders, in EPSG:4326, and readings for it."""

from __future__ import annotations

import math
from typing import Any

NAMES = (
    "Altstadt", "Bahnhofsvorstadt", "Cainhof", "Dreieichen", "Eichgrund", "Förstersiedlung",
    "Grünau", "Heinrichshöhe", "Industriepark Nord", "Jägerheim", "Königsholz", "Lerchenberg",
)  # fmt: skip
COLUMNS, ROWS = 4, 3
VALUES = (9.8, 14.2, 4.0, None, 14.4, 6.1, 5.2, 4.3, None, 8.2, None, 5.4)
SIGNS = {3: "secret", 8: "secret", 10: "later"}


def _corner(column: int, row: int) -> list[float]:
    wave = 0.25 * math.sin(1.7 * column + 2.3 * row) if 0 < column < COLUMNS and 0 < row < ROWS else 0.0
    return [12.0 + 0.010 * (column + wave), 51.0 - 0.006 * (row + wave)]


def town() -> dict[str, Any]:
    """A FeatureCollection as places gives it: id = key, properties key, name, parent (the row)."""
    features = []
    for index, name in enumerate(NAMES):
        column, row = index % COLUMNS, index // COLUMNS
        ring = [(column, row), (column + 1, row), (column + 1, row + 1), (column, row + 1), (column, row)]
        features.append({
            "type": "Feature",
            "id": f"{index + 1:02d}",
            "properties": {"key": f"{index + 1:02d}", "name": name, "parent": str(row)},
            "geometry": {"type": "Polygon", "coordinates": [[_corner(*corner) for corner in ring]]},
        })  # fmt: skip
    return {"type": "FeatureCollection", "features": features}


def town_readings() -> dict[str, tuple[float | None, str]]:
    """Value and status by key: nine values, two protected, one that comes later."""
    return {f"{index + 1:02d}": (value, SIGNS.get(index, "ok")) for index, value in enumerate(VALUES)}
