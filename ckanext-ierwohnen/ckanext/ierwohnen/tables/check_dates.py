"""What Excel has made dates of: the key `01.02`, the age group `3-5`. It cannot be undone surely, so it is asked."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ckanext.ierwohnen.tables.cells import TYPED_DATE, clean, shown
from ckanext.ierwohnen.tables.office_table import Chunk, OfficeTable
from ckanext.ierwohnen.tables.problems import Findings, Problem, Severity
from ckanext.ierwohnen.tables.roles import ColumnRole

_ROLES = ("key", "name", "dimension", "unclear", "note")
_NAMES = "Jan|Feb|Mrz|Apr|Mai|Jun|Jul|Aug|Sep|Okt|Nov|Dez"
_MONTHS = _NAMES.lower().split("|")
_WRITTEN = rf"^(?:[0-9]{{1,2}}\. ?(?:{_NAMES})|(?:{_NAMES}) [0-9]{{2}})$"
_TYPED = re.compile(r"([0-9]{2})\.([0-9]{2})\.([0-9]{4})")
_DAY = re.compile(r"([0-9]{1,2})\. ?([A-Z][a-z]{2})")
_MONTH = re.compile(r"([A-Z][a-z]{2}) ([0-9]{2})")
MOST = 60


class DateCheck:
    """Looks for dates among the keys, names and classes of a table."""

    def __init__(self, table: OfficeTable, roles: Sequence[ColumnRole], findings: Findings) -> None:
        self._findings = findings
        self._columns = {r.column: (table.names.index(r.column), r.role) for r in roles if r.role in _ROLES}
        self._filled = dict.fromkeys(self._columns, 0)
        self._dated: dict[str, dict[str, tuple[int, int]]] = {column: {} for column in self._columns}
        self._dotted = dict.fromkeys(self._columns, False)

    def take(self, chunk: Chunk) -> None:
        """Note the dates of a chunk: value → first row and how often."""
        for column, (place, _) in self._columns.items():
            cells = pc.fill_null(chunk.columns[place], "")
            self._filled[column] += pc.sum(pc.greater(pc.binary_length(cells), 0)).as_py() or 0
            words = chunk.encoded(place).dictionary  # each distinct text once, without the mark of a date
            dotted = pc.match_substring_regex(words, r"^0[0-9](?:\.[0-9]{1,3})+$")
            self._dotted[column] |= bool(pc.any(dotted, min_count=0).as_py())
            written = pc.any(pc.match_substring_regex(words, _WRITTEN), min_count=0).as_py()
            if written or pc.any(pc.starts_with(cells, TYPED_DATE), min_count=0).as_py():
                self._note(column, cells, chunk)

    def _note(self, column: str, cells: pa.Array, chunk: Chunk) -> None:
        dated = pc.or_(pc.starts_with(cells, TYPED_DATE), pc.match_substring_regex(cells, _WRITTEN))
        where = np.flatnonzero(dated.to_numpy(zero_copy_only=False))
        known = self._dated[column]
        for index in where[:5_000]:
            value = clean(shown(cells[int(index)].as_py()))
            first, count = known.get(value, (int(chunk.rows[index]), 0))
            known[value] = (first, count + 1)

    def finish(self) -> None:
        """Report dates where most cells are none."""
        for column, known in self._dated.items():
            count = sum(times for _, times in known.values())
            if not count or count > 0.8 * self._filled[column]:
                continue
            for value, (row, _) in list(known.items())[:MOST]:
                self._report(column, value, row)

    def _report(self, column: str, value: str, row: int) -> None:
        key = self._columns[column][1] == "key" or self._dotted[column]
        offers = tuple(
            {"action": "replace_key", "column": column, "key": value, "value": text}
            for text in meant(value, key, self._dotted[column])
        )
        self._findings.add(Problem("date_among_texts", Severity.ERROR, row, column, value, repair=offers))


def meant(date: str, key: bool, padded: bool) -> list[str]:
    """What may have been typed where Excel shows a date: `3-5` or `3.5` for the 3rd of May, `5-18` for May 2018."""
    parts = date_parts(date)
    if parts is None:
        return []
    first, second = parts
    joint = "." if key else "-"
    if padded:
        return [f"{first:02d}{joint}{second:02d}"]
    return [f"{first}{joint}{second}"]


def date_parts(date: str) -> tuple[int, int] | None:
    """The two numbers that were typed where Excel shows a date."""
    if typed := _TYPED.fullmatch(date):
        day, month, year = map(int, typed.groups())
        return (month, year % 100) if day == 1 and year % 100 > 12 and not 2023 <= year <= 2030 else (day, month)
    if (day_of := _DAY.fullmatch(date)) and day_of[2].lower() in _MONTHS:
        return int(day_of[1]), _MONTHS.index(day_of[2].lower()) + 1
    if (month_of := _MONTH.fullmatch(date)) and month_of[1].lower() in _MONTHS:
        return _MONTHS.index(month_of[1].lower()) + 1, int(month_of[2])
    return None
