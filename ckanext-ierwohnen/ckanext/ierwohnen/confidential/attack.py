"""The attacker's linear program: what the unknown cells may be, given everything that is known.

Works on differences d from the true values, so that d = 0 is always feasible: M d = 0 over the unknown cells,
with bounds. Cells that no chain of equations connects fall into components; one program holds them all, and
one solution serves every component.
"""

from __future__ import annotations

from dataclasses import dataclass

import highspy
import numpy as np
from scipy import sparse

from .classes import FIXED, Classes
from .errors import LimitError, NotProtectable
from .limits import Limits, Setting
from .model import UnionModel
from .slacks import Slacks

SETTINGS: dict[str, Setting] = {
    "output_flag": False,
    "presolve": "off",
    "threads": 1,
    "parallel": "off",
    "random_seed": 0,
}
PRIMAL = 4
LONGEST = 500  # steps of the simplex method, and a tenth of the cells
UNLIMITED = 2**31 - 1
NODES = 2_000
LARGE = 6_000  # unknown cells; below, a program over everything is as quick as one among the nearest
FARTHER = 1e5  # one unit farther is worth so much movement
OPTIMAL = highspy.HighsModelStatus.kOptimal


@dataclass(frozen=True)
class Space:
    """The unknown cells (int[k], positions in the model) and how they move together."""

    cells: np.ndarray
    classes: Classes

    @classmethod
    def of(cls, model: UnionModel, unknown: np.ndarray) -> Space:
        """Restrict the model's equations to the unknown cells (bool[n])."""
        return cls(np.flatnonzero(unknown), model.classes.among(unknown))

    @property
    def component(self) -> np.ndarray:
        """int[k]: of each unknown cell, which equations chain it to others."""
        return self.classes.component

    @property
    def large(self) -> bool:
        """Whether the simplex method takes long to the first vertex of a program over everything."""
        return len(self.cells) > LARGE


def balanced(matrix: sparse.spmatrix, cost: np.ndarray, lower: np.ndarray, upper: np.ndarray) -> highspy.HighsLp:
    """min cost·d, matrix·d = 0, lower ≤ d ≤ upper, as HiGHS takes it. The suppression writes its own: the audit shares
    nothing with it but the model."""
    columns = matrix.tocsc()
    program = highspy.HighsLp()
    program.num_row_, program.num_col_ = columns.shape
    program.col_cost_, program.col_lower_, program.col_upper_ = cost, lower, upper
    program.row_lower_ = program.row_upper_ = np.zeros(columns.shape[0])
    program.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    program.a_matrix_.start_, program.a_matrix_.index_ = columns.indptr, columns.indices
    program.a_matrix_.value_ = columns.data
    return program


class Program:
    """One HiGHS model over a space, started anew from the last basis for each question."""

    def __init__(
        self, space: Space, lower: np.ndarray, upper: np.ndarray, limits: Limits, roof: float, counts: np.ndarray
    ) -> None:
        """lower, upper: float[k], bounds of d; infinite ones are replaced by ±roof. counts: bool[k], whole numbers."""
        self.space, self.limits, self.roof, self.counts = space, limits, roof, counts
        self.lower, self.upper = np.maximum(lower, -roof), np.minimum(upper, roof)
        self.ends = space.classes.bounds(self.lower, self.upper)
        self.k = len(space.cells)
        self.highs = highspy.Highs()
        for key, value in {**SETTINGS, "simplex_strategy": PRIMAL, "time_limit": limits.remaining()}.items():
            self.highs.setOptionValue(key, value)
        self.longest = LONGEST + self.k // 10
        self.highs.setOptionValue("simplex_iteration_limit", self.longest)
        self.highs.passModel(balanced(space.classes.matrix, np.zeros(len(space.classes)), *self.ends))
        self.active = np.empty(0, np.int32)

    def bound(self, lower: np.ndarray, upper: np.ndarray) -> None:
        """Other bounds of d for the same unknown cells (a contributor knows more)."""
        self.lower, self.upper = np.maximum(lower, -self.roof), np.minimum(upper, self.roof)
        before, self.ends = self.ends, self.space.classes.bounds(self.lower, self.upper)
        changed = np.flatnonzero((before[0] != self.ends[0]) | (before[1] != self.ends[1])).astype(np.int32)
        if len(changed):
            self.highs.changeColsBounds(len(changed), changed, *(end[changed] for end in self.ends))

    def extreme(self, at: np.ndarray, sign: int) -> np.ndarray:
        """float[k]: a solution that pushes the cells `at` (at most one a component) as far as they go, up or
        down."""
        self.limits.check("audit")
        if len(self.active):
            self.highs.changeColsCost(len(self.active), self.active, np.zeros(len(self.active)))
        classes = self.space.classes
        at = at[classes.of[at] != FIXED]
        if not len(at):
            return np.zeros(self.k)
        self.active = classes.of[at].astype(np.int32)
        self.highs.changeColsCost(len(at), self.active, -sign * classes.sign[at])
        self.highs.run()
        self.limits.solved(self.highs)
        status = self.highs.getModelStatus()
        if status == highspy.HighsModelStatus.kIterationLimit:
            status = self._inside()
        if status != OPTIMAL:  # a stale basis can mislead; once more from nothing
            self.highs.clearSolver()
            self.highs.setOptionValue("simplex_iteration_limit", UNLIMITED)
            self.highs.run()
            self.limits.solved(self.highs)
            status = self.highs.getModelStatus()
            self.highs.setOptionValue("simplex_iteration_limit", self.longest)
        if status == highspy.HighsModelStatus.kUnknown:  # coefficients far apart, as those of ratios are
            status = self._inside()
        if status == highspy.HighsModelStatus.kTimeLimit:
            raise LimitError("too-little-time", seconds=round(self.limits.seconds), step="audit")
        if status != OPTIMAL:
            raise NotProtectable("solver-failed", status=str(status), cell=f"#{self.space.cells[at[0]]}")
        return classes.cells(np.asarray(self.highs.getSolution().col_value))

    def _inside(self) -> highspy.HighsModelStatus:
        """The same by an interior point method, which many equal steps of the simplex method do not hold up. It ends
        in a vertex, where the next question begins."""
        self.highs.clearSolver()
        self.highs.setOptionValue("solver", "ipm")
        self.highs.run()
        self.limits.solved(self.highs)
        self.highs.setOptionValue("solver", "simplex")
        return self.highs.getModelStatus()

    def whole(self, at: int, sign: int, enough: float | None = None) -> float:
        """The extreme of one cell where counts are whole-numbered; a limit on nodes makes it cautious (0 is
        proven). enough: what reaches so far will do."""
        d = self.whole_move(at, sign, enough)
        return 0.0 if d is None else float(d[at])

    def whole_move(
        self, at: int, sign: int, enough: float | None = None, among: np.ndarray | None = None
    ) -> np.ndarray | None:
        """float[k]: a solution in which it is reached, and nothing moves outside of the cell's component; None if none
        is found. among: int[·], ascending, classes that may move."""
        return self._whole(at, sign, enough, among)[0]

    def at_most(self, at: int, sign: int) -> float:
        """How far one cell goes at most where counts are whole-numbered: what a limit on nodes leaves open counts as
        reached."""
        return self._whole(at, sign)[1]

    def _whole(
        self, at: int, sign: int, enough: float | None = None, among: np.ndarray | None = None
    ) -> tuple[np.ndarray | None, float]:
        """(a solution if one is found, how far the cell goes at most)."""
        self.limits.check("audit")
        classes, at_class = self.space.classes, int(self.space.classes.of[at])
        if at_class == FIXED:
            return np.zeros(self.k), 0.0
        near = self.space.component == self.space.component[at]
        part = np.unique(classes.of[near]) if among is None else among
        rows = classes.matrix[:, part]
        rows = rows[np.diff(rows.indptr) > 0]
        solver = highspy.Highs()
        for key, value in {
            **SETTINGS,
            "presolve": "on",
            "mip_max_nodes": NODES,
            "time_limit": self.limits.remaining(),
        }.items():
            solver.setOptionValue(key, value)
        if enough is not None:
            solver.setOptionValue("objective_target", -enough)
        cost = np.zeros(len(part))
        cost[np.searchsorted(part, at_class)] = -sign * classes.sign[at]
        lower, upper = self.ends[0][part], self.ends[1][part]
        counts = np.isin(part, classes.of[self.counts & (near if among is None else classes.of != FIXED)])
        slacks = Slacks.among(rows, ~counts & (cost == 0))
        left, whole = slacks.left, counts[slacks.left]
        program = balanced(rows[:, left], cost[left], lower[left], upper[left])
        program.row_lower_, program.row_upper_ = slacks.ends(rows.shape[0], lower, upper)
        kinds = highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger
        program.integrality_ = [kinds[int(c)] for c in whole]
        if not whole.all():  # HiGHS may crash as it presolves a mixed program with far bounds
            solver.setOptionValue("presolve", "off")
        solver.passModel(program)
        solver.run()
        self.limits.solved(solver)
        info = solver.getInfo()
        if solver.getModelStatus() == highspy.HighsModelStatus.kTimeLimit:
            raise LimitError("too-little-time", seconds=round(self.limits.seconds), step="audit")
        if info.primal_solution_status != 2:
            return None, -info.mip_dual_bound
        found = np.asarray(solver.getSolution().col_value)
        moved = np.zeros(len(classes))
        moved[part] = slacks.filled(rows, np.where(whole, np.rint(found), found))
        d = classes.cells(moved)
        return d, float(sign * d[at]) if solver.getModelStatus() == OPTIMAL else -info.mip_dual_bound


class Mover:
    """Sparse exchanges: the least total movement that moves one cell by a given amount. `part`: int[·], ascending, the
    classes that may move, all by default."""

    def __init__(self, space: Space, limits: Limits, part: np.ndarray | None = None) -> None:
        self.space, self.limits = space, limits
        self.part = np.arange(len(space.classes)) if part is None else part
        self.k = len(self.part)
        matrix = space.classes.matrix
        if part is not None:
            matrix = matrix[:, part]
            matrix = matrix[np.diff(matrix.indptr) > 0]
        self.cost = space.classes.sums(np.ones(len(space.cells)))[self.part]
        self.upper = np.zeros(2 * self.k)
        self.impossible = False
        self.highs = highspy.Highs()
        for key, value in {**SETTINGS, "time_limit": limits.remaining()}.items():
            self.highs.setOptionValue(key, value)
        both = sparse.hstack([matrix, -matrix])
        self.highs.passModel(balanced(both, np.r_[self.cost, self.cost], np.zeros(2 * self.k), self.upper))

    def bound(self, low: np.ndarray, high: np.ndarray) -> None:
        """Bounds of d (float[classes] each, low ≤ 0 ≤ high)."""
        cap = np.r_[high[self.part], -low[self.part]]
        changed = np.flatnonzero(cap != self.upper).astype(np.int32)
        if len(changed):
            self.highs.changeColsBounds(len(changed), changed, np.zeros(len(changed)), cap[changed])
            self.upper = cap

    def move(
        self, at: np.ndarray, sign: np.ndarray, amount: np.ndarray, *, less: bool = False
    ) -> np.ndarray | None:
        """d (float[cells]) that moves the cells `at`, at most one a component, by sign·amount; None if there is
        none, or none was found (`impossible`: whether that is proven). less: or not so far, but as far as `FARTHER`
        allows."""
        self.limits.check("audit")
        self.impossible = True
        classes = self.space.classes
        of, up = classes.of[at], sign * classes.sign[at] > 0
        if (of == FIXED).any():
            return None
        of = np.searchsorted(self.part, of)
        forward = np.where(up, of, of + self.k).astype(np.int32)
        back = np.where(up, of + self.k, of).astype(np.int32)
        if less:
            amount = np.minimum(amount, self.upper[forward])
            self.highs.changeColsCost(len(at), forward, np.full(len(at), -FARTHER))
        elif (self.upper[forward] < amount * (1 - 1e-9)).any():  # another cell that moves with it cannot go so far
            return None
        zeros = np.zeros(len(at))
        self.highs.changeColsBounds(len(at), forward, zeros if less else amount, amount)
        self.highs.changeColsBounds(len(at), back, zeros, zeros)
        self.highs.setBasis()
        self.highs.run()
        self.limits.solved(self.highs)
        status = self.highs.getModelStatus()
        self.impossible = status == highspy.HighsModelStatus.kInfeasible
        found = None
        if status == OPTIMAL:
            flow = np.asarray(self.highs.getSolution().col_value)
            movement = np.zeros(len(classes))
            movement[self.part] = flow[: self.k] - flow[self.k :]
            found = classes.cells(movement)
        elif status == highspy.HighsModelStatus.kTimeLimit:
            raise LimitError("too-little-time", seconds=round(self.limits.seconds), step="audit")
        self.highs.changeColsBounds(len(at), forward, zeros, self.upper[forward])
        self.highs.changeColsBounds(len(at), back, zeros, self.upper[back])
        if less:
            self.highs.changeColsCost(len(at), forward, np.r_[self.cost, self.cost][forward])
        return found
