"""A canonical order of cells and contributors: the same for every order of rows and for other names.

Colour refinement (Weisfeiler and Leman 1968) on the graph of cells, equations and contributors: a cell starts
with the colour of its numbers and takes over, round by round, the colours of its surroundings. What keeps
equal colours is, but for rare cases, interchangeable; such ties are broken by the names of the categories.
"""

from __future__ import annotations

import numpy as np
from scipy import sparse

from .microdata import mix

ROUNDS = 8


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


def colours(
    start: np.ndarray, relations: sparse.csr_matrix, parts: sparse.csr_matrix
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Colours (uint64) of cells, contributors and equations after refinement."""
    by_cell, by_contributor = relations.T.tocsr(), parts.T.tocsr()
    relation_weights, cell_weights = word(relations.data), word(by_cell.data)
    part_weights, contributor_weights = word(parts.data), word(by_contributor.data)
    cell, distinct = start, 0
    contributor = np.zeros(parts.shape[1], np.uint64)
    equation = np.zeros(relations.shape[0], np.uint64)
    for _ in range(ROUNDS):
        equation = _spread(relations, relation_weights, cell)
        contributor = _spread(by_contributor, contributor_weights, cell)
        cell = mix(mix(cell) ^ _spread(by_cell, cell_weights, equation) + _spread(parts, part_weights, contributor))
        now = len(np.unique(cell))
        if now in (distinct, len(cell)):
            break
        distinct = now
    return cell, contributor, equation
