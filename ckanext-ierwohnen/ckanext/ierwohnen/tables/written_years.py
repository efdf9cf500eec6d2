"""Whole numbers as programs write them, and years under the format of a date.

`2024.0` and `11.0` are what pandas makes of a year and a key beside a blank cell. 16.07.1905 is what Excel shows for
the number 2024 when its cell is formatted as a date: days are counted from the end of 1899.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

import pyarrow.compute as pc

from ckanext.ierwohnen.tables import role_words as words
from ckanext.ierwohnen.tables.cells import TYPED_DATE, clean, shown
from ckanext.ierwohnen.tables.changes import Apply
from ckanext.ierwohnen.tables.column_facts import words_of
from ckanext.ierwohnen.tables.columns_of_text import mapped
from ckanext.ierwohnen.tables.office_table import Chunk, Row
from ckanext.ierwohnen.tables.problems import Problem, Severity

_WHOLE = re.compile(r"(-?[0-9]+)[.,]0")
_DAY = re.compile(r"([0-9]{2})\.([0-9]{2})\.([0-9]{4})|([0-9]{4})-([0-9]{2})-([0-9]{2})")
_EPOCH = date(1899, 12, 30)
FIRST, LAST = 1850, 2100  # as days of Excel these lie between January and September 1905
_NUMBERED = ("nr", "nummer", "schluessel", "schl", "kennziffer", "jahr")


def year_of_day(text: str) -> str | None:
    """The year that a day is as Excel counts days: 16.07.1905 (or 1905-07-16) is 2024; None for days of other years."""
    match = _DAY.fullmatch(clean(shown(text)))
    if match is None:
        return None
    day, month, year = (int(match[n]) for n in ((1, 2, 3) if match[3] else (6, 5, 4)))
    try:
        number = (date(year, month, day) - _EPOCH).days
    except ValueError:
        return None
    return str(number) if FIRST <= number <= LAST else None


@dataclass
class WholeNumbers:
    """Columns (by place) of keys or years that are written as `11.0`."""

    names: dict[int, str]
    example: str

    def start(self) -> Apply:
        """Write each as the whole number that it is; other cells stay."""

        def apply(chunk: Chunk) -> Chunk:
            columns = list(chunk.columns)
            for place in self.names:
                columns[place] = pc.replace_substring_regex(columns[place], r"^\s*(-?[0-9]+)[.,]0\s*$", r"\1")
            return Chunk(chunk.rows, tuple(columns))

        return apply

    def told(self) -> list[Problem]:
        """An example for each column."""
        params = {"example": self.example, "whole": _WHOLE.sub(r"\1", self.example)}
        return [Problem("whole_numbers", Severity.HINT, column=name, params=params) for name in self.names.values()]


def whole_numbers(names: list[str], rows: list[Row]) -> tuple[WholeNumbers | None, list[str]]:
    """The columns that are called keys, places or periods and hold nothing but such numbers."""
    found: dict[int, str] = {}
    example = ""
    for place, name in enumerate(names):
        told = words_of(name)
        glued = any(word.endswith(_NUMBERED) for word in told)
        if told & words.AMOUNT or not (glued or told & (words.KEY | words.PERIOD | words.PLACE)):
            continue
        cells = [text for row in rows if (text := clean(row.cells[place]))]
        if len(cells) > 1 and all(map(_WHOLE.fullmatch, cells)):
            found[place] = name
            example = example or cells[0]
    return (WholeNumbers(found, example) if found else None), names


@dataclass
class YearsAsDays:
    """A column of years that the spreadsheet shows as days of 1905."""

    place: int
    name: str
    example: str
    first_row: int

    def start(self) -> Apply:
        """Write each as the year that it is."""

        def apply(chunk: Chunk) -> Chunk:
            columns = list(chunk.columns)
            columns[self.place] = mapped(columns[self.place], lambda text: year_of_day(text) or text)
            return Chunk(chunk.rows, tuple(columns))

        return apply

    def told(self) -> list[Problem]:
        """An example; somebody should look at it."""
        params = {"example": shown(self.example), "year": year_of_day(self.example) or ""}
        return [Problem("years_as_days", Severity.WARNING, self.first_row, self.name, params=params)]


def years_as_days(names: list[str], rows: list[Row]) -> tuple[YearsAsDays | None, list[str]]:
    """The first column whose dates all are years in the format of a date."""
    for place, name in enumerate(names):
        if not rows or not rows[0].cells[place].startswith(TYPED_DATE):
            continue
        cells = [row.cells[place] for row in rows if clean(row.cells[place])]
        if all(cell.startswith(TYPED_DATE) and year_of_day(cell) for cell in cells):
            return YearsAsDays(place, name, cells[0], rows[0].number), names
    return None, names
