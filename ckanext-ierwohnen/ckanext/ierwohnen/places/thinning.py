"""Takes corners out of borders that do not meet, where there are too many of them to make them meet in bounded time.

Making units meet (coverage.py) cuts every border line at every other. Where neighbours drew the same border with
hundreds of thousands of corners each, none of them in the same place, that takes hours and gigabytes. Such corners
carry no knowledge beyond the distance by which the drawings differ: they are thinned by Douglas and Peucker's rule,
in steps, only as far as needed, and it is told by how many metres.
"""

from __future__ import annotations

import numpy as np
import shapely

# So many corners that do not meet are made to meet in some seconds; twice as many take minutes.
LOOSE_CORNERS = 100_000
# Metres by which a border may move, finest first. The last is far below the width of a street.
TOLERANCES = (0.2, 0.5, 1.0, 2.0)


class TooLoose(ValueError):
    """Too many corners do not meet, even after thinning; ``corners`` of them are left."""

    def __init__(self, corners: int) -> None:
        self.corners = corners
        super().__init__(f"{corners} corners do not meet")


def loose_corners(shapes: np.ndarray) -> int:
    """Corners of edges that two units share in part, cross or overlap: 0 for units that meet everywhere."""
    return int(shapely.get_num_coordinates(shapely.coverage_invalid_edges(shapes)).sum())


def thin(shapes: np.ndarray) -> tuple[np.ndarray, float]:
    """The shapes (valid polygons in metres) with so few loose corners that they can be made to meet.

    Returns them as they are, and 0.0, if there are at most ``LOOSE_CORNERS``; else thinned, and the metres by which a
    border has moved at most. Raises TooLoose if the largest step is not enough.
    """
    if int(shapely.get_num_coordinates(shapes).sum()) <= LOOSE_CORNERS or loose_corners(shapes) <= LOOSE_CORNERS:
        return shapes, 0.0
    for metres in TOLERANCES:
        thinned = shapely.simplify(shapes, metres, preserve_topology=True)
        left = int(shapely.get_num_coordinates(thinned).sum())
        if left <= LOOSE_CORNERS:
            return thinned, metres
    raise TooLoose(left)
