"""A canonical order of cells and contributors: the same for every order of rows and for other names.

Colour refinement (Weisfeiler and Leman 1968) on the graph of cells, equations and contributors: a cell starts
with the colour of its numbers and takes over, round by round, the colours of its surroundings. Where cells keep equal
colours, one is singled out and the refinement goes on, until all cells differ. Cells of equal colour are, but for rare
graphs, interchangeable (an automorphism of the model swaps them), and then it makes no difference which is singled
out: the patterns that follow are the same up to the swap. The names of the categories decide, so that the same table
gives the same pattern.
"""

from __future__ import annotations

import numpy as np
from scipy import sparse

from .microdata import mix

SINGLED = 200  # cells singled out at most; what is left keeps the order of names


def word(*arrays: np.ndarray) -> np.ndarray:
    """Fold numbers into one uint64 per place (float bits; −0 counts as 0)."""
    folded = np.zeros(len(arrays[0]), np.uint64)
    for array in arrays:
        bits = (np.asarray(array, float) + 0.0).view(np.uint64)
        folded = mix(folded ^ mix(bits))
    return folded


def _spread(matrix: sparse.csr_matrix, weights: np.ndarray, colour: np.ndarray) -> np.ndarray:
    """For each row: the sum (mod 2^64) over its entries of a hash of (entry, colour of the column)."""
    with np.errstate(over="ignore"):
        terms = mix(mix(colour[matrix.indices]) ^ weights)
        total = np.r_[np.zeros(1, np.uint64), np.cumsum(terms, dtype=np.uint64)]
        return mix(total[matrix.indptr[1:]] - total[matrix.indptr[:-1]])


def canonical(
    start: np.ndarray, relations: sparse.csr_matrix, parts: sparse.csr_matrix, names: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Cells and contributors in canonical order: (int[n], int[C]).

    `names`: int[n], who is singled out first among equals. Contributors that keep equal colours when all cells differ
    hold the same part of every cell.
    """
    graph = _Graph(relations, parts)
    cell, contributor = graph.refined(start)
    for number in range(SINGLED):
        _, inverse, counts = np.unique(cell, return_inverse=True, return_counts=True)
        tied = np.flatnonzero(counts[inverse] > 1)
        if not len(tied):
            break
        first = tied[np.lexsort((names[tied], cell[tied], counts[inverse[tied]]))[0]]
        cell = cell.copy()
        cell[first] = mix(cell[first : first + 1] ^ np.uint64(number + 1))[0]
        cell, contributor = graph.refined(cell)
    return np.lexsort((names, cell)), np.lexsort((np.arange(len(contributor)), contributor))


class _Graph:
    """Cells, equations and contributors, and who is tied to whom by which number."""

    def __init__(self, relations: sparse.csr_matrix, parts: sparse.csr_matrix) -> None:
        self.relations, self.parts = relations, parts
        self.by_cell, self.by_contributor = relations.T.tocsr(), parts.T.tocsr()
        self.relation_weights, self.cell_weights = word(relations.data), word(self.by_cell.data)
        self.part_weights, self.contributor_weights = word(parts.data), word(self.by_contributor.data)

    def refined(self, cell: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Colours (uint64) of cells and contributors once no round tells more cells apart."""
        distinct = len(np.unique(cell))
        while True:
            equation = _spread(self.relations, self.relation_weights, cell)
            contributor = _spread(self.by_contributor, self.contributor_weights, cell)
            around = _spread(self.by_cell, self.cell_weights, equation)
            held = _spread(self.parts, self.part_weights, contributor)
            with np.errstate(over="ignore"):
                cell = mix(mix(cell) ^ around + held)
            now = len(np.unique(cell))
            if now in (distinct, len(cell)):
                return cell, _spread(self.by_contributor, self.contributor_weights, cell)
            distinct = now
