"""Whose figures somebody works out who lines up releases of different owners, by adding and subtracting them. Pure.

Owners who stand in the same releases are a class; every release is a sum of classes, a row of 0 and 1. What follows
from several releases is a row that these span. Of those the rows of 0 and 1 are told: somebody's stock, once. A company
that is a class by itself, or with linked ones or a coalition is several, takes these figures off; whatever then is a
row of 0 and 1 is told to it, and nearly to everybody where the company is small. Nearly told is as well what companies
of a small class are taken off. In a place where a class has nothing, or little, or nobody but the company itself, its
figures there need not be known to be taken off: so that is looked at in each place.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property

import numpy as np

Owners = frozenset[str]
Place = Mapping[str, tuple[int, int]]  # owner → dwellings there, at least and at most
SMALL = 0.2  # of what is left: so much can be off without the rest being kept from anybody who takes it for nothing
NOBODY: Owners = frozenset()
FEW = 5  # companies, whose figures together are to be kept from those who know them but nearly
MOST = 12  # independent sets of owners, beyond which they cannot be lined up


class TooMany(ValueError):
    """More sets of owners than can be lined up."""


def classes(releases: Collection[Owners]) -> list[Owners]:
    """Owners who stand in the same releases, in order."""
    sets = list(dict.fromkeys(releases))
    alike: dict[tuple[bool, ...], set[str]] = {}
    for owner in sorted(frozenset().union(*sets)):
        alike.setdefault(tuple(owner in r for r in sets), set()).add(owner)
    return [frozenset(found) for found in alike.values()]


def told(
    releases: Collection[Owners], linked: Mapping[str, str] | None = None, coalitions: Collection[Owners] = (),
    sizes: Mapping[str, np.ndarray] | None = None,
) -> list[Owners]:  # fmt: skip
    """Two or more classes whose figures together releases come to, few owners first; a release itself is left out, and
    what is but two releases or more together, unless releases depend on one another. And all that linked companies
    have, who are one company, whatever releases come to, with the few others that stand in the same releases as one of
    them: these may have next to nothing. Where sizes are given, also what few companies have in one place only.

    :param linked: owner → its group, which counts as one company; coalitions: of groups
    :param sizes: owner → int[2, places], the dwellings that it has in each at least and at most
    :raises TooMany: for more than `MOST` independent sets of owners
    """
    lined = _Lined([*dict.fromkeys(releases)], linked or {}, [frozenset(one) for one in coalitions])
    found = {owners for owners, together in _spanned(lined.sets, lined.apart) if not together}
    groups = {one: lined.groups(one) for one in lined.apart}
    single = dict.fromkeys(names for names in groups.values() if len(names) == 1)
    pooled = [[one for one in lined.apart if groups[one] <= pool] for pool in (*single, *lined.coalitions)]
    found |= {frozenset().union(*all_of_it) for all_of_it in pooled[: len(single)]}
    for off in (*pooled, *([one] for one in lined.apart if groups[one] in single)):
        found |= {*lined.beside(frozenset().union(*off))}
    found |= {*lined.of_linked(lined.class_of)}
    for place in _places(sizes or {}):
        found |= {*lined.of_linked(place)}
        there = {owner for owner, (least, _) in place.items() if least}
        found |= {some for some in lined.in_place(place) if lined.few(some & there)}
    wanted = found - {*lined.sets} - {*lined.apart}
    return sorted(wanted, key=lambda s: (len(s), sorted(s)))


@dataclass(frozen=True)
class _Lined:
    """Releases (the owners of each) and the classes that they are sums of."""

    sets: Sequence[Owners]
    linked: Mapping[str, str]
    coalitions: Sequence[Owners]
    _known: dict[Owners, list[Owners]] = field(default_factory=dict, init=False, repr=False)

    @cached_property
    def apart(self) -> list[Owners]:
        """The classes."""
        return classes(self.sets)

    def groups(self, owners: Iterable[str]) -> Owners:
        """The companies that they are, linked ones being one."""
        return frozenset(self.linked.get(owner, owner) for owner in owners)

    def few(self, owners: Iterable[str]) -> bool:
        """Whether they are few companies to somebody: a coalition is one to itself."""
        companies = self.groups(owners)
        return any(len(companies - pool) + (pool != NOBODY) < FEW for pool in (NOBODY, *self.coalitions))

    def beside(self, mine: Owners) -> list[Owners]:
        """What releases come to where these classes are taken off."""
        if mine not in self._known:
            others = list(dict.fromkeys(r - mine for r in self.sets if r - mine))
            left = [one for one in self.apart if not one <= mine]
            self._known[mine] = [owners for owners, _ in _spanned(others, left)] if left else []
        return self._known[mine]

    @cached_property
    def of_group(self) -> list[list[tuple[Owners, Owners]]]:
        """Of each company that stands in several classes: these, and its owners in each."""
        owners: dict[str, set[str]] = {}
        for owner, group in self.linked.items():
            owners.setdefault(group, set()).add(owner)
        found = ([(one, one & mine) for one in self.apart if one & mine] for mine in owners.values() if len(mine) > 1)
        return [mine for mine in found if len(mine) > 1]

    def of_linked(self, place: Mapping[str, object]) -> Iterator[Owners]:
        """The classes in which linked companies lie that have something in a place, if these are few companies."""
        for classes_of_it in self.of_group:
            mine = [one for one, its in classes_of_it if not its.isdisjoint(place)]
            owners = frozenset().union(*mine)
            if len(mine) > 1 and self.few(owners & place.keys()):
                yield owners

    @cached_property
    def class_of(self) -> dict[str, Owners]:
        """Owner → its class."""
        return {owner: one for one in self.apart for owner in one}

    def in_place(self, place: Place) -> Iterator[Owners]:
        """What sums and differences come to in one place: but for classes that have nothing there, and those that are
        small beside it, each, and the smallest together; for everybody, and for each company and coalition, which takes
        off what it has itself."""
        everything = sum(most for _, most in place.values())
        size = {one: sum(place[owner][0] for owner in one & place.keys()) for one in self.apart}
        largest = {one: sum(place[owner][1] for owner in one & place.keys()) for one in self.apart}
        alone = [frozenset({group}) for group in sorted(self.groups(place))]
        for pool in dict.fromkeys([NOBODY, *alone, *self.coalitions]):
            own = [owner for owner in place if self.linked.get(owner, owner) in pool]
            left = size | {self.class_of[owner]: size[self.class_of[owner]] for owner in own}
            for owner in own:
                left[self.class_of[owner]] -= place[owner][0]
            if pool and all(left[self.class_of[owner]] > SMALL * everything for owner in own):
                continue  # it knows hardly more of these classes than everybody
            nothing = frozenset().union(*(one for one in self.apart if not left[one]))
            order = sorted((one for one in self.apart if left[one]), key=lambda one: (left[one], sorted(one)))
            for off in [(), *((one,) for one in order), *(tuple(order[:n]) for n in range(2, len(order)))]:
                beside = sum(left[one] for one in off)
                for owners in self.beside(nothing.union(*off)) if nothing or off else ():
                    if beside <= SMALL * sum(largest[one] for one in self.apart if one <= owners):
                        yield owners


def _places(sizes: Mapping[str, np.ndarray]) -> Iterator[Place]:
    """What owners have in a place, of those that have anything there; each way in which they lie once."""
    if sizes:
        for row in np.unique(np.concatenate([*sizes.values()]).T, axis=0).reshape(-1, len(sizes), 2).tolist():
            yield {owner: (least, most) for owner, (least, most) in zip(sizes, row, strict=True) if most}


def _spanned(sets: Sequence[Owners], apart: Sequence[Owners]) -> Iterator[tuple[Owners, bool]]:
    """Sets of owners that sums and differences come to, and whether each is but sets together.

    A row of 0 and 1 takes each row of the basis once or not at all, since in each stands a 1 where the others have 0.
    """
    basis = _reduced([[Fraction(one <= s) for one in apart] for s in sets])
    if len(basis) > MOST:
        raise TooMany
    independent = len(basis) == len(sets)
    chosen = (np.arange(1, 2 ** len(basis))[:, None] >> np.arange(len(basis))) & 1
    totals = chosen @ np.array(basis, float).reshape(len(basis), -1)
    fine = (np.isclose(totals, 0) | np.isclose(totals, 1)).all(axis=1)
    for row in totals[fine]:
        owners = frozenset().union(*(one for one, share in zip(apart, row, strict=True) if share > 0.5))
        inside = [s for s in sets if s <= owners]
        together = independent and sum(map(len, inside)) == len(owners) == len(frozenset().union(*inside))
        yield owners, together


def _reduced(rows: list[list[Fraction]]) -> list[list[Fraction]]:
    """A basis of what rows come to, each with a 1 where the others have 0."""
    found: list[list[Fraction]] = []
    for column in range(len(rows[0]) if rows else 0):
        row = next((r for r in rows if r[column]), None)
        if row is None:
            continue
        rows = [r for r in rows if r is not row]
        row = [x / row[column] for x in row]

        def without(other: list[Fraction], row: list[Fraction] = row, column: int = column) -> list[Fraction]:
            return [a - other[column] * b for a, b in zip(other, row, strict=True)]

        rows, found = [without(r) for r in rows], [*(without(r) for r in found), row]
    return found
