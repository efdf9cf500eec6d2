"""The check before publishing: everything that is wrong, unclear or worth knowing, with place and remedy.

One pass over all rows in bounded memory; what was understood on the way (signs, zero, key fit, special rows) is part
of the report and drives the load.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from ckanext.ierwohnen.look.signs import Status
from ckanext.ierwohnen.places.keys import LevelKeys
from ckanext.ierwohnen.tables.cells import NumberStyle
from ckanext.ierwohnen.tables.check_columns import check_columns
from ckanext.ierwohnen.tables.check_keys import KeyCheck, LevelFit, SpecialRow
from ckanext.ierwohnen.tables.check_rows import RowCheck
from ckanext.ierwohnen.tables.check_sums import SumCheck
from ckanext.ierwohnen.tables.check_values import ValueCheck
from ckanext.ierwohnen.tables.office_table import OfficeTable
from ckanext.ierwohnen.tables.problems import Findings, Problem, ProblemGroup, Severity
from ckanext.ierwohnen.tables.roles import ColumnRole, IndicatorName
from ckanext.ierwohnen.tables.special_rows import main_key


@dataclass
class CheckReport:
    """What the check found. `signs`, `zero` and `styles` are what `load.load_plan` wants to know."""

    problems: list[Problem]
    groups: list[ProblemGroup]
    errors: int
    warnings: int
    hints: int
    rows: int
    signs: dict[str, set[str]] = field(default_factory=dict)
    zero: dict[str, Status] = field(default_factory=dict)
    styles: dict[str, NumberStyle] = field(default_factory=dict)
    special: list[SpecialRow] = field(default_factory=list)
    fits: list[LevelFit] = field(default_factory=list)
    units_found: int = 0
    units_missing: list[str] = field(default_factory=list)
    periods: list[str] = field(default_factory=list)

    @property
    def publishable(self) -> bool:
        """True if there is no error."""
        return self.errors == 0

    def as_dict(self, locale: str = "de") -> dict[str, Any]:
        """The form that actions give."""
        return {
            "publishable": self.publishable,
            "errors": self.errors,
            "warnings": self.warnings,
            "hints": self.hints,
            "rows": self.rows,
            "problems": [problem.as_dict(locale) for problem in self.problems],
            "groups": [group.as_dict(locale) for group in self.groups],
            "special_rows": [row.as_dict() for row in self.special],
            "fits": [fit.as_dict(locale) for fit in self.fits],
            "units_found": self.units_found,
            "units_missing": self.units_missing,
            "periods": self.periods,
            "signs": {column: sorted(met) for column, met in self.signs.items()},
        }


def check_table(
    table: OfficeTable,
    roles: Sequence[ColumnRole],
    places: Sequence[LevelKeys] = (),
    indicators: Sequence[IndicatorName] = (),
    progress: Callable[[int], None] | None = None,
) -> CheckReport:
    """Check a table under the roles of its columns.

    :param roles: one for each column that means something, as proposed or corrected
    :param places: all known levels; those of the same level at other boundary dates are compared as well
    :param indicators: the catalogue's names, for ratios that must agree with their parts
    :param progress: called with the number of rows done
    """
    findings = Findings()
    findings.extend(table.problems)
    key = main_key(table, roles, places)
    values = ValueCheck(table, roles, findings)
    keys = KeyCheck(table, roles, places, key, findings)
    rows = RowCheck(table, roles, key, findings)
    sums = SumCheck(table, roles, indicators, findings)
    done = 0
    for chunk in table.chunks():
        kinds = keys.take(chunk)
        numbers = values.take(chunk)
        rows.take(chunk, kinds)
        sums.take(chunk, numbers, kinds)
        done += len(chunk)
        if progress:
            progress(done)
    findings.extend(getattr(table.body, "problems", []))
    check_columns(table, roles, findings)
    for part in (keys, values, rows, sums):
        part.finish()
    return CheckReport(
        findings.problems(), findings.groups(), findings.count(Severity.ERROR), findings.count(Severity.WARNING),
        findings.count(Severity.HINT), done, values.signs, values.zero, values.styles, keys.special, keys.fits,
        keys.units_found, keys.units_missing, rows.periods,
    )  # fmt: skip
