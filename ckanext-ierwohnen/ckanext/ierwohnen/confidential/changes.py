"""What changed between two deliveries of one source: added, removed, unchanged.

Somebody who sees both figures of a cell knows the difference; so the records added, and those removed, are cells as
well. With what stayed, new = stayed + added and old = stayed + removed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from .gather import Pieces, Rows
from .hierarchy import Hierarchy
from .keys import with_totals
from .kinds import Kind
from .microdata import Microdata, fingerprint, mix
from .nets import add_nets
from .tabulate import Dimension, Groups, Table, Tabulation, Zeros, groups_of, tabulate, with_zero_cells

_OTHER = {"+": "-", "-": "+"}
WHOLE = Dimension("", Hierarchy(("Total",), (-1,)))  # tables without a common column share their grand total


def add_changes(pieces: Pieces, rows: Sequence[Rows], max_cells: int) -> list[Rows]:
    """Cells and equations for every two deliveries of one source; returns where the net changes stand.

    On what two shown tables share, the difference can be reckoned out: the rules apply, unless it is that of two days.
    On further columns it only ties the deliveries to one another.
    """
    done: set = set()
    found: list[Rows] = []
    for old, new in _pairs(rows):
        common = tuple(
            d
            for d in new.table.dimensions
            if any(d.column == e.column and d.hierarchy == e.hierarchy for e in old.table.dimensions)
        )
        moments = [r.release.moment for r in (old, new) if r.release is not None]
        shown = len(moments) == 2
        if not shown and len(common) < min(len(old.table.dimensions), len(new.table.dimensions)):
            continue
        ruled = shown and moments[0] == moments[1]
        apart = shown and not ruled
        for measure in sorted(set(old.table.measures) & set(new.table.measures)):
            name = (id(old.data), id(new.data), measure, frozenset(d.column for d in common))
            if name not in done:
                kind = Kind(False, ruled, True)
                net = add_change(pieces, old, new, common, measure, kind, max_cells, apart)
                found += [net] if net else []
            done.add(name)
    return found


def _pairs(rows: Sequence[Rows]) -> list[tuple[Rows, Rows]]:
    """(older, newer) tables of one source from different deliveries; shown ones of one day first, then shown ones."""
    order: dict[int, int] = {}
    for row in rows:
        order.setdefault(id(row.data), len(order))
    found = [
        (old, new)
        for old in rows
        for new in rows
        if order[id(old.data)] < order[id(new.data)] and old.source == new.source
    ]
    return sorted(found, key=_rank)


def _rank(pair: tuple[Rows, Rows]) -> int:
    old, new = (row.release for row in pair)
    return 2 if old is None or new is None else int(old.moment != new.moment)


def add_change(
    pieces: Pieces, old: Rows, new: Rows, common, measure: str, kind: Kind, max_cells: int, apart: bool = False,
    salt: str = "",
) -> Rows | None:  # fmt: skip
    """Cells and equations of one pair; returns where the net changes stand.

    apart: of two days, so that only what whole contributors have, who are in one of the deliveries, is no change; salt:
    tells pairs of tables apart that are no release's.
    """
    grouped = _grouped(common, old.table, measure)
    table = grouped.plain
    columns = [d.column for d in common]
    fresh, gone = _missing(new.data, old.data, measure, columns), _missing(old.data, new.data, measure, columns)
    if not len(fresh) and not len(gone):
        return None
    stayed = np.setdiff1d(np.arange(len(new.data)), fresh)
    data = {"+": picked(new.data, fresh), "-": picked(old.data, gone), "=": picked(new.data, stayed)}
    cells = {side: _tabulated(d, table, max_cells) for side, d in data.items()}
    groups = {side: _groups(cells[side], cells[other], grouped) for side, other in _OTHER.items()}
    alone = {side: _alone(data[side], d) for side, d in (("+", old.data), ("-", new.data))} if apart else {}
    there = [groups_of(_tabulated(d, table, max_cells), grouped) for d, _ in alone.values()]
    empty = [g.empty for g in (*groups.values(), *there)]
    secret = np.unique(np.concatenate([_open_zeros(old, table), _open_zeros(new, table), *empty]))
    sensitive = {d.column for d in grouped.dimensions if d.sensitive}
    cut = pieces.cut_at(new.source, table, secret, sensitive)
    moved = np.unique(np.concatenate([cells["+"].key, cells["-"].key, with_totals(secret, table)]))
    keys = np.union1d(moved, np.intersect1d(cut, cells["="].key))
    both = f"{_name(old)}|{_name(new)}|{new.source}{salt}"
    place, sides, zeros = {}, {}, {}
    for side, found in cells.items():
        told, open_ = np.empty(0, np.int64), moved
        if side in groups:  # where one side is all of a group, nothing is on the other
            told = groups[side].told if kind.ruled else told
            open_ = np.setdiff1d(moved, groups[_OTHER[side]].empty)
        zeros[side] = Zeros(open_, np.intersect1d(secret, open_), sensitive, f"{side}|{both}|", told)
        sides[side] = with_zero_cells(found, table, zeros[side])
        how = kind if side != "=" else Kind(False, False, True)
        index = pieces.add_table(data[side], new.source, table, sides[side], how).index[:, 0]
        place[side] = np.full(len(keys), -1)
        _, mine, here = np.intersect1d(keys, sides[side].key, assume_unique=True, return_indices=True)
        place[side][mine] = index[here]
    number, behind = np.arange(len(keys)), {}
    for row, side in ((new, "+"), (old, "-")):
        wanted = _projected(keys, table, row.table)
        at = np.searchsorted(row.cells.key, wanted).clip(max=len(row.cells.key) - 1)
        there = row.cells.key[at] == wanted
        whole = row.index[at[there], row.table.measures.index(measure)]
        rest = [(number[place[s] >= 0], place[s][place[s] >= 0], -1.0) for s in (side, "=")]
        pieces.add_equations(len(keys), (number[there], whole, 1.0), *rest)
        behind[side] = keys[there & row.shown[at]] if row.fresh else keys[:0]
        pieces.behind.append(place[side][np.isin(keys, behind[side]) & (place[side] >= 0)])
    for side, parts in alone.items():
        _add_apart(pieces, parts, new.source, grouped, (keys, place[side]), zeros[side], max_cells, behind[side])
    net = add_nets(pieces, new, table, keys, sides, place, data) if kind.ruled else None
    if net:
        pieces.behind.append(net.index[np.isin(net.cells.key, np.concatenate([*behind.values()])), 0])
    return net


def _alone(changed: Microdata, other: Microdata) -> tuple[Microdata, Microdata]:
    """Changed records of contributors who have nothing in the other delivery, and the rest."""
    there = np.array(other.contributors, dtype=object)[np.unique(other.contributor)]
    alone = ~np.isin(np.array(changed.contributors, dtype=object)[changed.contributor], there)
    return picked(changed, np.flatnonzero(alone)), picked(changed, np.flatnonzero(~alone))


def _add_apart(
    pieces: Pieces, parts: tuple[Microdata, Microdata], source: str, grouped: Table,
    sides: tuple[np.ndarray, np.ndarray], zeros: Zeros, max_cells: int, behind: np.ndarray,
) -> None:  # fmt: skip
    """What was added, or removed, by contributors who have nothing in the other delivery (the first of the parts): they
    stand in another table, and what they have is no change of stock. The rules apply to it.

    sides: keys and places of all that was added or removed; behind: keys of what the release in preparation shows
    """
    keys, place = sides
    if not len(parts[0]):
        return
    table = grouped.plain
    number, terms, secret = np.arange(len(keys)), [], with_totals(zeros.secret, table)
    for mine, ruled in zip(parts, (True, False), strict=True):
        cells = _tabulated(mine, table, max_cells)
        told = groups_of(cells, grouped).told if ruled else np.empty(0, np.int64)
        cells = with_zero_cells(cells, table, replace(zeros, keys=secret, salt=f"{zeros.salt}{ruled}|", groups=told))
        if len(cells.key):
            made = pieces.add_table(mine, source, table, cells, Kind(False, ruled, True))
            pieces.behind.append(made.index[np.isin(cells.key, behind), 0])
            at = np.searchsorted(cells.key, keys).clip(max=len(cells.key) - 1)
            filled = cells.key[at] == keys
            terms.append((number[filled], made.index[at[filled], 0], -1.0))
    pieces.add_equations(len(keys), (number[place >= 0], place[place >= 0], 1.0), *terms)


def _grouped(common: Sequence[Dimension], other: Table, measure: str) -> Table:
    """What two tables share, on all levels, with the groups that one of them knows of."""
    groups = {d.column: d.sensitive for d in other.dimensions}
    dims = (replace(d, levels=None, sensitive=d.sensitive | groups.get(d.column, frozenset())) for d in common)
    return Table("", tuple(dims) or (WHOLE,), (measure,))


def _groups(cells: Tabulation, other: Tabulation, table: Table) -> Groups:
    """Groups of one side that nothing of the other is taken from: so they are told by the difference."""
    found = groups_of(cells, table)
    return found.only(~np.isin(found.total, other.key))


def _open_zeros(row: Rows, small: Table) -> np.ndarray:
    """Keys in `small` of empty cells of which nobody may know that they are empty (group disclosure)."""
    at = np.flatnonzero(row.cells.group & (row.cells.records == 0))
    keep, key = np.ones(len(at), bool), np.zeros(len(at), np.int64)
    code = {d.column: row.cells.codes[at, i] for i, d in enumerate(row.table.dimensions)}
    for column, codes in code.items():
        if column not in {d.column for d in small.dimensions}:
            keep &= codes == 0
    for d in small.dimensions:
        key = key * len(d.hierarchy.codes) + code.get(d.column, np.zeros(len(at), np.int64))
    return np.unique(key[keep])


def _name(row: Rows) -> str:
    return row.release.name if row.release else ""


def _tabulated(data: Microdata, table: Table, max_cells: int) -> Tabulation:
    if len(data):
        return tabulate(data, table, max_cells)
    none, dims, ids = np.empty(0, np.int64), len(table.dimensions), np.empty((0, 1, 2), np.uint64)
    flags, sums = np.empty(0, bool), np.empty((0, 3), np.int64)
    wide, words = np.empty((0, 1), np.int64), np.empty((0, 1), np.uint64)
    return Tabulation(np.empty((0, dims), np.int64), none, none, wide, ids, flags, none, none, none, wide, words, sums)


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


def _missing(here: Microdata, there: Microdata, measure: str, columns: Sequence[str]) -> np.ndarray:
    """Records of `here` that are not in `there` for this measure, sorted.

    Recognised by fingerprint and category, with multiplicity. Of equal records those of the same contributor match
    first, so that what one contributor withdraws is not taken for another's; the rest has changed hands.
    """
    content = np.concatenate([content_of(d, measure, columns) for d in (here, there)]).view("u8,u8").ravel()
    names = np.concatenate([np.array(d.contributors)[d.contributor] for d in (here, there)])
    _, same = np.unique(content, return_inverse=True)
    owner = np.unique(names, return_inverse=True)[1]
    pair = np.unique(same * (int(owner.max()) + 1) + owner, return_inverse=True)[1]
    n = len(here)
    matched = ranks(pair[:n]) < np.bincount(pair[n:], minlength=int(pair.max()) + 1)[pair[:n]]
    order = np.lexsort((owner[:n], ~matched, same[:n]))
    rank = np.empty(n, int)
    rank[order] = ranks(same[:n][order])
    return np.flatnonzero(rank >= np.bincount(same[n:], minlength=int(same.max()) + 1)[same[:n]])


def content_of(data: Microdata, measure: str, columns: Sequence[str]) -> np.ndarray:
    """uint64[records, 2]: fingerprints that also tell categories apart (an identifier alone does not)."""
    found = data.identity[measure].copy()
    for column in columns:
        if column in data.columns:
            found += mix(fingerprint(data.columns[column]) ^ fingerprint(np.array([column])))
    return found


def ranks(codes: np.ndarray) -> np.ndarray:
    """int[n]: how many equal codes stand before each."""
    order = np.argsort(codes, kind="stable")
    ranked = codes[order]
    found = np.empty(len(codes), int)
    found[order] = np.arange(len(codes)) - np.searchsorted(ranked, ranked)
    return found


def picked(data: Microdata, rows: np.ndarray) -> Microdata:
    """Some of the records."""
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
