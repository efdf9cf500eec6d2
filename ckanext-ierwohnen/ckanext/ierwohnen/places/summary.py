"""Template functions: what the page of a spatial system shows of its levels."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from markupsafe import Markup

from ckanext.ierwohnen.places import store
from ckanext.ierwohnen.places.loading import accepts
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


def iw_accepts_boundaries(dataset_type: str) -> bool:
    """True if boundaries can be loaded into datasets of this type."""
    return accepts(dataset_type)
