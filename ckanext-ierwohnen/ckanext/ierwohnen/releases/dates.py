"""Releases of other reference dates that are protected together with a new one: those of its owners, all of them. Pure.

A company may deliver what has hardly changed under another date, and two tables that each keep the rules tell together
what both keep secret. How much has to stay for that is no question of days or shares, which an owner can choose: one
district that nobody built in is enough. So all are in the model, those most alike first, until it holds `MOST` places.
"""

from __future__ import annotations

import datetime as dt
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
    _there: set[str] = field(default_factory=set, repr=False)

    def chosen(self, same: Sequence[Past], others: Iterable[Past]) -> list[Past]:
        """Those of the same date and, of the others, the most alike that can be read beside them.

        Of an owner who has deleted its stock everybody is taken to know what it had: what the others have stays secret.
        It may well have had what it has on another date, which nobody knows: with that it is protected once more.
        """
        others = list(others)
        stock = [(self.definition.reference_date, dict(self.versions)), *map(_stock, (*same, *others))]
        found = [there for p in others if (there := self._reckoned(p, stock))]
        taken, room = list(same), MOST
        for p in sorted(found, key=lambda p: (-self.likeness(p), p.id)):
            size = sum(map(len, p.patterns.values()))
            if size <= room and self._readable([*taken, p]):
                whole = p.as_if and [one.as_if or one for one in taken] + [p.as_if]
                taken.append(p if whole is None or self._readable(whole) else replace(p, as_if=None))
                room -= size
        self._there = {p.id for p in found}
        return taken

    def known(self, past: Past) -> bool:
        """Whether there was anything to reckon with of one of the other dates that were given to choose from."""
        return past.id in self._there

    def _reckoned(self, past: Past, stock: Iterable[tuple[dt.date, Mapping[str, str]]]) -> Past | None:
        """The release as it can be reckoned with: of what is left of its stock, and as if the rest had been the nearest
        of the same owners that is there (by date, owner → version); None if there is neither."""
        made, day = dict(zip(past.definition.owners, past.versions, strict=True)), past.definition.reference_date
        left = {owner: version for owner, version in made.items() if version in self.records}
        if left == made:
            return past
        whole = dict(left)
        for _, its in sorted(stock, key=lambda one: (abs(one[0] - day), one[0])):
            whole = {o: v for o, v in its.items() if o in made and v in self.records} | whole
        as_if = _of_these(past, whole, left=len(whole) < len(made)) if len(whole) > len(left) else None
        return replace(_of_these(past, left, left=True), as_if=as_if) if left else as_if

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

    First with what was deleted as if it had been what it is on another date. Then, for each owner of whom other dates
    count as telling what nobody may know, without these: to which it agreed for their own day, or of which only those
    know all who know deleted stock of others. What such releases tell of other owners counts all the same. Then as if
    there were no other date.
    """
    same = frozenset(p.id for p in related(definition, past))
    found: dict[frozenset[tuple[str, tuple[str, ...]]], list[Past]] = {}
    for some in ([p.as_if or p for p in past], past):
        telling = {p.id: _counted_as_told(p) for p in some if p.id not in same}
        told = sorted({owner for owners in telling.values() for owner in owners})
        apart = [same | {one for one, owners in telling.items() if owner not in owners} for owner in told]
        for these in (same | {*telling}, *apart):
            fewer = [p for p in some if p.id in these]
            found.setdefault(_made_of(fewer), fewer)
    alone = [p for p in past if p.id in same]
    found.pop(_made_of(alone), None)
    return [some for key, some in (found | {_made_of(alone): alone}).items() if key != _made_of(past)]


def _made_of(past: Iterable[Past]) -> frozenset[tuple[str, tuple[str, ...]]]:
    return frozenset((p.id, p.versions) for p in past)


def _counted_as_told(past: Past) -> frozenset[str]:
    """Owners whose figures count as told by it."""
    return frozenset(past.definition.consents) | frozenset(past.definition.owners if past.left else ())


def _of_these(past: Past, made: Mapping[str, str], left: bool) -> Past:
    """The release as one of this stock (owner → version)."""
    owners = tuple(o for o in past.definition.owners if o in made)
    definition, versions = replace(past.definition, owners=owners), tuple(made[o] for o in owners)
    return replace(past, definition=definition, versions=versions, left=left)


def _stock(past: Past) -> tuple[dt.date, Mapping[str, str]]:
    """Of which date a release is, and owner → the version of its stock."""
    return past.definition.reference_date, dict(zip(past.definition.owners, past.versions, strict=True))
