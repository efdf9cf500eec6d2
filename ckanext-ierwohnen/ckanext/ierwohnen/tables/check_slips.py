"""Values whose decimal sign has slipped, in columns of one date: 72,5 among rents of 7, 0,425 among shares of 40.

The rule, for each column of figures with `LEAST` to `MOST` values above zero in rows of units:

- l_i = log10 v_i, m their median, s = 1.4826 · MAD of the l_i;
- only where the values lie close together, s ≤ `CLOSE` (about a factor of 1.3), since counts of areas differ widely;
- a value is told if |l_i − m| ≥ `FAR`, that is a factor of about eight, and only where at most one in ten is so.

The value that would fit with the decimal sign elsewhere is offered, but no fraction of a count.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ckanext.ierwohnen.tables.check_plausible import kind_of
from ckanext.ierwohnen.tables.check_scales import report_scales
from ckanext.ierwohnen.tables.check_series import SHIFTS, offerable, whole
from ckanext.ierwohnen.tables.convert import Numbers
from ckanext.ierwohnen.tables.measures import as_cell
from ckanext.ierwohnen.tables.problems import Findings, Problem, Severity
from ckanext.ierwohnen.tables.roles import ColumnRole, IndicatorName
from ckanext.ierwohnen.tables.special_rows import RowKind

LEAST, MOST = 8, 20_000
CLOSE, FAR = 0.12, 0.9
LISTED_SHARE = 0.1


class SlipCheck:
    """Gathers the figures of each column while they go by; columns beyond `MOST` values are left alone."""

    def __init__(
        self, roles: Sequence[ColumnRole], indicators: Sequence[IndicatorName], findings: Findings
    ) -> None:
        known = {indicator.code: indicator for indicator in indicators}
        self._classes = any(role.role == "dimension" for role in roles)
        self._shares = {role.column for role in roles if kind_of(role, known.get(role.indicator or "")).share}
        self._roles = {role.column: role for role in roles if role.role == "indicator"}
        self._findings = findings
        self._values: dict[str, list[np.ndarray]] = {name: [] for name in self._roles}
        self._rows: dict[str, list[np.ndarray]] = {name: [] for name in self._roles}
        self._signed: set[str] = set()
        self._count = 0

    def take(self, rows: np.ndarray, numbers: dict[str, Numbers], kinds: np.ndarray | None) -> None:
        """Keep the figures of a chunk's units."""
        self._count += len(rows)
        if self._count > MOST:
            return
        units = np.ones(len(rows), bool) if kinds is None else kinds == RowKind.UNIT
        for name in self._roles:
            if name in numbers:
                if any(cell.unit == "%" for cell in numbers[name].cells.values()):
                    self._signed.add(name)  # cells without the sign beside such with it are told already
                values = numbers[name].floats.to_numpy(zero_copy_only=False)
                kept = units & (values > 0)
                self._values[name].append(values[kept])
                self._rows[name].append(rows[kept])

    def finish(self) -> None:
        """Tell the values that have slipped, and those in another scale than the others."""
        if self._count > MOST:
            return
        for name, role in self._roles.items():
            values, rows = (np.concatenate(side[name] or [np.array([])]) for side in (self._values, self._rows))
            share = name in self._shares and name not in self._signed
            if not self._tell(role, values, rows):
                report_scales(role, values, rows, self._findings, share=share, classes=self._classes)

    def _tell(self, role: ColumnRole, values: np.ndarray, rows: np.ndarray) -> bool:
        found = slips(values)
        for place, shift in found:
            value, row = float(values[place]), int(rows[place])
            offers: list[dict[str, object]] = []
            if shift is not None:
                offers.append(
                    {"action": "replace", "row": row, "column": role.column, "value": as_cell(value * shift, role)}
                )
            offers.append({"action": "keep", "row": row, "column": role.column})
            was, params = as_cell(value, role), {"expected": float(f"{float(np.median(values)):.3g}")}
            self._findings.add(
                Problem("out_of_column", Severity.WARNING, row, role.column, was, params, tuple(offers))
            )
        return bool(found)


def slips(values: np.ndarray) -> list[tuple[int, float | None]]:
    """The places of values that have slipped, with the factor that would put them right, if one would.

    :param values: above zero, one for each unit
    """
    if len(values) < LEAST:
        return []
    logs = np.log10(values)
    middle = float(np.median(logs))
    if 1.4826 * float(np.median(np.abs(logs - middle))) > CLOSE:
        return []
    far = np.flatnonzero(np.abs(logs - middle) >= FAR)
    if len(far) > max(1, LISTED_SHARE * len(values)):
        return []
    found: list[tuple[int, float | None]] = []
    broken = int((~whole(values)).sum())
    for place in far.tolist():
        best = min(SHIFTS, key=lambda shift: abs(logs[place] + np.log10(shift) - middle))
        fits = abs(logs[place] + np.log10(best) - middle) <= 2 * CLOSE and offerable(best, float(values[place]), broken)
        found.append((place, best if fits else None))
    return found
