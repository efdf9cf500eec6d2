"""Makes the units of a level meet: slivers of overlap and gap along common borders go, every edge is shared
exactly.

Only then can borders be simplified together (simplify.py). Method: all border lines are noded on a fine grid,
the faces between them are formed, and each face is given to one unit. This is what GEOS 3.14 calls coverage
cleaning; the GEOS that shapely 2.1 brings (3.13) does not have it yet.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
import shapely

# Nodes are snapped to a centimetre: far below what a cadastre knows, far above what floats lose.
GRID = 0.01
# A gap up to this mean width (metres) is a fault of drawing; a wider one is a place that belongs to no unit.
GAP_WIDTH = 10.0
# ... and up to this share of the median unit, so that the net of streets between blocks is not given to one
# block.
GAP_AREA = 0.1


@dataclass(frozen=True)
class CoverageReport:
    """What was mended: square metres of overlap and of closed gaps, and the units that overlapped most.

    ``overlaps`` maps the unit's position → square metres that it lost to another unit.
    """

    overlap: float
    gap: float
    gaps_left: int
    overlaps: dict[int, float]

    @property
    def changed(self) -> bool:
        """True if anything was mended."""
        return self.overlap > 0 or self.gap > 0


def clean_coverage(shapes: np.ndarray) -> tuple[np.ndarray, CoverageReport]:
    """The shapes (valid polygons in metres) as a coverage: same number and order, no overlap, no sliver of a
    gap.

    A face that several units claim goes to the smallest of them (the enclave wins over the unit drawn around
    it); a narrow gap goes to the neighbour with the longest common border; real holes stay.
    """
    shapes = np.asarray(shapes, dtype=object)
    if bool(shapely.coverage_is_valid(shapes)):
        holes = _holes(shapes)
        if not _narrow(holes, GAP_AREA * float(np.median(shapely.area(shapes)))).any():
            return shapes, CoverageReport(0.0, 0.0, len(holes), {})
    faces = _faces(shapes)
    areas, sizes = shapely.area(shapes), shapely.area(faces)
    owner = np.full(len(faces), -1)
    overlaps: dict[int, float] = defaultdict(float)
    for face, units in _claims(faces, shapes).items():
        smallest = min(units, key=lambda unit: (areas[unit], unit))
        owner[face] = smallest
        for unit in units:
            if unit != smallest:
                overlaps[unit] += float(sizes[face])
    closed, left = _close_gaps(faces, owner, GAP_AREA * float(np.median(areas)))
    cleaned = _collect(faces, owner, shapes)
    return cleaned, CoverageReport(sum(overlaps.values()), closed, left, dict(overlaps))


def _holes(shapes: np.ndarray) -> np.ndarray:
    """The holes that a coverage leaves inside its outer line, without the units that stand in them like islands."""
    parts = shapely.get_parts(shapely.coverage_union_all(shapes))
    rings = [ring for part in parts for ring in part.interiors]
    holes = shapely.polygons(np.array(rings, dtype=object)) if rings else np.array([], dtype=object)
    hole, island = shapely.STRtree(parts).query(holes, predicate="contains")
    for position in np.unique(hole):
        holes[position] = shapely.difference(holes[position], shapely.union_all(parts[island[hole == position]]))
    return holes


def _narrow(faces: np.ndarray, area_limit: float) -> np.ndarray:
    """True for each face that is small, and narrow in the mean."""
    area = shapely.area(faces)
    return (area <= area_limit) & (2 * area / np.maximum(shapely.length(faces), GRID) <= GAP_WIDTH)


def _faces(shapes: np.ndarray) -> np.ndarray:
    lines = shapely.unary_union(shapely.boundary(shapes), grid_size=GRID)
    return shapely.get_parts(shapely.polygonize(shapely.get_parts(lines)))


def _claims(faces: np.ndarray, shapes: np.ndarray) -> dict[int, list[int]]:
    """Face position → positions of the units that cover a point inside it."""
    # The units ask, not the points: what asks is prepared once, and a unit may have thousands of corners.
    unit, face = shapely.STRtree(shapely.point_on_surface(faces)).query(shapes, predicate="intersects")
    claims: dict[int, list[int]] = defaultdict(list)
    for position, candidate in zip(face.tolist(), unit.tolist(), strict=True):
        claims[position].append(candidate)
    return claims


def _close_gaps(faces: np.ndarray, owner: np.ndarray, area_limit: float) -> tuple[float, int]:
    """Gives narrow faces without a unit to a neighbour, in ``owner``; returns closed square metres and gaps
    left.
    """
    gaps = owner < 0
    waiting = gaps & _narrow(faces, area_limit)
    closed = waiting.copy()
    first, second, metres = _common_borders(faces)
    while waiting.any():
        # A gap may touch only other gaps at first: it gets its neighbour in a later round.
        usable = waiting[first] & (owner[second] >= 0)
        if not usable.any():
            break
        gap, unit = _longest(first[usable], owner[second[usable]], metres[usable])
        owner[gap] = unit
        waiting[gap] = False
    closed &= ~waiting
    return float(shapely.area(faces[closed]).sum()), int(gaps.sum() - closed.sum())


def _common_borders(faces: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pairs of faces that meet in a line, both ways round, with the metres of each line (several for a pair).

    The faces come from noded lines, so that a common border is the same segments in both: they are compared as numbers,
    which takes as long for a million corners as comparing shapes takes for some thousands.
    """
    rings, face_of_ring = shapely.get_rings(faces, return_index=True)
    corners, ring = shapely.get_coordinates(rings, return_index=True)
    inner = ring[1:] == ring[:-1]
    a, b, face = corners[:-1][inner], corners[1:][inner], face_of_ring[ring[:-1][inner]]
    turned = (a[:, 0] > b[:, 0]) | ((a[:, 0] == b[:, 0]) & (a[:, 1] > b[:, 1]))
    segments = np.where(turned[:, None], np.hstack([b, a]), np.hstack([a, b]))
    order = np.lexsort(segments.T)
    segments, face = segments[order], face[order]
    same = (segments[1:] == segments[:-1]).all(axis=1)
    one, other = face[:-1][same], face[1:][same]
    metres = np.hypot(*(segments[1:][same][:, :2] - segments[1:][same][:, 2:]).T)
    return np.concatenate([one, other]), np.concatenate([other, one]), np.concatenate([metres, metres])


def _longest(gap: np.ndarray, unit: np.ndarray, metres: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For each gap the unit with the longest common border; of equal ones the first."""
    pairs, place = np.unique(np.column_stack([gap, unit]), axis=0, return_inverse=True)
    total = np.bincount(place.ravel(), weights=metres)
    order = np.lexsort((pairs[:, 1], -total, pairs[:, 0]))
    gaps, best = np.unique(pairs[order, 0], return_index=True)
    return gaps, pairs[order, 1][best]


def _collect(faces: np.ndarray, owner: np.ndarray, shapes: np.ndarray) -> np.ndarray:
    result = np.empty(len(shapes), dtype=object)
    order = np.argsort(owner, kind="stable")
    bounds = np.searchsorted(owner[order], np.arange(len(shapes) + 1))
    for unit in range(len(shapes)):
        own = order[bounds[unit] : bounds[unit + 1]]
        # A unit that lies wholly under smaller ones would vanish; it keeps an empty shape, which the caller
        # refuses.
        result[unit] = _joined(faces[own]) if len(own) else shapely.Polygon()
    return result


def _joined(faces: np.ndarray) -> shapely.Geometry:
    """The faces of a unit in one; where they touch in single corners only, by the slower way that minds this."""
    joined = shapely.coverage_union_all(faces)
    return joined if joined.is_valid else shapely.union_all(faces)
