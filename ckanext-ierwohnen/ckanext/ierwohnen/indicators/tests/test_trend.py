"""Trends: checked against scipy, and against the formula for ties worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from ckanext.ierwohnen.indicators import trend

YEARS = np.arange(2014, 2026)


def test_slope_and_exact_p_are_scipy_s():
    values = np.random.default_rng(7).normal(size=(60, 12)).cumsum(axis=1)
    found = trend.trends(YEARS, values)
    for row, slope, p in zip(values, found.slope, found.p, strict=True):
        assert slope == pytest.approx(stats.theilslopes(row, YEARS)[0])
        assert p == pytest.approx(stats.kendalltau(YEARS, row, method="exact").pvalue)


def test_ties_correct_the_variance():
    # n = 12 with groups of 2, 3 and 2 equal values: Σ t(t−1)(2t+5) = 18 + 66 + 18
    row = np.array([[1, 1, 2, 3, 3, 3, 4, 5, 6, 6, 7, 8.0]])
    s = 66 - 1 - 3 - 1
    variance = (12 * 11 * 29 - 18 - 66 - 18) / 18
    assert trend.trends(YEARS, row).s[0] == s
    assert trend.trends(YEARS, row).p[0] == pytest.approx(2 * stats.norm.sf((s - 1) / variance**0.5))


def test_no_trend_is_claimed_under_five_points():
    rising = np.array([[1, 2, 3, 4.0]])
    found = trend.trends(np.arange(2020, 2024), rising)
    assert np.isnan(found.p[0]) and found.claimed[0] == 0 and found.n[0] == 4
    assert found.slope[0] == 1
    five = trend.trends(np.arange(2020, 2025), np.array([[1, 2, 3, 4, 5.0]]))
    assert five.p[0] == pytest.approx(2 / 120) and five.claimed[0] == 1


def test_missing_years_are_left_out_not_filled():
    row = np.array([[1, np.nan, 3, np.nan, 5, 6, 7.0]])
    found = trend.trends(np.arange(2019, 2026), row)
    assert found.n[0] == 5 and found.slope[0] == 1 and found.claimed[0] == 1


def test_equal_values_have_no_trend():
    found = trend.trends(YEARS, np.full((1, 12), 3.0))
    assert found.slope[0] == 0 and found.claimed[0] == 0 and found.p[0] == 1


def test_of_many_series_without_trend_hardly_any_is_claimed():
    noise = np.random.default_rng(3).normal(size=(2000, 12))
    found = trend.trends(YEARS, noise)
    assert 0.01 < (found.claimed != 0).mean() < 0.08  # about one in twenty by chance alone
    assert (found.among_many() != 0).mean() < 0.002


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(-20, 20), min_size=5, max_size=12), st.integers(1, 9), st.integers(-50, 50))
def test_a_trend_turns_with_the_sign_and_not_with_unit_or_origin(row, factor, shift):
    years, values = np.arange(2000, 2000 + len(row)), np.array([row], dtype=float)
    one = trend.trends(years, values)
    other = trend.trends(years, -factor * values + shift)
    assert other.slope[0] == pytest.approx(-factor * one.slope[0])
    assert other.p[0] == pytest.approx(one.p[0]) and 0 <= one.p[0] <= 1
