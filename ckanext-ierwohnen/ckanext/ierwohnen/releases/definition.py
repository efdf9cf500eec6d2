"""What a release is: figures of whose stock, by what, for whom, why and until when. Pure.

The definition is what the owners agree to, so it is whole before anybody computes anything, and never changes after.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ckanext.ierwohnen.look import clock
from ckanext.ierwohnen.look.storable import one_line, visible
from ckanext.ierwohnen.releases.audience import Audience
from ckanext.ierwohnen.releases.catalogue import catalogue

MOST_DIMENSIONS = 2
LONGEST = dt.timedelta(days=5 * 366)
USUAL = dt.timedelta(days=28)
"""Time for owners to join and approve, where nobody says otherwise."""
_LEVEL = re.compile(r"[^\s/]+/[^\s/]+")
UNREADABLE = (AttributeError, KeyError, TypeError, ValueError)
"""What is raised where a stored definition is none."""


class DefinitionError(ValueError):
    """A field of the definition is wrong: `code` is a key of `texts.TEXTS`."""

    def __init__(self, field: str, code: str, **params: Any) -> None:
        self.field, self.code, self.params = field, code, params
        super().__init__(f"{field}: {code}")


@dataclass(frozen=True)
class Definition:
    """A release as its owners agree to it.

    `owners`: ids of the organizations whose stock of `reference_date` goes in; `level`: "system/level" of the places,
    or empty for the city as a whole; `consents`: owners who agree that figures are shown in which they are the only
    ones, or recognisable; `replaces`: id of the release that this one takes the place of;
    `lead`: the owner that prepared it, empty in older ones; `decide_by`: last day on which owners join and approve,
    None for as long as it lasts.
    """

    title: str
    owners: tuple[str, ...]
    reference_date: dt.date
    figures: tuple[str, ...]
    level: str
    dimensions: tuple[str, ...]
    audience: Audience
    purpose: str
    agreement: str
    valid_until: dt.date
    consents: tuple[str, ...] = ()
    replaces: str | None = None
    lead: str = ""
    decide_by: dt.date | None = None

    def stored(self) -> dict[str, Any]:
        """As JSON."""
        return {
            **vars(self),
            "reference_date": self.reference_date.isoformat(),
            "valid_until": self.valid_until.isoformat(),
            "decide_by": self.decide_by.isoformat() if self.decide_by else None,
            "audience": self.audience.stored(),
        }

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Definition:
        """From JSON.

        :raises Exception: one of `UNREADABLE`, if it is none, or names figures that are not in the catalogue
        """
        lists = {name: tuple(stored[name]) for name in ("owners", "figures", "dimensions", "consents")}
        texts = [stored[name] for name in ("title", "purpose", "agreement", "level")]
        texts += [name for names in lists.values() for name in names]
        if not all(isinstance(text, str) for text in texts):
            raise DefinitionError("title", "text")
        known = catalogue()
        _known("figures", lists["figures"], list(known.figures))
        _known("dimensions", lists["dimensions"], list(known.dimensions))
        dates = ("reference_date", "valid_until", "decide_by")
        days = {name: dt.date.fromisoformat(stored[name]) for name in dates if stored.get(name)}
        return cls(**{**stored, **lists, **days, "audience": Audience.of(stored["audience"])})

    @property
    def source(self) -> str:
        """What the records describe; releases of one source overlap, whoever's records are in them."""
        return f"stock {self.reference_date.isoformat()}"

    def needs(self) -> frozenset[str]:
        """Fields of the stock record that every owner's table must have."""
        known = catalogue()
        fields = {field for name in self.figures for field in known.figures[name].needs}
        return frozenset(fields | {known.dimensions[name].column for name in self.dimensions})


def define(
    *,
    title: str,
    owners: Sequence[str],
    reference_date: dt.date,
    figures: Sequence[str],
    audience: Audience,
    purpose: str,
    agreement: str,
    valid_until: dt.date,
    level: str = "",
    dimensions: Sequence[str] = (),
    consents: Sequence[str] = (),
    replaces: str | None = None,
    lead: str = "",
    decide_by: dt.date | None = None,
    today: dt.date | None = None,
) -> Definition:
    """A definition whose every field was checked; lists in one order, so that equal definitions are equal.

    :raises DefinitionError: for the first field that is wrong
    """
    known = catalogue()
    for field, text in (("title", title), ("purpose", purpose), ("agreement", agreement)):
        if not is_line(text):
            raise DefinitionError(field, "text")
    if not owners:
        raise DefinitionError("sources", "no-owner")
    _known("figures", figures, list(known.figures))
    if not figures:
        raise DefinitionError("figures", "no-figure")
    _known("dimensions", dimensions, list(known.dimensions))
    if len(set(dimensions)) > MOST_DIMENSIONS:
        raise DefinitionError("dimensions", "too-many-dimensions")
    if level and not _LEVEL.fullmatch(level):
        raise DefinitionError("level", "level-form")
    if not set(consents) <= set(owners):
        raise DefinitionError("consents", "consent-of-others")
    today = today or clock.today()
    if not lasts(valid_until, today):
        raise DefinitionError("valid_until", "until", latest=today + LONGEST)
    if decide_by and not today <= decide_by <= valid_until:
        raise DefinitionError("decide_by", "decide-by", latest=valid_until)
    return Definition(
        title.strip(), tuple(sorted(set(owners))), reference_date, _ordered(figures, known.figures), level,
        _ordered(dimensions, known.dimensions), audience, purpose.strip(), agreement.strip(), valid_until,
        tuple(sorted(set(consents))), replaces, lead, decide_by,
    )  # fmt: skip


def is_line(text: str) -> bool:
    """Whether a text may stand in a definition: one line of 1 to 500 characters."""
    return visible(text) and len(text) <= 500 and one_line(text)


def lasts(valid_until: dt.date, today: dt.date) -> bool:
    """Whether a last day is one that a release may have."""
    return today < valid_until <= today + LONGEST


def usual_deadline(today: dt.date, valid_until: dt.date | None = None) -> dt.date:
    """Until when owners join and approve where nobody says otherwise."""
    return min(today + USUAL, valid_until or dt.date.max)


def _known(field: str, given: Sequence[str], known: Sequence[str]) -> None:
    for name in given:
        if name not in known:
            raise DefinitionError(field, "unknown-name", name=name[:100], known=", ".join(known))


def _ordered(given: Sequence[str], known: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(name for name in known if name in given)
