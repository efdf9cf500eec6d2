"""The figures of a page: map, chart and table with titles, sources, links and text alternatives, ready to place.

Resource views and pages (home, dataset) use the same parts; the templates `ierwohnen/previews/*.html` show them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import ckan.plugins.toolkit as tk
import pandas as pd
from ckan.types import Context
from markupsafe import Markup

from ckanext.ierwohnen.look.figure import Figure
from ckanext.ierwohnen.look.numbers import format_date
from ckanext.ierwohnen.previews.alternative import map_words, summary
from ckanext.ierwohnen.previews.ask import Ask
from ckanext.ierwohnen.previews.charts import Chart
from ckanext.ierwohnen.previews.choropleth import ClassedMap, classed_map, map_svg
from ckanext.ierwohnen.previews.classes import Kind
from ckanext.ierwohnen.previews.course import Line, Part, course_chart
from ckanext.ierwohnen.previews.periods import before, same_day, year_of
from ckanext.ierwohnen.previews.ranking import Bar, ranking_chart
from ckanext.ierwohnen.previews.shape import CITY, chart_kind
from ckanext.ierwohnen.previews.sight import Sight, look_at
from ckanext.ierwohnen.previews.unit_table import UnitTable, change_of, figure_of, unit_table
from ckanext.ierwohnen.previews.words import by_level, say

WIDE, NARROW = 790, 340
EXTREMES = 4
MOST_LINES = 4


@dataclass(frozen=True)
class Links:
    """Addresses of a figure in its other forms."""

    table: str
    image: str
    csv: str


@dataclass(frozen=True)
class MapPart:
    """A map with what stands beside it."""

    title: str
    sub: str
    source: str
    links: Links
    svg: Markup
    unit_word: str
    legend: list[dict[str, Any]]
    statuses: list[str]
    selected: dict[str, Any] | None
    highest: list[dict[str, str]]
    lowest: list[dict[str, str]]
    units: list[dict[str, str]]
    alternative: str


@dataclass(frozen=True)
class ChartPart:
    """A chart, drawn once for the desk and once for the phone."""

    title: str
    sub: str
    source: str
    links: Links
    wide: Markup
    narrow: Markup
    alternative: str


@dataclass(frozen=True)
class TablePart:
    """The table of all units."""

    caption: str
    table: UnitTable
    links: Links


def map_part(context: Context, resource_id: str, ask: Ask, *, here: str, locale: str) -> MapPart | None:
    """The map of a resource, or None if it cannot be one.

    :param here: address of the page (without query) that units and controls link to
    :raises NotAuthorized, ObjectNotFound: see `sight.look_at`
    """
    return map_of(look_at(context, resource_id, ask, locale), here)


def chart_part(context: Context, resource_id: str, ask: Ask, *, here: str, locale: str) -> ChartPart | None:
    """The course over time, or the ranking of units where there is one date; None if there is neither."""
    return chart_of(look_at(context, resource_id, ask, locale), here)


def table_part(context: Context, resource_id: str, ask: Ask, *, here: str, locale: str) -> TablePart | None:
    """The table of units; None if the resource has no readings by unit (then it is a plain table)."""
    return table_of(look_at(context, resource_id, ask, locale), here)


def classed(sight: Sight) -> ClassedMap | None:
    """The classed ground of what is asked; None without geometry or readings."""
    if not sight.figures or sight.area is None or sight.area.ground is None or sight.subject is None:
        return None
    units = sight.now[sight.now["level"] != CITY]
    found = {
        str(unit): (float(value), str(status))
        for unit, value, status in zip(units["unit"], units["value"], units["status"], strict=True)
    }
    if not any(unit.key in found for unit in sight.area.ground.units):
        return None
    subject = sight.subject
    return classed_map(sight.area.ground, found, wish=subject.wish, unit=subject.unit, locale=sight.locale)


def map_title(sight: Sight) -> str:
    """`Leerstandsquote nach Stadtteilen, 31.12.2025`."""
    assert sight.subject is not None and sight.choice is not None
    title = by_level(sight.subject.name, sight.names.level, sight.locale)
    period = sight.choice.period or _only_date(sight.package)
    return f"{title}, {format_date(period, locale=sight.locale)}" if period else title


def _only_date(package: dict[str, Any]) -> str | None:
    """The date of a table without a column of dates: its dataset's, where that is of one date only."""
    first, last = package.get("temporal_start"), package.get("temporal_end")
    return str(last) if last and first == last else None


def dimension_label(sight: Sight, dimension: str) -> str:
    """What the table calls a dimension: `Baualter` for `building_years`."""
    return next((one.label for one in sight.meanings if dimension in (one.dimension, one.name)), dimension)


def _categories(sight: Sight) -> list[str]:
    """The chosen categories: `Baualter: bis 1918`."""
    assert sight.choice is not None
    return [f"{dimension_label(sight, name)}: {text}" for name, text in sight.choice.dimensions.items() if text]


def map_sub(sight: Sight) -> str:
    """What is measured, and the boundary date: `Leere Wohnungen in Prozent aller Wohnungen · Gebietsstand 2021`."""
    assert sight.subject is not None
    first = sight.subject.sentence.rstrip(".") or sight.subject.unit_word
    area = sight.area
    boundaries = [say("boundaries", sight.locale, year=area.boundary_year)] if area else []
    return " · ".join([first, *_categories(sight), *boundaries])


def source_of(sight: Sight) -> str:
    """Who published it, and as what."""
    organization = (sight.package.get("organization") or {}).get("title")
    return ", ".join(text for text in (organization, sight.package.get("title")) if text)


def links_of(sight: Sight, kind: str, here: str) -> Links:
    """Table, picture and CSV of the figure as it is shown now."""
    query = sight.ask.but(view=None, sort=None).query()
    tail = f"?{query}" if query else ""

    def address(endpoint: str, **parameters: str) -> str:
        return str(tk.h.url_for(f"ierwohnen_figure.{endpoint}", resource_id=sight.resource["id"], **parameters)) + tail

    table = address_of(here, sight.ask.but(view="table"))
    return Links(table, address("picture", name=kind, form="png"), address("values"))


def map_of(sight: Sight, here: str) -> MapPart | None:
    """The map of a sight; see `map_part`."""
    drawn = classed(sight)
    if drawn is None or sight.subject is None or sight.choice is None:
        return None
    title = map_title(sight)
    named = [(unit.name, figure) for unit, figure in zip(drawn.ground.units, drawn.figures, strict=True)]
    alternative = map_words(title, named, sight.locale)

    def link(key: str) -> str:
        return address_of(here, sight.ask.but(unit=key))

    svg = map_svg(drawn, alternative=alternative, ident="iw-map", selected=sight.choice.unit, link=link)
    highest, lowest = _extremes(drawn, link)
    units = sorted(({"key": unit.key, "name": unit.name} for unit in drawn.ground.units), key=lambda unit: unit["name"])
    return MapPart(
        title=title,
        sub=map_sub(sight),
        source=source_of(sight),
        links=links_of(sight, "map", here),
        svg=Markup(svg),
        unit_word=sight.subject.unit_word,
        legend=[_legend_line(one) for one in drawn.classification.classes],
        statuses=sorted({str(figure.status) for figure in drawn.figures}),
        selected=_facts(sight),
        highest=highest,
        lowest=lowest,
        units=units,
        alternative=alternative,
    )


def address_of(here: str, ask: Ask) -> str:
    """The address of a page with these wishes; `here` may name the place on the page (`/dataset/x#vorschau`)."""
    page, _, place = here.partition("#")
    query = ask.query()
    return page + (f"?{query}" if query else "") + (f"#{place}" if place else "")


def _legend_line(one: Any) -> dict[str, Any]:
    line: dict[str, Any] = {"label": one.label, "count": one.count, "colour": one.colour}
    if one.kind is not Kind.VALUE:
        line["pattern"] = "protected" if one.kind is Kind.PROTECTED else "novalue"
    return line


def _extremes(drawn: ClassedMap, link: Any) -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    """The units with the highest and the lowest values, as many as make sense without naming one twice."""
    known = [
        (unit, figure)
        for unit, figure in zip(drawn.ground.units, drawn.figures, strict=True)
        if figure.value is not None
    ]
    known.sort(key=lambda pair: (-(pair[1].value or 0.0), pair[0].name))
    count = min(EXTREMES, len(known) // 2)

    def listed(pairs: Sequence[Any]) -> list[dict[str, str]]:
        return [{"name": unit.name, "href": link(unit.key), "text": figure.text} for unit, figure in pairs]

    return listed(known[:count]), listed(known[::-1][:count])


def _facts(sight: Sight) -> dict[str, Any] | None:
    """The figures of the chosen unit: all indicators at the date, and the change of the shown one."""
    choice, subject = sight.choice, sight.subject
    if choice is None or subject is None or choice.unit is None:
        return None
    rows = sight.all_now[sight.all_now["unit"] == choice.unit]
    found = {
        code: (value, status)
        for code, value, status in zip(rows["indicator"], rows["value"], rows["status"], strict=True)
    }
    facts = [
        {"label": one.name, "figure": figure_of(found[one.code], one, sight.locale, unit=True)}
        for one in [subject, *(other for other in sight.subjects if other.code != subject.code)]
        if one.code in found
    ]
    earlier = before(choice.period, choice.periods) if choice.period else None
    if earlier and facts:
        past = sight.here[(sight.here["unit"] == choice.unit) & (sight.here["period"] == earlier)]
        if len(past):
            then = figure_of((past["value"].iloc[0], past["status"].iloc[0]), subject, sight.locale)
            now = figure_of(found[subject.code], subject, sight.locale)
            unit = say("points", sight.locale) if subject.unit == "%" else "%"
            label = say("since", sight.locale, period=format_date(earlier, locale=sight.locale))
            facts.append({"label": label, "figure": change_of(now, then, subject, sight.locale), "unit": unit})
    return {"key": choice.unit, "name": sight.names.units.get(choice.unit, choice.unit), "facts": facts}


def chart_of(sight: Sight, here: str) -> ChartPart | None:
    """The chart of a sight; see `chart_part`."""
    drawn = [chart_drawn(sight, width) for width in (WIDE, NARROW)]
    if drawn[0] is None or drawn[1] is None:
        return None
    title, sub = chart_title(sight)
    return ChartPart(
        title=title,
        sub=sub,
        source=source_of(sight),
        links=links_of(sight, "chart", here),
        wide=Markup(drawn[0].svg(ident="iw-chart")),
        narrow=Markup(drawn[1].svg(ident="iw-chart-narrow")),
        alternative=drawn[0].alternative,
    )


def chart_title(sight: Sight) -> tuple[str, str]:
    """Title and the line below: what, in which unit, at which dates."""
    assert sight.subject is not None and sight.choice is not None
    subject, locale = sight.subject, sight.locale
    named = subject.name if subject.name == subject.unit_word else f"{subject.name} · {subject.unit_word}"
    what = " · ".join([named, *_categories(sight)])
    if chart_kind(sight.here) == "ranking":
        return map_title(sight), what
    periods = list(sight.choice.periods)
    day = same_day(periods)
    title = say("course", locale, first=_short(periods, 0, locale), last=_short(periods, -1, locale))
    sub = say("single_dates", locale, sentence=what, day=f"{day[3:]}.{day[:2]}.") if day and locale == "de" else what
    return title, sub


def _short(periods: Sequence[str], place: int, locale: str) -> str:
    yearly = len({year_of(period) for period in periods}) == len(periods)
    return year_of(periods[place]) if yearly else format_date(periods[place], locale=locale)


def chart_drawn(sight: Sight, width: float) -> Chart | None:
    """The chart in one width."""
    if not sight.figures or sight.subject is None or sight.choice is None:
        return None
    subject, locale = sight.subject, sight.locale
    kind = chart_kind(sight.here)
    title, _ = chart_title(sight) if kind else ("", "")
    if kind == "course":
        return course_chart(
            _lines(sight), title=f"{subject.name}, {title}", unit=subject.unit, precision=subject.wish.precision,
            signed=subject.wish.signed, width=width, locale=locale,
        )  # fmt: skip
    if kind == "ranking":
        bars, city = _bars(sight)
        words = summary([(bar.name, bar.figure) for bar in bars], locale)
        return ranking_chart(
            bars, title=title, city=city, selected=sight.choice.unit, width=width, alternative=words, locale=locale
        )
    return None


def _bars(sight: Sight) -> tuple[list[Bar], Bar | None]:
    assert sight.subject is not None
    bars, city = [], None
    rows = zip(sight.now["unit"], sight.now["level"], sight.now["value"], sight.now["status"], strict=True)
    for unit, level, value, status in rows:
        figure = figure_of((value, status), sight.subject, sight.locale, unit=True)
        if level == CITY:
            city = Bar(CITY, sight.names.whole, figure)
        else:
            bars.append(Bar(str(unit), sight.names.units.get(str(unit), str(unit)), figure))
    return bars, city


def _lines(sight: Sight) -> list[Line]:
    """The chosen unit, the city, and to compare: the units with the highest and the lowest value.

    Without a chosen unit the highest one leads. Few units are all drawn.
    """
    assert sight.choice is not None
    units = sight.here[sight.here["level"] != CITY]
    city = sight.here[sight.here["level"] == CITY]
    now = units[units["period"] == sight.choice.period].dropna(subset=["value"]).sort_values("value", ascending=False)
    ranked = [str(unit) for unit in now["unit"]]
    wanted = [sight.choice.unit] if sight.choice.unit else []
    wanted += ranked if len(ranked) < MOST_LINES else [ranked[0], ranked[-1], ranked[1]]
    chosen = list(dict.fromkeys(wanted))[: MOST_LINES - 1]
    lines = [
        _line(units[units["unit"] == unit], sight.names.units.get(unit, unit), Part.OTHER if number else Part.SUBJECT)
        for number, unit in enumerate(chosen)
    ]
    return lines + ([_line(city, sight.names.whole, Part.CITY if lines else Part.SUBJECT)] if len(city) else [])


def _line(rows: pd.DataFrame, name: str, part: Part) -> Line:
    points = {
        str(period): Figure.of(None if value != value else float(value), status or None).value
        for period, value, status in zip(rows["period"], rows["value"], rows["status"], strict=True)
    }
    return Line(name, part, tuple(points.items()))


def table_of(sight: Sight, here: str) -> TablePart | None:
    """The table of a sight; see `table_part`."""
    if not sight.figures or sight.subject is None or sight.choice is None or sight.choice.level is None:
        return None
    subjects = [sight.subject, *(one for one in sight.subjects if one.code != sight.subject.code)]
    made = unit_table(
        sight.all_now, sight.here, subjects, sight.names, sight.choice.period,
        sort=sight.ask.sort, page=sight.ask.page, locale=sight.locale,
    )  # fmt: skip
    return TablePart(map_title(sight), made, links_of(sight, "map", here))
