"""Figures that companies released are not mixed with others without a word. No CKAN in here.

A release tells of the dwellings of its contributors and of nobody else's. Beside a release of other contributors, or a
table of an office, its figures look like more of the same: another year, another quarter, the denominator of a rate.
So of indicators that are computed from one another only tables of one kind count: those of offices where there are any,
else the release with most contributors and those that share most of them. The others are had by their name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol, TypeVar

from ckanext.ierwohnen.indicators.catalogue import Catalogue
from ckanext.ierwohnen.indicators.choice import Table, is_called, preference

ALIKE = 0.5  # two releases are of the same companies if more than this part of all of theirs is in both


class Released(Table, Protocol):
    """A table; `contributors` are those of a release, none for any other, and `day` is its reference date."""

    @property
    def contributors(self) -> tuple[str, ...]: ...
    @property
    def day(self) -> str: ...


T = TypeVar("T", bound=Released)


def counting(
    tables: Sequence[T], asked: str | None, preferred: Mapping[str, str], catalogue: Catalogue
) -> dict[str, frozenset[str]]:
    """Of each table, by the id of its resource, the indicators for which it counts; none of some.

    :param tables: newest first
    :param asked: dataset name or resource id that a reader asks for
    :param preferred: dataset name or resource id by indicator, from the configuration
    """
    found = {table.resource_id: frozenset(table.indicators) for table in tables}
    if not any(table.contributors for table in tables):
        return found
    told = {code for table in tables if table.contributors for code in table.indicators}
    for family in families(told, catalogue):
        having = [table for table in tables if family & set(table.indicators)]
        names = [asked, *(preference(code, preferred, catalogue) for code in sorted(family))]
        first = next((t for name in names if name for t in having if is_called(t, name)), None)
        kept = {table.resource_id for table in _of_one_kind(having, first)}
        for table in having:
            if table.resource_id not in kept:
                found[table.resource_id] -= family
    return found


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


def _of_one_kind(tables: Sequence[T], first: T | None) -> list[T]:
    """The tables that count with the one that goes first."""
    offices = [table for table in tables if not table.contributors]
    if (first is not None and not first.contributors) or (first is None and offices):
        return offices
    releases = [table for table in tables if table.contributors]
    lead = first or max(releases, key=lambda table: len(table.contributors))  # of equal ones the first: the newest
    alike = [table for table in releases if _alike(lead, table)]
    broadest: dict[str, T] = {lead.day: lead}
    for table in alike:
        best = broadest.setdefault(table.day, table)
        if best is not lead and len(table.contributors) > len(best.contributors):
            broadest[table.day] = table
    return [table for table in alike if set(table.contributors) == set(broadest[table.day].contributors)]


def _alike(one: T, other: T) -> bool:
    mine, theirs = set(one.contributors), set(other.contributors)
    return len(mine & theirs) > ALIKE * len(mine | theirs)
