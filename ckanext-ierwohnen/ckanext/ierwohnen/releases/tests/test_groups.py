"""Where every dwelling of a place is vacant: nobody can conclude it, in whichever order tables are released; and what
nothing gives away is not refused."""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linprog

from ckanext.ierwohnen.confidential.hierarchy import TOTAL
from ckanext.ierwohnen.releases.checking import Check, Checked
from ckanext.ierwohnen.releases.past import Past, seen_by
from ckanext.ierwohnen.releases.refusal import CheckRefused

from .houses import TODAY, definition, recorded

QUARTERS, ROOMS, STATES = ("11", "12", "13", "21", "22"), ("1-2", "3", "4"), ("full", "partly")
LEAVES = {leaf: n for n, leaf in enumerate(product(QUARTERS, ROOMS, STATES, ("vacant", "let")))}
Plan = dict[str, list[str]]
BY_ROOMS, BY_STATE = ({"figures": ["vacant"], "dimensions": [d]} for d in ("rooms", "modernization"))
HOMES: Plan = {"figures": ["dwellings"], "dimensions": ["rooms"]}


def homes(counts: dict[tuple[str, str, str, str], int]) -> pd.DataFrame:
    rows = [leaf for leaf, n in counts.items() for _ in range(n)]
    return recorded(rows, ("rooms", "modernization", "vacancy"))


def somewhere_all_vacant(seed: int) -> dict[tuple[str, str, str, str], int]:
    rng, found = np.random.default_rng(seed), {}
    for place in product(QUARTERS, ROOMS, STATES):
        size, kind = int(rng.choice([0, 3, 7, 9, 12])), rng.random()
        vacant = size if kind < 0.25 else 0 if kind < 0.4 else int(rng.integers(0, size + 1))
        found |= {(*place, "vacant"): vacant, (*place, "let"): size - vacant}
    return found


def released(stock: pd.DataFrame, plans: list[Plan]) -> tuple[list[Checked], list[str]]:
    """What passes, one after the other, and why the rest does not."""
    passed, past, refused = [], [], []
    for n, plan in enumerate(plans):
        new = definition(["a"], consents=["a"], **plan)
        try:
            found = Check(new, ("1",), {"1": stock}, past, today=TODAY).run()
        except CheckRefused as error:
            refused.append(error.code)
            continue
        passed.append(found)
        past.append(Past(str(n), new, seen_by(new), ("1",), found.patterns))
    return passed, refused


def row(cell: dict, vacancy: str = TOTAL) -> np.ndarray:
    """The leaves that a cell adds up."""
    asked = (cell["key"], cell.get("rooms", TOTAL), cell.get("modernization", TOTAL), vacancy)
    return np.array([
        leaf[0].startswith(asked[0]) and all(a in (TOTAL, b) for a, b in zip(asked[1:], leaf[1:], strict=True))
        for leaf in LEAVES
    ], float)  # fmt: skip


def concluded(counts: dict[tuple[str, str, str, str], int], passed: list[Checked]) -> list[dict]:
    """Places of which somebody who knows the shown figures, and nothing else, knows that all is vacant there."""
    true = np.array([counts[leaf] for leaf in LEAVES], float)
    cells = [cell for found in passed for cell in found.cells]
    word = {"vacant": "vacant", "dwellings": TOTAL}
    shown = [(row(c, word[c["figure"]]), c["value"]) for c in cells if c["status"] == "ok"]
    known, value = np.array([r for r, _ in shown]), np.array([v for _, v in shown])
    assert np.allclose(known @ true, value)
    found = []
    for cell in cells:
        let = row(cell, "let")
        if cell["figure"] == "vacant" and true @ let == 0 and true @ row(cell):
            most = linprog(-let, A_eq=known, b_eq=value, method="highs")
            found += [cell] if most.status == 0 and -most.fun < 0.5 else []
    return found


@pytest.mark.parametrize("seed", range(3))
def test_nobody_concludes_that_all_is_vacant(seed):
    counts = somewhere_all_vacant(seed)
    plans = [BY_ROOMS, BY_STATE, HOMES, {"figures": ["vacant"]}]
    order = np.random.default_rng(seed).permutation(len(plans))
    passed, _ = released(homes(counts), [plans[n] for n in order])
    assert passed and concluded(counts, passed) == []


@pytest.mark.parametrize("plans", [[BY_ROOMS, HOMES], [HOMES, BY_ROOMS]])
def test_the_dwellings_and_those_that_are_vacant_are_released_in_any_order(plans):
    counts = dict.fromkeys(LEAVES, 0) | {
        ("11", "3", "full", "vacant"): 7, ("12", "3", "full", "let"): 20, ("11", "4", "full", "let"): 12,
        ("11", "4", "full", "vacant"): 8, ("12", "4", "full", "let"): 30, ("12", "4", "full", "vacant"): 9,
        ("21", "3", "full", "let"): 15, ("21", "3", "full", "vacant"): 6, ("22", "3", "full", "let"): 25,
        ("22", "3", "full", "vacant"): 9, ("21", "4", "full", "let"): 12, ("21", "4", "full", "vacant"): 7,
    }  # fmt: skip
    passed, refused = released(homes(counts), plans)
    assert refused == [] and concluded(counts, passed) == []
    (all_vacant,) = [
        c for found in passed for c in found.cells
        if (c["figure"], c["key"], c["rooms"]) == ("vacant", "11", "3")
    ]  # fmt: skip
    assert all_vacant["status"] == "secret"
