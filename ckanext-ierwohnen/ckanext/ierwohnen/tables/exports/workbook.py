"""A published table as an Excel workbook: data, signs, columns and what a reader has to know, each on its sheet.

Numbers are numbers with the decimals of their column, dates are dates, keys and all other texts are of the type text,
so that nothing is computed and no leading zero is lost. Rows go to disk as they are written, in bounded memory.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from ckanext.ierwohnen.look.signs import Status, explanation, label, vocabulary
from ckanext.ierwohnen.tables.exports.csv_file import status_words
from ckanext.ierwohnen.tables.exports.published import NUMERIC, About, Kind, PublishedTable, kind_of
from ckanext.ierwohnen.tables.exports.words import headings, say
from ckanext.ierwohnen.tables.meaning import ColumnMeaning
from ckanext.ierwohnen.tables.roles import Role

MOST_ROWS = 1_048_576 - 1
MOST_COLUMNS = 16_384
LONGEST_TEXT = 32_767
MOST_DECIMALS = 9
FIRST_DAY = dt.date(1900, 3, 1)  # before it, Excel's calendar is a day off (it knows a 29th of February 1900)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}$")
# Nothing that a text holds becomes a formula, a link or a number.
OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}


def write_workbook(table: PublishedTable, path: Path, locale: str = "de") -> None:
    """Write the table as XLSX; the caller has asked `fits` before."""
    with xlsxwriter.Workbook(str(path), {**OPTIONS, "tmpdir": str(path.parent)}) as book:
        # The same table gives the same file, whenever it is made.
        book.set_properties(
            {"title": table.about.title, "author": table.about.publisher, "created": _made(table.about)}
        )
        _Book(book, table, locale).write()


def fits(table: PublishedTable) -> bool:
    """Whether Excel can hold the table."""
    return table.rows <= MOST_ROWS and len(table.columns) <= MOST_COLUMNS


def decimals(table: PublishedTable) -> dict[str, int]:
    """How many decimals each number column has: as stated in its meaning, or as many as its cells need."""
    found = {one.name: one.precision for one in table.columns if kind_of(one) in NUMERIC and one.precision is not None}
    asked = [one.name for one in table.columns if kind_of(one) == Kind.NUMBER and one.name not in found]
    most = dict.fromkeys(asked, 0)
    for batch in table.safe_batches() if asked else ():
        for name in asked:
            after = pc.utf8_length(pc.replace_substring_regex(batch.column(name), r"^[^.]*\.?", ""))
            most[name] = max(most[name], pc.max(after).as_py() or 0)
    return {**most, **found}


def _made(about: About) -> dt.datetime:
    try:
        return dt.datetime.fromisoformat(about.changed).replace(tzinfo=None)
    except ValueError:
        return dt.datetime(2000, 1, 1)


class _Book:
    """The four sheets of one table."""

    def __init__(self, book: xlsxwriter.Workbook, table: PublishedTable, locale: str):
        self.book, self.table, self.locale = book, table, locale
        self.heads = headings(table.columns, locale)
        self.head = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
        # "@" and the quote prefix keep a text a text also when somebody edits the cell.
        self.text = book.add_format({"num_format": "@", "quote_prefix": True})
        self.wrapped = book.add_format({"num_format": "@", "quote_prefix": True, "text_wrap": True, "valign": "top"})
        self.day = book.add_format({"num_format": "dd.mm.yyyy" if locale == "de" else "yyyy-mm-dd"})
        self.moment = book.add_format({"num_format": "dd.mm.yyyy hh:mm" if locale == "de" else "yyyy-mm-dd hh:mm"})
        self.cut = 0

    def write(self) -> None:
        self._data()
        self._signs()
        self._columns()
        self._about()

    def _sheet(self, code: str, heads: Sequence[str], widths: Sequence[float]) -> Worksheet:
        sheet = self.book.add_worksheet(say(code, self.locale))
        for place, width in enumerate(widths):
            sheet.set_column(place, place, width)
        for place, head in enumerate(heads):
            self._put(sheet, 0, place, head, self.head)
        sheet.freeze_panes(1, 0)
        sheet.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})  # keys are texts on purpose
        return sheet

    def _put(self, sheet: Worksheet, row: int, place: int, text: str, look: Format | None = None) -> None:
        """Write a text, whatever it looks like."""
        if len(text) > LONGEST_TEXT:
            self.cut += 1
            text = text[: LONGEST_TEXT - 1] + "…"
        sheet.write_string(row, place, text, look or self.text)

    def _data(self) -> None:
        table = self.table
        widths = [min(max(len(head) * 0.9 + 3, 11), 34) for head in self.heads]
        sheet = self._sheet("sheet_data", self.heads, widths)
        scales = decimals(table)
        looks = [self._number_format(scales.get(one.name)) for one in table.columns]
        writers = [self._writer(one, look) for one, look in zip(table.columns, looks, strict=True)]
        row = 0
        for batch in table.safe_batches():
            for cells in zip(*(self._cells(one, batch.column(one.name)) for one in table.columns), strict=True):
                row += 1
                for place, cell in enumerate(cells):
                    if cell is not None:
                        writers[place](sheet, row, place, cell)
        if table.columns:
            sheet.autofilter(0, 0, max(row, 1), len(table.columns) - 1)

    def _cells(self, column: ColumnMeaning, cells: pa.Array) -> list[Any]:
        if column.status_of:
            cells = status_words(cells, self.locale)
        return cells.to_pylist()

    def _number_format(self, places: int | None) -> Format:
        if places is None:
            return self.book.add_format({"num_format": "0"})
        shown = min(places, MOST_DECIMALS)
        return self.book.add_format({"num_format": "#,##0" + ("." + "0" * shown if shown else "")})

    def _writer(self, column: ColumnMeaning, look: Format) -> Any:
        kind = kind_of(column)
        if kind in NUMERIC:
            return lambda sheet, row, place, cell: self._put_number(sheet, row, place, cell, look)
        if kind == Kind.BOOLEAN:
            return lambda sheet, row, place, cell: sheet.write_boolean(row, place, cell == "true")
        if kind == Kind.DATETIME:
            return self._put_moment
        if kind == Kind.DATE or column.role == Role.PERIOD:
            return self._put_day
        return self._put

    def _put_number(self, sheet: Worksheet, row: int, place: int, text: str, look: Format) -> None:
        """A number; one beyond what Excel can hold as the text it is."""
        number = float(text)
        if math.isfinite(number):
            sheet.write_number(row, place, number, look)
        else:
            self._put(sheet, row, place, text)

    def _put_day(self, sheet: Worksheet, row: int, place: int, text: str) -> None:
        """A day as a date; years, quarters and spans as the text they are."""
        day = _day(text)
        if day is None:
            self._put(sheet, row, place, text)
        else:
            sheet.write_datetime(row, place, day, self.day)

    def _put_moment(self, sheet: Worksheet, row: int, place: int, text: str) -> None:
        if _day(text[:10]) is None:
            self._put(sheet, row, place, text)
        else:
            sheet.write_datetime(row, place, dt.datetime.fromisoformat(text), self.moment)

    def _signs(self) -> None:
        heads = [say(code, self.locale) for code in ("sign", "sign_word", "sign_code", "sign_meaning")]
        sheet = self._sheet("sheet_signs", heads, (10, 24, 26, 80))
        row = 0
        for status, sign in vocabulary().items():
            row += 1
            written = "" if status == Status.MISSING else sign.sign
            words = (written, label(status, self.locale), str(status), explanation(status, self.locale))
            for place, text in enumerate(words):
                self._put(sheet, row, place, text, self.wrapped)
        self._put(sheet, row + 2, 0, say("hidden", self.locale))

    def _columns(self) -> None:
        codes = (
            "column", "name", "role", "unit", "level", "system", "boundary_date", "period", "indicator", "category",
            "specials", "notes",
        )  # fmt: skip
        sheet = self._sheet("sheet_columns", [say(code, self.locale) for code in codes], (30, 30, 14, *[16] * 8, 60))
        for row, (head, column) in enumerate(zip(self.heads, self.table.columns, strict=True), start=1):
            for place, text in enumerate(self._facts(head, column)):
                self._put(sheet, row, place, text or "", self.wrapped)
        if self.cut:
            self._put(sheet, len(self.heads) + 2, 0, say("cut", self.locale, count=self.cut))

    def _facts(self, head: str, column: ColumnMeaning) -> Iterator[str | None]:
        yield from (
            head,
            column.name,
            say(f"role_{column.role}", self.locale),
            column.unit,
            column.level,
            column.system,
        )
        yield from (column.boundary_date, column.period, column.indicator)
        yield " ".join(text for text in (column.dimension, column.code) if text)
        yield "; ".join(
            f"{', '.join(keys)} ({say(code, self.locale)})"
            for code, keys in (
                ("total", column.total_keys), ("unassigned", column.unassigned_keys), ("coarser", column.coarser_keys)
            )
            if keys
        )  # fmt: skip
        yield column.notes

    def _about(self) -> None:
        about, locale = self.table.about, self.locale
        sheet = self.book.add_worksheet(say("sheet_about", locale))
        sheet.set_column(0, 0, 24)
        sheet.set_column(1, 1, 90)
        codes = (
            "title", "table", "description", "publisher", "licence", "licence_url", "attribution", "first", "last",
            "changed", "page", "portal",
        )  # fmt: skip
        facts = [(code, str(getattr(about, code))) for code in codes if getattr(about, code)]
        for row, (code, text) in enumerate([*facts, ("rows", str(self.table.rows))]):
            self._put(sheet, row, 0, say(code, locale), self.head)
            self._put(sheet, row, 1, text, self.wrapped)


def _day(text: str) -> dt.date | None:
    if not _DAY.match(text):
        return None
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        return None
    return day if day >= FIRST_DAY else None
