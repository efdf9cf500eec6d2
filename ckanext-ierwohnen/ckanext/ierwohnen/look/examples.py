"""Examples for the page that shows the parts: figures of the invented city Neuwald an der Mulde."""

from __future__ import annotations

from typing import Any

from ckanext.ierwohnen.look.figure import Figure
from ckanext.ierwohnen.look.numbers import format_date, format_number
from ckanext.ierwohnen.look.text import text as _

DWELLINGS = {
    "11 Altstadt": (2730, 268, None),
    "13 Bahnhofsvorstadt": (3620, 514, None),
    "25 Industriepark Nord": (96, None, "secret"),
    "32 Auersiedlung": (3160, 344, "corrected"),
    "44 Silberhof": (690, None, "uncertain"),
    "53 Hüttelsdorf": (640, 0, "nothing"),
    "54 Königsholz": (340, None, "later"),
}
PEOPLE = [94020, 93560, 93050, 92610, 92240, 91480, 90950, 91320, 90700, 89975, 89614]
VACANCY = [11.4, 11.2, 11.0, 10.7, 10.4, 10.1, 9.8, 9.6, 9.3, 9.0, 8.7]


def table(locale: str) -> dict[str, Any]:
    """Columns and rows for the macro `table`, with a group, a sum and each kind of sign."""
    columns = [
        {"label": _("Quarter")},
        {"label": _("Dwellings"), "numeric": True},
        {"label": _("Vacant"), "numeric": True},
        {"label": _("Vacancy rate"), "unit": "%", "numeric": True},
    ]
    total = [_("Neuwald in total"), Figure.of(52316, locale=locale), Figure.of(4568, locale=locale)]
    rows = [{"kind": "sum", "cells": [*total, Figure.of(8.7, precision=1, locale=locale)]}]
    return {"columns": columns, "rows": rows + [_row(name, *values, locale) for name, values in DWELLINGS.items()]}


def _row(name: str, dwellings: int, vacant: int | None, status: str | None, locale: str) -> dict[str, Any]:
    rate = None if vacant is None else 100 * vacant / dwellings
    return {
        "cells": [
            name,
            Figure.of(dwellings, locale=locale),
            Figure.of(vacant, status, locale=locale),
            Figure.of(rate, status, precision=1, locale=locale),
        ]
    }


def key_figures(locale: str) -> list[dict[str, Any]]:
    """Arguments of the macro `key_figure`."""
    date = _("as of %(date)s", date=format_date("2025-12-31", locale=locale))
    return [
        _key_figure(_("Population"), PEOPLE, 0, None, "%", date, locale),
        _key_figure(_("Vacancy rate"), VACANCY, 1, "%", None, date, locale),
    ]


def _key_figure(
    label: str, trend: list, precision: int, unit: str | None, change_unit: str | None, date: str, locale: str
) -> dict[str, Any]:
    last, before = trend[-1], trend[-2]
    change = 100 * (last - before) / before if change_unit else last - before
    written = format_number(change, precision=1, signed=True, unit=change_unit, locale=locale)
    first_text, last_text = (format_number(v, precision=precision, locale=locale) for v in (trend[0], last))
    return {
        "label": label,
        "figure": Figure.of(last, precision=precision, locale=locale),
        "unit": unit,
        "change": written if change_unit else _("%(change)s points", change=written),
        "date": date,
        "trend": trend,
        "trend_text": _("2015 to 2025: from %(first)s to %(last)s", first=first_text, last=last_text),
    }


def classes(locale: str) -> list[dict[str, Any]]:
    """Classes of the macro `legend`, closed intervals in the sequential palette."""
    bounds = [(3.3, 4.9, 4), (5.0, 6.9, 6), (7.0, 9.9, 3), (10.0, 12.4, 2), (12.5, 14.4, 3)]
    colours = ["#ffffcc", "#a1dab4", "#41b6c4", "#2c7fb8", "#253494"]
    ranged = [
        {
            "colour": colour,
            "count": count,
            "label": _(
                "%(low)s to %(high)s",
                low=format_number(low, precision=1, locale=locale),
                high=format_number(high, precision=1, locale=locale),
            ),
        }
        for colour, (low, high, count) in zip(colours, bounds, strict=True)
    ]
    return [
        *ranged,
        {"pattern": "protected", "label": _("protected ( . )"), "count": 4},
        {"pattern": "novalue", "label": _("no value ( / … )"), "count": 2},
    ]
