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
from ckanext.ierwohnen.tables.columns_of_text import content_of, offsets_of

_ZERO, _NINE, _MINUS = ord("0"), ord("9"), ord("-")
_NUMERIC = b"0123456789-"
_FOREIGN = bytes(chr(n) not in "0123456789-.," for n in range(256))
FEW = 0.2  # share of the cells up to which those that are no plain numbers are set aside


def plain_numbers(text: pa.Array, content: bytes, style: NumberStyle) -> tuple[pa.Array, pa.Array] | None:
    """Canonical texts and values (float64) of a column, or None if any cell needs a closer look."""
    decimal = style.decimal
    group = {",": ".", ".": ",", None: ""}[decimal]
    if not len(text) or content.translate(None, _NUMERIC + f"{decimal or ''}{group}".encode()):
        return None
    parted, broken = bool(group) and group.encode() in content, bool(decimal) and (decimal or "").encode() in content
    if broken and not style.sure:
        return None
    cells = np.frombuffer(content, np.uint8)
    offsets = offsets_of(text) - offsets_of(text)[0]
    if not _well_bounded(cells, offsets):
        return None
    groups = _groups(cells, offsets, group, decimal, style.groups) if parted else None
    if parted and groups is None:
        return None
    canonical = _canonical(text, content, offsets, groups, group, "," if decimal == "," and broken else "")
    try:
        return canonical, pc.cast(canonical, pa.float64())
    except pa.ArrowInvalid:
        return None


def mostly_plain(text: pa.Array, style: NumberStyle) -> tuple[pa.Array, pa.Array] | None:
    """Canonical texts of a column with few cells that are no plain numbers, and which are (bool); None if there are
    many, or if those that look like numbers need a closer look too.
    """
    content, offsets = content_of(text), offsets_of(text) - offsets_of(text)[0]
    foreign = np.flatnonzero(np.frombuffer(content.translate(_FOREIGN), np.uint8))
    lengths = np.diff(offsets)
    odd = lengths == 0
    single = np.flatnonzero(lengths == 1)
    odd[single] = ~_is_digit(np.frombuffer(content, np.uint8)[offsets[single]])
    odd[np.searchsorted(offsets, foreign, side="right") - 1] = True
    if not len(text) or odd.sum() > FEW * len(text):
        return None
    rest = text.filter(pa.array(~odd))
    found = plain_numbers(rest, content_of(rest), style)
    if found is None:
        return None
    places = np.cumsum(~odd) - 1
    return found[0].take(pa.array(places, mask=odd)), pa.array(~odd)


def _canonical(
    text: pa.Array, content: bytes, offsets: np.ndarray, groups: np.ndarray | None, group: str, comma: str
) -> pa.Array:
    """The texts without group signs, and with a decimal point.

    :param groups: how many group signs each cell holds; None if there are none at all
    """
    if groups is None and not comma:
        return text
    table = bytes.maketrans(b",", b".") if comma else None
    data = content.translate(table, group.encode() if groups is not None else b"")
    if groups is not None:
        offsets = offsets.copy()
        offsets[1:] -= np.cumsum(groups, dtype=np.int32)
    return pa.StringArray.from_buffers(len(text), pa.py_buffer(offsets), pa.py_buffer(data))


def _well_bounded(cells: np.ndarray, offsets: np.ndarray) -> bool:
    """Each cell begins with a digit or a minus and a digit, ends with a digit, and has no zero too many in front."""
    starts, ends = offsets[:-1], offsets[1:]
    if (starts == ends).any() or not _digits(cells[ends - 1]):
        return False
    starts = starts + (cells[starts] == _MINUS)
    first = cells[starts]
    if not _digits(first):
        return False
    zero = np.flatnonzero(first == _ZERO)
    after = starts[zero] + 1
    return not _is_digit(cells[after[after < ends[zero]]]).any()


def _groups(
    cells: np.ndarray, offsets: np.ndarray, group: str, decimal: str | None, alone: bool
) -> np.ndarray | None:
    """How many group signs each cell holds; None if they do not part thousands everywhere.

    Behind each one stand exactly three digits, before the first one up to three, and none in the decimals.

    :param alone: whether a single group sign without decimals (`1.234`) parts thousands here
    """
    signs = np.flatnonzero(cells == ord(group))
    owner = np.searchsorted(offsets, signs, side="right") - 1
    starts, ends = offsets[owner], offsets[owner + 1]
    starts = starts + (cells[starts] == _MINUS)
    if (signs + 4 > ends).any() or not all(_digits(cells[signs + n]) for n in (1, 2, 3)):
        return None
    after = signs + 4
    following = cells[after[after < ends]]
    if ((following != ord(group)) & (following != ord(decimal or " "))).any():
        return None
    first = np.concatenate(([True], owner[1:] != owner[:-1]))
    again = signs[~first]
    before = signs[first] - starts[first]
    if (cells[again - 4] != ord(group)).any() or (before < 1).any() or (before > 3).any():
        return None
    if not alone:
        single = np.diff(np.append(np.flatnonzero(first), len(signs))) == 1
        last = after[first][single]
        if (last >= ends[first][single]).any():
            return None
    heads = starts[first]
    if (cells[heads] == _ZERO).any() or not all(_digits(cells[(heads + n)[before > n]]) for n in (1, 2)):
        return None
    return np.bincount(owner, minlength=len(offsets) - 1)


def _is_digit(cells: np.ndarray) -> np.ndarray:
    return (cells >= _ZERO) & (cells <= _NINE)


def _digits(cells: np.ndarray) -> bool:
    return bool(_is_digit(cells).all())
