"""Template functions: what the page of a spatial system shows of its levels."""

from __future__ import annotations

from collections import Counter
from typing import Any

import ckan.plugins.toolkit as tk
from markupsafe import Markup

from ckanext.ierwohnen.places import store, stored_crosswalks
from ckanext.ierwohnen.places.loading import accepts
from ckanext.ierwohnen.places.lookup import may_read
from ckanext.ierwohnen.places.simplify import Detail


def iw_spatial_system(name_or_id: str) -> dict[str, Any] | None:
    """The loaded system of a dataset with its outline as SVG and links to its GeoJSON; None if none is
    loaded, or if this reader may not see it.

    The outline is made of numbers by drawing.py, so it may stand in a page as it is.
    """
    try:
        shown = tk.get_action("ierwohnen_spatial_system_show")({}, {"id": name_or_id})
    except (tk.ObjectNotFound, tk.NotAuthorized):
        return None
    english = str(tk.h.lang()).startswith("en")
    stored = store.system_of(shown["dataset_id"])
    levels = [
        {
            **level,
            "label": level["title_en"] if english and level["title_en"] else level["title"],
            "url": tk.h.url_for(
                "ierwohnen_places.geometry",
                system=shown["id"],
                level=level["code"],
                detail=str(Detail.FINE),
                locale="default",
            ),
        }
        for level in shown["levels"]
    ]
    return {**shown, "levels": levels, "outline": Markup(stored.outline if stored else "")}


def stated_crosswalks(dataset_id: str) -> list[dict[str, Any]]:
    """The crosswalks that an office states into a system, as the page shows them; only from systems one may see."""
    return [
        {"from": name, "title": title or name, "from_level": found.from_level, "to_level": found.to_level,
         "source": found.source, "loaded": found.loaded.date().isoformat(), **_counted(found.pairs)}
        for found, name, title in stored_crosswalks.into(dataset_id)
        if may_read({"user": tk.current_user.name}, found.from_id)
    ]  # fmt: skip


def _counted(pairs: list[list[Any]]) -> dict[str, int]:
    """How many old units there are, and how many of them were split, not moved whole."""
    parts = Counter(source for source, *_ in pairs)
    return {"units": len(parts), "split": sum(count > 1 for count in parts.values())}


def crosswalk_sources(systems: list[dict[str, Any]], own: dict[str, Any]) -> list[dict[str, Any]]:
    """The systems from which a crosswalk may lead into one: of the same place, the nearest one before it first."""
    west, south, east, north = own["extent"]
    near = [
        other
        for other in systems
        if other["dataset_id"] != own["dataset_id"]
        and other["extent"][0] < east and other["extent"][2] > west
        and other["extent"][1] < north and other["extent"][3] > south
    ]  # fmt: skip
    date = own["boundary_date"]
    before = sorted((s for s in near if s["boundary_date"] <= date), key=lambda s: s["boundary_date"], reverse=True)
    return [*before, *sorted((s for s in near if s["boundary_date"] > date), key=lambda s: s["boundary_date"])]


def iw_accepts_boundaries(dataset_type: str) -> bool:
    """True if boundaries can be loaded into datasets of this type."""
    return accepts(dataset_type)
