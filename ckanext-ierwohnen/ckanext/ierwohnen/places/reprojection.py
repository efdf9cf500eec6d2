"""Coordinate systems: which one a file is in, whether its axes are swapped, and the way to EPSG:4326.

Work in between (areas, simplifying, mending) happens in metres, in the UTM zone of the place.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyproj
import shapely
from pyproj.enums import TransformDirection

from ckanext.ierwohnen.places.findings import BoundaryError, Finding, error, hint, warning
from ckanext.ierwohnen.places.intake import GEOJSON

WGS84 = pyproj.CRS.from_epsg(4326)
# Degrees by which a place may lie outside the area for which its coordinate system was made.
_MARGIN = 2.5
# Longitude and latitude of Germany with a rim. Swapped axes are only assumed where this box is met by
# swapping.
GERMANY = (4.0, 46.0, 17.0, 56.5)


@dataclass(frozen=True)
class SourceCrs:
    """The coordinate system of a file, and what was noticed about it."""

    crs: pyproj.CRS
    findings: list[Finding]


def settle_crs(file: str, kind: str, found: str | None, stated: str | None, bounds: tuple[float, ...]) -> SourceCrs:
    """Decide on the coordinate system of a layer.

    ``found`` is what the file says (authority code or WKT), ``stated`` what the description says, which wins.
    GeoJSON without a statement counts as longitude and latitude only if its numbers can be that. Longitudes and
    latitudes in Germany under the label of a projection are taken as what they are, and that is told. Raises
    BoundaryError if there is no system, or if it is unknown.
    """
    if found and kind == GEOJSON and not stated and not _within_degrees(bounds) and _crs(found).is_geographic:
        found = None
    if not found and not stated:
        raise BoundaryError(error("no_crs", file=file))
    if found and not stated and _inside(bounds, GERMANY) and _crs(found, file).is_projected:
        # Few metres from the origin of a projection lies no German place: these are degrees under a wrong label.
        return SourceCrs(WGS84, [warning("crs_degrees", file=file, crs=_label(_crs(found, file)))])
    crs = _crs(stated or found or "", file)
    findings = []
    if stated and not found:
        findings.append(hint("crs_stated", file=file, crs=_label(crs)))
    elif stated and found and not crs.equals(_crs(found), ignore_axis_order=True):
        findings.append(hint("crs_overridden", file=file, crs=_label(crs), found=_label(_crs(found))))
    return SourceCrs(crs, findings)


def mend_axes(shapes: np.ndarray, crs: pyproj.CRS, file: str, keep: bool = False) -> tuple[np.ndarray, list[Finding]]:
    """Swap axes, or take a zone number off the eastings, where only that puts the place where it can be.

    ``keep`` accepts the coordinates as they are. Raises BoundaryError if they fit the system in no way.
    """
    if keep:
        return shapes, []
    shapes, turned = _turn_some(shapes, crs, file)
    bounds = tuple(shapely.total_bounds(shapes))
    if _plausible(bounds, crs):
        return shapes, turned
    swapped = (bounds[1], bounds[0], bounds[3], bounds[2])
    if _plausible(swapped, crs):
        return shapely.transform(shapes, lambda xy: xy[:, ::-1]), [warning("axes_swapped", file=file)]
    zone = int(bounds[0] // 1_000_000)
    if crs.is_projected and 28 <= zone <= 38:
        plain = (bounds[0] - zone * 1e6, bounds[1], bounds[2] - zone * 1e6, bounds[3])
        if _plausible(plain, crs):
            moved = shapely.transform(shapes, lambda xy: xy - [zone * 1e6, 0.0])
            return moved, [hint("zone_prefix", file=file, zone=zone)]
    raise BoundaryError(
        error("coordinates_elsewhere", file=file, crs=_label(crs), x=float(bounds[0]), y=float(bounds[1]))
    )


def _turn_some(shapes: np.ndarray, crs: pyproj.CRS, file: str) -> tuple[np.ndarray, list[Finding]]:
    """Swap the axes of single features, where others lie in place as they are and these only when swapped."""
    boxes = shapely.bounds(shapes)
    centres = np.column_stack([boxes[:, 0] + boxes[:, 2], boxes[:, 1] + boxes[:, 3]]) / 2
    inside = _centres_inside(centres, crs)
    odd = ~inside & _centres_inside(centres[:, ::-1], crs)
    if not inside.any() or not odd.any():
        return shapes, []
    turned = shapes.copy()
    turned[odd] = shapely.transform(shapes[odd], lambda xy: xy[:, ::-1])
    features = [str(number + 1) for number in np.flatnonzero(odd)[:20]]
    return turned, [warning("axes_swapped_some", file=file, count=int(odd.sum()), features=features)]


def _centres_inside(centres: np.ndarray, crs: pyproj.CRS) -> np.ndarray:
    """Which points lie in Germany (degrees), or in the area for which their projection was made."""
    area = crs.area_of_use
    if crs.is_geographic:
        box, (x, y) = GERMANY, centres.T
    elif area is None:
        return np.ones(len(centres), bool)
    else:
        box = (area.west - _MARGIN, area.south - _MARGIN, area.east + _MARGIN, area.north + _MARGIN)
        x, y = pyproj.Transformer.from_crs(crs, WGS84, always_xy=True).transform(*centres.T)
    with np.errstate(invalid="ignore"):
        return (x >= box[0]) & (x <= box[2]) & (y >= box[1]) & (y <= box[3])


def metric_crs(longitude: float, latitude: float) -> pyproj.CRS:
    """The UTM zone of a place: ETRS89 (EPSG:258xx) in Europe, WGS 84 elsewhere. Unit: metre."""
    zone = min(60, int((longitude + 180) // 6) + 1)
    if 28 <= zone <= 38 and 34 <= latitude <= 84:
        return pyproj.CRS.from_epsg(25800 + zone)
    return pyproj.CRS.from_epsg((32600 if latitude >= 0 else 32700) + zone)


def reproject(shapes: np.ndarray, source: pyproj.CRS, target: pyproj.CRS) -> np.ndarray:
    """Shapes in another coordinate system, x before y in both. Shared vertices stay shared."""
    if source.equals(target, ignore_axis_order=True):
        return shapes
    transformer = pyproj.Transformer.from_crs(source, target, always_xy=True)

    def move(xy: np.ndarray) -> np.ndarray:
        x, y = transformer.transform(xy[:, 0], xy[:, 1])
        return np.column_stack([x, y])

    return shapely.transform(shapes, move)


def conversion(crs: pyproj.CRS, file: str) -> Finding | None:
    """Says that, from where and how exactly a file was converted; None if it was in longitude and
    latitude.
    """
    if crs.equals(WGS84, ignore_axis_order=True):
        return None
    accuracy = pyproj.Transformer.from_crs(crs, WGS84, always_xy=True).accuracy
    if accuracy is None or accuracy <= 1:
        # ETRS89 and WGS 84 differ by some decimetres by definition; nothing a map of quarters could show.
        return hint("reprojected", file=file, crs=_label(crs))
    return hint("reprojected_about", file=file, crs=_label(crs), metres=float(accuracy))


def centre(shapes: np.ndarray, crs: pyproj.CRS) -> tuple[float, float]:
    """Longitude and latitude of the middle of all shapes."""
    minx, miny, maxx, maxy = shapely.total_bounds(shapes)
    transformer = pyproj.Transformer.from_crs(crs, WGS84, always_xy=True)
    longitude, latitude = transformer.transform((minx + maxx) / 2, (miny + maxy) / 2)
    return float(longitude), float(latitude)


def _plausible(bounds: tuple[float, ...], crs: pyproj.CRS) -> bool:
    if crs.is_geographic:
        if not _within_degrees(bounds):
            return False
        swapped = (bounds[1], bounds[0], bounds[3], bounds[2])
        return _inside(bounds, GERMANY) or not _inside(swapped, GERMANY)
    if crs.area_of_use is None:
        return True
    transformer = pyproj.Transformer.from_crs(crs, WGS84, always_xy=True)
    corners = np.array([[bounds[0], bounds[1]], [bounds[2], bounds[3]]])
    longitude, latitude = transformer.transform(corners[:, 0], corners[:, 1], direction=TransformDirection.FORWARD)
    area = crs.area_of_use
    box = (area.west - _MARGIN, area.south - _MARGIN, area.east + _MARGIN, area.north + _MARGIN)
    return bool(np.isfinite([*longitude, *latitude]).all()) and _inside(
        (min(longitude), min(latitude), max(longitude), max(latitude)), box
    )


def _inside(bounds: tuple[float, ...], box: tuple[float, ...]) -> bool:
    return bounds[0] >= box[0] and bounds[1] >= box[1] and bounds[2] <= box[2] and bounds[3] <= box[3]


def _within_degrees(bounds: tuple[float, ...]) -> bool:
    return _inside(bounds, (-180.0, -90.0, 180.0, 90.0))


def _crs(text: str, file: str = "") -> pyproj.CRS:
    try:
        return pyproj.CRS.from_user_input(int(text) if text.isdecimal() else text)
    except pyproj.exceptions.CRSError as problem:
        raise BoundaryError(error("crs_unknown", file=file, crs=text[:80])) from problem


def _label(crs: pyproj.CRS) -> str:
    code = crs.to_epsg(min_confidence=70)
    return f"EPSG:{code}" if code else crs.name
