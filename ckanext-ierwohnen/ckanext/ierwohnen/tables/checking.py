"""Checking a file for a reader: reads it, proposes roles, applies what a person chose, and collects the problems."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk
from ckan.types import Context

from ckanext.ierwohnen.places.keys import LevelKeys

from .check import CheckReport, CheckRun, check_table
from .deliveries import Source
from .interfaces import ITableIndicators
from .meanings import ColumnMeaning, column_meanings
from .office_table import OfficeTable
from .reading import read_table
from .roles import ColumnRole, IndicatorName, Role, propose_roles
from .unreadable import TableUnreadable
from .wording import reader_language

CHOOSABLE = (
    "role", "level", "system", "boundary_date", "period", "indicator", "unit", "code_list", "dimension", "code",
    "status_of",
)  # fmt: skip


@dataclass(frozen=True)
class Understood:
    """A file as it was understood: the table, and the role of each column, as proposed and as a person wants it."""

    table: OfficeTable
    roles: list[ColumnRole]
    proposed: list[ColumnRole]
    places: list[LevelKeys]
    indicators: list[IndicatorName]

    def check(self) -> CheckRun:
        """A check that is fed while the rows go by."""
        return CheckRun(self.table, self.roles, self.places, self.indicators)


def understand(
    context: Context, source: Source, choices: dict[str, Any], earlier: list[ColumnMeaning] | None = None
) -> Understood:
    """Read a file, and find the role of each column.

    :param choices: `hints` (how to read), `roles` (list of `{"column": name, "role": …}`, where a person
        differs from the proposal) and `spatial_system` (only keys of this one)
    :raises TableUnreadable: if it is not a table; ValidationError: by field, if a choice is impossible
    """
    table = read(source.path, source.filename, choices.get("hints"))
    places = level_keys(context, choices.get("spatial_system"))
    names = indicator_names()
    proposed = propose_roles(table, places, names, earlier_roles(earlier))
    roles = chosen_roles(proposed, choices.get("roles") or (), places)
    return Understood(table, roles, proposed, places, names)


def check_source(
    context: Context, source: Source, choices: dict[str, Any], earlier: list[ColumnMeaning] | None = None
) -> tuple[Understood, CheckReport]:
    """Read a file, and check all its rows; raises as `understand` does."""
    found = understand(context, source, choices, earlier)
    return found, check_table(found.table, found.roles, found.places, found.indicators)


def read(path: Path, filename: str, hints: dict[str, Any] | None) -> OfficeTable:
    """The file as a table; TableUnreadable if it is none, ValidationError if a hint is not known."""
    try:
        return read_table(path, filename, hints)
    except TypeError as error:
        raise tk.ValidationError({"hints": [tk._("One of the hints is not known.")]}) from error


@contextmanager
def in_words() -> Iterator[None]:
    """Turn TableUnreadable into a ValidationError in the reader's language: what is wrong and what to do."""
    try:
        yield
    except TableUnreadable as error:
        text = f"{error.message(reader_language())} {error.remedy(reader_language())}".strip()
        raise tk.ValidationError({"upload": [text]}) from error


def level_keys(context: Context, system: str | None = None) -> list[LevelKeys]:
    """The keys of the spatial systems that this person may read; none where the places room is off."""
    if not p.plugin_loaded("ierwohnen_places"):
        return []
    from ckanext.ierwohnen.places.lookup import readable_level_keys

    found = list(readable_level_keys(tk.fresh_context(context)))
    if not system:
        return found
    chosen = [keys for keys in found if keys.system == system]
    if not chosen:
        text = tk._('There is no spatial system "{name}" that you may read.').format(name=system)
        raise tk.ValidationError({"spatial_system": [text]})
    return chosen


def indicator_names() -> list[IndicatorName]:
    """The indicators of all catalogues that are on."""
    return [name for plugin in p.PluginImplementations(ITableIndicators) for name in plugin.table_indicators()]


def earlier_meanings(context: Context, resource_id: str) -> list[ColumnMeaning] | None:
    """What the columns of the published version mean; None before the first publication."""
    try:
        return column_meanings(context, resource_id)
    except tk.ObjectNotFound:
        return None


def earlier_roles(meanings: Iterable[ColumnMeaning] | None) -> list[ColumnRole] | None:
    """The roles that the published version of the table has, by the column names of its file."""
    known = [meaning for meaning in meanings or () if meaning.role not in (Role.STATUS, Role.UNCLEAR)]
    return [_as_role(meaning) for meaning in known] or None


def _as_role(meaning: ColumnMeaning) -> ColumnRole:
    stated = {name: getattr(meaning, name) for name in CHOOSABLE}
    return ColumnRole.from_dict({"column": meaning.label, **stated, "role": str(meaning.role)})


def chosen_roles(
    proposed: list[ColumnRole], given: Iterable[dict[str, Any]], places: Iterable[LevelKeys] = ()
) -> list[ColumnRole]:
    """The proposal with what a person chose instead. ValidationError names the column that cannot be so."""
    by_name = {role.column: place for place, role in enumerate(proposed)}
    dates = {(keys.system, keys.level): keys.boundary_date for keys in places}
    roles = list(proposed)
    wrong: list[str] = []
    for choice in given:
        name, role = choice.get("column"), choice.get("role")
        place = by_name.get(str(name))
        if place is None:
            wrong.append(tk._('There is no column "{name}" in the file.').format(name=name))
        elif role not in (None, *Role):
            wrong.append(tk._('Column "{name}": there is no role "{role}".').format(name=name, role=role))
        else:
            roles[place] = _replaced(roles[place], choice, dates)
    if wrong:
        raise tk.ValidationError({"roles": wrong})
    return roles


def _replaced(role: ColumnRole, choice: dict[str, Any], dates: dict[tuple[str | None, str | None], date]) -> ColumnRole:
    """The role as chosen; of the proposal only what fits the same role is kept, and the period of a wide column."""
    new = choice.get("role") or role.role
    kept = role.as_dict() if new == role.role else {"period": role.period, "dimension": None}
    chosen = ColumnRole.from_dict({**kept, **choice, "column": role.column, "role": new})
    if chosen.role == Role.KEY:
        chosen = replace(chosen, boundary_date=dates.get((chosen.system, chosen.level), chosen.boundary_date))
    return chosen
