"""Earlier releases that a new one is protected together with, and who could see them. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ckanext.ierwohnen.releases.audience import Audience, among
from ckanext.ierwohnen.releases.definition import Definition

EVER = dt.datetime.min.replace(tzinfo=dt.UTC)


@dataclass(frozen=True)
class Past:
    """A release that somebody could see at some time. `seen_by`: everybody who could; `versions`: the versions of stock
    that it was made of; `patterns`: part → what was published of it and what was not; `waiting`: it is checked, and may
    come out or never; `passed`: when it was checked; `left`: others of its owners have deleted their stock; `as_if`:
    the same as if these had had then what they have on another date, if there is such."""

    id: str
    definition: Definition
    seen_by: Audience
    versions: tuple[str, ...]
    patterns: Mapping[str, Sequence[Sequence[Any]]]
    waiting: bool = False
    passed: dt.datetime = EVER
    left: bool = False
    as_if: Past | None = None

    @property
    def made_of(self) -> frozenset[str]:
        """Versions of stock that it is reckoned with."""
        return frozenset(self.versions) | (self.as_if.made_of if self.as_if else frozenset())

    @property
    def undecided(self) -> bool:
        """Whether its owners agreed to what nobody may know if it never comes out."""
        return self.waiting and bool(self.definition.consents)


def seen_by(definition: Definition) -> Audience:
    """Everybody who sees a release from its check on: its audience, and the owners who decide about it."""
    audience = definition.audience
    if audience.public:
        return audience
    return replace(audience, organizations=audience.organizations | {*definition.owners})


def seen_by_owners(definition: Definition) -> Audience | None:
    """Everybody who saw a release that never left: the owners; None if it is one alone, who knows its own."""
    return among(definition.owners) if len(definition.owners) > 1 else None


def related(definition: Definition, past: Sequence[Past]) -> list[Past]:
    """Earlier releases that may tell something together with the new one: those of the same source with a common owner,
    and those with a common owner with these."""
    return connected(definition, [p for p in past if p.definition.source == definition.source])


def connected(definition: Definition, past: Sequence[Past]) -> list[Past]:
    """The same, whatever their source."""
    owners, rest, found = set(definition.owners), list(past), []
    while True:
        more = [p for p in rest if owners.intersection(p.definition.owners)]
        if not more:
            return [p for p in past if p in found]
        found += more
        owners.update(o for p in more for o in p.definition.owners)
        rest = [p for p in rest if p not in more]
