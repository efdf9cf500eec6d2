"""Cells of a CSV file for German offices: exact numbers with their decimal sign, texts that compute nothing."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from ckanext.ierwohnen.look.formula import guarded


def exact_number(value: float, language: str) -> str:
    """A value as exact as it is, without separators of thousands."""
    text = str(int(value)) if value == int(value) else repr(float(value))
    return text.replace(".", ",") if language.startswith("de") else text


def csv_bytes(head: Sequence[str], rows: Iterable[Sequence[object]], delimiter: str = ";") -> bytes:
    """A whole file: UTF-8 with a byte order mark, so that spreadsheets of offices open it rightly; None is empty.

    :param delimiter: German spreadsheets take semicolons for it
    """
    out = io.StringIO()
    write = csv.writer(out, delimiter=delimiter, lineterminator="\r\n")
    for row in (head, *rows):
        write.writerow([guarded(cell, delimiter) if isinstance(cell, str) else cell for cell in row])
    return ("\ufeff" + out.getvalue()).encode("utf-8")
