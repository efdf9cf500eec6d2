"""From the check of a file to the columns of its DataStore table, with their entries in the data dictionary."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from .checking import Checked
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


def planned(checked: Checked) -> tuple[LoadPlan, list[StoreColumn]]:
    """How the rows are loaded, and the table that they fill. Columns that a person set aside are not in it.

    Special rows (total, not assignable) are kept with their key as delivered; the key column's entry in the data
    dictionary says which keys these are.
    """
    report = checked.report
    plan = load_plan(
        checked.table, checked.roles, checked.places,
        signs=report.signs, zero=report.zero, styles=report.styles, keep_special=True,
    )  # fmt: skip
    kept = tuple(field for field in plan.fields if field.role.role != Role.UNUSED)
    plan = replace(plan, fields=kept)
    main = plan.key.column if plan.key else None
    return plan, [_column(field, checked, field.column == main) for field in kept]


def _column(field: Field, checked: Checked, main: bool) -> StoreColumn:
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
    if main:
        entry |= special_keys(checked.report.special)
    filled = {name: value for name, value in entry.items() if value not in (None, "")}
    return StoreColumn(field.name, field.type, {"label": field.column}, {PLUGIN: filled})


def special_keys(rows: Iterable[Any]) -> dict[str, str]:
    """The keys of special rows by their entry in the data dictionary, as delivered."""
    found: dict[str, dict[str, None]] = {name: {} for name in SPECIAL_KEYS.values()}
    for row in rows:
        name = SPECIAL_KEYS.get(row.kind)
        if name and row.key:
            found[name][row.key] = None
    return {name: ", ".join(keys) for name, keys in found.items()}
