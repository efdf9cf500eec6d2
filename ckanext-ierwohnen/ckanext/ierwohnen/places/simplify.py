"""Simplifies the units of all levels so that neighbours still meet, and finer levels still fill coarser
ones.
"""

from __future__ import annotations

from enum import StrEnum

import numpy as np
import shapely


class Detail(StrEnum):
    """How finely borders are drawn: as delivered, for maps that zoom, for a picture of the whole."""

    FULL = "full"
    FINE = "fine"
    COARSE = "coarse"


# The tolerance is this share of the place's larger extent: a tenth of a pixel at 1,000 px, and two thirds of
# one.
_SHARE = {Detail.FULL: 0.0, Detail.FINE: 1 / 10_000, Detail.COARSE: 1 / 1_000}
# Metres below which simplifying is not worth while; a coverage that folds over itself even then stays as it is.
_FINEST = 0.01
# Decimal places of degrees: 1 mm, 1 cm, 10 cm. Shared vertices are rounded alike, so borders still meet.
DECIMALS = {Detail.FULL: 8, Detail.FINE: 7, Detail.COARSE: 6}


def tolerance(shapes: np.ndarray, detail: Detail) -> float:
    """Tolerance in the unit of the shapes (metres) for a detail."""
    minx, miny, maxx, maxy = shapely.total_bounds(shapes)
    return float(max(maxx - minx, maxy - miny)) * _SHARE[detail]


def simplify_level(shapes: np.ndarray, metres: float) -> np.ndarray:
    """Simplify one coverage: each common border once, so that neighbours share every edge afterwards.

    ``shapes`` must be a coverage (coverage.py) in metres. Visvalingam-Whyatt on the shared edges
    (shapely.coverage_simplify): a corner goes if its triangle is smaller than the square of the tolerance.
    """
    if metres < _FINEST or not len(shapes):
        return shapes
    simple = shapely.coverage_simplify(shapes, metres)
    # A unit smaller than the tolerance could fold over itself; then the whole coverage is drawn more finely.
    return simple if bool(shapely.is_valid(simple).all()) else simplify_level(shapes, metres / 4)


def dissolve(shapes: np.ndarray, groups: np.ndarray, count: int) -> np.ndarray:
    """Join the shapes of a coverage by group number (0 to ``count`` - 1); inner borders vanish, outer ones
    stay.

    Every group must have at least one shape.
    """
    order = np.argsort(groups, kind="stable")
    bounds = np.searchsorted(groups[order], np.arange(count + 1))
    result = np.empty(count, dtype=object)
    for group in range(count):
        result[group] = shapely.coverage_union_all(shapes[order[bounds[group] : bounds[group + 1]]])
    return result
