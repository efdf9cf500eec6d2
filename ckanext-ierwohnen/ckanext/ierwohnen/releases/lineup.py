"""Whose figures somebody works out who lines up releases of different owners, by adding and subtracting them. Pure.

Owners who stand in the same releases are a class; every release is a sum of classes, a row of 0 and 1. What follows
from several releases is a row that these span. Of those the rows of 0 and 1 are told: somebody's stock, once. A company
that is a class by itself, or with linked ones or a coalition is several, takes these figures off; whatever then is a
row of 0 and 1 is told to it, and nearly to everybody where the company is small. Nearly told is as well what companies
of a small class are taken off.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from fractions import Fraction

import numpy as np

Owners = frozenset[str]
SMALL = 0.2  # of what is left: so much can be off without the rest being kept from anybody who takes it for nothing
FEW = 5  # companies, whose figures together are to be kept from those who know them but nearly
MOST = 12  # independent sets of owners, beyond which they cannot be lined up


class TooMany(ValueError):
    """More sets of owners than can be lined up."""


def classes(releases: Collection[Owners]) -> list[Owners]:
    """Owners who stand in the same releases, in order."""
    sets = list(dict.fromkeys(releases))
    alike: dict[tuple[bool, ...], set[str]] = {}
    for owner in sorted(frozenset().union(*sets)):
        alike.setdefault(tuple(owner in r for r in sets), set()).add(owner)
    return [frozenset(found) for found in alike.values()]


def told(
    releases: Collection[Owners], linked: Mapping[str, str] | None = None, coalitions: Collection[Owners] = (),
    sizes: Mapping[str, int] | None = None,
) -> list[Owners]:  # fmt: skip
    """Two or more classes whose figures together releases come to, few owners first; a release itself is left out, and
    what is but two releases or more together, unless releases depend on one another. And all that linked companies
    have, who are one company, whatever releases come to.

    :param linked: owner → its group, which counts as one company; coalitions: of groups; sizes: owner → dwellings
    :raises TooMany: for more than `MOST` independent sets of owners
    """
    sets, apart = list(dict.fromkeys(releases)), classes(releases)
    found = {owners for owners, together in _spanned(sets, apart) if not together}
    groups = {one: frozenset((linked or {}).get(owner, owner) for owner in one) for one in apart}
    single = dict.fromkeys(names for names in groups.values() if len(names) == 1)
    pooled = [[one for one in apart if groups[one] <= pool] for pool in (*single, *map(frozenset, coalitions))]
    found |= {frozenset().union(*all_of_it) for all_of_it in pooled[: len(single)]}
    off = [*pooled, *([one] for one in apart if groups[one] in single)]
    for mine in dict.fromkeys(frozenset().union(*some) for some in off):
        others = list(dict.fromkeys(r - mine for r in sets if r - mine))
        found |= {owners for owners, _ in _spanned(others, [one for one in apart if not one <= mine])}
    nearly = _nearly(sets, apart, sizes) if sizes else ()
    found |= {some for some in nearly if len({(linked or {}).get(owner, owner) for owner in some}) < FEW}
    wanted = found - {*sets} - {*apart}
    return sorted(wanted, key=lambda s: (len(s), sorted(s)))


def _nearly(sets: Sequence[Owners], apart: Sequence[Owners], sizes: Mapping[str, int]) -> Iterator[Owners]:
    """What sums and differences come to but for classes that are small beside it: each, and the smallest together."""
    size = {one: sum(sizes.get(owner, 0) for owner in one) for one in apart}
    order = sorted(apart, key=lambda one: (size[one], sorted(one)))
    for off in [*((one,) for one in order), *(tuple(order[:n]) for n in range(2, len(order)))]:
        mine, beside = frozenset().union(*off), sum(size[one] for one in off)
        others = list(dict.fromkeys(r - mine for r in sets if r - mine))
        for owners, _ in _spanned(others, [one for one in apart if not one <= mine]):
            if beside <= SMALL * sum(sizes.get(owner, 0) for owner in owners):
                yield owners


def _spanned(sets: Sequence[Owners], apart: Sequence[Owners]) -> Iterator[tuple[Owners, bool]]:
    """Sets of owners that sums and differences come to, and whether each is but sets together.

    A row of 0 and 1 takes each row of the basis once or not at all, since in each stands a 1 where the others have 0.
    """
    basis = _reduced([[Fraction(one <= s) for one in apart] for s in sets])
    if len(basis) > MOST:
        raise TooMany
    independent = len(basis) == len(sets)
    chosen = (np.arange(1, 2 ** len(basis))[:, None] >> np.arange(len(basis))) & 1
    totals = chosen @ np.array(basis, float).reshape(len(basis), -1)
    fine = (np.isclose(totals, 0) | np.isclose(totals, 1)).all(axis=1)
    for row in totals[fine]:
        owners = frozenset().union(*(one for one, share in zip(apart, row, strict=True) if share > 0.5))
        inside = [s for s in sets if s <= owners]
        together = independent and sum(map(len, inside)) == len(owners) == len(frozenset().union(*inside))
        yield owners, together


def _reduced(rows: list[list[Fraction]]) -> list[list[Fraction]]:
    """A basis of what rows come to, each with a 1 where the others have 0."""
    found: list[list[Fraction]] = []
    for column in range(len(rows[0]) if rows else 0):
        row = next((r for r in rows if r[column]), None)
        if row is None:
            continue
        rows = [r for r in rows if r is not row]
        row = [x / row[column] for x in row]

        def without(other: list[Fraction], row: list[Fraction] = row, column: int = column) -> list[Fraction]:
            return [a - other[column] * b for a, b in zip(other, row, strict=True)]

        rows, found = [without(r) for r in rows], [*(without(r) for r in found), row]
    return found
