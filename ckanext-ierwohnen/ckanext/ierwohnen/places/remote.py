"""Units that lie where they cannot be: far from all others of their level, or in another country than these.

One unit in the wrong place stretches every map of its level until nothing can be seen on it.
"""

from __future__ import annotations

import numpy as np
import pyproj
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from ckanext.ierwohnen.places.findings import Finding, error, warning
from ckanext.ierwohnen.places.reprojection import GERMANY, WGS84

# Units this near to each other (metres) belong together, and those as near as a usual unit is wide.
NEAR = 2_000.0
# A group this far from the largest one (metres), and farther than that one is wide, is told. Exclaves are nearer.
FAR = 20_000.0
LISTED = 20


def tell_remote(
    file: str, level: str, labels: list[str], shapes: np.ndarray, crs: pyproj.CRS, keep: bool = False
) -> list[Finding]:
    """What there is to say about units (valid shapes in metres of ``crs``) in a wrong place.

    :param keep: the office says that the coordinates are right; then nothing is refused
    """
    abroad = _abroad(shapes, crs)
    if abroad.any() and not keep:
        units = _listed([labels[n] for n in np.flatnonzero(abroad)])
        return [error("units_abroad", file=file, level=level, units=units, count=int(abroad.sum()))]
    far, kilometres = far_units(shapes)
    if not far:
        return []
    units = _listed([labels[n] for n in far])
    return [warning("units_far", file=file, level=level, units=units, count=len(far),
                    others=len(shapes) - len(far), kilometres=round(kilometres))]  # fmt: skip


def far_units(shapes: np.ndarray) -> tuple[list[int], float]:
    """Positions of the units far from the largest group of neighbours, and the distance of the nearest in kilometres.

    The largest group is that of most units; of equal ones that of most area.
    """
    boxes = shapely.bounds(shapes)
    wide = np.hypot(boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1])
    margin = max(NEAR, float(np.median(wide))) / 2
    grown = shapely.box(boxes[:, 0] - margin, boxes[:, 1] - margin, boxes[:, 2] + margin, boxes[:, 3] + margin)
    one, other = shapely.STRtree(grown).query(grown, predicate="intersects")
    pairs = coo_array((np.ones(len(one), bool), (one, other)), shape=(len(shapes), len(shapes)))
    count, group = connected_components(pairs, directed=False)
    if count == 1:
        return [], 0.0
    size, area = np.bincount(group), np.bincount(group, weights=shapely.area(shapes))
    main = group == np.lexsort((area, size))[-1]
    west, south, east, north = *boxes[main, :2].min(axis=0), *boxes[main, 2:].max(axis=0)
    away = shapely.distance(shapely.box(west, south, east, north), shapely.box(*boxes.T))
    groups_away = np.full(count, np.inf)
    np.minimum.at(groups_away, group, away)
    far = groups_away[group] > max(FAR, float(np.hypot(east - west, north - south)))
    return np.flatnonzero(far).tolist(), float(away[far].min()) / 1000 if far.any() else 0.0


def _abroad(shapes: np.ndarray, crs: pyproj.CRS) -> np.ndarray:
    """True for units outside Germany, if most of the others lie in it."""
    boxes = shapely.bounds(shapes)
    transformer = pyproj.Transformer.from_crs(crs, WGS84, always_xy=True)
    x, y = transformer.transform((boxes[:, 0] + boxes[:, 2]) / 2, (boxes[:, 1] + boxes[:, 3]) / 2)
    west, south, east, north = GERMANY
    with np.errstate(invalid="ignore"):
        inside = (x >= west) & (x <= east) & (y >= south) & (y <= north)
    return ~inside if 2 * inside.sum() > len(shapes) else np.zeros(len(shapes), bool)


def _listed(units: list[str]) -> list[str]:
    return [*units[:LISTED], "…"] if len(units) > LISTED else units
