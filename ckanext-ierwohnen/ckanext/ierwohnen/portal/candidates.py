"""Where proposals come from: the actions of the rooms that are on, with the reader's rights.

A kind whose plugin is off is simply absent. Units, indicators, organizations and topics are few and compared here,
forgivingly; datasets are many and asked of the search index.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import ckan.plugins.toolkit as tk
from ckan.lib.search import SearchError
from ckan.logic import NotAuthorized, NotFound

from ckanext.ierwohnen.look.every_group import every_group
from ckanext.ierwohnen.look.template_functions import locale, route_or_none
from ckanext.ierwohnen.portal.spelling import Match, match
from ckanext.ierwohnen.portal.suggest import Candidate, Proposal, rank

MOST_UNITS = 5000
MOST_RELEASES = 100
SOLR_SPECIAL = '+-&|!(){}[]^"~*?:\\/'


def action_or_none(name: str) -> Callable[..., Any] | None:
    """An action, or None where the plugin that brings it is off."""
    try:
        return tk.get_action(name)
    except KeyError:
        return None


def units(context: dict[str, Any]) -> Iterator[Candidate]:
    """Every spatial unit that the reader may see, with its level and parent as note."""
    systems, list_units = action_or_none("ierwohnen_spatial_system_list"), action_or_none("ierwohnen_unit_list")
    if systems is None or list_units is None:
        return
    for system in newest(systems(dict(context), {})):
        for level in system["levels"]:
            asked = {"system": system["id"], "level": level["code"], "limit": MOST_UNITS}
            for unit in list_units(dict(context), asked):
                address = {"system": system["id"], "level": level["code"], "key": unit["key"]}
                href = tk.h.url_for("ierwohnen_portal.place_unit", **address)
                yield Candidate("unit", (unit["name"], f"{unit['key']} {unit['name']}"), level_title(level), href)


def newest(systems: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Of several boundary dates of one place only the newest, so that no unit is proposed twice."""
    by_title: dict[str, dict[str, Any]] = {}
    for system in systems:
        name = system["title"].rstrip("0123456789 .,-")
        if name not in by_title or str(system["boundary_date"]) > str(by_title[name]["boundary_date"]):
            by_title[name] = system
    return list(by_title.values())


def level_title(level: dict[str, Any]) -> str:
    """Title of a level in the reader's language."""
    return (locale() == "en" and level.get("title_en")) or level["title"]


def indicators(context: dict[str, Any]) -> Iterator[Candidate]:
    """Every indicator of the catalogue, known by its names in both languages and its synonyms."""
    list_indicators = action_or_none("ierwohnen_indicator_list")
    if list_indicators is None:
        return
    from ckanext.ierwohnen.indicators.vocabulary import vocabulary

    had = {item["code"] for item in list_indicators(dict(context), {"with_sources": True})}
    for item in list_indicators(dict(context), {}):
        name = item["name"].get(locale()) or item["name"]["de"]
        names = (name, *item["name"].values(), *item.get("synonyms", ()))
        href = route_or_none("ierwohnen_indicators.show", code=item["code"]) or tk.h.url_for("dataset.search", q=name)
        empty = item["code"] not in had
        note = tk._("no values yet") if empty else vocabulary("topics").text(item["topic"], locale())
        yield Candidate("indicator", tuple(dict.fromkeys(names)), note, href, empty)


def organizations(context: dict[str, Any]) -> Iterator[Candidate]:
    """Every organization, with the number of its public datasets."""
    for item in every_group("organization_list", context):
        count = item["package_count"]
        note = tk.ungettext("%(num)d dataset", "%(num)d datasets", count) % {"num": count}
        href = tk.h.url_for("organization.read", id=item["name"])
        yield Candidate("organization", (item["display_name"], item["name"]), note, href)


def topics(context: dict[str, Any]) -> Iterator[Candidate]:
    """Every topic (CKAN's groups)."""
    for item in every_group("group_list", context):
        href = tk.h.url_for("group.read", id=item["name"])
        yield Candidate("topic", (item["display_name"], item["name"]), "", href)


def datasets(context: dict[str, Any], query: str, limit: int) -> tuple[list[Proposal], int]:
    """The best datasets for a query and how many there are; CKAN's search sees to it that the reader may see them."""
    words = "".join(" " if letter in SOLR_SPECIAL else letter for letter in query).split()
    if not words:
        return [], 0
    typed = " ".join(words)
    search = {
        "q": f"text:({' AND '.join(words)}) OR title_ngram:({' AND '.join(words)})",
        "fq": "-type:spatial-system",
        "rows": limit,
        "facet": "false",
        "include_private": True,
    }
    try:
        found = tk.get_action("package_search")(dict(context), search)
    except SearchError:
        return [], 0
    return [_dataset(item, typed) for item in found["results"]], found["count"]


def releases(context: dict[str, Any], query: str) -> list[Proposal]:
    """Releases for some readers only that this reader may see: they are no datasets, and in no index."""
    listed = action_or_none("ierwohnen_release_list")
    if listed is None or not context.get("user"):
        return []
    found = listed(dict(context), {"state": "published", "limit": MOST_RELEASES})["results"]
    note = tk._("release, not for everyone")
    limited = [
        Candidate(
            "dataset", (one["title"], one["number"]), note, tk.h.url_for("ierwohnen_releases.read", id=one["number"])
        )
        for one in found
        if one["audience"]["kind"] != "public"
    ]
    return rank(query, limited, MOST_RELEASES)


def _dataset(item: dict[str, Any], typed: str) -> Proposal:
    title = item["title"] or item["name"]
    note = (item.get("organization") or {}).get("title", "")
    href = tk.h.url_for(f"{item['type']}.read", id=item["name"])
    return Proposal(Candidate("dataset", (title,), note, href), match(typed, title) or Match(0, ()))


FEW: dict[str, Callable[[dict[str, Any]], Iterator[Candidate]]] = {
    "unit": units,
    "indicator": indicators,
    "organization": organizations,
    "topic": topics,
}


def all_of(kind: str, context: dict[str, Any]) -> list[Candidate]:
    """All candidates of a kind that the reader may see; none where the reader may not list them."""
    try:
        return list(FEW[kind](context))
    except (NotAuthorized, NotFound):
        return []
