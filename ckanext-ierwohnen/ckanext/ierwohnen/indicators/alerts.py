"""Which units to look at more closely: over a threshold, or against the trend of the whole city. No CKAN in here.

Rules, as the page states them:

* **act**: an indicator or more reaches its threshold "act";
* **watch**: ``watch_at`` indicators or more reach their threshold "watch", and none "act"; an indicator and its own
  part count once;
* **trend**: an indicator or more moves away from the city to the worse: the difference to the city has a trend
  (``trend.py``, corrected for the number of units), and the unit itself worsens.

Each indicator counts with its latest number, not older than ``OLDEST`` years. Order: by these groups, then by how many
indicators reach "act", reach "watch", run against the trend; then by key. It is no ranking of quality.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from ckanext.ierwohnen.indicators import trend
from ckanext.ierwohnen.indicators.definition import Indicator
from ckanext.ierwohnen.indicators.vocabulary import vocabulary

Kind = Literal["act", "watch", "against", "faster"]
State = Literal["act", "watch", "trend"]
STATES: tuple[State, ...] = ("act", "watch", "trend")
WATCH_AT = 2
OLDEST = 1  # years by which a number may be older than the date asked for
WINDOW = 10  # years that a trend looks back


@dataclass(frozen=True)
class Series:
    """An indicator's values by unit, and the city's: tables as ``Values.at`` and ``Values.total`` give them."""

    indicator: Indicator
    units: pd.DataFrame
    city: pd.DataFrame


@dataclass(frozen=True)
class Reason:
    """Why a unit is listed.

    ``limit``: the threshold reached. ``since``: first year of the unbroken run of years over it; ``from_start``: the
    run goes back to the first number there is. Of trends: ``slope`` and ``city_slope`` a year, ``n`` points,
    ``p`` of the difference to the city.
    """

    code: str
    kind: Kind
    period: str
    value: float
    status: str
    limit: float | None = None
    since: int | None = None
    from_start: bool = False
    slope: float | None = None
    city_slope: float | None = None
    n: int | None = None
    p: float | None = None


@dataclass(frozen=True)
class Alert:
    """A unit to look at. ``since``: year since which it has been in this group by its longest reason."""

    unit: str
    state: State
    reasons: tuple[Reason, ...]
    since: int | None

    @property
    def codes(self) -> tuple[str, ...]:
        """The indicators in which it is conspicuous, each once."""
        return tuple(dict.fromkeys(reason.code for reason in self.reasons))


@dataclass(frozen=True)
class Findings:
    """The alerts of a year, and what was looked at.

    ``without``: units that have no alert, but lack a number for an indicator with thresholds.
    """

    year: int | None
    alerts: tuple[Alert, ...]
    considered: tuple[str, ...]
    without: tuple[str, ...]


@dataclass(frozen=True)
class _Grid:
    """A series as a matrix: a row for each unit, a column for each year; NaN where there is no number."""

    indicator: Indicator
    years: np.ndarray
    values: np.ndarray
    status: np.ndarray
    periods: np.ndarray
    city: np.ndarray


def worse(indicator: Indicator) -> int:
    """1 where high is unfavourable, −1 where low is; without direction what the thresholds say, else 0."""
    if indicator.direction != "neither":
        return 1 if indicator.direction == "less" else -1
    watch, act = indicator.thresholds.get("watch"), indicator.thresholds.get("act")
    if watch is None and act is None:
        return 0
    return -1 if watch is not None and act is not None and act < watch else 1


def has_thresholds(indicator: Indicator) -> bool:
    """Whether the catalogue or the city sets a threshold."""
    return any(limit is not None for limit in indicator.thresholds.values())


def compares_with_city(indicator: Indicator) -> bool:
    """Whether the difference to the whole city says something: of shares and means, not of counts or changes."""
    unit = vocabulary("units").find(indicator.unit)
    counted = unit is not None and unit.more["dimension"] == "count"
    return indicator.direction != "neither" and indicator.kind["of"] == "status" and not counted and indicator.adds_up


def concerns(indicator: Indicator) -> bool:
    """Whether an indicator can make a unit conspicuous at all."""
    return has_thresholds(indicator) or compares_with_city(indicator)


def find(
    series: Iterable[Series],
    units: Iterable[str],
    year: int | None = None,
    watch_at: int = WATCH_AT,
    holds: Callable[[str], Collection[str]] = lambda code: (),
) -> Findings:
    """The units to look at in a year.

    :param units: keys of all units of the level, in order
    :param year: the latest with a number if None
    :param watch_at: how many indicators have to reach "watch"
    :param holds: codes of which a code tells the same again (``Catalogue.holds``): such two count once
    """
    keys = list(units)
    grids = [_grid(one, keys) for one in series]
    grids = [grid for grid in grids if grid.values.size and not np.isnan(grid.values).all()]
    if year is None:
        year = max((int(grid.years[~np.isnan(grid.values).all(axis=0)].max()) for grid in grids), default=None)
    if year is None:
        return Findings(None, (), (), ())
    reasons: dict[str, list[Reason]] = {key: [] for key in keys}
    lacking: set[str] = set()
    for grid in grids:
        at = _column(grid, year)
        if at is None:
            continue
        _thresholds(grid, at, keys, reasons)
        _against_city(grid, at, keys, reasons)
        if has_thresholds(grid.indicator):
            lacking |= {key for key, value in zip(keys, grid.values[:, at], strict=True) if np.isnan(value)}
    alerts = [alert for key in keys if (alert := _alert(key, reasons[key], watch_at, holds))]
    listed = {alert.unit for alert in alerts}
    return Findings(
        year,
        tuple(sorted(alerts, key=_order)),
        tuple(grid.indicator.code for grid in grids if _column(grid, year) is not None),
        tuple(key for key in keys if key in lacking - listed),
    )


def compare(now: Findings, before: Findings) -> Mapping[str, tuple[str, ...]]:
    """Units that are listed anew, and that are no longer, each in the groups "act" and "watch"."""
    new, old = ({a.unit: a for a in one.alerts if a.state != "trend"} for one in (now, before))
    return {"new": tuple(u for u in new if u not in old), "gone": tuple(u for u in old if u not in new)}


def _grid(series: Series, keys: list[str]) -> _Grid:
    table, year = series.units, _years(series.units["period"])
    years = np.unique(year[year > 0])
    rows = pd.Index(keys, dtype=object).get_indexer(pd.Index(table["unit"], dtype=object))
    at = np.searchsorted(years, year)
    known = (rows >= 0) & (year > 0)
    cells = rows[known], at[known]  # of several dates in a year the last one stays
    shape = (len(keys), len(years))
    values, status = np.full(shape, np.nan), np.full(shape, "missing", dtype=object)
    periods = np.full(shape, "", dtype=object)
    values[cells] = table["value"].to_numpy(dtype=float)[known]
    status[cells] = table["status"].to_numpy(dtype=object)[known]
    periods[cells] = table["period"].to_numpy(dtype=object)[known]
    whole = dict(zip(_years(series.city["period"]), series.city["value"].to_numpy(dtype=float), strict=True))
    city = np.array([whole.get(one, np.nan) for one in years], dtype=float)
    return _Grid(series.indicator, years, values, status, periods, city)


def _years(periods: pd.Series) -> np.ndarray:
    """The year of each period, 0 where it begins with none."""
    codes, labels = pd.factorize(periods.to_numpy(dtype=object))
    years = [int(str(one)[:4]) if str(one)[:4].isdigit() else 0 for one in labels]
    return np.array([*years, 0])[codes]


def _column(grid: _Grid, year: int) -> int | None:
    """The latest year that has any number and is not too old."""
    some = np.flatnonzero((grid.years <= year) & (grid.years >= year - OLDEST) & ~np.isnan(grid.values).all(axis=0))
    return int(some[-1]) if len(some) else None


def _thresholds(grid: _Grid, at: int, keys: list[str], reasons: dict[str, list[Reason]]) -> None:
    sense = worse(grid.indicator)
    watch, act = grid.indicator.thresholds.get("watch"), grid.indicator.thresholds.get("act")
    reached = {
        kind: (sense * grid.values >= sense * limit) & ~np.isnan(grid.values)
        for kind, limit in (("act", act), ("watch", watch))
        if limit is not None
    }
    done: set[int] = set()
    for kind in ("act", "watch"):
        if kind not in reached:
            continue
        limit = act if kind == "act" else watch
        for row in np.flatnonzero(reached[kind][:, at]):
            if row in done:
                continue
            done.add(int(row))
            first = _run(reached[kind][row], at)
            numbers = np.flatnonzero(~np.isnan(grid.values[row]))
            reasons[keys[row]].append(
                Reason(
                    grid.indicator.code, kind, *_cell(grid, int(row), at), limit=limit, since=int(grid.years[first]),  # type: ignore[arg-type]
                    from_start=bool(first == numbers[0]),
                )
            )  # fmt: skip


def _run(reached: np.ndarray, at: int) -> int:
    """The first column of the unbroken run that ends at ``at``."""
    while at > 0 and reached[at - 1]:
        at -= 1
    return at


def _against_city(grid: _Grid, at: int, keys: list[str], reasons: dict[str, list[Reason]]) -> None:
    sense = worse(grid.indicator)
    if not compares_with_city(grid.indicator):
        return
    span = (grid.years <= grid.years[at]) & (grid.years > grid.years[at] - WINDOW)
    years, values, city = grid.years[span], grid.values[:, span], grid.city[span]
    if len(years) < trend.FEWEST or np.isnan(city).all():
        return
    apart = trend.trends(years, values - city)
    own, whole = trend.trends(years, values), trend.trends(years, city[None, :])
    city_slope = float(whole.slope[0])
    hits = (apart.among_many() == sense) & (sense * own.slope > 0) & ~np.isnan(values[:, -1])
    for row in np.flatnonzero(hits):
        reasons[keys[row]].append(
            Reason(
                grid.indicator.code, "faster" if sense * city_slope > 0 else "against", *_cell(grid, int(row), at),
                since=int(years[~np.isnan(values[row])][0]), slope=float(own.slope[row]), city_slope=city_slope,
                n=int(apart.n[row]), p=float(apart.p[row]),
            )
        )  # fmt: skip


def _cell(grid: _Grid, row: int, at: int) -> tuple[str, float, str]:
    return str(grid.periods[row, at]), float(grid.values[row, at]), str(grid.status[row, at])


def _alert(
    unit: str, reasons: list[Reason], watch_at: int, holds: Callable[[str], Collection[str]]
) -> Alert | None:  # fmt: skip
    kinds = [reason.kind for reason in reasons]
    state: State
    if "act" in kinds:
        state, deciding = "act", {"act"}
    elif _independent({reason.code for reason in reasons if reason.kind == "watch"}, holds) >= watch_at:
        state, deciding = "watch", {"watch"}
    elif "against" in kinds or "faster" in kinds:
        state, deciding = "trend", {"against", "faster"}
    else:
        return None
    order = ("act", "watch", "against", "faster")
    since = min((r.since for r in reasons if r.kind in deciding and r.since is not None), default=None)
    return Alert(unit, state, tuple(sorted(reasons, key=lambda r: order.index(r.kind))), since)


def _independent(codes: set[str], holds: Callable[[str], Collection[str]]) -> int:
    """How many indicators say something of their own: a rate and its structural part are one observation."""
    return sum(codes.isdisjoint(holds(code)) for code in codes)


def _order(alert: Alert) -> tuple[int, int, int, int, str]:
    kinds = [reason.kind for reason in alert.reasons]
    running = kinds.count("against") + kinds.count("faster")
    return STATES.index(alert.state), -kinds.count("act"), -kinds.count("watch"), -running, alert.unit
