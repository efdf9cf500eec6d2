"""A published table as CSV, in one of two documented dialects; written by whole columns, in bounded memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ckanext.ierwohnen.look.formula import SUSPECT, guarded
from ckanext.ierwohnen.look.signs import Status, label
from ckanext.ierwohnen.tables.columns_of_text import of_each
from ckanext.ierwohnen.tables.exports.published import NUMERIC, Kind, PublishedTable, kind_of
from ckanext.ierwohnen.tables.exports.words import headings
from ckanext.ierwohnen.tables.meaning import ColumnMeaning

LINE_END = "\r\n"


@dataclass(frozen=True)
class Dialect:
    """How a CSV file is written; `for_people` puts the office's own headings and the words of signs into it."""

    delimiter: str
    decimal: str
    mark: bool
    for_people: bool

    def frictionless(self) -> dict[str, Any]:
        """The dialect in the words of Frictionless (and CSVW, which calls the first two the same)."""
        return {
            "delimiter": self.delimiter,
            "lineTerminator": LINE_END,
            "quoteChar": '"',
            "doubleQuote": True,
            "header": True,
            "skipInitialSpace": False,
        }


PLAIN = Dialect(",", ".", mark=False, for_people=False)
EXCEL = Dialect(";", ",", mark=True, for_people=True)


def write_csv(table: PublishedTable, out: BinaryIO, dialect: Dialect = PLAIN, locale: str = "de") -> None:
    """Write the table: UTF-8, one heading row, CRLF, quotes doubled; empty where there is no value.

    An empty text is written as `""`, no value as nothing. Texts that a spreadsheet program would compute get an
    apostrophe before them (`formula.py`); number columns are numbers, negative ones too.

    :param locale: language of headings and words in a dialect for people
    """
    out.writelines(chunks(table, dialect, locale))


def chunks(table: PublishedTable, dialect: Dialect = PLAIN, locale: str = "de") -> Iterator[bytes]:
    """The same file, piece by piece."""
    heads = headings(table.columns, locale) if dialect.for_people else table.names
    first = pa.array([*heads], pa.string())
    line = dialect.delimiter.join(_texts(first, dialect).to_pylist())
    yield (b"\xef\xbb\xbf" if dialect.mark else b"") + (line + LINE_END).encode()
    for batch in table.safe_batches():
        columns = [_column(one, batch.column(one.name), dialect, locale) for one in table.columns]
        yield _lines(columns, dialect.delimiter)


def _lines(columns: list[pa.Array], delimiter: str) -> bytes:
    rows = pc.binary_join_element_wise(*columns, delimiter, null_handling="replace", null_replacement="")
    text = pc.binary_join_element_wise(rows, "", LINE_END)
    offsets = np.frombuffer(text.buffers()[1], np.int32)[text.offset : text.offset + len(text) + 1]
    return memoryview(text.buffers()[2])[offsets[0] : offsets[-1]].tobytes() if len(text) else b""


def _column(column: ColumnMeaning, cells: pa.Array, dialect: Dialect, locale: str) -> pa.Array:
    kind = kind_of(column)
    if kind in NUMERIC:
        return pc.replace_substring(cells, ".", dialect.decimal) if dialect.decimal != "." else cells
    if kind != Kind.TEXT:
        return cells
    if column.status_of and dialect.for_people:
        cells = status_words(cells, locale)
    return _texts(cells, dialect)


def status_words(cells: pa.Array, locale: str) -> pa.Array:
    """Status words as readers know them (`secret` → `geschützt`); an unknown one stays."""
    known = set(Status)
    return of_each(cells.dictionary_encode(), lambda word: label(word, locale) or word if word in known else word)


def _texts(cells: pa.Array, dialect: Dialect) -> pa.Array:
    """Texts, each distinct one looked at once: guarded against being computed, quoted where that is needed."""
    suspect = pc.match_substring_regex(cells, SUSPECT + rf'|^$|["{dialect.delimiter}]')
    if not pc.any(suspect).as_py():
        return cells
    return of_each(cells.dictionary_encode(), lambda text: _quoted(guarded(text, dialect.delimiter), dialect))


def _quoted(text: str, dialect: Dialect) -> str:
    needed = not text or any(sign in text for sign in (dialect.delimiter, '"', "\n", "\r", ";", ",", "\t"))
    return '"' + text.replace('"', '""') + '"' if needed else text
