"""Whose figures somebody works out who lines up releases of different owners: R3 − R1 − R2. Pure.

The model holds each release and the difference of every two, so it protects these. What takes three releases or more is
no cell of it: such a release is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import combinations

import numpy as np

Owners = frozenset[str]
MOST = 12  # independent sets of owners that are lined up at once; of more, the new one with every two


def told_apart(new: Owners, past: Iterable[Owners]) -> list[Owners]:
    """Owners whose figures together follow from sums and differences of more than two releases, the new one among them.

    Smallest sets only: larger ones are sums of these. Sets that a release is made of, or that one holds more than
    another, are not told: the model holds them as cells.

    :param past: the owners of each earlier release that the same reader has seen
    """
    before = sorted({*past} - {new}, key=sorted)
    if new in {*past} or len(before) < 2:
        return []
    lined = [before] if len(before) < MOST else [list(two) for two in combinations(before, 2)]
    found: dict[Owners, None] = {}
    for mine in lined:
        held = {*mine, new}
        held |= {a - b for a in held for b in held if b < a}
        known = set(_smallest(mine))
        found |= dict.fromkeys(s for s in _smallest([*mine, new]) if s not in held and s not in known)
    return list(found)


def _smallest(releases: Sequence[Owners]) -> list[Owners]:
    """The smallest sets of owners that sums and differences come to, in order."""
    owners = sorted(frozenset().union(*releases))
    alike: dict[tuple[bool, ...], list[str]] = {}
    for owner in owners:
        alike.setdefault(tuple(owner in r for r in releases), []).append(owner)
    basis = _reduced([[Fraction(p[n]) for p in alike] for n in range(len(releases))])
    chosen = (np.arange(1, 2 ** len(basis))[:, None] >> np.arange(len(basis))) & 1
    sums = chosen @ np.array(basis, float)
    whole = np.flatnonzero((np.isclose(sums, 0) | np.isclose(sums, 1)).all(axis=1))
    groups = list(alike.values())
    sets = [frozenset(o for n in np.flatnonzero(np.isclose(row, 1)) for o in groups[n]) for row in sums[whole]]
    found: list[Owners] = []
    for one in sorted(sets, key=lambda s: (len(s), sorted(s))):
        if one and not any(small <= one for small in found):
            found.append(one)
    return found


def _reduced(rows: list[list[Fraction]]) -> list[list[Fraction]]:
    """A basis of what rows come to, each with a 1 where the others have 0: a sum of 0s and 1s has 0s and 1s there."""
    found: list[list[Fraction]] = []
    for column in range(len(rows[0])):
        row = next((r for r in rows if r[column]), None)
        if row is None:
            continue
        rows = [r for r in rows if r is not row]
        row = [x / row[column] for x in row]

        def without(other: list[Fraction], row: list[Fraction] = row, column: int = column) -> list[Fraction]:
            return [a - other[column] * b for a, b in zip(other, row, strict=True)]

        rows, found = [without(r) for r in rows], [*(without(r) for r in found), row]
    return found
