"""The main navigation. A page is listed as soon as its plugin is on; nothing is linked that does not exist."""

from __future__ import annotations

from dataclasses import dataclass

import ckan.plugins.toolkit as tk

from ckanext.ierwohnen.look.template_functions import route_or_none


@dataclass(frozen=True)
class Entry:
    """One entry: the page it leads to and the blueprints whose pages belong to it."""

    endpoint: str
    message: str
    blueprints: tuple[str, ...]


def _(message: str) -> str:
    """Mark for extraction; translated when shown."""
    return message


ENTRIES = (
    Entry("dataset.search", _("Datasets"), ("dataset", "resource", "indicator-data", "spatial-system", "stock-data")),
    Entry("ierwohnen_portal.places", _("Places"), ()),
    Entry("ierwohnen_analyses.index", _("Analyses"), ("ierwohnen_analyses",)),
    Entry("ierwohnen_measures.index", _("Measures"), ("ierwohnen_measures",)),
    Entry("organization.index", _("Organizations"), ("organization",)),
    Entry("ierwohnen_portal.topics", _("Topics"), ("group",)),
    Entry("home.about", _("About"), ()),
)
BELONGS = {
    "ierwohnen_portal.place_unit": "ierwohnen_portal.places",
    "ierwohnen_portal.place_level": "ierwohnen_portal.places",
    "ierwohnen_portal.topic": "ierwohnen_portal.topics",
    "ierwohnen_indicators.index": "ierwohnen_portal.topics",
    "ierwohnen_indicators.show": "ierwohnen_portal.topics",
}


def navigation() -> list[dict[str, object]]:
    """Entries to show: address, label, and whether the reader is there."""
    endpoint = tk.request.endpoint or ""
    shown = []
    for entry in ENTRIES:
        href = route_or_none(entry.endpoint)
        if href:
            here = BELONGS.get(endpoint, endpoint)
            active = here == entry.endpoint or here.split(".")[0].removesuffix("_resource") in entry.blueprints
            shown.append({"href": href, "label": tk._(entry.message), "active": active})
    return shown
