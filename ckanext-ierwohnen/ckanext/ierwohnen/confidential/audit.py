"""The audit: can anybody estimate a sensitive cell too well? It shares the model with the suppression, and no
code.

For an attacker the value of a hidden cell lies between the smallest and the largest that fit everything it
knows, and that interval must reach the protection levels on both sides. `quick.check` only answers yes or no.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from .attack import Program, Space
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
    """`intervals[attacker]`: (cells, low, high), for an outsider of every hidden cell that stands in a table or is
    sensitive, for the others of every sensitive cell;
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
    cells: np.ndarray | None = None,
) -> AuditReport:
    """Intervals for every attacker (all of `protection` by default), and what they break.

    `hidden`: bool[n], cells that the release in preparation does not show. `cells`: bool[n], of which intervals are
    wanted, all by default. Bounds beyond `roof` are reported as infinite.
    """
    limits = limits or Limits()
    chosen = [i for i, a in enumerate(protection.attackers) if attackers is None or a in attackers]
    intervals, findings = {}, []
    for audience in dict.fromkeys(protection.attackers[i].audience for i in chosen):
        mine = [i for i in chosen if protection.attackers[i].audience == audience]
        for i, result in _intervals(model, protection, hidden, mine, limits, cells).items():
            intervals[protection.attackers[i]] = result
            findings += _findings(model, protection, i, *result)
    return AuditReport(tuple(findings), intervals)


def _intervals(model, protection, hidden, chosen: list[int], limits: Limits, cells) -> dict[int, tuple]:
    """For attackers of one audience: the outsider's extremes first; who cannot rule them out, shares them."""
    audience = protection.attackers[chosen[0]].audience
    unknown, lower, upper = model.view(Attacker(audience), hidden)
    space = Space.of(model, unknown)
    top = roof(model)
    value = model.value[space.cells]
    ruled = np.isin(space.cells, protection.cells)
    listed, shown = model.listed[space.cells], model.shown[space.cells]
    wanted = (listed | ruled) & ~model.crossed[space.cells] & (cells is None or cells[space.cells])
    shared = Shared(model, protection, space, [protection.attackers[i] for i in chosen])
    counts = model.integral[space.cells]
    program = Program(space, lower[space.cells] - value, upper[space.cells] - value, limits, top, counts)
    exact = (counts & shown) | ruled  # nobody asks what others may be: what was added or removed, and where
    high, low = (_sweep(program, wanted, sign, shared, counts, exact) for sign in (1, -1))
    found = {}
    for j, i in enumerate(chosen):
        attacker = protection.attackers[i]
        if not attacker.members:
            at = np.flatnonzero(wanted)
            found[i] = (space.cells[at], _open(value[at] + low[at], top), _open(value[at] + high[at], top))
            continue
        found[i] = _insider(model, protection, hidden, i, space, program, shared, j, high, low, top)
    return found


class Shared:
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
        order = np.argsort(self.at, kind="stable")
        self.who, self.at = self.who[order], self.at[order]
        self.room, self.alone = self.room[order], self.alone[order]
        self.start = np.searchsorted(self.at, np.arange(len(space.cells) + 1))
        self.space = space
        self.ok = {s: np.zeros((len(attackers), len(space.cells)), bool) for s in (1, -1)}
        self.scale = np.maximum(model.value[space.cells], 1.0)

    @property
    def component(self) -> np.ndarray:
        """int[k]: the component of each unknown cell."""
        return self.space.component

    @cached_property
    def groups(self) -> int:
        """How many components there are."""
        return int(self.component.max(initial=-1)) + 1

    def note(self, at: np.ndarray, sign: int, d: np.ndarray) -> None:
        """The solution d was found for the cells `at`, one a component: who could not rule out that
        component's part?"""
        self.ok[sign][:, at] = ~self.ruled_out(d)[:, self.component[at]]

    def ruled_out(self, d: np.ndarray, moved: np.ndarray | None = None) -> np.ndarray:
        """bool[attackers, components]: the part of d in the component contradicts what the attacker knows. `moved`:
        int[·], the cells that d moves."""
        moved = np.flatnonzero(np.abs(d) > 1e-9) if moved is None else moved  # less contradicts nothing
        length = self.start[moved + 1] - self.start[moved]
        entry = np.repeat(self.start[moved] - np.cumsum(length) + length, length) + np.arange(length.sum())
        at, who = self.at[entry], self.who[entry]
        move, slack = d[at], 1e-9 * self.scale[at]
        wrong = (move < -self.room[entry] - slack) | (self.alone[entry] & (np.abs(move) > slack))
        found = np.zeros((len(self.attackers), self.groups), bool)
        found[who[wrong], self.component[at[wrong]]] = True
        return found


def _sweep(
    program: Program, wanted: np.ndarray, sign: int, shared: Shared | None, counts: np.ndarray, exact: np.ndarray,
    enough: np.ndarray | None = None,
) -> np.ndarray:  # fmt: skip
    """float[k]: the extremes of the wanted cells, one cell of every component at a time.

    Counts are whole: where the solution is not, the cell is solved again in whole numbers, if it is one of `exact`;
    enough: float[k], no farther than so.
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
        for cell in _fractional(d, at, component, counts, exact):
            found[cell] = program.whole(int(cell), sign, None if enough is None else float(enough[cell]))
            if shared is not None:
                shared.ok[sign][:, cell] = False
    return np.where(counts, np.rint(found), found)


def _fractional(d: np.ndarray, at: np.ndarray, component: np.ndarray, counts, exact) -> np.ndarray:
    """Which of the cells `at` are `exact` and in a component whose solution has fractions of counts."""
    if not counts.any():
        return np.empty(0, int)
    broken = component[counts & (np.abs(d - np.rint(d)) > 1e-6)]
    return at[exact[at] & np.isin(component[at], broken)]


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
    levels = np.zeros((2, len(model)))
    levels[:, protection.cells] = protection.up[:, i], protection.down[:, i]
    for sign, ends, level in ((1, high, levels[0]), (-1, low, levels[1])):
        rest = wanted & ~shared.ok[sign][j]
        if rest.any():
            least = level[space.cells]
            ends[rest] = _sweep(program, rest, sign, None, model.integral[space.cells], wanted, least)[rest]
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
        short = high[at] - value < up * (1 - SLACK), value - low[at] < down * (1 - SLACK)
        if (up > 0 and short[0]) or (down > 0 and short[1]):
            found.append(
                Finding(cell, protection.attackers[i], float(low[at]), float(high[at]), value - down, value + up)
            )
    return found
