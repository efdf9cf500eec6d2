"""Exchanges: changes y of the cells that keep every sum, M y = 0. They are the currency of suppression.

If y can be added to the true values within an attacker's bounds, then value + y is a table that this attacker
cannot tell from the true one, and every cell is protected by as much as y moves it. The cheapest exchange
that moves a cell far enough is a linear program (Kelly, Golden and Assad 1992; Fischetti and Salazar 2001),
solved with HiGHS.
"""

from __future__ import annotations

from functools import cached_property

import highspy
import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from .errors import LimitError, NotProtectable
from .limits import Limits, Setting
from .model import Attacker, UnionModel

OPTIONS: dict[str, Setting] = {
    "output_flag": False,
    "presolve": "off",
    "solver": "simplex",
    "simplex_strategy": 1,
    "threads": 1,
    "parallel": "off",
    "random_seed": 0,
    "primal_feasibility_tolerance": 1e-9,
    "dual_feasibility_tolerance": 1e-9,
}
CACHED = 64
NODES = 500  # branch and bound is for the few exchanges of counts that come out in fractions
GAP = 0.5
FARTHEST = 20.0  # such an exchange moves no cell by more than so many times what is asked
NEAR = (1.0, 2.0)  # so small, it is found much quicker
ROOF = 1e12  # stands for "no upper bound"


class Knowledge:
    """Which exchanges an attacker can rule out, for all attackers at once.

    An exchange moves a known cell: ruled out. It takes more from a cell than others put in: ruled out.
    """

    def __init__(self, model: UnionModel, attackers: tuple[Attacker, ...]) -> None:
        self.model = model
        self.attackers = attackers
        self.lower_room = model.value - model.lower
        self.upper_room = np.minimum(model.upper - model.value, ROOF)
        self.audiences = {
            a: np.array([i for i, x in enumerate(attackers) if x.audience == a])
            for a in dict.fromkeys(x.audience for x in attackers)
        }
        rows, who, room, alone = [], [], [], []
        for i, attacker in enumerate(attackers):
            cells, part = model.own(attacker)
            rows.append(cells)
            who.append(np.full(len(cells), i))
            room.append(model.value[cells] - np.maximum(part, model.lower[cells]))
            single = np.zeros(len(model), bool)
            single[model.alone(attacker)] = True
            alone.append(single[cells])
        order = np.argsort(np.concatenate(rows), kind="stable")
        cell = np.concatenate(rows)[order]
        self.cell = cell
        self.cache: dict[tuple[int, ...], tuple[np.ndarray, np.ndarray]] = {}
        self.start = np.searchsorted(cell, np.arange(len(model) + 1))
        self.who = np.concatenate(who)[order]
        self.room = np.maximum(np.concatenate(room)[order], 0.0)
        self.alone = np.concatenate(alone)[order]

    def reach(self, support: np.ndarray, y: np.ndarray) -> np.ndarray:
        """float[A]: the largest multiple of the exchange (cells `support`, amounts y) that each attacker
        cannot rule out."""
        with np.errstate(divide="ignore", invalid="ignore"):
            room = np.where(y > 0, self.upper_room[support] / y, self.lower_room[support] / -y)
        found = np.full(len(self.attackers), room.min(initial=np.inf))
        for audience, members in self.audiences.items():
            if self.model.known[audience][support].any():
                found[members] = 0.0
        length = self.start[support + 1] - self.start[support]
        if length.sum() == 0:
            return found
        entry = np.repeat(self.start[support] - np.cumsum(length) + length, length) + np.arange(length.sum())
        move = np.repeat(y, length)
        with np.errstate(divide="ignore", invalid="ignore"):
            limit = np.where(self.alone[entry], 0.0, np.where(move < 0, self.room[entry] / -move, np.inf))
        np.minimum.at(found, self.who[entry], limit)
        return np.floor(found + 1e-9) if self.model.integral[support].any() else found

    def whole(self, support: np.ndarray, y: np.ndarray) -> np.ndarray | None:
        """The exchange, or a small multiple of it, that moves counts by whole numbers; None if there is
        none."""
        counts = self.model.integral[support]
        if not counts.any():
            return y
        for times in (1, 2, 3, 4, 6):
            if np.all(np.abs(times * y[counts] - np.rint(times * y[counts])) < 1e-6):
                return np.where(counts, np.rint(times * y), times * y)
        return None

    def caps(self, attackers: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
        """(up, down) float[n]: how far each cell may move so that none of these attackers can rule it out."""
        if attackers not in self.cache:
            if len(self.cache) >= CACHED:
                self.cache.pop(next(iter(self.cache)))
            self.cache[attackers] = self._caps(np.array(attackers, int))
        return self.cache[attackers]

    def _caps(self, attackers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        up, down = self.upper_room.copy(), self.lower_room.copy()
        chosen = np.zeros(len(self.attackers), bool)
        chosen[attackers] = True
        for audience in {self.attackers[i].audience for i in attackers}:
            known = self.model.known[audience]
            up[known] = down[known] = 0.0
        mine = chosen[self.who]
        np.minimum.at(down, self.cell[mine], self.room[mine])
        single = self.cell[mine & self.alone]
        up[single] = down[single] = 0.0
        return up, down


class CheapestExchange:
    """min Σ cost·|y| subject to M y = 0, caps, and one cell moved by a given amount; one program, re-used."""

    def __init__(self, model: UnionModel, columns: np.ndarray, limits: Limits) -> None:
        self.model, self.columns, self.limits = model, columns, limits
        self.place = np.full(len(model), -1)
        self.place[columns] = np.arange(len(columns))
        matrix = model.relations[:, columns]
        matrix = matrix[np.diff(matrix.indptr) > 0].tocsc()
        self.k = len(columns)
        both = self.matrix = sparse.hstack([matrix, -matrix]).tocsc()
        self.upper = np.zeros(2 * self.k)
        self.cost = np.zeros(2 * self.k)
        self.highs = highspy.Highs()
        for key, value in {**OPTIONS, "time_limit": limits.remaining()}.items():
            self.highs.setOptionValue(key, value)
        program = highspy.HighsLp()
        program.num_col_, program.num_row_ = both.shape[1], both.shape[0]
        program.col_cost_, program.col_lower_, program.col_upper_ = (
            self.cost,
            np.zeros(2 * self.k),
            self.upper,
        )
        program.row_lower_ = program.row_upper_ = np.zeros(both.shape[0])
        program.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        program.a_matrix_.start_, program.a_matrix_.index_ = both.indptr, both.indices
        program.a_matrix_.value_ = both.data
        self.highs.passModel(program)
        self.runs = 0

    def set_caps(self, up: np.ndarray, down: np.ndarray) -> None:
        """Bounds for all cells (float[n] each)."""
        upper = np.r_[up[self.columns], down[self.columns]]
        changed = np.flatnonzero(upper != self.upper).astype(np.int32)
        if len(changed):
            self.highs.changeColsBounds(len(changed), changed, np.zeros(len(changed)), upper[changed])
            self.upper = upper

    def set_cost(self, cells: np.ndarray, cost: np.ndarray) -> None:
        """New costs of some cells (per unit moved, either way)."""
        place = self.place[cells]
        columns = np.r_[place, place + self.k].astype(np.int32)
        values = np.r_[cost, cost].astype(float)
        self.cost[columns] = values
        self.highs.changeColsCost(len(columns), columns, values)

    def solve(self, cell: int, sign: int, amount: float, whole: bool = False) -> tuple[np.ndarray, np.ndarray] | None:
        """Move `cell` by sign·amount: (support cells, amounts), or None if impossible. whole: in whole
        numbers only."""
        self.limits.check("exchange")
        if whole:
            return self._in_whole_numbers(cell, sign, amount)
        forward = int(self.place[cell]) + (0 if sign > 0 else self.k)
        back = int(self.place[cell]) + (self.k if sign > 0 else 0)
        if self.upper[forward] < amount * (1 - 1e-12):
            return None
        amount = min(amount, self.upper[forward])
        self.highs.changeColBounds(forward, amount, amount)
        self.highs.changeColBounds(back, 0.0, 0.0)
        self.highs.setBasis()
        self.highs.run()
        self.runs += 1
        status = self.highs.getModelStatus()
        found = None
        if status == highspy.HighsModelStatus.kOptimal:
            flow = np.asarray(self.highs.getSolution().col_value)
            y = flow[: self.k] - flow[self.k :]
            keep = np.flatnonzero(np.abs(y) > 1e-7 * amount)
            found = (self.columns[keep], y[keep])
        elif status != highspy.HighsModelStatus.kInfeasible:
            if status == highspy.HighsModelStatus.kTimeLimit:
                raise LimitError("too-little-time", seconds=round(self.limits.seconds), step="exchange")
            raise NotProtectable("solver-failed", status=str(status), cell=self.model.cell_name(cell))
        self.highs.changeColBounds(forward, 0.0, float(self.upper[forward]))
        self.highs.changeColBounds(back, 0.0, float(self.upper[back]))
        return found

    def _in_whole_numbers(self, cell: int, sign: int, amount: float) -> tuple[np.ndarray, np.ndarray] | None:
        """The same by branch and bound, on the component that holds the cell; a limit on nodes counts as
        impossible. Among small movements the first that is found will do, which is much quicker."""
        at = int(self.place[cell])
        least = float(np.ceil(amount - 1e-9)) if self.model.integral[cell] else amount
        if self.upper[at if sign > 0 else at + self.k] < least:
            return None
        part = np.flatnonzero(self._component == self._component[at])
        found = None
        for times in NEAR if self.model.integral[cell] else ():
            if found is None:
                found = self._searched(part, at, sign, least, times, 1)
        if found is None:
            found = self._searched(part, at, sign, least, FARTHEST, None)
        if found is None:
            return None
        y = np.where(self.model.integral[self.columns[part]], np.rint(found), found)
        keep = np.flatnonzero(np.abs(y) > 1e-7 * least)
        return self.columns[part[keep]], y[keep]

    @cached_property
    def _component(self) -> np.ndarray:
        """int[k]: which cells are tied together by equations."""
        matrix = self.matrix[:, : self.k]
        graph = sparse.bmat([[None, matrix], [matrix.T, None]]) if matrix.shape[0] else sparse.eye(self.k)
        return connected_components(graph, directed=False)[1][-self.k :]

    def _searched(
        self, part: np.ndarray, at: int, sign: int, least: float, times: float, enough: int | None
    ) -> np.ndarray | None:
        """Amounts (float[len(part)]) that move the cell `at` by `least` or more, and no count by more than `times` as
        much; enough: stop at so many solutions, each better than the last."""
        solver = highspy.Highs()
        settings: dict[str, Setting] = {"output_flag": False, "threads": 1, "parallel": "off", "random_seed": 0}
        settings |= {"mip_max_nodes": NODES} | ({"mip_max_improving_sols": enough} if enough else {})
        for key, value in {**settings, "mip_rel_gap": GAP, "time_limit": self.limits.remaining()}.items():
            solver.setOptionValue(key, value)
        program, k, both = highspy.HighsLp(), len(part), np.r_[part, part + self.k]
        matrix = self.matrix[:, both].tocsr()
        matrix = matrix[np.diff(matrix.indptr) > 0].tocsc()
        program.num_col_, program.num_row_ = 2 * k, matrix.shape[0]
        cells = self.columns[part]
        counts, here = self.model.integral[cells], int(np.searchsorted(part, at))
        near = times * max(least, 1.0)
        far = max(near, FARTHEST * float(self.model.value[cells].max(initial=1.0)))  # measures of other scales
        same = np.tile(counts, 2) & self.model.integral[self.columns[at]]
        lower, upper = np.zeros(2 * k), np.minimum(self.upper[both], np.where(same, near, far))
        forward, back = (here, here + k) if sign > 0 else (here + k, here)
        lower[forward], upper[forward], upper[back] = least, max(least, upper[forward]), 0.0
        program.col_cost_, program.col_lower_, program.col_upper_ = self.cost[both], lower, upper
        program.row_lower_ = program.row_upper_ = np.zeros(matrix.shape[0])
        program.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        program.a_matrix_.start_, program.a_matrix_.index_ = matrix.indptr, matrix.indices
        program.a_matrix_.value_ = matrix.data
        kinds = highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger
        program.integrality_ = [kinds[int(c)] for c in np.tile(counts, 2)]
        if counts.any() and not counts.all():  # HiGHS may crash as it presolves a mixed program with far bounds
            solver.setOptionValue("presolve", "off")
        solver.passModel(program)
        solver.run()
        if solver.getModelStatus() == highspy.HighsModelStatus.kTimeLimit:
            raise LimitError("too-little-time", seconds=round(self.limits.seconds), step="exchange")
        if solver.getInfo().primal_solution_status != 2:
            return None
        flow = np.asarray(solver.getSolution().col_value)
        return flow[:k] - flow[k:]
