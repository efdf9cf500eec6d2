"""The check before publishing: everything that is wrong, unclear or worth knowing, with place and remedy.

One pass over all rows in bounded memory; what was understood on the way (signs, zero, key fit, special rows) is part
of the report and drives the load.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

from ckanext.ierwohnen.look.signs import Status
from ckanext.ierwohnen.places.keys import LevelKeys
from ckanext.ierwohnen.tables.cells import NumberStyle
from ckanext.ierwohnen.tables.check_columns import check_columns
from ckanext.ierwohnen.tables.check_cover import CoverCheck
from ckanext.ierwohnen.tables.check_dates import DateCheck
from ckanext.ierwohnen.tables.check_keys import KeyCheck, LevelFit, Moves, SpecialRow
from ckanext.ierwohnen.tables.check_measures import check_measures
from ckanext.ierwohnen.tables.check_names import NameCheck
from ckanext.ierwohnen.tables.check_plausible import PlausibleCheck
from ckanext.ierwohnen.tables.check_relations import RelationCheck
from ckanext.ierwohnen.tables.check_rows import RowCheck
from ckanext.ierwohnen.tables.check_seals import SealCheck
from ckanext.ierwohnen.tables.check_shifted import ShiftCheck
from ckanext.ierwohnen.tables.check_slips import SlipCheck
from ckanext.ierwohnen.tables.check_sums import SumCheck
from ckanext.ierwohnen.tables.check_units import UnitCheck
from ckanext.ierwohnen.tables.check_values import ValueCheck
from ckanext.ierwohnen.tables.check_years import check_years
from ckanext.ierwohnen.tables.controls import ControlCheck
from ckanext.ierwohnen.tables.convert import Numbers
from ckanext.ierwohnen.tables.office_table import Chunk, OfficeTable
from ckanext.ierwohnen.tables.open_legends import open_legends
from ckanext.ierwohnen.tables.part_columns import misread_parts
from ckanext.ierwohnen.tables.problems import KEPT, Findings, Problem, ProblemGroup, Severity
from ckanext.ierwohnen.tables.roles import ColumnRole, IndicatorName
from ckanext.ierwohnen.tables.special_rows import main_key
from ckanext.ierwohnen.tables.split_thousands import report_split_thousands


@dataclass
class CheckReport:
    """What the check found.

    `statuses` counts the cells of the value columns by status; `signs` (statuses by column), `zero` and `styles` are
    what `load.load_plan` wants to know. `kept` are the cells that a person keeps as delivered, with the note.
    """

    problems: list[Problem]
    groups: list[ProblemGroup]
    errors: int
    warnings: int
    hints: int
    rows: int
    statuses: dict[str, int] = field(default_factory=dict)
    signs: dict[str, set[str]] = field(default_factory=dict)
    zero: dict[str, Status] = field(default_factory=dict)
    styles: dict[str, NumberStyle] = field(default_factory=dict)
    specials: list[SpecialRow] = field(default_factory=list)
    fits: list[LevelFit] = field(default_factory=list)
    units_found: int = 0
    units_missing: list[str] = field(default_factory=list)
    periods: list[str] = field(default_factory=list)
    kept: list[Problem] = field(default_factory=list)

    @property
    def publishable(self) -> bool:
        """True if there is no error."""
        return self.errors == 0

    def count(self, severity: Severity | str) -> int:
        """Number of problems of a severity."""
        return {Severity.ERROR: self.errors, Severity.WARNING: self.warnings, Severity.HINT: self.hints}[
            Severity(severity)
        ]

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
            "special_rows": [row.as_dict() for row in self.specials],
            "fits": [fit.as_dict(locale) for fit in self.fits],
            "units_found": self.units_found,
            "units_missing": self.units_missing,
            "periods": self.periods,
            "statuses": self.statuses,
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
    run = CheckRun(table, roles, places, indicators)
    for chunk in table.chunks():
        run.take(chunk)
        if progress:
            progress(run.rows)
    return run.report() if run.settled() else check_table(table, roles, places, indicators, progress)


@dataclass(frozen=True)
class Taken:
    """What the check has read of a chunk: numbers by column, canonical keys and kinds of the rows."""

    numbers: dict[str, Numbers]
    keys: pa.Array | None
    kinds: np.ndarray | None


class CheckRun:
    """A check that is fed piece by piece, so that one pass over a large file can check and load it."""

    def __init__(
        self,
        table: OfficeTable,
        roles: Sequence[ColumnRole],
        places: Sequence[LevelKeys] = (),
        indicators: Sequence[IndicatorName] = (),
        declared: str | None = None,
        notes: Mapping[tuple[int, str], str | None] | None = None,
        moves: Moves | None = None,
    ) -> None:
        """As `check_table`.

        :param declared: the spatial system that the keys are said to belong to, so that another one that fits better
            is only told
        :param notes: cells that stay as delivered, with the note
        :param moves: says what became of a key of an earlier boundary date
        """
        self._table, self._roles, self._indicators = table, roles, indicators
        self._findings = Findings(notes=notes)
        self._findings.extend(table.problems)
        key = main_key(table, roles, places)
        self._values = ValueCheck(table, roles, self._findings)
        self._keys = KeyCheck(table, roles, places, key, self._findings, declared, moves)
        self._rows = RowCheck(table, roles, key, self._findings)
        self._dates = DateCheck(table, roles, self._findings)
        self._sums = SumCheck(table, roles, indicators, self._findings, key)
        self._relations = RelationCheck(roles, self._findings)
        self._shifted = ShiftCheck(table, self._findings)
        self._names = NameCheck(key, table.names, self._findings)
        self._cover = CoverCheck(table, roles, key, self._findings)
        self._plausible = PlausibleCheck(table, roles, indicators, self._findings)
        self._slips = SlipCheck(roles, indicators, self._findings)
        self._units = UnitCheck(table, roles, self._findings)
        self._seals = SealCheck(table, roles, self._findings)
        self._controls = ControlCheck(table, roles, self._findings)
        self._pool = ThreadPoolExecutor(max_workers=2)
        self.rows = 0

    def take(self, chunk: Chunk) -> Taken:
        """Check the next rows."""
        kinds, keys = self._keys.take(chunk)
        numbers = self._values.take(chunk, self._pool)
        self._rows.take(chunk, kinds)
        self._dates.take(chunk)
        self._shifted.take(chunk)
        self._names.take(chunk, kinds, keys)
        self._controls.take(chunk)
        self._sums.take(chunk, numbers, kinds)
        self._relations.take(chunk, numbers)
        self._plausible.take(chunk, numbers)
        self._slips.take(chunk.rows, numbers, kinds)
        self._seals.take(chunk, numbers)
        self._units.take(chunk)
        self._cover.take(chunk, kinds, keys)
        self.rows += len(chunk)
        return Taken(numbers, keys, kinds)

    def settled(self) -> bool:
        """False if only the rows told how the table is to be read; it is known now, and a new check has to begin."""
        return self._values.settled()

    def report(self) -> CheckReport:
        """The report, once all rows were taken."""
        self._pool.shutdown()
        self._findings.extend(getattr(self._table.body, "problems", []))
        check_columns(self._table, self._roles, self._findings)
        check_measures(self._table, self._roles, self._indicators, self._findings)
        check_years(self._table, self._roles, self._findings)
        self._findings.extend(misread_parts(self._table, self._roles))
        self._findings.extend(open_legends(self._table, self._roles))
        for part in (
            self._keys, self._values, self._rows, self._dates, self._shifted, self._names, self._sums, self._relations,
            self._plausible, self._cover, self._slips, self._seals, self._units,
        ):  # fmt: skip
            part.finish()
        report_split_thousands(self._table, self._findings)
        found, values, keys = self._findings, self._values, self._keys
        return CheckReport(
            problems=found.problems(),
            groups=found.groups(),
            errors=found.count(Severity.ERROR),
            warnings=found.count(Severity.WARNING),
            hints=found.count(Severity.HINT),
            rows=self.rows,
            statuses=dict(values.statuses),
            signs=values.signs,
            zero=values.zero,
            styles=values.styles,
            specials=keys.specials,
            fits=keys.fits,
            units_found=keys.units_found,
            units_missing=keys.units_missing,
            periods=self._rows.periods,
            kept=[problem for problem in found.problems() if problem.code in KEPT],
        )
