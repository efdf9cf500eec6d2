"""An indicator as its figures see it: its values over the units of a level, whatever tables they come from.

The values are those of the action `ierwohnen_indicator_values`, so an indicator that is computed can be shown as well
as one that is read, and nobody sees more than the action tells.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import ckan.plugins.toolkit as tk
import pandas as pd
from ckan.types import Context

from ckanext.ierwohnen.indicators.active import active_catalogue
from ckanext.ierwohnen.indicators.origins import shares, years_told
from ckanext.ierwohnen.look.reader import nobody
from ckanext.ierwohnen.look.template_functions import route_or_none
from ckanext.ierwohnen.previews.ask import Ask
from ckanext.ierwohnen.previews.chart_kinds import ChartKind
from ckanext.ierwohnen.previews.origin import origin
from ckanext.ierwohnen.previews.shape import CITY, Possible
from ckanext.ierwohnen.previews.sight import MOST_ROWS, Area, Sight, area_of, subject_of
from ckanext.ierwohnen.previews.subject import Subject

Behind = dict[tuple[str, str, str, str], tuple[str, ...]]
"""Names of the datasets behind a value, by indicator, level, unit (empty for the whole) and period."""


@dataclass
class IndicatorSight(Sight):
    """An indicator on a level. Made by `look_at_indicator`."""

    code: str = ""
    system: str = ""
    datasets: dict[str, dict[str, Any]] = field(default_factory=dict)
    """As `package_show` gives them, by name: all that tell a value."""
    finest: str = ""
    """The finest level that a table has."""
    behind: Behind = field(default_factory=dict)
    unit_names: dict[str, str] = field(default_factory=dict)

    def address(self, endpoint: str, **parameters: Any) -> str:
        return str(tk.h.url_for(f"ierwohnen_indicator_figure.{endpoint}", code=self.code, **parameters))

    @property
    def large(self) -> str:
        return route_or_none("ierwohnen_indicators.show", code=self.code) or ""

    @cached_property
    def around(self) -> Area | None:
        if self.area is not None or not self.finest:
            return self.area
        return area_of(self.context, self.system, self.finest, self.locale)

    @cached_property
    def public(self) -> bool:
        if not self.context.get("user"):
            return True
        if self.subject is not None and self.choice is not None:
            _ = self.all_now  # a second indicator has tables of its own, which may be for some readers only
        if any(one.get("limited") for one in self.datasets.values()):
            return False
        try:
            for name in self.datasets:
                tk.check_access("package_show", nobody(), {"id": name})
            tk.get_action("ierwohnen_spatial_system_show")(nobody(), {"id": self.system})
        except (tk.NotAuthorized, tk.ObjectNotFound):
            return False
        return True

    def source(self, rows: Callable[[], pd.DataFrame] | None = None) -> str:
        """The tables behind these readings, those of most values first, with their dates where they differ."""
        shown = self.now if rows is None else rows()
        cells = zip((str(at) for at in shown["period"]), map(frozenset, self.datasets_at(shown)), strict=True)
        told = shares(cells, list(self.datasets))
        dates = [years_told(one.first, one.last, self.locale) for one in told]
        named = [self.datasets[one.resource_id] for one in told]
        if len(set(dates)) > 1:
            named = [{**one, "title": f"{one['title']} ({when})"} for one, when in zip(named, dates, strict=True)]
        return origin(named, self.locale)

    def datasets_at(self, rows: pd.DataFrame) -> list[tuple[str, ...]]:
        """Names of the datasets behind each of these readings."""
        return [self.behind.get(key, ()) for key in _cells(rows)]

    def row_source(self, unit: str, level: str, period: str | None) -> str:
        names = self.behind.get((self.code, level, unit, str(period)), ())
        if names not in self._told:
            self._told[names] = origin([self.datasets[name] for name in names], self.locale)
        return self._told[names]

    @cached_property
    def _told(self) -> dict[tuple[str, ...], str]:
        return {}

    @cached_property
    def all_now(self) -> pd.DataFrame:
        """The values at the shown date, and those of the second indicator where both are drawn."""
        other = self.second if self.ask.chart == ChartKind.SCATTER else None
        if other is None or self.choice is None:
            return self.now
        asked = {"code": other.code, "level": self.choice.level, "period": self.choice.period, "system": self.system}
        found = _values(self.context, {name: text for name, text in asked.items() if text})
        if found is None:
            return self.now
        self.datasets.update(_datasets(self.context, [found]))
        self.behind.update(_behind([found]))
        return pd.concat([self.now, _frame(found, other.code)], ignore_index=True)

    @property
    def listed(self) -> list[Subject]:
        """Only what was read: the others of the topic are offered, not shown."""
        read = set(self.all_now["indicator"])
        return [one for one in super().listed if one.code in read]

    def own_names(self) -> dict[str, str]:
        return self.unit_names


def look_at_indicator(context: Context, code: str, ask: Ask, locale: str) -> IndicatorSight | None:
    """See an indicator for a reader; None where it has no value with a date that this reader may see.

    A level or system that does not exist counts as not asked; of a date the sight says it.
    """
    indicator = active_catalogue().find(code)
    if indicator is None:
        return None
    place = {"code": indicator.code, "source": ask.source, "system": ask.system}
    place = {name: text for name, text in place.items() if text}
    found = _values(context, {**place, "level": ask.level} if ask.level else place)
    if found is None or not any(row["period"] for row in found["results"]):
        return None
    whole = found if found["level"] == CITY else _values(context, {**place, "level": CITY})
    rows = [] if found["level"] == CITY else [found]
    course = pd.concat([_frame(one, indicator.code) for one in (*rows, whole) if one], ignore_index=True)
    told = [one for one in (*rows, whole) if one]
    subject = subject_of(indicator, locale)
    sight = IndicatorSight(
        context, locale, ask, subject.name, Possible(map=True, chart=True, table=False),
        subjects=[subject], subject=subject, course=course, code=indicator.code, system=found["system"] or "",
        datasets=_datasets(context, told), behind=_behind(told),
        unit_names={str(row["unit"]): row["name"] for one in rows for row in one["results"]},
        partial=any(source.get("owners") for one in told for source in one["sources"]),
    )  # fmt: skip
    sight.choose(indicator.code)
    assert sight.choice is not None
    if sight.choice.level is not None and sight.area is None:
        return None
    sight.finest = next((level for one in found["candidates"] for level in one["levels"] if level != CITY), "")
    if sight.around is not None:
        levels = _levels(found, sight.around.titles, sight.choice.level)
        sight.choice = replace(sight.choice, levels=levels)
    if sight.choice.level is not None:
        sight.subjects += _others(context, indicator.topic, indicator.code, locale)
    return sight


def _values(context: Context, asked: dict[str, Any]) -> dict[str, Any] | None:
    try:
        return tk.get_action("ierwohnen_indicator_values")(tk.fresh_context(context), {"limit": MOST_ROWS, **asked})
    except (tk.ObjectNotFound, tk.ValidationError, tk.NotAuthorized, KeyError):
        return None


def _frame(found: dict[str, Any], code: str) -> pd.DataFrame:
    """Values as tidy readings (tables.readings); those without a date are no part of a course."""
    rows = [row for row in found["results"] if row["period"]]
    whole = found["level"] == CITY
    return pd.DataFrame(
        {
            "unit": pd.Series([None if whole else str(row["unit"]) for row in rows], dtype=object),
            "level": found["level"],
            "system": found["system"],
            "period": pd.Series([row["period"] for row in rows], dtype=object),
            "indicator": code,
            "value": pd.Series([row["figure"]["value"] for row in rows], dtype=float),
            "status": pd.Series([row["figure"]["status"] for row in rows], dtype=object),
        }
    )


def _cells(rows: pd.DataFrame) -> Iterator[tuple[str, str, str, str]]:
    for code, level, unit, at in zip(rows["indicator"], rows["level"], rows["unit"], rows["period"], strict=True):
        yield code, str(level), "" if level == CITY else str(unit), str(at)


def _behind(told: Sequence[dict[str, Any]]) -> Behind:
    found: Behind = {}
    for one in told:
        names = [source["package"] for source in one["sources"]]
        for row in one["results"]:
            unit = "" if one["level"] == CITY else str(row["unit"])
            found[one["code"], str(one["level"]), unit, str(row["period"])] = tuple(names[at] for at in row["sources"])
    return found


def _datasets(context: Context, told: Sequence[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    sources = {source["package"]: source for one in told for source in one["sources"]}
    return {name: _dataset(context, source) for name, source in sources.items()}


def _dataset(context: Context, source: dict[str, Any]) -> dict[str, Any]:
    if source.get("limited"):  # no dataset, and no licence: it is not public
        return {"name": source["package"], "title": source["title"], "limited": True, **_owned(source)}
    shown = tk.get_action("package_show")(tk.fresh_context(context), {"id": source["package"]})
    return {**shown, "title": source["title"], **_owned(source)}


def _owned(source: dict[str, Any]) -> dict[str, Any]:
    """Of a release its owners are the source, not the one of them to which the dataset belongs."""
    return {"publisher": [{"name": source["owners"]}]} if source.get("owners") else {}


def _levels(found: dict[str, Any], titles: Mapping[str, str], shown: str | None) -> tuple[str, ...]:
    """The levels to choose from, coarse to fine: down to the finest that a table has, since values only add up.

    The whole is one of them while it is shown. Of a table that is asked for alone only its own levels count.
    """
    asked = found["rule"]["asked"] or ""
    alone = [
        one for one in found["candidates"]
        if asked and (asked in (one["package"], one["resource_id"]) or asked.upper() == one["number"])
    ]  # fmt: skip
    held = {level for one in alone or found["candidates"] for level in one["levels"]} | {shown}
    order = [level for level in titles if level != CITY]
    deepest = max((order.index(level) for level in held if level in order), default=len(order) - 1)
    return tuple([*([] if shown else [CITY]), *order[: deepest + 1]])


def _others(context: Context, topic: str, code: str, locale: str) -> list[Any]:
    """Indicators of the same topic that this reader can have: those that can be drawn against the shown one."""
    asked = {"topic": topic, "with_sources": True}
    found = tk.get_action("ierwohnen_indicator_list")(tk.fresh_context(context), asked)
    known = [active_catalogue().find(one["code"]) for one in found if one["code"] != code]
    return [subject_of(one, locale) for one in known if one is not None]
