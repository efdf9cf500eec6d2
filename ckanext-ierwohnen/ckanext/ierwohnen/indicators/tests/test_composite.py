"""Composites: visible weights, the rule for missing parts, how firm the order is."""

from __future__ import annotations

import numpy as np
import pytest

from ckanext.ierwohnen.indicators.catalogue import load_catalogue
from ckanext.ierwohnen.indicators.composite import MOVES, Composite, Part, computed, sensitivity
from ckanext.ierwohnen.indicators.tests.test_derived import column, value
from ckanext.ierwohnen.indicators.tests.test_values import readings, system
from ckanext.ierwohnen.indicators.values import Values

A = column(("1", "2025", 0), ("2", "2025", 5), ("3", "2025", 10))
B = column(("1", "2025", 30), ("2", "2025", 20), ("3", "2025", 10))


def made(missing: str = "none", a=A, b=B, turned: bool = True, weights=(3.0, 1.0), at_least: float = 0.5):
    parts = (Part("a", weights[0], 2), Part("b", weights[1], 2, turned))
    return computed({"a": a, "b": b}, Composite(parts, "min_max", missing, at_least))


def test_is_the_weighted_mean_of_the_parts():
    assert value(made(turned=True), "2", "2025") == (50, "ok")
    assert value(made(turned=True), "3", "2025") == (100, "ok")
    assert value(made(turned=False), "3", "2025") == (75, "ok")


def test_the_shares_are_weight_times_reach():
    shares = Composite((Part("a", 1, 3), Part("b", 2, 3), Part("c", 1, 1))).shares()
    assert shares == {"a": 0.3, "b": 0.6, "c": 0.1}


def test_a_missing_part_by_the_declared_rule():
    gap = column(("1", "2025", 30), ("2", "2025", "secret"), ("3", "2025", 10), ("4", "2025", 20))
    four = column(("1", "2025", 0), ("2", "2025", 5), ("3", "2025", 10), ("4", "2025", 5))
    assert value(made("none", four, gap), "2", "2025") == (None, "secret")
    assert value(made("rest", four, gap), "2", "2025") == (50, "ok")  # a alone carries three quarters of the weight
    assert value(made("rest", four, gap, at_least=0.8), "2", "2025") == (None, "secret")


def test_preliminary_stays_preliminary():
    a = column(("1", "2025", 0), ("2", "2025", 5), ("3", "2025", 10))
    a.loc[("2", "2025"), "rank"] = 5
    assert value(made(a=a), "2", "2025")[1] == "preliminary"
    assert value(made(a=a), "3", "2025")[1] == "ok"


def test_sensitivity_shows_how_ranks_move():
    composite = Composite((Part("a", 1, 1), Part("b", 1, 1)), "min_max")
    a = column(("1", "2025", 0), ("2", "2025", 6), ("3", "2025", 10))
    b = column(("1", "2025", 30), ("2", "2025", 20), ("3", "2025", 10))
    ranks, moves = sensitivity({"a": a, "b": b}, composite, "2025")
    assert len(moves) == 2 * len(MOVES)
    without_a = next(m for m in moves if m.code == "a" and m.factor == 0)
    assert without_a.ranks.to_dict() == {"1": 1, "2": 2, "3": 3}
    without_b = next(m for m in moves if m.code == "b" and m.factor == 0)
    assert without_b.ranks.to_dict() == {"1": 3, "2": 2, "3": 1}
    assert ranks.to_dict() == {"1": 2, "2": 1, "3": 2}
    assert without_b.largest == 1


def test_sensitivity_does_not_move_where_all_parts_agree():
    composite = Composite((Part("a", 1, 1), Part("b", 5, 2, turned=True)), "z_score")
    _, moves = sensitivity({"a": A, "b": B}, composite, "2025")
    assert {m.largest for m in moves} == {0} and np.allclose([m.agreement for m in moves], 1)


def test_those_of_the_catalogue_are_computed_on_each_level_from_its_own_values():
    catalogue = load_catalogue()
    found = [one for one in catalogue if one.composite]
    assert len(found) >= 2
    quarters = {"01": "A", "02": "A", "03": "B", "04": "C"}
    rows = []
    for i, q in enumerate(quarters):
        day = "2025-12-31"
        rows += [(q, day, "unemployed_share", 5 + i), (q, "2025", "sgb2_rate", 8 + i)]
        rows += [(q, day, "sgb2_children_rate", 9 + 2 * i), (q, day, "sgb12_rate", 3 + i)]
    values = Values(catalogue, system(quarters), readings(*rows))
    table = values.at("social_burden_index", "quarter")
    assert table["value"].tolist() == pytest.approx([-1.3416, -0.4472, 0.4472, 1.3416], abs=1e-4)
    assert table["period"].unique().tolist() == ["2025-12-31"]
    assert values.at("social_burden_index", "district").empty  # three of its parts cannot be had there
