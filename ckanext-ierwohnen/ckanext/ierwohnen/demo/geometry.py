"""The shape of the demonstration city: quarters, districts and blocks, grown from the quarters' seeds.

All borders of all levels come out of one set of lines that is cut at every crossing, so neighbours share each
vertex and the levels fit into each other exactly. Coordinates are metres in EPSG:25833.
"""

from __future__ import annotations

import itertools
import math
from functools import lru_cache

import geopandas as gpd
import numpy as np
from shapely import Point, Polygon, STRtree, unary_union, voronoi_polygons
from shapely.geometry import LineString, MultiPoint
from shapely.geometry.base import BaseGeometry
from shapely.ops import polygonize

from . import quarters as q

CRS = "EPSG:25833"
ORIGIN = (333_000.0, 5_655_000.0)
SEED = 20_260_101
BLOCK_AREA = 190_000.0  # m², aimed at in built-up quarters
SMALLEST_FACE = 4_000.0  # m², smaller pieces join a neighbour


def _metres(x_km: float, y_km: float) -> Point:
    return Point(ORIGIN[0] + 1000 * x_km, ORIGIN[1] + 1000 * y_km)


def _wiggle(start: tuple[float, float], end: tuple[float, float], roughness: float, depth: int) -> list:
    """Points between two ends, displaced fractally; the same for both directions of the same edge."""
    if (end[0], end[1]) < (start[0], start[1]):
        return _wiggle(end, start, roughness, depth)[::-1]
    rng = np.random.default_rng([SEED, *(int(abs(c)) for c in (*start, *end))])
    points = [start, end]
    for _ in range(depth):
        finer = [points[0]]
        for (x1, y1), (x2, y2) in itertools.pairwise(points):
            shift = rng.normal(0, roughness)
            finer.append(((x1 + x2) / 2 - (y2 - y1) * shift, (y1 + y2) / 2 + (x2 - x1) * shift))
            finer.append((x2, y2))
        points = finer
    return points


def _wiggled(line: LineString, roughness: float, depth: int) -> LineString:
    coordinates = list(line.coords)
    points: list = [coordinates[0]]
    for start, end in itertools.pairwise(coordinates):
        points += _wiggle(start, end, roughness, depth)[1:]
    return LineString(points)


def _outline() -> Polygon:
    claims = unary_union([_metres(k.x, k.y).buffer(1000 * k.reach) for k in q.QUARTERS])
    ring = claims.buffer(900).buffer(-1300).buffer(400).simplify(350).exterior
    return Polygon(_wiggled(LineString(ring.coords), 0.09, 3).coords).buffer(0)


def _edges(cells: list[BaseGeometry]) -> list[LineString]:
    """Each straight edge of a set of cells once."""
    seen: dict[tuple, LineString] = {}
    for cell in cells:
        ring = [(round(x, 3), round(y, 3)) for x, y in cell.exterior.coords]
        for start, end in itertools.pairwise(ring):
            if start != end:
                seen.setdefault((min(start, end), max(start, end)), LineString([start, end]))
    return list(seen.values())


def _quarter_faces(outline: Polygon) -> dict[str, Polygon]:
    seeds = {k.key: _metres(k.x, k.y) for k in q.QUARTERS}
    cells = list(voronoi_polygons(MultiPoint(list(seeds.values())), extend_to=outline.buffer(3000)).geoms)
    lines = [_wiggled(edge, 0.085, 4) for edge in _edges(cells)]
    faces = list(polygonize(unary_union([outline.exterior, *lines])))
    inside = [face for face in faces if outline.contains(face.representative_point())]
    tree = STRtree(list(seeds.values()))
    keys = list(seeds)
    parts: dict[str, list[Polygon]] = {key: [] for key in keys}
    for face in inside:
        held = tree.query(face, predicate="contains")
        nearest = held[0] if len(held) else tree.nearest(face.representative_point())
        parts[keys[nearest]].append(face)
    return {key: _one_piece(unary_union(pieces)) for key, pieces in parts.items()}


def _one_piece(geometry: BaseGeometry) -> Polygon:
    pieces = list(getattr(geometry, "geoms", [geometry]))
    return max(pieces, key=lambda piece: piece.area)


def _block_lines(quarter: q.Quarter, shape: Polygon) -> list[LineString]:
    """Inner borders of the blocks of one quarter: many small blocks in a town, few large ones in a village."""
    sparse = quarter.character in (q.Character.VILLAGE, q.Character.INDUSTRY, q.Character.NEW_EDGE)
    number = max(5, round(shape.area / (BLOCK_AREA * (3.2 if sparse else 1.0))))
    rng = np.random.default_rng([SEED, int(quarter.key)])
    left, low, right, high = shape.bounds
    points: list[Point] = []
    while len(points) < number:
        candidate = Point(rng.uniform(left, right), rng.uniform(low, high))
        spacing = 0.62 * math.sqrt(shape.area / number)
        if shape.contains(candidate) and all(candidate.distance(other) > spacing for other in points):
            points.append(candidate)
    cells = list(voronoi_polygons(MultiPoint(points), extend_to=shape.buffer(2000)).geoms)
    clipped = [_wiggled(edge, 0.03, 2).intersection(shape) for edge in _edges(cells)]
    return [part for line in clipped for part in getattr(line, "geoms", [line]) if part.length > 1]


def _faces(shapes: dict[str, Polygon]) -> list[tuple[str, Polygon]]:
    """The smallest pieces: blocks, cut by the former quarter's border, each with its quarter's key."""
    former = _metres(*q.FORMER_CENTRE).buffer(1000 * q.FORMER_RADIUS, quad_segs=6).exterior
    inner = [line for k in q.QUARTERS for line in _block_lines(k, shapes[k.key])]
    borders = [shape.exterior for shape in shapes.values()]
    pieces = list(polygonize(unary_union([*borders, former, *inner])))
    keys = list(shapes)
    tree = STRtree([shapes[key] for key in keys])
    found = []
    for piece in pieces:
        held = tree.query(piece.representative_point(), predicate="within")
        if len(held):
            found.append((keys[held[0]], piece))
    return found


def _former(piece: Polygon) -> bool:
    return piece.representative_point().distance(_metres(*q.FORMER_CENTRE)) < 1000 * q.FORMER_RADIUS


def _blocks() -> gpd.GeoDataFrame:
    """Faces as blocks (key, quarter, former, geometry); slivers have joined a neighbour of the same quarter."""
    shapes = _quarter_faces(_outline())
    frame = gpd.GeoDataFrame(_faces(shapes), columns=["quarter", "geometry"], crs=CRS)
    frame["former"] = frame["quarter"].isin(q.FORMER_HEIRS) & frame.geometry.map(_former)
    merged = []
    for (quarter, former), group in frame.groupby(["quarter", "former"]):
        pieces = sorted(group.geometry, key=lambda piece: -piece.area)
        kept = [piece for piece in pieces if piece.area >= SMALLEST_FACE] or pieces[:1]
        for small in pieces[len(kept) :]:
            touching = [small.intersection(piece).length for piece in kept]
            best = int(np.argmax(touching))
            if touching[best] > 0:
                kept[best] = kept[best].union(small)
            else:
                kept.append(small)
        merged += [(quarter, former, piece) for piece in kept]
    blocks = gpd.GeoDataFrame(merged, columns=["quarter", "former", "geometry"], crs=CRS)
    centre = blocks.geometry.representative_point()
    blocks = blocks.assign(_y=-centre.y.round(-2), _x=centre.x).sort_values(["quarter", "_y", "_x"])
    number = blocks.groupby("quarter").cumcount() + 1
    blocks["key"] = blocks["quarter"] + "-" + number.map("{:03d}".format)
    return blocks[["key", "quarter", "former", "geometry"]].reset_index(drop=True)


@lru_cache(maxsize=1)
def blocks() -> gpd.GeoDataFrame:
    """All blocks (Baublöcke): key such as ``15-042``, key of the quarter, whether it lay in Schachthalden."""
    return _blocks()


def quarters(boundary_year: int = 2021) -> gpd.GeoDataFrame:
    """Quarters at a boundary date (2015: 25 of them, 2021: 24): key, name, district, geometry."""
    frame = blocks().copy()
    names = {k.key: k.name for k in q.QUARTERS} | {q.FORMER_KEY: q.FORMER_NAME}
    if boundary_year < 2021:
        frame.loc[frame["former"], "quarter"] = q.FORMER_KEY
    shapes = frame[["quarter", "geometry"]].dissolve("quarter").reset_index()
    shapes = shapes.rename(columns={"quarter": "key"})
    shapes["name"] = shapes["key"].map(names)
    shapes["district"] = shapes["key"].map(lambda key: q.FORMER_DISTRICT if key == q.FORMER_KEY else key[0])
    return shapes[["key", "name", "district", "geometry"]]


def districts(boundary_year: int = 2021) -> gpd.GeoDataFrame:
    """The five districts (Stadtbezirke): key, name, city, geometry."""
    shapes = quarters(boundary_year)[["district", "geometry"]].dissolve("district").reset_index()
    shapes = shapes.rename(columns={"district": "key"})
    shapes["name"] = shapes["key"].map(q.DISTRICTS)
    shapes["city"] = q.CITY_KEY
    return shapes[["key", "name", "city", "geometry"]]


def city() -> gpd.GeoDataFrame:
    """The city itself: key ``00``, name, geometry."""
    whole = districts().union_all()
    return gpd.GeoDataFrame({"key": [q.CITY_KEY], "name": [q.CITY_NAME]}, geometry=[whole], crs=CRS)


def river() -> LineString:
    """The Mulde from north to south, through the seeds of the quarters on its banks."""
    course = [(7.55, 12.2), (7.2, 10.6), (7.35, 9.4), (6.85, 8.2), (6.75, 7.0), (6.6, 6.0), (6.3, 5.2), (6.75, 4.3)]
    course += [(6.4, 3.4), (6.75, 2.5), (6.35, 1.5), (5.9, 0.4), (5.6, -0.5)]
    line = _wiggled(LineString([_metres(x, y) for x, y in course]), 0.06, 3)
    inside = line.intersection(city().geometry.iloc[0])
    return max(getattr(inside, "geoms", [inside]), key=lambda part: part.length)
