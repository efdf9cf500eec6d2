"""What the releases that are protected together are made of: each class of owners as its stock stood then. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations

from ckanext.ierwohnen.confidential.known import top
from ckanext.ierwohnen.confidential.microdata import Microdata
from ckanext.ierwohnen.confidential.shares import Made, Shares
from ckanext.ierwohnen.releases.lineup import Owners, classes, told

Versions = frozenset[str]
Records = Mapping[str | Versions, Microdata]


@dataclass(frozen=True)
class Standing:
    """`made`: release → owner → the version of its stock, the latest release last; `days`: release → what its date is
    called; `linked`: owner → its group; `coalitions`: of owners or groups."""

    made: Mapping[str, Mapping[str, str]]
    days: Mapping[str, str]
    linked: Mapping[str, str] = field(default_factory=dict)
    coalitions: Sequence[Sequence[str]] = ()

    @cached_property
    def classes(self) -> list[Owners]:
        """Owners who stand in the same releases; none if all stand in all."""
        sets = [frozenset(versions) for versions in self.made.values()]
        return classes(sets) if len({*sets}) > 1 else []

    @cached_property
    def lately(self) -> dict[str, str]:
        """Owner → the version that its latest release was made of."""
        return {owner: version for versions in self.made.values() for owner, version in versions.items()}

    def told(self, seen: Iterable[Sequence[str]]) -> list[Owners]:
        """Classes whose figures together are told to somebody; seen: by reader the releases that it knows.

        :raises TooMany: for too many sets of owners
        """
        tops = {owner: top(owner, self.linked) for owner in self.lately}
        pools = [frozenset(top(member, self.linked) for member in coalition) for coalition in self.coalitions]
        found: dict[Owners, None] = {}
        for names in seen:
            sets = [frozenset(self.made[name]) for name in names]
            found |= dict.fromkeys([*classes(sets), *told(sets, tops, pools)] if len({*sets}) > 1 else [])
        return [owners for owners in found if owners not in self.classes]

    def versions(self, together: Iterable[Owners]) -> dict[str | Versions, tuple[str, ...]]:
        """The versions of each share, and of those told together, in the order of a release of just these if there is
        one, so that both are one delivery."""
        released = {frozenset(made.values()): tuple(made.values()) for made in self.made.values()}
        wanted = [
            tuple(versions[owner] for owner in sorted(owners))
            for owners in (*self.classes, *together) for versions in (*self.made.values(), self.lately)
            if owners <= versions.keys()
        ]  # fmt: skip
        return {frozenset(versions): released.get(frozenset(versions), versions) for versions in wanted}

    def shares(self, source: str, data: Records, together: Iterable[Owners]) -> Shares | None:
        """The shares of all releases. The rules speak about classes told together as they stood in each release of all
        of them, and lately.

        :param data: release, or versions → its records; none for versions without any
        """
        if not self.classes:
            return None
        deliveries, stood = [], {one: dict[Versions, str]() for one in self.classes}
        for name, versions in self.made.items():
            mine = {one: frozenset(versions[o] for o in one) for one in self.classes if one <= versions.keys()}
            deliveries.append(Made(data[name], tuple(data[v] for v in mine.values() if v in data)))
            for one, version in mine.items():
                stood[one].setdefault(version, self.days[name])
        again = [
            (data[a], data[b], days[a] == days[b])
            for days in stood.values() for a, b in combinations(days, 2) if a in data and b in data
        ]  # fmt: skip
        return Shares(source, tuple(deliveries), tuple(self._together(data, together)), tuple(again))

    def _together(self, data: Records, together: Iterable[Owners]) -> Iterable[Made]:
        for owners in together:
            some = [one for one in self.classes if one <= owners]
            there = [versions for versions in (*self.made.values(), self.lately) if owners <= versions.keys()]
            for way in dict.fromkeys(tuple(frozenset(v[o] for o in one) for one in some) for v in there):
                whole = frozenset().union(*way)
                if whole in data:
                    yield Made(data[whole], tuple(data[version] for version in way if version in data))
