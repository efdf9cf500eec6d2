"""Turns loaded boundaries into what is stored and served: facts of each unit, GeoJSON per level and detail,
an outline.

GeoJSON follows RFC 7946: EPSG:4326, longitude first, outer rings counter-clockwise. Feature id is the unit's
key.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

import numpy as np
import shapely

from ckanext.ierwohnen.places.boundaries import Boundaries, LoadedLevel
from ckanext.ierwohnen.places.mending import only_areas
from ckanext.ierwohnen.places.reprojection import WGS84, reproject
from ckanext.ierwohnen.places.simplify import DECIMALS, Detail, dissolve, simplify_level, tolerance

# More units than this are too fine for the small outline.
_PICTURED_UNITS = 160
# Borders as on maps: unit grey and thin, the coarser level darker.
_FINE = 'fill="#f4f6f7" stroke="#7f8c93" stroke-width="0.7"'
_STRONG = 'fill="none" stroke="#44525a" stroke-width="1.3"'


@dataclass(frozen=True)
class UnitFacts:
    """Area in square metres (in the UTM zone of the place) and a middle point in degrees, always inside the
    unit.
    """

    area: float
    longitude: float
    latitude: float


def unit_facts(boundaries: Boundaries, level: LoadedLevel) -> list[UnitFacts]:
    """Facts of the units of a level, in the order of its keys."""
    centroids = shapely.centroid(level.shapes)
    inside = shapely.contains(level.shapes, centroids)
    points = np.where(inside, centroids, shapely.point_on_surface(level.shapes))
    degrees = reproject(points, boundaries.crs, WGS84)
    areas = shapely.area(level.shapes)
    return [
        UnitFacts(round(float(area), 1), round(float(x), 6), round(float(y), 6))
        for area, x, y in zip(areas, shapely.get_x(degrees), shapely.get_y(degrees), strict=True)
    ]


def draw(boundaries: Boundaries, detail: Detail) -> dict[str, np.ndarray]:
    """Shapes of each level in metres at a detail. Neighbours meet, and a nested level is exactly its finer
    one joined.
    """
    metres = max(tolerance(level.shapes, detail) for level in boundaries.levels)
    drawn: dict[str, np.ndarray] = {}
    for level in reversed(boundaries.levels):
        child = _drawn_from(boundaries, level)
        if child is None:
            drawn[level.level.code] = simplify_level(level.shapes, metres)
        else:
            number = {key: position for position, key in enumerate(level.keys)}
            groups = np.array([number[parent or ""] for parent in child.parents])
            drawn[level.level.code] = dissolve(drawn[child.level.code], groups, len(level.keys))
    return drawn


def feature_collections(boundaries: Boundaries, detail: Detail) -> dict[str, str]:
    """GeoJSON text of each level at a detail."""
    drawn = draw(boundaries, detail)
    return {
        level.level.code: _collection(boundaries, level, drawn[level.level.code], DECIMALS[detail])
        for level in boundaries.levels
    }


def extent(boundaries: Boundaries) -> tuple[float, float, float, float]:
    """West, south, east, north in degrees, of all levels."""
    shapes = np.concatenate([reproject(level.shapes, boundaries.crs, WGS84) for level in boundaries.levels])
    west, south, east, north = shapely.total_bounds(shapes).tolist()
    return round(west, 6), round(south, 6), round(east, 6), round(north, 6)


def extent_polygon(box: tuple[float, float, float, float]) -> dict:
    """The extent as a GeoJSON polygon, as ckanext-spatial takes it."""
    west, south, east, north = box
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


def outline_svg(boundaries: Boundaries, width: int = 360) -> str:
    """A small picture of one level with its coarser one drawn stronger: the finest level that is not too fine
    to see.

    The text alternative stands beside the picture on the page, so the picture itself is hidden from screen
    readers.
    """
    drawn = draw(boundaries, Detail.COARSE)
    fine = _pictured(boundaries)
    shown = [(level, style) for level, style in ((fine.level.code, _FINE), (fine.level.parent, _STRONG)) if level]
    minx, miny, maxx, maxy = shapely.total_bounds(drawn[fine.level.code])
    scale = width / max(maxx - minx, maxy - miny)

    def move(xy: np.ndarray) -> np.ndarray:
        return np.round(np.column_stack([(xy[:, 0] - minx) * scale + 2, (maxy - xy[:, 1]) * scale + 2]), 1)

    paths = ""
    for level, style in shown:
        # One pixel and a half is enough here, and keeps the picture small enough to stand in a page.
        simple = simplify_level(drawn[level], 1.5 / scale)
        paths += f'<path {style} d="{_path(shapely.transform(simple, move))}"/>'
    wide, high = round((maxx - minx) * scale + 4), round((maxy - miny) * scale + 4)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="iw-outline" viewBox="0 0 {wide} {high}" '
        f'width="100%" aria-hidden="true" focusable="false">{paths}</svg>'
    )


def _pictured(boundaries: Boundaries) -> LoadedLevel:
    visible = [level for level in boundaries.levels if len(level.keys) <= _PICTURED_UNITS]
    return visible[-1] if visible else boundaries.levels[0]


def _drawn_from(boundaries: Boundaries, level: LoadedLevel) -> LoadedLevel | None:
    if not level.nested:
        return None
    children = [child for child in boundaries.levels if child.level.parent == level.level.code]
    return children[-1] if children else None


def _collection(boundaries: Boundaries, level: LoadedLevel, shapes: np.ndarray, decimals: int) -> str:
    rounded = _rounded(reproject(shapes, boundaries.crs, WGS84), decimals)
    head = json.dumps(
        {"type": "FeatureCollection", "name": f"{boundaries.system.id} {level.level.code}"},
        ensure_ascii=False,
    )
    features = ",\n".join(
        '{"type":"Feature","id":'
        + json.dumps(key, ensure_ascii=False)
        + ',"properties":'
        + json.dumps({"key": key, "name": name, "parent": parent or None}, ensure_ascii=False)
        + ',"geometry":'
        + geometry
        + "}"
        for key, name, parent, geometry in zip(
            level.keys, level.names, level.parents, shapely.to_geojson(rounded).tolist(), strict=True
        )
    )
    return f'{head[:-1]},"features":[\n{features}\n]}}\n'


def _rounded(degrees: np.ndarray, decimals: int) -> np.ndarray:
    """Shapes with rounded coordinates, outer rings counter-clockwise. Shared corners are rounded alike.

    Where a shape is thinner than the rounding its rings meet: it is made valid once more. That adds a corner at most
    where the rings cross, so its borders stay those of its neighbours but for the rounding itself.
    """
    rounded = shapely.transform(degrees, lambda xy: np.round(xy, decimals))
    for position in np.flatnonzero(~shapely.is_valid(rounded)).tolist():
        mended = only_areas(shapely.make_valid(rounded[position], method="structure", keep_collapsed=False))
        rounded[position] = rounded[position] if mended.is_empty else mended
    return shapely.orient_polygons(rounded)


def _path(shapes: np.ndarray) -> str:
    parts = []
    for polygon in shapely.get_parts(shapes):
        for ring in (polygon.exterior, *polygon.interiors):
            points = shapely.get_coordinates(ring)[:-1]
            parts.append("M" + "L".join(f"{x:g} {y:g}" for x, y in points) + "Z")
    return "".join(parts)
