"""Unknowns that stand in one equation only and take up what the others leave, as the ends of shown ratios do: they only
bound the others. Branch and bound without them is many times as quick, and nothing but whole numbers is left to it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse


@dataclass(frozen=True)
class Slacks:
    """left: bool[k], the unknowns that are not slacks; at, row, factor: of each slack, the unknown, its equation, and
    how it stands there. An equation has one at most."""

    left: np.ndarray
    at: np.ndarray
    row: np.ndarray
    factor: np.ndarray

    @classmethod
    def among(cls, matrix: sparse.csr_matrix, free: np.ndarray) -> Slacks:
        """Those of the unknowns (columns) that are `free` (bool[k]) to take any amount within their bounds, at no
        cost."""
        columns = matrix.tocsc()
        single = np.flatnonzero(free & (np.diff(columns.indptr) == 1))
        row, first = np.unique(columns.indices[columns.indptr[single]], return_index=True)
        at = single[first]
        left = np.ones(matrix.shape[1], bool)
        left[at] = False
        return cls(left, at, row, columns.data[columns.indptr[at]])

    def ends(self, rows: int, lower: np.ndarray, upper: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Between what the rest of each equation may lie (float[rows] each), by the bounds of all unknowns (float[k]
        each)."""
        found = np.zeros((2, rows))
        found[:, self.row] = np.sort([-self.factor * lower[self.at], -self.factor * upper[self.at]], axis=0)
        return found[0], found[1]

    def filled(self, matrix: sparse.csr_matrix, rest: np.ndarray) -> np.ndarray:
        """float[k]: all unknowns, by those that are no slacks."""
        found = np.zeros(len(self.left))
        found[self.left] = rest
        found[self.at] = -(matrix @ found)[self.row] / self.factor
        return found
