"""Exchanges that move many cells at once, of what is hidden already.

max Σ ±y_i / need_i over cells that are not protected yet, subject to M y = 0 and |y| ≤ caps that hold for all attackers
asked about, in both directions: −y is as good as y. In a vertex most cells stand at their caps, so that a few of these
programs answer for many cells; what they leave open gets exchanges of its own.
"""

from __future__ import annotations

import highspy
import numpy as np

from .classes import Classes
from .errors import LimitError
from .exchange import OPTIONS, sums_kept
from .limits import Limits
from .model import UnionModel

LARGEST = 6_000  # cells; beyond, one such program takes longer than many small ones
LONGEST = 4_000  # steps of the simplex method
DEVEX = 1


class BroadExchange:
    """One program over the cells that may move (bool[n]), used again with other caps and signs."""

    def __init__(self, model: UnionModel, free: np.ndarray, limits: Limits) -> None:
        self.limits, self.columns = limits, np.flatnonzero(free)
        self.place = np.full(len(model), -1)
        self.place[self.columns] = np.arange(len(self.columns))
        self.classes: Classes = model.classes.among(free)
        self.counts = model.integral[self.columns]
        self.k = len(self.classes)
        self.cap = np.zeros(self.k)
        self.signs = np.random.default_rng(0)
        self.highs = highspy.Highs()
        for key, value in {**OPTIONS, "time_limit": limits.remaining()}.items():
            self.highs.setOptionValue(key, value)
        self.highs.setOptionValue("simplex_dual_edge_weight_strategy", DEVEX)
        self.highs.setOptionValue("simplex_iteration_limit", LONGEST)
        self.highs.passModel(sums_kept(self.classes.matrix, self.cap, self.cap, self.cap))

    def set_caps(self, cap: np.ndarray) -> None:
        """How far each cell may move, either way (float[n])."""
        mine = cap[self.columns]
        cap = self.classes.bounds(-mine, mine)[1]
        changed = np.flatnonzero(cap != self.cap).astype(np.int32)
        if len(changed):
            self.highs.changeColsBounds(len(changed), changed, -cap[changed], cap[changed])
            self.cap = cap

    def move(self, cells: np.ndarray, need: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
        """Exchanges (cells, amounts), one for each part of the system, that move many of `cells` by their `need`
        (float[m]); without those that move counts by fractions."""
        self.limits.check("exchange")
        at = self.place[cells]
        there = at >= 0
        pull = np.zeros(len(self.columns))
        pull[at[there]] = self.signs.choice([-1.0, 1.0], len(cells))[there] / np.maximum(need[there], 1e-9)
        cost = self.classes.sums(self.classes.sign * pull)
        cost /= np.abs(cost).max(initial=1e-9)
        self.highs.changeColsCost(self.k, np.arange(self.k, dtype=np.int32), cost)
        self.highs.run()
        self.limits.solved(self.highs)
        status = self.highs.getModelStatus()
        if status == highspy.HighsModelStatus.kTimeLimit:
            raise LimitError("too-little-time", seconds=round(self.limits.seconds), step="exchange")
        if status != highspy.HighsModelStatus.kOptimal:
            return []
        y = self.classes.cells(np.asarray(self.highs.getSolution().col_value))
        component, whole = self.classes.component, np.rint(y)
        broken = np.unique(component[self.counts & (np.abs(y - whole) > 1e-6)])
        y = np.where(self.counts, whole, y)
        moved = np.flatnonzero((np.abs(y) > 1e-7) & ~np.isin(component, broken))
        moved = moved[np.argsort(component[moved], kind="stable")]
        parts = np.split(moved, np.flatnonzero(np.diff(component[moved])) + 1) if len(moved) else []
        return [(self.columns[part], y[part]) for part in parts]
