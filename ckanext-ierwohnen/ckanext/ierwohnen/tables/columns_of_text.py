"""Whole columns of text at once: what they hold, and their texts without outer blanks; encodings of one byte."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ckanext.ierwohnen.tables.cells import BLANKS, MARKS

ASCII_BLANKS = [blank.encode() for blank in BLANKS if blank.isascii()]


def content_of(column: pa.Array) -> bytes:
    """The text of all cells in one piece: whether a character occurs at all is told by it at once.

    What lies below a null may be in it as well.
    """
    if not len(column):
        return b""
    offsets = offsets_of(column)
    return memoryview(column.buffers()[2] or b"")[offsets[0] : offsets[-1]].tobytes()


def offsets_of(column: pa.Array) -> np.ndarray:
    """Where the text of each cell begins in the column's buffer, and where the last one ends."""
    return np.frombuffer(column.buffers()[1], np.int32)[column.offset : column.offset + len(column) + 1]


def clean_text(column: pa.Array) -> pa.Array:
    """Cells without outer blanks and private marks."""
    text = pc.fill_null(column, "")
    content = content_of(text)
    if content.isascii() and not any(blank in content for blank in ASCII_BLANKS):
        return text
    encoded = text.dictionary_encode()  # mostly a few texts, each many times
    return pc.utf8_trim(pc.utf8_ltrim(encoded.dictionary, MARKS), BLANKS).take(encoded.indices)


def mapped(column: pa.Array, function: Callable[[str], str | None]) -> pa.Array:
    """A column of text in which each cell is what `function` makes of it; called once for each distinct text.

    Blank cells come as empty text, None leaves a cell blank.
    """
    return of_each(pc.fill_null(column, "").dictionary_encode(), function)


def of_each(encoded: pa.DictionaryArray, function: Callable[[str], str | None]) -> pa.Array:
    """What `function` makes of each cell, called once for each distinct text; cells without text stay without."""
    return pa.array([function(text) for text in encoded.dictionary.to_pylist()], pa.string()).take(encoded.indices)


@lru_cache(maxsize=32)
def one_byte(encoding: str) -> bool:
    """True for encodings in which each byte is a character, and those of ASCII are what they are everywhere."""
    if encoding.startswith("iso2022"):
        return False
    try:
        if bytes(range(128)).decode(encoding) != bytes(range(128)).decode("ascii"):
            return False
        pairs = (bytes([n, m]).decode(encoding, "replace") for n in range(128, 256) for m in (0x40, 0x80, 0xA1, 0xBF))
        return all(len(pair) == 2 for pair in pairs)
    except (LookupError, UnicodeError):
        return False
