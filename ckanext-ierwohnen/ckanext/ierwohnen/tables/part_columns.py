"""Year and month in two columns ("Jahr" | "Monat", quarter, half-year) are one period: `2024` and `3` are 2024-03.

The two columns stay as they are; the period comes into a column of its own. Taken apart, each month would be a class of
its year, and the figures of one month, or of all months together, would stand for the year. A row of the whole year
("Jahr", "insgesamt", "Jahresdurchschnitt") is of the year.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from ckanext.ierwohnen.look.numbers import only_digits
from ckanext.ierwohnen.tables.cells import clean, shown
from ckanext.ierwohnen.tables.changes import Apply, Change
from ckanext.ierwohnen.tables.code_lists import TOTAL_WORDS, normal
from ckanext.ierwohnen.tables.column_facts import words_of
from ckanext.ierwohnen.tables.columns_of_text import mapped
from ckanext.ierwohnen.tables.office_table import Chunk, Row
from ckanext.ierwohnen.tables.periods import month_of, parse_period
from ckanext.ierwohnen.tables.problems import Problem, Severity

YEAR_WORDS = {"jahr", "year", "berichtsjahr", "kalenderjahr", "jahre"}
_PARTS = {
    "month": {"monat", "monate", "month", "berichtsmonat", "kalendermonat"},
    "quarter": {"quartal", "quartale", "vierteljahr", "berichtsquartal"},
    "half": {"halbjahr", "halbjahre", "hj"},
}
_WEEKS = {"woche", "kalenderwoche", "kw", "week"}
_LAST = {"month": 12, "quarter": 4, "half": 2}
_ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4}
_WHOLE = TOTAL_WORDS | {"jahr", "ganzes jahr", "jahressumme", "jahresdurchschnitt", "jahresmittel", "year"}
ENOUGH = 0.9
_COUNTED = re.compile(r"([1-9])\s?[./]\s?((?:19|20)[0-9]{2})")  # `03/2024` may be the month a quarter ends in


@dataclass
class JoinedPeriod:
    """A further column with the period of a year and its part, from the columns at `year` and `part`."""

    year: int
    part: int
    kind: str
    names: tuple[str, str]
    name: str
    first_row: int

    def start(self) -> Apply:
        """Join them in each row."""

        def apply(chunk: Chunk) -> Chunk:
            years, parts = chunk.encoded(self.year), chunk.encoded(self.part)
            width = max(1, len(parts.dictionary))
            codes = years.indices.to_numpy(zero_copy_only=False).astype(np.int64) * width
            codes += parts.indices.to_numpy(zero_copy_only=False)
            pairs, places = np.unique(codes, return_inverse=True)
            of_year, of_part = years.dictionary.to_pylist(), parts.dictionary.to_pylist()
            texts = pa.array([joined(of_year[p // width], of_part[p % width], self.kind) for p in pairs], pa.string())
            return Chunk(chunk.rows, (*chunk.columns, texts.take(pa.array(places.ravel()))))

        return apply

    def told(self) -> list[Problem]:
        """From which columns the period comes."""
        params = {"year": self.names[0], "part": self.names[1]}
        return [Problem("period_joined", Severity.HINT, self.first_row, self.name, params=params)]


def joined_periods(names: list[str], rows: list[Row]) -> tuple[Change | None, list[str]]:
    """A column of years and one of months, quarters or half-years; none where another column says the period better."""
    parts = [(place, kind) for place, name in enumerate(names) if (kind := part_of_year(name)) in _LAST]
    if not parts or not rows:
        return None, names
    cells = [[clean(shown(row.cells[place])) for row in rows] for place in range(len(names))]
    for year, name in enumerate(names):
        if not words_of(name) & YEAR_WORDS or not _all_of_kind(cells[year], "year"):
            continue
        if any(_finer(column) for place, column in enumerate(cells) if place != year):
            return None, names
        for part, kind in parts:
            read = [joined(a, b, str(kind)) for a, b in zip(cells[year], cells[part], strict=True) if a and b]
            if (
                part != year
                and len(read)
                and sum(parse_period(text) is not None for text in read) >= ENOUGH * len(read)
            ):
                new = f"Zeitpunkt ({name}, {names[part]})"
                change = JoinedPeriod(year, part, str(kind), (name, names[part]), new, rows[0].number)
                return change, [*names, new]
    return None, names


def part_of_year(name: str) -> str | None:
    """What part of a year a column is named after: month, quarter, half, week; None for any other name."""
    words = words_of(name)
    if words & _WEEKS:
        return "week"
    return next((kind for kind, known in _PARTS.items() if words & known), None)


def joined(year: str, part: str, kind: str) -> str:
    """The period of a year and a part of it as ISO text; where the part cannot be read, both as they are.

    >>> joined("2024", "März", "month"), joined("2024", "IV", "quarter"), joined("2024", "Jahr", "month")
    ('2024-03', '2024-Q4', '2024')
    """
    year, text = clean(shown(year)), clean(shown(part))
    if not year or not text:
        return ""
    if normal(text) in _WHOLE:
        return year
    digits = text.removesuffix(".0").removesuffix(",0").rstrip(".")
    number = int(digits) if only_digits(digits) and len(digits) < 3 else _ROMAN.get(digits.casefold(), 0)
    if kind == "month":
        return f"{year}-{number:02d}" if 1 <= number <= 12 else month_of(text, year) or f"{year} {text}"
    if 1 <= number <= _LAST[kind]:
        return f"{year}-{kind[0].upper()}{number}"
    found = parse_period(f"{text} {year}")
    return found.text if found and found.kind == kind else f"{year} {text}"


def _all_of_kind(cells: list[str], kind: str) -> bool:
    found = {text: parse_period(text) for text in set(cells) if text}
    return bool(found) and all(period is not None and period.kind == kind for period in found.values())


def _finer(cells: list[str]) -> bool:
    """True for a column of days, months or other parts of a year with their year."""
    some = {text for text in cells if text}
    found = [parse_period(text) for text in some if re.search(r"[^0-9]", text)]
    return len(found) >= ENOUGH * len(some) > 0 and all(p is not None and p.kind not in ("year", "span") for p in found)


@dataclass
class CountedParts:
    """`1/2024` … `4/2024` below "Quartal" or "Halbjahr": by their form alone they would be months."""

    place: int
    kind: str

    def start(self) -> Apply:
        """Write them as ISO text in each row; a fifth quarter stays one, so that it is reported."""

        def apply(chunk: Chunk) -> Chunk:
            columns = list(chunk.columns)
            columns[self.place] = mapped(chunk.cleaned(self.place), lambda text: counted(text, self.kind))
            return Chunk(chunk.rows, tuple(columns))

        return apply

    def told(self) -> list[Problem]:
        """Nothing: the column's own name says what its numbers count."""
        return []


def counted_parts(names: list[str], rows: list[Row]) -> tuple[Change | None, list[str]]:
    """A column named after quarters or half-years that counts them before the year."""
    for place, name in enumerate(names):
        kind = part_of_year(name)
        cells = {text for row in rows if (text := clean(shown(row.cells[place])))}
        found = [_COUNTED.fullmatch(text) for text in cells] if kind in ("quarter", "half") and cells else [None]
        if all(match and 1 <= int(match[1]) <= _LAST[str(kind)] for match in found):
            return CountedParts(place, str(kind)), names
    return None, names


def counted(text: str | None, kind: str) -> str | None:
    """The ISO text of a counted part of a year; any other text as it is.

    >>> counted("3/2024", "quarter"), counted("2.2024", "half"), counted("03/2024", "quarter")
    ('2024-Q3', '2024-H2', '03/2024')
    """
    match = _COUNTED.fullmatch(clean(shown(text))) if text else None
    return f"{match[2]}-{kind[0].upper()}{match[1]}" if match else text
