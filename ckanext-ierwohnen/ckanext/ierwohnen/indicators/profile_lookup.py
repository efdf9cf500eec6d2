"""The profile of one unit for a reader: every indicator from the tables that the reader may see, by topic."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import Context

from ckanext.ierwohnen.indicators.active import active_catalogue, preferred
from ckanext.ierwohnen.indicators.alert_lookup import Noticed, alert_as_dict, find_alerts, symbol
from ckanext.ierwohnen.indicators.alerts import Alert
from ckanext.ierwohnen.indicators.choice import ordered
from ckanext.ierwohnen.indicators.definition import Indicator
from ckanext.ierwohnen.indicators.mixing import can_be_had
from ckanext.ierwohnen.indicators.origins import Origins
from ckanext.ierwohnen.indicators.owners import owners_told
from ckanext.ierwohnen.indicators.profile import Change, Line, line
from ckanext.ierwohnen.indicators.sources import Source, readable_sources
from ckanext.ierwohnen.indicators.vocabulary import vocabulary
from ckanext.ierwohnen.indicators.workspace import Workspace, needed_codes, workspace
from ckanext.ierwohnen.look.figure import Figure
from ckanext.ierwohnen.look.template_functions import locale
from ckanext.ierwohnen.places.system import Unit

MOST_UNITS = 10_000


@dataclass(frozen=True)
class Profile:
    """The lines of a unit by topic, in the order of the catalogue; the unit's alert; the tables behind the lines."""

    unit: Unit
    level: str
    system: str
    lines: list[Line]
    sources: dict[str, list[Source]]
    noticed: Noticed | None
    alert: Alert | None


def find_profile(context: Context, system: str, level: str, key: str) -> Profile | None:
    """The profile of a unit; None where there is no unit of this key.

    :param system: id of the spatial system
    :raises ObjectNotFound: no such system or level for this reader
    """
    catalogue = active_catalogue()
    sources = [s for s in readable_sources(context) if system in s.systems]
    known = {code for source in sources for code in source.indicators}
    wanted = [one for one in catalogue if can_be_had(one, known, catalogue)]
    codes = set().union(*(needed_codes(one.code, catalogue) for one in wanted)) if wanted else set()
    space = workspace(context, codes, system, level) if codes else None
    if space is None:
        return _bare(context, system, level, key)
    if level not in space.order:
        raise tk.ObjectNotFound(tk._("Spatial level not found"))
    unit = space.values.system.units_of(level).get(key)
    if unit is None:
        return None
    lines = [made for one in wanted if (made := _line(space, one, level, key))]
    noticed = find_alerts(context, system, level, read=space.limited) if lines and level != space.order[0] else None
    alert = next((a for a in noticed.findings.alerts if a.unit == key), None) if noticed else None
    feeding = {made.indicator.code: _sources(space, made, level, key) for made in lines}
    return Profile(unit, level, system, lines, feeding, noticed, alert)


def _bare(context: Context, system: str, level: str, key: str) -> Profile | None:
    """The profile of a unit for which no table tells anything."""
    asked = {"system": system, "level": level, "limit": MOST_UNITS}
    units = tk.get_action("ierwohnen_unit_list")(tk.fresh_context(context), asked)
    found = next((u for u in units if u["key"] == key), None)
    if found is None:
        return None
    unit = Unit(level, key, found["name"], found.get("parent"))
    return Profile(unit, level, system, [], {}, None, None)


def _line(space: Workspace, indicator: Indicator, level: str, key: str) -> Line | None:
    units = space.values.at(indicator.code, level)
    return line(indicator, units, space.values.total(indicator.code), key) if len(units) else None


def _sources(space: Workspace, made: Line, level: str, key: str) -> list[Source]:
    """The tables that the latest figure really comes from."""
    origins = space.kept.get(("origins",), lambda: Origins(space.values))
    behind = origins.of(made.indicator.code, level, key, made.period)
    order = ordered(space.sources, made.indicator.code, None, preferred(), active_catalogue())
    own = [one for one in order if one.resource_id in behind]
    return [*own, *(one for one in space.sources if one.resource_id in behind and one not in own)]


def profile_as_dict(profile: Profile) -> dict[str, Any]:
    """As plain values, numbers written in the reader's language."""
    by_topic: dict[str, list[dict[str, Any]]] = {}
    for one in profile.lines:
        by_topic.setdefault(one.indicator.topic, []).append(_as_dict(one, profile))
    return {
        "system": profile.system,
        "level": profile.level,
        "unit": {"key": profile.unit.key, "name": profile.unit.name, "parent": profile.unit.parent},
        "topics": [
            {"code": topic.code, "title": topic.text(locale()), "rows": by_topic[topic.code]}
            for topic in vocabulary("topics")
            if topic.code in by_topic
        ],
        "alert": alert_as_dict(profile.alert, profile.noticed) if profile.alert and profile.noticed else None,
        "alerts_year": profile.noticed.findings.year if profile.noticed else None,
    }


def _as_dict(one: Line, profile: Profile) -> dict[str, Any]:
    indicator, sources = one.indicator, profile.sources.get(one.indicator.code) or []
    return {
        "code": indicator.code,
        "name": indicator.name_in(locale()),
        "unit": symbol(indicator) or "",
        "direction": indicator.direction,
        "compares": indicator.space != "sum",
        "period": one.period,
        "figure": _figure(indicator, *one.cell),
        "city": _figure(indicator, *one.city) if one.city else None,
        "rank": one.rank,
        "of": one.of,
        "others": list(one.others),
        "change": {str(years): _change(indicator, change) for years, change in one.changes.items()},
        "trend": {"way": one.trend.way, "n": one.trend.n, "slope": one.trend.slope, "p": one.trend.p},
        "series": [{"year": year, "value": value} for year, value in one.series.items()],
        "sources": [
            {"package": source.package_name, "title": source.package_title, "resource_id": source.resource_id,
             "address": source.address, "limited": source.limited, "owners": owners_told(source.contributors)}
            for source in sources
        ],
    }  # fmt: skip


def _figure(indicator: Indicator, value: float | None, status: str) -> dict[str, Any]:
    signed = indicator.kind["of"] == "change"
    return Figure.of(value, status, precision=indicator.precision, signed=signed, locale=locale()).as_dict()


def _change(indicator: Indicator, change: Change) -> dict[str, Any]:
    precision = 1 if change.percent else indicator.precision
    figure = Figure.of(change.value, precision=precision, signed=True, locale=locale()).as_dict()
    difference = tk._("pts") if indicator.unit == "percent" else ""
    return {**figure, "unit": "%" if change.percent else difference}
