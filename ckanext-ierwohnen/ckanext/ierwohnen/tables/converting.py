"""Converts a table to other boundaries for a reader: finds the crosswalk, carries the rows over, tells the quality."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk
from ckan.types import Context

from ckanext.ierwohnen.places.crosswalk import Basis, Crosswalk
from ckanext.ierwohnen.places.keys import LevelKeys

from .carry_over import CarriedTable, CarryRefused, carry_over
from .carry_rules import column_rules
from .crosswalk_choice import CrosswalkChoice
from .messages import message
from .office_table import OfficeTable
from .roles import ColumnRole, IndicatorName, Role
from .special_rows import main_key
from .wording import Finding, reader_language, translated

BASES = {
    Basis.TABLE: "basis_table",
    Basis.AREA: "basis_area",
    Basis.WEIGHT: "basis_weight",
    Basis.DWELLINGS: "basis_dwellings",
    Basis.POPULATION: "basis_population",
    Basis.ADDRESSES: "basis_addresses",
}


@dataclass(frozen=True)
class Converted:
    """A table at other boundaries: the converted table with the roles of its columns, and how it came about."""

    carried: CarriedTable
    roles: list[ColumnRole]
    choice: CrosswalkChoice
    crosswalk: Crosswalk
    old: LevelKeys
    new: LevelKeys
    bases: list[dict[str, str]] = field(default_factory=list)

    @property
    def table(self) -> OfficeTable:
        """The converted table."""
        return self.carried.table

    @property
    def notes(self) -> dict[str, str]:
        """What readers of a column should know, for the data dictionary, in the language of who publishes."""
        language = reader_language()
        return {name: self._note(name, language) for name in self.carried.columns}

    def _note(self, name: str, language: str) -> str:
        found = self.carried.columns[name]
        sentence = message("carried_note", {**self._params(language), "how": found.rule.why()}, language)
        share = message("carried_note_split", {"share": round(100 * found.split_share, 1)}, language)
        return f"{sentence} {share}" if found.split_share else sentence

    def _params(self, language: str) -> dict[str, Any]:
        return {
            "old": str(self.old.boundary_date.year),
            "new": str(self.new.boundary_date.year),
            "basis": message(BASES[self.crosswalk.basis], {}, language),
        }

    def summary(self) -> dict[str, Any]:
        """What is kept with a publication: from, to, basis and quality, for the whole and by column."""
        quality = self.crosswalk.quality()
        return {
            **self.choice.as_dict(),
            "boundary_date_from": self.old.boundary_date.isoformat(),
            "boundary_date_to": self.new.boundary_date.isoformat(),
            "basis": str(self.crosswalk.basis),
            "quality": vars(quality).copy(),
            "columns": {
                name: {"rule": str(q.rule.rule), "split_share": q.split_share, "barred": q.barred}
                for name, q in self.carried.columns.items()
            },
        }

    def as_dict(self, language: str) -> dict[str, Any]:
        """What the check tells: the summary with sentences, and the units that were split or joined."""
        columns = [
            {"column": name, "rule": str(q.rule.rule), "why": q.rule.why()["en" if language.startswith("en") else "de"],
             "split_share": q.split_share, "barred": q.barred}
            for name, q in self.carried.columns.items()
        ]  # fmt: skip
        quality = self.crosswalk.quality()
        params = {**self._params(language), "units": quality.units, "split": quality.split}
        return {
            **self.summary(),
            "text": message("carried_summary", params, language),
            "columns": columns,
            "bases": self.bases,
            "level_title": self.new.title(language),
            "moves": self._moves(),
        }

    def _moves(self) -> list[dict[str, Any]]:
        """Shares of the units that did not stay as they are."""
        changed = [s for s in self.crosswalk.shares if not self.crosswalk.is_unchanged(s.target)]
        return [
            {"from": s.source, "from_name": self.old.units.get(s.source, ""), "to": s.target,
             "to_name": self.new.units.get(s.target, ""), "share": s.share}
            for s in changed
        ]  # fmt: skip


def convert(
    context: Context, choice: CrosswalkChoice, table: OfficeTable, roles: Sequence[ColumnRole],
    places: Sequence[LevelKeys], indicators: Sequence[IndicatorName],
) -> Converted:  # fmt: skip
    """The table at the boundaries that a person chose.

    Raises ValidationError: there is no such system or level for this reader, no crosswalk between them, or the table
    cannot be converted as it is, with the reason.
    """
    old, new = (_level(places, name, choice.level) for name in (choice.source, choice.target))
    stated = _with_old_key(roles, choice, old)
    key = main_key(table, stated, places)
    if key is None or key.level is not old:
        raise tk.ValidationError({"repairs": [translated(Finding("carry_no_key", {}))]})
    found, bases = _crosswalk(context, choice)
    rules = column_rules(table, stated, indicators, choice)
    try:
        carried = carry_over(table, stated, key, found, new, rules)
    except CarryRefused as refused:
        raise tk.ValidationError({"repairs": [translated(Finding(refused.code, refused.params))]}) from refused
    return Converted(carried, _with_new_key(stated, key.column, old, new), choice, found, old, new, bases)


def _level(places: Sequence[LevelKeys], system: str, level: str) -> LevelKeys:
    for keys in places:
        if (keys.system, keys.level) == (system, level):
            return keys
    raise tk.ValidationError({"repairs": [translated(Finding("carry_no_level", {"system": system, "level": level}))]})


def _crosswalk(context: Context, choice: CrosswalkChoice) -> tuple[Crosswalk, list[dict[str, str]]]:
    if not p.plugin_loaded("ierwohnen_places"):
        raise tk.ValidationError({"repairs": [translated(Finding("carry_no_places", {}))]})
    from ckanext.ierwohnen.places import conversion

    ends = (choice.source, choice.target, choice.level)
    try:
        found, _, _ = conversion.crosswalk(tk.fresh_context(context), *ends, choice.level, choice.basis)
        known = conversion.bases(tk.fresh_context(context), *ends)
    except tk.ValidationError as refused:
        texts = [str(text) for texts in refused.error_dict.values() for text in texts]
        raise tk.ValidationError({"repairs": texts}) from refused
    language = reader_language()
    listed = [{"value": basis, "text": message(BASES[Basis(basis)], {}, language)} for basis in known]
    return found, listed


def _with_old_key(roles: Sequence[ColumnRole], choice: CrosswalkChoice, old: LevelKeys) -> list[ColumnRole]:
    """The roles with the column of keys read at the old boundaries."""
    keyed = [role.column for role in roles if role.role == Role.KEY]
    column = choice.column or next((r.column for r in roles if r.role == Role.KEY and r.level == old.level), None)
    column = column or (keyed[0] if keyed else None)
    return [
        replace(role, role=str(Role.KEY), system=old.system, level=old.level, boundary_date=old.boundary_date)
        if role.column == column
        else role
        for role in roles
    ]


def _with_new_key(roles: Sequence[ColumnRole], column: str, old: LevelKeys, new: LevelKeys) -> list[ColumnRole]:
    """The roles after the conversion: keys of the new boundaries; a second column of keys would be of the old ones."""
    params: Mapping[str, Any] = {"old": str(old.boundary_date.year), "new": str(new.boundary_date.year)}
    made = []
    for role in roles:
        if role.column == column:
            role = replace(role, system=new.system, level=new.level, boundary_date=new.boundary_date,
                           reason="role_carried", reason_params=params, confidence=1.0)  # fmt: skip
        elif role.role == Role.KEY:
            role = ColumnRole(role.column, str(Role.UNUSED), reason="role_old_keys")
        made.append(role)
    return made
