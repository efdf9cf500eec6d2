"""Signs in place of figures, and what offices write of them: legends, seals, brackets, dashes, zeros."""

from __future__ import annotations

import pytest

from ckanext.ierwohnen.tables.declared_signs import declared_signs, legend_signs
from ckanext.ierwohnen.tables.reading import read_table
from ckanext.ierwohnen.tables.repairs import Repairs, settings
from ckanext.ierwohnen.tables.tests.dirt import HEAD, UNITS, cells, checked, codes, text


@pytest.mark.parametrize(
    ("head", "sign", "legend", "status"),
    [
        ("Wohnungen", 999, "999 = geheim", "secret"),
        ("Wohnungen", 9999, "9999 = Wert geheim zu halten", "secret"),
        ("Wohnungen", -1, "-1 = keine Angabe", "missing"),
        ("Wohnungen (- = geheim)", "-", "", "secret"),
        ("Wohnungen", 100, "Index: 2015 = 100\n100 = alle Wohnungen", "ok"),
    ],
)
def test_numbers_that_a_legend_calls_secret_are_no_numbers(head, sign, legend, status):
    rows = [["Nr", "Name", head], ["01", "Nord", 1100], ["02", "Ost", sign], ["03", "Süd", 900], ["04", "West", 800]]
    report = checked(read_table(f"{text(rows)}\n{legend}\n".encode(), "t.csv"))
    assert report.signs[head] == {"ok", status}
    assert ("sign_declared" in codes(report)) == (status != "ok")


@pytest.mark.parametrize(("seal", "mark"), [("Sperrvermerk", "ja"), ("Geheim", "x"), ("Sperre", "1")])
def test_a_figure_under_seal_is_an_error_until_its_sign_stands_there(seal, mark):
    rows = [[*HEAD, seal], ["01", "Nord", 100, ""], ["02", "Ost", 200, mark], ["03", "Süd", 300, ""]]
    table = read_table(text(rows).encode(), "t.csv")
    told = [p for p in checked(table).problems if p.code == "value_sealed"]
    assert [(p.row, p.column, str(p.severity), p.repair[0]["value"]) for p in told] == [(3, HEAD[-1], "error", ".")]
    report = checked(Repairs.of([told[0].repair[0]], table.names).apply(table))
    assert "value_sealed" not in codes(report) and "secret" in report.signs[HEAD[-1]]


def test_a_status_of_other_things_is_no_column_of_signs():
    rows = [[*HEAD, "Status"], ["01", "Nord", 100, "fertig"], ["02", "Ost", 200, "p"], ["03", "Süd", 300, "p"]]
    assert "signs_apart" not in codes(checked(read_table(text(rows).encode(), "t.csv")))


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


@pytest.mark.parametrize(
    ("legend", "signs"),
    [
        ("x = nichts vorhanden; . = kein Wert vorhanden", {"x": "nothing", ".": "missing"}),
        ("- = 0, x = Wert nicht ermittelt", {"-": "nothing", "x": "missing"}),
        ("„.“ bedeutet: Wert ist null", {".": "nothing"}), ("-1: gesperrt", {"-1": "blocked"}),
    ],
)  # fmt: skip
def test_each_sign_of_a_legend_is_understood(legend, signs):
    assert {sign: status for sign, status in legend_signs([legend]).items() if sign in signs} == signs


def test_an_explanation_that_is_not_understood_is_asked_about():
    rows = [HEAD, ["01", "Nord", 100], ["02", "Ost", "."], ["03", "Süd", "x"], ["04", "West", "5 p"], ["05", "Au", 7]]
    legend = "\n„.“ = siehe Anlage | x = Sonderfall | - = Prüffall | p = Prognose\n"
    data = f"{text(rows)}{legend}".encode()
    told = [p for p in checked(read_table(data, "t.csv")).problems if p.code == "legend_open"]
    assert [(p.value, p.severity, p.params["text"]) for p in told] == [
        (".", "error", "siehe anlage"), ("x", "error", "sonderfall"), ("p", "error", "prognose"),
    ]  # fmt: skip
    hints, _ = settings([told[0].repair[0], told[1].repair[1], told[2].repair[0]])
    report = checked(read_table(data, "t.csv", hints))
    assert report.publishable and report.signs["Wohnungen"] == {"ok", "secret", "missing", "preliminary"}


def test_a_sign_that_nobody_explains_is_asked_about_once_for_the_whole_file():
    rows = [[key, "n.e." if n % 3 == 1 else 5 + n, 9 if n else "n.e."] for n, key in enumerate(UNITS)]
    data = text([["Nr", "Wohnungen", "Haushalte"], *rows]).encode()
    asked = [p for p in checked(read_table(data, "t.csv")).problems if p.severity == "error"]
    assert [(p.code, p.value, p.params["count"]) for p in asked] == [("sign_open", "n.e.", 3)]
    hints, _ = settings([asked[0].repair[1]])
    report = checked(read_table(data, "t.csv", hints))
    assert report.publishable and report.statuses["secret"] == 3


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


LEGENDS = {
    "verb": ["„-“ bedeutet geheim"],
    "bracket": ["Ein Strich (-) bedeutet: aus Datenschutzgründen nicht ausgewiesen"],
    "name": ["Strich = geheim"],
    "two lines": ["Zeichenerklärung: . = nichts vorhanden", " - = geheim"],
    "two cells": ["Zeichenerklärung", "-;geheim", ".;nichts vorhanden"],
    "no sign between": ["-  Zahlenwert geheim zu halten   .  nichts vorhanden"],
    "other dash": ["– = geheim, . = nichts vorhanden"],
}


@pytest.mark.parametrize("above", [False, True], ids=["below", "above"])
@pytest.mark.parametrize("legend", LEGENDS)
def test_a_legend_is_understood_in_whatever_words_and_cells(legend, above):
    rows = text([HEAD, *([key, name, {"02": "-", "03": "."}.get(key, 70)] for key, name in UNITS.items())])
    words = "\n".join(LEGENDS[legend]) + "\n"
    if above and legend == "two cells":
        words = "Zeichenerklärung: . = nichts vorhanden; - = geheim\n"
    table = read_table((words + "\n" + rows if above else rows + "\n" + words).encode(), "t.csv")
    report = checked(table)
    assert table.names == HEAD and report.publishable and len(cells(table)) == len(UNITS)
    assert report.signs["Wohnungen"] >= {"secret"} and report.statuses["secret"] >= 1
    signs = declared_signs(table)
    assert signs["-"] == "secret" and signs.get(".", "nothing") == "nothing"


def test_a_zero_that_stands_for_a_secret_is_one():
    rows = [HEAD, *([key, name, 0 if key == "02" else 70] for key, name in UNITS.items())]
    table = read_table((text(rows) + "\n0 = Wert geheim (kleiner als 3)\n").encode(), "t.csv")
    assert checked(table).statuses["secret"] == 1


def test_the_point_of_a_list_is_no_sign():
    notes = ["- Angaben aus Datenschutzgründen gerundet", "- Einwohner mit Nebenwohnsitz sind nicht enthalten"]
    assert legend_signs(notes) == {}


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
