"""Figures against earlier ones: change in the indicator's unit and in percent, index to a base year, sum over years.

All functions take and give a column of figures (``columns.py``); cells without the earlier figure are left out.
No CKAN in here.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from ckanext.ierwohnen.indicators import columns as c


def difference(figures: pd.DataFrame, years: int) -> pd.DataFrame:
    """The figure minus the one of ``years`` before, in the same unit (of shares: percentage points)."""
    now, before = c.against_earlier(figures, years)
    return c.combine("-", now, before)


def percent(figures: pd.DataFrame, years: int) -> pd.DataFrame:
    """The change against ``years`` before in percent of it; sign ``x`` where that is not above zero."""
    return c.change(figures, years)


def index_to(figures: pd.DataFrame, base: int) -> pd.DataFrame:
    """The figure as an index, base year = 100; sign ``x`` where the base is not above zero.

    Of several dates in the base year the one of the same day counts, else the last.
    """
    units, periods = figures.index.get_level_values(0), figures.index.get_level_values(1)
    same_day = pd.MultiIndex.from_arrays([units, [f"{base}{str(p)[4:]}" for p in periods]], names=["unit", "period"])
    in_year = figures[[str(p).startswith(str(base)) for p in periods]].sort_index()
    last = in_year[["value", "rank"]].groupby(level=0).tail(1).droplevel(1)
    exact = figures[["value", "rank"]].reindex(same_day).set_axis(figures.index)
    other = last.reindex(units).set_axis(figures.index)
    found = np.where(exact["rank"].notna().to_numpy()[:, None], exact.to_numpy(float), other.to_numpy(float))
    known = ~np.isnan(found[:, 1])
    based = pd.DataFrame(found[known], columns=["value", "rank"], index=figures.index[known]).astype({"rank": int})
    return c.scaled(c.relative(figures.loc[known, ["value", "rank"]], based), 100.0)


def sum_over_years(figures: pd.DataFrame, years: int) -> pd.DataFrame:
    """A flow over the last ``years`` years, this one included; left out where one of them has no cell.

    Only for flows: two stocks of different dates have no sum.
    """
    total, complete = figures[["value", "rank"]], np.ones(len(figures), dtype=bool)
    for back in range(1, years):
        at = c.years_before(figures.index, back)
        complete &= at >= 0
        total = c.combine("+", total, figures[["value", "rank"]].iloc[at].set_axis(figures.index))
    return total[complete]
