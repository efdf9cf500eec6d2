"""Coordinates in a table of points: which columns, in which coordinate system, whether the axes are swapped.

Known are longitude and latitude (WGS 84), UTM of zones 31 to 33 (ETRS89, also with the zone before the easting) and
Gauß-Krüger of zones 2 to 5. Names propose the columns; the values decide, since they lie in ranges of their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyproj

from ckanext.ierwohnen.tables.cells import clean, shown
from ckanext.ierwohnen.tables.office_table import OfficeTable

_X = {"x", "lon", "long", "lng", "longitude", "länge", "laenge", "längengrad", "laengengrad", "rechtswert", "rw",
      "ostwert", "easting", "east", "ost", "e"}  # fmt: skip
_Y = {"y", "lat", "latitude", "breite", "breitengrad", "hochwert", "hw", "nordwert", "northing", "north", "nord", "n"}
_WORDS = re.compile(r"[^\W\d_]+")
_GERMANY_X, _GERMANY_Y = (5.5, 15.6), (47.0, 55.3)
_NORTHINGS = (5_200_000.0, 6_150_000.0)
_UTM_EASTINGS = (250_000.0, 950_000.0)
ENOUGH = 0.9  # share of the filled cells of the sample that must be numbers


@dataclass(frozen=True)
class Reading:
    """One way to read two columns as coordinates: EPSG code, axes swapped or not, metres to take off the easting."""

    epsg: int
    swapped: bool = False
    offset: float = 0.0

    @property
    def turned(self) -> Reading:
        """The same with the axes the other way round."""
        return replace(self, swapped=not self.swapped)


@dataclass(frozen=True)
class Coordinates:
    """The two columns, and the ways in which their values can be read (UTM zones cannot be told apart by values)."""

    x: str
    y: str
    readings: tuple[Reading, ...]


def find_coordinates(table: OfficeTable) -> Coordinates | None:
    """The columns of coordinates, if names and values speak for them; else None."""
    xs, ys = (_named(table.names, words) for words in (_X, _Y))
    for x in xs:
        for y in ys:
            if x == y:
                continue
            sample = [as_numbers(table.sample_of(name)) for name in (x, y)]
            filled = [sum(bool(clean(cell)) for cell in table.sample_of(name)) for name in (x, y)]
            read = [int(np.isfinite(values).sum()) for values in sample]
            if min(read) < 1 or any(r < ENOUGH * f for r, f in zip(read, filled, strict=True)):
                continue
            found = _readings(*np.nanmedian(sample, axis=1).tolist())
            # Where rows of both kinds are mixed the middle means nothing; in Germany eastings are the smaller numbers.
            found = found or _readings(*np.nanmedian(np.sort(sample, axis=0), axis=1).tolist())
            if found:
                return Coordinates(x, y, found)
    return None


def as_numbers(cells: Iterable[str]) -> np.ndarray:
    """Cells as numbers, NaN where there is none; a coordinate's comma is its decimal sign: `5.812.345,7`, `13,405`."""
    return np.array([_number(cell) for cell in cells], dtype=float)


def degrees(x: np.ndarray, y: np.ndarray, reading: Reading) -> np.ndarray:
    """Longitude and latitude (n × 2); NaN where there is no coordinate."""
    east, north = (y, x) if reading.swapped else (x, y)
    east = east - reading.offset
    if reading.epsg == 4326:
        return np.column_stack([east, north])
    transformer = pyproj.Transformer.from_crs(reading.epsg, 4326, always_xy=True)
    longitude, latitude = transformer.transform(east, north)
    both = np.column_stack([longitude, latitude])
    return np.where(np.isfinite(both), both, np.nan)


def _named(names: Sequence[str], words: set[str]) -> list[str]:
    return [name for name in names if set(_WORDS.findall(name.casefold().replace("_", " "))) & words]


def _number(cell: str) -> float:
    text = clean(shown(cell or "")).replace(" ", "").replace("\u00a0", "").replace("°", "")
    if "," in text:
        text = text.replace(".", "").replace(",", ".")
    elif text.count(".") > 1:
        text = text.replace(".", "")
    try:
        value = float(text)
    except ValueError:
        return np.nan
    return value if np.isfinite(value) and value != 0 else np.nan


def _readings(x: float, y: float) -> tuple[Reading, ...]:
    """Every way that puts a typical point into Germany; as named first, then swapped."""
    return tuple(
        Reading(epsg, swapped, offset)
        for swapped, east, north in ((False, x, y), (True, y, x))
        for epsg, offset in _systems(east, north)
    )


def _systems(east: float, north: float) -> list[tuple[int, float]]:
    if _GERMANY_X[0] <= east <= _GERMANY_X[1] and _GERMANY_Y[0] <= north <= _GERMANY_Y[1]:
        return [(4326, 0.0)]
    if not _NORTHINGS[0] <= north <= _NORTHINGS[1]:
        return []
    if _UTM_EASTINGS[0] <= east <= _UTM_EASTINGS[1]:
        return [(25832, 0.0), (25833, 0.0), (25831, 0.0)]
    zone = int(east // 1_000_000)
    if zone in (31, 32, 33):
        return [(25800 + zone, zone * 1e6)]
    return [(31464 + zone, 0.0)] if zone in (2, 3, 4, 5) else []
