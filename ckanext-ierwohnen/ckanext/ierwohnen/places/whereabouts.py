"""Where boundaries lie, in words: of the first ones of an office nothing is known that they could be compared with.

Read in the neighbouring zone a town of Saxony lies on the Rhine. Whoever loads it knows better, if it is said; where
the operator has stated in which region the portal's places lie, what lies outside of it is asked about.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pyproj
import shapely
import yaml

from ckanext.ierwohnen.places.boundaries import Boundaries
from ckanext.ierwohnen.places.findings import Finding, error, hint, warning
from ckanext.ierwohnen.places.reprojection import WGS84, reproject

ABROAD = 100_000.0
"""Metres from the nearest of the listed cities, beyond which none is named: every place in Germany is nearer."""
_EARTH = pyproj.Geod(ellps="GRS80")
Box = tuple[float, float, float, float]


def tell_first_place(boundaries: Boundaries) -> list[Finding]:
    """Longitude, latitude and the nearest city, if the file's numbers were read by the label of a projection."""
    finest = boundaries.levels[-1]
    if finest.crs is None or finest.crs.is_geographic:
        return []
    longitude, latitude = _middle(boundaries)
    city, metres = nearest_city(longitude, latitude)
    params = {"file": finest.file, "latitude": latitude, "longitude": longitude, "crs": _label(finest.crs)}
    if metres > ABROAD:
        return [warning("place_abroad", **params)]
    return [hint("place_told", **params, city=city, kilometres=round(metres / 1000))]


def tell_outside(boundaries: Boundaries, region: Box | None, confirmed: bool = False) -> list[Finding]:
    """What there is to say about boundaries outside the region of the portal.

    :param region: west, south, east, north in degrees, as configured
    :param confirmed: somebody has said that the place is right; the error is a warning then
    """
    if region is None:
        return []
    longitude, latitude = _middle(boundaries)
    west, south, east, north = region
    if west <= longitude <= east and south <= latitude <= north:
        return []
    finest = boundaries.levels[-1]
    city, metres = nearest_city(longitude, latitude)
    say = warning if confirmed else error
    return [say("place_outside_region", file=finest.file, latitude=latitude, longitude=longitude, city=city,
                kilometres=round(metres / 1000), west=west, south=south, east=east, north=north)]  # fmt: skip


def region_of(text: str | None) -> Box | None:
    """The configured region: west, south, east and north in degrees, separated by blanks.

    :raises ValueError: if it is something else
    """
    if not (text or "").strip():
        return None
    west, south, east, north = map(float, str(text).replace(",", " ").split())
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        raise ValueError(f"no region in degrees (west south east north): {text}")
    return west, south, east, north


def nearest_city(longitude: float, latitude: float) -> tuple[str, float]:
    """The nearest listed German city, and how many metres away its centre is."""
    names, places = _landmarks()
    here = np.full(len(names), longitude), np.full(len(names), latitude)
    metres = _EARTH.inv(*here, places[:, 0], places[:, 1])[2]
    first = int(np.argmin(metres))
    return names[first], float(metres[first])


def _middle(boundaries: Boundaries) -> tuple[float, float]:
    """Longitude and latitude of the middle of all units, in degrees."""
    box = shapely.box(*shapely.total_bounds(boundaries.levels[-1].shapes))
    point = reproject(np.array([shapely.centroid(box)], dtype=object), boundaries.crs, WGS84)[0]
    return float(point.x), float(point.y)


@cache
def _landmarks() -> tuple[list[str], np.ndarray]:
    listed = yaml.safe_load(Path(__file__).with_name("landmarks.yaml").read_text("utf-8"))
    return list(listed), np.array(list(listed.values()), float)


def _label(crs: pyproj.CRS) -> str:
    code = crs.to_epsg(min_confidence=70)
    return f"EPSG:{code}" if code else crs.name
