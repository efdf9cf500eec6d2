"""Reads the table of a crosswalk that an office states: old key, new key, and the share of the old unit."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence

from ckanext.ierwohnen.places.findings import BoundaryError, error

OLD = ("alt", "old", "von", "from", "quelle", "source")
NEW = ("neu", "new", "nach", "to", "ziel", "target")
SHARE = ("anteil", "share", "gewicht", "weight", "quote", "prozent", "%")
MOST_ROWS = 500_000
FAR_ABOVE_ONE = 1.5
_PARTED = re.compile(r"[\s_()\[\].-]+")
Pair = tuple[str, str, float | None]


def read_crosswalk(data: bytes, name: str) -> list[Pair]:
    """Rows of old key, new key and share (0 to 1; None where there is no column of shares).

    CSV with semicolon, comma or tab, in UTF-8 or Windows-1252. The columns are found by their names
    (``alt``/``neu``/``Anteil``, ``from``/``to``/``share`` …), without a header by their order. Shares may be written
    with comma and in per cent. A matrix is read too: old keys down the first column, new keys across the first row,
    shares in its cells. Raises BoundaryError with file, row and remedy.
    """
    rows = _rows(data, name)
    places = _columns([cell.strip().casefold() for cell in rows[0]])
    if places is None and _is_matrix(rows):
        return _of_hundred(_from_matrix(rows, name))
    body = rows[1:] if places else rows
    old, new, share = places or (0, 1, 2 if len(rows[0]) > 2 else None)
    first = 2 if places else 1
    found = [_pair(row, old, new, share, name, first + number) for number, row in enumerate(body) if any(row)]
    if not found:
        raise BoundaryError(error("crosswalk_file_empty", file=name))
    return _of_hundred(found)


def _rows(data: bytes, name: str) -> list[list[str]]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", errors="replace")
    head = text[:4096]
    separator = max(";\t,|", key=head.count)
    rows = [row for row in csv.reader(io.StringIO(text), delimiter=separator) if row]
    if not rows or "\0" in head or max(len(row) for row in rows[:20]) < 2:
        raise BoundaryError(error("crosswalk_file_columns", file=name))
    if len(rows) > MOST_ROWS:
        raise BoundaryError(error("crosswalk_file_large", file=name, limit=MOST_ROWS))
    return rows


def _is_matrix(rows: Sequence[Sequence[str]]) -> bool:
    """True for a first row of distinct keys behind a corner that is none, above rows of as many numbers."""
    header = [cell.strip() for cell in rows[0]]
    corner, keys = header[0], header[1:]
    wide = len(keys) > 1 and len(rows) > 1 and not corner[:1].isdecimal() and len({*keys}) == len(keys) and all(keys)
    return wide and all(len(row) == len(header) for row in rows) and all(map(_is_number, rows[1][1:]))


def _is_number(cell: str) -> bool:
    text = cell.strip().rstrip("% ").replace(",", ".", 1)
    return not text or text.replace(".", "", 1).isdecimal()


def _from_matrix(rows: Sequence[Sequence[str]], name: str) -> list[Pair]:
    found: list[Pair] = []
    for number, row in enumerate(rows[1:], start=2):
        if not row[0].strip():
            raise BoundaryError(error("crosswalk_file_row", file=name, row=number))
        shares = ((new.strip(), _share(cell, name, number)) for new, cell in zip(rows[0][1:], row[1:], strict=True))
        found += [(row[0].strip(), new, share) for new, share in shares if share]
    if not found:
        raise BoundaryError(error("crosswalk_file_empty", file=name))
    return found


def _columns(header: Sequence[str]) -> tuple[int, int, int | None] | None:
    """Places of old key, new key and share by the names of the columns; None if these are no names."""
    found = [_place(header, words) for words in (OLD, NEW, SHARE)]
    if found[0] is None or found[1] is None or found[0] == found[1]:
        return None
    return found[0], found[1], found[2]


def _place(header: Sequence[str], words: Sequence[str]) -> int | None:
    exact = [place for place, name in enumerate(header) if set(_PARTED.split(name)) & set(words)]
    if exact:
        return exact[0]
    return next((place for place, name in enumerate(header) if any(w in name for w in words if len(w) > 2)), None)


def _pair(row: Sequence[str], old: int, new: int, share: int | None, name: str, number: int) -> Pair:
    if len(row) <= max(old, new, share or 0) or not row[old].strip() or not row[new].strip():
        raise BoundaryError(error("crosswalk_file_row", file=name, row=number))
    return row[old].strip(), row[new].strip(), None if share is None else _share(row[share], name, number)


def _share(cell: str, name: str, number: int) -> float | None:
    text = cell.strip().replace("\u00a0", " ")
    if not text:
        return None
    percent = text.endswith("%")
    try:
        value = float(text.rstrip("% ").replace(",", "."))
    except ValueError as problem:
        raise BoundaryError(error("crosswalk_file_share", file=name, row=number, value=text)) from problem
    return value / 100 if percent else value


def _of_hundred(pairs: list[Pair]) -> list[Pair]:
    """Shares of which one is far above 1 are per cent."""
    if any(share is not None and share > FAR_ABOVE_ONE for _, _, share in pairs):
        return [(source, target, None if share is None else share / 100) for source, target, share in pairs]
    return pairs
