"""A reader who keeps all that it was ever shown, lines it up and reckons: counts in whole numbers, rents by lines.

It reads cells, the map, whose releases they are, and for the judgement the true records; it shares no code with the
room. What each company has in each quarter, by every column that some table used, is an unknown. Every figure shown is
a sum of them, every "." says that there is something. A company knows its own. Between two deliveries of a company, of
whatever day, everybody is taken to know where the same dwellings stand (`house`: what stays the same whatever number or
class a dwelling bears): their sum is one unknown. A rent counts as its rents and its floor area, known to the cent.

Judged is every place of every table that the reader got: what a table holds, what one has more than another, and what
changed between two of one day. A figure counts as protected only if a filling was found that reaches its level.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations, product
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from ckanext.ierwohnen.confidential.tests.published import Record, Rules, level, reasons

COUNT, MEASURES, VALUES = "count", ("count", "rent", "area"), ("rent", "area")
VACANT, LET = "vacant", "let"
QUARTER = "place:s/quarter"
ALL = "Total"
SLACK = 1e-6
MOST = 9999.0
Leaf = tuple[str, ...]


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

    @cached_property
    def true(self) -> int:
        return sum(r.amount[self.measure] for r in self.records)

    def others(self, reader: str) -> frozenset[tuple[str, int]]:
        """The records in it that are not the reader's."""
        return frozenset((r.name, r.amount[self.measure]) for r in self.records if r.owner != reader)


@dataclass(frozen=True)
class Delivery:
    """What a company delivered: leaf → its records, and (leaf, measure) → the unknown."""

    homes: pd.DataFrame
    rows: Mapping[Leaf, list[Record]]
    numbers: Mapping[tuple[Leaf, str], int]


@dataclass
class Unknowns:
    """Everything that could be asked about the companies' stock, and what of it is one and the same.

    categories: of each column that some table used; quarters come first, vacancy second
    """

    categories: Mapping[str, Sequence[str]]
    numbers: dict[tuple, int] = field(default_factory=dict)
    true: list[int] = field(default_factory=list)
    owner: list[str] = field(default_factory=list)
    measure: list[str] = field(default_factory=list)
    same: list[dict[int, float]] = field(default_factory=list)
    _of: dict[int, Delivery] = field(default_factory=dict)
    _groups: dict[tuple, dict[int, float]] = field(default_factory=dict)

    @cached_property
    def leaves(self) -> tuple[Leaf, ...]:
        return tuple(product(*(self.categories[c] for c in self.columns)))

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(self.categories)

    def of(self, homes: pd.DataFrame) -> Delivery:
        """One delivery."""
        if id(homes) not in self._of:
            self._of[id(homes)] = self._read(homes)
        return self._of[id(homes)]

    def _read(self, homes: pd.DataFrame) -> Delivery:
        owner = str(homes["owner"].iat[0])
        rows: dict[Leaf, list[Record]] = {leaf: [] for leaf in self.leaves}
        for record in records(homes, self.columns):
            rows[record.leaf].append(record)
        found = {}
        for leaf, mine in rows.items():
            for measure in MEASURES if leaf[1] != VACANT else (COUNT,):
                content = frozenset(r.content(measure) for r in mine)
                key = (owner, measure, content or leaf)
                if key not in self.numbers:
                    self.numbers[key] = len(self.true)
                    self.true.append(sum(r.amount[measure] for r in mine))
                    self.owner.append(owner)
                    self.measure.append(measure)
                found[leaf, measure] = self.numbers[key]
        self._tie(owner, rows, found)
        return Delivery(homes, rows, found)

    def _tie(self, owner: str, rows: Mapping[Leaf, list[Record]], found: Mapping) -> None:
        """Sums of leaves in which the same dwellings stand as in an earlier delivery."""
        others = range(1, len(self.columns))
        for size in range(len(self.columns)):
            for left in combinations(others, size):
                kept = [0, *(c for c in others if c not in left)]
                for measure in MEASURES if left else ():
                    groups: dict[tuple[str, ...], list[Leaf]] = {}
                    for leaf in rows:
                        if (leaf, measure) in found:
                            groups.setdefault(tuple(leaf[c] for c in kept), []).append(leaf)
                    for place, leaves in groups.items():
                        content = frozenset((r.name, r.amount[measure]) for leaf in leaves for r in rows[leaf])
                        row = summed(found[leaf, measure] for leaf in leaves)
                        before = self._groups.setdefault((owner, measure, tuple(kept), place, content), row)
                        if before != row:
                            both = {n: row.get(n, 0.0) - before.get(n, 0.0) for n in {*row, *before}}
                            self.same.append({n: x for n, x in both.items() if x})


def records(homes: pd.DataFrame, columns: Sequence[str]) -> list[Record]:
    """The dwellings of a delivery; rents in cents, floor areas in tenths of a square metre."""
    cents = (homes["rent"] * 100).round().astype(int)
    tenths = (homes["area"] * 10).round().astype(int)
    rows = zip(homes[list(columns)].itertuples(index=False, name=None), homes["owner"], homes["house"], cents, tenths,
               strict=True)  # fmt: skip
    return [Record(tuple(leaf), o, {COUNT: 1, "rent": r, "area": a}, h) for leaf, o, h, r, a in rows]


def summed(numbers: Iterable[int]) -> dict[int, float]:
    found: dict[int, float] = {}
    for n in numbers:
        found[n] = found.get(n, 0.0) + 1.0
    return found


@dataclass
class Onlooker:
    """One reader. `reader`: the company whose own figures it knows, empty for somebody who has none.

    districts: quarter → district; rules: those of the city
    """

    reader: str
    shown: Sequence[Shown]
    unknowns: Unknowns
    districts: Mapping[str, str]
    rules: Rules = field(default_factory=Rules)
    known: list[Cell] = field(default_factory=list)
    rows: list[tuple[Mapping[int, float], float, float]] = field(default_factory=list)
    closest: list[tuple[float, str]] = field(default_factory=list)
    asked: int = 0

    def __post_init__(self) -> None:
        for shown in self.shown:
            for homes in shown.homes.values():
                self.unknowns.of(homes)
        self.rows += [(row, 0.0, 0.0) for row in self.unknowns.same]
        for shown in self.shown:
            for cell in shown.cells:
                self._reads(shown, cell)

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
            mine = sum(r.owner == self.reader for r in let.records)
            few = {r.owner for r in let.records} <= shown.agreed
            least = max(self.rules.records, 0 if few else mine + self.rules.contributors - bool(mine))
            self.rows.append((let.row, float(min(least, let.true)), np.inf))
        elif figure == "vacancy_rate":
            assert abs(value - 100 * vacant.true / homes.true) < 0.051, (homes.name, value)
            self._knows(homes)
            self._knows(vacant)
        else:
            told = vacant if figure == "vacant" else homes
            assert value == told.true, (told.name, value, told.true)
            self._knows(told)

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
        every = measure == COUNT and bool(vacancy) and self._all_one(shown, cell, vacancy)
        return Cell(name, measure, summed(numbers), tuple(held), every, shown.agreed)

    def _all_one(self, shown: Shown, cell: Mapping[str, Any], vacancy: str) -> bool:
        """Whether all dwellings of the place are vacant: then neither figure may tell it."""
        homes = self.cell(shown, cell, COUNT)
        return bool(homes.records) and all(r.leaf[1] == VACANT for r in homes.records)

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
                for measure, vacancy in wanted:
                    one = self.cell(shown, cell, measure, vacancy)
                    found.append(one)
                    by_place.setdefault((place, measure, vacancy), []).append((shown, one))
        for pairs in by_place.values():
            for (one, mine), (other, theirs) in product(pairs, pairs):
                if set(other.homes) < set(one.homes) and all(one.homes[o] is h for o, h in other.homes.items()):
                    found.append(_less(mine, theirs, set(one.homes) - set(other.homes)))
            for (one, mine), (other, theirs) in combinations(pairs, 2):
                if one.day == other.day and set(one.homes) == set(other.homes):
                    found.append(_changed(mine, theirs))
        return list({(c.measure, tuple(sorted(c.row.items())), c.agreed): c for c in found if c.row}.values())

    def narrow(self) -> list[Narrow]:
        """Figures that it knows too well."""
        found = []
        cells = self.cells()
        told = {(c.measure, c.others(who)) for c in self.known for who in {self.reader, ""}}
        for measure in MEASURES:
            system, bare = _System(self, measure), _System(self, measure, bare=True)
            for cell in (c for c in cells if c.measure == measure):
                why = reasons(cell.records, measure, _agreed(self.rules, cell.agreed), cell.group)
                need = float(level(cell.records, measure, self.rules, frozenset({self.reader}), why)) if why else 0.0
                if need <= 0 or (cell.others(self.reader) and (measure, cell.others(self.reader)) in told
                                 and not any(k.row == cell.row for k in self.known)):  # fmt: skip
                    continue
                found += self._judged(system, bare, cell, need)
        return found

    def _judged(self, system: _System, bare: _System, cell: Cell, need: float) -> list[Narrow]:
        """Downwards no more is asked for than is possible beside what is never secret: where there is anything."""
        true = sum(self.unknowns.true[n] * x for n, x in cell.row.items())
        mine = sum(self.unknowns.true[n] * x for n, x in cell.row.items() if self.unknowns.owner[n] == self.reader)
        floor = max(mine, 1.0 if cell.measure == COUNT else 0.0) if min(cell.row.values()) > 0 else -np.inf
        self.asked += 1
        for sign, amount in ((1, need), (-1, min(need, true - floor))):
            reached = system.reach(cell.row, sign, amount) if amount > 0 else np.inf
            if sign < 0 and reached < amount * (1 - SLACK):
                amount = min(amount, bare.far(cell.row, sign))
            if amount > 0:
                self.closest.append((reached / amount, cell.name))
            if reached < amount * (1 - SLACK):
                return [Narrow(self.reader, cell.name, true, true - system.far(cell.row, -1),
                               true + system.far(cell.row, 1), need)]  # fmt: skip
        return []


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


def _less(one: Cell, other: Cell, owners: set[str]) -> Cell:
    row = {n: one.row.get(n, 0.0) - other.row.get(n, 0.0) for n in {*one.row, *other.row}}
    held = tuple(r for r in one.records if r.owner in owners)
    name = f"{one.name} less {other.name}"
    return Cell(name, one.measure, {n: x for n, x in row.items() if x}, held, False, one.agreed & other.agreed)


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


class _System:
    """Everything that one reader knows of one measure: rows, and bounds with its own figures fixed.

    bare: nothing of it but where there is something, and where nothing
    """

    def __init__(self, by: Onlooker, measure: str, bare: bool = False) -> None:
        unknowns = by.unknowns
        self.at = np.array([n for n, m in enumerate(unknowns.measure) if m == measure])
        self.where = {int(n): i for i, n in enumerate(self.at)}
        self.true = np.array([unknowns.true[n] for n in self.at], float)
        self.whole = measure == COUNT
        self.scale = 1.0 if self.whole else max(1.0, float(self.true.sum()))
        rows = {}
        empty = {n for row, _, high in by.rows if len(row) == 1 and high == 0 for n in row}
        for row, low, high in by.rows:
            mine = tuple(sorted((self.where[n], x) for n, x in row.items() if n in self.where))
            if mine and (low > 0 or high < np.inf) and not (bare and low not in (0, 1)):
                old = rows.get(mine, (-np.inf, np.inf))
                rows[mine] = max(low, old[0]), min(high, old[1])
        self.low, self.high = np.zeros(len(self.at)), np.full(len(self.at), MOST if self.whole else np.inf)
        for i, n in enumerate(self.at):
            if unknowns.owner[n] == by.reader or int(n) in empty:
                self.low[i] = self.high[i] = self.true[i]
        entries = [(k, i, x) for k, mine in enumerate(rows) for i, x in mine]
        shape = (len(rows), len(self.at))
        k, i, x = zip(*entries, strict=True) if entries else ((), (), ())
        self.matrix = sparse.csr_matrix((x, (k, i)), shape)
        self.least = np.array([low for low, _ in rows.values()])
        self.most = np.array([high for _, high in rows.values()])
        assert self._fits(self.true), "what is known is true"
        self.found: list[np.ndarray] = []
        self.bounds: dict[tuple, float] = {}

    def _fits(self, x: np.ndarray) -> bool:
        got = self.matrix @ x
        room = SLACK * self.scale
        return bool((got >= self.least - room).all() and (got <= self.most + room).all()
                    and (x >= self.low - room).all() and (x <= self.high + room).all())  # fmt: skip

    def _goal(self, row: Mapping[int, float]) -> np.ndarray:
        goal = np.zeros(len(self.at))
        for n, x in row.items():
            goal[self.where[n]] += x
        return goal

    def reach(self, row: Mapping[int, float], sign: int, amount: float) -> float:
        """How far the figure can be off in one direction, as far as fillings show; less than the amount only if none
        reaches it."""
        goal = sign * self._goal(row)
        here = float(goal @ self.true)
        best = max((float(goal @ x) - here for x in self.found), default=0.0)
        if best >= amount * (1 - SLACK):
            return best
        return self.far(row, sign)

    def far(self, row: Mapping[int, float], sign: int) -> float:
        """How far the figure can be off."""
        goal = sign * self._goal(row)
        key = tuple(goal.nonzero()[0]), tuple(goal[goal != 0])
        if key not in self.bounds:
            self.bounds[key] = self._far(goal)
        return self.bounds[key]

    def _far(self, goal: np.ndarray) -> float:
        limits = LinearConstraint(self.matrix, self.least, self.most)
        whole = np.ones(len(goal)) if self.whole else np.zeros(len(goal))
        room = Bounds(self.low, self.high)
        result = milp(-goal, constraints=limits if len(self.least) else (), integrality=whole, bounds=room)
        if result.status == 3 or (result.status == 4 and not self.whole):
            return np.inf
        assert result.status == 0, result.message
        x = np.round(result.x) if self.whole else result.x
        assert self._fits(x)
        self.found.append(x)
        return float(goal @ x - goal @ self.true)
