"""Workbooks (XLSX, XLS, ODS): cell values through calamine, merged cells and hidden rows beside them.

Values are taken, never formulas; a formula whose value the file does not hold is told.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from lxml import etree
from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from ckanext.ierwohnen.tables.cells import MARKS, TYPED_NUMBER, shown
from ckanext.ierwohnen.tables.number_formats import (
    HIDDEN,
    Look,
    look,
    look_of_date,
    look_of_text,
    quiet,
    shortens_dates,
)
from ckanext.ierwohnen.tables.office_table import SheetNote
from ckanext.ierwohnen.tables.problems import Problem
from ckanext.ierwohnen.tables.reading_source import SHARED, Source, blocks, column_letters, column_number
from ckanext.ierwohnen.tables.sheet_forms import Form, cell_forms
from ckanext.ierwohnen.tables.sheet_ods import (
    cells_of_row,
    has_comment,
    is_hidden,
    letters_of,
    ods_rows,
    repeated,
    seen_in,
)
from ckanext.ierwohnen.tables.sheet_rows import SheetRows, typed_text
from ckanext.ierwohnen.tables.sheet_runs import raised_strings, runs_of, without_marks
from ckanext.ierwohnen.tables.twice_encoded import mend_cells
from ckanext.ierwohnen.tables.unreadable import LIMITS, TableUnreadable

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_SHARED_CELL = re.compile(rb"<(?:\w+:)?c ([^>]*\bt=[\"']s[\"'][^>]*)>\s*<(?:\w+:)?v>(\d+)</")
_INLINE_CELL = re.compile(
    rb"<(?:\w+:)?c ([^>]*)>\s*<(?:\w+:)?is>((?:(?!</(?:\w+:)?is>).)*superscript.*?)</(?:\w+:)?is>", re.S
)
LOW, NARROW = 1.5, 0.3
"""Rows below so many points, and columns below so many characters, are not to be seen."""
_KIND = re.compile(rb"\bt=[\"'](\w+)[\"']")
_PLACE = re.compile(rb"\br=[\"']([A-Z]{1,3})(\d{1,7})[\"']")


@dataclass(frozen=True)
class CellTold:
    """A cell that is read other than its bare value: message code, row (from 1), column, what shows it, and how."""

    code: str
    row: int
    letters: str
    sign: str = ""
    was: str = ""
    now: str = ""
    power: int = 0


@dataclass
class Sheet:
    """A sheet's cells as text from row 1 and column A on; `merged` gives the text of covered cells.

    `bare_formulas`: (row, column letters) of formulas whose value the file does not hold; `formulas`: by column how
    many there are, and how many do not give 0; `ranges`: merged cells as top, left, bottom, right (from 0);
    `comments`: (row, column letters); `problems` of the whole sheet; `told`: cells read other than their bare value.
    """

    note: SheetNote
    rows: SheetRows
    merged: dict[tuple[int, int], str] = field(default_factory=dict)
    hidden_rows: list[int] = field(default_factory=list)
    hidden_columns: list[str] = field(default_factory=list)
    bare_formulas: list[tuple[int, str]] = field(default_factory=list)
    told: list[CellTold] = field(default_factory=list)
    ranges: list[tuple[int, int, int, int]] = field(default_factory=list)
    formulas: dict[str, list[int]] = field(default_factory=dict)
    comments: list[tuple[int, str]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def open_workbook(source: Source) -> CalamineWorkbook:
    """The workbook.

    :raises TableUnreadable: if it is damaged or protected
    """
    stream = source.open()
    try:
        return CalamineWorkbook.from_filelike(stream)
    except BaseException as error:  # calamine's parser panics on some damaged files, outside of Exception
        _raise_unless_damaged(error, source)
        raise


def sheet_notes(workbook: CalamineWorkbook, source: Source) -> tuple[list[SheetNote], dict[str, Any]]:
    """All worksheets (no charts) with their sizes, and the sheets as calamine has read them, by name."""
    notes, sheets = [], {}
    for meta in workbook.sheets_metadata:
        if meta.typ != SheetTypeEnum.WorkSheet:
            continue
        sheet = _sheet(workbook, meta.name, source)
        visible = meta.visible == SheetVisibleEnum.Visible
        rows, columns = (sheet.end[0] + 1, sheet.end[1] + 1) if sheet.end else (0, 0)
        notes.append(SheetNote(meta.name, visible, rows, columns))
        sheets[meta.name] = sheet
    return notes, sheets


def read_sheet(sheet: Any, note: SheetNote, source: Source) -> Sheet:
    """One sheet with merged cells and what is hidden in it."""
    if note.rows * note.columns > LIMITS.cells:
        raise TableUnreadable("too_many_cells", rows=note.rows, columns=note.columns)
    formats = _SheetXml(source, note.name) if source.format == "xlsx" else None
    cells = _cells(sheet, source)
    twice = source.format == "xls" or any(found.twice for found in source.sheets.values())
    problems = mend_cells(cells) if twice else []
    read = Sheet(note, SheetRows(cells), problems=problems)
    if source.format == "ods" and "content.xml" in source.sheets and source.sheets["content.xml"].raised:
        _look_through(read, source)
    if formats is not None and formats.path:
        read.bare_formulas = source.sheets[formats.path].bare_formulas if formats.path in source.sheets else []
        for row, letters, text in source.sheets[formats.path].error_cells if formats.path in source.sheets else []:
            if _inside(read.rows, row - 1, column_number(letters) - 1):
                read.rows.change(row - 1, column_number(letters) - 1, text)
        formats.add_hidden(read)
        formats.apply_formats(read)
        formats.cut_marks(read)
        formats.count_comments(read)
        read.formulas = source.sheets[formats.path].formulas if formats.path in source.sheets else {}
    _merge(read, getattr(sheet, "merged_cell_ranges", None) or [])
    return read


def _sheet(workbook: CalamineWorkbook, name: str, source: Source) -> Any:
    try:
        return workbook.get_sheet_by_name(name)
    except BaseException as error:
        _raise_unless_damaged(error, source)
        raise


def sheet_cells(workbook: CalamineWorkbook, name: str, source: Source) -> list[list[Any]]:
    """The bare cells of a sheet from row 1 and column A on."""
    return _cells(_sheet(workbook, name, source), source)


def _cells(sheet: Any, source: Source) -> list[list[Any]]:
    try:
        return sheet.to_python(skip_empty_area=False)
    except BaseException as error:
        _raise_unless_damaged(error, source)
        raise


def _raise_unless_damaged(error: BaseException, source: Source) -> None:
    if isinstance(error, KeyboardInterrupt | SystemExit | MemoryError | TableUnreadable):
        return
    if "password" in str(error).lower() or "encrypt" in str(error).lower():
        raise TableUnreadable("encrypted", filename=source.filename) from error
    raise TableUnreadable("damaged_file", filename=source.filename) from error


def _merge(sheet: Sheet, ranges: list[tuple[tuple[int, int], tuple[int, int]]]) -> None:
    budget = 200_000
    for (top, left), (bottom, right) in ranges:
        if top >= len(sheet.rows) or left >= len(sheet.rows.raw[top]):
            continue
        budget -= (bottom - top + 1) * (right - left + 1)
        if budget < 0 or not (text := sheet.rows[top][left]):
            continue
        sheet.ranges.append((top, left, bottom, right))
        for r in range(top, min(bottom, len(sheet.rows) - 1) + 1):
            for c in range(left, right + 1):
                if (r, c) != (top, left):
                    sheet.merged[r, c] = text


class _SheetXml:
    """What calamine does not tell of an XLSX sheet: what is hidden, shown by a format, raised or commented."""

    def __init__(self, source: Source, name: str) -> None:
        self._source = source
        self.path = ""
        self._formats: list[Form] = []
        with source.open() as stream, zipfile.ZipFile(stream) as archive:
            self.path = _worksheet_path(archive, name)
            self._formats = cell_forms(archive)

    def add_hidden(self, sheet: Sheet) -> None:
        """Rows and columns that the office has hidden, also by a width or height of nothing."""
        if not self._source.sheets.get(self.path) or not self._source.sheets[self.path].hidden:
            return
        for tag, attributes in self._elements("row", "col"):
            low, least = ("ht", LOW) if tag == "row" else ("width", NARROW)
            if attributes.get("hidden") not in ("1", "true") and not _number(attributes.get(low), least) < least:
                continue
            if tag == "row":
                sheet.hidden_rows.append(int(attributes.get("r", 0)))
            else:
                last = min(int(attributes["max"]), sheet.note.columns + 1)
                sheet.hidden_columns += [column_letters(n) for n in range(int(attributes["min"]), last + 1)]

    def apply_formats(self, sheet: Sheet) -> None:
        """What the office sees by the format: `0.057` as 5,7 %, `1100101` as 01100101, zero as `-`, nothing at all."""
        told = {str(i): form for i, form in enumerate(self._formats) if form.says}
        if not told:
            return
        styles = "|".join(map(re.escape, told)).encode()
        cell = re.compile(rb"<(?:\w+:)?c ([^>]*\bs=[\"'](" + styles + rb")[\"'][^>]*)>(\s*<(?:\w+:)?v>-?0[.0]*<)?")
        # Where all money is in €, its sign says nothing of the single cell, and only zeros are looked at.
        one_unit = all(
            quiet(form.code) or shortens_dates(form.code) or not re.search(r"[€$A-Za-z]", form.code)
            for form in told.values()
        )
        zeros = {n for n, form in told.items() if one_unit and quiet(form.code) and not (form.struck or form.unseen)}
        for match in self._found(cell):
            if match[2].decode() in zeros and match[3] is None:
                continue
            kind, place = _KIND.search(match[1]), _PLACE.search(match[1])
            if place:
                form = told[match[2].decode()]
                _apply(sheet, place[1].decode(), int(place[2]), form, kind[1] if kind else b"n")

    def cut_marks(self, sheet: Sheet) -> None:
        """Raised footnote marks behind texts."""
        facts = self._source.sheets
        if SHARED in facts and facts[SHARED].raised:
            with self._source.open() as stream, zipfile.ZipFile(stream) as archive:
                strings = raised_strings(archive, SHARED)
            for match in self._found(_SHARED_CELL):
                if found := strings.get(int(match[2])):
                    _cut(sheet, match[1], *found)
        if self.path in facts and facts[self.path].raised:
            for match in self._found(_INLINE_CELL):
                _cut(sheet, match[1], *without_marks(runs_of(match[2])))

    def count_comments(self, sheet: Sheet) -> None:
        """Comments on cells, by their places."""
        folder, _, name = self.path.rpartition("/")
        with self._source.open() as stream, zipfile.ZipFile(stream) as archive:
            names = archive.namelist()
            relations = f"{folder}/_rels/{name}.rels"
            if relations not in names:
                return
            for target in re.findall(rb"Target=[\"']([^\"']*comments?\d*\.xml)[\"']", archive.read(relations)):
                path = posixpath.normpath(posixpath.join("/" + folder, target.decode())).lstrip("/")
                for ref in re.findall(
                    rb"<(?:\w+:)?comment\b[^>]*?\bref=[\"']([A-Z]{1,3}\d{1,7})", _part(archive, path)
                ):
                    letters = ref.decode().rstrip("0123456789")
                    sheet.comments.append((int(ref.decode()[len(letters) :]), letters))

    def _found(self, form: re.Pattern[bytes]) -> Iterator[re.Match[bytes]]:
        with self._source.open() as stream, zipfile.ZipFile(stream) as archive:
            for block in blocks(archive, archive.getinfo(self.path)):
                yield from form.finditer(block)

    def _elements(self, *tags: str) -> Iterator[tuple[str, Any]]:
        wanted = [_MAIN + tag for tag in tags]
        with self._source.open() as stream, zipfile.ZipFile(stream) as archive, archive.open(self.path) as xml:
            for _, element in etree.iterparse(
                xml, events=("start",), tag=wanted, resolve_entities=False, no_network=True, load_dtd=False
            ):
                yield element.tag[len(_MAIN) :], element.attrib
                parent = element.getparent()
                while element.getprevious() is not None and parent is not None:
                    del parent[0]


def _apply(sheet: Sheet, letters: str, number: int, form: Form, kind: bytes) -> None:
    rows = sheet.rows
    row, column = number - 1, column_number(letters) - 1
    if not _inside(rows, row, column) or not (text := typed_text(rows.raw[row][column])):
        return
    if form.struck:
        sheet.told.append(CellTold("struck_out", number, letters, "", shown(text)))
    if form.unseen:
        seen: Look | None = Look("", HIDDEN)
    elif text.startswith(TYPED_NUMBER):
        seen = look(form.code, text[1:]) if kind == b"n" else None
    else:
        seen = look_of_text(form.code) if text[0] not in MARKS else look_of_date(form.code, text[1:])
    if seen is None:
        return
    rows.change(row, column, seen.text)
    if seen.told:
        sheet.told.append(CellTold(seen.told, number, letters, seen.sign, shown(text), shown(seen.text), seen.power))


def _look_through(sheet: Sheet, source: Source) -> None:
    """What an ODS shows beside its values, and what it hides."""
    column = 1
    for number, element, raised in ods_rows(source, sheet.note.name):
        if number == 0:
            count = repeated(element, "columns")
            if is_hidden(element):
                sheet.hidden_columns += letters_of(column, min(count, sheet.note.columns))
            column += count
            continue
        if is_hidden(element):
            sheet.hidden_rows += range(number, min(number + repeated(element, "rows"), len(sheet.rows) + 1))
        for place, cell in cells_of_row(element):
            if not _inside(sheet.rows, number - 1, place):
                continue
            letters = column_letters(place + 1)
            if has_comment(cell):
                sheet.comments.append((number, letters))
            raw = sheet.rows.raw[number - 1][place]
            if seen := seen_in(cell, raw, raised):
                as_seen, marks = seen
                for row in range(number, min(number + repeated(element, "rows"), len(sheet.rows) + 1)):
                    for c in range(place, min(place + repeated(cell, "columns"), len(sheet.rows.raw[row - 1]))):
                        sheet.rows.change(row - 1, c, as_seen.text)
                if told := as_seen.told or ("mark_cut" if marks else None):
                    now = shown(as_seen.text).strip()
                    was = "".join(cell.itertext()).strip() if as_seen.power else ""
                    power = as_seen.power
                    sheet.told.append(CellTold(told, number, letters, as_seen.sign or marks, was, now, power))


def _cut(sheet: Sheet, attributes: bytes, text: str, marks: str) -> None:
    place = _PLACE.search(attributes)
    if place is None or not _inside(sheet.rows, int(place[2]) - 1, column_number(place[1].decode()) - 1):
        return
    row, letters = int(place[2]), place[1].decode()
    sheet.rows.change(row - 1, column_number(letters) - 1, text)
    if marks:
        sheet.told.append(CellTold("mark_cut", row, letters, marks, now=" ".join(text.split())))


def _inside(rows: SheetRows, row: int, column: int) -> bool:
    return 0 <= row < len(rows) and 0 <= column < len(rows.raw[row])


def _number(text: str | None, other: float) -> float:
    try:
        return float(text or other)
    except ValueError:
        return other


def _part(archive: zipfile.ZipFile, path: str) -> bytes:
    try:
        return archive.read(path)
    except KeyError:
        return b""


def _worksheet_path(archive: zipfile.ZipFile, name: str) -> str:
    """The path of a sheet's XML inside the workbook."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        book = etree.fromstring(archive.read("xl/workbook.xml"), parser)
        relations = etree.fromstring(archive.read("xl/_rels/workbook.xml.rels"), parser)
    except (KeyError, etree.XMLSyntaxError):
        return ""
    targets = {relation.get("Id"): relation.get("Target", "") for relation in relations}
    for sheet in book.iter(_MAIN + "sheet"):
        if sheet.get("name") == name:
            key = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
            target = targets.get(sheet.get(key), "")
            path = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
            return path if path in archive.namelist() else ""
    return ""
