"""Workbooks (XLSX, XLS, ODS): cell values through calamine, merged cells and hidden rows beside them.

Values are taken, never formulas; a formula whose value the file does not hold is told.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from lxml import etree
from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from ckanext.ierwohnen.tables.cells import TYPED_NUMBER
from ckanext.ierwohnen.tables.office_table import SheetNote
from ckanext.ierwohnen.tables.reading_source import Source, blocks, column_letters, column_number
from ckanext.ierwohnen.tables.sheet_rows import SheetRows, typed_text
from ckanext.ierwohnen.tables.unreadable import LIMITS, TableUnreadable

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_KIND = re.compile(rb"\bt=[\"'](\w+)[\"']")
_PLACE = re.compile(rb"\br=[\"']([A-Z]{1,3})(\d{1,7})[\"']")


@dataclass
class Sheet:
    """A sheet's cells as text from row 1 and column A on; `merged` gives the text of covered cells.

    `bare_formulas`: (row, column letters) of formulas whose value the file does not hold.
    """

    note: SheetNote
    rows: SheetRows
    merged: dict[tuple[int, int], str] = field(default_factory=dict)
    hidden_rows: list[int] = field(default_factory=list)
    hidden_columns: list[str] = field(default_factory=list)
    bare_formulas: list[tuple[int, str]] = field(default_factory=list)


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
    read = Sheet(note, SheetRows(_cells(sheet, source)))
    _merge(read, getattr(sheet, "merged_cell_ranges", None) or [])
    if formats is not None and formats.path:
        read.bare_formulas = source.sheets[formats.path].bare_formulas if formats.path in source.sheets else []
        formats.add_hidden(read)
        formats.apply_number_formats(read)
    return read


def _sheet(workbook: CalamineWorkbook, name: str, source: Source) -> Any:
    try:
        return workbook.get_sheet_by_name(name)
    except BaseException as error:
        _raise_unless_damaged(error, source)
        raise


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
        for r in range(top, min(bottom, len(sheet.rows) - 1) + 1):
            for c in range(left, right + 1):
                if (r, c) != (top, left):
                    sheet.merged[r, c] = text


class _SheetXml:
    """What calamine does not tell of an XLSX sheet: hidden rows and columns, per cent and zero-padded formats."""

    def __init__(self, source: Source, name: str) -> None:
        self._source = source
        self.path = ""
        self._formats: list[str] = []
        with source.open() as stream, zipfile.ZipFile(stream) as archive:
            self.path = _worksheet_path(archive, name)
            self._formats = _formats(archive)

    def add_hidden(self, sheet: Sheet) -> None:
        """Rows and columns that the office has hidden."""
        if not self._source.sheets.get(self.path) or not self._source.sheets[self.path].hidden:
            return
        for tag, attributes in self._elements("row", "col"):
            if attributes.get("hidden") not in ("1", "true"):
                continue
            if tag == "row":
                sheet.hidden_rows.append(int(attributes.get("r", 0)))
            else:
                last = min(int(attributes["max"]), sheet.note.columns + 1)
                sheet.hidden_columns += [column_letters(n) for n in range(int(attributes["min"]), last + 1)]

    def apply_number_formats(self, sheet: Sheet) -> None:
        """What the office sees by the number format: `0.057` as 5,7 %, `1100101` as 01100101, zero as `-`."""
        special = {str(i): form for i, form in enumerate(self._formats) if _changes_look(form)}
        if not special:
            return
        styles = "|".join(map(re.escape, special)).encode()
        cell = re.compile(rb"<(?:\w+:)?c ([^>]*\bs=[\"'](" + styles + rb")[\"'][^>]*)>")
        with self._source.open() as stream, zipfile.ZipFile(stream) as archive:
            for block in blocks(archive, archive.getinfo(self.path)):
                for match in cell.finditer(block):
                    kind, place = _KIND.search(match[1]), _PLACE.search(match[1])
                    if place and (kind is None or kind[1] == b"n"):
                        _apply(sheet.rows, place[1].decode(), int(place[2]), special[match[2].decode()])

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


def _apply(rows: SheetRows, letters: str, number: int, form: str) -> None:
    row, column = number - 1, column_number(letters) - 1
    if not (0 <= row < len(rows) and 0 <= column < len(rows.raw[row])):
        return
    text = typed_text(rows.raw[row][column])
    if not text.startswith(TYPED_NUMBER):
        return
    if text[1:] == "0" and _dash_for_zero(form):
        rows.change(row, column, "-")
    elif "%" in form:
        exact = Decimal(text[1:].replace(",", ".")) * 100
        digits = format(round(exact, 12).normalize(), "f")
        rows.change(row, column, f"{TYPED_NUMBER}{digits.replace('.', ',')}%")
    elif text[1:].isdigit() and _padding(form):
        rows.change(row, column, TYPED_NUMBER + text[1:].zfill(_padding(form)))


def _padding(form: str) -> int:
    """8 for the number format `00000000`, else 0."""
    return len(form) if len(form) > 1 and not form.strip("0") else 0


def _changes_look(form: str) -> bool:
    return "%" in form or _padding(form) > 0 or _dash_for_zero(form)


def _dash_for_zero(form: str) -> bool:
    """True for number formats that show zero as `-`, the sign for "nothing" (third section: `0;-0;"-"`)."""
    sections = form.split(";")
    return len(sections) >= 3 and re.sub(r"_.|\*.|[\s\"\\?]", "", sections[2]) in ("-", "–")


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


def _formats(archive: zipfile.ZipFile) -> list[str]:
    """Number format of each cell style, by index."""
    builtin = {"9": "0%", "10": "0.00%"}
    try:
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
        styles = etree.fromstring(archive.read("xl/styles.xml"), parser)
    except (KeyError, etree.XMLSyntaxError):
        return []
    custom = {form.get("numFmtId"): form.get("formatCode", "") for form in styles.iter(_MAIN + "numFmt")}
    cells = styles.find(_MAIN + "cellXfs")
    ids = [form.get("numFmtId", "0") for form in cells] if cells is not None else []
    return [custom.get(i) or builtin.get(i, "") for i in ids]
