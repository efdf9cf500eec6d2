"""Cells that move together, against the null space by singular values."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse
from scipy.linalg import null_space

from ckanext.ierwohnen.confidential import classes
from ckanext.ierwohnen.confidential.classes import FIXED, Classes

from .stock import random_records, single_model


def _sums(seed: int) -> np.ndarray:
    """Equations between random sums of the same leaves, many of which follow from others or say the same twice."""
    rng = np.random.default_rng(seed)
    leaves, sums = int(rng.integers(3, 9)), int(rng.integers(2, 9))
    member = rng.integers(0, 2, (sums, leaves))
    space = np.vstack([np.eye(leaves), member, member[rng.integers(0, sums, 2)]])
    n = len(space)
    own = np.hstack([np.vstack([member, member])[: n - leaves], -np.eye(n - leaves)])
    own = own[: sums + 1]
    mixed = rng.integers(-1, 2, (4, len(own))) @ own
    rows = np.vstack([own, mixed, own[::-1]])
    still = np.zeros((1, n))
    still[0, rng.integers(n)] = 1.0  # a cell that cannot move
    return np.vstack([rows, still])[rng.permutation(len(rows) + 1)]


@pytest.mark.parametrize("seed", range(40))
@pytest.mark.parametrize("some", [False, True], ids=["all cells", "some cells"])
def test_classes_move_as_the_equations_let_them(seed, some):
    matrix = _sums(seed)
    unknown = np.ones(matrix.shape[1], bool)
    if some:
        unknown = np.random.default_rng([seed, 1]).random(matrix.shape[1]) < 0.7
    found = Classes.of_all(sparse.csr_matrix(matrix)).among(unknown)
    free = null_space(matrix[:, unknown])
    inside = null_space(found.matrix.toarray()) if len(found) else np.zeros((0, 0))
    moved = np.array([found.cells(v) for v in inside.T]).reshape(inside.shape[1], unknown.sum()).T
    assert free.shape[1] == inside.shape[1] == np.linalg.matrix_rank(np.hstack([free, moved]))
    assert np.abs(matrix[:, unknown] @ moved).max(initial=0.0) < 1e-9
    alike = free[found.of != FIXED] * found.sign[found.of != FIXED, None]
    for one, other in zip(alike, found.of[found.of != FIXED], strict=True):
        np.testing.assert_allclose(one, alike[found.of[found.of != FIXED] == other][0], atol=1e-9)
    assert np.abs(free[found.of == FIXED]).max(initial=0.0) < 1e-9


@pytest.mark.parametrize("seed", range(40))
def test_no_two_classes_always_move_alike_and_no_equation_follows_from_others(seed):
    found = Classes.of_all(sparse.csr_matrix(_sums(seed)))
    assert np.linalg.matrix_rank(found.matrix.toarray()) == found.matrix.shape[0]
    free = null_space(found.matrix.toarray())
    for i in range(len(found)):
        assert np.abs(free[i]).max() > 1e-9
        for j in range(i):
            assert min(np.abs(free[i] - free[j]).max(), np.abs(free[i] + free[j]).max()) > 1e-9


def test_bounds_of_a_class_are_those_of_all_its_cells():
    found = Classes.of_all(sparse.csr_matrix([[1.0, 1.0, 0.0], [0.0, 0.0, 1.0]]))  # the first rises as the second falls
    assert found.of.tolist() == [0, 0, FIXED] and found.sign[0] == -found.sign[1]
    low, high = found.bounds(np.array([-5.0, -1.0, -9.0]), np.array([2.0, 7.0, 9.0]))
    up = found.sign[0] > 0
    assert (low[0], high[0]) == ((-5.0, 1.0) if up else (-1.0, 5.0))
    np.testing.assert_allclose(found.cells(np.array([1.0])), [found.sign[0], found.sign[1], 0.0])


def test_without_the_complete_elimination_nothing_that_moves_stands_still(monkeypatch):
    monkeypatch.setattr(classes, "STEPS", 0)
    model = single_model(random_records(3, 60, (4, 3, 2), 6))
    found = Classes.of_all(model.relations)
    free, inside = null_space(model.relations.toarray()), null_space(found.matrix.toarray())
    assert free.shape[1] == inside.shape[1]


def test_equations_with_fractions_are_left_as_they_are():
    found = Classes.of_all(sparse.csr_matrix([[1.0, -0.5], [0.0, 1.0]]))
    assert found.of.tolist() == [0, 1] and found.matrix.shape == (2, 2)
