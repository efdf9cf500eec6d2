"""What a printed page repeats in the middle of a table: its names ("Nr | Stadtteil | Wohnungen") and "noch: Tabelle 3".

Rows that repeat a row of names cell by cell are left out, and with them the lines of a continuation. A continuation
that names another period than the title stays, and so stops the table. Names that are partly others begin another
table, which is said and not read as this one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ckanext.ierwohnen.tables.cells import clean, shown
from ckanext.ierwohnen.tables.changes import Apply, Change
from ckanext.ierwohnen.tables.code_lists import normal
from ckanext.ierwohnen.tables.office_table import Chunk, Row
from ckanext.ierwohnen.tables.periods import periods_inside
from ckanext.ierwohnen.tables.problems import Problem, Severity, row_label

_CONTINUED = re.compile(
    r"\(?\s*(?:noch|fortsetzung|continued)\b|\(?\s*forts\.|.*\((?:fortsetzung|forts\.|continued)\)$", re.I
)
LISTED = 50


def is_continuation(text: str) -> bool:
    """True for "noch: Tabelle 3", "Tabelle 3 (Fortsetzung)"."""
    return bool(_CONTINUED.match(clean(shown(text))))


@dataclass
class PageRows:
    """Leaves out what pages repeat. `heads`: the rows of names; `titles`: the lines above them; `width`: of columns."""

    heads: tuple[tuple[str, ...], ...]
    titles: tuple[str, ...]
    first_row: int
    _repeated: list[int] = field(default_factory=list)
    _others: dict[int, str] = field(default_factory=dict)

    def start(self) -> Apply:
        """The same in each piece."""
        self._repeated, self._others = [], {}

        def apply(chunk: Chunk) -> Chunk:
            same, others = self._heads(chunk)
            drop = same | self._lines(chunk, same) | others
            if not drop.any():
                return chunk
            self._repeated += chunk.rows[drop & ~others].tolist()
            for place in np.flatnonzero(others)[:LISTED].tolist():
                self._others[int(chunk.rows[place])] = self._other_name(chunk, place)
            keep = pa.array(~drop)
            return Chunk(chunk.rows[~drop], tuple(column.filter(keep) for column in chunk.columns))

        return apply

    def told(self) -> list[Problem]:
        """How many rows were left out, and where other names begin."""
        found = [
            Problem("other_heading", Severity.ERROR, row, params={"name": name}) for row, name in self._others.items()
        ]
        if self._repeated:
            rows = [row_label(row)["de"] for row in self._repeated[:5]] + ["…"] * (len(self._repeated) > 5)
            params = {"count": len(self._repeated), "rows": rows}
            found.append(Problem("heading_repeated", Severity.HINT, self._repeated[0], params=params))
        return found

    def _heads(self, chunk: Chunk) -> tuple[np.ndarray, np.ndarray]:
        """Rows that are a row of names, and rows that are the last row of names with some of them exchanged."""
        same, others = np.zeros(len(chunk), bool), np.zeros(len(chunk), bool)
        for number, head in enumerate(self.heads):
            named = [place for place, text in enumerate(head) if text]
            if len(named) < 2:
                continue
            equal = {place: pc.equal(chunk.cleaned(place), head[place]) for place in named}
            hits = {place: found.to_numpy(zero_copy_only=False) for place, found in equal.items()}
            count = sum(hit.astype(np.int64) for hit in hits.values())
            same |= count == len(named)
            if number == len(self.heads) - 1:
                some = (count >= 2) & hits[named[0]] & (count < len(named))
                for place in np.flatnonzero(some & ~same).tolist():
                    others[place] = all(self._is_name(chunk, place, c) for c in named)
        return same, others & ~same

    @staticmethod
    def _is_name(chunk: Chunk, place: int, column: int) -> bool:
        text = chunk.cleaned(column)[place].as_py() or ""
        return bool(re.search(r"[^\W\d_]{2}", text)) or bool(periods_inside(text))

    def _other_name(self, chunk: Chunk, place: int) -> str:
        head = self.heads[-1]
        texts = [chunk.cleaned(c)[place].as_py() or "" for c in range(len(head))]
        return next((text for text, name in zip(texts, head, strict=True) if name and text != name), "")

    def _lines(self, chunk: Chunk, heads: np.ndarray) -> np.ndarray:
        """Lines of a continuation, and titles that stand again right above repeated names."""
        drop = np.zeros(len(chunk), bool)
        for place in np.flatnonzero(_single(chunk)).tolist():
            text = next(t for column in range(len(chunk.columns)) if (t := chunk.cleaned(column)[place].as_py()))
            again = normal(text) in {normal(title) for title in self.titles}
            follows = place + 1 < len(chunk) and heads[place + 1]
            drop[place] = (is_continuation(text) and self._of_here(text)) or (again and follows)
        return drop

    def _of_here(self, text: str) -> bool:
        said = {period.text[:4] for period in periods_inside(text)}
        known = {period.text[:4] for line in (*self.titles, *self.heads[-1]) for period in periods_inside(line)}
        return not said or not known or said <= known


def page_rows(
    heads: Sequence[Sequence[str]], titles: Sequence[str], names: list[str], rows: list[Row]
) -> tuple[Change | None, list[str]]:
    """What pages repeat, where the first rows show it.

    :param heads: the rows of names, in the columns of the table
    """
    texts = tuple(tuple(clean(shown(cell)) for cell in head) for head in heads)
    if not texts or not rows:
        return None, names
    first = {next((text for text in head if text), "") for head in texts} - {""}
    if not any(_repeated(row, first) for row in rows):
        return None, names
    return PageRows(texts, tuple(titles), rows[0].number), names


def _repeated(row: Row, first: set[str]) -> bool:
    """Whether a row begins as a row of names does, or is a single cell that says that the table goes on."""
    filled = (text for cell in row.cells if (text := clean(shown(cell))))
    begins = next(filled, None)
    return begins is not None and (begins in first or (is_continuation(begins) and next(filled, None) is None))


def _single(chunk: Chunk) -> np.ndarray:
    """Rows with one filled cell."""
    filled = np.zeros(len(chunk), np.int64)
    for place in range(len(chunk.columns)):
        filled += pc.greater(pc.binary_length(pc.fill_null(chunk.cleaned(place), "")), 0).to_numpy(zero_copy_only=False)
    return filled == 1
