"""Classes beside their total: "insgesamt" above "männlich" and "weiblich", in rows or in columns.

The rule, for counts only, in each unit, period and class of other dimensions:

- a class above the row or column of all classes cannot be, and is told;
- classes that are all there is (`CodeList.make_all`: men and women, ages from 0 to an open end) are told where their
  sum differs from the total by more than `APART` of it and by more than `ROUNDED` (counts that were rounded or swapped
  for secrecy differ a little).

In columns the classes of the same indicator and period are meant, or those right beside the total that say neither
("Einwohner 2024 | männlich | weiblich") and are classes of people beside a number of people, or stand beside a heading
that says "insgesamt".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import takewhile

import numpy as np
import pandas as pd

from ckanext.ierwohnen.look.numbers import cell_number
from ckanext.ierwohnen.tables.code_lists import TOTAL, TOTAL_WORDS, CodeList, code_lists, normal
from ckanext.ierwohnen.tables.problems import Findings, Problem, Severity
from ckanext.ierwohnen.tables.roles import ColumnRole

APART, ROUNDED = 0.02, 8.0
PEOPLE = ("sex", "age_groups", "nationality")
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
    for place, role in enumerate(values):
        if role in counts and not role.code:
            for classes in _beside(values, place, counts):
                _in_columns(frame, role, classes, findings)


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
        there = code_lists().get(dimension.dimension or "")
        if there is not None and there.whole:
            for _, group in met.groupby(by, sort=False):
                codes = [there.code_of(name) or "" for name in group[own]]
                if _all_once(there, codes):
                    row = int(group["\x00row"].iloc[0])
                    _apart(row, role.column, group[role.column], group["whole"].iloc[0], findings)


def _beside(values: list[ColumnRole], place: int, counts: list[ColumnRole]) -> Iterator[list[ColumnRole]]:
    """The classes of a column of all, by dimension: those of the same figure, or a run of them right beside it."""
    whole = values[place]
    same = [r for r in counts if r.code and r.period == whole.period and r.indicator == whole.indicator]
    if not (whole.indicator or means_all(whole.column)):
        same = []
    for dimension in dict.fromkeys(role.dimension for role in same):
        yield [role for role in same if role.dimension == dimension]
    run = list(takewhile(lambda role: role.code and role.dimension == values[place + 1].dimension, values[place + 1 :]))
    said = bool(TOTAL_WORDS & set(normal(whole.column).split()))
    people = whole.unit == "Personen" and bool(run) and run[0].dimension in PEOPLE
    bare = all(role in counts and role.period in (None, whole.period) and not role.indicator for role in run)
    if run and bare and (said or people) and run[0] not in same:
        yield run


def _in_columns(frame: pd.DataFrame, whole: ColumnRole, classes: list[ColumnRole], findings: Findings) -> None:
    for role in classes:
        for place in np.flatnonzero((frame[role.column] > frame[whole.column]).to_numpy(bool)):
            part, limit = frame[role.column].iloc[place], frame[whole.column].iloc[place]
            _above(int(frame["\x00row"].iloc[place]), role.column, role.column, part, limit, findings)
    there = code_lists().get(classes[0].dimension or "")
    if there is None or not _all_once(there, [role.code or "" for role in classes]):
        return
    parts = frame[[role.column for role in classes]]
    for place, limit in enumerate(frame[whole.column]):
        _apart(int(frame["\x00row"].iloc[place]), whole.column, parts.iloc[place], limit, findings)


def _all_once(there: CodeList, codes: list[str]) -> bool:
    return len(set(codes)) == len(codes) and bool(there.make_all(codes))


def _above(row: int, column: str, name: str, part: float, limit: float, findings: Findings) -> None:
    keep = ({"action": "keep", "row": row, "column": column},)
    params = {"class": name, "part": part, "limit": limit}
    findings.add(Problem("class_above_all", Severity.WARNING, row, column, cell_number(part), params, keep))


def _apart(row: int, column: str, parts: pd.Series, stated: float, findings: Findings) -> None:
    if parts.isna().any() or np.isnan(stated):
        return
    sum_ = float(parts.sum())
    if (parts > stated).any() or abs(sum_ - stated) <= max(ROUNDED, APART * abs(stated)):
        return
    keep = ({"action": "keep", "row": row, "column": column},)
    params = {"stated": float(stated), "sum": sum_}
    findings.add(Problem("classes_differ", Severity.WARNING, row, column, cell_number(float(stated)), params, keep))
