"""Who may see something that is not for everyone: one small mechanism for releases, and for other rooms later. Pure.

An audience is a list of organizations, written down when it is agreed upon. Who joins the alliance afterwards is not in
it: the owners agreed to these organizations, not to a name. So what somebody could ever see never grows by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from ckanext.ierwohnen.confidential.model import PUBLIC, Audiences

ALLIANCE, ORGANIZATIONS = "alliance", "organizations"
KINDS = (PUBLIC, ALLIANCE, ORGANIZATIONS)


@dataclass(frozen=True)
class Audience:
    """`kind` says in words for whom; `organizations` (ids) decides. The public one has none and admits everybody."""

    kind: str
    organizations: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if self.kind not in KINDS or bool(self.organizations) == (self.kind == PUBLIC):
            raise ValueError(f"no audience: {self.kind} with {len(self.organizations)} organizations")

    @property
    def public(self) -> bool:
        """Whether everybody is admitted."""
        return self.kind == PUBLIC

    def admits(self, organizations: Iterable[str]) -> bool:
        """Whether somebody who acts for these organizations belongs to it."""
        return self.public or not self.organizations.isdisjoint(organizations)

    def stored(self) -> dict[str, Any]:
        """As JSON."""
        return {"kind": self.kind, "organizations": sorted(self.organizations)}

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Audience:
        """From JSON."""
        return cls(stored["kind"], frozenset(stored["organizations"]))


EVERYBODY = Audience(PUBLIC)


def among(organizations: Iterable[str]) -> Audience:
    """The organizations themselves, and nobody else."""
    return Audience(ORGANIZATIONS, frozenset(organizations))


@dataclass(frozen=True)
class Waiting:
    """A release that may come out or never: the organizations that know it nevertheless, who decide about it, and those
    of them that agreed to be recognised in it."""

    owners: frozenset[str]
    agreed: frozenset[str]


def circles(
    seen: Mapping[str, Audience],
    pools: Callable[[frozenset[str]], Iterable[frozenset[str]]] = lambda organizations: (),
    waiting: Mapping[str, Waiting] | None = None,
) -> tuple[Audiences, dict[str, str]]:  # fmt: skip
    """What every kind of reader knows, for the union model.

    Each list of organizations is a circle that also sees what is public and what smaller-eyed circles do not see: an
    organization that stands in several lists gets a circle of its own that includes all of them, so that the reader who
    has lined up every table it ever got is among the attackers; so do those who pool what they read. Of releases that
    wait there are readers with and without each: without any of those to which one organization agreed, but with all
    that it did not agree to, they know most of what may not be known of it.

    :param seen: release → the audience that could ever see it
    :param pools: organizations → which of them pool what they read
    :return: the circles, and release → its circle
    """
    waiting = waiting or {}
    lists = sorted({a.organizations for r, a in seen.items() if not a.public and r not in waiting}, key=sorted)
    names = {members: f"circle {number}" for number, members in enumerate(lists, 1)}
    apart = {release: f"waiting {release}" for release in waiting}
    includes: dict[str, tuple[str, ...]] = {PUBLIC: ()} | {name: (PUBLIC,) for name in names.values()}
    includes |= {name: (names.get(seen[release].organizations, PUBLIC),) for release, name in apart.items()}
    eyes = {name: Audiences(includes).sees(name) for name in includes}
    known = {*eyes.values()}
    listed = frozenset(o for audience in seen.values() for o in audience.organizations)
    alone = [frozenset({organization}) for organization in sorted(listed)]
    for readers in [frozenset[str](), *alone, *sorted(pools(listed), key=sorted)]:
        sure = [names[members] for members in lists if members & readers]
        sure += [name for release, name in apart.items() if waiting[release].owners & readers]
        maybe = {r: w for r, w in waiting.items() if seen[r].admits(readers) and not w.owners & readers}
        for some in _worlds(maybe):
            mine = (*sure, *(apart[release] for release in some))
            theirs = frozenset({PUBLIC}).union(*(eyes[name] for name in mine))
            if theirs not in known:
                includes[f"reader {len(known) - len(eyes) + 1}"] = mine
                known.add(theirs)
    circle = {r: PUBLIC if audience.public else names.get(audience.organizations, "") for r, audience in seen.items()}
    return Audiences(includes), circle | apart


def _worlds(waiting: Mapping[str, Waiting]) -> list[list[str]]:
    """Which of these releases may have come out, as far as it matters."""
    found = [] if waiting else [[]]
    for organization in sorted(frozenset().union(*(one.agreed for one in waiting.values()))):
        agreed = [release for release, one in waiting.items() if organization in one.agreed]
        for never in (some for number in range(len(agreed) + 1) for some in combinations(agreed, number)):
            found.append([release for release in waiting if release not in never])
    return found
