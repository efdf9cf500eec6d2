"""Headings, keys and cells of a kind that used to turn a whole column: read, or told by row."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from ckanext.ierwohnen.places.keys import LevelKeys
from ckanext.ierwohnen.tables.check import check_table
from ckanext.ierwohnen.tables.reading import read_table
from ckanext.ierwohnen.tables.role_words import unit_in
from ckanext.ierwohnen.tables.roles import ColumnRole, IndicatorName, propose_roles
from ckanext.ierwohnen.tables.tests.dirt import HEAD, QUARTERS, UNITS, checked, codes, numbers, text
from ckanext.ierwohnen.tables.tests.sheets import xlsx

DISTRICTS = LevelKeys(
    "stadt", "district", "Stadtbezirk", date(2021, 1, 1), {str(n): name for n, name in enumerate(UNITS.values(), 1)}
)
TOWN = ["Altstadt", "Bahnhofsvorstadt", "Schlossberg", "Lindenhof", "Gartenstadt", "Industriegebiet"]
VALUES = [190, 170, 150, 120, 140, 110]
ROWS = [[key, name, value] for (key, name), value in zip(UNITS.items(), VALUES, strict=True)]


@pytest.mark.parametrize("head", ["Bezirk", "Bez.", "BEZ"])
def test_numbers_under_the_name_of_a_level_are_its_keys(head):
    rows = [[head, "Name", "Wohnungen 2022"], *([int(key), *rest] for key, *rest in ROWS)]
    roles = {role.column: role for role in propose_roles(read_table(text(rows).encode(), "t.csv"), [DISTRICTS])}
    assert (str(roles[head].role), roles[head].level) == ("key", "district")


@pytest.mark.parametrize("names", ["Quartier ABCDEF", "Nordend Osthang Südhof Weststadt Mühle Au"])
def test_running_numbers_beside_names_of_other_places_are_asked_about(names):
    found = names.split()
    found = found if len(found) > 2 else [f"{found[0]} {letter}" for letter in found[1]]
    rows = [["Nr.", "Quartier", "Wohnungen 2022"], *([n, name, 99 + n] for n, name in enumerate(found, 1))]
    table = read_table(text(rows).encode(), "t.csv")
    places = LevelKeys("stadt", "district", "Bezirk", date(2021, 1, 1), dict(zip("123456", TOWN, strict=True)))
    role, *others = propose_roles(table, [places])
    assert (role.role, role.reason) == ("unclear", "role_names_strange") and TOWN[0] in role.reason_text()
    stated = [replace(role, role="key", system="stadt", level="district"), *others]
    told = {p.code: p for p in check_table(table, stated, [places]).problems}
    assert told["names_strange"].severity == "warning"


@pytest.mark.parametrize(
    "head", ["lfd. Nr.;Kita", "Nr;Partei", "Code;Firma", "Wahlkreis", "Schulbezirk-Nr.", "BAK", "lfd. Nr."]
)
def test_numbers_of_other_things_than_units_are_no_keys(head):
    """They are 1 to 6 as the districts are; only the names of the districts beside them make them keys."""
    places = LevelKeys("stadt", "district", "Bezirk", date(2021, 1, 1), dict(zip("123456", TOWN, strict=True)))
    heads = [*head.split(";"), "Wohnungen 2022"]
    others = ["SPD", "Löwenzahn", "Regenbogen", "Zwerge", "Kunterbunt", "Sonnenschein"]
    rows = [[n, *([name] * (len(heads) - 2)), 99 + n] for n, name in enumerate(others, 1)]
    assert propose_roles(read_table(text([heads, *rows]).encode(), "t.csv"), [places])[0].role in ("unclear", "unused")
    if ";" not in head:
        return
    named = [[n, name, 99 + n] for n, name in enumerate(TOWN, 1)]
    table = read_table(text([[heads[0], "Gebiet", "Wohnungen 2022"], *named]).encode(), "t.csv")
    assert propose_roles(table, [places])[0].role == "key"


@pytest.mark.parametrize(
    ("head", "keys", "role"),
    [
        ("Nr", "1 2 3 4", "unclear"), ("Nr.", "1 2 3 4 5 6", "key"), ("Nr", "1 3 4 6", "key"),
        ("Code", "1 2", "unclear"), ("Bezirk", "1 2 3 4", "key"), ("Bezirk-Nr.", "1 2 3", "key"),
    ],
)  # fmt: skip
def test_numbers_that_only_count_some_rows_are_asked_about(head, keys, role):
    rows = [[head, "Wohnungen 2022"], *([key, 100 + n] for n, key in enumerate(keys.split()))]
    places = LevelKeys("stadt", "district", "Bezirk", date(2021, 1, 1), dict(zip("123456", TOWN, strict=True)))
    assert propose_roles(read_table(text(rows).encode(), "t.csv"), [places])[0].role == role


@pytest.mark.parametrize("heads", ["2024;2023;2022", "2024;;2023;;2022", "2022;2023;2024", "31.12.2024;31.12.2023"])
def test_years_from_the_newest_to_the_oldest_are_headings_too(heads):
    years = [year for year in heads.split(";") if year]
    figures = [100 + n if year else "" for n, year in enumerate(heads.split(";"))]
    rows = [["Nr", "Stadtteil", *heads.split(";")], *([key, name, *figures] for key, name, _ in ROWS)]
    table = read_table(text(rows).encode(), "t.csv")
    report = checked(table)
    assert table.names[2:] == years and report.units_found == 6 and len(report.periods) == len(years)


@pytest.mark.parametrize("unit", ["(1 000 m²)", "1 000 m²", "[1.000 m²]", "Tsd. m²"])
@pytest.mark.parametrize("write", ["csv", "xlsx"])
def test_a_unit_below_one_of_the_names_is_its_scale(unit, write):
    rows = [["Nr", "Stadtteil", "Einwohner", "Wohnfläche"], ["", "", "", unit], *([*row, 12] for row in ROWS)]
    made = xlsx({"T": rows}) if write == "xlsx" else text(rows).encode()
    roles = propose_roles(read_table(made, f"t.{write}"), [QUARTERS])
    assert [role.power for role in roles] == [0, 0, 0, 3] and roles[3].unit == "m²"


@pytest.mark.parametrize(
    ("title", "head", "period"),
    [
        ("Wohnungen 2024", "Vorjahr", "2023"), ("Wohnungen am 31.12.2024", "Vorjahr", "2023-12-31"),
        ("Wohnungen 2024", "Vorjahreswert", "2023"), ("Zuzüge 3. Quartal 2024", "Vorquartal", None),
        ("Wohnungen 2024", "Veränderung zum Vorjahr", "2024"), ("Wohnungen 2024", "Vormonat", None),
    ],
)  # fmt: skip
def test_the_year_before_is_not_the_year_of_the_title(title, head, period):
    rows = [[title], [], ["Nr", "Stadtteil", "Bestand", head], *([*row, 12] for row in ROWS)]
    roles = propose_roles(read_table(text(rows).encode(), "t.csv"), [QUARTERS])
    assert roles[3].period == period and roles[2].period is not None


@pytest.mark.parametrize(
    ("head", "unit"),
    [
        ("60 m² und mehr", None), ("100 qm u. m.", None), ("2.000 € und mehr", None), ("Miete 25 %-Quantil", None),
        ("Miete 75%-Perzentil", None), ("Wohnfläche in m²", "m²"), ("Anteil in %", "%"),
    ],
)  # fmt: skip
def test_the_bound_of_a_class_is_no_unit_of_the_figures(head, unit):
    assert unit_in(head) == unit


@pytest.mark.parametrize("place", [0, 2], ids=["left", "beside the units"])
def test_sums_are_known_in_any_column_of_names(place):
    rows = [["Bezirk", "Nr", "Stadtteil", "Wohnungen 2022"]]
    for n, (key, name, value) in enumerate(ROWS):
        rows.append(["" if n % 3 else "Innen" if n < 3 else "Außen", key, name, value])
        if n % 3 == 2:
            said = ["", "", "", sum(row[2] for row in ROWS[n - 2 : n + 1])]
            said[place] = "zusammen" if place else f"{'Innen' if n < 3 else 'Außen'} zusammen"
            rows.append(said)
    last = ["", "", "", sum(VALUES)]
    last[place] = "Insgesamt"
    report = checked(read_table(text([*rows, last]).encode(), "t.csv"))
    assert (report.errors, report.units_found, [row.row for row in report.specials]) == (0, 6, [5, 9, 10])


@pytest.mark.parametrize("total", ["Σ", "Stadt", "∑"])
def test_short_words_for_the_total(total):
    rows = [["Nr", "Stadtteil", "Wohnungen 2022"], *ROWS, ["", total, sum(VALUES)]]
    assert [row.kind for row in checked(read_table(text(rows).encode(), "t.csv")).specials] == ["total"]


@pytest.mark.parametrize("mark", ["*", "**", " 1)", "¹", "²⁾", " *", "."])
def test_keys_with_the_mark_of_a_footnote_are_keys(mark):
    rows = [HEAD, *([key + (mark if key == "03" else ""), *rest] for key, *rest in ROWS)]
    report = checked(read_table(text(rows).encode(), "t.csv"))
    told = {problem.code: problem for problem in report.problems}
    assert (report.units_found, report.errors) == (6, 0) and told["keys_marked"].params["to"] == "03"


@pytest.mark.parametrize(
    ("head", "power"),
    [
        ("Einwohner (1.000 Pers.)", 3), ("Einwohner 1.000 Pers.", 3), ("Einwohner, 1000 Personen", 3),
        ("Einwohner [1 000 Personen]", 3), ("Einwohner (T Pers.)", 3), ("Einwohner Tsd. Pers.", 3),
        ("Einwohner (100 Pers.)", 2), ("Einwohner", 0),
    ],
)  # fmt: skip
def test_thousands_of_persons_are_population_in_thousands(head, power):
    table = read_table(text([["Nr", head], *([key, 12] for key in UNITS)]).encode(), "t.csv")
    role = propose_roles(table, [QUARTERS], [IndicatorName("population", ("Einwohner",), "persons")])[1]
    assert (role.indicator, role.power, role.unit) == ("population", power, "Personen")


@pytest.mark.parametrize("head", ["Pkw je 1.000 EW", "Pkw/1.000 EW", "Betriebe mit mehr als 1.000 Personen"])
def test_numbers_of_persons_that_are_no_scale(head):
    table = read_table(text([["Nr", head], *([key, 12] for key in UNITS)]).encode(), "t.csv")
    assert propose_roles(table, [QUARTERS])[1].power == 0


@pytest.mark.parametrize("write", ["{}", "{} (alt)", "St.bez. {}", "{:.5}."])
def test_names_in_another_writing_leave_the_key_a_key(write):
    rows = [["Nr.", "Quartier", "Wohnungen 2022"], *([n, write.format(name), 99] for n, name in enumerate(TOWN, 1))]
    places = LevelKeys("stadt", "district", "Bezirk", date(2021, 1, 1), dict(zip("123456", TOWN, strict=True)))
    assert propose_roles(read_table(text(rows).encode(), "t.csv"), [places])[0].role == "key"


@pytest.mark.parametrize("write", ["{}.0", "{},0"])
def test_keys_and_years_that_programs_wrote_with_decimals_are_read_and_told(write):
    rows = [["Nr", "Jahr", "Wohnungen"], *([write.format(key), write.format(2024), n] for key, _, n in ROWS)]
    table = read_table(text(rows).encode(), "t.csv")
    roles = propose_roles(table, [QUARTERS])
    assert [str(role.role) for role in roles] == ["key", "period", "indicator"]
    report = check_table(table, roles, [QUARTERS])
    assert report.units_found == len(ROWS) and report.periods == ["2024"]
    assert {p.column for p in report.problems if p.code == "whole_numbers"} == {"Nr", "Jahr"}


def test_keys_with_thousands_signs_are_read_and_told():
    places = LevelKeys("b", "plr", "PLR", date(2021, 1, 1), {f"0110010{n}": f"Raum {n}" for n in range(1, 7)})
    rows = [["PLR", "Wohnungen 2024"], *([f"1.100.10{n}", 10 + n] for n in range(1, 7))]
    table = read_table(text(rows).encode(), "t.csv")
    roles = propose_roles(table, [places])
    report = check_table(table, roles, [places])
    assert roles[0].role == "key" and report.units_found == 6
    assert "1.100.101" in next(p for p in report.problems if p.code == "keys_as_numbers").message("de")


def test_years_in_the_format_of_a_date_are_years_or_asked_about():
    def dated(book):
        for place in [(1, 3), *((row, 2) for row in range(2, 8))]:
            book.active.cell(*place).number_format = "dd.mm.yyyy"

    rows = [["Nr", "Jahr", 2023], *([key, 2024, value] for key, _, value in ROWS)]
    table = read_table(xlsx({"T": rows}, dated), "t.xlsx")
    roles = propose_roles(table, [QUARTERS])
    told = {p.code: p for p in check_table(table, roles, [QUARTERS]).problems}
    assert table.sample_of("Jahr")[0] == "2024" and told["years_as_days"].severity == "warning"
    assert (told["year_as_day"].severity, told["year_as_day"].params["year"]) == ("error", "2023")


PAGE = ["Nr", "Stadtteil", "Wohnungen 2022"]


@pytest.mark.parametrize(
    "between",
    [
        [PAGE], [["noch: Tabelle 3"], PAGE], [[], ["noch: Tabelle 3, Stand 2022"], [], PAGE], [[], PAGE],
        [["Wohnungen nach Stadtteilen"], PAGE], [["Tabelle 3 (Fortsetzung)"]],
    ],
    ids=["names", "continued", "blank-rows", "names-after-blank", "title-again", "line-only"],
)  # fmt: skip
def test_what_a_page_repeats_is_left_out_and_told(between):
    rows = [["Wohnungen nach Stadtteilen"], PAGE, *ROWS[:4], *between, *ROWS[4:]]
    table = read_table(text(rows).encode(), "t.csv")
    report = checked(table)
    assert numbers(table, PAGE[2], report) == VALUES and report.publishable
    told = next(p for p in report.problems if p.code == "heading_repeated")
    assert told.params["count"] == sum(map(bool, between))


def test_a_page_of_a_long_table_is_met_though_the_sample_passes_over_it():
    keys = [f"{n:05d}" for n in range(6_000)]
    lines = ["Schlüssel;Miete", *(f"{key};7,5" for key in keys)]
    lines.insert(5_004, lines[0])
    table = read_table("\n".join([*lines, ""]).encode(), "t.csv")
    told = [p for p in table.problems if p.code == "heading_repeated"]
    assert [p.row for p in told] == [5_005] and table.row_count == 6_000


def test_other_names_or_another_year_in_the_middle_are_no_page_break():
    other = [PAGE, *ROWS[:4], ["Nr", "Stadtteil", "Haushalte 2022"], *ROWS[4:]]
    told = [p for p in checked(read_table(text(other).encode(), "t.csv")).problems if p.code == "other_heading"]
    assert [(p.row, p.params["name"], str(p.severity)) for p in told] == [(6, "Haushalte 2022", "error")]
    year = [PAGE, *ROWS[:4], ["noch: Wohnungen 2021"], PAGE, *ROWS[4:]]
    table = read_table(text(year).encode(), "t.csv")
    report = check_table(table, propose_roles(table, [QUARTERS]), [QUARTERS])
    assert [p.row for p in report.problems if p.code == "key_unknown"] == [6]
    again = [PAGE, *ROWS, [], PAGE, *ROWS]  # the same units once more are another table
    assert "several_tables" in codes(checked(read_table(text(again).encode(), "t.csv")))


@pytest.mark.parametrize("place", [0, 2], ids=["left", "centred"])
def test_a_year_alone_between_the_rows_dates_what_follows(place):
    years = [[""] * place + [year] for year in (2021, 2022)]
    rows = [["Nr", "Stadtteil", "Wohnungen"], years[0], *ROWS, years[1], *ROWS]
    for data, name in ((text(rows).encode(), "t.csv"), (xlsx({"T": rows}), "t.xlsx")):
        table = read_table(data, name)
        roles = propose_roles(table, [QUARTERS])
        report = check_table(table, roles, [QUARTERS])
        assert report.periods == ["2021", "2022"] and report.publishable and report.rows == 12
    keys = [["PLZ", "Wohnungen"], ["2001", ""], ["2002", 7], ["2003", 8], ["2004", 9]]
    assert len(read_table(text(keys).encode(), "t.csv").sample) == 4


def test_units_below_the_names_belong_to_them():
    rows = [["Nr", "Wohnungen 2022", "Wohnfläche 2022"], ["", "Anzahl", "1.000 m²"], *([k, v, 88] for k, _, v in ROWS)]
    table = read_table(text(rows).encode(), "t.csv")
    assert len(table.header_rows) == 2 and numbers(table, table.names[2])[0] == 88_000


@pytest.mark.parametrize("odd", [["01/02", "N/O", 5], ["Teil II", "", ""]])
def test_one_odd_row_is_told_and_leaves_the_key_a_key(odd):
    table = read_table(text([["Nr", "Stadtteil", "Wohnungen 2022"], *ROWS[:4], odd, *ROWS[4:]]).encode(), "t.csv")
    roles = propose_roles(table, [QUARTERS])
    assert str(roles[0].role) == "key"
    told = [p for p in check_table(table, roles, [QUARTERS]).problems if p.code == "key_unknown"]
    assert [(p.row, p.value) for p in told] == [(6, odd[0])]


def test_keys_written_as_formulas_of_text_are_keys():
    rows = [["Nr", "Stadtteil", "Wohnungen"], *([f'="{key}"', *rest] for key, *rest in ROWS)]
    table = read_table(text(rows).encode(), "t.csv")
    assert table.sample_of("Nr") == list(UNITS) and str(propose_roles(table, [QUARTERS])[0].role) == "key"


@pytest.mark.parametrize(
    ("heading", "status"),
    [("2023 (vorläufig)", "preliminary"), ("2023 geschätzt", "estimated"), ("31.12.2023 (revidiert)", "corrected")],
)
def test_a_year_with_a_word_of_its_status_in_the_heading_has_it(heading, status):
    rows = [["Nr", "2022", heading], *([key, value, value + 1] for key, _, value in ROWS)]
    table = read_table(text(rows).encode(), "t.csv")
    assert checked(table).signs[heading] == {status}
    assert propose_roles(table, [QUARTERS])[2].period in ("2023", "2023-12-31")


def test_years_with_a_sign_and_short_days_are_periods():
    rows = [["Nr", "2022", "2023p", "2024s"], *([key, value, value + 1, "."] for key, _, value in ROWS)]
    table = read_table(text(rows).encode(), "t.csv")
    report = checked(table)
    assert [role.period for role in propose_roles(table, [QUARTERS])] == [None, "2022", "2023", "2024"]
    assert report.signs == {"2022": {"ok"}, "2023p": {"preliminary"}, "2024s": {"secret"}}
    assert numbers(table, "2023p", report)[0] == 191
    days = read_table(text([["Nr", "31.12.23", "31.12.24"], *([k, v, v + 1] for k, _, v in ROWS)]).encode(), "t.csv")
    assert [role.period for role in propose_roles(days, [QUARTERS])] == [None, "2023-12-31", "2024-12-31"]


def test_round_amounts_are_read_and_a_letter_in_a_number_can_be_left_without_value():
    cells = ["1O11", "100,--", "101,-", "102,– €", "103", "104"]
    rows = [["Nr", "Miete"], *([key, cell] for key, cell in zip(UNITS, cells, strict=True))]
    table = read_table(text(rows).encode(), "t.csv")
    report = checked(table)
    assert numbers(table, "Miete", report) == [None, 100, 101, 102, 103, 104]
    told = next(p for p in report.problems if p.code == "not_a_number")
    assert told.repair == ({"action": "replace", "row": 2, "column": "Miete", "value": "k. A."},)


def test_hundreds_are_whole_figures():
    rows = [["Nr", "Einwohner (in Hundert)"], *([key, value] for key, _, value in ROWS)]
    table = read_table(text(rows).encode(), "t.csv")
    assert numbers(table, "Einwohner (in Hundert)")[0] == 19_000


@pytest.mark.parametrize(
    ("cell", "told", "value"),
    [("1234¹", "footnote_marks", 1234.0), ("１２３４", "not_a_number", None), ("١٢٣٤", "not_a_number", None)],
    ids=["raised", "full width", "arabic"],
)
def test_digits_that_no_program_computes_with_are_marks_or_told(cell, told, value):
    rows = [HEAD, *([key, name, cell if key == "02" else 70] for key, name in UNITS.items())]
    table = read_table(text(rows).encode(), "t.csv")
    report = checked(table)
    assert told in codes(report) and numbers(table, "Wohnungen", report)[1] == value


@pytest.mark.parametrize(
    ("head", "parts", "periods"),
    [
        ("Monat", ("1", "2", "12"), ("2024-01", "2024-02", "2024-12")),
        ("Monat", ("Jan.", "März", "Jahr"), ("2024-01", "2024-03", "2024")),
        ("Quartal", ("I", "2", "4. Quartal"), ("2024-Q1", "2024-Q2", "2024-Q4")),
        ("Halbjahr", ("1. Hj.", "II", "insgesamt"), ("2024-H1", "2024-H2", "2024")),
    ],
    ids=["months", "names-of-months", "quarters", "halves"],
)
def test_year_and_part_of_it_in_two_columns_are_one_period(head, parts, periods):
    cells = [(key, 2024, part, value + n) for key, _, value in ROWS for n, part in enumerate(parts)]
    table = read_table(text([["Nr", "Jahr", head, "Arbeitslose"], *cells]).encode(), "t.csv")
    earlier = [ColumnRole("Jahr", "period"), ColumnRole(head, "dimension", dimension=head.casefold())]
    roles = propose_roles(table, [QUARTERS], earlier=earlier)
    assert [str(role.role) for role in roles] == ["key", "note", "note", "indicator", "period"]
    report = check_table(table, roles, [QUARTERS])
    assert report.periods == sorted(periods) and report.publishable and "period_joined" in codes(report)


def test_a_month_without_its_year_and_two_years_of_one_row_are_told():
    months = [("Nr", "Monat", "Arbeitslose"), *((key, name, 7) for key in UNITS for name in ("Jan", "Feb", "Mrz"))]
    assert "part_of_year_open" in codes(checked(read_table(text(months).encode(), "t.csv")))
    days = [
        ("Nr", "Jahr", "Stand", "Miete"),
        *((key, 2024, f"31.12.{2023 if key == '03' else 2024}", 7) for key in UNITS),
    ]
    table = read_table(text(days).encode(), "t.csv")
    told = [p for p in checked(table).problems if p.code == "period_columns_differ"]
    assert [(p.row, p.value, str(p.severity)) for p in told] == [(4, "31.12.2023", "error")]


@pytest.mark.parametrize("title", [[], ["Einwohner 2019 bis 2021"]], ids=["bare", "titled"])
def test_small_numbers_as_names_are_names_and_no_years(title):
    rows = [title, ["Nr", "Stadtteil", 19, 20, 21], *([*row, 70, 80] for row in ROWS)]
    for data, name in ((text(rows).encode(), "t.csv"), (xlsx({"T": rows}), "t.xlsx")):
        table = read_table(data, name)
        roles = propose_roles(table, [QUARTERS])
        assert table.names[2:] == ["19", "20", "21"] and not any(role.period or role.code for role in roles)
        told = [p for p in check_table(table, roles, [QUARTERS]).problems if p.severity == "warning"]
        assert "period_open" in {p.code for p in told}


def test_years_of_building_in_the_title_are_no_periods():
    rows = [["Wohnungen nach Baujahr"], ["Nr", "Stadtteil", 1950, 1970, 1990], *([*row, 70, 80] for row in ROWS)]
    assert not any(role.period for role in propose_roles(read_table(text(rows).encode(), "t.csv"), [QUARTERS]))


def test_a_title_of_another_year_and_a_t_that_may_be_thousands_are_told():
    for title, told in (("Stand 31.12.2021", True), ("Wohnungen 2022", False), ("Prognose auf der Basis 2021", False)):
        table = read_table(text([[title], [*HEAD[:2], "Wohnungen 2022"], *ROWS]).encode(), "t.csv")
        report = check_table(table, propose_roles(table, [QUARTERS]), [QUARTERS])
        assert ("title_other_year" in codes(report)) == told
    for head in ("Einwohner (T)", "Einwohner (in T)", "Einwohner in T"):
        rows = [["Nr", head], *([key, 12] for key in UNITS)]
        found = {p.code: p for p in checked(read_table(text(rows).encode(), "t.csv")).problems}
        assert [offer["value"] for offer in found["thousands_open"].repair] == ["1000", "1"]
        table = read_table(text(rows).encode(), "t.csv", {"scale": {head: "1000"}})
        assert numbers(table, head)[0] == 12_000 and "thousands_open" not in codes(checked(table))
