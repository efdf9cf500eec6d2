"""What fits all that somebody knows: the largest and the smallest of a figure, counts in whole numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from .unknowns import COUNT, Unknowns

SLACK = 1e-6
MOST = 9999.0
Row = tuple[Mapping[int, float], float, float]  # a sum of unknowns, the least and the most that it can be


class System:
    """What one reader knows of one measure: rows, and bounds with its own figures fixed."""

    def __init__(self, unknowns: Unknowns, known: Sequence[Row], own: frozenset[str], measure: str) -> None:
        self.at = np.array([n for n, m in enumerate(unknowns.measure) if m == measure])
        self.where = {int(n): i for i, n in enumerate(self.at)}
        self.true = np.array([unknowns.true[n] for n in self.at], float)
        self.whole = measure == COUNT
        self.scale = 1.0 if self.whole else max(1.0, float(self.true.sum()))
        rows = {}
        empty = {n for row, _, high in known if len(row) == 1 and high == 0 for n in row}
        for row, low, high in known:
            mine = tuple(sorted((self.where[n], x) for n, x in row.items() if n in self.where))
            if mine and (low > 0 or high < np.inf):
                old = rows.get(mine, (-np.inf, np.inf))
                rows[mine] = max(low, old[0]), min(high, old[1])
        self.low, self.high = np.zeros(len(self.at)), np.full(len(self.at), MOST if self.whole else np.inf)
        for i, n in enumerate(self.at):
            if unknowns.owner[n] in own or int(n) in empty:
                self.low[i] = self.high[i] = self.true[i]
        entries = [(k, i, x) for k, mine in enumerate(rows) for i, x in mine]
        shape = (len(rows), len(self.at))
        k, i, x = zip(*entries, strict=True) if entries else ((), (), ())
        self.matrix = sparse.csr_matrix((x, (k, i)), shape)
        self.least = np.array([low for low, _ in rows.values()])
        self.most = np.array([high for _, high in rows.values()])
        assert self._fits(self.true), "what is known is true"
        self.found: list[np.ndarray] = []
        self.bounds: dict[tuple, float] = {}

    def _fits(self, x: np.ndarray) -> bool:
        got = self.matrix @ x
        room = SLACK * self.scale
        return bool((got >= self.least - room).all() and (got <= self.most + room).all()
                    and (x >= self.low - room).all() and (x <= self.high + room).all())  # fmt: skip

    def _goal(self, row: Mapping[int, float]) -> np.ndarray:
        goal = np.zeros(len(self.at))
        for n, x in row.items():
            goal[self.where[n]] += x
        return goal

    def reach(self, row: Mapping[int, float], sign: int, amount: float) -> float:
        """How far the figure can be off in one direction, as far as fillings show; less than the amount only if none
        reaches it."""
        goal = sign * self._goal(row)
        here = float(goal @ self.true)
        best = max((float(goal @ x) - here for x in self.found), default=0.0)
        if best >= amount * (1 - SLACK):
            return best
        return self.far(row, sign)

    def far(self, row: Mapping[int, float], sign: int) -> float:
        """How far the figure can be off."""
        goal = sign * self._goal(row)
        key = tuple(goal.nonzero()[0]), tuple(goal[goal != 0])
        if key not in self.bounds:
            self.bounds[key] = self._far(goal)
        return self.bounds[key]

    def _far(self, goal: np.ndarray) -> float:
        limits = LinearConstraint(self.matrix, self.least, self.most)
        whole = np.ones(len(goal)) if self.whole else np.zeros(len(goal))
        room = Bounds(self.low, self.high)
        result = milp(-goal, constraints=limits if len(self.least) else (), integrality=whole, bounds=room)
        if result.status == 3 or (result.status == 4 and not self.whole):
            return np.inf
        assert result.status == 0, result.message
        x = np.round(result.x) if self.whole else result.x
        assert self._fits(x)
        self.found.append(x)
        return float(goal @ x - goal @ self.true)
