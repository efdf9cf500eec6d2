"""Delimited text: small files row by row in memory, large ones streamed in bounded memory."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import BinaryIO, cast

import numpy as np
import pyarrow as pa
import pyarrow.csv as pcsv

from ckanext.ierwohnen.tables.cells import BLANKS, MARKS
from ckanext.ierwohnen.tables.columns_of_text import one_byte
from ckanext.ierwohnen.tables.dialect import TITLES, Dialect, Encoding, broken_utf8, find_dialect, find_encoding
from ckanext.ierwohnen.tables.hints import Hints
from ckanext.ierwohnen.tables.office_table import Chunk, Row
from ckanext.ierwohnen.tables.problems import Problem, Severity
from ckanext.ierwohnen.tables.reading_source import HEAD, Source
from ckanext.ierwohnen.tables.unreadable import LIMITS, TableUnreadable

IN_MEMORY = 8 * 1024**2
BLOCK = 1 << 20
LINE_BYTES = 4 * LIMITS.line_chars + BLOCK
_MARK_BYTES = MARKS[0].encode()[:2]
_NO_FILES = ("idna", "punycode", "undefined", "unicode-escape", "raw-unicode-escape", "utf-7")
_LINE_END = re.compile(rb"\r\n|\r|\n")
# Some programs pad the end of a file with zero characters.
_CLEANED = dict.fromkeys(map(ord, MARKS + "\x00"))


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
    return found


def refuse_binary(source: Source, encoding: Encoding) -> None:
    """Refuse what is no text: zero bytes and control characters, or a single endless line."""
    with source.open() as stream:
        head = stream.read(HEAD)
    text = head.decode(encoding.name, errors="replace").rstrip("\x00")
    controls = sum(char < " " and char not in "\t\r\n\f\x1a" for char in text)
    if not text.strip(BLANKS):
        raise TableUnreadable("empty_file", filename=source.filename)
    if "\x00" in text or controls > 0.01 * len(text) + 2:
        raise TableUnreadable("not_a_table", kind="binary", filename=source.filename)
    if len(text) > 100_000 and "\n" not in text and "\r" not in text:
        width = max(text.count(separator) for separator in ";,\t|")
        code = "too_many_columns" if width > LIMITS.columns else "line_too_long"
        raise TableUnreadable(code, columns=width, limit=LIMITS.columns)


def dialect_of(source: Source, encoding: Encoding, hints: Hints) -> Dialect:
    """Separator and quote sign from the first lines."""
    try:
        with source.open() as stream:
            text = _text(stream, encoding).read(HEAD)
    except UnicodeError as error:
        raise _undecodable(source, encoding) from error
    if hints.separator:
        lines = csv.reader(io.StringIO(text[:10_000]), delimiter=hints.separator)
        return Dialect(hints.separator, '"', max((len(row) for row in lines), default=1))
    return find_dialect(text)


def all_rows(source: Source, encoding: Encoding, dialect: Dialect, limit: int | None = None) -> list[list[str]]:
    """The rows of a small file (or the first `limit` rows), blank ones too, so that numbers stay the file's.

    :raises TableUnreadable: for a line beyond the limits, or bytes that are not of this encoding
    """
    with source.open() as stream:
        return list(_records(_text(stream, encoding), dialect, source, encoding, limit))


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


class StreamBody:
    """Data rows of a large text, read anew on each pass with a few megabytes of memory."""

    def __init__(
        self, source: Source, encoding: Encoding, dialect: Dialect, *,
        width: int, columns: tuple[int, ...], skip: int, foot: int, head: list[Row],
    ) -> None:  # fmt: skip
        self._source, self._encoding, self._dialect = source, encoding, dialect
        self._width, self._columns, self._skip, self._foot = width, columns, skip, foot
        self._head = head
        self.row_count: int | None = None
        self.problems: list[Problem] = []

    def sample(self) -> list[Row]:
        """The first rows."""
        return self._head

    def chunks(self, size: int) -> Iterator[Chunk]:
        """Stream the file; the foot's rows are held back and never given."""
        self.problems = []
        total = 0
        with self._source.open() as stream:
            held: Chunk | None = None
            for chunk in self._read(self._data(stream)):
                if held is not None:
                    total += len(held)
                    yield held
                held = chunk
            if held is not None:
                held = _without_last(held, self._foot)
                total += len(held)
                yield held
        self.row_count = total

    def _data(self, stream: BinaryIO) -> BinaryIO:
        """The bytes of the data rows as UTF-8: as they are if they are that already, else recoded as they are read."""
        if self._source.plain or one_byte(self._encoding.name):
            raw = io.BufferedReader(stream, BLOCK)  # type: ignore[arg-type]
            name = "utf-8-sig" if self._source.plain else self._encoding.name
            _skip_records(lambda: _raw_line(raw).decode(name, "replace"), self._dialect, self._skip)
            return cast(BinaryIO, raw) if self._source.plain else self._recoded(_decoded(raw, name))
        text = _text(stream, self._encoding)
        _skip_records(text.readline, self._dialect, self._skip)
        return self._recoded(lambda: text.read(BLOCK))

    def _recoded(self, read: Callable[[], str]) -> BinaryIO:
        return cast(BinaryIO, _Utf8(read, self._source, self._encoding))

    def _quoted(self) -> bool:
        """Whether there is any quotation mark in the file; without one it is taken apart much faster."""
        if not self._dialect.quote or not (self._source.plain or one_byte(self._encoding.name)):
            return bool(self._dialect.quote)
        mark = self._dialect.quote.encode()
        with self._source.open() as stream:
            return any(mark in block for block in iter(lambda: stream.read(BLOCK), b""))

    def _read(self, data: BinaryIO) -> Iterator[Chunk]:
        odd: list[int] = []

        def note(row: pcsv.InvalidRow) -> str:
            number = (row.number or 0) + self._skip
            odd.append(number)
            if row.text and row.text.strip(self._dialect.separator + " \t\r\n") and row.actual_columns > 1:
                params = {"fields": row.actual_columns, "columns": self._width}
                self.problems.append(Problem("ragged_row", Severity.ERROR, number, params=params))
            return "skip"

        names = [str(i) for i in range(self._width)]
        reader = pcsv.open_csv(
            data,
            pcsv.ReadOptions(column_names=names, block_size=BLOCK * 4, use_threads=False),
            pcsv.ParseOptions(
                delimiter=self._dialect.separator, quote_char=self._dialect.quote if self._quoted() else False,
                newlines_in_values=False, ignore_empty_lines=False, invalid_row_handler=note,
            ),
            pcsv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False, null_values=[],
                check_utf8=False,  # what comes here is UTF-8: looked through before, or made by ourselves
                include_columns=[str(i) for i in self._columns],
            ),
        )  # fmt: skip
        number = self._skip
        for batch in _batches(reader):
            rows = _numbers(number, batch.num_rows, odd)
            number = int(rows[-1]) if len(rows) else number
            odd[:] = [n for n in odd if n > number]
            yield Chunk(rows, tuple(batch.columns))


def _batches(reader: pcsv.CSVStreamingReader) -> Iterator[pa.RecordBatch]:
    """The batches of a reader, which cannot read a line that is longer than its blocks."""
    try:
        yield from reader
    except pa.ArrowInvalid as error:
        raise TableUnreadable("line_too_long", limit=LIMITS.line_chars) from error


def _numbers(last: int, count: int, odd: list[int]) -> np.ndarray:
    """The file's row numbers of `count` rows after row `last`, stepping over the rows that were left out."""
    if not any(n > last for n in odd):
        return np.arange(last + 1, last + 1 + count, dtype=np.int64)
    left_out = set(odd)
    numbers: list[int] = []
    n = last
    while len(numbers) < count:
        n += 1
        if n not in left_out:
            numbers.append(n)
    return np.array(numbers, np.int64)


def _without_last(chunk: Chunk, rows: int) -> Chunk:
    if not rows:
        return chunk
    keep = max(0, len(chunk) - rows)
    return Chunk(chunk.rows[:keep], tuple(column.slice(0, keep) for column in chunk.columns))


class _Utf8(io.RawIOBase):
    """A text stream as UTF-8 bytes for pyarrow, without our private marks and zero characters."""

    def __init__(self, read: Callable[[], str], source: Source, encoding: Encoding) -> None:
        self._read, self._source, self._encoding = read, source, encoding
        self._rest = b""

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        wanted = size if size and size > 0 else BLOCK
        while len(self._rest) < wanted:
            try:
                block = self._read()
            except UnicodeError as error:
                raise _undecodable(self._source, self._encoding) from error
            if not block:
                break
            self._rest += block.encode("utf-8", errors="replace")
        given, self._rest = self._rest[:wanted], self._rest[wanted:]
        return given


def _text(stream: BinaryIO, encoding: Encoding) -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BufferedReader(stream, BLOCK), encoding.name, errors="strict", newline=None)  # type: ignore[type-var]


def _lines(text: io.TextIOBase) -> Iterator[str]:
    """The lines of a text; one beyond the limit is refused before it is read to its end."""
    while line := text.readline(LIMITS.line_chars + 1):
        if len(line) > LIMITS.line_chars:
            raise TableUnreadable("line_too_long", limit=LIMITS.line_chars)
        yield line


def _decoded(raw: io.BufferedReader, encoding: str) -> Callable[[], str]:
    """Reads blocks of text; whole bytes are whole characters here."""
    return lambda: raw.read(BLOCK).decode(encoding)


def _raw_line(raw: io.BufferedReader) -> bytes:
    """The next line of any of the three kinds of ends (Unix, Windows, old Macintosh), as bytes."""
    line = b""
    while ahead := raw.peek():
        end = _LINE_END.search(ahead)
        line += raw.read(end.end() if end else len(ahead))
        if len(line) > LINE_BYTES:
            raise TableUnreadable("line_too_long", limit=LIMITS.line_chars)
        if end:
            return line + raw.read(1) if line.endswith(b"\r") and raw.peek(1)[:1] == b"\n" else line
    return line


def _records(
    text: io.TextIOBase, dialect: Dialect, source: Source, encoding: Encoding, limit: int | None
) -> Iterator[list[str]]:
    csv.field_size_limit(LIMITS.line_chars)
    reader = csv.reader(_lines(text), **dialect.options)  # type: ignore[arg-type]
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
        raise _undecodable(source, encoding) from error


def _undecodable(source: Source, encoding: Encoding) -> TableUnreadable:
    """The error for bytes that are not of the encoding, with the first row in which they stand."""
    with source.open() as stream:
        wide = encoding.name.startswith(("utf-16", "utf-32"))
        raw = io.BufferedReader(stream, BLOCK)  # type: ignore[arg-type]
        text = _text(stream, encoding) if wide else None
        row = 1
        try:
            while text.readline() if text else _raw_line(raw).decode(encoding.name):
                row += 1
        except UnicodeError:
            pass
    return TableUnreadable("undecodable", row=row, encoding=encoding.title, filename=source.filename)


def _without_marks(cell: str) -> str:
    return cell if cell.isascii() and "\x00" not in cell else cell.translate(_CLEANED)


def _skip_records(readline: Callable[[], str], dialect: Dialect, count: int) -> None:
    """Step over the first records; a line is read at a time, so that the stream stands right behind them."""
    lines = iter(readline, "")
    reader = csv.reader(lines, **dialect.options)  # type: ignore[arg-type]
    for _ in range(count):
        next(reader, None)


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
