"""The audit's exchanges in large systems, among the cells next to one.

Most exchanges move some dozens of cells, while a program over ten thousands of cells takes ten times as long to set up
as to solve. So only the nearest may move at first: what such a program finds is an exchange of the whole system; what
it does not find may still exist, and is for a program over everything to tell.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import dijkstra

from .attack import Mover, Space
from .classes import FIXED
from .limits import Limits

NEAREST = 1_500  # classes that may move
SHARED = 300  # classes in the midst of a program, which share it
FIRST = 8.0  # how far to look at first: an equation is as far as it has classes
STEP = 1e-3


class Vicinity:
    """Programs among the nearest classes of a space."""

    def __init__(self, space: Space, limits: Limits) -> None:
        self.space, self.limits = space, limits
        self.seat = np.full(len(space.classes), FIXED)  # of a class, the one whose program it shares
        self.programs: dict[int, Mover] = {}

    def around(self, at: int) -> Mover:
        """The program for a cell that can move (position in the space)."""
        center = int(self.space.classes.of[at])
        if self.seat[center] == FIXED:
            part = self._nearest(center)
            midst = part[:SHARED]
            self.seat[midst[self.seat[midst] == FIXED]] = center
            self.programs[center] = Mover(self.space, self.limits, np.sort(part))
        return self.programs[int(self.seat[center])]

    def _nearest(self, center: int) -> np.ndarray:
        """int[·], classes, the nearest first."""
        equations, reach = self.space.classes.matrix.shape[0], FIRST
        while True:
            far = dijkstra(self._graph, indices=equations + center, limit=reach)[equations:]
            there = np.flatnonzero(np.isfinite(far))
            if len(there) >= NEAREST or reach > self._farthest:
                return there[np.argsort(far[there], kind="stable")][:NEAREST]
            reach *= 2

    @cached_property
    def _farthest(self) -> float:
        """Farther than anything is."""
        return float(self._graph.sum())

    @cached_property
    def _graph(self) -> sparse.csr_matrix:
        """Equations, then classes."""
        matrix = self.space.classes.matrix
        long = np.diff(matrix.indptr)
        leave = sparse.csr_matrix((np.full(matrix.nnz, STEP), matrix.indices, matrix.indptr), matrix.shape)
        enter = sparse.csr_matrix((np.repeat(long, long).astype(float), matrix.indices, matrix.indptr), matrix.shape)
        return sparse.bmat([[None, leave], [enter.T, None]]).tocsr()
