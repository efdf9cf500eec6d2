"""Cells (unit, period) as whole numbers, so that columns of figures are matched by arithmetic, not by comparing texts.

A MultiIndex holds its labels once (levels) and a code for each cell. Two columns are brought onto common labels
(:func:`axes`), and each cell becomes one number (:func:`keys`). No CKAN in here.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

NAMES = ["unit", "period"]


@dataclass(frozen=True)
class Axes:
    """The labels of units and of periods (ascending). The code after the last one stands for "none"."""

    units: pd.Index
    periods: pd.Index

    @property
    def width(self) -> int:
        """Numbers that a unit takes up."""
        return len(self.periods) + 1

    @property
    def size(self) -> int:
        """One more than the greatest number of a cell."""
        return (len(self.units) + 1) * self.width

    def index(self, keys: np.ndarray) -> pd.MultiIndex:
        """The cells of these numbers."""
        units, periods = np.divmod(keys, self.width)
        return self.index_of(units, periods)

    def index_of(self, units: np.ndarray, periods: np.ndarray) -> pd.MultiIndex:
        """The cells with these codes of unit and period."""
        codes = [
            np.where(given == len(labels), -1, given)
            for given, labels in ((units, self.units), (periods, self.periods))
        ]
        return pd.MultiIndex(levels=[self.units, self.periods], codes=codes, names=NAMES, verify_integrity=False)


def axes(*indexes: pd.Index) -> Axes:
    """Labels that all these columns have in common."""
    units, periods = (_together([index.levels[at] for index in indexes]) for at in (0, 1))
    return Axes(units, periods if periods.is_monotonic_increasing else periods.sort_values())


def keys(index: pd.Index, of: Axes) -> np.ndarray:
    """The number of each cell."""
    return unit_codes(index, of) * of.width + period_codes(index, of)


def unit_codes(index: pd.Index, of: Axes) -> np.ndarray:
    """The code of each cell's unit."""
    return _codes(index, 0, of.units)


def period_codes(index: pd.Index, of: Axes) -> np.ndarray:
    """The code of each cell's period."""
    return _codes(index, 1, of.periods)


def positions(wanted: np.ndarray, among: np.ndarray, size: int) -> np.ndarray:
    """Where each number stands among others, the first of equal ones; −1 where it does not.

    :param size: one more than the greatest number
    """
    table = np.full(size, -1, dtype=np.int64)
    table[among[::-1]] = np.arange(len(among) - 1, -1, -1)
    return table[wanted]


def first_of_each(index: pd.Index) -> np.ndarray:
    """Which cells stand there for the first time."""
    of = axes(index)
    numbers = keys(index, of)
    return positions(numbers, numbers, of.size) == np.arange(len(numbers))


def _together(labels: list[pd.Index]) -> pd.Index:
    result = labels[0]
    for more in labels[1:]:
        if more is not result and not more.equals(result):
            new = more[result.get_indexer(more) < 0]
            result = result.append(new) if len(new) else result
    return result


def _codes(index: pd.Index, at: int, labels: pd.Index) -> np.ndarray:
    own, codes = index.levels[at], np.asarray(index.codes[at])
    if not len(own):
        return np.full(len(codes), len(labels), dtype=np.int64)
    if own is labels or own.equals(labels):
        mapped = codes.astype(np.int64)
    else:
        mapped = labels.get_indexer(own)[codes].astype(np.int64)
    return np.where(codes < 0, len(labels), mapped)
