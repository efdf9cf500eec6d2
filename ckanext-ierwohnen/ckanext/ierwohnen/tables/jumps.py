"""Values that change far more than the rest: a robust rule, the same for every table.

Rule (modified z-score, Iglewicz and Hoaglin 1993, *How to Detect and Handle Outliers*, section 3.3):
`0.6745 · |step − median| / MAD > 3.5` against a pool of comparable steps, where MAD is the median of the absolute
deviations from the median. If more than half of the pool are equal (MAD = 0), `|step − median| / (1.2533 · mean
absolute deviation)` takes its place. A step is a difference of square roots where all values are at least 0 (that
makes the chance of small counts comparable with that of large ones), else a plain difference.

The pool is the series' own earlier steps if there are at least `OWN_STEPS`, else the steps of the other series to
the same period if there are at least `OTHER_STEPS`; with fewer nothing is judged. A change below `LEAST_CHANGE` of the
value before is never called a jump.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

LIMIT = 3.5
OWN_STEPS = 6
OTHER_STEPS = 8
LEAST_CHANGE = 0.1


@dataclass(frozen=True)
class Step:
    """The way from one value of a series to the next. `own` are the series' earlier values, oldest first."""

    measure: str
    place: tuple[Any, ...]
    before: float
    after: float
    before_period: str | None
    period: str | None
    own: tuple[float, ...] = ()


@dataclass(frozen=True)
class Jump:
    """A step that is larger than its pool explains: the step, its score, what it was compared with and how many."""

    step: Step
    score: float
    against: str
    n: int


def jumps(steps: Sequence[Step]) -> list[Jump]:
    """The steps that stand out, largest score first."""
    pools: dict[tuple[str, str | None, str | None], list[Step]] = defaultdict(list)
    for step in steps:
        pools[step.measure, step.before_period, step.period].append(step)
    found: list[Jump] = []
    for pool in pools.values():
        found += _of_pool(pool)
    return sorted(found, key=lambda jump: -jump.score)


def _of_pool(pool: list[Step]) -> list[Jump]:
    found = []
    after = np.array([step.after for step in pool], float)
    before = np.array([step.before for step in pool], float)
    others = scores(*_steps(before, after)) if len(pool) >= OTHER_STEPS else None
    for place, step in enumerate(pool):
        if not _worth(step):
            continue
        if len(step.own) > OWN_STEPS:
            series = np.array([*step.own, step.after], float)
            score = float(scores(*_steps(series[:-1], series[1:]), last=True)[-1])
            against, n = "own", len(step.own) - 1
        elif others is not None:
            score, against, n = float(others[place]), "others", len(pool) - 1
        else:
            continue
        if score > LIMIT:
            found.append(Jump(step, score, against, n))
    return found


def _worth(step: Step) -> bool:
    return abs(step.after - step.before) > LEAST_CHANGE * abs(step.before)


def _steps(before: np.ndarray, after: np.ndarray) -> tuple[np.ndarray]:
    if len(before) and min(before.min(), after.min()) >= 0:
        return (np.sqrt(after) - np.sqrt(before),)
    return (after - before,)


def scores(steps: np.ndarray, *, last: bool = False) -> np.ndarray:
    """Modified z-scores of steps; with `last`, median and spread come from all but the last one.

    Where the pool does not vary at all, a step that differs from it scores infinitely.
    """
    pool = steps[:-1] if last else steps
    middle = np.median(pool)
    away = np.abs(steps - middle)
    spread = np.abs(pool - middle)
    scale = np.median(spread) / 0.6745
    if scale == 0:
        scale = 1.2533 * spread.mean()
    if scale == 0:
        return np.where(away > 0, np.inf, 0.0)
    return away / scale
