"""The chart of a sight: which kinds there are, which one is shown, its title, and the drawing ready to place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from ckan.types import Context
from markupsafe import Markup

from ckanext.ierwohnen.look.numbers import format_date
from ckanext.ierwohnen.previews import chart_data as data
from ckanext.ierwohnen.previews.alternative import summary
from ckanext.ierwohnen.previews.ask import Ask
from ckanext.ierwohnen.previews.change_plot import change_chart
from ckanext.ierwohnen.previews.chart_kinds import AGES, SEXES, ChartKind, chart_kinds
from ckanext.ierwohnen.previews.charts import Chart
from ckanext.ierwohnen.previews.composition import composition_chart
from ckanext.ierwohnen.previews.course import Part, course_chart
from ckanext.ierwohnen.previews.left_out import left_out
from ckanext.ierwohnen.previews.multiples import MOST as MOST_COURSES
from ckanext.ierwohnen.previews.multiples import multiples_chart
from ckanext.ierwohnen.previews.parts import (
    Links,
    dimension_label,
    links_of,
    map_title,
    shown_date,
    shown_name,
    sums_of,
)  # fmt: skip
from ckanext.ierwohnen.previews.periods import same_day
from ckanext.ierwohnen.previews.pyramid import pyramid_chart
from ckanext.ierwohnen.previews.ranking import ranking_chart
from ckanext.ierwohnen.previews.resource_sight import look_at
from ckanext.ierwohnen.previews.scatter import Scale, connection, scatter_chart
from ckanext.ierwohnen.previews.shape import CITY
from ckanext.ierwohnen.previews.sight import Sight
from ckanext.ierwohnen.previews.titles import course_title, multiples_title, per_level
from ckanext.ierwohnen.previews.words import by_level, level_in_plural, say

WIDE, NARROW = 790, 340


@dataclass(frozen=True)
class ChartPart:
    """A chart, drawn once for the desk and once for the phone; `note` is a sentence below it."""

    kind: ChartKind
    title: str
    sub: str
    source: str
    links: Links
    wide: Markup
    narrow: Markup
    note: str = ""
    why: str = ""
    """Why there is nothing to draw of what is asked; then no drawing."""
    signs: tuple[str, ...] = ()
    """The status of what the chart draws as a sign, to be explained below it."""


def chart_part(context: Context, resource_id: str, ask: Ask, *, here: str, locale: str) -> ChartPart | None:
    """The chart that is asked for, else the course over time or the ranking of units; None if there is none.

    :param here: address of the page (without query) that links lead to
    :raises NotAuthorized, ObjectNotFound: see `sight.look_at`
    """
    return chart_of(look_at(context, resource_id, ask, locale), here)


def kinds_of(sight: Sight) -> tuple[ChartKind, ...]:
    """The kinds of chart that the sight can be shown as."""
    if not sight.figures or sight.choice is None:
        return ()
    if sight.kinds is None:
        sight.kinds = _kinds(sight)
    return sight.kinds


def _kinds(sight: Sight) -> tuple[ChartKind, ...]:
    return chart_kinds(
        sight.here,
        sight.now,
        earlier=data.earlier_period(sight) is not None,
        indicators=len(sight.subjects),
        splits=sight.splits,
        pyramid=data.has_pyramid(sight),
    )


def kind_of(sight: Sight) -> ChartKind | None:
    """The kind that is shown: the asked one if it is possible, else the first."""
    kinds = kinds_of(sight)
    return next((kind for kind in kinds if kind == sight.ask.chart), kinds[0] if kinds else None)


def chart_of(sight: Sight, here: str) -> ChartPart | None:
    """The chart of a sight; see `chart_part`."""
    kind = kind_of(sight)
    drawn = both_widths(lambda width: chart_drawn(sight, width), "iw-chart") if kind else None
    if kind is None or (drawn is None and kind is not ChartKind.SCATTER):
        return None
    title, sub = chart_title(sight)
    if drawn is None:
        links = Links(links_of(sight, "chart", here).table, "", "", [])
        return ChartPart(kind, title, sub, "", links, Markup(), Markup(), why=say("no_pairs", sight.locale))
    return ChartPart(
        kind=kind,
        title=title,
        sub=sub,
        source=chart_source(sight),
        links=links_of(sight, "chart", here),
        wide=drawn["wide"],
        narrow=drawn["narrow"],
        note=chart_note(sight),
        signs=_signs(sight, kind),
    )


def _signs(sight: Sight, kind: ChartKind) -> tuple[str, ...]:
    if kind is not ChartKind.RANKING:
        return ()
    return tuple(dict.fromkeys(str(bar.figure.status) for bar in data.bars(sight)[0]))


def chart_source(sight: Sight) -> str:
    """Source and licence of what the chart shows."""
    kind = kind_of(sight)
    return sight.source(partial(data.rows_drawn, sight, kind) if kind else None)


def both_widths(draw: Callable[[float], Chart | None], ident: str) -> dict[str, Markup] | None:
    """A chart for the desk and for the phone; None where there is nothing to draw."""
    wide, narrow = draw(WIDE), draw(NARROW)
    if wide is None or narrow is None:
        return None
    return {"wide": Markup(wide.svg(ident=ident)), "narrow": Markup(narrow.svg(ident=f"{ident}-narrow"))}


def chart_drawn(sight: Sight, width: float) -> Chart | None:
    """The chart in one width, in pixels; its text alternative names the units that it cannot draw."""
    drawn, kind = _drawn(sight, width), kind_of(sight)
    without = units_left_out(sight, kind) if kind else ""
    return replace(drawn, alternative=f"{drawn.alternative} {without}") if drawn and without else drawn


def _drawn(sight: Sight, width: float) -> Chart | None:
    kind = kind_of(sight)
    if kind is None or sight.subject is None or sight.choice is None:
        return None
    subject, chosen = sight.subject, sight.choice.unit
    title = chart_title(sight)[0]
    common: partial[dict[str, Any]] = partial(dict, title=title, width=width, locale=sight.locale)
    if kind is ChartKind.COURSE:
        return course_chart(
            data.lines(sight), unit=subject.unit, precision=subject.wish.precision, signed=subject.wish.signed,
            **common(),
        )  # fmt: skip
    if kind is ChartKind.RANKING:
        bars, city = data.bars(sight)
        words = summary([(bar.name, bar.figure) for bar in bars], sight.locale)
        return ranking_chart(bars, city=city, selected=chosen, alternative=words, **common())
    if kind is ChartKind.CHANGE:
        return change_chart(data.changes(sight), dates=_dates(sight), unit=subject.unit, selected=chosen, **common())
    if kind is ChartKind.MULTIPLES:
        return multiples_chart(
            data.all_lines(sight), data.city_line(sight), unit=subject.unit, precision=subject.wish.precision,
            selected=data.name_of(sight, chosen) if chosen else None, **common(),
        )  # fmt: skip
    if kind is ChartKind.COMPOSITION:
        wholes, categories = data.wholes(sight, sight.splits[0])
        return composition_chart(wholes, categories, selected=chosen, **common())
    if kind is ChartKind.PYRAMID:
        groups, sides, _ = data.age_groups(sight)
        return pyramid_chart(groups, sides, **common())
    return _scatter(sight, common(), chosen)


def _scatter(sight: Sight, common: dict, chosen: str | None) -> Chart | None:
    other = sight.second
    assert sight.subject is not None
    if other is None:
        return None
    axes = [Scale(one.name, one.unit) for one in (sight.subject, other)]
    return scatter_chart(data.spots(sight, other), *axes, selected=chosen, **common)


def chart_title(sight: Sight) -> tuple[str, str]:
    """Title and the line below: what, in which unit, at which dates."""
    assert sight.subject is not None and sight.choice is not None
    subject, locale, kind = sight.subject, sight.locale, kind_of(sight)
    spread = {ChartKind.PYRAMID: (AGES, SEXES), ChartKind.COMPOSITION: tuple(sight.splits[:1])}
    whole = spread.get(kind, ()) if kind else ()
    name = shown_name(sight, without=whole)
    named = name if subject.name == subject.unit_word else f"{name} · {subject.unit_word}"
    what = " · ".join([named, *sums_of(sight, without=whole)])
    periods = list(sight.choice.periods)
    if kind in (ChartKind.COURSE, ChartKind.MULTIPLES):
        day = same_day(periods)
        title = _course_title(sight, name) if kind is ChartKind.COURSE else multiples_title(
            name, sight.names.level, periods, locale
        )  # fmt: skip
        return title, say("single_dates", locale, sentence=what, day=f"{day[3:]}.{day[:2]}.") if (
            day and locale == "de"
        ) else what
    if kind is ChartKind.CHANGE:
        first, last = _dates(sight)
        code = "change_title_years" if first.isdigit() and last.isdigit() else "change_title"
        return say(code, locale, name=by_level(name, sight.names.level, locale), first=first, last=last), what
    if kind is ChartKind.SCATTER and (other := sight.second) is not None:
        both = say("against", locale, first=name, second=other.name)
        return _dated(sight, per_level(both, sight.names.level, locale)), what
    if kind is ChartKind.COMPOSITION:
        dimension = dimension_label(sight, sight.splits[0], within=True)
        composed = say("composed", locale, name=name, dimension=dimension)
        return _dated(sight, per_level(composed, sight.names.level, locale)), what
    if kind is ChartKind.PYRAMID:
        return _dated(sight, say("by_age_and_sex", locale, name=name, place=data.age_groups(sight)[2])), what
    return map_title(sight), what


def _course_title(sight: Sight, name: str) -> str:
    """The course of the chosen unit in a sentence, else of the whole, else of the unit that leads."""
    assert sight.choice is not None and sight.subject is not None
    lines = data.lines(sight)
    city = next((line for line in lines if line.part is Part.CITY), None)
    lead = city if city and not sight.choice.unit else (lines[0] if lines else None)
    place = lead.name if lead else ""
    if lead and lead.name == sight.names.whole:
        place = sight.around.city if sight.around else ""
        name = name if place or sight.stock else f"{name}, {lead.name}"
    return course_title(name, place, lead, sight.subject, list(sight.choice.periods), sight.locale)


def _dated(sight: Sight, text: str) -> str:
    date = shown_date(sight)
    return f"{text}, {date}" if date else text


def _dates(sight: Sight) -> tuple[str, str]:
    assert sight.choice is not None
    earlier = data.earlier_period(sight) or ""
    return format_date(earlier, locale=sight.locale), format_date(sight.choice.period or "", locale=sight.locale)


def chart_note(sight: Sight) -> str:
    """What must stand beside the drawing so that it is not misread."""
    kind = kind_of(sight)
    if kind is None:
        return ""
    told = (_chosen_lines(sight, kind), units_left_out(sight, kind), _connection(sight, kind))
    return " ".join(text for text in told if text)


def _chosen_lines(sight: Sight, kind: ChartKind) -> str:
    """That the lines are only some of all, where nobody chose them."""
    units = sight.here[sight.here["level"] != CITY]["unit"].nunique()
    asked = sight.ask.also or (sight.choice and sight.choice.unit)
    if kind is not ChartKind.COURSE or asked or units < data.MOST_LINES:
        return ""
    return say("extreme_lines", sight.locale)


def units_left_out(sight: Sight, kind: ChartKind) -> str:
    """Which units the chart cannot draw since they have no value, in a sentence; see `left_out`."""
    drawn, dates = data.units_drawn(sight, kind)
    if drawn is None:
        return ""
    keys = [str(key) for key in sight.here[sight.here["level"] != CITY]["unit"].unique()]
    names = {key: data.name_of(sight, key) for key in keys}
    written = [format_date(date, locale=sight.locale) for date in dates if date]
    course = kind is ChartKind.MULTIPLES
    without = left_out(names, drawn, level=sight.names.level, dates=written, locale=sight.locale, course=course)
    if not course or len(drawn) <= MOST_COURSES:
        return without
    level = level_in_plural(sight.names.level, sight.locale)
    many = say("too_many", sight.locale, drawn=MOST_COURSES, total=len(drawn), level=level)
    return f"{many} {without}".strip()


def _connection(sight: Sight, kind: ChartKind) -> str:
    if kind is ChartKind.SCATTER and (other := sight.second) is not None:
        return connection(data.spots(sight, other), sight.locale)
    return ""
