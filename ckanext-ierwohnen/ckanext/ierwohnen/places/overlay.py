"""Crosswalks computed from geometry: by area, or by points with a weight (addresses with dwellings, people)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
import shapely

from ckanext.ierwohnen.places.crosswalk import Basis, Crosswalk, Share, nothing_for
from ckanext.ierwohnen.places.findings import BoundaryError, Finding, error, hint, warning

# A piece of less than this share of both its old and its new unit is a difference of drawing, not of boundaries.
SLIVER = 0.02
# From this share of a unit outside all new units, a person is told.
OUTSIDE = 0.05


def crosswalk_by_area(
    source_keys: Sequence[str],
    source_shapes: np.ndarray,
    target_keys: Sequence[str],
    target_shapes: np.ndarray,
    points: np.ndarray | None = None,
    weights: np.ndarray | None = None,
) -> Crosswalk:
    """The crosswalk between two coverages in one coordinate system in metres.

    With ``points`` and ``weights`` (same length, not negative) a piece counts by the weight that lies in it; a unit
    that has no weight at all falls back to its area, and that is told. Slivers are left out, and the shares of a unit
    then add up to 1. Raises BoundaryError if a unit lies in no new unit at all.
    """
    pieces = _pieces(source_shapes, target_shapes)
    sizes = dict(zip(range(len(source_keys)), shapely.area(source_shapes).tolist(), strict=True))
    findings = _outside(source_keys, pieces, sizes)
    kept = _without_slivers(pieces, source_shapes, target_shapes)
    if points is not None and weights is not None:
        measured, told = _weighed(kept, source_shapes, target_shapes, points, weights, source_keys)
        findings += told
        totals = _points_within(source_shapes, points, weights)
        mass = {key: float(totals[number]) for number, key in enumerate(source_keys)}
    else:
        measured = kept
        mass = {key: sizes[number] for number, key in enumerate(source_keys)}
    sums: dict[int, float] = defaultdict(float)
    for (source, _), amount in measured.items():
        sums[source] += amount
    shares = tuple(
        Share(source_keys[source], target_keys[target], amount / sums[source])
        for (source, target), amount in sorted(measured.items())
        if amount > 0
    )
    basis = Basis.AREA if points is None else Basis.WEIGHT
    return Crosswalk(shares, basis, mass, (*findings, *nothing_for(set(target_keys), shares)))


Pieces = dict[tuple[int, int], float]


def _pieces(sources: np.ndarray, targets: np.ndarray) -> Pieces:
    """Square metres of every piece: (source position, target position) → area."""
    source, target = shapely.STRtree(targets).query(sources, predicate="intersects")
    areas = shapely.area(shapely.intersection(sources[source], targets[target]))
    return {(s, t): a for s, t, a in zip(source.tolist(), target.tolist(), areas.tolist(), strict=True) if a > 0}


def _without_slivers(pieces: Pieces, sources: np.ndarray, targets: np.ndarray) -> Pieces:
    of_source, of_target = shapely.area(sources), shapely.area(targets)
    best: dict[int, float] = defaultdict(float)
    for (source, _), area in pieces.items():
        best[source] = max(best[source], area)
    return {
        (s, t): area
        for (s, t), area in pieces.items()
        # The largest piece always stays: a unit must go somewhere.
        if area == best[s] or area > SLIVER * of_source[s] or area > SLIVER * of_target[t]
    }


def _outside(keys: Sequence[str], pieces: Pieces, sizes: dict[int, float]) -> list[Finding]:
    inside: dict[int, float] = defaultdict(float)
    for (source, _), area in pieces.items():
        inside[source] += area
    lost = [key for number, key in enumerate(keys) if not inside[number]]
    if lost:
        raise BoundaryError(error("crosswalk_nowhere", units=lost))
    partly = [
        f"{key} ({1 - inside[number] / sizes[number]:.0%})"
        for number, key in enumerate(keys)
        if inside[number] < (1 - OUTSIDE) * sizes[number]
    ]
    return [warning("crosswalk_outside", units=partly)] if partly else []


def _weighed(
    pieces: Pieces,
    sources: np.ndarray,
    targets: np.ndarray,
    points: np.ndarray,
    weights: np.ndarray,
    keys: Sequence[str],
) -> tuple[Pieces, list[Finding]]:
    """The pieces by weight instead of area; units without any weight keep their area."""
    if (weights < 0).any() or not np.isfinite(weights).all():
        raise BoundaryError(error("crosswalk_weights"))
    source_of = _place_of(points, sources)
    target_of = _place_of(points, targets)
    found: Pieces = defaultdict(float)
    for source, target, weight in zip(source_of.tolist(), target_of.tolist(), weights.tolist(), strict=True):
        if (source, target) in pieces and weight > 0:
            found[source, target] += weight
    weighed = {source for source, _ in found}
    bare = sorted({source for source, _ in pieces} - weighed)
    for (source, target), area in pieces.items():
        if source not in weighed:
            found[source, target] = area
    told = [hint("crosswalk_by_area_only", units=[keys[source] for source in bare])] if bare else []
    return dict(found), told


def _points_within(shapes: np.ndarray, points: np.ndarray, weights: np.ndarray) -> np.ndarray:
    place = _place_of(points, shapes)
    inside = place >= 0
    return np.bincount(place[inside], weights=weights[inside], minlength=len(shapes))


def _place_of(points: np.ndarray, shapes: np.ndarray) -> np.ndarray:
    """Position of the shape in which each point lies, -1 for none; a point on a border counts once."""
    result = np.full(len(points), -1)
    point, shape = shapely.STRtree(shapes).query(points, predicate="intersects")
    # Going backwards, the first shape is written last.
    result[point[::-1]] = shape[::-1]
    return result
