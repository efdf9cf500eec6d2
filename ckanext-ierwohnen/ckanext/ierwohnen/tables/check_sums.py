"""Figures against one another: a stated ratio and its parts, a total and its sum, a part and its whole."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pandas as pd

from ckanext.ierwohnen.look.numbers import cell_number, format_number
from ckanext.ierwohnen.tables.additive_names import named_ordinal
from ckanext.ierwohnen.tables.check_classes import means_all, report_classes
from ckanext.ierwohnen.tables.check_series import report_outliers
from ckanext.ierwohnen.tables.convert import Numbers
from ckanext.ierwohnen.tables.measures import as_delivered
from ckanext.ierwohnen.tables.office_table import Chunk, OfficeTable
from ckanext.ierwohnen.tables.problems import Findings, Problem, Severity
from ckanext.ierwohnen.tables.roles import ColumnRole, IndicatorName
from ckanext.ierwohnen.tables.special_rows import KeyReading, RowKind

MAX_ROWS = 60_000
_SHARE_NAME = re.compile(r"[%‰]|\b(?:in|v\.) ?H\.|\b(?:quote|rate|anteil|prozent|je)\b|(?:quote|anteil|rate)\b", re.I)


class SumCheck:
    """Holds the value columns of tables up to `MAX_ROWS` rows and compares them at the end."""

    def __init__(
        self, table: OfficeTable, roles: Sequence[ColumnRole], indicators: Sequence[IndicatorName], findings: Findings,
        key: KeyReading | None = None,
    ) -> None:  # fmt: skip
        self._table, self._roles, self._findings, self._key = table, roles, findings, key
        self._values = [role for role in roles if role.role == "indicator"]
        self._periods = [f"\x00{role.column}" for role in roles if role.role == "period"]
        self._dimensions = [f"\x00{role.column}" for role in roles if role.role == "dimension"]
        self._groups = [role.column for role in roles if role.role in ("period", "dimension")]
        self._known = {indicator.code: indicator for indicator in indicators}
        self._pieces: list[pd.DataFrame] = []
        self._rows = 0

    def take(self, chunk: Chunk, numbers: dict[str, Numbers], kinds: np.ndarray | None) -> None:
        """Keep the numbers of a chunk, while the table is small enough."""
        self._rows += len(chunk)
        if self._rows > MAX_ROWS or not self._values:
            self._pieces = []
            return
        known = {r.column: numbers[r.column].floats for r in self._values if r.column in numbers}
        frame = pd.DataFrame({column: floats.to_numpy(zero_copy_only=False) for column, floats in known.items()})
        for column in self._groups:
            frame[f"\x00{column}"] = chunk.cleaned(self._table.names.index(column)).to_pylist()
        frame["\x00row"] = chunk.rows
        frame["\x00key"] = chunk.cleaned(self._key.place).to_pylist() if self._key else ""
        frame["\x00kind"] = kinds if kinds is not None else str(RowKind.UNIT)
        self._pieces.append(frame)

    def finish(self) -> None:
        """Compare and report."""
        if not self._pieces or self._rows > MAX_ROWS:
            return
        frame = pd.concat(self._pieces, ignore_index=True)
        report_outliers(frame, self._roles, self._findings)
        report_classes(frame, self._roles, _adds_up, self._findings)
        self._totals(frame)
        for role in self._values:
            indicator = self._known.get(role.indicator or "")
            if indicator and indicator.parts:
                self._ratio(frame, role, indicator)
        self._parts(frame)

    def _totals(self, frame: pd.DataFrame) -> None:
        """A total row against the sum of units and not assignable; only for whole numbers that add up."""
        totals = frame[frame["\x00kind"] == str(RowKind.TOTAL)]
        parts = frame[frame["\x00kind"].isin([str(RowKind.UNIT), str(RowKind.NOT_ASSIGNABLE), str(RowKind.UNKNOWN)])]
        if totals.empty or parts.empty:
            return
        # "alle", "Insgesamt" in a dimension means all its classes, not one of them.
        for group in self._dimensions:
            frame.loc[frame[group].map(means_all), group] = ""
        totals, parts = frame.loc[totals.index], frame.loc[parts.index]
        for _, row in totals.iterrows():
            self._compare_total(row, self._parts_of(row, parts), frame)

    def _parts_of(self, row: pd.Series, parts: pd.DataFrame) -> pd.DataFrame:
        """The rows that make up a total: those of its period and class. A total over all classes takes the row over
        all classes of a unit where there is one, and the classes themselves of the others; so each counts once.
        """
        chosen = parts
        for group in (*self._periods, *self._dimensions):
            if row[group] or group in self._periods:
                chosen = chosen[chosen[group] == row[group]]
                continue
            others = ["\x00key", *(g for g in (*self._periods, *self._dimensions) if g != group)]
            whole = chosen[group] == ""
            has_whole = whole.groupby([chosen[name] for name in others]).transform("any")
            chosen = chosen[whole | ~has_whole]
        return chosen

    def _compare_total(self, row: pd.Series, parts: pd.DataFrame, frame: pd.DataFrame) -> None:
        if len(parts) < 3:
            return
        for role in self._values:
            values, stated = parts[role.column], row[role.column]
            if np.isnan(stated) or not _adds_up(role, values):
                continue
            # A total may or may not hold what is not assignable.
            aside = parts["\x00kind"] == str(RowKind.NOT_ASSIGNABLE)
            hidden = int(values.isna().sum())
            sums = (float(values.sum()), float(values[~aside].sum()))
            if hidden:
                self._with_hidden(role, row, stated, sums, hidden, values)
            elif min(abs(sum_ - stated) for sum_ in sums) >= 0.5:
                if not _is_subtotal(frame, row, role.column):
                    self._report_total(role, int(row["\x00row"]), stated, sums[0])
            else:
                params = {"stated": stated, "aside": _aside_of(sums, stated)}
                code = "total_agrees_aside" if params["aside"] else "total_agrees"
                self._findings.add(Problem(code, Severity.HINT, int(row["\x00row"]), role.column, params=params))

    def _with_hidden(
        self, role: ColumnRole, row: pd.Series, stated: float, sums: tuple[float, float], hidden: int, values: pd.Series
    ) -> None:
        """Secret and missing cells explain what a sum lacks, but never that the known cells exceed the total."""
        number = int(row["\x00row"])
        if bool((values.dropna() >= 0).all()) and min(sums) - stated >= 0.5:
            self._report_total(role, number, stated, min(sums))
        elif stated - max(sums) >= 0.5:
            params = {"count": hidden, "sum": sums[0], "difference": format_number(stated - sums[0])}
            self._findings.add(Problem("total_hidden", Severity.HINT, number, role.column, params=params))

    def _report_total(self, role: ColumnRole, row: int, stated: float, sum_: float) -> None:
        params = {"stated": stated, "sum": sum_, "difference": format_number(stated - sum_, signed=True)}
        repair = (
            {"action": "replace", "row": row, "column": role.column, "value": cell_number(as_delivered(sum_, role))},
            {"action": "keep", "row": row, "column": role.column},
        )
        severity = Severity.WARNING
        self._findings.add(Problem("total_differs", severity, row, role.column, cell_number(stated), params, repair))

    def _ratio(self, frame: pd.DataFrame, role: ColumnRole, indicator: IndicatorName) -> None:
        """A stated ratio against numerator ÷ denominator, where both stand in the table for the same period."""
        numerator, denominator = (self._column_of(code, role) for code in indicator.parts or ("", ""))
        if numerator is None or denominator is None:
            return
        computed = indicator.factor * frame[numerator] / frame[denominator].where(frame[denominator] != 0)
        stated = frame[role.column]
        decimals = _decimals(stated)
        wrong = (computed - stated).abs() > 0.5 * 10.0**-decimals * 1.001 + 1e-9
        for index in np.flatnonzero(wrong.to_numpy(dtype=bool, na_value=False)):
            row = int(frame["\x00row"].iloc[index])
            right = round(float(computed.iloc[index]), decimals)
            value = format_number(right, precision=decimals)
            cell = cell_number(as_delivered(right, role)) if role.power else value.replace("\u202f", "")
            was = format_number(float(stated.iloc[index]), precision=decimals)
            params = {"stated": was, "computed": value, "numerator": numerator, "denominator": denominator}
            repair = (
                {"action": "replace", "row": row, "column": role.column, "value": cell},
                {"action": "keep", "row": row, "column": role.column},
            )
            self._findings.add(Problem("ratio_differs", Severity.WARNING, row, role.column, was, params, repair))

    def _parts(self, frame: pd.DataFrame) -> None:
        """A part above its whole: the catalogue's parts, and classes of a dimension beside the column of all."""
        for indicator in self._known.values():
            if not indicator.parts or indicator.factor != 100:
                continue
            for role in self._values:
                if role.indicator == indicator.parts[0] and not _is_share(role):
                    whole = self._column_of(indicator.parts[1], role)
                    if whole is not None and whole != role.column:
                        self._above(frame, role.column, whole)

    def _above(self, frame: pd.DataFrame, part: str, whole: str) -> None:
        wrong = (frame[part] > frame[whole]).to_numpy(dtype=bool)
        for index in np.flatnonzero(wrong):
            row = int(frame["\x00row"].iloc[index])
            value, limit = float(frame[part].iloc[index]), float(frame[whole].iloc[index])
            params = {"whole": whole, "limit": limit, "part": value}
            offers = (
                {"action": "replace", "row": row, "column": part, "value": "k. A."},
                {"action": "keep", "row": row, "column": part},
            )
            was = cell_number(value)
            self._findings.add(Problem("part_above_whole", Severity.ERROR, row, part, was, params, offers))

    def _column_of(self, code: str, beside: ColumnRole) -> str | None:
        """The column of counts of an indicator for the same fixed period and class; a percentage is none."""
        return next(
            (
                r.column
                for r in self._values
                if r.indicator == code and r.period == beside.period and r.code == beside.code and not _is_share(r)
            ),
            None,
        )


def _is_subtotal(frame: pd.DataFrame, row: pd.Series, column: str) -> bool:
    """True for a total between the units that is the sum of the rows right above or right below it."""
    position, stated = int(row.name), row[column]
    values, units = frame[column].to_numpy(), (frame["\x00kind"] == str(RowKind.UNIT)).to_numpy()
    for step in (-1, 1):
        sum_, place, count = 0.0, position + step, 0
        while 0 <= place < len(values) and units[place] and not np.isnan(values[place]):
            sum_, count = sum_ + values[place], count + 1
            if count > 1 and abs(sum_ - stated) < 0.5:
                return True
            place += step
    return False


def _aside_of(sums: tuple[float, float], stated: float) -> float:
    """What is not assignable, if the stated total holds it; else 0."""
    return sums[0] - sums[1] if abs(sums[0] - stated) < 0.5 else 0.0


def _is_share(role: ColumnRole) -> bool:
    """True for percentages and other ratios, by their unit or their name."""
    unit = role.unit or ""
    ratio = unit in ("%", "‰", "Jahre", "percent", "per_hundred", "per_thousand") or "/" in unit or "_per_" in unit
    return ratio or unit.startswith("je ") or bool(_SHARE_NAME.search(role.column))


def _adds_up(role: ColumnRole, values: pd.Series) -> bool:
    """Whole numbers without a unit of ratios add up; shares, means, prices and ranks do not."""
    if _is_share(role) or named_ordinal(role.column):
        return False
    filled = values.dropna()
    return len(filled) > 1 and bool((filled == filled.round()).all())


def _decimals(values: pd.Series) -> int:
    """Decimals that the column is written with."""
    texts = (repr(float(value)) for value in values.dropna().head(500))
    return max(
        (len(text.split(".")[1]) if not text.endswith(".0") else 0 for text in texts if "e" not in text), default=0
    )
