"""What a dataset of one of our types is called by CKAN's own pages: "Create …", "Edit …", "My …".

CKAN makes these words from the technical name of the type ("Indicator-data erstellen").
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ckan.plugins.toolkit as tk

OURS = frozenset({"indicator-data", "spatial-system", "stock-data"})


@tk.chained_helper
def humanize_entity_type(
    original: Callable[..., str | None], entity_type: str, object_type: str, purpose: str
) -> str | None:
    """CKAN's helper, with phrases of ours for our types of datasets."""
    if entity_type == "package" and object_type in OURS:
        return phrases(object_type).get(purpose) or original(entity_type, object_type, purpose)
    return original(entity_type, object_type, purpose)


def phrases(object_type: str) -> dict[str, str]:
    """The phrase for each purpose."""
    return {"indicator-data": _figures, "spatial-system": _system, "stock-data": _stock}[object_type]()


def _figures() -> dict[str, str]:
    return {
        "add link": tk._("Add dataset of figures"),
        "breadcrumb": tk._("Datasets of figures"),
        "content tab": tk._("Dataset"),
        "create label": tk._("Create dataset of figures"),
        "create title": tk._("Create dataset of figures"),
        "delete confirmation": tk._("Are you sure you want to delete this dataset?"),
        "edit label": tk._("Edit dataset"),
        "facet label": tk._("Datasets of figures"),
        "form label": tk._("Dataset of figures"),
        "main nav": tk._("Datasets of figures"),
        "my label": tk._("My datasets of figures"),
        "page title": tk._("Datasets of figures"),
        "save label": tk._("Save dataset"),
        "search placeholder": tk._("Search figures …"),
        "update label": tk._("Save dataset"),
        "view label": tk._("View dataset"),
    }


def _system() -> dict[str, str]:
    return {
        "add link": tk._("Add spatial system"),
        "breadcrumb": tk._("Spatial systems"),
        "content tab": tk._("Spatial system"),
        "create label": tk._("Create spatial system"),
        "create title": tk._("Create spatial system"),
        "delete confirmation": tk._("Are you sure you want to delete this spatial system?"),
        "edit label": tk._("Edit spatial system"),
        "facet label": tk._("Spatial systems"),
        "form label": tk._("Spatial system"),
        "main nav": tk._("Spatial systems"),
        "my label": tk._("My spatial systems"),
        "page title": tk._("Spatial systems"),
        "save label": tk._("Save spatial system"),
        "search placeholder": tk._("Search spatial systems …"),
        "update label": tk._("Save spatial system"),
        "view label": tk._("View spatial system"),
    }


HELPERS: dict[str, Any] = {"humanize_entity_type": humanize_entity_type}


def _stock() -> dict[str, str]:
    return {
        "add link": tk._("Add entry of stock"),
        "breadcrumb": tk._("Stock data"),
        "content tab": tk._("Entry"),
        "create label": tk._("Create entry of stock"),
        "create title": tk._("Create entry of stock"),
        "delete confirmation": tk._("Are you sure you want to delete this entry? The stock itself stays."),
        "edit label": tk._("Edit entry"),
        "facet label": tk._("Stock data"),
        "form label": tk._("Entry of stock"),
        "main nav": tk._("Stock data"),
        "my label": tk._("My entries of stock"),
        "page title": tk._("Stock data"),
        "save label": tk._("Save entry"),
        "search placeholder": tk._("Search stock data …"),
        "update label": tk._("Save entry"),
        "view label": tk._("View entry"),
    }
