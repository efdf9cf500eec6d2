"""Unknowns that only bound an equation: programs without them have the same solutions."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from ckanext.ierwohnen.confidential.slacks import Slacks


@pytest.mark.parametrize("seed", range(12))
def test_a_program_without_slacks_goes_as_far_and_tells_what_they_are(seed: int):
    rng = np.random.default_rng(seed)
    rows, counts = int(rng.integers(1, 5)), int(rng.integers(2, 7))
    ends = np.diag(rng.choice([-2, -1, 1, 3], rows))
    matrix = np.hstack([rng.integers(-3, 4, (rows, counts)), ends, np.ones((rows, 1))])
    free = np.arange(matrix.shape[1]) >= counts
    lower, upper = -rng.integers(0, 9, matrix.shape[1]).astype(float), rng.integers(0, 9, matrix.shape[1]).astype(float)
    cost = np.where(free, 0.0, rng.integers(-2, 3, matrix.shape[1]))
    table = sparse.csr_matrix(matrix)
    slacks = Slacks.among(table, free)
    assert set(slacks.row) == set(range(rows)) and not set(slacks.at) & set(range(counts))
    whole = milp(cost, constraints=LinearConstraint(matrix, 0, 0), bounds=Bounds(lower, upper), integrality=~free)
    bounds, left = slacks.ends(rows, lower, upper), slacks.left
    rest = milp(cost[left], constraints=LinearConstraint(matrix[:, left], *bounds),
                bounds=Bounds(lower[left], upper[left]), integrality=~free[left])  # fmt: skip
    found = slacks.filled(table, rest.x)
    assert rest.fun == pytest.approx(whole.fun)
    assert np.allclose(matrix @ found, 0) and np.all(found >= lower - 1e-6) and np.all(found <= upper + 1e-6)


def test_an_equation_without_slacks_stays_an_equation():
    slacks = Slacks.among(sparse.csr_matrix([[1.0, -1.0, 0.0], [0.0, 2.0, 1.0]]), np.array([False, False, True]))
    low, high = slacks.ends(2, np.array([-5.0, -5.0, -1.0]), np.array([5.0, 5.0, 3.0]))
    assert low.tolist() == [0.0, -3.0] and high.tolist() == [0.0, 1.0]
