"""What the home page shows. Each part comes from the plugin that feeds it and vanishes where that plugin is off."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan.lib.search import SearchError

from ckanext.ierwohnen.look.template_functions import locale, route_or_none
from ckanext.ierwohnen.portal import cache, config
from ckanext.ierwohnen.portal.candidates import action_or_none
from ckanext.ierwohnen.portal.home_map import home_map
from ckanext.ierwohnen.portal.key_figures import key_figures

LATEST = 5


def parts(chosen: Any) -> dict[str, Any]:
    """Everything that the template of the home page needs.

    :param chosen: query parameters of the page (`indicator`, `period`)
    """
    map_shown = home_map(chosen.get("indicator"), chosen.get("period"))
    return {
        "figures": cache.kept("key-figures", _key_figures, language=locale()),
        "map": map_shown,
        "indicator_count": cache.kept("indicators", _indicator_count, language=locale()),
        "latest": cache.kept("latest", latest, language=locale()),
        "doors": doors(),
    }


def _key_figures() -> list[dict[str, Any]]:
    return key_figures(cache.public_context(), config.key_figures())


def _indicator_count() -> int:
    listed = action_or_none("ierwohnen_indicator_list")
    return len(listed(cache.public_context(), {})) if listed else 0


def latest() -> dict[str, Any]:
    """The datasets changed last, and how many there are: `{"count", "items"}`."""
    search = {"q": "*:*", "fq": "-type:spatial-system", "sort": "metadata_modified desc", "rows": LATEST}
    try:
        found = tk.get_action("package_search")(cache.public_context(), {**search, "facet": "false"})
    except SearchError:
        return {"count": 0, "items": []}
    return {"count": found["count"], "items": [_dataset(item) for item in found["results"]]}


def _dataset(item: dict[str, Any]) -> dict[str, Any]:
    formats = dict.fromkeys(resource["format"] for resource in item["resources"] if resource.get("format"))
    return {
        "title": item["title"] or item["name"],
        "href": tk.h.url_for(f"{item['type']}.read", id=item["name"]),
        "organization": (item.get("organization") or {}).get("title", ""),
        "until": (item.get("temporal_end") or "")[:10],
        "modified": item["metadata_modified"][:10],
        "formats": list(formats)[:4],
    }


def doors() -> list[dict[str, str]]:
    """The ways in for contributors that this portal really has."""
    ways = [
        {
            "title": tk._("Publish data"),
            "text": tk._(
                "For offices: upload a table as it comes from your software. "
                "The portal checks it and asks for what is missing."
            ),
            "href": tk.h.url_for("dataset.new") if tk.current_user.is_authenticated else _login("dataset.new"),
        },
        {
            "title": tk._("Take part as a housing company"),
            "text": tk._(
                "Stock data stays in your own house. "
                "You decide which sums are seen by whom, for what purpose and how long."
            ),
            "href": route_or_none("ierwohnen_releases.index") or "",
        },
        {
            "title": tk._("Fetch and reuse data"),
            "text": tk._("CKAN API, CSV, GeoJSON and DCAT-AP.de; open for programs without an account."),
            "href": tk.h.url_for("dataset.search"),
        },
    ]
    return [way for way in ways if way["href"]]


def _login(endpoint: str) -> str:
    return tk.h.url_for("user.login", came_from=tk.h.url_for(endpoint))
