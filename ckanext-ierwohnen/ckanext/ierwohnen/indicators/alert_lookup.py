"""Conspicuous units for a reader: from the tables that the reader may see."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import ckan.plugins.toolkit as tk
import pandas as pd
from ckan.types import Context

from ckanext.ierwohnen.indicators.active import active_catalogue, watch_at
from ckanext.ierwohnen.indicators.alerts import Alert, Findings, Reason, Series, compare, concerns, find, worse
from ckanext.ierwohnen.indicators.definition import Indicator
from ckanext.ierwohnen.indicators.sources import Source, readable_sources
from ckanext.ierwohnen.indicators.vocabulary import in_language, vocabulary
from ckanext.ierwohnen.indicators.workspace import Workspace, needed_codes, workspace
from ckanext.ierwohnen.look.figure import Figure
from ckanext.ierwohnen.look.numbers import format_number
from ckanext.ierwohnen.look.template_functions import locale

SUITED = ("quarter", "statistical_district", "district", "city_district")  # levels to begin with, the best first


@dataclass(frozen=True)
class Noticed:
    """The findings of a year with what a page or an action says beside them.

    ``years``: those that may be asked for; ``levels``: code and title of each level that has tables; ``names`` and
    ``parents``: of the units; ``series``: values of each indicator, by code.
    """

    findings: Findings
    changes: dict[str, tuple[str, ...]]
    system: str | None
    level: str | None
    levels: list[tuple[str, str]]
    years: list[int]
    names: dict[str, str]
    parents: dict[str, str]
    indicators: list[Indicator]
    sources: list[Source]
    series: dict[str, Series]

    def rows(self, code: str, unit: str) -> pd.DataFrame:
        """The values of an indicator in a unit, oldest first."""
        table = self.series[code].units
        return table[(table["unit"] == unit).to_numpy()]


def find_alerts(
    context: Context, system: str | None = None, level: str | None = None, year: int | None = None,
    read: Mapping[str, pd.DataFrame] | None = None,
) -> Noticed:  # fmt: skip
    """The units of a level to look at in a year.

    :param system: id of the spatial system; the one of the newest table if None
    :param level: code of the level; the quarters if there are any, else the finest below the city
    :param year: the latest with numbers if None
    :param read: limited tables that were read for the same answer already
    :raises ObjectNotFound: no such system or level for this reader
    """
    catalogue = active_catalogue()
    readable = readable_sources(context)
    known = {code for source in readable for code in source.indicators}
    wanted = [one for one in catalogue if concerns(one) and needed_codes(one.code, catalogue) & known]
    codes = set().union(*(needed_codes(one.code, catalogue) for one in wanted)) if wanted else set()
    space = workspace(context, codes, system, level, read=read) if codes else None
    if space is None:
        nothing = Findings(None, (), (), ())
        return Noticed(nothing, {"new": (), "gone": ()}, system, level, [], [], {}, {}, [], [], {})
    chosen = level or _level(space)
    if chosen not in space.order:
        raise tk.ObjectNotFound(tk._("Spatial level not found"))
    series = space.kept.get(("series", chosen), lambda: _series(space, wanted, chosen))
    years = space.kept.get(("years", chosen), lambda: _years(series))
    year = year or (years[-1] if years else None)
    count = watch_at()
    keys = list(space.values.system.units_of(chosen))

    def at(when: int | None) -> Findings:
        holds = active_catalogue().holds
        return space.kept.get(("found", chosen, when, count), lambda: find(series.values(), keys, when, count, holds))

    findings = at(year)
    before = at(year - 1) if year else findings
    units = space.values.system.units_of(chosen).values()
    return Noticed(
        findings=findings,
        changes=dict(compare(findings, before)),
        system=space.shown["id"],
        level=chosen,
        levels=_levels(space),
        years=years,
        names={unit.key: unit.name for unit in units},
        parents={unit.key: _parent(space, chosen, unit.parent) for unit in units},
        indicators=[one for one in wanted if one.code in findings.considered],
        sources=[s for s in space.sources if set(s.indicators) & codes],
        series=series,
    )


def _level(space: Workspace) -> str:
    present = {level for source in space.sources for level in source.levels}
    return next((code for code in SUITED if code in present and code in space.order), space.finest)


def _levels(space: Workspace) -> list[tuple[str, str]]:
    """The levels below the top down to the finest that a table has."""
    system = space.values.system
    return [(level.code, level.named(locale())) for level in system.levels if level.parent is not None]


def _series(space: Workspace, wanted: list[Indicator], level: str) -> dict[str, Series]:
    found = {}
    for one in wanted:
        table = space.values.at(one.code, level)
        if table["value"].notna().any():
            found[one.code] = Series(one, table, space.values.total(one.code))
    return found


def _years(series: dict[str, Series]) -> list[int]:
    given = (one.units.loc[one.units["value"].notna(), "period"] for one in series.values())
    years = {str(period)[:4] for periods in given for period in periods.unique()}
    return sorted(int(year) for year in years if year.isdigit())


def _parent(space: Workspace, level: str, key: str | None) -> str:
    above = next((one.parent for one in space.values.system.levels if one.code == level), None)
    if above is None or key is None:
        return ""
    unit = space.values.system.units_of(above).get(key)
    return str(unit.name) if unit else ""


def alert_as_dict(alert: Alert, noticed: Noticed) -> dict[str, Any]:
    """An alert with its reasons as plain values, numbers written in the reader's language."""
    return {
        "unit": alert.unit,
        "name": noticed.names.get(alert.unit, alert.unit),
        "parent": noticed.parents.get(alert.unit, ""),
        "state": alert.state,
        "since": alert.since,
        "indicators": list(alert.codes),
        "reasons": [_reason(reason, noticed) for reason in alert.reasons],
    }


def _reason(reason: Reason, noticed: Noticed) -> dict[str, Any]:
    indicator = noticed.series[reason.code].indicator
    signed = indicator.kind["of"] == "change"
    figure = Figure.of(reason.value, reason.status, precision=indicator.precision, signed=signed, locale=locale())
    return {
        **{k: v for k, v in vars(reason).items() if k not in ("value", "status")},
        "name": indicator.name_in(locale()[:2]),
        "figure": figure.as_dict(),
        "text": reason_text(reason, indicator),
    }


def reason_text(reason: Reason, indicator: Indicator) -> str:
    """Why a unit is listed, in a line."""
    name = indicator.name_in(locale()[:2])
    if reason.kind in ("against", "faster"):
        text = {
            "against": tk._("{name} moves against the city's trend, {n} values since {since}"),
            "faster": tk._("{name} worsens faster than in the city, {n} values since {since}"),
        }[reason.kind]
        return text.format(name=name, n=reason.n, since=reason.since)
    limit = format_number(reason.limit or 0.0, locale=locale(), unit=symbol(indicator))
    since = tk._("at least since {year}") if reason.from_start else tk._("since {year}")
    high = worse(indicator) > 0
    side = tk._("{name} at {limit} or more, {since}") if high else tk._("{name} at {limit} or less, {since}")
    return side.format(name=name, limit=limit, since=since.format(year=reason.since))


def symbol(indicator: Indicator) -> str | None:
    """The unit as it stands behind a number."""
    unit = vocabulary("units").find(indicator.unit)
    return in_language(unit.more.get("symbol"), locale()[:2]) or None if unit else None


def whole(noticed: Noticed, code: str) -> dict[int, float]:
    """The city's value by year."""
    city = noticed.series[code].city
    return {int(str(p)[:4]): float(v) for p, v in zip(city["period"], city["value"], strict=True) if v == v and p}


def by_year(noticed: Noticed, code: str, unit: str) -> dict[int, float]:
    """A unit's value by year; the last one of a year."""
    rows = noticed.rows(code, unit)
    return {int(str(p)[:4]): float(v) for p, v in zip(rows["period"], rows["value"], strict=True) if v == v and p}


def as_rows(noticed: Noticed) -> list[dict[str, Any]]:
    """One row for each reason, as the download has them."""
    return [
        {
            "unit": alert.unit,
            "name": noticed.names.get(alert.unit, alert.unit),
            "state": alert.state,
            "code": reason.code,
            "kind": reason.kind,
            "period": reason.period,
            "value": reason.value,
            "status": reason.status,
            "limit": reason.limit,
            "since": reason.since,
            "slope": reason.slope,
            "city_slope": reason.city_slope,
            "n": reason.n,
            "p": reason.p,
        }
        for alert in noticed.findings.alerts
        for reason in alert.reasons
    ]
