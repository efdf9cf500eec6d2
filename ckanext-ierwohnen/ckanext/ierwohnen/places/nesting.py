"""Which unit lies in which: parents found by geometry, and levels whose borders are taken from finer ones."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
import shapely

# A parent level is drawn from its children if both differ by no more than this share of the parent's area.
_SAME = 0.01


@dataclass(frozen=True)
class Lies:
    """Where a unit lies: position of the coarser unit (-1: nowhere) and the share (0 to 1) of it that lies
    there.
    """

    parent: int
    share: float


def find_parents(units: np.ndarray, coarser: np.ndarray) -> list[Lies]:
    """For each unit the coarser unit that holds the largest part of its area; both in metres, both valid."""
    tree = shapely.STRtree(coarser)
    unit, parent = tree.query(units, predicate="intersects")
    areas = shapely.area(shapely.intersection(units[unit], coarser[parent]))
    best: dict[int, tuple[float, int]] = defaultdict(lambda: (0.0, -1))
    for position, candidate, area in zip(unit.tolist(), parent.tolist(), areas.tolist(), strict=True):
        best[position] = max(best[position], (area, candidate))
    whole = shapely.area(units)
    return [Lies(best[i][1], min(1.0, best[i][0] / whole[i]) if whole[i] else 0.0) for i in range(len(units))]


def same_area(parent_shapes: np.ndarray, dissolved: np.ndarray) -> np.ndarray:
    """Per parent: True if the union of its children is, but for slivers, the parent's own shape."""
    difference = shapely.area(shapely.symmetric_difference(parent_shapes, dissolved))
    return difference <= _SAME * shapely.area(parent_shapes)
