"""The outline by which a dataset is found on the map, where it states none itself: the box of its spatial system."""

from __future__ import annotations

import json
from typing import Any

import ckan.plugins.toolkit as tk


def outline_of(dataset: dict[str, Any]) -> str | None:
    """GeoJSON of the box around the dataset's spatial system, or around itself if it is one; None where there is none.

    Asked as a visitor without account: what is not public does not get into the index of what is.
    """
    name = dataset.get("name") if dataset.get("type") == "spatial-system" else dataset.get("spatial_system")
    if not name:
        return None
    try:
        system = tk.get_action("ierwohnen_spatial_system_show")({"user": ""}, {"id": name})
    except (KeyError, tk.ObjectNotFound, tk.NotAuthorized):  # KeyError: the plugin of spatial systems is off
        return None
    extent = system.get("extent")
    if not extent:
        return None
    west, south, east, north = extent
    corners = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return json.dumps({"type": "Polygon", "coordinates": [corners]})
