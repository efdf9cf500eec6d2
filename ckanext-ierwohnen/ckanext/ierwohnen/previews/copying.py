"""A table as text for the clipboard: all its rows as they are shown, tabs between cells, as spreadsheets take it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ckanext.ierwohnen.look.figure import Figure
from ckanext.ierwohnen.look.formula import guarded
from ckanext.ierwohnen.previews.parts import table_of
from ckanext.ierwohnen.previews.plain_table import plain_table
from ckanext.ierwohnen.previews.preview import shows_units
from ckanext.ierwohnen.previews.resource_sight import ResourceSight
from ckanext.ierwohnen.previews.sight import Sight
from ckanext.ierwohnen.previews.unit_table import Column, Row, UnitTable

MOST = 50_000
"""Rows that are copied at once; a longer table is for a file, not for the clipboard."""
AT_ONCE = 32_000  # the DataStore's own limit


def whole_text(sight: Sight) -> str | None:
    """The table of a sight with all its rows, sorted and narrowed as asked; None if it has no table or is too long."""
    found = "".join(_lines(sight))
    return found or None


def _lines(sight: Sight) -> Iterator[str]:
    for number, table in enumerate(_pages(sight)):
        if table.total > MOST:
            return
        if number == 0:
            yield _line([_head(column) for column in _columns(table)])
        for row in table.rows:
            yield _line(_cells(table, row))


def _pages(sight: Sight) -> Iterator[UnitTable]:
    if shows_units(sight):
        part = table_of(sight, "", most=MOST)
        if part is not None:
            yield part.table
        return
    page = pages = 1
    while isinstance(sight, ResourceSight) and sight.possible.table and page <= pages:
        table = plain_table(
            sight.context, sight.resource["id"], sight.meanings, sort=sight.ask.sort, page=page, locale=sight.locale,
            find=sight.ask.find, most=AT_ONCE,
        )  # fmt: skip
        pages = table.pages if table.total <= MOST else 1
        yield table
        page += 1


def _columns(table: UnitTable) -> list[Column]:
    """All but the drawn courses."""
    return [column for column in table.columns if column.kind != "trend"]


def _cells(table: UnitTable, row: Row) -> list[str]:
    pairs = zip(table.columns, row.cells, strict=True)
    return [cell.text if isinstance(cell, Figure) else str(cell) for column, cell in pairs if column.kind != "trend"]


def _head(column: Column) -> str:
    return f"{column.label}, {column.unit}" if column.unit else column.label


def _line(cells: list[str]) -> str:
    return "\t".join(map(_plain, cells)) + "\r\n"


def _plain(text: str) -> str:
    """A cell as spreadsheet programs read it: numbers without thin spaces, a plain minus, and no formula."""
    text = re.sub("\u202f(?=\\d)", "", text).replace("\u2212", "-")
    text = " ".join(text.replace("\u202f", " ").replace("\u00a0", " ").split())
    return guarded(text, "\t")
