"""Points in GeoJSON or GeoPackage as a table: one row a point, its attributes, longitude and latitude."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import shapely

from ckanext.ierwohnen.places.findings import BoundaryError
from ckanext.ierwohnen.places.intake import take_in
from ckanext.ierwohnen.places.reprojection import WGS84, reproject
from ckanext.ierwohnen.places.rows import Rows, column_names, read_rows
from ckanext.ierwohnen.tables.controls import with_shown_zeros
from ckanext.ierwohnen.tables.hints import Hints
from ckanext.ierwohnen.tables.office_table import Chunk, Column, ColumnBody, OfficeTable
from ckanext.ierwohnen.tables.problems import Problem, Severity
from ckanext.ierwohnen.tables.unreadable import TableUnreadable

LONGITUDE, LATITUDE = "Längengrad", "Breitengrad"
LANGUAGES = ("de", "en")


def is_points(path: Path) -> bool:
    """True for a GeoJSON or GeoPackage, by its first bytes."""
    with path.open("rb") as file:
        head = file.read(512)
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    return head.startswith(b"SQLite format 3\0") or (text.startswith(b"{") and b'"type"' in text)


def read_points(path: Path, filename: str, hints: Hints | None = None) -> OfficeTable:
    """Read points; TableUnreadable with the reason if the file holds none."""
    with tempfile.TemporaryDirectory(prefix="ierwohnen-points-") as folder:
        try:
            layers = take_in([(filename, path)], Path(folder))
            if len(layers) > 1:
                raise TableUnreadable("points_layers", file=filename, layers=[layer.layer for layer in layers])
            rows = read_rows(layers[0], column_names(layers[0]))
        except BoundaryError as refused:
            words = {language: refused.findings[0].text(language) for language in LANGUAGES}
            raise TableUnreadable("points_unreadable", reason=words) from refused
    return _table(rows, filename, hints or Hints())


def _table(rows: Rows, filename: str, hints: Hints) -> OfficeTable:
    kinds = set(shapely.get_type_id(rows.shapes).tolist()) - {-1}
    if kinds != {shapely.GeometryType.POINT}:
        raise TableUnreadable("points_none", file=filename)
    points = reproject(shapely.force_2d(rows.shapes), rows.crs, WGS84)
    names = [name for name in rows.columns if name not in (LONGITUDE, LATITUDE)]
    cells = [[with_shown_zeros(cell) for cell in rows.columns[name]] for name in names]
    cells += [_degrees(axis(points)) for axis in (shapely.get_x, shapely.get_y)]
    chunk = Chunk(np.arange(1, len(rows) + 1, dtype=np.int64), tuple(pa.array(column, pa.string()) for column in cells))
    columns = tuple(Column(name, n, "") for n, name in enumerate([*names, LONGITUDE, LATITUDE]))
    problems = [
        Problem("points_told", Severity.HINT, params={"text": {language: f.text(language) for language in LANGUAGES}})
        for f in rows.findings
    ]
    return OfficeTable(filename, "points", columns, ColumnBody(chunk), problems=problems, hints=hints, header_rows=(1,))


def _degrees(values: np.ndarray) -> list[str]:
    """Seven decimals are a centimetre; nothing for an empty point."""
    return [f"{value:.7f}" if np.isfinite(value) else "" for value in values.tolist()]
