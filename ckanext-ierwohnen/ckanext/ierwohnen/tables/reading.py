"""Reading office tables: one door for CSV, XLSX, XLS and ODS.

`read_table` says what was understood (encoding, dialect, title, header and foot rows, columns) and gives the data rows
with their numbers in the file. It decides nothing about meaning; that is `roles.py`.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, BinaryIO

from ckanext.ierwohnen.tables.cells import clean
from ckanext.ierwohnen.tables.changes import Changed
from ckanext.ierwohnen.tables.headers import find_layout, row_text
from ckanext.ierwohnen.tables.hints import Hints
from ckanext.ierwohnen.tables.office_table import Column, Line, OfficeTable, Row
from ckanext.ierwohnen.tables.reading_book import workbook_table
from ckanext.ierwohnen.tables.reading_csv import (
    IN_MEMORY,
    all_rows,
    dialect_of,
    encoding_of,
    open_quotes,
    ragged,
    refuse_binary,
    table_width,
    tail_rows,
    told_of_encoding,
)
from ckanext.ierwohnen.tables.reading_rows import around, cells_of, from_rows, layout_of, table_of
from ckanext.ierwohnen.tables.reading_source import Source, open_source
from ckanext.ierwohnen.tables.reading_stream import StreamBody
from ckanext.ierwohnen.tables.shape import changes_of
from ckanext.ierwohnen.tables.unreadable import LIMITS, Limits, TableUnreadable

HEAD_ROWS = 3_000
_KEPT_TEXT = re.compile(r'="([^"]*)"')


def read_table(
    source: str | Path | bytes | BinaryIO,
    filename: str,
    hints: Hints | dict[str, Any] | None = None,
    limits: Limits = LIMITS,
) -> OfficeTable:
    """Read an office table.

    :param source: path, bytes or binary stream
    :param filename: the name it came by, for messages; the kind of file is known by its content
    :param hints: what a person has corrected (`Hints`, or a dictionary with its fields)
    :raises TableUnreadable: if it is not a table, damaged, protected, or beyond the limits
    """
    wanted = Hints.of(hints)
    opened = open_source(source, filename, limits)
    return _text_table(opened, wanted) if opened.format == "csv" else workbook_table(opened, wanted)


def _text_table(source: Source, hints: Hints) -> OfficeTable:
    if hints.sheet or hints.sheets:
        raise TableUnreadable("sheet_of_text", sheet=hints.sheet or hints.sheets[0], filename=source.filename)
    encoding = encoding_of(source, hints)
    refuse_binary(source, encoding)
    dialect = dialect_of(source, encoding, hints)
    large = source.size > IN_MEMORY
    rows = all_rows(source, encoding, dialect, HEAD_ROWS if large else None)
    if not large:
        rows = [[_without_formula(cell) for cell in row] if any('="' in cell for cell in row) else row for row in rows]
    width = table_width(rows)  # one row too long must not make all others look too short
    if large and (hints.table or 1) > 1:
        raise TableUnreadable("no_such_table", number=hints.table, count=1)
    if large:
        table = _streamed(source, encoding, dialect, [row[:width] for row in rows], hints)
    else:
        table = from_rows(source, [row[:width] for row in rows], {}, hints)
        table.problems += ragged(rows, 1, width) + open_quotes(rows, 1, dialect)
    table.problems += told_of_encoding(source, encoding)
    table.encoding, table.dialect = encoding, dialect
    return table


def _without_formula(cell: str) -> str:
    """`="01"` is how programs make Excel keep the zero of a key; the text is meant."""
    match = _KEPT_TEXT.fullmatch(cell.strip())
    return match[1] if match else cell


def _streamed(source: Source, encoding: Any, dialect: Any, rows: list[list[str]], hints: Hints) -> OfficeTable:
    layout = layout_of(source, rows, {}, hints)
    tail = tail_rows(source, encoding, dialect)
    end = find_layout(tail[-200:])
    foot_rows = [row for row in tail[-200:][end.end :]] if end else []
    width = max(layout.columns) + 1
    # Foot rows of fewer fields never reach us as data; those padded to full width must be cut off.
    cut = sum(len(row) == width for row in foot_rows)
    data = [Row(n + 1, cells_of(rows[n], layout.columns)) for n in range(layout.start, layout.end)]
    head = [row for row in data if any(map(clean, row.cells))]
    names, changes = changes_of(list(layout.names), head, hints, *around(rows, layout))
    stream = StreamBody(
        source, encoding, dialect, width=width, columns=layout.columns, skip=layout.start, foot=cut, head=head
    )
    body = Changed(stream, changes, len(layout.columns)) if changes else stream
    table = table_of(source, layout, rows, body)
    table.columns = (*table.columns, *(Column(name, -1, "") for name in names[len(table.columns) :]))
    table.foot = tuple(Line(0, row_text(row)) for row in foot_rows if row_text(row))
    table.hints = hints
    return table
