"""The first rows of a company's table, for whoever sent it: to see above which cells a column's meaning stands.

The only place where cells of a table that is not loaded leave the check. They go into the answer to its sender, who
holds the file or the key to it, and nowhere else: not into the store, a log or the queue. Pure.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np

from ckanext.ierwohnen.tables.cells import shown
from ckanext.ierwohnen.tables.office_table import Chunk, OfficeTable

FIRST = 12
MORE = 12
WITHIN = 5_000
"""Among so many rows are those that are shown for their problems; a view of a large file costs no more."""
LONGEST = 60


def file_view(table: OfficeTable, wanted: Collection[int] = ()) -> dict[str, Any]:
    """What was recognised of the file, and its first rows.

    :param wanted: numbers of rows that are shown as well, as there is something to say of them
    :return: `encoding`, `separator`, `sheet` (None where there is none), `header_rows` (numbers), `title` and `rows`:
        `row` (number in the file) with `text` or `cells`, long ones cut
    """
    part = next(iter(table.chunks(WITHIN)), None)
    return {
        "encoding": table.encoding.title if table.encoding else None,
        "separator": table.dialect.separator if table.dialect else None,
        "sheet": table.sheet,
        "header_rows": list(table.header_rows),
        "title": [{"row": line.row, "text": _cut(line.text)} for line in table.title],
        "rows": _rows(part, wanted) if part is not None else [],
    }


def _rows(part: Chunk, wanted: Collection[int]) -> list[dict[str, Any]]:
    more = np.flatnonzero(np.isin(part.rows[FIRST:], list(wanted)))[:MORE] + FIRST
    places = [*range(min(FIRST, len(part))), *more.tolist()]
    columns = [column.take(places).to_pylist() for column in part.columns]
    return [
        {"row": int(part.rows[place]), "cells": [_cut(shown(column[at] or "")) for column in columns]}
        for at, place in enumerate(places)
    ]


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
