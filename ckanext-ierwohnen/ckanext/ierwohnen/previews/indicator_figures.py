"""Map, ranking and course of an indicator over the units of a level: drawn from its values, whatever tables they
come from (`ierwohnen_indicator_values`), so an indicator that is computed can be shown as well as one that is read.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import Context
from markupsafe import Markup

from ckanext.ierwohnen.indicators.active import active_catalogue
from ckanext.ierwohnen.indicators.origins import shares, years_told
from ckanext.ierwohnen.indicators.points import same_point
from ckanext.ierwohnen.indicators.vocabulary import in_language, vocabulary
from ckanext.ierwohnen.look.figure import Figure
from ckanext.ierwohnen.look.numbers import format_date
from ckanext.ierwohnen.previews import titles
from ckanext.ierwohnen.previews.alternative import map_words, summary
from ckanext.ierwohnen.previews.chart_part import NARROW, WIDE
from ckanext.ierwohnen.previews.charts import Chart
from ckanext.ierwohnen.previews.choropleth import ClassedMap, classed_map, map_svg
from ckanext.ierwohnen.previews.classes import asked_classes
from ckanext.ierwohnen.previews.course import Line, Part, course_chart
from ckanext.ierwohnen.previews.histogram import histogram_svg
from ckanext.ierwohnen.previews.origin import origin
from ckanext.ierwohnen.previews.parts import legend_line
from ckanext.ierwohnen.previews.ranking import Bar, ranking_chart
from ckanext.ierwohnen.previews.sight import Area, area_of
from ckanext.ierwohnen.previews.subject import Subject, defined_subject
from ckanext.ierwohnen.previews.words import by_level, say

EXTREMES = 4
MOST_CHOSEN = 3
MOST_ROWS = 200_000
WHOLE = "city"


@dataclass(frozen=True)
class Seen:
    """An indicator on a level at a date: its values as the action gives them, what it is about, and the ground."""

    code: str
    system: str
    level: str
    period: str
    periods: list[str]
    rows: list[dict[str, Any]]
    city: list[dict[str, Any]]
    subject: Subject
    area: Area
    tables: list[dict[str, Any]]
    """Datasets that the values come from; rows name them by place."""
    city_tables: list[dict[str, Any]]
    locale: str

    @property
    def source(self) -> str:
        """The tables behind the values of the date, those of most values first."""
        return sources_of(self, self.now)

    @property
    def now(self) -> list[dict[str, Any]]:
        """The values at the date."""
        return [row for row in self.rows if row["period"] == self.period]

    @property
    def title(self) -> str:
        """`Leerstandsquote nach Stadtteil, 31.12.2025`."""
        date = format_date(self.period, locale=self.locale)
        return f"{by_level(self.subject.name, self.area.title, self.locale)}, {date}"

    @property
    def sub(self) -> str:
        """What is measured, and the boundary date."""
        first = self.subject.sentence.rstrip(".") or self.subject.unit_word
        return f"{first} · {say('boundaries', self.locale, year=self.area.boundary_year)}"


def see(
    context: Context,
    code: str,
    *,
    locale: str,
    system: str | None = None,
    level: str | None = None,
    period: str | None = None,
    source: str | None = None,
) -> Seen | None:
    """An indicator as this reader may see it; None without values or without a level.

    :param period: the latest with a number if it is none of the dates there are
    """
    indicator = active_catalogue().find(code)
    if indicator is None:
        return None
    wish = {key: text for key, text in (("system", system), ("level", level), ("source", source)) if text}
    values = tk.get_action("ierwohnen_indicator_values")
    try:
        found = values(tk.fresh_context(context), {"code": code, "limit": MOST_ROWS, **wish})
        given = found["results"]
        rows = [row for row in given if row["period"] and found["level"] != WHOLE]
        if not rows:
            return None
        whole = values(tk.fresh_context(context), {"code": code, **wish, "level": WHOLE})
    except (tk.ObjectNotFound, tk.ValidationError, tk.NotAuthorized):
        return None
    area = area_of(context, found["system"], found["level"], locale)
    if area is None:
        return None
    known = sorted({row["period"] for row in rows if row["figure"]["value"] is not None})
    every = sorted({row["period"] for row in rows})
    wanted = same_point(period, every)

    def unit_of(unit: str) -> tuple[str, str]:
        term = vocabulary("units").find(unit)
        symbol = in_language(term.more.get("symbol"), locale) if term else unit
        return symbol, vocabulary("units").text(unit, locale)

    return Seen(
        code=code,
        system=found["system"],
        level=found["level"],
        period=str(wanted) if wanted in every else (known or every)[-1],
        periods=every,
        rows=rows,
        city=[row for row in whole["results"] if row["period"]],
        subject=defined_subject(indicator, unit_of, locale=locale),
        area=area,
        tables=[_dataset(context, one) for one in found["sources"]],
        city_tables=[_dataset(context, one) for one in whole["sources"]],
        locale=locale,
    )


def course_source(seen: Seen, chosen: Sequence[str]) -> str:
    """The tables behind the lines of the course, with their years where there are several."""
    units = set(_lines_of(seen, chosen))
    drawn = [(row, seen.tables) for row in seen.rows if row["unit"] in units]
    return _sources([*drawn, *((row, seen.city_tables) for row in seen.city)], seen.locale)


def sources_of(seen: Seen, rows: Sequence[dict[str, Any]]) -> str:
    """The tables behind these values of units, with the licence."""
    return _sources([(row, seen.tables) for row in rows], seen.locale)


def _sources(rows: Sequence[tuple[dict[str, Any], list[dict[str, Any]]]], locale: str) -> str:
    """Tables by the number of values that they tell, each with its dates where they differ, and the licence."""
    named = {one["name"]: one for _, tables in rows for one in tables}
    cells = [(row["period"], frozenset(tables[place]["name"] for place in row["sources"])) for row, tables in rows]
    told = shares(cells, list(named))
    dates = [years_told(one.first, one.last, locale) for one in told]
    datasets = [named[one.resource_id] for one in told]
    if len(set(dates)) > 1:
        datasets = [{**one, "title": f"{one['title']} ({when})"} for one, when in zip(datasets, dates, strict=True)]
    return origin(datasets, locale)


def _dataset(context: Context, source: dict[str, Any]) -> dict[str, Any]:
    if source.get("limited"):
        return {"name": source["package"], "title": source["title"]}  # no dataset, and no licence: it is not public
    shown = tk.get_action("package_show")(tk.fresh_context(context), {"id": source["package"]})
    return {**shown, "title": source["title"]}


def classed_of(seen: Seen, classes: str | None = None) -> ClassedMap | None:
    """The map's units in their classes; None where the level has no boundaries."""
    if seen.area.ground is None:
        return None
    readings = {row["unit"]: (row["figure"]["value"], row["figure"]["status"]) for row in seen.now}
    wish = asked_classes(seen.subject.wish, classes)
    return classed_map(seen.area.ground, readings, wish=wish, unit=seen.subject.unit, locale=seen.locale)


def map_alternative_of(seen: Seen, classed: ClassedMap) -> str:
    """The map in words."""
    named = [(unit.name, figure) for unit, figure in zip(classed.ground.units, classed.figures, strict=True)]
    return map_words(seen.title, named, seen.locale)


def map_of_indicator(
    seen: Seen, *, link: Callable[[str], str], selected: str | None = None, ident: str = "iw-map"
) -> dict[str, Any] | None:
    """The drawn map with title, legend, extremes and histogram, as plain values; None without boundaries.

    :param link: address by unit key
    """
    classed = classed_of(seen)
    if classed is None:
        return None
    words = map_alternative_of(seen, classed)
    known = [(u, f) for u, f in zip(classed.ground.units, classed.figures, strict=True) if f.value is not None]
    known.sort(key=lambda pair: (-(pair[1].value or 0.0), pair[0].name))
    count = min(EXTREMES, len(known) // 2)
    rows = [{"name": unit.name, "href": link(unit.key), "text": figure.text} for unit, figure in known]
    return {
        "title": seen.title,
        "sub": seen.sub,
        "source": seen.source,
        "unit_word": seen.subject.unit_word,
        "alternative": words,
        "svg": map_svg(classed, alternative=words, ident=ident, selected=selected, link=link),
        "legend": [legend_line(one) for one in classed.classification.classes],
        "histogram": histogram_svg(classed, title=seen.title) or "",
        "highest": rows[:count],
        "lowest": rows[::-1][:count],
        "statuses": sorted({str(figure.status) for figure in classed.figures}),
    }


def course_of(seen: Seen, chosen: Sequence[str], width: float) -> Chart | None:
    """The city and the chosen units over time; without a choice the highest and the lowest unit."""
    names = {row["unit"]: row["name"] for row in seen.rows}
    wanted = _lines_of(seen, chosen)
    lines = [
        _line([row for row in seen.rows if row["unit"] == key], names[key], Part.OTHER if number else Part.SUBJECT)
        for number, key in enumerate(wanted)
    ]
    if seen.city:
        lines.append(_line(seen.city, seen.area.whole, Part.CITY if lines else Part.SUBJECT))
    return course_chart(
        lines, title=course_title(seen, chosen), unit=seen.subject.unit, precision=seen.subject.wish.precision,
        signed=seen.subject.wish.signed, width=width, locale=seen.locale,
    )  # fmt: skip


def _lines_of(seen: Seen, chosen: Sequence[str]) -> list[str]:
    """Keys of the units that the course draws."""
    there = {row["unit"] for row in seen.rows}
    wanted = [key for key in dict.fromkeys(chosen) if key in there][:MOST_CHOSEN]
    if wanted:
        return wanted
    numbers = [row for row in seen.now if row["figure"]["value"] is not None]
    ranked = sorted(numbers, key=lambda row: -row["figure"]["value"])
    return list(dict.fromkeys(row["unit"] for row in [*ranked[:1], *ranked[-1:]]))


def course_title(seen: Seen, chosen: Sequence[str] = ()) -> str:
    """The course of the first chosen unit in a sentence, else of the city; see `titles.course_title`."""
    rows = [row for row in seen.rows if chosen and row["unit"] == chosen[0]]
    place = rows[0]["name"] if rows else seen.area.city
    line = _line(rows or seen.city, place, Part.SUBJECT) if rows or seen.city else None
    name, periods = seen.subject.name, seen.periods
    if line and not place:
        name = f"{name}, {seen.area.whole}"
    return titles.course_title(name, place if line else "", line, seen.subject, periods, seen.locale)


def ranking_of(seen: Seen, selected: str | None, width: float) -> Chart | None:
    """The units from the highest to the lowest value, with the city's value where it compares."""
    bars = [Bar(row["unit"], row["name"], _figure(row, seen)) for row in seen.now]
    city = next((row for row in seen.city if row["period"] == seen.period), None)
    whole = Bar(WHOLE, seen.area.whole, _figure(city, seen)) if city and seen.subject.relative else None
    words = summary([(bar.name, bar.figure) for bar in bars], seen.locale)
    return ranking_chart(
        bars, title=seen.title, city=whole, selected=selected, width=width, alternative=words, locale=seen.locale
    )


def both_widths(draw: Callable[[float], Chart | None], ident: str) -> dict[str, Markup] | None:
    """A chart for the desk and for the phone; None where there is nothing to draw."""
    wide, narrow = draw(WIDE), draw(NARROW)
    if wide is None or narrow is None:
        return None
    return {"wide": Markup(wide.svg(ident=ident)), "narrow": Markup(narrow.svg(ident=f"{ident}-narrow"))}


def _line(rows: list[dict[str, Any]], name: str, part: Part) -> Line:
    return Line(name, part, tuple((row["period"], row["figure"]["value"]) for row in rows))


def _figure(row: dict[str, Any], seen: Seen) -> Figure:
    given = row["figure"]
    wish = seen.subject.wish
    return Figure.of(
        given["value"], given["status"], precision=wish.precision, unit=seen.subject.unit, signed=wish.signed,
        locale=seen.locale,
    )  # fmt: skip
