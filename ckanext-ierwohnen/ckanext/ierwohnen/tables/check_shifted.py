"""Rows whose cells have moved to a neighbouring column: words stand where the column has figures, and figures where it
has words. Each alone is common (a remark among figures, `12. Bezirk` among names); both in one row are not.
"""

from __future__ import annotations

import re

import numpy as np
import pyarrow.compute as pc

from ckanext.ierwohnen.tables.cells import MARKS, clean, shown, sign_of
from ckanext.ierwohnen.tables.office_table import Chunk, OfficeTable
from ckanext.ierwohnen.tables.problems import Findings, Problem, Severity

SURE = 0.9  # share of the cells of a column that say of what kind it is
FEW = 0.02  # a column of words in which more cells are figures has them by nature
MOST = 200
_FIGURE = rf"^[{MARKS}]?\s*[-+−–(]?\d[\d.,'’ %]*\)?[prs]?\s*$|^[-–.…x/]$"
_PLAIN = re.compile(_FIGURE)
_WORDS = re.compile(r"[^\W\d_]{3,}")


class ShiftCheck:
    """Looks for moved rows while they go by; what a column holds is judged by the sample of the table."""

    def __init__(self, table: OfficeTable, findings: Findings) -> None:
        self._findings = findings
        kinds = [_kind(table.sample_of(name)) for name in table.names]
        self._words = [place for place, kind in enumerate(kinds) if kind == "words"]
        self._figures = [place for place, kind in enumerate(kinds) if kind == "figures"]
        self._names = table.names
        self._found: list[tuple[int, str, str]] = []
        self._met = 0

    def take(self, chunk: Chunk) -> None:
        """Look at the rows of a chunk."""
        if not self._figures:
            return
        for place in self._words:
            hits = np.flatnonzero(
                pc.match_substring_regex(pc.fill_null(chunk.columns[place], ""), _FIGURE).to_numpy(zero_copy_only=False)
            )
            if len(hits) > max(2, FEW * len(chunk)):
                continue
            for index in hits.tolist():
                self._look(chunk, place, index)

    def finish(self) -> None:
        """Report the rows."""
        for n, (row, column, value) in enumerate(self._found):
            times = 1 if n < len(self._found) - 1 else max(1, self._met - n)
            self._findings.add(Problem("row_shifted", Severity.ERROR, row, column, value), times)

    def _look(self, chunk: Chunk, place: int, index: int) -> None:
        for other in self._figures:
            text = clean(shown(chunk.columns[other][index].as_py() or ""))
            if _WORDS.search(text) and not _PLAIN.match(text) and sign_of(text) is None:
                self._met += 1
                if len(self._found) < MOST and (not self._found or self._found[-1][0] != int(chunk.rows[index])):
                    self._found.append((int(chunk.rows[index]), self._names[other], text))
                return


def _kind(cells: list[str]) -> str | None:
    texts = [text for cell in cells if (text := clean(cell))]
    if len(texts) < 3:
        return None
    figures = sum(bool(_PLAIN.match(text)) for text in texts)
    words = [text for text in texts if not _PLAIN.match(text) and _WORDS.search(text)]
    bare = sum(not any(char.isdigit() for char in text) for text in words)  # `12 Personen` is a figure after all
    if figures >= 0.5 * len(texts) and bare <= 0.1 * len(texts) + 1:
        return "figures"
    return "words" if len(words) >= SURE * len(texts) - 1 else None
