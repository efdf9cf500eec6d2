"""What figures are made of: a subject over units and dates, what a reader asks of it, and its readings.

A table of a dataset (`resource_sight`) and an indicator from all its tables (`indicator_sight`) are seen alike, so that
maps, charts, tables, choices and files are one code. What comes after works on the `Sight` alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import Any

import ckan.plugins.toolkit as tk
import pandas as pd
from ckan.types import Context

from ckanext.ierwohnen.indicators.points import same_point
from ckanext.ierwohnen.indicators.vocabulary import in_language, vocabulary
from ckanext.ierwohnen.places import lookup
from ckanext.ierwohnen.places.collection import Collection
from ckanext.ierwohnen.previews.ask import Ask
from ckanext.ierwohnen.previews.chart_kinds import ChartKind, divisible
from ckanext.ierwohnen.previews.ground import Ground, NoGeometry, make_ground
from ckanext.ierwohnen.previews.shape import CITY, Choice, Possible, choose, of_categories
from ckanext.ierwohnen.previews.stock_table import Lacking
from ckanext.ierwohnen.previews.subject import Subject, defined_subject
from ckanext.ierwohnen.previews.unit_table import Names
from ckanext.ierwohnen.previews.words import say
from ckanext.ierwohnen.tables.meanings import ColumnMeaning

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
    """One subject, what is asked of it, and its readings."""

    context: Context
    locale: str
    ask: Ask
    title: str
    possible: Possible
    meanings: list[ColumnMeaning] = field(default_factory=list)
    """Of the columns, where all readings are of one table."""
    subjects: list[Subject] = field(default_factory=list)
    subject: Subject | None = None
    choice: Choice | None = None
    course: pd.DataFrame = field(default_factory=pd.DataFrame)
    no_such_date: str | None = None
    """The asked date, where no reading has it: another is shown, and the page says so."""
    only_date: str | None = None
    """The date of readings that name none."""
    stock: bool = False
    """Whether the meaning of the columns is guessed: a date and numbers of a table that nobody described."""
    lacking: Lacking | None = None
    """What a table that nobody described lacks for a chart."""
    kinds: tuple[ChartKind, ...] | None = None
    """The kinds of chart that can be drawn, once somebody has asked (chart_part.kinds_of)."""
    partial: bool = False
    """Whether the readings tell of a part of what there is in the city only, so that their total is not the city's."""
    table_at: str = ""
    """The place on the page where the table of these figures stands already; empty where the preview shows it."""

    def choose(self, code: str) -> None:
        """Fill in what the address leaves open, with its dates as the readings write them: `2025` for `2025-12-31`."""
        periods = self.course["period"].dropna().unique()
        asked = same_point(self.ask.period, periods)
        self.ask = replace(self.ask, period=asked, compare=same_point(self.ask.compare, periods))
        self.choice = choose(self.ask, code, self.course)
        if asked is not None and asked != self.choice.period:
            self.no_such_date, self.ask = asked, replace(self.ask, period=None)

    # -- what a table and an indicator answer each in its way --

    def address(self, endpoint: str, **parameters: Any) -> str:
        """The address of a figure, file or page of this subject, without what is asked."""
        raise NotImplementedError

    @property
    def large(self) -> str:
        """The page on which the figures have most room; empty where there is none."""
        raise NotImplementedError

    @cached_property
    def public(self) -> bool:
        """Whether everybody may see what is shown: other sites may embed it, and caches may keep it."""
        raise NotImplementedError

    def source(self, rows: Callable[[], pd.DataFrame] | None = None) -> str:
        """Who published these readings (the shown date's where left out), as what, and under which licence.

        :param rows: gives the readings; asked only where several tables tell them
        """
        raise NotImplementedError

    def row_source(self, unit: str, level: str, period: str | None) -> str:
        """Who published this one reading of the subject, and under which licence; `unit` is empty for the whole."""
        raise NotImplementedError

    @cached_property
    def all_now(self) -> pd.DataFrame:
        """Readings of all indicators of the subject at the shown date."""
        raise NotImplementedError

    def own_names(self) -> dict[str, str]:
        """Names of units by key, where no boundaries name them."""
        raise NotImplementedError

    # -- what follows from it --

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

    @property
    def around(self) -> Area | None:
        """What names levels and the whole: the shown level's area; without units another of the same system."""
        return self.area

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
        whole = self.around.whole if self.around else say("city", self.locale)
        if self.partial:
            whole = say("whole_of_part", self.locale)
        if self.stock and self.subject is not None:
            return Names({}, say("unit", self.locale), self.subject.name)
        title = area.title if area else say("unit", self.locale)
        if area is not None and area.ground is not None:
            return Names({unit.key: unit.name for unit in area.ground.units}, title, whole)
        return Names(self.own_names(), title, whole)

    @property
    def listed(self) -> list[Subject]:
        """The indicators that the table shows, the shown one first."""
        assert self.subject is not None
        return [self.subject, *(one for one in self.subjects if one.code != self.subject.code)]

    @property
    def second(self) -> Subject | None:
        """The indicator against which the shown one is drawn: the asked one, else the next one of the same kind."""
        assert self.subject is not None
        others = [one for one in self.subjects if one.code != self.subject.code]
        asked = [one for one in others if one.code == self.ask.against]
        relative = [one for one in others if one.relative == self.subject.relative]
        return next(iter([*asked, *relative, *others]), None)


def subject_of(definition: Any, locale: str, precision: int | None = None) -> Subject:
    """The subject of an indicator of the catalogue, with unit and names in the reader's language."""

    def unit_of(unit: str) -> tuple[str, str]:
        return symbol_of(unit, locale), vocabulary("units").text(unit, language_of(locale))

    return defined_subject(definition, unit_of, precision=precision, locale=locale)


def symbol_of(unit: str, locale: str) -> str:
    """The symbol of a unit of the vocabulary; any other unit stays as the office wrote it."""
    term = vocabulary("units").find(unit)
    return in_language(term.more.get("symbol"), language_of(locale)) if term else unit


def language_of(locale: str) -> str:
    """The language of our tables for a reader's locale."""
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
