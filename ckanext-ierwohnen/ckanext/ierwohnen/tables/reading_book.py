"""Workbooks: which sheet is the table, sheets of one kind read below one another, and what is hidden is told."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
from python_calamine import CalamineWorkbook

from ckanext.ierwohnen.tables.cells import shown
from ckanext.ierwohnen.tables.code_lists import normal
from ckanext.ierwohnen.tables.exports.words import say
from ckanext.ierwohnen.tables.hints import Hints
from ckanext.ierwohnen.tables.number_formats import DIVIDED, SCALE_OPEN
from ckanext.ierwohnen.tables.office_table import Chunk, Column, ColumnBody, MergedCell, OfficeTable, SheetNote
from ckanext.ierwohnen.tables.periods import Period, parse_period, period_inside, without_period
from ckanext.ierwohnen.tables.problems import SHEET_ROWS, Problem, Severity
from ckanext.ierwohnen.tables.reading_rows import from_rows
from ckanext.ierwohnen.tables.reading_sheet import CellTold, Sheet, open_workbook, read_sheet, sheet_cells, sheet_notes
from ckanext.ierwohnen.tables.reading_source import Source
from ckanext.ierwohnen.tables.sheet_rows import SheetRows
from ckanext.ierwohnen.tables.sheets_agree import disagreements, legend_lines
from ckanext.ierwohnen.tables.unreadable import TableUnreadable

MOST_SHEETS = 40
SHEET_PERIOD = "Zeitpunkt (Blatt)"


@dataclass(frozen=True)
class _Dated:
    """A sheet whose name is a period."""

    sheet: Sheet
    table: OfficeTable
    period: Period


def workbook_table(source: Source, hints: Hints) -> OfficeTable:
    """The table of a workbook: the sheet with the most data, or sheets that are one table by year.

    :raises TableUnreadable: if there is none, or not the sheet that a person chose
    """
    with _without_collector():
        return _read(source, hints)


def _again(workbook: CalamineWorkbook, note: SheetNote, source: Source) -> Sheet:
    """A small sheet beside the table, for what it explains."""
    return Sheet(note, SheetRows(sheet_cells(workbook, note.name, source)))


@contextmanager
def _without_collector() -> Iterator[None]:
    """Millions of cells are no garbage: looking through them again and again takes as long as reading them."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _read(source: Source, hints: Hints) -> OfficeTable:
    workbook = open_workbook(source)
    notes, opened = sheet_notes(workbook, source)
    filled = [note for note in notes if note.rows * note.columns > 1]
    wanted = [hints.sheet] if hints.sheet is not None else list(hints.sheets)
    for name in wanted:
        if name not in {note.name for note in notes}:
            raise TableUnreadable("no_such_sheet", sheet=name, sheets=[note.name for note in filled])
    if not filled:
        raise TableUnreadable("no_table", filename=source.filename)
    if hints.sheet is None and tuple(note.name for note in notes) in _downloads():
        filled = filled[:1]  # the other sheets explain the first
    chosen = [note for note in filled if note.name in wanted] or [n for n in filled if n.visible] or filled
    found: list[tuple[Sheet, OfficeTable]] = []
    refused: TableUnreadable | None = None
    for note in chosen[:MOST_SHEETS]:
        sheet = read_sheet(opened.pop(note.name), note, source)
        try:
            found.append((sheet, from_rows(source, sheet.rows, sheet.merged, hints)))
        except TableUnreadable as error:
            refused = error
    if not found and refused is not None and refused.code == "no_such_table":
        raise refused
    if not found:
        raise TableUnreadable("no_table", filename=source.filename)
    dated = _dated(found) if hints.sheet is None else []
    alike = _alike(dated)
    sheet, table = max(found, key=lambda entry: (entry[1].row_count or 0) * len(entry[1].columns))
    if alike:
        sheet, table = alike[0].sheet, _stacked(alike)
        table.problems += disagreements([(one.sheet.note.name, one.table, one.period) for one in alike])
    table.sheet, table.sheets = sheet.note.name, tuple(notes)
    used = [one.sheet for one in alike] or [sheet]
    others = [note for note in filled if note.name not in {one.note.name for one in used} and note.rows < 200]
    table.legend = legend_lines([_again(workbook, note, source) for note in others[:MOST_SHEETS]])
    if not wanted:
        table.problems += _of_one_period(found) or _unread(used, dated, found)
    table.problems += _sheet_problems(table, used, filled)
    return table


def _downloads() -> set[tuple[str, ...]]:
    """The sheets of our own downloads, in each language."""
    parts = ("sheet_data", "sheet_signs", "sheet_columns", "sheet_about")
    return {tuple(say(part, language) for part in parts) for language in ("de", "en")}


def _dated(found: Sequence[tuple[Sheet, OfficeTable]]) -> list[_Dated]:
    """Sheets whose names are different periods, in the order of the workbook; else none."""
    dated = [
        _Dated(sheet, table, period)
        for sheet, table in found
        if (period := parse_period(sheet.note.name) or period_inside(sheet.note.name))
    ]
    same = len({one.period.text for one in dated}) < len(dated)
    own = any(parse_period(name) for one in dated for name in one.table.names)
    return [] if len(dated) < 2 or same or own else dated


def _of_one_period(found: Sequence[tuple[Sheet, OfficeTable]]) -> list[Problem]:
    """Sheets with the same columns whose names say the same period (`2024`, `2024_korr`): which one counts, only the
    office knows; each is offered together with the sheets of the other periods.
    """
    kinds: dict[frozenset[str], dict[str, list[str]]] = {}
    for sheet, table in found:
        name = sheet.note.name
        if period := parse_period(name) or period_inside(name.replace("_", " ")):
            columns = frozenset(_headings(_Dated(sheet, table, period)))
            kinds.setdefault(columns, {}).setdefault(period.text, []).append(name)
    for periods in kinds.values():
        several = {period: names for period, names in periods.items() if len(names) > 1}
        if not several:
            continue
        names = next(iter(several.values()))
        rest = [own[0] for own in periods.values() if own is not names]
        order = [sheet.note.name for sheet, _ in found]
        offers = tuple({"action": "sheets", "value": sorted([*rest, name], key=order.index)} for name in names[:4])
        params = {"sheets": names, "read": order[:1]}
        return [Problem("sheets_same_period", Severity.ERROR, params=params, repair=offers)]
    return []


def _alike(dated: Sequence[_Dated]) -> list[_Dated]:
    """Those sheets of periods that have the same columns, in whatever order; the most, if there are several kinds."""
    groups: dict[frozenset[str], list[_Dated]] = {}
    for one in dated:
        headings = frozenset(_headings(one))
        if len(headings) == len(one.table.names):
            groups.setdefault(headings, []).append(one)
    best = max(groups.values(), key=len, default=[])
    return best if len(best) > 1 else []


def _headings(one: _Dated) -> list[str]:
    """The names of a sheet's columns, without the period that its own name says."""
    return [normal(_heading(name, one.period)) for name in one.table.names]


def _heading(name: str, period: Period) -> str:
    inside = period_inside(name)
    same = inside is not None and inside.start.year == period.start.year
    return (without_period(name) if same else "") or name


def _unread(
    used: Sequence[Sheet], dated: Sequence[_Dated], found: Sequence[tuple[Sheet, OfficeTable]]
) -> list[Problem]:
    """Sheets of other periods, or with the same columns, that were not read: a person has to say that this is right."""
    names = [sheet.note.name for sheet in used]
    first = next(table for sheet, table in found if sheet is used[0])
    columns = {normal(_heading(name, one.period)) for one in dated for name in one.table.names if one.sheet is used[0]}
    columns = columns or set(map(normal, first.names))
    others = {one.sheet.note.name: set(_headings(one)) for one in dated}
    others |= {s.note.name: set(map(normal, t.names)) for s, t in found if set(map(normal, t.names)) == columns}
    left = {name: own for name, own in others.items() if name not in names}
    if not left:
        return []
    name, own = next(iter(left.items()))
    written = {normal(heading): heading for one in dated for heading in one.table.names}
    params = {
        "sheets": list(left), "read": names, "example": name,
        "missing": [written.get(h, h) for h in sorted(columns - own)[:4]] or ["–"],
        "added": [written.get(h, h) for h in sorted(own - columns)[:4]] or ["–"],
    }  # fmt: skip
    offers = ({"action": "sheets", "value": names}, *({"action": "sheet", "value": one} for one in list(left)[:4]))
    if own == columns:
        return [Problem("sheets_alike_unread", Severity.WARNING, params=params, repair=offers)]
    return [Problem("sheets_unread", Severity.ERROR, params=params, repair=offers)]


def _stacked(alike: Sequence[_Dated]) -> OfficeTable:
    """One table of several sheets, with the period of each in a column."""
    first = alike[0].table
    name = SHEET_PERIOD if SHEET_PERIOD not in first.names else f"{SHEET_PERIOD} (2)"
    rows, columns, problems = [], [], []
    for number, one in enumerate(alike):
        offset = number * SHEET_ROWS
        headings = _headings(one)
        order = [headings.index(heading) for heading in _headings(alike[0])]
        for chunk in one.table.chunks():
            rows.append(chunk.rows + offset)
            period = pa.array([one.period.text] * len(chunk), pa.string())
            columns.append((*(chunk.columns[place] for place in order), period))
        problems += [replace(problem, row=problem.row and problem.row + offset) for problem in one.table.problems]
    joined = tuple(pa.concat_arrays(list(pieces)) for pieces in zip(*columns, strict=True))
    sheets = [one.sheet.note.name for one in alike]
    problems.append(Problem("sheets_joined", Severity.HINT, column=name, params={"sheets": sheets}))
    body = ColumnBody(Chunk(np.concatenate(rows), joined))
    own = tuple(replace(column, name=_heading(column.name, alike[0].period)) for column in first.columns)
    return replace(first, columns=(*own, Column(name, -1, "")), body=body, problems=problems)


def _sheet_problems(table: OfficeTable, used: Sequence[Sheet], filled: Sequence[SheetNote]) -> list[Problem]:
    problems = [problem for sheet in used for problem in sheet.problems][:1]
    names = {sheet.note.name for sheet in used}
    others = [note for note in filled if note.name not in names]
    seen, unseen = [n.name for n in others if n.visible], [n.name for n in others if not n.visible]
    if seen:
        offers = tuple({"action": "sheet", "value": name} for name in seen[:6])
        params = {"sheet": [sheet.note.name for sheet in used], "others": seen}
        problems.append(Problem("other_sheets", Severity.HINT, params=params, repair=offers))
    if unseen:
        problems.append(Problem("hidden_sheets", Severity.WARNING, params={"others": unseen}))
    known = {row for chunk in table.chunks() for row in chunk.rows.tolist()} if _looked_at(used) else set()
    table.merged = [cell for n, sheet in enumerate(used) for cell in _merged(table, sheet, n * SHEET_ROWS, known)]
    for number, sheet in enumerate(used):
        problems += _hidden(table, sheet, number * SHEET_ROWS, known)
        problems += _bare_formulas(table, sheet, number * SHEET_ROWS, known)
        problems += _told(table, sheet, number * SHEET_ROWS, known)
        problems += _zero_formulas(table, sheet) + _comments(table, sheet, number * SHEET_ROWS)
    return problems


def _looked_at(used: Sequence[Sheet]) -> bool:
    return any(sheet.hidden_rows or sheet.bare_formulas or sheet.told or sheet.ranges for sheet in used)


def _hidden(table: OfficeTable, sheet: Sheet, offset: int, known: set[int]) -> list[Problem]:
    problems = []
    rows = [n + offset for n in sheet.hidden_rows if n + offset in known]
    if rows:
        params = {"rows": [str(n - offset) for n in rows[:20]], "count": len(rows)}
        problems.append(Problem("hidden_rows", Severity.WARNING, rows[0], params=params))
    columns = [c.name for c in table.columns if c.letter in set(sheet.hidden_columns)]
    return problems + [Problem("hidden_column", Severity.WARNING, column=name) for name in columns]


def _bare_formulas(table: OfficeTable, sheet: Sheet, offset: int, known: set[int]) -> list[Problem]:
    """By column: formulas whose value the file does not hold; what is missing there is not nothing."""
    names = {column.letter: column.name for column in table.columns}
    rows: dict[str, list[int]] = {}
    for row, letters in sheet.bare_formulas:
        if letters in names and row + offset in known:
            rows.setdefault(names[letters], []).append(row + offset)
    return [
        Problem(
            "formula_without_value", Severity.ERROR, min(places), name,
            params={"count": len(places), "rows": places[:20]}, repair=({"action": "leave_out", "column": name},),
        )
        for name, places in rows.items()
    ]  # fmt: skip


_TOLD = {"format_beside": Severity.HINT, "mark_cut": Severity.HINT}
FEWEST_ZEROS = 3
"""So many formulas of a column must all give 0 before that is no chance."""


def _told(table: OfficeTable, sheet: Sheet, offset: int, known: set[int]) -> list[Problem]:
    """By column and kind: cells that are read other than their bare value, with the first of them."""
    names = {column.letter: column.name for column in table.columns}
    found: dict[tuple[str, str, str], list[CellTold]] = {}
    for cell in sheet.told:
        named = cell.code == "mark_cut" and cell.row in table.header_rows
        if cell.letters in names and (named or cell.row + offset in known):
            found.setdefault((cell.code, cell.letters, cell.sign), []).append(cell)
    return [
        Problem(
            code, _severity(code, table, names[letters]), cells[0].row + offset, names[letters],
            params={"count": len(cells), "sign": sign, "was": cells[0].was, "now": cells[0].now},
            repair=_either(names[letters], cells[0].power),
        )
        for (code, letters, sign), cells in list(found.items())[:200]
    ]  # fmt: skip


def _severity(code: str, table: OfficeTable, column: str) -> Severity:
    """What blocks until a person has said how the figures of the column are meant."""
    if code in (SCALE_OPEN, DIVIDED):
        return Severity.HINT if {column, "*"} & set(table.hints.scale) else Severity.ERROR
    return _TOLD.get(code, Severity.WARNING)


def _either(column: str, power: int) -> tuple[dict[str, str], ...]:
    """The number of the file, or the one that its format shows."""
    factors = ("1", f"{10.0**power:f}".rstrip("0").rstrip(".")) if power else ()
    return tuple({"action": "scale", "column": column, "value": factor} for factor in factors)


def _merged(table: OfficeTable, sheet: Sheet, offset: int, known: set[int]) -> list[MergedCell]:
    """Cells among the data that reach over several rows or columns."""
    found = []
    for top, left, bottom, right in sheet.ranges:
        names = tuple(column.name for column in table.columns if left <= column.index <= right)
        if names and top + 1 + offset in known:
            found.append(MergedCell(top + 1 + offset, bottom + 1 + offset, names, shown(sheet.rows[top][left])))
    return found


def _zero_formulas(table: OfficeTable, sheet: Sheet) -> list[Problem]:
    """Columns of formulas that all give 0: programs that cannot compute leave that in the file."""
    names = {column.letter: column.name for column in table.columns}
    zero = [letters for letters, (count, other) in sheet.formulas.items() if count >= FEWEST_ZEROS and not other]
    return [
        Problem(
            "formulas_all_zero", Severity.WARNING, column=names[letters], params={"count": sheet.formulas[letters][0]},
            repair=({"action": "leave_out", "column": names[letters]},),
        )
        for letters in zero
        if letters in names
    ]  # fmt: skip


def _comments(table: OfficeTable, sheet: Sheet, offset: int) -> list[Problem]:
    if not sheet.comments:
        return []
    places = [f"{letters}{row}" for row, letters in sorted(sheet.comments)]
    params = {"count": len(places), "cells": places[:6] + ["…"] * (len(places) > 6)}
    return [Problem("cell_comments", Severity.HINT, sheet.comments[0][0] + offset, params=params)]
