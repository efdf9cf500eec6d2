"""The cells of a sheet as text: row by row where a few are looked at, column by column for the many.

A spreadsheet's own numbers and dates become text as a German office sees them, behind a private mark that says "this
was a number", so that later nothing is guessed from their look.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import zip_longest
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ckanext.ierwohnen.tables.cells import MARKS, TYPED_DATE, TYPED_NUMBER
from ckanext.ierwohnen.tables.columns_of_text import content_of
from ckanext.ierwohnen.tables.controls import with_shown_zeros

_MARK_BYTES = MARKS[0].encode()[:2]
_COMMAS = bytes.maketrans(b".", b",")


class SheetRows(Sequence[list[str]]):
    """The rows of a sheet from row 1 and column A on. `changed` holds cells that look other than their value."""

    def __init__(self, raw: list[list[Any]]) -> None:
        self.raw = raw
        self.changed: dict[tuple[int, int], str] = {}
        self._made: dict[int, list[str]] = {}
        self._turned: tuple[tuple[int, int], list[tuple[Any, ...]]] | None = None

    def __len__(self) -> int:
        return len(self.raw)

    def __getitem__(self, place: Any) -> Any:
        if isinstance(place, slice):
            return [self[i] for i in range(*place.indices(len(self.raw)))]
        i = place if place >= 0 else len(self.raw) + place
        if i not in self._made:
            self._made[i] = self._texts(i)
        return self._made[i]

    def __iter__(self) -> Iterator[list[str]]:
        return (self[i] for i in range(len(self.raw)))

    def change(self, row: int, column: int, text: str) -> None:
        """Let a cell look so."""
        self.changed[row, column] = text
        self._made.pop(row, None)

    def column(self, column: int, start: int, end: int) -> pa.Array:
        """The cells of a column in the rows from `start` to before `end`."""
        texts = column_text(self._cells(column, start, end))
        changed = [row for row, c in self.changed if c == column and start <= row < end] if self.changed else []
        if not changed:
            return texts
        listed = texts.to_pylist()
        for row in changed:
            listed[row - start] = self.changed[row, column]
        return pa.array(listed, pa.string())

    def _cells(self, column: int, start: int, end: int) -> Sequence[Any]:
        if self._turned is None or self._turned[0] != (start, end):
            self._turned = (start, end), list(zip_longest(*self.raw[start:end], fillvalue=""))
        columns = self._turned[1]
        return columns[column] if column < len(columns) else [""] * (end - start)

    def _texts(self, i: int) -> list[str]:
        texts = [typed_text(cell) for cell in self.raw[i]]
        if self.changed:
            texts = [self.changed.get((i, c), text) for c, text in enumerate(texts)]
        return texts


def column_text(cells: Sequence[Any]) -> pa.Array:
    """Cells of a column as text, as `typed_text` gives them, by compiled functions where the kinds allow."""
    kinds = set(map(type, cells))
    if kinds == {str}:
        return _plain(cells)
    if kinds <= {float, str}:
        return _numbers_and_texts(cells, kinds)
    if kinds <= {date, str}:
        known: dict[Any, str] = {}
        return pa.array([known.get(c) or known.setdefault(c, typed_text(c)) for c in cells], pa.string())
    return pa.array([typed_text(cell) for cell in cells], pa.string())


def _plain(cells: Sequence[str]) -> pa.Array:
    texts = pa.array(cells, pa.string())
    content = texts.buffers()[2]
    if content is not None and (_MARK_BYTES in (held := content.to_pybytes()) or b"\x00" in held):
        return pa.array([typed_text(cell) for cell in cells], pa.string())
    return texts


def _numbers_and_texts(cells: Sequence[Any], kinds: set[type]) -> pa.Array:
    if kinds == {float}:
        numbers = pa.array(cells, pa.float64())
    else:
        numbers = pa.array([cell if cell.__class__ is float else None for cell in cells], pa.float64())
    written = pc.cast(numbers, pa.string())
    content = content_of(written)
    # Only the very large and very small are written with an exponent; what is no number has letters as well.
    if content.translate(None, b"0123456789.-") or (
        b"-0" in content and pc.any(pc.equal(written, "-0"), min_count=0).as_py()
    ):
        return pa.array([typed_text(cell) for cell in cells], pa.string())
    valid, offsets, _ = written.buffers()
    content = content.translate(_COMMAS)
    written = pa.StringArray.from_buffers(len(written), offsets, pa.py_buffer(content), valid)
    marked = pc.binary_join_element_wise(TYPED_NUMBER, written, "")
    if kinds == {float}:
        return marked
    texts = _plain([cell if cell.__class__ is str else "" for cell in cells])
    return pc.coalesce(marked, texts)


def typed_text(value: Any) -> str:
    """A cell's value as text: numbers with decimal comma, dates as 31.12.2016, each behind its private mark."""
    if value.__class__ is float:
        return TYPED_NUMBER + _number(value)
    if isinstance(value, str):
        if "\x00" in value:
            value = with_shown_zeros(value)
        return value if value.isascii() else value.replace(MARKS[0], "").replace(MARKS[1], "")
    if isinstance(value, bool):
        return "WAHR" if value else "FALSCH"
    if isinstance(value, int | float):
        return TYPED_NUMBER + _number(value)
    if isinstance(value, datetime):
        clock = "" if value.time() == time(0) else f" {value:%H:%M:%S}"
        return f"{TYPED_DATE}{value:%d.%m.%Y}{clock}"
    if isinstance(value, date):
        return f"{TYPED_DATE}{value:%d.%m.%Y}"
    if isinstance(value, time | timedelta):
        return str(value)
    return "" if value is None else str(value)


def _number(value: float) -> str:
    if value.__class__ is float and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    digits = repr(value)
    # Only the very large and very small are written with an exponent.
    return (digits if "e" not in digits else format(Decimal(digits), "f")).replace(".", ",")
