"""The first rows of a company's table, for whoever sent it: to see above which cells a column's meaning stands.

The only place where cells of a table that is not loaded leave the check. They go into the answer to its sender, who
holds the file or the key to it, and nowhere else: not into the store, a log or the queue. Pure.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from ckanext.ierwohnen.addresses.register import Address, Register
from ckanext.ierwohnen.tables.cells import shown
from ckanext.ierwohnen.tables.office_table import Chunk, OfficeTable
from ckanext.ierwohnen.vault import excel_dates
from ckanext.ierwohnen.vault.record import Field, fields
from ckanext.ierwohnen.vault.stock_check import StockCheck
from ckanext.ierwohnen.vault.stock_repairs import ADDRESS
from ckanext.ierwohnen.vault.whole_columns import OTHER

FLOORS = range(-1, 11)
"""Storeys that may be chosen for words that name none („DG“)."""
FIRST = 12
MORE = 12
WITHIN = 5_000
"""Among so many rows are those that are shown for their problems; a view of a large file costs no more."""
LONGEST = 60
MOST = 200  # rows with problems


def to_decide(check: StockCheck, register: Register | None) -> dict[str, Any]:
    """What a person can decide about the table, and has decided: cells that cannot be read with what they may count as,
    addresses with those of the register that may be meant.

    :return: `repairs` (each with `cells`, how many it met, and the first `rows`), `values` (column, value, count, may:
        becomes) and `addresses` (the four parts, count, suggestions: address, text)
    """
    values = [
        {"column": column, "value": text, "count": count, "may": _may(fields()[check.mapping[column]], text)}
        for column, found in check.open_values.items()
        for text, count in found.most_common()
    ]
    values += [
        {"column": column, "value": "", "count": marks.blank, "may": [OTHER[marks.only], ""]}
        for column, marks in check.yes_no.asked().items()
    ]
    addresses = []
    for written, count in check.addresses.open.most_common() if check.addresses else ():
        parts = dict(zip(ADDRESS, written.split("\x1f"), strict=True))
        near = register.suggestions(parts["street"], parts["house_number"], parts["postcode"]) if register else []
        told = [{"address": one.id, "text": _written(one)} for one in near]
        addresses.append({**parts, "count": count, "suggestions": told})
    return {"repairs": check.decisions(), "values": values, "addresses": addresses}


def _may(wanted: Field, text: str) -> list[str]:
    """As what a cell of a field may count; blank for no entry."""
    if wanted.name == "house_number" and (meant := excel_dates.typed(text)):
        return [*meant, ""]
    if wanted.name == "floor":
        return [*map(str, FLOORS), ""]
    if wanted.type == "yes_no":
        return ["ja", "nein", ""]
    if wanted.codes:
        return [*wanted.classes(), ""]
    return [] if wanted.name == "dwelling" else [""]


def _written(address: Address) -> str:
    town = " ".join(filter(None, (address.postcode, address.place)))
    return ", ".join(filter(None, (f"{address.street} {address.number.text()}", town)))


def file_view(table: OfficeTable, wanted: Collection[int] = (), only: bool = False) -> dict[str, Any]:
    """What was recognised of the file, and its first rows.

    :param wanted: numbers of rows that are shown as well, as there is something to say of them
    :param only: show these alone, wherever they stand
    :return: `encoding`, `separator`, `sheet` (None where there is none), `header_rows` (numbers), `title` and `rows`:
        `row` (number in the file) with `text` or `cells`, long ones cut
    """
    if only:
        places = ((part, np.flatnonzero(np.isin(part.rows, list(wanted))).tolist()) for part in table.chunks())
        rows = [row for part, found in places for row in _of_rows(part, found)]
    else:
        part = next(iter(table.chunks(WITHIN)), None)
        rows = _rows(part, wanted) if part is not None else []
    return {
        "encoding": table.encoding.title if table.encoding else None,
        "separator": table.dialect.separator if table.dialect else None,
        "sheet": table.sheet,
        "header_rows": list(table.header_rows),
        "title": [{"row": line.row, "text": _cut(line.text)} for line in table.title],
        "rows": rows[:MOST],
    }


def _rows(part: Chunk, wanted: Collection[int]) -> list[dict[str, Any]]:
    more = np.flatnonzero(np.isin(part.rows[FIRST:], list(wanted)))[:MORE] + FIRST
    return _of_rows(part, [*range(min(FIRST, len(part))), *more.tolist()])


def _of_rows(part: Chunk, places: Sequence[int]) -> list[dict[str, Any]]:
    columns = [column.take(pa.array(places, pa.int64())).to_pylist() for column in part.columns]
    return [
        {"row": int(part.rows[place]), "cells": [_cut(shown(column[at] or "")) for column in columns]}
        for at, place in enumerate(places)
    ]


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
