"""Mends single shapes, and says so: third dimension dropped, invalid rings made valid, non-areas refused."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely

from ckanext.ierwohnen.places.findings import BoundaryError, Finding, error, hint, warning

_POLYGON, _MULTIPOLYGON, _COLLECTION = 3, 6, 7
# A mended shape may differ by this share of its area before a person is asked to look.
_AREA_CHANGE = 0.01


def mend_shapes(shapes: np.ndarray, labels: Sequence[str], file: str) -> tuple[np.ndarray, list[Finding]]:
    """Valid, two-dimensional polygons of the same number and order.

    ``labels`` name the units in messages (key, or the number of the feature). Raises BoundaryError that lists
    each feature that has no area.
    """
    shapes = np.asarray(shapes, dtype=object)
    findings: list[Finding] = []
    flat = int(shapely.has_z(shapes).sum())
    if flat:
        shapes = shapely.force_2d(shapes)
        findings.append(hint("third_dimension", file=file, count=flat))
    refused = _refused(shapes, labels, file)
    if refused:
        raise BoundaryError(refused)
    shapes, mended = _make_valid(shapes, labels, file)
    return shapes, findings + mended


def _refused(shapes: np.ndarray, labels: Sequence[str], file: str) -> list[Finding]:
    findings = []
    kinds = shapely.get_type_id(shapes)
    empty = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    finite = np.isfinite(shapely.bounds(shapes)).all(axis=1)
    corners, owner = shapely.get_coordinates(shapes, return_index=True)
    finite[owner[~np.isfinite(corners).all(axis=1)]] = False  # bounds pass over corners that are no numbers
    for position, label in enumerate(labels):
        if empty[position]:
            findings.append(error("geometry_missing", file=file, unit=label))
        elif kinds[position] not in (_POLYGON, _MULTIPOLYGON, _COLLECTION):
            findings.append(error("geometry_no_area", file=file, unit=label, kind=shapes[position].geom_type))
        elif not finite[position]:
            findings.append(error("geometry_infinite", file=file, unit=label))
    return findings


def _make_valid(shapes: np.ndarray, labels: Sequence[str], file: str) -> tuple[np.ndarray, list[Finding]]:
    wrong = ~shapely.is_valid(shapes) | (shapely.get_type_id(shapes) == _COLLECTION)
    if not wrong.any():
        return shapes, []
    result = shapes.copy()
    quiet: list[str] = []
    findings: list[Finding] = []
    for position in np.flatnonzero(wrong).tolist():
        before = abs(shapely.area(shapes[position]))
        mended = only_areas(shapely.make_valid(shapes[position], method="structure", keep_collapsed=False))
        if mended.is_empty:
            raise BoundaryError(error("geometry_no_area", file=file, unit=labels[position], kind="leer"))
        result[position] = mended
        change = abs(mended.area - before) / before if before else 1.0
        if change > _AREA_CHANGE:
            findings.append(warning("geometry_changed", file=file, unit=labels[position], percent=100 * change))
        else:
            quiet.append(labels[position])
    if quiet:
        findings.append(hint("geometry_mended", file=file, count=len(quiet), units=quiet))
    return result, findings


def only_areas(shape: shapely.Geometry) -> shapely.Geometry:
    """The polygons of a shape: points and lines that mending left behind are not part of an area."""
    if shape.geom_type in ("Polygon", "MultiPolygon"):
        return shape
    parts = [part for part in shapely.get_parts(shape) if part.geom_type in ("Polygon", "MultiPolygon")]
    return shapely.union_all(parts) if parts else shapely.Polygon()
