"""The map of the home page: one indicator by unit for everyone, with the switch to others.

It draws what `ierwohnen_indicator_values` gives, so an indicator that is computed from published tables can be shown
as well as one that a table holds. Classes, colours and drawing are those of the room previews.
"""

from __future__ import annotations

import csv
import io
from typing import Any

import ckan.plugins.toolkit as tk
from flask import current_app

from ckanext.ierwohnen.look.numbers import format_date
from ckanext.ierwohnen.look.template_functions import locale, route_or_none
from ckanext.ierwohnen.portal import cache, config
from ckanext.ierwohnen.portal.candidates import action_or_none
from ckanext.ierwohnen.portal.key_figures import in_language, organization, symbol, values

EXTREMES = 4


def home_map(indicator: str | None, period: str | None) -> dict[str, Any] | None:
    """The map for everyone: chosen indicator and date, else the first with values. None where there is none.

    :param indicator: code from the address of the page; one that is not offered counts as not asked
    :param period: date from the address of the page
    """
    if "ierwohnen_figure.page" not in current_app.view_functions:
        return None  # the plugin of previews is off
    choices = cache.kept("map-choices", map_choices, language=locale())
    if not choices:
        return None
    chosen = next((choice for choice in choices if choice["code"] == indicator), choices[0])
    asked = period if period in chosen["periods"] else chosen["periods"][-1]
    made = cache.kept("map", lambda: _shown(chosen, asked), language=locale(), code=chosen["code"], period=asked)
    return made and {**made, "choices": choices, "chosen": chosen, "period": asked}


def map_choices() -> list[dict[str, Any]]:
    """Indicators that can be drawn for everyone: code, name, spatial system and level, and its dates."""
    if action_or_none("ierwohnen_indicator_values") is None:
        return []
    return [choice for code in config.map_indicators() if (choice := _choice(code))]


def _choice(code: str) -> dict[str, Any] | None:
    asked = {"level": config.map_level()} if config.map_level() else {}
    found = values(cache.public_context(), code, **asked)
    known = [row for row in found["results"] if row["figure"]["value"] is not None] if found else []
    if found is None or not known:
        return None
    return {
        "code": code,
        "name": in_language(found["definition"]["name"]),
        "system": found["system"],
        "level": found["level"],
        "periods": sorted({row["period"] for row in known}),
    }


def picture(code: str, period: str) -> str | None:
    """The map as an SVG that stands alone, with title, legend and source; None where there is none."""
    from ckanext.ierwohnen.previews.picture import map_picture

    choice = _choice(code)
    drawn = _drawn(choice, period) if choice and period in choice["periods"] else None
    if drawn is None:
        return None
    classed, words = drawn
    parts = {name: words[name] for name in ("title", "sub", "unit_word", "source", "alternative")}
    return map_picture(classed, **parts)


def table(code: str, period: str) -> str | None:
    """The values of the map as CSV: key, name, value, status; None where there is none."""
    choice = _choice(code)
    if not choice or period not in choice["periods"]:
        return None
    asked = {"system": choice["system"], "level": choice["level"], "period": period}
    found = values(cache.public_context(), code, **asked) or {"results": []}
    written = io.StringIO()
    writer = csv.writer(written, delimiter=";")
    writer.writerow(["key", "name", "period", code, "status"])
    for row in found["results"]:
        value = row["figure"]["value"]
        number = "" if value is None else str(value).replace(".", ",")
        writer.writerow([row["unit"], row["name"], row["period"], number, row["figure"]["status"]])
    return "\ufeff" + written.getvalue()


def _drawn(choice: dict[str, Any], period: str) -> tuple[Any, dict[str, str]] | None:
    """The classed map, and its words: title, sub, unit_word, source, alternative."""
    from ckanext.ierwohnen.indicators.active import active_catalogue
    from ckanext.ierwohnen.indicators.vocabulary import vocabulary
    from ckanext.ierwohnen.previews.alternative import map_words
    from ckanext.ierwohnen.previews.choropleth import classed_map
    from ckanext.ierwohnen.previews.sight import area_of
    from ckanext.ierwohnen.previews.subject import defined_subject
    from ckanext.ierwohnen.previews.words import by_level, say

    context = cache.public_context()
    area = area_of(context, choice["system"], choice["level"], locale())  # type: ignore[arg-type]
    asked = {"system": choice["system"], "level": choice["level"], "period": period}
    found = values(context, choice["code"], **asked)
    if area is None or area.ground is None or found is None:
        return None

    def unit_of(unit: str) -> tuple[str, str]:
        return symbol(unit), vocabulary("units").text(unit, locale())

    subject = defined_subject(active_catalogue().find(choice["code"]), unit_of, locale=locale())
    readings = {row["unit"]: (row["figure"]["value"], row["figure"]["status"]) for row in found["results"]}
    classed = classed_map(area.ground, readings, wish=subject.wish, unit=subject.unit, locale=locale())
    title = f"{by_level(subject.name, area.title, locale())}, {format_date(period, locale=locale())}"
    named = [(unit.name, figure) for unit, figure in zip(classed.ground.units, classed.figures, strict=True)]
    publishers = dict.fromkeys(organization(context, source["package"]) for source in found["sources"])
    first = subject.sentence.rstrip(".") or subject.unit_word
    return classed, {
        "title": title,
        "sub": f"{first} · {say('boundaries', locale(), year=area.boundary_year)}",
        "unit_word": subject.unit_word,
        "source": "; ".join(name for name in publishers if name),
        "alternative": map_words(title, named, locale()),
    }


def _shown(choice: dict[str, Any], period: str) -> dict[str, Any] | None:
    """The drawn map as JSON: picture, legend, extremes, links."""
    from ckanext.ierwohnen.previews.choropleth import map_svg

    drawn = _drawn(choice, period)
    if drawn is None:
        return None
    classed, words = drawn

    def link(key: str) -> str:
        return tk.h.url_for("ierwohnen_portal.place_unit", system=choice["system"], level=choice["level"], key=key)

    known = [(u, f) for u, f in zip(classed.ground.units, classed.figures, strict=True) if f.value is not None]
    known.sort(key=lambda pair: (-pair[1].value, pair[0].name))
    count = min(EXTREMES, len(known) // 2)
    rows = [{"name": unit.name, "href": link(unit.key), "text": figure.text} for unit, figure in known]
    of_this = {"code": choice["code"], "period": period}
    return {
        **words,
        "svg": map_svg(classed, alternative=words["alternative"], ident="iw-map", link=link),
        "legend": [_line(one) for one in classed.classification.classes],
        "highest": rows[:count],
        "lowest": rows[::-1][:count],
        "table": route_or_none("ierwohnen_indicators.show", level=choice["level"], **of_this),
        "image": tk.h.url_for("ierwohnen_portal.map_image", **of_this),
        "csv": tk.h.url_for("ierwohnen_portal.map_table", **of_this),
        "dates": [{"period": one, "text": format_date(one, locale=locale())} for one in reversed(choice["periods"])],
    }


def _line(one: Any) -> dict[str, Any]:
    """A class as the macro `legend` takes it."""
    from ckanext.ierwohnen.previews.classes import Kind

    line: dict[str, Any] = {"label": one.label, "count": one.count, "colour": one.colour}
    if one.kind is not Kind.VALUE:
        line["pattern"] = "protected" if one.kind is Kind.PROTECTED else "novalue"
    return line
