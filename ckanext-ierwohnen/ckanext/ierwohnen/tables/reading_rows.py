"""From rows in memory to a table: which part of the sheet it is, its layout, and the changes that its shape needs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ckanext.ierwohnen.tables.cells import BLANKS, clean, sign_of
from ckanext.ierwohnen.tables.changes import Change, chunk_of
from ckanext.ierwohnen.tables.foot_rows import says_units_are_one
from ckanext.ierwohnen.tables.header_classes import Restored
from ckanext.ierwohnen.tables.headers import Layout, find_layout, is_number, row_text
from ckanext.ierwohnen.tables.hints import YEAR_PARTS, Hints
from ckanext.ierwohnen.tables.joined_parts import joined_parts
from ckanext.ierwohnen.tables.office_table import Chunk, Column, ColumnBody, Line, OfficeTable, Row
from ckanext.ierwohnen.tables.part_years import open_parts
from ckanext.ierwohnen.tables.parts import Part, parts_of
from ckanext.ierwohnen.tables.problems import Problem, Severity
from ckanext.ierwohnen.tables.reading_source import Source, column_letters
from ckanext.ierwohnen.tables.shape import changes_of
from ckanext.ierwohnen.tables.sheet_rows import SheetRows
from ckanext.ierwohnen.tables.unreadable import LIMITS, TableUnreadable

_YEAR_PARTS = tuple({"action": "year_parts", "value": value} for value in YEAR_PARTS)
Merged = dict[tuple[int, int], str]
_SPOILED = re.compile(r"\W*[0-9][\W\d]*\w?")  # a figure with a slip of the pen: `'7,22`, `3.376,53 2`


def from_rows(source: Source, rows: Sequence[list[str]], merged: Merged, hints: Hints) -> OfficeTable:
    """The table in rows that are all at hand.

    :raises TableUnreadable: if there is none
    """
    parts = parts_of(rows)
    stated = bool(hints.header_rows or hints.first_row or hints.last_row)
    if hints.table and hints.table > len(parts):
        raise TableUnreadable("no_such_table", number=hints.table, count=len(parts))
    number = hints.table - 1 if hints.table else _largest(parts)
    if len(parts) > 1 and not hints.table and not stated and (one := _joined(source, rows, merged, hints, parts)):
        return one
    part = Part(range(len(rows)), parts[number].columns) if stated and len(parts) > 1 else parts[number]
    table = _of_part(source, rows, merged, hints, part)
    table.tables_in_sheet = len(parts)
    if len(parts) > 1 and not hints.table:
        table.problems.append(_several(parts, number))
    return table


def _of_part(source: Source, rows: Sequence[list[str]], merged: Merged, hints: Hints, part: Part) -> OfficeTable:
    """The table in one part of a sheet."""
    layout = layout_of(source, rows, merged, hints, part)
    data = _data(rows, layout)
    strays = _strays(data, layout) + _more_fields(source, rows, layout)
    sample = _with_repeated_names(ColumnBody(data).sample()[:3_000], data, around(rows, layout)[0])
    names, changes = changes_of(list(layout.names), sample, hints, *around(rows, layout))
    data = applied(changes, data)
    table = table_of(source, layout, rows, ColumnBody(data))
    table.columns = (*table.columns, *(Column(name, -1, "") for name in names[len(table.columns) :]))
    table.problems += strays
    table.problems += [hint for change in changes for hint in change.told()]
    table.hints = hints
    return table


def _joined(
    source: Source, rows: Sequence[list[str]], merged: Merged, hints: Hints, parts: Sequence[Part]
) -> OfficeTable | None:
    """The parts below one another as one table, if they are that by year."""
    if len({part.columns for part in parts}) > 1:
        return None
    try:
        table = joined_parts([_of_part(source, rows, merged, hints, part) for part in parts])
    except TableUnreadable:
        return None
    if table is not None:
        table.tables_in_sheet = len(parts)
    return table


def _with_repeated_names(sample: list[Row], data: Chunk, heads: Sequence[Sequence[str]]) -> list[Row]:
    """The sample of a larger table with the first row, if any, that begins as a row of names does."""
    if len(sample) == len(data):
        return sample
    for head in heads:
        place = next((n for n, text in enumerate(head) if clean(text)), None)
        found = -1 if place is None else pc.index(data.columns[place], head[place]).as_py()
        if found >= 0:
            first = Row(int(data.rows[found]), tuple(column[found].as_py() for column in data.columns))
            return sorted({*sample, first}, key=lambda row: row.number)
    return sample


def around(rows: Sequence[Sequence[str]], layout: Layout) -> tuple[list[tuple[str, ...]], list[str]]:
    """The rows of names in the columns of the table, and the lines above them."""
    heads = [cells_of(rows[n], layout.columns) for n in layout.header]
    return heads, [row_text(rows[n]) for n in layout.title]


def applied(changes: Sequence[Change], data: Chunk) -> Chunk:
    """The rows with the changes carried out."""
    for change in changes:
        data = change.start()(data)
    return data


def layout_of(
    source: Source, rows: Sequence[Sequence[str]], merged: Merged, hints: Hints, part: Part | None = None
) -> Layout:
    """The layout of the rows, or of a part of them; TableUnreadable if there is no table."""
    found = find_layout(rows, merged, hints, part and part.rows, part and part.columns)
    if found is None or found.start >= found.end:
        raise TableUnreadable("no_table", filename=source.filename)
    if len(found.columns) > LIMITS.columns:
        raise TableUnreadable("too_many_columns", columns=len(found.columns), limit=LIMITS.columns)
    return found


def table_of(source: Source, layout: Layout, rows: Sequence[Sequence[str]], body: Any) -> OfficeTable:
    """The table with its names, and what stands around it."""
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
    problems += [
        Problem("year_part_open", Severity.ERROR, layout.header[-1] + 1, columns[place].name, repair=_YEAR_PARTS)
        for place in open_parts(layout.parts)
    ]
    problems += [_restored(columns[place], found, layout) for place, found in layout.restored]
    lines = [(i + 1, row_text(rows[i])) for i in (*layout.title, *layout.foot)]
    problems += [
        Problem("unit_within_other", Severity.WARNING, n, params={"text": text[:120]})
        for n, text in lines
        if says_units_are_one(text)
    ]
    return OfficeTable(
        source.filename,
        source.format,
        columns,
        body,
        title=tuple(Line(i + 1, text) for i in layout.title if not (text := row_text(rows[i])).startswith("sep=")),
        header_rows=tuple(i + 1 for i in layout.header),
        foot=tuple(Line(i + 1, row_text(rows[i])) for i in layout.foot),
        problems=problems,
    )


def _restored(column: Column, found: Restored, layout: Layout) -> Problem:
    """A class that Excel has made a date of: put back and asked about, or an error where it stays open."""
    params = {"was": found.was, "text": found.text or ""}
    if found.text is None:
        return Problem("header_date_open", Severity.ERROR, layout.header[-1] + 1, column.name, params=params)
    return Problem("header_restored", Severity.WARNING, layout.header[-1] + 1, column.name, params=params)


def cells_of(row: Sequence[str], columns: Sequence[int]) -> tuple[str, ...]:
    """The cells of a row in these columns; blank where it is too short."""
    return tuple(row[i] if i < len(row) else "" for i in columns)


def _data(rows: Sequence[list[str]], layout: Layout) -> Chunk:
    """The data rows as columns, without blank ones."""
    if isinstance(rows, SheetRows):
        columns = tuple(rows.column(c, layout.start, layout.end) for c in layout.columns)
        data = Chunk(np.arange(layout.start + 1, layout.end + 1, dtype=np.int64), columns)
    else:
        listed = [Row(n + 1, cells_of(rows[n], layout.columns)) for n in range(layout.start, layout.end)]
        data = chunk_of(listed, len(layout.columns))
    return without_blank_rows(data)


def _more_fields(source: Source, rows: Sequence[Sequence[str]], layout: Layout) -> list[Problem]:
    """Rows of a text that all have one field more than the row of names, as where decimal commas part fields too."""
    if source.format != "csv" or not layout.header or layout.end - layout.start < 3:
        return []
    named = max(len(rows[i]) for i in layout.header)
    widths = {len(row) for row in rows[layout.start : layout.end] if any(map(clean, row))}
    if min(widths, default=0) <= named:
        return []
    params = {"fields": min(widths), "columns": named}
    return [Problem("fields_beyond_names", Severity.ERROR, layout.header[-1] + 1, params=params)]


def _strays(data: Chunk, layout: Layout) -> list[Problem]:
    """Single cells in a column without a name that show that the values of their row have moved to the right: they are
    figures, or words beside a figure where words are usual. Other words are remarks.
    """
    problems = []
    width = sum(bool(parts) for parts in layout.parts)
    for place, parts in enumerate(layout.parts if layout.has_header else ()):
        if parts:
            continue
        filled = pc.not_equal(pc.utf8_trim(data.columns[place], BLANKS), "").to_numpy(zero_copy_only=False)
        rows = np.flatnonzero(filled)
        if len(rows) > max(2, 0.02 * len(data)):
            continue
        words = place > 0 and len(rows) > 0 and _holds_words(data.columns[place - 1])
        params = {"fields": place + 1, "columns": width}
        problems += [
            Problem("ragged_row", Severity.ERROR, int(data.rows[row]), params=params)
            for row in rows.tolist()
            if _figure(data.columns[place][row].as_py())
            or (words and _figure(data.columns[place - 1][row].as_py(), blank=True))
        ]
    return problems


def _holds_words(column: pa.Array) -> bool:
    cells = [cell for cell in column[:1_000].to_pylist() if clean(cell)]
    return sum(not _figure(cell) for cell in cells) >= 0.8 * len(cells)


def _figure(cell: str, blank: bool = False) -> bool:
    text = clean(cell)
    if not text:
        return blank
    return is_number(text) or sign_of(text) is not None or bool(_SPOILED.fullmatch(text))


def without_blank_rows(data: Chunk) -> Chunk:
    """The rows that have a text in any column."""
    blank = np.ones(len(data), bool)
    for column in data.columns:
        if not blank.any():
            return data
        lengths = pc.binary_length(pc.utf8_trim(column, BLANKS)).to_numpy(zero_copy_only=False)
        blank &= lengths == 0
    if not blank.any():
        return data
    keep = pa.array(~blank)
    return Chunk(data.rows[~blank], tuple(column.filter(keep) for column in data.columns))


def _largest(parts: Sequence[Part]) -> int:
    return max(range(len(parts)), key=lambda i: (len(parts[i].rows) * parts[i].width, -i))


def _several(parts: Sequence[Part], number: int) -> Problem:
    beside = len({part.columns for part in parts}) > 1
    offers = tuple({"action": "table", "value": n + 1} for n in range(len(parts)) if n != number)[:6]
    code = "tables_beside" if beside else "several_tables"
    return Problem(code, Severity.WARNING, parts[number].rows.start + 1, params={"count": len(parts)}, repair=offers)
