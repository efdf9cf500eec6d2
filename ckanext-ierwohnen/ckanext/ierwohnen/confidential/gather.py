"""Gather what every release says about its cells, and merge cells of equal content into one variable."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy import sparse

from .microdata import COUNT, Microdata, mix
from .model import PUBLIC
from .order import word
from .tabulate import Table, Tabulation, tabulate

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


def add_changes(pieces, releases, rows, measures, step, contributors, max_cells) -> None:
    """new − old = added − removed, cell by cell, for successive deliveries of one source with the same
    table."""
    by_table: dict[tuple, list[Rows]] = {}
    for row in rows:
        shape = tuple((d.column, d.hierarchy.codes, d.hierarchy.parent) for d in row.table.dimensions)
        by_table.setdefault((row.release.source, shape), []).append(row)
    done: dict[tuple, tuple] = {}
    for family in by_table.values():
        for new_at in range(1, len(family)):
            for old_at in range(new_at):
                old, new = family[old_at], family[new_at]
                if old.release.data is new.release.data:
                    continue
                if old_at < new_at - 1 and any(f.release.data is old.release.data for f in family[old_at + 1 : new_at]):
                    continue
                _add_change(pieces, old, new, measures, step, contributors, max_cells, done)


def _add_change(pieces, old, new, measures, step, contributors, max_cells, done) -> None:
    for measure in set(old.table.measures) & set(new.table.measures):
        sides = []
        for here, there in ((new, old), (old, new)):
            data = _difference(here.release.data, there.release.data, measure)
            if data is None:
                sides.append(None)
                continue
            table = Table(here.table.name, here.table.dimensions, (measure,))
            cells = tabulate(data, table, max_cells)
            release = Release("", data, (table,), here.release.source)
            row = add_table(pieces, release, table, cells, measures, step, contributors)
            pieces.change[-1][:] = True
            sides.append(row)
        entries = []
        keys = np.unique(np.concatenate([s.cells.key for s in sides if s] or [np.empty(0, np.int64)]))
        base = pieces.n_relations
        for row, sign in ((new, 1.0), (old, -1.0), (sides[0], -1.0), (sides[1], 1.0)):
            if row is None:
                continue
            k = row.table.measures.index(measure)
            place = np.searchsorted(row.cells.key, keys).clip(max=max(len(row.cells.key) - 1, 0))
            there = row.cells.key[place] == keys
            entries.append((base + np.flatnonzero(there), row.index[place[there], k], np.full(there.sum(), sign)))
        pieces.relations.extend(entries)
        pieces.n_relations += len(keys)


def _difference(here: Microdata, there: Microdata, measure: str) -> Microdata | None:
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
    if not len(fresh):
        return None
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
