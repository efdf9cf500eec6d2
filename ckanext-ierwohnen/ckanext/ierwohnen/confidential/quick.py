"""The quick check: yes or no. A solution found for one cell is evidence for all the others that it moves, and for every
attacker who cannot rule it out; so a few programs answer for many cells."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from .attack import Mover, Program, Space
from .audit import SLACK, Shared, roof
from .classes import FIXED
from .limits import Limits
from .model import Attacker, UnionModel
from .offers import Exchanges, verify
from .rules import Protection
from .spread import Spread
from .vicinity import Vicinity

FEW = 3  # cells that are quicker asked one by one
MANY = 50  # cells for which it pays to part the attackers
TRIES = 3  # programs whose solution moved counts by fractions
KEPT = 100  # bounds of attackers
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
        self.counts = model.integral[self.space.cells]
        self._ends: dict[tuple[int, ...], tuple[np.ndarray, np.ndarray]] = {}

    @cached_property
    def mover(self) -> Mover:
        """Built only if programs are needed."""
        return Mover(self.space, self.limits)

    @cached_property
    def program(self) -> Program:
        """Built only if counts have to be whole."""
        return Program(self.space, *self.everybody, self.limits, roof(self.model), self.counts)

    @cached_property
    def spread(self) -> Spread:
        """Built only if programs are needed."""
        return Spread(self.space, self.counts, self.limits)

    @cached_property
    def vicinity(self) -> Vicinity:
        """Built only if single cells of a large space are asked."""
        return Vicinity(self.space, self.limits)

    @cached_property
    def everybody(self) -> tuple[np.ndarray, np.ndarray]:
        """Bounds of d that hold for all attackers."""
        return self._bounds(range(len(self.shared.attackers)))

    def _bounds(self, who) -> tuple[np.ndarray, np.ndarray]:
        """Bounds of d that hold for all of these attackers."""
        lower, upper = self.lower.copy(), self.upper.copy()
        chosen = np.zeros(len(self.shared.attackers), bool)
        chosen[list(who)] = True
        mine = chosen[self.shared.who]
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
        groups: dict[tuple[int, ...], list[int]] = {(): []}
        every = self._left(np.arange(len(self.place))).tolist()
        if self.loners:
            for row in every:
                groups.setdefault(tuple(self.loners.get(int(self.place[row]), ())), []).append(row)
        else:
            groups[()] = every
        all_ = np.arange(len(self.shared.attackers))
        for alone, rows in sorted(groups.items(), key=lambda g: (len(g[0]) > 0, -len(g[1]), g[0])):
            self._spread_among(np.setdiff1d(all_, alone), np.array(rows, int), MANY if self.space.large else FEW)
        for bit in range(int(all_.max(initial=0)).bit_length() if self.loners else 0):
            before = sum(x.sum() for x in self.open.values())
            for half in (0, 1):  # where what one of them knows stands in the way, it may not in the way of others
                self._spread_among(all_[(all_ >> bit) & 1 == half], np.array(every, int), MANY)
            if sum(x.sum() for x in self.open.values()) > GONE * before:
                return

    def _spread_among(self, who: np.ndarray, rows: np.ndarray, few: int) -> None:
        """What these attackers cannot rule out, as long as many cells are open to them."""
        left, tries = self._left(rows, who), 0
        if len(left) < few:
            return
        self.spread.bound(*self._bounds(who))
        while len(left):
            mine = np.ix_(left, who)
            need = np.maximum(*(np.where(self.open[s][mine], self.need[s][mine], 0.0).max(axis=1) for s in (1, -1)))
            d = self.spread.move(self.place[left], need)
            if d is None:
                return
            self._credit(d)
            rest = self._left(left, who)
            tries += self.spread.broken
            if len(rest) > GONE * len(left) and not (self.spread.broken and tries < TRIES):
                return  # what such exchanges can show, they have shown
            left = rest

    def _left(self, rows: np.ndarray, who: np.ndarray | slice = slice(None)) -> np.ndarray:
        """Which of these cells are still open to somebody (of `who`), in either direction."""
        open_ = (self.open[1][rows] | self.open[-1][rows])[:, who]
        return rows[open_.any(axis=1) & (self.place[rows] >= 0)]

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
                self._push(at[possible], sign, np.minimum(amount, cap)[possible], range(len(self.shared.attackers)))

    def _push(self, at: np.ndarray, sign: int, amount: np.ndarray, who: Sequence[int]) -> np.ndarray:
        """float[cells]: how far the cells `at`, one a component, were pushed by a solution that is credited: as far as
        they go in a small space, by `amount` with the least movement in a large one."""
        if not self.space.large:
            self.program.bound(*self._bounds(who))
            d = self.program.extreme(at, sign)
            self._credit(d)
            return sign * d[at]
        ends = self._class_bounds(who)
        if len(at) == 1 and self._near(int(at[0]), sign, float(amount[0]), ends):
            return amount
        if len(at) == 1 and len(who) > 1:
            return np.zeros(1)  # each of them is asked
        self.mover.bound(*ends)
        return np.where(self._move(at, np.full(len(at), sign), amount), amount, 0.0)

    def _near(self, at: int, sign: int, amount: float, ends: tuple[np.ndarray, np.ndarray]) -> bool:
        """Whether the cell can be moved so far among its neighbours."""
        if self.space.classes.of[at] == FIXED:
            return False
        near = self.vicinity.around(at)
        near.bound(*ends)
        d = near.move(np.array([at]), np.array([sign]), np.array([amount]))
        if d is not None:
            self._credit(d)
        return d is not None

    def _class_bounds(self, who: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
        """Bounds of how classes move that hold for all of these attackers."""
        who = tuple(who)
        if who not in self._ends:
            if len(self._ends) >= KEPT:
                self._ends.pop(next(iter(self._ends)))
            self._ends[who] = self.space.classes.bounds(*self._bounds(who))
        return self._ends[who]

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
        moved = np.flatnonzero(np.abs(d) > 1e-9)
        e, counts, slack = d[moved], self.counts[moved], 1e-9 * self.shared.scale[moved]
        broken = counts & (np.abs(e - np.rint(e)) >= 1e-6)
        asked = np.flatnonzero(self.row[moved] >= 0)
        rows = self.row[moved[asked]]
        for sign in (1, -1):
            lost = broken | (sign * e < self.lower[moved] - slack) | (sign * e > self.upper[moved] + slack)
            fine = self._fits(sign * d, moved, moved[lost], moved[asked])
            for direction in (1, -1):
                reached = (sign * direction * e[asked])[:, None] >= self.need[direction][rows] * (1 - SLACK)
                self.open[direction][rows] &= ~(reached & fine)

    def _fits(self, d: np.ndarray, moved: np.ndarray, lost: np.ndarray, asked: np.ndarray) -> np.ndarray:
        """bool[asked, attackers]: who cannot rule out the component of d in which a cell is; `moved`: what d moves;
        `lost`: cells where d breaks what everybody knows."""
        component = self.space.component
        ruled_out = self.shared.ruled_out(d, moved)
        ruled_out[:, component[lost]] = True
        return ~ruled_out[:, component[asked]].T

    def _alone(self, row: int, sign: int, found: list[tuple[int, Attacker]]) -> None:
        """One cell: all attackers together but those who are alone in it, then each by itself."""
        lonely = self.loners.get(int(self.place[row]), [])
        others = [j for j in range(len(self.shared.attackers)) if j not in lonely]
        if len(others) > 1:
            self._ask(row, sign, others)
        if self.open[sign][row].sum() > 1 and self._nobody(row, sign):
            found += [(int(self.protection.cells[row]), self.shared.attackers[j])
                      for j in np.flatnonzero(self.open[sign][row])]  # fmt: skip
            return
        for j in np.flatnonzero(self.open[sign][row]):
            if self.open[sign][row, j]:
                self._ask(row, sign, [int(j)])
            if self.open[sign][row, j]:
                found.append((int(self.protection.cells[row]), self.shared.attackers[j]))

    def _nobody(self, row: int, sign: int) -> bool:
        """Whether the cell cannot be moved as far as the least of those needs to whom it is open, whoever they are."""
        at, amount = int(self.place[row]), float(self.need[sign][row][self.open[sign][row]].min())
        cap = self._room(at, sign, ())
        if cap < amount * (1 - SLACK):
            return True
        return self._push(np.array([at]), sign, np.array([min(amount, cap)]), ())[0] < amount * (1 - SLACK)

    def _ask(self, row: int, sign: int, who: list[int]) -> None:
        """Show that the cell can be moved as far as these attackers need; counts by whole numbers if fractions do."""
        at = int(self.place[row])
        need = np.where(self.open[sign][row, who], self.need[sign][row, who], 0.0)
        amount = float(need.max(initial=0.0))
        cap = self._room(at, sign, who)
        if amount <= 0 or cap < amount * (1 - SLACK):
            return
        reached = self._push(np.array([at]), sign, np.array([min(amount, cap)]), who)[0]
        whole = self.counts[self.space.component == self.space.component[at]].any()
        if whole and reached >= amount * (1 - SLACK) and self.open[sign][row, who].any():
            self.program.bound(*self._bounds(who))
            near = self.vicinity.around(at).part if self.space.large else None
            d = self.program.whole_move(at, sign, amount, near)
            if near is not None and len(who) == 1 and (d is None or sign * d[at] < amount * (1 - SLACK)):
                d = self.program.whole_move(at, sign, amount)  # of several, each is asked
            if d is not None:
                self.open[sign][row, who] &= sign * d[at] < need * (1 - SLACK)
                self._credit(d)

    def _room(self, at: int, sign: int, who: Sequence[int]) -> float:
        """How far the cell may be moved for all that these attackers know of it alone."""
        if not self.space.large:
            return float(self._bounds(who)[1][at] if sign > 0 else -self._bounds(who)[0][at])
        low, high = self._class_bounds(who)
        of, up = self.space.classes.of[at], sign * self.space.classes.sign[at] > 0
        if of == FIXED:
            return 0.0
        return float(high[of] if up else -low[of])
