"""What several deliveries come to when somebody adds and subtracts them: R3 − R1 − R2.

Releases of different contributors tell, lined up, the figures of those who stand in one of them only. The model holds
what each two differ by (`changes.py`); what takes three or more is given here, as equations between the figures of the
deliveries and those of the records they come to, about which the rules speak:

    Σ_i c_i R_i − S = 0
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from .changes import WHOLE, add_change
from .counted import Counted
from .gather import TIED, Kind, Pieces, Rows
from .keys import with_totals
from .microdata import Microdata
from .tabulate import Dimension, Table, Zeros, groups_of, tabulate, with_zero_cells

COMBINED = Kind(False, True, True)


@dataclass(frozen=True)
class Term:
    """A delivery, `factor` times. `releases`: names of those made of another delivery of the same contributors, to
    which it is tied if it is none of theirs."""

    data: Microdata
    factor: float
    releases: tuple[str, ...] = ()


@dataclass(frozen=True)
class Combination:
    """Terms that come to the records of `data` (None: to nothing) in every cell of these dimensions and measures."""

    source: str
    dimensions: tuple[Dimension, ...]
    measures: tuple[str, ...]
    terms: tuple[Term, ...]
    data: Microdata | None = None


def add_combinations(
    pieces: Pieces, rows: Sequence[Rows], combinations: Sequence[Combination], counted: Counted, max_cells: int
) -> None:
    """Cells and equations of each combination."""
    made: list[Rows] = []
    for number, one in enumerate(combinations):
        for measure in one.measures:
            made += _add(pieces, [*rows, *made], one, measure, f"{number}|", counted, max_cells)


def _add(
    pieces: Pieces, rows: Sequence[Rows], one: Combination, measure: str, salt: str, counted: Counted, max_cells: int
) -> list[Rows]:
    """One combination in one measure; returns the tables of deliveries that no release was made of."""
    dims = tuple(replace(d, levels=None) for d in one.dimensions) or (WHOLE,)
    asked = Table("", dims, (measure,))
    plain = Table("", tuple(replace(d, sensitive=frozenset()) for d in dims), (measure,))
    tables, made = [], []
    for term in one.terms:
        for data, source, table in counted.parts(term.data, one.source, asked):
            row = next((r for r in rows if r.data is data and r.source == source and _holds(r, table)), None)
            if row is None:
                row = pieces.add_table(data, source, table, tabulate(data, table, max_cells), TIED)
                _tie(pieces, row, [r for r in rows if r.release and r.release.name in term.releases], max_cells)
                made.append(row)
            tables.append((row, term.factor))
    placed = [(_lowered(row, plain, measure), factor) for row, factor in tables]
    keys = np.unique(np.concatenate([key for (key, _, _), _ in placed]))
    come_to: list[tuple[np.ndarray, np.ndarray, float]] = []
    open_zeros = [zeros for (_, _, zeros), _ in placed]
    for data, source, _ in counted.parts(one.data, one.source, plain) if one.data else ():
        cells = tabulate(replace(data, idle={}), plain, max_cells)
        groups = groups_of(cells, asked)
        secret = np.unique(np.concatenate([*open_zeros, groups.empty]))
        sensitive = {d.column for d in dims if d.sensitive}
        pieces.cut_at(source, plain, secret, sensitive)
        told = np.concatenate([groups.full, groups.empty])
        cells = with_zero_cells(cells, plain, Zeros(with_totals(secret, plain), secret, sensitive, salt, told))
        keys = np.union1d(keys, cells.key)
        made_of = pieces.add_table(data, source, plain, cells, COMBINED)
        come_to.append((cells.key, made_of.index[:, 0], -1.0))
    terms = [(key, index, factor) for (key, index, _), factor in placed] + come_to
    pieces.add_equations(len(keys), *((np.searchsorted(keys, key), index, factor) for key, index, factor in terms))
    return made


def _holds(row: Rows, table: Table) -> bool:
    """Whether a table shows every cell of another one."""
    mine = {d.column: d.hierarchy for d in row.table.dimensions}
    asked = [d for d in table.dimensions if d != WHOLE]
    return set(table.measures) <= set(row.table.measures) and all(mine.get(d.column) == d.hierarchy for d in asked)


def _tie(pieces: Pieces, row: Rows, releases: Sequence[Rows], max_cells: int) -> None:
    """What has changed from other deliveries of the same contributors: the rules speak not about it."""
    measure = row.table.measures[0]
    for other in (r for r in releases if r.source == row.source and _holds(r, row.table)):
        common = tuple(d for d in row.table.dimensions if d != WHOLE)
        add_change(pieces, other, row, common, measure, Kind(False, False, True), max_cells)


def _lowered(row: Rows, small: Table, measure: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Cells of a table that stand in a smaller one: (their keys there, their places, the keys of open zeros)."""
    codes = {d.column: row.cells.codes[:, i] for i, d in enumerate(row.table.dimensions)}
    columns = {d.column for d in small.dimensions}
    at = np.flatnonzero(np.logical_and.reduce([np.full(len(row.cells.key), True)] + [
        code == 0 for column, code in codes.items() if column not in columns
    ]))  # fmt: skip
    key = np.zeros(len(at), np.int64)
    for d in small.dimensions:
        key = key * len(d.hierarchy.codes) + (codes[d.column][at] if d.column in codes else 0)
    zero = row.cells.group[at] & (row.cells.records[at] == 0)
    return key, row.index[at, row.table.measures.index(measure)], np.unique(key[zero])
