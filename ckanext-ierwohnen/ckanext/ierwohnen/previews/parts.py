"""The figures of a page: map, chart and table with titles, sources, links and text alternatives, ready to place.

Resource views and pages (home, dataset) use the same parts; the templates `ierwohnen/previews/*.html` show them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from ckan.types import Context
from markupsafe import Markup

from ckanext.ierwohnen.look.numbers import format_date
from ckanext.ierwohnen.previews.alternative import map_words
from ckanext.ierwohnen.previews.ask import Ask
from ckanext.ierwohnen.previews.choropleth import ClassedMap, classed_maps, map_svg
from ckanext.ierwohnen.previews.classes import Kind, asked_classes
from ckanext.ierwohnen.previews.histogram import histogram_svg
from ckanext.ierwohnen.previews.periods import before
from ckanext.ierwohnen.previews.resource_sight import look_at
from ckanext.ierwohnen.previews.shape import ALL, CITY, is_total
from ckanext.ierwohnen.previews.sight import Sight
from ckanext.ierwohnen.previews.unit_table import PAGE, UnitTable, change_of, figure_of, unit_table
from ckanext.ierwohnen.previews.words import by_level, say
from ckanext.ierwohnen.tables.category_names import category_name, dimension_name
from ckanext.ierwohnen.tables.roles import Role

EXTREMES = 4


@dataclass(frozen=True)
class Links:
    """Addresses of a figure in its other forms."""

    table: str
    image: str
    csv: str
    others: list[dict[str, str]]


@dataclass(frozen=True)
class ComparedMap:
    """The map of another date, in the same classes."""

    date: str
    svg: Markup


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
    counted: str
    statuses: list[str]
    selected: dict[str, Any] | None
    highest: list[dict[str, str]]
    lowest: list[dict[str, str]]
    units: list[dict[str, str]]
    alternative: str
    histogram: Markup
    compared: ComparedMap | None = None
    date: str = ""


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


def table_part(context: Context, resource_id: str, ask: Ask, *, here: str, locale: str) -> TablePart | None:
    """The table of units; None if the resource has no readings by unit (then it is a plain table)."""
    return table_of(look_at(context, resource_id, ask, locale), here)


def classed(sight: Sight) -> list[ClassedMap]:
    """The classed ground of what is asked, and of the date to compare with; empty without geometry or readings."""
    if not sight.figures or sight.area is None or sight.area.ground is None or sight.subject is None:
        return []
    found = [_readings(sight.now)]
    if not any(unit.key in found[0] for unit in sight.area.ground.units):
        return []
    if (other := compared_period(sight)) is not None:
        found.append(_readings(sight.here[sight.here["period"] == other]))
    subject = sight.subject
    wish = asked_classes(subject.wish, sight.ask.classes)
    return classed_maps(sight.area.ground, found, wish=wish, unit=subject.unit, locale=sight.locale)


def _readings(rows: pd.DataFrame) -> dict[str, tuple[float, str]]:
    units = rows[rows["level"] != CITY]
    return {
        str(unit): (float(value), str(status))
        for unit, value, status in zip(units["unit"], units["value"], units["status"], strict=True)
    }


def compared_period(sight: Sight) -> str | None:
    """The asked date to compare the map with, if there is such a one besides the shown date."""
    choice, asked = sight.choice, sight.ask.compare
    return asked if choice is not None and asked in choice.periods and asked != choice.period else None


def map_title(sight: Sight, date: str | None = None) -> str:
    """`Leerstandsquote nach Stadtteilen, 31.12.2025`.

    :param date: as it is written, instead of the shown one
    """
    assert sight.subject is not None and sight.choice is not None
    title = by_level(shown_name(sight), sight.names.level, sight.locale)
    date = date or shown_date(sight)
    return f"{title}, {date}" if date else title


def other_date(sight: Sight) -> str:
    """The date to compare with as it is written; empty where there is none."""
    period = compared_period(sight)
    return format_date(period, locale=sight.locale) if period else ""


def maps_title(sight: Sight) -> str:
    """The title of the map, or of both maps: `Leerstandsquote nach Stadtteilen, 31.12.2015 und 31.12.2025`."""
    other = other_date(sight)
    both = say("two_dates", sight.locale, first=other, second=shown_date(sight))
    return map_title(sight, both if other else None)


def maps_alternative(sight: Sight, maps: Sequence[ClassedMap]) -> str:
    """The text alternative of the map, and after it that of the one to compare with."""
    titles = [map_title(sight), map_title(sight, other_date(sight))][: len(maps)]
    return " ".join(map_alternative(one, title) for one, title in zip(maps, titles, strict=True))


def shown_date(sight: Sight) -> str:
    """The shown date as it is written; empty where the table has none."""
    period = (sight.choice.period if sight.choice else None) or sight.only_date
    return format_date(period, locale=sight.locale) if period else ""


def dimension_label(sight: Sight, dimension: str, *, within: bool = False) -> str:
    """What a dimension is called: `Baualter` for `building_years`; `within` a sentence."""
    columns = [one for one in sight.meanings if one.role == Role.DIMENSION]
    own = next((one.label for one in columns if dimension in (one.dimension, one.name)), None)
    return dimension_name(dimension, own, sight.locale, within=within)


def category_label(sight: Sight, dimension: str, text: str) -> str:
    """What a category is called in the reader's language, `zusammen` for what stands for all."""
    if text in ("", ALL):
        return say("all_together", sight.locale)
    # The label of a wide table's column opens with the head that spans several: `davon im Alter von … – unter 18`.
    own = (one.label for one in sight.meanings if one.dimension == dimension and one.code == text)
    return category_name(dimension, text, sight.locale, next((label.rpartition(" – ")[2] for label in own), None))


def parts_shown(sight: Sight, *, without: Collection[str] = ()) -> list[str]:
    """The chosen parts of the whole: `Baualter: bis 1918`; none of a dimension of which the whole is shown.

    :param without: dimensions that a figure shows with all their categories
    """
    assert sight.choice is not None
    chosen = {name: text for name, text in sight.choice.dimensions.items() if name not in without}
    return [
        f"{dimension_label(sight, name)}: {category_label(sight, name, text)}"
        for name, text in chosen.items()
        if not is_total(text)
    ]


def categories_shown(sight: Sight) -> dict[str, str]:
    """The chosen category by label of its dimension, also where it stands for all."""
    assert sight.choice is not None
    chosen = sight.choice.dimensions.items()
    return {dimension_label(sight, name): category_label(sight, name, text) for name, text in chosen}


def shown_name(sight: Sight, *, without: Collection[str] = ()) -> str:
    """What is shown: the indicator, with the part where it is one: `Wohnungen (Baualter: bis 1918)`."""
    assert sight.subject is not None
    parts = "; ".join(parts_shown(sight, without=without))
    return f"{sight.subject.name} ({parts})" if parts else sight.subject.name


def sums_of(sight: Sight, *, without: Collection[str] = ()) -> list[str]:
    """That the figure is added up, and over which dimensions, since the table itself holds no such number."""
    assert sight.choice is not None
    over = [dimension_label(sight, name, within=True) for name, text in sight.choice.dimensions.items()
            if text == ALL and name not in without]  # fmt: skip
    return [say("summed_over", sight.locale, dimensions=", ".join(over))] if over else []


def map_sub(sight: Sight) -> str:
    """What is measured, and the boundary date: `Leere Wohnungen in Prozent aller Wohnungen · Gebietsstand 2021`."""
    assert sight.subject is not None
    first = sight.subject.sentence.rstrip(".") or sight.subject.unit_word
    area = sight.area
    boundaries = [say("boundaries", sight.locale, year=area.boundary_year)] if area else []
    return " · ".join([first, *sums_of(sight), *boundaries])


def links_of(sight: Sight, kind: str, here: str) -> Links:
    """Table, picture and CSV of the figure as it is shown now."""
    query = sight.ask.but(view=None, sort=None, find=None, resource=None, view_id=None, q=None).query()
    tail = f"?{query}" if query else ""

    def address(endpoint: str, **parameters: str) -> str:
        return sight.address(endpoint, **parameters) + tail

    page = here.partition("#")[0]
    table = (
        address_of(f"{page}#{sight.table_at}", sight.ask)
        if sight.table_at
        else address_of(here, sight.ask.but(view="table"))
    )
    others = [{"href": address("picture", name=kind, form=form), "label": form.upper()} for form in ("svg", "pdf")]
    return Links(table, address("picture", name=kind, form="png"), address("values"), others)


def map_of(sight: Sight, here: str, *, link: Callable[[str], str] | None = None) -> MapPart | None:
    """The map of a sight; see `map_part`.

    :param link: address by unit key, where units lead elsewhere than to their choice on this page
    """
    maps = classed(sight)
    if not maps or sight.subject is None or sight.choice is None:
        return None
    drawn, title, selected = maps[0], map_title(sight), sight.choice.unit

    def chosen(key: str) -> str:
        return address_of(here, sight.ask.but(unit=key))

    link = link or chosen

    def svg(one: ClassedMap, words: str, ident: str) -> Markup:
        return Markup(map_svg(one, alternative=words, ident=ident, selected=selected, link=link))

    alternative = map_alternative(drawn, title)
    highest, lowest = _extremes(drawn, link)
    units = sorted(({"key": unit.key, "name": unit.name} for unit in drawn.ground.units), key=lambda unit: unit["name"])
    other = other_date(sight) if len(maps) > 1 else ""
    return MapPart(
        title=maps_title(sight),
        sub=map_sub(sight),
        source=map_source(sight),
        links=links_of(sight, "map", here),
        svg=svg(drawn, alternative, "iw-map"),
        unit_word=sight.subject.unit_word,
        legend=legend_of(maps),
        counted=" | ".join((other, shown_date(sight))) if other else "",
        statuses=sorted({str(figure.status) for one in maps for figure in one.figures}),
        selected=_facts(sight),
        highest=highest,
        lowest=lowest,
        units=units,
        alternative=alternative,
        histogram=Markup(histogram_svg(drawn, title=title) or ""),
        compared=ComparedMap(other, svg(maps[1], map_alternative(maps[1], map_title(sight, other)), "iw-map-then"))
        if other
        else None,
        date=shown_date(sight),
    )


def map_source(sight: Sight) -> str:
    """Source and licence of the values on the map, and of those on the map to compare with."""
    shown = (sight.choice.period if sight.choice else None, compared_period(sight))
    return sight.source(lambda: sight.here[sight.here["period"].isin(shown)] if shown[1] else sight.now)


def map_alternative(drawn: ClassedMap, title: str) -> str:
    """The text alternative of a map: its extremes, and how many units have a value."""
    named = [(unit.name, figure) for unit, figure in zip(drawn.ground.units, drawn.figures, strict=True)]
    return map_words(title, named, drawn.locale)


def address_of(here: str, ask: Ask) -> str:
    """The address of a page with these wishes; `here` may name the place on the page (`/dataset/x#vorschau`)."""
    page, _, place = here.partition("#")
    query = ask.query()
    return page + (f"?{query}" if query else "") + (f"#{place}" if place else "")


def legend_of(maps: Sequence[ClassedMap]) -> list[dict[str, Any]]:
    """The classes of a map; of two maps with both counts, the earlier date first, as they lie beside each other."""
    lines = [legend_line(one) for one in maps[0].classification.classes]
    for line, *classes in zip(lines, *(one.classification.classes for one in reversed(maps)), strict=True):
        line["count"] = " | ".join(str(one.count) for one in classes)
    return lines


def legend_line(one: Any) -> dict[str, Any]:
    """A class of a map as the macro `legend` takes it."""
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
    whole = sight.now[sight.now["level"] == CITY]
    if facts and subject.relative and len(whole):
        figure = figure_of((whole["value"].iloc[0], whole["status"].iloc[0]), subject, sight.locale, unit=True)
        facts.insert(1, {"label": sight.names.whole, "figure": figure})
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


def table_of(sight: Sight, here: str, most: int = PAGE) -> TablePart | None:
    """The table of a sight, so many rows a page; see `table_part`."""
    if not sight.figures or sight.subject is None or sight.choice is None or sight.choice.level is None:
        return None
    made = unit_table(
        sight.all_now, sight.here, sight.listed, sight.names, sight.choice.period,
        sort=sight.ask.sort, page=sight.ask.page, locale=sight.locale, find=sight.ask.find, most=most,
    )  # fmt: skip
    return TablePart(map_title(sight), made, links_of(sight, "map", here))
