"""Dirt of sheets: several tables and sheets, headings of several rows, side headers, dates that lack units."""

from __future__ import annotations

from datetime import date

import pytest

from ckanext.ierwohnen.tables.check import check_table
from ckanext.ierwohnen.tables.reading import read_table
from ckanext.ierwohnen.tables.repairs import settings
from ckanext.ierwohnen.tables.roles import ColumnRole, propose_roles
from ckanext.ierwohnen.tables.tests.dirt import HEAD, QUARTERS, ROWS, UNITS, cells, checked, codes, text
from ckanext.ierwohnen.tables.tests.sheets import ods, xlsx

# --- several tables, several sheets -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("above", "below", "code"),
    [
        (["Angaben in 1.000"], [], "sheets_notes_differ"), ([], ["- = geheim"], "sheets_notes_differ"),
        (["Einwohner am 31.12.2022"], [], "sheet_title_other"), (["Einwohner am 31.12.2024"], ["Quelle: Amt"], None),
    ],
    ids=["scale", "legend", "year", "the same"],
)  # fmt: skip
def test_what_one_of_the_joined_sheets_says_otherwise_is_asked(above, below, code):
    rows = [["Nr", "Stadtteil", "Wohnungen"], *([key, name, 70] for key, name in UNITS.items())]
    sheets = {"2023": rows, "2024": [[cell] for cell in above] + [[]] + rows + [[]] + [[cell] for cell in below]}
    table = read_table(xlsx(sheets), "t.xlsx")
    assert codes(checked(table)) & {"sheets_notes_differ", "sheet_title_other"} == ({code} if code else set())
    assert checked(table).publishable == (code is None)


@pytest.mark.parametrize("others", [{}, {"2023": 60}], ids=["alone", "beside another year"])
@pytest.mark.parametrize("second", ["2024_korr", "2024 alt", "2024 (vorläufig)"])
def test_two_sheets_of_one_year_are_asked_about(second, others):
    values = {**others, "2024": 70, second: 71}
    sheets = {
        name: [["Nr", "Stadtteil", "Wohnungen"], *([key, unit, value] for key, unit in UNITS.items())]
        for name, value in values.items()
    }
    report = checked(read_table(xlsx(sheets), "t.xlsx"))
    [told] = [p for p in report.problems if p.code == "sheets_same_period"]
    assert told.severity == "error" and "sheets_alike_unread" not in codes(report)
    for offer, value in zip(told.repair, (70, 71), strict=True):
        again = read_table(xlsx(sheets), "t.xlsx", settings([offer])[0])
        assert {row[2] for row in cells(again)} == {str(value), *map(str, others.values())}
        exact = others or offer["value"] == ["2024"]  # a sheet alone says its period only by its whole name
        assert checked(again).publishable and checked(again).periods == ([*others, "2024"] if exact else [])


@pytest.mark.parametrize(
    ("upper", "lower", "periods"),
    [
        ("2023;;2024;", "30.06.;31.12.;30.06.;31.12.", ["2023-06-30", "2023-12-31", "2024-06-30", "2024-12-31"]),
        ("2023;;;", "1. Quartal;2. Quartal;3. Quartal;4. Quartal", ["2023-Q1", "2023-Q2", "2023-Q3", "2023-Q4"]),
        ("2023;;;", "I;II;III;IV", ["2023-Q1", "2023-Q2", "2023-Q3", "2023-Q4"]),
        ("2023;;2024;", "Jan;Feb;Jan;Feb", ["2023-01", "2023-02", "2024-01", "2024-02"]),
        ("2023;;2024;", "I;II;I;II", None),
        ("Baujahr;;;", "1950;1970;1990;2010", [None] * 4),
    ],
    ids=["days", "quarters", "roman", "months", "roman halves", "years of building"],
)  # fmt: skip
def test_a_year_above_its_parts_is_one_period_with_each(upper, lower, periods):
    body = [[key, name, 70, 71, 72, 73] for key, name in UNITS.items()]
    table = read_table(f"Nr;Stadtteil;{upper}\n;;{lower}\n{text(body)}".encode(), "t.csv")
    if periods is None:
        told = [p for p in checked(table).problems if p.code == "year_part_open"]
        assert len(told) == 4 and {p.severity for p in told} == {"error"}
        for offer, sign in zip(told[0].repair, "QH", strict=True):
            hints, _ = settings([offer])
            again = read_table(f"Nr;Stadtteil;{upper}\n;;{lower}\n{text(body)}".encode(), "t.csv", hints)
            assert [role.period for role in propose_roles(again, [QUARTERS])[2:4]] == [f"2023-{sign}1", f"2023-{sign}2"]
            assert checked(again).publishable
    else:
        assert [role.period for role in propose_roles(table, [QUARTERS])[2:]] == periods


def test_a_legend_on_a_sheet_of_its_own_holds():
    rows = [HEAD, *([key, name, {"02": "-", "03": "."}.get(key, 70)] for key, name in UNITS.items())]
    legend = [["Zeichen", "Bedeutung"], ["-", "Zahlenwert geheim"], [".", "nichts vorhanden"]]
    report = checked(read_table(xlsx({"Daten": rows, "Zeichenerklärung": legend}), "t.xlsx"))
    assert report.statuses == {"secret": 1, "nothing": 1, **{k: n for k, n in report.statuses.items() if k == "ok"}}


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


@pytest.mark.parametrize("gap", [[[]], [[], []], [[], [], []]], ids=len)
def test_a_further_table_without_a_title_begins_where_the_names_come_again(gap):
    second = [["Nr", "Stadtteil", "Haushalte"], *([key, name, 7] for key, name in UNITS.items())]
    first = [["Nr", "Stadtteil", "Wohnungen"], *([key, name, 9] for key, name in UNITS.items())]
    table = read_table(text([*first, *gap, *second]).encode(), "t.csv")
    assert (table.tables_in_sheet, table.row_count, table.names[2]) == (2, 6, "Wohnungen")
    again = read_table(text([*first, *gap, *second]).encode(), "t.csv", {"table": 2})
    assert (again.row_count, again.names[2]) == (6, "Haushalte")


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
    monkeypatch.setattr("ckanext.ierwohnen.tables.reading_lines.BLOCK", 1 << 14)
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
    monkeypatch.setattr("ckanext.ierwohnen.tables.reading_lines.BLOCK", 1 << 12)
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


@pytest.mark.parametrize("second", [["Nr", "Haushalte", "Einwohner"], ["Nr", "Einwohner 2021", "Haushalte 2021"]])
def test_sheets_of_years_are_joined_by_their_headings(second):
    years = {"2020": ["Nr", "Einwohner", "Haushalte"], "2021": second}
    figures = {"Nr": "01", "Einwohner": 100, "Haushalte": 60}
    sheets = {year: [head, *[[figures[h.split()[0]] for h in head]] * 3] for year, head in years.items()}
    table = read_table(xlsx(sheets), "t.xlsx")
    assert table.names == ["Nr", "Einwohner", "Haushalte", "Zeitpunkt (Blatt)"]
    assert {tuple(row[1:]) for row in cells(table)} == {("100", "60", "2020"), ("100", "60", "2021")}


def test_a_sheet_of_a_year_with_another_heading_is_an_error_until_somebody_answers():
    heads = {"2020": "Haushalte", "2021": "Haushalte", "2022": "Privathaushalte"}
    data = xlsx({year: [["Nr", head], ["01", 60], ["02", 70], ["03", 80]] for year, head in heads.items()})
    table = read_table(data, "t.xlsx")
    told = next(problem for problem in table.problems if problem.code == "sheets_unread")
    assert told.severity == "error" and "fehlt Haushalte, neu ist Privathaushalte" in told.message("de")
    hints, _ = settings([told.repair[0]])
    again = read_table(data, "t.xlsx", hints)
    assert {row[2] for row in cells(again)} == {"2020", "2021"}
    assert "sheets_unread" not in {problem.code for problem in again.problems}


def test_age_groups_in_the_headings_that_became_dates_are_put_back():
    head = ["Nr", "unter 3", date(2026, 5, 3), date(2010, 6, 1), "11-14", "15-17"]
    rows = [[f"{i:02d}", *(37 * i + n for n in range(5))] for i in range(1, 5)]
    table = read_table(xlsx({"T": [head, *rows]}), "t.xlsx")
    assert table.names[2:4] == ["3-5", "6-10"]
    assert [p.code for p in table.problems].count("header_restored") == 2
    roles = propose_roles(table, [QUARTERS])
    assert [(role.code, role.period) for role in roles[1:4]] == [("-2", None), ("3-5", None), ("6-10", None)]


def test_a_date_among_classes_that_fits_nowhere_is_an_error_and_dates_among_dates_stay():
    head = ["Nr", "0-2", date(2026, 12, 12), "15-17", "18-24"]
    rows = [[f"{i:02d}", *(37 * i + n for n in range(4))] for i in range(1, 5)]
    table = read_table(xlsx({"T": [head, *rows]}), "t.xlsx")
    assert "header_date_open" in {problem.code for problem in table.problems}
    head = ["Nr", date(2016, 12, 31), date(2017, 12, 31)]
    table = read_table(xlsx({"T": [head, *[[f"{i:02d}", 37 * i, 41 * i] for i in range(1, 5)]]}), "t.xlsx")
    assert [role.period for role in propose_roles(table, [QUARTERS])][1:] == ["2016-12-31", "2017-12-31"]


def test_a_unit_that_is_missing_at_one_date_only_is_told():
    rows = [[key, year, 10] for year in (2020, 2021, 2022) for key in UNITS if (year, key) != (2021, "03")]
    report = checked(read_table(text([["Nr", "Jahr", "Wohnungen"], *rows]).encode(), "t.csv"))
    told = [p for p in report.problems if p.code == "units_missing_then"]
    assert [(p.params["period"], p.params["units"], p.severity) for p in told] == [("2021", ["Süd (03)"], "warning")]


def test_a_cell_left_blank_at_one_date_of_a_wide_table_is_told():
    rows = [[key, 10, "" if key == "04" else 11, 12] for key in UNITS]
    report = checked(read_table(text([["Nr", "2020", "2021", "2022"], *rows]).encode(), "t.csv"))
    assert [(p.row, p.column) for p in report.problems if p.code == "blank_in_series"] == [(5, "2021")]


def test_few_units_of_the_level_are_a_question():
    report = checked(read_table(text([["Nr", "Wohnungen"], ["01", 5], ["02", 6]]).encode(), "t.csv"))
    assert [p.severity for p in report.problems if p.code == "units_few"] == ["warning"]
