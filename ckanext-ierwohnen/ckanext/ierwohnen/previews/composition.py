"""What a whole consists of: for each unit one bar of 100 per cent, cut by the categories of a dimension."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ckanext.ierwohnen.look.numbers import format_number
from ckanext.ierwohnen.previews import palette
from ckanext.ierwohnen.previews.charts import AXIS_SIZE, Chart, frame, pixels
from ckanext.ierwohnen.previews.rows_plot import ROW, name_layer, placed
from ckanext.ierwohnen.previews.type_width import shorten, text_width
from ckanext.ierwohnen.previews.words import say

MOST_PARTS = palette.MOST_CLASSES
KEY_LINE = 20.0
FADED = 0.55
"""Opacity of the bars beside the selected one."""
LEAST_LABEL = 30.0
"""A part narrower than this many pixels carries no number."""


@dataclass(frozen=True)
class Whole:
    """One unit and its parts by category; None for a part that is not published."""

    key: str
    name: str
    parts: Mapping[str, float | None]

    @property
    def complete(self) -> bool:
        """Whether each part is known and there is anything to divide."""
        return all(part is not None and part >= 0 for part in self.parts.values()) and self.total > 0

    @property
    def total(self) -> float:
        """Sum of the known parts."""
        return sum(part for part in self.parts.values() if part is not None)


def composition_chart(
    wholes: Sequence[Whole],
    categories: Sequence[str],
    *,
    title: str,
    selected: str | None = None,
    width: float = 790,
    locale: str = "de",
) -> Chart | None:
    """Stacked bars in the order of the first category's share; None without two categories and a complete unit.

    A unit with a part that is protected or missing is left out: a share of an incomplete sum would be wrong.

    :param categories: in reading order, the same for each unit
    """
    complete = [one for one in wholes if one.complete]
    if not complete or not 2 <= len(categories) <= MOST_PARTS:
        return None
    ordered = sorted(complete, key=lambda one: (-_share(one, categories[0]), one.name))
    rows = placed(ordered, [one.name for one in ordered], width, locale)
    colours = palette.sequential(len(categories))
    padding = {"left": rows.name_width, "right": 8.0, "top": 8.0, "bottom": 4.0}
    inner = width - padding["left"] - padding["right"]
    key, lines = _key(categories, colours, width - 16)
    padding["top"] += lines * KEY_LINE
    parts = [
        part
        for whole, middle in zip(rows.kept, rows.middles, strict=True)
        for part in _bar(whole, middle, categories, colours, selected)
    ]
    layers = [
        _parts(parts),
        *_shares(parts, inner, locale),
        name_layer(rows.names),
        _placed_key(key, 8 - padding["left"], 14 - padding["top"]),
    ]
    spec = frame(layers, width=width, height=rows.height + padding["top"] + padding["bottom"], padding=padding)
    return Chart(spec, composition_words(ordered, categories, title, locale), locale)


def composition_words(ordered: Sequence[Whole], categories: Sequence[str], title: str, locale: str) -> str:
    """Text alternative: the units with the highest and the lowest share of the first category."""
    part = categories[0]
    sentences = [say("parts_of", locale, title=title)]
    for one in dict.fromkeys((ordered[0].key, ordered[-1].key)):
        whole = next(each for each in ordered if each.key == one)
        share = _percent(_share(whole, part), locale)
        sentences.append(say("share_of", locale, unit=whole.name, part=part, share=share))
    return " ".join(sentences)


def _share(whole: Whole, category: str) -> float:
    return (whole.parts.get(category) or 0.0) / whole.total


def _percent(share: float, locale: str) -> str:
    return format_number(100 * share, precision=0, unit="%", locale=locale)


def _bar(
    whole: Whole, middle: float, categories: Sequence[str], colours: Sequence[str], selected: str | None
) -> list[dict[str, Any]]:
    parts, start = [], 0.0
    for category, colour in zip(categories, colours, strict=True):
        end = start + _share(whole, category)
        parts.append({
            "a": start, "b": end, "y": middle, "y0": middle - ROW * 0.4, "y1": middle + ROW * 0.4, "c": colour,
            "o": 1.0 if selected in (None, whole.key) else FADED,
        })  # fmt: skip
        start = end
    return parts


_X = {"type": "quantitative", "scale": {"domain": [0, 1], "nice": False}, "axis": None}


def _parts(parts: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {
        "data": {"values": [part for part in parts if part["b"] > part["a"]]},
        "mark": {"type": "rect", "stroke": palette.WHITE, "strokeWidth": 1},
        "encoding": {
            "x": {"field": "a", **_X},
            "x2": {"field": "b"},
            "y": pixels("y0"),
            "y2": {"field": "y1"},
            "fill": {"field": "c", "type": "nominal", "scale": None},
            "opacity": {"field": "o", "type": "quantitative", "scale": None},
        },
    }


def _shares(parts: Sequence[dict[str, Any]], inner: float, locale: str) -> list[dict[str, Any]]:
    """The share in the middle of each part that is wide enough, in letters that can be read on its colour."""
    rows = [
        {"x": (part["a"] + part["b"]) / 2, "y": part["y"], "t": _percent(part["b"] - part["a"], locale),
         "c": palette.WHITE if palette.is_dark(palette.faded(part["c"], part["o"])) else palette.INK}
        for part in parts
        if (part["b"] - part["a"]) * inner >= LEAST_LABEL
    ]  # fmt: skip
    if not rows:
        return []
    return [
        {
            "data": {"values": rows},
            "mark": {"type": "text", "baseline": "middle", "fontSize": 11},
            "encoding": {
                "x": {"field": "x", **_X},
                "y": pixels("y"),
                "text": {"field": "t", "type": "nominal"},
                "color": {"field": "c", "type": "nominal", "scale": None},
            },
        }
    ]


def _key(categories: Sequence[str], colours: Sequence[str], room: float) -> tuple[list[dict[str, Any]], int]:
    """Boxes and names of the categories in as many lines as they need."""
    x, line, rows = 0.0, 0, []
    for category, colour in zip(categories, colours, strict=True):
        name = shorten(category, AXIS_SIZE, room - 24)
        wide = 24 + text_width(name, AXIS_SIZE) + 16
        if x and x + wide > room:
            x, line = 0.0, line + 1
        rows.append({"x": x, "y": line * KEY_LINE, "t": name, "c": colour})
        x += wide
    return rows, line + 1


def _placed_key(rows: Sequence[dict[str, Any]], left: float, top: float) -> dict[str, Any]:
    shifted = [{**row, "x": left + row["x"], "x1": left + row["x"] + 16, "xt": left + row["x"] + 22,
                "y": top + row["y"], "y0": top + row["y"] - 6, "y1": top + row["y"] + 6} for row in rows]  # fmt: skip

    return {
        "data": {"values": shifted},
        "layer": [
            {"mark": {"type": "rect", "stroke": palette.UNIT_BORDER, "strokeWidth": 0.7},
             "encoding": {"x": pixels("x"), "x2": {"field": "x1"}, "y": pixels("y0"), "y2": {"field": "y1"},
                          "fill": {"field": "c", "type": "nominal", "scale": None}}},
            {"mark": {"type": "text", "align": "left", "baseline": "middle", "color": palette.INK},
             "encoding": {"x": pixels("xt"), "y": pixels("y"), "text": {"field": "t", "type": "nominal"}}},
        ],
    }  # fmt: skip
