"""The lines of a text file, as text or as bytes, each within the limits; and bytes that are not of its encoding."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import BinaryIO

from ckanext.ierwohnen.tables.dialect import Encoding
from ckanext.ierwohnen.tables.reading_source import Source
from ckanext.ierwohnen.tables.unreadable import LIMITS, TableUnreadable

BLOCK = 1 << 20
LINE_BYTES = 4 * LIMITS.line_chars + BLOCK
END_MARK = "\x1a"
_LINE_END = re.compile(rb"\r\n|\r|\n")


def open_text(stream: BinaryIO, encoding: Encoding) -> io.TextIOWrapper:
    """A stream of bytes as text, refusing bytes that are not of the encoding."""
    buffered = io.BufferedReader(stream, BLOCK)  # type: ignore[type-var]
    return io.TextIOWrapper(buffered, encoding.name, errors="strict", newline=None)


def text_lines(text: io.TextIOBase) -> Iterator[str]:
    """The lines of a text; one beyond the limit is refused before it is read to its end."""
    while line := text.readline(LIMITS.line_chars + 1):
        if len(line) > LIMITS.line_chars:
            raise TableUnreadable("line_too_long", limit=LIMITS.line_chars)
        yield _without_end_mark(line) if END_MARK in line else line


def _without_end_mark(line: str) -> str:
    """The last line without the sign with which DOS ended files, which is no text; a line of it alone is blank."""
    if not line.strip(END_MARK + " \t\r\n"):
        return "\n"
    return line.rstrip(END_MARK) if line.endswith(END_MARK) else line


def raw_line(raw: io.BufferedReader) -> bytes:
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


def undecodable(source: Source, encoding: Encoding) -> TableUnreadable:
    """The error for bytes that are not of the encoding, with the first row in which they stand."""
    with source.open() as stream:
        wide = encoding.name.startswith(("utf-16", "utf-32"))
        raw = io.BufferedReader(stream, BLOCK)  # type: ignore[arg-type]
        text = open_text(stream, encoding) if wide else None
        row = 1
        try:
            while text.readline() if text else raw_line(raw).decode(encoding.name):
                row += 1
        except UnicodeError:
            pass
    return TableUnreadable("undecodable", row=row, encoding=encoding.title, filename=source.filename)
