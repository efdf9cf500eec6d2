"""What the pages of indicators show: the catalogue by topic, and one definition with its values."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan.logic import NotFound

from ckanext.ierwohnen.look.template_functions import locale
from ckanext.ierwohnen.portal import key_figures
from ckanext.ierwohnen.portal.candidates import action_or_none


def by_topic(reader: dict[str, Any]) -> list[dict[str, Any]]:
    """Indicators in the order of the topics: `[{"title", "code", "items"}]`, an item with code, name, description."""
    listed = action_or_none("ierwohnen_indicator_list")
    if listed is None:
        return []
    known = {item["code"] for item in listed(dict(reader), {"with_sources": True})}
    topics: dict[str, list[dict[str, Any]]] = {}
    for item in listed(dict(reader), {}):
        shown = {
            "code": item["code"],
            "name": key_figures.in_language(item["name"]),
            "description": key_figures.in_language(item["description"]),
            "has_values": item["code"] in known,
        }
        topics.setdefault(item["topic"], []).append(shown)
    return [{"title": _topic(code), "code": code, "items": items} for code, items in topics.items()]


def one(reader: dict[str, Any], code: str) -> dict[str, Any]:
    """One indicator: definition in the reader's language, key figure of the whole area, tables that have it."""
    show = action_or_none("ierwohnen_indicator_show")
    try:
        found = show(dict(reader), {"code": code}) if show else None
    except NotFound:
        found = None
    if found is None:
        tk.abort(404, tk._("There is no such indicator."))
    text = key_figures.in_language
    return {
        "indicator": {
            "code": code,
            "name": text(found["name"]),
            "description": text(found["description"]),
            "topic": _topic(found["topic"]),
            "unit": key_figures.unit_name(found["unit"]),
            "formula": _formula(reader, found),
            "reference_date": text(found["reference_date"]),
            "source": text(found["source"]),
            "space": _space(found["space"]),
            "used_by": [_named(reader, other) for other in found["used_by"]],
        },
        "sources": found["sources"],
        "figure": key_figures.key_figure(reader, code),
    }


def _named(reader: dict[str, Any], code: str) -> dict[str, str]:
    found = tk.get_action("ierwohnen_indicator_show")(dict(reader), {"code": code})
    return {"code": code, "name": key_figures.in_language(found["name"])}


def _formula(reader: dict[str, Any], definition: dict[str, Any]) -> list[dict[str, str]]:
    """The indicators that this one is computed from, numerator first."""
    return [_named(reader, part) for part in definition["parts"]]


def _topic(code: str) -> str:
    from ckanext.ierwohnen.indicators.vocabulary import vocabulary

    return vocabulary("topics").text(code, locale())


def _space(rule: str) -> str:
    """How the indicator adds up over space, as a sentence."""
    return {
        "sum": tk._("The value of a larger area is the sum of its parts."),
        "ratio": tk._("The value of a larger area is computed anew from the summed parts, never as a mean of rates."),
        "weighted_mean": tk._("The value of a larger area is the weighted mean of its parts."),
        "median": tk._("A median does not add up: it is shown only on the levels for which it was surveyed."),
        "none": tk._("It does not add up: it is shown only on the levels for which it was surveyed."),
    }.get(rule, "")
