"""Shown sums of hidden leaves, made as small as they can be and grouped by what hangs together.

A shown sum less smaller ones inside it that do not meet says the same as the sum itself: whoever knows the small ones
knows one from the other. What is left of a city's total are the leaves that no district's total holds, mostly none. So
the span of the sums stays, and it falls into blocks that share no leaf; a sum that can be reckoned out is one of each
block, and of a sum that breaks a subadditive rule a part in one block breaks it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

Set = tuple[int, ...]  # leaves, ascending


def reduced(sets: Sequence[Set]) -> list[Set]:
    """Sets that span the same sums, each without the largest other ones inside it that do not meet, until none is
    left inside another."""
    now = sorted(set(sets))
    while True:
        less = sorted({rest for rest in _remainders(now) if rest})
        if less == now:
            return now
        now = less


def _remainders(sets: Sequence[Set]) -> Iterator[Set]:
    inner = sorted(sets, key=lambda s: (-len(s), s))
    holding: dict[int, list[int]] = {}
    for i, s in enumerate(inner):
        for leaf in s:
            holding.setdefault(leaf, []).append(i)
    for s in inner:
        rest = set(s)
        for i in sorted({i for leaf in s for i in holding[leaf]}):
            if len(inner[i]) < len(s) and rest.issuperset(inner[i]):
                rest.difference_update(inner[i])
        yield tuple(sorted(rest))


def alike(sets: Sequence[Set], leaves: int) -> np.ndarray:
    """int[leaves]: number of the leaves that every sum holds together, by the first of each; −1 in none.

    What is not shown one by one, the blocks of a quarter say, no sum can tell apart.
    """
    where: list[list[int]] = [[] for _ in range(leaves)]
    for i, s in enumerate(sets):
        for leaf in s:
            where[leaf].append(i)
    number: dict[tuple[int, ...], int] = {}
    return np.array([number.setdefault(tuple(w), len(number)) if w else -1 for w in where], int)


def by_number(number: np.ndarray) -> list[np.ndarray]:
    """Positions of 0, of 1, and so on, ascending."""
    order = np.argsort(number, kind="stable")
    return np.split(order, np.searchsorted(number[order], np.arange(number.max(initial=-1) + 1)))[1:]


def blocks(sets: Sequence[Set], leaves: int) -> Iterator[tuple[np.ndarray, sparse.csc_matrix, list[Set]]]:
    """(leaves that hang together, which of them each sum holds: csc[leaves, sums], the sums by position among these
    leaves)."""
    column = np.repeat(np.arange(len(sets)), [len(s) for s in sets])
    row = np.concatenate([np.array(s) for s in sets])
    matrix = sparse.csr_matrix((np.ones(len(row)), (row, column)), (leaves, len(sets)))
    label = connected_components(sparse.bmat([[None, matrix], [matrix.T, None]]), directed=False)[1]
    for at in np.unique(label[leaves:]):
        some, columns = np.flatnonzero(label[:leaves] == at), np.flatnonzero(label[leaves:] == at)
        inside = [tuple(np.searchsorted(some, np.array(sets[c])).tolist()) for c in columns.tolist()]
        yield some, matrix[some][:, columns].tocsc(), inside
