"""A plain attacker for tests: one cold linear (or whole-number) program per question, with SciPy."""

from __future__ import annotations

import numpy as np
from scipy.optimize import linprog

from ckanext.ierwohnen.confidential.model import UnionModel
from ckanext.ierwohnen.confidential.rules import Protection


def interval(model: UnionModel, attacker, hidden: np.ndarray, cell: int) -> tuple[float, float]:
    """Smallest and largest value of a cell that fit what the attacker knows."""
    unknown, lower, upper = model.view(attacker, hidden)
    goal = np.zeros(len(model))
    goal[cell] = 1.0
    given = {
        "A_eq": model.relations,
        "b_eq": np.zeros(model.relations.shape[0]),
        "bounds": [(low, None if np.isinf(high) else high) for low, high in zip(lower, upper, strict=True)],
        "method": "highs",
    }
    if model.integral[cell]:
        given["integrality"] = (model.integral & unknown).astype(int)
    low, high = linprog(goal, **given), linprog(-goal, **given)
    assert low.status == 0
    return float(low.fun), np.inf if high.status == 3 or high.status == 4 else float(-high.fun)


def leaks(model: UnionModel, protection: Protection, hidden: np.ndarray, seed: int, sample: int) -> list[tuple]:
    """A sample of (cell, attacker) whose interval is narrower than it must be."""
    pairs = np.argwhere((protection.up > 0) | (protection.down > 0))
    chosen = np.random.default_rng(seed).permutation(len(pairs))[:sample]
    found = []
    for row, column in pairs[chosen]:
        cell, attacker = int(protection.cells[row]), protection.attackers[column]
        low, high = interval(model, attacker, hidden, cell)
        value, slack = model.value[cell], 1e-6 * max(1.0, model.value[cell])
        up, down = protection.up[row, column], protection.down[row, column]
        if high < value + up - slack or low > value - down + slack:
            found.append((model.cell_name(cell), model.attacker_name(attacker), low, value, high, up, down))
    return found
