"""The map of the home page: one indicator by unit for everyone, with the switch to others.

It draws what `ierwohnen_indicator_values` gives, so an indicator that is computed from published tables can be shown
as well as one that a table holds. Classes, colours and drawing are those of the room previews.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import ckan.plugins.toolkit as tk
from flask import current_app

from ckanext.ierwohnen.look.csv_cells import csv_bytes, exact_number
from ckanext.ierwohnen.look.numbers import format_date
from ckanext.ierwohnen.look.template_functions import locale, route_or_none
from ckanext.ierwohnen.portal import cache, config
from ckanext.ierwohnen.portal.candidates import action_or_none
from ckanext.ierwohnen.portal.key_figures import in_language, values


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
    from ckanext.ierwohnen.previews.answers import map_alone

    seen = _seen(code, period)
    return map_alone(seen) if seen else None


def table(code: str, period: str) -> bytes | None:
    """The values of the map as CSV: key, name, value, status, source with licence; None where there is none."""
    choice = _choice(code)
    if not choice or period not in choice["periods"]:
        return None
    asked = {"system": choice["system"], "level": choice["level"], "period": period}
    found = values(cache.public_context(), code, **asked) or {"results": []}
    seen = _seen(code, period)
    source = seen.source() if seen else ""
    head = [tk._("Key"), tk._("Area"), tk._("Date"), choice["name"], tk._("Status"), tk._("Source")]
    rows = [
        [row["unit"], row["name"], row["period"], _number(row["figure"]["value"]),
         row["figure"]["status"], source]
        for row in found["results"]
    ]  # fmt: skip
    return csv_bytes(head, rows)


def _number(value: float | None) -> str:
    return "" if value is None else exact_number(value, locale())


def _seen(code: str, period: str) -> Any:
    """The indicator as everybody may see it on the level of this map; None where it has no such date."""
    from ckanext.ierwohnen.previews.ask import Ask
    from ckanext.ierwohnen.previews.indicator_sight import look_at_indicator

    choice = _choice(code)
    if not choice or period not in choice["periods"]:
        return None
    ask = Ask(system=choice["system"], level=choice["level"], period=period)
    return look_at_indicator(cache.public_context(), code, ask, locale())


def _shown(choice: dict[str, Any], period: str) -> dict[str, Any] | None:
    """The drawn map as JSON: picture, legend, extremes, links."""
    from ckanext.ierwohnen.previews.parts import map_of

    seen = _seen(choice["code"], period)

    def link(key: str) -> str:
        address = {"system": choice["system"], "level": choice["level"], "key": key}
        return str(tk.h.url_for("ierwohnen_portal.place_unit", **address))

    drawn = map_of(seen, "", link=link) if seen else None
    if drawn is None:
        return None
    of_this = {"code": choice["code"], "period": period}
    return {
        **asdict(drawn),
        "table": route_or_none("ierwohnen_indicators.show", level=choice["level"], **of_this),
        "image": tk.h.url_for("ierwohnen_portal.map_image", **of_this),
        "csv": tk.h.url_for("ierwohnen_portal.map_table", **of_this),
        "dates": [{"period": one, "text": format_date(one, locale=locale())} for one in reversed(choice["periods"])],
    }
