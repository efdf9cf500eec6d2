"""What the page of an indicator shows of it: map, course of the city and the chosen units, and their choices."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from ckan.types import Context

from ckanext.ierwohnen.look.numbers import format_date
from ckanext.ierwohnen.previews import indicator_figures as figures
from ckanext.ierwohnen.previews.indicator_views import asked, asked_units, links

MAP, VALUES = "karte", "values"


def indicator_page(context: Context, code: str, page: str, locale: str) -> dict[str, Any] | None:
    """Map and course as plain values for the template; None where there is nothing to draw.

    :param page: address of the page, without query
    """
    seen = figures.see(context, code, locale=locale, **asked())
    if seen is None:
        return None
    names = {row["unit"]: row["name"] for row in seen.rows}
    units = [key for key in asked_units() if key in names]
    place = {"system": seen.system, "level": seen.level, "period": seen.period}
    place |= {name: text for name, text in asked().items() if name == "source"}

    def link(key: str) -> str:
        chosen = [("unit", key), *(("with", other) for other in units[1:] if other != key)]
        return f"{page}?{urlencode([*place.items(), *chosen])}#{MAP}"

    table = f"{page}?{urlencode([*place.items(), *(('unit', key) for key in units[:1])])}#{VALUES}"
    drawn = figures.map_of_indicator(seen, link=link, selected=units[0] if units else None)
    course = figures.both_widths(lambda width: figures.course_of(seen, units, width), "iw-course")
    if drawn is None and course is None:
        return None
    return {
        "page": page,
        "code": code,
        "place": place,
        "map": drawn,
        "map_links": links(seen, "map", table),
        "course": course,
        "course_title": figures.course_title(seen, units),
        "course_links": links(seen, "course", table, units),
        "unit_word": seen.subject.unit_word,
        "source": seen.source,
        "course_source": figures.course_source(seen, units),
        "dates": [{"value": one, "text": format_date(one, locale=locale)} for one in reversed(seen.periods)],
        "levels": [{"value": one, "text": text} for one, text in seen.area.titles.items()],
        "units": sorted(({"value": key, "text": name} for key, name in names.items()), key=lambda one: one["text"]),
        "chosen": units,
        "facts": _facts(seen, units[0]) if units else None,
    }


def _facts(seen: figures.Seen, key: str) -> dict[str, Any] | None:
    """The chosen unit's figure beside the city's."""
    own = next((row for row in seen.now if row["unit"] == key), None)
    if own is None:
        return None
    city = next((row for row in seen.city if row["period"] == seen.period), None)
    return {
        "name": own["name"],
        "key": key,
        "figure": own["figure"],
        "whole": {"name": seen.area.whole, "figure": city["figure"]} if city else None,
        "system": seen.system,
        "level": seen.level,
    }
