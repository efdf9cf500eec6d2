"""The table of a release as a file, made in memory for one reader: nothing of it is kept anywhere."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

import xlsxwriter

from ckanext.ierwohnen.look.csv_cells import csv_bytes, exact_number


def csv_of(columns: Sequence[Mapping[str, Any]], rows: Sequence[Mapping[str, Any]], language: str) -> bytes:
    """For readers, as all files of pages: UTF-8 with a mark, semicolons, numbers with the language's decimal sign.

    :param columns: `id` and `info.label` of each, as `outside.table` gives them
    """
    cells = ([_written(row.get(one["id"]), language) for one in columns] for row in rows)
    return csv_bytes([one["info"]["label"] for one in columns], cells)


def _written(cell: Any, language: str) -> str:
    if isinstance(cell, int | float):
        return exact_number(cell, language)
    return "" if cell is None else str(cell)


def xlsx_of(
    columns: Sequence[Mapping[str, Any]], rows: Sequence[Mapping[str, Any]], facts: Sequence[tuple[str, str]],
    names: tuple[str, str],
) -> bytes:  # fmt: skip
    """A workbook of two sheets: the table, and what a reader has to know.

    :param names: of the sheets
    """
    body = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(body, options) as book:
        head = book.add_format({"bold": True})
        sheet = book.add_worksheet(names[0])
        sheet.write_row(0, 0, [one["info"]["label"] for one in columns], head)
        for at, row in enumerate(rows, 1):
            for place, one in enumerate(columns):
                if (cell := row.get(one["id"])) is not None:
                    sheet.write(at, place, cell)
        sheet.freeze_panes(1, 0)
        sheet.autofit(300)
        told = book.add_worksheet(names[1])
        for at, (title, text) in enumerate(facts):
            told.write(at, 0, title, head)
            told.write(at, 1, text)
        told.autofit(600)
    return body.getvalue()
