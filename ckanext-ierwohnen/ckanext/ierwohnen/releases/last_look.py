"""The last look before a release leaves: what each reader works out in a place from all that it was ever shown. Pure.

In every place that several releases show, each figure is a sum of pieces of stock (`pieces.py`), none of them below
nothing. What a reader takes for possible is all that keeps these sums. What one company delivered has to keep the
distance that the rules ask for, up and down, also where few others stand beside it that may have nothing; what few did
together, or for rents what two of them hold nearly alone, must not be known more closely than that. Readers are an
outsider, each company and each coalition with their own stock. What one release tells by itself, and what earlier ones
told without the new one, is not asked again: their own checks stood for it.

The check hides by what follows from sets of owners (`lineup.py`). This knows nothing of it, and adds up numbers only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain, combinations
from typing import Any

import numpy as np
from scipy.optimize import linprog

from ckanext.ierwohnen.confidential.known import top
from ckanext.ierwohnen.confidential.limits import Limits
from ckanext.ierwohnen.confidential.microdata import COUNT
from ckanext.ierwohnen.confidential.parameters import Parameters
from ckanext.ierwohnen.confidential.tabulate import Table
from ckanext.ierwohnen.releases.deliveries import Deliveries
from ckanext.ierwohnen.releases.pieces import Piece, pieces
from ckanext.ierwohnen.releases.place_sizes import amounts, listed, place_of

ALL_SETS = 8  # classes, up to which every set of them is looked at; of more sets of up to `FEW`, and each delivery
FEW = 4
AT_ONCE = 4000  # places
SLACK = 1e-6
UP, DOWN = 1.0, -1.0


def looks(
    deliveries: Deliveries, made: Mapping[str, Mapping[str, str]], tables: Mapping[str, Sequence[Table]],
    patterns: Mapping[str, Sequence[Sequence[Any]]], parameters: Parameters, agreed: Mapping[str, frozenset[str]],
) -> Iterator[Look]:  # fmt: skip
    """Every measure of one part.

    :param made: release → owner → the version of its stock; tables, patterns: by release, as `Past` has them
    :param agreed: release → companies that agreed to it
    """
    owners = {version: owner for versions in made.values() for owner, version in versions.items()}
    columns = [*deliveries.columns, *deliveries.values]
    stock = pieces({version: deliveries.known[version] for version in owners}, owners, columns)
    group = [top(piece.owner, deliveries.linked) for piece in stock]
    pools = [frozenset(top(member, deliveries.linked) for member in pool) for pool in parameters.coalitions]
    columns_of = {(name, t.name): [d.column for d in t.dimensions] for name, its in tables.items() for t in its}
    for measure in deliveries.values or (COUNT,):
        value = measure if deliveries.values else ""
        places, found = amounts(list(stock.values()), chain.from_iterable(tables.values()), value)
        index = {place: n for n, place in enumerate(places)}
        asked, shown = ({name: np.zeros(len(places), bool) for name in made} for _ in range(2))
        for name in made:
            for table, its, codes, out in patterns[name]:
                place = index.get(place_of(columns_of[name, table], codes)) if its == measure else None
                if place is not None:
                    asked[name][place] = True
                    shown[name][place] |= out
        versions = {name: frozenset(mine.values()) for name, mine in made.items()}
        if not deliveries.values:  # a count of nothing is shown wherever a release lists it
            for name, its in tables.items():
                mine = [piece.stands_in(versions[name]) for piece in stock]
                shown[name] |= listed(its, places) & ~found[:, mine].any(axis=1) & ~asked[name]
        yield Look(list(stock), group, found, versions, asked, shown, parameters, pools, agreed, not deliveries.values)


@dataclass(frozen=True)
class Look:
    """One measure in all places.

    pieces, and of each the company whose it is (`group`: linked ones are one); amounts: float[places, pieces];
    made: release → the versions that it was made of; asked, shown: release → bool[places], where it has a figure, and
    where it shows it; pools: companies of each coalition; agreed: release → companies that agreed to be recognised in
    it, and to the new one in sight of all that is out; whole: whether it is counted and not measured
    """

    pieces: Sequence[Piece]
    group: Sequence[str]
    amounts: np.ndarray
    made: Mapping[str, frozenset[str]]
    asked: Mapping[str, np.ndarray]
    shown: Mapping[str, np.ndarray]
    parameters: Parameters
    pools: Sequence[frozenset[str]] = ()
    agreed: Mapping[str, frozenset[str]] = field(default_factory=dict)
    whole: bool = True

    def narrow(self, new: str, seen: Sequence[str], limits: Limits) -> bool:
        """Whether somebody knows too much who has seen these releases, by what the new one adds."""
        there: dict[frozenset[str], np.ndarray] = {self.made[new]: np.zeros_like(self.shown[new])}
        for name in seen:
            if name != new:
                there[self.made[name]] = there.get(self.made[name], False) | self.shown[name]
        told = self.shown[new] & ~there[self.made[new]]
        rows = list(there)
        others = np.stack([told, *(there[row] for row in rows[1:])], 1)
        places = np.flatnonzero(told & others[:, 1:].any(axis=1))
        if not len(places):
            return False
        covered = self._covered(new, seen)
        patterns, which = np.unique(others[places], axis=0, return_inverse=True)
        for n, pattern in enumerate(patterns):
            versions = [row for row, one in zip(rows, pattern, strict=True) if one]
            mine = places[which.ravel() == n]
            for at in range(0, len(mine), AT_ONCE):
                some = mine[at : at + AT_ONCE]
                if _Alike(self, versions, some, covered[some], limits).narrow():
                    return True
        return False

    def _covered(self, new: str, seen: Sequence[str]) -> np.ndarray:
        """bool[places, pieces]: its company agreed that these readers recognise it by just this."""
        found = np.zeros(self.amounts.shape, bool)
        for name in (name for name in seen if self.agreed.get(name)):
            its = [
                company in self.agreed[name] and (name == new or piece.stands_in(self.made[name]))
                for piece, company in zip(self.pieces, self.group, strict=True)
            ]
            told = self.asked if name == new else self.shown  # by a hidden figure nobody was told anything
            found |= told[name][:, None] & np.array(its)
        return found

    @cached_property
    def companies(self) -> list[str]:
        """Whose the pieces are."""
        return sorted({*self.group})

    @cached_property
    def of_company(self) -> np.ndarray:
        """float[pieces, companies]: 1 where the piece is the company's."""
        return np.equal.outer(np.array(self.group, object), np.array(self.companies, object)).astype(float)


@dataclass
class _Alike:
    """Places in which the same releases show their figures, the new one first.

    Pieces that stand in the same of them are a class; `ways` are directions in which classes can move with no figure
    changed, found so far.
    """

    look: Look
    versions: Sequence[frozenset[str]]
    places: np.ndarray
    covered: np.ndarray
    limits: Limits
    ways: list[np.ndarray] = field(default_factory=list)

    def __post_init__(self) -> None:
        look = self.look
        counted = np.array([[piece.stands_in(made) for piece in look.pieces] for made in self.versions])
        used = np.flatnonzero(counted.any(axis=0))
        columns, self.of_class = np.unique(counted[:, used], axis=1, return_inverse=True)
        self.matrix = columns.astype(float)  # [releases, classes]
        self.used, self.classes = used, columns.shape[1]
        amounts = look.amounts[np.ix_(self.places, used)]
        members = [np.flatnonzero(self.of_class == c) for c in range(self.classes)]
        self.parts, self.exposed = (  # [classes, places, companies]
            np.stack([has[:, mine] @ look.of_company[used[mine]] for mine in members])
            for has in (amounts, amounts * ~self.covered[:, used])
        )
        self.filled = amounts > 0
        self.whose = np.stack([look.of_company[used[mine]].any(axis=0) for mine in members])

    def narrow(self) -> bool:
        """Whether some reader knows too much in one of the places."""
        companies = self.look.companies
        there = [n for n, _ in enumerate(companies) if self.whose[:, n].any()]
        pools = [[n for n in there if companies[n] in pool] for pool in self.look.pools]
        readers = dict.fromkeys(tuple(own) for own in ([], *([n] for n in there), *pools))
        return any(self._told_to(list(own)) for own in readers)

    def _told_to(self, own: list[int]) -> bool:
        """Whether a reader who knows what these companies have knows too much."""
        self.limits.check("look")
        mine = self.parts[:, :, own].sum(axis=2)
        rows = np.flatnonzero(mine.any(axis=0)) if own else np.arange(len(self.places))
        others = np.ones(len(self.look.companies), bool)
        others[own] = False
        fixed = ~self.whose[:, others].any(axis=1)  # classes that are the reader's alone
        if not len(rows) or fixed.all():
            return False
        exposed = self.exposed[:, rows] * others
        reader = _Reader(self, rows, self.parts[:, rows] * others, mine[:, rows], exposed, fixed)
        return any(reader.knows(sets) for sets in self._sets(np.flatnonzero(~fixed)))

    def _sets(self, free: np.ndarray) -> Iterator[np.ndarray]:
        """Sets of classes that few companies may have, as indexes."""
        longest = len(free) if len(free) <= ALL_SETS else FEW
        for size in range(1, longest + 1):
            yield from (np.array(one) for one in combinations(free, size))
        if longest < len(free):
            pieces = [self.look.pieces[n] for n in self.used]
            whole = {
                tuple(sorted({int(c) for c, p in zip(self.of_class, pieces, strict=True)
                              if p.owner == piece.owner and version in p.versions and c in free}))
                for piece in pieces for version in piece.versions
            }  # fmt: skip
            yield from (np.array(one) for one in sorted(whole) if len(one) > FEW)

    def delivered(self, sets: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """bool[rows]: of each owner the set has one delivery there, or nothing of it."""
        inside, found = np.isin(self.of_class, sets), np.ones(len(rows), bool)
        for mine in self._several:
            filled = self.filled[np.ix_(rows, mine)]
            pieces = [self.look.pieces[self.used[n]] for n in mine]
            versions = sorted({v for piece in pieces for v in piece.versions})
            of = np.array([[v in piece.versions for piece in pieces] for v in versions])
            alike = [~(filled & (of_it != inside[mine])).any(axis=1) for of_it in of]
            found &= np.logical_or.reduce([~(filled & inside[mine]).any(axis=1), *alike])
        return found

    @cached_property
    def _several(self) -> list[np.ndarray]:
        """The pieces of each owner that has more than one."""
        owners = np.array([self.look.pieces[n].owner for n in self.used], object)
        every = (np.flatnonzero(owners == owner) for owner in dict.fromkeys(owners))
        return [mine for mine in every if len(mine) > 1]


@dataclass
class _Reader:
    """What a reader knows in some places (`rows`, of the places that are alike).

    parts: float[classes, rows, companies], what others have; mine: float[classes, rows]; exposed: as parts, what those
    have who have not agreed; fixed: bool[classes], the reader's alone
    """

    alike: _Alike
    rows: np.ndarray
    parts: np.ndarray
    mine: np.ndarray
    exposed: np.ndarray
    fixed: np.ndarray

    def __post_init__(self) -> None:
        self.left = self.parts.sum(axis=2)  # [classes, rows]

    def knows(self, sets: np.ndarray) -> bool:
        """Whether it knows too well what others have in these classes together, in some place."""
        ask = (self.left[sets] > 0).all(axis=0)
        for row in self.alike.matrix > 0:  # a figure that stands in the set has been judged by itself
            inside = np.isin(np.flatnonzero(row), sets)
            of_it = self.left[row] > 0
            ask &= of_it[~inside].any(axis=0) | ~of_it[inside].any(axis=0)
        if not ask.any():
            return False
        need = np.where(ask, self._needed(sets), 0.0)
        need[need > 0] *= self.alike.delivered(sets, self.rows)[need > 0]
        one = (self.parts[sets].sum(axis=0) > 0).sum(axis=1) == 1
        room, largest = self._by_one(sets), np.minimum(need, self._needed_by_largest(sets))
        up, down, both = np.where(one, need, largest), np.where(one, need, 0.0), np.where(one, 0.0, need)
        ways: list[tuple[tuple[float, ...], np.ndarray]] = [((UP,), up), ((DOWN,), down), ((UP, DOWN), both)]
        return any(self._closer(sets, signs, needed, room) for signs, needed in ways)

    def _needed(self, sets: np.ndarray) -> np.ndarray:
        """float[rows]: how far off the reader has to be (as `rules.py` says for cells)."""
        rules, look = self.alike.look.parameters, self.alike.look
        parts, mine = self.parts[sets].sum(axis=0), self.mine[sets].sum(axis=0)
        total, several = parts.sum(axis=1), (parts > 0).sum(axis=1)
        own = self.mine.any(axis=0)
        p = rules.p_percent / 100
        need = np.where(several < rules.minimum_contributors - own, p * total, 0.0)
        if rules.counts_as_values or not look.whole:
            largest = np.sort(parts, axis=1)[:, ::-1]
            first = largest[:, 0]
            few = largest[:, : rules.dominance_n].sum(axis=1)
            second = np.where(mine > 0, 0.0, largest[:, 1] if largest.shape[1] > 1 else 0.0)
            need = np.maximum(need, p * first - (total - first - second))
            need = np.maximum(need, np.where(mine > 0, 0.0, few / (rules.dominance_k / 100) - total))
        need = np.where(self.exposed[sets].any(axis=(0, 2)), need, 0.0)
        return np.ceil(need - SLACK) if look.whole else need

    def _needed_by_largest(self, sets: np.ndarray) -> np.ndarray:
        """float[rows]: how far up. The largest has what all have together at most: the others may have nothing."""
        largest = self.exposed[sets].sum(axis=0).max(axis=1)
        need = self.alike.look.parameters.p_percent / 100 * largest
        need = np.ceil(need - SLACK) if self.alike.look.whole else need
        return np.maximum(need - (self.left[sets].sum(axis=0) - largest), 0.0)

    def _by_one(self, sets: np.ndarray) -> dict[float, np.ndarray]:
        """float[rows] for up and down: how far one release leaves it by itself, and that there is something."""
        total = self.left[sets].sum(axis=0)
        up, down = np.full(len(total), np.inf), total - 1 if self.alike.look.whole else total
        for row in self.alike.matrix > 0:
            beside = row.copy()
            beside[sets] = False
            if row[sets].all():
                up = np.minimum(up, self.left[beside].sum(axis=0))
            if self.fixed[beside].all():
                down = np.minimum(down, self.left[[c for c in sets if not row[c]]].sum(axis=0))
        return {UP: up, DOWN: down}

    def _closer(
        self, sets: np.ndarray, signs: Sequence[float], need: np.ndarray, room: Mapping[float, np.ndarray]
    ) -> bool:  # fmt: skip
        """Whether all that it was shown leaves less than that (float[rows]), in these directions together."""
        need = np.minimum(need, np.sum([room[sign] for sign in signs], axis=0))
        open_ = need > SLACK
        while open_.any():
            found = np.sum([np.minimum(self._reached(sets, sign, need), room[sign]) for sign in signs], axis=0)
            open_ &= found < need * (1 - SLACK)
            if not open_.any():
                break
            row = int(np.flatnonzero(open_)[np.argmax(need[open_] / self.left[sets][:, open_].sum(axis=0))])
            most = {sign: min(need[row], room[sign][row]) for sign in signs}
            ways = {sign: self._farthest(sets, sign, most[sign], row, self.alike.matrix) for sign in signs}
            reached = sum(sign * way[sets].sum() for sign, way in ways.items())
            open_[row] = False
            if reached >= need[row] * (1 - SLACK):
                self.alike.ways += ways.values()
                continue
            without = self.alike.matrix[1:]
            before = sum(s * self._farthest(sets, s, most[s], row, without)[sets].sum() for s in signs)
            if before > reached + SLACK * need[row]:
                return True
        return False

    def _reached(self, sets: np.ndarray, sign: float, need: np.ndarray) -> np.ndarray:
        """float[rows]: how far the ways found so far lead."""
        found = np.zeros(len(self.rows))
        for way in self.alike.ways:
            gain = sign * way[sets].sum()
            if gain <= 0 or way[self.fixed].any():
                continue
            falls = np.flatnonzero(way < 0)
            times = (self.left[falls] / -way[falls, None]).min(axis=0) if len(falls) else np.full(len(found), np.inf)
            found = np.maximum(found, np.minimum(times * gain, need))
        return found

    def _farthest(self, sets: np.ndarray, sign: float, need: float, row: int, matrix: np.ndarray) -> np.ndarray:
        """The way of all classes (float[classes]) that leads this set farthest, at most as far as is needed."""
        goal = np.zeros(len(self.fixed))
        goal[sets] = sign
        each = zip(self.fixed, self.left[:, row], strict=True)
        bounds = [(0.0, 0.0) if fixed else (-left, None) for fixed, left in each]
        same = {"A_eq": matrix, "b_eq": np.zeros(len(matrix))} if len(matrix) else {}
        found = linprog(-goal, A_ub=goal[None], b_ub=[need], bounds=bounds, method="highs", **same)
        assert found.status == 0, found.message
        return np.where(np.abs(found.x) < SLACK * max(1.0, need), 0.0, found.x)
