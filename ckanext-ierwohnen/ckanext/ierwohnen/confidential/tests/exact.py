"""Exact arithmetic for the attacker of `oracle.py`: kernels, linear programs and whole-numbered fillings.

All numbers are Python integers and fractions: a fraction-free simplex (Edmonds' integral pivoting, Bland's rule,
so that it ends) that starts at the truth, and a search that narrows a box.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import lcm

MOST = 12  # unknowns of which every sum is tried


def kernel(equations: list[list[int]], k: int) -> list[list[int]]:
    """Whole-numbered basis of {x: E x = 0}, one row per unknown, one column per basis vector."""
    rows = [list(map(Fraction, e)) for e in equations]
    pivots: list[int] = []
    at = 0
    for c in range(k):
        hit = next((r for r in range(at, len(rows)) if rows[r][c]), None)
        if hit is None:
            continue
        rows[at], rows[hit] = rows[hit], rows[at]
        lead = rows[at][c]
        if lead != 1:
            rows[at] = [x / lead for x in rows[at]]
        for r in range(len(rows)):
            if r != at and (f := rows[r][c]):
                rows[r] = [x - f * y if y else x for x, y in zip(rows[r], rows[at], strict=True)]
        pivots.append(c)
        at += 1
    free = [c for c in range(k) if c not in pivots]
    columns = []
    for c in free:
        vector = [Fraction(0)] * k
        vector[c] = Fraction(1)
        for r, p in enumerate(pivots):
            vector[p] = -rows[r][c]
        scale = lcm(*(x.denominator for x in vector))
        columns.append([int(x * scale) for x in vector])
    return [[col[g] for col in columns] for g in range(k)]


def largest(goal: list[int], lines: list[tuple[list[int], int]]) -> tuple[Fraction | None, list[int], int]:
    """max goal·t with r·t ≤ b (b ≥ 0), t free: (maximum or None if unbounded, t times d, d)."""
    n, m = len(goal), len(lines)
    table = [[*r, *[-x for x in r], b] for r, b in lines] + [[-x for x in goal] + list(goal) + [0]]
    basic, nonbasic, d = list(range(2 * n, 2 * n + m)), list(range(2 * n)), 1
    while True:
        s = min((j for j in range(2 * n) if table[m][j] < 0), key=lambda j: nonbasic[j], default=None)
        if s is None:
            break
        rows = [i for i in range(m) if table[i][s] > 0]
        if not rows:
            return None, [], 1
        r = min(rows, key=lambda i: (Fraction(table[i][-1], table[i][s]), basic[i]))
        lead, pivot = table[r], table[r][s]
        for i in range(m + 1):
            f = table[i][s]
            if i == r:
                continue
            if f or pivot != d:
                table[i] = [(x * pivot - f * y) // d for x, y in zip(table[i], lead, strict=True)]
            table[i][s] = -f
        lead[s] = d
        d = pivot
        basic[r], nonbasic[s] = nonbasic[s], basic[r]
    t = [0] * n
    for i, b in enumerate(basic):
        if b < 2 * n:
            t[b % n] += table[i][-1] if b < n else -table[i][-1]
    return Fraction(table[m][-1], d), t, d


def search(box: list[tuple[int, int]], lines) -> list[int] | None:
    """A whole-numbered point of the box that keeps every line lower ≤ Σ n·x ≤ upper, by narrowing and trying."""
    box = list(box)
    changed = True
    while changed:
        changed = False
        for terms, lower, upper in lines:
            small = sum(n * (box[g][0] if n > 0 else box[g][1]) for g, n in terms.items())
            large = sum(n * (box[g][1] if n > 0 else box[g][0]) for g, n in terms.items())
            if (upper is not None and small > upper) or (lower is not None and large < lower):
                return None
            for g, n in terms.items():
                lo, hi = box[g]
                rest_small, rest_large = small - n * (lo if n > 0 else hi), large - n * (hi if n > 0 else lo)
                top = None if upper is None else upper - rest_small
                bottom = None if lower is None else lower - rest_large
                if n < 0:
                    top, bottom = (None if bottom is None else -bottom), (None if top is None else -top)
                new = (lo if bottom is None else max(lo, bottom), hi if top is None else min(hi, top))
                if new[0] > new[1]:
                    return None
                if new != (lo, hi):
                    box[g] = new
                    changed = True
                    small = sum(n * (box[g][0] if n > 0 else box[g][1]) for g, n in terms.items())
                    large = sum(n * (box[g][1] if n > 0 else box[g][0]) for g, n in terms.items())
    open_ = [g for g, (lo, hi) in enumerate(box) if lo < hi]
    if not open_:
        return [lo for lo, _ in box]
    g = min(open_, key=lambda g: box[g][1] - box[g][0])
    for x in range(box[g][0], box[g][1] + 1):
        found = search([*box[:g], (x, x), *box[g + 1 :]], lines)
        if found is not None:
            return found
    return None


def made_up(sets: Sequence[frozenset[int]], most: int = 400) -> list[frozenset[int]]:
    """What sets make up by differences of one within another and sums of two apart, and so on from the first `most`."""
    found = list(dict.fromkeys(sets))
    have, first = set(found), len(found)
    for i, one in enumerate(found):
        for other in found[:i]:
            more = [a - b for a, b in ((one, other), (other, one)) if b < a]
            more += [one | other] if not one & other else []
            fresh = [m for m in more if m not in have]
            have.update(fresh)
            if len(found) < most:
                found += fresh
    return found[first:]


def sums_known(sets: Sequence[frozenset[int]], most: int = MOST) -> list[frozenset[int]]:
    """All sums of unknowns, each once at most, that follow from the sums of some sets: by trying every one.

    Unknowns that always stand together are one. With more than `most` of these only what `made_up` finds.
    """
    sets = sorted({s for s in sets if s}, key=sorted)
    alike: dict[tuple[bool, ...], list[int]] = {}
    for v in sorted(frozenset().union(*sets)):
        alike.setdefault(tuple(v in s for s in sets), []).append(v)
    groups = list(alike.values())
    if len(groups) > most:
        return [*sets, *made_up(sets)]
    basis = kernel([[int(g[0] in s) for g in groups] for s in sets], len(groups))
    if not basis:
        return []
    ways: list[tuple[tuple[int, ...], tuple[int, ...]]] = [((0,) * len(basis[0]), ())]
    for group, row in zip(groups, basis, strict=True):
        ways += [(tuple(x + y for x, y in zip(at, row, strict=True)), (*some, *group)) for at, some in ways]
    return [frozenset(some) for at, some in ways if some and not any(at)]
