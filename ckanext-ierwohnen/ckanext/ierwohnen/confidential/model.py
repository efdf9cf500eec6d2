"""The union model: every cell of every overlapping release as a variable, every sum between them as an
equation.

A variable is identified by content: the measure, the source, and the set of records that it adds up. A cell
that does not change from one release to the next, or that stands in two linked tables, is therefore one
variable. Attackers differ by what they know; everything else (rules, suppression, audit, an oracle) works on
this one structure.

    M x = 0,   lower ≤ x ≤ upper,   x_j = value_j where the attacker knows cell j
    insider S:  x_j ≥ Σ_{c∈S} part_jc, and x_j = value_j where nobody but S is in the cell

Nothing here names an algorithm; arrays are ordered canonically (see `order.py`), so that results do not
depend on the order of rows or on names.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import sparse

from .classes import Classes
from .errors import InputError

if TYPE_CHECKING:
    from .sums import Ground

PUBLIC = "public"
SMALL = 200  # cells
Place = tuple[str, str, tuple[str, ...]]  # table, measure, category of each dimension in the table's order


@dataclass(frozen=True)
class Audiences:
    """Who sees what: `includes[a]` names the audiences whose figures the members of audience a see as
    well."""

    includes: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: {PUBLIC: ()})

    def names(self) -> tuple[str, ...]:
        """All audiences, in the order given."""
        return tuple(self.includes)

    def sees(self, audience: str) -> frozenset[str]:
        """The audience itself and all that it includes. Raises `InputError` for unknown names and circles."""
        found: set[str] = set()
        path: list[str] = []

        def visit(name: str) -> None:
            if name in path:
                raise InputError("audience-cycle", audiences=" → ".join([*path, name]))
            if name not in self.includes:
                raise InputError("audience-unknown", release="", audience=name, audiences=", ".join(self.includes))
            path.append(name)
            for other in self.includes[name]:
                visit(other)
            path.pop()
            found.add(name)

        visit(audience)
        return frozenset(found)

    def watching(self, audience: str) -> tuple[str, ...]:
        """Audiences whose members see what is released to `audience` (itself first)."""
        return tuple(sorted((a for a in self.includes if audience in self.sees(a)), key=lambda a: a != audience))


@dataclass(frozen=True)
class Attacker:
    """Somebody who reads everything released to `audience`, and knows what `members` (contributor indices)
    contributed.

    No members: an outsider. One: a contributor. Several: a declared coalition.
    """

    audience: str
    members: tuple[int, ...] = ()


@dataclass(frozen=True)
class Tenures:
    """Cells whose records have changed hands between deliveries, once for each who held them.

    cell: int[v]; size: int[v], contributors; entries: version (int, into the two), who (contributor), part (float).
    """

    cell: np.ndarray
    size: np.ndarray
    version: np.ndarray
    who: np.ndarray
    part: np.ndarray

    @classmethod
    def none(cls) -> Tenures:
        """Nothing has changed hands."""
        none = np.empty(0, int)
        return cls(none, none, none, none, np.empty(0))

    def of(self, members: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
        """(float[v], their part; bool[v], nobody else holds any)."""
        mine = np.isin(self.who, members)
        n = len(self.cell)
        part = np.bincount(self.version[mine], self.part[mine], n)
        return part, np.bincount(self.version[mine], minlength=n) == self.size


@dataclass(frozen=True)
class UnionModel:
    """Cells (n), contributors (C), equations (m).

    value, lower, upper: float[n], the true value and what everybody knows beforehand;
    integral: bool[n], a whole number; measure: int[n], index into `measures`;
    records, holders: int[n], dwellings and contributors behind a cell (the fewest, where records changed hands);
    parts: csr[n, C], each contributor's part of the value; counts: csr[n, C], its records; tenures: the same by
    delivery where records changed hands;
    imprint: uint64[n], a sum over the records that tells their sets apart, shares: uint64[entries of counts], the same
    for a contributor's own, about: uint64[n], the source and the measure;
    relations: csr[m, n] with relations @ value = 0;
    cost: float[n], loss of information if the cell is not shown, 0 where no place of the new release shows it;
    asked: bool[n], a place of the release in preparation shows it;
    group: bool[n], reveals something about each record of a group;
    change: bool[n], the difference of two deliveries;
    ruled: bool[n], the rules speak about it: it stands in a table, or sums and differences of such cells make it up;
    declared: bool[n], marked as sensitive by whoever made the table;
    behind: bool[n], what some contributors have in a cell of the release in preparation, or what has changed there;
    known: {audience: bool[n]}, published before to this audience or to one that it includes (withdrawn ones too);
    kept: bool[n], kept secret before from somebody who sees the new release;
    positions: one row per place of a cell in a table, with the columns release, delivery (the first release that was
    made of the same records), table, measure, key, cell, shown, new, published, height; `labels[i]` and `depths[i]`
    give the category of place i and its depth, by column;
    grounds: tables whose leaves the shown cells add up; sums: sets of cells that were given a cell of their own since a
    pattern lets them be reckoned out, and by whom (members; None: everybody) (`sums.py`); narrow: {cell: members} of
    those that only some contributors can reckon out: the rules speak about it towards these only; rated: {audience:
    cells} that are not below nothing to its readers, who were shown a ratio (`ratios.py`).
    """

    measures: tuple[str, ...]
    contributors: tuple[str, ...]
    audiences: Audiences
    audience: str
    value: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    integral: np.ndarray
    records: np.ndarray
    holders: np.ndarray
    measure: np.ndarray
    parts: sparse.csr_matrix
    counts: sparse.csr_matrix
    tenures: Tenures
    imprint: np.ndarray
    shares: np.ndarray
    about: np.ndarray
    relations: sparse.csr_matrix
    cost: np.ndarray
    asked: np.ndarray
    group: np.ndarray
    change: np.ndarray
    ruled: np.ndarray
    declared: np.ndarray
    behind: np.ndarray
    known: dict[str, np.ndarray]
    kept: np.ndarray
    positions: pd.DataFrame
    labels: list[dict[str, str]]
    depths: list[dict[str, int]]
    perturbed: tuple[str, ...] = ()
    grounds: tuple[Ground, ...] = ()
    crossing: np.ndarray = field(default_factory=lambda: np.zeros(0, bool))
    sums: Mapping[tuple[tuple[int, int], ...], frozenset[tuple[int, ...] | None]] = field(default_factory=dict)
    narrow: Mapping[int, frozenset[tuple[int, ...]]] = field(default_factory=dict)
    rated: Mapping[str, np.ndarray] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.value)

    def outsiders(self) -> list[Attacker]:
        """One outsider for each audience that sees the release in preparation."""
        return [Attacker(a) for a in self.audiences.watching(self.audience)]

    def attackers(self, coalitions: tuple[tuple[str, ...], ...] = (), insiders: bool = True) -> list[Attacker]:
        """Outsiders, then every contributor and the declared coalitions (names of contributors), each as a reader of
        every audience: who sees more may have been told rightly what is to be kept from who sees less.
        """
        index = {name: i for i, name in enumerate(self.contributors)}
        groups: list[tuple[int, ...]] = [(i,) for i in range(len(self.contributors))] if insiders else []
        for coalition in coalitions:
            members = tuple(sorted({index[name] for name in coalition if name in index}))
            if len(members) > 1 and members not in groups:
                groups.append(members)
        readers = self.outsiders()
        return readers + [Attacker(reader.audience, members) for reader in readers for members in groups]

    def own(self, attacker: Attacker) -> tuple[np.ndarray, np.ndarray]:
        """(cells that the attacker contributes to, its own part of each value), both sorted by cell."""
        return self._knowledge(attacker)[:2]

    def alone(self, attacker: Attacker) -> np.ndarray:
        """Cells to which nobody but the attacker contributes a record (empty parts of such included), sorted."""
        return self._knowledge(attacker)[2]

    def beside(self, attacker: Attacker) -> np.ndarray:
        """int[n]: how many contributors there are besides the attacker (the fewest, where records changed hands)."""
        found = np.diff(self.counts.indptr) - np.diff(self.counts[:, list(attacker.members)].tocsr().indptr)
        tenures = self.tenures
        held = np.bincount(tenures.version[np.isin(tenures.who, attacker.members)], minlength=len(tenures.cell))
        np.minimum.at(found, tenures.cell, tenures.size - held)
        return found

    def settled(self, attacker: Attacker) -> np.ndarray:
        """bool[n]: what others have in the cell is known to the attacker, because a cell with the same records of
        others was published before, or has nothing else but its own."""
        known = self.known[attacker.audience]
        if not attacker.members or not known.any():
            return known.copy()
        if attacker.members not in self._others:
            self._others[attacker.members] = self._without(attacker.members)
        content, left = self._others[attacker.members]
        told = np.zeros(len(self), bool)
        told[content[known & left]] = True
        return known | told[content]

    def _without(self, members: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
        """(int[n], the same number where others have the same records; bool[n], others have any)."""
        left = self.imprint.copy()
        row = np.repeat(np.arange(len(self)), np.diff(self.counts.indptr))
        mine = np.isin(self.counts.indices, members)
        with np.errstate(over="ignore"):
            np.subtract.at(left, row[mine], self.shares[mine])
        content = np.stack([left, self.about], 1).view("u8,u8").ravel()
        return np.unique(content, return_inverse=True)[1].ravel(), left > 0

    @cached_property
    def _others(self) -> dict[tuple[int, ...], tuple[np.ndarray, np.ndarray]]:
        return {}

    def _knowledge(self, attacker: Attacker) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        if attacker.members not in self._known_parts:
            self._known_parts[attacker.members] = self._parts_of(attacker.members)
        return self._known_parts[attacker.members]

    @cached_property
    def _known_parts(self) -> dict[tuple[int, ...], tuple[np.ndarray, np.ndarray, np.ndarray]]:
        return {}

    @cached_property
    def _by_contributor(self) -> tuple[sparse.csc_matrix, sparse.csc_matrix]:
        return self.parts.tocsc(), self.counts.tocsc()

    def _parts_of(self, members: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        parts, counts = self._by_contributor
        total, mine = np.zeros(len(self)), np.zeros(len(self), int)
        for m in members:
            span = slice(parts.indptr[m], parts.indptr[m + 1])
            total[parts.indices[span]] += parts.data[span]
            mine[counts.indices[counts.indptr[m] : counts.indptr[m + 1]]] += 1
        cells = np.flatnonzero((mine > 0) | (total > 0))  # where tables cross, own parts without the records
        alone = (mine > 0) & (mine == np.diff(self.counts.indptr))
        held, whole = self.tenures.of(members)
        total[self.tenures.cell] = 0.0
        np.maximum.at(total, self.tenures.cell, held)
        alone[self.tenures.cell[whole]] = True
        if self.group.any():  # who is alone in a group knows which of its parts are empty
            heads, below = self.totals
            empty = self.group & (self.records == 0)
            while True:
                more = empty & ~alone & (below[alone[heads]].sum(axis=0).A1 > 0)
                if not more.any():
                    break
                alone |= more
            cells = np.flatnonzero((mine > 0) | (total > 0) | alone)
        return cells, total[cells], np.flatnonzero(alone)

    @cached_property
    def crossed(self) -> np.ndarray:
        """bool[n]: where tables cross one another: they stand nowhere, and nobody asks what they may be."""
        found = np.zeros(len(self), bool)
        found[: len(self.crossing)] = self.crossing
        return found

    @cached_property
    def classes(self) -> Classes:
        """Which cells move together; in small systems, which are solved at once anyway, only what views tell."""
        return Classes.of_all(self.relations) if len(self) >= SMALL else Classes.alone(self.relations)

    @cached_property
    def listed(self) -> np.ndarray:
        """bool[n]: stands in a table, of a release or behind one."""
        return self.cells_at(np.ones(len(self.positions), bool))

    @cached_property
    def shown(self) -> np.ndarray:
        """bool[n]: stands in a table of a release, which shows or hides it."""
        return self.cells_at(self.positions["shown"].to_numpy(bool))

    def cells_at(self, rows: np.ndarray) -> np.ndarray:
        """bool[n]: stands at one of these positions (bool[positions])."""
        found = np.zeros(len(self), bool)
        found[self.positions["cell"].to_numpy()[rows]] = True
        return found

    @cached_property
    def prepared(self) -> np.ndarray:
        """bool[positions]: those of the release in preparation, in the tables that it shows."""
        return (self.positions["new"] & self.positions["shown"]).to_numpy(bool)

    def places(self, rows: np.ndarray) -> Iterator[tuple[int, Place]]:
        """(cell, place) at each of these positions (bool[positions])."""
        cells, tables, measures = (self.positions[c].to_numpy() for c in ("cell", "table", "measure"))
        for row in np.flatnonzero(rows):
            yield int(cells[row]), (str(tables[row]), str(measures[row]), tuple(self.labels[row].values()))

    @cached_property
    def totals(self) -> tuple[np.ndarray, sparse.csr_matrix]:
        """The equations that are plain sums: (the total's cell, its parts as csr[equations, n])."""
        positive = (self.relations > 0).tocsr()
        rows = np.flatnonzero(np.diff(positive.indptr) == 1)
        return positive[rows].indices.astype(int), (-self.relations[rows]).maximum(0).tocsr()

    def view(self, attacker: Attacker, suppressed: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """What the attacker faces if the cells `suppressed` (bool[n]) are not shown: (unknown, lower, upper).

        unknown: bool[n]; lower and upper: float[n], equal to the value where the cell is known. A contributor
        knows its own part, hence a lower bound, and a cell in which it is alone.
        """
        unknown = ~self.known[attacker.audience] & (suppressed | ~self.asked)
        lower, upper = self.lower.copy(), self.upper.copy()
        lower[self.rated.get(attacker.audience, [])] = 0.0
        cells, part = self.own(attacker)
        lower[cells] = np.maximum(lower[cells], part)
        unknown[self.alone(attacker)] = False
        lower[~unknown] = upper[~unknown] = self.value[~unknown]
        return unknown, lower, upper

    def attacker_name(self, attacker: Attacker) -> str:
        """For reports: the audience, and who pools what it knows."""
        members = " + ".join(self.contributors[m] for m in attacker.members)
        return f"{attacker.audience}: {members}" if members else attacker.audience

    def cell_name(self, cell: int) -> str:
        """A place where the cell stands, for errors and reports: 'a=1, b=Total (rent)'."""
        rows = np.flatnonzero(self.positions["cell"].to_numpy() == cell)
        if not len(rows):
            return f"#{cell}"
        fresh = rows[self.positions["new"].to_numpy()[rows]]
        row = int((fresh if len(fresh) else rows)[0])
        place = ", ".join(f"{k}={v}" for k, v in self.labels[row].items())
        return f"{place} ({self.positions['measure'].iat[row]})"

    def with_cost(self, cost: np.ndarray) -> UnionModel:
        """The same model with other costs."""
        return replace(self, cost=cost)
