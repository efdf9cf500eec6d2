"""What a file holds beside the rows of its table: headings, lines above and below, other sheets, hidden ones, comments.

None of it is ever stored; it is looked at because a file with personal data is not taken, wherever they stand in it.
Pure. Comments of XLS workbooks cannot be read.
"""

from __future__ import annotations

import csv
import re
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from lxml import etree

from ckanext.ierwohnen.tables.columns_of_text import clean_text, one_byte
from ckanext.ierwohnen.tables.number_formats import HIDDEN
from ckanext.ierwohnen.tables.office_table import OfficeTable
from ckanext.ierwohnen.tables.problems import SHEET_ROWS
from ckanext.ierwohnen.tables.reading_csv import all_rows
from ckanext.ierwohnen.tables.reading_sheet import open_workbook, sheet_cells
from ckanext.ierwohnen.tables.reading_source import Source, column_letters, open_source
from ckanext.ierwohnen.tables.sheet_rows import column_text
from ckanext.ierwohnen.tables.unreadable import LIMITS
from ckanext.ierwohnen.vault.long_cells import pieces
from ckanext.ierwohnen.vault.workbook_parts import parts_of

SMALL = 1024**2
_NOTES = re.compile(r"xl/.*comment[^/]*\.xml", re.I)
_SHAPES = re.compile(r"xl/drawings/[^/]+\.xml")
_CELL_NUMBER = re.compile(r"\d+")


@dataclass
class Piece:
    """Texts of one place: `heading`, `outside`, `sheet`, `note`, `shape`, `sheet_name`, or one of `workbook_parts`;
    `column` is a letter.
    """

    where: str
    column: str = ""
    sheet: str = ""
    texts: list[str] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)

    def add(self, text: str, row: int) -> None:
        """One more text; a long one in pieces."""
        parts = list(pieces(text))
        self.texts += parts
        self.rows += [row] * len(parts)


class _Pieces(dict[tuple[str, str, str], Piece]):
    def add(self, where: str, column: str, sheet: str, text: str, row: int) -> None:
        self.setdefault((where, sheet, column), Piece(where, column, sheet)).add(text, row)


def rest_of(content: bytes, table: OfficeTable) -> list[Piece]:
    """Everything that the file holds and the table's rows do not."""
    beside = _Pieces()
    source = open_source(content, table.filename)
    if table.format == "csv":
        _text_file(source, table, beside)
    else:
        _workbook(source, table, beside)
    return list(beside.values())


def _places(table: OfficeTable) -> dict[int, str]:
    """The columns that the table has of the file."""
    return {column.index: column.letter for column in table.columns if column.index >= 0}


def _row_numbers(table: OfficeTable) -> set[int]:
    return {row for chunk in table.chunks() for row in chunk.rows.tolist()}


def _text_file(source: Source, table: OfficeTable, beside: _Pieces) -> None:
    assert table.encoding and table.dialect
    places = _places(table)
    width = max(places, default=0) + 1
    if source.size < SMALL or table.tables_in_sheet > 1 or len(places) < width or not _one_byte_signs(table):
        rows = list(enumerate(all_rows(source, table.encoding, table.dialect), 1))
        _rows_beside(rows, table, _row_numbers(table), beside)
        return
    with source.open() as stream:
        content = stream.read()
    odd = _odd_lines(content, table, width)
    lines = content.split(b"\n") if len(odd) else []
    found: list[tuple[int, list[str]]] = []
    for number in sorted({*table.header_rows, *(odd + 1).tolist()}):
        line = lines[number - 1] if lines else content[_start_of(content, number) : _start_of(content, number + 1)]
        text = line.decode(table.encoding.name, "replace").rstrip("\n")
        row = next(csv.reader([text.rstrip("\r")], **table.dialect.options), [])  # type: ignore[arg-type]
        if len(row) != width or number in table.header_rows:  # else separators stand in quotation marks
            found.append((number, row))
    _rows_beside(found, table, set(), beside)


def _one_byte_signs(table: OfficeTable) -> bool:
    """Whether separators and line ends are single bytes that occur nowhere else."""
    name = table.encoding.name if table.encoding else ""
    return name.startswith("utf-8") or one_byte(name)


def _start_of(content: bytes, number: int) -> int:
    """Where a line (from 1) begins; one of the first of a file."""
    start = 0
    for _ in range(number - 1):
        start = content.find(b"\n", start) + 1
        if not start:
            return len(content)
    return start


def _odd_lines(content: bytes, table: OfficeTable, width: int) -> np.ndarray:
    """The lines (from 0) with more or fewer fields than the table; quotation marks may make more of them.

    The reading has told of lines with a wrong number of fields, but for those with one alone: without any of both the
    separators are as many as they should be, which is counted much faster than line by line.
    """
    assert table.dialect
    separator, top = table.dialect.separator.encode(), max(table.header_rows, default=0)
    head = content[: _start_of(content, top + 1)]
    lines = content.count(b"\n") + (not content.endswith(b"\n")) - top
    broken = any(problem.code in ("ragged_row", "longer_row") for problem in getattr(table.body, "problems", ()))
    if not broken and content.count(separator) - head.count(separator) == lines * (width - 1):
        content = head.removesuffix(b"\n")
    signs = np.frombuffer(content, np.uint8)
    ends = np.append(np.flatnonzero(signs == 10), len(signs))
    before = np.searchsorted(np.flatnonzero(signs == separator[0]), ends)
    return np.flatnonzero(np.diff(before, prepend=0) != width - 1)


def _rows_beside(
    rows: Iterable[tuple[int, Sequence[str]]], table: OfficeTable, known: set[int], beside: _Pieces
) -> None:
    places = _places(table)
    for number, row in rows:
        for place, text in enumerate(row):
            if not text or (number in known and place in places):
                continue
            if number in table.header_rows and place in places:
                beside.add("heading", places[place], "", text, number)
            else:
                beside.add("outside", column_letters(place + 1), "", text, number)


def _workbook(source: Source, table: OfficeTable, beside: _Pieces) -> None:
    for number, note in enumerate(table.sheets, 1):
        beside.add("sheet_name", "", str(number), note.name, 0)
    if source.format == "xlsx":
        _xlsx_notes(source, beside)
    elif source.format == "ods":
        _ods_notes(source, beside)
    for where, text in parts_of(source):
        beside.add(where, "", "", text, 0)
    known = _row_numbers(table)
    stacked = any(row >= SHEET_ROWS for row in known)
    places = _places(table)
    own = {column.letter for column in table.columns} - _hidden_cells(table)
    workbook = open_workbook(source)
    for note in table.sheets:
        if note.rows * note.columns == 0 or note.rows * note.columns > LIMITS.cells:
            continue
        mine = note.name == table.sheet and not stacked
        raw = sheet_cells(workbook, note.name, source)
        width = max(map(len, raw), default=0)
        for place in range(width):
            letter = column_letters(place + 1)
            texts = clean_text(column_text([row[place] if place < len(row) else "" for row in raw])).to_pylist()
            for number, text in enumerate(texts, 1):
                if not text or (mine and number in known and place in places and letter in own):
                    continue
                if mine and number in table.header_rows and place in places:
                    beside.add("heading", letter, "", text, number)
                else:
                    beside.add("outside" if mine else "sheet", letter, "" if mine else note.name, text, number)


def _hidden_cells(table: OfficeTable) -> set[str]:
    """Columns with cells that a format hides: they are read as blank, and stand in the file nevertheless."""
    letters = {column.name: column.letter for column in table.columns}
    return {letters[p.column] for p in table.problems if p.code == HIDDEN and p.column in letters}


def _xlsx_notes(source: Source, beside: _Pieces) -> None:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    with source.open() as stream, zipfile.ZipFile(stream) as archive:
        for name in archive.namelist():
            notes, shapes = _NOTES.fullmatch(name), _SHAPES.fullmatch(name)
            if not notes and not shapes:
                continue
            try:
                root = etree.fromstring(archive.read(name), parser)
            except etree.XMLSyntaxError:
                continue
            if shapes:
                for element in root.iter("{*}p"):
                    if text := "".join(t.text or "" for t in element.iter("{*}t")).strip():
                        beside.add("shape", "", "", text, 0)
                continue
            authors = {(a.text or "").strip() for a in root.iter("{*}author")} - {""}
            for element in root.iter("{*}comment", "{*}threadedComment"):
                text = "".join(part.text or "" for part in element.iter("{*}t", "{*}text")).strip()
                for author in authors:  # a program writes before it who has made it
                    text = text.removeprefix(f"{author}:").strip()
                row = _CELL_NUMBER.search(element.get("ref", ""))
                if text:
                    beside.add("note", "", "", text, int(row[0]) if row else 0)


def _ods_notes(source: Source, beside: _Pieces) -> None:
    with source.open() as stream, zipfile.ZipFile(stream) as archive, archive.open("content.xml") as xml:
        found = etree.iterparse(
            xml, tag="{*}annotation", resolve_entities=False, no_network=True, load_dtd=False
        )
        for _, element in found:
            texts = ["".join(part.itertext()).strip() for part in element.iter("{*}p")]
            for text in filter(None, texts):
                beside.add("note", "", "", text, 0)
