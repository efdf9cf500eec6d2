"""Values that all change alike: a forgotten unit, thousands instead of single ones, a column of zeros or signs.

Steps of one size stand out from nothing, so the rule of `jumps.py` does not see them. The rule here, for all values of
one measure and period that have a published value before them (of the same period, else the latest earlier one), if
there are at least `LEAST`:

- `sign`: none of them is a number any more;
- `zero`: all that were not 0 are 0;
- `more`, `less`: at least `SHARE` of those that were not 0 are `FACTOR` times as large or more, or a
  `FACTOR`-th or less.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

LEAST = 3
FACTOR = 3.0
SHARE = 0.9
SERIES = ["measure", "unit", "dimensions"]


def alike(before: pd.DataFrame, after: pd.DataFrame) -> list[dict[str, Any]]:
    """What all values of a measure and period have done: `kind`, `column`, `period`, `n`, and the middle `factor`.

    :param before, after: one row for each value, with `measure`, `unit`, `dimensions`, `period`, `label`, `text`
    """
    if before.empty or after.empty:
        return []
    met = _with_former(before, after)
    found = []
    for (_, period), group in met.groupby(["measure", "period"], sort=True):
        kind, factor = _kind(group["former"].to_numpy(float), group["value"].to_numpy(float))
        if kind:
            about = {"column": group["label"].iloc[0], "period": period, "n": len(group)}
            found.append({"kind": kind, **about, "factor": factor})
    return found


def _with_former(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """The values of `after` that have a number before them in `before`: of their period, else of the latest earlier."""
    order = {period: n for n, period in enumerate(sorted({*before["period"], *after["period"]}))}
    old, new = (
        frame.astype(dict.fromkeys(SERIES, object)).assign(
            at=frame["period"].map(order).astype("int64"), value=pd.to_numeric(frame["text"], errors="coerce")
        )
        for frame in (before, after)
    )
    held = old[old["value"].notna()].rename(columns={"value": "former"})[[*SERIES, "at", "former"]]
    columns = [*SERIES, "at", "period", "label", "value"]
    met = pd.merge_asof(new[columns].sort_values("at"), held.sort_values("at"), on="at", by=SERIES)
    return met[met["former"].notna()]


def _kind(former: np.ndarray, value: np.ndarray) -> tuple[str | None, float | None]:
    if len(former) < LEAST:
        return None, None
    if np.isnan(value).all():
        return "sign", None
    known = (former != 0) & ~np.isnan(value)
    if known.sum() < LEAST:
        return None, None
    ratio = value[known] / former[known]
    if not ratio.any():
        return "zero", None
    middle = float(f"{float(np.median(ratio)):.3g}")
    if (ratio >= FACTOR).mean() >= SHARE:
        return "more", middle
    if ((ratio > 0) & (ratio <= 1 / FACTOR)).mean() >= SHARE:
        return "less", middle
    return None, None
