"""What the page of conspicuous units shows: cards with reasons and charts, thresholds, map, what is new."""

from __future__ import annotations

from collections import Counter
from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import Context

from ckanext.ierwohnen.indicators.active import watch_at
from ckanext.ierwohnen.indicators.alert_chart import Axis, chart
from ckanext.ierwohnen.indicators.alert_lookup import Noticed, alert_as_dict, by_year, symbol, whole
from ckanext.ierwohnen.indicators.alert_map import COLOURS, unit_map
from ckanext.ierwohnen.indicators.alerts import STATES, WINDOW, Alert, has_thresholds, worse
from ckanext.ierwohnen.indicators.definition import Indicator
from ckanext.ierwohnen.indicators.wording import words
from ckanext.ierwohnen.look.figure import Figure
from ckanext.ierwohnen.look.numbers import format_number
from ckanext.ierwohnen.look.template_functions import locale
from ckanext.ierwohnen.places.lookup import geometry

CHARTS = 4  # beside each unit
PAGE = 40  # units with their charts on one page


def shown(noticed: Noticed, at_least: int) -> list[Alert]:
    """The alerts in so many indicators at once."""
    return [alert for alert in noticed.findings.alerts if len(alert.codes) >= at_least]


def pages(alerts: list[Alert]) -> int:
    """How many pages the cards need."""
    return max(1, -(-len(alerts) // PAGE))


def groups(noticed: Noticed, alerts: list[Alert], page: int = 1) -> list[dict[str, Any]]:
    """The alerts of one page by state, each with its rule and its cards; all pages have the same axes.

    :param page: counts from 1
    """
    charts = _Charts(noticed, alerts)
    shown_here = alerts[(page - 1) * PAGE : page * PAGE]
    found = []
    for state in STATES:
        cards = [
            {**alert_as_dict(alert, noticed), "charts": charts.of(alert)}
            for alert in shown_here
            if alert.state == state
        ]
        if cards:
            rule = words(f"state.{state}.rule").format(number=watch_at())
            found.append({"code": state, "title": words(f"state.{state}"), "rule": rule, "cards": cards})
    return found


def thresholds(noticed: Noticed) -> list[dict[str, Any]]:
    """The thresholds of the indicators that were looked at, as rows of a table."""
    rows = []
    for one in (one for one in noticed.indicators if has_thresholds(one)):
        side = tk._("from {limit}") if worse(one) > 0 else tk._("down to {limit}")
        limits = [one.thresholds.get(key) for key in ("watch", "act")]
        texts = ["" if limit is None else side.format(limit=_written(one, limit)) for limit in limits]
        name = {"text": named(one), "href": tk.h.url_for("ierwohnen_indicators.show", code=one.code)}
        rows.append({"cells": [name, *texts]})
    return rows


def table(noticed: Noticed, alerts: list[Alert]) -> list[dict[str, Any]]:
    """One row for each reason."""
    return [
        {"cells": [alert["name"], words(f"state.{alert['state']}"), reason["name"], reason["figure"], reason["text"]]}
        for alert in (alert_as_dict(one, noticed) for one in alerts)
        for reason in alert["reasons"]
    ]


def where(context: Context, noticed: Noticed) -> dict[str, Any] | None:
    """The map with its legend; None where the level has no boundaries."""
    if noticed.system is None or noticed.level is None:
        return None
    state: dict[str, str] = dict.fromkeys(noticed.findings.without, "without")
    state |= {alert.unit: alert.state for alert in noticed.findings.alerts}
    try:
        features = geometry(context, noticed.system, noticed.level, "coarse")
    except tk.ObjectNotFound:
        return None
    counts = Counter(state.get(unit, "none") for unit in noticed.names)
    legend = [
        {"colour": colour, "label": words(f"where.{code}"), "count": counts[code]}
        for code, colour in COLOURS.items()
        if counts[code]
    ]
    listed = [noticed.names.get(a.unit, a.unit) for a in noticed.findings.alerts if a.state == "act"]
    alt = tk._("Map. Act: {names}.").format(names=", ".join(listed) or "–")
    return {"svg": unit_map(features, state, alt), "legend": legend}


def named(indicator: Indicator) -> str:
    """Name and unit."""
    unit = symbol(indicator)
    name = indicator.name_in(locale())
    return f"{name}, {unit}" if unit else name


def _written(indicator: Indicator, value: float) -> str:
    signed = indicator.kind["of"] == "change"
    return format_number(value, locale=locale(), signed=signed)


class _Charts:
    """The charts of all cards, one axis for each indicator."""

    def __init__(self, noticed: Noticed, alerts: list[Alert]) -> None:
        self._noticed = noticed
        last = noticed.findings.year or 0
        self._years = range(max(min(noticed.years, default=last), last - WINDOW), last + 1)
        counted = Counter(code for alert in alerts for code in alert.codes)
        self._usual = [code for code, _ in counted.most_common()]
        self._axes: dict[str, Axis] = {}
        self._units = [alert.unit for alert in alerts]

    def of(self, alert: Alert) -> list[dict[str, Any]]:
        """First what the unit is listed for, then what others are listed for most."""
        codes = list(dict.fromkeys([*alert.codes, *self._usual]))[:CHARTS]
        return [self._one(code, alert) for code in codes]

    def _one(self, code: str, alert: Alert) -> dict[str, Any]:
        indicator = self._noticed.series[code].indicator
        area, city, axis = by_year(self._noticed, code, alert.unit), whole(self._noticed, code), self._axis(code)
        period, value, status = self._latest(code, alert.unit)
        figure = Figure.of(
            value, status, precision=indicator.precision, signed=indicator.kind["of"] == "change", locale=locale()
        )
        kinds = [reason.kind for reason in alert.reasons if reason.code == code]
        return {
            "name": indicator.name_in(locale()),
            "unit": symbol(indicator) or "",
            "figure": figure.as_dict(),
            "kind": kinds[0] if kinds else "",
            "href": tk.h.url_for(
                "ierwohnen_indicators.show", code=code, system=self._noticed.system, level=self._noticed.level,
                period=period, unit=alert.unit, _anchor="way",
            ),
            "svg": chart(axis, area, city, lambda v: _written(indicator, v), self._alt(indicator, area, axis)),
        }  # fmt: skip

    def _axis(self, code: str) -> Axis:
        if code not in self._axes:
            areas = [by_year(self._noticed, code, unit) for unit in self._units]
            given = [v for one in [*areas, whole(self._noticed, code)] for y, v in one.items() if y in self._years]
            limits = self._noticed.series[code].indicator.thresholds
            self._axes[code] = Axis.of(given, self._years, limits.get("watch"), limits.get("act"))
        return self._axes[code]

    def _latest(self, code: str, unit: str) -> tuple[str, float | None, str]:
        rows = self._noticed.rows(code, unit)
        rows = rows[rows["period"].map(lambda p: bool(p) and int(str(p)[:4]) in self._years)]
        if not len(rows):
            return "", None, "missing"
        last = rows.iloc[-1]
        return str(last["period"]), None if last["value"] != last["value"] else float(last["value"]), last["status"]

    def _alt(self, indicator: Indicator, area: dict[int, float], axis: Axis) -> str:
        years = sorted(year for year in area if axis.first <= year <= axis.last)
        if not years:
            return tk._("{name}: no values").format(name=indicator.name_in(locale()))
        first, last = (
            format_number(area[y], precision=indicator.precision, locale=locale()) for y in (years[0], years[-1])
        )
        text = tk._("{name}: {first} in {from_year}, {last} in {to_year}")
        return text.format(
            name=indicator.name_in(locale()), first=first, last=last, from_year=years[0], to_year=years[-1]
        )
