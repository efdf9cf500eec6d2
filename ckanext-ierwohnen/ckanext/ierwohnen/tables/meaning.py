"""The meaning of a column as the data dictionary keeps it. No CKAN here: writers and rules use it, too."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from .roles import Role

PERIOD_PATTERN = r"\d{4}(-(Q[1-4]|H[12]|\d{2}(-\d{2})?))?(/\d{4}(-\d{2}(-\d{2})?)?)?"

@dataclass(frozen=True)
class ColumnMeaning:
    """One column of a DataStore table.

    In a wide table `period` (ISO text) and `code` (of `dimension`) say what a value column stands for;
    `status_of` names the value column whose official signs this column keeps; `total_keys`,
    `unassigned_keys` and `coarser_keys` are the keys of rows that are not units of this level: they are
    shown, never added up. `coarser_units` tells of those which unit they are, where that is known: the key in this
    table, the level, and the key there.
    `partial`: the rows tell of a part of what there is in the city, so their total is not the city's.
    `label_en`: the heading for English readers.
    """

    name: str
    type: str
    label: str
    role: Role
    notes: str = ""
    level: str | None = None
    system: str | None = None
    boundary_date: str | None = None
    period: str | None = None
    indicator: str | None = None
    unit: str | None = None
    code_list: str | None = None
    dimension: str | None = None
    code: str | None = None
    status_of: str | None = None
    precision: int | None = None
    total_keys: tuple[str, ...] = field(default=())
    unassigned_keys: tuple[str, ...] = field(default=())
    coarser_keys: tuple[str, ...] = field(default=())
    coarser_units: tuple[tuple[str, str, str], ...] = field(default=())
    partial: bool = False
    label_en: str = ""
    reason: str | None = None
    confidence: float | None = None

    def told(self, locale: str) -> ColumnMeaning:
        """The same with the heading for readers of a language."""
        return replace(self, label=self.label_en) if self.label_en and not locale.startswith("de") else self


def meaning(column: dict[str, Any]) -> ColumnMeaning:
    """The meaning of one field of `datastore_info`; a column without a known role is `unclear`."""
    info = column.get("info") or {}
    role = column.get("iw_role")
    precision = column.get("iw_precision")
    confidence = column.get("iw_confidence")
    return ColumnMeaning(
        name=column["id"],
        type=column["type"],
        label=info.get("label") or column["id"],
        notes=info.get("notes") or "",
        role=Role(role) if role in set(Role) else Role.UNCLEAR,
        **{
            name: column.get(f"iw_{name}") or None
            for name in (
                "level", "system", "boundary_date", "period", "indicator", "unit",
                "code_list", "dimension", "code", "status_of", "reason",
            )
        },
        precision=int(precision) if precision not in (None, "") else None,
        confidence=float(confidence) if confidence not in (None, "") else None,
        total_keys=keys(column.get("iw_total_keys")),
        unassigned_keys=keys(column.get("iw_unassigned_keys")),
        coarser_keys=keys(column.get("iw_coarser_keys")),
        coarser_units=_units(column.get("iw_coarser_units")),
        partial=column.get("iw_partial") == "yes",
        label_en=column.get("iw_label_en") or "",
    )  # fmt: skip


def keys(text: Any) -> tuple[str, ...]:
    """Keys from the text in which the data dictionary keeps them: separated by commas."""
    return tuple(part.strip() for part in str(text or "").split(",") if part.strip())


def _units(text: Any) -> tuple[tuple[str, str, str], ...]:
    """Units with the keys that stand for them: `District 1=district/1, …`."""
    pairs = (part.rpartition("=") for part in keys(text))
    found = ((key, *unit.partition("/")) for key, _, unit in pairs if key)
    return tuple((key, level, unit) for key, level, _, unit in found if level and unit)
