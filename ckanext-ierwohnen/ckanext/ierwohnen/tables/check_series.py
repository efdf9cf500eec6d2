"""Values far out of their series: one number among the years of a unit that fits neither before nor after.

The rule, for each unit and class with at least `LEAST` values above zero:

- r_t = ln(v_t / v_(t-1)) is the change from one period to the next;
- s² = (1.4826 · MAD of the r of this series)² or that of all series of the column, whichever is larger, but at least
  `FLOOR`²; for counts 1/v_t + 1/v_(t-1) is added, the chance variation of small numbers;
- a value inside the series is told if it leaves by more than `FAR` · s and comes back by more than `FAR` · s, each time
  by a factor of more than `FACTOR`; the last and the first value, which have one neighbour only, if they differ by more
  than `FAR_AT_END` · s and a factor of more than `FACTOR_AT_END`.

A series of `SHORT` to `LEAST` − 1 values says too little of its own spread (the MAD of few values is far too small at
times: Rousseeuw & Croux 1993, J. Am. Stat. Assoc. 88). Of it only a slip of the decimal sign is told: a value that some
power of ten brings to within a quarter of its neighbours, where its changes exceed the same `FAR` and `FAR_AT_END`
times s, and s² is that of all series of the column (at least `POOL` changes), or the largest other change of this
series squared, whichever is larger.

A new level that stays is no such value. A value that would fit if its decimal sign stood elsewhere is offered so, but
no fraction of a count: where all other values are whole, what is offered is whole.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from ckanext.ierwohnen.look.numbers import cell_number
from ckanext.ierwohnen.tables.measures import as_cell
from ckanext.ierwohnen.tables.periods import parse_period, without_period
from ckanext.ierwohnen.tables.problems import Findings, Problem, Severity
from ckanext.ierwohnen.tables.roles import ColumnRole

SHORT, LEAST = 3, 6
POOL = 8
SLIP = math.log(7.5)  # a smaller change is no slip of the decimal sign
FAR, FAR_AT_END = 6.0, 10.0
FACTOR, FACTOR_AT_END = 2.0, 4.0
FLOOR = 0.03
MOST_PERIODS = 600
SHIFTS = (0.1, 10.0, 0.01, 100.0, 0.001, 1000.0)


@dataclass(frozen=True)
class Outlier:
    """A value out of its series: its place in the matrix, what its neighbours suggest, the shift that would fit."""

    series: int
    period: int
    expected: float
    shift: float | None


def outliers(values: np.ndarray) -> list[Outlier]:
    """The values that are far out of their series.

    :param values: one series in each row, periods in columns; NaN where there is none
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.where(values > 0, np.log(values), np.nan)
    counts = bool(np.all(whole(values)))
    broken = int((~whole(values)).sum())
    if values.shape[1] < LEAST:
        found = _in_short(values, logs, counts)
    else:
        changes = [_changes(row) for row in logs]
        every = np.concatenate([change for _, change in changes]) if changes else np.array([])
        pooled = _spread(every)
        found = []
        for number, (places, change) in enumerate(changes):
            if len(places) >= LEAST:
                width = max(_spread(change), pooled, FLOOR)
                found += _in_series(number, values[number], logs[number], places, change, width, counts)
            elif len(places) >= SHORT and np.abs(change).max() > SLIP:
                known = max(pooled, FLOOR) if len(every) >= POOL else None
                found += _in_short_series(number, values[number], places, change, known, counts)
    return [one if offerable(one.shift, values[one.series, one.period], broken) else replace(one, shift=None)
            for one in found]  # fmt: skip


def whole(values: np.ndarray) -> np.ndarray:
    """Which values are whole numbers, or none at all (NaN)."""
    return np.isnan(values) | (values == np.round(values))


def offerable(shift: float | None, value: float, broken: int) -> bool:
    """Whether a value may be offered with its decimal sign elsewhere; `broken` values of its column are not whole."""
    others_whole = broken == int(value != round(value))
    return shift is None or not others_whole or abs(value * shift - round(value * shift)) < 1e-9 * max(1, value * shift)


def report_outliers(frame: pd.DataFrame, roles: Sequence[ColumnRole], findings: Findings) -> int:
    """Report the values of a table that are far out of their series; gives the number of values looked at.

    :param frame: value columns by name, and `\\x00row`, `\\x00key`, and `\\x00<name>` of periods and dimensions
    """
    looked = 0
    by_name = {role.column: role for role in roles}
    for columns, values, rows in _matrices(frame, roles):
        looked += int((~np.isnan(values)).sum())
        for one in outliers(values):
            role = by_name[columns[one.period]]
            _report(role, int(rows[one.series, one.period]), values, one, findings)
    return looked


def _in_series(
    number: int,
    values: np.ndarray,
    logs: np.ndarray,
    places: np.ndarray,
    change: np.ndarray,
    spread: float,
    counts: bool,
) -> Iterator[Outlier]:
    noise = 1 / values[places[1:]] + 1 / values[places[:-1]] if counts else 0.0
    scale = np.sqrt(spread**2 + noise)
    middle = float(np.median(change))
    far = (change - middle) / scale
    last = len(places) - 1
    for n, place in enumerate(places):
        before, after = (n - 1 if n else None), (n if n < last else None)
        if before is not None and after is not None:
            leaves, returns = far[before], far[after]
            away = min(abs(leaves), abs(returns)) > FAR and leaves * returns < 0
            away = away and min(abs(change[before]), abs(change[after])) > math.log(FACTOR)
            expected = math.exp((logs[places[n - 1]] + logs[places[n + 1]]) / 2)
        else:
            only = before if before is not None else after
            away = abs(far[only]) > FAR_AT_END and abs(change[only]) > math.log(FACTOR_AT_END)
            expected = values[places[n - 1] if before is not None else places[1]]
        if away:
            yield Outlier(number, int(place), float(expected), _shift(values[place], expected))


def _in_short(values: np.ndarray, logs: np.ndarray, counts: bool) -> list[Outlier]:
    """The slips of a table of few periods; most series are passed over at once, since they vary too little."""
    steps = np.diff(logs, axis=1)
    every = steps[~np.isnan(steps)]
    known = max(_spread(every), FLOOR) if len(every) >= POOL else None
    span = np.where(np.isnan(logs), -np.inf, logs).max(axis=1, initial=-np.inf)
    span = span - np.where(np.isnan(logs), np.inf, logs).min(axis=1, initial=np.inf)
    found: list[Outlier] = []
    for number in np.flatnonzero(span > SLIP).tolist():
        places, change = _changes(logs[number])
        if len(places) >= SHORT:
            found += _in_short_series(number, values[number], places, change, known, counts)
    return found


def _in_short_series(
    number: int, values: np.ndarray, places: np.ndarray, change: np.ndarray, pooled: float | None, counts: bool
) -> Iterator[Outlier]:
    """Slips of the decimal sign; at most one, since two of few values leave nothing to compare them with."""
    noise = 1 / values[places[1:]] + 1 / values[places[:-1]] if counts else np.zeros(len(change))
    found = []
    for n, place in enumerate(places):
        touching = [m for m in (n - 1, n) if 0 <= m < len(change)]
        others = np.delete(np.abs(change), touching)
        if pooled is None and not len(others):
            continue
        width = max(pooled or FLOOR, float(others.max(initial=0.0)))
        far = [change[m] / math.sqrt(width**2 + noise[m]) for m in touching]
        beside = [values[places[m]] for m in (n - 1, n + 1) if 0 <= m < len(places)]
        expected = math.exp(float(np.mean(np.log(beside))))
        shift = _shift(values[place], expected)
        both = len(far) == 2 and far[0] * far[1] < 0
        if shift is not None and min(map(abs, far)) > (FAR if both else FAR_AT_END) and (both or len(far) == 1):
            found.append(Outlier(number, int(place), expected, shift))
    if len(found) == 1:
        yield found[0]


def _changes(logs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Places of the values of a series, and the changes between each and the next."""
    places = np.flatnonzero(~np.isnan(logs))
    return places, np.diff(logs[places])


def _spread(changes: np.ndarray) -> float:
    return float(1.4826 * np.median(np.abs(changes - np.median(changes)))) if len(changes) else 0.0


def _shift(value: float, expected: float) -> float | None:
    """The power of ten that brings a value to within a quarter of what its neighbours suggest."""
    return next((shift for shift in SHIFTS if 0.75 < value * shift / expected < 1.33), None)


def _matrices(frame: pd.DataFrame, roles: Sequence[ColumnRole]) -> Iterator[tuple[list[str], np.ndarray, np.ndarray]]:
    """For each figure: the column of each period, the values and the file rows, one series in each matrix row."""
    values = [role for role in roles if role.role == "indicator"]
    yield from _wide(frame, values)
    periods = [f"\x00{role.column}" for role in roles if role.role == "period"]
    groups = ["\x00key", *(f"\x00{role.column}" for role in roles if role.role == "dimension")]
    if len(periods) != 1 or not len(frame):
        return
    dates = {text: found.text for text in frame[periods[0]].unique() if (found := parse_period(text))}
    order = {text: n for n, text in enumerate(sorted(set(dates.values())))}
    if not SHORT <= len(order) <= MOST_PERIODS:
        return
    place = frame[periods[0]].map(dates).map(order)
    known = place.notna().to_numpy()
    series = frame.loc[known].groupby(groups, sort=False, dropna=False).ngroup().to_numpy()
    at = place[known].astype(int).to_numpy()
    rows = np.zeros((series.max() + 1 if len(series) else 0, len(order)), np.int64)
    rows[series, at] = frame.loc[known, "\x00row"].to_numpy()
    for role in values:
        if role.period:
            continue
        matrix = np.full(rows.shape, np.nan)
        matrix[series, at] = frame.loc[known, role.column].to_numpy()
        yield [role.column] * len(order), matrix, rows


def _wide(frame: pd.DataFrame, values: Sequence[ColumnRole]) -> Iterator[tuple[list[str], np.ndarray, np.ndarray]]:
    """Columns of one figure for several periods."""
    figures: dict[tuple[str | None, ...], list[ColumnRole]] = {}
    for role in values:
        if role.period:
            about = role.indicator or without_period(role.column)
            figures.setdefault((about, role.dimension, role.code), []).append(role)
    for group in figures.values():
        if not SHORT <= len(group) <= MOST_PERIODS or len({role.period for role in group}) < len(group):
            continue
        columns = [role.column for role in sorted(group, key=lambda role: role.period or "")]
        rows = np.repeat(frame["\x00row"].to_numpy()[:, None], len(columns), axis=1)
        yield columns, frame[columns].to_numpy(dtype=float), rows


def _report(role: ColumnRole, row: int, values: np.ndarray, one: Outlier, findings: Findings) -> None:
    column, value = role.column, float(values[one.series, one.period])
    offers: list[dict[str, object]] = []
    if one.shift is not None:
        offers.append({"action": "replace", "row": row, "column": column, "value": as_cell(value * one.shift, role)})
    offers.append({"action": "keep", "row": row, "column": column})
    was = cell_number(value)
    count = int((~np.isnan(values[one.series])).sum())
    params = {"expected": float(f"{one.expected:.3g}"), "count": count}
    findings.add(Problem("out_of_series", Severity.WARNING, row, column, was, params, tuple(offers)))
