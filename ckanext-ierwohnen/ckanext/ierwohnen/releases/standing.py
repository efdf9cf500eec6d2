"""What the releases that are protected together are made of: each class of owners as its stock stood then. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations, islice, product

import numpy as np

from ckanext.ierwohnen.confidential.known import top
from ckanext.ierwohnen.confidential.microdata import Microdata
from ckanext.ierwohnen.confidential.shares import Made, Shares
from ckanext.ierwohnen.releases.lineup import Owners, classes, told
from ckanext.ierwohnen.releases.place_sizes import Sizes

Versions = frozenset[str]
Told = Mapping[Owners, tuple[Versions, ...]]
WAYS = 16  # in which classes that are told together may have stood on one day, those of the latest releases first
Records = Mapping[str | Versions, Microdata]


@dataclass(frozen=True)
class Standing:
    """`made`: release → owner → the version of its stock, the latest release last; `days`: release → what its date is
    called; `linked`: owner → its group; `coalitions`: of owners or groups; `sizes`: version → dwellings by place."""

    made: Mapping[str, Mapping[str, str]]
    days: Mapping[str, str]
    linked: Mapping[str, str] = field(default_factory=dict)
    coalitions: Sequence[Sequence[str]] = ()
    sizes: Sizes = field(default_factory=dict)

    @cached_property
    def classes(self) -> list[Owners]:
        """Owners who stand in the same releases; none if all stand in all."""
        sets = [frozenset(versions) for versions in self.made.values()]
        return classes(sets) if len({*sets}) > 1 else []

    @cached_property
    def lately(self) -> dict[str, str]:
        """Owner → the version that its latest release was made of."""
        return {owner: version for versions in self.made.values() for owner, version in versions.items()}

    @cached_property
    def owner(self) -> dict[str, str]:
        """Version → whose stock it is."""
        return {version: owner for versions in self.made.values() for owner, version in versions.items()}

    def _stood(self, owners: Owners) -> Iterator[Versions]:
        """In which ways they stood in releases: lately, together, and as each class stood on a day."""
        for versions in (self.lately, *self.made.values()):
            if owners <= versions.keys():
                yield frozenset(versions[owner] for owner in owners)
        for day in dict.fromkeys(self.days[name] for name in self.made):
            of_day = [versions for name, versions in self.made.items() if self.days[name] == day]
            each = [
                list(dict.fromkeys(frozenset(v[o] for o in one) for v in reversed(of_day) if one <= v.keys()))
                for one in self.classes if one <= owners
            ]  # fmt: skip
            yield from (frozenset().union(*way) for way in islice(product(*each), WAYS))

    def told(self, seen: Iterable[Sequence[str]]) -> Told:
        """Classes whose figures together are told to somebody, as they stood in each release of all of them, on each
        day and lately, and in every other way that releases come to; seen: by reader the releases that it knows.

        :raises TooMany: for too many sets of owners
        """
        found: dict[Owners, dict[Versions, None]] = {}
        for names in dict.fromkeys(map(tuple, seen)):
            for owners in self._told_of([frozenset(self.made[name]) for name in names], str, self._versions):
                found.setdefault(owners, {}).update(dict.fromkeys(self._stood(owners)))
            for some in connected([frozenset(self.made[name].values()) for name in names]):
                for versions in self._told_of(some, self.owner.__getitem__, lambda version: [version]):
                    if versions not in some and self._whole(versions):
                        found.setdefault(frozenset(self.owner[v] for v in versions), {})[versions] = None
        return {owners: tuple(ways) for owners, ways in found.items() if owners not in self.classes}

    def _versions(self, owner: str) -> list[str]:
        return [version for version, its in self.owner.items() if its == owner]

    def _told_of(
        self, sets: Sequence[frozenset[str]], owner: Callable[[str], str], versions: Callable[[str], list[str]]
    ) -> Iterable[frozenset[str]]:
        """Of owners, or of versions of their stock. In a place an owner has what one of its versions has there: what
        changed elsewhere is the same one there."""
        every = frozenset().union(*sets)
        tops = {one: top(owner(one), self.linked) for one in every}
        stood = {one: np.stack([self.sizes[v] for v in versions(one)]) for one in every} if self.sizes else {}
        sizes = {one: np.stack([places.min(axis=0), places.max(axis=0)]) for one, places in stood.items()}
        pools = [frozenset(top(member, self.linked) for member in coalition) for coalition in self.coalitions]
        return [*classes(sets), *told(sets, tops, pools, sizes)] if len({*sets}) > 1 else []

    def _whole(self, versions: Versions) -> bool:
        """Whether it is some classes, each once and all of it."""
        owners = [self.owner[version] for version in versions]
        return len({*owners}) == len(owners) and all(one <= {*owners} or one.isdisjoint(owners) for one in self.classes)

    def _ways(self, versions: Versions) -> list[Versions]:
        """What each class has of it."""
        apart = (frozenset(v for v in versions if self.owner[v] in one) for one in self.classes)
        return [mine for mine in apart if mine]

    def versions(self, together: Told) -> dict[str | Versions, tuple[str, ...]]:
        """The versions of each share, and of those told together, in the order of a release of just these if there is
        one, so that both are one delivery."""
        released = {frozenset(made.values()): tuple(made.values()) for made in self.made.values()}
        wanted = [
            frozenset(versions[owner] for owner in owners)
            for owners in self.classes for versions in (*self.made.values(), self.lately) if owners <= versions.keys()
        ]  # fmt: skip
        wanted += [way for ways in together.values() for whole in ways for way in (*self._ways(whole), whole)]
        return {one: released.get(one, tuple(sorted(one, key=self.owner.__getitem__))) for one in wanted}

    def shares(self, source: str, data: Records, together: Told) -> Shares | None:
        """The shares of all releases. The rules speak about classes told together, and about what changed in them.

        :param data: release, or versions → its records; none for versions without any
        """
        if not self.classes:
            return None
        deliveries, stood = [], {one: dict[Versions, str]() for one in self.classes}
        for name, versions in self.made.items():
            mine = {one: frozenset(versions[o] for o in one) for one in self.classes if one <= versions.keys()}
            deliveries.append(Made(data[name], tuple(data[v] for v in mine.values() if v in data), self.days[name]))
            for one, version in mine.items():
                stood[one].setdefault(version, self.days[name])
        again = [
            (data[a], data[b], days[a] == days[b])
            for days in stood.values() for a, b in combinations(days, 2) if a in data and b in data
        ]  # fmt: skip
        parts = [
            Made(data[whole], tuple(data[way] for way in self._ways(whole) if way in data))
            for ways in together.values() for whole in ways if whole in data
        ]  # fmt: skip
        again += [
            (data[a], data[b], True)
            for ways in together.values() for a, b in combinations(ways, 2)
            if a in data and b in data and len(self._days(a | b)) == 1
        ]  # fmt: skip
        each = (tuple(data[v] for v in days if v in data) for days in stood.values())
        return Shares(source, tuple(deliveries), tuple(parts), tuple(again), tuple(each))

    def _days(self, versions: Versions) -> set[str]:
        return {self.days[name] for name, made in self.made.items() if not versions.isdisjoint(made.values())}


def of_different_stock(made: Mapping[str, Mapping[str, str]]) -> bool:
    """Whether not all releases (release → owner → version) are made of the same."""
    return len({frozenset(versions.values()) for versions in made.values()}) > 1


def connected(sets: Iterable[frozenset[str]]) -> list[list[frozenset[str]]]:
    """Sets that share something, or share it with those that do."""
    found: list[list[frozenset[str]]] = []
    for one in dict.fromkeys(sets):
        mine = [some for some in found if any(not one.isdisjoint(other) for other in some)]
        found = [some for some in found if some not in mine] + [[*(s for some in mine for s in some), one]]
    return found
