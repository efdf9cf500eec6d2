"""Adding up: any partition of the quarters into districts gives the city the same figure and the same sign."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ckanext.ierwohnen.indicators import columns as c
from ckanext.ierwohnen.indicators.catalogue import Catalogue
from ckanext.ierwohnen.indicators.definition import Indicator
from ckanext.ierwohnen.indicators.tests.test_values import CATALOGUE, readings
from ckanext.ierwohnen.indicators.values import Values
from ckanext.ierwohnen.places.system import Level, SpatialSystem, Unit

SIGNS = ("nothing", "below_half", "secret", "later", "blocked", "uncertain", "missing")
KEPT = ("limited", "preliminary", "corrected", "estimated")
CELL = st.one_of(
    st.integers(0, 500),
    st.integers(0, 500),
    st.sampled_from(SIGNS),
    st.tuples(st.integers(0, 9), st.sampled_from(KEPT)),
)
NUMBER = st.one_of(
    st.integers(0, 500), st.sampled_from(("nothing", "below_half")), st.tuples(st.integers(1, 9), st.sampled_from(KEPT))
)


def city(districts: dict[str, str]) -> SpatialSystem:
    units = [Unit("city", "0", "Neuwald")]
    units += [Unit("district", d, d, "0") for d in sorted(set(districts.values()))]
    units += [Unit("quarter", q, q, d) for q, d in districts.items()]
    levels = (Level("city", "Stadt"), Level("district", "Bezirk", parent="city"),
              Level("quarter", "Stadtteil", parent="district"))  # fmt: skip
    return SpatialSystem("neuwald", "Neuwald", date(2021, 1, 1), levels, tuple(units))


def flat(keys: list[str]) -> SpatialSystem:
    """The quarters right below the city."""
    units = (Unit("city", "0", "Neuwald"), *(Unit("quarter", q, q, "0") for q in keys))
    levels = (Level("city", "Stadt"), Level("quarter", "Stadtteil", parent="city"))
    return SpatialSystem("neuwald", "Neuwald", date(2021, 1, 1), levels, units)


def table(cells: list, code: str):
    rows = readings(*[(f"{i:02d}", "2025", code, v[0] if isinstance(v, tuple) else v) for i, v in enumerate(cells)])
    for i, v in enumerate(cells):
        if isinstance(v, tuple):
            rows.loc[i, "status"] = v[1]
    return rows


def totals(code: str, rows, size: int, random, catalogue: Catalogue = CATALOGUE) -> list[tuple]:
    """The city's figure from three partitions, and straight from the quarters."""
    keys = [f"{i:02d}" for i in range(size)]
    systems = [flat(keys)] + [city({k: random.choice("ABCD"[:n]) for k in keys}) for n in (1, 3)]
    found = []
    for system in systems:
        at = Values(catalogue, system, rows).at(code, "city")
        found.append([(round(r.value, 9) if r.value == r.value else None, r.status, r.how) for r in at.itertuples()])
    return found


@settings(deadline=None, max_examples=25)
@given(st.lists(CELL, min_size=1, max_size=9), st.randoms())
def test_of_a_sum_with_any_signs(cells, random):
    found = totals("vacant_dwellings", table(cells, "vacant_dwellings"), len(cells), random)
    assert all(one == found[0] for one in found)
    value, status, _ = found[0][0]
    plain = [v[1] if isinstance(v, tuple) else v for v in cells]
    assert (value is None) == bool({"secret", "later", "blocked", "uncertain", "missing"} & set(plain))
    if "secret" in plain:
        assert status == "secret"
    elif value is not None and (kept := [c.RANK[v] for v in plain if v in KEPT]):
        assert c.RANK[status] == max(kept)  # preliminary stays preliminary


@settings(deadline=None, max_examples=15)
@given(st.lists(st.tuples(CELL, NUMBER), min_size=1, max_size=8), st.randoms())
def test_of_a_ratio_with_any_signs(cells, random):
    rows = pd.concat([table([a for a, _ in cells], "vacant_dwellings"), table([b for _, b in cells], "dwellings")])
    found = totals("vacancy_rate", rows, len(cells), random)
    assert all([(v, s) for v, s, _ in one] == [(v, s) for v, s, _ in found[0]] for one in found)


@settings(deadline=None, max_examples=15)
@given(st.lists(st.tuples(st.integers(1, 90), st.integers(1, 500)), min_size=1, max_size=8), st.randoms())
def test_of_a_weighted_mean(cells, random):
    rows = pd.concat([table([a for a, _ in cells], "mean_age"), table([b for _, b in cells], "population")])
    found = totals("mean_age", rows, len(cells), random)
    expected = sum(a * b for a, b in cells) / sum(b for _, b in cells)
    for one in found:
        assert one[0][0] == pytest.approx(expected)


def bounded() -> Catalogue:
    """The catalogue, with vacant dwellings declared a lower bound."""
    changed = {one.code: one for one in CATALOGUE}
    fields = {k: getattr(changed["vacant_dwellings"], k) for k in Indicator.__dataclass_fields__}
    changed["vacant_dwellings"] = Indicator(**{**fields, "lower_bound": True})
    return Catalogue(changed)


@settings(deadline=None, max_examples=15)
@given(st.lists(CELL, min_size=1, max_size=8), st.randoms())
def test_a_declared_lower_bound_is_the_sum_of_what_is_known(cells, random):
    rows = table(cells, "vacant_dwellings")
    found = totals("vacant_dwellings", rows, len(cells), random, bounded())
    assert all(one == found[0] for one in found)
    value, status, how = found[0][0]
    known = rows["value"][rows["status"].map(c.RANK) < c.FIRST_WITHOUT_VALUE]
    if len(known) == len(rows):
        assert how == "added_up" and value == known.sum()
    elif len(known):
        assert how == "at_least" and value == known.sum() and c.RANK[status] >= c.RANK["limited"]
    else:
        assert value is None


def test_no_formula_takes_up_a_lower_bound():
    rows = pd.concat([table([5, "secret"], "vacant_dwellings"), table([100, 100], "dwellings")])
    values = Values(bounded(), flat(["00", "01"]), rows)
    assert values.at("vacant_dwellings", "city").iloc[0].tolist()[2:] == [5.0, "limited", "at_least"]
    assert values.at("vacancy_rate", "city").iloc[0]["status"] == "secret"
