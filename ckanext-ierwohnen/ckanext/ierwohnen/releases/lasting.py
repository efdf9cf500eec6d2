"""How long checks took, as their owners can read it from the steps of their own releases."""

from __future__ import annotations

from collections.abc import Iterable

from ckanext.ierwohnen.releases.states import Step
from ckanext.ierwohnen.releases.store import Release

LAST = 5  # of so many checks


def took(release: Release) -> float | None:
    """Seconds from the moment when all owners had joined to the end of the check; None if it has not ended."""
    asked = None
    for taken, at in zip(release.case.steps, release.times, strict=True):
        if taken.step in (Step.PREPARE, Step.JOIN):
            asked = at
        if taken.step in (Step.PASS, Step.REFUSE) and asked:
            return (at - asked).total_seconds()
    return None


def usual(known: Iterable[Release], level: str, dimensions: int, owners: int) -> tuple[float, float] | None:
    """The shortest and the longest of the last checks of releases like one; None if there were none.

    :param known: releases that the reader may know of; how long their checks took tells the steps, which owners read
    """
    alike = [
        (max(release.times), seconds)
        for release in known
        if release.owned and (seconds := took(release)) is not None
        and release.definition.level == level and len(release.definition.dimensions) == dimensions
        and (len(release.definition.owners) == 1) == (owners == 1)
    ]  # fmt: skip
    last = [seconds for _, seconds in sorted(alike)[-LAST:]]
    return (min(last), max(last)) if last else None
