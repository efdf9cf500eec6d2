"""Delimited text: encoding, dialect, and the rows of small files; large ones are streamed (`reading_stream.py`)."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Iterator

from ckanext.ierwohnen.tables import twice_encoded
from ckanext.ierwohnen.tables.cells import BLANKS, MARKS
from ckanext.ierwohnen.tables.controls import with_shown_zeros
from ckanext.ierwohnen.tables.dialect import TITLES, Dialect, Encoding, broken_utf8, find_dialect, find_encoding
from ckanext.ierwohnen.tables.hints import Hints
from ckanext.ierwohnen.tables.problems import Problem, Severity
from ckanext.ierwohnen.tables.reading_lines import BLOCK, open_text, text_lines, undecodable
from ckanext.ierwohnen.tables.reading_source import HEAD, Source
from ckanext.ierwohnen.tables.unreadable import LIMITS, TableUnreadable

IN_MEMORY = 8 * 1024**2
_MARK_BYTES = MARKS[0].encode()[:2]
_NO_FILES = ("idna", "punycode", "undefined", "unicode-escape", "raw-unicode-escape", "utf-7")
# Tab, line ends, form feed, and the sign with which DOS ended files, are none.
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0e-\x19\x1b-\x1f]")


def encoding_of(source: Source, hints: Hints) -> Encoding:
    """The encoding of the whole file: the head decides, and the rest must agree."""
    if hints.encoding:
        try:
            name = codecs.lookup(hints.encoding).name
            "".encode(name)  # codecs such as hex are none of texts
        except (LookupError, ValueError) as error:
            raise TableUnreadable("unknown_encoding", name=hints.encoding) from error
        if name in _NO_FILES:
            raise TableUnreadable("unknown_encoding", name=hints.encoding)
        return Encoding(name, TITLES.get(name, name), "encoding_declared", 1.0)
    with source.open() as stream:
        head = stream.read(HEAD)
    found = find_encoding(head, whole=len(head) == source.size)
    if found.name in ("utf-8", "utf-8-sig") and source.size > len(head):
        found = _beyond_head(source, found)
    if found.name in ("cp1252", "latin-1", "iso8859-15", "mac_roman", "cp850") and broken_utf8(_foreign_lines(source)):
        raise TableUnreadable("mixed_encodings", row=_first_foreign_row(source), filename=source.filename)
    if found.name in ("utf-8", "utf-8-sig") and twice_encoded.example(head.decode("utf-8", "ignore")):
        source.plain = False  # its bytes are not those of its text
        return twice_encoded.ENCODING
    return found


def told_of_encoding(source: Source, encoding: Encoding) -> list[Problem]:
    """That a text was encoded twice, with an example."""
    if encoding.name != twice_encoded.NAME:
        return []
    with source.open() as stream:
        return twice_encoded.told(stream.read(HEAD).decode("utf-8", "ignore"))


def refuse_binary(source: Source, encoding: Encoding) -> None:
    """Refuse what is no text: zero bytes and control characters, or a single endless line."""
    with source.open() as stream:
        head = stream.read(HEAD)
    text = head.decode(encoding.name, errors="replace").rstrip("\x00")
    controls = len(_CONTROLS.findall(text))
    zeros = text.count("\x00")
    if not text.strip(BLANKS):
        raise TableUnreadable("empty_file", filename=source.filename)
    if zeros > 0.001 * len(text) + 2 or controls > 0.01 * len(text) + 2:
        raise TableUnreadable("not_a_table", kind="binary", filename=source.filename)
    if len(text) > 100_000 and "\n" not in text and "\r" not in text:
        width = max(text.count(separator) for separator in ";,\t|")
        code = "too_many_columns" if width > LIMITS.columns else "line_too_long"
        raise TableUnreadable(code, columns=width, limit=LIMITS.columns)


def dialect_of(source: Source, encoding: Encoding, hints: Hints) -> Dialect:
    """Separator and quote sign from the first lines."""
    try:
        with source.open() as stream:
            text = open_text(stream, encoding).read(HEAD)
    except UnicodeError as error:
        raise undecodable(source, encoding) from error
    if hints.separator:
        lines = csv.reader(io.StringIO(text[:10_000]), delimiter=hints.separator)
        return Dialect(hints.separator, '"', max((len(row) for row in lines), default=1))
    return find_dialect(text)


def all_rows(source: Source, encoding: Encoding, dialect: Dialect, limit: int | None = None) -> list[list[str]]:
    """The rows of a small file (or the first `limit` rows), blank ones too, so that numbers stay the file's.

    :raises TableUnreadable: for a line beyond the limits, or bytes that are not of this encoding
    """
    with source.open() as stream:
        return list(_records(open_text(stream, encoding), dialect, source, encoding, limit))


def tail_rows(source: Source, encoding: Encoding, dialect: Dialect) -> list[list[str]]:
    """The last rows of a large file (some hundred)."""
    with source.open() as stream:
        mark = stream.read(2)
        start = max(0, source.size - 65_536)
        start -= start % 4
        stream.seek(start)
        data = stream.read()
    # Without the mark at the beginning of the file the order of its bytes has to be named.
    order = "be" if mark == codecs.BOM_UTF16_BE or mark == b"\x00\x00" else "le"
    wide = {name: f"{name}-{order}" for name in ("utf-16", "utf-32")}
    name = {**wide, "utf-8-sig": "utf-8"}.get(encoding.name, encoding.name)
    text = data.decode(name, errors="ignore")
    lines = text.splitlines()[1:]
    return list(csv.reader(lines, **dialect.options))  # type: ignore[arg-type]


def table_width(rows: list[list[str]]) -> int:
    """The number of columns: that of most rows, or more if the header or more than a few rows fill more.

    A single longer row is an error in that row, not a further column.
    """
    lengths = Counter(len(row) for row in rows if len(row) > 1)
    if not lengths:
        return 1
    usual = max(lengths, key=lambda length: (lengths[length], length))
    filled = [max((n for n, cell in enumerate(row, 1) if cell.strip()), default=0) for row in rows]
    header = next((n for n, row in enumerate(rows) if sum(bool(c.strip()) for c in row) >= max(2, usual // 2)), 0)
    few = max(2, 0.02 * sum(lengths.values()))
    wider = [width for width in set(filled) if width > usual and sum(f >= width for f in filled) > few]
    return max(usual, filled[header], *wider)


def ragged(rows: list[list[str]], first: int, width: int) -> list[Problem]:
    """Rows with more filled cells than there are columns: something in them stands in the wrong column. Rows that are
    only longer than all others, by a blank field, are asked about.
    """
    lengths = Counter(len(row) for row in rows if len(row) > 1)
    usual = lengths.most_common(1)[0] if lengths else (0, 0)
    even = usual[0] == width and usual[1] >= 0.8 * sum(lengths.values())
    problems = []
    for n, row in enumerate(rows):
        params = {"fields": len(row), "columns": width}
        if any(cell.strip() for cell in row[width:]):
            problems.append(Problem("ragged_row", Severity.ERROR, first + n, params=params))
        elif even and len(row) > width and sum(bool(cell.strip()) for cell in row) > 1:
            problems.append(Problem("longer_row", Severity.WARNING, first + n, params=params))
    return problems


def open_quotes(rows: list[list[str]], first: int, dialect: Dialect) -> list[Problem]:
    """Cells that have swallowed whole lines: a quotation mark was opened in them and not closed."""
    found = []
    for n, row in enumerate(rows):
        for cell in row:
            _, broken, rest = cell.partition("\n")
            if broken and rest.count(dialect.separator) >= max(1, dialect.width - 1):
                params = {"lines": cell.count("\n"), "start": cell[:20].split("\n")[0]}
                found.append(Problem("open_quote", Severity.ERROR, first + n, params=params))
    return found


def _records(
    text: io.TextIOBase, dialect: Dialect, source: Source, encoding: Encoding, limit: int | None
) -> Iterator[list[str]]:
    csv.field_size_limit(LIMITS.line_chars)
    reader = csv.reader(text_lines(text), **dialect.options)  # type: ignore[arg-type]
    try:
        for number, row in enumerate(reader):
            if limit is not None and number >= limit:
                return
            if len(row) > LIMITS.columns:
                raise TableUnreadable("too_many_columns", columns=len(row), limit=LIMITS.columns)
            yield [_without_marks(cell) for cell in row]
    except csv.Error as error:
        raise TableUnreadable("line_too_long", limit=LIMITS.line_chars) from error
    except UnicodeError as error:
        raise undecodable(source, encoding) from error


def _beyond_head(source: Source, found: Encoding) -> Encoding:
    """The head was valid UTF-8 (maybe plain ASCII); ask the rest of the file."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    with source.open() as stream:
        try:
            clean = True
            while block := stream.read(BLOCK):
                decoder.decode(block)
                clean = clean and b"\x00" not in block and _MARK_BYTES not in block
            decoder.decode(b"", final=True)
            source.plain = clean
        except UnicodeDecodeError:
            return find_encoding(_foreign_lines(source))
    return found


def _foreign_lines(source: Source, enough: int = 65_536) -> bytes:
    """Lines with bytes beyond ASCII, up to some number of bytes, from anywhere in the file."""
    found: list[bytes] = []
    size = 0
    with source.open() as stream:
        for line in stream:
            if not line.isascii():
                found.append(line[:2_000])
                size += len(line)
                if size > enough:
                    break
    return b"".join(found)


def _first_foreign_row(source: Source) -> int | str:
    """The row in which the first byte stands that is not UTF-8."""
    with source.open() as stream:
        for number, line in enumerate(stream, 1):
            try:
                line.decode("utf-8")
            except UnicodeDecodeError:
                return number
    return ""


def _without_marks(cell: str) -> str:
    if "\x00" in cell:
        cell = with_shown_zeros(cell)
    return cell if cell.isascii() else cell.replace(MARKS[0], "").replace(MARKS[1], "")
