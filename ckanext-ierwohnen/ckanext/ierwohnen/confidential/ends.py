"""How far single cells can be moved, asked cell by cell and no farther than anybody wants to know."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from .attack import Mover, Program, Space
from .audit import SLACK, roof
from .classes import FIXED
from .limits import Limits
from .model import Attacker, UnionModel
from .vicinity import Vicinity


class Ends:
    """Programs for all attackers of an audience; `hidden`: bool[n], cells of the new release that are not shown."""

    def __init__(self, model: UnionModel, audience: str, hidden: np.ndarray, limits: Limits) -> None:
        self.model, self.hidden, self.limits = model, hidden, limits
        unknown, lower, upper = model.view(Attacker(audience), hidden)
        self.space = Space.of(model, unknown)
        cells = self.space.cells
        self.place = np.full(len(model), -1)
        self.place[cells] = np.arange(len(cells))
        self.counts = model.integral[cells]
        self.outsider = True
        self.shown: dict[tuple[int, int], list[tuple[np.ndarray, np.ndarray]]] = {}
        self.roof: dict[tuple[int, int], float] = {}
        self._bound(lower, upper)

    @cached_property
    def program(self) -> Program:
        """Built for small spaces, and if counts have to be whole."""
        return Program(self.space, self.lower, self.upper, self.limits, roof(self.model), self.counts)

    @cached_property
    def vicinity(self) -> Vicinity:
        """Of large spaces."""
        return Vicinity(self.space, self.limits)

    @cached_property
    def mover(self) -> Mover:
        """Of large spaces, where what is near does not tell."""
        return Mover(self.space, self.limits)

    def ask(self, attacker: Attacker) -> None:
        """From now on, what this attacker knows."""
        _, lower, upper = self.model.view(attacker, self.hidden)
        self.outsider = not attacker.members
        self._bound(lower, upper)

    def _bound(self, lower: np.ndarray, upper: np.ndarray) -> None:
        value, most = self.model.value[self.space.cells], roof(self.model)
        self.lower, self.upper = lower[self.space.cells] - value, upper[self.space.cells] - value
        self.ends = self.space.classes.bounds(np.maximum(self.lower, -most), np.minimum(self.upper, most))

    def reach(self, cell: int, sign: int, most: float) -> float:
        """How far the cell can be moved up (sign 1) or down (−1), at most by `most`; counts in whole numbers."""
        at = int(self.place[cell])
        if at < 0:
            return 0.0
        if self.space.large:
            return self._reach(at, sign, most)
        self._limit(at, most)
        d = self.program.extreme(np.array([at]), sign)
        reach = max(float(sign * d[at]), 0.0)
        return reach if self._is_whole(d, at) else self._whole(at, sign, reach)

    def _whole(self, at: int, sign: int, reach: float) -> float:
        """The same in whole numbers, no farther than by fractions. What could not be ruled out in time is taken for
        possible, since levels are lowered to what comes out."""
        found = min(max(self.program.at_most(at, sign), 0.0), reach)
        return float(np.floor(found + 1e-6)) if self.counts[at] else found

    def _limit(self, at: int, most: float) -> None:
        lower, upper = self.lower.copy(), self.upper.copy()
        lower[at], upper[at] = max(lower[at], -most), min(upper[at], most)
        self.program.bound(lower, upper)

    def _is_whole(self, d: np.ndarray, at: int) -> bool:
        """Whether no count in the component of a cell moves by a fraction."""
        mine = self.counts & (np.abs(d - np.rint(d)) > 1e-6)
        return not np.any(mine & (self.space.component == self.space.component[at]))

    def _keep(self, key: tuple[int, int], d: np.ndarray) -> None:
        moved = np.flatnonzero(np.abs(d) > 1e-9)
        self.shown.setdefault(key, []).append((moved, d[moved]))

    def _holds(self, moved: np.ndarray, d: np.ndarray) -> bool:
        """Whether the attacker asked cannot rule a movement out."""
        return bool(np.all((d >= self.lower[moved]) & (d <= self.upper[moved])))

    def _reach(self, at: int, sign: int, most: float) -> float:
        """The same in a large space: no cell goes farther than all that move with it, or than for an outsider, and most
        go as far among their neighbours; the others are asked among all. What was found for one attacker may hold for
        others."""
        of, up = int(self.space.classes.of[at]), sign * self.space.classes.sign[at] > 0
        key = at, sign
        most = min(most, self.roof.get(key, most))
        most = 0.0 if of == FIXED else min(most, float(self.ends[1][of] if up else -self.ends[0][of]))
        if most <= 0:
            return 0.0
        if any(np.any(sign * d[moved == at] >= most) and self._holds(moved, d) for moved, d in self.shown.get(key, ())):
            return most
        one = np.array([at]), np.array([sign])
        near = self.vicinity.around(at)
        near.bound(*self.ends)
        d = near.move(*one, np.array([most]))
        if d is not None and self._is_whole(d, at):
            self._keep(key, d)
            return float(sign * d[at])
        d = self._farthest(at, sign, most)
        reach = max(float(sign * d[at]), 0.0)
        if self.outsider and reach < most * (1 - SLACK):  # others know more, and go no farther
            self.roof[key] = reach
        if self._is_whole(d, at):
            self._keep(key, d)
            return reach
        self._limit(at, most)
        if self.counts[at]:
            whole = self.program.whole_move(at, sign, among=near.part)
            if whole is not None and sign * whole[at] >= np.floor(reach + 1e-6):
                return float(sign * whole[at])
        return self._whole(at, sign, reach)

    def _farthest(self, at: int, sign: int, most: float) -> np.ndarray:
        """float[k]: a solution that moves the cell as far as possible: what moves little, if nothing moves it more."""
        one = np.array([at]), np.array([sign])
        self.mover.bound(*self.ends)
        d = self.mover.move(*one, np.array([most]), less=True)
        if d is not None:
            reach = float(sign * d[at])
            more = np.floor(reach + 1e-6) + 1 if self.counts[at] else reach + 1e-6 * most
            if more > most or (self.mover.move(*one, np.array([more])) is None and self.mover.impossible):
                return d
        self._limit(at, most)
        return self.program.extreme(one[0], sign)
