"""Texts that a spreadsheet program would compute are guarded in CSV; harmless ones and numbers stay as they are."""

from __future__ import annotations

import csv
import io

import pytest

from ckanext.ierwohnen.look.formula import guarded
from ckanext.ierwohnen.tables.exports import csv_file
from ckanext.ierwohnen.tables.exports.dump import as_line, guarded_csv
from ckanext.ierwohnen.tables.meaning import ColumnMeaning
from ckanext.ierwohnen.tables.roles import Role
from ckanext.ierwohnen.tables.tests.test_exports import published

DANGEROUS = [
    "=1+1", "+1+1", "-2+3+cmd|' /C calc'!A0", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "\u00a0=1", "＝1+1", "＋1",
    "－1", "＠SUM(1)", '"=1"', "\ufeff=1", "\u3000=1", "a;=1+1", "a\t=cmd()", "a\n=1", "a; -2+cmd|'x'!A0",
]  # fmt: skip


@pytest.mark.parametrize("text", DANGEROUS)
@pytest.mark.parametrize("delimiter", [",", ";"])
def test_a_dangerous_text_is_guarded(text, delimiter):
    safe = guarded(text, delimiter)
    own = guarded("a" + text[1:], delimiter) if text.startswith("a" + delimiter) else None
    assert safe != text or own is not None
    for separator in {",", ";", "\t", "\n", "\r"} - {delimiter}:
        for piece in safe.split(separator):
            assert not piece.strip(' \u00a0\ufeff\u3000"\t\r\n').startswith(("=", "＝", "@", "＠")), (safe, piece)


@pytest.mark.parametrize(
    "text",
    ["", "-", "-5", "+3", "-1.234,5", "-5,7%", "01", "a-b", "Miete, -5 %", "a@b.de", "2025-12-31", "A; B", "x=1"],
)
@pytest.mark.parametrize("delimiter", [",", ";"])
def test_a_harmless_text_stays_as_it_is(text, delimiter):
    assert guarded(text, delimiter) == text


def test_headings_and_cells_of_csv_are_guarded_and_numbers_are_not():
    columns = (
        ColumnMeaning("=A1", "text", "=A1", Role.KEY),
        ColumnMeaning("Zahl", "numeric", "＝x", Role.INDICATOR),
    )
    for dialect, line in ((csv_file.PLAIN, "'=A1,Zahl"), (csv_file.EXCEL, "\ufeff'=A1;'＝x")):
        out = io.BytesIO()
        csv_file.write_csv(published([("@x", "-5.5"), ("-", "5")], columns), out, dialect)
        sign = dialect.decimal
        head, first, second, _ = out.getvalue().decode().split("\r\n")
        assert head == line
        assert first == f"'@x{dialect.delimiter}-5{sign}5" and second == f"-{dialect.delimiter}5"


def dumped(rows, delimiter=",", size=7):
    """What a reader gets of CKAN's dump, which comes in pieces."""
    sent = "".join(as_line(row, delimiter) for row in rows).encode()
    pieces = [sent[n : n + size] for n in range(0, len(sent), size)]
    text = b"".join(guarded_csv(pieces, delimiter)).decode()
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))


@pytest.mark.parametrize("delimiter", [",", "\t"])
@pytest.mark.parametrize("size", [1, 7, 100_000])
def test_a_dump_in_pieces_is_guarded_cell_by_cell_and_else_unchanged(delimiter, size):
    rows = [["_id", "Name", "Wert"], ["1", 'Ä, "B"\nC', "-5.5"], ["99", "2025-12-31", "-1"]]
    rows += [[str(n), text, "7"] for n, text in enumerate(DANGEROUS)]
    assert dumped(rows, delimiter, size) == [[guarded(cell, delimiter) for cell in row] for row in rows]


@pytest.mark.parametrize("text", DANGEROUS)
def test_a_single_dangerous_cell_among_plain_ones_is_seen(text):
    for row in (["1", text, "2"], [text, "1", "2"], ["1", "2", text]):
        assert dumped([["a", "b", "c"], row], size=100_000)[1] == [guarded(cell) for cell in row]
