"""The company's figures as its page shows them: key figures, map and table beside the city's, or a course."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import Context
from markupsafe import Markup

from ckanext.ierwohnen.company.beside import COUNTS, day_of
from ckanext.ierwohnen.company.own_figures import OwnFigure, figures
from ckanext.ierwohnen.company.schema import CLASS, DATE, PLACE
from ckanext.ierwohnen.look.figure import Figure
from ckanext.ierwohnen.look.numbers import format_date
from ckanext.ierwohnen.look.reader import reader_context
from ckanext.ierwohnen.look.signs import Status
from ckanext.ierwohnen.previews.alternative import map_words
from ckanext.ierwohnen.previews.chart_part import both_widths
from ckanext.ierwohnen.previews.choropleth import ClassedMap, classed_maps, map_svg
from ckanext.ierwohnen.previews.classes import Wish
from ckanext.ierwohnen.previews.course import Line, Part, course_chart
from ckanext.ierwohnen.previews.parts import legend_line
from ckanext.ierwohnen.previews.ranking import Bar, ranking_chart
from ckanext.ierwohnen.previews.sight import area_of
from ckanext.ierwohnen.releases.catalogue import catalogue
from ckanext.ierwohnen.tables.wording import reader_language

KEYS = ("dwellings", "vacancy_rate", "rent", "turnover_rate")
SHOWN = "vacancy_rate"


def page(context: Context, company: dict[str, Any], args: Mapping[str, str]) -> dict[str, Any] | None:
    """What the template needs; wishes that make no sense count as not made, of a date that is told (`missing`).

    :param args: `by`, `date`, `level`, `class`, `figure` from the address of the page
    """
    by = args["by"] if args.get("by") in (PLACE, DATE, CLASS) else PLACE
    shown = args["figure"] if args.get("figure") in figures() else SHOWN
    purpose = tk._("Page of the own stock")
    asked: dict[str, Any] = {"organization": company["id"], "by": by, "beside": [shown], "purpose": purpose}
    if args.get("class") in catalogue().dimensions:
        asked["class"] = args["class"]
    dates = {"reference_date": args["date"]} if args.get("date") and by != DATE else {}
    act = tk.get_action("ierwohnen_stock_figures")
    try:
        found = act(context, {**asked, **dates, "level": args.get("level", "")})
    except tk.ValidationError:  # a date that there is not
        found = act(tk.fresh_context(context), asked)
    unknown = dates and dates["reference_date"] not in found["reference_dates"]
    missing = _missing(dates["reference_date"], found["reference_date"]) if unknown else ""
    figure = next(one for one in found["figures"] if one["code"] == shown)
    return {
        "found": found, "missing": missing, "by": by, "shown": figure,
        "date": format_date(found["reference_date"], locale=_locale()),
        "key_figures": [_key(found, code) for code in KEYS],
        "table": _table(found, figure),
        "maps": _maps(context, found, figure) if by == PLACE and found["level"] else None,
        "course": _course(found, figure, company["title"]) if by == DATE else None,
        "bars": _bars(found, figure) if by == CLASS else None,
        "level_title": dict((one["level"], one["title"]) for one in found["levels"]).get(found["level"], ""),
        "classes": [(name, one.title[_locale()]) for name, one in catalogue().dimensions.items()],
        "class_title": catalogue().dimensions[found["class"]].title[_locale()],
        "source": _source(found, shown),
    }  # fmt: skip


def _missing(wished: str, shown: str) -> str:
    """That there is no stock of the date that the page's address names, and of which the figures are."""
    try:
        day = format_date(dt.date.fromisoformat(wished), locale=_locale())
        told = tk._("There is no stock of {date}.").format(date=day)
    except ValueError:
        told = tk._("The date in this page’s address is not a date.")
    return f"{told} {tk._('The figures are of {date}.').format(date=format_date(shown, locale=_locale()))}"


def _locale() -> str:
    return "en" if reader_language().startswith("en") else "de"


def _key(found: dict[str, Any], code: str) -> dict[str, Any]:
    figure = next(one for one in found["figures"] if one["code"] == code)
    city = found["total"]["city"].get(code)
    beside = "" if code in COUNTS else tk._("City: no value published")
    if city and city["value"] is not None:
        told = "\u202f".join(filter(None, (city["text"], figure["unit"])))
        beside = tk._("{city}: {figure}").format(city=_city(found, figure, "whole"), figure=told)
    unit = figure["unit"] if code != "dwellings" else ""
    return {"label": figure["title"], "unit": unit, "figure": found["total"]["figures"][code], "beside": beside}


def _table(found: dict[str, Any], shown: dict[str, Any]) -> dict[str, Any]:
    """One row for each place, date or class; the city's value of the shown figure stands beside the own one."""
    by, beside = found["by"], any(shown["code"] in row["city"] for row in found["rows"])
    heads = {PLACE: tk._("Spatial unit"), DATE: tk._("Reference date"), CLASS: tk._("Class")}
    columns: list[dict[str, Any]] = [{"label": tk._("Key"), "key": True}] if by == PLACE else []
    columns.append({"label": heads[by]})
    for one in found["figures"]:
        columns.append({"label": one["title"], "unit": one["unit"], "numeric": True})
        if beside and one["code"] == shown["code"]:
            named = tk._("City: {figure}").format(figure=one["title"])
            beside_it = _city(found, one, plain=named)
            columns.append({"label": beside_it, "unit": one["unit"], "numeric": True})

    def cells(row: dict[str, Any], name: str) -> list[Any]:
        made: list[Any] = [row["key"] or "–"] if by == PLACE else []
        made.append(name)
        for one in found["figures"]:
            made.append(row["figures"][one["code"]])
            if beside and one["code"] == shown["code"]:
                made.append(row["city"].get(one["code"], tk._("no value")))
        return made

    rows = [{"cells": cells(row, row["name"]), "kind": None} for row in found["rows"]]
    if by != DATE:
        rows.insert(0, {"cells": cells(found["total"], tk._("all dwellings")), "kind": "sum"})
    return {"columns": columns, "rows": rows, "header": 1 if by == PLACE else 0}


def _maps(context: Context, found: dict[str, Any], shown: dict[str, Any]) -> dict[str, Any] | None:
    """The own map and the city's in the same classes, so that their colours can be compared."""
    system, _, level = found["level"].partition("/")
    area = area_of(context, system, level, _locale())
    if area is None or area.ground is None:
        return None
    code = shown["code"]
    # Where the company has no dwelling there are none, and nothing of which there could be a rate or a rent.
    none: tuple[float | None, str] = (None, str(Status.NOTHING if code in COUNTS else Status.BLOCKED))
    own = {unit.key: none for unit in area.ground.units}
    own |= {row["key"]: _reading(row["figures"][code]) for row in found["rows"]}
    city = {key: _reading(of[code]) for key, of in found["city_units"].items() if code in of}
    relative = code not in COUNTS  # numbers of dwellings of one house and of the city do not compare
    several = [own, city] if city and relative else [own]
    drawn = classed_maps(
        area.ground, several, wish=Wish(precision=figures()[code].precision), unit=shown["unit"] if relative else None,
        locale=_locale(),
    )  # fmt: skip
    titles = [tk._("Own stock"), _city(found, shown)]
    apart = len(drawn) > 1 and _other_date(found, code)
    if apart:
        titles = [f"{tk._('Own stock')}, {format_date(found['reference_date'], locale=_locale())}", titles[1]]
    return {
        "apart": bool(apart),
        "legend": [legend_line(one) for one in drawn[0].classification.classes],
        "unit": shown["unit"],
        "drawn": [
            {"title": title, "svg": Markup(_svg(one, f"{shown['title']}, {title}", f"iw-own-{number}"))}
            for number, (one, title) in enumerate(zip(drawn, titles, strict=False))
        ],
    }


def _svg(drawn: ClassedMap, title: str, ident: str) -> str:
    named = [(unit.name, figure) for unit, figure in zip(drawn.ground.units, drawn.figures, strict=True)]
    return map_svg(drawn, alternative=map_words(title, named, drawn.locale), ident=ident)


def _course(found: dict[str, Any], shown: dict[str, Any], name: str) -> dict[str, Markup] | None:
    def points(which: str) -> tuple[tuple[str, float | None], ...]:
        return tuple(
            (row["key"], row[which][shown["code"]]["value"]) for row in found["rows"] if shown["code"] in row[which]
        )

    lines = [Line(name, Part.PRIVATE, points("figures"))]
    if points("city") and shown["code"] not in COUNTS:
        lines.append(Line(_city(found, shown), Part.CITY, points("city")))
    return both_widths(
        lambda width: course_chart(
            lines, title=shown["title"], unit=shown["unit"], precision=figures()[shown["code"]].precision, width=width,
            locale=_locale(),
        ),
        "iw-own-course",
    )  # fmt: skip


def _bars(found: dict[str, Any], shown: dict[str, Any]) -> dict[str, Markup] | None:
    """The classes in their own order, and as a line what stands beside: the city's value, if the figure is relative."""
    figure, total = figures()[shown["code"]], found["total"]["city"].get(shown["code"])
    bars = [Bar(row["key"], row["name"], _figure(row["figures"][shown["code"]], figure)) for row in found["rows"]]
    city = None
    if total and total["value"] is not None and shown["code"] not in COUNTS:
        city = Bar("", _city(found, shown, "whole"), _figure(total, figure))
    return both_widths(
        lambda width: ranking_chart(
            bars, title=shown["title"], city=city, width=width, locale=_locale(), as_given=True, private=True
        ),
        "iw-own-bars",
    )  # fmt: skip


def _figure(told: dict[str, Any], figure: OwnFigure) -> Figure:
    return Figure.of(told["value"], precision=figure.precision, locale=_locale())


def _city(found: dict[str, Any], shown: dict[str, Any], of: str = "period", plain: str = "") -> str:
    """What stands beside a figure: the city, or with its name an indicator that only comes near it; with its date where
    that is another one than the own stock's.

    :param of: "period" for the city's units, "whole" for the whole of it
    :param plain: how to name the city where it is the same indicator
    """
    told, date = found["city"].get(shown["code"]), _other_date(found, shown["code"], of)
    first = figures()[shown["code"]].city[0]
    name = plain or tk._("City")
    if told is not None and told["indicator"] != first:
        name = tk._("{indicator} in the city").format(indicator=_name_of(told["indicator"]))
    return f"{name}, {date}" if date else name


def _other_date(found: dict[str, Any], code: str, of: str = "period") -> str:
    """Of when the city's figures are, if not of the same day as the own ones; a course has its dates beside it."""
    period = found["city"].get(code, {}).get(of)
    if not period or (found["by"] == DATE and of == "period") or day_of(period) == found["reference_date"]:
        return ""
    return format_date(period, locale=_locale())


def _name_of(indicator: str) -> str:
    try:
        found = tk.get_action("ierwohnen_indicator_show")(reader_context(), {"code": indicator})
    except (KeyError, tk.ObjectNotFound, tk.NotAuthorized):
        return indicator
    return str(found["name"][_locale()])


def _reading(figure: dict[str, Any]) -> tuple[float | None, str]:
    return figure["value"], figure["status"]


def _source(found: dict[str, Any], shown: str) -> str:
    city, over_time = found["city"].get(shown), found["by"] == DATE
    own_dates = [row["key"] for row in found["rows"]] if over_time else [found["reference_date"]]
    own = tk._("own stock, {date}").format(date=_span(own_dates))
    if not city or not city["source"]:
        return own
    known = [row["key"] for row in found["rows"] if row["city"].get(shown, {}).get("value") is not None]
    return f"{own}; {city['source']}, {_span(known if over_time and known else [city['period']])}"


def _span(dates: list[str]) -> str:
    """A date, or from the first to the last of several."""
    first, last = (format_date(one, locale=_locale()) for one in (min(dates), max(dates)))
    return first if first == last else tk._("{first} to {last}").format(first=first, last=last)
