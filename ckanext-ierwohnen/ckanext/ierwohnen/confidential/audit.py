"""The audit: can anybody estimate a sensitive cell too well? It shares the model with the suppression, and no
code.

For an attacker the value of a hidden cell lies between the smallest and the largest that fit everything it
knows, and that interval must reach the protection levels on both sides. `check` answers yes or no: a solution
found for one cell is evidence for all the others that it moves, and for every attacker who cannot rule it
out. `audit` gives the intervals.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from .attack import Mover, Program, Space
from .limits import Limits
from .model import Attacker, UnionModel
from .rules import Protection

SLACK = 1e-7  # relative to the protection level: what a solver's rounding may eat


@dataclass(frozen=True)
class Finding:
    """A cell that an attacker can estimate too well: the interval, and the one that would be needed."""

    cell: int
    attacker: Attacker
    low: float
    high: float
    needed_low: float
    needed_high: float


@dataclass(frozen=True)
class AuditReport:
    """`intervals[attacker]`: (cells, low, high), for every hidden cell of an outsider and every sensitive
    cell of the others;
    `findings`: what is not protected; empty means that the release may leave."""

    findings: tuple[Finding, ...]
    intervals: dict[Attacker, tuple[np.ndarray, np.ndarray, np.ndarray]] = field(default_factory=dict)

    @property
    def clean(self) -> bool:
        """Nothing found."""
        return not self.findings


def roof(model: UnionModel) -> float:
    """More than any cell could be: stands for "no upper bound"."""
    return 1e3 * (float(model.value.max(initial=0.0)) + 1.0)


def audit(
    model: UnionModel,
    protection: Protection,
    hidden: np.ndarray,
    limits: Limits | None = None,
    *,
    attackers: tuple[Attacker, ...] | None = None,
) -> AuditReport:
    """Intervals for every attacker (all of `protection` by default), and what they break.

    `hidden`: bool[n], cells that the release in preparation does not show. Bounds beyond `roof` are reported
    as infinite.
    """
    limits = limits or Limits()
    chosen = [i for i, a in enumerate(protection.attackers) if attackers is None or a in attackers]
    intervals, findings = {}, []
    for audience in dict.fromkeys(protection.attackers[i].audience for i in chosen):
        mine = [i for i in chosen if protection.attackers[i].audience == audience]
        for i, result in _intervals(model, protection, hidden, mine, limits).items():
            intervals[protection.attackers[i]] = result
            findings += _findings(model, protection, i, *result)
    return AuditReport(tuple(findings), intervals)


def _intervals(model, protection, hidden, chosen: list[int], limits: Limits) -> dict[int, tuple]:
    """For attackers of one audience: the outsider's extremes first; who cannot rule them out, shares them."""
    audience = protection.attackers[chosen[0]].audience
    unknown, lower, upper = model.view(Attacker(audience), hidden)
    space = Space.of(model.relations, unknown)
    top = roof(model)
    value = model.value[space.cells]
    program = Program(space, lower[space.cells] - value, upper[space.cells] - value, limits, top)
    wanted = np.isin(space.cells, np.flatnonzero(hidden | unknown))
    shared = _Shared(model, protection, space, [protection.attackers[i] for i in chosen])
    counts = model.integral[space.cells]
    high, low = _sweep(program, wanted, 1, shared, counts), _sweep(program, wanted, -1, shared, counts)
    found = {}
    for j, i in enumerate(chosen):
        attacker = protection.attackers[i]
        if not attacker.members:
            found[i] = (space.cells, _open(value + low, top), _open(value + high, top))
            continue
        found[i] = _insider(model, protection, hidden, i, space, program, shared, j, high, low, top)
    return found


class _Shared:
    """Which of the outsider's extreme solutions each insider cannot rule out: ok[sign] is bool[attackers,
    k]."""

    def __init__(self, model: UnionModel, protection: Protection, space: Space, attackers: list[Attacker]) -> None:
        place = np.full(len(model), -1)
        place[space.cells] = np.arange(len(space.cells))
        self.attackers = attackers
        self.bounds = []
        for attacker in attackers:
            cells, part = model.own(attacker)
            alone = np.zeros(len(model), bool)
            alone[model.alone(attacker)] = True
            keep = place[cells] >= 0
            room = np.where(alone[cells], 0.0, model.value[cells] - part)[keep]
            self.bounds.append((place[cells][keep], np.maximum(room, 0.0), alone[cells][keep]))
        lengths = [len(b[0]) for b in self.bounds]
        self.who = np.repeat(np.arange(len(attackers)), lengths)
        self.at = np.concatenate([b[0] for b in self.bounds]) if self.bounds else np.empty(0, int)
        self.room = np.concatenate([b[1] for b in self.bounds]) if self.bounds else np.empty(0)
        self.alone = np.concatenate([b[2] for b in self.bounds]) if self.bounds else np.empty(0, bool)
        self.component = space.component
        self.groups = int(space.component.max(initial=-1)) + 1
        self.ok = {s: np.zeros((len(attackers), len(space.cells)), bool) for s in (1, -1)}
        self.scale = np.maximum(model.value[space.cells], 1.0)

    def note(self, at: np.ndarray, sign: int, d: np.ndarray) -> None:
        """The solution d was found for the cells `at`, one a component: who could not rule out that
        component's part?"""
        self.ok[sign][:, at] = ~self.ruled_out(d)[:, self.component[at]]

    def ruled_out(self, d: np.ndarray) -> np.ndarray:
        """bool[attackers, components]: the part of d in the component contradicts what the attacker knows."""
        move, slack = d[self.at], 1e-9 * self.scale[self.at]
        wrong = (move < -self.room - slack) | (self.alone & (np.abs(move) > slack))
        found = np.zeros((len(self.attackers), self.groups), bool)
        found[self.who[wrong], self.component[self.at[wrong]]] = True
        return found


def _sweep(program: Program, wanted: np.ndarray, sign: int, shared: _Shared | None, counts: np.ndarray) -> np.ndarray:
    """float[k]: the extremes of the wanted cells, one cell of every component at a time.

    Counts are whole: where the solution is not, the cell is solved again in whole numbers.
    """
    found = np.zeros(program.k)
    component = program.space.component
    cells = np.flatnonzero(wanted)
    order = cells[np.argsort(component[cells], kind="stable")]
    rank = np.arange(len(order)) - np.searchsorted(component[order], component[order])
    for step in range(int(rank.max(initial=-1)) + 1):
        at = order[rank == step]
        d = program.extreme(at, sign)
        found[at] = d[at]
        if shared is not None:
            shared.note(at, sign, d)
        for cell in _fractional(d, at, component, counts):
            found[cell] = program.whole(int(cell), sign)
            if shared is not None:
                shared.ok[sign][:, cell] = False
    return np.where(counts, np.rint(found), found)


def _fractional(d: np.ndarray, at: np.ndarray, component: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Which of the cells `at` are counts in a component whose solution has fractions."""
    if not counts.any():
        return np.empty(0, int)
    broken = component[counts & (np.abs(d - np.rint(d)) > 1e-6)]
    return at[counts[at] & np.isin(component[at], broken)]


def _insider(model, protection, hidden, i, space, program, shared, j, high, low, top):
    """One insider: take over the outsider's ends where possible, solve the rest with its own bounds."""
    attacker = protection.attackers[i]
    need = (protection.up[:, i] > 0) | (protection.down[:, i] > 0)
    wanted = np.isin(space.cells, protection.cells[need])
    _, lower, upper = model.view(attacker, hidden)
    value = model.value[space.cells]
    high, low = high.copy(), low.copy()
    before = program.lower, program.upper
    program.bound(lower[space.cells] - value, upper[space.cells] - value)
    for sign, ends in ((1, high), (-1, low)):
        rest = wanted & ~shared.ok[sign][j]
        if rest.any():
            ends[rest] = _sweep(program, rest, sign, None, model.integral[space.cells])[rest]
    program.bound(*before)
    at = np.flatnonzero(wanted)
    return space.cells[at], _open(value[at] + low[at], top), _open(value[at] + high[at], top)


def _open(bound: np.ndarray, top: float) -> np.ndarray:
    return np.where(bound > top / 2, np.inf, np.where(bound < -top / 2, -np.inf, bound))


def _findings(model, protection, i, cells, low, high) -> list[Finding]:
    row = np.searchsorted(protection.cells, cells)
    row = np.minimum(row, max(len(protection.cells) - 1, 0))
    sensitive = np.isin(cells, protection.cells)
    found = []
    for at in np.flatnonzero(sensitive):
        cell, up, down = int(cells[at]), protection.up[row[at], i], protection.down[row[at], i]
        value = model.value[cell]
        if high[at] - value < up * (1 - SLACK) or value - low[at] < down * (1 - SLACK):
            found.append(
                Finding(cell, protection.attackers[i], float(low[at]), float(high[at]), value - down, value + up)
            )
    return found


def check(
    model: UnionModel, protection: Protection, hidden: np.ndarray, limits: Limits | None = None, *, stop: int = 1
) -> list[tuple[int, Attacker]]:
    """Yes or no: cells and attackers that are not protected, at most about `stop` of them; empty means
    clean."""
    limits = limits or Limits()
    found: list[tuple[int, Attacker]] = []
    for audience in dict.fromkeys(a.audience for a in protection.attackers):
        chosen = [i for i, a in enumerate(protection.attackers) if a.audience == audience]
        found += _Check(model, protection, hidden, chosen, limits).run(stop - len(found))
        if len(found) >= stop:
            break
    return found


class _Check:
    """Evidence for the attackers of one audience."""

    def __init__(self, model, protection, hidden, chosen: list[int], limits: Limits) -> None:
        self.model, self.protection, self.hidden, self.limits = model, protection, hidden, limits
        attackers = [protection.attackers[i] for i in chosen]
        unknown, lower, upper = model.view(Attacker(attackers[0].audience), hidden)
        self.space = Space.of(model.relations, unknown)
        self.shared = _Shared(model, protection, self.space, attackers)
        value = model.value[self.space.cells]
        self.lower = np.maximum(lower[self.space.cells] - value, -roof(model))
        self.upper = np.minimum(upper[self.space.cells] - value, roof(model))
        self.mover = Mover(self.space, limits)
        place = np.full(len(model), -1)
        place[self.space.cells] = np.arange(len(self.space.cells))
        self.place = place[protection.cells]
        self.need = {1: protection.up[:, chosen], -1: protection.down[:, chosen]}
        self.open = {s: self.need[s] > 0 for s in (1, -1)}
        self.row = np.full(len(self.space.cells), -1)
        there = self.place >= 0
        self.row[self.place[there]] = np.flatnonzero(there)
        self.everybody = self._bounds(range(len(attackers)))
        self.loners = self._loners()

    def _bounds(self, who) -> tuple[np.ndarray, np.ndarray]:
        """Bounds of d that hold for all of these attackers."""
        lower, upper = self.lower.copy(), self.upper.copy()
        mine = np.isin(self.shared.who, list(who))
        np.maximum.at(lower, self.shared.at[mine], -self.shared.room[mine])
        upper[self.shared.at[mine & self.shared.alone]] = 0.0
        return lower, upper

    def _loners(self) -> dict[int, list[int]]:
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
        for sign in (1, -1):
            self._batches(sign)
        for sign in (1, -1):
            for row in np.flatnonzero(self.open[sign].any(axis=1) & (self.place >= 0)):
                self._alone(int(row), sign, found)
                if len(found) >= stop:
                    return found
        return found

    def _batches(self, sign: int) -> None:
        """One cell of every component a time, with bounds that nobody can rule out."""
        tried = np.zeros(len(self.place), bool)
        plain = np.array([int(p) not in self.loners for p in self.place], bool)
        self.mover.bound(*self.everybody)
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
                self._move(at[possible], np.full(possible.sum(), sign), np.minimum(amount, cap)[possible])

    def _move(self, at: np.ndarray, sign: np.ndarray, amount: np.ndarray) -> bool:
        d = self.mover.move(at, sign, amount)
        if d is None and len(at) > 1:
            done = [self._move(at[i : i + 1], sign[i : i + 1], amount[i : i + 1]) for i in range(len(at))]
            return all(done)
        if d is not None:
            self._credit(d)
        return d is not None

    def _credit(self, d: np.ndarray) -> None:
        """Mark all that d, and −d where it is feasible too, protects."""
        moved = np.flatnonzero((np.abs(d) > 1e-9) & (self.row >= 0))
        whole = np.abs(d - np.rint(d)) < 1e-6
        broken = np.zeros(self.shared.groups, bool)
        broken[self.space.component[self.model.integral[self.space.cells] & ~whole]] = True
        slack = 1e-9 * self.shared.scale
        for sign in (1, -1):
            e = sign * d
            out = (e < self.lower - slack) | (e > self.upper + slack)
            lost = broken.copy()
            lost[self.space.component[out]] = True
            fits = ~(self.shared.ruled_out(e) | lost[None, :])
            rows = self.row[moved]
            fine = fits[:, self.space.component[moved]].T
            for direction in (1, -1):
                reached = (direction * e[moved])[:, None] >= self.need[direction][rows] * (1 - SLACK)
                self.open[direction][rows] &= ~(reached & fine)

    def _alone(self, row: int, sign: int, found: list[tuple[int, Attacker]]) -> None:
        """One cell: all attackers together but those who are alone in it, then each by itself."""
        at = int(self.place[row])
        lonely = self.loners.get(at, [])
        if lonely:
            self._ask(row, sign, [j for j in range(len(self.shared.attackers)) if j not in lonely])
        for j in np.flatnonzero(self.open[sign][row]):
            self._ask(row, sign, [int(j)])
            if self.open[sign][row, j] and not self._whole(row, sign, int(j)):
                found.append((int(self.protection.cells[row]), self.shared.attackers[j]))

    def _ask(self, row: int, sign: int, who: list[int]) -> None:
        at = int(self.place[row])
        amount = float(np.where(self.open[sign][row, who], self.need[sign][row, who], 0.0).max(initial=0.0))
        lower, upper = self._bounds(who)
        cap = upper[at] if sign > 0 else -lower[at]
        if amount <= 0 or cap < amount * (1 - SLACK):
            return
        self.mover.bound(lower, upper)
        self._move(np.array([at]), np.array([sign]), np.array([min(amount, cap)]))

    def _whole(self, row: int, sign: int, j: int) -> bool:
        """A count whose exchange was broken: is there a whole-numbered one?"""
        if not self.model.integral[self.protection.cells[row]]:
            return False
        program = Program(self.space, *self._bounds([j]), self.limits, roof(self.model))
        got = sign * program.whole(int(self.place[row]), sign)
        return got >= self.need[sign][row, j] * (1 - SLACK)
