"""Units said elsewhere than in a heading: in a column beside the figures, or another currency above the table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ckanext.ierwohnen.tables.cells import clean
from ckanext.ierwohnen.tables.headers import is_number
from ckanext.ierwohnen.tables.measures import ANY, foreign_in_lines
from ckanext.ierwohnen.tables.office_table import Chunk, OfficeTable
from ckanext.ierwohnen.tables.problems import Findings, Problem, Severity
from ckanext.ierwohnen.tables.role_words import CURRENCIES, unit_in
from ckanext.ierwohnen.tables.roles import ColumnRole
from ckanext.ierwohnen.tables.unit_columns import is_called_unit, is_unit, power_in

MOST = 50  # distinct texts of a column of units that are kept


class UnitCheck:
    """Looks at columns of units while all rows go by; without one it costs nothing."""

    def __init__(self, table: OfficeTable, roles: Sequence[ColumnRole], findings: Findings) -> None:
        self._table, self._roles, self._findings = table, roles, findings
        by_name = {role.column: role.role for role in roles}
        self._values = [name for name in table.names if by_name.get(name) == "indicator"] or [
            name
            for name in table.names
            if by_name.get(name, "unclear") in ("unclear", "dimension") and _figures(table, name)
        ]
        taken = ("indicator", "unused")
        self._met: dict[str, dict[str, int]] = {
            name: {} for name in table.names if is_called_unit(name) and by_name.get(name) not in taken
        }

    def take(self, chunk: Chunk) -> None:
        """Note which units a chunk states, and where first."""
        for name, met in self._met.items():
            units = chunk.encoded(self._table.names.index(name))
            for code, unit in enumerate(units.dictionary.to_pylist()):
                if unit and unit not in met and len(met) < MOST:
                    met[unit] = int(chunk.rows[units.indices.index(code).as_py()])

    def finish(self) -> None:
        """Report rows in several units, scales that nobody has applied, and other currencies."""
        for name, met in self._met.items():
            units = list(met)
            if not self._values or not units or sum(map(is_unit, units)) < 0.5 * len(units):
                continue
            if len(units) > 1:
                params = {"units": units[:6] + ["…"] * (len(units) > 6), "values": self._values[:4]}
                problem = Problem("units_by_row", Severity.ERROR, met[units[1]], name, units[1], params)
                self._findings.add(problem)
            else:
                self._beside(name, units[0])
        self._currency()

    def _beside(self, name: str, unit: str) -> None:
        """A column says that all figures are thousands, or marks; of which columns is for a person to say."""
        power, currency = power_in(unit), foreign(unit)
        for role in self._figures():
            if power and role.power != power and not self._stated(role):
                params = {"unit": unit, "beside": name}
                offers = (_scale(role, 10**power if power > 0 else 10.0**power), _scale(role, 1))
                self._findings.add(Problem("scale_beside", Severity.ERROR, None, role.column, None, params, offers))
            elif currency and (role.unit or "").startswith("€"):
                self._other_currency(role, currency)

    def _currency(self) -> None:
        """Another currency above or below the table than in the headings."""
        currency = foreign_in_lines(self._table)
        for role in self._figures() if currency else ():
            if (role.unit or "").startswith("€"):
                self._other_currency(role, str(currency))

    def _other_currency(self, role: ColumnRole, currency: str) -> None:
        if self._stated(role):
            return
        own = {"action": "role", "column": role.column, "role": "indicator", "indicator": ""}
        params = {"currency": currency, "unit": role.unit}
        offers = (_scale(role, 1), *([own] if role.indicator else ()))
        self._findings.add(Problem("other_currency", Severity.ERROR, None, role.column, None, params, offers))

    def _figures(self) -> list[ColumnRole]:
        return [role for role in self._roles if role.role == "indicator" and role.column in self._table.names]

    def _stated(self, role: ColumnRole) -> bool:
        return role.column in self._table.hints.scale or ANY in self._table.hints.scale


def foreign(text: str) -> str | None:
    """Another currency than the euro that a text names."""
    unit = unit_in(text)
    return unit if unit and unit.split("/")[0] in CURRENCIES else None


def _scale(role: ColumnRole, factor: float) -> dict[str, Any]:
    return {"action": "scale", "column": role.column, "value": f"{factor:.6f}".rstrip("0").rstrip(".")}


def _figures(table: OfficeTable, name: str) -> bool:
    cells = [cell for cell in table.sample_of(name)[:200] if clean(cell)]
    return sum(map(is_number, cells)) > 0.5 * len(cells)
