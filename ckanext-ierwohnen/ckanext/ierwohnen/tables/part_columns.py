"""Year and month in two columns ("Jahr" | "Monat", quarter, half-year) are one period: `2024` and `3` are 2024-03.

The two columns stay as they are; the period comes into a column of its own. Taken apart, each month would be a class of
its year, and the figures of one month, or of all months together, would stand for the year. A row of the whole year
("Jahr", "insgesamt", "Jahresdurchschnitt") is of the year.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from ckanext.ierwohnen.look.numbers import only_digits
from ckanext.ierwohnen.tables.cells import clean, shown
from ckanext.ierwohnen.tables.changes import Apply, Change
from ckanext.ierwohnen.tables.code_lists import TOTAL_WORDS, normal
from ckanext.ierwohnen.tables.column_facts import words_of
from ckanext.ierwohnen.tables.columns_of_text import mapped
from ckanext.ierwohnen.tables.office_table import Chunk, OfficeTable, Row
from ckanext.ierwohnen.tables.periods import month_of, parse_period
from ckanext.ierwohnen.tables.problems import Problem, Severity
from ckanext.ierwohnen.tables.roles import ColumnRole

YEAR_WORDS = {"jahr", "year", "berichtsjahr", "kalenderjahr", "jahre"}
_PARTS = {
    "month": {"monat", "monate", "month", "berichtsmonat", "kalendermonat"},
    "quarter": {"quartal", "quartale", "quartalen", "vierteljahr", "vierteljahre", "vierteljahren", "berichtsquartal"},
    "half": {"halbjahr", "halbjahre", "halbjahren", "hj"},
}
_WEEKS = {"woche", "wochen", "kalenderwoche", "kalenderwochen", "kw", "week"}
_LAST = {"month": 12, "quarter": 4, "half": 2}
IS_COUNTED = re.compile(r"(?<![0-9./])[1-9]\s?[./]\s?(?:19|20)[0-9]{2}$")
_ROMAN_YEAR = re.compile(r"(I{1,3}|IV)\.?\s?[./ ]\s?(?:19|20)[0-9]{2}")
_SHORT_YEARS = re.compile(r"[0-9]{2}\s?[/–-]\s?[0-9]{2}")
_ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4}
_WHOLE = TOTAL_WORDS | {"jahr", "ganzes jahr", "jahressumme", "jahresdurchschnitt", "jahresmittel", "year"}
ENOUGH = 0.9
# `03/2024` may be the month a quarter ends in
_COUNTED = re.compile(r"([1-9]|I{1,3}|IV)\.?\s?[./ ]\s?((?:19|20)[0-9]{2})")


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
    """`1/2024` … `4/2024` below "Quartal" or "Halbjahr": by their form alone they would be months. And `23/24` below
    "Schuljahr".
    """

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


def counted_parts(
    stated: str | None, names: list[str], rows: list[Row]
) -> tuple[Change | None, list[str]]:
    """A column named after quarters or half-years that counts them before the year.

    :param stated: a person's word for I/2024 and II/2024 in a column that is named after neither
    """
    for place, name in enumerate(names):
        kind = part_of_year(name)
        if kind not in (None, "quarter", "half") or (kind is None and not stated and not _joint(name)):
            continue
        cells = {text for row in rows if (text := clean(shown(row.cells[place])))}
        found = [_COUNTED.fullmatch(text) for text in cells] if kind in ("quarter", "half") and cells else [None]
        if all(match and 1 <= _count(match[1]) <= _LAST[str(kind)] for match in found):
            return CountedParts(place, str(kind)), names
        short = kind is None and _joint(name) and any(_SHORT_YEARS.fullmatch(text) for text in cells)
        if short and all(parse_period(f"Jahr {text}") for text in cells):
            return CountedParts(place, "span"), names
        if stated and kind is None and cells and all(_ROMAN_YEAR.fullmatch(text) for text in cells):
            return CountedParts(place, stated), names
    return None, names


def _joint(name: str) -> bool:
    """True for a column named after years that may begin in summer: "Schuljahr", "Jahr"."""
    return any(word.endswith("jahr") or word in ("sj", "wintersemester") for word in words_of(name))


def _count(text: str) -> int:
    return int(text) if only_digits(text) else _ROMAN[text.casefold()]


def misread_parts(table: OfficeTable, roles: Sequence[ColumnRole]) -> list[Problem]:
    """Columns of periods that would be read as what they are not: `3/2024` below "KW" is no March, `03/2024` below
    "Quartal" may be the third quarter, and I/2024 and II/2024 alone may be halves of the year.
    """
    found = []
    for role in roles:
        if role.role != "period":
            continue
        cells = list(dict.fromkeys(text for cell in table.sample_of(role.column) if (text := clean(shown(cell)))))
        kind = part_of_year(role.column)
        months = [text for text in cells if (read := parse_period(text)) and read.kind == "month"]
        counted_so = kind in ("week", "quarter", "half") and months and not _ends_of_quarters(cells, kind)
        if counted_so:
            offers = tuple({"action": "role", "column": role.column, "role": to} for to in ("dimension", "note"))
            params = {"month": parse_period(months[0]).text if parse_period(months[0]) else ""}
            found.append(Problem("period_of_part", Severity.ERROR, None, role.column, months[0], params, offers))
        elif kind is None and cells and {_roman(text) for text in cells} <= {"I", "II"}:
            offers = tuple({"action": "year_parts", "value": value} for value in ("quarter", "half"))
            if table.hints.year_parts is None:
                found.append(Problem("period_part_open", Severity.ERROR, None, role.column, cells[0], repair=offers))
    return found


def _roman(text: str) -> str | None:
    match = _ROMAN_YEAR.fullmatch(text)
    return match[1] if match else None


def _ends_of_quarters(cells: Sequence[str], kind: str | None) -> bool:
    """True for the months in which quarters or half-years end, and no others: `03/2024`, `06/2024`."""
    last = {"quarter": {3, 6, 9, 12}, "half": {6, 12}}.get(kind or "", set())
    read = [parse_period(text) for text in cells]
    beyond = any(period and period.start.month > _LAST.get(kind or "", 12) for period in read)
    return bool(last) and beyond and all(p and p.kind == "month" and p.start.month in last for p in read)


def counted(text: str | None, kind: str) -> str | None:
    """The ISO text of a counted part of a year; any other text as it is.

    >>> counted("3/2024", "quarter"), counted("2.2024", "half"), counted("03/2024", "quarter")
    ('2024-Q3', '2024-H2', '03/2024')
    """
    if kind == "span" and text:
        years = parse_period(f"Jahr {clean(shown(text))}")
        return years.text if years else text
    match = _COUNTED.fullmatch(clean(shown(text))) if text else None
    return f"{match[2]}-{kind[0].upper()}{_count(match[1])}" if match else text
