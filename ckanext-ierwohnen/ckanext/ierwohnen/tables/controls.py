"""Control characters in texts: nobody sees them, and a key with one is another key. They are told, never dropped.

PostgreSQL stores no zero character at all; readers put its picture (␀) in its place, so that its row can be told.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from ckanext.ierwohnen.tables.columns_of_text import content_of
from ckanext.ierwohnen.tables.office_table import Chunk, OfficeTable
from ckanext.ierwohnen.tables.problems import Findings, Problem, Severity
from ckanext.ierwohnen.tables.roles import ColumnRole

NUL_SHOWN = "\u2400"
LISTED = 200
_TEXT_ROLES = ("key", "name", "period", "dimension", "contributor", "note", "unclear")
# Control characters but tab and line ends, the picture of zero, and marks that turn the direction of writing.
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2400\u202a-\u202e\u2066-\u2069]")
_BYTES = re.compile(
    rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2(?:\x90\x80|\x80[\xaa-\xae]|\x81[\xa6-\xa9])"
)


def with_shown_zeros(text: str) -> str:
    """The text with the picture of a zero character in its place; a text of nothing else is padding, and empty."""
    return text.replace("\x00", NUL_SHOWN) if text.strip("\x00") else ""


def without_controls(text: str) -> str:
    """The text without control characters."""
    return _CONTROL.sub("", text)


def visible(text: str) -> str:
    """The text with each control character as people can see it: `1⟨U+0001⟩2`."""
    return _CONTROL.sub(lambda found: f"⟨{_code(found[0])}⟩", text)


def first_control(text: str) -> str | None:
    """The code of the first control character of a text (`U+0001`), or None."""
    found = _CONTROL.search(text)
    return _code(found[0]) if found else None


def _code(char: str) -> str:
    return f"U+{0 if char == NUL_SHOWN else ord(char):04X}"


class ControlCheck:
    """Looks for control characters in the columns of texts; those among figures are told as no number."""

    def __init__(self, table: OfficeTable, roles: Sequence[ColumnRole], findings: Findings) -> None:
        self._findings = findings
        self._columns = [(table.names.index(r.column), r.column) for r in roles if r.role in _TEXT_ROLES]

    def take(self, chunk: Chunk) -> None:
        """Look at the rows of a chunk."""
        for place, column in self._columns:
            encoded = chunk.encoded(place)
            if not _BYTES.search(content_of(encoded.dictionary)):
                continue
            words = encoded.dictionary.to_pylist()
            odd = [code for code, word in enumerate(words) if _CONTROL.search(word or "")]
            codes = encoded.indices.to_numpy(zero_copy_only=False)
            found = np.flatnonzero(np.isin(codes, odd)).tolist()
            for n, index in enumerate(found[:LISTED]):
                times = 1 if n < LISTED - 1 else len(found) - n
                self._findings.add(_problem(int(chunk.rows[index]), column, words[codes[index]]), times)


def _problem(row: int, column: str, text: str) -> Problem:
    plain = without_controls(text)
    repair = ({"action": "replace", "row": row, "column": column, "value": plain},) if plain.strip() else ()
    params = {"sign": first_control(text)}
    return Problem("control_character", Severity.ERROR, row, column, visible(text), params, repair)
