"""Reading office tables: one door for CSV, XLSX, XLS and ODS.

`read_table` says what was understood (encoding, dialect, title, header and foot rows, columns) and gives the data rows
with their numbers in the file. It decides nothing about meaning; that is `roles.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, BinaryIO

from ckanext.ierwohnen.tables.cells import clean
from ckanext.ierwohnen.tables.headers import Layout, find_layout, row_text
from ckanext.ierwohnen.tables.office_table import Column, Hints, Line, MemoryBody, OfficeTable, Row
from ckanext.ierwohnen.tables.problems import Problem, Severity
from ckanext.ierwohnen.tables.reading_csv import (
    IN_MEMORY,
    StreamBody,
    all_rows,
    dialect_of,
    encoding_of,
    ragged,
    refuse_binary,
    table_width,
    tail_rows,
)
from ckanext.ierwohnen.tables.reading_sheet import Sheet, open_workbook, read_sheet, sheet_notes
from ckanext.ierwohnen.tables.reading_source import Source, column_letters, open_source
from ckanext.ierwohnen.tables.shape import reshape, split_tables
from ckanext.ierwohnen.tables.unreadable import LIMITS, Limits, TableUnreadable

HEAD_ROWS = 3_000


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
    return _text_table(opened, wanted) if opened.format == "csv" else _workbook_table(opened, wanted)


def _text_table(source: Source, hints: Hints) -> OfficeTable:
    encoding = encoding_of(source, hints)
    refuse_binary(source, encoding)
    dialect = dialect_of(source, encoding, hints)
    large = source.size > IN_MEMORY
    rows = all_rows(source, encoding, dialect, HEAD_ROWS if large else None)
    if large:
        table = _streamed(source, encoding, dialect, rows, hints)
    else:
        width = table_width(rows)
        table = _from_rows(source, [row[:width] for row in rows], {}, hints)
        table.problems += ragged(rows, 1, width)
    table.encoding, table.dialect = encoding, dialect
    return table


def _streamed(source: Source, encoding: Any, dialect: Any, rows: list[list[str]], hints: Hints) -> OfficeTable:
    layout = _layout(rows, {}, hints, source)
    tail = tail_rows(source, encoding, dialect)
    end = find_layout(tail[-200:])
    foot_rows = [row for row in tail[-200:][end.end :]] if end else []
    width = max(layout.columns) + 1
    # Foot rows of fewer fields never reach us as data; those padded to full width must be cut off.
    cut = sum(len(row) == width for row in foot_rows)
    data = [Row(n + 1, _cells(rows[n], layout.columns)) for n in range(layout.start, layout.end)]
    body = StreamBody(
        source, encoding, dialect, width=width, columns=layout.columns, skip=layout.start, foot=cut,
        head=[row for row in data if any(map(clean, row.cells))],
    )  # fmt: skip
    table = _table(source, layout, rows, body)
    table.foot = tuple(Line(0, row_text(row)) for row in foot_rows if row_text(row))
    table.hints = hints
    return table


def _workbook_table(source: Source, hints: Hints) -> OfficeTable:
    workbook = open_workbook(source)
    notes, opened = sheet_notes(workbook, source)
    filled = [note for note in notes if note.rows * note.columns > 1]
    if hints.sheet is not None and hints.sheet not in {note.name for note in notes}:
        raise TableUnreadable("no_such_sheet", sheet=hints.sheet, sheets=[note.name for note in filled])
    if not filled:
        raise TableUnreadable("no_table", filename=source.filename)
    chosen = [note for note in filled if note.name == hints.sheet] or [n for n in filled if n.visible] or filled
    sheets = [read_sheet(opened[note.name], note, source) for note in chosen[:40]]
    sheet, table = _best(source, sheets, hints)
    table.sheet, table.sheets = sheet.note.name, tuple(notes)
    table.problems += _workbook_problems(table, sheet, filled)
    return table


def _best(source: Source, sheets: Sequence[Sheet], hints: Hints) -> tuple[Sheet, OfficeTable]:
    """The sheet with the most data, unless the person chose one."""
    found: list[tuple[int, int, Sheet, OfficeTable]] = []
    for n, sheet in enumerate(sheets):
        try:
            table = _from_rows(source, sheet.rows, sheet.merged, hints)
        except TableUnreadable:
            continue
        found.append(((table.row_count or 0) * len(table.columns), -n, sheet, table))
    if not found:
        raise TableUnreadable("no_table", filename=source.filename)
    _, _, sheet, table = max(found, key=lambda entry: entry[:2])
    return sheet, table


def _workbook_problems(table: OfficeTable, sheet: Sheet, filled: Sequence[Any]) -> list[Problem]:
    problems = []
    others = [note for note in filled if note.name != sheet.note.name]
    seen, unseen = [n.name for n in others if n.visible], [n.name for n in others if not n.visible]
    if seen:
        problems.append(Problem("other_sheets", Severity.HINT, params={"sheet": sheet.note.name, "others": seen}))
    if unseen:
        problems.append(Problem("hidden_sheets", Severity.WARNING, params={"others": unseen}))
    numbers = {row.number for row in table.sample}
    rows = [str(n) for n in sheet.hidden_rows if n in numbers or len(numbers) > 2_900]
    if rows:
        params = {"rows": rows[:20], "count": len(rows)}
        problems.append(Problem("hidden_rows", Severity.WARNING, int(rows[0]), params=params))
    columns = [c.name for c in table.columns if c.letter in set(sheet.hidden_columns)]
    problems += [Problem("hidden_column", Severity.WARNING, column=name) for name in columns]
    return problems


def _from_rows(source: Source, rows: list[list[str]], merged: dict[tuple[int, int], str], hints: Hints) -> OfficeTable:
    """A table from rows in memory: its layout, then side headers filled down and section headings made a column."""
    blocks = split_tables(rows)
    number = min(hints.table or 1, len(blocks)) - 1 if hints.table else _largest(blocks)
    start, end = blocks[number]
    if hints.header_rows or hints.first_row or hints.last_row:
        start, end = 0, len(rows)
    part = [[] if i < start else row for i, row in enumerate(rows[:end])]
    layout = _layout(part, merged, hints, source)
    data = [Row(n + 1, _cells(part[n], layout.columns)) for n in range(layout.start, layout.end)]
    data = [row for row in data if any(map(clean, row.cells))]
    names, data, problems = reshape(list(layout.names), data)
    table = _table(source, layout, rows, MemoryBody(data, len(names)))
    extra = [Column(name, -1, "") for name in names[len(table.columns) :]]
    table.columns = (*table.columns, *extra)
    table.problems += problems
    table.tables_in_sheet, table.hints = len(blocks), hints
    if len(blocks) > 1 and not hints.table:
        table.problems.append(Problem("several_tables", Severity.WARNING, start + 1, params={"count": len(blocks)}))
    return table


def _largest(blocks: Sequence[tuple[int, int]]) -> int:
    return max(range(len(blocks)), key=lambda i: (blocks[i][1] - blocks[i][0], -i))


def _layout(rows: list[list[str]], merged: dict[tuple[int, int], str], hints: Hints, source: Source) -> Layout:
    found = find_layout(rows, merged, hints)
    if found is None or found.start >= found.end:
        raise TableUnreadable("no_table", filename=source.filename)
    if len(found.columns) > LIMITS.columns:
        raise TableUnreadable("too_many_columns", columns=len(found.columns), limit=LIMITS.columns)
    return found


def _table(source: Source, layout: Layout, rows: list[list[str]], body: Any) -> OfficeTable:
    columns = tuple(
        Column(name, index, column_letters(index + 1), parts)
        for name, index, parts in zip(layout.names, layout.columns, layout.parts, strict=True)
    )
    problems = [] if layout.has_header else [Problem("no_header", Severity.WARNING, layout.start + 1)]
    problems += [
        Problem("column_without_name", Severity.WARNING, column=column.name)
        for column in columns
        if layout.has_header and not column.parts
    ]
    return OfficeTable(
        source.filename,
        source.format,
        columns,
        body,
        title=tuple(Line(i + 1, row_text(rows[i])) for i in layout.title),
        header_rows=tuple(i + 1 for i in layout.header),
        foot=tuple(Line(i + 1, row_text(rows[i])) for i in layout.foot),
        problems=problems,
    )


def _cells(row: Sequence[str], columns: Sequence[int]) -> tuple[str, ...]:
    return tuple(row[i] if i < len(row) else "" for i in columns)
