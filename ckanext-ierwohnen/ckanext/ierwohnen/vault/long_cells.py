"""Texts that are longer than any value of a table of stock. Pure.

Searching for persons may take four times as long in a text twice as long: it is done piece by piece, and such a cell is
never loaded.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ckanext.ierwohnen.tables.columns_of_text import offsets_of

LONGEST = 500  # characters of a value
OVERLAP = 60  # what is cut at the end of a piece stands whole in the next one


def long_cells(cells: pa.Array) -> np.ndarray | None:
    """Which cells are longer than a value may be; None if none is."""
    if not len(cells) or np.diff(offsets_of(cells)).max() <= LONGEST:  # bytes, which are no fewer than characters
        return None
    found = pc.fill_null(pc.greater(pc.utf8_length(cells), LONGEST), False)
    return found.to_numpy(zero_copy_only=False) if found.true_count else None


def without(cells: pa.Array, long: np.ndarray) -> pa.Array:
    """The cells, of which some are blank now."""
    return pc.if_else(pa.array(long), pa.scalar("", pa.string()), cells)


def pieces(text: str) -> Iterator[str]:
    """A text in pieces of at most `LONGEST` characters, cut between words where there are any."""
    start = 0
    while len(text) - start > LONGEST:
        end = _blank(text, start + LONGEST)
        yield text[start:end]
        start = _blank(text, end - OVERLAP)
    yield text[start:] if start else text


def _blank(text: str, place: int) -> int:
    """The last place up to this one at which a word ends; the place itself within a long word."""
    found = text.rfind(" ", place - OVERLAP, place)
    return place if found < 0 else found
