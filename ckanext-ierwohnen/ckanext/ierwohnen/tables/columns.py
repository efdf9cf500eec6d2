"""From the check of a file to the columns of its DataStore table, with their entries in the data dictionary."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from .check import CheckReport
from .checking import Understood
from .dictionary import PLUGIN
from .load import Field, LoadPlan, load_plan
from .roles import Role
from .special_rows import RowKind
from .store import StoreColumn
from .wording import reader_language

SPECIAL_KEYS = {
    RowKind.TOTAL: "iw_total_keys",
    RowKind.NOT_ASSIGNABLE: "iw_unassigned_keys",
    RowKind.COARSER: "iw_coarser_keys",
}


def plan(found: Understood) -> LoadPlan:
    """How the rows are loaded: every value column with one for its signs; columns that a person set aside are left out.

    Special rows (total, not assignable) are kept, with their key as delivered.
    """
    styles = found.table.styles if found.converted else None
    planned = load_plan(found.table, found.roles, found.places, keep_special=True, styles=styles)
    fields = tuple(field for field in planned.fields if field.role.role != Role.UNUSED and not _is_applied(field))
    return replace(planned, fields=fields, notes=found.converted.notes if found.converted else {})


def _is_applied(field: Field) -> bool:
    """True for an office's own column of signs: they stand with their values."""
    return field.role.role == Role.STATUS and field.status_of is None


def stored(planned: LoadPlan, report: CheckReport | None = None) -> list[StoreColumn]:
    """The columns of the table with their entries in the data dictionary; after the check without needless signs.

    The entry of the key column says which keys are those of special rows.
    """
    main = planned.key.column if planned.key else None
    fields = [field for field in planned.fields if report is None or _needed(field, report)]
    return [
        _column(field, report if field.column == main else None, _notes(field, report, planned.notes))
        for field in fields
    ]


def _notes(field: Field, report: CheckReport | None, stated: Mapping[str, str]) -> list[str]:
    """How a column was converted, and why cells stay as delivered although they look wrong; for readers."""
    kept = [problem for problem in report.kept if problem.column == field.column] if report else []
    how = [stated[field.column]] if field.column in stated else []
    return [*how, *(problem.message(reader_language()) for problem in kept)]


def _needed(field: Field, report: CheckReport) -> bool:
    return field.status_of is None or bool(report.signs.get(field.column, set()) - {"ok", "missing"})


def _column(field: Field, report: CheckReport | None, notes: list[str]) -> StoreColumn:
    role = field.role
    entry: dict[str, Any] = {
        "iw_role": str(role.role),
        "iw_level": role.level,
        "iw_system": role.system,
        "iw_boundary_date": str(role.boundary_date) if role.boundary_date else None,
        "iw_period": role.period,
        "iw_indicator": role.indicator,
        "iw_unit": role.unit,
        "iw_code_list": role.code_list,
        "iw_dimension": role.dimension,
        "iw_code": role.code,
        "iw_status_of": field.status_of,
        "iw_reason": role.reason_text(reader_language()),
        "iw_confidence": round(role.confidence, 2) if role.confidence is not None else None,
    }
    if report is not None:
        entry |= special_keys(report.specials)
    filled = {name: value for name, value in entry.items() if value not in (None, "")}
    info = {"label": field.column}
    if notes and not field.status_of:
        info["notes"] = " ".join(notes)
    return StoreColumn(field.name, field.type, info, {PLUGIN: filled})


def special_keys(rows: Iterable[Any]) -> dict[str, str]:
    """The keys of special rows by their entry in the data dictionary, as delivered."""
    found: dict[str, dict[str, None]] = {name: {} for name in SPECIAL_KEYS.values()}
    for row in rows:
        name = SPECIAL_KEYS.get(row.kind)
        if name and row.key:
            found[name][row.key] = None
    return {name: ", ".join(keys) for name, keys in found.items()}
