"""Where names fit on a map: inside their unit as far as possible, and never over another name."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import shapely
from shapely.geometry import box
from shapely.geometry.base import BaseGeometry

from ckanext.ierwohnen.previews.type_width import text_width

Bounds = tuple[float, float, float, float]  # west, north, east, south, in pixels

LINE = 1.12
WELL, ENOUGH = 0.96, 0.8
"""Share of the name's box inside its unit that is taken at once, and that is still taken."""
FAR = 0.03
"""What a line height away from the unit's middle costs, in the same measure."""
GAP = 1.5
ENDINGS = (
    "vorstadt", "altstadt", "neustadt", "stadt", "siedlung", "viertel", "hausen", "kirchen", "dorf", "felde",
    "bergen", "tal",
    "park", "gebiet", "winkel", "heide", "garten", "rode", "leben", "hofen", "ingen", "werder",
)  # fmt: skip
_HYPHENATE = re.compile(rf"^(\w{{4,}}?)({'|'.join(ENDINGS)})$", re.IGNORECASE)


@dataclass(frozen=True)
class Label:
    """A name in one or two lines, centred at x; y is the middle of the block (pixels of the sheet)."""

    lines: tuple[str, ...]
    x: float
    y: float


def place_labels(units: Sequence[tuple[str, str, BaseGeometry, tuple[float, float]]], size: float) -> dict[str, Label]:
    """Labels by key for those units whose name fits.

    Large units choose first. A name is tried in one line, then in two (at a space, a hyphen or before a
    common ending of place names), at the unit's inner point and around it.

    :param units: key, name, shape and inner point, in pixels
    :param size: font size in pixels
    """
    taken: list[Bounds] = []
    sheet: Bounds | None = tuple(shapely.total_bounds([unit[2] for unit in units]).tolist()) if units else None
    placed: dict[str, Label] = {}
    for key, name, shape, point in sorted(units, key=lambda unit: -unit[2].area):
        found = _place(name, shape, point, size, taken, sheet)
        if found is not None:
            placed[key] = found[0]
            taken.append(found[1])
    return placed


def broken(name: str) -> tuple[str, str] | None:
    """The name in two even lines: `Industriepark` `Nord`, `Bahnhofs-` `vorstadt`; None if it has no cut."""
    cuts = [
        (name[: at.end()].rstrip(), name[at.end() :]) for at in re.finditer(r"[\s\-/]+", name) if at.end() < len(name)
    ]
    if not cuts and (compound := _HYPHENATE.match(name)):
        cuts = [(compound[1] + "-", compound[2])]
    return min(cuts, key=lambda cut: abs(len(cut[0]) - len(cut[1])), default=None)


def _place(
    name: str,
    shape: BaseGeometry,
    point: tuple[float, float],
    size: float,
    taken: list[Bounds],
    sheet: Bounds | None,
) -> tuple[Label, Bounds] | None:
    forms = [(name,)] + ([pair] if (pair := broken(name)) else [])
    west, north, east, south = shape.bounds
    best: tuple[float, Label, Bounds] | None = None
    for lines in forms:
        wide = max(text_width(line, size) for line in lines) + 2 * GAP
        high = size * LINE * len(lines)
        if wide * ENOUGH > east - west or high * ENOUGH > south - north:
            continue
        for x, y in _candidates(shape, point, size):
            bounds = (x - wide / 2, y - high / 2, x + wide / 2, y + high / 2)
            outside = sheet is not None and not _within(bounds, sheet)
            if outside or any(_apart(bounds, other) <= GAP for other in taken):
                continue
            space = box(*bounds)
            inside = shapely.intersection(space, shape).area / space.area
            rank = inside - FAR * math.dist((x, y), point) / size
            if inside >= ENOUGH and (best is None or rank > best[0]):
                best = (rank, Label(lines, round(x, 1), round(y, 1)), bounds)
            if rank >= WELL:
                return best and (best[1], best[2])
    return best and (best[1], best[2])


def _within(one: Bounds, other: Bounds) -> bool:
    return one[0] >= other[0] and one[1] >= other[1] and one[2] <= other[2] and one[3] <= other[3]


def _apart(one: Bounds, other: Bounds) -> float:
    """Distance between two boxes; 0 where they meet. Plain numbers: a map of many units asks this very often."""
    across = max(one[0] - other[2], other[0] - one[2], 0.0)
    down = max(one[1] - other[3], other[1] - one[3], 0.0)
    return math.hypot(across, down)


def _candidates(shape: BaseGeometry, point: tuple[float, float], size: float) -> list[tuple[float, float]]:
    """The inner point, the middle of the unit's widest places, and small steps around."""
    x, y = point
    west, north, east, south = shape.bounds
    wide_places = []
    for share in (0.5, 0.4, 0.6, 0.3, 0.7):
        level = north + (south - north) * share
        across = shapely.intersection(shape, shapely.LineString([(west - 1, level), (east + 1, level)]))
        parts = [part for part in shapely.get_parts(across) if part.length]
        if parts:
            longest = max(parts, key=lambda part: part.length)
            wide_places.append((longest.length, (longest.centroid.x, level)))
    widest = [place for _, place in sorted(wide_places, key=lambda found: -found[0])[:3]]
    centre = shape.centroid
    return [(x, y), (centre.x, centre.y), *widest, (x, y - size), (x, y + size), (x - size, y), (x + size, y)]
