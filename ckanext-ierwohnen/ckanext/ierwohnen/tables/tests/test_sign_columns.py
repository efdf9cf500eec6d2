"""Columns of an office's own with signs or seals for the figures beside them."""

from __future__ import annotations

import pytest

from ckanext.ierwohnen.tables.check import check_table
from ckanext.ierwohnen.tables.reading import read_table
from ckanext.ierwohnen.tables.roles import ColumnRole, propose_roles
from ckanext.ierwohnen.tables.sign_columns import applied
from ckanext.ierwohnen.tables.tests.dirt import HEAD, QUARTERS, UNITS, codes, text


def under_roles(rows, **chosen):
    """Roles, problems and statuses of a table, with the columns of signs applied; `chosen` are roles by column."""
    table = read_table(text(rows).encode(), "t.csv")
    proposed = propose_roles(table, [QUARTERS])
    roles = [ColumnRole(r.column, **chosen[r.column]) if r.column in chosen else r for r in proposed]
    report = check_table(applied(table, roles), roles, [QUARTERS])
    return {r.column: r for r in roles}, report


QUALITY = ("", "p", "/", "e", ".", "–")


@pytest.mark.parametrize(("heading", "last"), [("Qualität", 0), ("Zeichen", ""), ("Wertstatus", "")])
def test_a_column_of_signs_is_applied_to_its_figures(heading, last):
    figures = (100, 200, "", 400, 500, last)
    rows = [[*HEAD, heading], *([k, n, *row] for (k, n), *row in zip(UNITS.items(), figures, QUALITY, strict=False))]
    roles, report = under_roles(rows)
    assert (roles[heading].role, roles[heading].status_of) == ("status", HEAD[-1])
    assert report.signs[HEAD[-1]] == {"ok", "preliminary", "uncertain", "estimated", "secret", "nothing"}
    told = [(p.code, p.row, p.value) for p in report.problems if p.code in ("sign_over_value", "sign_denies")]
    assert told == [("sign_over_value", 6, "500")] and report.errors == 0
    contradicted = [*rows[:-1], [*rows[-1][:-2], 600, "–"]]
    assert [p.row for p in under_roles(contradicted)[1].problems if p.code == "sign_denies"] == [7]


def test_a_column_of_signs_whose_figures_are_not_clear_is_asked_about():
    rows = [[*HEAD, "Haushalte", "Qualität"], ["01", "Nord", 100, 5, ""], ["02", "Ost", 200, 6, "/"]]
    rows += [["03", "Süd", 300, 7, "p"], ["04", "West", 300, 7, "p"]]
    roles, report = under_roles(rows)
    asked = next(p for p in report.problems if p.code == "signs_apart")
    assert roles["Qualität"].role == "unclear"
    assert [offer["status_of"] for offer in asked.repair] == [HEAD[-1], "Haushalte", "*"]
    _, report = under_roles(rows, **{"Qualität": {"role": "status", "status_of": "*"}})
    assert report.signs[HEAD[-1]] == report.signs["Haushalte"] == {"ok", "uncertain", "preliminary"}
    _, report = under_roles(rows, **{"Qualität": {"role": "status"}})
    assert "signs_of_what" in codes(report) and report.errors
    rows[3][-1] = "zz"
    assert under_roles(rows)[0]["Qualität"].role == "unclear"


def test_seals_far_below_the_sample_are_met_and_applied_at_once():
    rows = [[*HEAD, "Sperrvermerk"], *([f"{n % 4 + 1:02d}", "x", n, "ja" if n > 9_900 else ""] for n in range(10_000))]
    _, report = under_roles(rows)
    group = next(g for g in report.groups if g.code == "value_sealed")
    assert group.count == 99 and group.examples[0].row == 9_903
    offer = {"role": "status", "status_of": HEAD[-1]}
    assert group.examples[0].repair[1] == {"action": "role", "column": "Sperrvermerk", **offer}
    _, report = under_roles(rows, Sperrvermerk=offer)
    assert report.statuses["secret"] == 99 and "value_sealed" not in codes(report)


def test_a_seal_that_nobody_explains_is_asked_about():
    rows = [[*HEAD, "Sperrvermerk"], ["01", "Nord", 100, ""], ["02", "Ost", 200, "P"], ["03", "Süd", 300, "S"]]
    _, report = under_roles(rows)
    assert "seal_unclear" in codes(report)
    assert "secret" in under_roles(rows, Sperrvermerk={"role": "status", "status_of": HEAD[-1]})[1].statuses
