"""Cells in which tables of the same records cross one another, where the tables form a ring.

Three tables a × b, b × c and a × c have no cell in common, and still bound one another: the records behind them make
up one table a × b × c without negative cells. Where the sets of columns form no ring (their hypergraph is acyclic), any
tables without negative cells that agree on what they share are the margins of such a table, in whole numbers as well,
and also once somebody has taken the own part off (Lauritzen 1996, decomposable margins). Nothing is missing then. Else
the cells of the crossing bound those of the tables (Dobra and Fienberg 2000), so they become variables.

A ring is not crossed as a whole: columns of one table are neighbours, neighbours of a column that is taken out become
neighbours of one another (the column is chosen that makes the smallest crossing), and each set of columns that meet so
without standing in one table is a crossing. Tables and crossings together are acyclic.

Counts are whole, so those that are shown, here or elsewhere, may prove that a cell of the crossing holds no record, or
nobody else's. So of values everybody is taken to know which cells hold records, and whose: that is more than anybody
can know, and costs some more hidden values.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations

import numpy as np

from .bonds import Bond
from .errors import LimitError
from .gather import Pieces, Rows
from .kinds import CROSSED, Kind
from .microdata import COUNT, Microdata, fingerprint, mix
from .tabulate import Dimension, Table, Tabulation, leaf_codes

FILLED = Kind(listed=False, ruled=False, crossed=True)
MAX_CROSSED = 30_000  # cells of the crossings of one source and delivery
Shape = frozenset[str]


def crossings(shapes: Iterable[Shape], size: Mapping[str, int], rank: Mapping[str, tuple] | None = None) -> list[Shape]:
    """The sets of columns whose cells have to be variables beside those of the tables; `size`: categories by column.

    `rank`: what tells columns apart beside their names, so that no name decides which of two equal crossings it is.
    """
    rank = rank or {}
    shapes = list(shapes)
    near = {c: {d for s in shapes if c in s for d in s} - {c} for c in sorted({c for s in shapes for c in s})}
    found: list[Shape] = []
    while near:
        cells = {c: np.prod([float(size[d]) for d in near[c] | {c}]) for c in near}
        column = min(near, key=lambda c: (_missing(near, c), cells[c], rank.get(c, ()), c))
        clique = frozenset(near[column] | {column})
        found.append(clique)
        for d in near.pop(column):
            near[d] |= clique - {d}
            near[d].discard(column)
    largest = [s for s in dict.fromkeys(found) if not any(s < t for t in found)]
    new = [s for s in largest if not any(s <= t for t in shapes)]
    return sorted(new, key=lambda s: sorted((rank.get(c, ()), c) for c in s))


def _missing(near: Mapping[str, set[str]], column: str) -> int:
    """How many pairs of neighbours are none of one another."""
    return sum(d not in near[c] for c, d in combinations(sorted(near[column]), 2))


def add_crossings(
    pieces: Pieces, rows: Sequence[Rows], bound: Sequence[tuple[Sequence[Rows], Sequence[Bond]]] = ()
) -> None:
    """Add the crossings of the tables of each source and delivery. `bound`: tables with the relations between their
    measures, which hold in the crossings as well."""
    made: dict[tuple[str, int], list[Rows]] = {}
    for row in rows:
        made.setdefault((row.source, id(row.data)), [])
    for (source, delivery), found in made.items():
        mine = [r for r in rows if r.source == source and id(r.data) == delivery]
        for measures, tables in _by_measures(mine).items():
            values = tuple(m for m in measures if m != COUNT)
            for chosen, filled in ((values, True), ((COUNT,), False)):
                if set(chosen) & set(measures):
                    found += _crossed(pieces, mine[0].data, chosen, tables, filled)
    done: set[tuple] = set()
    for some, bonds in bound:
        crossed = [r for key in dict.fromkeys((r.source, id(r.data)) for r in some) for r in made.get(key, ())]
        for shape in dict.fromkeys(tuple(d.column for d in r.table.dimensions) for r in crossed):
            here = [r for r in crossed if tuple(d.column for d in r.table.dimensions) == shape]
            there = {m for r in here for m in r.table.measures}
            new = [b for b in bonds if set(b) <= there]
            key = (shape, *sorted((r.source, id(r.data)) for r in here))
            if new and key not in done:
                done.add(key)
                pieces.add_bonds(here, new)


def _by_measures(rows: Sequence[Rows]) -> dict[tuple[str, ...], dict[Shape, Rows]]:
    """Measures that stand in the same tables, and these tables by their columns (the widest only)."""
    at: dict[str, dict[Shape, Rows]] = {}
    for row in rows:
        for measure in (m for m in row.table.measures if m not in row.data.given):
            at.setdefault(measure, {}).setdefault(frozenset(d.column for d in row.table.dimensions), row)
    groups: dict[tuple[int, ...], tuple[list[str], dict[Shape, Rows]]] = {}
    for measure, found in at.items():
        widest = {s: r for s, r in found.items() if not any(s < t for t in found)}
        groups.setdefault(tuple(sorted(id(r) for r in widest.values())), ([], widest))[0].append(measure)
    return {tuple(measures): widest for measures, widest in groups.values()}


def _crossed(
    pieces: Pieces, data: Microdata, measures: tuple[str, ...], tables: dict[Shape, Rows], filled: bool
) -> list[Rows]:
    """`filled`: everybody is taken to know which cells hold records, and whose: counts beside them may tell."""
    dimensions = {d.column: d for r in tables.values() for d in r.table.dimensions}
    leaves = {c: np.flatnonzero(d.hierarchy.is_leaf) for c, d in dimensions.items()}
    made: list[Rows] = []
    cells = 0
    rank = {c: _filled(data, d) for c, d in dimensions.items()}
    for shape in crossings(tables, {c: len(x) for c, x in leaves.items()}, rank):
        dims = tuple(dimensions[c] for c in sorted(shape))
        codes, margins = _open(dims, leaves, tables)
        if filled:
            held = _held(data, dims, codes)
            codes, margins = codes[held], [(other, at[held]) for other, at in margins]
        cells += len(codes)
        if cells > MAX_CROSSED:
            raise _too_large(shape, tables, cells)
        table = Table("", dims, measures)
        row = pieces.add_table(
            data, next(iter(tables.values())).source, table, _cells(data, table, codes), FILLED if filled else CROSSED
        )
        for other, at in margins:
            _tie(pieces, row, other, at)
        for other in made:
            _agree(pieces, row, other, tables)
        made.append(row)
    return made


def _filled(data: Microdata, dimension: Dimension) -> tuple:
    """How many records each category of a column has, the fewest first, and what the categories are called."""
    counts = np.bincount(leaf_codes(data, dimension), minlength=len(dimension.hierarchy.codes))
    return tuple(sorted(counts.tolist())), tuple(sorted(map(str, dimension.hierarchy.codes)))


def _too_large(shape: Shape, tables: Iterable[Shape], cells: int) -> LimitError:
    ring = [" × ".join(sorted(t)) for t in sorted(tables, key=sorted) if len(t & shape) > 1]
    named = {"tables": ", ".join(ring), "columns": ",".join(sorted(shape))}
    return LimitError("crossing-too-large", **named, cells=cells, limit=MAX_CROSSED)


def _open(dims: Sequence[Dimension], leaves: Mapping[str, np.ndarray], tables: Mapping[Shape, Rows]):
    """The crossing's cells that no table shows to be empty (int[cells, dims], codes), and of each table that shares
    columns with it the rows in which they lie (int[cells])."""
    used = [leaves[d.column] for d in dims]
    whole = float(np.prod([float(len(u)) for u in used]))
    shape = frozenset(d.column for d in dims)
    if whole > 1000 * MAX_CROSSED:
        raise _too_large(shape, tables, int(whole))
    open_ = np.ones([len(u) for u in used], bool)
    lookups = []
    for other, row in sorted(tables.items(), key=lambda item: sorted(item[0])):
        shared = other & shape
        if not shared or any(shared < (t & shape) for t in tables):
            continue
        key = np.zeros([1] * len(dims), np.int64)
        for d in row.table.dimensions:
            key = key * len(d.hierarchy.codes)
            if d.column in shared:
                i = [e.column for e in dims].index(d.column)
                key = key + used[i].reshape([-1 if j == i else 1 for j in range(len(dims))])
        at = np.searchsorted(row.cells.key, key).clip(max=len(row.cells.key) - 1)
        open_ &= row.cells.key[at] == key
        lookups.append((row, at))
    place = np.nonzero(open_)
    codes = np.stack([u[p] for u, p in zip(used, place, strict=True)], 1)
    return codes, [(row, np.broadcast_to(at, open_.shape)[place]) for row, at in lookups]


def _held(data: Microdata, dims: Sequence[Dimension], codes: np.ndarray) -> np.ndarray:
    """bool[cells]: which of the crossing's cells hold records."""
    sizes = [len(d.hierarchy.codes) for d in dims]
    records = np.ravel_multi_index([leaf_codes(data, d) for d in dims], sizes)
    return np.isin(np.ravel_multi_index(list(codes.T), sizes), records)


def _cells(data: Microdata, table: Table, codes: np.ndarray) -> Tabulation:
    """What the crossing's cells hold. Their fingerprints say where they stand as well: nobody knows that a cell of a
    table lies in one of them as a whole."""
    sizes = [len(d.hierarchy.codes) for d in table.dimensions]

    def key_of(at: np.ndarray) -> np.ndarray:
        key = np.zeros(len(at), np.int64)
        for i, size in enumerate(sizes):
            key = key * size + at[:, i]
        return key

    key = key_of(codes)
    n, held = len(key), np.searchsorted(key, key_of(np.stack([leaf_codes(data, d) for d in table.dimensions], 1)))
    named = [np.array([f"{d.column}={c}" for c in d.hierarchy.codes], object) for d in table.dimensions]
    places = ["|".join(p) for p in zip(*(n[c] for n, c in zip(named, codes.T, strict=True)), strict=True)]
    identity = np.repeat(mix(fingerprint(np.array(places, str)))[:, None, :], len(table.measures), 1)
    amounts = np.zeros((n, len(table.measures)), np.int64)
    for k, measure in enumerate(table.measures):
        np.add.at(amounts[:, k], held, data.amounts[measure])
        with np.errstate(over="ignore"):
            np.add.at(identity[:, k], held, data.identity[measure])
    order = np.lexsort((data.contributor, held))
    cell, who = held[order], data.contributor[order]
    first = np.flatnonzero(np.r_[True, (np.diff(cell) != 0) | (np.diff(who) != 0)])
    own = np.stack([data.amounts[m] for m in table.measures], 1)[order]
    prints = np.stack([data.identity[m][:, 0] for m in table.measures], 1)[order]
    with np.errstate(over="ignore"):
        shares = np.add.reduceat(prints, first, axis=0)
    return Tabulation(
        codes,
        key,
        np.bincount(held, minlength=n),
        amounts,
        identity,
        np.zeros(n, bool),
        cell[first],
        who[first],
        np.diff(np.r_[first, len(cell)]),
        np.add.reduceat(own, first, axis=0),
        shares,
        np.empty((0, 3), np.int64),
    )


def _tie(pieces: Pieces, row: Rows, other: Rows, at: np.ndarray) -> None:
    """Each cell of a table that the crossing divides is the sum of its cells there."""
    heads, number = np.unique(at, return_inverse=True)
    for k, measure in enumerate(row.table.measures):
        above = other.index[heads, other.table.measures.index(measure)]
        pieces.add_equations(len(heads), (np.arange(len(heads)), above, 1.0), (number.ravel(), row.index[:, k], -1.0))


def _agree(pieces: Pieces, row: Rows, other: Rows, tables: Iterable[Shape]) -> None:
    """Two crossings have the same sums by the columns that they share, unless a table says so already."""
    shared = sorted({d.column for d in row.table.dimensions} & {d.column for d in other.table.dimensions})
    if not shared or any(set(shared) <= t for t in tables):
        return
    seats = [[d.column for d in r.table.dimensions] for r in (row, other)]
    codes = [r.cells.codes[:, [s.index(c) for c in shared]] for r, s in zip((row, other), seats, strict=True)]
    _, number = np.unique(np.concatenate(codes), axis=0, return_inverse=True)
    number, n = number.ravel(), int(number.max()) + 1
    for k in range(len(row.table.measures)):
        mine, theirs = row.index[:, k], other.index[:, k]
        pieces.add_equations(n, (number[: len(mine)], mine, 1.0), (number[len(mine) :], theirs, -1.0))
