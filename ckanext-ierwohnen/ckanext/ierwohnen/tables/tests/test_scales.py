"""Units that are said beside a column or above the table, and two scales in one column."""

from __future__ import annotations

import numpy as np
import pytest

from ckanext.ierwohnen.tables.check_scales import shares_beside, thousands_beside
from ckanext.ierwohnen.tables.reading import read_table
from ckanext.ierwohnen.tables.repairs import Repairs, settings
from ckanext.ierwohnen.tables.roles import propose_roles
from ckanext.ierwohnen.tables.tests.dirt import QUARTERS, UNITS, checked, codes, text

RENTS = ["6,20", "6,34", "6,49", "6,63", "6,80", "7,01"]
SCALES = {"thousands_beside", "thousandfold_beside", "share_of_one_beside"}
TOLD = {"scale_beside", "other_currency", "units_by_row"}


def report(head, rows, above=""):
    return checked(read_table(f"{above}{text([head, *rows])}".encode(), "t.csv"))


def rents(heading, above):
    return report(["Nr", heading], list(zip(UNITS, RENTS, strict=True)), above)


@pytest.mark.parametrize("unit", ["1000", "1.000 EUR", "in Tsd.", "Tsd. EUR", "1 000 Personen"])
def test_a_scale_beside_every_figure_is_asked_about_until_it_is_settled(unit):
    table = read_table(text([["Nr", "Einheit", "Wert"], *([k, unit, 12] for k in UNITS)]).encode(), "t.csv")
    assert [r.role for r in propose_roles(table, [QUARTERS])] == ["key", "note", "indicator"]
    found = next(p for p in checked(table).problems if p.code == "scale_beside")
    assert found.severity == "error" and [offer["value"] for offer in found.repair] == ["1000", "1"]
    for offer in found.repair:
        hints, _ = settings([offer])
        again = read_table(text([["Nr", "Einheit", "Wert"], *([k, unit, 12] for k in UNITS)]).encode(), "t.csv", hints)
        assert "scale_beside" not in codes(checked(again))


def test_units_that_change_far_below_are_met():
    rows = [[f"{n % 6 + 1:02d}", "Tsd." if n == 9_000 else "Anzahl", n] for n in range(10_000)]
    told = next(p for p in report(["Nr", "Einheit", "Wert"], rows).problems if p.code == "units_by_row")
    assert (told.row, told.value) == (9_002, "Tsd.")


@pytest.mark.parametrize(
    ("heading", "above", "code"),
    [
        ("Kaltmiete (€/m²)", "Kaltmieten, Angaben in DM je m²\n", "other_currency"),
        ("Kaltmiete (€/m²)", "Kaltmieten in CHF\n", "other_currency"),
        ("Kaltmiete (€/m²)", "Kaltmieten in Euro, bis 2001 aus DM umgerechnet\n", None),
        ("Kaltmiete (€/m²)", "Kaltmieten\n", None),
    ],
)
def test_another_currency_above_the_table_than_in_the_heading_is_asked_about(heading, above, code):
    found = codes(rents(heading, above)) & TOLD
    assert found == ({code} if code else set())


def test_a_sum_under_a_title_in_marks_is_in_marks():
    table = read_table(f"Kaufsummen in DM\n{text([['Nr', 'Kaufsumme'], *([k, 12] for k in UNITS)])}".encode(), "t.csv")
    assert propose_roles(table, [QUARTERS])[1].unit == "DM"


@pytest.mark.parametrize(
    ("heading", "figures", "rows", "would"),
    [
        ("Kaufsumme (€)", [120, 98700, 234500, 150, 64000, 199], [2, 5, 7], "120000"),
        ("Kaufsumme (€)", [120000, 98, 234, 150000, 64, 199, 80, 199000], [2, 5, 9], "120"),
        ("Leerstand in %", ["0,08", 12, 7, "0,05", 9, 10], [2, 5], "8"),
        ("Leerstand in %", ["0,8", 12, 7, "0,5", 9, 10], [], None),
        ("Kaufsumme (€)", [12000, 98700, 234500, 1500, 64000, 19900], [], None),
    ],
)
def test_figures_in_another_scale_than_the_others_are_named_with_what_they_would_be(heading, figures, rows, would):
    keys = [f"{n:02d}" for n in range(1, len(figures) + 1)]
    table = read_table(text([["Nr", heading], *zip(keys, figures, strict=True)]).encode(), "t.csv")
    told = [p for p in checked(table).problems if p.code in SCALES]
    assert [p.row for p in told] == rows
    if told:
        assert told[0].repair[0]["value"] == would
        mended = checked(Repairs.of([p.repair[0] for p in told], table.names).apply(table))
        assert not codes(mended) & SCALES


def test_areas_of_very_different_size_are_no_two_scales():
    """Of 2,000 columns of figures by chance, spread over three powers of ten, hardly any is told."""
    dice = np.random.default_rng(4)
    columns = [10 ** dice.normal(3, dice.uniform(0.1, 1), 24) for _ in range(2_000)]
    assert sum(len(thousands_beside(values)) > 0 for values in columns) < 5
    assert sum(len(shares_beside(dice.gamma(2, 2, 24))) > 0 for _ in range(2_000)) < 40
