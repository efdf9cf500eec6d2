"""Programs for exchanges among the cells that hang together with one.

Where tables cross one another (`crossings.py`) everything hangs together, and a program over everything takes ten times
as long for an exchange that moves a dozen cells. So there only the nearest cells may move. What such a program finds is
an exchange of the whole system; what it does not find may still exist.
"""

from __future__ import annotations

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components, dijkstra

from .exchange import CheapestExchange
from .limits import Limits
from .model import UnionModel

NEAREST = 1_500  # cells; with fewer more is hidden
SHARED = 300  # cells in the midst of a program, which share it: a program takes some megabytes
STEP = 1e-3  # from an equation to a cell; from a cell to an equation it is as far as that has cells
FIRST = 8.0  # how far to look at first


class Nearby:
    """Programs in which each unit moved costs one, among cells that may move (bool[n])."""

    def __init__(self, model: UnionModel, free: np.ndarray, limits: Limits) -> None:
        self.model, self.limits = model, limits
        self.cells = np.flatnonzero(free)
        self.place = np.full(len(model), -1)
        self.place[self.cells] = np.arange(len(self.cells))
        matrix = model.relations[:, self.cells]
        self.matrix = matrix[np.diff(matrix.indptr) > 0].tocsr()
        self.component = _components(self.matrix)
        self.size = np.bincount(self.component, minlength=1)
        self.graph = _graph(self.matrix) if self._is_large().any() else None
        self.programs: dict[int, CheapestExchange] = {}
        self.seat: dict[int, int] = {}  # position of a cell → of the cell whose program it shares

    def around(self, cell: int) -> CheapestExchange:
        """The program for exchanges that move a cell."""
        at = int(self.place[cell])
        if at not in self.seat:
            whole = int(self.component[at])
            if self._is_large()[whole]:
                members = self._nearest(at)
                self.seat.update({int(c): at for c in members[:SHARED] if int(c) not in self.seat})
            else:
                members = np.flatnonzero(self.component == whole)
                self.seat.update(dict.fromkeys(members.tolist(), at))
            cells = self.cells[np.sort(members)]
            free = np.zeros(len(self.model), bool)
            free[cells] = True
            self.programs[at] = CheapestExchange(self.model, free, self.limits)
            self.programs[at].set_cost(cells, np.ones(len(cells)))
        return self.programs[self.seat[at]]

    def _is_large(self) -> np.ndarray:
        """bool[components]"""
        return (self.size > NEAREST) & self.model.crossed.any()

    def _nearest(self, at: int) -> np.ndarray:
        """Positions of the nearest cells, the nearest first; ties go by the order of the model, no name."""
        reach, equations = FIRST, self.matrix.shape[0]
        while True:
            far = dijkstra(self.graph, indices=equations + at, limit=reach)[equations:]
            if np.isfinite(far).sum() >= NEAREST:
                return np.argsort(far, kind="stable")[:NEAREST]
            reach *= 2


def _graph(matrix: sparse.csr_matrix) -> sparse.csr_matrix:
    """Equations, then cells: a step through an equation of many cells is far."""
    long = np.diff(matrix.indptr)
    leave = sparse.csr_matrix((np.full(matrix.nnz, STEP), matrix.indices, matrix.indptr), matrix.shape)
    enter = sparse.csr_matrix((np.repeat(long, long).astype(float), matrix.indices, matrix.indptr), matrix.shape)
    return sparse.bmat([[None, leave], [enter.T, None]]).tocsr()


def _components(matrix: sparse.csr_matrix) -> np.ndarray:
    """int[k]: which cells are tied together by equations."""
    m, k = matrix.shape
    if not (m and k):
        return np.arange(k)
    labels = connected_components(sparse.bmat([[None, matrix], [matrix.T, None]]), directed=False)[1]
    return np.unique(labels[m:], return_inverse=True)[1]
