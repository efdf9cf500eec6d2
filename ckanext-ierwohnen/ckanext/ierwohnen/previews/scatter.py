"""Two indicators of the same units, one against the other, with a note on how far they go together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from scipy import stats

from ckanext.ierwohnen.look.numbers import format_number
from ckanext.ierwohnen.previews import palette
from ckanext.ierwohnen.previews.axis import decimals_of, round_ticks
from ckanext.ierwohnen.previews.charts import AXIS_SIZE, Chart, frame, pixels
from ckanext.ierwohnen.previews.type_width import text_width
from ckanext.ierwohnen.previews.words import say

FEWEST = 5
"""Fewer units make no scatter plot."""
FEWEST_FOR_NOTE = 8
"""With fewer units nothing is said about a connection."""
NAMED = 6
LINE = 14.0


@dataclass(frozen=True)
class Spot:
    """One unit: `x` and `y` are its values, the texts how they are written."""

    key: str
    name: str
    x: float
    y: float
    x_text: str = ""
    y_text: str = ""


@dataclass(frozen=True)
class Scale:
    """One axis: what it measures, in which unit, with how many decimals."""

    name: str
    unit: str | None = None

    @property
    def title(self) -> str:
        """`Leerstandsquote (%)`."""
        return f"{self.name} ({self.unit})" if self.unit else self.name


def scatter_chart(
    spots: Sequence[Spot],
    x: Scale,
    y: Scale,
    *,
    title: str,
    selected: str | None = None,
    width: float = 790,
    height: float = 400,
    locale: str = "de",
) -> Chart | None:
    """A dot for each unit; the outermost and the selected one are named. None with fewer than five units."""
    if len(spots) < FEWEST:
        return None
    across, up = (round_ticks([getattr(spot, axis) for spot in spots], 5) for axis in ("x", "y"))
    written = [format_number(tick, precision=decimals_of(up), locale=locale) for tick in up]
    padding = {"left": max(text_width(text, AXIS_SIZE) for text in written) + 12, "right": 16.0,
               "top": 26.0, "bottom": 44.0}  # fmt: skip
    inner = (width - padding["left"] - padding["right"], height - padding["top"] - padding["bottom"])
    layers = [
        _dots(spots, selected, (across, up), locale),
        _names(_named(spots, selected), spots, (across, up), inner),
        _heading(y.title, -12.0, 0.0, "left"),
        _heading(x.title, inner[1] + 36, inner[0], "right"),
    ]
    spec = frame(layers, width=width, height=height, padding=padding)
    sentences = [say("scatter_of", locale, title=title), scatter_words(spots, locale), connection(spots, locale)]
    return Chart(spec, " ".join(one for one in sentences if one), locale)


def connection(spots: Sequence[Spot], locale: str = "de") -> str:
    """Spearman's rank correlation in words, with n, and that it names no cause; empty below eight units.

    Ranks, since figures of quarters are skewed and a single quarter must not make the connection
    (Spearman 1904, doi:10.2307/1412159). "Clear" from |ρ| = 0.5 with p < 0.05 (two-sided).
    """
    if len(spots) < FEWEST_FOR_NOTE:
        return ""
    if len({spot.x for spot in spots}) < 2 or len({spot.y for spot in spots}) < 2:
        return ""
    found = stats.spearmanr([spot.x for spot in spots], [spot.y for spot in spots])
    rho, chance = float(found.statistic), float(found.pvalue)
    code = "no_connection"
    if chance < 0.05:
        code = "connection" if abs(rho) >= 0.5 else "weak_connection"
    way = say("same_way" if rho > 0 else "other_way", locale)
    rho_text = format_number(rho, precision=2, locale=locale, signed=True)
    return say(code, locale, way=way, rho=rho_text, count=len(spots))


def scatter_words(spots: Sequence[Spot], locale: str) -> str:
    """Highest value on each axis, with its unit."""
    highest = max(spots, key=lambda spot: spot.x), max(spots, key=lambda spot: spot.y)
    return " ".join(
        say("both_values", locale, unit=spot.name, x=spot.x_text, y=spot.y_text) for spot in dict.fromkeys(highest)
    )


def _named(spots: Sequence[Spot], selected: str | None) -> list[tuple[Spot, bool]]:
    """The spots whose names are written: the selected one, then those farthest from the middle ranks."""
    middle = [stats.rankdata([getattr(spot, axis) for spot in spots]) - (len(spots) + 1) / 2 for axis in ("x", "y")]
    far = sorted(zip(spots, *middle, strict=True), key=lambda one: (-(one[1] ** 2 + one[2] ** 2), one[0].name))
    chosen = [spot for spot in spots if spot.key == selected]
    outer = [spot for spot, _, _ in far if spot.key != selected][:NAMED]
    return [(spot, True) for spot in chosen] + [(spot, False) for spot in outer]


def _axis(field: str, ticks: Sequence[float], locale: str) -> dict[str, Any]:
    digits = decimals_of(ticks)
    return {
        "field": field,
        "type": "quantitative",
        "scale": {"domain": [ticks[0], ticks[-1]], "nice": False, "zero": False},
        "axis": {"values": list(ticks), "grid": True, "format": f",.{digits}f"},
    }


def _dots(
    spots: Sequence[Spot], selected: str | None, ticks: tuple[Sequence[float], Sequence[float]], locale: str
) -> dict[str, Any]:
    rows = [
        {"x": spot.x, "y": spot.y, "c": palette.OTHERS[0] if spot.key == selected else palette.SUBJECT,
         "s": 110 if spot.key == selected else 52}
        for spot in spots
    ]  # fmt: skip
    return {
        "data": {"values": rows},
        "mark": {"type": "point", "filled": True, "opacity": 0.75, "stroke": palette.WHITE, "strokeWidth": 0.8},
        "encoding": {
            "x": _axis("x", ticks[0], locale),
            "y": _axis("y", ticks[1], locale),
            "fill": {"field": "c", "type": "nominal", "scale": None},
            "size": {"field": "s", "type": "quantitative", "scale": None},
        },
    }


def _names(
    named: Sequence[tuple[Spot, bool]],
    spots: Sequence[Spot],
    ticks: tuple[Sequence[float], Sequence[float]],
    inner: tuple[float, float],
) -> dict[str, Any]:
    """Names beside their spots, on the side with room; one that would cover a name or a spot is left out."""

    def at_pixel(spot: Spot) -> tuple[float, float]:
        return _place(spot.x, ticks[0], inner[0]), inner[1] - _place(spot.y, ticks[1], inner[1])

    taken = [(x - 4, y - LINE / 2, 8.0, LINE) for x, y in map(at_pixel, spots)]
    layers = []
    for spot, chosen in named:
        at = at_pixel(spot)
        wide = text_width(spot.name, AXIS_SIZE, bold=chosen)
        left = at[0] + 9 + wide > inner[0]
        box = (at[0] - 9 - wide if left else at[0] + 9, at[1] - LINE / 2)
        if not chosen and any(_cover(box, wide, other) for other in taken):
            continue
        taken.append((box[0], box[1], wide, LINE))
        mark = {"type": "text", "align": "right" if left else "left", "baseline": "middle", "dx": -9 if left else 9,
                "fontWeight": 700 if chosen else 400}  # fmt: skip
        halo = {**mark, "stroke": palette.WHITE, "strokeWidth": 4, "strokeJoin": "round", "color": palette.WHITE}
        encoding = {
            "x": pixels("x"),
            "y": pixels("y"),
            "text": {"field": "n", "type": "nominal"},
        }
        row = {"values": [{"n": spot.name, "x": round(at[0], 1), "y": round(at[1], 1)}]}
        layers += [{"data": row, "mark": one, "encoding": encoding} for one in (halo, mark)]
    return {"layer": layers}


def _place(value: float, ticks: Sequence[float], length: float) -> float:
    return length * (value - ticks[0]) / (ticks[-1] - ticks[0])


def _cover(box: tuple[float, float], wide: float, other: tuple[float, float, float, float]) -> bool:
    across = box[0] < other[0] + other[2] and other[0] < box[0] + wide
    return across and abs(box[1] - other[1]) < LINE


def _heading(text: str, y: float, x: float, align: str) -> dict[str, Any]:
    return {
        "data": {"values": [{"t": text}]},
        "mark": {"type": "text", "align": align, "baseline": "middle", "color": palette.INK_2},
        "encoding": {"x": {"value": x}, "y": {"value": y}, "text": {"field": "t", "type": "nominal"}},
    }
