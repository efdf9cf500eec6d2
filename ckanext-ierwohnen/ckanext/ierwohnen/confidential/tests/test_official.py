"""Differential tests with τ-ARGUS: equal primaries, and its patterns judged by our audit."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from ckanext.ierwohnen.confidential import official
from ckanext.ierwohnen.confidential.audit import Finding
from ckanext.ierwohnen.confidential.model import UnionModel
from ckanext.ierwohnen.confidential.parameters import Parameters
from ckanext.ierwohnen.confidential.protection import judge, protect
from ckanext.ierwohnen.confidential.rules import assess

from .stock import random_records, single_model

pytestmark = pytest.mark.skipif(not official.available(), reason="pytauargus is not installed")

JOB = """
import pandas as pd
from pytauargus import protect
frame = pd.read_csv("stock.csv", dtype={"d0": str, "d1": str, "owner": str}).sort_values("owner")
rules = "FREQ(5,10)|FREQ(5,10)|P(0,1)|P(0,1)|P(10,1)|NK(0,0)|NK(0,0)|NK(2,85)"
result = protect(frame, ["d0", "d1"], response="rent", safety_rules=rules, suppress="OPT(1,1)",
                 holding_var="owner", totcode="Total", workdir="job")
pd.DataFrame(result.tables[0].rows).to_csv("result.csv", index=False)
"""


@pytest.mark.parametrize("seed", range(4))
def test_primaries_are_the_official_ones_and_its_pattern_holds_against_outsiders(seed, tmp_path):
    frame = random_records(seed + 40, 200, (6, 4), 9)
    frame.to_csv(tmp_path / "stock.csv", index=False)
    done = subprocess.run(
        [sys.executable, "-c", JOB], cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    rows = pd.read_csv(tmp_path / "result.csv", dtype={"d0": str, "d1": str})
    official_status = {
        (a if a else "Total", b if b else "Total"): s
        for a, b, s in zip(rows["d0"].fillna(""), rows["d1"].fillna(""), rows["status"], strict=True)
    }
    model = single_model(frame, ("rent",), nested=False)
    protection = assess(model, Parameters(), insiders=False)
    hidden = np.zeros(len(model), bool)
    for row, cell in enumerate(model.positions["cell"]):
        named = model.labels[row]
        status = official_status[named["d0"], named["d1"]]
        assert (status == "U") == (int(cell) in protection.reasons), (named, status)
        hidden[cell] |= status in ("U", "M")
    assert not _of_cells(model, hidden)


def test_the_optimal_engine_protects_from_outsiders_but_not_from_insiders():
    insiders = sums = 0
    for seed in range(4):
        model = single_model(random_records(seed + 60, 160, (6, 5), 9), ("rent",))
        protection = assess(model, Parameters(), insiders=False)
        pattern = official.optimal_pattern(model, protection)
        assert pattern is not None
        assert not _of_cells(model, pattern)
        sums += len(judge(model, pattern, insiders=False).findings)
        own = protect(model, insiders=False)
        assert own.model.cost[own.hidden].sum() <= 1.3 * model.cost[pattern].sum()
        insiders += len(judge(model, pattern).findings)
        better, usual = protect(model, improve=True), protect(model)
        assert better.model.cost[better.hidden].sum() <= usual.model.cost[usual.hidden].sum()
    assert insiders and sums


def _of_cells(model: UnionModel, hidden: np.ndarray) -> list[Finding]:
    """What is found against outsiders, but for sums of hidden cells, which the engine does not protect."""
    return [f for f in judge(model, hidden, insiders=False).findings if f.cell < len(model)]
