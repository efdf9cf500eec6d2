"""Two scales in one column: thousands beside whole figures, shares from 0 to 1 beside per cent.

The rules, for the values above zero of a column in rows of units, up to the number of `check_slips.MOST`:

- thousands: the widest gap between neighbouring values (by size) is a factor of `GAP` or more, at least `LEAST` and a
  tenth of the values lie on each side of it, the values of each side lie within a factor of `WIDTH`, and the middles of
  the two sides are apart by a factor of 1000, give or take three. Only where no column of classes divides the rows:
  of foreigners there may be a thousandth anywhere;
- shares: in a column of per cent some values, fewer than half, are at most 1, all others at least ten times as large
  as these, and times 100 they would lie among the others, give or take a factor of two.

Each value of the lower side is told with the figure that it would be; of thousands those of the smaller side, since
nothing says which of the two is meant.
"""

from __future__ import annotations

import numpy as np

from ckanext.ierwohnen.tables.measures import as_cell
from ckanext.ierwohnen.tables.problems import Findings, Problem, Severity
from ckanext.ierwohnen.tables.roles import ColumnRole

LEAST, FEWEST = 3, 6
GAP, WIDTH, NEAR = 10.0, 30.0, 3.0
APART, AMONG = 10.0, 2.0
LISTED = 200


def thousands_beside(values: np.ndarray) -> np.ndarray:
    """The places of the few values that are a thousandth, or the thousandfold, of the many; none in most columns."""
    logs = np.log10(values)
    order = np.argsort(logs)
    steps = np.diff(logs[order])
    least = max(LEAST, 0.1 * len(values))
    if len(values) < FEWEST or not len(steps) or steps.max() < np.log10(GAP):
        return np.array([], int)
    cut = int(steps.argmax()) + 1
    low, high = logs[order[:cut]], logs[order[cut:]]
    if min(len(low), len(high)) < least or max(np.ptp(low), np.ptp(high)) > np.log10(WIDTH):
        return np.array([], int)
    apart = float(np.median(high) - np.median(low))
    few = order[:cut] if len(low) <= len(high) else order[cut:]
    return few if abs(apart - 3) <= np.log10(NEAR) else np.array([], int)


def shares_beside(values: np.ndarray) -> np.ndarray:
    """The places of values that are shares from 0 to 1 where the others are per cent."""
    low, high = values <= 1, values > 1
    if not low.any() or low.sum() >= 0.5 * len(values) or high.sum() < LEAST:
        return np.array([], int)
    least, most = values[high].min(), values[high].max()
    far = least >= APART * values[low].max()
    among = (values[low] * 100 >= least / AMONG) & (values[low] * 100 <= min(100.0, most * AMONG))
    return np.flatnonzero(low) if far and among.all() else np.array([], int)


def report_scales(
    role: ColumnRole, values: np.ndarray, rows: np.ndarray, findings: Findings, *, share: bool, classes: bool
) -> bool:
    """Report the values of a column that are in another scale than the others; True if there are any.

    :param share: the column is in per cent; :param classes: a column of classes divides the rows
    """
    code, factor, places = "share_of_one_beside", 100, shares_beside(values) if share else np.array([], int)
    if not len(places) and not classes and not share:
        code, factor, places = "thousands_beside", 1000, thousands_beside(values)
    if not len(places):
        return False
    places = places[np.argsort(rows[places])]
    usual = float(f"{float(np.median(np.delete(values, places))):.3g}")
    if code == "thousands_beside" and float(np.median(values[places])) > usual:
        code, factor = "thousandfold_beside", 0.001
    for n, place in enumerate(places[:LISTED].tolist()):
        value, row = float(values[place]), int(rows[place])
        would = {"action": "replace", "row": row, "column": role.column, "value": as_cell(value * factor, role)}
        keep = {"action": "keep", "row": row, "column": role.column}
        times = 1 if n < min(LISTED, len(places)) - 1 else len(places) - n
        params = {"usual": usual}
        problem = Problem(code, Severity.WARNING, row, role.column, as_cell(value, role), params, (would, keep))
        findings.add(problem, times)
    return True
