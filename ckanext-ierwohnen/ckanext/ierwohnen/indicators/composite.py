"""Composite indices: several standardized figures with visible weights, and how firm their order is. No CKAN in here.

Each part is made comparable first (z-score or min–max over all units of the level and period, ``standardized.py``); a
part that is ``turned`` counts the other way round. The index is the mean of the parts, weighted by weight × reach
(Gewichtung und Tragweite). After: OECD/JRC, Handbook on Constructing Composite Indicators (2008), steps 5 to 7.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from ckanext.ierwohnen.indicators import columns as c
from ckanext.ierwohnen.indicators.standardized import STATISTICS

MOVES = (0.0, 0.5, 1.5, 2.0)  # what each weight is multiplied by in turn
EXACTLY = 1e-9  # shares are sums of floats


@dataclass(frozen=True)
class Part:
    """An indicator in a composite. ``turned``: a high figure lowers the index."""

    code: str
    weight: float = 1.0
    reach: int = 1
    turned: bool = False

    @property
    def counts(self) -> float:
        """Weight × reach."""
        return self.weight * self.reach


@dataclass(frozen=True)
class Composite:
    """How an index is made.

    ``missing``: ``none`` gives no index where a part is missing; ``rest`` shares the weight among the other parts as
    long as those have ``at_least`` of the whole weight.
    """

    parts: tuple[Part, ...]
    standardize: Literal["z_score", "min_max"] = "z_score"
    missing: Literal["none", "rest"] = "none"
    at_least: float = 0.5

    @classmethod
    def of(cls, entry: dict[str, Any]) -> Composite:
        """From the key ``composite`` of a definition."""
        return cls(**{**entry, "parts": tuple(Part(**part) for part in entry["parts"])})

    def as_dict(self) -> dict[str, Any]:
        """As plain values, with the share that each part has in the whole."""
        shares = self.shares()
        return {
            "standardize": self.standardize,
            "missing": self.missing,
            "at_least": self.at_least,
            "parts": [{**vars(part), "share": shares[part.code]} for part in self.parts],
        }

    def shares(self) -> dict[str, float]:
        """The share of each part in the whole weight, adding up to 1."""
        whole = sum(part.counts for part in self.parts)
        return {part.code: part.counts / whole for part in self.parts}


@dataclass(frozen=True)
class Move:
    """What happens to the order of the units when the weight of one part is multiplied by ``factor``.

    ``ranks``: rank of each unit then (NaN without index); ``largest``: greatest shift of any unit; ``agreement``:
    Spearman's rank correlation with the order by the declared weights.
    """

    code: str
    factor: float
    ranks: pd.Series
    largest: int
    agreement: float


def computed(columns: dict[str, pd.DataFrame], composite: Composite) -> pd.DataFrame:
    """The index of each unit and period for which one of its parts has a cell.

    :param columns: a column of figures (``columns.py``) for each part
    """
    values, ranks, index = _parts(columns, composite)
    weights = np.array([part.counts for part in composite.parts])
    value, lost = _weighted(values, weights, composite)
    given = np.where(np.isnan(values), 0, ranks).max(axis=1)
    grave = np.where(np.isnan(values), ranks, 0).max(axis=1)
    rank = np.where(lost, np.maximum(grave, c.FIRST_WITHOUT_VALUE), given)
    return pd.DataFrame({"value": value, "rank": rank.astype(int)}, index=index)


def sensitivity(columns: dict[str, pd.DataFrame], composite: Composite, period: str) -> tuple[pd.Series, list[Move]]:
    """How the ranks of one period move when each weight moves by itself, the others staying in proportion.

    :returns: the ranks by the declared weights (1 for the highest index), and one :class:`Move` for each part and
        factor of ``MOVES``; 0 leaves the part out
    """
    values, _, index = _parts(columns, composite)
    rows = index.get_level_values(1) == period
    values, units = values[rows], index[rows].get_level_values(0)
    weights = np.array([part.counts for part in composite.parts])
    declared = _ranks(values, weights, composite, units)
    moves = []
    for at, part in enumerate(composite.parts):
        for factor in MOVES:
            moved = weights.copy()
            moved[at] *= factor
            if moved.sum() > 0:
                moves.append(_move(part.code, factor, _ranks(values, moved, composite, units), declared))
    return declared, moves


def _move(code: str, factor: float, ranks: pd.Series, declared: pd.Series) -> Move:
    shift = (ranks - declared).abs()
    largest = 0 if shift.isna().all() else int(shift.max())
    both = ranks.notna() & declared.notna()
    spread = both.sum() > 1 and ranks[both].nunique() > 1 and declared[both].nunique() > 1
    agreement = (
        float(np.corrcoef(_mean_ranks(ranks[both]), _mean_ranks(declared[both]))[0, 1]) if spread else float("nan")
    )
    return Move(code, factor, ranks, largest, agreement)


def _mean_ranks(ranks: pd.Series) -> np.ndarray:
    return ranks.rank(method="average").to_numpy()


def _ranks(values: np.ndarray, weights: np.ndarray, composite: Composite, units: pd.Index) -> pd.Series:
    value, _ = _weighted(values, weights, composite)
    return pd.Series(value, index=units).round(9).rank(ascending=False, method="min")


def _parts(columns: dict[str, pd.DataFrame], composite: Composite) -> tuple[np.ndarray, np.ndarray, pd.MultiIndex]:
    """Standardized values and signs, one column for each part, on the common cells."""
    dated = c.on_common_dates(columns)
    made = [STATISTICS[composite.standardize](dated[part.code]) for part in composite.parts]
    index = made[0].index
    for one in made[1:]:
        index = index.union(one.index, sort=False)
    index = index.set_names(["unit", "period"])
    aligned = [one.reindex(index) for one in made]
    values = np.column_stack([one["value"].to_numpy(float) for one in aligned])
    turned = np.array([part.turned for part in composite.parts])
    values[:, turned] = (100.0 if composite.standardize == "min_max" else 0.0) - values[:, turned]
    ranks = np.column_stack([one["rank"].fillna(c.FIRST_WITHOUT_VALUE).to_numpy(int) for one in aligned])
    return values, ranks, index


def _weighted(values: np.ndarray, weights: np.ndarray, composite: Composite) -> tuple[np.ndarray, np.ndarray]:
    """Weighted mean of each row, and where the rule for missing parts gives none."""
    used = ~np.isnan(values) & (weights > 0)
    weight = (used * weights).sum(axis=1)
    needed = 1.0 if composite.missing == "none" else composite.at_least
    lost = weight / weights.sum() < needed - EXACTLY
    with np.errstate(invalid="ignore", divide="ignore"):
        value = np.nansum(values * weights, axis=1) / weight
    return np.where(lost, np.nan, value), lost
