"""Programs over the sums of hidden leaves that shown cells make up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import highspy
import numpy as np
from scipy import sparse

from .cuts import spanned
from .errors import LimitError
from .limits import Limits
from .suspects import Reader, Readers

WHOLE = 1e-6
LITTLE = 1e-11  # of a program's largest weight
PRIMAL, DUAL = 4, 1  # simplex strategies
WAYS: tuple[dict[str, str | int], ...] = (
    {}, {"simplex_strategy": PRIMAL}, {"simplex_strategy": DUAL}, {"solver": "ipm"},
)  # fmt: skip


class Span:
    """Linear programs over z = B y + q, 0 ≤ z ≤ 1, each started from where the last one ended.

    q ≥ 0 only where one of the readers knows the leaf. own: leaves that some know, ascending.
    """

    def __init__(self, matrix: sparse.csc_matrix, own: Sequence[int], limits: Limits) -> None:
        self.n, self.limits, self.own = matrix.shape[0], limits, np.array(own, int)
        more = sparse.csc_matrix((np.ones(len(own)), (self.own, np.arange(len(own)))), (self.n, len(own)))
        wide = sparse.hstack([matrix, more]).tocsc()
        self.highs = spanned(wide, {
            "simplex_strategy": PRIMAL, "dual_feasibility_tolerance": 1e-9, "primal_feasibility_tolerance": 1e-9,
            "time_limit": limits.remaining(),
        })  # fmt: skip
        self.columns, self.across = np.arange(wide.shape[1], dtype=np.int32), wide.T.tocsr()
        self.free = np.ones(len(own), bool)
        self.added = np.zeros(len(own))
        self.mine: dict[tuple[int, ...], np.ndarray] = {}
        self._open(())

    def _open(self, readers: Readers) -> None:
        """Let these readers add what they know."""
        if not len(self.own):
            return
        free = self.free & False
        for reader in readers:
            free[self._mine(reader)] = True
        at = np.flatnonzero(free != self.free)
        if len(at):
            columns = self.columns[len(self.columns) - len(self.own) + at]
            self.highs.changeColsBounds(len(at), columns, np.zeros(len(at)), np.where(free[at], float(self.n), 0.0))
            self.free = free

    def _mine(self, reader: Reader) -> np.ndarray:
        """Positions of what the reader knows in `own`."""
        found = self.mine.get(reader.rows)
        if found is None:
            found = self.mine[reader.rows] = np.searchsorted(self.own, reader.rows)
        return found

    def lightest(self, weight: np.ndarray, readers: Readers) -> np.ndarray | None:
        """float[n]: the z of least weight; None if none is below zero."""
        scaled = weight / max(float(np.abs(weight).max()), 1e-300)
        z = self._solved(scaled, readers)
        return None if z is None or float(scaled @ z) > -LITTLE else z

    def around(
        self, at: int, inside: np.ndarray, readers: Readers, size: np.ndarray | None = None
    ) -> np.ndarray | None:
        """float[n]: the smallest z with z_at = 1 among the leaves `inside` (bool[n]); None if there is none.

        size: float[n], positive, what each leaf counts; one if not given.
        """
        size = np.ones(self.n) if size is None else size
        self.highs.changeRowBounds(at, 1.0, 1.0)
        z = self._solved(np.where(inside, size / max(float(size[inside].sum()), 1.0), 4.0), readers)
        self.highs.changeRowBounds(at, 0.0, 1.0)
        return None if z is None or z[~inside].max(initial=0.0) > WHOLE else z

    def needed(self, readers: Readers) -> list[Reader]:
        """Those of the readers who added something to the last z."""
        return [reader for reader in readers if self.added[self._mine(reader)].max(initial=0.0) > WHOLE]

    def _solved(self, weight: np.ndarray, readers: Readers) -> np.ndarray | None:
        self.limits.check("sums")
        self._open(readers)
        self.highs.changeColsCost(len(self.columns), self.columns, self.across @ weight)
        for way in WAYS:
            if way:  # a stale basis can mislead, and so can the primal simplex: once more from nothing
                self.highs.clearSolver()
                status = self._run(way)
            else:
                self.highs.run()
                self.limits.solved(self.highs)
                status = self.highs.getModelStatus()
            if status == highspy.HighsModelStatus.kTimeLimit:
                raise LimitError("too-little-time", seconds=round(self.limits.seconds), step="sums")
            if status == highspy.HighsModelStatus.kOptimal:
                found = self.highs.getSolution()
                z = np.asarray(found.row_value)
                self.added = np.asarray(found.col_value)[len(self.columns) - len(self.own) :]
                return np.where(np.abs(z - np.rint(z)) < WHOLE, np.rint(z), z)
        if status == highspy.HighsModelStatus.kInfeasible:
            return None
        raise LimitError("sums-unsolved", status=str(status).rpartition(".")[2], leaves=self.n)

    def _run(self, way: Mapping[str, str | int]) -> highspy.HighsModelStatus:
        """The status after running by other settings, which hold this once."""
        usual = {key: self.highs.getOptionValue(key)[1] for key in way}
        for key, value in way.items():
            self.highs.setOptionValue(key, value)
        self.highs.run()
        self.limits.solved(self.highs)
        status = self.highs.getModelStatus()
        for key, before in usual.items():
            self.highs.setOptionValue(key, before)
        return status
