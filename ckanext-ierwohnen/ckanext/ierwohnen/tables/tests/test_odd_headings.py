"""Headings, keys and cells of a kind that used to turn a whole column: read, or told by row."""

from __future__ import annotations

from datetime import date

import pytest

from ckanext.ierwohnen.places.keys import LevelKeys
from ckanext.ierwohnen.tables.check import check_table
from ckanext.ierwohnen.tables.reading import read_table
from ckanext.ierwohnen.tables.roles import propose_roles
from ckanext.ierwohnen.tables.tests.dirt import HEAD, QUARTERS, UNITS, checked, codes, numbers, text

DISTRICTS = LevelKeys(
    "stadt", "district", "Stadtbezirk", date(2021, 1, 1), {str(n): name for n, name in enumerate(UNITS.values(), 1)}
)
VALUES = [190, 170, 150, 120, 140, 110]
ROWS = [[key, name, value] for (key, name), value in zip(UNITS.items(), VALUES, strict=True)]


@pytest.mark.parametrize("head", ["Bezirk", "Bez.", "BEZ"])
def test_numbers_under_the_name_of_a_level_are_its_keys(head):
    rows = [[head, "Name", "Wohnungen 2022"], *([int(key), *rest] for key, *rest in ROWS)]
    roles = {role.column: role for role in propose_roles(read_table(text(rows).encode(), "t.csv"), [DISTRICTS])}
    assert (str(roles[head].role), roles[head].level) == ("key", "district")


@pytest.mark.parametrize(
    "odd", [["noch: Tabelle 3", "", ""], ["Nr", "Stadtteil", "Wohnungen 2022"], ["01/02", "N/O", 5]]
)
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
