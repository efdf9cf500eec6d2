"""One unit over all indicators: its latest value, the city's, its place among the others, change, trend. No CKAN here.

The rank is 1 for the highest value of the date; equal values share the better rank; units without a number stand
outside. Changes compare with the same unit so many years before: counts and prices in percent, shares, rates, balances
and indices as a difference. The trend is Theil–Sen with Mann–Kendall over ``WINDOW`` years (``trend.py``), told for
this unit by itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ckanext.ierwohnen.indicators import trend
from ckanext.ierwohnen.indicators.definition import Indicator
from ckanext.ierwohnen.indicators.vocabulary import vocabulary

WINDOW = 10  # years that a trend looks back
YEARS = (1, 5)  # changes over so many years
Cell = tuple[float | None, str]


@dataclass(frozen=True)
class Change:
    """A change over ``years``; ``percent``: relative to the value then, else in the indicator's unit."""

    years: int
    value: float
    percent: bool


@dataclass(frozen=True)
class Course:
    """The trend: ``way`` 1 up, −1 down, 0 none that can be claimed; ``n`` points; ``slope`` a year; ``p``."""

    way: int
    n: int
    slope: float | None
    p: float | None


@dataclass(frozen=True)
class Line:
    """An indicator in the profile of a unit.

    ``cell``: value and status at ``period``; ``city``: the whole city's at the same date; ``rank`` of ``of`` units with
    a number; ``others``: numbers of all units at the date; ``series``: value by year, None where there is no number.
    """

    indicator: Indicator
    period: str
    cell: Cell
    city: Cell | None
    rank: int | None
    of: int
    others: tuple[float, ...]
    changes: Mapping[int, Change]
    trend: Course
    series: Mapping[int, float | None]


def line(indicator: Indicator, units: pd.DataFrame, city: pd.DataFrame, key: str) -> Line | None:
    """The line of an indicator; None where the unit has no cell with a date.

    :param units: values of all units of the level, as ``Values.at`` gives them
    :param city: the total, as ``Values.total`` gives it
    """
    own = _yearly(units[(units["unit"] == key).to_numpy()])
    if not own:
        return None
    year = max(own)
    period, value, status = own[year]
    now = units[(units["period"] == period).to_numpy()]
    numbers = now["value"].to_numpy(dtype=float)
    numbers = numbers[~np.isnan(numbers)]
    whole = _yearly(city).get(year)
    series = {one: own[one][1] if one in own else None for one in range(min(own), year + 1)}
    return Line(
        indicator=indicator,
        period=period,
        cell=(value, status),
        city=whole[1:] if whole else None,
        rank=None if value is None else int((numbers > value).sum()) + 1,
        of=len(numbers),
        others=tuple(map(float, np.sort(numbers))),
        changes=_changes(indicator, series, year),
        trend=_trend(series, year),
        series=series,
    )


def in_difference(indicator: Indicator) -> bool:
    """Whether changes are told as a difference: what is a share, a rate, a balance or an index has no percent of it."""
    unit = vocabulary("units").find(indicator.unit)
    dimension = unit.more.get("dimension") if unit else None
    return (
        dimension == "ratio"
        or indicator.unit.startswith("per_")
        or indicator.kind["of"] == "change"
        or indicator.kind["scale"] == "standardized"
    )


def _yearly(rows: pd.DataFrame) -> dict[int, tuple[str, float | None, str]]:
    """Period, value and status by year; the last date of each year. What has no date is left out."""
    found = {}
    for period, value, status in zip(rows["period"], rows["value"], rows["status"], strict=True):
        text = str(period or "")
        if text[:4].isdigit():
            found[int(text[:4])] = (text, None if value != value else float(value), str(status))
    return found


def _changes(indicator: Indicator, series: Mapping[int, float | None], year: int) -> dict[int, Change]:
    now, found = series[year], {}
    percent = not in_difference(indicator)
    for years in YEARS:
        then = series.get(year - years)
        if now is None or then is None or (percent and then <= 0):
            continue
        found[years] = Change(years, 100 * (now - then) / then if percent else now - then, percent)
    return found


def _trend(series: Mapping[int, float | None], year: int) -> Course:
    years = np.array([one for one in series if year - WINDOW < one <= year])
    values = np.array([[np.nan if series[one] is None else series[one] for one in years]], dtype=float)
    found = trend.trends(years, values) if len(years) > 1 else None
    if found is None or found.n[0] < trend.FEWEST:
        return Course(0, int((~np.isnan(values)).sum()), None, None)
    return Course(int(found.claimed[0]), int(found.n[0]), float(found.slope[0]), float(found.p[0]))
