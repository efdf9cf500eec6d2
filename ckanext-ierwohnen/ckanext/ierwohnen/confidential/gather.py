"""Gather what every release says about its cells, and merge cells of equal content into one variable."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from scipy import sparse

from .hierarchy import Hierarchy
from .microdata import COUNT, Microdata, mix
from .model import PUBLIC
from .order import word
from .tabulate import Dimension, Table, Tabulation, tabulate, with_zero_cells

PUBLISHED = "published"
Place = tuple[str, str, tuple[str, ...]]  # table, measure, category of each dimension in the table's order


@dataclass(frozen=True)
class Release:
    """Tables from one delivery of records, for an audience.

    `source` names what the records describe, its reference date included: deliveries with the same source
    overlap, later ones correct earlier ones. `pattern`: for an earlier release, the status of each place
    ("published" or not); None for the release in preparation. A withdrawn release is given like any other:
    its figures stay known. `perturbed`: it was published by the cell key method.
    """

    name: str
    data: Microdata
    tables: tuple[Table, ...]
    source: str = ""
    audience: str = PUBLIC
    pattern: Mapping[Place, str] | None = None
    perturbed: bool = False


@dataclass
class Pieces:
    """What is gathered before cells are merged by content: one entry per place of a cell and measure."""

    ident: list[np.ndarray] = field(default_factory=list)
    amount: list[np.ndarray] = field(default_factory=list)
    records: list[np.ndarray] = field(default_factory=list)
    group: list[np.ndarray] = field(default_factory=list)
    change: list[np.ndarray] = field(default_factory=list)
    measure: list[np.ndarray] = field(default_factory=list)
    parts: list[tuple[np.ndarray, ...]] = field(default_factory=list)
    relations: list[tuple[np.ndarray, ...]] = field(default_factory=list)
    n_relations: int = 0
    size: int = 0


@dataclass
class Rows:
    """Where a table's places stand among the gathered ones."""

    release: Release
    table: Table
    cells: Tabulation
    start: int
    index: np.ndarray


def add_table(pieces, release, table, cells, measures, step, contributors) -> Rows:
    """Add the cells and sums of one table; returns where its places stand."""
    size = len(cells.key)
    lookup = np.array([contributors.index(c) for c in release.data.contributors])
    salt = mix(np.frombuffer(release.source.encode().ljust(8 * (len(release.source.encode()) // 8 + 1), b"\0"), "<u8"))
    start = pieces.size
    index = np.full((size, len(table.measures)), -1)
    for k, measure in enumerate(table.measures):
        m = measures.index(measure)
        at = pieces.size + np.arange(size)
        index[:, k] = at
        ratio = round(release.data.step[measure] / step[measure])
        lanes = cells.identity[:, k] ^ mix(np.array([m], np.uint64))
        for block in salt:
            lanes = mix(lanes ^ block)
        pieces.ident.append(lanes)
        pieces.amount.append(cells.amounts[:, k] * ratio)
        pieces.records.append(cells.records)
        pieces.group.append(cells.group)
        pieces.change.append(np.zeros(size, bool))
        pieces.measure.append(np.full(size, m))
        pieces.parts.append(
            (
                at[cells.part_cell],
                lookup[cells.part_contributor],
                cells.part_amounts[:, k] * ratio,
                cells.part_records,
            )
        )
        parent, child, dim = cells.sums.T
        _, relation = np.unique(np.stack([dim, parent]), axis=1, return_inverse=True)
        relation = relation.ravel()
        n = int(relation.max(initial=-1)) + 1
        heads = np.zeros(n, int)
        heads[relation] = parent
        base = pieces.n_relations
        pieces.relations.append((base + np.arange(n), at[heads], np.ones(n)))
        pieces.relations.append((base + relation, at[child], -np.ones(len(child))))
        pieces.n_relations += n
        pieces.size += size
    return Rows(release, table, cells, start, index)


def add_changes(pieces, rows, measures, step, contributors, max_cells) -> None:
    """new − old = added − removed, cell by cell, for every two deliveries of one source, on what their tables share.

    Somebody who sees both figures knows the difference; so the records added, and those removed, are cells as well.
    """
    done = set()
    for second, new in enumerate(rows):
        for old in rows[:second]:
            if old.release.data is new.release.data or old.release.source != new.release.source:
                continue
            common = tuple(
                d
                for d in new.table.dimensions
                for e in old.table.dimensions
                if d.column == e.column and d.hierarchy == e.hierarchy
            )
            for measure in sorted(set(old.table.measures) & set(new.table.measures)):
                names = (id(old.release.data), id(new.release.data), measure, frozenset(d.column for d in common))
                if names not in done:
                    _add_change(pieces, old, new, common, measure, measures, step, contributors, max_cells)
                done.add(names)


def _add_change(pieces, old, new, common, measure, measures, step, contributors, max_cells) -> None:
    plain = tuple(replace(d, sensitive=frozenset(), levels=None) for d in common)
    table = Table("", plain or (_WHOLE,), (measure,))
    more = _difference(new.release.data, old.release.data, measure)
    less = _difference(old.release.data, new.release.data, measure)
    if not len(more) and not len(less):
        return
    sides = [_tabulated(d, table, max_cells) for d in (more, less)]
    keys = np.union1d(sides[0].key, sides[1].key)
    entries = []
    for side, cells, sign in (("+", sides[0], -1.0), ("-", sides[1], 1.0)):
        salt = f"{side}|{old.release.name}|{new.release.name}|{new.release.source}|"
        full = with_zero_cells(cells, table, keys, salt)
        data = more if side == "+" else less
        release = Release("", data, (table,), new.release.source)
        row = add_table(pieces, release, table, full, measures, step, contributors)
        pieces.change[-1][:] = True
        entries.append((row.index[:, 0], sign))
    base = pieces.n_relations
    for at, sign in entries:
        pieces.relations.append((base + np.arange(len(keys)), at, np.full(len(keys), sign)))
    for row, sign in ((new, 1.0), (old, -1.0)):
        wanted = _projected(keys, table, row.table)
        place = np.searchsorted(row.cells.key, wanted).clip(max=len(row.cells.key) - 1)
        there = row.cells.key[place] == wanted
        at = row.index[place[there], row.table.measures.index(measure)]
        pieces.relations.append((base + np.flatnonzero(there), at, np.full(there.sum(), sign)))
    pieces.n_relations += len(keys)


_WHOLE = Dimension("", Hierarchy(("Total",), (-1,)))  # tables without a common column share their grand total


def _tabulated(data: Microdata, table: Table, max_cells: int) -> Tabulation:
    if len(data):
        return tabulate(data, table, max_cells)
    none, dims, ids = np.empty(0, np.int64), len(table.dimensions), np.empty((0, 1, 2), np.uint64)
    flags, sums = np.empty(0, bool), np.empty((0, 3), np.int64)
    wide = np.empty((0, 1), np.int64)
    return Tabulation(np.empty((0, dims), np.int64), none, none, wide, ids, flags, none, none, none, wide, sums)


def _projected(keys: np.ndarray, small: Table, large: Table) -> np.ndarray:
    """Keys of `small`'s cells in `large`, its further dimensions at their totals."""
    sizes = [len(d.hierarchy.codes) for d in small.dimensions]
    codes, rest = {}, keys
    for d, size in zip(reversed(small.dimensions), reversed(sizes), strict=True):
        codes[d.column], rest = rest % size, rest // size
    found = np.zeros(len(keys), np.int64)
    for d in large.dimensions:
        found = found * len(d.hierarchy.codes) + codes.get(d.column, 0)
    return found


def _difference(here: Microdata, there: Microdata, measure: str) -> Microdata:
    """The records of `here` that are not in `there` for this measure (by fingerprint, with multiplicity)."""
    mine = here.identity[measure].copy().view("u8,u8").ravel()
    other = there.identity[measure].copy().view("u8,u8").ravel()
    names, codes = np.unique(np.concatenate([mine, other]), return_inverse=True)
    counts = np.bincount(codes[len(mine) :], minlength=len(names))
    codes = codes[: len(mine)]
    order = np.argsort(codes, kind="stable")
    ranked = codes[order]
    rank = np.arange(len(ranked)) - np.searchsorted(ranked, ranked)
    fresh = np.sort(order[rank >= counts[ranked]])
    return Microdata(
        {c: v[fresh] for c, v in here.columns.items()},
        here.contributor[fresh],
        here.contributors,
        {m: v[fresh] for m, v in here.amounts.items()},
        here.step,
        {m: v[fresh] for m, v in here.identity.items()},
        here.rows[fresh],
        pd.DataFrame(),
    )


def merge(pieces: Pieces, measures, step, contributors) -> dict:
    """Places with equal content become one variable."""
    ident = np.ascontiguousarray(np.concatenate(pieces.ident)).view("u8,u8").ravel()
    _, first, cell = np.unique(ident, return_index=True, return_inverse=True)
    n = len(first)
    amount, measure = np.concatenate(pieces.amount), np.concatenate(pieces.measure)
    unit = np.array([step[m] for m in measures])[measure[first]]
    at, who, part, count = (np.concatenate(x) for x in zip(*pieces.parts, strict=True))
    long = pd.DataFrame({"cell": cell[at], "who": who, "part": part, "count": count})
    long = long.groupby(["cell", "who"], sort=True, as_index=False).max()
    pair = (long["cell"].to_numpy(), long["who"].to_numpy())
    shape = (n, len(contributors))
    parts = sparse.csr_matrix((long["part"].to_numpy() * unit[pair[0]], pair), shape)
    counts = sparse.csr_matrix((long["count"].to_numpy().astype(float), pair), shape)
    r, c, v = (np.concatenate(x) for x in zip(*pieces.relations, strict=True)) if pieces.relations else ([], [], [])
    relations = sparse.csr_matrix((v, (r, cell[np.asarray(c, int)])), (pieces.n_relations, n))
    relations.sum_duplicates()
    relations.eliminate_zeros()
    grouped = np.zeros(n, bool)
    np.logical_or.at(grouped, cell, np.concatenate(pieces.group))
    only_change = np.ones(n, bool)
    np.logical_and.at(only_change, cell, np.concatenate(pieces.change))
    whole = np.array([abs(step[m] - 1) < 1e-12 and m == COUNT for m in measures])
    return {
        "cell": cell,
        "value": amount[first] * unit,
        "records": np.concatenate(pieces.records)[first],
        "measure": measure[first],
        "parts": parts,
        "counts": counts,
        "relations": _distinct(relations),
        "group": grouped,
        "change": only_change,
        "integral": whole[measure[first]],
    }


def _distinct(relations: sparse.csr_matrix) -> sparse.csr_matrix:
    """Drop empty and repeated equations."""
    relations.sort_indices()
    filled = np.diff(relations.indptr) > 0
    relations = relations[filled]
    with np.errstate(over="ignore"):
        terms = mix(mix(relations.indices.astype(np.uint64)) ^ word(relations.data))
        total = np.r_[np.zeros(1, np.uint64), np.cumsum(terms, dtype=np.uint64)]
        _, first = np.unique(total[relations.indptr[1:]] - total[relations.indptr[:-1]], return_index=True)
    return relations[np.sort(first)]
