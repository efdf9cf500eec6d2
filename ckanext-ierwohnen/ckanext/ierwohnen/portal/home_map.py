"""The map of the home page: one indicator by unit, with the switch to others. Made by the room previews."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan.logic import NotAuthorized, NotFound
from flask import current_app

from ckanext.ierwohnen.look.numbers import format_date
from ckanext.ierwohnen.look.template_functions import locale
from ckanext.ierwohnen.portal import cache, config
from ckanext.ierwohnen.portal.candidates import action_or_none
from ckanext.ierwohnen.portal.key_figures import in_language


def home_map(indicator: str | None, period: str | None) -> dict[str, Any] | None:
    """The map for everyone: chosen indicator and date, else the first with values. None where there is none.

    :param indicator: code from the address of the page; one that is not offered counts as not asked
    :param period: date from the address of the page
    """
    drawn_by = "ierwohnen_figure.page" in current_app.view_functions
    if not drawn_by or action_or_none("ierwohnen_indicator_values") is None:
        return None  # the plugin of previews or of indicators is off
    choices = cache.kept("map-choices", map_choices, language=locale())
    if not choices:
        return None
    chosen = next((choice for choice in choices if choice["code"] == indicator), choices[0])
    asked = period if period in chosen["periods"] else chosen["periods"][-1]
    made = cache.kept("map", lambda: _map(chosen, asked), language=locale(), code=chosen["code"], period=asked)
    return made and {**made, "choices": choices, "chosen": chosen, "period": asked}


def map_choices() -> list[dict[str, Any]]:
    """Indicators that can be drawn for everyone: code, name, the table that has it, and its dates."""
    from ckanext.ierwohnen.indicators.sources import readable_sources

    context = cache.public_context()
    sources = readable_sources(dict(context))
    tables = {code: [source for source in sources if code in source.indicators] for code in config.map_indicators()}
    made = (_choice(code, found) for code, found in tables.items())
    return [choice for choice in made if choice]


def _choice(code: str, sources: list[Any]) -> dict[str, Any] | None:
    level = config.map_level()
    fitting = [source for source in sources if not level or level in source.levels]
    for source in fitting:
        sight = _look(source.resource_id, code, None)
        if sight is None or not sight.figures or sight.choice.indicator != code or sight.area is None:
            continue
        definition = tk.get_action("ierwohnen_indicator_show")(cache.public_context(), {"code": code})
        return {
            "code": code,
            "name": in_language(definition["name"]),
            "resource": source.resource_id,
            "package": source.package_name,
            "periods": list(sight.choice.periods) or [""],
            "system": sight.area.system,
            "level": sight.area.level,
        }
    return None


def _look(resource: str, code: str, period: str | None) -> Any:
    from ckanext.ierwohnen.previews.ask import Ask
    from ckanext.ierwohnen.previews.sight import look_at

    ask = Ask(indicator=code, level=config.map_level() or None, period=period or None)
    try:
        return look_at(cache.public_context(), resource, ask, locale())
    except (NotFound, NotAuthorized):
        return None


def _map(choice: dict[str, Any], period: str) -> dict[str, Any] | None:
    """The drawn map as JSON: picture, legend, extremes, links."""
    from ckanext.ierwohnen.previews.parts import map_of

    sight = _look(choice["resource"], choice["code"], period)
    here = tk.h.url_for("ierwohnen_portal.place_level", system=choice["system"], level=choice["level"])
    made = map_of(sight, here) if sight and sight.figures else None
    if made is None:
        return None
    page = tk.h.url_for("ierwohnen_figure.page", resource_id=choice["resource"], indicator=choice["code"])
    return {
        "title": made.title,
        "sub": made.sub,
        "source": made.source,
        "image": made.links.image,
        "csv": made.links.csv,
        "svg": str(made.svg),
        "unit_word": made.unit_word,
        "legend": made.legend,
        "statuses": made.statuses,
        "highest": made.highest,
        "lowest": made.lowest,
        "large": page,
        "table": f"{page}&view=table" + (f"&period={period}" if period else ""),
        "dates": [{"period": one, "text": format_date(one, locale=locale())} for one in reversed(choice["periods"])],
    }
