"""The table as it was read: columns, rows with their numbers in the file, and what stood around it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol

import numpy as np
import pyarrow as pa

from ckanext.ierwohnen.tables.cells import NumberStyle, shown
from ckanext.ierwohnen.tables.columns_of_text import clean_text
from ckanext.ierwohnen.tables.dialect import Dialect, Encoding
from ckanext.ierwohnen.tables.hints import Hints
from ckanext.ierwohnen.tables.number_styles import styles
from ckanext.ierwohnen.tables.problems import Problem

CHUNK_ROWS = 65_536


@dataclass(frozen=True)
class Column:
    """A column: unique `name`, its place in the file (`index` from 0; `letter` as spreadsheets say)."""

    name: str
    index: int
    letter: str
    parts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Line:
    """A title or foot row as text."""

    row: int
    text: str


@dataclass(frozen=True)
class Row:
    """A data row: its number in the file (from 1) and its cells as text, in the order of the columns."""

    number: int
    cells: tuple[str, ...]


@dataclass(frozen=True)
class SheetNote:
    """A sheet of the workbook, and how large it is."""

    name: str
    visible: bool
    rows: int
    columns: int


@dataclass(frozen=True)
class MergedCell:
    """A cell that reaches from one row of the file to another, and over the columns named."""

    row: int
    last_row: int
    columns: tuple[str, ...]
    text: str


@dataclass(frozen=True)
class Chunk:
    """Many rows column by column: file row numbers (int64) and one text array for each column."""

    rows: np.ndarray
    columns: tuple[pa.Array, ...]
    _made: dict[tuple[str, int], Any] = field(default_factory=dict, init=False, compare=False, repr=False)

    def __len__(self) -> int:
        return len(self.rows)

    def cleaned(self, place: int) -> pa.Array:
        """The texts of a column without outer blanks and private marks; several checks ask for the same ones."""
        if ("cleaned", place) not in self._made:
            self._made["cleaned", place] = clean_text(self.columns[place])
        return self._made["cleaned", place]

    def encoded(self, place: int) -> pa.DictionaryArray:
        """The same with each distinct text once."""
        if ("encoded", place) not in self._made:
            self._made["encoded", place] = self.cleaned(place).dictionary_encode()
        return self._made["encoded", place]


class Body(Protocol):
    """Where the data rows come from: memory, or a stream that is read anew each time."""

    row_count: int | None

    def chunks(self, size: int) -> Iterator[Chunk]:
        """The data rows from the first to the last."""

    def sample(self) -> list[Row]:
        """Some rows: all of a small table, those at the beginning and the end of a large one."""


@dataclass
class OfficeTable:
    """An office table. Cells are text as delivered; numbers are parsed when a column is known to hold numbers.

    `legend`: lines of other sheets that explain signs. `below_half`: columns whose `0`, as a pass over all rows has
    shown, means less than half of the unit (`zeros.py`). Typed cells of spreadsheets carry a private mark (see
    `cells.py`); `shown` takes it away.
    """

    filename: str
    format: str
    columns: tuple[Column, ...]
    body: Body
    title: tuple[Line, ...] = ()
    header_rows: tuple[int, ...] = ()
    foot: tuple[Line, ...] = ()
    legend: tuple[Line, ...] = ()
    encoding: Encoding | None = None
    dialect: Dialect | None = None
    sheet: str | None = None
    sheets: tuple[SheetNote, ...] = ()
    tables_in_sheet: int = 1
    merged: list[MergedCell] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    hints: Hints = field(default_factory=Hints)
    below_half: set[str] = field(default_factory=set)

    @property
    def has_header(self) -> bool:
        """False if the columns had to be named by us."""
        return bool(self.header_rows)

    @property
    def names(self) -> list[str]:
        """Column names in order."""
        return [column.name for column in self.columns]

    @property
    def row_count(self) -> int | None:
        """Number of data rows; None for a stream that was not read to its end yet."""
        return self.body.row_count

    @cached_property
    def sample(self) -> list[Row]:
        """Some data rows (all of a small table)."""
        return self.body.sample()

    @cached_property
    def styles(self) -> dict[str, NumberStyle]:
        """How each column writes its numbers, decided from the sample."""
        declared = dict(self.hints.decimal)
        return styles({name: self.sample_of(name) for name in self.names}, declared)

    def sample_of(self, name: str) -> list[str]:
        """The cells of one column in the sample."""
        place = self.names.index(name)
        return [row.cells[place] for row in self.sample]

    def rows(self) -> Iterator[Row]:
        """All data rows, one by one (for small tables; use `chunks` for large ones)."""
        for chunk in self.chunks():
            cells = [column.to_pylist() for column in chunk.columns]
            for number, row in zip(chunk.rows.tolist(), zip(*cells, strict=True), strict=True):
                yield Row(number, row)

    def chunks(self, size: int = CHUNK_ROWS) -> Iterator[Chunk]:
        """All data rows in bounded pieces."""
        return self.body.chunks(size)

    def as_dict(self, locale: str = "de", rows: int = 20) -> dict[str, Any]:
        """What was recognised, for actions and the check page, with the first rows as the office sees them."""
        return {
            "filename": self.filename,
            "format": self.format,
            "encoding": self.encoding and self.encoding.title,
            "separator": self.dialect and self.dialect.separator,
            "quote": self.dialect and self.dialect.quote,
            "sheet": self.sheet,
            "sheets": [vars(sheet) for sheet in self.sheets],
            "tables_in_sheet": self.tables_in_sheet,
            "title": [vars(line) for line in self.title],
            "header_rows": list(self.header_rows),
            "foot": [vars(line) for line in self.foot],
            "columns": [vars(column) | {"parts": list(column.parts)} for column in self.columns],
            "row_count": self.row_count,
            "first_rows": [
                {"row": row.number, "cells": [shown(cell) for cell in row.cells]} for row in self.sample[:rows]
            ],
        }


class ColumnBody:
    """Rows held in memory, column by column: small texts and spreadsheets."""

    def __init__(self, rows: Chunk) -> None:
        self._rows = rows
        self.row_count: int | None = len(rows)

    def sample(self) -> list[Row]:
        """All rows up to 3,000, else every n-th of the first 20,000 and the last 200."""
        count = len(self._rows)
        places = np.arange(count)
        if count > 3_000:
            step = min(count, 20_000) // 2_500
            places = np.concatenate([places[: 20_000 : max(1, step)], places[max(20_000, count - 200) :]])
        taken = pa.array(places)
        cells = [column.take(taken).to_pylist() for column in self._rows.columns]
        return [
            Row(number, row)
            for number, row in zip(self._rows.rows[places].tolist(), zip(*cells, strict=True), strict=True)
        ]

    def chunks(self, size: int) -> Iterator[Chunk]:
        """The rows in pieces."""
        for start in range(0, len(self._rows), size):
            piece = self._rows.rows[start : start + size]
            yield Chunk(piece, tuple(column.slice(start, size) for column in self._rows.columns))
