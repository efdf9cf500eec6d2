"""Exact linear relations between the columns of records: count = let + vacant, warm = cold + cost.

Whoever knows what the columns mean knows that a relation which holds in every record holds in every sum as well. So
they are looked for in the records themselves: the null space of the matrix of values (and of the 1 that each record
counts for), in whole numbers, and exact.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import gcd

import numpy as np

Bond = Mapping[str, Fraction]  # coefficient by column: Σ coefficient · value = 0 in every record

PRIME = 2**31 - 1  # residues first: products stay below 2⁶³; what they let pass is verified exactly
SAMPLE = 500
STEEPEST = 10**6  # largest coefficient over smallest: beyond it nobody has defined a column so


def find_bonds(columns: Mapping[str, np.ndarray], step: Mapping[str, Fraction]) -> tuple[Bond, ...]:
    """A basis of all relations between these columns (int64[records], in steps of `step`).

    Columns that are zero throughout are left out. Each relation is written with one positive coefficient of 1 where
    that is possible (a sum and its parts), else with 1 as the largest.
    """
    names = [n for n, v in columns.items() if np.any(v)]
    if len(names) < 2:
        return ()
    values = np.stack([columns[n] for n in names], 1)
    space = null_space(values)
    scale = [step[n] for n in names]
    found = []
    for row in reduced([[Fraction(c) / s for c, s in zip(row, scale, strict=True)] for row in space]):
        bond = {n: c for n, c in zip(names, row, strict=True) if c}
        sizes = [abs(c) for c in bond.values()]
        if max(sizes) <= STEEPEST * min(sizes):
            found.append(as_sum(bond))
    return tuple(found)


def null_space(values: np.ndarray) -> list[list[int]]:
    """Whole vectors that every row of int64[n, k] is orthogonal to: all of them at first, less with every row."""
    k = values.shape[1]
    space = [[int(i == j) for j in range(k)] for i in range(k)]
    spread = values[:: max(1, len(values) // SAMPLE)]
    for rows in (spread, values):
        while space and (at := _broken(rows, space)) is not None:
            space = _orthogonal(space, [int(x) for x in rows[at]])
    return space


def _broken(values: np.ndarray, space: Sequence[Sequence[int]]) -> int | None:
    """A row that is not orthogonal to all vectors of the space; None if there is none."""
    residues = values % PRIME
    for vector in space:
        total = np.zeros(len(values), np.int64)
        for j, c in enumerate(vector):
            if c:
                total = (total + residues[:, j] * (c % PRIME)) % PRIME
        if total.any():
            return int(np.argmax(total != 0))
    for vector in space:
        support = [j for j, c in enumerate(vector) if c]
        exact = np.zeros(len(values), object)
        for j in support:
            exact = exact + values[:, j].astype(object) * vector[j]
        wrong = np.flatnonzero(exact != 0)
        if len(wrong):
            return int(wrong[0])
    return None


def _orthogonal(space: Sequence[Sequence[int]], row: Sequence[int]) -> list[list[int]]:
    """The part of the space that is orthogonal to one more row."""
    product = [sum(a * b for a, b in zip(row, v, strict=True)) for v in space]
    pivot = min((i for i, p in enumerate(product) if p), key=lambda i: abs(product[i]))
    found = []
    for i, v in enumerate(space):
        if i == pivot:
            continue
        if product[i]:
            v = [a * product[pivot] - b * product[i] for a, b in zip(v, space[pivot], strict=True)]
            common = gcd(*v)
            v = [a // common for a in v]
        found.append(list(v))
    return found


def reduced(rows: list[list[Fraction]]) -> list[list[Fraction]]:
    """Row-reduced: each relation has a column of its own, so it speaks about few others."""
    done = 0
    for column in range(len(rows[0]) if rows else 0):
        pivot = next((i for i in range(done, len(rows)) if rows[i][column]), None)
        if pivot is None:
            continue
        rows[done], rows[pivot] = rows[pivot], rows[done]
        rows[done] = [x / rows[done][column] for x in rows[done]]
        for i, row in enumerate(rows):
            if i != done and row[column]:
                rows[i] = [x - row[column] * y for x, y in zip(row, rows[done], strict=True)]
        done += 1
    return rows


def as_sum(bond: dict[str, Fraction]) -> Bond:
    """Scaled so that a total has the coefficient 1 and its parts are negative."""
    positive = [n for n, c in bond.items() if c > 0]
    if len(positive) != 1 and sum(c < 0 for c in bond.values()) == 1:
        bond = {n: -c for n, c in bond.items()}
        positive = [n for n, c in bond.items() if c > 0]
    scale = bond[positive[0]] if len(positive) == 1 else max(abs(c) for c in bond.values())
    return {n: c / scale for n, c in bond.items()}


def tied_measures(bonds: Sequence[Bond], asked: Sequence[str]) -> tuple[str, ...]:
    """The columns of all relations, if they tie two of those asked for to one another; else none."""
    found = tuple(dict.fromkeys(n for bond in bonds for n in bond))
    return found if len(set(found) & set(asked)) > 1 else ()
