"""Units by the height of their figure: horizontal bars from zero, each with its value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ckanext.ierwohnen.look.figure import Figure
from ckanext.ierwohnen.look.signs import Status
from ckanext.ierwohnen.previews import palette
from ckanext.ierwohnen.previews.axis import round_ticks
from ckanext.ierwohnen.previews.charts import AXIS_SIZE, Chart, frame, pixels, text_layer
from ckanext.ierwohnen.previews.rows_plot import MOST_ROWS, ROW, Rows, name_layer, placed
from ckanext.ierwohnen.previews.type_width import text_width
from ckanext.ierwohnen.previews.words import say

GAP, SIGN_WIDTH, SIGN_HEIGHT = 5.0, 22.0, 14.0


@dataclass(frozen=True)
class Bar:
    """One unit's bar; a figure without a value shows its sign."""

    key: str
    name: str
    figure: Figure


def ranking_chart(
    bars: Sequence[Bar],
    *,
    title: str,
    city: Bar | None = None,
    selected: str | None = None,
    width: float = 790,
    alternative: str = "",
    locale: str = "de",
    as_given: bool = False,
    private: bool = False,
) -> Chart | None:
    """Bars from the highest to the lowest value, then those that only have a sign; None without any value.

    :param title: opens the text alternative, which `alternative` (sentences made from the data) continues
    :param city: the city's value: a dashed line with its name
    :param selected: key of the unit whose bar stands out
    :param private: the bars are not for everyone, and have the colour of that
    :param as_given: leave the bars in the order given, as classes have one of their own
    """
    rows = list(bars) if as_given else ranked(bars)
    if not any(bar.figure.value is not None for bar in rows):
        return None
    if len(rows) > MOST_ROWS:
        rows = [bar for bar in rows if bar.figure.value is not None]
    places = placed(rows, [bar.name for bar in rows], width, locale)
    values = [bar.figure.value for bar in [*places.kept, *([city] if city else [])] if bar.figure.value is not None]
    ticks = round_ticks(values, 4, from_zero=True)
    padding = {
        "left": places.name_width,
        "right": max(_sign_width(bar) for bar in places.kept) + 14,
        "top": 22.0 if city and city.figure.value is not None else 4.0,
        "bottom": 4.0,
    }
    height = places.height + padding["top"] + padding["bottom"]
    inner = width - padding["left"] - padding["right"]
    domain = _domain(places.kept, ticks, inner)
    zero = inner * -domain[0] / (domain[1] - domain[0])
    layers = _bars(places, selected, domain, zero, palette.PRIVATE if private else palette.SUBJECT)
    if city and city.figure.value is not None:
        layers[1:1] = _city(city, domain, inner, padding["left"], locale)
    spec = frame(layers, width=width, height=height, padding=padding)
    return Chart(spec, f"{say('bars_of', locale, title=title)} {alternative}".strip(), locale)


def ranked(bars: Sequence[Bar]) -> list[Bar]:
    """From the highest value to the lowest, equal ones by name; those without a value last, by sign and name."""

    def place(bar: Bar) -> tuple[bool, float, str, str]:
        """Of those without a value, protected ones first, then each sign by itself."""
        without = bar.figure.value is None
        sign = ("" if _protected(bar) else str(bar.figure.status)) if without else ""
        return without, -(bar.figure.value or 0.0), sign, bar.name

    return sorted(bars, key=place)


def _protected(bar: Bar) -> bool:
    return bar.figure.status == Status.SECRET


def _sign_width(bar: Bar) -> float:
    return SIGN_WIDTH if _protected(bar) else text_width(bar.figure.text, AXIS_SIZE, bold=True)


def _domain(bars: Sequence[Bar], ticks: Sequence[float], inner: float) -> list[float]:
    """From the lowest tick, or so far below it that the figures before negative bars do not reach the names."""
    low, high = ticks[0], ticks[-1]
    for bar in bars:
        if bar.figure.value is not None and bar.figure.value < 0:
            room = text_width(bar.figure.text, AXIS_SIZE, bold=True) + 10
            low = min(low, (bar.figure.value * inner - room * high) / (inner - room))
    return [low, high]


def _bars(
    places: Rows[Bar], selected: str | None, domain: list[float], zero: float, colour: str
) -> list[dict[str, Any]]:
    rows = [
        {
            "v": bar.figure.value,
            "z": 0,
            "y0": at - ROW * 0.34,
            "y1": at + ROW * 0.34,
            "y": at,
            "t": bar.figure.text,
            "c": colour if selected in (None, bar.key) else palette.CONTEXT,
            "b": bar.key == selected,
            "protected": _protected(bar),
        }
        for bar, at in zip(places.kept, places.middles, strict=True)
    ]
    x = {"field": "v", "type": "quantitative", "scale": {"domain": domain, "nice": False}, "axis": None}
    y = {"field": "y", "type": "quantitative", "scale": None}
    return [
        {
            "data": {"values": [row for row in rows if row["v"] is not None]},
            "mark": {"type": "rect"},
            "encoding": {
                "x": x,
                "x2": {"field": "z"},
                "y": pixels("y0"),
                "y2": {"field": "y1"},
                "color": {"field": "c", "type": "nominal", "scale": None},
            },
        },
        {
            "data": {"values": [{"z": 0}]},
            "mark": {"type": "rule", "color": palette.BASELINE},
            "encoding": {"x": {**x, "field": "z"}},
        },
        *_values([row for row in rows if not row["protected"]], x, y),
        *_hatched([row for row in rows if row["protected"]], zero),
        name_layer(places.names),
    ]


def _hatched(rows: Sequence[dict[str, Any]], zero: float) -> list[dict[str, Any]]:
    """The sign of what is protected, hatched as on the map and in the table.

    :param zero: where bars begin, in pixels
    """
    if not rows:
        return []
    left, right, half = zero + GAP, zero + GAP + SIGN_WIDTH, SIGN_HEIGHT / 2
    boxes = [{"x": left, "x2": right, "y": row["y"] - half, "y2": row["y"] + half} for row in rows]
    starts = range(int(-SIGN_HEIGHT) + 4, int(SIGN_WIDTH), 4)
    lines = [
        {
            "x": left + max(at, 0), "y": box["y2"] - max(-at, 0),
            "x2": left + min(at + SIGN_HEIGHT, SIGN_WIDTH), "y2": box["y2"] - min(SIGN_HEIGHT, SIGN_WIDTH - at),
        }
        for box in boxes
        for at in starts
    ]  # fmt: skip
    ends = {"x": pixels("x"), "x2": {"field": "x2"}, "y": pixels("y"), "y2": {"field": "y2"}}
    box = {"type": "rect", "fill": palette.WHITE, "stroke": palette.PROTECTED, "strokeWidth": 1}
    line = {"type": "rule", "color": palette.PROTECTED, "strokeWidth": 1, "opacity": 0.45}
    texts = [{"x": (left + right) / 2, "y": row["y"], "t": row["t"]} for row in rows]
    return [
        {"data": {"values": boxes}, "mark": box, "encoding": ends},
        {"data": {"values": lines}, "mark": line, "encoding": ends},
        text_layer(texts, palette.PRIVATE, "center", bold=True),
    ]


def _values(rows: Sequence[dict[str, Any]], x: dict[str, Any], y: dict[str, Any]) -> list[dict[str, Any]]:
    """The figures beside their bars: behind positive ones, before negative ones; a sign at zero."""
    layers = []
    for bold in (True, False):
        for negative in (True, False):
            chosen = [
                {**row, "v": row["v"] or 0} for row in rows if row["b"] is bold and ((row["v"] or 0) < 0) is negative
            ]
            if chosen:
                mark = {
                    "type": "text",
                    "align": "right" if negative else "left",
                    "baseline": "middle",
                    "dx": -5 if negative else 5,
                    "fontWeight": 700 if bold else 400,
                }
                encoding = {"x": x, "y": y, "text": {"field": "t", "type": "nominal"}}
                halo = {
                    **mark,
                    "stroke": palette.WHITE,
                    "strokeWidth": 4,
                    "strokeJoin": "round",
                    "color": palette.WHITE,
                }
                layers += [{"data": {"values": chosen}, "mark": one, "encoding": encoding} for one in (halo, mark)]
    return layers


def _city(city: Bar, domain: list[float], width: float, left: float, locale: str) -> list[dict[str, Any]]:
    """The city's value as a dashed line over the bars, its name above, inside the drawing.

    :param left: room for names at the left of the bars
    """
    value = city.figure.value or 0.0
    place = width * (value - domain[0]) / (domain[1] - domain[0])
    names = [f"{name} {city.figure.text}" for name in (city.name, say("in_total", locale))]
    room = max(width + 20 - place, place + left - 4)
    name = names[0] if text_width(names[0], AXIS_SIZE) <= room else names[1]
    right = place + text_width(name, AXIS_SIZE) > width + 20
    row = {"values": [{"v": value, "t": name}]}
    x = {"field": "v", "type": "quantitative", "scale": {"domain": domain, "nice": False}, "axis": None}
    return [
        {
            "data": row,
            "mark": {"type": "rule", "color": palette.INK, "strokeDash": [5, 3], "strokeWidth": 1.5},
            "encoding": {"x": x},
        },
        {
            "data": row,
            "mark": {
                "type": "text",
                "align": "right" if right else "left",
                "baseline": "bottom",
                "dx": 2 if right else -2,
            },
            "encoding": {"x": x, "y": {"value": -4}, "text": {"field": "t", "type": "nominal"}},
        },
    ]
