"""A company's own figures are plain sums, and say where nothing is known."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pandas as pd
import pytest

from ckanext.ierwohnen.company.own_figures import added_up, dwellings_of
from ckanext.ierwohnen.releases.catalogue import catalogue

DAY = dt.date(2025, 12, 31)
LEVEL = "place:s/quarter"


def stock(*rows: dict[str, Any], day: dt.date = DAY) -> pd.DataFrame:
    """Dwellings as the vault's door gives them."""
    empty = {
        "units": json.dumps({"s/quarter": "11"}), "vacant": False, "net_cold_rent": 400.0, "floor_area": 50.0,
        "tenancy_since": None, "tenant_changed": None, "rooms": 2.0,
    }  # fmt: skip
    table = pd.DataFrame([{"reference_date": day, **empty, **row} for row in rows])
    return table.astype({"vacant": "boolean"})


def test_rates_are_of_what_is_stated_and_rent_of_the_area_that_bears_it():
    large = {"vacant": None, "floor_area": 100.0}
    table = stock({}, {"vacant": True, "net_cold_rent": 900.0}, large, {"net_cold_rent": None})
    found = added_up(dwellings_of(table))[""]
    assert found == {
        "dwellings": 4, "vacant": 1, "vacancy_rate": pytest.approx(100 / 3), "rent": pytest.approx(800 / 150),
        "turnover_rate": None,
    }  # fmt: skip


def test_what_nobody_stated_is_unknown_not_zero():
    table = stock({"vacant": None, "net_cold_rent": None})
    assert added_up(dwellings_of(table))[""] == {
        "dwellings": 1, "vacant": None, "vacancy_rate": None, "rent": None, "turnover_rate": None,
    }  # fmt: skip


def test_turnover_counts_the_year_up_to_each_reference_date():
    began = [{"tenancy_since": dt.date(2025, 1, 1)}, {"tenancy_since": dt.date(2024, 12, 31)},
             {"tenancy_since": dt.date(2010, 1, 1), "tenant_changed": dt.date(2025, 6, 1)},
             {"tenancy_since": dt.date(2026, 1, 1)}]  # fmt: skip
    earlier = stock({}, day=dt.date(2020, 12, 31))
    found = added_up(dwellings_of(pd.concat([stock(*began), earlier], ignore_index=True)), "date")
    assert found["2025-12-31"]["turnover_rate"] == 50
    assert found["2020-12-31"]["turnover_rate"] is None


def test_places_and_classes():
    table = stock({}, {"units": None, "rooms": 3.0}, {"rooms": 7.0}, {"rooms": None})
    dwellings = dwellings_of(table, catalogue().dimensions["rooms"])
    assert {key: one["dwellings"] for key, one in added_up(dwellings, LEVEL).items()} == {"": 1, "11": 3}
    assert {key: one["dwellings"] for key, one in added_up(dwellings, "class").items()} == {
        "1-2": 1, "3": 1, "5+": 1, "unknown": 1,
    }  # fmt: skip
