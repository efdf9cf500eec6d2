"""Periods as ISO texts (`2025`, `2025-06`, `2025-Q2`, `2025-H1`, `2025-12-31`): their place in time."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

_FORM = re.compile(r"(\d{4})(?:-(?:Q([1-4])|H([12])|(\d{2})(?:-(\d{2}))?))?$")


def position(period: str) -> float | None:
    """The period as years with fraction: `2025` → 2025.0, `2025-Q3` → 2025.5; None if it cannot be read.

    Spans (`2020/2025`) stand at their end, since a flow is known when its span is over.
    """
    match = _FORM.match(period.split("/")[-1])
    if match is None:
        return None
    year, quarter, half, month, day = match.groups()
    if quarter:
        return int(year) + (int(quarter) - 1) / 4
    if half:
        return int(year) + (int(half) - 1) / 2
    if not month:
        return float(year)
    try:
        at = date(int(year), int(month), int(day or 1))
    except ValueError:
        return None
    return at.year + (at - date(at.year, 1, 1)).days / (366 if at.year % 4 == 0 else 365)


def ordered(periods: Iterable[str]) -> list[str]:
    """Distinct periods from early to late; those that cannot be read come last, by text."""
    return sorted(set(periods), key=lambda period: (position(period) is None, position(period) or 0.0, period))


def year_of(period: str) -> str:
    """The year of a period, or the period itself."""
    match = _FORM.match(period.split("/")[-1])
    return match[1] if match else period


def same_day(periods: Iterable[str]) -> str | None:
    """`12-31` where all periods are the same day of different years; None otherwise."""
    days = {period[5:] for period in periods if re.fullmatch(r"\d{4}-\d{2}-\d{2}", period)}
    return days.pop() if len(days) == 1 and all(len(period) == 10 for period in periods) else None


def before(period: str, periods: Iterable[str]) -> str | None:
    """The latest of `periods` that is earlier than `period`."""
    line = ordered(periods)
    return line[line.index(period) - 1] if period in line and line.index(period) > 0 else None
