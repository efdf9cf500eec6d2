"""Checking a file for a reader: reads it, proposes roles, applies what a person chose, and collects the problems."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk
from ckan.types import Context

from ckanext.ierwohnen.places.keys import LevelKeys

from .check import CheckReport, CheckRun, Taken
from .check_keys import Moves
from .converting import Converted, convert
from .crosswalk_choice import CrosswalkChoice, is_crosswalk
from .crosswalk_choice import chosen as chosen_crosswalk
from .deliveries import Source
from .earlier import Earlier, compared, earlier_delivery
from .hints import Hints, HintWrong
from .interfaces import ITableIndicators
from .joined_signs import join_signs
from .locating import located
from .meanings import ColumnMeaning, column_meanings
from .measures import settled as settled_units
from .moved_keys import moves
from .named_keys import repaired_with_keys, roles_of_names, with_keys_of_names
from .office_table import Chunk, OfficeTable
from .point_files import is_points, read_points
from .reading import read_table
from .recognition import Likeness, subject
from .repairs import Repairs, RepairWrong, is_setting, settings
from .roles import ColumnRole, IndicatorName, Role, propose_roles, with_earlier
from .said_figures import as_the_file_says, said_figures
from .sign_columns import applied, as_published
from .unreadable import TableUnreadable
from .wording import Finding, reader_language, translated

CHOOSABLE = (
    "role", "level", "system", "boundary_date", "period", "indicator", "unit", "code_list", "dimension", "code",
    "status_of",
)  # fmt: skip


OF_ALL_YEARS = ("role", "indicator", "unit", "code_list", "dimension", "code")
AS_FOUND = "found"  # hint: as the file says, not as the last delivery was read
OF_ONE_FILE = ("period", "sheets")  # hints that say nothing about the next delivery
ANY_SYSTEM = "*"  # choice: match the keys with all systems, whatever the dataset names


@dataclass(frozen=True)
class Understood:
    """A file as it was understood: the table, and the role of each column, as proposed and as a person wants it.

    `said`: which figures the file itself says its columns are.
    """

    table: OfficeTable
    roles: list[ColumnRole]
    proposed: list[ColumnRole]
    places: list[LevelKeys]
    indicators: list[IndicatorName]
    declared: str | None = None
    repairs: Repairs = field(default_factory=Repairs)
    moves: Moves | None = None
    likeness: Likeness | None = None
    before: Known = field(default_factory=lambda: Known())
    carried: Mapping[str, Any] = field(default_factory=dict)
    converted: Converted | None = None
    said: Mapping[str, str | None] = field(default_factory=dict)

    def check(self) -> CheckRun:
        """A check that is fed while the rows go by."""
        return CheckRun(
            self.table, self.roles, self.places, self.indicators, self.declared, self.repairs.notes(), self.moves
        )


@dataclass(frozen=True)
class Known:
    """What is known of a table before it is read.

    `earlier`: what the columns of the published version mean. `spatial_system`: the one that the dataset names.
    `last`: how the last delivery was read, and what was set aside.
    """

    earlier: list[ColumnMeaning] | None = None
    spatial_system: str | None = None
    last: Earlier | None = None


def known(context: Context, resource: dict[str, Any]) -> Known:
    """What is known of the table of a resource."""
    package = tk.get_action("package_show")(tk.fresh_context(context), {"id": resource["package_id"]})
    meanings = earlier_meanings(context, resource["id"])
    last = earlier_delivery(resource) if meanings else None
    return Known(meanings, package.get("spatial_system") or None, last)


def understand(context: Context, source: Source, choices: dict[str, Any], before: Known | None = None) -> Understood:
    """Read a file, and find the role of each column.

    :param choices: `hints` (how to read), `roles` (list of `{"column": name, "role": …}`, where a person
        differs from the proposal), `spatial_system` (match keys with this one, instead of the one that the dataset
        names; `*` for any) and `repairs` (see `repairs.py`)
    :raises TableUnreadable: if it is not a table; ValidationError: by field, if a choice is impossible
    """
    before = before or Known()
    hints, roles, repaired = settled(choices)
    places = level_keys(context)
    table, like, carried = _read_as_before(source, hints, before, places)
    with repairs_in_words():
        repairs = Repairs.of(repaired, with_keys_of_names(table, places).names)
    table = repaired_with_keys(table, repairs, places)
    declared = _declared(places, choices.get("spatial_system"), before.spatial_system)
    names = indicator_names()
    points = located(context, table, places, declared)
    if points:
        table = points.table
        like = compared(table.names, before.earlier, before.last, source.filename)
    fresh = _proposed(table, places, declared, names)
    said = said_figures(table, fresh)
    proposed = _as_known(table, fresh, said, before, names)
    added = {**(points.roles if points else {}), **roles_of_names(table, places)}
    proposed = [added.get(role.column, role) for role in proposed]
    chosen = settled_units(table, chosen_roles(proposed, roles, places), names)
    table = applied(table, chosen)
    found = Understood(table, chosen, proposed, places, names, declared, repairs, moves(context), like, before, carried,
                       said=said)  # fmt: skip
    wish = crosswalk_choice(choices)
    return _converted(context, found, wish) if wish else found


def _read_as_before(
    source: Source, hints: dict[str, Any], before: Known, places: Iterable[LevelKeys]
) -> tuple[OfficeTable, Likeness | None, dict[str, Any]]:
    """The file, read as the last delivery was read if that gives the published columns; what a person says goes first.

    Gives the table, how it compares with the published one, and which hints were taken over.
    """
    last = before.last or Earlier()
    own = {name: value for name, value in hints.items() if value != AS_FOUND}
    carried = {name: value for name, value in last.hints.items() if name not in (*hints, *OF_ONE_FILE)}
    if carried:
        with suppress(TableUnreadable):
            table = read(source.path, source.filename, {**carried, **own})
            like = compared(with_keys_of_names(table, places).names, before.earlier, last, source.filename)
            if like is not None and like.same_columns:
                return table, like, carried
    table = read(source.path, source.filename, own)
    return table, compared(with_keys_of_names(table, places).names, before.earlier, last, source.filename), {}


def _as_known(
    table: OfficeTable, fresh: list[ColumnRole], said: dict[str, str | None], before: Known, names: list[IndicatorName]
) -> list[ColumnRole]:
    """The proposal with what the published table means, except where the file itself now says something else."""
    earlier = earlier_roles(before.earlier)
    proposed = with_earlier(table, fresh, names, earlier) if earlier else fresh
    proposed = _as_other_years(_set_aside(proposed, before.last), before.earlier)
    proposed = as_published(proposed, before.last.signs if before.last else {})
    title = table.title[0].text if table.title else ""
    return as_the_file_says(proposed, fresh, said, before.last.figures if before.last else None, names, title)


def _set_aside(proposed: list[ColumnRole], last: Earlier | None) -> list[ColumnRole]:
    """The proposal without the columns that were not published last time."""
    unused = {name.casefold() for name in last.unused} if last else set()
    return [
        replace(role, role=Role.UNUSED, reason="role_as_before", reason_params={}, confidence=0.97)
        if role.column.casefold() in unused
        else role
        for role in proposed
    ]


def _as_other_years(proposed: list[ColumnRole], earlier: Iterable[ColumnMeaning] | None) -> list[ColumnRole]:
    """The proposal in which a further year of a wide table means what the published years mean.

    A column that differs from these only by the period in its name says the same, whatever file and title are called.
    """
    known: dict[str, set[tuple[Any, ...]]] = {}
    for meaning in earlier or ():
        if meaning.period and meaning.role in (Role.INDICATOR, Role.WEIGHT):
            told = tuple(getattr(meaning, name) for name in OF_ALL_YEARS)
            known.setdefault(subject(meaning.label), set()).add(told)
    labels = {meaning.label.casefold() for meaning in earlier or ()}

    def settled_role(role: ColumnRole) -> ColumnRole:
        told = known.get(subject(role.column), set())
        if not role.period or role.role not in (Role.INDICATOR, Role.WEIGHT) or len(told) != 1:
            return role
        if role.column.casefold() in labels:
            return role
        same = dict(zip(OF_ALL_YEARS, next(iter(told)), strict=True))
        return replace(role, **same, reason="role_as_other_years", reason_params={}, confidence=0.95)

    return [settled_role(role) for role in proposed]


def _converted(context: Context, found: Understood, wish: CrosswalkChoice) -> Understood:
    """The same at the boundaries that a person chose: what is checked then is what would be published."""
    made = convert(context, wish, found.table, found.roles, found.places, found.indicators)
    carried = {role.column: role for role in made.roles if role.reason in ("role_carried", "role_old_keys")}
    proposed = [carried.get(role.column, role) for role in found.proposed]
    return replace(
        found,
        table=made.table,
        roles=[replace(role, power=0) for role in made.roles],
        proposed=proposed,
        declared=made.new.system,
        converted=made,
    )


def crosswalk_choice(choices: dict[str, Any]) -> CrosswalkChoice | None:
    """To which boundaries a person wants the table converted; None for as delivered."""
    with repairs_in_words():
        return chosen_crosswalk(choices.get("repairs") or [])


def settled(choices: dict[str, Any]) -> tuple[dict[str, Any], list[dict[str, Any]], list[dict[str, Any]]]:
    """Hints, roles, and repairs of the rows: offers that are settings become what they stand for."""
    given = choices.get("repairs") or []
    with repairs_in_words():
        hints, roles = settings(one for one in given if is_setting(one))
    rows = [one for one in given if not is_setting(one) and not is_crosswalk(one)]
    return {**(choices.get("hints") or {}), **hints}, [*(choices.get("roles") or ()), *roles], rows


@contextmanager
def repairs_in_words() -> Iterator[None]:
    """Turn RepairWrong into a ValidationError in the reader's language."""
    try:
        yield
    except RepairWrong as error:
        text = translated(Finding(error.code, dict(error.params)))
        raise tk.ValidationError({"repairs": [text]}) from error


def _declared(places: list[LevelKeys], chosen: str | None, named: str | None) -> str | None:
    """The spatial system to match: the one chosen for this table, else the one that the dataset names.

    Raises ValidationError if the chosen one is not there for this reader.
    """
    known_systems = {keys.system for keys in places}
    if chosen and chosen != ANY_SYSTEM and chosen not in known_systems and p.plugin_loaded("ierwohnen_places"):
        text = tk._('There is no spatial system "{name}" that you may read.').format(name=chosen)
        raise tk.ValidationError({"spatial_system": [text]})
    wanted = None if chosen == ANY_SYSTEM else chosen or named
    return wanted if wanted in known_systems else None


def _proposed(
    table: OfficeTable, places: list[LevelKeys], declared: str | None, names: list[IndicatorName]
) -> list[ColumnRole]:
    """The proposal with the keys of the declared system; with those of all, if none of its keys are met."""
    own = [keys for keys in places if keys.system == declared] if declared else places
    proposed = propose_roles(table, own, names)
    if declared and not any(role.role == Role.KEY and role.system for role in proposed):
        return propose_roles(table, places, names)
    return proposed


def check_source(
    context: Context,
    source: Source,
    choices: dict[str, Any],
    before: Known | None = None,
    observer: Callable[[Understood], Callable[[Chunk, Taken], None]] | None = None,
    progress: Callable[[OfficeTable, int], None] | None = None,
) -> tuple[Understood, CheckReport]:
    """Read a file, and check all its rows; raises as `understand` does.

    :param observer: gives, for what was understood, a function that sees each piece of the file as it was taken; asked
        again where the file has to be read once more
    :param progress: is told the table, and how many rows are done
    """
    found = understand(context, source, choices, before)
    while True:
        run = found.check()
        see = observer(found) if observer else None
        for chunk in found.table.chunks():
            taken = run.take(chunk)
            if see:
                see(chunk, taken)
            if progress:
                progress(found.table, run.rows)
        if run.settled():
            return found, run.report()


def read(path: Path, filename: str, hints: dict[str, Any] | None) -> OfficeTable:
    """The file as a table; TableUnreadable if it is none, ValidationError if a hint is not known."""
    try:
        if is_points(path):
            return read_points(path, filename, Hints.of(hints))
        return join_signs(read_table(path, filename, hints))
    except HintWrong as error:
        raise tk.ValidationError({"hints": [translated(Finding(error.code, dict(error.params)))]}) from error


@contextmanager
def in_words() -> Iterator[None]:
    """Turn TableUnreadable into a ValidationError in the reader's language: what is wrong and what to do."""
    try:
        yield
    except TableUnreadable as error:
        text = f"{error.message(reader_language())} {error.remedy(reader_language())}".strip()
        raise tk.ValidationError({"upload": [text]}) from error


def level_keys(context: Context) -> list[LevelKeys]:
    """The keys of the spatial systems that this person may read; none where the places room is off."""
    if not p.plugin_loaded("ierwohnen_places"):
        return []
    from ckanext.ierwohnen.places.lookup import readable_level_keys

    return list(readable_level_keys(tk.fresh_context(context)))


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
    dates: dict[tuple[str | None, str | None], date] = {(k.system, k.level): k.boundary_date for k in places}
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
