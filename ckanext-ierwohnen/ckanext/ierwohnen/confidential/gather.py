"""Gather what every release says about its cells, and merge cells of equal content into one variable."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from scipy import sparse

from .bonds import Bond
from .keys import called_in, codes_of, cutting, placed, strides_of
from .kinds import FLAGS, LISTED, Kind
from .microdata import COUNT, Microdata, mix
from .model import PUBLIC, Place, Tenures
from .order import word
from .tabulate import Table, Tabulation

PUBLISHED = "published"
UNASKED = "unasked"  # a place of an earlier release that it neither shows nor hides


@dataclass(frozen=True)
class Release:
    """Tables from one delivery of records, for an audience.

    `source` names what the records describe, its reference date included: deliveries with the same source
    overlap, later ones correct earlier ones. `pattern`: for an earlier release, the status of each place
    ("published", "unasked", or else hidden); None for the release in preparation. A withdrawn release is given
    like any other: its figures stay known. `perturbed`: it was published by the cell key method. `moment`: the day
    that the records describe, where one source has several: what stayed from one to the other is the same unknown,
    but what changed is no cell to be protected.
    """

    name: str
    data: Microdata
    tables: tuple[Table, ...]
    source: str = ""
    audience: str = PUBLIC
    pattern: Mapping[Place, str] | None = None
    perturbed: bool = False
    moment: str = ""


@dataclass
class Rows:
    """A table of one delivery and where its places stand among the gathered ones (`index`: int[cells, measures]).

    `names`: what to call cells that stand in no table.
    """

    data: Microdata
    source: str
    table: Table
    cells: Tabulation
    index: np.ndarray
    release: Release | None = None
    names: list[dict[str, str]] = field(default_factory=list)

    @cached_property
    def shown(self) -> np.ndarray:
        """bool[cells]: places that the release shows, or hides."""
        found = np.full(len(self.cells.codes), self.release is not None)
        for i, d in enumerate(self.table.dimensions):
            if d.levels is not None:
                found &= np.isin(d.hierarchy.depth[self.cells.codes[:, i]], list(d.levels))
        return found

    @property
    def fresh(self) -> bool:
        """Whether it is a table of the release in preparation."""
        return self.release is not None and self.release.pattern is None


@dataclass
class Pieces:
    """What is gathered before cells are merged by content: one entry per place of a cell and measure.

    What cuts through a group (`cut`) is merged with its own place in other tables only, not with whatever has the same
    records. `behind`: places of what contributors have in a cell of the release in preparation, or what has changed
    there. `step`: the smallest step of each measure, over all deliveries; `columns`: arrays by name, in blocks.
    """

    measures: tuple[str, ...]
    contributors: tuple[str, ...]
    step: dict[str, float]
    columns: dict[str, list[np.ndarray]] = field(default_factory=dict)
    parts: list[tuple[np.ndarray, ...]] = field(default_factory=list)
    relations: list[tuple[np.ndarray, ...]] = field(default_factory=list)
    n_relations: int = 0
    size: int = 0
    bonds: list[np.ndarray] = field(default_factory=list)
    asked: tuple[str, ...] = ()
    units: frozenset[str] = frozenset()
    sensitive: frozenset[str] = frozenset()
    cut: list[np.ndarray] = field(default_factory=list)
    behind: list[np.ndarray] = field(default_factory=list)

    @classmethod
    def start(cls, releases: Sequence[Release], tied: Sequence[str] = ()) -> Pieces:
        """Nothing gathered yet, for the measures and contributors of these releases; `tied`: more measures."""
        asked = tuple(dict.fromkeys(m for r in releases for t in r.tables for m in t.measures))
        measures = tuple(dict.fromkeys([*asked, *tied]))
        implied = [m for m in measures if any(m in r.data.implied for r in releases)]
        step = {m: min(r.data.step[m] for r in releases if m in r.data.step) for m in measures}
        ruled = tuple(dict.fromkeys([*asked, *implied]))
        units = frozenset(m for m in measures if all(m in r.data.units for r in releases if m in r.data.step))
        contributors = tuple(sorted({c for r in releases for c in r.data.contributors}))
        sensitive = frozenset(d.column for r in releases for t in r.tables for d in t.dimensions if d.sensitive)
        return cls(measures, contributors, step, asked=ruled, units=units, sensitive=sensitive)

    def _add(self, **columns: np.ndarray) -> None:
        for name, values in columns.items():
            self.columns.setdefault(name, []).append(values)

    def add_equations(self, count: int, *terms: tuple[np.ndarray, np.ndarray, float]) -> None:
        """`count` equations; each of the terms gives (number of the equation, place, coefficient)."""
        for number, place, factor in terms:
            self.relations.append((self.n_relations + number, place, np.full(len(number), factor)))
        self.n_relations += count

    def add_table(
        self, data: Microdata, source: str, table: Table, cells: Tabulation, kind: Kind = LISTED,
        release: Release | None = None,
    ) -> Rows:  # fmt: skip
        """Add the cells and sums of one table; returns where its places stand."""
        kind = replace(kind, fresh=release is not None and release.pattern is None)
        called = called_in(table, cells.codes) if kind.crossed else np.zeros(len(cells.key), np.uint64)
        place, whole = self._places(source, table, cells, kind)
        each = enumerate(table.measures)
        index = np.stack([self._measure(data, source, m, k, cells, kind, called, place, whole) for k, m in each], 1)
        parent, child, dim = cells.sums.T
        _, relation = np.unique(np.stack([dim, parent]), axis=1, return_inverse=True)
        relation = relation.ravel()
        n = int(relation.max(initial=-1)) + 1
        heads = np.zeros(n, int)
        heads[relation] = parent
        for at in index.T:
            self.add_equations(n, (np.arange(n), at[heads], 1.0), (relation, at[child], -1.0))
        return Rows(data, source, table, cells, index, release)

    def cut_at(self, source: str, table: Table, empty: np.ndarray, columns: Collection[str]) -> np.ndarray:
        """Keep apart what cuts through groups of which some cells are empty; returns the keys of these.

        empty: keys of the open zeros of groups in these columns
        """
        keys = np.union1d(cutting(empty, table, columns), empty)
        self.cut.append(placed(source, table, codes_of(keys, table)))
        return keys

    def _places(self, source: str, table: Table, cells: Tabulation, kind: Kind) -> tuple[np.ndarray, np.ndarray]:
        """(uint64[cells], what to call cells that cut through a group; int[cells], the cell of all of the group); 0
        where the table knows of no groups."""
        there = {d.column for d in table.dimensions} & self.sensitive
        groups = {d.column for d in table.dimensions if d.sensitive}
        if not there or kind.crossed or kind.net or (there != groups and not kind.change):
            return np.zeros(len(cells.key), np.uint64), np.zeros(len(cells.key), int)
        if groups:
            self.cut_at(source, table, cells.key[cells.group & (cells.records == 0)], groups)
        sizes = [len(d.hierarchy.codes) for d in table.dimensions]
        strides = np.where([d.column in there for d in table.dimensions], 0, strides_of(sizes))
        whole = np.searchsorted(cells.key, cells.codes @ strides)
        return placed(source, table, cells.codes), whole.clip(max=len(cells.key) - 1)

    def _measure(
        self, data, source, measure: str, k: int, cells: Tabulation, kind: Kind, called: np.ndarray, place: np.ndarray,
        whole: np.ndarray,
    ) -> np.ndarray:  # fmt: skip
        size, m = len(cells.key), self.measures.index(measure)
        at = self.size + np.arange(size)
        ratio = round(data.step[measure] / self.step[measure])
        self._add(
            ident=_salted(cells.identity[:, k], source, m),
            imprint=cells.identity[:, k, 0],
            about=np.full(size, _salted(np.zeros((1, 2), np.uint64), source, m)[0, 0]),
            amount=cells.amounts[:, k] * ratio,
            records=cells.records,
            group=cells.group,
            measure=np.full(size, m),
            called=called,
            place=place,
            whole=mix(cells.identity[whole, k]),
            **{name: np.full(size, getattr(kind, name)) for name in FLAGS},
        )
        lookup = np.array([self.contributors.index(c) for c in data.contributors])
        part, share = cells.part_amounts[:, k] * ratio, cells.part_identity[:, k]
        self.parts.append((at[cells.part_cell], lookup[cells.part_contributor], part, cells.part_records, share))
        self.size += size
        return at

    def add_bonds(self, rows: Sequence[Rows], bonds: Sequence[Bond]) -> None:
        """The relations between measures, for every cell of a table; `rows`: the table, by measures.

        A cell that a measure lacks is a known zero of it; where a cell is empty without anybody's knowledge, nothing
        is said.
        """
        keys = np.unique(np.concatenate([r.cells.key for r in rows]))
        open_ = np.concatenate([r.cells.key[r.cells.group & (r.cells.records == 0)] for r in rows])
        keys = keys[~np.isin(keys, open_)]
        place = {}
        for row in rows:
            at = np.searchsorted(row.cells.key, keys).clip(max=len(row.cells.key) - 1)
            there = row.cells.key[at] == keys
            place.update({m: np.where(there, row.index[at, k], -1) for k, m in enumerate(row.table.measures)})
            row.names = [_name(row.table, cell[None, :]) for cell in row.cells.codes]
        for bond in bonds:
            names = [m for m in bond if m in place]
            filled = np.stack([place[m] >= 0 for m in names], 1)
            for pattern in np.unique(filled, axis=0):
                mine = np.flatnonzero((filled == pattern).all(axis=1))
                terms = [(place[m][mine], float(bond[m])) for m, there in zip(names, pattern, strict=True) if there]
                self._add_bond(len(mine), terms)

    def _add_bond(self, n: int, at: Sequence[tuple[np.ndarray, float]]) -> None:
        if not at:
            return
        for sign in (1.0, -1.0) if len(at) == 2 else (1.0,):  # of two, each is the sum of the other
            self.bonds.append(self.n_relations + np.arange(n))
            scale = sign / (max(sign * c for _, c in at) or 1.0)
            self.add_equations(n, *((np.arange(n), place, scale * c) for place, c in at))

    def _reckoned(self, relations: sparse.csr_matrix, measure: np.ndarray, flags: dict[str, np.ndarray]) -> np.ndarray:
        """bool[n]: cells of measures asked for that relations make out of listed cells, new ones among them."""
        seen, fresh = flags["listed"] | flags["ruled"] | flags["given"], flags["fresh"].copy()
        found = np.zeros(len(seen), bool)
        asked = np.isin(measure, [self.measures.index(m) for m in self.asked])
        tied = (relations[np.concatenate(self.bonds)] != 0).tocsr() if self.bonds else relations[:0]
        while True:
            one = (tied @ (~seen).astype(int) == 1) & (tied @ fresh.astype(int) > 0)
            more = (tied[one].sum(axis=0).A1 > 0) & ~seen
            if not more.any():
                return found
            seen, fresh, found = seen | more, fresh | more, found | (more & asked)

    def add_unions(self, rows: Rows, sets: Sequence[np.ndarray]) -> Rows | None:
        """A cell of its own, to which the rules apply, for each set of a table's cells (positions in `rows.cells`)."""
        if not sets:
            return None
        cells = rows.cells
        number = np.repeat(np.arange(len(sets)), [len(s) for s in sets])
        member = np.concatenate(sets)
        chosen = sparse.csr_matrix((np.ones(len(number), np.int64), (number, member)), (len(sets), len(cells.key)))
        start = np.searchsorted(number, np.arange(len(sets)))
        entry = sparse.csr_matrix(
            (np.arange(len(cells.part_cell)) + 1, (cells.part_cell, np.arange(len(cells.part_cell)))),
            (len(cells.key), len(cells.part_cell)),
        )
        pairs = (chosen @ entry).tocoo()
        union = Tabulation(
            cells.codes[member[start]],
            np.arange(len(sets)),
            chosen @ cells.records,
            chosen @ cells.amounts,
            np.add.reduceat(cells.identity[member], start, axis=0),
            np.zeros(len(sets), bool),
            *added_up(pairs.row, cells.part_contributor[pairs.col], cells.part_records[pairs.col],
                    cells.part_amounts[pairs.col], cells.part_identity[pairs.col]),
            np.empty((0, 3), np.int64),
        )  # fmt: skip
        made = self.add_table(rows.data, rows.source, rows.table, union, Kind(listed=False))
        for k in range(len(rows.table.measures)):
            places = made.index[:, k]
            self.add_equations(len(sets), (np.arange(len(sets)), places, 1.0), (number, rows.index[member, k], -1.0))
        made.names = [_name(rows.table, cells.codes[s]) for s in sets]
        return made

    def merged(self) -> dict:
        """Places with equal content become one variable; arrays by variable, and `cell`, the variable of each place."""
        column = {name: np.concatenate(blocks) for name, blocks in self.columns.items()}
        named = np.isin(column["place"], np.concatenate([*self.cut, np.zeros(0, np.uint64)])) & (column["place"] > 0)
        column["ident"][named] ^= mix(column["place"][named])[:, None] ^ column["whole"][named]
        ident = np.ascontiguousarray(column["ident"]).view("u8,u8").ravel()
        _, first, cell = np.unique(ident, return_index=True, return_inverse=True)
        n = len(first)
        unit = np.array([self.step[m] for m in self.measures])[column["measure"][first]]
        parts, counts, shares, tenures = self._parts(cell, unit, column["unpeopled"][first])
        holders = np.diff(counts.indptr)
        np.minimum.at(holders, tenures.cell, tenures.size)
        row, place, factor = (
            (np.concatenate(x) for x in zip(*self.relations, strict=True)) if self.relations else ([], [], [])
        )
        relations = sparse.csr_matrix((factor, (row, cell[np.asarray(place, int)])), (self.n_relations, n))
        relations.sum_duplicates()
        relations.eliminate_zeros()
        anywhere = {name: np.zeros(n, bool) for name in ("group", "listed", "ruled", "fresh", "given", "net")}
        for name, flags in anywhere.items():
            np.logical_or.at(flags, cell, column[name])
        anywhere["ruled"] |= self._reckoned(relations, column["measure"][first], anywhere)
        del anywhere["fresh"]
        anywhere["behind"] = np.zeros(n, bool)
        anywhere["behind"][cell[np.concatenate([*self.behind, np.zeros(0, int)])]] = True
        everywhere = np.ones(n, bool)
        np.logical_and.at(everywhere, cell, column["change"])
        whole = np.array([abs(self.step[m] - 1) < 1e-12 and m in (COUNT, *self.units) for m in self.measures])
        return {
            "cell": cell,
            "value": column["amount"][first] * unit,
            "records": column["records"][first],
            "measure": column["measure"][first],
            "parts": parts,
            "counts": counts,
            "holders": holders,
            "tenures": tenures,
            "imprint": column["imprint"][first],
            "about": column["about"][first],
            "called": column["called"][first],
            "crossing": column["crossed"][first],
            "shares": shares,
            "relations": _distinct(relations),
            "change": everywhere,
            "integral": whole[column["measure"][first]],
            **anywhere,
        }

    def _parts(self, cell: np.ndarray, unit: np.ndarray, unpeopled: np.ndarray):
        """Parts and counts (csr[n, C]), what each contributor's records are (uint64 by entry), and the tenures; where
        nobody knows who else is there (bool[n]) parts only."""
        at, who, part, count, share = (np.concatenate(x) for x in zip(*self.parts, strict=True))
        known = ~unpeopled[cell[at]]
        tenures = _tenures(cell, at[known], who[known], part[known], count[known], unit)
        order = np.lexsort((who, cell[at]))
        pair = (cell[at][order], who[order])
        first = np.flatnonzero(np.r_[True, (np.diff(pair[0]) != 0) | (np.diff(pair[1]) != 0)])
        part, count = (np.maximum.reduceat(x[order], first) for x in (part, count))
        share, pair = share[order][first], (pair[0][first], pair[1][first])
        shape = (len(unit), len(self.contributors))
        parts = sparse.csr_matrix((part * unit[pair[0]], pair), shape)
        known = ~unpeopled[pair[0]]
        counts = sparse.csr_matrix((count[known].astype(float), (pair[0][known], pair[1][known])), shape)
        return parts, counts, share[known], tenures


def _tenures(cell, at, who, part, count, unit) -> Tenures:
    """Who held what of the cells whose records have changed hands from one delivery to the next."""
    word = mix(mix(mix(who.astype(np.uint64)) ^ part.astype(np.uint64)) ^ count.astype(np.uint64))
    held = np.zeros(len(cell), np.uint64)
    np.add.at(held, at, word)
    places = np.unique(at)
    _, first = np.unique(np.stack([cell[places].astype(np.uint64), held[places]]), axis=1, return_index=True)
    places = places[first]
    times = np.bincount(cell[places], minlength=len(unit))
    places = places[times[cell[places]] > 1]
    number = np.full(len(cell), -1)
    number[places] = np.arange(len(places))
    mine = np.flatnonzero(number[at] >= 0)
    version, owner = number[at[mine]], cell[places]
    size = np.bincount(version, minlength=len(places))
    return Tenures(owner, size, version, who[mine], part[mine] * unit[cell[at[mine]]])


def _name(table: Table, codes: np.ndarray) -> dict[str, str]:
    """The categories of a set of cells by column: {"district": "D1", "social": "S2+S3"}."""
    return {
        d.column: "+".join(d.hierarchy.codes[c] for c in np.unique(codes[:, i])) for i, d in enumerate(table.dimensions)
    }


def _salted(identity: np.ndarray, source: str, measure: int) -> np.ndarray:
    """Fingerprints that differ by source and measure."""
    encoded = source.encode()
    salt = mix(np.frombuffer(encoded.ljust(8 * (len(encoded) // 8 + 1), b"\0"), "<u8"))
    lanes = identity ^ mix(np.array([measure], np.uint64))
    for block in salt:
        lanes = mix(lanes ^ block)
    return lanes


def added_up(
    cell, contributor, records, amounts, identity
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Parts of one contributor in one cell added up: (cell, contributor, records, amounts, identity)."""
    order = np.lexsort((contributor, cell))
    cell, contributor = cell[order], contributor[order]
    first = np.flatnonzero(np.r_[True, (cell[1:] != cell[:-1]) | (contributor[1:] != contributor[:-1])])
    return (
        cell[first],
        contributor[first],
        np.add.reduceat(records[order], first),
        np.add.reduceat(amounts[order], first, axis=0),
        np.add.reduceat(identity[order], first, axis=0),
    )


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
