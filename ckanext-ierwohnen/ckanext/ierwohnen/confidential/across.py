"""Sums of hidden cells that follow from several deliveries together: a district less its quarters in one release, less
the same in another, is what those who stand in the first only have in the quarters that are hidden.

Deliveries are made up of portions: contributors who stand in the same releases, and of those what several deliveries of
one day have in common (`portions.py`). So a shown cell of any delivery is a sum of the portions' leaves, and the search
of `sums.py` goes over all deliveries at once.

Of stock that changed such a sum follows but for the change. So it is searched once more with what contributors
delivered at one time in place of what they delivered at others. What is found so need not be known exactly: the model
knows what changed as unknowns, to which the rules do not apply, and the audit asks how closely that leaves it known.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
from scipy import sparse

from .gather import Rows
from .sums import Ground, sets_of
from .tabulate import Dimension, Table, Tabulation

Key = tuple[str, int, frozenset[str], str]  # source, delivery, columns, measure: what there is one ground of


@dataclass(frozen=True)
class Line:
    """A delivery's table, and those of the portions that add up to it."""

    whole: Rows
    portions: tuple[Rows, ...]


@dataclass(frozen=True)
class Lines:
    """Deliveries by the same columns and one measure (`table`)."""

    table: Table
    lines: tuple[Line, ...]

    def grounded(
        self, grounds: Mapping[Key, Ground], cell: np.ndarray, contributors: Sequence[str], steps: Mapping[str, float]
    ) -> Across | None:
        """The leaves of all; None where less than two of the deliveries have a ground. cell: the variable of each
        gathered place."""
        shape, (measure,) = frozenset(d.column for d in self.table.dimensions), self.table.measures
        step = steps[measure]
        keys = [(line.whole.source, id(line.whole.data), shape, measure) for line in self.lines]
        there = {key: line for key, line in zip(keys, self.lines, strict=True) if key in grounds}
        if len(there) < 2:
            return None
        rows = list({id(row): row for line in there.values() for row in line.portions}.values())
        made = [_leaves(row, self.table, cell, contributors, step) for row in rows]
        every, ends = _Leaves.joined(made), np.cumsum([len(leaves.cell) for leaves in made])
        _, first, number = np.unique(every.cell, return_index=True, return_inverse=True)
        numbers = np.split(number.ravel(), ends[:-1])
        leaves = {id(row): (its.key, mine) for row, its, mine in zip(rows, made, numbers, strict=True)}
        made_of = [
            _under(grounds[key], self.table, [leaves[id(row)] for row in line.portions], len(first))
            for key, line in there.items()
        ]  # fmt: skip
        under, gone = zip(*made_of, strict=True)
        who, wholes = np.arange(len(contributors)), tuple(grounds[key] for key in there)
        return Across(self.table, every.tabulation(first), 0, every.cell[first], who, step, wholes, under,
                      np.unique(np.concatenate(gone)))  # fmt: skip


@dataclass(frozen=True)
class Across(Ground):
    """One measure of several deliveries; the rows of `cells` are leaves of their portions. wholes: the deliveries;
    under: csr[rows of the delivery, rows], of which leaves each of its own leaves is made; gone: int[·], rows in whose
    place one of their deliveries has nothing, which it tells."""

    wholes: tuple[Ground, ...]
    under: tuple[sparse.csr_matrix, ...]
    gone: np.ndarray

    def moved(self, place: np.ndarray, seat: np.ndarray) -> Across:
        """With variables and contributors in another order."""
        wholes = tuple(whole.moved(place, seat) for whole in self.wholes)
        return replace(self, cell=place[self.cell], who=seat[self.who], wholes=wholes)

    def leaves(self, shown: np.ndarray) -> np.ndarray:
        """int[leaves]: rows of the leaves that are not shown, in the model's order."""
        rows = np.flatnonzero(~shown[self.cell])
        return rows[np.argsort(self.cell[rows], kind="stable")]

    def shown_sums(self, leaves: np.ndarray, shown: np.ndarray) -> list[tuple[int, ...]]:
        """Which of the leaves each shown cell holds, beyond shown leaves of its delivery, each set once, in order.

        Where no delivery shows more than single leaves, they tell what a table of the shares tells: `shares.py`.
        """
        found: list[tuple[np.ndarray, np.ndarray]] = []
        near = np.zeros(0, np.int64)
        for whole, under in zip(self.wholes, self.under, strict=True):
            hidden = whole.leaves(shown)
            sets = whole.shown_sums(hidden, shown) if len(hidden) else []
            if sets:
                of = np.repeat(np.arange(len(sets)), [len(s) for s in sets])
                chosen = (np.ones(len(of)), (of, hidden[np.concatenate([np.array(s) for s in sets])]))
                made = (sparse.csr_matrix(chosen, (len(sets), under.shape[0])) @ under).tocoo()
                found.append((made.row, made.col))
                near = np.union1d(near, self.cells.key[made.col])
        for whole, under in zip(self.wholes, self.under, strict=True):
            each = under.tocoo()
            beside = shown[whole.cell[each.row]] & np.isin(self.cells.key[each.col], near)
            found.append((each.row[beside], each.col[beside]))
        gone = self.gone[np.isin(self.cells.key[self.gone], near)]
        found.append((gone, gone))
        number = np.full(len(self.cell), -1)
        number[leaves] = np.arange(len(leaves))
        return sorted({one for row, col in found for one in _hidden(row, number[col])})


@dataclass(frozen=True)
class _Leaves:
    """Leaves of portions: variable, key and codes of the place, records, amount; by contributor the leaf, who it is,
    records, amount."""

    cell: np.ndarray
    key: np.ndarray
    codes: np.ndarray
    records: np.ndarray
    amount: np.ndarray
    leaf: np.ndarray
    who: np.ndarray
    held: np.ndarray
    part: np.ndarray

    @classmethod
    def joined(cls, some: Sequence[_Leaves]) -> _Leaves:
        """All of them, one after another."""
        start = np.cumsum([0, *(len(leaves.cell) for leaves in some)])
        moved = [replace(leaves, leaf=leaves.leaf + n) for leaves, n in zip(some, start, strict=False)]
        return cls(**{f.name: np.concatenate([getattr(leaves, f.name) for leaves in moved]) for f in fields(cls)})

    def tabulation(self, rows: np.ndarray) -> Tabulation:
        """Some of the leaves, each one variable."""
        number = np.full(len(self.cell), -1)
        number[rows] = np.arange(len(rows))
        mine = number[self.leaf] >= 0
        none = np.zeros((len(rows), 1, 2), np.uint64)
        return Tabulation(
            self.codes[rows], self.key[rows], self.records[rows], self.amount[rows][:, None], none,
            np.zeros(len(rows), bool), number[self.leaf[mine]], self.who[mine], self.held[mine],
            self.part[mine][:, None], np.zeros((int(mine.sum()), 1), np.uint64), np.empty((0, 3), np.int64),
        )  # fmt: skip


def _leaves(row: Rows, table: Table, cell: np.ndarray, contributors: Sequence[str], step: float) -> _Leaves:
    (measure,) = table.measures
    k, cells = row.table.measures.index(measure), row.cells
    key, at = keys_in(row.table, cells, table.dimensions)
    codes = codes_in(row.table, cells, table.dimensions)[at]
    leaf = np.logical_and.reduce([d.hierarchy.is_leaf[codes[:, i]] for i, d in enumerate(table.dimensions)])
    key, at, codes = key[leaf], at[leaf], codes[leaf]
    number = np.full(len(cells.key), -1)
    number[at] = np.arange(len(at))
    mine = number[cells.part_cell] >= 0
    who = np.array([contributors.index(c) for c in row.data.contributors])
    ratio = round(row.data.step[measure] / step)
    return _Leaves(
        cell[row.index[at, k]], key, codes, cells.records[at], cells.amounts[at, k] * ratio,
        number[cells.part_cell[mine]], who[cells.part_contributor[mine]], cells.part_records[mine],
        cells.part_amounts[mine, k] * ratio,
    )  # fmt: skip


def _under(
    whole: Ground, table: Table, portions: Sequence[tuple[np.ndarray, np.ndarray]], size: int
) -> tuple[sparse.csr_matrix, np.ndarray]:
    """(csr[rows of the whole, leaves]: of which leaves of portions (their keys and numbers) each leaf of it is made;
    the leaves in whose place it has none)."""
    keys, at = keys_in(whole.table, whole.cells, table.dimensions)
    key, number = (np.concatenate(x) for x in zip(*portions, strict=True))
    row = np.searchsorted(keys, key).clip(max=len(keys) - 1)
    there = keys[row] == key
    made = sparse.csr_matrix((np.ones(there.sum()), (at[row[there]], number[there])), (len(whole.cell), size))
    return made, number[~there]


def _hidden(row: np.ndarray, leaf: np.ndarray) -> set[tuple[int, ...]]:
    """The leaves of each row, but for those that are shown (−1)."""
    return sets_of(row[leaf >= 0], leaf[leaf >= 0])


def codes_in(table: Table, cells: Tabulation, dims: Sequence[Dimension]) -> np.ndarray:
    """int[cells, dimensions]: categories in these dimensions."""
    columns = [d.column for d in table.dimensions]
    return np.stack([cells.codes[:, columns.index(d.column)] for d in dims], 1)


def keys_in(table: Table, cells: Tabulation, dims: Sequence[Dimension]) -> tuple[np.ndarray, np.ndarray]:
    """(keys in these dimensions, ascending; which cells these are): of those that are at the total of all others."""
    names = {d.column for d in dims}
    totals = [cells.codes[:, i] == 0 for i, d in enumerate(table.dimensions) if d.column not in names]
    at = np.flatnonzero(np.logical_and.reduce([np.full(len(cells.key), True), *totals]))
    key = np.zeros(len(at), np.int64)
    for d, codes in zip(dims, codes_in(table, cells, dims)[at].T, strict=True):
        key = key * len(d.hierarchy.codes) + codes
    order = np.argsort(key, kind="stable")
    return key[order], at[order]
