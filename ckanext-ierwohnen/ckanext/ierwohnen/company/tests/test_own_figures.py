"""A company's own figures are plain sums, and say where nothing is known."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pyarrow as pa
import pytest

from ckanext.ierwohnen.company.own_figures import by_class, by_place, levels_of, total
from ckanext.ierwohnen.releases.catalogue import catalogue
from ckanext.ierwohnen.vault.summary import Summary, Summing

DAY = dt.date(2025, 12, 31)
LEVEL = "s/quarter"
EMPTY = {
    "units": json.dumps({LEVEL: "11"}), "vacant": "f", "net_cold_rent": "400", "floor_area": "50.0",
    "tenancy_since": None, "tenant_changed": None, "rooms": "2",
}  # fmt: skip


def sums(*rows: dict[str, Any], day: dt.date = DAY) -> Summary:
    """The sums of dwellings as they are loaded, one a batch, as they come back from the store."""
    summing = Summing(day)
    for row in rows:
        arrays = [pa.array([value], pa.string()) for value in ({**EMPTY, **row}).values()]
        summing.take(pa.RecordBatch.from_arrays(arrays, names=list(EMPTY)))
    kept = Summary.unpacked(summing.summary().packed())
    assert kept is not None
    return kept


def test_rates_are_of_what_is_stated_and_rent_of_the_area_that_bears_it():
    large = {"vacant": None, "floor_area": "100"}
    found = sums({}, {"vacant": "t", "net_cold_rent": "900"}, large, {"net_cold_rent": None})
    assert total(found) == {
        "dwellings": 4, "vacant": 1, "vacancy_rate": pytest.approx(100 / 3), "rent": pytest.approx(800 / 150),
        "turnover_rate": None,
    }  # fmt: skip


def test_what_nobody_stated_is_unknown_not_zero():
    assert total(sums({"vacant": None, "net_cold_rent": ""})) == {
        "dwellings": 1, "vacant": None, "vacancy_rate": None, "rent": None, "turnover_rate": None,
    }  # fmt: skip


def test_turnover_counts_the_year_up_to_the_reference_date():
    began = sums(
        {"tenancy_since": "2025-01-01"}, {"tenancy_since": "2024-12-31", "units": None},
        {"tenancy_since": "2010-01-01", "tenant_changed": "2025-06-01"}, {"tenancy_since": "2026-01-01"},
    )  # fmt: skip
    assert total(began)["turnover_rate"] == 50
    assert by_place(began, LEVEL)[""]["turnover_rate"] == 0


def test_places_and_classes():
    found = sums({}, {"units": None, "rooms": "3"}, {"rooms": "7"}, {"rooms": None})
    assert levels_of(found) == [LEVEL] and by_place(found, "other/level") == {}
    assert {key: one["dwellings"] for key, one in by_place(found, LEVEL).items()} == {"": 1, "11": 3}
    classes = by_class(found, catalogue().dimensions["rooms"])
    assert {key: one["dwellings"] for key, one in classes.items()} == {"1-2": 1, "3": 1, "5+": 1, "unknown": 1}
    assert set(by_class(found, catalogue().dimensions["barrier_reduced"])) == {"unknown"}
