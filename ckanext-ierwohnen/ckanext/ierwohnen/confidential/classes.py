"""Which cells move together: whatever is added to the cells so that every equation still holds.

Some cells cannot move at all (their equations leave nothing), some always move by as much as one another, or as one
another's opposite. Such cells are one unknown, a *class*, and most equations between them follow from a few. Programs
over classes ask the same in a fifth of the time. Reckoned in whole numbers modulo a prime, so that nothing is rounded.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

PRIME = 2**61 - 1
STEPS = 3_000_000  # of the elimination; where it takes more, only what single equations tell is used
FIXED = -1


@dataclass(frozen=True)
class Classes:
    """of: int[k], the class of each cell, `FIXED` if it cannot move; sign: float[k], its movement by that of its class;
    matrix: csr[equations, classes], what is left of the equations."""

    of: np.ndarray
    sign: np.ndarray
    matrix: sparse.csr_matrix

    def __len__(self) -> int:
        return self.matrix.shape[1]

    @classmethod
    def alone(cls, matrix: sparse.csr_matrix) -> Classes:
        """Each cell a class of its own."""
        return cls(np.arange(matrix.shape[1]), np.ones(matrix.shape[1]), matrix)

    @classmethod
    def of_all(cls, matrix: sparse.csr_matrix) -> Classes:
        """All that the equations tell together, or what single ones tell if that takes too long."""
        found = cls.alone(matrix.tocsr()).simpler()
        while found._is_whole() and (solved := _solved(found.matrix)) is not None:
            rows, links = found.matrix[solved[0]], _alike(solved[1])
            if not len(links):
                return replace(found, matrix=rows)
            found = found._linked(rows, links).simpler()
        return found

    def simpler(self) -> Classes:
        """With what single equations tell, and pairs that differ in one class."""
        found = self
        while found._is_whole():
            rows, links = _distinct(found.matrix)
            if not len(links):
                return replace(found, matrix=rows)
            found = found._linked(rows, links)
        return found

    def _is_whole(self) -> bool:
        return bool(self.matrix.nnz) and np.array_equal(self.matrix.data, np.rint(self.matrix.data))

    def among(self, unknown: np.ndarray) -> Classes:
        """For some of the cells (bool[k]), the others standing still."""
        still = self.of[~unknown]
        moves = np.ones(len(self), bool)
        moves[still[still != FIXED]] = False
        onto = np.where(moves, np.cumsum(moves) - 1, FIXED)
        left = Classes(self.of[unknown], self.sign[unknown], self.matrix)
        return left._then(Classes(onto, np.ones(len(self)), self.matrix[:, np.flatnonzero(moves)])).simpler()

    def bounds(self, lower: np.ndarray, upper: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """What classes may move (float[classes] each) where cells may move so far (float[k] each)."""
        up = self.sign > 0
        low, high = np.where(up, lower, -upper)[self._moving], np.where(up, upper, -lower)[self._moving]
        found = np.full(len(self), -np.inf), np.full(len(self), np.inf)
        np.maximum.at(found[0], self.of[self._moving], low)
        np.minimum.at(found[1], self.of[self._moving], high)
        return found

    def sums(self, values: np.ndarray) -> np.ndarray:
        """float[classes]: the sum of what cells bear (float[k])."""
        return np.bincount(self.of[self._moving], values[self._moving], len(self)).astype(float)

    def cells(self, movement: np.ndarray) -> np.ndarray:
        """float[k]: how cells move, by the movement of classes."""
        found = np.zeros(len(self.of))
        found[self._moving] = self.sign[self._moving] * movement[self.of[self._moving]]
        return found

    @cached_property
    def _moving(self) -> np.ndarray:
        return np.flatnonzero(self.of != FIXED)

    @cached_property
    def component(self) -> np.ndarray:
        """int[k]: which cells equations chain to one another; one that cannot move is by itself."""
        m, k = self.matrix.shape
        ends = np.r_[self.matrix.indptr, np.full(k, self.matrix.nnz)]  # equations lead to classes, classes nowhere
        graph = sparse.csr_matrix((np.ones(self.matrix.nnz), self.matrix.indices + m, ends), (m + k, m + k))
        labels = connected_components(graph, directed=False)[1] if m + k else np.empty(0, int)
        found = m + k + np.arange(len(self.of))
        found[self._moving] = labels[m:][self.of[self._moving]]
        return np.unique(found, return_inverse=True)[1]

    def _linked(self, rows: sparse.csr_matrix, links: np.ndarray) -> Classes:
        """Classes merged: int[·, 3], (class, class or `FIXED`, sign)."""
        n = rows.shape[1]
        one, other, sign = links.T
        other = np.where(other == FIXED, one, other)  # its own opposite: it cannot move
        far = np.where(sign > 0, other, other + n)
        pairs = np.r_[one, one + n], np.r_[far, (far + n) % (2 * n)]
        graph = sparse.coo_matrix((np.ones(len(pairs[0])), pairs), (2 * n, 2 * n))
        label = connected_components(graph, directed=False)[1]
        up, down = label[:n], label[n:]
        fixed = up == down
        name, of = np.unique(np.minimum(up, down)[~fixed], return_inverse=True)
        which, turn = np.full(n, FIXED), np.ones(n)
        which[~fixed], turn[~fixed] = of, np.where(up < down, 1.0, -1.0)[~fixed]
        there = np.flatnonzero(~fixed)
        onto = sparse.csr_matrix((turn[there], (there, which[there])), (n, len(name)))
        matrix = (rows @ onto).tocsr()
        matrix.eliminate_zeros()
        matrix.sort_indices()
        return self._then(Classes(which, turn, matrix[np.diff(matrix.indptr) > 0]))

    def _then(self, later: Classes) -> Classes:
        """Classes of classes."""
        moving = self.of != FIXED
        of, sign = np.full(len(self.of), FIXED), np.ones(len(self.of))
        of[moving] = later.of[self.of[moving]]
        sign[moving] = self.sign[moving] * later.sign[self.of[moving]]
        return Classes(of, sign, later.matrix)


def _distinct(matrix: sparse.csr_matrix) -> tuple[sparse.csr_matrix, np.ndarray]:
    """(the equations, each once; links that single ones, and pairs that differ in one cell, tell)."""
    length = np.diff(matrix.indptr)
    row = np.repeat(np.arange(matrix.shape[0]), length)
    cell, factor = matrix.indices, matrix.data.astype(np.int64).astype(np.uint64)
    with np.errstate(over="ignore"):
        term = factor * _scattered(matrix.shape[1])[cell]
        whole = np.zeros(matrix.shape[0], np.uint64)
        np.add.at(whole, row, term)
        canon = np.minimum(whole, -whole)
        first = np.unique(canon, return_index=True)[1]
        keep = np.sort(first[length[first] > 0])
        mine = np.isin(row, keep) & (np.abs(matrix.data) == 1)
        rest = (whole[row] - term)[mine]
    sign = np.where((rest <= -rest), 1, -1) * matrix.data[mine].astype(int)
    rest, who = np.minimum(rest, -rest), cell[mine]
    order = np.argsort(rest, kind="stable")
    rest, who, sign = rest[order], who[order], sign[order]
    same = np.flatnonzero(rest[1:] == rest[:-1])
    links = [np.stack([who[same], who[same + 1], sign[same] * sign[same + 1]], 1)]
    single = who[rest == 0]
    links.append(np.stack([single, np.full(len(single), FIXED), np.full(len(single), -1)], 1))
    two = matrix.indptr[:-1][length == 2]
    one, other = matrix.indices[two], matrix.indices[two + 1]
    turn = -matrix.data[two] * matrix.data[two + 1]
    equal = np.abs(matrix.data[two]) == np.abs(matrix.data[two + 1])
    links.append(np.stack([one, other, np.sign(turn)], 1)[equal])
    return matrix[keep], np.concatenate(links).astype(int)


def _solved(matrix: sparse.csr_matrix) -> tuple[np.ndarray, np.ndarray] | None:
    """(equations from which all others follow, a movement of all cells drawn at random modulo the prime); None if that
    takes too long."""
    ends, often = matrix.indptr.tolist(), matrix.getnnz(axis=0).tolist()
    cells, factors = matrix.indices.tolist(), [int(x) for x in matrix.data]
    leads: dict[int, dict[int, int]] = {}
    keep, steps = [], 0
    for i in np.argsort(np.diff(matrix.indptr), kind="stable").tolist():
        row = dict(zip(cells[ends[i] : ends[i + 1]], factors[ends[i] : ends[i + 1]], strict=True))
        todo = [c for c in row if c in leads]
        while todo:
            at = todo.pop()
            factor = row.get(at, 0)
            if not factor:
                continue
            for c, value in leads[at].items():
                left = (row.get(c, 0) - factor * value) % PRIME
                if left:
                    if c not in row and c in leads:
                        todo.append(c)
                    row[c] = left
                else:
                    row.pop(c, None)
            steps += len(leads[at])
            if steps > STEPS:
                return None
        if row:
            keep.append(i)
            lead = min(row, key=often.__getitem__)
            inverse = pow(row[lead], -1, PRIME)
            leads[lead] = {c: value * inverse % PRIME for c, value in row.items()}
    return np.array(sorted(keep), int), _movement(leads, matrix.shape[1])


def _movement(leads: dict[int, dict[int, int]], n: int) -> np.ndarray:
    """int64[n]: one of the movements that keep the equations, where all cells that may move freely move at random."""
    drawn = np.random.default_rng(0).integers(1, PRIME, n).tolist()
    for lead in reversed(leads):  # an equation may hold cells that later ones lead
        drawn[lead] = -sum(value * drawn[c] for c, value in leads[lead].items() if c != lead) % PRIME
    return np.array(drawn, np.int64)


def _alike(movement: np.ndarray) -> np.ndarray:
    """int[·, 3]: cells that cannot move, and cells that always move alike."""
    far, turn = np.minimum(movement, PRIME - movement), np.where(movement <= PRIME - movement, 1, -1)
    order = np.argsort(far, kind="stable")
    same = np.flatnonzero(far[order][1:] == far[order][:-1])
    one, other = order[same], order[same + 1]
    still = np.flatnonzero(movement == 0)
    fixed = np.stack([still, np.full(len(still), FIXED), np.full(len(still), -1)], 1)
    pairs = np.stack([one, other, turn[one] * turn[other]], 1)[movement[one] != 0]
    return np.concatenate([fixed, pairs])


def _scattered(n: int) -> np.ndarray:
    """uint64[n]: numbers whose sums tell sets apart."""
    return np.random.default_rng(1).integers(0, 2**64, n, np.uint64, endpoint=False)
