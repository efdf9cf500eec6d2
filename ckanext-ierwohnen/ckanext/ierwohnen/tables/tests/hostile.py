"""Hostile files, each read in a process of its own with bounded memory and time: what came of it, as one line.

    python hostile.py KIND      prints the code of the refusal (or `table`), the German message, seconds and megabytes
"""

from __future__ import annotations

import io
import json
import resource
import sys
import time
import zipfile
from pathlib import Path
from typing import BinaryIO

MEGABYTE = 1024**2
MEMORY = 1_500 * MEGABYTE  # of addresses, of which the libraries alone take about half
XLSX = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{}</sheetData></worksheet>'
LAUGHS = "<!DOCTYPE x [" + '<!ENTITY a0 "ha">' + "".join(
    f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10)
) + "]>"
OUTSIDE = '<!DOCTYPE x [<!ENTITY a9 SYSTEM "file:///etc/passwd">]>'


class Endless(io.RawIOBase):
    """A stream of five gigabytes that nobody keeps."""

    def __init__(self, size: int) -> None:
        self._left = size
        self._lines = b"01;Nord;1.234\n" * 75_000

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        piece = self._lines[: min(len(self._lines), self._left, size if size > 0 else self._left)]
        self._left -= len(piece)
        return piece


def archive(parts: dict[str, bytes]) -> bytes:
    """A compressed archive."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as out:
        for name, content in parts.items():
            out.writestr(name, content)
    return stream.getvalue()


def book(sheet: str, **parts: bytes) -> bytes:
    """A workbook with this XML as its sheet."""
    from ckanext.ierwohnen.tables.tests.sheets import xlsx

    whole = {}
    with zipfile.ZipFile(io.BytesIO(xlsx({"T": [["Nr", "Wert"], ["01", 5]]}))) as old:
        whole = {name: old.read(name) for name in old.namelist()}
    return archive({**whole, "xl/worksheets/sheet1.xml": sheet.encode(), **parts})


def zeros(size: int) -> bytes:
    """A member of an archive that unpacks to so many blanks."""
    return b" " * size


def hostile(kind: str) -> bytes | BinaryIO:
    """The file of a kind."""
    from ckanext.ierwohnen.tables.tests.sheets import ods

    cell = '<row r="1"><c r="A1" t="str"><v>&a9;</v></c></row>'
    if kind == "zip bomb":
        return book(XLSX.format(""), **{"xl/sharedStrings.xml": zeros(700 * MEGABYTE)})
    if kind == "zip bomb, ods":
        return archive({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet",
                        "content.xml": zeros(700 * MEGABYTE)})  # fmt: skip
    if kind == "nested zips":
        inner = archive({"0.xml": zeros(100 * MEGABYTE)})
        for _ in range(4):
            inner = archive({f"{n}.zip": inner for n in range(8)})
        return inner
    if kind == "many entries":
        return archive({f"xl/{n}.xml": b"" for n in range(20_000)} | {"xl/workbook.xml": b"<w/>"})
    if kind in ("billion laughs", "outside entity"):
        return book((LAUGHS if kind == "billion laughs" else OUTSIDE) + XLSX.format(cell))
    if kind in ("billion laughs, ods", "outside entity, ods"):
        head = LAUGHS if kind == "billion laughs, ods" else OUTSIDE
        return ods({"T": [["Nr", "Wert"], ["01", 5]]}, head=f'<?xml version="1.0"?>{head}')
    if kind == "16,384 columns":
        from ckanext.ierwohnen.tables.reading_source import column_letters

        letters = [column_letters(n) for n in range(1, 16_385)]
        rows = (
            f'<row r="{r}">' + "".join(f'<c r="{name}{r}"><v>{r}</v></c>' for name in letters) + "</row>"
            for r in range(1, 21)
        )
        return book(XLSX.format("".join(rows)))
    if kind == "1,000,000 columns":
        names = ";".join(f"s{n}" for n in range(1_000_000))
        return f"{names}\n{';'.join(['1'] * 1_000_000)}\n{';'.join(['2'] * 1_000_000)}\n".encode()
    if kind == "one cell far away":
        return book(XLSX.format('<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c>'
                                "</row>"))  # fmt: skip
    if kind == "repeated cells, ods":
        many = '<table:table-cell office:value-type="float" office:value="1" table:number-columns-repeated="1000000"/>'
        whole = ods({"T": [["Nr", "Wert"], ["01", 5]]})
        with zipfile.ZipFile(io.BytesIO(whole)) as old:
            content = old.read("content.xml").replace(b"</table:table-row>", many.encode() + b"</table:table-row>", 1)
        return archive({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet", "content.xml": content})
    if kind == "5 GB stream":
        return Endless(5 * 1024**3)
    if kind == "endless line":
        return b"a;b\n1;" + b"x" * 60 * MEGABYTE
    if kind == "open quotation mark":
        return b'Nr;Wert\n01;"5\n' + b"02;7\n" * 3_000_000
    raise SystemExit(f"unknown kind {kind}")


def read_one(kind: str) -> dict[str, object]:
    """Read one hostile file within bounds, and say what came of it."""
    data = hostile(kind)
    limits = Limits(text_bytes=200 * MEGABYTE) if kind == "5 GB stream" else Limits()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    start = time.process_time()
    try:
        table = read_table(data, "datei", limits=limits)  # type: ignore[arg-type]
        report = check_table(table, propose_roles(table))
        code, message = "table", "; ".join(p.message("de") for p in report.problems if p.severity == "error")[:200]
    except TableUnreadable as error:
        code, message = error.code, f"{error.message('de')} {error.remedy('de')}"
    except BaseException as error:
        code, message = type(error).__name__, repr(error)[:500]
    return {
        "kind": kind, "code": code, "message": message, "seconds": round(time.process_time() - start, 2),
        "megabytes": (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024,
    }  # fmt: skip


if __name__ == "__main__":
    import ckanext

    ckanext.__path__.insert(0, str(Path(__file__).parents[3]))
    from ckanext.ierwohnen.tables.check import check_table
    from ckanext.ierwohnen.tables.reading import read_table
    from ckanext.ierwohnen.tables.roles import propose_roles
    from ckanext.ierwohnen.tables.unreadable import Limits, TableUnreadable

    print(json.dumps(read_one(sys.argv[1]), ensure_ascii=False))
