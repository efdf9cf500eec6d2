"""Workbooks for tests: XLSX by openpyxl, ODS written by hand."""

from __future__ import annotations

import io
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
