"""What releases of different owners come to when somebody adds and subtracts them: R3 − R1 − R2. Pure.

Every release is a row of 0 and 1, an owner each. Whose figures together follow from several releases is a row of 0 and
1 that these span; releases that span nothing of their own tie the others to one another.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

Owners = frozenset[str]
_Terms = Mapping[Owners, Fraction]
MOST = 14  # independent sets of owners that are lined up at once, the first ones


@dataclass(frozen=True)
class Sum:
    """`owners` are what releases come to, each set of owners so many times (`terms`); nobody if they cancel out."""

    owners: Owners
    terms: Mapping[Owners, Fraction]


@dataclass(frozen=True)
class Lined:
    """A sum of what releases show by these columns; `releases`: those of each set of owners of its terms."""

    columns: frozenset[str]
    sum: Sum
    releases: Mapping[Owners, tuple[str, ...]]


def lined_up(owners: Mapping[str, Owners], shown: Mapping[str, Collection[frozenset[str]]]) -> list[Lined]:
    """What releases come to by the columns that several of them show.

    What they come to by more columns is not told again by fewer, and the first releases count first.

    :param owners: release → its owners
    :param shown: release → the columns of each of its tables
    """
    found: list[Lined] = []
    for columns in _common({table for tables in shown.values() for table in tables}):
        there = [name for name in owners if any(columns <= table for table in shown[name])]
        sets = [owners[name] for name in there]
        for one in sums(sets) if len({*sets}) > 2 else ():
            more = [line.sum for line in found if columns < line.columns]
            if not any(one == sum_ or (one.owners and one.owners == sum_.owners) for sum_ in more):
                made = {term: tuple(n for n in there if owners[n] == term) for term in one.terms}
                found.append(Lined(columns, one, made))
    return found


def _common(shapes: set[frozenset[str]]) -> list[frozenset[str]]:
    """What tables have in common, most columns first."""
    found = set(shapes)
    while more := {a & b for a in found for b in found} - found:
        found |= more
    return sorted(found, key=lambda s: (-len(s), sorted(s)))


def sums(releases: Collection[Owners]) -> list[Sum]:
    """What more than two releases come to, few owners first.

    Left out is what the model of each two releases holds: a release itself, what one holds more than another, and two
    or more together, unless releases depend on one another.

    :param releases: the owners of each; of more than `MOST` independent ones the first count
    """
    sets = list(dict.fromkeys(releases))
    basis, cancelled = _reduced(sets)
    held = {*sets} | {a - b for a in sets for b in sets if b < a}
    found = [Sum(frozenset(), terms) for terms in cancelled]
    for owners, terms in _spanned(sets, basis):
        together = not cancelled and all(factor == 1 for factor in terms.values())
        if owners not in held and not together:
            found.append(Sum(owners, terms))
    return sorted(found, key=lambda s: (len(s.owners), sorted(s.owners)))


def _spanned(sets: Sequence[Owners], basis: Sequence[Mapping[Owners, Fraction]]) -> list[tuple[Owners, dict]]:
    """All sets of owners that sums and differences come to, and how. A row of 0 and 1 takes each row of the basis once
    or not at all, since in each stands a 1 where the others have 0."""
    owners = sorted(frozenset().union(*sets))
    worth = np.array([[float(_of(terms, owner)) for owner in owners] for terms in basis]).reshape(-1, len(owners))
    chosen = (np.arange(1, 2 ** len(basis))[:, None] >> np.arange(len(basis))) & 1
    totals = chosen @ worth
    found = []
    for n in np.flatnonzero((np.isclose(totals, 0) | np.isclose(totals, 1)).all(axis=1)):
        terms: dict[Owners, Fraction] = {}
        for i in np.flatnonzero(chosen[n]).tolist():
            for releases, factor in basis[i].items():
                terms[releases] = terms.get(releases, Fraction(0)) + factor
        there = frozenset(owner for owner, share in zip(owners, totals[n], strict=True) if share > 0.5)
        found.append((there, {r: f for r, f in terms.items() if f}))
    return found


def _reduced(sets: Sequence[Owners]) -> tuple[list[dict[Owners, Fraction]], list[dict[Owners, Fraction]]]:
    """(a basis in which each sum has one owner once whom the others have not, the sums that cancel out)."""
    basis: list[tuple[str, dict[Owners, Fraction]]] = []
    cancelled = []
    for one in sets:
        terms = {one: Fraction(1)}
        for owner, other in basis:
            terms = _less(terms, other, _of(terms, owner))
        first = min((o for o in sorted(frozenset().union(*terms)) if _of(terms, o)), default=None)
        if first is None:
            cancelled.append(terms)
        elif len(basis) < MOST:
            scale = _of(terms, first)
            terms = {r: f / scale for r, f in terms.items()}
            basis = [(o, _less(other, terms, _of(other, first))) for o, other in basis]
            basis.append((first, terms))
    return [terms for _, terms in basis], cancelled


def _of(terms: Mapping[Owners, Fraction], owner: str) -> Fraction:
    """How many times an owner stands in a sum."""
    return sum((f for releases, f in terms.items() if owner in releases), Fraction(0))


def _less(terms: _Terms, other: _Terms, times: Fraction) -> dict[Owners, Fraction]:
    found = {r: terms.get(r, Fraction(0)) - times * other.get(r, Fraction(0)) for r in {**terms, **other}}
    return {r: f for r, f in found.items() if f}
