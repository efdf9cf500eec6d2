"""Reading: dialect and layout of texts and workbooks as offices deliver them."""

from __future__ import annotations

import io
from datetime import date

import openpyxl
import pytest

from ckanext.ierwohnen.tables.cells import shown
from ckanext.ierwohnen.tables.dialect import find_dialect, find_encoding
from ckanext.ierwohnen.tables.hints import HintWrong
from ckanext.ierwohnen.tables.office_table import OfficeTable
from ckanext.ierwohnen.tables.reading import read_table

TEXT = "Nr;Stadtteil;Größe\n01;Südost;5,2\n02;Mühlenviertel – Höhe;7,1\n"


def rows_of(table: OfficeTable) -> list[list[str]]:
    """All cells as the office sees them."""
    return [[shown(cell) for cell in row.cells] for row in table.rows()]


def book(rows, change=None) -> bytes:
    """A workbook with these rows in its first sheet."""
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    for row in rows:
        sheet.append(row)
    if change:
        change(workbook, sheet)
    stream = io.BytesIO()
    workbook.save(stream)
    return stream.getvalue()


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "latin-1", "mac_roman", "cp850"]
)
def test_encodings_of_german_offices(encoding):
    text = TEXT if encoding not in ("latin-1", "cp850") else TEXT.replace("–", "-")
    table = read_table(text.encode(encoding), "t.csv")
    assert table.names == ["Nr", "Stadtteil", "Größe"]
    assert rows_of(table)[0] == ["01", "Südost", "5,2"]


def test_windows_1252_is_told_from_macroman_by_german_words():
    assert find_encoding("Größe; Südost".encode("cp1252")).name == "cp1252"
    assert find_encoding("Größe; Südost".encode("mac_roman")).name == "mac_roman"


def test_an_umlaut_far_below_decides_the_encoding():
    text = "Nr;Name\n" + "1;Nord\n" * 60_000 + "2;Südost\n"
    table = read_table(text.encode("cp1252"), "t.csv")
    assert table.encoding and table.encoding.name == "cp1252"
    assert rows_of(table)[-1] == ["2", "Südost"]


@pytest.mark.parametrize("separator", [";", ",", "\t", "|"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_separators_and_line_ends(separator, newline):
    lines = [["Nr", "Name", "Wert"], ["1", f'"Nord{separator} Ost"', "5"], ["2", "West", "7"]]
    table = read_table(newline.join(separator.join(line) for line in lines).encode(), "t.csv")
    assert rows_of(table) == [["1", f"Nord{separator} Ost", "5"], ["2", "West", "7"]]


def test_a_decimal_comma_is_no_separator():
    assert find_dialect("Nr;Wert\n1;5,2\n2;7,1\n3;1,5\n").separator == ";"


def test_line_breaks_in_cells_keep_the_records_apart():
    table = read_table(b'Nr;Name;Wert\n1;"Nord\nOst";5\n2;West;7\n', "t.csv")
    assert rows_of(table) == [["1", "Nord\nOst", "5"], ["2", "West", "7"]]


def test_title_foot_and_row_numbers():
    text = (
        "Leerstand nach Stadtteilen\nStadt Neuwald, Stichtag 31.12.\n\nNr;Stadtteil;Wohnungen\n"
        "01;Nord;5\n\n02;Ost;7\n\n"
        "Quelle: Amt für Statistik\n. = geheim; / = unsicher; r = berichtigt\n"
    )
    table = read_table(text.encode(), "t.csv")
    assert [line.row for line in table.title] == [1, 2]
    assert table.header_rows == (4,)
    assert [(row.number, row.cells[0]) for row in table.rows()] == [(5, "01"), (7, "02")]
    assert [line.row for line in table.foot] == [9, 10]


def test_a_last_row_without_values_stays_in_the_table():
    table = read_table("Nr;Stadtteil;Wohnungen\n01;Nord;5\n02;Ost;7\n03;Höhe;\n".encode(), "t.csv")
    assert rows_of(table)[-1] == ["03", "Höhe", ""]


def test_years_as_column_names_are_a_header():
    table = read_table(b"Gebiet;2010;2011;2012\nNord;5;6;7\nOst;8;9;10\n", "t.csv")
    assert table.names == ["Gebiet", "2010", "2011", "2012"]


def test_counts_that_look_like_years_are_values():
    table = read_table(b"Gebiet;Frauen;Zahl\nNord;1999;2010\nOst;450;470\nWest;312;333\n", "t.csv")
    assert (table.names, rows_of(table)[0]) == (["Gebiet", "Frauen", "Zahl"], ["Nord", "1999", "2010"])


def test_years_under_headings_of_several_columns():
    text = "Gebiet;Frauen;;Zahl;\n;2019;2020;2019;2020\nNord;5;6;7;8\nOst;1;2;3;4\n"
    names = read_table(text.encode(), "t.csv").names
    assert names[1:] == ["Frauen – 2019", "Frauen – 2020", "Zahl – 2019", "Zahl – 2020"]


def test_without_a_header_columns_are_numbered_and_it_is_said():
    table = read_table(b"Nord;5,2\nOst;6,1\nWest;7,7\n", "t.csv")
    assert (table.names, table.has_header) == (["Spalte 1", "Spalte 2"], False)
    assert [problem.code for problem in table.problems] == ["no_header"]


def test_units_and_column_numbers_below_the_names():
    text = "Nr;Stadtteil;Wohnungen;Leerstand\n;;Anzahl;%\n1;2;3;4\n01;Nord;500;5,2\n02;Ost;700;1,2\n03;West;100;0,4\n"
    table = read_table(text.encode(), "t.csv")
    assert table.names == ["Nr", "Stadtteil", "Wohnungen – Anzahl", "Leerstand – %"]
    assert len(rows_of(table)) == 3


def test_headings_over_several_columns_in_text():
    text = "Nr;Wohnungen;;Leerstand;\n;2020;2021;2020;2021\n01;5;6;7;8\n02;5;6;7;8\n"
    table = read_table(text.encode(), "t.csv")
    assert table.names == ["Nr", "Wohnungen – 2020", "Wohnungen – 2021", "Leerstand – 2020", "Leerstand – 2021"]


def test_merged_headers_of_a_workbook():
    rows = [["Nr", "Einwohner", None], [None, "männlich", "weiblich"], ["01", 5, 6], ["02", 7, 8]]

    def merge(_, sheet):
        sheet.merge_cells("B1:C1")
        sheet.merge_cells("A1:A2")

    table = read_table(book(rows, merge), "t.xlsx")
    assert table.names == ["Nr", "Einwohner – männlich", "Einwohner – weiblich"]


def test_side_headers_given_once_are_filled_down():
    text = (
        "Nr;Stadtteil;Alter;Personen\n01;Nord;unter 18;5\n;;18-64;6\n;;65 und älter;7\n"
        "02;Ost;unter 18;1\n;;18-64;2\n;;65 und älter;3\n"
    )
    table = read_table(text.encode(), "t.csv")
    assert [row[:2] for row in rows_of(table)] == [["01", "Nord"]] * 3 + [["02", "Ost"]] * 3
    assert [p.column for p in table.problems if p.code == "filled_down"] == ["Nr", "Stadtteil"]


def test_blanks_that_mean_unknown_are_not_filled():
    text = "Nr;Träger;Wohnungen\n01;Stadt;5\n02;;6\n03;;7\n04;Land;8\n"
    assert [row[1] for row in rows_of(read_table(text.encode(), "t.csv"))] == ["Stadt", "", "", "Land"]


def test_headings_between_rows_become_a_column():
    text = "Bezirk;Insgesamt;Frauen\nDeutsche;;\nNord;5;2\nOst;6;3\nAusländer;;\nNord;1;1\nOst;2;1\n"
    table = read_table(text.encode(), "t.csv")
    assert table.names[-1] == "Abschnitt"
    assert [row[-1] for row in rows_of(table)] == ["Deutsche", "Deutsche", "Ausländer", "Ausländer"]


def test_a_code_beside_its_name_gets_a_column():
    table = read_table("Gebiet;Wert\n01 Zentrum;5\n02 Nord;6\n03 Süd;7\n".encode(), "t.csv")
    assert table.names == ["Gebiet", "Wert", "Gebiet (Schlüssel)"]
    assert rows_of(table)[0] == ["01 Zentrum", "5", "01"]


def test_two_tables_in_one_sheet_are_told_and_can_be_chosen():
    text = (
        "Tabelle 1: Männer\nNr;Wert;Zahl\n01;5;6\n02;7;8\n03;1;2\n\n"
        "Tabelle 2: Frauen\nNr;Wert;Zahl\n01;50;60\n02;70;80\n"
    )
    table = read_table(text.encode(), "t.csv")
    assert (table.tables_in_sheet, rows_of(table)[0]) == (2, ["01", "5", "6"])
    assert "several_tables" in {problem.code for problem in table.problems}
    second = read_table(text.encode(), "t.csv", {"table": 2})
    assert rows_of(second) == [["01", "50", "60"], ["02", "70", "80"]]


def test_workbook_values_as_the_office_sees_them():
    def form(_, sheet):
        sheet["A2"].number_format = "00000000"
        sheet["C2"].number_format = "0.0%"
        sheet["D2"].number_format = '#,##0;-#,##0;"-"'

    rows = [
        ["Schlüssel", "Tag", "Anteil", "Leer", "Wert"],
        [1100101, date(2016, 12, 31), 0.057, 0, 1.5],
        ["01100102", None, 0.1, 3, 2],
    ]
    table = read_table(book(rows, form), "t.xlsx")
    assert rows_of(table)[0] == ["01100101", "31.12.2016", "5,7%", "-", "1,5"]


def test_hidden_rows_columns_and_sheets_are_told():
    def hide(workbook, sheet):
        sheet.row_dimensions[3].hidden = True
        sheet.column_dimensions["C"].hidden = True
        other = workbook.create_sheet("Notizen")
        other.append(["a", "b"])
        other.append([1, 2])
        other.sheet_state = "hidden"

    table = read_table(book([["Nr", "Wert", "Intern"], ["01", 1, 2], ["02", 3, 4], ["03", 5, 6]], hide), "t.xlsx")
    found = {problem.code: problem for problem in table.problems}
    assert found["hidden_rows"].row == 3
    assert found["hidden_column"].column == "Intern"
    assert "Notizen" in found["hidden_sheets"].message("de")
    assert len(rows_of(table)) == 3


def test_sheets_are_listed_and_chosen():
    def add(workbook, _):
        sheet = workbook.create_sheet("2024")
        for row in [["Nr", "Wert"], ["01", 10], ["02", 20]]:
            sheet.append(row)

    data = book([["Nr", "Wert"], ["01", 1], ["02", 2]], add)
    assert [sheet.name for sheet in read_table(data, "t.xlsx").sheets] == ["Sheet", "2024"]
    assert rows_of(read_table(data, "t.xlsx", {"sheet": "2024"}))[0] == ["01", "10"]


def test_formulas_give_their_values(tmp_path):
    """openpyxl writes no values of formulas; a file without them gives blanks, never the formula's text."""
    data = book([["Nr", "Wert", "Summe"], ["01", 1, "=B2*2"], ["02", 2, "=B3*2"]])
    assert [row[2] for row in rows_of(read_table(data, "t.xlsx"))] == ["", ""]


@pytest.fixture
def small_blocks(monkeypatch):
    """Stream what is larger than 100 kB, in blocks of 256 kB, so that tests of streaming are quick."""
    monkeypatch.setattr("ckanext.ierwohnen.tables.reading.IN_MEMORY", 100_000)
    monkeypatch.setattr("ckanext.ierwohnen.tables.reading_lines.BLOCK", 1 << 16)


def test_large_texts_are_streamed_with_the_rows_of_the_file(tmp_path, small_blocks):
    lines = ["Titel;;", "Nr;Name;Wert"] + [f"{i:06d};Ort {i};{i % 1000},5" for i in range(50_000)] + ["Quelle: Amt;;"]
    path = tmp_path / "gross.csv"
    path.write_bytes("\r\n".join(lines).encode("cp1252"))
    table = read_table(path, path.name)
    chunks = list(table.chunks())
    assert len(chunks) > 2
    assert sum(len(chunk) for chunk in chunks) == 50_000 == table.row_count
    assert (chunks[0].rows[0], chunks[-1].rows[-1]) == (3, 50_002)
    assert chunks[-1].columns[0][-1].as_py() == "049999"
    assert [line.text for line in table.foot] == ["Quelle: Amt"]


def test_a_row_with_too_many_fields_is_reported_by_its_number(tmp_path, small_blocks):
    lines = ["Nr;Name;Wert"] + [f"{i};Ort;{i}" for i in range(6)] + ["6;Ort;Teil;6"]
    table = read_table("\n".join(lines).encode(), "t.csv")
    assert [(p.code, p.row) for p in table.problems] == [("ragged_row", 8)]
    big = tmp_path / "gross.csv"
    big.write_text("\n".join(["Nr;Name;Wert"] + ["1;Ortsteil mit Namen;2"] * 30_000 + ["6;Ort;Teil;6", "1;Ort;2"]))
    table = read_table(big, big.name)
    last = list(table.chunks())[-1]
    assert [(p.code, p.row) for p in table.body.problems] == [("ragged_row", 30_002)]  # type: ignore[attr-defined]
    assert last.rows[-1] == 30_003


def test_hints_of_a_person_win():
    text = "Nr;Wert\n01;1.234\n02;5.678\n"
    table = read_table(text.encode(), "t.csv", {"decimal": ".", "header_rows": [1]})
    assert table.styles["Wert"].decimal == "."
    with pytest.raises(HintWrong):
        read_table(text.encode(), "t.csv", {"dezimal": "."})
