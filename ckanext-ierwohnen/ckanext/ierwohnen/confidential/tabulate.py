"""From records to cells: every combination of categories and totals that holds at least one record."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from itertools import product

import numpy as np

from .errors import InputError, LimitError
from .hierarchy import Hierarchy
from .keys import codes_of, cutting, labels, prints, strides_of, with_totals
from .microdata import Microdata, mix

MAX_CELLS = 200_000


@dataclass(frozen=True)
class Dimension:
    """A column of the records, broken down by a hierarchy.

    `levels`: depths (0 = total) that are shown, None for all; what is not shown is still computed and
    protected, for it may follow from what is. `sensitive`: categories that say something about every record
    of a group when the whole group falls into one of them (group disclosure), e.g. {"vacant"}.
    """

    column: str
    hierarchy: Hierarchy
    levels: frozenset[int] | None = None
    sensitive: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Table:
    """Dimensions crossed with one another, for one or more measures (`count` or value columns)."""

    name: str
    dimensions: tuple[Dimension, ...]
    measures: tuple[str, ...]

    @property
    def plain(self) -> Table:
        """The same table, knowing of no groups."""
        return replace(self, dimensions=tuple(replace(d, sensitive=frozenset()) for d in self.dimensions))


@dataclass(frozen=True)
class Tabulation:
    """The filled cells of a table (and the empty ones that group disclosure makes secret).

    `codes`: int[cells, dimensions]; `key`: int64[cells], ascending; `records`: int[cells]; `amounts`:
    int64[cells, measures] in steps; `identity`: uint64[cells, measures, 2]; `group`: bool[cells], disclosed
    by group. `part_*`: what each contributor adds to each cell, long form (`part_identity`: uint64[parts, measures],
    the first word of its records' fingerprints). `sums`: (parent cell, child cell,
    dimension) triples.
    """

    codes: np.ndarray
    key: np.ndarray
    records: np.ndarray
    amounts: np.ndarray
    identity: np.ndarray
    group: np.ndarray
    part_cell: np.ndarray
    part_contributor: np.ndarray
    part_records: np.ndarray
    part_amounts: np.ndarray
    part_identity: np.ndarray
    sums: np.ndarray


@dataclass(frozen=True)
class Zeros:
    """Cells of a table that are kept as cells of their own where they are empty.

    `keys`: where, with the totals; `secret`: those of the keys of which nobody knows that they are empty, so that a
    total and what else it holds are not the same; `sensitive`: the columns in which these are, if for groups; `salt`
    keeps the cells apart from other empty ones; `groups`: keys of cells, full and empty, that say something about each
    record of a group.
    """

    keys: np.ndarray
    secret: np.ndarray
    sensitive: Collection[str]
    salt: str
    groups: np.ndarray = field(default_factory=lambda: np.empty(0, np.int64))


def tabulate(data: Microdata, table: Table, max_cells: int = MAX_CELLS) -> Tabulation:
    """Count and add up every cell of `table`; raises `InputError` for keys outside a hierarchy, `LimitError`
    for size."""
    missing = [m for m in table.measures if m not in data.amounts]
    if missing:
        raise InputError("measure-unknown", table=table.name, measure=missing[0], measures=", ".join(data.amounts))
    sizes = [len(d.hierarchy.codes) for d in table.dimensions]
    if float(np.prod([float(s) for s in sizes])) * max(1, len(data.contributors)) > 2**62:
        raise _too_many(table, f"{np.prod([float(s) for s in sizes]):.3g}", max_cells)
    codes = np.stack([leaf_codes(data, d) for d in table.dimensions], 1)
    sums = np.concatenate(
        [np.ones((len(data), 1), np.int64)] + [data.amounts[m][:, None] for m in table.measures], axis=1
    )
    prints = np.concatenate([data.identity[m] for m in table.measures], axis=1)
    owner = data.contributor
    codes, owner, sums, prints = _group(codes, owner, sums, prints, sizes)
    for i, dimension in enumerate(table.dimensions):
        _refuse_too_many(codes, i, table, sizes, max_cells)
        codes, owner, sums, prints = _add_ancestors(i, dimension.hierarchy, codes, owner, sums, prints)
        codes, owner, sums, prints = _group(codes, owner, sums, prints, sizes)
    key = _key(codes, sizes)
    unique, start = np.unique(key, return_index=True)
    if len(unique) > max_cells:
        raise _too_many(table, str(len(unique)), max_cells)
    part_cell = np.searchsorted(unique, key)
    total = np.add.reduceat(sums, start, axis=0)
    identity = np.add.reduceat(prints, start, axis=0).reshape(len(unique), len(table.measures), 2)
    found = Tabulation(
        codes[start],
        unique,
        total[:, 0],
        total[:, 1:],
        identity,
        np.zeros(len(unique), bool),
        part_cell,
        owner,
        sums[:, 0],
        sums[:, 1:],
        prints[:, ::2],
        np.empty((0, 3), np.int64),
    )
    found = _with_group_disclosure(found, table, sizes)
    found = _with_idle(found, data, table, sizes, max_cells)
    return Tabulation(**{**found.__dict__, "sums": _sums(found, table, sizes)})


def _refuse_too_many(codes: np.ndarray, i: int, table: Table, sizes: list[int], max_cells: int) -> None:
    """Before rows are repeated: the cells there are already, and the rows there would be (cells × contributors)."""
    key, hierarchy = _key(codes, sizes), table.dimensions[i].hierarchy
    cells = 1 + int(np.count_nonzero(np.diff(key))) if len(key) else 0
    length = np.array([len(hierarchy.ancestors(c)) for c in range(len(hierarchy.codes))])
    if cells > max_cells or int(length[codes[:, i]].sum()) > 100 * max_cells:
        raise _too_many(table, ("more-than", {"number": max(cells, max_cells)}), max_cells)


def _too_many(table: Table, cells: str | tuple[str, dict[str, object]], limit: int) -> LimitError:
    """What the table is made of, and what would be left of it without its longest column."""
    sizes = {d.column: len(d.hierarchy.codes) for d in table.dimensions}
    column = max(sizes, key=lambda c: (sizes[c], c))
    left = float(np.prod([float(n) for c, n in sizes.items() if c != column]))
    made = " × ".join(f"{c} {n}" for c, n in sizes.items())
    return LimitError("too-many-cells", cells=cells, limit=limit, made=made, column=column, left=f"{left:.10g}")


def leaf_codes(data: Microdata, dimension: Dimension) -> np.ndarray:
    """int[records]: the category of each record in the hierarchy; raises `InputError` for keys outside it."""
    if len(dimension.hierarchy.codes) == 1:
        return np.zeros(len(data), int)
    return _codes(data.columns[dimension.column], data.rows, dimension)


def _codes(texts: np.ndarray, rows: np.ndarray, dimension: Dimension) -> np.ndarray:
    names, inverse = np.unique(texts, return_inverse=True)
    index, leaf = dimension.hierarchy.index, dimension.hierarchy.is_leaf
    found = np.array([index.get(str(n), -1) for n in names])
    for wrong, code in ((found < 0, "key-not-in-hierarchy"), ((found >= 0) & ~leaf[found], "key-not-leaf")):
        if wrong.any():
            row = int(np.flatnonzero(wrong[inverse])[0])
            raise InputError(code, row=int(rows[row]), column=dimension.column, key=str(names[inverse[row]]))
    return found[inverse]


def _key(codes: np.ndarray, sizes: list[int]) -> np.ndarray:
    key = np.zeros(len(codes), np.int64)
    for i, size in enumerate(sizes):
        key = key * size + codes[:, i]
    return key


def _group(codes, owner, sums, prints, sizes):
    """Add up rows of the same cell and contributor; rows come out ordered by cell, then contributor."""
    key = _key(codes, sizes)
    order = np.lexsort((owner, key))
    key, owner = key[order], owner[order]
    first = np.flatnonzero(np.r_[True, (key[1:] != key[:-1]) | (owner[1:] != owner[:-1])])
    return (
        codes[order][first],
        owner[first],
        np.add.reduceat(sums[order], first, axis=0),
        np.add.reduceat(prints[order], first, axis=0),
    )


def _add_ancestors(i: int, hierarchy: Hierarchy, codes, owner, sums, prints):
    """Repeat every row once for each category above its own in dimension i."""
    chains = [hierarchy.ancestors(c) for c in range(len(hierarchy.codes))]
    length = np.array([len(c) for c in chains])
    start = np.r_[0, np.cumsum(length)[:-1]]
    flat = np.concatenate(chains)
    times = length[codes[:, i]]
    row = np.repeat(np.arange(len(codes)), times)
    step = np.arange(len(row)) - np.repeat(np.cumsum(times) - times, times)
    repeated = codes[row]
    repeated[:, i] = flat[start[codes[row, i]] + step]
    return repeated, owner[row], sums[row], prints[row]


def _parents(codes: np.ndarray, key: np.ndarray, i: int, hierarchy: Hierarchy, stride: int):
    """Cells that have a parent in dimension i, and the parent's key."""
    above = np.array(hierarchy.parent)[codes[:, i]]
    child = np.flatnonzero(above >= 0)
    return child, key[child] + (above[child] - codes[child, i]) * stride


def _sums(cells: Tabulation, table: Table, sizes: list[int]) -> np.ndarray:
    strides, found = strides_of(sizes), []
    for i, dimension in enumerate(table.dimensions):
        child, parent_key = _parents(cells.codes, cells.key, i, dimension.hierarchy, strides[i])
        parent = np.searchsorted(cells.key, parent_key)
        found.append(np.stack([parent, child, np.full(len(child), i)], 1))
    return np.concatenate(found)


@dataclass(frozen=True)
class Groups:
    """Groups that fall wholly into a sensitive category: keys of the full cells (int64[n]), of what they are all of
    (int64[n]), and of their empty neighbours, which nobody may know to be empty (int64[m], with the group of each)."""

    full: np.ndarray
    total: np.ndarray
    empty: np.ndarray
    of: np.ndarray

    @property
    def told(self) -> np.ndarray:
        """int64[n + m]: keys of all cells, full and empty, that say something about each record."""
        return np.concatenate([self.full, self.empty])

    def only(self, keep: np.ndarray) -> Groups:
        """Some of them; keep: bool[n]."""
        there = keep[self.of]
        return Groups(self.full[keep], self.total[keep], self.empty[there], (np.cumsum(keep) - 1)[self.of[there]])


def groups_of(cells: Tabulation, table: Table) -> Groups:
    """The groups of a table by the sensitive categories of its dimensions."""
    sizes = [len(d.hierarchy.codes) for d in table.dimensions]
    strides, blocks, n = strides_of(sizes), [[np.empty(0, np.int64)] * 4], 0
    for i, dimension in enumerate(table.dimensions):
        if not dimension.sensitive:
            continue
        hierarchy = dimension.hierarchy
        names = np.array([c in dimension.sensitive for c in hierarchy.codes])
        child, parent_key = _parents(cells.codes, cells.key, i, hierarchy, strides[i])
        _, inverse, count = np.unique(parent_key, return_inverse=True, return_counts=True)
        whole = (count[inverse] == 1) & names[cells.codes[child, i]]
        full, children = child[whole], hierarchy.children()
        at = cells.codes[full, i]
        beside = [np.array([c for c in children[hierarchy.parent[code]] if c != code], np.int64) for code in at]
        others = [key + (b - c) * strides[i] for key, c, b in zip(cells.key[full], at, beside, strict=True)]
        of = np.repeat(np.arange(n, n + len(full)), [len(o) for o in others])
        blocks.append([cells.key[full], parent_key[whole], np.concatenate([np.empty(0, np.int64), *others]), of])
        n += len(full)
    return Groups(*(np.concatenate(x) for x in zip(*blocks, strict=True)))


def _with_group_disclosure(cells: Tabulation, table: Table, sizes: list[int]) -> Tabulation:
    """Mark groups that fall wholly into a sensitive category, and give their empty cells a life of their own.

    Without it the empty neighbours would be known zeros, and the full cell would be merged with the group's total.
    """
    groups = groups_of(cells, table)
    if not len(groups.full):
        return cells
    empty = _open_zeros(np.unique(groups.empty), cells.key, table, sizes)
    marked = Tabulation(**{**cells.__dict__, "group": cells.group | np.isin(cells.key, groups.full)})
    return _with_zeros(marked, table, sizes, empty, "")


def _cut_apart(cells: Tabulation, table: Table, zeros: Zeros) -> Tabulation:
    """Name the cells that cut through a group by their place, so that they are equal to no others."""
    mine = np.flatnonzero(np.isin(cells.key, cutting(zeros.secret, table, zeros.sensitive)) & (cells.records > 0))
    if not len(mine):
        return cells
    identity = cells.identity.copy()
    with np.errstate(over="ignore"):
        identity[mine] += mix(prints(labels(cells.codes[mine], table, zeros.salt)))[:, None, :]
    return Tabulation(**{**cells.__dict__, "identity": identity})


def _told_apart(cells: Tabulation, table: Table, sizes: list[int], empty: np.ndarray) -> Tabulation:
    """Give cells of the same records fingerprints of their own where open zeros lie between them.

    Of cells with the same records the one around most open zeros keeps the fingerprint of the records: it is the
    total, which stands in other tables as well.
    """
    around, count = np.zeros((len(cells.key), 2), np.uint64), np.zeros(len(cells.key), np.int64)
    chains = [[d.hierarchy.ancestors(c) for c in range(len(d.hierarchy.codes))] for d in table.dimensions]
    strides = strides_of(sizes)
    for key in empty:
        mine = np.searchsorted(cells.key, key)
        codes = [chain[c] for chain, c in zip(chains, cells.codes[mine], strict=True)]
        keys = np.array([sum(c * s for c, s in zip(at, strides, strict=True)) for at in product(*codes)])
        at = np.searchsorted(cells.key, keys).clip(max=len(cells.key) - 1)
        at = at[cells.key[at] == keys]
        with np.errstate(over="ignore"):
            around[at] += cells.identity[mine, 0]
        count[at] += 1
    filled = np.flatnonzero(cells.records > 0)
    _, same = np.unique(np.ascontiguousarray(cells.identity[filled, 0]).view("u8,u8").ravel(), return_inverse=True)
    order = np.lexsort((around[filled, 1], around[filled, 0], count[filled], same))
    last = np.flatnonzero(np.r_[np.diff(same[order]) != 0, True])
    total = filled[order[last]][same]
    identity = cells.identity.copy()
    with np.errstate(over="ignore"):
        identity[filled] += (around[filled] - around[total])[:, None, :]
    return Tabulation(**{**cells.__dict__, "identity": identity})


def _with_idle(cells: Tabulation, data: Microdata, table: Table, sizes: list[int], max_cells: int) -> Tabulation:
    """Cells with idle records only, and totals of such, as empty cells that nobody may know to be empty."""
    if not data.idle or not all(d.column in data.idle for d in table.dimensions if len(d.hierarchy.codes) > 1):
        return cells
    size = len(next(iter(data.idle.values())))
    none = np.zeros(size, int)
    leaf = [none if len(d.hierarchy.codes) == 1 else _codes(data.idle[d.column], none, d) for d in table.dimensions]
    key = with_totals(np.unique(_key(np.stack(leaf, 1), sizes)), table)
    empty = _open_zeros(np.setdiff1d(key, cells.key), cells.key, table, sizes)
    if not len(empty):
        return cells
    if len(cells.key) + len(empty) > max_cells:
        raise _too_many(table, str(len(cells.key) + len(empty)), max_cells)
    return _told_apart(_with_zeros(cells, table, sizes, empty, ""), table, sizes, empty)


def with_zero_cells(cells: Tabulation, table: Table, zeros: Zeros) -> Tabulation:
    """The same table with empty cells as cells of their own (value 0, not known to be 0), sums included."""
    sizes = [len(d.hierarchy.codes) for d in table.dimensions]
    found = _with_zeros(cells, table, sizes, np.setdiff1d(zeros.keys, cells.key), zeros.salt)
    if len(zeros.secret) and len(cells.key):
        if any(d.column in zeros.sensitive for d in table.dimensions):
            found = _cut_apart(found, table, zeros)
        else:
            found = _told_apart(found, table, sizes, np.setdiff1d(zeros.secret, cells.key))
    group = np.isin(found.key, zeros.groups)
    return Tabulation(**{**found.__dict__, "group": group, "sums": _sums(found, table, sizes)})


def _with_zeros(cells: Tabulation, table: Table, sizes: list[int], empty: np.ndarray, salt: str) -> Tabulation:
    """Add empty cells at the keys `empty`, marked as disclosed by group."""
    identity, group = cells.identity, cells.group
    empty_codes = codes_of(empty, table)
    named = prints(labels(empty_codes, table, salt))
    measures = identity.shape[1]
    key = np.concatenate([cells.key, empty])
    order = np.argsort(key, kind="stable")
    place = np.argsort(order)
    return Tabulation(
        np.concatenate([cells.codes, empty_codes])[order],
        key[order],
        np.concatenate([cells.records, np.zeros(len(empty), np.int64)])[order],
        np.concatenate([cells.amounts, np.zeros((len(empty), measures), np.int64)])[order],
        np.concatenate([identity, np.repeat(mix(named)[:, None, :], measures, 1)])[order],
        np.concatenate([group, np.ones(len(empty), bool)])[order],
        place[cells.part_cell],
        cells.part_contributor,
        cells.part_records,
        cells.part_amounts,
        cells.part_identity,
        cells.sums,
    )


def _open_zeros(empty: np.ndarray, filled: np.ndarray, table: Table, sizes: list[int]) -> np.ndarray:
    """Keep the empty cells that nobody can know to be zero: every total above them is filled or as open
    itself."""
    strides = strides_of(sizes)
    while True:
        there = np.union1d(filled, empty)
        keep = np.ones(len(empty), bool)
        codes = codes_of(empty, table)
        for i, dimension in enumerate(table.dimensions):
            child, parent_key = _parents(codes, empty, i, dimension.hierarchy, strides[i])
            keep[child[~np.isin(parent_key, there)]] = False
        if keep.all():
            return empty
        empty = empty[keep]
