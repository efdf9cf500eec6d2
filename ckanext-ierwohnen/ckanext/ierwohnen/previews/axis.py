"""Round numbers on an axis."""

from __future__ import annotations

import math
from collections.abc import Sequence

LIFT = 0.5
"""An axis starts at zero unless all values lie above this share of the highest."""
SMALLEST = 1e-9
"""A smaller span of values is none: its ticks could not be told apart."""


def round_ticks(values: Sequence[float], count: int = 5, *, from_zero: bool = False) -> list[float]:
    """Evenly spaced round numbers (1, 2, 2.5, 5 × 10ⁿ) that cover the values.

    :param from_zero: bars: zero is always on the axis
    """
    if not values:
        return [0.0, 1.0]
    low, high = min(values), max(values)
    if from_zero or (low < LIFT * high and low >= 0):
        low = min(low, 0.0)
    if high < 0 and (from_zero or high > LIFT * low):
        high = 0.0
    if high == low:
        low, high = (min(low, 0.0), max(high, 0.0)) if low else (0.0, 1.0)
    if high - low < SMALLEST:
        high = low + 1.0
    step = _step((high - low) / count)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(step * index, 10) for index in range(first, last + 1)]


def decimals_of(ticks: Sequence[float]) -> int:
    """Decimals that tell these numbers apart."""
    for digits in range(0, 6):
        if all(abs(round(tick, digits) - tick) < 1e-9 for tick in ticks):
            return digits
    return 6


def _step(rough: float) -> float:
    power = 10.0 ** math.floor(math.log10(rough))
    return next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= rough * 0.999)


def spread(wanted: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Positions as near as possible to those wanted (in their order), at least `gap` apart, within bounds.

    Pools overlapping neighbours around their common middle (pool adjacent violators).
    """
    order = sorted(range(len(wanted)), key=lambda index: wanted[index])
    groups: list[list[float]] = []  # [sum of (wanted - offset), members]
    for rank, index in enumerate(order):
        groups.append([wanted[index] - rank * gap, 1])
        while len(groups) > 1 and groups[-2][0] / groups[-2][1] > groups[-1][0] / groups[-1][1]:
            total, members = groups.pop()
            groups[-1][0] += total
            groups[-1][1] += members
    flat = [total / members for total, members in groups for _ in range(int(members))]
    top = high - gap * (len(wanted) - 1)
    result = [0.0] * len(wanted)
    for rank, index in enumerate(order):
        result[index] = min(max(flat[rank], low), max(top, low)) + rank * gap
    return result
