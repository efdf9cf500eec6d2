"""What the sign of a rent tells about the stock, and which rents may be shown beside it. Pure.

A rent is shown only where enough dwellings bear one. So whoever sees it knows that so many at least are there and not
vacant, even where their number, or that of the vacant ones, is kept secret. Two things follow:

- what was told by rents before is known of the stock (`with_rents`);
- a rent is shown only where what it tells is known from the stock's tables already (`tellable`): not from the number
  that is kept secret, but from the bounds that everybody can work out. So neither a rent nor its "." tells anything.

Nothing is told by "no rent": cells whose dwellings bear none are kept secret (`Microdata.idle`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from ckanext.ierwohnen.confidential.audit import AuditReport
from ckanext.ierwohnen.confidential.hierarchy import TOTAL
from ckanext.ierwohnen.confidential.known import top
from ckanext.ierwohnen.confidential.microdata import COUNT, Microdata
from ckanext.ierwohnen.confidential.model import Attacker, UnionModel
from ckanext.ierwohnen.confidential.parameters import Parameters
from ckanext.ierwohnen.confidential.tabulate import Dimension, Table, Tabulation, tabulate
from ckanext.ierwohnen.releases.catalogue import UNKNOWN
from ckanext.ierwohnen.releases.records import AREA, LET, RENT, VACANCY, VACANT
from ckanext.ierwohnen.releases.tables_of import DWELLINGS, VACANCIES

Place = tuple[str, ...]
Pattern = Iterable[Sequence[object]]
NOT_VACANT = (LET, UNKNOWN)


@dataclass(frozen=True)
class Rents:
    """Rents of one release. `least`: place → how many let dwellings at least a rent that is shown there tells of;
    `deliveries`: releases whose stock it is, or a part of it."""

    dimensions: tuple[Dimension, ...]
    least: Mapping[Place, int]
    deliveries: frozenset[str] = frozenset()

    @classmethod
    def of(cls, data: Microdata, table: Table, parameters: Parameters) -> Rents:
        """All places where a rent could be shown.

        Everybody knows the smallest numbers of records and contributors; a contributor, and a coalition, also that
        there are others besides.
        """
        cells = tabulate(data, table)
        found = np.minimum(_least(cells, data, parameters), cells.records)
        could = cells.records >= parameters.minimum_records
        places = _places(cells, table.dimensions)
        return cls(table.dimensions, {places[i]: int(found[i]) for i in np.flatnonzero(could)})

    def only(self, places: Collection[Place]) -> Rents:
        """Those of some places."""
        return replace(self, least={p: n for p, n in self.least.items() if p in places})

    @cached_property
    def added_up(self) -> dict[Place, int]:
        """Place → what all rents in it tell together, at least: of places that do not meet, the sum."""
        sizes = [d.hierarchy.index for d in self.dimensions]
        deep = [d.hierarchy.depth for d in self.dimensions]
        waiting: dict[int, dict[tuple[int, ...], None]] = {}
        least = {tuple(ix[c] for ix, c in zip(sizes, p, strict=True)): n for p, n in self.least.items()}
        for code in least:
            waiting.setdefault(sum(int(d[c]) for d, c in zip(deep, code, strict=True)), {})[code] = None
        sums: dict[tuple[tuple[int, ...], int], int] = {}
        found: dict[tuple[int, ...], int] = {}
        for level in range(max(waiting, default=0), -1, -1):
            for code in waiting.get(level, ()):
                total = max([least.get(code, 0), *(sums.get((code, i), 0) for i in range(len(code)))])
                found[code] = total
                for i, dimension in enumerate(self.dimensions):
                    above = dimension.hierarchy.parent[code[i]]
                    if above >= 0:
                        head = (*code[:i], int(above), *code[i + 1 :])
                        sums[head, i] = sums.get((head, i), 0) + total
                        waiting.setdefault(level - 1, {})[head] = None
        return {self._named(code): n for code, n in found.items()}

    def _named(self, code: tuple[int, ...]) -> Place:
        return tuple(d.hierarchy.codes[c] for d, c in zip(self.dimensions, code, strict=True))

    def within(self, shown: Mapping[str, Dimension]) -> dict[Place, Place]:
        """Place → where it lies in a table that shows these dimensions, in the terms of the rents' own."""
        return {p: tuple(_lifted(d, c, shown.get(d.column)) for d, c in zip(self.dimensions, p, strict=True))
                for p in self.least}  # fmt: skip


def _lifted(own: Dimension, code: str, other: Dimension | None) -> str:
    """The category, or the first one above it, that the other table shows."""
    tree = own.hierarchy
    if other is None:
        return tree.codes[0]
    levels = other.levels
    above = (c for c in tree.ancestors(tree.index[code]) if levels is None or tree.depth[c] in levels)
    return tree.codes[next(above, 0)]


def _places(cells: Tabulation, dimensions: Sequence[Dimension]) -> list[Place]:
    names = [np.array(d.hierarchy.codes, dtype=object)[cells.codes[:, i]] for i, d in enumerate(dimensions)]
    return list(zip(*names, strict=True))


def _least(cells: Tabulation, data: Microdata, parameters: Parameters) -> np.ndarray:
    """int[cells]; where there are fewer contributors than is the rule, all of them have agreed to be seen. A coalition
    is one of them towards itself."""
    n, most = len(cells.key), parameters.minimum_contributors
    found = np.full(n, max(parameters.minimum_records, most))
    np.maximum.at(found, cells.part_cell, cells.part_records + most - 1)
    names = {name: i for i, name in enumerate(data.contributors)}
    for coalition in parameters.coalitions:
        members = {names[g] for m in coalition if (g := top(m, parameters.linked)) in names}
        mine = np.isin(cells.part_contributor, list(members))
        part = np.bincount(cells.part_cell[mine], cells.part_records[mine], n).astype(int)
        others = np.bincount(cells.part_cell, minlength=n) - np.bincount(cells.part_cell[mine], minlength=n)
        found = np.maximum(found, np.where(others < most - 1, 0, part + most - 1))
    few = np.bincount(cells.part_cell, minlength=n) < most
    return np.where(few, parameters.minimum_records, found)


def shown_in(pattern: Pattern) -> set[Place]:
    """Places of a release before where a rent was shown."""
    out: dict[Place, set[str]] = {}
    for _, measure, place, published in pattern:
        if published:
            out.setdefault(tuple(place), set()).add(str(measure))
    return {place for place, measures in out.items() if measures >= {RENT, AREA}}


def with_rents(model: UnionModel, rents: Sequence[Rents]) -> UnionModel:
    """The model of the stock as those know it who have seen these rents. What is not true is not told."""
    if not rents:
        return model
    lower = model.lower.copy()
    for name, table, dims, place, parts in _stock(model, "delivery"):
        cells = [parts[c] for c in (NOT_VACANT if table == VACANCIES else (TOTAL,)) if c in parts]
        for rent in (rent for rent in rents if name in rent.deliveries):
            told = rent.added_up.get(_as_rent(rent, dims, place), 0)
            for cell in cells:
                if told:
                    lower[cell] = max(lower[cell], min(model.value[cell], told))
    return replace(model, lower=lower)


def _as_rent(rent: Rents, dims: tuple[str, ...], place: Place) -> Place | None:
    """A place of the stock's table in the rents' terms; None if it is a part of one."""
    at = dict(zip(dims, place, strict=True))
    own = {d.column for d in rent.dimensions}
    if any(code != TOTAL for column, code in at.items() if column not in own):
        return None
    return tuple(at.get(d.column, d.hierarchy.codes[0]) for d in rent.dimensions)


def _stock(model: UnionModel, by: str = "release"):
    """(release, table, columns, place, cells by category of vacancy; "Total" for all) of every place of its tables; by:
    "delivery" for all places of what a release was made of, shown by it or not."""
    found: dict[tuple, dict[str, int]] = {}
    p = model.positions
    chosen = np.flatnonzero((p["measure"] == COUNT).to_numpy() & p["table"].isin([VACANCIES, DWELLINGS]).to_numpy())
    release, table, cell = (p[c].to_numpy() for c in (by, "table", "cell"))
    for row in chosen:
        label = model.labels[row]
        dims = tuple(c for c in label if c != VACANCY)
        key = (release[row], table[row], dims, tuple(label[c] for c in dims))
        found.setdefault(key, {})[label.get(VACANCY, TOTAL)] = int(cell[row])
    for key, parts in found.items():
        yield *key, parts


def tellable(
    rents: Rents, model: UnionModel, hidden: np.ndarray, report: AuditReport,
    tables: Mapping[str, tuple[Table, ...]], circle: Mapping[str, str],
) -> set[Place]:  # fmt: skip
    """Places where a rent may be shown: whoever sees the stock's tables knows already what it tells.

    :param model: of the stock, with a pattern (`hidden`: bool[cells]) and everybody's bounds (`report`)
    :param tables: release → its tables of the stock; `circle`: release → who sees it
    """
    found = set(rents.least)
    for attacker in model.outsiders():
        sees = model.audiences.sees(attacker.audience)
        view = _View.of(model, attacker, hidden, report)
        finest = {name: group[-1] for name, group in tables.items() if group and circle[name] in sees}
        known: dict[str, dict[Place, int | None]] = {name: {} for name in finest}
        for name, table, dims, place, parts in _stock(model):
            if name in finest and finest[name].name == table:
                at = _as_rent(rents, dims, place)
                if at is not None:
                    known[name][at] = view.least(parts, table == VACANCIES)
        for name, table in finest.items():
            found &= _known_already(rents.only(found), table, known[name])
    return found


def _known_already(rents: Rents, table: Table, known: Mapping[Place, int | None]) -> set[Place]:
    """Places of which the table tells enough. `known`: so many let dwellings at least, None: exactly that many."""
    found, parts = set(), {}
    for place, at in rents.within({d.column: d for d in table.dimensions}).items():
        least = known.get(at)
        if least is None or (place == at and rents.least[place] <= least):
            found.add(place)
        elif place != at:
            parts.setdefault(at, []).append(place)
    for at, places in parts.items():  # the table knows them together only: coarse ones first, as long as there is room
        room = known[at] or 0
        for place in sorted(places, key=lambda p: (sum(c != TOTAL for c in p), p)):
            if rents.least[place] <= room:
                room -= rents.least[place]
                found.add(place)
    return found


@dataclass(frozen=True)
class _View:
    """What an outsider knows of every cell; `low`, `high`: float[n]."""

    unknown: np.ndarray
    low: np.ndarray
    high: np.ndarray

    @classmethod
    def of(cls, model: UnionModel, attacker: Attacker, hidden: np.ndarray, report: AuditReport) -> _View:
        unknown, low, high = model.view(attacker, hidden)
        cells, least, most = report.intervals[attacker]
        low[cells], high[cells] = np.ceil(least - 1e-6), np.floor(most + 1e-6)
        return cls(unknown, low, high)

    def least(self, parts: Mapping[str, int], vacancy: bool) -> int | None:
        """How many dwellings of a place are not vacant, at least; None if that is known. `vacancy`: of it is told."""
        if not vacancy:
            return None if not self.unknown[parts[TOTAL]] else int(self.low[parts[TOTAL]])
        cells = [parts[c] for c in NOT_VACANT if c in parts]
        if not self.unknown[cells].any():
            return None
        found = self.low[cells].sum()
        if TOTAL in parts:
            empty = self.high[parts[VACANT]] if VACANT in parts else 0.0
            if not self.unknown[[parts[c] for c in (TOTAL, VACANT) if c in parts]].any():
                return None
            found = max(found, self.low[parts[TOTAL]] - empty)
        return int(found)
