"""Under a value stand the tables that it really comes from, not those that might have counted."""

from __future__ import annotations

import pandas as pd

from ckanext.ierwohnen.indicators.origins import Origins, Share, shares
from ckanext.ierwohnen.indicators.tests.test_values import CATALOGUE, readings, system
from ckanext.ierwohnen.indicators.values import Values

ALL = ("01", "02", "03", "04")


def origins() -> Origins:
    """Table `a` holds dwellings of three quarters in 2025, `b` of all in 2024 and 2025, `c` vacancy and the city."""
    a = readings(*[(q, "2025-12-31", "dwellings", 100) for q in ALL[:3]])
    b = readings(*[(q, f"{year}-12-31", "dwellings", 90) for q in ALL for year in (2024, 2025)])
    vacant = readings(*[(q, "2025-12-31", "vacant_dwellings", 5) for q in ALL])
    stated = readings(("0", "2025-12-31", "vacant_dwellings", 20, "city"))
    frames = {"a": a, "b": b, "c": pd.concat([vacant, stated])}
    rows = pd.concat([frame.assign(resource_id=name) for name, frame in frames.items()], ignore_index=True)
    return Origins(Values(CATALOGUE, system(), rows))


def test_a_value_that_was_read_comes_from_the_table_that_counts_there():
    known = origins()
    assert known.of("dwellings", "quarter", "01", "2025-12-31") == {"a"}
    assert known.of("dwellings", "quarter", "04", "2025-12-31") == {"b"}
    assert known.of("dwellings", "quarter", "01", "2024-12-31") == {"b"}
    assert known.of("dwellings", "quarter", "01", "2019-12-31") == frozenset()


def test_what_is_added_up_or_computed_comes_from_all_tables_of_its_parts():
    known = origins()
    assert known.of("dwellings", "district", "A", "2025-12-31") == {"a"}
    assert known.of("dwellings", "district", "B", "2025-12-31") == {"a", "b"}
    assert known.of("vacancy_rate", "quarter", "04", "2025-12-31") == {"b", "c"}
    assert known.of("vacancy_rate", "district", "B", "2025-12-31") == {"a", "b", "c"}
    assert known.of_total("vacant_dwellings", "2025-12-31") == {"c"}
    assert known.of_total("dwellings", "2024-12-31") == {"b"}


def test_a_change_names_the_table_of_the_earlier_figure_too():
    rows = pd.concat(
        [readings(("01", "2025-12-31", "population", 110)).assign(resource_id="new"),
         readings(("01", "2024", "population", 100)).assign(resource_id="old")], ignore_index=True,
    )  # fmt: skip
    known = Origins(Values(CATALOGUE, system(), rows))
    assert known.of("population_change_1y", "quarter", "01", "2025-12-31") == {"new", "old"}


def test_tables_stand_by_share_with_their_dates():
    cells = [("2024", frozenset("b")), ("2025", frozenset("ab")), (None, frozenset("a")), ("2023", frozenset("b"))]
    assert shares(cells, ["a", "b"]) == [Share("b", 3, "2023", "2025"), Share("a", 2, "2025", "2025")]
    assert [one.resource_id for one in shares([("2025", frozenset("ab"))], ["b", "a"])] == ["b", "a"]
