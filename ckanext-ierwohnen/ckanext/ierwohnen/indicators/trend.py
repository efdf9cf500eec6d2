"""Trends of short yearly series: Theil–Sen slope with the Mann–Kendall test, for many series at once. No CKAN in here.

The slope is the median of the slopes of all pairs of points (Theil 1950, Sen 1968): one odd year does not turn it. The
test asks whether the pairs rise more often than they fall (Mann 1945, Kendall 1975). Without equal values and up to
``EXACT`` points its p-value is exact; else it is the normal approximation with the variance corrected for ties and with
continuity correction. Under ``FEWEST`` points no trend is claimed. Missing values are left out, not filled in.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.stats import false_discovery_control, norm

FEWEST = 5
EXACT = 20
LEVEL = 0.05  # two-sided error probability under which a trend is claimed


@dataclass(frozen=True)
class Trends:
    """Of each series: how many points it has, its slope a year, Mann–Kendall's S, p-value, and whether it has a trend.

    Arrays of the same length. ``slope`` is NaN under two points; ``p`` is NaN under ``FEWEST`` points.
    """

    n: np.ndarray
    slope: np.ndarray
    s: np.ndarray
    p: np.ndarray

    @property
    def claimed(self) -> np.ndarray:
        """1 where the series rises, −1 where it falls, 0 where nothing can be said."""
        return np.where(np.nan_to_num(self.p, nan=1.0) < LEVEL, np.sign(self.slope), 0).astype(int)

    def among_many(self) -> np.ndarray:
        """As :attr:`claimed`, with the p-values corrected for the number of series (Benjamini–Hochberg).

        Of a hundred series without any trend, five would else be claimed to have one.
        """
        tested = ~np.isnan(self.p)
        if not tested.any():
            return np.zeros(len(self.p), dtype=int)
        corrected = np.ones(len(self.p))
        corrected[tested] = false_discovery_control(self.p[tested])
        return np.where(corrected < LEVEL, np.sign(self.slope), 0).astype(int)


def trends(years: np.ndarray, values: np.ndarray) -> Trends:
    """The trend of each row.

    :param years: time of each column, ascending (shape ``(m,)``)
    :param values: one series a row, NaN where there is no number (shape ``(series, m)``)
    """
    first, second = np.triu_indices(len(years), 1)
    given = ~np.isnan(values)
    n = given.sum(axis=1)
    step = values[:, second] - values[:, first]
    slopes = step / (years[second] - years[first])
    s = np.nansum(np.sign(step), axis=1)
    return Trends(n=n, slope=_median(slopes), s=s, p=_p(s, n, values))


def _median(slopes: np.ndarray) -> np.ndarray:
    result = np.full(len(slopes), np.nan)
    some = ~np.isnan(slopes).all(axis=1)
    if some.any():
        result[some] = np.nanmedian(slopes[some], axis=1)
    return result


def _p(s: np.ndarray, n: np.ndarray, values: np.ndarray) -> np.ndarray:
    ties, tied = _ties(values)
    variance = (n * (n - 1) * (2 * n + 5) - ties) / 18.0
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.where(variance > 0, np.maximum(np.abs(s) - 1, 0) / np.sqrt(np.maximum(variance, 1e-12)), 0.0)
    p = 2 * norm.sf(z)
    for size in np.unique(n[(n >= FEWEST) & (n <= EXACT) & ~tied]):
        rows = (n == size) & ~tied
        p[rows] = exact_p(int(size))[np.abs(s[rows]).astype(int)]
    return np.where(n < FEWEST, np.nan, np.minimum(p, 1.0))


def _ties(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of each series Σ t(t−1)(2t+5) over its groups of t equal values, and whether it has any."""
    ordered = np.sort(values, axis=1)
    same = ordered[:, 1:] == ordered[:, :-1]
    tied = same.any(axis=1)
    correction = np.zeros(len(values))
    for row in np.flatnonzero(tied):
        _, sizes = np.unique(ordered[row][~np.isnan(ordered[row])], return_counts=True)
        correction[row] = float((sizes * (sizes - 1) * (2 * sizes + 5)).sum())
    return correction, tied


@cache
def exact_p(n: int) -> np.ndarray:
    """P(\\|S\\| ≥ s) for s = 0, 1, … of ``n`` values in random order without ties (Kendall 1975, by recursion)."""
    counts = np.ones(1)  # number of orders by number of inversions
    for size in range(2, n + 1):
        counts = np.convolve(counts, np.ones(size))
    pairs = n * (n - 1) // 2
    s = np.abs(pairs - 2 * np.arange(pairs + 1))
    share = counts / counts.sum()
    return np.array([share[s >= at].sum() for at in range(pairs + 1)])
