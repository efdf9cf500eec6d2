"""What the pages of topics show: key figures, the map of one indicator with its ranking, what stands out, datasets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

import ckan.plugins.toolkit as tk
from ckan.lib.search import SearchError
from ckan.logic import NotAuthorized, NotFound, ValidationError
from flask import current_app

from ckanext.ierwohnen.look.numbers import format_date
from ckanext.ierwohnen.look.template_functions import locale, route_or_none
from ckanext.ierwohnen.portal import cache, config, key_figures
from ckanext.ierwohnen.portal.candidates import action_or_none

MOST_KEY_FIGURES = 6
MOST_ALERTS = 12
MOST_DATASETS = 20
FACET = "vocab_iw_topic"


def index(reader: dict[str, Any]) -> list[dict[str, Any]]:
    """All topics with what is there of each; empty where the plugin of indicators is off."""
    held = _held(reader)
    return [
        {
            "code": topic.code,
            "title": topic.text(locale()),
            "icon": topic.more.get("icon", "folder"),
            "names": [key_figures.in_language(one["name"]) for one in held if one["topic"] == topic.code],
            "datasets": _datasets(reader, topic.code, 0)["count"],
        }
        for topic in _topics()
    ]


def page(reader: dict[str, Any], code: str, asked: Mapping[str, str]) -> dict[str, Any] | None:
    """One topic; None if there is no such. What everybody may see is kept.

    :param asked: query of the page: `indicator`, `period`, `level` of the map
    """
    topic = next((one for one in _topics() if one.code == code), None)
    if topic is None:
        return None
    anonymous = not tk.current_user.is_authenticated
    figures = cache.kept("topic", lambda: _figures(cache.public_context(), code), language=locale(), code=code) if (
        anonymous
    ) else _figures(reader, code)
    wish = {name: asked[name] for name in ("indicator", "period", "level") if asked.get(name)}
    codes = [one["code"] for one in figures]
    shown = _map(reader, code, codes, wish)
    return {
        "code": code,
        "title": topic.text(locale()),
        "icon": topic.more.get("icon", "folder"),
        "figures": figures,
        "key_figures": _leading(figures),
        "map": shown,
        "alerts": _alerts(reader, codes, shown),
        "without": _without(reader, code, codes),
        "datasets": _datasets(reader, code, MOST_DATASETS),
        "others": [{"code": one.code, "title": one.text(locale())} for one in _topics() if one.code != code],
    }


def _topics() -> list[Any]:
    if action_or_none("ierwohnen_indicator_list") is None:
        return []
    from ckanext.ierwohnen.indicators.vocabulary import vocabulary

    return list(vocabulary("topics"))


def _held(reader: dict[str, Any], topic: str | None = None, with_sources: bool = True) -> list[dict[str, Any]]:
    listed = action_or_none("ierwohnen_indicator_list")
    if listed is None:
        return []
    asked: dict[str, Any] = {"with_sources": with_sources, **({"topic": topic} if topic else {})}
    return list(listed(dict(reader), asked))


def _figures(reader: dict[str, Any], code: str) -> list[dict[str, Any]]:
    """The indicators of a topic that have values, each with the whole area's figure where it has one."""
    found = []
    for one in _held(reader, code):
        figure = key_figures.key_figure(reader, one["code"])
        plain = {
            "code": one["code"],
            "label": key_figures.in_language(one["name"]),
            "unit": key_figures.symbol(one["unit"]),
            "relative": one["kind"]["scale"] == "relative",
            "href": route_or_none("ierwohnen_indicators.show", code=one["code"]),
            "figure": None, "change": "", "date": "", "trend": [], "trend_text": "", "owners": "", "limited": False,
        }  # fmt: skip
        found.append({**plain, **(figure or {})})
    return found


def _leading(figures: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The key figures: those that the operator shows on the home page first, then shares and rates, then the rest."""
    first = [*config.key_figures(), *config.map_indicators()]
    given = [one for one in figures if one["figure"]]

    def place(one: dict[str, Any]) -> tuple[int, bool]:
        return (first.index(one["code"]) if one["code"] in first else len(first), not one["relative"])

    return sorted(given, key=place)[:MOST_KEY_FIGURES]


def _map(reader: dict[str, Any], topic: str, codes: list[str], wish: Mapping[str, str]) -> dict[str, Any] | None:
    """The map of the asked indicator, else of the leading one, with its ranking and the choices."""
    if "ierwohnen_figure.page" not in current_app.view_functions or not codes:
        return None
    indicator = wish.get("indicator", "")
    # Only what there are few of is kept: dates and levels may be any text in an address.
    if tk.current_user.is_authenticated or {"period", "level"} & set(wish) or indicator not in ("", *codes):
        return _drawn(reader, codes, wish)
    return cache.kept(
        "topic-map",
        lambda: _drawn(cache.public_context(), codes, wish),
        language=locale(), topic=topic, indicator=indicator,
    )  # fmt: skip


def _drawn(reader: dict[str, Any], codes: list[str], wish: Mapping[str, str]) -> dict[str, Any] | None:
    from ckanext.ierwohnen.previews.ask import Ask
    from ckanext.ierwohnen.previews.chart_part import chart_of
    from ckanext.ierwohnen.previews.indicator_sight import look_at_indicator
    from ckanext.ierwohnen.previews.parts import map_of

    leading = [code for code in config.map_indicators() if code in codes]
    order = dict.fromkeys([*([wish["indicator"]] if wish.get("indicator") in codes else []), *leading, *codes])
    ask = Ask(level=wish.get("level") or config.map_level() or None, period=wish.get("period"), chart="ranking")
    seen = next(
        (
            made
            for code in order
            if (made := look_at_indicator(reader, code, ask, locale())) and made.choice and made.choice.level  # type: ignore[arg-type]
        ),
        None,
    )
    if seen is None or seen.choice is None:
        return None
    place = {"system": seen.system, "level": seen.choice.level}

    def link(key: str) -> str:
        return str(tk.h.url_for("ierwohnen_portal.place_unit", **place, key=key))

    seen.ask = replace(seen.ask, **place, period=seen.choice.period)  # files by address show what stands here
    seen.table_at = "values"
    here = route_or_none("ierwohnen_indicators.show", code=seen.code) or ""
    shown, ranking = map_of(seen, here, link=link), chart_of(seen, here)
    if shown is None:
        return None
    behind = [seen.datasets[name] for names in seen.datasets_at(seen.now) for name in names]
    return {
        **asdict(shown),
        **place, "code": seen.code, "period": seen.choice.period, "limited": key_figures.not_for_everyone(behind),
        "dates": [{"period": one, "text": format_date(one, locale=locale())} for one in reversed(seen.choice.periods)],
        "ranking": ranking and asdict(ranking), "ranking_links": ranking and asdict(ranking.links),
    }  # fmt: skip


def _alerts(reader: dict[str, Any], codes: list[str], shown: dict[str, Any] | None) -> dict[str, Any] | None:
    """The conspicuous units with reasons of this topic alone; None where nothing is told."""
    find = action_or_none("ierwohnen_indicator_alerts")
    if find is None or not codes:
        return None
    place = {"system": shown["system"], "level": shown["level"]} if shown else {}
    try:
        found = find(dict(reader), place)
    except (NotFound, NotAuthorized, ValidationError):
        return None
    listed = []
    for one in found["results"]:
        reasons = [reason for reason in one["reasons"] if reason["code"] in codes]
        if reasons:
            address = {"system": found["system"], "level": found["level"], "key": one["unit"]}
            href = tk.h.url_for("ierwohnen_portal.place_unit", **address)
            listed.append({"name": one["name"], "href": href, "reasons": reasons})
    return {
        "year": found["year"],
        "count": len(listed),
        "items": listed[:MOST_ALERTS],
        "href": route_or_none("ierwohnen_alerts.index", system=found["system"], level=found["level"]),
    }


def _without(reader: dict[str, Any], topic: str, codes: list[str]) -> list[dict[str, Any]]:
    """The indicators of the topic for which no table is published yet."""
    return [
        {
            "label": key_figures.in_language(one["name"]),
            "href": route_or_none("ierwohnen_indicators.show", code=one["code"]),
        }
        for one in _held(reader, topic, with_sources=False)
        if one["code"] not in codes
    ]


def _datasets(reader: dict[str, Any], topic: str, rows: int) -> dict[str, Any]:
    """The datasets of a topic: how many, and the first ones by title."""
    asked = {"fq": f'{FACET}:"{topic}"', "rows": rows, "facet": "false", "sort": "title_string asc"}
    try:
        found = tk.get_action("package_search")(dict(reader), asked)
    except SearchError:
        return {"count": 0, "items": []}
    return {
        "count": found["count"],
        "items": [
            {
                "title": item["title"] or item["name"],
                "href": tk.h.url_for(f"{item['type']}.read", id=item["name"]),
                "organization": (item.get("organization") or {}).get("title", ""),
                "until": (item.get("temporal_end") or "")[:10],
            }
            for item in found["results"]
        ],
    }
