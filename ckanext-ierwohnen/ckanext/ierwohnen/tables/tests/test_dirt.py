"""The dirt of files of text: encodings, ends of lines, notes, separators, numbers, totals: read right, or told."""

from __future__ import annotations

import pytest

from ckanext.ierwohnen.tables.columns_of_text import one_byte
from ckanext.ierwohnen.tables.reading import read_table
from ckanext.ierwohnen.tables.tests.dirt import HEAD, ROWS, UNITS, cells, checked, codes, numbers, text
from ckanext.ierwohnen.tables.tests.sheets import ods, xlsx
from ckanext.ierwohnen.tables.twice_encoded import mended
from ckanext.ierwohnen.tables.unreadable import TableUnreadable


@pytest.mark.parametrize("large", [False, True], ids=["small", "streamed"])
@pytest.mark.parametrize(
    ("encoding", "mark"),
    [
        ("utf-8", b""), ("utf-8", b"\xef\xbb\xbf"), ("utf-16-le", b""), ("utf-16-be", b""), ("utf-16-le", b"\xff\xfe"),
        ("utf-16-be", b"\xfe\xff"), ("cp1252", b""), ("latin-1", b""), ("mac_roman", b""), ("cp850", b""),
    ],
)  # fmt: skip
def test_every_encoding_gives_the_same_rows(monkeypatch, encoding, mark, large):
    if large:
        monkeypatch.setattr("ckanext.ierwohnen.tables.reading.IN_MEMORY", 10_000)
    rows = [["Nr", "Straße", "Größe"], *([f"{i:05d}", "Mühlenstraße", f"{i},5"] for i in range(1500))]
    data = mark + (text(rows) + "Quelle: Amt für Statistik, Übersicht;;\n").encode(encoding)
    table = read_table(data, "t.csv")
    assert cells(table) == [list(map(str, row)) for row in rows[1:]]
    assert [line.text for line in table.foot] == ["Quelle: Amt für Statistik, Übersicht"]


@pytest.mark.parametrize("kind", ["csv", "xlsx", "ods", "streamed"])
@pytest.mark.parametrize("page", ["cp1252", "latin-1", "mac_roman", "cp850"])
def test_texts_that_were_encoded_twice_are_put_right_and_told(monkeypatch, page, kind):
    def seen(cell):
        return "".join(bytes([b]).decode(page, "replace").replace("\ufffd", chr(b)) for b in str(cell).encode())

    rows = [["Nr", "Straße", "Größe (m²)"], *([f"{i:03d}", "Mühlgäßchen – Süd", i] for i in range(400))]
    twice = [list(map(seen, row)) for row in rows]
    if kind == "streamed":
        monkeypatch.setattr("ckanext.ierwohnen.tables.reading.IN_MEMORY", 1_000)
        monkeypatch.setattr("ckanext.ierwohnen.tables.reading_lines.BLOCK", 1_021)  # sequences lie across blocks
    made = {"xlsx": xlsx, "ods": ods}[kind]({"T": twice}) if kind in ("xlsx", "ods") else text(twice).encode()
    table = read_table(made, f"t.{kind}")
    assert table.names == rows[0] and [row[1] for row in cells(table)] == ["Mühlgäßchen – Süd"] * 400
    [told] = [p for p in table.problems if p.code == "encoded_twice"]
    assert told.params["now"] in ("Straße", "Größe")
    if kind == "csv":
        assert read_table(made, "t.csv", {"encoding": "utf-8"}).names == twice[0]


@pytest.mark.parametrize("word", ["Süd", "Ça va", "Ã", "Âge", "naïve – „Größe“ 5 m² · 3 °C", "â", "√2"])
def test_other_texts_are_left_as_they_are(word):
    assert mended(word) == word
    table = read_table(text([["Nr", f"Straße {word} 5"], ["1", word], ["2", "x"]]).encode(), "t.csv")
    assert "encoded_twice" not in {problem.code for problem in table.problems}


@pytest.mark.parametrize("end", ["\x1a", "\n\x1a", "\n\x1a\x1a\r\n", "\r\n\x1a\r\n"])
def test_the_sign_with_which_dos_ended_files_is_no_row(end):
    table = read_table((text([HEAD, *ROWS]).rstrip("\n") + end).encode(), "t.csv")
    assert cells(table) == [list(map(str, row)) for row in ROWS]
    assert "control_character" not in codes(checked(table))


@pytest.mark.parametrize(
    "notes",
    [
        ["Ost ist in Nord enthalten."], ["Nord einschließlich Ost"], ["Werte ohne Heime", "Süd siehe West."],
        ["-1: gesperrt"], ["999 = geheim"], ["Grünanlagen"], ["", "Ost ist in Nord enthalten."],
    ],
    ids=lambda notes: notes[-1][:12],
)  # fmt: skip
def test_sentences_right_below_the_data_are_notes(notes):
    below = [notes] if not notes[0] else [[note] for note in notes]
    table = read_table(text([HEAD, *ROWS, *below]).encode(), "t.csv")
    assert cells(table) == [list(map(str, row)) for row in ROWS]
    assert [line.text for line in table.foot] == [note for note in notes if note]
    told = [p for p in table.problems if p.code == "unit_within_other"]
    assert len(told) == sum("Ost" in note or "siehe" in note for note in notes)


@pytest.mark.parametrize("row", [["07 Höhe 12"], ["", "Höhe"], ["Insgesamt", "", 4566], ["", "ohne Angabe", 3]])
def test_rows_that_may_be_data_are_no_notes(row):
    table = read_table(text([HEAD, *ROWS, row]).encode(), "t.csv")
    assert cells(table)[-1] == [*map(str, row), *[""] * (3 - len(row))]


def test_which_encodings_have_a_byte_for_each_character():
    one = ["cp1252", "latin-1", "iso8859-15", "mac_roman", "cp850", "cp437", "iso8859-2", "koi8-r", "ascii"]
    more = ["utf-8", "utf-8-sig", "utf-16", "utf-32", "gbk", "gb18030", "big5", "cp932", "shift_jis", "euc_jp",
            "iso2022_jp", "hz", "utf-7", "cp037", "cp949"]  # fmt: skip
    assert [name for name in [*one, *more] if one_byte(name)] == one


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["unix", "windows", "mac"])
@pytest.mark.parametrize("encoding", ["utf-8", "mac_roman", "utf-16"])
def test_ends_of_lines_in_large_files(monkeypatch, encoding, end):
    data = text([["Größen"], HEAD, *([f"{i:04d}", "Südost", i] for i in range(900))]).replace("\n", end)
    small = read_table(data.encode(encoding), "t.csv")
    monkeypatch.setattr("ckanext.ierwohnen.tables.reading.IN_MEMORY", 100)
    large = read_table(data.encode(encoding), "t.csv")
    assert cells(large) == cells(small) and len(cells(small)) == 900
    assert [row.number for row in large.rows()] == [row.number for row in small.rows()]


@pytest.mark.parametrize("quote", ["", '"'], ids=["bare", "quoted"])
def test_large_files_of_any_bytes_are_read_as_small_ones(monkeypatch, quote):
    letters = [bytes([n]).decode("mac_roman") for n in range(128, 256)]
    body = [[f"{i:04d}", f"{quote}{sign} {sign}{quote}", i] for i, sign in enumerate(letters)]
    rows = [["Nr", "Zeichen", "Zahl"], *body]
    rows.insert(50, ["0999", "zu", "viele", "Felder"])
    data = text(rows).encode("mac_roman")
    small = read_table(data, "t.csv", {"encoding": "mac_roman", "separator": ";"})
    monkeypatch.setattr("ckanext.ierwohnen.tables.reading.IN_MEMORY", 100)
    large = read_table(data + b"\x00" * 50, "t.csv", {"encoding": "mac_roman", "separator": ";"})
    rows_of_small = [row for row in cells(small) if row[0] != "0999"]
    assert cells(large) == rows_of_small and len(rows_of_small) == 128
    assert "ragged_row" in codes(checked(large)) and "ragged_row" in codes(checked(small))


def test_a_byte_that_is_no_character_far_below_is_refused_in_words(monkeypatch):
    monkeypatch.setattr("ckanext.ierwohnen.tables.reading.IN_MEMORY", 100)
    data = text([["Nr", "Ort"], *([f"{i:05d}", "Südost"] for i in range(60_000))]).encode("cp1252")
    table = read_table(data + b"60001;\x81\n", "t.csv", {"encoding": "cp1252"})
    with pytest.raises(TableUnreadable) as caught:
        list(table.chunks())
    assert (caught.value.code, caught.value.params["row"]) == ("undecodable", 60_002)


@pytest.mark.parametrize("sign", [".", " ", "\u00a0", "\u2009", "\u202f", "'", "’"])
def test_every_sign_of_thousands_with_a_decimal_comma(sign):
    written = [f"1{sign}234{sign}567,8", f"12{sign}345,6", "987,0", "5,5"]
    table = read_table(
        text([["Nr", "Fläche"], *([f"{i:02d}", cell] for i, cell in enumerate(written))]).encode(), "t.csv"
    )
    assert numbers(table, "Fläche") == [1234567.8, 12345.6, 987.0, 5.5]


def test_percent_and_units_in_the_cells():
    rows = [
        ["Nr", "Leerstand", "Miete"],
        ["01", "5,2 %", "7,10 €/m²"],
        ["02", "6,1%", "8,00 EUR/m²"],
        ["03", "7 v.H.", "9,5 €/qm"],
    ]
    table = read_table(text(rows).encode(), "t.csv")
    report = checked(table)
    assert numbers(table, "Leerstand", report) == [5.2, 6.1, 7.0]
    assert numbers(table, "Miete", report) == [7.1, 8.0, 9.5]
    assert "mixed_units" not in codes(report)


def test_two_units_in_one_column_are_an_error():
    rows = [["Nr", "Kosten"], ["01", "5,2 €"], ["02", "6,1 ha"], ["03", "7,0 €"]]
    assert "mixed_units" in codes(checked(read_table(text(rows).encode(), "t.csv")))


def test_the_line_that_excel_writes_for_itself_is_no_title():
    table = read_table(("sep=;\n" + text([HEAD, *ROWS])).encode(), "t.csv")
    assert (table.title, table.header_rows, len(cells(table))) == ((), (2,), 3)


def test_commas_that_part_columns_and_decimals_are_refused():
    rows = [f"{key},{name},6,{n}0,50{n}" for n, (key, name) in enumerate(UNITS.items())]
    table = read_table("\n".join(["Nr,Stadtteil,Miete 2024,Wohnungen 2024", *rows, ""]).encode(), "t.csv")
    report = checked(table)
    assert "fields_beyond_names" in codes(report) and not report.publishable


def test_totals_above_between_and_below_are_set_aside():
    rows = [
        HEAD, ["", "Stadt insgesamt", 1000], ["", "Innenstadt zusammen", 300], ["01", "Nord", 100], ["02", "Ost", 200],
        ["", "Außen zusammen", 700], ["03", "Süd", 300], ["04", "West", 400], ["", "Insgesamt", 1000],
    ]  # fmt: skip
    report = checked(read_table(text(rows).encode(), "t.csv"))
    assert [row.row for row in report.specials] == [2, 3, 6, 9]
    assert (report.units_found, report.errors) == (4, 0)
    assert "total_differs" not in codes(report)
