"""Who may see something that is not for everyone: one small mechanism for releases, and for other rooms later. Pure.

An audience is a list of organizations, written down when it is agreed upon. Who joins the alliance afterwards is not in
it: the owners agreed to these organizations, not to a name. So what somebody could ever see never grows by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
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


def circles(
    seen: Mapping[str, Audience], pools: Callable[[frozenset[str]], Iterable[frozenset[str]]] = lambda organizations: ()
) -> tuple[Audiences, dict[str, str]]:  # fmt: skip
    """What every kind of reader knows, for the union model.

    Each list of organizations is a circle that also sees what is public and what smaller-eyed circles do not see: an
    organization that stands in several lists gets a circle of its own that includes all of them, so that the reader who
    has lined up every table it ever got is among the attackers; so do those who pool what they read.

    :param seen: release → the audience that could ever see it
    :param pools: organizations → which of them pool what they read
    :return: the circles, and release → its circle
    """
    lists = sorted({a.organizations for a in seen.values() if not a.public}, key=sorted)
    names = {members: f"circle {number}" for number, members in enumerate(lists, 1)}
    includes: dict[str, tuple[str, ...]] = {PUBLIC: ()} | {name: (PUBLIC,) for name in names.values()}
    standing: dict[tuple[str, ...], None] = {}
    listed = frozenset(o for members in lists for o in members)
    alone = [frozenset({organization}) for organization in sorted(listed)]
    for readers in [*alone, *sorted(pools(listed), key=sorted)]:
        mine = tuple(names[members] for members in lists if members & readers)
        standing[mine] = None
    for number, mine in enumerate((m for m in standing if len(m) > 1), 1):
        includes[f"reader {number}"] = mine
    return Audiences(includes), {
        release: PUBLIC if audience.public else names[audience.organizations] for release, audience in seen.items()
    }
