"""The quick check: yes or no. A solution found for one cell is evidence for all the others that it moves, and for every
attacker who cannot rule it out; so a few programs answer for many cells."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from .attack import Mover, Program, Space
from .audit import SLACK, Shared, roof
from .limits import Limits
from .model import Attacker, UnionModel
from .offers import Exchanges, verify
from .rules import Protection
from .spread import LARGEST, Spread

FEW = 3  # cells that are quicker asked one by one
GONE = 0.9  # of the cells that were left, so many are again: enough


def check(
    model: UnionModel,
    protection: Protection,
    hidden: np.ndarray,
    limits: Limits | None = None,
    *,
    stop: int = 1,
    exchanges: Exchanges = (),
) -> list[tuple[int, Attacker]]:
    """Yes or no: cells and attackers that are not protected, at most about `stop` of them; empty means clean.

    `exchanges`: (cells, amounts) offered as evidence by whoever made the pattern; each is verified before it counts, so
    a wrong one does no harm. What they leave open is settled by programs of the audit's own.
    """
    limits = limits or Limits()
    found: list[tuple[int, Attacker]] = []
    for audience in dict.fromkeys(a.audience for a in protection.attackers):
        chosen = [i for i, a in enumerate(protection.attackers) if a.audience == audience]
        found += _checked(model, protection, hidden, chosen, limits, stop - len(found), exchanges)
        if len(found) >= stop:
            break
    return found


def _checked(model, protection, hidden, chosen: list[int], limits, stop: int, exchanges) -> list[tuple[int, Attacker]]:
    """For the attackers of one audience: what is offered first; programs for what is left."""
    attackers = [protection.attackers[i] for i in chosen]
    need = {1: protection.up[:, chosen], -1: protection.down[:, chosen]}
    left = {s: need[s] > 0 for s in need}
    if len(exchanges):
        offers = verify(model, hidden, attackers, exchanges)
        row = np.full(len(model), -1)
        row[protection.cells] = np.arange(len(protection.cells))
        left = {s: left[s] & ~offers.proven(row, s, need[s], SLACK) for s in left}
    if not any(x.any() for x in left.values()):
        return []
    return Check(model, protection, hidden, chosen, limits, left).run(stop)


class Check:
    """Evidence for the attackers of one audience; `left`: by direction, bool[P, A], what is still to be shown."""

    def __init__(self, model, protection, hidden, chosen, limits: Limits, left: dict[int, np.ndarray]) -> None:
        self.model, self.protection, self.hidden, self.limits = model, protection, hidden, limits
        attackers = [protection.attackers[i] for i in chosen]
        unknown, lower, upper = model.view(Attacker(attackers[0].audience), hidden)
        self.space = Space.of(model, unknown)
        self.shared = Shared(model, protection, self.space, attackers)
        value = model.value[self.space.cells]
        self.lower = np.maximum(lower[self.space.cells] - value, -roof(model))
        self.upper = np.minimum(upper[self.space.cells] - value, roof(model))
        place = np.full(len(model), -1)
        place[self.space.cells] = np.arange(len(self.space.cells))
        self.place = place[protection.cells]
        self.need = {1: protection.up[:, chosen], -1: protection.down[:, chosen]}
        self.open = left
        self.row = np.full(len(self.space.cells), -1)
        there = self.place >= 0
        self.row[self.place[there]] = np.flatnonzero(there)

    @cached_property
    def mover(self) -> Mover:
        """Built only if programs are needed."""
        return Mover(self.space, self.limits)

    @cached_property
    def program(self) -> Program:
        """Built only if counts have to be whole."""
        counts = self.model.integral[self.space.cells]
        return Program(self.space, *self.everybody, self.limits, roof(self.model), counts)

    @cached_property
    def spread(self) -> Spread:
        """Built only if programs are needed."""
        return Spread(self.space, self.limits)

    @cached_property
    def everybody(self) -> tuple[np.ndarray, np.ndarray]:
        """Bounds of d that hold for all attackers."""
        return self._bounds(range(len(self.shared.attackers)))

    def _bounds(self, who) -> tuple[np.ndarray, np.ndarray]:
        """Bounds of d that hold for all of these attackers."""
        lower, upper = self.lower.copy(), self.upper.copy()
        mine = np.isin(self.shared.who, list(who))
        np.maximum.at(lower, self.shared.at[mine], -self.shared.room[mine])
        upper[self.shared.at[mine & self.shared.alone]] = 0.0
        return lower, upper

    @cached_property
    def loners(self) -> dict[int, list[int]]:
        """Attackers who are alone in a cell, by cell (position in the space)."""
        found: dict[int, list[int]] = {}
        for at, who in zip(self.shared.at[self.shared.alone], self.shared.who[self.shared.alone], strict=True):
            found.setdefault(int(at), []).append(int(who))
        return found

    def run(self, stop: int) -> list[tuple[int, Attacker]]:
        """Work through the open needs: all attackers of a cell at once, several components at once, then one
        by one."""
        found = [
            (int(self.protection.cells[row]), self.shared.attackers[j])
            for s in (1, -1)
            for row, j in zip(*np.nonzero(self.open[s] & (self.place < 0)[:, None]), strict=True)
        ]
        self._spread()
        for sign in (1, -1):
            if len(self._left(np.arange(len(self.place)))):
                self._batches(sign)
        for sign in (1, -1):
            for row in np.flatnonzero(self.open[sign].any(axis=1) & (self.place >= 0)):
                self._alone(int(row), sign, found)
                if len(found) >= stop:
                    return found
        return found

    def _spread(self) -> None:
        """Many cells at once: those in which nobody is alone; then, with bounds that all others know, those in which
        the same attackers are."""
        if len(self.space.cells) > LARGEST:
            return
        groups: dict[tuple[int, ...], list[int]] = {(): []}
        every = self._left(np.arange(len(self.place))).tolist()
        if self.loners:
            for row in every:
                groups.setdefault(tuple(self.loners.get(int(self.place[row]), ())), []).append(row)
        else:
            groups[()] = every
        for alone, rows in sorted(groups.items(), key=lambda g: (len(g[0]) > 0, -len(g[1]), g[0])):
            left = self._left(np.array(rows, int))
            if len(left) < FEW:
                continue
            self.spread.bound(*self._bounds(np.setdiff1d(np.arange(len(self.shared.attackers)), alone)))
            while len(left):
                need = np.maximum(*(np.where(self.open[s][left], self.need[s][left], 0.0).max(axis=1) for s in (1, -1)))
                d = self.spread.move(self.place[left], need)
                if d is None:
                    return
                self._credit(d)
                rest = self._left(left)
                if len(rest) > GONE * len(left):  # what such exchanges can show, they have shown
                    break
                left = rest

    def _left(self, rows: np.ndarray) -> np.ndarray:
        """Which of these cells are still open to somebody, in either direction."""
        return rows[(self.open[1][rows] | self.open[-1][rows]).any(axis=1) & (self.place[rows] >= 0)]

    def _batches(self, sign: int) -> None:
        """One cell of every component a time, with bounds that nobody can rule out."""
        tried = np.zeros(len(self.place), bool)
        plain = np.array([int(p) not in self.loners for p in self.place], bool)
        while True:
            rows = np.flatnonzero(self.open[sign].any(axis=1) & (self.place >= 0) & ~tried & plain)
            if not len(rows):
                return
            _, first = np.unique(self.space.component[self.place[rows]], return_index=True)
            rows = rows[first]
            tried[rows] = True
            at = self.place[rows]
            amount = np.where(self.open[sign][rows], self.need[sign][rows], 0.0).max(axis=1)
            cap = self.everybody[1][at] if sign > 0 else -self.everybody[0][at]
            possible = cap >= amount * (1 - SLACK)
            if possible.any():
                self._push(at[possible], sign, np.minimum(amount, cap)[possible], self.everybody)

    def _push(self, at: np.ndarray, sign: int, amount: np.ndarray, bounds: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
        """float[cells]: how far the cells `at`, one a component, were pushed by a solution that is credited: as far as
        they go in a small space, by `amount` with the least movement in a large one."""
        if len(self.space.cells) > LARGEST:
            self.mover.bound(*bounds)
            return np.where(self._move(at, np.full(len(at), sign), amount), amount, 0.0)
        self.program.bound(*bounds)
        d = self.program.extreme(at, sign)
        self._credit(d)
        return sign * d[at]

    def _move(self, at: np.ndarray, sign: np.ndarray, amount: np.ndarray) -> np.ndarray:
        """bool[cells]: which of them could be moved."""
        d = self.mover.move(at, sign, amount)
        if d is None and len(at) > 1:
            each = [slice(i, i + 1) for i in range(len(at))]
            return np.concatenate([self._move(at[i], sign[i], amount[i]) for i in each])
        if d is not None:
            self._credit(d)
        return np.full(len(at), d is not None)

    def _credit(self, d: np.ndarray) -> None:
        """Mark all that d, and −d where it is feasible too, protects."""
        moved = np.flatnonzero((np.abs(d) > 1e-9) & (self.row >= 0))
        rows, counts = self.row[moved], self.model.integral[self.space.cells]
        broken = counts & (np.abs(d - np.rint(d)) >= 1e-6) if counts.any() else counts
        slack = 1e-9 * self.shared.scale
        for sign in (1, -1):
            e = sign * d
            lost = broken | (e < self.lower - slack) | (e > self.upper + slack)
            fine = self._fits(e, lost, moved)
            for direction in (1, -1):
                reached = (direction * e[moved])[:, None] >= self.need[direction][rows] * (1 - SLACK)
                self.open[direction][rows] &= ~(reached & fine)

    def _fits(self, e: np.ndarray, lost: np.ndarray, moved: np.ndarray) -> np.ndarray:
        """bool[moved, attackers]: who cannot rule out the component of e in which a cell is; `lost`: bool[k], where
        e breaks what everybody knows."""
        if not len(self.shared.at) and not lost.any():
            return np.ones((len(moved), len(self.shared.attackers)), bool)
        component = self.space.component
        out = np.zeros(self.shared.groups, bool)
        out[component[lost]] = True
        return ~(self.shared.ruled_out(e) | out[None, :])[:, component[moved]].T

    def _alone(self, row: int, sign: int, found: list[tuple[int, Attacker]]) -> None:
        """One cell: all attackers together but those who are alone in it, then each by itself."""
        lonely = self.loners.get(int(self.place[row]), [])
        others = [j for j in range(len(self.shared.attackers)) if j not in lonely]
        if len(others) > 1:
            self._ask(row, sign, others)
        for j in np.flatnonzero(self.open[sign][row]):
            if self.open[sign][row, j]:
                self._ask(row, sign, [int(j)])
            if self.open[sign][row, j]:
                found.append((int(self.protection.cells[row]), self.shared.attackers[j]))

    def _ask(self, row: int, sign: int, who: list[int]) -> None:
        """Show that the cell can be moved as far as these attackers need; counts by whole numbers if fractions do."""
        at = int(self.place[row])
        need = np.where(self.open[sign][row, who], self.need[sign][row, who], 0.0)
        amount, bounds = float(need.max(initial=0.0)), self._bounds(who)
        cap = bounds[1][at] if sign > 0 else -bounds[0][at]
        if amount <= 0 or cap < amount * (1 - SLACK):
            return
        reached = self._push(np.array([at]), sign, np.array([min(amount, cap)]), bounds)[0]
        counts = self.model.integral[self.space.cells]
        whole = counts[self.space.component == self.space.component[at]].any()
        if whole and reached >= amount * (1 - SLACK) and self.open[sign][row, who].any():
            self.program.bound(*bounds)
            d = self.program.whole_move(at, sign, amount)
            if d is not None:
                self.open[sign][row, who] &= sign * d[at] < need * (1 - SLACK)
                self._credit(d)
