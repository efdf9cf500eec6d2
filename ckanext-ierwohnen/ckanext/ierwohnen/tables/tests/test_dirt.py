"""The dirt of real shared drives, kind by kind: each is read right, or told in plain words."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from ckanext.ierwohnen.places.keys import LevelKeys
from ckanext.ierwohnen.tables.check import CheckReport, check_table
from ckanext.ierwohnen.tables.columns_of_text import one_byte
from ckanext.ierwohnen.tables.convert import convert_numbers
from ckanext.ierwohnen.tables.office_table import OfficeTable
from ckanext.ierwohnen.tables.reading import read_table
from ckanext.ierwohnen.tables.roles import ColumnRole, propose_roles
from ckanext.ierwohnen.tables.tests.sheets import ods, xlsx
from ckanext.ierwohnen.tables.unreadable import TableUnreadable

UNITS = {f"{i:02d}": name for i, name in enumerate(["Nord", "Ost", "Süd", "West", "Mitte", "Höhe"], 1)}
QUARTERS = LevelKeys("stadt", "quarter", "Stadtteil", date(2021, 1, 1), UNITS)
HEAD = ["Nr", "Stadtteil", "Wohnungen"]
ROWS = [["01", "Nord", 1234], ["02", "Ost", 987], ["03", "Süd", 2345]]


def cells(table: OfficeTable) -> list[list[str]]:
    """All cells without private marks."""
    return [[cell.lstrip("\ue000\ue001") for cell in row.cells] for row in table.rows()]


def checked(table: OfficeTable, roles: list[ColumnRole] | None = None) -> CheckReport:
    """The report with proposed roles."""
    return check_table(table, roles or propose_roles(table, [QUARTERS]), [QUARTERS])


def codes(report: CheckReport) -> set[str]:
    """The kinds of problems."""
    return {problem.code for problem in report.problems}


def numbers(table: OfficeTable, column: str, report: CheckReport | None = None) -> list[float | None]:
    """The values of a column as they would be stored."""
    report = report or checked(table)
    chunk = next(table.chunks())
    read = convert_numbers(chunk.columns[table.names.index(column)], report.styles[column], zero=report.zero[column])
    return [None if value is None else float(value) for value in read.values.to_pylist()]


def text(rows: list[list[object]], separator: str = ";") -> str:
    """Rows as delimited text."""
    return "\n".join(separator.join("" if cell is None else str(cell) for cell in row) for row in rows) + "\n"


# --- encodings, separators, numbers -------------------------------------------------------------------------------


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


# --- several tables, several sheets -------------------------------------------------------------------------------


def test_tables_side_by_side_are_told_and_can_be_chosen():
    rows = [
        ["Tab. 1: Männer", "", "", "", "Tab. 2: Frauen", "", ""],
        ["Nr", "Stadtteil", "Zahl", "", "Nr", "Stadtteil", "Zahl"],
        *([f"{i:02d}", UNITS[f"{i:02d}"], i, "", f"{i:02d}", UNITS[f"{i:02d}"], 10 * i] for i in range(1, 5)),
    ]
    table = read_table(text(rows).encode(), "t.csv")
    problem = next(p for p in table.problems if p.code == "tables_beside")
    assert (table.names, cells(table)[0], table.tables_in_sheet) == (
        ["Nr", "Stadtteil", "Zahl"],
        ["01", "Nord", "1"],
        2,
    )
    assert problem.repair == ({"action": "table", "value": 2},)
    second = read_table(text(rows).encode(), "t.csv", {"table": 2})
    assert cells(second)[3] == ["04", "West", "40"]
    assert [column.letter for column in second.columns] == ["E", "F", "G"]


def test_a_blank_column_between_columns_parts_no_tables():
    rows = [["Nr", "", "Stadtteil", "", "Zahl"], *([f"{i:02d}", "", UNITS[f"{i:02d}"], "", i] for i in range(1, 5))]
    table = read_table(text(rows).encode(), "t.csv")
    assert (table.names, table.tables_in_sheet) == (["Nr", "Stadtteil", "Zahl"], 1)


@pytest.mark.parametrize("make", [xlsx, ods], ids=["xlsx", "ods"])
def test_sheets_by_year_are_one_table_with_the_year_as_a_column(make):
    sheets = {
        str(year): [HEAD, *([key, name, value + year] for key, name, value in ROWS)] for year in (2019, 2020, 2021)
    }
    table = read_table(make(sheets), "t.xlsx")
    assert (table.names, len(cells(table))) == ([*HEAD, "Zeitpunkt (Blatt)"], 9)
    assert cells(table)[4] == ["02", "Ost", str(987 + 2020), "2020"]
    roles = {role.column: str(role.role) for role in propose_roles(table, [QUARTERS])}
    assert roles["Zeitpunkt (Blatt)"] == "period"
    told = next(p for p in table.problems if p.code == "sheets_joined")
    assert "2019, 2020, 2021" in told.message("de")
    assert len(cells(read_table(make(sheets), "t.xlsx", {"sheet": "2020"}))) == 3


def test_a_row_of_a_further_sheet_is_named_with_its_sheet():
    sheets = {"2019": [HEAD, *ROWS], "2020": [HEAD, *ROWS[:2], ["03", "Süd", "kaputt"]]}
    report = checked(read_table(xlsx(sheets), "t.xlsx"))
    problem = next(p for p in report.problems if p.code == "not_a_number")
    assert "Zeile 4 (Blatt 2)" in problem.message("de")


@pytest.mark.parametrize("names", [("2019", "Notizen"), ("Nord", "Ost")])
def test_sheets_that_are_no_years_stay_apart_and_are_told(names):
    table = read_table(xlsx({name: [HEAD, *ROWS] for name in names}), "t.xlsx")
    assert len(cells(table)) == 3
    told = next(p for p in table.problems if p.code == "other_sheets")
    assert told.repair == ({"action": "sheet", "value": names[1]},)


def test_a_hidden_sheet_of_an_ods_is_told():
    table = read_table(ods({"Daten": [HEAD, *ROWS], "Intern": [HEAD, *ROWS]}, hidden=["Intern"]), "t.ods")
    assert table.sheet == "Daten"
    assert "Intern" in next(p for p in table.problems if p.code == "hidden_sheets").message("de")


# --- headers and side headers -------------------------------------------------------------------------------------


def test_three_merged_header_rows():
    rows = [
        ["Nr", "Einwohner", None, None, None], [None, "männlich", None, "weiblich", None],
        [None, 2019, 2020, 2019, 2020], ["01", 1, 2, 3, 4], ["02", 5, 6, 7, 8], ["03", 4, 5, 6, 7],
    ]  # fmt: skip

    def merge(book):
        for area in ("A1:A3", "B1:E1", "B2:C2", "D2:E2"):
            book.worksheets[0].merge_cells(area)

    roles = {
        r.column: (r.period, r.code) for r in propose_roles(read_table(xlsx({"T": rows}, merge), "t.xlsx"), [QUARTERS])
    }
    assert roles["Einwohner – männlich – 2020"] == ("2020", "m")
    assert roles["Einwohner – weiblich – 2019"] == ("2019", "f")


def test_side_headers_are_filled_down_in_streams_as_in_small_files(monkeypatch):
    groups = ["unter 18", "18-64", "65 und älter"]
    rows = [["Nr", "Alter", "Personen"]]
    for i in range(4_000):
        rows += [[f"{i:05d}" if n == 0 else "", group, n + i] for n, group in enumerate(groups)]
    small = read_table(text(rows).encode(), "t.csv")
    monkeypatch.setattr("ckanext.ierwohnen.tables.reading.IN_MEMORY", 10_000)
    monkeypatch.setattr("ckanext.ierwohnen.tables.reading_csv.BLOCK", 1 << 14)
    large = read_table(text(rows).encode(), "t.csv")
    assert len(list(large.chunks())) > 1
    assert cells(large) == cells(small)
    assert cells(large)[-1] == ["03999", "65 und älter", "4001"]
    for table in (small, large):
        told = next(p for p in checked(table).problems if p.code == "filled_down")
        assert (told.column, told.params["count"]) == ("Nr", 8_000)


def test_headings_between_rows_become_a_column_in_streams_too(monkeypatch):
    rows: list[list[object]] = [["Bezirk", "Insgesamt", "Frauen"]]
    for name in ("Deutsche", "Ausländer"):
        rows += [[name, "", ""], *([f"Ort {i}", i, i // 2] for i in range(2_000))]
    small = read_table(text(rows).encode(), "t.csv")
    monkeypatch.setattr("ckanext.ierwohnen.tables.reading.IN_MEMORY", 10_000)
    monkeypatch.setattr("ckanext.ierwohnen.tables.reading_csv.BLOCK", 1 << 12)
    large = read_table(text(rows).encode(), "t.csv")
    assert cells(large) == cells(small)
    assert cells(large)[2_000] == ["Ort 0", "0", "0", "Ausländer"]
    assert large.row_count == 4_000


def test_codes_with_names_get_a_column_in_streams_too(monkeypatch):
    monkeypatch.setattr("ckanext.ierwohnen.tables.reading.IN_MEMORY", 10_000)
    rows = [["Gebiet", "Zahl"], *([f"{i:04d} Ort {i}", i] for i in range(2_000))]
    table = read_table(text(rows).encode(), "t.csv")
    assert cells(table)[1_999] == ["1999 Ort 1999", "1999", "1999"]
    assert "code_split" in codes(checked(table))


def test_rows_that_have_moved_are_told_by_row():
    rows = [
        ["Nr", "Stadtteil", "Wohnungen", "Leer"],
        *([f"{i:02d}", UNITS[f"{i:02d}"], 100 + i, i] for i in range(1, 5)), ["9", "05", "Mitte", 105],
        ["06", "12. Bezirk", 7, 2], ["07", "Weststadt", 8, "Neubau"],
    ]  # fmt: skip
    for data in (text(rows).encode(), xlsx({"T": rows})):
        found = [p for p in checked(read_table(data, "t")).problems if p.code == "row_shifted"]
        assert [(p.row, p.column, p.value) for p in found] == [(6, "Wohnungen", "Mitte")]


def test_a_slip_of_the_pen_tells_nothing_about_the_decimal_sign():
    rows = [["Nr", "Zahl"], *([f"{i:02d}", f"{i}2.34{i}"] for i in range(1, 6)), ["06", "1O.674"]]
    found = {(p.code, p.row) for p in checked(read_table(text(rows).encode(), "t.csv")).problems if p.column == "Zahl"}
    assert {("ambiguous_number", 2), ("not_a_number", 7)} <= found


def test_headings_of_two_levels_are_kept_together():
    ages = [["", key, 10, 20] for key in ("unter 18", "18-64", "65 und älter")]
    half = [["männlich"], *ages, ["weiblich"], *ages]
    body = [["Deutsche"], *half, ["Ausländer"], *half]
    rows = [["Nr", "Alter", "Nord", "Süd"], *([*row, *[""] * (4 - len(row))] for row in body)]
    table = read_table(text(rows).encode(), "t.csv")
    found = list(dict.fromkeys(row.cells[-1] for row in table.rows()))
    wanted = ["Deutsche – männlich", "Deutsche – weiblich", "Ausländer – männlich", "Ausländer – weiblich"]
    assert found == wanted
    assert next(p for p in table.problems if p.code == "section_headings").params["headings"] == wanted


@pytest.mark.parametrize("places", [[QUARTERS], []], ids=["known", "unknown"])
def test_a_total_named_in_the_column_of_keys_is_no_unit(places):
    data = text([["Nr", "Wohnungen"], *([row[0], row[2]] for row in ROWS), ["Insgesamt", 4566]]).encode()
    table = read_table(data, "t.csv")
    roles = [ColumnRole("Nr", "key", "quarter", "stadt"), ColumnRole("Wohnungen", "indicator")]
    report = check_table(table, roles, places)
    assert [row.row for row in report.specials] == [5]
    assert {p.code for p in report.problems if p.column == "Wohnungen"} == {"total_agrees"}


# --- what spreadsheets do to cells --------------------------------------------------------------------------------


def test_formulas_without_a_stored_value_are_an_error():
    report = checked(
        read_table(xlsx({"T": [[*HEAD, "Summe"], *([*row, f"=C{n}*2"] for n, row in enumerate(ROWS, 2))]}), "t.xlsx")
    )
    problem = next(p for p in report.problems if p.code == "formula_without_value")
    assert (problem.column, problem.row, problem.params["count"], report.publishable) == ("Summe", 2, 3, False)


def test_formulas_with_a_stored_value_are_values():
    import io
    import zipfile

    data = xlsx({"T": [[*HEAD, "Summe"], *([*row, "=C2*2"] for row in ROWS)]})
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(stream, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name.startswith("xl/worksheets/"):
                content = content.replace(b"</f><v></v>", b"</f><v>42</v>").replace(b"</f><v/>", b"</f><v>42</v>")
            new.writestr(name, content)
    table = read_table(stream.getvalue(), "t.xlsx")
    assert [row[3] for row in cells(table)] == ["42", "42", "42"]
    assert "formula_without_value" not in codes(checked(table))


@pytest.mark.parametrize("make", [xlsx, ods], ids=["xlsx", "ods"])
def test_days_as_numbers_are_dates_in_a_column_that_is_called_so(make):
    rows = [["Nr", "Stichtag", "Wohnungen"], ["01", 42735, 20001], ["02", 42735, 20002], ["01", 43100, 20003]]
    table = read_table(make({"T": rows}), "t.xlsx")
    assert [row[1] for row in cells(table)] == ["31.12.2016", "31.12.2016", "31.12.2017"]
    assert checked(table).periods == ["2016-12-31", "2017-12-31"]
    assert "31.12.2016" in next(p for p in table.problems if p.code == "dates_from_numbers").message("de")


def test_counts_in_a_column_that_names_a_date_stay_counts():
    rows = [["Nr", "Einwohner am Stichtag"], ["01", 42735], ["02", 42736], ["03", 43100]]
    assert [row[1] for row in cells(read_table(xlsx({"T": rows}), "t.xlsx"))] == ["42735", "42736", "43100"]


def test_keys_that_became_numbers_get_their_zeros():
    rows = [["Schlüssel", "Wohnungen"], [1, 10], [2, 20], [3, 30], [4, 5], [5, 6], [6, 7]]
    report = checked(read_table(xlsx({"T": rows}), "t.xlsx"))
    assert (report.units_found, report.errors) == (6, 0) and "keys_repaired" in codes(report)


def test_keys_that_became_dates_are_asked_about():
    level = LevelKeys(
        "stadt", "block", "Block", date(2021, 1, 1), {"01.01": "a", "01.02": "b", "02.02": "c", "13.01": "d"}
    )
    rows = [
        ["Schlüssel", "Wohnungen"],
        ["01.01", 10],
        [datetime(2026, 2, 1), 20],
        [datetime(2026, 2, 2), 30],
        ["13.01", 40],
    ]
    table = read_table(xlsx({"T": rows}), "t.xlsx")
    role = ColumnRole("Schlüssel", "key", level="block", system="stadt")
    report = check_table(table, [role, ColumnRole("Wohnungen", "indicator")], [level])
    found = [p for p in report.problems if p.code == "date_among_texts"]
    assert [(p.row, p.value, p.repair[0]["value"]) for p in found] == [
        (3, "01.02.2026", "01.02"),
        (4, "02.02.2026", "02.02"),
    ]


def test_age_groups_that_became_dates_are_asked_about():
    ages = ["unter 3", datetime(2026, 5, 3), datetime(2026, 10, 6), "11-17"]
    rows = [["Nr", "Alter", "Personen"], *([key, age, 5] for key in ("01", "02") for age in ages)]
    report = checked(read_table(xlsx({"T": rows}), "t.xlsx"))
    found = [p for p in report.problems if p.code == "date_among_texts"]
    assert [(p.value, p.repair[0]["value"]) for p in found] == [("03.05.2026", "3-5"), ("06.10.2026", "6-10")]


# --- totals -------------------------------------------------------------------------------------------------------


def test_totals_above_between_and_below_are_set_aside():
    rows = [
        HEAD, ["", "Stadt insgesamt", 1000], ["", "Innenstadt zusammen", 300], ["01", "Nord", 100], ["02", "Ost", 200],
        ["", "Außen zusammen", 700], ["03", "Süd", 300], ["04", "West", 400], ["", "Insgesamt", 1000],
    ]  # fmt: skip
    report = checked(read_table(text(rows).encode(), "t.csv"))
    assert [row.row for row in report.specials] == [2, 3, 6, 9]
    assert (report.units_found, report.errors) == (4, 0)
    assert "total_differs" not in codes(report)


# --- signs --------------------------------------------------------------------------------------------------------


def test_the_office_declares_its_signs():
    rows = [
        [*HEAD, "Leerstand"],
        ["01", "Nord", 100, "*"],
        ["02", "Ost", 200, "2,5"],
        ["03", "Süd", "-", "3,5"],
        ["04", "West", 7, "1,5r"],
    ]
    legend = "\n* = geheim gehalten\n- = keine Angabe\nr = geschätzt\n"
    table = read_table((text(rows) + legend).encode(), "t.csv")
    report = checked(table)
    assert report.errors == 0
    assert report.signs["Leerstand"] == {"ok", "secret", "estimated"}
    assert report.signs["Wohnungen"] == {"ok", "missing"}
    told = {p.message("de") for p in report.problems if p.code == "sign_declared"}
    assert any("„-“: keine Angabe" in sentence for sentence in told)


def test_brackets_that_may_mean_minus_are_asked_about():
    data = text([["Nr", "Wanderungssaldo"], ["01", "(5)"], ["02", 12], ["03", "(7)"], ["04", 3]]).encode()
    problem = next(p for p in checked(read_table(data, "t.csv")).problems if p.code == "brackets_open")
    assert [offer["value"] for offer in problem.repair] == ["negative", "limited"]
    table = read_table(data, "t.csv", {"signs": {"()": "negative"}})
    report = checked(table)
    assert "brackets_open" not in codes(report) and report.signs["Wanderungssaldo"] == {"ok"}


def test_brackets_in_a_column_of_shares_are_limited_validity():
    data = text([["Nr", "Anteil"], ["01", "(5)"], ["02", 12], ["03", "(7)"], ["04", 3]]).encode()
    report = checked(read_table(data, "t.csv"))
    assert report.signs["Anteil"] == {"ok", "limited"} and report.errors == 0


@pytest.mark.parametrize(
    ("cells_", "legend", "zero"),
    [
        (["-", "0", "5,2", "1,0"], "", "below_half"),  # beside a dash in a column with decimals
        (["-", "0", "52", "10"], "", "ok"),  # whole numbers: nothing lies between 0 and 1
        (["0", "3", "52", "10"], "0 = Weniger als die Hälfte von 1 in der letzten Stelle", "below_half"),
        (["0", "3,1", "52", "10"], "", "ok"),  # no dash: an ordinary zero
    ],
)
def test_zero_beside_dash_by_rule_and_by_declaration(cells_, legend, zero):
    rows = [["Nr", "Zahl"], *([f"{i:02d}", cell] for i, cell in enumerate(cells_, 1))]
    report = checked(read_table((text(rows) + f"\n{legend}\n").encode(), "t.csv"))
    assert str(report.zero["Zahl"]) == zero
