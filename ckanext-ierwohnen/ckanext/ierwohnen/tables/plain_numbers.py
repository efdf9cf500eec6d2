"""Columns that hold nothing but plainly written numbers, read without looking at any cell by itself.

Most columns of large tables are such. Their bytes are looked at as a whole: only digits, minus, decimal and group sign
occur; where these stand is checked by their positions; and Arrow must be able to read what is left as numbers. What
passes is exactly what the patterns of `convert.py` take; a test compares the two.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ckanext.ierwohnen.tables.cells import NumberStyle
from ckanext.ierwohnen.tables.columns_of_text import offsets_of

_ZERO, _NINE, _MINUS = ord("0"), ord("9"), ord("-")


def plain_numbers(text: pa.Array, content: bytes, style: NumberStyle) -> tuple[pa.Array, pa.Array] | None:
    """Canonical texts and values (float64) of a column, or None if any cell needs a closer look."""
    decimal = style.decimal
    group = {",": ".", ".": ",", None: ""}[decimal]
    if not len(text) or content.translate(None, b"0123456789-" + f"{decimal or ''}{group}".encode()):
        return None
    parted, broken = bool(group) and group.encode() in content, bool(decimal) and (decimal or "").encode() in content
    if broken and not style.sure:
        return None
    cells = np.frombuffer(content, np.uint8)
    offsets = offsets_of(text) - offsets_of(text)[0]
    if not _well_bounded(cells, offsets) or (
        parted and not _well_grouped(cells, offsets, group, decimal, style.groups)
    ):
        return None
    canonical = pc.replace_substring(text, group, "") if parted else text
    if broken and decimal == ",":
        canonical = pc.replace_substring(canonical, ",", ".")
    try:
        return canonical, pc.cast(canonical, pa.float64())
    except pa.ArrowInvalid:
        return None


def _well_bounded(cells: np.ndarray, offsets: np.ndarray) -> bool:
    """Each cell begins with a digit or a minus and a digit, ends with a digit, and has no zero too many in front."""
    starts, ends = offsets[:-1], offsets[1:]
    if (starts == ends).any() or not _digits(cells[ends - 1]):
        return False
    starts = starts + (cells[starts] == _MINUS)
    if not _digits(cells[starts]):
        return False
    zero = starts[cells[starts] == _ZERO] + 1
    zero = zero[~np.isin(zero, ends, assume_unique=True)] if len(zero) else zero
    return not len(zero) or not _any_digit(cells[zero])


def _well_grouped(cells: np.ndarray, offsets: np.ndarray, group: str, decimal: str | None, alone: bool) -> bool:
    """Behind each group sign stand exactly three digits, before the first one up to three, and none in the decimals.

    :param alone: whether a single group sign without decimals (`1.234`) parts thousands here
    """
    signs = np.flatnonzero(cells == ord(group))
    owner = np.searchsorted(offsets, signs, side="right") - 1
    starts, ends = offsets[owner], offsets[owner + 1]
    starts = starts + (cells[starts] == _MINUS)
    if (signs + 4 > ends).any() or not all(_digits(cells[signs + n]) for n in (1, 2, 3)):
        return False
    after = signs + 4
    inside = after < ends
    following = cells[after[inside]]
    if ((following != ord(group)) & (following != ord(decimal or " "))).any():
        return False
    first = np.concatenate(([True], owner[1:] != owner[:-1]))
    again = signs[~first]
    before = signs[first] - starts[first]
    if (cells[again - 4] != ord(group)).any() or (before < 1).any() or (before > 3).any():
        return False
    if not alone:
        single = np.diff(np.append(np.flatnonzero(first), len(signs))) == 1
        last = after[first][single]
        if (last >= ends[first][single]).any():
            return False
    heads = starts[first]
    if (cells[heads] == _ZERO).any():
        return False
    return all(_digits(cells[(heads + n)[before > n]]) for n in (1, 2))


def _digits(cells: np.ndarray) -> bool:
    return bool(((cells >= _ZERO) & (cells <= _NINE)).all())


def _any_digit(cells: np.ndarray) -> bool:
    return bool(((cells >= _ZERO) & (cells <= _NINE)).any())
