"""How far single cells can be moved, asked cell by cell and no farther than anybody wants to know."""

from __future__ import annotations

import numpy as np

from .attack import Program, Space
from .audit import roof
from .limits import Limits
from .model import Attacker, UnionModel


class Ends:
    """One program for all attackers of an audience; `hidden`: bool[n], cells of the new release that are not shown."""

    def __init__(self, model: UnionModel, audience: str, hidden: np.ndarray, limits: Limits) -> None:
        self.model, self.hidden = model, hidden
        unknown, lower, upper = model.view(Attacker(audience), hidden)
        self.space = Space.of(model, unknown)
        cells = self.space.cells
        self.place = np.full(len(model), -1)
        self.place[cells] = np.arange(len(cells))
        self.counts = model.integral[cells]
        self.lower, self.upper = lower[cells] - model.value[cells], upper[cells] - model.value[cells]
        self.program = Program(self.space, self.lower, self.upper, limits, roof(model), self.counts)

    def ask(self, attacker: Attacker) -> None:
        """From now on, what this attacker knows."""
        _, lower, upper = self.model.view(attacker, self.hidden)
        value = self.model.value[self.space.cells]
        self.lower, self.upper = lower[self.space.cells] - value, upper[self.space.cells] - value

    def reach(self, cell: int, sign: int, most: float) -> float:
        """How far the cell can be moved up (sign 1) or down (−1), at most by `most`; counts in whole numbers."""
        at = int(self.place[cell])
        if at < 0:
            return 0.0
        lower, upper = self.lower.copy(), self.upper.copy()
        lower[at], upper[at] = max(lower[at], -most), min(upper[at], most)
        self.program.bound(lower, upper)
        d = self.program.extreme(np.array([at]), sign)
        mine = self.counts & (self.space.component == self.space.component[at])
        found = self.program.whole(at, sign) if np.any(np.abs(d - np.rint(d))[mine] > 1e-6) else float(d[at])
        return max(sign * found, 0.0)
