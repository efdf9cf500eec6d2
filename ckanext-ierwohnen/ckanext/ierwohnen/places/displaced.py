"""Boundaries that lie elsewhere than units known to be the same: as a rule the coordinate system is a wrong one.

Eastings of UTM zones 32 and 33 look alike. Read in the neighbouring zone, Leipzig lies in Poland or in Hesse, and
nothing in the file tells. What the portal knows already does: the same units, in an earlier state or in another system.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pyproj
import shapely

from ckanext.ierwohnen.places.boundaries import Boundaries, LoadedLevel
from ckanext.ierwohnen.places.families import AGS, ARS, fits_family
from ckanext.ierwohnen.places.findings import Finding, error, warning
from ckanext.ierwohnen.places.reprojection import WGS84

# Metres. Below SHIFTED nobody sees it on a map, and conversions differ by some metres; above ELSEWHERE it is no map of
# the place any more, if a usual unit is not wider than that.
SHIFTED, ELSEWHERE = 30.0, 1_000.0
# Units redrawn at a reform move in all directions; a wrong coordinate system moves all of them alike.
_ALIKE = 0.34
_ENOUGH = 3  # units of the same key and name that make two systems one place
_ENOUGH_NAMES = 5
# Metres. An office that has loaded one place may load another this far away, unless the file's numbers, read in another
# usual coordinate system, lie in or near the first one: then that is what was meant.
_FAR_AWAY, _NEAR_BY = 100_000.0, 20_000.0
# In which coordinate systems German offices keep boundaries: UTM, Gauß-Krüger, Soldner of Berlin, web maps.
_USUAL = (25832, 25833, 25831, 31468, 31467, 31469, 31466, 3068, 3857)
_EARTH = pyproj.Geod(ellps="GRS80")

Place = tuple[str, float, float]
"""Name, longitude and latitude of a unit's middle point."""


@dataclass(frozen=True)
class KnownPlaces:
    """Units of one level that the portal knows: key → name, longitude, latitude.

    ``own`` tells that they are what the dataset held before: there a key means the same unit whatever its name.
    """

    system: str
    date: str
    level: str
    units: Mapping[str, Place]
    own: bool = False


def tell_displaced(boundaries: Boundaries, known: Iterable[KnownPlaces], confirmed: bool = False) -> list[Finding]:
    """What there is to say about levels that lie elsewhere than the same units elsewhere; once for each file.

    :param confirmed: somebody has said that the new place is right; errors are warnings then
    """
    known = list(known)
    found: dict[str, tuple[int, Finding]] = {}
    for loaded in boundaries.levels:
        here = _middles(boundaries, loaded)
        for places in known:
            pairs = _same_units(loaded, places)
            told = _compare(boundaries, loaded, here, places, pairs, confirmed) if pairs else None
            # An error before a warning, then the level that knows most.
            weight = len(pairs) + (1_000_000 if told and told.code.startswith("units_elsewhere") else 0)
            if told and weight > found.get(loaded.file, (0,))[0]:
                found[loaded.file] = (weight, told)
    return [told for _, told in found.values()]


def tell_far_from_others(
    boundaries: Boundaries, others: Mapping[str, tuple[float, ...]], confirmed: bool = False
) -> list[Finding]:
    """What there is to say where no unit is known yet: all lies far from what the same office has loaded before.

    :param others: title of each system of the office → its extent (west, south, east, north in degrees)
    """
    finest = boundaries.levels[-1]
    middle = np.median(_middles(boundaries, finest), axis=0)[None, :]
    nearest = {title: _to_box(middle, box) for title, box in others.items()}
    if not nearest or finest.crs is None or min(_metres(middle, there) for there in nearest.values()) < _FAR_AWAY:
        return []
    for title, there in nearest.items():
        box = np.array(others[title])
        centre = np.array([[(box[0] + box[2]) / 2, (box[1] + box[3]) / 2]])
        reach = _metres(centre, np.array([[box[0], box[1]]])) + _NEAR_BY
        fitting = _fitting_crs(finest.crs, middle, centre, reach)
        if fitting:
            say = warning if confirmed else error
            away = round(_metres(middle, there) / 1000)
            return [say("place_elsewhere", file=finest.file, other=title, kilometres=away,
                        latitude=float(middle[0, 1]), longitude=float(middle[0, 0]), crs=_label(finest.crs),
                        fitting=f"EPSG:{fitting}")]  # fmt: skip
    return []


def _to_box(point: np.ndarray, box: tuple[float, ...]) -> np.ndarray:
    return np.clip(point, [box[0], box[1]], [box[2], box[3]])


def _metres(one: np.ndarray, other: np.ndarray) -> float:
    return float(_shifts(one, other)[2][0])


def _middles(boundaries: Boundaries, loaded: LoadedLevel) -> np.ndarray:
    """Longitude and latitude of the middle of each unit (n × 2)."""
    points = shapely.get_coordinates(shapely.centroid(loaded.shapes))
    return _moved(points, boundaries.crs, WGS84)


def _same_units(loaded: LoadedLevel, places: KnownPlaces) -> list[tuple[int, Place]]:
    """Positions of units with what is known of the same unit; empty if these are not one place."""
    least = min(len(loaded.keys), len(places.units)) / 2
    by_key, by_both = [], []
    for position, (key, name) in enumerate(zip(loaded.keys, loaded.names, strict=True)):
        unit = places.units.get(key)
        if unit is None:
            continue
        by_key.append((position, unit))
        real = _plain(name) != _plain(key) and _plain(name) == _plain(unit[0])
        if real or fits_family(key, AGS) or fits_family(key, ARS):
            by_both.append((position, unit))
    if by_key and places.own and len(by_key) >= least:
        return by_key
    if len(by_both) >= max(_ENOUGH, least):
        return by_both
    named = _once(_plain(name) for name, _, _ in places.units.values())
    mine = _once(map(_plain, loaded.names)) - set(map(_plain, loaded.keys))
    there = {_plain(unit[0]): unit for unit in places.units.values()}
    by_name = [(n, there[_plain(name)]) for n, name in enumerate(loaded.names) if _plain(name) in named & mine]
    return by_name if len(by_name) >= max(_ENOUGH_NAMES, least) else []


def _once(texts: Iterable[str]) -> set[str]:
    seen: dict[str, int] = {}
    for text in texts:
        seen[text] = seen.get(text, 0) + 1
    return {text for text, count in seen.items() if count == 1 and text}


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


def _compare(
    boundaries: Boundaries, loaded: LoadedLevel, here: np.ndarray, places: KnownPlaces,
    pairs: list[tuple[int, Place]], confirmed: bool,
) -> Finding | None:  # fmt: skip
    positions = [position for position, _ in pairs]
    mine, theirs = here[positions], np.array([unit[1:] for _, unit in pairs])
    east, north, _ = _shifts(theirs, mine)
    shift = np.array([np.median(east), np.median(north)])
    metres = float(np.hypot(*shift))
    spread = float(np.median(np.hypot(east - shift[0], north - shift[1])))
    if metres <= SHIFTED or spread > _ALIKE * metres:
        return None
    width = float(np.median(np.sqrt(shapely.area(loaded.shapes[positions]))))
    params = {"file": loaded.file, "level": loaded.level.title, "count": len(pairs), "other": places.system,
              "date": places.date}  # fmt: skip
    if metres <= max(ELSEWHERE, width):
        # One or two units may have been redrawn; many moved alike have not.
        return warning("units_shifted", **params, metres=round(metres)) if len(pairs) >= _ENOUGH else None
    (x, y), (far_x, far_y) = np.median(mine, axis=0), np.median(theirs, axis=0)
    params |= {"kilometres": round(metres / 1000), "latitude": float(y), "longitude": float(x),
               "other_latitude": float(far_y), "other_longitude": float(far_x)}  # fmt: skip
    say = warning if confirmed else error
    fitting = _fitting_crs(loaded.crs, mine, theirs, max(ELSEWHERE, width))
    if fitting and loaded.crs is not None:
        return say("units_elsewhere_crs", **params, crs=_label(loaded.crs), fitting=f"EPSG:{fitting}")
    return say("units_elsewhere", **params)


def _shifts(origin: np.ndarray, target: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Metres east and north from each point to its target, and the distance."""
    azimuth, _, metres = _EARTH.inv(origin[:, 0], origin[:, 1], target[:, 0], target[:, 1])
    turned = np.radians(azimuth)
    return metres * np.sin(turned), metres * np.cos(turned), metres


def _fitting_crs(crs: pyproj.CRS | None, mine: np.ndarray, theirs: np.ndarray, near: float) -> int | None:
    """The usual coordinate system in which the numbers of the file lie where the units are known to be."""
    if crs is None or crs.is_geographic:
        return None
    numbers = _moved(mine, WGS84, crs)
    best: tuple[float, int] | None = None
    for code in _USUAL:
        placed = _moved(numbers, pyproj.CRS.from_epsg(code), WGS84)
        if not np.isfinite(placed).all() or (np.abs(placed) > [180, 90]).any():
            continue
        away = float(np.median(_shifts(theirs, placed)[2]))
        if away <= near and (best is None or away < best[0] - 1):
            best = (away, code)
    return best[1] if best else None


def _moved(points: np.ndarray, source: pyproj.CRS, target: pyproj.CRS) -> np.ndarray:
    x, y = pyproj.Transformer.from_crs(source, target, always_xy=True).transform(points[:, 0], points[:, 1])
    return np.column_stack([x, y])


def _label(crs: pyproj.CRS) -> str:
    code = crs.to_epsg(min_confidence=70)
    return f"EPSG:{code}" if code else crs.name
