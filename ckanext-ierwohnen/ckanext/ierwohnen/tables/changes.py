"""Changes of shape that are carried out while the rows go by: headings between rows become a column, side headers are
filled down, codes are taken out of "01 Zentrum", Excel's day numbers become dates.

`shape.py` decides them on the first rows; here they are applied to any number of rows in pieces, so that a file of
gigabytes is read as a small one is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ckanext.ierwohnen.look.numbers import only_digits
from ckanext.ierwohnen.tables.cells import BLANKS, MARKS, TYPED_DATE, TYPED_NUMBER, clean, shown, sign_of
from ckanext.ierwohnen.tables.columns_of_text import mapped
from ckanext.ierwohnen.tables.office_table import Body, Chunk, Row
from ckanext.ierwohnen.tables.problems import Problem, Severity

FIRST_DAY, LAST_DAY = 18_264, 65_746  # 1950 to 2079 as Excel counts days
_YEAR = re.compile(r"(?:19|20)[0-9]{2}")
_EPOCH = date(1899, 12, 30)
Apply = Callable[[Chunk], Chunk]


class Change(Protocol):
    """A change of shape. `start` gives a function for one pass over the rows; it may carry something on."""

    def start(self) -> Apply:
        """The change for one pass."""

    def told(self) -> list[Problem]:
        """What was done in the last pass, as hints: nothing happens in silence."""


class Changed:
    """Data rows with changes of shape carried out."""

    def __init__(self, body: Body, changes: Sequence[Change], width: int) -> None:
        self._body, self._changes, self._width = body, changes, width
        self._counted: int | None = None

    @property
    def row_count(self) -> int | None:
        """Number of rows after the changes; None before the first pass."""
        return self._counted

    @property
    def problems(self) -> list[Problem]:
        """Those of the body, and what was changed."""
        return [*getattr(self._body, "problems", []), *(hint for change in self._changes for hint in change.told())]

    def chunks(self, size: int) -> Iterator[Chunk]:
        """The changed rows in pieces."""
        started = [change.start() for change in self._changes]
        rows = 0
        for chunk in self._body.chunks(size):
            for apply in started:
                chunk = apply(chunk)
            rows += len(chunk)
            yield chunk
        self._counted = rows

    def sample(self) -> list[Row]:
        """The first rows, changed."""
        chunk = chunk_of(self._body.sample(), self._width)
        for change in self._changes:
            chunk = change.start()(chunk)
        return rows_of(chunk)


def chunk_of(rows: Sequence[Row], width: int) -> Chunk:
    """Rows as columns."""
    cells = list(zip(*(row.cells for row in rows), strict=True)) or [()] * width
    numbers = np.fromiter((row.number for row in rows), np.int64, len(rows))
    return Chunk(numbers, tuple(pa.array(column, pa.string()) for column in cells))


def rows_of(chunk: Chunk) -> list[Row]:
    """Columns as rows."""
    cells = zip(*(column.to_pylist() for column in chunk.columns), strict=True)
    return [Row(number, row) for number, row in zip(chunk.rows.tolist(), cells, strict=False)]


@dataclass
class FillDown:
    """Left columns whose texts are given once and left blank below."""

    names: tuple[str, ...]
    first_row: int

    def start(self) -> Apply:
        """Fill from row to row, also from one piece to the next."""
        self._filled = [0] * len(self.names)
        last: list[str | None] = [None] * len(self.names)

        def apply(chunk: Chunk) -> Chunk:
            columns = list(chunk.columns)
            for place in range(len(self.names)):
                blank = _blank(columns[place])
                self._filled[place] += pc.sum(blank).as_py() or 0
                texts = pc.if_else(blank, pa.scalar(None, pa.string()), columns[place])
                filled = pc.fill_null_forward(texts)
                columns[place] = pc.fill_null(filled, last[place] or "")
                last[place] = columns[place][-1].as_py() if len(chunk) else last[place]
            return Chunk(chunk.rows, tuple(columns))

        return apply

    def told(self) -> list[Problem]:
        """How many cells were filled, by column."""
        return [
            Problem("filled_down", Severity.HINT, self.first_row, name, params={"count": count})
            for name, count in zip(self.names, getattr(self, "_filled", []), strict=False)
        ]


@dataclass
class CodeColumn:
    """A further column with the code out of "01 Zentrum"; the words stay as they are."""

    place: int
    form: re.Pattern[str]
    source: str
    name: str
    example: str
    first_row: int

    def start(self) -> Apply:
        """Take the code out of each cell."""

        def apply(chunk: Chunk) -> Chunk:
            return Chunk(chunk.rows, (*chunk.columns, mapped(chunk.columns[self.place], self._code)))

        return apply

    def _code(self, text: str) -> str:
        match = self.form.fullmatch(clean(shown(text)))
        return match["code"] if match else ""

    def told(self) -> list[Problem]:
        """Where the new column comes from."""
        params = {"from": self.source, "example": self.example}
        return [Problem("code_split", Severity.HINT, self.first_row, self.name, params=params)]


@dataclass
class SerialDates:
    """A column of Excel's day numbers (42735) that is called a date."""

    place: int
    name: str
    example: str
    first_row: int

    def start(self) -> Apply:
        """Write each day number as a date."""

        def apply(chunk: Chunk) -> Chunk:
            columns = list(chunk.columns)
            columns[self.place] = mapped(columns[self.place], lambda text: day_text(text) or text)
            return Chunk(chunk.rows, tuple(columns))

        return apply

    def told(self) -> list[Problem]:
        """An example of a number and its date."""
        params = {"example": shown(self.example), "date": shown(day_text(self.example) or "")}
        return [Problem("dates_from_numbers", Severity.HINT, self.first_row, self.name, params=params)]


@dataclass
class Sections:
    """Rows with a single text ("Deutsche") between full rows are headings of what follows: they become a column.

    `lower`: headings that stand below another one even where they stand alone; `years`: a year alone is one, too.
    """

    name: str
    headings: tuple[str, ...]
    first_row: int
    lower: frozenset[str] = frozenset()
    years: bool = False

    def start(self) -> Apply:
        """Drop the headings, and write each beside the rows below it."""
        current: list[str] = []
        before: list[str] = []
        block: list[str] = []

        def apply(chunk: Chunk) -> Chunk:
            nonlocal current, before, block
            candidates = np.flatnonzero(_few_filled(chunk))
            cells = [column.take(pa.array(candidates)).to_pylist() for column in chunk.columns]
            found = {
                int(place): text
                for place, *row in zip(candidates, *cells, strict=True)
                if (text := heading(Row(0, tuple(row)), self.years))
            }
            texts: list[str] = []
            for place in range(len(chunk)):
                if place in found:
                    before = before if block else current
                    block = [*block, found[place]]
                    current = path(before, block, self.lower)
                else:
                    block = []
                texts.append(" – ".join(current))
            keep = np.ones(len(chunk), bool)
            keep[list(found)] = False
            columns = (*chunk.columns, pa.array(texts, pa.string()))
            return Chunk(chunk.rows[keep], tuple(column.filter(pa.array(keep)) for column in columns))

        return apply

    def told(self) -> list[Problem]:
        """The headings met first."""
        params = {"headings": list(self.headings)}
        return [Problem("section_headings", Severity.HINT, self.first_row, self.name, params=params)]


def path(before: list[str], block: list[str], lower: frozenset[str]) -> list[str]:
    """Headings from the highest to the lowest after a block of them: one of the lower level alone ("weiblich" after
    "Deutsche", "männlich") stays below the heading above it.
    """
    inside = len(before) > 1 and len(block) == 1 and block[0] in lower
    return [*before[:-1], *block] if inside else block


def is_bare_year(row: Row) -> bool:
    """True for a row with nothing but a year."""
    filled = [clean(shown(cell)) for cell in row.cells if clean(cell or "")]
    return len(filled) == 1 and bool(_YEAR.fullmatch(filled[0]))


def heading(row: Row, years: bool = False) -> str | None:
    """The text of a row that is nothing but a heading, else None; with `years` a year alone is one."""
    if years and is_bare_year(row):
        return next(text for cell in row.cells if (text := clean(shown(cell or ""))))
    filled = [clean(shown(cell)) for cell in row.cells if clean(cell or "")]
    few = len(filled) <= most_of_heading(len(row.cells))
    few = few or (len(set(filled)) == 1 and len(filled) == len(row.cells) - 1)
    if not filled or not few or any(_figure(text) for text in filled):
        return None
    return filled[0]


def most_of_heading(width: int) -> float:
    """How many cells of a heading may be filled."""
    return max(1, 0.25 * width)


def day_text(cell: str) -> str | None:
    """An Excel day number as typed date (42735 → 31.12.2016), or None if it is none."""
    digits = clean(cell).removeprefix(TYPED_NUMBER)
    if len(digits) != 5 or not only_digits(digits) or not FIRST_DAY <= int(digits) <= LAST_DAY:
        return None
    return f"{TYPED_DATE}{_EPOCH + timedelta(days=int(digits)):%d.%m.%Y}"


def _figure(text: str) -> bool:
    from ckanext.ierwohnen.tables.headers import is_number

    return is_number(text) or sign_of(text) is not None


def _blank(column: pa.Array) -> pa.Array:
    return pc.equal(pc.utf8_trim(pc.fill_null(column, ""), BLANKS + MARKS), "")


def _few_filled(chunk: Chunk) -> np.ndarray:
    """Rows that may be headings by the number of their filled cells."""
    width = len(chunk.columns)
    filled = np.zeros(len(chunk), np.int64)
    for column in chunk.columns:
        filled += ~_blank(column).to_numpy(zero_copy_only=False)
    return (filled > 0) & ((filled <= most_of_heading(width)) | (filled == width - 1))
