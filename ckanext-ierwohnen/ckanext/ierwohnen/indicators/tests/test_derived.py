"""Change, index, sums over years, per 1,000, standardized figures."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from ckanext.ierwohnen.indicators import columns as c
from ckanext.ierwohnen.indicators import over_time, standardized
from ckanext.ierwohnen.indicators.catalogue import load_catalogue
from ckanext.ierwohnen.indicators.derived import Derivation, DerivationError, check, derived
from ckanext.ierwohnen.indicators.tests.test_values import CATALOGUE, readings, system
from ckanext.ierwohnen.indicators.values import Values


def column(*cells: tuple) -> pd.DataFrame:
    """(unit, period, number or sign)."""
    rows = readings(*[(unit, period, "x", value) for unit, period, value in cells])
    return c.column(rows)


def value(figures: pd.DataFrame, unit: str, period: str) -> tuple:
    row = figures.loc[(unit, period)]
    return (None if pd.isna(row["value"]) else pytest.approx(row["value"]), c.RANKED[int(row["rank"])])


class TestOverTime:
    """Against earlier years."""

    FIGURES = column(("1", "2020", 50), ("1", "2024", 80), ("1", "2025", 100), ("2", "2020", 0), ("2", "2025", 4))

    def test_change_in_the_unit_and_in_percent(self):
        assert value(over_time.difference(self.FIGURES, 1), "1", "2025") == (20, "ok")
        assert value(over_time.difference(self.FIGURES, 5), "1", "2025") == (50, "ok")
        assert value(over_time.percent(self.FIGURES, 5), "1", "2025") == (100, "ok")
        assert ("2", "2025") not in over_time.difference(self.FIGURES, 1).index

    def test_no_percent_of_nothing_or_of_a_loss(self):
        assert value(over_time.percent(self.FIGURES, 5), "2", "2025") == (None, "blocked")
        turned = column(("1", "2024", -5), ("1", "2025", 5))
        assert value(over_time.percent(turned, 1), "1", "2025") == (None, "blocked")
        assert value(over_time.difference(turned, 1), "1", "2025") == (10, "ok")

    def test_index(self):
        found = over_time.index_to(self.FIGURES, 2020)
        assert value(found, "1", "2025") == (200, "ok") and value(found, "1", "2020") == (100, "ok")
        assert value(found, "2", "2025") == (None, "blocked")
        dated = column(("1", "2020-06-30", 1), ("1", "2020-12-31", 2), ("1", "2025-12-31", 3), ("1", "2025-03-31", 4))
        found = over_time.index_to(dated, 2020)
        assert value(found, "1", "2025-12-31") == (150, "ok") and value(found, "1", "2025-03-31") == (200, "ok")

    def test_a_flow_over_years_needs_all_of_them(self):
        flow = column(("1", "2022", 1), ("1", "2023", 2), ("1", "2024", 3), ("1", "2025", 4), ("2", "2025", 4))
        found = over_time.sum_over_years(flow, 3)
        assert value(found, "1", "2025") == (9, "ok")
        assert list(found.index) == [("1", "2024"), ("1", "2025")]

    def test_signs_travel(self):
        signs = column(("1", "2024", "secret"), ("1", "2025", 7))
        for made in (over_time.difference(signs, 1), over_time.percent(signs, 1), over_time.sum_over_years(signs, 2)):
            assert value(made, "1", "2025") == (None, "secret")
        assert value(over_time.index_to(signs, 2024), "1", "2025") == (None, "secret")


class TestStandardized:
    """Beside the other units; scipy is the judge."""

    NUMBERS = (4.0, 1.0, 7.0, 7.0, 2.5)

    def figures(self, *more: tuple) -> pd.DataFrame:
        return column(*[(str(i), "2025", n) for i, n in enumerate(self.NUMBERS)], *more)

    @pytest.mark.parametrize("name", standardized.STATISTICS)
    def test_a_unit_without_number_keeps_its_sign_and_stands_outside(self, name):
        found = standardized.STATISTICS[name](self.figures(("9", "2025", "secret")))
        assert value(found, "9", "2025") == (None, "secret")
        assert found["value"].dropna().tolist() == pytest.approx(
            standardized.STATISTICS[name](self.figures())["value"].tolist()
        )

    def test_are_scipy_s(self):
        figures, numbers = self.figures(), list(self.NUMBERS)
        assert standardized.z_score(figures)["value"].tolist() == pytest.approx(stats.zscore(numbers))
        expected = [stats.percentileofscore(numbers, n, kind="mean") for n in numbers]
        assert standardized.percentile(figures)["value"].tolist() == pytest.approx(expected)
        ranks = stats.rankdata([-n for n in numbers], method="min")
        assert standardized.rank(figures)["value"].tolist() == list(ranks) == [3, 5, 1, 1, 4]
        assert standardized.min_max(figures)["value"].tolist() == pytest.approx([50, 0, 100, 100, 25])

    def test_each_period_is_a_population_of_its_own(self):
        figures = self.figures(("0", "2024", 1), ("1", "2024", 2), ("2", "2024", 3), ("3", "2024", "later"))
        assert value(standardized.rank(figures), "0", "2024") == (3, "ok")
        told = standardized.population(figures)
        assert told.loc["2024", "n"] == 3 and told.loc["2024", "without"] == 1 and told.loc["2025", "n"] == 5

    def test_two_units_or_all_equal_make_no_sense(self):
        two = column(("0", "2025", 1), ("1", "2025", 2))
        same = column(*[(str(i), "2025", 5) for i in range(4)])
        for name, statistic in standardized.STATISTICS.items():
            assert value(statistic(two), "0", "2025") == (None, "blocked"), name
        assert value(standardized.z_score(same), "0", "2025") == (None, "blocked")
        assert value(standardized.rank(same), "0", "2025") == (1, "ok")
        assert value(standardized.percentile(same), "0", "2025") == (50, "ok")


class TestDerivations:
    """What makes no sense is refused; the rest comes with unit and precision."""

    @pytest.mark.parametrize(
        ("code", "asked", "reason"),
        [
            ("population_change_1y", Derivation("change_percent"), "no_percent_of_change"),
            ("population", Derivation("index"), "base_needed"),
            ("population", Derivation("sum_over_years", years=5), "only_flows_add_up"),
            ("vacancy_rate", Derivation("per_1000"), "only_counts_per_1000"),
            ("births", Derivation("per_1000", per="vacancy_rate"), "per_needs_a_count"),
        ],
    )
    def test_refused(self, code, asked, reason):
        catalogue = load_catalogue()
        with pytest.raises(DerivationError) as refused:
            check(catalogue.find(code), asked, catalogue.find(asked.per))
        assert refused.value.reason == reason

    def test_per_thousand(self):
        rows = readings(("01", "2025", "births", 9), ("01", "2025-12-31", "population", 1500))
        births = CATALOGUE.find("births")
        table = derived(Values(CATALOGUE, system(), rows), births, "quarter", Derivation("per_1000"))
        assert table["value"].tolist() == [6.0] and table["how"].tolist() == ["read"]

    def test_a_change_of_a_share_comes_in_points(self):
        rate = CATALOGUE.find("vacancy_rate")
        assert Derivation("change").unit(rate) == "percent_points" and Derivation("change").signed(rate)
        assert Derivation("rank").precision(rate) == 0


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(-99, 99), min_size=3, max_size=20), st.integers(1, 5), st.integers(-9, 9))
def test_standardized_figures_do_not_depend_on_unit_or_origin(numbers, factor, shift):
    one = column(*[(str(i), "2025", n) for i, n in enumerate(numbers)])
    other = column(*[(str(i), "2025", factor * n + shift) for i, n in enumerate(numbers)])
    for statistic in standardized.STATISTICS.values():
        a, b = statistic(one), statistic(other)
        assert a["value"].tolist() == pytest.approx(b["value"].tolist(), nan_ok=True)
        assert a["rank"].tolist() == b["rank"].tolist()
