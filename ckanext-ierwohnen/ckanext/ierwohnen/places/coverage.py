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
    if bool(shapely.coverage_is_valid(shapes)) and not _narrow_gaps(shapes):
        return shapes, CoverageReport(0.0, 0.0, 0, {})
    faces = _faces(shapes)
    claims = _claims(faces, shapes)
    owner = np.full(len(faces), -1)
    areas = shapely.area(shapes)
    overlaps: dict[int, float] = defaultdict(float)
    for face, units in claims.items():
        smallest = min(units, key=lambda unit: (areas[unit], unit))
        owner[face] = smallest
        for unit in units:
            if unit != smallest:
                overlaps[unit] += float(faces[face].area)
    closed, left = _close_gaps(faces, owner, GAP_AREA * float(np.median(areas)))
    cleaned = _collect(faces, owner, shapes)
    return cleaned, CoverageReport(sum(overlaps.values()), closed, left, dict(overlaps))


def _narrow_gaps(shapes: np.ndarray) -> bool:
    """True if the outer line of all shapes together has holes narrow enough to be faults."""
    whole = shapely.coverage_union_all(shapes)
    holes = [ring for part in shapely.get_parts(whole) for ring in part.interiors]
    limit = GAP_AREA * float(np.median(shapely.area(shapes)))
    return any(_is_narrow(shapely.Polygon(ring), limit) for ring in holes)


def _is_narrow(face: shapely.Polygon, area_limit: float) -> bool:
    return face.area <= area_limit and 2 * face.area / max(face.length, GRID) <= GAP_WIDTH


def _faces(shapes: np.ndarray) -> np.ndarray:
    lines = shapely.unary_union(shapely.boundary(shapes), grid_size=GRID)
    return shapely.get_parts(shapely.polygonize(shapely.get_parts(lines)))


def _claims(faces: np.ndarray, shapes: np.ndarray) -> dict[int, list[int]]:
    """Face position → positions of the units that cover a point inside it."""
    tree = shapely.STRtree(shapes)
    points = shapely.point_on_surface(faces)
    face, unit = tree.query(points, predicate="intersects")
    claims: dict[int, list[int]] = defaultdict(list)
    for position, candidate in zip(face.tolist(), unit.tolist(), strict=True):
        claims[position].append(candidate)
    return claims


def _close_gaps(faces: np.ndarray, owner: np.ndarray, area_limit: float) -> tuple[float, int]:
    """Gives narrow faces without a unit to a neighbour, in ``owner``; returns closed square metres and gaps
    left.
    """
    tree = shapely.STRtree(faces)
    waiting = [int(i) for i in np.flatnonzero(owner < 0) if _is_narrow(faces[i], area_limit)]
    wide = int((owner < 0).sum()) - len(waiting)
    closed = 0.0
    while waiting:
        # A gap may touch only other gaps at first: it gets its neighbour in a later round.
        chosen = {face: _longest_neighbour(face, faces, owner, tree) for face in waiting}
        settled = {face: unit for face, unit in chosen.items() if unit >= 0}
        if not settled:
            break
        for face, unit in settled.items():
            owner[face] = unit
            closed += float(faces[face].area)
        waiting = [face for face in waiting if face not in settled]
    return closed, wide + len(waiting)


def _longest_neighbour(face: int, faces: np.ndarray, owner: np.ndarray, tree: shapely.STRtree) -> int:
    near = tree.query(faces[face], predicate="touches")
    shared: dict[int, float] = defaultdict(float)
    for other in near.tolist():
        if owner[other] >= 0:
            border = shapely.intersection(faces[face].boundary, faces[other].boundary)
            shared[int(owner[other])] += float(border.length)
    best = max(shared.items(), key=lambda item: (item[1], -item[0]), default=(-1, 0.0))
    return best[0] if best[1] > 0 else -1


def _collect(faces: np.ndarray, owner: np.ndarray, shapes: np.ndarray) -> np.ndarray:
    result = np.empty(len(shapes), dtype=object)
    order = np.argsort(owner, kind="stable")
    bounds = np.searchsorted(owner[order], np.arange(len(shapes) + 1))
    for unit in range(len(shapes)):
        own = order[bounds[unit] : bounds[unit + 1]]
        # A unit that lies wholly under smaller ones would vanish; it keeps an empty shape, which the caller
        # refuses.
        result[unit] = shapely.coverage_union_all(faces[own]) if len(own) else shapely.Polygon()
    return result
