"""The file before it is read: opened from path, bytes or stream, its kind known by content, bombs refused."""

from __future__ import annotations

import gzip
import io
import re
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from ckanext.ierwohnen.tables.twice_encoded import LEAD_BYTES
from ckanext.ierwohnen.tables.unreadable import LIMITS, Limits, TableUnreadable

HEAD = 262_144
_MAGIC = (
    (b"%PDF", "PDF"), (b"\x89PNG", "image"), (b"\xff\xd8\xff", "image"), (b"GIF8", "image"), (b"II*\x00", "image"),
    (b"MM\x00*", "image"), (b"RIFF", "media"), (b"MZ", "program"), (b"\x7fELF", "program"), (b"\x1f\x8b", "archive"),
    (b"Rar!", "archive"), (b"7z\xbc\xaf", "archive"), (b"BZh", "archive"), (b"\xfd7zXZ", "archive"),
    (b"{\\rtf", "text_document"), (b"SQLite format 3", "database"), (b"PAR1", "parquet"),
)  # fmt: skip
_GZIP = b"\x1f\x8b"
_TAR = (257, b"ustar")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MARKUP = re.compile(rb"^\s*(?:<!doctype html|<html|<\?xml|<table|<!--|<svg|<rdf)", re.I)
# Most sheets are narrow and not very long; two fast searches tell that, and only others are looked at cell by cell.
_BEYOND_NARROW = re.compile(rb'<c(?! r="[A-Z][0-9])')
_BEYOND_SHORT = re.compile(rb'<row(?! r="[0-9]{1,5}")')
_UNSEEN = (b"hidden=", b' width="0', b' ht="0')
_ASCII = bytes(range(128))
NARROW, SHORT = 26, 99_999
_CELL = re.compile(rb"\br\s*=\s*[\"']([A-Z]{1,3})[0-9]")
_ROW = re.compile(rb"<(?:\w+:)?row\b[^>]*?\br\s*=\s*[\"'](\d+)[\"']")
_BARE_FORMULA = re.compile(
    rb"<(?:\w+:)?c\b([^>]*)>\s*<(?:\w+:)?f\b(?:[^>]*/>|[^>]*>[^<]*</(?:\w+:)?f>)\s*"
    rb"(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)
_PLACE = re.compile(rb"\br=[\"']([A-Z]{1,3})(\d{1,7})[\"']")
_MOST_FORMULAS = 5_000
_ERROR_CELL = re.compile(
    rb"<(?:\w+:)?c\b([^>]*\bt=[\"']e[\"'][^>]*)>\s*(?:<(?:\w+:)?f\b(?:[^>]*/>|[^>]*>[^<]*</(?:\w+:)?f>)\s*)?"
    rb"<(?:\w+:)?v>([^<]{2,20})</"
)
_RESULT = re.compile(rb"<c r=\"([A-Z]{1,3})\d+\"([^>]*)><f\b(?:[^>]*/>|[^>]*>[^<]*</f>)<v>([^<]*)</v>")
_SHOWN_OTHER = re.compile(
    rb"text-position=\"super|visibility=\"(?:collapse|filter)|<office:annotation"
    rb"|\boffice:value=\"[^\"]*\"[^>]*>\s*<text:p>(?:[^<0-9]*|\([^<]*\)|[^<]*[prs])</text:p>"
    rb"|\boffice:value=\"-?[0-9]{3,}\"[^>]*>\s*<text:p>-?[0-9]{1,3},[0-9]{1,2}</text:p>"
    rb"|\boffice:value=\"[^\"]*\"[^>]*>\s*<text:p\s*/>|value-type=\"percentage\"|value-type=\"error\""
    rb"|\boffice:date-value=\"[^\"]*\"[^>]*>\s*<text:p>[^<.]*\.?[^<.]*</text:p>"
)
SHARED = "xl/sharedStrings.xml"
_REPEATED = re.compile(rb'number-(rows|columns)-repeated="(\d+)"')


@dataclass
class SheetFacts:
    """What the raw XML of a worksheet tells: bounds of its last row and column (from 1), whether something in it is
    hidden, the places of formulas without a value (row, column letters) and of errors (with what stands there,
    `#REF!`), how many formulas a column has and how many of their results are not 0, whether cells may show other than
    their values (raised parts of texts), and whether texts may have been encoded twice.
    """

    last_row: int = SHORT
    last_column: int = NARROW
    hidden: bool = False
    bare_formulas: list[tuple[int, str]] = field(default_factory=list)
    error_cells: list[tuple[int, str, str]] = field(default_factory=list)
    formulas: dict[str, list[int]] = field(default_factory=dict)
    raised: bool = False
    twice: bool = False


@dataclass
class Source:
    """A file that can be opened any number of times. `format`: csv, xlsx, xls or ods.

    `plain`: a text known to be UTF-8 from end to end, without zero characters or our private marks.
    """

    filename: str
    path: Path | None
    data: bytes | None
    format: str = ""
    sheets: dict[str, SheetFacts] = field(default_factory=dict)
    plain: bool = False
    _keep: object = field(default=None, repr=False)

    def open(self) -> BinaryIO:
        """The bytes from the start."""
        return io.BytesIO(self.data) if self.data is not None else open(self.path or "", "rb")

    @property
    def size(self) -> int:
        """Bytes."""
        return len(self.data) if self.data is not None else (self.path or Path()).stat().st_size


def open_source(source: str | Path | bytes | BinaryIO, filename: str, limits: Limits = LIMITS) -> Source:
    """Take a file in, and refuse what is not a table or would exhaust the machine.

    :raises TableUnreadable: with a code that says what the file is, or which limit it breaks
    """
    opened = _taken(source, filename, limits)
    if opened.size == 0:
        raise TableUnreadable("empty_file", filename=filename)
    with opened.open() as stream:
        head = stream.read(HEAD)
    if head.startswith(_GZIP):
        opened = _unpacked(opened, limits)
        with opened.open() as stream:
            head = stream.read(HEAD)
    opened.format = _format(opened, head)
    limit = limits.text_bytes if opened.format == "csv" else limits.workbook_bytes
    if opened.size > limit:
        raise TableUnreadable("too_large", size=round(opened.size / 1024**2), limit=limit // 1024**2)
    if opened.format in ("xlsx", "ods"):
        opened.sheets = _examine_archive(opened, limits)
    return opened


def _unpacked(packed: Source, limits: Limits) -> Source:
    """The one file in a `.gz`, within the limits of texts; an archive of several files is none."""
    kept = tempfile.NamedTemporaryFile(prefix="ierwohnen-")  # noqa: SIM115 - lives as long as the source
    filename = re.sub(r"\.gz$", "", packed.filename, flags=re.I)
    try:
        with packed.open() as stream, gzip.open(stream) as unpacked:
            while block := unpacked.read(1 << 20):
                kept.write(block)
                if kept.tell() > limits.text_bytes:
                    raise TableUnreadable("too_large", size=kept.tell() // 1024**2, limit=limits.text_bytes // 1024**2)
                _refuse_sizes(kept.tell(), packed, limits)
    except (OSError, EOFError, zlib.error) as error:
        raise TableUnreadable("damaged_file", filename=packed.filename) from error
    kept.flush()
    source = Source(filename, Path(kept.name), None, _keep=kept)
    with source.open() as stream:
        head = stream.read(_TAR[0] + len(_TAR[1]))
    if not head:
        raise TableUnreadable("empty_file", filename=filename)
    if head.startswith(_GZIP) or head[_TAR[0] :] == _TAR[1]:
        raise TableUnreadable("not_a_table", kind="archive", filename=packed.filename)
    return source


def _taken(source: str | Path | bytes | BinaryIO, filename: str, limits: Limits) -> Source:
    if isinstance(source, bytes):
        return Source(filename, None, source)
    if isinstance(source, str | Path):
        return Source(filename, Path(source), None)
    name = getattr(source, "name", None)
    if isinstance(name, str) and Path(name).is_file():
        return Source(filename, Path(name), None)
    kept = tempfile.NamedTemporaryFile(prefix="ierwohnen-")  # noqa: SIM115 - lives as long as the source
    most = max(limits.text_bytes, limits.workbook_bytes)
    while block := source.read(1 << 20):
        if kept.tell() + len(block) > most:  # however long the stream is, no more of it is kept
            kept.close()
            raise TableUnreadable("too_large", size=round(most / 1024**2), limit=most // 1024**2)
        kept.write(block)
    kept.flush()
    return Source(filename, Path(kept.name), None, _keep=kept)


def _format(source: Source, head: bytes) -> str:
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            raise TableUnreadable("not_a_table", kind=kind, filename=source.filename)
    if head.startswith(_OLE):
        if "EncryptedPackage".encode("utf-16-le") in head:
            raise TableUnreadable("encrypted", filename=source.filename)
        if "WordDocument".encode("utf-16-le") in head:
            raise TableUnreadable("not_a_table", kind="text_document", filename=source.filename)
        return "xls"
    if head.startswith(b"PK"):
        return _archive_format(source)
    if _MARKUP.match(head.lstrip(b"\xef\xbb\xbf")):
        raise TableUnreadable("not_a_table", kind="web_page", filename=source.filename)
    if re.match(rb"^(?:\xef\xbb\xbf)?\s*[\[{]\s*[\"{\[]", head):
        raise TableUnreadable("not_a_table", kind="json", filename=source.filename)
    return "csv"


def _archive_format(source: Source) -> str:
    try:
        with source.open() as stream, zipfile.ZipFile(stream) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise TableUnreadable("damaged_file", filename=source.filename) from error
    if "xl/workbook.xml" in names:
        return "xlsx"
    if "xl/workbook.bin" in names:
        raise TableUnreadable("not_a_table", kind="xlsb", filename=source.filename)
    if "content.xml" in names:
        return "ods"
    kind = "text_document" if any(name.startswith("word/") for name in names) else "archive"
    raise TableUnreadable("not_a_table", kind=kind, filename=source.filename)


def _examine_archive(source: Source, limits: Limits) -> dict[str, SheetFacts]:
    """Unpack once, counting only: sizes as they really are, no document types, how far each sheet reaches."""
    facts: dict[str, SheetFacts] = {}
    total = 0
    try:
        with source.open() as stream, zipfile.ZipFile(stream) as archive:
            entries = archive.infolist()
            if len(entries) > limits.archive_entries:
                raise TableUnreadable("archive_bomb", filename=source.filename)
            _refuse_sizes(sum(e.file_size for e in entries), source, limits)
            for entry in entries:
                if not entry.filename.endswith((".xml", ".rels", ".vml")):
                    continue
                found = SheetFacts()
                for block in blocks(archive, entry):
                    total += len(block)
                    _refuse_sizes(total, source, limits)
                    _examine_block(block, entry.filename, found, source)
                if entry.filename in (SHARED, "content.xml"):
                    facts[entry.filename] = found
                if entry.filename.startswith("xl/worksheets/"):
                    if found.last_row * found.last_column > limits.cells:
                        _measure_exactly(archive, entry, found)
                    facts[entry.filename] = found
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, RuntimeError, NotImplementedError, ValueError) as error:
        raise TableUnreadable("damaged_file", filename=source.filename) from error
    for found in facts.values():
        if found.last_row * found.last_column > limits.cells or found.last_column > limits.columns * 10:
            raise TableUnreadable("too_many_cells", rows=found.last_row, columns=found.last_column)
    return facts


def _refuse_sizes(unpacked: int, source: Source, limits: Limits) -> None:
    if unpacked > limits.unpacked_bytes or (unpacked > 20 * 1024**2 and unpacked > limits.unpacked_ratio * source.size):
        raise TableUnreadable("archive_bomb", filename=source.filename)


def blocks(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    """Blocks of about a megabyte that end at the end of a row or at least of a tag, so that a pattern never lies
    across two.
    """
    rest = b""
    with archive.open(entry) as unpacked:
        while block := unpacked.read(1 << 20):
            block = rest + block
            cut = block.rfind(b"</row>") + 6
            cut = cut if cut > 5 else block.rfind(b">") + 1
            rest = block[cut:] if cut else b""
            yield block[:cut] if cut else block
    if rest:
        yield rest


def _holds_lead(block: bytes) -> bool:
    """Whether a letter occurs with which a sequence begins; looked for among the few bytes beyond ASCII alone."""
    foreign = b"" if block.isascii() else block.translate(None, _ASCII)
    return any(lead in foreign for lead in LEAD_BYTES)


def _examine_block(block: bytes, name: str, found: SheetFacts, source: Source) -> None:
    if _holds(block, b"!", b"<!DOCTYPE", b"<!ENTITY"):
        raise TableUnreadable("xml_entities", filename=source.filename)
    # Some programs write letters beyond ASCII as numbers.
    found.twice = found.twice or b"&#" in block or _holds_lead(block)
    if name.startswith("xl/worksheets/"):
        _measure(block, found)
        found.hidden = found.hidden or _holds(block, b"h", *_UNSEEN)
        found.raised = found.raised or _holds(block, b"u", b"superscript")
        if _holds(block, b"f", b"<f") or _holds(block, b":", b":c"):
            _note_bare_formulas(block, found)
            _note_results(block, found)
        if _holds(block, b"#", b't="e"', b"t='e'"):
            _note_errors(block, found)
    elif name == SHARED:
        found.raised = found.raised or b"superscript" in block
    elif name == "content.xml":
        found.raised = found.raised or bool(_SHOWN_OTHER.search(block))
        _refuse_repeats(block)


def _holds(block: bytes, letter: bytes, *signs: bytes) -> bool:
    """Whether any of `signs` is in a block. Most hold not even a `letter` of theirs, which is seen much faster."""
    return letter in block and any(sign in block for sign in signs)


def _measure(block: bytes, found: SheetFacts) -> None:
    """How far the cells of a block reach, whatever program wrote it; at least `NARROW` and `SHORT`."""
    odd = _holds(block, b":", b":c", b":row")
    if odd or _BEYOND_SHORT.search(block):
        found.last_row = max(found.last_row, *map(int, _ROW.findall(block)), 0)
    if odd or _BEYOND_NARROW.search(block):
        letters = set(_CELL.findall(block))
        found.last_column = max(found.last_column, *(column_number(one.decode()) for one in letters), 0)


def _measure_exactly(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, found: SheetFacts) -> None:
    """The last row and column of a sheet, by looking at every cell."""
    found.last_row = found.last_column = 1
    for block in blocks(archive, entry):
        found.last_row = max(found.last_row, *map(int, _ROW.findall(block)), 0)
        letters = set(_CELL.findall(block))
        found.last_column = max(found.last_column, *(column_number(one.decode()) for one in letters), 0)


def _note_bare_formulas(block: bytes, found: SheetFacts) -> None:
    """Formulas whose value was never computed: other programs than Excel leave that to Excel."""
    for match in _BARE_FORMULA.finditer(block):
        place = _PLACE.search(match[1])
        # An empty text is a value, and as such has its type.
        if place and b't="str"' not in match[1] and len(found.bare_formulas) < _MOST_FORMULAS:
            found.bare_formulas.append((int(place[2]), place[1].decode()))


def _note_errors(block: bytes, found: SheetFacts) -> None:
    """Cells that hold an error; calamine gives them as blank."""
    for attributes, text in _ERROR_CELL.findall(block):
        place = _PLACE.search(attributes)
        if place and len(found.error_cells) < _MOST_FORMULAS:
            found.error_cells.append((int(place[2]), place[1].decode(), text.decode("utf-8", "replace")))


def _note_results(block: bytes, found: SheetFacts) -> None:
    """How many formulas each column has, and how many of them do not give 0."""
    for letters, kind, result in _RESULT.findall(block):
        counted = found.formulas.setdefault(letters.decode(), [0, 0])
        counted[0] += 1
        counted[1] += b"t=" in kind or result not in (b"0", b"0.0")


def _refuse_repeats(block: bytes) -> None:
    """ODS repeats cells by number; a filled cell repeated a million times is refused (blank ones are usual)."""
    for match in re.finditer(rb"<table:table-cell\b([^>]*)>", block):
        if b"office:value" in match[1] or b"office:string-value" in match[1]:
            for _, number in _REPEATED.findall(match[1]):
                if int(number) > 20_000:
                    raise TableUnreadable("too_many_cells", rows=1, columns=int(number))


def column_number(letters: str) -> int:
    """`A` → 1, `AA` → 27."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def column_letters(number: int) -> str:
    """1 → `A`, 27 → `AA`."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
