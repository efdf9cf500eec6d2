"""A reader who keeps all that it was ever shown, lines it up and reckons: counts in whole numbers, rents by lines.

It reads cells, the map, whose releases they are, and for the judgement the true records; it shares no code with the
room. What each company has in each quarter, by every column that some table used, is an unknown. Every figure shown is
a sum of them, every "." says that there is something. A company knows its own. Between two deliveries of a company, of
whatever day, everybody is taken to know where the same dwellings stand (`house`: what stays the same whatever number or
class a dwelling bears): their sum is one unknown. A rent counts as its rents and its floor area, known to the cent.

Judged is every place of every table that the reader got: what a table holds, what one has more than another, and what
changed between two of one day. A figure counts as protected only if a filling was found that reaches its level. A rate
counts as its two numbers, but where owners agreed to it: then as what it tells of them, rounded as it is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations, product
from typing import Any

import numpy as np
import pandas as pd

from ckanext.ierwohnen.confidential.tests.published import Record, Rules, level, reasons

from .reckoning import SLACK, Row, System
from .unknowns import COUNT, MEASURES, VACANT, Leaf, Unknowns, summed

VALUES, LET, ALL = ("rent", "area"), "let", "Total"


@dataclass(frozen=True, eq=False)
class Shown:
    """A release: whose, of what day, by which columns, from which deliveries (`homes`: owner → its records), and the
    cells as a reader gets them: `level`, `key`, a code for each dimension, `figure`, `value`, `status`."""

    name: str
    day: str
    homes: Mapping[str, pd.DataFrame]
    dimensions: tuple[str, ...]
    agreed: frozenset[str]
    cells: Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Narrow:
    """A figure that somebody knows too well."""

    reader: str
    what: str
    true: float
    least: float
    most: float
    needed: float


@dataclass(frozen=True, eq=False)
class Cell:
    """What is judged, or known: a sum of unknowns with its true value and the records behind it."""

    name: str
    measure: str
    row: Mapping[int, float]
    records: tuple[Record, ...]
    group: bool = False
    agreed: frozenset[str] = frozenset()
    vacancy: str = ""
    leaves: tuple[Leaf, ...] = ()  # of the place, vacant or not
    joined: bool = False  # made of several releases: no release shows or hides it

    @cached_property
    def true(self) -> int:
        return sum(r.amount[self.measure] for r in self.records)

    def others(self, own: frozenset[str]) -> frozenset[tuple[str, int]]:
        """The records in it that are not of these companies."""
        return frozenset((r.name, r.amount[self.measure]) for r in self.records if r.owner not in own)


@dataclass
class Onlooker:
    """One reader. `reader`: the company whose own figures it knows, empty for somebody who has none; pool: those with
    which it is in a coalition

    districts: quarter → district; rules: those of the city
    """

    reader: str
    shown: Sequence[Shown]
    unknowns: Unknowns
    districts: Mapping[str, str]
    rules: Rules = field(default_factory=Rules)
    pool: tuple[str, ...] = ()
    known: list[Cell] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    open: list[Row] = field(default_factory=list)  # never secret: where there is something, and where nothing
    told: list[list[Row]] = field(default_factory=list)  # by each release
    closest: list[tuple[float, str]] = field(default_factory=list)
    asked: int = 0

    @cached_property
    def own(self) -> frozenset[str]:
        """Whose figures it knows."""
        return frozenset(filter(None, (self.reader, *self.pool)))

    def __post_init__(self) -> None:
        for shown in self.shown:
            for homes in shown.homes.values():
                self.unknowns.of(homes)
        self.rows += [(row, 0.0, 0.0) for row in self.unknowns.same]
        for shown in self.shown:
            before = len(self.rows)
            for cell in shown.cells:
                self._reads(shown, cell)
            self._reckons(shown)
            self.told.append(self.rows[before:])
        self.open = [row for row in self.rows if row[1:] in ((0.0, 0.0), (1.0, np.inf))]

    def _reads(self, shown: Shown, cell: Mapping[str, Any]) -> None:
        """What a cell tells."""
        figure, status, value = cell["figure"], cell["status"], cell["value"]
        homes, vacant = self.cell(shown, cell, COUNT), self.cell(shown, cell, COUNT, VACANT)
        if status == "blocked":
            assert homes.true == 0, homes.name
            self._knows(homes)
        elif status == "secret":
            told = vacant if figure == "vacant" else homes
            assert told.true > 0, told.name
            self.rows.append((told.row, 1.0, np.inf))
        elif figure == "rent":
            sums = [self.cell(shown, cell, measure) for measure in VALUES]
            assert abs(value - sums[0].true / sums[1].true / 10) < 0.0051, (sums[0].name, value)
            for told in sums:
                self._knows(told)
            let = self.cell(shown, cell, COUNT, LET)
            mine = sum(r.owner in self.own for r in let.records)
            owners = {r.owner for r in let.records}
            few = owners - (self.own if self.pool else set()) <= shown.agreed
            least = max(self.rules.records, 0 if few else mine + self.rules.contributors - bool(mine))
            self.rows.append((let.row, float(min(least, let.true)), np.inf))
        elif figure == "vacancy_rate":
            assert abs(value - 100 * vacant.true / homes.true) < 0.051, (homes.name, value)
            if shown.agreed and "dwellings" not in {c["figure"] for c in shown.cells}:
                self.rows += by_rate(vacant.row, homes.row, value)
            else:
                self._knows(homes)
                self._knows(vacant)
        else:
            told = vacant if figure == "vacant" else homes
            assert value == told.true, (told.name, value, told.true)
            self._knows(told)

    def _reckons(self, shown: Shown) -> None:
        """Of how many dwellings and vacant ones are let."""
        known = {(cell.measure, tuple(sorted(cell.row))) for cell in self.known}
        for place in (c for c in shown.cells if c["figure"] in ("vacant", "vacancy_rate")):
            parts = [self.cell(shown, place, COUNT, which) for which in ("", VACANT)]
            if all((COUNT, tuple(sorted(part.row))) in known for part in parts):
                self.known.append(self.cell(shown, place, COUNT, LET))

    def _knows(self, cell: Cell) -> None:
        self.known.append(cell)
        self.rows.append((cell.row, cell.true, cell.true))
        if cell.measure == COUNT and not cell.true:
            for n in cell.row:
                self.rows.append(({n: 1.0}, 0.0, 0.0))

    def cell(self, shown: Shown, cell: Mapping[str, Any], measure: str, vacancy: str = "") -> Cell:
        """A place of a release."""
        columns = self.unknowns.columns
        want = {columns.index(d): cell[d] for d in shown.dimensions if cell[d] != ALL}
        if vacancy:
            want[1] = vacancy
        where = self._inside(cell["level"], cell["key"])
        leaves = self.unknowns.leaves
        chosen = [leaf for leaf in leaves if leaf[0] in where and all(leaf[c] == x for c, x in want.items())]
        numbers, held = [], []
        for homes in shown.homes.values():
            of = self.unknowns.of(homes)
            numbers += [of.numbers[leaf, measure] for leaf in chosen if (leaf, measure) in of.numbers]
            held += [r for leaf in chosen for r in of.rows[leaf]]
        name = f"{shown.name} {cell['level']}:{cell['key']} {[cell[d] for d in shown.dimensions]} {vacancy} {measure}"
        if measure != COUNT:
            held = [r for r in held if r.amount[measure]]
        every = measure == COUNT and bool(vacancy) and self._all_one(shown, cell)
        leaves = tuple((leaf[0], which, *leaf[2:]) for leaf in chosen for which in self.unknowns.categories["vacancy"])
        return Cell(name, measure, summed(numbers), tuple(held), every, shown.agreed, vacancy, leaves)

    def _all_one(self, shown: Shown, cell: Mapping[str, Any]) -> bool:
        """Whether all dwellings of the place are vacant, and not all are the reader's own: that nobody may know."""
        homes = self.cell(shown, cell, COUNT).records
        return all(r.leaf[1] == VACANT for r in homes) and any(r.owner not in self.own for r in homes)

    def _inside(self, level: str, key: str) -> set[str]:
        if not level:
            return set(self.districts)
        return {key} if level.endswith("quarter") else {q for q, d in self.districts.items() if d == key}

    # judged

    def cells(self) -> list[Cell]:
        """Every place of every table, what one table has more than another, and what changed."""
        found: list[Cell] = []
        by_place: dict[tuple, list[tuple[Shown, Cell]]] = {}
        for shown in self.shown:
            figures = {c["figure"] for c in shown.cells}
            for cell in shown.cells:
                place = (cell["level"], cell["key"], tuple((d, cell[d]) for d in shown.dimensions if cell[d] != ALL))
                wanted = {"dwellings": [(COUNT, "")], "vacant": [(COUNT, VACANT)], "rent": [("rent", ""), ("area", "")],
                          "vacancy_rate": [(COUNT, ""), (COUNT, VACANT)]}[cell["figure"]]  # fmt: skip
                if cell["figure"] == "vacant" and figures & {"dwellings", "vacancy_rate"}:
                    wanted = [*wanted, (COUNT, LET)]
                if cell["figure"] == "rent" and self._all_one(shown, cell):
                    wanted = [*wanted, (COUNT, LET)]
                for measure, vacancy in wanted:
                    one = self.cell(shown, cell, measure, vacancy)
                    found.append(one)
                    by_place.setdefault((place, measure, vacancy), []).append((shown, one))
        for pairs in by_place.values():
            found += self._lined_up(pairs)
            for (one, mine), (other, theirs) in product(pairs, pairs):
                if self.own != set(other.homes) < set(one.homes) and _same(one, other):
                    more = {o: h for o, h in one.homes.items() if o not in other.homes}
                    found.append(self._less(mine, theirs, more))
            for (one, mine), (other, theirs) in combinations(pairs, 2):
                if one.day == other.day and set(one.homes) == set(other.homes):
                    found.append(_changed(mine, theirs))
        return list({(c.measure, tuple(sorted(c.row.items())), c.agreed): c for c in found if c.row}.values())

    def _less(self, one: Cell, other: Cell, homes: Mapping[str, pd.DataFrame]) -> Cell:
        """What a cell has more than another one: the stock of these companies."""
        row = {n: one.row.get(n, 0.0) - other.row.get(n, 0.0) for n in {*one.row, *other.row}}
        held = tuple(r for r in one.records if r.owner in homes)
        name, agreed = f"{one.name} less {other.name}", one.agreed & other.agreed
        row = {n: x for n, x in row.items() if x}
        return Cell(name, one.measure, row, held, self._vacant(one, homes), agreed, joined=True)

    def _vacant(self, cell: Cell, homes: Mapping[str, pd.DataFrame]) -> bool:
        """Whether all dwellings of these companies in a place are vacant, and not all are the reader's own."""
        if cell.measure != COUNT or not cell.vacancy:
            return False
        there = [r for owner in homes for leaf in cell.leaves for r in self.unknowns.of(homes[owner]).rows[leaf]]
        return bool(there) and all(r.leaf[1] == VACANT for r in there) and any(r.owner not in self.own for r in there)

    def _lined_up(self, pairs: Sequence[tuple[Shown, Cell]]) -> list[Cell]:
        """What more than two releases come to, each added or taken off: the stock of some companies, once."""
        releases = {tuple((o, id(h)) for o, h in sorted(shown.homes.items())): cell for shown, cell in pairs}
        found = []
        for signs in product((0, 1, -1), repeat=len(releases)) if 2 < len(releases) < 7 else ():
            times = Counter()
            for sign, made_of in zip(signs, releases, strict=True):
                times.update({one: sign for one in made_of})
            owners = {owner for (owner, _), n in times.items() if n}
            if np.count_nonzero(signs) > 2 and {*times.values()} <= {0, 1} and len(owners) == sum(times.values()) > 0:
                used = [(sign, cell) for sign, cell in zip(signs, releases.values(), strict=True) if sign]
                homes = {o: h for shown, _ in pairs for o, h in shown.homes.items() if times[o, id(h)]}
                found.append(self._together(used, homes))
        return found

    def _together(self, cells: Sequence[tuple[int, Cell]], homes: Mapping[str, pd.DataFrame]) -> Cell:
        """Cells added, or taken off, come to what these companies have."""
        row: dict[int, float] = {}
        for sign, cell in cells:
            for n, x in cell.row.items():
                row[n] = row.get(n, 0.0) + sign * x
        held = {(r.name, r.owner): r for _, cell in cells for r in cell.records if r.owner in homes}
        name = " ".join(f"{'+' if sign > 0 else '−'} {cell.name}" for sign, cell in cells)
        agreed = frozenset.intersection(*(cell.agreed for _, cell in cells))
        row, first = {n: x for n, x in row.items() if x}, cells[0][1]
        return Cell(name, first.measure, row, tuple(held.values()), self._vacant(first, homes), agreed, joined=True)

    def narrow(self) -> list[Narrow]:
        """Figures that it knows too well."""
        found = []
        cells = self.cells()
        told = {(c.measure, c.others(who)) for c in self.known for who in (self.own, frozenset())}
        for measure in MEASURES:
            system, bare = (System(self.unknowns, rows, self.own, measure) for rows in (self.rows, self.open))
            for cell in (c for c in cells if c.measure == measure):
                why = reasons(cell.records, measure, _agreed(self.rules, cell.agreed), cell.group)
                need = float(level(cell.records, measure, self.rules, self.own, why)) if why else 0.0
                if need <= 0 or (cell.others(self.own) and (measure, cell.others(self.own)) in told
                                 and not any(k.row == cell.row for k in self.known)):  # fmt: skip
                    continue
                full = bool(cell.records) and why == {"group_disclosure"}  # that it could be more is no secret
                found += self._judged(system, bare, cell, 0.0 if full else need, need)
        return found

    def _alone(self, measure: str) -> list[System]:
        """What each release tells by itself, beside what is never secret."""
        return [System(self.unknowns, [*self.open, *rows], self.own, measure) for rows in self.told]

    def _judged(self, system: System, bare: System, cell: Cell, up: float, down: float) -> list[Narrow]:
        """No more is asked than is possible beside what is never secret: where there is something, where there is none.
        What a release says of all of its companies is at the same time the most that some of them can have."""
        true = sum(self.unknowns.true[n] * x for n, x in cell.row.items())
        mine = sum(self.unknowns.true[n] * x for n, x in cell.row.items() if self.unknowns.owner[n] in self.own)
        floor = max(mine, 1.0 if cell.measure == COUNT else 0.0) if min(cell.row.values()) > 0 else -np.inf
        self.asked += 1
        for sign, amount in ((1, up), (-1, min(down, true - floor))):
            reached = system.reach(cell.row, sign, amount) if amount > 0 else np.inf
            if reached < amount * (1 - SLACK):
                amount = min(amount, bare.far(cell.row, sign))
            if sign > 0 and cell.joined and reached < amount * (1 - SLACK):
                amount = min(amount, *(one.far(cell.row, sign) for one in self._alone(cell.measure)))
            if amount > 0:
                self.closest.append((reached / amount, cell.name))
            if reached < amount * (1 - SLACK):
                return [Narrow(self.reader, cell.name, true, true - system.far(cell.row, -1),
                               true + system.far(cell.row, 1), amount)]  # fmt: skip
        return []


def by_rate(vacant: Mapping[int, float], homes: Mapping[int, float], value: float) -> list[Row]:
    """What a rate in percent tells that is rounded to one decimal."""
    ends = (round(20 * value) - 1, -1), (round(20 * value) + 1, 1)
    return [
        ({n: sign * (2000 * vacant.get(n, 0.0) - end * x) for n, x in homes.items()}, -np.inf, 0.0)
        for end, sign in ends
    ]


def dark_cells(
    homes: Mapping[str, pd.DataFrame], figures: Sequence[str], down_to: str, by: Mapping[str, Sequence[str]],
    districts: Mapping[str, str],
) -> list[dict[str, Any]]:  # fmt: skip
    """The cells of a release of which nothing is shown but where there is nothing."""
    every = pd.concat(homes.values())
    levels = ["", "s/district", "s/quarter"][: ["", "s/district", "s/quarter"].index(down_to) + 1]
    keys = {"": [""], "s/district": sorted(set(districts.values())), "s/quarter": sorted(districts)}
    found = []
    for at, codes in product(levels, list(product(*([ALL, *c] for c in by.values())))):
        for key in keys[at]:
            here = every if not at else every[every[f"place:{at}"] == key]
            for dimension, code in zip(by, codes, strict=True):
                here = here if code == ALL else here[here[dimension] == code]
            for figure in figures:
                empty = not len(here) or (figure == "vacant" and not (here["vacancy"] == VACANT).any())
                value = 0 if empty and figure in ("dwellings", "vacant") else None
                status = "secret" if not empty else "ok" if value == 0 else "blocked"
                place = {"level": at, "key": key, **dict(zip(by, codes, strict=True))}
                found.append({**place, "figure": figure, "value": value, "status": status})
    return found


def _agreed(rules: Rules, agreed: frozenset[str]) -> Rules:
    return Rules(rules.records, rules.contributors, rules.p, rules.k, rules.coalitions, rules.groups, agreed)


def _same(one: Shown, other: Shown) -> bool:
    """Whether one is made of the same deliveries as the other, and of more."""
    return all(one.homes[owner] is homes for owner, homes in other.homes.items())


def _changed(old: Cell, new: Cell) -> Cell:
    """What was added less what was removed; a record for each that changed, amounts such that each company's add up to
    the size of its net change."""
    row = {n: new.row.get(n, 0.0) - old.row.get(n, 0.0) for n in {*old.row, *new.row}}
    before, after = ({(r.name, r.owner, r.amount[old.measure]) for r in c.records} for c in (old, new))
    net: dict[str, int] = {}
    for _, owner, amount in after - before:
        net[owner] = net.get(owner, 0) + amount
    for _, owner, amount in before - after:
        net[owner] = net.get(owner, 0) - amount
    held, left = [], {owner: abs(x) for owner, x in net.items()}
    for name, owner, _ in sorted(before ^ after):
        if left[owner] or any(r.owner == owner for r in held):
            held.append(Record((), owner, {old.measure: left[owner]}, name))
            left[owner] = 0
    name = f"{old.name} → {new.name}"
    return Cell(name, old.measure, {n: x for n, x in row.items() if x}, tuple(held), False, old.agreed & new.agreed)
