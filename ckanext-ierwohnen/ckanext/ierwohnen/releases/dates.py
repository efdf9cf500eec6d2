"""Releases of other reference dates that are protected together with a new one: those of nearly the same stock. Pure.

A company may deliver what has hardly changed under another date, and two tables that each keep the rules tell together
what both keep secret. So an earlier release of another date is in the model if at least half of the dwellings of a
common owner stayed as they were, as far as the released columns tell; not by days, which an owner can choose.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from ckanext.ierwohnen.releases.checking import Past
from ckanext.ierwohnen.releases.definition import Definition
from ckanext.ierwohnen.releases.place_tree import place_tree
from ckanext.ierwohnen.releases.recognising import stayed
from ckanext.ierwohnen.releases.records import PLACE, RENT, VACANCY, VACANT, rented
from ckanext.ierwohnen.releases.tables_of import RATE, RENTS, parts_of

HALF = 0.5
MOST = 100_000  # places that other dates may bring into the model: the most alike first, the rest is left out


@dataclass
class Alike:
    """Which releases of other dates are like a new one.

    :param versions: owner → version of the new release
    :param records: version → its records, of all releases whose records are there
    """

    definition: Definition
    versions: Mapping[str, str]
    records: Mapping[str, pd.DataFrame] = field(repr=False)
    _known: dict[tuple, float] = field(default_factory=dict, repr=False)

    def chosen(self, same: Sequence[Past], others: Iterable[Past]) -> list[Past]:
        """Those of the same date and, of the others, those that are alike and can be read beside them."""
        found = [p for p in others if all(v in self.records for v in p.versions)]
        shares = {p.id: self.share(p) for p in found}
        taken, room = list(same), MOST
        for p in sorted(found, key=lambda p: (-shares[p.id], p.id)):
            size = sum(map(len, p.patterns.values()))
            if shares[p.id] >= HALF and size <= room and self._readable([*taken, p]):
                taken.append(p)
                room -= size
        return taken

    def share(self, past: Past) -> float:
        """How much of a common owner's stock stayed; of several owners or parts the largest share."""
        both = set(parts_of(self.definition)) & set(parts_of(past.definition))
        theirs = dict(zip(past.definition.owners, past.versions, strict=True))
        return max(
            (self._stayed(self.versions[o], theirs[o], part, past.definition)
             for o in sorted(set(theirs) & set(self.versions)) for part in sorted(both)),
            default=0.0,
        )  # fmt: skip

    def _stayed(self, new: str, old: str, part: str, other: Definition) -> float:
        columns = tuple(sorted(_columns(self.definition, part) & _columns(other, part)))
        key = (new, old, part, columns)
        if key not in self._known:
            frames = [rented(self.records[v]) if part == RENTS else self.records[v] for v in (old, new)]
            there = [c for c in columns if all(c in frame for frame in frames)]
            self._known[key] = stayed(*frames, there)
        return self._known[key]

    def _readable(self, past: Sequence[Past]) -> bool:
        """Whether every level is still one of its tree: divisions of another day must not stop a release."""
        frames = [self.records[v] for v in {*self.versions.values(), *(v for p in past for v in p.versions)}]
        levels = {d.level for d in (self.definition, *(p.definition for p in past))}
        trees = {system: place_tree(frames, system) for system in {level.partition("/")[0] for level in levels}}
        return all(trees[level.partition("/")[0]].depth(level) is not None for level in levels)


def _columns(definition: Definition, part: str) -> set[str]:
    vacancy = {VACANCY} if part != RENTS and {VACANT, RATE} & set(definition.figures) else set()
    place = {PLACE + definition.level} if definition.level else set()
    return place | set(definition.dimensions) | vacancy | ({RENT} if part == RENTS else set())
