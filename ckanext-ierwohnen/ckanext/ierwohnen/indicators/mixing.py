"""Figures that companies released are not mixed with others without a word. No CKAN in here.

A release tells of the dwellings of its contributors and of nobody else's. Beside a release of other contributors, or a
table of an office, its figures look like more of the same: another year, another quarter, the denominator of a rate.
So of indicators that are computed from one another only tables of one kind count: those of offices where there are any,
else the public release with most contributors and those that share most of them, else one for some readers only. So who
may read more sees the same as everybody, and never less: what these tables do not tell comes from the next kind that
does, if nothing is computed from both. The others are had by their name.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Protocol, TypeVar

from ckanext.ierwohnen.indicators.catalogue import Catalogue
from ckanext.ierwohnen.indicators.choice import Table, is_called, preference
from ckanext.ierwohnen.indicators.definition import Indicator

ALIKE = 0.5  # two releases are of the same companies if more than this part of all of theirs is in both


class Released(Table, Protocol):
    """A table; `contributors` are those of a release, none for any other, `day` is its reference date, and `limited`
    says whether it is for some readers only."""

    @property
    def contributors(self) -> tuple[str, ...]: ...
    @property
    def day(self) -> str: ...
    @property
    def limited(self) -> bool: ...


T = TypeVar("T", bound=Released)


def counting(
    tables: Sequence[T],
    asked: str | None,
    preferred: Mapping[str, str],
    catalogue: Catalogue,
    target: str | None = None,
) -> dict[str, frozenset[str]]:
    """Of each table, by the id of its resource, the indicators for which it counts; none of some.

    :param tables: newest first
    :param asked: dataset name or resource id that a reader asks for
    :param preferred: dataset name or resource id by indicator, from the configuration
    :param target: the one indicator that will be shown; None if it is many
    """
    found = {table.resource_id: frozenset(table.indicators) for table in tables}
    if not any(table.contributors for table in tables):
        return found
    told = {code for table in tables if table.contributors for code in table.indicators}
    for family in families(told, catalogue):
        having = [table for table in tables if family & set(table.indicators)]
        names = [asked, *(preference(code, preferred, catalogue) for code in sorted(family))]
        first = next((t for name in names if name for t in having if is_called(t, name)), None)
        shown = catalogue.find(target) if target in family else None
        kept = {table.resource_id for table in _of_one_kind(having, first, shown, catalogue)}
        counted = {code for table in having if table.resource_id in kept for code in found[table.resource_id]}
        for table in sorted(having, key=_rank):
            if table.resource_id in kept:
                continue
            beside = first is None and all(one.contributors for one in having)
            told = _alone(found[table.resource_id] & family, counted, catalogue) if beside else frozenset()
            counted |= told
            found[table.resource_id] = (found[table.resource_id] - family) | told
    return found


def told_by(indicator: Indicator, tables: Sequence[T], preferred: Mapping[str, str], catalogue: Catalogue) -> bool:
    """Whether an indicator has values by these rules.

    :param tables: those that have any of the codes that it needs, newest first
    """
    counts = counting(tables, None, preferred, catalogue, indicator.code)
    return can_be_had(indicator, frozenset().union(*counts.values()), catalogue)


def telling(
    tables: Sequence[T], indicators: Sequence[Indicator], catalogue: Catalogue
) -> list[T]:  # fmt: skip
    """The tables without the releases that tell nothing of these indicators: what they hold gives none of them with the
    other releases of the same companies and year, or only repeats a part of what those say without it.
    """
    return [
        table for table in tables
        if not table.contributors or any(_tells(table, one, tables, catalogue) for one in indicators)
    ]  # fmt: skip


def _tells(table: T, indicator: Indicator, tables: Sequence[T], catalogue: Catalogue) -> bool:
    if can_be_had(indicator, table.indicators, catalogue):
        return True
    used, waiting = set(), [indicator.code]
    while waiting:
        one = catalogue.find(waiting.pop())
        if one is not None and one.code not in used:
            used.add(one.code)
            waiting += [*one.parts, *([one.weighted_by] if one.weighted_by else [])]
    mine = used & set(table.indicators)
    beside = {
        code for other in tables if other is not table and _together(table, other) for code in other.indicators
    }  # fmt: skip
    if not mine or not can_be_had(indicator, beside | mine, catalogue):
        return False
    return not (mine <= beside and can_be_had(indicator, beside, catalogue))


def _together(one: Released, other: Released) -> bool:
    if not other.contributors:
        return True
    return set(one.contributors) == set(other.contributors) and one.day[:4] == other.day[:4]


def families(codes: Iterable[str], catalogue: Catalogue) -> list[frozenset[str]]:
    """The codes with all that is computed from one another within a topic."""
    linked: dict[str, set[str]] = {}
    for indicator in catalogue:
        for part in (*indicator.parts, *([indicator.weighted_by] if indicator.weighted_by else [])):
            other = catalogue.find(part)
            if other is not None and other.topic == indicator.topic:
                linked.setdefault(indicator.code, set()).add(other.code)
                linked.setdefault(other.code, set()).add(indicator.code)
    found: list[frozenset[str]] = []
    for code in sorted(codes):
        if any(code in family for family in found):
            continue
        family, waiting = {code}, [code]
        while waiting:
            more = linked.get(waiting.pop(), set()) - family
            family |= more
            waiting += more
        found.append(frozenset(family))
    return found


def can_be_had(indicator: Indicator, known: Collection[str], catalogue: Catalogue) -> bool:
    """Whether an indicator can be read, or computed from parts that can be had.

    :param known: codes that tables tell
    """
    if indicator.code in known:
        return True
    parts = [catalogue.find(code) for code in indicator.parts]
    return bool(parts) and all(part is not None and can_be_had(part, known, catalogue) for part in parts)


def _alone(codes: Iterable[str], counted: Collection[str], catalogue: Catalogue) -> frozenset[str]:
    """Which of a table's codes may stand beside those that count: nobody has them, and nothing is computed of both."""
    used = {part for one in catalogue for part in (*one.parts, one.weighted_by) if part}
    found = set()
    for code in codes:
        one = catalogue.find(code)
        if one is None or code in used or can_be_had(one, counted, catalogue) or one.weighted_by in counted:
            continue
        found.add(code)
    return frozenset(found)


def _rank(table: Released) -> tuple[bool, int]:
    """What everybody sees comes first, then what tells of most contributors."""
    return table.limited, -len(table.contributors)


def _of_one_kind(tables: Sequence[T], first: T | None, shown: Indicator | None, catalogue: Catalogue) -> list[T]:
    """The tables that count with the one that goes first, else with the best that tells what is shown."""
    offices = [table for table in tables if not table.contributors]
    if (first is not None and not first.contributors) or (first is None and offices):
        return offices
    releases = [table for table in tables if table.contributors]
    telling = [one for one in releases if shown is not None and can_be_had(shown, one.indicators, catalogue)]
    lead = first or min(telling or releases, key=_rank)  # of equal ones the first: the newest
    alike = [table for table in releases if _alike(lead, table)]
    broadest: dict[str, T] = {lead.day: lead}
    for table in alike:
        best = broadest.setdefault(table.day, table)
        if best is not lead and _rank(table) < _rank(best):
            broadest[table.day] = table
    return [table for table in alike if set(table.contributors) == set(broadest[table.day].contributors)]


def _alike(one: T, other: T) -> bool:
    mine, theirs = set(one.contributors), set(other.contributors)
    return len(mine & theirs) > ALIKE * len(mine | theirs)
