"""Whole columns at once: numbers in the column's writing become canonical text, signs become status.

Plain numbers are converted by Arrow's compiled functions; only cells that hold anything else are looked at one by
one (each distinct text once), by the same grammar as everywhere (`cells.py`). Both ways give the same result; a test
compares them.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from types import MappingProxyType

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ckanext.ierwohnen.look.signs import Status
from ckanext.ierwohnen.tables.cells import (
    BLANKS,
    SCALED_UNITS,
    TYPED_NUMBER,
    Cell,
    NumberStyle,
    clean,
    parse_cell,
    shifted,
)
from ckanext.ierwohnen.tables.columns_of_text import ASCII_BLANKS, content_of, of_each
from ckanext.ierwohnen.tables.declared_signs import BRACKETS, NEGATIVE, Signs
from ckanext.ierwohnen.tables.plain_numbers import mostly_plain, plain_numbers

# Numbers that need no closer look. `1.234` and `1,234` are among them only where the column bears out one reading.
_SURE = {
    ",": r"^-?(?:0|[1-9]\d*)(?:,\d+)?$",
    ".": r"^-?(?:0|[1-9]\d*)(?:\.\d+)?$",
    None: r"^-?(?:0|[1-9]\d*)$",
}
_UNSURE = {
    ",": r"^-?(?:(?:0|[1-9]\d*)(?:,(?:\d{1,2}|\d{4,}))?|(?:0|[1-9]\d{3,}),\d{3})$",
    ".": r"^-?(?:(?:0|[1-9]\d*)(?:\.(?:\d{1,2}|\d{4,}))?|(?:0|[1-9]\d{3,})\.\d{3})$",
    None: _SURE[None],
}
_GROUPED = {
    ",": r"^-?[1-9]\d{0,2}(?:\.\d{3})+(?:,\d+)?$",
    ".": r"^-?[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?$",
}
_GROUPED_SURE = {
    ",": r"^-?[1-9]\d{0,2}(?:(?:\.\d{3}){2,}|(?:\.\d{3})+,\d+)$",
    ".": r"^-?[1-9]\d{0,2}(?:(?:,\d{3}){2,}|(?:,\d{3})+\.\d+)$",
}
NO_SIGNS: Signs = MappingProxyType({})
_NONE = np.array([], np.int64)
_BESIDE = (Status.PRELIMINARY, Status.CORRECTED, Status.ESTIMATED, Status.LIMITED)


@dataclass(frozen=True)
class Numbers:
    """A converted column: canonical number texts (null where there is none), statuses (null for an ordinary value),
    and what was not readable.

    `odd` gives for each cell that needed a closer look its index; `cells` the reading of each distinct odd text.
    """

    values: pa.Array
    statuses: pa.Array
    odd: np.ndarray
    odd_texts: list[str]
    cells: dict[str, Cell]
    read: pa.Array | None = field(default=None, repr=False)

    @cached_property
    def floats(self) -> pa.Array:
        """The numbers as float64."""
        return self.read if self.read is not None else pc.cast(self.values, pa.float64())

    @property
    def plain(self) -> bool:
        """True if every cell was an ordinary number."""
        return len(self.odd) == 0


def convert_numbers(
    column: pa.Array, style: NumberStyle, *, zero: Status = Status.OK, signs: Signs = NO_SIGNS
) -> Numbers:
    """Convert a column of cells.

    :param zero: what a bare `0` means here: an ordinary zero, or "less than half of the smallest unit"
    :param signs: what signs mean in this table (`declared_signs.py`), among them numbers that are none (`-9999`)
    """
    text = pc.fill_null(column, "")
    content = content_of(text)
    simple = text
    if not content.isascii() or any(blank in content for blank in ASCII_BLANKS):
        text = simple = pc.utf8_trim(text, BLANKS)
        # Typed numbers are always written with a comma; they are only fast where the column's style is the same.
        if style.decimal != "." and pc.any(pc.starts_with(text, TYPED_NUMBER), min_count=0).as_py():
            simple = pc.replace_substring(text, TYPED_NUMBER, "", max_replacements=1)
    at_once = None if signs or style.power or zero is not Status.OK else plain_numbers(simple, content, style)
    if at_once and simple is text:
        canonical, floats = at_once
        return Numbers(canonical, pa.nulls(len(text), pa.string()), _NONE, [], {}, floats)
    found = mostly_plain(simple, style) if simple is text and not style.power else None
    canonical, plain = found or _plain(simple, content, style)
    if zero is not Status.OK:
        plain = pc.and_(plain, pc.not_equal(simple, "0"))
    if signs:
        plain = pc.and_(plain, pc.invert(pc.is_in(simple, pa.array(sorted(signs)))))
    if style.power:
        canonical = _shifted(canonical, plain, style.power)
    return _with_odd_cells(text, canonical, plain, style, zero, signs)


def _shifted(canonical: pa.Array, plain: pa.Array, power: int) -> pa.Array:
    """The plain numbers times ten to a power; each distinct one is computed once."""
    encoded = pc.if_else(plain, canonical, pa.scalar(None, pa.string())).dictionary_encode()
    return of_each(encoded, lambda text: shifted(text, power))


def _plain(text: pa.Array, content: bytes, style: NumberStyle) -> tuple[pa.Array, pa.Array]:
    """The canonical text of plain numbers, with parted thousands (`1.234.567,8`) or without; and which cells are such.

    The other cells' text is of no use: they are read one by one.
    """
    pattern = (_SURE if style.sure else _UNSURE)[style.decimal]
    if style.decimal is None:
        return text, pc.match_substring_regex(text, pattern)
    group = "." if style.decimal == "," else ","
    canonical = text
    if group.encode() in content:
        pattern = f"{pattern}|{(_GROUPED if style.groups else _GROUPED_SURE)[style.decimal]}"
        canonical = pc.replace_substring(canonical, group, "")
    if style.decimal == "," and b"," in content:
        canonical = pc.replace_substring(canonical, ",", ".")
    return canonical, pc.match_substring_regex(text, pattern)


def _with_odd_cells(
    text: pa.Array, canonical: pa.Array, plain: pa.Array, style: NumberStyle, zero: Status, signs: Signs
) -> Numbers:
    odd = np.flatnonzero(~plain.to_numpy(zero_copy_only=False))
    if not len(odd):
        return Numbers(canonical, pa.nulls(len(text), pa.string()), odd, [], {})
    encoded = text.take(pa.array(odd)).dictionary_encode()
    distinct = encoded.dictionary.to_pylist()
    cells = {cell_text: read_cell(cell_text, style, zero, signs) for cell_text in distinct}
    found = [cells[cell_text] for cell_text in distinct]
    numbers = pa.array([cell.number for cell in found], pa.string()).take(encoded.indices)
    words = [None if cell.status is Status.OK else str(cell.status) for cell in found]
    statuses = pa.array(words, pa.string()).take(encoded.indices)
    values = pc.replace_with_mask(canonical, pc.invert(plain), numbers)
    all_statuses = pc.replace_with_mask(pa.nulls(len(text), pa.string()), pc.invert(plain), statuses)
    return Numbers(values, all_statuses, odd, encoded.to_pylist() if len(odd) < 100_000 else [], cells)


def read_cell(text: str, style: NumberStyle, zero: Status = Status.OK, signs: Signs = NO_SIGNS) -> Cell:
    """One cell by the grammar of cells, with the table's own rules for zero and signs."""
    bare = clean(text).removeprefix(TYPED_NUMBER)
    if bare in signs and signs[bare] != NEGATIVE:
        status = Status(signs[bare])
        return Cell("0" if status in (Status.NOTHING, Status.BELOW_HALF) else None, status)
    if bare == "0" and zero is not Status.OK:
        return Cell("0", zero)
    cell = _scaled(parse_cell(text, style), style.power)
    return _as_declared(cell, bare, signs) if signs and cell.number is not None else cell


def _scaled(cell: Cell, power: int) -> Cell:
    """A cell in the column's scale, or in its own where it says one ("3,2 Mio. €")."""
    unit, own = SCALED_UNITS.get(cell.unit or "", (cell.unit, power))
    return (
        replace(cell, unit=unit, number=shifted(cell.number, own))
        if cell.number and (own or unit != cell.unit)
        else cell
    )


def _as_declared(cell: Cell, text: str, signs: Signs) -> Cell:
    """A number with a sign beside it or brackets around it, where the office declares what these mean."""
    if cell.status is Status.LIMITED and signs.get(BRACKETS) == NEGATIVE:
        number = f"-{cell.number}".removeprefix("--")
        return replace(cell, number=number, status=Status.OK)
    beside = cell.mark if cell.mark in signs else text[-1:] if cell.status in _BESIDE else None
    meant = signs.get(beside or "")
    return replace(cell, status=Status(meant), mark=None) if meant in _BESIDE else cell
