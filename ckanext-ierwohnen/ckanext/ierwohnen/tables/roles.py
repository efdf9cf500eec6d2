"""Proposals for the role of each column, with the reason and how sure it is.

Evidence: the column's name, its values against known keys and code lists, periods, indicator names, and the roles
that the same office's earlier table had. What stays open is proposed as "unclear"; a key role is proposed only where
the values bear it out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import Any

from ckanext.ierwohnen.places.keys import LevelKeys
from ckanext.ierwohnen.tables.column_facts import facts_of
from ckanext.ierwohnen.tables.messages import catalogue, message
from ckanext.ierwohnen.tables.office_table import OfficeTable


class Role(StrEnum):
    """What a column is for."""

    KEY = "key"
    NAME = "name"
    PERIOD = "period"
    INDICATOR = "indicator"
    DIMENSION = "dimension"
    WEIGHT = "weight"
    CONTRIBUTOR = "contributor"
    NOTE = "note"
    COORDINATE = "coordinate"
    STATUS = "status"
    UNUSED = "unused"
    UNCLEAR = "unclear"


@dataclass(frozen=True)
class IndicatorName:
    """How an indicator of the catalogue may be called in a table.

    `parts` names the codes of numerator and denominator of a ratio, `factor` what the quotient is multiplied by
    (100 for per cent, 1000 for "per 1,000"). `space` says how it adds up over space: `sum`, `ratio`, `weighted_mean`
    (by the indicator `weighted_by`), `median`, `none`; None if that is not known. `least` and `most` bound what a value
    can be (a count is never negative, a share never above 100); `whole` says that it counts something.
    `titles` by language.
    """

    code: str
    names: tuple[str, ...]
    unit: str | None = None
    parts: tuple[str, str] | None = None
    factor: float = 100.0
    space: str | None = None
    weighted_by: str | None = None
    least: float | None = None
    most: float | None = None
    whole: bool = False
    titles: Mapping[str, str] = field(default_factory=dict, hash=False)

    def title(self, locale: str) -> str:
        """What the indicator is called in the reader's language; its first name if no title is known."""
        first = self.names[0] if self.names else self.code
        return self.titles.get("en" if locale.startswith("en") else "de") or first


@dataclass(frozen=True)
class ColumnRole:
    """The role of one column.

    Wide tables: an indicator column may carry a fixed `period` (ISO text) and a fixed class `code` of a `dimension`.
    `power`: the figures of the file times ten to this power are in `unit` (`measures.py`).
    `reason` is a message code; `reason_text` the sentence.
    """

    column: str
    role: str
    level: str | None = None
    system: str | None = None
    boundary_date: date | None = None
    period: str | None = None
    indicator: str | None = None
    unit: str | None = None
    code_list: str | None = None
    dimension: str | None = None
    code: str | None = None
    status_of: str | None = None
    power: int = 0
    reason: str = "role_stated"
    reason_params: Mapping[str, Any] = field(default_factory=dict)
    confidence: float = 1.0

    def reason_text(self, locale: str = "de") -> str:
        """Why this role was proposed, as a short sentence; a reason that is no code of ours is given as it is."""
        return self.reason if self.reason not in catalogue() else message(self.reason, self.reason_params, locale)

    def as_dict(self, locale: str = "de") -> dict[str, Any]:
        """The form that actions give; dates as ISO text."""
        return {
            "column": self.column,
            "role": self.role,
            "level": self.level,
            "system": self.system,
            "boundary_date": self.boundary_date and self.boundary_date.isoformat(),
            "period": self.period,
            "indicator": self.indicator,
            "unit": self.unit,
            "code_list": self.code_list,
            "dimension": self.dimension,
            "code": self.code,
            "status_of": self.status_of,
            "scale": float(f"1e{self.power}"),
            "reason": self.reason_text(locale),
            "confidence": round(self.confidence, 2),
        }

    @classmethod
    def from_dict(cls, value: Mapping[str, Any]) -> ColumnRole:
        """A role as a person or client states it; unknown fields are left aside."""
        stated: dict[str, Any] = {name: value[name] or None for name in _STATED if name in value}
        boundary = stated.get("boundary_date")
        if isinstance(boundary, str):
            stated["boundary_date"] = date.fromisoformat(boundary)
        return cls(column=value["column"], role=value.get("role") or "unclear", **stated)


OF_TWO_COLUMNS = ("role_year_of", "role_part_of")
"""Reasons of the columns whose year and month became one period: what an earlier table made of each alone is past."""

_STATED = (
    "level", "system", "boundary_date", "period", "indicator", "unit", "code_list", "dimension", "code", "status_of",
)  # fmt: skip


def propose_roles(
    table: OfficeTable,
    places: Sequence[LevelKeys] = (),
    indicators: Sequence[IndicatorName] = (),
    earlier: Sequence[ColumnRole] | None = None,
) -> list[ColumnRole]:
    """Propose a role for each column, in the order of the columns.

    :param places: the levels of all spatial systems that the reader may see
    :param indicators: the names of the catalogue
    :param earlier: roles that the same office's earlier table had, by column name
    """
    from ckanext.ierwohnen.tables.measures import settled
    from ckanext.ierwohnen.tables.role_rules import proposals
    from ckanext.ierwohnen.tables.sign_columns import with_sign_columns
    from ckanext.ierwohnen.tables.unit_columns import as_notes

    proposed = settled(table, proposals(table, facts_of(table), places, indicators), indicators)
    proposed = with_sign_columns(table, as_notes(table, proposed))
    return with_earlier(table, proposed, indicators, earlier) if earlier else proposed


def with_earlier(
    table: OfficeTable,
    proposed: Sequence[ColumnRole],
    indicators: Sequence[IndicatorName],
    earlier: Sequence[ColumnRole],
) -> list[ColumnRole]:
    """A proposal with the roles that the same office's earlier table had, by column name."""
    from ckanext.ierwohnen.tables.measures import settled

    return settled(table, [_as_before(role, earlier) for role in proposed], indicators)


def _as_before(role: ColumnRole, earlier: Sequence[ColumnRole]) -> ColumnRole:
    """An earlier table's role for a column of the same name, unless the values speak against it."""
    from ckanext.ierwohnen.tables.periods import without_period

    known = {before.column.casefold(): before for before in earlier}
    before = known.get(role.column.casefold())
    if before is None:
        by_rest = {without_period(e.column).casefold(): e for e in earlier if e.period and without_period(e.column)}
        before = by_rest.get(without_period(role.column).casefold()) if role.period else None
    if before is None or before.role == "unclear" or role.reason in OF_TWO_COLUMNS:
        return role
    if before.role == "key" and role.role != "key":
        return replace(role, role="unclear", reason="role_no_longer_key", confidence=0.3)
    kept = replace(before, column=role.column, period=role.period if before.period else None)
    if before.role == "key" and role.role == "key":
        kept = replace(kept, system=role.system, level=role.level, boundary_date=role.boundary_date)
    return replace(kept, reason="role_as_before", reason_params={}, confidence=max(role.confidence, 0.97))
