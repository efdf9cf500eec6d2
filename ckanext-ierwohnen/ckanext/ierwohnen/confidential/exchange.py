"""Exchanges: changes y of the cells that keep every sum, M y = 0. They are the currency of suppression.

If y can be added to the true values within an attacker's bounds, then value + y is a table that this attacker
cannot tell from the true one, and every cell is protected by as much as y moves it. The cheapest exchange
that moves a cell far enough is a linear program (Kelly, Golden and Assad 1992; Fischetti and Salazar 2001),
solved with HiGHS.
"""

from __future__ import annotations

import highspy
import numpy as np
from scipy import sparse

from .classes import FIXED
from .errors import LimitError, NotProtectable
from .limits import Limits, Setting
from .model import Attacker, UnionModel
from .slacks import Slacks

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
FARTHEST = 20.0  # such an exchange moves no cell by more than so many times the largest value
ROOF = 1e12  # stands for "no upper bound"


class Knowledge:
    """Which exchanges an attacker can rule out, for all attackers at once.

    An exchange moves a known cell: ruled out. It takes more from a cell than others put in: ruled out.
    """

    def __init__(self, model: UnionModel, attackers: tuple[Attacker, ...]) -> None:
        self.model = model
        self.attackers = attackers
        self.lower_room = np.minimum(model.value - model.lower, ROOF)
        self.upper_room = np.minimum(model.upper - model.value, ROOF)
        self.audiences = {
            a: np.array([i for i, x in enumerate(attackers) if x.audience == a])
            for a in dict.fromkeys(x.audience for x in attackers)
        }
        rows, who, room, alone = [], [], [], []
        for i, attacker in enumerate(attackers):
            cells, part = model.own(attacker)
            rated = model.rated.get(attacker.audience, np.empty(0, int))
            rows.append(np.r_[cells, rated])
            who.append(np.full(len(rows[-1]), i))
            room.append(model.value[rows[-1]] - np.r_[np.maximum(part, model.lower[cells]), np.zeros(len(rated))])
            single = np.zeros(len(model), bool)
            single[model.alone(attacker)] = True
            alone.append(single[rows[-1]])
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


def sums_kept(matrix: sparse.spmatrix, cost: np.ndarray, lower: np.ndarray, upper: np.ndarray) -> highspy.HighsLp:
    """min cost·y, matrix·y = 0, lower ≤ y ≤ upper, as HiGHS takes it. The audit writes its own (`attack.balanced`)."""
    columns = matrix.tocsc()
    program = highspy.HighsLp()
    program.num_row_, program.num_col_ = columns.shape
    program.col_cost_, program.col_lower_, program.col_upper_ = cost, lower, upper
    program.row_lower_ = program.row_upper_ = np.zeros(columns.shape[0])
    program.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    program.a_matrix_.start_, program.a_matrix_.index_ = columns.indptr, columns.indices
    program.a_matrix_.value_ = columns.data
    return program


class CheapestExchange:
    """min Σ cost·|y| subject to M y = 0, caps, and one cell moved by a given amount; one program, re-used.

    Its unknowns are classes of cells that move together; the others of the model's cells stand still.
    """

    def __init__(self, model: UnionModel, free: np.ndarray, limits: Limits) -> None:
        """free: bool[n], cells that may move."""
        self.model, self.limits = model, limits
        self.columns = np.flatnonzero(free)
        self.classes = model.classes.among(free)
        self.place = np.full(len(model), -1)
        self.place[self.columns] = np.arange(len(self.columns))
        self.k = len(self.classes)
        self.counts = np.zeros(self.k, bool)  # classes that move by whole numbers
        whole = self.classes.of[model.integral[self.columns]]
        self.counts[whole[whole != FIXED]] = True
        self.upper = np.zeros(2 * self.k)
        self.price = np.zeros(len(self.columns))
        self.cost = np.zeros(2 * self.k)
        self.dear = np.zeros(self.k, bool)  # classes with a cell that costs more than the cheapest
        self.highs = highspy.Highs()
        for key, value in {**OPTIONS, "time_limit": limits.remaining()}.items():
            self.highs.setOptionValue(key, value)
        both = sparse.hstack([self.classes.matrix, -self.classes.matrix])
        self.highs.passModel(sums_kept(both, self.cost, np.zeros(2 * self.k), self.upper))

    def set_caps(self, up: np.ndarray, down: np.ndarray) -> None:
        """Bounds for all cells (float[n] each)."""
        low, high = self.classes.bounds(-down[self.columns], up[self.columns])
        upper = np.r_[high, -low]
        changed = np.flatnonzero(upper != self.upper).astype(np.int32)
        if len(changed):
            self.highs.changeColsBounds(len(changed), changed, np.zeros(len(changed)), upper[changed])
            self.upper = upper

    def set_cost(self, cells: np.ndarray, cost: np.ndarray) -> None:
        """New costs of some cells (per unit moved, either way)."""
        self.price[self.place[cells]] = cost
        price = self.classes.sums(self.price)
        above = self.classes.of[self.price > self.price.min(initial=np.inf) * (1 + 1e-9)]
        self.dear = np.isin(np.arange(self.k), above)
        changed = np.flatnonzero(price != self.cost[: self.k])
        columns = np.r_[changed, changed + self.k].astype(np.int32)
        self.cost[columns] = np.r_[price[changed], price[changed]]
        self.highs.changeColsCost(len(columns), columns, self.cost[columns])

    def solve(self, cell: int, sign: int, amount: float, whole: bool = False) -> tuple[np.ndarray, np.ndarray] | None:
        """Move `cell` by sign·amount: (support cells, amounts), or None if impossible. whole: in whole
        numbers only."""
        self.limits.check("exchange")
        at, up = int(self.classes.of[self.place[cell]]), sign * self.classes.sign[self.place[cell]] > 0
        if at == FIXED:
            return None
        if whole:
            return self._in_whole_numbers(cell, at, up, amount)
        forward, back = (at, at + self.k) if up else (at + self.k, at)
        if self.upper[forward] < amount * (1 - 1e-12):
            return None
        amount = min(amount, self.upper[forward])
        self.highs.changeColBounds(forward, amount, amount)
        self.highs.changeColBounds(back, 0.0, 0.0)
        self.highs.setBasis()
        self.highs.run()
        self.limits.solved(self.highs)
        status = self.highs.getModelStatus()
        if status == highspy.HighsModelStatus.kUnknown:  # coefficients far apart, as those of ratios are
            status = self._inside()
        found = None
        if status == highspy.HighsModelStatus.kOptimal:
            flow = np.asarray(self.highs.getSolution().col_value)
            found = self._moved(flow[: self.k] - flow[self.k :], amount)
        elif status != highspy.HighsModelStatus.kInfeasible:
            if status == highspy.HighsModelStatus.kTimeLimit:
                raise LimitError("too-little-time", seconds=round(self.limits.seconds), step="exchange")
            raise NotProtectable("solver-failed", status=str(status), cell=self.model.cell_name(cell))
        self.highs.changeColBounds(forward, 0.0, float(self.upper[forward]))
        self.highs.changeColBounds(back, 0.0, float(self.upper[back]))
        return found

    def _inside(self) -> highspy.HighsModelStatus:
        """The same by an interior point method, which ends in a vertex."""
        self.highs.clearSolver()
        self.highs.setOptionValue("solver", "ipm")
        self.highs.run()
        self.limits.solved(self.highs)
        self.highs.setOptionValue("solver", "simplex")
        return self.highs.getModelStatus()

    def _moved(self, movement: np.ndarray, amount: float) -> tuple[np.ndarray, np.ndarray]:
        """(support cells, amounts) by the movement of classes, without what is nothing but rounding."""
        y = self.classes.cells(movement)
        keep = np.flatnonzero(np.abs(y) > 1e-7 * amount)
        return self.columns[keep], y[keep]

    def _in_whole_numbers(self, cell: int, at: int, up: bool, amount: float) -> tuple[np.ndarray, np.ndarray] | None:
        """The same by branch and bound, on the component that holds the cell; a limit on nodes counts as
        impossible."""
        least = float(np.ceil(amount - 1e-9)) if self.model.integral[cell] else amount
        if self.upper[at if up else at + self.k] < least:
            return None
        near = self.classes.component == self.classes.component[self.place[cell]]
        part = np.unique(self.classes.of[near])
        most = float(self.model.value[self.columns[near]].max(initial=1.0))
        found = self._searched(part, at, up, least, FARTHEST * max(least, most))
        if found is None:
            return None
        movement = np.zeros(self.k)
        movement[part] = np.where(self.counts[part], np.rint(found), found)
        return self._moved(movement, least)

    def _searched(self, part: np.ndarray, at: int, up: bool, least: float, far: float) -> np.ndarray | None:
        """Amounts (float[len(part)]) that move the class `at` by `least` or more, and none by more than `far`. What
        costs no more than the cheapest cells costs nothing here, and nothing is asked to stay small: such a program is
        solved many times as quickly."""
        solver = highspy.Highs()
        settings: dict[str, Setting] = {"output_flag": False, "threads": 1, "parallel": "off", "random_seed": 0}
        settings |= {"mip_max_nodes": NODES, "mip_rel_gap": GAP}
        for key, value in {**settings, "time_limit": self.limits.remaining()}.items():
            solver.setOptionValue(key, value)
        counts, here = self.counts[part], int(np.searchsorted(part, at))
        rise, fall = np.minimum(self.upper[part], far), np.minimum(self.upper[part + self.k], far)
        lower, upper = -fall, rise
        if up:
            lower[here], upper[here] = least, max(least, rise[here])
        else:
            lower[here], upper[here] = -max(least, fall[here]), -least
        split, dear = self.dear[part], np.flatnonzero(self.dear[part])
        matrix = self.classes.matrix[:, part]
        matrix = matrix[np.diff(matrix.indptr) > 0]
        slacks = Slacks.among(matrix, ~counts & ~split)
        left, whole = slacks.left, np.r_[counts[slacks.left], counts[dear]]
        cost = np.r_[np.where(split, self.cost[part], 0.0)[left], self.cost[part[dear]]]
        ahead = np.where(split, np.maximum(lower, 0.0), lower), np.where(split, np.maximum(upper, 0.0), upper)
        ends = (
            np.r_[ahead[0][left], np.maximum(-upper[dear], 0.0)], np.r_[ahead[1][left], np.maximum(-lower[dear], 0.0)],
        )  # fmt: skip
        program = sums_kept(sparse.hstack([matrix[:, left], -matrix[:, dear]]), cost, *ends)
        program.row_lower_, program.row_upper_ = slacks.ends(matrix.shape[0], lower, upper)
        kinds = highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger
        program.integrality_ = [kinds[int(c)] for c in whole]
        if whole.any() and not whole.all():  # HiGHS may crash as it presolves a mixed program with far bounds
            solver.setOptionValue("presolve", "off")
        solver.passModel(program)
        solver.run()
        self.limits.solved(solver)
        if solver.getModelStatus() == highspy.HighsModelStatus.kTimeLimit:
            raise LimitError("too-little-time", seconds=round(self.limits.seconds), step="exchange")
        if solver.getInfo().primal_solution_status != 2:
            return None
        solution = np.asarray(solver.getSolution().col_value)
        found = slacks.filled(matrix, np.where(whole, np.rint(solution), solution)[: left.sum()])
        found[dear] -= solution[left.sum() :]
        return found
