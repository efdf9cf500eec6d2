"""The search for datasets on the map: choose a unit or draw a box, and find the datasets whose extent meets it.

The search itself is ckanext-spatial's (`ext_bbox`); the ground is the city's own units, drawn on the server, so that
nothing is fetched from elsewhere. Without scripts units are links, and a list chooses them as well.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

import ckan.plugins as p
import ckan.plugins.toolkit as tk
import shapely
from ckan.logic import NotAuthorized, NotFound
from flask import current_app
from markupsafe import Markup

from ckanext.ierwohnen.look.reader import reader_context
from ckanext.ierwohnen.look.template_functions import locale
from ckanext.ierwohnen.places.collection import Collection
from ckanext.ierwohnen.portal.candidates import action_or_none, newest

BOX, PLACE = "ext_bbox", "ext_place"
MOST_UNITS = 120
DIGITS = 5  # about a metre
MARGIN = 5.0  # of the drawn ground
OWN = (BOX, PLACE, "page")


def search_map() -> Markup:
    """The block of the search page; empty where a plugin that it needs is off, or there is no spatial system."""
    shown = _shown(tk.request.args.items(multi=True)) if _possible() else None
    return Markup(tk.render("ierwohnen_portal/search_map.html", extra_vars={"map": shown}) if shown else "")


def kept() -> list[tuple[str, str]]:
    """The place that the address asks for, for forms that must carry it along."""
    return [(name, tk.request.args[name]) for name in (BOX, PLACE) if tk.request.args.get(name)]


def _possible() -> bool:
    return p.plugin_loaded("spatial_query") and "ierwohnen_figure.page" in current_app.view_functions


def _shown(arguments: Any) -> dict[str, Any] | None:
    from ckanext.ierwohnen.previews.sight import area_of
    from ckanext.ierwohnen.previews.unit_figures import located

    reader: Any = reader_context()
    listed = action_or_none("ierwohnen_spatial_system_list")
    systems = newest(listed(dict(reader), {})) if listed else []
    systems.sort(key=lambda one: str(one["boundary_date"]), reverse=True)
    level = _level(systems[0]) if systems else None
    if level is None:
        return None
    system = systems[0]["id"]
    area = area_of(reader, system, level["code"], locale())
    if area is None or area.ground is None:
        return None
    boxes = _boxes(reader, system, str(systems[0].get("revision")), level["code"])
    others = [(name, value) for name, value in arguments if name not in OWN]
    asked, place = tk.request.args.get(BOX, ""), tk.request.args.get(PLACE, "")
    chosen = place if boxes.get(place) == asked and asked else ""
    here = tk.h.url_for("dataset.search")

    def link(key: str) -> str:
        more = [] if key == chosen else [(BOX, boxes.get(key, "")), (PLACE, key)]
        return f"{here}?{urlencode([*others, *more])}" if boxes.get(key) else here

    names = {unit.key: unit.name for unit in area.ground.units}
    svg = located(area, (chosen,) if chosen else (), link=link, locale=locale())
    units = [{"key": key, "name": names[key], "box": boxes[key]} for key in sorted(names, key=names.__getitem__)
             if key in boxes]  # fmt: skip
    return {
        "svg": _with_box(svg, area.ground, _whole(boxes), asked) if svg and asked and not chosen else svg,
        "level": area.title,
        "units": units,
        "chosen": chosen,
        "name": names.get(chosen),
        "box": asked,
        "others": others,
        "here": here,
        "clear": f"{here}?{urlencode(others)}" if others else here,
        "bounds": ",".join(f"{one:.{DIGITS}f}" for one in _whole(boxes)),
    }


def _with_box(svg: Markup, ground: Any, bounds: tuple[float, ...], asked: str) -> Markup:
    """The map with the box that is asked for, projected as previews/ground.py does; as it is for what is no box."""
    try:
        west, south, east, north = map(float, asked.split(","))
    except ValueError:
        return svg
    shrink = math.cos(math.radians((bounds[1] + bounds[3]) / 2))
    scale = (ground.height - 2 * MARGIN) / (bounds[3] - bounds[1])
    left = (ground.width - (bounds[2] - bounds[0]) * shrink * scale) / 2
    x, wide = left + (west - bounds[0]) * shrink * scale, (east - west) * shrink * scale
    y, high = MARGIN + (bounds[3] - north) * scale, (north - south) * scale
    drawn = f'<rect class="iw-drawn" x="{x:.1f}" y="{y:.1f}" width="{max(wide, 0):.1f}" height="{max(high, 0):.1f}"/>'
    return Markup(str(svg).replace("</svg>", f"{drawn}</svg>"))


def _level(system: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The finest level that is not too many units for a small map."""
    fitting = [one for one in system["levels"] if 1 < int(one.get("units") or 0) <= MOST_UNITS]
    return max(fitting, key=lambda one: int(one["units"]), default=None)


def _boxes(reader: Any, system: str, revision: str, level: str) -> dict[str, str]:
    """The box around each unit as `west,south,east,north`."""
    from ckanext.ierwohnen.places.lookup import geometry

    try:
        features = geometry(reader, system, level, "coarse")
    except (NotFound, NotAuthorized):
        return {}
    return dict(_measured(Collection(system, revision, level, features)))


@lru_cache(maxsize=8)
def _measured(collection: Collection) -> tuple[tuple[str, str], ...]:
    found = []
    for feature in collection.features["features"]:
        if feature.get("geometry"):
            bounds = shapely.geometry.shape(feature["geometry"]).bounds
            found.append((str(feature["id"]), ",".join(f"{one:.{DIGITS}f}" for one in bounds)))
    return tuple(found)


def _whole(boxes: Mapping[str, str]) -> tuple[float, float, float, float]:
    split = [tuple(map(float, text.split(","))) for text in boxes.values()]
    west, south, east, north = zip(*split, strict=True)
    return min(west), min(south), max(east), max(north)
