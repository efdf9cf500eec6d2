"""Classes beside their total: "insgesamt" above "männlich" and "weiblich", in rows or in columns.

The rule, for counts only, in each unit, period and class of other dimensions:

- a class above the row or column of all classes cannot be, and is told;
- men and women are all there is but a few, so that their sum is told where it differs from the total by more than
  `APART` of it and by more than `ROUNDED` (counts that were rounded or swapped for secrecy differ a little).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from ckanext.ierwohnen.look.numbers import cell_number
from ckanext.ierwohnen.tables.code_lists import TOTAL, code_lists
from ckanext.ierwohnen.tables.problems import Findings, Problem, Severity
from ckanext.ierwohnen.tables.roles import ColumnRole

APART, ROUNDED = 0.02, 8.0
Adds = Callable[[ColumnRole, pd.Series], bool]


def report_classes(frame: pd.DataFrame, roles: Sequence[ColumnRole], adds_up: Adds, findings: Findings) -> None:
    """Report classes that contradict their total.

    :param frame: value columns by name, and `\\x00row`, `\\x00key`, and `\\x00<name>` of periods and dimensions
    :param adds_up: whether the values of a column are counts
    """
    values = [role for role in roles if role.role == "indicator" and role.column in frame]
    counts = [role for role in values if adds_up(role, frame[role.column])]
    for dimension in (role for role in roles if role.role == "dimension"):
        _in_rows(frame, roles, dimension, counts, findings)
    for role in counts:
        if not role.code and (means_all(role.column) or role.indicator):
            _in_columns(frame, role, counts, findings)


def means_all(text: str) -> bool:
    """True for "insgesamt", "alle" … in any list of classes."""
    return any(known.code_of(text) == TOTAL for known in code_lists().values()) if text else False


def _in_rows(
    frame: pd.DataFrame,
    roles: Sequence[ColumnRole],
    dimension: ColumnRole,
    counts: list[ColumnRole],
    findings: Findings,
) -> None:
    own = f"\x00{dimension.column}"
    is_all = frame[own].map(means_all)
    if not is_all.any() or is_all.all():
        return
    others = [f"\x00{r.column}" for r in roles if r.role in ("period", "dimension") and r.column != dimension.column]
    by = ["\x00key", *others]
    wholes = frame[is_all].drop_duplicates(by, keep=False)
    for role in counts:
        whole = wholes[[*by, role.column]].rename(columns={role.column: "whole"})
        met = frame.loc[~is_all, [*by, own, "\x00row", role.column]].merge(whole, on=by)
        for row, part, limit, name in met[["\x00row", role.column, "whole", own]].itertuples(index=False):
            if part > limit:
                _above(int(row), role.column, name, part, limit, findings)
        if dimension.dimension == "sex":
            for _, group in met.groupby(by, sort=False):
                codes = {code_lists()["sex"].code_of(name) for name in group[own]}
                _apart(int(group["\x00row"].iloc[0]), role.column, group[role.column], group["whole"], codes, findings)


def _in_columns(frame: pd.DataFrame, whole: ColumnRole, counts: list[ColumnRole], findings: Findings) -> None:
    siblings = [r for r in counts if r.code and r.period == whole.period and r.indicator == whole.indicator]
    for role in siblings:
        for place in np.flatnonzero((frame[role.column] > frame[whole.column]).to_numpy(bool)):
            part, limit = frame[role.column].iloc[place], frame[whole.column].iloc[place]
            _above(int(frame["\x00row"].iloc[place]), role.column, role.column, part, limit, findings)
    sexes = [role for role in siblings if role.dimension == "sex"]
    codes = {role.code for role in sexes}
    if len(codes) == len(sexes) >= 2:
        parts = frame[[role.column for role in sexes]]
        limits = frame[whole.column]
        for place in range(len(frame)):
            row = int(frame["\x00row"].iloc[place])
            _apart(row, whole.column, parts.iloc[place], limits.iloc[[place]], codes, findings)


def _above(row: int, column: str, name: str, part: float, limit: float, findings: Findings) -> None:
    keep = ({"action": "keep", "row": row, "column": column},)
    params = {"class": name, "part": part, "limit": limit}
    findings.add(Problem("class_above_all", Severity.WARNING, row, column, cell_number(part), params, keep))


def _apart(
    row: int, column: str, parts: pd.Series, whole: pd.Series, codes: set[str | None], findings: Findings
) -> None:
    if not {"m", "f"} <= codes or len(codes) != len(parts) or parts.isna().any() or np.isnan(whole.iloc[0]):
        return
    stated, sum_ = float(whole.iloc[0]), float(parts.sum())
    if (parts > stated).any() or abs(sum_ - stated) <= max(ROUNDED, APART * abs(stated)):
        return
    keep = ({"action": "keep", "row": row, "column": column},)
    params = {"stated": stated, "sum": sum_}
    findings.add(Problem("classes_differ", Severity.WARNING, row, column, cell_number(stated), params, keep))
