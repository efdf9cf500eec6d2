"""Tables of points get the unit of each level in which a point lies, as columns of keys, while the rows go by."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
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


    def keys_at(self, points: np.ndarray) -> np.ndarray:
        """The same for longitudes and latitudes (n × 2); NaN lies nowhere."""
        known = np.flatnonzero(np.isfinite(points).all(axis=1))
        found = np.full(len(points), "", dtype=object)
        found[known] = self.places(shapely.points(points[known]))
        return found


@dataclass(frozen=True)
class Located:
    """The table with columns of keys, and the roles of these columns and of the coordinates."""

    table: OfficeTable
    roles: dict[str, ColumnRole]


def best_reading(table: OfficeTable, found: Coordinates, level: LevelShapes) -> tuple[Reading, float]:
    """The way of reading that puts most points of the sample into units, and the share (0 to 1) of those that lie in
    units so, or with their axes swapped.
    """
    x, y = (as_numbers(table.sample_of(name)) for name in (found.x, found.y))
    rated = [(reading, _inside(x, y, reading, level)) for reading in found.readings]
    best, inside = max(rated, key=lambda entry: entry[1].sum())
    filled = np.isfinite(x) & np.isfinite(y)
    either = inside | _inside(x, y, best.turned, level)
    return best, float(either.sum() / filled.sum()) if filled.any() else 0.0


def _inside(x: np.ndarray, y: np.ndarray, reading: Reading, level: LevelShapes) -> np.ndarray:
    return level.keys_at(degrees(x, y, reading)) != ""


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
        self._by_row = table.hints.axes == "by_row"
        self._outside: list[int] = []
        self._without: list[int] = []
        self._turned: list[int] = []

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
        turned = "points_turned_back" if self._by_row else "points_turned"
        found = ((turned, self._turned), ("points_outside", self._outside), ("points_without", self._without))
        return [*told, *(self._problem(code, rows) for code, rows in found if rows)]

    def _problem(self, code: str, rows: list[int]) -> Problem:
        params = {"count": len(rows), "rows": [str(row) for row in rows[:LISTED]]}
        severity = Severity.HINT if code == "points_turned_back" else Severity.WARNING
        repair = ({"action": "axes", "value": "by_row"},) if code == "points_turned" else ()
        return Problem(code, severity, rows[0], self._names[0], params=params, repair=repair)

    def chunks(self, size: int) -> Iterator[Chunk]:
        """The rows in pieces, with the keys."""
        self._outside, self._without, self._turned = [], [], []
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
        points, finest = degrees(x, y, self._reading), self._levels[-1]
        filled = np.isfinite(x) & np.isfinite(y)
        lost = filled & (finest.keys_at(points) == "")
        turned = np.zeros(len(chunk), bool)
        if lost.any():
            other = degrees(np.where(lost, x, np.nan), np.where(lost, y, np.nan), self._reading.turned)
            turned = lost & (finest.keys_at(other) != "")
            points = np.where(turned[:, None], other, points) if self._by_row else points
        keys = [level.keys_at(points) for level in self._levels]
        keys = [np.where(found == "", level.nowhere, found) for level, found in zip(self._levels, keys, strict=True)]
        if count:
            self._turned += chunk.rows[turned].tolist()
            self._outside += chunk.rows[lost & ~turned].tolist()
            self._without += chunk.rows[~filled].tolist()
        columns = self._turned_back(chunk, turned) if self._by_row and turned.any() else chunk.columns
        return Chunk(chunk.rows, (*columns, *(pa.array(column.tolist(), pa.string()) for column in keys)))

    def _turned_back(self, chunk: Chunk, turned: np.ndarray) -> tuple[pa.Array, ...]:
        """The columns with the coordinates of some rows swapped."""
        first, second = (chunk.columns[place] for place in self._places)
        swap = {self._places[0]: (second, first), self._places[1]: (first, second)}
        return tuple(
            pc.if_else(pa.array(turned), *swap[place]) if place in swap else column
            for place, column in enumerate(chunk.columns)
        )


def _free(name: str, taken: Sequence[str]) -> str:
    return name if name not in taken else message("column_located", {"name": name}, "de")
