"""Which units are listed, in which group, why, since when and in which order."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd

from ckanext.ierwohnen.indicators.alerts import Series, compare, compares_with_city, find, worse
from ckanext.ierwohnen.indicators.catalogue import load_catalogue

CATALOGUE = load_catalogue()
UNITS = ("1", "2", "3", "4")
YEARS = range(2016, 2026)


def series(code: str, rows: dict[str, list], city: list | None = None, **changed) -> Series:
    """Values by unit, the last one of 2025; a text is a sign."""
    indicator = dataclasses.replace(CATALOGUE.find(code), **changed)
    cells = [
        (unit, f"{2026 - len(values) + i}-12-31", value if not isinstance(value, str) else np.nan,
         value if isinstance(value, str) else "ok", "read")
        for unit, values in rows.items() for i, value in enumerate(values)
    ]  # fmt: skip
    whole = [("", f"{2026 - len(city or []) + i}-12-31", value, "ok", "read") for i, value in enumerate(city or [])]
    names = ["unit", "period", "value", "status", "how"]
    return Series(indicator, pd.DataFrame(cells, columns=names), pd.DataFrame(whole, columns=names))


def vacancy(rows: dict[str, list], **more) -> Series:
    return series("vacancy_rate", rows, thresholds={"watch": 8, "act": 12}, **more)


def unemployed(rows: dict[str, list], **more) -> Series:
    return series("unemployed_share", rows, thresholds={"watch": 6, "act": 10}, **more)


def states(found) -> dict[str, str]:
    return {alert.unit: alert.state for alert in found.alerts}


class TestThresholds:
    """Act from one indicator, watch from two."""

    def test_one_act_or_two_watch(self):
        found = find([vacancy({"1": [12], "2": [11], "3": [11], "4": [7.9]}),
                      unemployed({"1": [1], "2": [6], "3": [5], "4": [9]})], UNITS)  # fmt: skip
        assert states(found) == {"1": "act", "2": "watch"}
        assert [(r.code, r.kind, r.limit) for r in found.alerts[1].reasons] == [
            ("vacancy_rate", "watch", 8), ("unemployed_share", "watch", 6)]  # fmt: skip
        assert states(find([vacancy({"3": [11]})], UNITS, watch_at=1)) == {"3": "watch"}

    def test_a_rate_and_its_own_part_are_one_observation(self):
        both = [vacancy({"1": [9], "2": [9]}), series("vacancy_rate_structural", {"1": [6], "2": [6]}),
                unemployed({"1": [1], "2": [7]})]  # fmt: skip
        assert states(find(both[:2], UNITS)) == {"1": "watch", "2": "watch"}, "without the catalogue they are two"
        found = find(both, UNITS, holds=CATALOGUE.holds)
        assert states(found) == {"2": "watch"} and len(found.alerts[0].reasons) == 3
        assert "population" in CATALOGUE.holds("population_change_1y")

    def test_where_more_is_better_low_is_conspicuous(self):
        low = series("population_change_1y", {"1": [-4], "2": [4]}, thresholds={"watch": -1, "act": -3})
        assert worse(low.indicator) == -1
        assert states(find([low], UNITS)) == {"1": "act"}

    def test_since_when(self):
        found = find([vacancy({"1": [13, 14, 12], "2": [13, 7, 12], "3": [13, "secret", 12]})], UNITS)
        since = {a.unit: (a.since, a.reasons[0].from_start) for a in found.alerts}
        assert since == {"1": (2023, True), "2": (2025, False), "3": (2025, False)}

    def test_an_older_number_counts_for_a_year(self):
        later = vacancy({"1": [13, "later"], "2": [1, "later"]})
        assert find([later], UNITS, year=2025).alerts[0].reasons[0].period == "2024-12-31"
        assert find([later], UNITS, year=2026).alerts == ()

    def test_a_sign_is_no_zero_and_no_alert(self):
        found = find([vacancy({"1": ["secret"], "2": [3]})], UNITS)
        assert found.alerts == () and found.without == ("1", "3", "4")

    def test_order_by_group_then_by_number_of_indicators_then_key(self):
        found = find([vacancy({"1": [9], "2": [12], "3": [12], "4": [12]}),
                      unemployed({"1": [7], "2": [1], "3": [7], "4": [10]})], UNITS)  # fmt: skip
        assert [a.unit for a in found.alerts] == ["4", "3", "2", "1"]
        assert found.alerts[0].codes == ("vacancy_rate", "unemployed_share")

    def test_nothing_at_all(self):
        assert find([], UNITS).year is None
        assert find([vacancy({"1": ["secret"]})], UNITS).alerts == ()

    def test_what_is_new_against_the_year_before(self):
        rates = [vacancy({"1": [13, 13], "2": [13, 1], "3": [1, 13]})]
        assert compare(find(rates, UNITS, 2025), find(rates, UNITS, 2024)) == {"new": ("3",), "gone": ("2",)}


class TestAgainstTheCity:
    """Away from the city, to the worse, and not by chance."""

    CITY = tuple(8.0 - 0.1 * i for i in range(10))

    def found(self, rows: dict[str, list], city: list | None = None):
        return find([vacancy({u: [x / 10 for x in v] for u, v in rows.items()}, city=list(city or self.CITY))], UNITS)

    def test_a_unit_that_worsens_while_the_city_betters(self):
        found = self.found({"1": [40 + i for i in range(10)], "2": [40 - i for i in range(10)],
                            "3": [40 + (i % 2) for i in range(10)], "4": [30 - 2 * i for i in range(10)]})  # fmt: skip
        assert states(found) == {"1": "trend"}
        reason = found.alerts[0].reasons[0]
        assert (reason.kind, reason.n, reason.since) == ("against", 10, 2016)
        assert reason.slope > 0 > reason.city_slope and reason.p < 0.05

    def test_a_unit_that_worsens_faster_than_the_city(self):
        city = [3 + 0.1 * i for i in range(10)]
        found = self.found({"1": [30 + 3 * i for i in range(10)], "2": [30 + i for i in range(10)]}, city)
        assert [(a.unit, a.reasons[0].kind) for a in found.alerts] == [("1", "faster")]

    def test_no_trend_under_five_points_or_without_city(self):
        assert self.found({"1": [10, 20, 30, 40]}, self.CITY).alerts == ()
        one = vacancy({"1": [1 + i / 10 for i in range(10)]})
        assert find([one], UNITS).alerts == ()

    def test_better_than_the_city_is_no_alert_and_a_loss_of_lead_neither(self):
        assert self.found({"1": [70 - i / 2 for i in range(10)]}).alerts == ()

    def test_counts_are_not_compared_with_the_city(self):
        assert not compares_with_city(CATALOGUE.find("vacant_dwellings"))
        assert compares_with_city(CATALOGUE.find("vacancy_rate"))
