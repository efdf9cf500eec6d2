"""Proposals for the search box: candidates of each kind, ranked, in groups. No CKAN here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ckanext.ierwohnen.portal.spelling import Match, marked, match


@dataclass(frozen=True)
class Candidate:
    """Something that can be proposed.

    `names` are all names it is known by, the first one is shown; `note` stands at the right; `href` is its page;
    `empty`: there is nothing to see on it yet.
    """

    kind: str
    names: tuple[str, ...]
    note: str
    href: str
    empty: bool = False


@dataclass(frozen=True)
class Proposal:
    """A candidate that fits, with the stretches of its shown name to mark."""

    candidate: Candidate
    match: Match

    def as_dict(self) -> dict[str, Any]:
        """The form that the action gives: label, its pieces `[text, marked]`, note, address."""
        label = self.candidate.names[0]
        return {
            "kind": self.candidate.kind,
            "label": label,
            "pieces": [list(piece) for piece in marked(label, self.match.spans)],
            "note": self.candidate.note,
            "href": self.candidate.href,
        }


def rank(query: str, candidates: Iterable[Candidate], limit: int) -> list[Proposal]:
    """The best `limit` candidates: what was typed before what resembles it, what has values before what has none.

    One known by another name (a synonym) is shown unmarked.
    """
    fitting = [Proposal(candidate, found) for candidate in candidates if (found := _best(query, candidate))]
    fitting.sort(key=lambda one: (one.match.guessed, one.candidate.empty, -one.match.score, one.candidate.names[0]))
    return fitting[:limit]


def _best(query: str, candidate: Candidate) -> Match | None:
    shown = match(query, candidate.names[0])
    others = [found for name in candidate.names[1:] if (found := match(query, name))]
    if shown and all(shown.score >= other.score - 1 for other in others):
        return shown
    best = max(others, key=lambda found: found.score, default=None)
    return Match(best.score - 0.5, ()) if best else shown
