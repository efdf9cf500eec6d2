"""Releases of other reference dates that are protected together with a new one: those of its owners, all of them. Pure.

A company may deliver what has hardly changed under another date, and two tables that each keep the rules tell together
what both keep secret. How much has to stay for that is no question of days or shares, which an owner can choose: one
district that nobody built in is enough. So all are in the model, those most alike first, until it holds `MOST` places.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import pandas as pd

from ckanext.ierwohnen.releases.definition import Definition
from ckanext.ierwohnen.releases.divisions import Divisions
from ckanext.ierwohnen.releases.past import Past, related
from ckanext.ierwohnen.releases.recognising import stayed
from ckanext.ierwohnen.releases.records import LASTING, PLACE

MOST = 100_000  # places that other dates may bring into the model: the rest is left out


@dataclass
class Dates:
    """The other dates of a new release.

    :param versions: owner → version of the new release
    :param records: version → its records, of all releases whose records are there
    """

    definition: Definition
    versions: Mapping[str, str]
    records: Mapping[str, pd.DataFrame] = field(repr=False)
    _known: dict[tuple[str, str], float] = field(default_factory=dict, repr=False)

    def chosen(self, same: Sequence[Past], others: Iterable[Past]) -> list[Past]:
        """Those of the same date and, of the others, the most alike that can be read beside them.

        Of an owner who has deleted its stock everybody is taken to know what it had: what the others have stays secret.
        """
        found = [left for p in others if (left := self._left(p))]
        taken, room = list(same), MOST
        for p in sorted(found, key=lambda p: (-self.likeness(p), p.id)):
            size = sum(map(len, p.patterns.values()))
            if size <= room and self._readable([*taken, p]):
                taken.append(p)
                room -= size
        return taken

    def known(self, past: Past) -> bool:
        """Whether anything of a release's stock is there to be reckoned with."""
        return self._left(past) is not None

    def _left(self, past: Past) -> Past | None:
        """The release as one of those owners whose records are there; None if there are none."""
        left = [n for n, version in enumerate(past.versions) if version in self.records]
        if len(left) == len(past.versions):
            return past
        owners = tuple(past.definition.owners[n] for n in left)
        versions = tuple(past.versions[n] for n in left)
        definition = replace(past.definition, owners=owners)
        return replace(past, definition=definition, versions=versions, left=True) if left else None

    def likeness(self, past: Past) -> float:
        """How much of a common owner's stock stayed; of several owners the largest share."""
        theirs = dict(zip(past.definition.owners, past.versions, strict=True))
        return max((self._stayed(theirs[o], self.versions[o]) for o in {*theirs} & {*self.versions}), default=0.0)

    def _stayed(self, old: str, new: str) -> float:
        """By the dwellings' numbers, or by what lasts but for one column: numbers may be new, a column may be coded
        anew."""
        if (old, new) not in self._known:
            frames = [self.records[v] for v in (old, new)]
            there = [c for c in frames[0] if c in frames[1] and (c in LASTING or c.startswith(PLACE))]
            ways = [["record"], *([c for c in there if c != left] for left in there if left in LASTING)]
            self._known[old, new] = max(stayed(*frames, way) for way in ways)
        return self._known[old, new]

    def _readable(self, past: Sequence[Past]) -> bool:
        """Whether every level is still one of its tree: divisions of another day must not stop a release."""
        definitions = [self.definition, *(p.definition for p in past)]
        used = {*self.versions.values(), *(v for p in past for v in p.versions)}
        found = Divisions(self.definition.source, [*self.versions.values()], past, {v: self.records[v] for v in used})
        return all(found.of(one).depth(one.level) is not None for one in definitions)


def without_other_dates(definition: Definition, past: Sequence[Past]) -> list[list[Past]]:
    """With which fewer earlier releases a new one is protected once more, since others never take protection away.

    First, for each owner of whom other dates count as telling what nobody may know, without these: to which it agreed
    for their own day, or of which only those know all who know deleted stock of others. What such releases tell of
    other owners counts all the same. Then as if there were no other date.
    """
    same = frozenset(p.id for p in related(definition, past))
    telling = {p.id: _counted_as_told(p) for p in past if p.id not in same}
    told = sorted({owner for owners in telling.values() for owner in owners})
    apart = [same | {one for one, owners in telling.items() if owner not in owners} for owner in told]
    fewer = [some for some in dict.fromkeys((*apart, same)) if len(some) < len(past)]
    return [[p for p in past if p.id in some] for some in fewer]


def _counted_as_told(past: Past) -> frozenset[str]:
    """Owners whose figures count as told by it."""
    return frozenset(past.definition.consents) | frozenset(past.definition.owners if past.left else ())
