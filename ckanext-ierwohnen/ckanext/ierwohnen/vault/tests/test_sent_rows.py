"""Rows that a client sends are read as what they are, whatever way its language writes numbers."""

# ruff: noqa: E501
from __future__ import annotations

import json

import pytest

from ckanext.ierwohnen.tables.reading import read_table
from ckanext.ierwohnen.vault.sent_rows import table_of, written
from ckanext.ierwohnen.vault.stock_check import StockCheck

from .stock import YEAR_END

ROW = {"dwelling": "A1", "street": "Lindenweg", "house_number": 1, "postcode": 99011, "floor_area": 60, "rooms": 3,
       "vacant": False, "net_cold_rent": 400}  # fmt: skip


def read(name: str, values: list) -> list:
    """The values of a field after their way through JSON and the check."""
    rows = json.loads(json.dumps([{**ROW, "dwelling": f"A{n}", name: value} for n, value in enumerate(values)]))
    check = StockCheck(read_table(table_of(rows), "upload"), YEAR_END)
    found = [text for batch in check.batches() for text in batch.column(name).to_pylist()]
    return [None if text is None else text if text in ("t", "f") else float(text) for text in found]


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("floor_area", [60.125, 71.375]), ("floor_area", [60.125, 71.5]), ("net_cold_rent", [412.125, 433.875]),
        ("net_cold_rent", [9.125, 8.375, 1000.0]), ("net_cold_rent", [400, 400.5]), ("maintenance", [812.375, 1e3, 1e-7]),
        ("construction_year", [1965.0, 1970.0]), ("rooms", [3.0, 2.5]), ("floor", [-1.0, 2.0]), ("storeys", [4.0, 5]),
    ],
)  # fmt: skip
def test_numbers_are_what_they_are(name, values):
    assert read(name, values) == values


def test_what_is_no_entry_and_what_is_yes_or_no():
    assert read("net_cold_rent", [float("nan"), None, 400.25]) == [None, None, 400.25]
    assert read("vacant", [1.0, 0.0]) == read("vacant", [True, False]) == read("vacant", [1, 0]) == ["t", "f"]
    assert [written(value) for value in (-0.0, 1e16, 0.5, 60.125, "60.125", 7, True, None)] == [
        "0", "10000000000000000", "0,5", "60,1250", "60.125", "7", "ja", ""
    ]  # fmt: skip
