"""Arithmetic on columns against the same rules written cell by cell."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ckanext.ierwohnen.indicators import columns as c

UNITS = ("01", "02", "03", "1", "é")
PERIODS = ("2023", "2023-06-30", "2023-12-31", "2024-12-31", "2025", "2025-12-31", None)
CELLS = st.dictionaries(
    st.tuples(st.sampled_from(UNITS), st.sampled_from(PERIODS)),
    st.one_of(st.integers(-3, 9), st.sampled_from(("secret", "later", "nothing", "below_half"))),
    max_size=14,
)
NUMBERS = st.dictionaries(st.tuples(st.sampled_from(UNITS), st.sampled_from(PERIODS)), st.integers(0, 9), max_size=14)
Cells = dict[tuple[str, str | None], float | str]


def column(cells: Cells) -> pd.DataFrame:
    rows = [
        {"unit": unit, "period": period, "status": value if isinstance(value, str) else "ok",
         "value": float("nan") if value in ("secret", "later") else 0 if isinstance(value, str) else value}
        for (unit, period), value in cells.items()
    ]  # fmt: skip
    return c.column(pd.DataFrame(rows, columns=["unit", "period", "value", "status"]))


def told(figures: pd.DataFrame) -> dict[tuple[str, str | None], float | str]:
    """Number by cell, or the sign where there is none."""
    return {
        (unit, None if period != period else period): value if value == value else c.RANKED[int(rank)]
        for (unit, period), value, rank in zip(figures.index, figures["value"], figures["rank"], strict=True)
    }


def plain(cells: Cells) -> Cells:
    return {cell: 0 if value in ("nothing", "below_half") else value for cell, value in cells.items()}


def graver(a: float | str, b: float | str) -> str:
    return max((x for x in (a, b) if isinstance(x, str)), key=c.RANK.__getitem__)


@settings(deadline=None, max_examples=60)
@given(CELLS, CELLS)
def test_two_columns_meet_in_the_cell_else_in_the_last_of_the_year(left, right):
    expected = {}
    for (unit, period), a in plain(left).items():
        near = [p for u, p in right if u == unit and p and period and p[:4] == period[:4]]
        at = period if (unit, period) in right else max(near, default=None)
        if (unit, at) not in right or (at is None and period is not None):
            continue
        b = plain(right)[unit, at]
        numbers = not isinstance(a, str) and not isinstance(b, str)
        expected[unit, period] = a + b if numbers else graver(a, b)
    assert told(c.combine("+", column(left), column(right))) == expected


@settings(deadline=None, max_examples=60)
@given(CELLS, CELLS)
def test_the_first_column_counts_before_the_second(left, right):
    def of_year(cells, year):
        return {p for _, p in cells if p and p[:4] == year}

    written = {}
    for year in ("2023", "2024", "2025"):
        mine, its = of_year(left, year), of_year(right, year)
        if len(mine) == len(its) == 1 and year in mine ^ its:  # one of both writes the year, the other one its date
            written[its.pop()] = mine.pop()
    same = {(unit, written.get(period, period)): value for (unit, period), value in plain(right).items()}
    assert told(c.first_given(column(left), column(right))) == {**same, **plain(left)}


@settings(deadline=None, max_examples=60)
@given(CELLS, st.dictionaries(st.sampled_from(UNITS), st.sampled_from("AB")))
def test_a_sum_takes_all_units_or_says_why_not(cells, parents):
    expected = {}
    for parent in set(parents.values()):
        children = [unit for unit, above in parents.items() if above == parent]
        for period in {p for u, p in cells if u in children}:
            given = [plain(cells).get((unit, period), "missing") for unit in children]
            signs = [x for x in given if isinstance(x, str)]
            expected[parent, period] = max(signs, key=c.RANK.__getitem__) if signs else sum(given)
    assert told(c.added_up(column(cells), parents, counts=True)) == expected


@settings(deadline=None, max_examples=40)
@given(NUMBERS, st.integers(1, 2))
def test_a_change_needs_the_same_day_so_many_years_before_or_the_year_s_only_one(cells, years):
    expected, periods = {}, {p for _, p in cells}
    for (unit, period), now in cells.items():
        then = c.earlier(period, years) if period else None
        if then and then not in periods:
            near = [p for p in periods if p and p[:4] == then[:4] and (len(p) == 4) != (len(then) == 4)]
            then = near[0] if len(near) == 1 else None
        before = cells.get((unit, then)) if then else None
        if before is not None:
            expected[unit, period] = pytest.approx(100 * (now - before) / before) if before > 0 else "blocked"
    assert told(c.change(column(cells), years)) == expected


def test_of_two_readings_of_a_cell_the_first_counts():
    rows = pd.DataFrame(
        [("01", "2025", 1.0, "ok"), ("01", "2025", 2.0, "ok"), ("01", None, 3.0, "ok"), ("01", None, 4.0, "ok")],
        columns=["unit", "period", "value", "status"],
    )
    assert told(c.column(rows)) == {("01", "2025"): 1, ("01", None): 3}
