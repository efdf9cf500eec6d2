"""Codes beside names in one cell, and tables of names alone: the keys are found, or told with the way to them."""

from __future__ import annotations

from datetime import date

import pytest

from ckanext.ierwohnen.places.keys import LevelKeys
from ckanext.ierwohnen.tables.check import CheckReport, check_table
from ckanext.ierwohnen.tables.named_keys import repaired_with_keys, roles_of_names
from ckanext.ierwohnen.tables.reading import read_table
from ckanext.ierwohnen.tables.repairs import Repairs, settings
from ckanext.ierwohnen.tables.roles import propose_roles
from ckanext.ierwohnen.tables.tests.dirt import QUARTERS, UNITS, checked, codes, text

HEAD = ["Stadtteil", "Wohnungen 2024"]
VALUES = dict(zip(UNITS, [190, 170, 150, 120, 140, 110], strict=True))


@pytest.mark.parametrize("total", ["Insgesamt", "Stadt insgesamt", "Zusammen", None])
@pytest.mark.parametrize("form", ["{key} {name}", "{number} {name}", "{name} ({key})"])
@pytest.mark.parametrize("above", [False, True], ids=["below", "above"])
def test_a_total_beside_codes_with_names_is_set_aside(form, total, above):
    rows = [[form.format(key=key, number=int(key), name=name), VALUES[key]] for key, name in UNITS.items()]
    if total:
        rows.insert(0 if above else len(rows), [total, sum(VALUES.values())])
    table = read_table(text([HEAD, *rows]).encode(), "t.csv")
    report = checked(table)
    assert report.units_found == len(UNITS) and report.publishable
    assert [row.kind for row in report.specials] == (["total"] if total else [])
    told = next(p for p in report.problems if p.code == "code_split")
    assert told.params["example"] in ("01", "1")


def test_codes_of_different_lengths_are_taken_out_of_their_names():
    names = ["Mitte", "Kreuzberg", "Pankow", "Spandau", "Zehlendorf", "Tempelhof", "Neukölln", "Köpenick", "Marzahn",
             "Lichtenberg", "Hohenschönhausen", "Reinickendorf"]  # fmt: skip
    units = {str(n): name for n, name in enumerate(names, 1)}
    rows = [HEAD, *([f"{key} {name}", 9] for key, name in units.items()), ["Insgesamt", 108]]
    table = read_table(text(rows).encode(), "t.csv")
    places = [LevelKeys("stadt", "district", "Bezirk", date(2021, 1, 1), units)]
    report = check_table(table, propose_roles(table, places), places)
    assert (report.units_found, [row.row for row in report.specials]) == (12, [14])


def test_one_row_without_a_code_does_not_hide_the_others():
    rows = [HEAD, *([f"{key} {name}", VALUES[key]] for key, name in UNITS.items()), ["Durchschnitt", 147]]
    report = checked(read_table(text(rows).encode(), "t.csv"))
    assert (report.units_found, [(p.code, p.row) for p in report.problems if p.severity == "error"]) == (
        6, [("key_empty", 8)],
    )  # fmt: skip


@pytest.mark.parametrize("cells", [["12 Tage", "9 Tage", "3 Tage"], ["3 Zimmer", "4 Zimmer", "4 Räume"]])
def test_figures_with_their_unit_are_no_codes(cells):
    rows = [["Nr", "Angabe"], *([key, cells[n % 3]] for n, key in enumerate(UNITS))]
    assert read_table(text(rows).encode(), "t.csv").names == ["Nr", "Angabe"]


def with_names(rows: list[list[object]], offers: list[dict]) -> CheckReport:
    """The report of a table with the offers taken, as the page does it."""
    hints, _ = settings(one for one in offers if one["action"] == "keys_from_names")
    table = read_table(text(rows).encode(), "t.csv", hints)
    repairs = Repairs.of(one for one in offers if one["action"] != "keys_from_names")
    table = repaired_with_keys(table, repairs, [QUARTERS])
    found = roles_of_names(table, [QUARTERS])
    roles = [found.get(role.column, role) for role in propose_roles(table, [QUARTERS])]
    return check_table(table, roles, [QUARTERS])


def test_the_keys_of_names_are_offered_and_taken():
    rows = [HEAD, *([name, VALUES[key]] for key, name in UNITS.items()), ["Insgesamt", sum(VALUES.values())]]
    report = checked(read_table(text(rows).encode(), "t.csv"))
    told = {problem.code: problem for problem in report.problems}
    assert (told["total_without_key"].row, told["total_without_key"].value) == (8, "Insgesamt")
    [offer] = told["no_key_column"].repair
    report = with_names(rows, [offer])
    assert (report.units_found, report.errors, [row.kind for row in report.specials]) == (6, 0, ["total"])
    assert "no_key_column" not in codes(report)


def test_names_written_otherwise_are_told_with_the_nearest_ones():
    written = {"02": "Osst", "06": "Hoehe", "05": "Mite", "03": "Westend"}
    rows = [HEAD, *([written.get(key, name), VALUES[key]] for key, name in UNITS.items())]
    report = checked(read_table(text(rows).encode(), "t.csv"))
    near = {p.value: p for p in report.problems if p.code == "name_misspelt"}
    assert {value: p.params["near"][0] for value, p in near.items()} == {"Osst": "Ost", "Mite": "Mitte"}
    assert [p.value for p in report.problems if p.code == "name_unknown"] == ["Westend"]
    [offer] = next(p for p in report.problems if p.code == "no_key_column").repair
    after = with_names(rows, [offer, *(p.repair[0] for p in near.values())])
    assert after.units_found == 5
    assert [p.value for p in after.problems if p.code == "key_unknown"] == ["Westend"]


def test_names_of_other_places_are_no_units():
    rows = [HEAD, *([name, 9] for name in ("Schleswig", "Hamburg", "Hessen", "Bremen", "Bayern"))]
    found = {p.code: p for p in checked(read_table(text(rows).encode(), "t.csv")).problems}
    assert found["no_key_column"].repair == () and not {"name_misspelt", "name_unknown"} & set(found)
