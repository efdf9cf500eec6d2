"""Values that all change alike, or not at all: a forgotten unit, another currency, last year's file under a new year.

Steps of one size stand out from nothing, so the rule of `jumps.py` does not see them. The rules here are about all
values of one measure and period that have a published number before them (of the same period, else the latest earlier
one). There must be at least `LEAST`; the first that holds is told:

- `sign`: none of them is a number any more;
- `zero`: all that were not 0 are 0;
- `same`: nearly all (`SAME`) equal those of one other period, and at least `DISTINCT` of them are different numbers
  above or below 0. It is not told where the last two published periods repeat each other in half of their values or
  more, as areas and small counts do (`REPEATED`), nor of a period that is delivered again as it was;
- `factor`: nearly all are one and the same factor of what they were, to 1 %, and that differs from 1 by 5 % or more;
  only numbers of `EXACT` steps of their last digit or more count, of which there must be `LEAST_EXACT`;
- `more`, `less`: `SHARE` of those that were not 0 are `FACTOR` times as large or more, or a `FACTOR`-th or less;
- `part`: at least `LEAST` and a tenth of them, but not all, are `TORN` times as large or more, or a `TORN`-th or less;
- `shift`: `SHARE` of them have moved in one direction, by `SHIFTED` or more in the middle, and by more than three times
  what the middle has moved between any two published periods, of which there must be three.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

LEAST, LEAST_EXACT = 3, 5
SHARE = 0.9
SAME, DISTINCT, REPEATED = 0.95, 3, 0.5
EXACT, WITHIN, NO_FACTOR = 200, 0.01, 0.05
FACTOR = 1.5
SHIFTED, BEYOND = 1.15, 3.0
TORN, TENTH, LARGE = 20.0, 0.1, 200
MARKS_PER_EURO = 1.95583
SERIES = ["measure", "unit", "dimensions"]
Found = tuple[str, dict[str, Any]]


def alike(before: pd.DataFrame, after: pd.DataFrame) -> list[dict[str, Any]]:
    """What all values of a measure and period have done: `kind`, `column`, `period`, `n`, the middle `factor`, and the
    `other` period that they equal.

    :param before, after: one row for each value, with `measure`, `unit`, `dimensions`, `period`, `label`, `text`
    """
    if before.empty or after.empty:
        return []
    before, after = _numbered(before), _numbered(after)
    met = _with_former(before, after)
    history = {measure: _matrix(group) for measure, group in before.groupby("measure", sort=False)}
    delivered = {measure: _matrix(group) for measure, group in after.groupby("measure", sort=False)}
    found = []
    for (measure, period), group in met.groupby(["measure", "period"], sort=True):
        known = history[measure]
        told = _told(group) or _repeated(period, known, delivered[measure]) or _moved(group, known)
        if told:
            kind, more = told
            about = {"column": group["label"].iloc[0], "period": period, "n": len(group)}
            found.append({"kind": kind, **about, "factor": None, "other": None, **more})
    return found


def _numbered(frame: pd.DataFrame) -> pd.DataFrame:
    values = pd.to_numeric(frame["text"], errors="coerce").astype(float)
    return frame.astype(dict.fromkeys(SERIES, object)).assign(value=values)


def _with_former(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """The values of `after` that have a number before them in `before`: of their period, else of the latest earlier."""
    order = {period: n for n, period in enumerate(sorted({*before["period"], *after["period"]}))}
    old, new = (frame.assign(at=frame["period"].map(order).astype("int64")) for frame in (before, after))
    old = old[old["value"].notna()].rename(columns={"value": "former", "text": "former_text"})
    old = old[[*SERIES, "at", "former", "former_text"]]
    columns = [*SERIES, "at", "period", "label", "text", "value"]
    met = pd.merge_asof(new[columns].sort_values("at"), old.sort_values("at"), on="at", by=SERIES)
    return met[met["former"].notna()]


def _matrix(group: pd.DataFrame) -> pd.DataFrame:
    """The numbers of one measure: a row for each unit and class, a column for each period, in their order."""
    return group.pivot(index=SERIES[1:], columns="period", values="value").sort_index(axis=1)


def _told(group: pd.DataFrame) -> Found | None:
    """No number any more, or nothing but zeros."""
    value, former = group["value"].to_numpy(), group["former"].to_numpy()
    if len(value) < LEAST:
        return None
    if np.isnan(value).all():
        return "sign", {}
    known = (former != 0) & ~np.isnan(value)
    return ("zero", {}) if known.sum() >= LEAST and not value[known].any() else None


def _repeated(period: str, history: pd.DataFrame, delivered: pd.DataFrame) -> Found | None:
    """The same numbers as in another period."""
    new = delivered[period]
    if period in history and _equal(new, history[period]):
        return None
    if history.shape[1] > 1 and _share_equal(history.iloc[:, -1], history.iloc[:, -2]) >= REPEATED:
        return None
    others = [history[other] for other in reversed(history.columns) if other != period]
    others += [delivered[other] for other in reversed(delivered.columns) if other < period]
    same = next((other for other in others if _equal(new, other)), None)
    return None if same is None else ("same", {"other": same.name})


def _equal(one: pd.Series, other: pd.Series) -> bool:
    return _share_equal(one, other) >= SAME


def _share_equal(one: pd.Series, other: pd.Series) -> float:
    """Which share of the numbers that both have are the same; 0 where they say too little."""
    left, right = (side.to_numpy(float) for side in one.align(other, join="inner"))
    both = ~np.isnan(left) & ~np.isnan(right)
    equal = left[both] == right[both]
    telling = np.unique(left[both][equal])
    return float(equal.mean()) if (telling != 0).sum() >= DISTINCT else 0.0


def _moved(group: pd.DataFrame, history: pd.DataFrame) -> Found | None:
    former, value = group["former"].to_numpy(), group["value"].to_numpy()
    known = (former != 0) & ~np.isnan(value)
    if known.sum() < LEAST:
        return None
    step = min(_last_digit(group["text"]), _last_digit(group["former_text"]))
    former, value = former[known], value[known]
    ratio = value / former
    middle = float(np.median(ratio))
    shown = {"factor": float(f"{middle:.4g}")}
    if _one_factor(former, value, middle, step):
        return "factor", shown
    if (ratio >= FACTOR).mean() >= SHARE:
        return "more", shown
    if ((ratio > 0) & (ratio <= 1 / FACTOR)).mean() >= SHARE:
        return "less", shown
    torn = ((ratio >= TORN) | ((ratio > 0) & (ratio <= 1 / TORN))) & (
        np.maximum(np.abs(former), np.abs(value)) >= LARGE * step
    )
    if torn.sum() >= max(LEAST, TENTH * len(ratio)):
        return "part", {"torn": int(torn.sum())}
    return ("shift", shown) if _shifted(ratio, middle, history) else None


def _one_factor(former: np.ndarray, value: np.ndarray, middle: float, step: float) -> bool:
    exact = np.minimum(np.abs(former), np.abs(value)) >= EXACT * step
    if exact.sum() < LEAST_EXACT or middle <= 0 or len(np.unique(former[exact])) < DISTINCT:
        return False
    away = np.abs(value[exact] / former[exact] / middle - 1)
    return bool((away <= WITHIN).mean() >= SAME and abs(middle - 1) >= NO_FACTOR)


def _shifted(ratio: np.ndarray, middle: float, history: pd.DataFrame) -> bool:
    if len(ratio) < LEAST_EXACT or middle <= 0 or history.shape[1] < 3:
        return False
    away = abs(float(np.log(middle)))
    one_way = max((ratio > 1).mean(), (ratio < 1).mean()) >= SHARE
    return bool(one_way and away >= np.log(SHIFTED) and away > BEYOND * _most_moved(history))


def _most_moved(history: pd.DataFrame) -> float:
    """How far the middle of all values has moved at most between two published periods, as a logarithm."""
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.log(history.to_numpy(float))
    steps = np.diff(np.where(np.isfinite(logs), logs, np.nan), axis=1)
    middles = [abs(float(np.median(step[~np.isnan(step)]))) for step in steps.T if not np.isnan(step).all()]
    return max(middles, default=np.inf)


def _last_digit(texts: pd.Series) -> float:
    """One step of the last digit in which these numbers are written: 0.01 for `6.20`."""
    written = texts[texts.str.contains(".", regex=False)]
    decimals = written.str.len() - written.str.find(".") - 1
    return 10.0 ** -int(decimals.max()) if len(written) else 1.0
