"""Small made-up towns for tests: a grid of quarters with wavy, exactly shared borders, in EPSG:25833
metres.
"""

from __future__ import annotations

import json
import sqlite3
import struct
import zipfile
from pathlib import Path

import numpy as np
import pyogrio
import shapely
from shapely.geometry import mapping

EAST, NORTH, SIDE = 380_000.0, 5_810_000.0, 400.0

YAML = """
title: Musterstadt
boundary_date: 2021-01-01
levels:
  - {code: bezirk, title: Bezirk, title_en: District, dissolve: quartier, key: BEZ}
  - {code: quartier, title: Quartier, file: FILE, key: NR, name: NAME}
"""


def quarters(across: int = 4, down: int = 3) -> np.ndarray:
    """``across`` × ``down`` quarters whose common borders are zigzags with many points."""

    def corner(i: int, j: int) -> tuple[float, float]:
        return EAST + i * SIDE, NORTH + j * SIDE

    def edge(start: tuple[float, float], end: tuple[float, float]) -> list[tuple[float, float]]:
        steps = np.linspace(0, 1, 21)[:-1]
        wave = 12 * np.sin(steps * np.pi * 6)
        (x0, y0), (x1, y1) = start, end
        dx, dy = (x1 - x0) / SIDE, (y1 - y0) / SIDE
        return [(x0 + (x1 - x0) * t - dy * w, y0 + (y1 - y0) * t + dx * w) for t, w in zip(steps, wave, strict=True)]

    def ring(i: int, j: int) -> list[tuple[float, float]]:
        a, b, c, d = corner(i, j), corner(i + 1, j), corner(i + 1, j + 1), corner(i, j + 1)
        # Each edge is made once, from left to right or bottom to top, and turned round for the neighbour.
        back = [*edge(d, c), c][1:][::-1], [*edge(a, d), d][1:][::-1]
        return [*edge(a, b), *edge(b, c), *back[0], *back[1]]

    return np.array([shapely.Polygon(ring(i, j)) for j in range(down) for i in range(across)], dtype=object)


def properties(count: int, across: int = 4) -> list[dict[str, str]]:
    """Keys ``01``…, names, and a district of two columns of quarters each."""
    return [
        {"NR": f"{n + 1:02d}", "NAME": f"Quartier {n + 1}", "BEZ": str(1 + (n % across) * 2 // across)}
        for n in range(count)
    ]


def write_geojson(
    path: Path, shapes: np.ndarray, rows: list[dict] | None = None, crs: str | None = "EPSG:25833"
) -> Path:
    """A GeoJSON file; ``crs`` None leaves the statement out."""
    rows = properties(len(shapes)) if rows is None else rows
    features = [
        {"type": "Feature", "properties": row, "geometry": None if shape is None else mapping(shape)}
        for row, shape in zip(rows, shapes, strict=True)
    ]
    collection: dict = {"type": "FeatureCollection", "features": features}
    if crs:
        collection["crs"] = {"type": "name", "properties": {"name": crs}}
    path.write_text(json.dumps(collection), "utf-8")
    return path


def write_layer(
    path: Path,
    shapes: np.ndarray,
    crs: str | None = "EPSG:25833",
    rows: list[dict] | None = None,
    geometry_type: str = "Polygon",
    **options: str,
) -> Path:
    """A GeoPackage or shapefile, by the suffix of ``path``."""
    rows = properties(len(shapes)) if rows is None else rows
    names = list(rows[0])
    pyogrio.raw.write(
        path,
        geometry=shapely.to_wkb(shapes, output_dimension=3 if "Z" in geometry_type else 2),
        field_data=[np.array([row[name] for row in rows], dtype=object) for name in names],
        fields=names,
        geometry_type=geometry_type,
        crs=crs,
        **options,
    )
    return path


def zip_shapefile(folder: Path, shapes: np.ndarray, crs: str | None = "EPSG:25833", **options: str) -> Path:
    """A zipped shapefile ``quartiere.zip``; without ``crs`` it has no .prj."""
    inner = folder / "shape"
    inner.mkdir()
    write_layer(inner / "quartiere.shp", shapes, crs, **options)
    target = folder / "quartiere.zip"
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in sorted(inner.iterdir()):
            archive.write(part, part.name)
    return target


def make_circle(path: Path, layer: str, middle: tuple[float, float], radius: float) -> None:
    """Turns the one feature of a GeoPackage into a circle of arcs (CURVEPOLYGON), as survey offices keep
    them.

    The writers at hand only write straight lines, so the well-known binary is made here.
    """
    x, y = middle
    turn = ((-1, 0), (0, 1), (1, 0), (0, -1), (-1, 0))
    points = b"".join(struct.pack("<dd", x + radius * i, y + radius * j) for i, j in turn)
    curve = struct.pack("<BII", 1, 10, 1) + struct.pack("<BII", 1, 8, 5) + points
    connection = sqlite3.connect(path)
    triggers = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
    for (name,) in triggers:
        connection.execute(f'DROP TRIGGER "{name}"')
    (srs,) = connection.execute("SELECT srs_id FROM gpkg_geometry_columns").fetchone()
    blob = b"GP\x00\x01" + struct.pack("<i", srs) + curve
    connection.execute(f'UPDATE "{layer}" SET geom = ?', (blob,))
    connection.execute("UPDATE gpkg_geometry_columns SET geometry_type_name = 'CURVEPOLYGON'")
    connection.commit()
    connection.close()
