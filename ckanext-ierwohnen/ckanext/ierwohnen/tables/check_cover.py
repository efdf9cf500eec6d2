"""Units that a table has at some of its dates only: missing at one date, or blank there in a wide table.

Whether a table has all units of its level is seen by its keys (`check_keys.py`); here each date is looked at.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ckanext.ierwohnen.tables.office_table import Chunk, OfficeTable
from ckanext.ierwohnen.tables.periods import parse_period, without_period
from ckanext.ierwohnen.tables.problems import Findings, Problem, Severity
from ckanext.ierwohnen.tables.roles import ColumnRole
from ckanext.ierwohnen.tables.special_rows import KeyReading, RowKind

MOST_PAIRS = 500_000
FEWEST = 2  # dates that a table must have
USUAL = 0.5  # share of the dates at which a unit must be there to be missed at the others
RARE = 0.2  # share of the units from which a date is one of a different reach, and told as a whole
LISTED = 8


class CoverCheck:
    """Notes which units there are at which date, while rows go by."""

    def __init__(
        self, table: OfficeTable, roles: Sequence[ColumnRole], key: KeyReading | None, findings: Findings
    ) -> None:
        periods = [role.column for role in roles if role.role == "period"]
        points = any(role.role in ("coordinate", "contributor") for role in roles)
        self._findings, self._key = findings, key if not points else None
        self._column = periods[0] if len(periods) == 1 else None
        self._place = table.names.index(self._column) if self._column else None
        self._met: dict[str, set[str]] = {}
        self._pairs = 0
        self._blank: dict[str, list[int]] = {}
        self._series = {} if periods else _series(roles)
        self._names = {name: place for place, name in enumerate(table.names)}
        self._rows = 0

    def take(self, chunk: Chunk, kinds: np.ndarray | None, keys: pa.Array | None) -> None:
        """Note the units and dates of a chunk."""
        if self._key is None or kinds is None or keys is None:
            return
        units = kinds == str(RowKind.UNIT)
        if self._place is not None and self._pairs < MOST_PAIRS:
            self._pair(chunk, keys, units)
        for columns in self._series.values():
            self._take_blanks(chunk, columns, units)
        self._rows += int(units.sum())

    def finish(self) -> None:
        """Report what is missing, date by date; where dates reach differently by nature, once."""
        if self._pairs < MOST_PAIRS:
            self._finish_pairs()
        for column, rows in self._blank.items():
            if rows and len(rows) <= max(1, RARE * self._rows):
                for row in rows:
                    repair = ({"action": "keep", "row": row, "column": column},)
                    self._findings.add(Problem("blank_in_series", Severity.WARNING, row, column, "", repair=repair))

    def _pair(self, chunk: Chunk, keys: pa.Array, units: np.ndarray) -> None:
        assert self._place is not None
        dates, known = chunk.encoded(self._place), pc.fill_null(keys, "").dictionary_encode()
        size = len(known.dictionary) or 1
        codes = dates.indices.to_numpy(zero_copy_only=False).astype(np.int64) * size
        codes += known.indices.to_numpy(zero_copy_only=False)
        names = known.dictionary.to_numpy(zero_copy_only=False)
        found = np.unique(codes[units])
        bounds = np.searchsorted(found, np.arange(len(dates.dictionary) + 1) * size)
        for text, first, last in zip(dates.dictionary.to_pylist(), bounds[:-1], bounds[1:], strict=True):
            if first < last and (period := parse_period(text or "")):
                here = self._met.setdefault(period.text, set())
                before = len(here)
                here.update(names[found[first:last] % size].tolist())
                self._pairs += len(here) - before

    def _take_blanks(self, chunk: Chunk, columns: Sequence[str], units: np.ndarray) -> None:
        blank = {
            column: pc.equal(chunk.cleaned(self._names[column]), "").to_numpy(zero_copy_only=False) & units
            for column in columns
        }
        if not any(mask.any() for mask in blank.values()):
            return
        empty = np.all(list(blank.values()), axis=0)
        for column, mask in blank.items():
            self._blank.setdefault(column, []).extend(chunk.rows[mask & ~empty].tolist())

    def _finish_pairs(self) -> None:
        if len(self._met) < FEWEST or self._key is None:
            return
        counts: dict[str, int] = {}
        for units in self._met.values():
            for unit in units:
                counts[unit] = counts.get(unit, 0) + 1
        usual = {unit for unit, count in counts.items() if count > USUAL * len(self._met)}
        lacking = {period: usual - units for period, units in sorted(self._met.items()) if usual - units}
        if len(lacking) > max(3, USUAL * len(self._met)) and len(self._met) > 3:
            period, units = max(lacking.items(), key=lambda entry: len(entry[1]))
            params = {"count": len(lacking), "total": len(self._met), **self._told(period, units)}
            self._findings.add(Problem("units_come_and_go", Severity.WARNING, column=self._column, params=params))
            return
        for period, units in lacking.items():
            params = self._told(period, units)
            self._findings.add(Problem("units_missing_then", Severity.WARNING, column=self._column, params=params))

    def _told(self, period: str, units: set[str]) -> dict[str, object]:
        names: Mapping[str, str] = self._key.level.units if self._key and self._key.level else {}
        listed = [f"{names[unit]} ({unit})" if names.get(unit) else unit for unit in sorted(units)[:LISTED]]
        return {"period": period, "missing": len(units), "units": listed + ["…"] * (len(units) > LISTED)}


def _series(roles: Sequence[ColumnRole]) -> dict[tuple[str | None, ...], list[str]]:
    """The columns of each figure of a wide table, where they are of several dates."""
    found: dict[tuple[str | None, ...], dict[str, str]] = {}
    for role in roles:
        if role.role == "indicator" and role.period:
            about = role.indicator or without_period(role.column)
            found.setdefault((about, role.dimension, role.code), {})[role.period] = role.column
    return {figure: list(columns.values()) for figure, columns in found.items() if len(columns) > FEWEST}
