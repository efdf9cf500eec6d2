"""CKAN's own dump of a table as CSV or TSV, without cells that a spreadsheet program would compute.

The rule is that of our downloads (`formula.py`). JSON, XML and `datastore_search` give every text as it is stored.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator

import ckan.plugins.toolkit as tk
from flask import Blueprint
from werkzeug.wrappers import Response

from ckanext.ierwohnen.look.formula import guarded

guard = Blueprint("ierwohnen_dump", __name__)
DELIMITERS = {"csv": ",", "tsv": "\t"}  # by format; CSV if none is asked for
# Whether a page of a dump may hold such a cell: most have none, and are passed on as they are.
_BLANK = r"[\s\x00-\x1f\"'\u00a0\u200b\ufeff\u3000]*"
_SUSPECT = re.compile(
    rf'(?:^|["\r\n;\t,]){_BLANK}(?:[=@\uff1d\uff0b\uff0d\uff20\ufe62\ufe63\ufe66\ufe6b]'
    r'|[+\-](?![\d.,]*%?(?:["\r\n;\t,]|$)))|(?:^|[,;\t\n])"[\t\r\n]'
)
_LEADING_TAB = re.compile(r"(?:^|[,\n])\t")


@guard.after_app_request
def keep_harmless(response: Response) -> Response:
    """Guard the cells of a dump while it is sent."""
    if tk.request.endpoint != "datastore.dump" or response.status_code != 200:
        return response
    delimiter = DELIMITERS.get(tk.request.args.get("format", "csv"))
    if delimiter:
        response.response = guarded_csv(response.response, delimiter)
        response.headers.pop("Content-Length", None)
    return response


def guarded_csv(chunks: Iterable[bytes], delimiter: str) -> Iterator[bytes]:
    """CSV in UTF-8 with every cell guarded; memory holds one piece. Pieces may end within a line or a quoted cell."""
    rest = b""
    try:
        for chunk in chunks:
            rest += chunk
            end = rest.rfind(b"\n") + 1
            if end and not rest.count(b'"', 0, end) % 2:
                yield _guarded(rest[:end].decode("utf-8"), delimiter).encode("utf-8")
                rest = rest[end:]
        if rest:
            yield _guarded(rest.decode("utf-8"), delimiter).encode("utf-8")
    finally:
        if hasattr(chunks, "close"):
            chunks.close()


def _guarded(text: str, delimiter: str) -> str:
    if not (_SUSPECT.search(text) or (delimiter != "\t" and _LEADING_TAB.search(text))):
        return text
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    return "".join(as_line((guarded(cell, delimiter) for cell in row), delimiter) for row in rows)


def as_line(cells: Iterable[str], delimiter: str) -> str:
    """One line as PostgreSQL writes it: cells with a delimiter, quote or line break are quoted."""
    special = re.compile(rf'["\r\n{delimiter}]')
    quoted = ('"' + cell.replace('"', '""') + '"' if special.search(cell) else cell for cell in cells)
    return delimiter.join(quoted) + "\n"
