"""Exchanges that move many cells at once: a few programs answer for most of a table.

max Σ ±d_i / need_i over the cells still open, subject to M d = 0 and |d| ≤ cap, where the caps hold for all attackers
asked about, in both directions. In a vertex every non-basic cell stands at its cap, so most cells move far; and −d is
as good as d, so each of them is shown to be protected upwards and downwards.
"""

from __future__ import annotations

import highspy
import numpy as np

from .attack import OPTIMAL, SETTINGS, Space, balanced
from .classes import FIXED
from .errors import LimitError
from .limits import Limits

DUAL = 1
DEVEX = 1  # weights that cost less than those of the steepest edge, for programs as small as these
LONGEST = 4_000  # steps of the simplex method


class Spread:
    """One program over a space, used again with other caps and signs.

    counts: bool[cells], those that move by whole numbers; broken: whether the last solution moved such by fractions,
    which then stand still until there are other bounds.
    """

    def __init__(self, space: Space, counts: np.ndarray, limits: Limits) -> None:
        self.limits, self.classes, self.k = limits, space.classes, len(space.classes)
        self.large, self.broken = space.large, False
        self.whole = np.zeros(self.k, bool)
        self.whole[space.classes.of[counts & (space.classes.of != FIXED)]] = True
        self.cap = np.zeros(self.k)
        self.signs = np.random.default_rng(0)
        self.highs = highspy.Highs()
        for key, value in {**SETTINGS, "simplex_strategy": DUAL, "time_limit": limits.remaining()}.items():
            self.highs.setOptionValue(key, value)
        self.highs.setOptionValue("simplex_dual_edge_weight_strategy", DEVEX)
        self.highs.setOptionValue("simplex_iteration_limit", LONGEST)
        self.highs.passModel(balanced(space.classes.matrix, self.cap, self.cap, self.cap))
        self.begun = False

    def bound(self, lower: np.ndarray, upper: np.ndarray) -> None:
        """Bounds of d (float[cells] each, lower ≤ 0 ≤ upper): the nearer one caps both directions."""
        self._cap(np.minimum(*np.abs(self.classes.bounds(lower, upper))))

    def _cap(self, cap: np.ndarray) -> None:
        changed = np.flatnonzero(cap != self.cap).astype(np.int32)
        if len(changed):
            self.highs.changeColsBounds(len(changed), changed, -cap[changed], cap[changed])
            self.cap = cap

    def move(self, at: np.ndarray, need: np.ndarray) -> np.ndarray | None:
        """d (float[cells]) that moves many of the cells `at` (int[m]) by their `need` (float[m]); None if the solver
        gives up."""
        self.limits.check("audit")
        pull = np.zeros(len(self.classes.of))
        pull[at] = self.signs.choice([-1.0, 1.0], len(at)) / np.maximum(need, 1e-9)
        cost = self.classes.sums(self.classes.sign * pull)
        cost /= np.abs(cost).max(initial=1e-9)
        self.highs.changeColsCost(self.k, np.arange(self.k, dtype=np.int32), cost)
        status = self._run()
        if status == highspy.HighsModelStatus.kTimeLimit:
            raise LimitError("too-little-time", seconds=round(self.limits.seconds), step="audit")
        if status != OPTIMAL:
            return None
        movement = np.asarray(self.highs.getSolution().col_value)
        odd = self.whole & (np.abs(movement - np.rint(movement)) > 1e-6)
        self.broken = bool(odd.any())
        if self.broken:
            self._cap(np.where(odd, 0.0, self.cap))
        return self.classes.cells(movement)

    def _run(self) -> highspy.HighsModelStatus:
        """In a large space, an interior point method finds the first vertex; from there on others are near."""
        status = highspy.HighsModelStatus.kIterationLimit
        if self.begun or not self.large:
            self.highs.run()
            self.limits.solved(self.highs)
            status = self.highs.getModelStatus()
        if self.large and status == highspy.HighsModelStatus.kIterationLimit:
            self.highs.clearSolver()
            self.highs.setOptionValue("solver", "ipm")
            self.highs.run()
            self.limits.solved(self.highs)
            self.highs.setOptionValue("solver", "simplex")
            status = self.highs.getModelStatus()
        self.begun = True
        return status
