"""The ground of a map: units projected to the sheet, their borders, and where their names fit.

Made once per spatial level and sheet size; colours come on top for each indicator and date (choropleth.py).
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from ckanext.ierwohnen.previews.labels import Label, place_labels

MARGIN = 5.0
LABEL_SIZE = 10.5
MOST_HEIGHT = 1.35
"""Tallest sheet, as a multiple of its width; longer cities are drawn narrower."""
CLOSED = 0.3
"""Gaps between units narrower than this many pixels do not show in the border of their parent."""
DETAIL = 0.45
"""Bends smaller than this many pixels are left out; shared borders stay shared."""


@dataclass(frozen=True)
class GroundUnit:
    """One unit on the sheet: SVG path, shape, and a point inside it (all in pixels of the sheet)."""

    key: str
    name: str
    parent: str | None
    path: str
    shape: BaseGeometry
    x: float
    y: float


@dataclass(frozen=True)
class Ground:
    """A sheet of `width` × `height` pixels with units, borders of their parents and labels by unit key."""

    width: float
    height: float
    units: tuple[GroundUnit, ...]
    parent_borders: tuple[str, ...]
    labels: Mapping[str, Label]


class NoGeometry(ValueError):
    """The collection holds no polygon that could be drawn."""


def make_ground(collection: Mapping[str, Any], width: float = 560.0) -> Ground:
    """Project a GeoJSON FeatureCollection (EPSG:4326) to a sheet.

    The projection is equirectangular at the mean latitude (x = longitude · cos φ₀, y = latitude), which is
    true to shape within a fraction of a per cent over the extent of a city.

    :param collection: feature id = key; properties key, name, parent; polygons
    :raises NoGeometry: if there is nothing to draw
    """
    features = [feature for feature in collection.get("features", []) if feature.get("geometry")]
    shapes = [shapely.from_geojson(_json(feature["geometry"])) for feature in features]
    kept = [(feature, shape) for feature, shape in zip(features, shapes, strict=True) if _is_area(shape)]
    if not kept:
        raise NoGeometry("no polygon in the collection")
    projected, size = _project([shape for _, shape in kept], width)
    points = [_inner_point(shape) for shape in projected]
    units = tuple(
        GroundUnit(_key(feature), _name(feature), _parent(feature), path_of(shape), shape, x, y)
        for (feature, _), shape, (x, y) in zip(kept, projected, points, strict=True)
    )
    labels = place_labels([(unit.key, unit.name, unit.shape, (unit.x, unit.y)) for unit in units], LABEL_SIZE)
    return Ground(size[0], size[1], units, _parent_borders(units), labels)


def path_of(shape: BaseGeometry) -> str:
    """SVG path of a polygon or multipolygon with one decimal; points that fall together are left out."""
    return "".join(_ring(ring) for part in shapely.get_parts(shape) for ring in _rings(part))


def line_of(shape: BaseGeometry) -> str:
    """SVG path of lines with one decimal."""
    return "".join(_points(np.asarray(line.coords)) for line in shapely.get_parts(shapely.line_merge(shape)))


def _json(geometry: Mapping[str, Any]) -> str:
    return json.dumps(geometry)


def _is_area(shape: BaseGeometry) -> bool:
    return shape.geom_type in ("Polygon", "MultiPolygon") and not shape.is_empty


def _key(feature: Mapping[str, Any]) -> str:
    return str(feature.get("id") or feature["properties"]["key"])


def _name(feature: Mapping[str, Any]) -> str:
    properties = feature.get("properties") or {}
    return str(properties.get("name") or _key(feature))


def _parent(feature: Mapping[str, Any]) -> str | None:
    parent = (feature.get("properties") or {}).get("parent")
    return None if parent is None else str(parent)


def _project(shapes: list[BaseGeometry], width: float) -> tuple[list[BaseGeometry], tuple[float, float]]:
    west, south, east, north = shapely.total_bounds(shapes)
    shrink = np.cos(np.radians((south + north) / 2))
    across, up = max((east - west) * shrink, 1e-12), max(north - south, 1e-12)
    scale = (width - 2 * MARGIN) / across
    if up * scale > width * MOST_HEIGHT:
        scale = width * MOST_HEIGHT / up
    left = (width - across * scale) / 2

    def to_sheet(points: np.ndarray) -> np.ndarray:
        x = left + (points[:, 0] - west) * shrink * scale
        return np.column_stack([x, MARGIN + (north - points[:, 1]) * scale])

    drawn = [shapely.transform(shape, to_sheet) for shape in shapes]
    return _simplified(drawn), (width, up * scale + 2 * MARGIN)


def _simplified(shapes: list[BaseGeometry]) -> list[BaseGeometry]:
    simple = shapely.coverage_simplify(np.asarray(shapes, dtype=object), DETAIL)
    return [
        after if _is_area(after) and after.is_valid else before for before, after in zip(shapes, simple, strict=True)
    ]


def _inner_point(shape: BaseGeometry) -> tuple[float, float]:
    """Centre of the largest circle inside the largest part: a good place for a name or the focus."""
    part = max(shapely.get_parts(shape), key=lambda one: one.area)
    try:
        start = shapely.maximum_inscribed_circle(part, tolerance=1.0).coords[0]
    except shapely.errors.GEOSException:
        start = part.representative_point().coords[0]
    return float(start[0]), float(start[1])


def _rings(part: BaseGeometry) -> list[BaseGeometry]:
    return [part.exterior, *part.interiors]  # type: ignore[attr-defined]


def _ring(ring: BaseGeometry) -> str:
    coordinates = np.asarray(ring.coords)[:-1]
    path = _points(coordinates)
    return f"{path}Z" if path else ""


def _points(coordinates: np.ndarray) -> str:
    tenths = np.round(coordinates * 10).astype(int)
    if len(tenths) > 1:
        moved = np.any(np.diff(tenths, axis=0) != 0, axis=1)
        tenths = tenths[np.concatenate([[True], moved])]
    if len(tenths) < 2:
        return ""
    return "M" + "L".join(f"{x / 10:g} {y / 10:g}" for x, y in tenths.tolist())


def _parent_borders(units: tuple[GroundUnit, ...]) -> tuple[str, ...]:
    groups: dict[str, list[BaseGeometry]] = defaultdict(list)
    for unit in units:
        groups[unit.parent or ""].append(unit.shape)
    return tuple(line_of(shapely.boundary(_joined(shapes))) for shapes in groups.values())


def _joined(shapes: list[BaseGeometry]) -> BaseGeometry:
    """Union of units; those that do not share their borders exactly are closed by a third of a pixel."""
    if shapely.coverage_is_valid(shapes, gap_width=CLOSED):
        return shapely.coverage_union_all(shapes)
    joined = shapely.union_all(shapes, grid_size=0.05)
    closed = shapely.buffer(shapely.buffer(joined, CLOSED, join_style="mitre"), -CLOSED, join_style="mitre")
    return joined if closed.is_empty else closed
