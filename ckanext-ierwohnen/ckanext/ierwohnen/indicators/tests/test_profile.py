"""The profile of a unit, the table of an indicator's values and the span of ranks, on series known by heart."""

from __future__ import annotations

import pandas as pd
import pytest

from ckanext.ierwohnen.indicators.catalogue import load_catalogue
from ckanext.ierwohnen.indicators.profile import in_difference, line
from ckanext.ierwohnen.indicators.rank_plot import rank_plot, spans
from ckanext.ierwohnen.indicators.value_table import PAGE, value_table
from ckanext.ierwohnen.look.strip import strip


@pytest.fixture(scope="module")
def catalogue():
    return load_catalogue()


def table(rows):
    return pd.DataFrame(rows, columns=["unit", "period", "value", "status"])


def years(unit, values, status="ok", first=2016):
    return [(unit, f"{first + n}-12-31", value, status) for n, value in enumerate(values)]


def test_rank_shares_the_better_place_and_leaves_signs_outside(catalogue):
    units = table([("a", "2025", 5.0, "ok"), ("b", "2025", 9.0, "ok"), ("c", "2025", 9.0, "p"),
                   ("d", "2025", None, "secret")])  # fmt: skip
    made = {key: line(catalogue.find("vacancy_rate"), units, table([]), key) for key in "abcd"}
    assert [made[key].rank for key in "abcd"] == [3, 1, 1, None]
    assert made["d"].cell == (None, "secret") and made["d"].of == 3


def test_counts_change_in_percent_shares_in_points(catalogue):
    units = table(years("a", [100.0, 100, 100, 100, 100, 100, 110]))
    people = line(catalogue.find("population"), units, table([]), "a")
    share = line(catalogue.find("vacancy_rate"), units, table([]), "a")
    assert people.changes[1].value == pytest.approx(10) and people.changes[1].percent
    assert share.changes[5].value == pytest.approx(10) and not share.changes[5].percent
    assert in_difference(catalogue.find("migration_balance_rate")) and not in_difference(catalogue.find("dwellings"))


def test_no_change_over_a_gap_or_from_zero(catalogue):
    """A missing year is no base, and nothing grows in percent from zero."""
    gap = table(years("a", [100.0, None, 110.0]))
    assert 1 not in line(catalogue.find("population"), gap, table([]), "a").changes
    zero = table(years("a", [0.0, 10.0]))
    assert not line(catalogue.find("population"), zero, table([]), "a").changes


def test_trend_needs_five_values_and_looks_ten_years_back(catalogue):
    rising = table(years("a", [float(n) for n in range(14)], first=2012))
    found = line(catalogue.find("population"), rising, table([]), "a").trend
    assert (found.way, found.n, found.slope) == (1, 10, 1.0)
    assert line(catalogue.find("population"), table(years("a", [1.0, 2, 3, 4])), table([]), "a").trend.p is None


def test_city_counts_at_the_same_year(catalogue):
    units, city = table(years("a", [5.0, 6.0])), table(years("", [7.0, 8.0, 9.0]))
    assert line(catalogue.find("vacancy_rate"), units, city, "a").city == (8.0, "ok")
    assert line(catalogue.find("vacancy_rate"), units, city, "nobody") is None


def results(values):
    return [
        {"unit": f"{n:03}", "name": f"Quartier {n}", "period": f"{year}-12-31", "how": "read",
         "figure": {"value": None if value is None else value + year - 2024, "status": "ok" if value else "secret",
                    "text": str(value)}}
        for n, value in enumerate(values) for year in (2024, 2025)
    ]  # fmt: skip


def test_values_are_sorted_with_signs_last_in_both_directions(catalogue):
    given = results([3.0, None, 9.0, 6.0])
    for sort, wanted in (("value", "0 3 2 1"), ("-value", "2 3 0 1"), ("-key", "3 2 1 0"), ("nonsense", "0 1 2 3")):
        made = value_table(given, catalogue.find("vacancy_rate"), "2025-12-31", sort=sort)
        assert " ".join(str(int(row.unit)) for row in made.rows) == wanted, sort
    assert [row.rank for row in made.rows] == [3, None, 1, 2]
    assert made.rows[0].change.value == 1 and made.rows[0].course == (3.0, 4.0)


def test_values_are_narrowed_by_name_or_key_and_cut_into_pages(catalogue):
    given = results([float(n + 1) for n in range(PAGE + 5)])
    indicator = catalogue.find("vacancy_rate")
    assert [row.unit for row in value_table(given, indicator, "2025-12-31", words="tier 77").rows] == ["077"]
    last = value_table(given, indicator, "2025-12-31", page=99)
    assert (last.page, last.pages, len(last.rows), last.total) == (2, 2, 5, PAGE + 5)


def test_spans_of_ranks_hold_declared_and_moved_ranks():
    found = spans({"a": 1, "b": 2}, [{"a": 2, "b": 1}, {"a": 1}], {"a": "Altstadt"})
    assert [(one.name, one.best, one.rank, one.worst) for one in found] == [("Altstadt", 1, 1, 2), ("b", 1, 2, 2)]
    assert "Altstadt: 1 (1–2)" in rank_plot(found, "alt") and rank_plot([], "alt") == ""


def test_strip_stands_still_without_spread_and_keeps_the_city_inside():
    assert strip([4.0, 4.0], 4.0) == "" and strip([], None) == ""
    drawn = strip([0.0, 10.0], 10.0, 99.0, width=112)
    assert 'cx="106.0"' in drawn and "M106.0 1v18" in drawn
