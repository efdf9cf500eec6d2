"""A resource as its figures see it: what it means, what is asked, and the readings for that.

This is where the room meets the portal: authorization is asked first (CKAN's for the resource, places' for the
geometry), then data is read. What comes after works on the `Sight` alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import Any

import ckan.plugins.toolkit as tk
import pandas as pd
from ckan.types import Context

from ckanext.ierwohnen.indicators.active import active_catalogue
from ckanext.ierwohnen.indicators.vocabulary import in_language, vocabulary
from ckanext.ierwohnen.places import lookup
from ckanext.ierwohnen.places.collection import Collection
from ckanext.ierwohnen.previews.ask import Ask
from ckanext.ierwohnen.previews.chart_kinds import ChartKind, divisible
from ckanext.ierwohnen.previews.ground import Ground, NoGeometry, make_ground
from ckanext.ierwohnen.previews.shape import (
    CITY,
    UNASSIGNED,
    Choice,
    Possible,
    choose,
    choose_indicator,
    of_categories,
    possible,
)
from ckanext.ierwohnen.previews.stock_table import MOST_ROWS as STOCK_ROWS
from ckanext.ierwohnen.previews.stock_table import Lacking, stock_of, stock_readings, stock_subjects
from ckanext.ierwohnen.previews.subject import Subject, defined_subject, plain_subject
from ckanext.ierwohnen.previews.sums import with_sums
from ckanext.ierwohnen.previews.unit_table import Names
from ckanext.ierwohnen.previews.words import say
from ckanext.ierwohnen.tables.meanings import ColumnMeaning, column_meanings
from ckanext.ierwohnen.tables.readings import readings

MOST_ROWS = 200_000
"""A longer table is shown as a table only: its rows are not figures for a map, and reading them would take long."""
GROUND_WIDTH = 560.0


@dataclass(frozen=True)
class Area:
    """The spatial level that is shown: names, boundary date and the drawn ground (None if it has no geometry)."""

    system: str
    level: str
    title: str
    boundary_year: str
    ground: Ground | None
    whole: str
    titles: Mapping[str, str]
    city: str = ""
    """Name of the whole as it stands in sentences (`Neuwald`); empty where the system has no such unit."""


@dataclass
class Sight:
    """One resource, what is asked of it, and its readings. Made by `look_at`."""

    context: Context
    resource: dict[str, Any]
    package: dict[str, Any]
    meanings: list[ColumnMeaning]
    possible: Possible
    locale: str
    ask: Ask
    subjects: list[Subject] = field(default_factory=list)
    subject: Subject | None = None
    choice: Choice | None = None
    course: pd.DataFrame = field(default_factory=pd.DataFrame)
    stock: bool = False
    """Whether the meaning of the columns is guessed: a date and numbers of a table that nobody described."""
    lacking: Lacking | None = None
    """What a table that nobody described lacks for a chart."""
    kinds: tuple[ChartKind, ...] | None = None
    """The kinds of chart that can be drawn, once somebody has asked (chart_part.kinds_of)."""

    @property
    def figures(self) -> bool:
        """Whether there are readings to draw; otherwise the resource is a plain table."""
        return self.subject is not None and self.choice is not None and len(self.course) > 0

    @cached_property
    def area(self) -> Area | None:
        """The level on the ground; None if the units have no spatial system that this reader may see."""
        choice = self.choice
        if choice is None or choice.level is None:
            return None
        systems = self.course.loc[self.course["level"] == choice.level, "system"].dropna().unique()
        return area_of(self.context, str(systems[0]), choice.level, self.locale) if len(systems) else None

    @cached_property
    def here(self) -> pd.DataFrame:
        """Readings of the subject over all dates: the shown level and the whole, of the chosen categories."""
        assert self.choice is not None
        rows = of_categories(self.course, self.choice.dimensions)
        return rows[rows["level"].isin([self.choice.level, CITY])]

    @cached_property
    def now(self) -> pd.DataFrame:
        """Readings of the subject at the shown date."""
        assert self.choice is not None
        return self.here if self.choice.period is None else self.here[self.here["period"] == self.choice.period]

    @cached_property
    def all_now(self) -> pd.DataFrame:
        """Readings of all indicators of the table at the shown date."""
        assert self.choice is not None
        rows = readings(self.context, self.resource["id"], period=self.choice.period, specials=True)
        rows = with_sums(rows, {one.code for one in self.subjects if one.additive})
        rows = of_categories(rows, self.choice.dimensions)
        return rows[rows["level"].isin([self.choice.level, CITY])]

    @cached_property
    def all_categories_now(self) -> pd.DataFrame:
        """Readings of the subject at the shown date: all levels, and all categories of each dimension."""
        assert self.choice is not None
        rows = self.course
        return rows if self.choice.period is None else rows[rows["period"] == self.choice.period]

    @cached_property
    def splits(self) -> list[str]:
        """The dimensions by which the shown count can be divided; the asked one first."""
        assert self.choice is not None and self.subject is not None
        if self.subject.relative:
            return []
        found = divisible(self.all_categories_now, self.choice.categories)
        return sorted(found, key=lambda name: name != self.ask.split)

    @cached_property
    def names(self) -> Names:
        """What rows and lines are called: by the spatial system, else by the table's own names, else by key."""
        area = self.area
        whole = area.whole if area else say("city", self.locale)
        if self.stock and self.subject is not None:
            return Names({}, say("unit", self.locale), self.subject.name)
        title = area.title if area else say("unit", self.locale)
        if area is not None and area.ground is not None:
            return Names({unit.key: unit.name for unit in area.ground.units}, title, whole)
        return Names(self._own_names(), title, whole)

    def _own_names(self) -> dict[str, str]:
        """Names from the table itself, where one of its columns holds them."""
        by_role = {str(one.role): one.name for one in reversed(self.meanings)}
        if "key" not in by_role or "name" not in by_role:
            return {}
        found = tk.get_action("datastore_search")(
            tk.fresh_context(self.context),
            {
                "resource_id": self.resource["id"],
                "fields": [by_role["key"], by_role["name"]],
                "distinct": True,
                "limit": 10_000,
                "include_total": False,
            },
        )
        return {str(row[by_role["key"]]): str(row[by_role["name"]]) for row in found["records"]}


def look_at(context: Context, resource_id: str, ask: Ask, locale: str) -> Sight:
    """See a resource for a reader.

    :raises NotAuthorized: if the reader may not see it; ObjectNotFound: if it or its table does not exist
    """
    resource = tk.get_action("resource_show")(tk.fresh_context(context), {"id": resource_id})
    package = tk.get_action("package_show")(tk.fresh_context(context), {"id": resource["package_id"]})
    meanings = column_meanings(context, resource_id)
    allowed = possible(meanings)
    sight = Sight(context, resource, package, meanings, allowed, locale, ask)
    if (allowed.map or allowed.chart) and _rows(context, resource_id) <= MOST_ROWS:
        _choose(sight)
    elif not (allowed.map or allowed.chart):
        _choose_stock(sight)
    return sight


def figures_of(context: Context, resource_id: str, *, stock: bool = False) -> Possible:
    """Which figures a resource allows; none where it has no table that this reader may see.

    :param stock: a chart also for a table that nobody described, where it has a date and numbers
    """
    try:
        meanings = column_meanings(context, resource_id)
        allowed = possible(meanings)
        return replace(allowed, chart=allowed.chart or (stock and stock_of(meanings) is not None))
    except (tk.ObjectNotFound, tk.NotAuthorized, tk.ValidationError):
        return Possible(map=False, chart=False, table=False)


def _choose(sight: Sight) -> None:
    sight.subjects = _subjects(sight.meanings, sight.locale)
    codes = [one.code for one in sight.subjects]
    code = choose_indicator(sight.ask.indicator, codes, (one.code for one in sight.subjects if one.relative))
    sight.subject = next(one for one in sight.subjects if one.code == code)
    rows = readings(sight.context, sight.resource["id"], indicator=code, specials=True)
    rows = rows[rows["level"] != UNASSIGNED]
    sight.course = with_sums(rows, {code} if sight.subject.additive else ())
    if len(sight.course):
        sight.choice = choose(sight.ask, code, sight.course)


def _choose_stock(sight: Sight) -> None:
    """The course of a table that nobody described; without one `lacking` says what would help."""
    stock = stock_of(sight.meanings)
    if stock is None:
        sight.lacking = Lacking.COLUMNS
        return
    subjects = stock_subjects(stock)
    subject = next((one for one in subjects if one.code == sight.ask.indicator), subjects[0])
    wanted = {"resource_id": sight.resource["id"], "fields": [stock.date.name, subject.code], "limit": STOCK_ROWS}
    found = tk.get_action("datastore_search")(tk.fresh_context(sight.context), wanted)
    if int(found.get("total") or 0) > STOCK_ROWS:
        sight.lacking = Lacking.FEWER_ROWS
        return
    course = stock_readings(stock, found["records"], subject.code)
    if course is None:
        sight.lacking = Lacking.ONE_ROW_A_DATE
        return
    sight.stock, sight.subjects, sight.subject, sight.course = True, subjects, subject, course
    sight.choice = choose(sight.ask, subject.code, course)


def _rows(context: Context, resource_id: str) -> int:
    found = tk.get_action("datastore_search")(
        tk.fresh_context(context), {"resource_id": resource_id, "limit": 0, "total_estimation_threshold": 1000}
    )
    return int(found.get("total") or 0)


def _subjects(meanings: Sequence[ColumnMeaning], locale: str) -> list[Subject]:
    """The indicators of a table, each once (a wide table has a column per date), in the order of its columns."""
    found: dict[str, Subject] = {}
    for one in meanings:
        code = one.indicator or one.name
        if str(one.role) == "indicator" and code not in found:
            found[code] = _subject(one, code, locale)
    return list(found.values())


def _subject(meaning: ColumnMeaning, code: str, locale: str) -> Subject:
    definition = active_catalogue().find(meaning.indicator)
    if definition is None:
        symbol = _symbol(meaning.unit or "", locale)
        return plain_subject(code, meaning.label, symbol, meaning.precision, locale, counted=_counts(meaning.unit))

    def unit_of(unit: str) -> tuple[str, str]:
        return _symbol(unit, locale), vocabulary("units").text(unit, _language(locale))

    return defined_subject(definition, unit_of, precision=meaning.precision, locale=locale)


def _counts(unit: str | None) -> bool:
    """Whether things are counted in this unit, as far as the vocabulary knows it."""
    counted = [term for term in vocabulary("units").terms if term.more.get("dimension") == "count"]
    return bool(unit) and any(unit in (term.code, *term.label.values()) for term in counted)


def _symbol(unit: str, locale: str) -> str:
    """The symbol of a unit of the vocabulary; any other unit stays as the office wrote it."""
    term = vocabulary("units").find(unit)
    return in_language(term.more.get("symbol"), _language(locale)) if term else unit


def _language(locale: str) -> str:
    return "de" if locale.startswith("de") else "en"


def area_of(context: Context, system: str, level: str, locale: str) -> Area | None:
    """A level as ground for maps, with names and boundary date; None if this reader may not see it."""
    try:
        shown = tk.get_action("ierwohnen_spatial_system_show")(tk.fresh_context(context), {"id": system})
    except (tk.ObjectNotFound, tk.NotAuthorized, KeyError):
        return None
    levels = {one["code"]: one for one in shown["levels"]}
    if level not in levels:
        return None
    german = locale.startswith("de")
    titles = {code: (not german and one.get("title_en")) or one["title"] for code, one in levels.items()}
    year, ground = str(shown["boundary_date"])[:4], _ground(context, shown, level)
    city = _city(context, shown)
    whole = say("whole", locale, name=city) if city else say("city", locale)
    return Area(system, level, titles[level], year, ground, whole, titles, city)


def _city(context: Context, shown: dict[str, Any]) -> str:
    """The name of the one unit of the coarsest level, if there is such."""
    coarsest = next((one for one in shown["levels"] if not one.get("parent") and one.get("units") == 1), None)
    if coarsest is None:
        return ""
    units = tk.get_action("ierwohnen_unit_list")(
        tk.fresh_context(context), {"system": shown["id"], "level": coarsest["code"], "limit": 1}
    )
    return str(units[0]["name"]) if units else ""


def _ground(context: Context, shown: dict[str, Any], level: str) -> Ground | None:
    try:
        collection = lookup.geometry(context, shown["id"], level, "fine")
    except tk.ObjectNotFound:
        return None
    return _drawn(Collection(shown["dataset_id"], shown["revision"], level, collection))


@lru_cache(maxsize=24)
def _drawn(collection: Collection) -> Ground | None:
    try:
        return make_ground(collection.features, GROUND_WIDTH)
    except NoGeometry:
        return None
