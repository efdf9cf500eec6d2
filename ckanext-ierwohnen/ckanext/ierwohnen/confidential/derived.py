"""Which sums of hidden leaves that shown cells make up break a rule: a search that misses none.

Of the leaves (rows) and shown cells (columns) of a table, B says which holds which. Every z = B y with 0 ≤ z ≤ 1 is the
sum of some leaves that whoever reads the table can reckon out. A set breaks

- the p %-rule or dominance, if for its largest owners w·z < 0 with w = x − (1 + p/100) x₁ − x₂, or k/100 · x − x₁ − x₂:
  one linear program finds whether any set does. Who the other owners are is branched on, the bound being the largest of
  those that are left, leaf by leaf;
- the minimum of contributors, if its leaves have few owners among them: around each leaf only those that share its
  owners can be in it, and z is orthogonal to every null vector of Bᵀ: mostly a small matrix tells that there is none;
- the minimum of records, likewise.

Rules are subadditive: of a set that breaks one, a part that shown cells make up by itself breaks it too.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import highspy
import numpy as np
from scipy import sparse
from scipy.linalg import qr, solve_triangular
from scipy.sparse.linalg import splu
from threadpoolctl import ThreadpoolController

from .cuts import Holdings, spanned
from .errors import LimitError
from .limits import Limits
from .parameters import Parameters

Part = tuple[tuple[int, ...], tuple[int, ...]]  # leaves, and how many times each is added up

DENSE = 700  # leaves up to which all null vectors are reckoned
BEYOND = 12  # random null vectors more than leaves to be told apart
EXACT = 1e-7
WHOLE = 1e-6
LITTLE = 1e-11  # of a program's largest weight
PARTS = (1, 2, 3, 4, 6)  # a sum that is known by fractions of its leaves, in whole numbers
THREADS = ThreadpoolController()
PRIMAL, DUAL = 4, 1  # simplex strategies
WAYS: tuple[dict[str, str | int], ...] = (
    {}, {"simplex_strategy": PRIMAL}, {"simplex_strategy": DUAL}, {"solver": "ipm"},
)  # fmt: skip


@dataclass(frozen=True)
class Suspect:
    """Whether a sum of leaves may break a rule; consents are not asked. pools: contributors of declared coalitions."""

    holdings: Holdings
    rules: Parameters
    pools: tuple[tuple[int, ...], ...] = ()

    def __call__(self, part: tuple[Sequence[int], Sequence[float]]) -> bool:
        """Whether these leaves, so many times each, may."""
        h, rules = self.holdings, self.rules
        mine, times = list(part[0]), np.array(part[1], float)
        if h.records[mine].sum() < rules.minimum_records:
            return True
        if np.count_nonzero(self.owned[mine].any(axis=0)) < rules.minimum_contributors:
            return True
        for amount, parts in zip(h.amounts, self.parts, strict=True):
            total, by = float(times @ amount[mine]), times @ parts[mine]
            x = np.sort(by)[::-1]
            first, second = float(x[0]), float(x[1]) if len(x) > 1 else 0.0
            small = 1e-9 * max(total, 1.0)
            if total - first - second < rules.p_percent / 100 * first + small:
                return True
            if float(x[: rules.dominance_n].sum()) > rules.dominance_k / 100 * total - small:
                return True
            for pool in self.pools:
                left, other = total - by[list(pool)].sum(), float(np.delete(by, pool).max(initial=0.0))
                if left - other < rules.p_percent / 100 * other + small:
                    return True
        return False

    @cached_property
    def owned(self) -> np.ndarray:
        """bool[leaves, contributors]: who has records where."""
        return self.holdings.held.toarray() > 0

    @cached_property
    def parts(self) -> tuple[np.ndarray, ...]:
        """float[leaves, contributors] for each value column."""
        return tuple(p.toarray() for p in self.holdings.parts)


@dataclass(frozen=True)
class _Rule:
    """w = share · x − first · x₁ − Σ x_r (so many `others`), x₁ the largest."""

    share: float
    first: float
    others: int

    def weight(self, x: np.ndarray, part: np.ndarray, chosen: Sequence[int], left: Sequence[int]) -> np.ndarray:
        """float[leaves]: w, or less than it if not all owners are chosen; of those `left` the largest count."""
        more = self.others + 1 - len(chosen)
        top = part[:, list(left)]
        if more < top.shape[1]:
            top = np.partition(top, -more, axis=1)[:, -more:] if more else top[:, :0]
        second = part[:, list(chosen[1:])].sum(axis=1) + top.sum(axis=1)
        if more and self.share < 1:  # the largest has at least its share of what they have together
            return self.share * x - (self.first + self.others / 2) * part[:, chosen[0]] - second / 2
        return self.share * x - self.first * part[:, chosen[0]] - second


class _Span:
    """Linear programs over z = B y, 0 ≤ z ≤ 1, each started from where the last one ended."""

    def __init__(self, matrix: sparse.csc_matrix, limits: Limits) -> None:
        self.matrix, (self.n, groups), self.limits = matrix, matrix.shape, limits
        self.highs = spanned(matrix, {
            "simplex_strategy": PRIMAL, "dual_feasibility_tolerance": 1e-9, "primal_feasibility_tolerance": 1e-9,
            "time_limit": limits.remaining(),
        })  # fmt: skip
        self.columns, self.across = np.arange(groups, dtype=np.int32), matrix.T.tocsr()

    def lightest(self, weight: np.ndarray) -> np.ndarray | None:
        """float[n]: the z of least weight; None if none is below zero."""
        scaled = weight / max(float(np.abs(weight).max()), 1e-300)
        z = self._solved(scaled)
        return None if z is None or float(scaled @ z) > -LITTLE else z

    def around(self, at: int, inside: np.ndarray) -> np.ndarray | None:
        """float[n]: the smallest z with z_at = 1 among the leaves `inside` (bool[n]); None if there is none."""
        self.highs.changeRowBounds(at, 1.0, 1.0)
        z = self._solved(np.where(inside, 1.0 / self.n, 4.0))
        self.highs.changeRowBounds(at, 0.0, 1.0)
        return None if z is None or z[~inside].max(initial=0.0) > WHOLE else z

    def _solved(self, weight: np.ndarray) -> np.ndarray | None:
        self.limits.check("sums")
        self.highs.changeColsCost(len(self.columns), self.columns, self.across @ weight)
        for way in WAYS:
            if way:  # a stale basis can mislead, and so can the primal simplex: once more from nothing
                self.highs.clearSolver()
                status = self._run(way)
            else:
                self.highs.run()
                status = self.highs.getModelStatus()
            if status == highspy.HighsModelStatus.kTimeLimit:
                raise LimitError("too-little-time", seconds=round(self.limits.seconds), step="sums")
            if status == highspy.HighsModelStatus.kOptimal:
                z = np.asarray(self.highs.getSolution().row_value)
                return np.where(np.abs(z - np.rint(z)) < WHOLE, np.rint(z), z)
        if status == highspy.HighsModelStatus.kInfeasible:
            return None
        raise LimitError("sums-unsolved", status=str(status).rpartition(".")[2], leaves=self.n)

    def _run(self, way: Mapping[str, str | int]) -> highspy.HighsModelStatus:
        """The status after running by other settings, which hold this once."""
        usual = {key: self.highs.getOptionValue(key)[1] for key in way}
        for key, value in way.items():
            self.highs.setOptionValue(key, value)
        self.highs.run()
        status = self.highs.getModelStatus()
        for key, before in usual.items():
            self.highs.setOptionValue(key, before)
        return status


@dataclass
class Search:
    """The sums of one block of leaves and shown cells that break a rule.

    matrix: csc[leaves, shown cells]; have: (leaves, times) → whether a cell of its own stands for it already.
    """

    matrix: sparse.csc_matrix
    suspect: Suspect
    have: Callable[[Part], bool]
    limits: Limits = field(default_factory=Limits)
    found: dict[Part, None] = field(default_factory=dict)
    old: set[tuple[int, ...]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.n = self.matrix.shape[0]
        self.holdings, self.rules, self.pools = self.suspect.holdings, self.suspect.rules, self.suspect.pools
        self.span = _Span(self.matrix, self.limits)
        self.owned = self.suspect.owned
        self.owners = self.owned.sum(axis=1)

    def run(self) -> list[Part]:
        """New ones; empty if and only if there are none."""
        with THREADS.limit(limits=1, user_api="blas"):  # many small matrices: more threads would only wait
            self._concentrated()
            self._shared()
            self._small()
        return sorted(self.found)

    def _take(self, z: np.ndarray) -> bool:
        """Keep the parts of z that break a rule; whether one of them is new."""
        new = False
        for part in self._parts(z):
            if self.suspect(part):
                if self.have(part):
                    self.old.add(part[0])
                else:
                    self.found[part], new = None, True
        return new

    def _broken(self, z: np.ndarray) -> bool:
        """Whether z as a whole breaks a rule, so that a part of it does."""
        at = np.flatnonzero(z)
        return self.suspect((tuple(at.tolist()), tuple(z[at].tolist())))

    def _parts(self, z: np.ndarray) -> Iterator[Part]:
        """z as sums that have no part of their own, where it is whole."""
        left = np.rint(z)
        if np.abs(z - left).max() > WHOLE:
            for times in PARTS:
                if np.abs(times * z - np.rint(times * z)).max() < times * WHOLE:
                    at = np.flatnonzero(np.rint(times * z))
                    yield tuple(at.tolist()), tuple(np.rint(times * z)[at].astype(int).tolist())
                    return
            return
        rest = left > 0
        while rest.any():
            piece = self.span.around(int(np.argmax(rest)), rest) if rest.sum() > 2 else rest
            some = rest if piece is None or np.abs(piece - np.rint(piece)).max() > WHOLE else np.rint(piece) > 0
            at = np.flatnonzero(some)
            yield tuple(at.tolist()), (1,) * len(at)
            rest = rest & ~some

    # the p %-rule and dominance

    def _concentrated(self) -> None:
        p, k, n = self.rules.p_percent / 100, self.rules.dominance_k / 100, self.rules.dominance_n
        near, dominated = _Rule(1.0, 1.0 + p, 1), _Rule(k, 1.0, n - 1)
        implied = n > 1 and p <= 1 - k  # X − x₁ − x₂ < p · x₁ ≤ (1 − k) · X: what breaks the p %-rule is dominated
        for amount, dense in zip(self.holdings.amounts, self.suspect.parts, strict=True):
            owners = range(dense.shape[1])
            for rule in (dominated,) if implied else (near, dominated):
                for owner in owners:
                    self._branch(rule, amount, dense, [owner], [i for i in owners if i != owner])
            for pool in self.pools:  # who pool what they know, subtract what they have together
                together = np.column_stack([dense, dense[:, list(pool)].sum(axis=1)])
                for owner in (i for i in owners if i not in pool):
                    self._branch(near, amount, together, [owner, len(owners)], [])

    def _branch(self, rule: _Rule, x, part, chosen: list[int], left: list[int]) -> None:
        """Sets in which `chosen` are the largest owners, the first the largest of all, and the rest among `left`."""
        ends = len(chosen) > rule.others or not left
        weight = rule.weight(x, part, chosen, [] if ends else left)
        z = self.span.lightest(weight) if np.any(weight < 0) else None
        if z is None or ((ends or self._broken(z)) and self._take(z)):
            return
        if ends:
            self._beside(weight, z)
            return
        held = z @ part[:, left]
        most = left[int(np.argmax(held if held.any() else part[:, left].sum(axis=0)))]
        rest = [i for i in left if i != most]
        self._branch(rule, x, part, [*chosen, most], rest)
        self._branch(rule, x, part, chosen, rest)

    def _beside(self, weight: np.ndarray, z: np.ndarray) -> None:
        """Where sums come out that have a cell already: those that lack one leaf of them."""
        high = float(np.abs(weight).sum()) + 1.0
        for at in sorted({a for leaves, _ in self._parts(z) if (leaves in self.old) for a in leaves}):
            again = weight.copy()
            again[at] = high
            other = self.span.lightest(again)
            if other is not None:
                self._take(other)

    # few contributors

    def _shared(self) -> None:
        """Around each leaf with few owners, as many as any other of its set or more."""
        most = self.rules.minimum_contributors - 1
        if most < 1:
            return
        low = max(most // 2, 1)
        few = self._reachable(self.owners <= low)
        groups: dict[tuple[int, ...], list[int]] = {}
        for at in np.flatnonzero(self.owners <= most):
            if self.owners[at] > low or few[at]:
                groups.setdefault(tuple(np.flatnonzero(self.owned[at]).tolist()), []).append(int(at))
        for owners, leaves in sorted(groups.items()):
            inside = (few if len(owners) <= low else self.owners <= most) & (self.owners <= len(owners))
            self._around(leaves, owners, inside, most)

    def _around(self, leaves: Collection[int], owners: Sequence[int], inside: np.ndarray, most: int) -> None:
        """Sets that hold one of the leaves, and otherwise leaves `inside` that share owners with it."""
        beyond = np.ones(self.owned.shape[1], bool)
        beyond[list(owners)] = False
        near = np.flatnonzero(inside & (self.owned[:, beyond].sum(axis=1) + len(owners) <= most))
        for at in self._dependent(leaves, near):
            mask = np.zeros(self.n, bool)
            mask[near] = mask[at] = True
            z = self.span.around(at, mask)
            if z is None or self._take(z):
                continue
            for other in np.flatnonzero(z) if tuple(np.flatnonzero(z).tolist()) in self.old else ():
                less = mask.copy()
                less[other] = False
                beside = self.span.around(at, less) if other != at else None
                if beside is not None:
                    self._take(beside)
            more = np.flatnonzero(beyond & self.owned[near].any(axis=0)) if len(owners) < most else ()
            for owner in more:
                self._around([at], [*owners, int(owner)], mask, most)

    def _dependent(self, leaves: Collection[int], near: np.ndarray) -> list[int]:
        """Those of the leaves that a sum of leaves `near`, themselves among them, may hold.

        Σ zᵢ nᵢ = 0 for such a sum, nᵢ the leaf's entries in the null vectors: one triangle tells it of all leaves.
        """
        if not len(near):
            return []
        self.limits.check("sums")
        triangle, order = qr(self._null(len(near))[near].T, mode="r", pivoting=True, check_finite=False)
        size = np.abs(np.diag(triangle))
        rank = int(np.count_nonzero(size > EXACT * size.max(initial=1.0)))
        if rank == len(near):
            return []
        made = solve_triangular(triangle[:rank, :rank], triangle[:rank, rank:], check_finite=False)
        held = np.ones(len(near), bool)
        held[:rank] = np.abs(made).max(axis=1, initial=0.0) > EXACT
        return sorted(set(leaves) & set(near[order[held]].tolist()))

    def _null(self, leaves: int) -> np.ndarray:
        """float[n, k]: null vectors of Bᵀ, all of them or so many that they tell the leaves apart."""
        if self.n <= DENSE:
            return self._all_null
        while self._some_null.shape[1] < leaves + BEYOND:
            self._some_null = np.concatenate([self._some_null, self._drawn(max(leaves + BEYOND, 200))], axis=1)
        return self._some_null[:, : leaves + BEYOND]

    @cached_property
    def _all_null(self) -> np.ndarray:
        q, r, _ = qr(self.matrix.toarray(), pivoting=True)
        size = np.abs(np.diag(r))
        return np.asarray(q)[:, int(np.count_nonzero(size > 1e-9 * max(float(size.max(initial=0.0)), 1.0))) :]

    @cached_property
    def _some_null(self) -> np.ndarray:
        return np.empty((self.n, 0))

    @cached_property
    def _factor(self):
        groups = self.matrix.shape[1]
        blocks = [[sparse.identity(self.n), self.matrix], [self.matrix.T, -1e-9 * sparse.identity(groups)]]
        return splu(sparse.bmat(blocks).tocsc())

    def _drawn(self, number: int) -> np.ndarray:
        """Random vectors less what B makes up of them; the same on each run."""
        draw = np.random.default_rng(self._some_null.shape[1]).standard_normal((self.n, number))
        for _ in range(2):
            draw = self._factor.solve(np.concatenate([draw, np.zeros((self.matrix.shape[1], number))]))[: self.n]
        return draw

    def _reachable(self, inside: np.ndarray) -> np.ndarray:
        """bool[n]: which of the leaves `inside` are in any sum of such leaves alone."""
        found = np.zeros(self.n, bool)
        while inside.any():
            z = self.span.lightest(np.where(inside & ~found, -1.0, np.where(inside, 0.0, 2.0 * self.n)))
            if z is None or not np.any((z > WHOLE) & ~found):
                break
            found |= z > WHOLE
        return found

    # few records

    def _small(self) -> None:
        least = self.rules.minimum_records
        if least <= self.rules.minimum_contributors:
            return  # who are fewer than so many contributors, are found already
        small = self._reachable(self.holdings.records < least)
        for at in np.flatnonzero(small):
            z = self.span.around(int(at), small)
            if z is not None:
                self._take(z)
