"""The check: what is wrong, where, and what can be done about it."""

from __future__ import annotations

from datetime import date

import pytest

from ckanext.ierwohnen.places.keys import LevelKeys
from ckanext.ierwohnen.tables.check import CheckReport, CheckRun, check_table
from ckanext.ierwohnen.tables.problems import Problem
from ckanext.ierwohnen.tables.reading import read_table
from ckanext.ierwohnen.tables.roles import ColumnRole, IndicatorName, propose_roles

UNITS = {f"{i:02d}": name for i, name in enumerate(["Nord", "Ost", "Süd", "West", "Mitte", "Höhe"], 1)}
NOW = LevelKeys("stadt-2021", "quarter", "Stadtteil", date(2021, 1, 1), UNITS)
BEFORE = LevelKeys(
    "stadt-2006",
    "quarter",
    "Stadtteil",
    date(2006, 1, 1),
    {"01": "Nord", "02": "Ost", "08": "Alt-Süd", "09": "Alt-West"},
)
DWELLINGS = IndicatorName("dwellings", ("Wohnungen",), "dwellings")
VACANT = IndicatorName("vacant", ("davon leer", "Leerstand"), "dwellings")
RATE = IndicatorName("rate", ("Leerst. in %",), "percent", ("vacant", "dwellings"), 100)
CATALOGUE = [DWELLINGS, VACANT, RATE]


def checked(text: str, hints=None, places=(NOW,), roles=None, indicators=CATALOGUE) -> CheckReport:
    """The report of a table given as text."""
    table = read_table(text.encode(), "t.csv", hints)
    return check_table(table, roles or propose_roles(table, places, indicators), places, indicators)


def found(report: CheckReport, code: str) -> list[Problem]:
    """The problems of one kind."""
    return [problem for problem in report.problems if problem.code == code]


def rows(*values: str, keys=UNITS) -> str:
    """Data rows for all units."""
    return "".join(f"{key};{name};{value}\n" for (key, name), value in zip(keys.items(), values, strict=False))


def test_a_clean_table_can_be_published():
    report = checked("Nr;Stadtteil;Wohnungen\n" + rows("10", "20", "30", "40", "50", "60"))
    assert (report.publishable, report.rows, report.units_found, report.units_missing) == (True, 6, 6, [])
    assert report.statuses == {"ok": 6}


def test_each_unreadable_cell_has_its_place_and_an_offer():
    report = checked("Nr;Stadtteil;Wert\n" + rows("1,5", "2.5", "<3", "4,5", "abc", "6,5"))
    told = {(p.row, p.column, p.value, p.code) for p in report.problems if p.severity == "error"}
    assert (
        told
        == {
            (3, "Wert", "2.5", "other_decimal_sign"),
            (4, "Wert", "<3", "censored_number"),
            (6, "Wert", "abc", "not_a_number"),
        }
        | {(None, "Wert", None, "mixed_decimal_signs")} & told
    )
    assert {"action": "replace", "row": 3, "column": "Wert", "value": "2,5"} in found(report, "other_decimal_sign")[
        0
    ].repair


def test_totals_and_not_assignable_are_set_aside_in_sight():
    text = (
        "Nr;Stadtteil;Wohnungen\n00;Stadt insgesamt;212\n"
        + rows("10", "20", "30", "40", "50", "60")
        + "99;nicht zuordenbar;2\n"
    )
    report = checked(text)
    assert [(row.row, row.kind) for row in report.specials] == [(2, "total"), (9, "not_assignable")]
    assert found(report, "total_differs") == []


def test_a_total_beside_its_sum():
    report = checked("Nr;Stadtteil;Wohnungen\n0;Stadt (gesamt);215\n" + rows("10", "20", "30", "40", "50", "60"))
    problem = found(report, "total_differs")[0]
    assert (problem.row, problem.column, problem.value) == (2, "Wohnungen", "215")
    assert problem.repair[0] == {"action": "replace", "row": 2, "column": "Wohnungen", "value": "210"}


def test_suppressed_cells_prove_nothing_about_a_total():
    report = checked("Nr;Stadtteil;Wohnungen\n0;Stadt;215\n" + rows("10", ".", "30", "40", "50", "60"))
    assert found(report, "total_differs") == []


def test_a_ratio_beside_its_parts_offers_both_values():
    text = "Nr;Stadtteil;Wohnungen;davon leer;Leerst. in %\n" + rows(
        "100;5;5,0", "200;10;5,0", "300;17;8,6", "400;20;5,0", "500;25;5,0", "600;30;5,0"
    )
    problem = found(checked(text), "ratio_differs")[0]
    assert (problem.row, problem.value) == (4, "8,6")
    assert problem.repair == (
        {"action": "replace", "row": 4, "column": "Leerst. in %", "value": "5,7"},
        {"action": "keep", "row": 4, "column": "Leerst. in %"},
    )
    assert "5,7 übernehmen" in problem.remedy("de")


def test_a_part_above_its_whole():
    text = "Nr;Stadtteil;Wohnungen;davon leer\n" + rows("100;5", "200;10", "300;317", "400;20", "500;25", "600;30")
    assert [(p.row, p.column) for p in found(checked(text), "part_above_whole")] == [(4, "davon leer")]


def test_the_boundary_date_is_told_in_words():
    both = (NOW, BEFORE)
    report = checked("Nr;Stadtteil;Wohnungen\n" + rows("10", "20", "30", "40", "50", "60"), places=both)
    text = found(report, "boundary_date_fits")[0].message("de")
    assert text == "Passt zu Stand 2021 (6 von 6), nicht zu 2006 (2 von 4)."
    old = "Nr;Stadtteil;Wohnungen\n01;Nord;1\n02;Ost;2\n08;Alt-Süd;3\n09;Alt-West;4\n"
    stated = [ColumnRole("Nr", "key", "quarter", "stadt-2021"), ColumnRole("Wohnungen", "indicator")]
    wrong = found(checked(old, places=both, roles=stated), "other_boundary_date")[0]
    assert wrong.repair[0]["system"] == "stadt-2006"


def test_unknown_and_missing_keys_are_named():
    text = "Nr;Stadtteil;Wohnungen\n" + rows("10", "20", "30", "40", "50") + "26;Neustadt;7\n"
    report = checked(text, places=(NOW,))
    assert [(p.row, p.value) for p in found(report, "key_unknown")] == [(7, "26")]
    assert report.units_missing == ["06"]


def test_old_keys_offer_the_crosswalk():
    text = "Nr;Stadtteil;Wohnungen\n" + rows("10", "20", "30", "40", "50") + "08;Alt-Süd;7\n"
    problem = found(checked(text, places=(NOW, BEFORE)), "key_unknown")[0]
    assert problem.repair[0] == {"action": "crosswalk", "from": "stadt-2006", "to": "stadt-2021", "key": "08"}


def test_keys_without_their_zeros_are_mended_and_said():
    text = "Nr;Stadtteil;Wohnungen\n" + "".join(f"{int(key)};{name};5\n" for key, name in UNITS.items())
    report = checked(text)
    assert (report.publishable, report.units_found) == (True, 6)
    assert found(report, "keys_repaired")[0].params["to"] == "01"


def test_the_same_key_twice():
    text = "Nr;Stadtteil;Jahr;Wohnungen\n" + "".join(f"{k};{n};{y};5\n" for y in (2020, 2021) for k, n in UNITS.items())
    assert checked(text).publishable
    problem = found(checked(text + "03;Süd;2021;7\n"), "duplicate_key")[0]
    assert (problem.row, problem.params["first"]) == (14, "10")


def test_a_year_missing_in_the_middle_and_an_unreadable_one():
    lines = "".join(f"{k};{n};{y};5\n" for y in ("2019", "2020", "2022", "2023") for k, n in UNITS.items())
    report = checked("Nr;Stadtteil;Jahr;Wohnungen\n" + lines)
    assert found(report, "periods_missing")[0].params["periods"] == ["2021"]
    stated = [
        ColumnRole("Nr", "key", "quarter", "stadt-2021"),
        ColumnRole("Jahr", "period"),
        ColumnRole("Wohnungen", "indicator"),
    ]
    broken = checked("Nr;Stadtteil;Jahr;Wohnungen\n" + lines.replace("03;Süd;2022", "03;Süd;202"), roles=stated)
    assert [(p.row, p.value) for p in found(broken, "period_unreadable")] == [(16, "202")]


def test_minus_9999_is_no_value():
    text = "Nr;Stadtteil;Wert\n" + rows("1,5", "-9999", "3,5", "-9999", "5,5", "6,5")
    problem = found(checked(text), "missing_code")[0]
    assert (problem.value, problem.repair[0]) == ("-9999", {"action": "missing", "value": "-9999"})
    confirmed = checked(text, {"missing": ["-9999"]})
    assert confirmed.publishable and confirmed.statuses == {"ok": 4, "missing": 2}


@pytest.mark.parametrize(
    ("cells", "meaning"),
    [(("1,5", "0", "-", "2,5", "3,5", "4,5"), "below_half"), (("1,5", "0", "0,5", "2,5", "3,5", "4,5"), "ok")],
)
def test_zero_beside_a_dash_is_less_than_half(cells, meaning):
    report = checked("Nr;Stadtteil;Wert\n" + rows(*cells))
    assert report.zero["Wert"] == meaning
    assert bool(found(report, "zero_beside_dash")) == (meaning == "below_half")
    declared = checked("Nr;Stadtteil;Wert\n" + rows(*cells), {"zero": "value"})
    assert declared.zero["Wert"] == "ok"


def test_personal_data_is_refused_by_column():
    text = "Nr;Stadtteil;Mietername;Wohnungen\n" + rows(*(f"Person {c};5" for c in "abcdef"))
    problem = found(checked(text), "personal_data")[0]
    assert (problem.column, problem.severity) == ("Mietername", "error")


def test_a_thousand_problems_stay_readable():
    lines = "".join(f"{i:04d};Ort {i};kaputt {i}\n" for i in range(1500))
    stated = [ColumnRole("Nr", "key"), ColumnRole("Wert", "indicator")]
    report = checked("Nr;Stadtteil;Wert\n" + lines, roles=stated)
    group = next(group for group in report.groups if group.code == "not_a_number")
    assert (group.count, len(group.examples)) == (1500, 5)
    assert len(report.problems) < 250


def test_next_years_table_takes_its_roles_over():
    text = "Nr;Stadtteil;EW 31.12.{};Besonderes\n" + rows(*["10;5"] * 6)
    before = propose_roles(read_table(text.format(2020).encode(), "t.csv"), [NOW])
    stated = [role if role.column != "Besonderes" else ColumnRole("Besonderes", "weight") for role in before]
    now = propose_roles(read_table(text.format(2021).encode(), "t.csv"), [NOW], earlier=stated)
    assert [role.role for role in now] == ["key", "name", "indicator", "weight"]
    assert now[2].period == "2021-12-31"
    assert now[3].reason == "role_as_before"


CLASSES = "".join(
    f"{key};{name};{age};{n};1\n" for key, name in UNITS.items() for age, n in (("bis 1918", 10), ("ab 1991", 20))
)
HEAD = "Nr;Stadtteil;Baualter;Wohnungen;davon leer\n"
AGES = [
    ColumnRole("Nr", "key", "quarter", "stadt-2021"),
    ColumnRole("Stadtteil", "name"),
    ColumnRole("Baualter", "dimension", dimension="building_years"),
    ColumnRole("Wohnungen", "indicator", indicator="dwellings"),
    ColumnRole("davon leer", "indicator", indicator="vacant"),
]


@pytest.mark.parametrize(("stated", "told"), [("180", "total_agrees"), ("185", "total_differs")])
def test_a_total_over_all_classes_is_the_sum_of_the_classes(stated, told):
    report = checked(f"{HEAD}00;Stadt insgesamt;alle;{stated};12\n{CLASSES}", roles=AGES)
    assert [p.column for p in found(report, told)].count("Wohnungen") == 1


def test_a_unit_with_a_row_over_all_classes_counts_once():
    whole = "".join(f"{key};{name};alle;30;2\n" for key, name in UNITS.items())
    report = checked(f"{HEAD}00;Stadt insgesamt;alle;180;12\n{whole}{CLASSES}", roles=AGES)
    assert found(report, "total_differs") == []


def test_secret_cells_explain_what_a_sum_lacks_but_not_that_it_is_exceeded():
    secret = CLASSES.replace("01;Nord;bis 1918;10;1", "01;Nord;bis 1918;10;.")
    less = checked(f"{HEAD}00;Stadt insgesamt;alle;180;12\n{secret}", roles=AGES)
    assert found(less, "total_differs") == [] and found(less, "total_hidden")[0].column == "davon leer"
    more = checked(f"{HEAD}00;Stadt insgesamt;alle;180;5\n{secret}", roles=AGES)
    assert found(more, "total_differs")[0].column == "davon leer"


def test_a_percentage_is_no_part_of_a_count():
    text = "Nr;Stadtteil;Wohnungen;Leerstand in %\n" + rows(*["3;5,5"] * 6)
    stated = [
        ColumnRole("Nr", "key", "quarter", "stadt-2021"),
        ColumnRole("Wohnungen", "indicator", indicator="dwellings"),
        ColumnRole("Leerstand in %", "indicator", indicator="vacant", unit="%"),
    ]
    assert found(checked(text, roles=stated), "part_above_whole") == []


def test_the_declared_system_is_matched_though_another_fits_better():
    table = read_table(b"Nr;Stadtteil;Wohnungen\n01;Nord;1\n02;Ost;2\n08;Alt;3\n08;Alt;4\n", "t.csv")
    stated = [ColumnRole("Nr", "key", "quarter", "stadt-2021"), ColumnRole("Wohnungen", "indicator")]
    run = CheckRun(table, stated, (NOW, BEFORE), declared="stadt-2021")
    for chunk in table.chunks():
        run.take(chunk)
    report = run.report()
    problem = found(report, "key_unknown")[0]
    assert (problem.row, problem.last_row, problem.value) == (4, 5, "08")
    assert {offer["action"] for offer in problem.repair} == {"crosswalk", "drop_key", "replace_key"}
    assert found(report, "other_boundary_date") == []


def test_headings_that_stand_above_the_wrong_columns_are_told_by_the_repeated_key():
    """One heading is missing, so each figure stands under the next one's name, and the key comes again at the end."""
    shifted = "Nr;Einwohner;Wohnungen\n" + "".join(f"{key};{100 + int(key)};{int(key)}\n" for key in UNITS)
    problem = found(checked(shifted), "key_repeated")[0]
    assert (problem.column, problem.severity, problem.params["key"]) == ("Wohnungen", "warning", "Nr")
    stated = [ColumnRole("Nr", "key"), ColumnRole("Einwohner", "indicator"), ColumnRole("Wohnungen", "indicator")]
    problem = found(checked(shifted, roles=stated), "key_repeated")[0]
    assert (problem.severity, problem.repair) == ("error", ({"action": "leave_out", "column": "Wohnungen"},))
    straight = "Nr;Stadtteil;Wohnungen\n" + rows("1", "2", "3", "4", "50", "60")
    for honest in (straight, shifted.replace("Wohnungen", "ID")):
        assert not found(checked(honest), "key_repeated")


def test_a_name_that_belongs_to_another_unit_is_told_by_row():
    names = list(UNITS.values())
    moved = "Nr;Stadtteil;Wohnungen\n" + rows(
        "1", "2", "3", "4", "5", "6", keys=dict(zip(UNITS, names[1:] + names[:1], strict=True))
    )
    problems = found(checked(moved), "name_of_other")
    assert [problem.row for problem in problems] == [2, 3, 4, 5, 6, 7]
    assert problems[0].params == {"key": "01", "unit": "Nord", "other": "02"} and problems[0].severity == "error"
    swapped = ["Nord", *names[2:], names[1]]
    for form in ("{key} {name}", "{name} ({key})"):
        cells = [form.format(key=key, name=name) for key, name in zip(UNITS, swapped, strict=True)]
        lines = [f"{cell};{n}7" for n, cell in enumerate(cells, 1)]
        problems = found(checked("\n".join(["Stadtteil;Wohnungen", *lines, ""])), "name_of_other")
        assert [(problem.row, problem.severity) for problem in problems] == [(row, "error") for row in range(3, 8)]
        assert problems[0].params == {"key": "02", "unit": "Ost", "other": "03"} and problems[0].value == cells[1]
    written = dict(zip(UNITS, ["nord", "Ost (Stadtteil)", "Sued", "West", "Zentrum", "Höhe"], strict=True))
    spelt = "Nr;Stadtteil;Wohnungen\n" + rows("1", "2", "3", "4", "5", "6", keys=written)
    assert not found(checked(spelt), "name_of_other")


@pytest.mark.parametrize(
    ("wide", "names"),
    [
        (False, ("insgesamt", "männlich", "weiblich")),
        (False, ("zus.", "m", "w")),
        (True, ("insgesamt", "männlich", "weiblich")),
        (True, ("Fälle insgesamt 2024", "unter 65", "65 u. ä.")),
    ],
    ids=["rows", "short-rows", "columns", "ages-without-year"],
)
def test_classes_that_contradict_their_total_are_told(wide, names):
    figures = {key: (1000, 480, 520) for key in UNITS} | {"02": (1000, 480, 250), "03": (1000, 480, 1520)}
    figures["04"] = (1000, 480, 516)  # rounded for secrecy
    if wide:
        lines = ["Nr;" + ";".join(names), *(";".join([key, *map(str, all_)]) for key, all_ in figures.items())]
    else:
        each = [(key, zip(names, all_, strict=True)) for key, all_ in figures.items()]
        rows_ = [(key, name, str(value)) for key, pairs in each for name, value in pairs]
        lines = ["Nr;Geschlecht;Einwohner", *map(";".join, rows_)]
    report = checked("\n".join([*lines, ""]))
    above, apart = found(report, "class_above_all"), found(report, "classes_differ")
    assert [(p.row, p.value, p.severity) for p in above] == [(4 if wide else 10, "1520", "warning")]
    assert [(p.row, p.params["sum"]) for p in apart] == [(3 if wide else 6, 730.0)] and report.publishable


@pytest.mark.parametrize(
    ("between", "cell", "zero"),
    [("-", "1,5", "below_half"), ("-", "1.500", "ok"), ("-", "15", "ok"), ("7,5", "1,5", "ok")],
)
def test_zero_is_judged_by_all_rows(between, cell, zero):
    cells = ["0", *[cell] * 5_000, between, *[cell] * 4_998]  # the dash is in no sample of 10,000 rows
    text = "Nr;Stadtteil;Wert\n" + "".join(f"0{1 + n % 4};x;{cell}\n" for n, cell in enumerate(cells))
    report = checked(text)
    assert "-" not in read_table(text.encode(), "t.csv").sample_of("Wert")
    assert report.zero["Wert"] == zero and report.statuses.get("below_half", 0) == (zero == "below_half")
    assert bool(found(report, "zero_beside_dash")) == (zero == "below_half") and report.rows == 10_000


def test_thousands_parted_by_points_are_no_decimals_beside_which_zero_is_a_sign():
    report = checked("Nr;Stadtteil;Wohnungen\n" + rows("1.894", "0", "-", "12.345.678", "5.220", "640"))
    assert report.zero["Wohnungen"] == "ok" and report.statuses["ok"] == 5
