"""The smallest sets of joint cells that sums and differences of the tables' cells make up.

The smallest set around a joint cell a₀ is a minimum cut, solved as a linear program over the coefficients y of the
tables' cells: min Σ w_a z_a, 0 ≤ z = B y ≤ 1, z_a₀ = 1 (B: which cell holds which joint cell). Smallest means

- of the fewest records, w = records;
- of the fewest contributors: w = records of others than the main owner, or than the four main ones;
- most sensitive by the p %-rule, w = x − (1 + p/100) x₁ − x₂, or by dominance, w = k/100 · x − x₁ − x₂.

Who the main owners of a set are is only known once it is found: the owners of one cut give the weights of the next,
until they stay; where there are few joint cells, every pair of owners is tried. The rules are subadditive (a union of
two sets that may be shown may be shown), so of a set that is found its smallest pieces are taken as well.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations

import highspy
import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from .limits import Setting
from .microdata import COUNT
from .parameters import default_parameters
from .tabulate import Tabulation

MAIN = 4  # owners: with so many and no others a set has fewer than the usual minimum of contributors
TURNS = 4
TRIED = 2_000  # programs for all pairs of owners in one component
LARGE = 500  # joint cells in a component, from which on one start must do
TOLERANCE = 1e-6


@dataclass(frozen=True)
class Holdings:
    """Of each joint cell: records, and for each value column its amount (float[atoms]); of each also by contributor
    (float[atoms, contributors])."""

    records: np.ndarray
    held: sparse.csr_matrix
    amounts: tuple[np.ndarray, ...]
    parts: tuple[sparse.csr_matrix, ...]

    @classmethod
    def of(cls, cells: Tabulation, atoms: np.ndarray, measures: Sequence[str], counts: bool = False) -> Holdings:
        """Read from a table; counts: they are values as well."""
        shape = (len(cells.key), int(cells.part_contributor.max(initial=0)) + 1)
        at = (cells.part_cell, cells.part_contributor)
        columns = [k for k, m in enumerate(measures) if counts or m != COUNT]
        return cls(
            cells.records[atoms].astype(float),
            sparse.csr_matrix((cells.part_records.astype(float), at), shape)[atoms],
            tuple(cells.amounts[atoms, k].astype(float) for k in columns),
            tuple(sparse.csr_matrix((cells.part_amounts[:, k].astype(float), at), shape)[atoms] for k in columns),
        )

    def owners(self, atoms: np.ndarray) -> np.ndarray:
        """The contributors that some joint cells have."""
        return np.unique(self.held[atoms].indices)

    def among(self, atoms: np.ndarray) -> Holdings:
        """Those of some joint cells, and of the contributors that they have."""
        who = self.owners(atoms)
        return Holdings(
            self.records[atoms], self.held[atoms][:, who].tocsr(), tuple(a[atoms] for a in self.amounts),
            tuple(p[atoms][:, who].tocsr() for p in self.parts),
        )  # fmt: skip

    def together(self, number: np.ndarray) -> Holdings:
        """With joint cells of the same number (int[atoms], −1: of none) as one."""
        there = np.flatnonzero(number >= 0)
        shape = (int(number.max(initial=-1)) + 1, len(number))
        add = sparse.csr_matrix((np.ones(len(there)), (number[there], there)), shape)
        return Holdings(
            add @ self.records, (add @ self.held).tocsr(), tuple(add @ a for a in self.amounts),
            tuple((add @ p).tocsr() for p in self.parts),
        )  # fmt: skip


@dataclass(frozen=True)
class _Rule:
    """w = share · amount − Σ weight_i · part of the i-th largest owner."""

    share: float
    weights: tuple[float, ...]
    amount: np.ndarray
    part: np.ndarray

    def owners(self, inside: np.ndarray) -> tuple[int, ...]:
        """The largest owners of a set, largest first."""
        total = self.part[inside].sum(axis=0)
        order = np.argsort(-total, kind="stable")[: len(self.weights)]
        return tuple(order[total[order] > 0].tolist())

    def weight(self, owners: Sequence[int]) -> np.ndarray:
        """float[atoms]: w for these owners."""
        found = self.share * self.amount
        for factor, owner in zip(self.weights, owners, strict=False):
            found = found - factor * self.part[:, owner]
        return found


def smallest_sets(matrix: sparse.csr_matrix, holdings: Holdings) -> list[np.ndarray]:
    """The smallest sets (sorted positions) around every joint cell, each once.

    `matrix`: which joint cell (row) lies in which shown cell (column).
    """
    n = matrix.shape[0]
    graph = sparse.bmat([[None, matrix], [matrix.T, None]])
    component = connected_components(graph, directed=False)[1][:n]
    order = np.argsort(component, kind="stable")
    found: dict[bytes, np.ndarray] = {}
    for atoms in np.split(order, np.flatnonzero(np.diff(component[order])) + 1):
        part = matrix[atoms]
        part = part[:, np.flatnonzero(np.diff(part.tocsc().indptr))].tocsc()
        for inside in _of_component(_Cut(part), holdings.among(atoms)):
            chosen = np.sort(atoms[inside])
            found.setdefault(chosen.tobytes(), chosen)
    return list(found.values())


def _of_component(cut: _Cut, holdings: Holdings) -> Iterator[np.ndarray]:
    records = holdings.records
    rules = _rules(holdings)
    pairs = list(permutations(range(holdings.held.shape[1]), 2))
    thorough = cut.n * len(pairs) * len(holdings.parts) <= TRIED
    split: set[bytes] = set()
    for at in range(cut.n):
        first = cut.around(at, records)
        if first is None:
            continue
        yield first
        if len(first) == 1:
            continue  # known by itself: every other set around it falls into it and a rest
        starts = (np.array([at]), first) if cut.n <= LARGE else (first,)
        for rule in rules:
            for inside in _turns(cut, at, rule, starts, records):
                yield inside
                yield from _pieces(cut, inside, records, split)
            if thorough and rule.share and len(rule.weights) == 2:
                for owners in pairs:
                    weight = rule.weight(owners)
                    worst = cut.around(at, weight)
                    if worst is not None and weight[worst].sum() < 0:
                        yield worst
                        yield from _pieces(cut, worst, records, split)


def _rules(holdings: Holdings) -> list[_Rule]:
    """What may make a set of joint cells sensitive."""
    usual = default_parameters()
    held = holdings.held.toarray()
    found = [_Rule(1.0, (1.0,) * n, holdings.records, held) for n in (1, MAIN)]
    for amount, part in zip(holdings.amounts, holdings.parts, strict=True):
        dense = part.toarray()
        found.append(_Rule(1.0, (1.0 + usual.p_percent / 100, 1.0), amount, dense))
        found.append(_Rule(usual.dominance_k / 100, (1.0,) * usual.dominance_n, amount, dense))
    return found


def _turns(cut: _Cut, at: int, rule: _Rule, starts: Sequence[np.ndarray], records) -> Iterator[np.ndarray]:
    """Cuts whose weights come from the owners of the last one, until they stay."""
    little = records / (1 + records.sum()) * (1e-6 * max(float(rule.amount.max(initial=0.0)), 1.0))
    tried: set[tuple[int, ...]] = set()
    for start in starts:
        inside = start
        for _ in range(TURNS):
            owners = rule.owners(inside)
            if owners in tried:
                break
            tried.add(owners)
            found = cut.around(at, rule.weight(owners) + little)
            if found is None:
                break
            inside = found
            yield inside


def _pieces(cut: _Cut, whole: np.ndarray, records: np.ndarray, split: set[bytes]) -> Iterator[np.ndarray]:
    """The sets of fewest records inside a set, around each of its joint cells."""
    if len(whole) > 2 and whole.tobytes() not in split:
        split.add(whole.tobytes())
        outside = np.ones(cut.n, bool)
        outside[whole] = False
        for at in whole:
            inside = cut.around(int(at), np.where(outside, 1.0 + records.sum(), records))
            if inside is not None and not outside[inside].any():
                yield inside


def spanned(matrix: sparse.csc_matrix, more: Mapping[str, Setting]) -> highspy.Highs:
    """A program without costs over 0 ≤ z = B y ≤ 1, z as its rows; `more`: settings besides the usual ones."""
    n, groups = matrix.shape
    highs = highspy.Highs()
    settings: dict[str, Setting] = {"output_flag": False, "presolve": "off", "threads": 1, "random_seed": 0, **more}
    for key, value in settings.items():
        highs.setOptionValue(key, value)
    program = highspy.HighsLp()
    program.num_col_, program.num_row_ = groups, n
    program.col_cost_ = np.zeros(groups)
    program.col_lower_, program.col_upper_ = np.full(groups, -float(n)), np.full(groups, float(n))
    program.row_lower_, program.row_upper_ = np.zeros(n), np.ones(n)
    program.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    program.a_matrix_.start_, program.a_matrix_.index_ = matrix.indptr, matrix.indices
    program.a_matrix_.value_ = matrix.data
    highs.passModel(program)
    return highs


class _Cut:
    """min w·z, 0 ≤ z = B y ≤ 1, one joint cell at 1; the program is re-used."""

    def __init__(self, matrix: sparse.csc_matrix) -> None:
        self.matrix = matrix
        self.n, groups = matrix.shape
        self.highs = spanned(matrix, {})
        self.columns = np.arange(groups, dtype=np.int32)

    def around(self, at: int, weight: np.ndarray) -> np.ndarray | None:
        """Joint cells of the lightest set around `at`; None if the tables make up none but by fractions."""
        self.highs.changeColsCost(len(self.columns), self.columns, self.matrix.T @ weight)
        self.highs.changeRowBounds(at, 1.0, 1.0)
        self.highs.setBasis()
        self.highs.run()
        solved = self.highs.getModelStatus() == highspy.HighsModelStatus.kOptimal
        z = np.asarray(self.highs.getSolution().row_value) if solved else np.zeros(self.n)
        self.highs.changeRowBounds(at, 0.0, 1.0)
        whole = np.rint(z)
        if not solved or np.abs(z - whole).max() > TOLERANCE:
            return None
        return np.flatnonzero(whole)
