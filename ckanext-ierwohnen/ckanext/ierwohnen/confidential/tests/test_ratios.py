"""What a shown ratio tells of its numbers: no less than readers know, in equations of small whole numbers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ckanext.ierwohnen.confidential.audit import audit
from ckanext.ierwohnen.confidential.model import PUBLIC, Attacker, Audiences
from ckanext.ierwohnen.confidential.parameters import Parameters
from ckanext.ierwohnen.confidential.ratios import Ratio, with_ratios
from ckanext.ierwohnen.confidential.rules import assess

from .stock import random_records, single_model

FEW = "few"
MODEL = single_model(random_records(1, 60, (4,)), ("count",), nested=False)
TOTAL, PART = (int(np.argsort(MODEL.value)[n]) for n in (-1, 1))


@pytest.mark.parametrize("bottom", [*range(1, 40), 97, 211, 997, 4093])
def test_a_rate_tells_no_less_than_readers_know_in_small_numbers(bottom: int):
    for top in range(0, bottom + 1, max(1, bottom // 40)):
        values = MODEL.value.copy()
        values[[PART, TOTAL]] = top, bottom
        ratio = Ratio.rounded(replace(MODEL, value=values), PART, TOTAL, 100, 1, FEW)
        true, shown = 100 * top / bottom, round(100 * top / bottom, 1)
        assert max(shown - 0.05, 0.0) <= 100 * float(ratio.low) + 1e-9 and 100 * float(ratio.low) <= true + 1e-9
        assert true <= 100 * float(ratio.high) + 1e-9 and 100 * float(ratio.high) <= shown + 0.05 + 1e-9
        assert ratio.low < ratio.high and max(ratio.low.denominator, ratio.high.denominator) <= 2000


def test_a_ratio_is_no_number_but_whoever_has_one_has_the_other():
    model = replace(MODEL, audiences=Audiences({PUBLIC: (), FEW: (PUBLIC,)}),
                    known={PUBLIC: np.zeros(len(MODEL), bool), FEW: np.zeros(len(MODEL), bool)})  # fmt: skip
    more = with_ratios(model, [Ratio.rounded(model, PART, TOTAL, 100, 1, FEW)])
    assert len(more) == len(model) + 2 and np.abs(more.relations @ more.value).max() < 1e-9
    assert np.array_equal(more.relations.data, np.rint(more.relations.data))
    rules, hidden = assess(more, Parameters()), np.ones(len(more), bool)
    for shown in (False, True):
        hidden[TOTAL] = not shown
        report = audit(more, rules, hidden, attackers=(Attacker(PUBLIC), Attacker(FEW)))
        width = {}
        for audience in (PUBLIC, FEW):
            cells, low, high = report.intervals[Attacker(audience)]
            at = int(np.flatnonzero(cells == PART)[0])
            width[audience] = high[at] - low[at]
        assert width[PUBLIC] > 1 and (width[FEW] < 1) == shown
