"""Files that are no tables, damaged, hostile or too large: a clear error, bounded time and memory."""

from __future__ import annotations

import gzip
import io
import tracemalloc
import zipfile

import openpyxl
import pytest

from ckanext.ierwohnen.tables.reading import read_table
from ckanext.ierwohnen.tables.unreadable import Limits, TableUnreadable


def refused(data: bytes, name: str = "datei.csv", limits: Limits | None = None) -> TableUnreadable:
    """The error with which a file is refused."""
    with pytest.raises(TableUnreadable) as caught:
        read_table(data, name, limits=limits or Limits())
    for locale in ("de", "en"):
        assert caught.value.message(locale) and caught.value.remedy(locale)
    return caught.value


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"%PDF-1.7 ...", "PDF"),
        (b"\x89PNG\r\n\x1a\n....", "image"),
        (b"\xff\xd8\xff\xe0....", "image"),
        (b"MZ\x90\x00....", "program"),
        (b"\x7fELF....", "program"),
        (gzip.compress(bytes(257) + b"ustar" + bytes(300), mtime=0), "archive"),
        (gzip.compress(gzip.compress(b"a;b\n1;2\n", mtime=0), mtime=0), "archive"),
        (b"<!DOCTYPE html><html><table><tr><td>1</td></tr></table>", "web_page"),
        (b"<?xml version='1.0'?><a/>", "web_page"),
        (b'[{"a": 1}]', "json"),
        (bytes(range(256)) * 40, "binary"),
        (b"a;b\n1;\x00\x01\x02\x03" * 50, "binary"),
    ],
)
def test_what_is_no_table_is_named(data, kind):
    error = refused(data)
    assert (error.code, error.params["kind"]) == ("not_a_table", kind)
    assert kind not in error.message("de") or kind == "PDF"


def test_an_empty_file_and_one_of_blanks():
    assert refused(b"").code == "empty_file"
    assert refused(b" \n\n  \n").code == "empty_file"


def test_a_text_without_a_table():
    assert refused(b"Sehr geehrte Damen und Herren,\nanbei die Zahlen.\n").code == "no_table"


def test_mixed_encodings_name_the_row():
    data = "Nr;Name\n1;Südost\n2;Höhe\n3;Mühle\n4;Größe\n".encode() + "5;Südwest\n".encode("cp1252")
    error = refused(data)
    assert (error.code, error.params["row"]) == ("mixed_encodings", 6)


def test_too_large_a_file_is_not_read():
    assert refused(b"a;b\n1;2\n" * 1000, limits=Limits(text_bytes=1000)).code == "too_large"


def test_a_zip_bomb_is_refused_unopened():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", b"<row>" + b" " * 300_000_000)
    data = stream.getvalue()
    assert len(data) < 1_000_000
    tracemalloc.start()
    assert refused(data, "t.xlsx").code == "archive_bomb"
    assert tracemalloc.get_traced_memory()[1] < 50_000_000
    tracemalloc.stop()


def test_a_bomb_that_lies_about_its_size():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", b" " * 100_000_000)
    data = stream.getvalue().replace((100_000_000).to_bytes(4, "little"), (1000).to_bytes(4, "little"))
    assert refused(data, "t.xlsx").code in ("archive_bomb", "damaged_file")


_SHEET = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{}</sheetData></worksheet>'


def test_a_packed_text_is_read_within_its_limits():
    text = b"Nr;Einwohner\n" + b"01;100\n02;200\n"
    assert [row.cells for row in read_table(gzip.compress(text), "t.csv.gz").rows()] == [("01", "100"), ("02", "200")]
    assert refused(gzip.compress(text)[:-9], "t.csv.gz").code == "damaged_file"
    assert refused(gzip.compress(b""), "t.csv.gz").code == "empty_file"
    assert refused(gzip.compress(bytes(30 * 1024**2)), "t.csv.gz").code == "archive_bomb"
    assert refused(gzip.compress(text * 100_000), "t.csv.gz", Limits(text_bytes=1_000)).code == "too_large"


def test_billion_laughs_and_outside_entities_are_refused():
    for declaration in ('<!ENTITY a "aaaa">', '<!ENTITY a SYSTEM "file:///etc/passwd">'):
        sheet = f"<!DOCTYPE x [{declaration}]>" + _SHEET.format('<row r="1"><c r="A1"><v>&a;</v></c></row>')
        assert refused(_patched({"xl/worksheets/sheet1.xml": sheet}), "t.xlsx").code == "xml_entities"


def test_one_cell_far_away_does_not_fill_the_memory():
    far = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    data = _patched({"xl/worksheets/sheet1.xml": _SHEET.format(far)})
    assert refused(data, "t.xlsx").code == "too_many_cells"


def test_a_million_columns():
    data = (";".join(f"s{i}" for i in range(1_000_000)) + "\n" + ";".join(["1"] * 1_000_000)).encode()
    assert refused(data).code in ("too_many_columns", "line_too_long")


def test_an_endless_line():
    assert refused(b"a" * 5_000_000).code in ("line_too_long", "no_table")
    assert refused(b'a;b\n1;"' + b"x" * 5_000_000).code in ("line_too_long", "no_table")


@pytest.mark.parametrize("cut", [10, 200, 1000, 3000])
def test_a_truncated_workbook_is_damaged(cut):
    data = _patched({})
    assert refused(data[:cut], "t.xlsx").code == "damaged_file"


def test_old_excel_that_is_none():
    assert refused(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 2000, "t.xls").code == "damaged_file"
    encrypted = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 500 + "EncryptedPackage".encode("utf-16-le")
    assert refused(encrypted, "t.xlsx").code == "encrypted"


def test_zero_characters_at_the_end_are_padding():
    table = read_table("Nr;Name\n1;Süd\n2;Ost\nQuelle: Amt\n".encode("cp1252") + b"\x00" * 500, "t.csv")
    assert [row.cells for row in table.rows()] == [("1", "Süd"), ("2", "Ost")]


def _patched(parts: dict[str, str]) -> bytes:
    """A small workbook with some of its parts replaced."""
    workbook = openpyxl.Workbook()
    workbook.active.append(["Nr", "Wert"])  # type: ignore[union-attr]
    workbook.active.append(["01", 5])  # type: ignore[union-attr]
    source, target = io.BytesIO(), io.BytesIO()
    workbook.save(source)
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.namelist():
            new.writestr(entry, parts.get(entry) or old.read(entry))
    return target.getvalue()
