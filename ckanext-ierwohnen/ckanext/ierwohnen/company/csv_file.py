"""Tables as CSV for a spreadsheet, sent to one reader and kept by nobody."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from flask import make_response
from werkzeug.wrappers import Response

from ckanext.ierwohnen.look.csv_cells import csv_bytes


def as_csv(head: Sequence[str], rows: Iterable[Sequence[Any]], name: str) -> Response:
    """A file with semicolons; cells that a spreadsheet would take for formulas begin with an apostrophe."""
    texts = (["" if cell is None else str(cell) for cell in row] for row in rows)
    return download(csv_bytes(head, texts), "text/csv", name)


def download(text: str | bytes, kind: str, name: str) -> Response:
    """A text as a file to be kept."""
    response = make_response(text)
    response.headers["Content-Type"] = f"{kind}; charset=utf-8"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
