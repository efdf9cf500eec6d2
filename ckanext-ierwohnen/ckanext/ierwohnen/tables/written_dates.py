"""Dates in foreign or short writing: `31/12/2024`, `12/31/2024`, `31.12.24`. `03/04/2024` alone has two readings.

Which part is the day is seen from the column: one part beyond 12 is enough. Where none is, a person has to say
(hint `dates`); until then the day is taken to come first, and the check does not let the table pass.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from ckanext.ierwohnen.tables.cells import clean, shown
from ckanext.ierwohnen.tables.changes import Apply
from ckanext.ierwohnen.tables.office_table import Chunk, Row
from ckanext.ierwohnen.tables.periods import parse_period
from ckanext.ierwohnen.tables.problems import Problem, Severity

_FORM = re.compile(r"([0-9]{1,2})([/.-])([0-9]{1,2})\2([0-9]{4}|[0-9]{2})")
_CENTURY = 50  # 24 is 2024, 97 is 1997
ENOUGH = 0.95


@dataclass
class WrittenDates:
    """A column of such dates: `order` is "dmy" or "mdy"; `sure` if the column itself or a person says so."""

    place: int
    name: str
    order: str
    sure: bool
    example: str
    first_row: int

    def start(self) -> Apply:
        """Write each as the day that it is."""

        def apply(chunk: Chunk) -> Chunk:
            encoded = pc.fill_null(chunk.columns[self.place], "").dictionary_encode()
            days = [_day(text, self.order) or text for text in encoded.dictionary.to_pylist()]
            columns = list(chunk.columns)
            columns[self.place] = pa.array(days, pa.string()).take(encoded.indices)
            return Chunk(chunk.rows, tuple(columns))

        return apply

    def told(self) -> list[Problem]:
        """An example, and the question if there are two readings."""
        orders = ("dmy", "mdy")
        params = {"example": self.example, "date": _day(self.example, self.order) or ""}
        if self.sure:
            return [Problem("dates_rewritten", Severity.HINT, column=self.name, params=params)]
        offers = tuple({"action": "dates", "value": o, "date": _day(self.example, o) or ""} for o in orders)
        params["other"] = _day(self.example, "mdy") or ""
        return [Problem("dates_ambiguous", Severity.ERROR, column=self.name, params=params, repair=offers)]


def written_dates(
    names: list[str], rows: list[Row], stated: str | None = None
) -> tuple[WrittenDates | None, list[str]]:
    """The first column that holds nothing but dates of this kind, and the names of all columns."""
    for place, name in enumerate(names):
        found = _read(place, name, rows, stated)
        if found:
            return found, names
    return None, names


def _read(place: int, name: str, rows: list[Row], stated: str | None) -> WrittenDates | None:
    some = [clean(row.cells[place]) for row in rows[:20]]
    if not any(_FORM.fullmatch(text) for text in some):
        return None
    texts = {text for row in rows if (text := clean(shown(row.cells[place])))}
    matches = [match for text in texts if (match := _FORM.fullmatch(text))]
    if len(matches) < ENOUGH * len(texts) or all(match[2] == "." and len(match[4]) == 4 for match in matches):
        return None
    firsts, seconds = [int(m[1]) for m in matches], [int(m[3]) for m in matches]
    day_first = any(m[2] in ".-" for m in matches) or max(firsts) > 12
    day_second = max(seconds) > 12
    if (day_first and day_second) or max(*firsts, *seconds) > 31:
        return None
    same = firsts == seconds
    order = stated or ("mdy" if day_second else "dmy")
    sure = bool(stated or day_first or day_second or same)
    example = next((m[0] for m in matches if m[1] != m[3]), matches[0][0])
    return WrittenDates(place, name, order, sure, example, rows[0].number)


def _day(text: str, order: str) -> str | None:
    match = _FORM.fullmatch(clean(shown(text)))
    if match is None:
        return None
    first, second, year = int(match[1]), int(match[3]), match[4]
    day, month = (first, second) if order == "dmy" or match[2] == "." else (second, first)
    full = year if len(year) == 4 else f"{'20' if int(year) <= _CENTURY else '19'}{year}"
    written = f"{day:02d}.{month:02d}.{full}"
    return written if parse_period(written) else None
