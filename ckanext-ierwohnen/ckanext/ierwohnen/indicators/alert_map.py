"""A small map of the conspicuous units, drawn on the server. No CKAN in here."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from markupsafe import Markup, escape

WIDTH = 300
COLOURS = {"act": "#8c2d04", "watch": "#fec44f", "trend": "#9ecae1", "without": "#d9dde0", "none": "#f1f3f4"}


def unit_map(features: Mapping[str, Any], state: Mapping[str, str], alt: str) -> Markup:
    """The units coloured by their state; each has its name and state as a tooltip.

    :param features: GeoJSON FeatureCollection in EPSG:4326 with ids and the property ``name``
    :param state: a key of ``COLOURS`` by unit; ``none`` where it is missing
    """
    rings = {f["id"]: list(_rings(f["geometry"])) for f in features["features"] if f.get("geometry")}
    points = [point for unit in rings.values() for ring in unit for point in ring]
    if not points:
        return Markup("")
    west, east = min(p[0] for p in points), max(p[0] for p in points)
    south, north = min(p[1] for p in points), max(p[1] for p in points)
    narrow = math.cos(math.radians((south + north) / 2))  # a degree of longitude is shorter than one of latitude
    scale = WIDTH / max((east - west) * narrow, (north - south), 1e-9)
    names = {f["id"]: str(f["properties"].get("name") or f["id"]) for f in features["features"]}

    def path(unit: str) -> str:
        drawn = (
            "M" + "L".join(f"{(x - west) * narrow * scale + 1:.1f} {(north - y) * scale + 1:.1f}" for x, y, *_ in ring)
            for ring in rings[unit]
        )
        colour = COLOURS[state.get(unit, "none")]
        return f'<path fill="{colour}" d="{"Z".join(drawn)}Z"><title>{escape(names[unit])}</title></path>'

    wide, high = (east - west) * narrow * scale + 2, (north - south) * scale + 2
    return Markup(
        f'<svg class="iw-where" viewBox="0 0 {wide:.0f} {high:.0f}" role="img" aria-label="{escape(alt)}">'
        f'<g stroke="#7f8c93" stroke-width=".7" fill-rule="evenodd">{"".join(map(path, rings))}</g></svg>'
    )


def _rings(geometry: Mapping[str, Any]) -> Iterator[list[list[float]]]:
    if geometry["type"] == "Polygon":
        yield from geometry["coordinates"]
    elif geometry["type"] == "MultiPolygon":
        for polygon in geometry["coordinates"]:
            yield from polygon
