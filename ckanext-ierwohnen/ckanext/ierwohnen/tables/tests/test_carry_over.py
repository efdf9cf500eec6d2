"""A table goes over to other boundaries: sums stay, ratios are made anew, what does not add up is barred and said."""

from __future__ import annotations

from datetime import date
from math import fsum

import pytest

from ckanext.ierwohnen.look.signs import Status
from ckanext.ierwohnen.places.crosswalk import crosswalk_from_table
from ckanext.ierwohnen.places.keys import LevelKeys
from ckanext.ierwohnen.tables.carried_cells import STYLE, Value
from ckanext.ierwohnen.tables.carry_over import CarriedTable, CarryRefused, carry_over
from ckanext.ierwohnen.tables.carry_rules import column_rules
from ckanext.ierwohnen.tables.cells import parse_cell
from ckanext.ierwohnen.tables.check import check_table
from ckanext.ierwohnen.tables.crosswalk_choice import CrosswalkChoice
from ckanext.ierwohnen.tables.messages import message
from ckanext.ierwohnen.tables.reading import read_table
from ckanext.ierwohnen.tables.roles import ColumnRole, IndicatorName
from ckanext.ierwohnen.tables.special_rows import main_key

# Schachthalden (26) was dissolved: 62 % went to 45, 38 % to 43; 11 stayed; 12 and 13 were joined.
BEFORE = {"26": "Schachthalden", "45": "Siedlung", "43": "Cainhof", "11": "Mitte", "12": "Ost", "13": "West"}
SINCE = {"11": "Mitte", "20": "Ostwest", "43": "Cainhof", "45": "Schachtsiedlung"}
OLD = LevelKeys("stadt-2015", "quarter", "Stadtteil", date(2015, 1, 1), BEFORE)
NEW = LevelKeys("stadt-2021", "quarter", "Stadtteil", date(2021, 1, 1), SINCE)
CROSSWALK = crosswalk_from_table(
    [("26", "45", 0.62), ("26", "43", 0.38), ("45", "45", 1), ("43", "43", 1), ("11", "11", 1), ("12", "20", 1),
     ("13", "20", 1)], set(OLD.units), set(NEW.units),
)  # fmt: skip
NAMES = [
    IndicatorName("dwellings", ("Wohnungen",), space="sum"),
    IndicatorName("vacant", ("leer",), space="sum"),
    IndicatorName("rate", ("Quote",), parts=("vacant", "dwellings"), space="ratio"),
    IndicatorName("age", ("Alter",), space="weighted_mean", weighted_by="dwellings"),
    IndicatorName("rent", ("Miete",), space="median"),
]
HEAD = "Nr;Name;Wohnungen;leer;Quote;Alter;Miete;Eigenes\n"
TEXT = HEAD + (
    "0;Stadt insgesamt;1.700;150;8,8;40,0;6,00;9\n"
    "11;Mitte;100;10;10,0;30,5;5,50;1\n"
    "12;Ost;200;20;10,0;40,0;6,00;2\n"
    "13;West;300;60;20,0;50,0;6,50;3\n"
    "26;Schachthalden;100;50;50,0;60,0;5,00;4\n"
    "43;Cainhof;500;5;1,0;45,0;7,00;5\n"
    "45;Siedlung;500;5;1,0;45,0;7,00;6\n"
    "99;nicht zuordenbar;7;x;x;x;x;.\n"
)
ROLES = [
    ColumnRole("Nr", "key", "quarter", "stadt-2015"), ColumnRole("Name", "name"),
    ColumnRole("Wohnungen", "indicator", indicator="dwellings"), ColumnRole("leer", "indicator", indicator="vacant"),
    ColumnRole("Quote", "indicator", indicator="rate"), ColumnRole("Alter", "indicator", indicator="age"),
    ColumnRole("Miete", "indicator", indicator="rent"), ColumnRole("Eigenes", "indicator"),
]  # fmt: skip


def carried(text: str = TEXT, roles=ROLES, **own_rules: str) -> CarriedTable:
    table = read_table(text.encode(), "t.csv")
    choice = CrosswalkChoice("stadt-2015", "stadt-2021", "quarter", rules=own_rules)
    rules = column_rules(table, roles, NAMES, choice)
    key = main_key(table, roles, (OLD, NEW))
    assert key is not None
    return carry_over(table, roles, key, CROSSWALK, NEW, rules)


def cells(found: CarriedTable) -> dict[str, dict[str, str]]:
    return {row.cells[0]: dict(zip(found.table.names, row.cells, strict=True)) for row in found.table.rows()}


def test_counts_are_divided_and_marked_as_estimated():
    rows = cells(carried())
    assert {key: row["Wohnungen"] for key, row in rows.items()} == {
        "0": "1700", "11": "100", "20": "500", "43": "538 s", "45": "562 s", "99": "7"
    }  # fmt: skip
    assert rows["45"]["Name"] == "Schachtsiedlung"


def test_ratios_and_means_are_made_anew_from_their_parts():
    rows = cells(carried())
    assert rows["20"]["Quote"] == "16"  # 80 of 500, not the mean of 10 and 20
    assert rows["45"]["Quote"] == "6,4 s"  # (5 + 31) of 562
    assert rows["20"]["Alter"] == "46"


def test_a_unit_that_did_not_change_keeps_all_its_values():
    row = cells(carried())["11"]
    assert [row[name] for name in ("Quote", "Alter", "Miete", "Eigenes")] == ["10", "30,5", "5,5", "1"]


def test_what_does_not_add_up_is_barred_with_its_reason():
    found = carried()
    rows = cells(found)
    assert {rows[key]["Miete"] for key in ("20", "43", "45")} == {"x"}
    told = {problem.column: problem for problem in found.problems if problem.code == "carry_barred"}
    assert "Median" in told["Miete"].message("de") and "Schachtsiedlung (45)" in told["Miete"].message("de")
    assert "nicht bekannt" in told["Eigenes"].message("de")
    assert told["Eigenes"].repair[0]["rules"] == {"Eigenes": "sum"} and told["Miete"].repair == ()


def test_a_person_may_state_that_a_column_of_ones_own_adds_up():
    found = carried(Eigenes="sum")
    assert cells(found)["20"]["Eigenes"] == "5"
    assert found.columns["Eigenes"].barred == 0


@pytest.mark.parametrize(("column", "words"), [
    ("Miete", "Median"), ("Quote", "aus ihren Teilen"), ("Alter", "aus ihren Teilen"), ("Leerstandsquote", "Quote"),
    ("Bodenpreis", "Preis"), ("Eigenes in %", "Quote"),
])  # fmt: skip
def test_what_does_not_add_up_is_not_summed_whoever_says_so(column, words):
    named = column if column in HEAD else "Eigenes"
    roles = [*ROLES[:-1], ColumnRole(column, "indicator")] if column not in HEAD else ROLES
    text = TEXT.replace("Eigenes", column) if named == "Eigenes" else TEXT
    found = carried(text, roles, **{column: "sum"})
    assert cells(found)["20"][column] == "x" and cells(found)["45"][column] == "x"
    report = check_table(found.table, roles, (NEW,), NAMES)
    refused = next(p for p in report.problems if p.code == "carry_sum_refused")
    assert not report.publishable and words in refused.message("de")
    assert refused.repair[0]["rules"] == {column: "none"}
    settled = carried(text, roles, **{column: "none"})
    assert check_table(settled.table, roles, (NEW,), NAMES).publishable


def test_a_ratio_without_its_parts_is_refused_not_averaged():
    found = carried("Nr;Quote\n" + "".join(f"{key};5,0\n" for key in OLD.units), [ROLES[0], ROLES[4]])
    assert cells(found)["20"]["Quote"] == "x"
    assert "Zähler und Nenner" in found.problems[0].message("de")


def test_a_ratio_that_was_taken_for_a_count_is_not_summed():
    roles = [ROLES[0], ColumnRole("Leerstand in %", "indicator", indicator="vacant")]
    found = carried("Nr;Leerstand in %\n" + "".join(f"{key};5,0\n" for key in OLD.units), roles)
    assert cells(found)["20"]["Leerstand in %"] == "x"
    assert "Quote" in found.problems[0].message("de")


def test_signs_travel_and_secret_counts_before_missing():
    text = TEXT.replace("26;Schachthalden;100;50", "26;Schachthalden;.;50").replace("12;Ost;200", "12;Ost;200 p")
    found = carried(text.replace("13;West;300", "13;West;/"))
    rows = cells(found)
    assert rows["45"]["Wohnungen"] == rows["43"]["Wohnungen"] == "."
    assert rows["20"]["Wohnungen"] == "/"
    assert {p.column for p in found.problems if p.code == "carry_part_missing"} >= {"Wohnungen", "Quote"}


def test_the_office_s_own_signs_are_read_and_official_ones_written():
    legend = "- = keine Angabe;;;;;;;\n"
    text = legend + TEXT.replace("12;Ost;200", "12;Ost;-").replace("11;Mitte;100", "11;Mitte;(100)")
    found = carried(text)
    assert cells(found)["20"]["Wohnungen"] == "" and cells(found)["11"]["Wohnungen"] == "(100)"
    report = check_table(found.table, ROLES, (NEW,), NAMES)
    assert report.statuses["limited"] == 1 and "nothing" not in report.statuses


def test_a_zero_that_is_a_sign_stays_one_and_a_plain_zero_does_not_become_one():
    text = TEXT.replace("11;Mitte;100;10;10,0;30,5", "11;Mitte;100;0;0;-").replace("13;West;300;60", "13;West;300;0")
    found = carried(text.replace("12;Ost;200;20;10,0;40,0", "12;Ost;200;0;10,0;0"))
    report = check_table(found.table, ROLES, (NEW,), NAMES)
    assert report.zero["Alter"] == "below_half"
    rows = cells(found)
    assert (rows["11"]["leer"], rows["20"]["leer"], rows["11"]["Alter"]) == ("0,0", "0,0", "–")


def test_a_group_for_each_period_and_class_and_sums_to_nine_digits():
    years = "".join(
        f"{key};{year};{(n + 3) * 977.3 / 7:.3f}\n".replace(".", ",")
        for year in (2019, 2020)
        for n, key in enumerate(OLD.units)
    )
    roles = [ROLES[0], ColumnRole("Jahr", "period"), ColumnRole("Wohnungen", "indicator", indicator="dwellings")]
    found = carried("Nr;Jahr;Wohnungen\n" + years, roles)
    rows = list(found.table.rows())
    assert [row.cells[1] for row in rows] == ["2019"] * 4 + ["2020"] * 4
    for year in ("2019", "2020"):
        total = fsum(float(parse_cell(row.cells[2], STYLE).number) for row in rows if row.cells[1] == year)
        before = fsum(round((n + 3) * 977.3 / 7, 3) for n in range(6))
        assert abs(total - before) < 1e-9 * before


def test_quality_says_how_much_of_a_column_was_split():
    found = carried()
    assert found.columns["Wohnungen"].split_share == pytest.approx(100 / 1700)
    assert found.columns["Quote"].split_share == found.columns["Wohnungen"].split_share


@pytest.mark.parametrize(("text", "code"), [
    (TEXT + "77;Fremd;1;1;1;1;1;1\n", "carry_unknown_keys"),
    (TEXT + "11;Mitte;1;1;1;1;1;1\n", "carry_key_twice"),
    (TEXT.replace("1.700", "viele"), "carry_unreadable"),
])  # fmt: skip
def test_a_table_that_is_not_clear_is_refused(text, code):
    with pytest.raises(CarryRefused) as refused:
        carried(text)
    assert refused.value.code == code


@pytest.mark.parametrize("status", [status for status in Status if status is not Status.UNCERTAIN])
def test_each_status_is_read_again_as_it_was_written(status):
    number = {Status.NOTHING: 0.0, Status.BELOW_HALF: 0.0}.get(status, 1062.417 if status.has_value else None)
    cell = parse_cell(Value(number, status).written(), STYLE)
    assert cell.problem is None and cell.value == number
    assert cell.status == (Status.OK if status is Status.BELOW_HALF else status)  # 0 is a sign only beside -


def test_a_table_that_is_too_large_is_refused_with_the_number(monkeypatch):
    monkeypatch.setattr("ckanext.ierwohnen.tables.carry_over.MOST_ROWS", 5)
    with pytest.raises(CarryRefused) as refused:
        carried()
    assert (refused.value.code, refused.value.params) == ("carry_too_large", {"limit": 5})
    assert "mehr als 5 Zeilen" in message(refused.value.code, refused.value.params, "de")
