"""Workbooks for tests: XLSX by openpyxl, ODS and XLS written by hand."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any
from xml.sax.saxutils import escape

import openpyxl

_ODS = (
    '<?xml version="1.0"?><office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:automatic-styles>'
    '<style:style style:name="off" style:family="table"><style:table-properties table:display="false"/></style:style>'
    "</office:automatic-styles><office:body><office:spreadsheet>{}"
    "</office:spreadsheet></office:body></office:document-content>"
)

_MANIFEST = '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'


def xlsx(sheets: Mapping[str, Sequence[Sequence[Any]]], change: Callable[[Any], Any] | None = None) -> bytes:
    """A workbook with these sheets; `change` gets it before it is saved."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    if change:
        change(book)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def ods(sheets: Mapping[str, Sequence[Sequence[Any]]], hidden: Sequence[str] = (), head: str = "") -> bytes:
    """An ODS with these sheets; numbers and dates typed. `head` is put before the XML (for hostile files)."""
    tables = "".join(_ods_table(name, rows, name in hidden) for name, rows in sheets.items())
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("mimetype"), "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", _MANIFEST)
        archive.writestr("content.xml", head + _ODS.format(tables))
    return stream.getvalue()


def _ods_table(name: str, rows: Sequence[Sequence[Any]], hidden: bool) -> str:
    style = ' table:style-name="off"' if hidden else ""
    body = "".join(f"<table:table-row>{''.join(map(_ods_cell, row))}</table:table-row>" for row in rows)
    return f'<table:table table:name="{escape(name)}"{style}>{body}</table:table>'


def _ods_cell(value: Any) -> str:
    if value is None:
        return "<table:table-cell/>"
    kind, stated, shown = "string", "", str(value)
    if isinstance(value, date):
        kind, stated, shown = "date", f' office:date-value="{value.isoformat()}"', f"{value:%d.%m.%Y}"
    elif isinstance(value, int | float):
        kind, stated = "float", f' office:value="{value}"'
    return f'<table:table-cell office:value-type="{kind}"{stated}><text:p>{escape(shown)}</text:p></table:table-cell>'


def xls(sheets: Mapping[str, Sequence[Sequence[Any]]]) -> bytes:
    """An old workbook (BIFF8 in a compound file) with these sheets; no library of ours writes these any more."""
    bodies = [_biff_sheet(rows) for rows in sheets.values()]
    names = [name.encode("utf-16-le") for name in sheets]
    bound_size = sum(4 + 8 + len(name) for name in names)
    start = 4 + 16 + bound_size + 4
    bound = b""
    for name, body in zip(names, bodies, strict=True):
        bound += _record(0x85, struct.pack("<IBBBB", start, 0, 0, len(name) // 2, 1) + name)
        start += len(body)
    return _compound(_bof(0x05) + bound + _record(0x0A) + b"".join(bodies))


def _biff_sheet(rows: Sequence[Sequence[Any]]) -> bytes:
    records = []
    for r, row in enumerate(rows):
        for c, cell in enumerate(row):
            place = struct.pack("<HHH", r, c, 0)
            if isinstance(cell, date):
                cell = (cell - date(1899, 12, 30)).days
            if isinstance(cell, int | float):
                records.append(_record(0x203, place + struct.pack("<d", cell)))
            elif cell is not None:
                text = str(cell).encode("utf-16-le")
                records.append(_record(0x204, place + struct.pack("<HB", len(text) // 2, 1) + text))
    return _bof(0x10) + b"".join(records) + _record(0x0A)


def _bof(kind: int) -> bytes:
    return _record(0x809, struct.pack("<HHHHII", 0x600, kind, 0x0DBB, 0x07CC, 0x41, 0x06))


def _record(number: int, content: bytes = b"") -> bytes:
    return struct.pack("<HH", number, len(content)) + content


def _compound(stream: bytes) -> bytes:
    """A compound file (MS-CFB, version 3) with nothing but the stream "Workbook"."""
    stream += b"\x00" * (max(0, 4096 - len(stream)))
    sectors = -(-len(stream) // 512)
    stream += b"\x00" * (sectors * 512 - len(stream))
    tables = -(-(sectors + 2) // 127)  # sectors of the allocation table itself
    fat = [0xFFFFFFFD] * tables + [0xFFFFFFFE]
    first = tables + 1
    fat += [*range(first + 1, first + sectors), 0xFFFFFFFE]
    fat += [0xFFFFFFFF] * (tables * 128 - len(fat))
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 16
    header += struct.pack("<HHHHH6x9I", 0x3E, 3, 0xFFFE, 9, 6, 0, tables, tables, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    header += struct.pack("<109I", *range(tables), *[0xFFFFFFFF] * (109 - tables))
    directory = _entry("Root Entry", 5, 0xFFFFFFFE, 0, 1) + _entry("Workbook", 2, first, len(stream)) + bytes(256)
    return header + struct.pack(f"<{len(fat)}I", *fat) + directory + stream


def _entry(name: str, kind: int, start: int, size: int, child: int = 0xFFFFFFFF) -> bytes:
    text = name.encode("utf-16-le") + b"\x00\x00"
    none = 0xFFFFFFFF
    return text.ljust(64, b"\x00") + struct.pack("<HBBIII36xIQ", len(text), kind, 1, none, none, child, start, size)
