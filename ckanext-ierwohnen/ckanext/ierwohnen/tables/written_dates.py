"""Dates in foreign or short writing: `31/12/2024`, `12/31/2024`, `31.12.24`. `03/04/2024` alone has two readings.

Which part is the day is seen from the column: one part beyond 12 is enough. Where none is, a person has to say
(hint `dates`); until then the day is taken to come first, and the check does not let the table pass.

Years of two digits: 00 to 39 are of this century, 60 to 99 of the last one. In between it is asked (hint `century`):
31.12.49 may be a building of 1949 or a forecast.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ckanext.ierwohnen.tables.cells import clean, shown
from ckanext.ierwohnen.tables.changes import Apply
from ckanext.ierwohnen.tables.columns_of_text import mapped
from ckanext.ierwohnen.tables.office_table import Chunk, Row
from ckanext.ierwohnen.tables.periods import parse_period
from ckanext.ierwohnen.tables.problems import Problem, Severity

_FORM = re.compile(r"([0-9]{1,2})([/.-])([0-9]{1,2})\2([0-9]{4}|[0-9]{2})")
THIS_CENTURY, LAST_CENTURY = 39, 60  # 24 is 2024, 97 is 1997; in between it is open
CENTURIES = ("1900", "2000")
ENOUGH = 0.95


@dataclass
class WrittenDates:
    """A column of such dates: `order` is "dmy" or "mdy"; `sure` if the column itself or a person says so.

    `century`: a person's word for open years of two digits ("1900", "2000"); `open_year` an example of these, if nobody
    has said it.
    """

    place: int
    name: str
    order: str
    sure: bool
    example: str
    first_row: int
    century: str | None = None
    open_year: str | None = None

    def start(self) -> Apply:
        """Write each as the day that it is."""

        def apply(chunk: Chunk) -> Chunk:
            columns = list(chunk.columns)
            columns[self.place] = mapped(
                columns[self.place], lambda text: _day(text, self.order, self.century) or text
            )
            return Chunk(chunk.rows, tuple(columns))

        return apply

    def told(self) -> list[Problem]:
        """An example, and the question if there are two readings."""
        orders = ("dmy", "mdy")
        params = {"example": self.example, "date": _day(self.example, self.order, self.century) or ""}
        if not self.sure:
            offers = tuple({"action": "dates", "value": o, "date": _day(self.example, o) or ""} for o in orders)
            params["other"] = _day(self.example, "mdy") or ""
            return [Problem("dates_ambiguous", Severity.ERROR, column=self.name, params=params, repair=offers)]
        if self.open_year:
            days = [_day(self.open_year, self.order, century) or "" for century in CENTURIES]
            offers = tuple(
                {"action": "century", "value": c, "date": day} for c, day in zip(CENTURIES, days, strict=True)
            )
            params = {"example": self.open_year, "date": days[0], "other": days[1]}
            return [Problem("dates_ambiguous", Severity.ERROR, column=self.name, params=params, repair=offers)]
        return [Problem("dates_rewritten", Severity.HINT, column=self.name, params=params)]


def written_dates(
    names: list[str], rows: list[Row], stated: str | None = None, century: str | None = None
) -> tuple[WrittenDates | None, list[str]]:
    """The first column that holds nothing but dates of this kind, and the names of all columns."""
    for place, name in enumerate(names):
        found = _read(place, name, rows, stated, century)
        if found:
            return found, names
    return None, names


def _read(
    place: int, name: str, rows: list[Row], stated: str | None, century: str | None
) -> WrittenDates | None:
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
    undecided = None if century else next((m[0] for m in matches if _open(m[4])), None)
    return WrittenDates(place, name, order, sure, example, rows[0].number, century, undecided)


def _open(year: str) -> bool:
    """True for a year of two digits that may be of this century or of the last one."""
    return len(year) == 2 and THIS_CENTURY < int(year) < LAST_CENTURY


def _century(year: str, stated: str | None) -> str:
    if _open(year):
        return (stated or CENTURIES[0])[:2]
    return "20" if int(year) <= THIS_CENTURY else "19"


def _day(text: str, order: str, century: str | None = None) -> str | None:
    match = _FORM.fullmatch(clean(shown(text)))
    if match is None:
        return None
    first, second, year = int(match[1]), int(match[3]), match[4]
    day, month = (first, second) if order == "dmy" or match[2] == "." else (second, first)
    full = year if len(year) == 4 else f"{_century(year, century)}{year}"
    written = f"{day:02d}.{month:02d}.{full}"
    return written if parse_period(written) else None
