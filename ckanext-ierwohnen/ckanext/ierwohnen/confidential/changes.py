"""What changed between two deliveries of one source: added, removed, unchanged.

Somebody who sees both figures of a cell knows the difference; so the records added, and those removed, are cells as
well. With what stayed, new = stayed + added and old = stayed + removed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from .gather import Kind, Pieces, Rows
from .hierarchy import Hierarchy
from .microdata import Microdata
from .tabulate import Dimension, Table, Tabulation, tabulate, with_zero_cells

WHOLE = Dimension("", Hierarchy(("Total",), (-1,)))  # tables without a common column share their grand total


def add_changes(pieces: Pieces, rows: Sequence[Rows], max_cells: int) -> None:
    """Cells and equations for every two deliveries of one source.

    On what two shown tables share, the difference can be reckoned out: the rules apply. On further columns it only
    ties the deliveries to one another.
    """
    done: set = set()
    for old, new in _pairs(rows):
        common = tuple(
            d
            for d in new.table.dimensions
            if any(d.column == e.column and d.hierarchy == e.hierarchy for e in old.table.dimensions)
        )
        shown = old.release is not None and new.release is not None
        if not shown and len(common) < min(len(old.table.dimensions), len(new.table.dimensions)):
            continue
        for measure in sorted(set(old.table.measures) & set(new.table.measures)):
            name = (id(old.data), id(new.data), measure, frozenset(d.column for d in common))
            if name not in done:
                _add_change(pieces, old, new, common, measure, Kind(False, shown, True), max_cells)
            done.add(name)


def _pairs(rows: Sequence[Rows]) -> list[tuple[Rows, Rows]]:
    """(older, newer) tables of one source from different deliveries, those that are shown first."""
    order: dict[int, int] = {}
    for row in rows:
        order.setdefault(id(row.data), len(order))
    found = [
        (old, new)
        for old in rows
        for new in rows
        if order[id(old.data)] < order[id(new.data)] and old.source == new.source
    ]
    return sorted(found, key=lambda pair: pair[0].release is None or pair[1].release is None)


def _add_change(pieces: Pieces, old: Rows, new: Rows, common, measure: str, kind: Kind, max_cells: int) -> None:
    plain = tuple(replace(d, sensitive=frozenset(), levels=None) for d in common)
    table = Table("", plain or (WHOLE,), (measure,))
    fresh, gone = _missing(new.data, old.data, measure), _missing(old.data, new.data, measure)
    if not len(fresh) and not len(gone):
        return
    stayed = np.setdiff1d(np.arange(len(new.data)), fresh)
    data = {"+": _picked(new.data, fresh), "-": _picked(old.data, gone), "=": _picked(new.data, stayed)}
    cells = {side: _tabulated(d, table, max_cells) for side, d in data.items()}
    keys = np.union1d(cells["+"].key, cells["-"].key)
    place = {}
    for side, found in cells.items():
        filled = with_zero_cells(found, table, keys, f"{side}|{_name(old)}|{_name(new)}|{new.source}|")
        how = kind if side != "=" else Kind(False, False, True)
        made = pieces.add_table(data[side], new.source, table, filled, how)
        place[side] = made.index[np.searchsorted(filled.key, keys), 0]
    number = np.arange(len(keys))
    for row, side in ((new, "+"), (old, "-")):
        wanted = _projected(keys, table, row.table)
        at = np.searchsorted(row.cells.key, wanted).clip(max=len(row.cells.key) - 1)
        there = row.cells.key[at] == wanted
        whole = row.index[at[there], row.table.measures.index(measure)]
        pieces.add_equations(
            len(keys), (number[there], whole, 1.0), (number, place[side], -1.0), (number, place["="], -1.0)
        )


def _name(row: Rows) -> str:
    return row.release.name if row.release else ""


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


def _missing(here: Microdata, there: Microdata, measure: str) -> np.ndarray:
    """Records of `here` that are not in `there` for this measure (by fingerprint, with multiplicity), sorted."""
    mine = here.identity[measure].copy().view("u8,u8").ravel()
    other = there.identity[measure].copy().view("u8,u8").ravel()
    names, codes = np.unique(np.concatenate([mine, other]), return_inverse=True)
    counts = np.bincount(codes[len(mine) :], minlength=len(names))
    codes = codes[: len(mine)]
    order = np.argsort(codes, kind="stable")
    ranked = codes[order]
    rank = np.arange(len(ranked)) - np.searchsorted(ranked, ranked)
    return np.sort(order[rank >= counts[ranked]])


def _picked(data: Microdata, rows: np.ndarray) -> Microdata:
    return Microdata(
        {c: v[rows] for c, v in data.columns.items()},
        data.contributor[rows],
        data.contributors,
        {m: v[rows] for m, v in data.amounts.items()},
        data.step,
        {m: v[rows] for m, v in data.identity.items()},
        data.rows[rows],
        pd.DataFrame(),
    )
