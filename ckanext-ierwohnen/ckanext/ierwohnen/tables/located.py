"""Tables of points get the unit of each level in which a point lies, as columns of keys, while the rows go by."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import shapely

from ckanext.ierwohnen.places.keys import LevelKeys
from ckanext.ierwohnen.tables.coordinates import Coordinates, Reading, as_numbers, degrees
from ckanext.ierwohnen.tables.messages import message
from ckanext.ierwohnen.tables.office_table import Body, Chunk, Column, OfficeTable, Row
from ckanext.ierwohnen.tables.problems import Problem, Severity
from ckanext.ierwohnen.tables.roles import ColumnRole, Role

LISTED = 10


@dataclass(frozen=True)
class LevelShapes:
    """A level with the shapes of its units in degrees, in the order of ``units``."""

    keys: LevelKeys
    units: Sequence[str]
    tree: shapely.STRtree

    @property
    def nowhere(self) -> str:
        """The key of "not assignable" of this level: nines, one more than the longest key has characters."""
        return "9" * (max(self.keys.widths, default=2) + 1)

    def places(self, points: np.ndarray) -> np.ndarray:
        """The key of the unit in which each point lies, "" for none; on a border the first of the units."""
        found = np.full(len(points), "", dtype=object)
        point, unit = self.tree.query(points, predicate="intersects")
        found[point[::-1]] = np.array(self.units, dtype=object)[unit[::-1]]
        return found


@dataclass(frozen=True)
class Located:
    """The table with columns of keys, and the roles of these columns and of the coordinates."""

    table: OfficeTable
    roles: dict[str, ColumnRole]


def best_reading(table: OfficeTable, found: Coordinates, level: LevelShapes) -> tuple[Reading, float]:
    """The way of reading that puts most points of the sample into units, and their share (0 to 1)."""
    x, y = (as_numbers(table.sample_of(name)) for name in (found.x, found.y))
    rated = [(reading, _share(degrees(x, y, reading), level)) for reading in found.readings]
    return max(rated, key=lambda entry: entry[1])


def _share(points: np.ndarray, level: LevelShapes) -> float:
    known = points[np.isfinite(points).all(axis=1)]
    return float((level.places(shapely.points(known)) != "").mean()) if len(known) else 0.0


def locate(table: OfficeTable, found: Coordinates, reading: Reading, levels: Sequence[LevelShapes]) -> Located:
    """The table with a column of keys for each level (coarse to fine)."""
    names = [_free(f"{level.keys.level_title} (Schlüssel)", table.names) for level in levels]
    body = LocatedBody(table, found, reading, levels)
    made = replace(table, columns=(*table.columns, *(Column(name, -1, "") for name in names)), body=body)
    roles = {
        name: ColumnRole(name, str(Role.KEY), level=level.keys.level, system=level.keys.system,
                         boundary_date=level.keys.boundary_date, reason="role_located", confidence=1.0)
        for name, level in zip(names, levels, strict=True)
    }  # fmt: skip
    x, y = (found.y, found.x) if reading.swapped else (found.x, found.y)
    params = {"crs": f"EPSG:{reading.epsg}"}
    for name, axis in ((x, "x"), (y, "y")):
        roles[name] = ColumnRole(name, str(Role.COORDINATE), code=axis, unit=f"EPSG:{reading.epsg}",
                                 reason="role_coordinate", reason_params=params, confidence=0.95)  # fmt: skip
    return Located(made, roles)


class LocatedBody:
    """Data rows with the keys of the units added. Counts the points that lie nowhere, for `problems`."""

    def __init__(
        self, table: OfficeTable, found: Coordinates, reading: Reading, levels: Sequence[LevelShapes]
    ) -> None:
        self._body: Body = table.body
        self._places = (table.names.index(found.x), table.names.index(found.y))
        self._reading, self._levels, self._names = reading, levels, (found.x, found.y)
        self._outside: list[int] = []
        self._without: list[int] = []

    @property
    def row_count(self) -> int | None:
        """As the table's own."""
        return self._body.row_count

    @property
    def problems(self) -> list[Problem]:
        """Those of the body, swapped axes, and the points that lie in no unit or nowhere at all."""
        told = list(getattr(self._body, "problems", []))
        if self._reading.swapped:
            params = {"x": self._names[1], "y": self._names[0]}
            told.append(Problem("points_swapped", Severity.HINT, params=params))
        for code, rows in (("points_outside", self._outside), ("points_without", self._without)):
            if rows:
                params = {"count": len(rows), "rows": [str(row) for row in rows[:LISTED]]}
                told.append(Problem(code, Severity.WARNING, rows[0], self._names[0], params=params))
        return told

    def chunks(self, size: int) -> Iterator[Chunk]:
        """The rows in pieces, with the keys."""
        self._outside, self._without = [], []
        for chunk in self._body.chunks(size):
            yield self._located(chunk, count=True)

    def sample(self) -> list[Row]:
        """The rows of the sample, with the keys."""
        rows = self._body.sample()
        if not rows:
            return rows
        columns = tuple(pa.array(cells, pa.string()) for cells in zip(*(row.cells for row in rows), strict=True))
        chunk = self._located(Chunk(np.array([row.number for row in rows], np.int64), columns), count=False)
        cells = zip(*(column.to_pylist() for column in chunk.columns), strict=True)
        return [Row(number, row) for number, row in zip(chunk.rows.tolist(), cells, strict=True)]

    def _located(self, chunk: Chunk, count: bool) -> Chunk:
        x, y = (as_numbers(chunk.columns[place].to_pylist()) for place in self._places)
        points = degrees(x, y, self._reading)
        known = np.flatnonzero(np.isfinite(points).all(axis=1))
        shapes = shapely.points(points[known])
        keys = [np.full(len(chunk), level.nowhere, dtype=object) for level in self._levels]
        for column, level in zip(keys, self._levels, strict=True):
            found = level.places(shapes)
            column[known] = np.where(found == "", level.nowhere, found)
        if count:
            lost = known[keys[-1][known] == self._levels[-1].nowhere]
            self._outside += chunk.rows[lost].tolist()
            self._without += np.delete(chunk.rows, known).tolist()
        return Chunk(chunk.rows, (*chunk.columns, *(pa.array(column.tolist(), pa.string()) for column in keys)))


def _free(name: str, taken: Sequence[str]) -> str:
    return name if name not in taken else message("column_located", {"name": name}, "de")
