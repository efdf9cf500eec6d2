"""Cells that no table shows, but that tie tables to one another.

Two tables of one source may divide the same dwellings in two ways (districts; social areas). Where categories of the
two never meet, figures of one bound figures of the other, and a difference of sums may be a small remainder. So the
model also holds, without showing them:

- every table of a source on each of its deliveries, so that what did not change is tied to what was shown before. A
  figure of one delivery less unchanged ones of another is a cell of such a table (`echoes`), so the rules speak about
  it as if it were shown there too;
- the *joint* cells of columns that stand in different tables and overlap: columns with categories that never meet.
  Columns whose categories all meet tell no more than the sums that their tables share;
- the *differences*: for each joint cell the smallest sets around it that sums and differences of the tables' cells make
  up (`cuts.py`). Whoever sees the tables can compute them, so the rules speak about them as about a cell of a table.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
from scipy import sparse

from .cuts import Holdings, smallest_sets
from .errors import LimitError
from .microdata import Microdata
from .tabulate import Dimension, Table, Tabulation, leaf_codes

MAX_JOINT = 20_000  # joint cells of overlapping columns in one delivery: a program for each is solved
Shape = frozenset[str]


@dataclass(frozen=True)
class Tie:
    """A table that is computed for a delivery without being shown there.

    `shown`: by table of any delivery (what did not change is known from it), the depths that it shows of each of these
    dimensions (None: all); empty unless the table joins columns that overlap.
    """

    table: Table
    shown: tuple[tuple[tuple[str, frozenset[int] | None], ...], ...] = ()


def ties(tables: Sequence[tuple[Microdata, Table]]) -> list[tuple[Microdata, Tie]]:
    """What has to be added for one source, given its tables and the delivery of each."""
    measures = tuple(dict.fromkeys(m for _, t in tables for m in t.measures))
    shapes = {frozenset(d.column for d in t.dimensions) for _, t in tables}
    found = []
    for data, dims in widest(tables):
        shape = frozenset(d.column for d in dims)
        shown = _all_shown(tables, shape) if shape not in shapes else ()
        mine = [t for d, t in tables if d is data]
        there = {m for t in mine if shape <= {d.column for d in t.dimensions} for m in t.measures}
        wanted = tuple(m for m in measures if m in data.amounts and m not in there)
        if wanted:
            found.append((data, Tie(Table("", dims, wanted), shown)))
    return found


def echoes(tables: Sequence[tuple[Microdata, Table]]) -> list[tuple[Microdata, Table]]:
    """For one source: each table on every delivery for which it, or a measure of it, is not shown."""
    shown: dict[tuple[int, Shape], set[str]] = {}
    for data, table in tables:
        shown.setdefault((id(data), _shape(table)), set()).update(table.measures)
    found = []
    for data in {id(data): data for data, _ in tables}.values():
        for _, table in tables:
            there = shown.setdefault((id(data), _shape(table)), set())
            wanted = tuple(m for m in table.measures if m in data.amounts and m not in there)
            if wanted and all(d.column in data.columns for d in table.dimensions):
                there.update(wanted)
                found.append((data, replace(table, measures=wanted)))
    return found


def _shape(table: Table) -> Shape:
    return frozenset(d.column for d in table.dimensions)


def widest(tables: Sequence[tuple[Microdata, Table]]) -> list[tuple[Microdata, tuple[Dimension, ...]]]:
    """For one source: on each delivery the largest sets of dimensions; every cell of any table is one of theirs."""
    deliveries = list({id(data): data for data, _ in tables}.values())
    dimensions = {d.column: d for _, t in tables for d in t.dimensions}
    shapes = {frozenset(d.column for d in t.dimensions) for _, t in tables}
    family = _closure(shapes, _overlap(deliveries, dimensions))
    found = []
    for data in deliveries:
        for shape in sorted(family, key=sorted):
            if all(c in data.columns for c in shape):
                plain = (replace(dimensions[c], levels=None) for c in sorted(shape))
                joint = shape not in shapes
                found.append((data, tuple(replace(d, sensitive=frozenset()) if joint else d for d in plain)))
    return found


def _all_shown(tables: Sequence[tuple[Microdata, Table]], shape: Shape):
    """What the tables show of these columns, each way once."""
    return tuple(dict.fromkeys(s for _, t in tables if (s := _shown(t, shape))))


def _shown(table: Table, shape: Shape) -> tuple[tuple[str, frozenset[int] | None], ...]:
    return tuple((d.column, d.levels) for d in table.dimensions if d.column in shape)


def _overlap(deliveries: Sequence[Microdata], dimensions: dict[str, Dimension]) -> Callable[[str, str], bool]:
    """Whether two columns have categories, both in use, that never meet."""
    known: dict[Shape, bool] = {}

    def overlap(a: str, b: str) -> bool:
        if (pair := frozenset((a, b))) not in known:
            known[pair] = any(_apart(d, dimensions[a], dimensions[b]) for d in deliveries)
        return known[pair]

    return overlap


def _apart(data: Microdata, a: Dimension, b: Dimension) -> bool:
    if a.column not in data.columns or b.column not in data.columns:
        return False
    one, other = leaf_codes(data, a), leaf_codes(data, b)
    meeting = len(np.unique(one * len(b.hierarchy.codes) + other))
    return meeting < len(np.unique(one)) * len(np.unique(other))


def _closure(shapes: set[Shape], overlap: Callable[[str, str], bool]) -> set[Shape]:
    """The largest sets of columns that have to be seen together: tables, and what joins them."""
    found = _largest(shapes)
    while True:
        joined = set()
        for a, b in combinations(sorted(found, key=sorted), 2):
            left = {c for c in a - b if any(overlap(c, d) for d in b - a)}
            right = {d for d in b - a if any(overlap(c, d) for c in a - b)}
            if left:
                joined.add((a & b) | left | right)
        more = _largest(found | joined)
        if more == found:
            return found
        found = more


def _largest(shapes: set[Shape]) -> set[Shape]:
    return {s for s in shapes if not any(s < t for t in shapes)}


def differences(cells: Tabulation, tie: Tie) -> list[np.ndarray]:
    """Sets of joint cells (positions in `cells`, two at least or one) that the tables shown make up."""
    dims = tie.table.dimensions
    leaf = np.logical_and.reduce([d.hierarchy.is_leaf[cells.codes[:, i]] for i, d in enumerate(dims)])
    atoms = np.flatnonzero(leaf)
    if len(atoms) > MAX_JOINT:
        named = ", ".join(d.column for d in dims)
        raise LimitError("joint-too-large", columns=named, cells=len(atoms), limit=MAX_JOINT)
    groups = [g for s in tie.shown for g in [_grouped(cells.codes[atoms], dims, dict(s))]]
    if not groups:
        return []
    start = np.cumsum([0, *(g.max() + 1 for g in groups)])
    columns = np.concatenate([g + s for g, s in zip(groups, start, strict=False)])
    rows = np.tile(np.arange(len(atoms)), len(groups))
    matrix = sparse.csr_matrix((np.ones(len(rows)), (rows, columns)), (len(atoms), int(start[-1])))
    return [atoms[s] for s in smallest_sets(matrix, Holdings.of(cells, atoms, tie.table.measures))]


def _grouped(codes: np.ndarray, dims: Sequence[Dimension], shown: dict[str, frozenset[int] | None]) -> np.ndarray:
    """int[atoms]: the finest shown cell of a table in which each joint cell lies."""
    columns = []
    for i, d in enumerate(dims):
        if d.column not in shown:
            continue
        levels, tree = shown[d.column], d.hierarchy
        lifted = [
            next((a for a in tree.ancestors(c) if levels is None or tree.depth[a] in levels), 0)
            for c in range(len(tree.codes))
        ]
        columns.append(np.array(lifted)[codes[:, i]])
    return np.unique(np.stack(columns, 1), axis=0, return_inverse=True)[1].ravel()
