"""How a key figure tells its change."""

from __future__ import annotations

import pytest

from ckanext.ierwohnen.portal.key_figures import yearly


def row(period: str, value: float) -> dict:
    """A row as `ierwohnen_indicator_values` gives it."""
    return {"period": period, "figure": {"value": value, "status": "ok", "text": str(value)}}


def test_a_year_counts_once():
    """Two tables date the same year in two ways: the more exact one is shown, and no change is made of both."""
    rows = [row("2024", 1), row("2024-12-31", 2), row("2025", 3), row("2025-12-31", 4)]
    assert [one["figure"]["value"] for one in yearly(rows)] == [2, 4]


@pytest.mark.parametrize("periods", [["2023", "2024"], ["2024-Q1", "2025-Q3"], []])
def test_years_stay_in_order(periods):
    """Nothing is lost where every year has one value."""
    assert [one["period"] for one in yearly([row(period, 1) for period in reversed(periods)])] == periods


@pytest.mark.ckan_config("ckan.plugins", "ierwohnen_portal")
@pytest.mark.usefixtures("with_plugins", "with_request_context")
@pytest.mark.parametrize(
    ("unit", "of", "before", "last", "words"),
    [
        ("percent", "status", 9.0, 8.7, "−0,3 Prozentp."),
        ("persons", "status", 90000, 89614, "−0,4\u202f%"),
        ("per_thousand", "change", -2.2, -2.6, "zuvor -2.2"),
        ("persons", "change", -5, 3, "zuvor -5"),
        ("dwellings", "status", 0, 12, "zuvor 0"),
    ],
)
def test_change_is_told_in_what_fits_the_unit(unit, of, before, last, words, monkeypatch):
    """Shares by points, counts by percent, balances beside their former value, nothing divided by zero."""
    import ckan.plugins.toolkit as tk

    from ckanext.ierwohnen.portal.key_figures import change

    monkeypatch.setitem(tk.request.environ, "CKAN_LANG", "de")
    definition = {"unit": unit, "kind": {"of": of}, "precision": 1}
    assert change(definition, row("2024", before), row("2025", last)) == words
