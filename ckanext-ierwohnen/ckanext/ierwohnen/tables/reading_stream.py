"""Large delimited texts: data rows read anew on each pass by compiled code, in bounded memory."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from typing import BinaryIO, cast

import numpy as np
import pyarrow as pa
import pyarrow.csv as pcsv

from ckanext.ierwohnen.tables import reading_lines
from ckanext.ierwohnen.tables.cells import MARKS
from ckanext.ierwohnen.tables.columns_of_text import one_byte
from ckanext.ierwohnen.tables.controls import NUL_SHOWN
from ckanext.ierwohnen.tables.dialect import Dialect, Encoding
from ckanext.ierwohnen.tables.office_table import Chunk, Row
from ckanext.ierwohnen.tables.problems import Problem, Severity
from ckanext.ierwohnen.tables.reading_lines import open_text, raw_line, undecodable
from ckanext.ierwohnen.tables.reading_source import Source
from ckanext.ierwohnen.tables.unreadable import LIMITS, TableUnreadable


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
            raw = io.BufferedReader(stream, reading_lines.BLOCK)  # type: ignore[arg-type]
            name = "utf-8-sig" if self._source.plain else self._encoding.name
            _skip_records(lambda: raw_line(raw).decode(name, "replace"), self._dialect, self._skip)
            return cast(BinaryIO, raw) if self._source.plain else self._recoded(_decoded(raw, name))
        text = open_text(stream, self._encoding)
        _skip_records(text.readline, self._dialect, self._skip)
        return self._recoded(lambda: text.read(reading_lines.BLOCK))

    def _recoded(self, read: Callable[[], str]) -> BinaryIO:
        return cast(BinaryIO, _Utf8(read, self._source, self._encoding))

    def _quoted(self) -> bool:
        """Whether there is any quotation mark in the file; without one it is taken apart much faster."""
        if not self._dialect.quote or not (self._source.plain or one_byte(self._encoding.name)):
            return bool(self._dialect.quote)
        mark = self._dialect.quote.encode()
        with self._source.open() as stream:
            return any(mark in block for block in iter(lambda: stream.read(reading_lines.BLOCK), b""))

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
            pcsv.ReadOptions(column_names=names, block_size=reading_lines.BLOCK * 4, use_threads=False),
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
    """A text stream as UTF-8 bytes for pyarrow, without our private marks. Zero characters are shown, but for those
    with which some programs pad the end of a file.
    """

    def __init__(self, read: Callable[[], str], source: Source, encoding: Encoding) -> None:
        self._read, self._source, self._encoding = read, source, encoding
        self._rest, self._zeros = b"", 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        wanted = size if size and size > 0 else reading_lines.BLOCK
        while len(self._rest) < wanted:
            try:
                block = self._read()
            except UnicodeError as error:
                raise undecodable(self._source, self._encoding) from error
            if not block:
                break
            self._rest += self._cleaned(block).encode("utf-8", errors="replace")
        given, self._rest = self._rest[:wanted], self._rest[wanted:]
        return given

    def _cleaned(self, block: str) -> str:
        if "\x00" in block or self._zeros:
            block = "\x00" * self._zeros + block
            bare = block.rstrip("\x00")
            self._zeros = len(block) - len(bare)  # they may be the padding at the end
            block = bare.replace("\x00", NUL_SHOWN)
        # Not `translate`, which takes longer than all the rest of reading a text with letters beyond ASCII.
        for mark in MARKS:
            block = block.replace(mark, "")
        return block


def _decoded(raw: io.BufferedReader, encoding: str) -> Callable[[], str]:
    """Reads blocks of text; whole bytes are whole characters here."""

    def read() -> str:
        block = raw.read(reading_lines.BLOCK)
        # Without a sign between 0x80 and 0x9F Windows-1252 is Latin-1, which is decoded ten times as fast.
        latin = encoding == "cp1252" and not ((np.frombuffer(block, np.uint8) & 0xE0) == 0x80).any()
        return block.decode("latin-1" if latin else encoding)

    return read


def _skip_records(readline: Callable[[], str], dialect: Dialect, count: int) -> None:
    """Step over the first records; a line is read at a time, so that the stream stands right behind them."""
    lines = iter(readline, "")
    reader = csv.reader(lines, **dialect.options)  # type: ignore[arg-type]
    for _ in range(count):
        next(reader, None)
