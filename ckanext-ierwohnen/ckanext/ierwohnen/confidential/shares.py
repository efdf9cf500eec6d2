"""What deliveries of different contributors are made of.

Contributors who stand in the same releases have a share in each. Every delivery is the sum of its shares; that ties
releases to one another, however many it takes to tell somebody's figures (R3 − R1 − R2), and by whatever columns they
show them. The rules speak about each share, and about shares that together follow from releases, as about a table. A
share that was delivered again differs from itself like any delivery (`changes.py`). What sums of hidden cells follow
from several deliveries together is searched for among their portions (`across.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, reduce

import numpy as np

from .across import Line, Lines, keys_in
from .changes import add_change
from .counted import OF, Counted
from .gather import Pieces, Release, Rows
from .keys import with_totals
from .kinds import Kind
from .microdata import Microdata
from .portions import portions
from .tabulate import Dimension, Table, Tabulation, Zeros, groups_of, tabulate, with_zero_cells

NOTHING = np.empty(0, np.int64)
PORTION = Kind(False, False, True)


@dataclass(frozen=True)
class Made:
    """Records, and the shares that add up to them; moment: the day that they describe."""

    whole: Microdata
    shares: tuple[Microdata, ...]
    moment: str = ""


@dataclass(frozen=True)
class Shares:
    """deliveries: what each is made of; together: shares of which the rules speak together; again: the same
    contributors' shares of two deliveries, and whether what changed is to be protected; stood: of each class of
    contributors its shares, the latest last."""

    source: str = ""
    deliveries: tuple[Made, ...] = ()
    together: tuple[Made, ...] = ()
    again: tuple[tuple[Microdata, Microdata, bool], ...] = ()
    stood: tuple[tuple[Microdata, ...], ...] = ()

    @classmethod
    def corrected(cls, releases: Sequence[Release], source: str) -> Shares:
        """Where nobody tells the shares, each delivery is one, all of one class."""
        mine = {(id(r.data), r.moment): Made(r.data, (r.data,), r.moment) for r in releases if r.source == source}
        stood = tuple({id(made.whole): made.whole for made in mine.values()}.values())
        return cls(source, tuple(mine.values()), stood=(stood,)) if len(stood) > 1 else cls(source)

    @cached_property
    def number(self) -> dict[int, int]:
        """Id of a share → its class."""
        return {id(data): n for n, versions in enumerate(self.stood) for data in versions}

    @cached_property
    def ways(self) -> list[dict[int, Microdata]]:
        """Class → its share as it stood at a delivery: in it, on its day or lately; each way once, none where nothing
        has changed."""
        found: dict[tuple[int, ...], dict[int, Microdata]] = {}
        for made in self.deliveries if any(len(versions) > 1 for versions in self.stood) else ():
            of_day = [other for other in self.deliveries if other.moment == made.moment]
            way = {n: versions[-1] for n, versions in enumerate(self.stood) if versions}
            way |= {self.number[id(data)]: data for other in (*of_day, made) for data in other.shares}
            found.setdefault(tuple(id(data) for data in way.values()), way)
        return list(found.values())


def add_shares(
    pieces: Pieces, rows: Sequence[Rows], shares: Shares, counted: Counted, max_cells: int
) -> tuple[list[Rows], list[Lines]]:  # fmt: skip
    """Cells and equations of all shares; returns where the net changes stand, and what deliveries are made up of."""
    found: list[Rows] = []
    lines: list[Lines] = []
    shapes = [*_shapes(rows, shares.source)] if shares.deliveries else []
    columns = [frozenset(d.column for d in dims) for dims, _, _ in shapes]
    for (dims, shown, measures), mine in zip(shapes, columns, strict=True):
        widest = not any(mine < other for other in columns)
        for measure in measures:
            work = _Shape(pieces, rows, counted, shares.source, Table("", dims, (measure,)), shown, max_cells)
            found += work.add(shares)
            lines += work.lines(shares) if widest else []
    return found, lines


def _shapes(rows: Sequence[Rows], source: str) -> Iterator[tuple[tuple[Dimension, ...], bool, tuple[str, ...]]]:
    """(dimensions, whether a release shows them, measures) of every kind of table, once."""
    found: dict[frozenset[str], list[Rows]] = {}
    for row in rows:
        if row.source.split(OF)[0] == source:
            found.setdefault(frozenset(d.column for d in row.table.dimensions), []).append(row)
    for mine in found.values():
        groups: dict[str, frozenset[str]] = {}
        for d in (d for row in mine for d in row.table.dimensions):
            groups[d.column] = groups.get(d.column, frozenset()) | d.sensitive
        dims = tuple(replace(d, levels=None, sensitive=groups[d.column]) for d in mine[0].table.dimensions)
        measures = tuple(dict.fromkeys(m for row in mine for m in row.table.measures))
        yield dims, any(row.release for row in mine), measures


@dataclass
class _Shape:
    """One kind of table with one measure, of all shares. `made`: tables that no release was made of; `summed`: whose
    portions add up to them already."""

    pieces: Pieces
    rows: Sequence[Rows]
    counted: Counted
    source: str
    asked: Table
    shown: bool
    max_cells: int
    secret: np.ndarray = field(default_factory=lambda: NOTHING)
    made: dict[int, Rows] = field(default_factory=dict)
    summed: set[int] = field(default_factory=set)

    def add(self, shares: Shares) -> list[Rows]:
        """Everything of this kind; returns where the net changes stand."""
        wholes = [(made, self._row(made.whole)) for made in shares.deliveries]
        zeros = [self._lowered(row)[2] for _, row in wholes if row]
        self.secret = np.unique(np.concatenate([self.secret, *zeros]))
        for made, row in wholes:
            if row:
                self._sum_up(row, [self._share(data) for data in made.shares])
        for made in shares.together if self.shown else ():
            whole = self._share(made.whole)
            if whole:
                self._sum_up(whole, [self._share(data) for data in made.shares])
        self._mark_behind(shares)
        return [net for pair in shares.again if (net := self._tie(*pair))]

    def lines(self, shares: Shares) -> list[Lines]:
        """What the deliveries are made up of."""
        made = [(self._row(m.whole), [r for r in map(self._share, m.shares) if r], m.moment) for m in shares.deliveries]
        days: dict[str, dict[int, Microdata]] = {}
        for _, rows, moment in made:
            days.setdefault(moment, {}).update({id(row.data): row.data for row in rows})
        columns = [d.column for d in self.asked.dimensions]
        apart = portions([[*day.values()] for day in days.values()], self.asked.measures[0], columns)
        found = [
            Line(whole, tuple(part for row in rows for part in self._portions(row, apart[id(row.data)])))
            for whole, rows, _ in made if whole
        ]  # fmt: skip
        return [Lines(self.asked, tuple(found)), *self._nearly(shares)] if len(found) > 1 else []

    def _nearly(self, shares: Shares) -> Iterator[Lines]:
        """What the deliveries are made up of but for what changed: all of them, of classes as they stood once."""
        for way in shares.ways:
            rows = {n: self._share(data) for n, data in way.items()}
            found = [
                (whole, tuple(row for data in made.shares if (row := rows[shares.number[id(data)]])))
                for made in shares.deliveries if (whole := self._row(made.whole))
            ]  # fmt: skip
            yield Lines(self.asked, tuple(Line(*line) for line in found if line[1]))

    def _portions(self, share: Rows, parts: Sequence[Microdata]) -> list[Rows]:
        """The tables of the portions of a share, which add up to its own."""
        if len(parts) == 1:
            return [share]
        plain = self.asked.plain
        for data in (data for data in parts if id(data) not in self.made):
            self.made[id(data)] = self._added(data, share.source, tabulate(data, plain, self.max_cells), PORTION)
        rows = [self.made[id(data)] for data in parts]
        if id(share) not in self.summed:
            self.summed.add(id(share))
            self._sum_up(share, rows)
        return rows

    def _part(self, data: Microdata) -> tuple[Microdata, str, Table] | None:
        return next(self.counted.parts(data, self.source, self.asked), None)

    def _row(self, data: Microdata) -> Rows | None:
        """A table of a delivery that shows all of this kind."""
        part = self._part(data)
        return part and next((r for r in self.rows if r.data is part[0] and r.source == part[1] and self._in(r)), None)

    def _in(self, row: Rows) -> bool:
        mine = {d.column: d.hierarchy for d in row.table.dimensions}
        there = set(self.asked.measures) <= set(row.table.measures)
        return there and all(mine.get(d.column) == d.hierarchy for d in self.asked.dimensions)

    def _share(self, data: Microdata) -> Rows | None:
        """The table of a share: a delivery's, or one of its own; None if it has nothing of the measure."""
        part = self._part(data)
        if part is None or not len(part[0]):
            return None
        row = self._row(data) or self.made.get(id(data))
        if row is None:
            own, source, _ = part
            cells = tabulate(replace(own, idle={}), self.asked.plain, self.max_cells)
            groups = groups_of(cells, self.asked)
            told = groups.told if self.shown else NOTHING
            secret = np.union1d(self.secret, groups.empty)
            row = self.made[id(data)] = self._added(own, source, cells, Kind(False, self.shown, True), secret, told)
        return row

    def _added(
        self, own: Microdata, source: str, cells: Tabulation, kind: Kind, secret: np.ndarray | None = None,
        told: np.ndarray = NOTHING,
    ) -> Rows:  # fmt: skip
        """A table of its own. secret: keys of open zeros, those of the deliveries if not given."""
        plain, secret = self.asked.plain, self.secret if secret is None else secret
        sensitive = {d.column for d in self.asked.dimensions if d.sensitive}
        self.pieces.cut_at(source, plain, secret, sensitive)
        salt = f"{_print(own, self.asked.measures[0]):x}|"
        cells = with_zero_cells(cells, plain, Zeros(with_totals(secret, plain), secret, sensitive, salt, told))
        return self.pieces.add_table(own, source, plain, cells, kind)

    def _sum_up(self, whole: Rows, shares: Sequence[Rows | None]) -> None:
        """whole − Σ shares = 0 in every cell."""
        placed = [(self._lowered(whole), 1.0), *((self._lowered(row), -1.0) for row in shares if row)]
        keys = np.unique(np.concatenate([key for (key, _, _), _ in placed]))
        terms = ((np.searchsorted(keys, key), index, factor) for (key, index, _), factor in placed)
        self.pieces.add_equations(len(keys), *terms)

    def _mark_behind(self, shares: Shares) -> None:
        """What shares of the release in preparation, and those that follow from them, have in the cells it shows."""
        behind: dict[int, np.ndarray] = {}
        for made in shares.deliveries:
            part = self._part(made.whole)
            for row in (r for r in self.rows if part and r.data is part[0] and r.fresh and self._in(r)):
                keys, index, _ = self._lowered(row)
                shown = keys[np.isin(index, row.index[row.shown])]
                behind |= {id(data): np.union1d(shown, behind.get(id(data), shown)) for data in made.shares}
        for made in shares.together:
            there = [behind[id(data)] for data in made.shares if id(data) in behind]
            if len(there) == len(made.shares):
                behind.setdefault(id(made.whole), reduce(np.intersect1d, there))
        everything = {id(d): d for made in (*shares.deliveries, *shares.together) for d in (made.whole, *made.shares)}
        for one, shown in behind.items():
            share = self._share(everything[one])
            if share:
                keys, index, _ = self._lowered(share)
                self.pieces.behind.append(index[np.isin(keys, shown)])

    def _lowered(self, row: Rows) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Cells of a table that are of this kind: (their keys, their places, the keys of open zeros)."""
        key, at = keys_in(row.table, row.cells, self.asked.dimensions)
        zero = row.cells.group[at] & (row.cells.records[at] == 0)
        return key, row.index[at, row.table.measures.index(self.asked.measures[0])], key[zero]

    def _tie(self, old: Microdata, new: Microdata, ruled: bool) -> Rows | None:
        """What has changed in a share; released tables are compared already."""
        before, after = self._share(old), self._share(new)
        if before is None or after is None or (before.release and after.release):
            return None
        kind, measure = Kind(False, ruled and self.shown, True), self.asked.measures[0]
        salt = "|".join(f"{_print(row.data, measure):x}" for row in (before, after))
        return add_change(
            self.pieces, before, after, self.asked.dimensions, measure, kind, self.max_cells, salt=salt
        )  # fmt: skip


def _print(data: Microdata, measure: str) -> int:
    """Tells records from others."""
    return int(np.add.reduce(data.identity[measure][:, 0]))
