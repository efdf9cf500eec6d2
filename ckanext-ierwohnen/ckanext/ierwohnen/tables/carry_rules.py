"""By which rule each column of values goes over to other boundaries, found from the catalogue and from the table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ckanext.ierwohnen.look.numbers import only_digits
from ckanext.ierwohnen.places.carrying import Rule
from ckanext.ierwohnen.tables.additive_names import named_not_additive
from ckanext.ierwohnen.tables.crosswalk_choice import ACTION, CrosswalkChoice
from ckanext.ierwohnen.tables.messages import message
from ckanext.ierwohnen.tables.office_table import OfficeTable
from ckanext.ierwohnen.tables.roles import ColumnRole, IndicatorName

LANGUAGES = ("de", "en")
VALUES = ("indicator", "weight")


@dataclass(frozen=True)
class ColumnRule:
    """How a column goes over: the rule, the columns it is made anew from, and why (a message code).

    `columns`: numerator and denominator of a ratio, or the weight of a mean. `decimals` of a ratio or mean.
    `refused`: somebody wants the sum of what cannot be added up.
    """

    column: str
    rule: Rule
    reason: str
    columns: tuple[str, ...] = ()
    factor: float = 1.0
    decimals: int = 2
    offer: Mapping[str, Any] | None = None
    refused: bool = False

    def why(self) -> dict[str, str]:
        """The reason as a sentence in each language."""
        params = {"column": self.column, "columns": list(self.columns)}
        return {language: message(self.reason, params, language) for language in LANGUAGES}

    def offers(self) -> tuple[Mapping[str, Any], ...]:
        """What a person can choose instead."""
        return (self.offer,) if self.offer else ()


def column_rules(
    table: OfficeTable,
    roles: Sequence[ColumnRole],
    indicators: Sequence[IndicatorName],
    choice: CrosswalkChoice,
) -> dict[str, ColumnRule]:
    """The rule of each column of values, by its name."""
    known = {name.code: name for name in indicators}
    there = {role.column for role in roles} & set(table.names)
    values = [role for role in roles if role.role in VALUES and role.column in there]
    return {role.column: _rule(role, values, known, choice, table) for role in values}


def _rule(
    role: ColumnRole, values: Sequence[ColumnRole], known: Mapping[str, IndicatorName], choice: CrosswalkChoice,
    table: OfficeTable,
) -> ColumnRule:  # fmt: skip
    stated = choice.rules.get(role.column)
    if stated == "none":
        return ColumnRule(role.column, Rule.NONE, "carry_why_stated_none")
    found = _known_rule(role, values, known, choice, table)
    if stated != "sum" or found.rule is Rule.SUM:
        return found
    if found.offer:  # nothing speaks against it: the office knows
        return ColumnRule(role.column, Rule.SUM, "carry_why_stated_sum")
    reason = found.reason if found.rule is Rule.NONE else "carry_why_from_parts"
    left_out = {**choice.as_dict(), "action": ACTION, "rules": {role.column: "none"}}
    return replace(found, rule=Rule.NONE, reason=reason, offer=left_out, refused=True)


def _known_rule(
    role: ColumnRole, values: Sequence[ColumnRole], known: Mapping[str, IndicatorName], choice: CrosswalkChoice,
    table: OfficeTable,
) -> ColumnRule:  # fmt: skip
    """The rule by the catalogue and by the table; one that a person may settle has an offer."""
    if role.role == "weight":
        return ColumnRule(role.column, Rule.SUM, "carry_why_sum")
    indicator = known.get(role.indicator or "")
    if indicator is None or indicator.space is None:
        if _relative(role) or named_not_additive(role.indicator or ""):
            return ColumnRule(role.column, Rule.NONE, "carry_why_named_relative")
        offer = {**choice.as_dict(), "action": ACTION, "rules": {role.column: "sum"}}
        return ColumnRule(role.column, Rule.NONE, "carry_why_unknown", offer=offer)
    decimals = _decimals(table, role.column)
    if indicator.space == Rule.SUM and _relative(role):
        return ColumnRule(role.column, Rule.NONE, "carry_why_relative")
    if indicator.space == Rule.SUM:
        return ColumnRule(role.column, Rule.SUM, "carry_why_sum")
    if indicator.space == Rule.RATIO:
        return _ratio(role, indicator, values, decimals)
    if indicator.space == Rule.WEIGHTED_MEAN:
        weight = _beside(role, indicator.weighted_by, values)
        if weight:
            return ColumnRule(role.column, Rule.WEIGHTED_MEAN, "carry_why_mean", (weight,), decimals=decimals)
        return ColumnRule(role.column, Rule.NONE, "carry_why_no_weight")
    return ColumnRule(role.column, Rule.NONE, "carry_why_none")


def _relative(role: ColumnRole) -> bool:
    """True if name or unit say that a column holds shares, rates or prices, whatever indicator it was given."""
    return named_not_additive(f"{role.column} {role.unit or ''}")


def _ratio(role: ColumnRole, indicator: IndicatorName, values: Sequence[ColumnRole], decimals: int) -> ColumnRule:
    above, below = (_beside(role, part, values) for part in indicator.parts or (None, None))
    if above and below:
        return ColumnRule(
            role.column, Rule.RATIO, "carry_why_ratio", (above, below), indicator.factor, max(1, decimals)
        )
    if below:  # weighted by its denominator a ratio is what its parts would give
        return ColumnRule(role.column, Rule.WEIGHTED_MEAN, "carry_why_ratio_weighted", (below,), decimals=decimals)
    return ColumnRule(role.column, Rule.NONE, "carry_why_no_parts")


def _beside(role: ColumnRole, code: str | None, values: Sequence[ColumnRole]) -> str | None:
    """The column of another indicator for the same period and class as this one."""
    same = ("period", "dimension", "code")
    for other in values:
        if code and other.indicator == code and all(getattr(other, n) == getattr(role, n) for n in same):
            return other.column
    return None


def _decimals(table: OfficeTable, column: str) -> int:
    """Decimals that the office writes in a column, at most 6."""
    cells = (cell.rstrip(" )%prs") for cell in table.sample_of(column)[:200])
    tails = [cell.replace(".", ",").rpartition(",")[2] for cell in cells if "," in cell or "." in cell]
    return min(6, max((len(tail) for tail in tails if only_digits(tail)), default=0))
