"""Random lives of releases before everybody who keeps all that it was shown: rents beside the stock, days of nearly the
same stock, deliveries under new numbers, readers of several lists, owners with what they know of themselves.

`IERWOHNEN_SEARCH=10` lives ten times as many. `test_sequences` does the same through the portal.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ckanext.ierwohnen.confidential.tests.cases import seeds

from . import lives
from .lives import Desk, Life


def life(seed: int, steps: int = 4, town: int = 11, **how: Any) -> Life:
    found = Life(Desk(), np.random.default_rng([town, seed]), **how)
    found.begin()
    for _ in range(steps):
        found.step()
    return found


@pytest.mark.parametrize("seed", seeds(7, 2))
def test_a_life_tells_nobody_a_secret(seed):
    lived = life(seed)
    assert lived.narrow() == [], lived.story
    assert lived.counts["passed"]


@pytest.mark.parametrize("seed", seeds(2, 2))
def test_what_waits_tells_nobody_a_secret_whatever_becomes_of_it(seed):
    lived = life(seed, steps=5, town=13, undecided=0.5)
    assert lived.narrow() == [], lived.story
    assert lived.counts["passed"] and "waits" in " ".join(lived.story)


def test_what_an_earlier_date_has_told_but_for_rounding_refuses_nothing():
    """In the first release a company alone has wholly vacant places: of their rents nothing is left to be kept."""
    lived = life(10, town=7)
    assert not lived.refused and lived.counts["passed"] == 3 and lived.narrow() == [], lived.story


def test_the_attack_is_worth_something(monkeypatch):
    """Without the memory of what was seen before, some life leaks."""
    monkeypatch.setattr(lives, "related", lambda definition, past: [])
    monkeypatch.setattr(lives.Dates, "chosen", lambda self, same, others: [])
    assert any(life(seed).narrow() for seed in (2, 3, 7, 8))

