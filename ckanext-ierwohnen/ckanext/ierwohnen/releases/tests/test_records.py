"""From stock to records: categories, places, and nothing that names a dwelling."""

from __future__ import annotations

import json

import pandas as pd

from ckanext.ierwohnen.releases.place_tree import key_of, place_tree
from ckanext.ierwohnen.releases.records import (
    columns_needed,
    packed,
    records_of,
    records_of_each,
    rented,
    together,
    unpacked,
)


def stock(rows: list[dict]) -> pd.DataFrame:
    found = pd.DataFrame([dict.fromkeys(columns_needed()) | row for row in rows])
    return found.astype({"vacant": pd.BooleanDtype(), "barrier_reduced": pd.BooleanDtype()})


ROWS = [
    {"dwelling": "W1", "units": json.dumps({"s/district": "1", "s/quarter": "11", "s/social": "a"}), "vacant": False,
     "net_cold_rent": 400.5, "floor_area": 60.0, "rooms": 2.5, "construction_year": 1918},
    {"dwelling": "W2", "units": json.dumps({"s/district": "1", "s/quarter": "12", "s/social": "b"}), "vacant": True,
     "net_cold_rent": 300.0, "floor_area": 50.0, "rooms": 5, "construction_year": 2011, "modernization": "full"},
    {"dwelling": "W3", "units": json.dumps({"s/district": "2", "s/quarter": "21", "s/social": "b"}), "rooms": 3},
    {"dwelling": "Geheim-4", "units": None, "vacant": False, "net_cold_rent": 1.0},
]  # fmt: skip


def test_categories_and_values():
    found = records_of(stock(ROWS), "org")
    assert list(found["rooms"]) == ["1-2", "5+", "3", "unknown"]
    assert list(found["construction"]) == ["-1918", "2011-", "unknown", "unknown"]
    assert list(found["modernization"]) == ["unknown", "full", "unknown", "unknown"]
    assert list(found["vacancy"]) == ["let", "vacant", "unknown", "let"]
    assert list(found["rent"]) == [400.5, 0, 0, 0]  # what is vacant bears no rent, what has no area no rent per m²
    assert len(rented(found)) == 1
    assert found["record"].is_unique and "Geheim" not in found.to_csv()
    assert records_of(stock(ROWS), "other")["record"].iloc[0] != found["record"].iloc[0]
    pd.testing.assert_frame_equal(unpacked(packed(found)), found)


def test_the_order_of_rows_and_companies_makes_no_difference():
    one, two = records_of(stock(ROWS), "a"), records_of(stock(ROWS[::-1]), "b")
    pd.testing.assert_frame_equal(together([one, two]), together([two[::-1], one]))
    each = records_of_each([("a", stock(ROWS)), ("b", stock(ROWS[::-1]))])
    pd.testing.assert_frame_equal(each["a"], one)
    pd.testing.assert_frame_equal(each["b"], two)
    pd.testing.assert_frame_equal(unpacked(packed(each["b"])), two)


def test_levels_that_nest_make_one_tree_and_the_others_are_left_out():
    tree = place_tree([records_of(stock(ROWS), "org")], "s")
    assert tree.levels == ("s/district", "s/quarter")
    assert tree.depth("s/quarter") == 2 and tree.depth("") == 0 and tree.depth("s/social") is None
    codes = tree.hierarchy.codes
    assert codes[0] == "Total" and {key_of(code) for code in codes} >= {("s/quarter", "21"), ("s/district", "")}
    assert codes[tree.hierarchy.parent[codes.index("s/quarter:12")]] == "s/district:1"
    assert set(tree.codes(records_of(stock(ROWS), "org"))) <= set(codes)
    assert place_tree([records_of(stock(ROWS[3:]), "org")], "s").levels == ()
