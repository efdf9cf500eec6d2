"""Figures of a row against one another, by relations that the figures or the headings show (`relations.py`).

The relations are sought in a sample of the first rows; only those found are followed through the table, so that a
large table without any costs nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from ckanext.ierwohnen.look.numbers import cell_number, format_number
from ckanext.ierwohnen.tables.convert import Numbers
from ckanext.ierwohnen.tables.measures import as_delivered
from ckanext.ierwohnen.tables.office_table import Chunk
from ckanext.ierwohnen.tables.problems import Findings, Problem, Severity
from ckanext.ierwohnen.tables.relations import FEWEST, MOST, Relation, find_relations
from ckanext.ierwohnen.tables.roles import ColumnRole

SAMPLE = 256
LISTED = 200
_FEW = 0.05  # share of rows above which a total that only ever exceeds its sum has a part without a column
_TOLD = ("ratio_differs", "classes_differ", "class_above_all", "part_above_whole")


_Off = tuple[int, float, float, bool]
"""Row, stated and computed figure of one that does not hold, and whether rounding explains it."""


@dataclass
class _Met:
    """What was met of a relation: rows that say something, those that hold, those nearly, and some that do not."""

    relation: Relation
    rows: int = 0
    holds: int = 0
    close: int = 0
    above: int = 0
    off: list[_Off] = field(default_factory=list)


class RelationCheck:
    """Looks at the figures while they go by."""

    def __init__(self, roles: Sequence[ColumnRole], findings: Findings) -> None:
        self._roles = {role.column: role for role in roles if role.role == "indicator"}
        self._findings = findings
        self._met: list[_Met] | None = None if len(self._roles) > 1 else []
        self._steps: dict[str, float] = {}

    def take(self, chunk: Chunk, numbers: Mapping[str, Numbers]) -> None:
        """Compare the figures of a chunk."""
        if self._met is None:
            self._met = self._sought(numbers)
        wanted = {name for met in self._met for name in (met.relation.target, *met.relation.parts)}
        values = {name: _floats(numbers[name]) for name in wanted}
        with np.errstate(all="ignore"):
            for met in self._met:
                self._compare(met, chunk.rows, values)

    def finish(self) -> None:
        """Report by row, or by column where most rows do not agree; what was told already is not told twice."""
        told = self._findings.places(_TOLD)
        for met in self._met or ():
            relation = met.relation
            exact = met.holds >= MOST * met.rows
            if met.rows < (3 if relation.named else FEWEST) or met.holds == met.rows:
                continue
            if relation.kind == "part":
                listed = met.holds > 0.5 * met.rows
            else:
                listed = exact and (relation.named or not _lacks_a_part(met))
            if listed:
                self._report_rows(met, met.off, met.rows - met.holds, told)
            elif relation.kind != "part" and relation.named and met.close >= MOST * met.rows:
                self._report_rows(met, _far(met), len(_far(met)), told)
            elif relation.named and not exact and not (relation.kind == "sum" and _mostly_above(met)):
                self._report_column(met)

    def _sought(self, numbers: Mapping[str, Numbers]) -> list[_Met]:
        sample = {}
        for name in self._roles:
            if name in numbers:
                floats = _floats(numbers[name])
                sample[name] = floats[:: max(1, len(floats) // SAMPLE)]
        self._steps = {name: _step(values, self._roles[name].power) for name, values in sample.items()}
        with np.errstate(all="ignore"):
            return [_Met(one) for one in find_relations(list(self._roles.values()), sample, self._steps)]

    def _compare(self, met: _Met, rows: np.ndarray, values: Mapping[str, np.ndarray]) -> None:
        relation = met.relation
        computed = relation.computed(values)
        off, slack = relation.off(values, self._steps)
        known = ~np.isnan(off)
        wrong = known & (np.abs(off) > slack)
        met.rows += int(known.sum())
        met.holds += int(known.sum() - wrong.sum())
        places = np.flatnonzero(wrong)
        close = relation.close({name: values[name][places] for name in (relation.target, *relation.parts)}, self._steps)
        met.close += int(known.sum() - len(places) + close.sum())
        met.above += int((off[places] > 0).sum())
        stated = values[relation.target]
        for place, almost in zip(places[: LISTED - len(met.off)], close, strict=False):
            met.off.append((int(rows[place]), float(stated[place]), float(computed[place]), bool(almost)))

    def _report_rows(self, met: _Met, off: list[_Off], count: int, told: set[tuple[int | None, str | None]]) -> None:
        columns = (met.relation.target, *met.relation.parts)
        for n, (row, stated, computed, _) in enumerate(off):
            if not any((row, column) in told for column in columns):
                times = max(1, count - n) if n == len(off) - 1 else 1
                self._findings.add(self._problem(met.relation, row, stated, computed), times)

    def _problem(self, relation: Relation, row: int, stated: float, computed: float) -> Problem:
        column = relation.target
        keep = {"action": "keep", "row": row, "column": column}
        if relation.kind == "part":
            params = {"whole": relation.parts[0], "limit": computed, "part": stated}
            offers = ({"action": "replace", "row": row, "column": column, "value": "k. A."}, keep)
            return Problem("part_above_whole", Severity.ERROR, row, column, cell_number(stated), params, offers)
        right, cell, was = self._texts(column, stated, computed)
        offers = ({"action": "replace", "row": row, "column": column, "value": cell}, keep)
        if relation.kind == "ratio":
            names = {"numerator": relation.parts[0], "denominator": relation.parts[1]}
            params = {"stated": was, "computed": right, **names}
            return Problem("ratio_differs", Severity.WARNING, row, column, was, params, offers)
        params = {"stated": was, "computed": right, "formula": relation.formula()}
        return Problem("relation_differs", Severity.WARNING, row, column, was, params, offers)

    def _report_column(self, met: _Met) -> None:
        relation, (row, stated, computed, _) = met.relation, met.off[0]
        keep = ({"action": "keep", "row": row, "column": relation.target},)
        right, _, was = self._texts(relation.target, stated, computed)
        params = {"fits": met.holds, "rows": met.rows, "formula": relation.formula(), "stated": was, "computed": right}
        code = "parts_above_whole" if relation.kind == "part" else "relation_fails"
        self._findings.add(Problem(code, Severity.WARNING, row, relation.target, was, params, keep))

    def _texts(self, column: str, stated: float, computed: float) -> tuple[str, str, str]:
        """The computed figure to read and as a cell of the file, and the stated one."""
        role, decimals = self._roles[column], max(0, round(-np.log10(self._steps[column])))
        right = round(computed, decimals)
        shown = format_number(right, precision=decimals)
        cell = cell_number(as_delivered(right, role)) if role.power else shown.replace("\u202f", "").replace("−", "-")
        return shown, cell, format_number(stated, precision=decimals)


def _lacks_a_part(met: _Met) -> bool:
    """True where a total exceeds its sum in several rows and never falls below: a part has no column of its own."""
    wrong = met.rows - met.holds
    return met.relation.kind == "sum" and met.above == wrong and wrong > max(2, _FEW * met.rows)


def _far(met: _Met) -> list[_Off]:
    """The listed rows beyond rounding; of sums only those above their total, which may have further parts."""
    return [one for one in met.off if not one[3] and (met.relation.kind != "sum" or one[1] < one[2])]


def _mostly_above(met: _Met) -> bool:
    """True where a total exceeds its sum in most rows: it has more parts than the table shows."""
    return met.above > 0.5 * (met.rows - met.holds)


def _floats(numbers: Numbers) -> np.ndarray:
    return numbers.floats.to_numpy(zero_copy_only=False)


def _step(values: np.ndarray, power: int) -> float:
    """The last digit with which figures are written: 0.1 for `4,9`, 1 for whole numbers, 100 for `1,2` thousand. Counts
    that all end with the same zeros, or are multiples of five, were rounded.
    """
    delivered = values[np.isfinite(values)] / 10.0**power
    decimals = next((n for n in range(4) if np.allclose(delivered, np.round(delivered, n), rtol=0, atol=1e-7)), 4)
    if decimals == 0 and power == 0 and len(delivered) >= FEWEST and len(np.unique(delivered)) > 1:
        return float(next((grid for grid in (1000, 100, 10, 5) if not np.any(delivered % grid)), 1))
    return 10.0 ** (power - decimals)
