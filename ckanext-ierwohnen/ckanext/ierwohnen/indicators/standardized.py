"""A figure beside those of the other units: z-score, min–max, rank, percentile. No CKAN in here.

The population are all units of the same level with a number in the same period, whether they are asked for or not; a
city is counted in full, so the standard deviation divides by n. Units without a number (``.`` ``…`` ``/``) keep their
sign and stand outside. Under ``FEWEST`` units, or where all are equal (z-score, min–max), the result makes no sense
(sign ``x``). The direction of the indicator plays no part: a high z-score is a high figure, good or bad.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from ckanext.ierwohnen.indicators import columns as c

FEWEST = 3


def z_score(figures: pd.DataFrame) -> pd.DataFrame:
    """Distance from the mean of all units in standard deviations (of the population: divisor n)."""
    return _by_period(figures, lambda v: (v - v.mean()) / _nonzero(v.std()))


def min_max(figures: pd.DataFrame) -> pd.DataFrame:
    """Place between the lowest unit (0) and the highest (100)."""
    return _by_period(figures, lambda v: 100.0 * (v - v.min()) / _nonzero(v.max() - v.min()))


def rank(figures: pd.DataFrame) -> pd.DataFrame:
    """Rank, 1 for the highest figure; equal figures share the better rank, the next is left out (1, 2, 2, 4)."""
    return _by_period(figures, lambda v: 1.0 + (v[None, :] > v[:, None]).sum(axis=1))


def percentile(figures: pd.DataFrame) -> pd.DataFrame:
    """Percent of the units with a lower figure, and half of those with the same (the unit itself included)."""
    return _by_period(figures, _mid_rank)


STATISTICS: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
    "z_score": z_score,
    "min_max": min_max,
    "rank": rank,
    "percentile": percentile,
}


def population(figures: pd.DataFrame) -> pd.DataFrame:
    """What each period is measured against: n, without (units without number), mean, deviation, lowest, highest."""
    given = figures.assign(without=figures["value"].isna())
    groups = given.groupby(level=1)
    value = groups["value"]
    return pd.DataFrame(
        {
            "n": value.count(),
            "without": groups["without"].sum().astype(int),
            "mean": value.mean(),
            "deviation": value.std(ddof=0),
            "lowest": value.min(),
            "highest": value.max(),
        }
    )


def _by_period(figures: pd.DataFrame, statistic: Callable[[np.ndarray], np.ndarray]) -> pd.DataFrame:
    result = figures[["value", "rank"]].copy()
    values, ranks = result["value"].to_numpy(copy=True), result["rank"].to_numpy(copy=True)
    for rows in figures.groupby(level=1, sort=False).indices.values():
        some = rows[~np.isnan(values[rows])]
        if len(some) < FEWEST:
            values[some] = np.nan
        elif len(some):
            values[some] = statistic(values[some])
        nonsense = some[np.isnan(values[some])]
        ranks[nonsense] = c.RANK["blocked"]
    return result.assign(value=values, rank=np.where(np.isin(ranks, c.ZEROES), 0, ranks))


def _nonzero(spread: float) -> float:
    return spread if spread > 1e-12 else np.nan


def _mid_rank(v: np.ndarray) -> np.ndarray:
    lower = (v[None, :] < v[:, None]).sum(axis=1)
    same = (v[None, :] == v[:, None]).sum(axis=1)
    return 100.0 * (lower + 0.5 * same) / len(v)
