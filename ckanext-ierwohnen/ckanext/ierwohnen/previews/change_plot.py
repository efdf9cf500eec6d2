"""What changed between two dates: for each unit a dot then and a dot now, from the strongest rise to the fall."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ckanext.ierwohnen.look.numbers import format_number
from ckanext.ierwohnen.previews import palette
from ckanext.ierwohnen.previews.axis import decimals_of, round_ticks
from ckanext.ierwohnen.previews.charts import AXIS_SIZE, Chart, frame, pixels
from ckanext.ierwohnen.previews.rows_plot import name_layer, placed
from ckanext.ierwohnen.previews.type_width import text_width
from ckanext.ierwohnen.previews.words import say

DOT, BIG_DOT = 46, 90


@dataclass(frozen=True)
class Change:
    """One unit at two dates; `text` is the change as it is written for readers."""

    key: str
    name: str
    then: float
    now: float
    text: str


def change_chart(
    changes: Sequence[Change],
    *,
    title: str,
    dates: tuple[str, str],
    unit: str | None = None,
    selected: str | None = None,
    width: float = 790,
    locale: str = "de",
) -> Chart | None:
    """Two dots for each unit, joined; None with fewer than two units.

    :param dates: the two dates as they are written, early and late
    :param unit: of measurement, written at the topmost tick
    :param selected: key of the unit that stands out
    """
    if len(changes) < 2:
        return None
    ordered = sorted(changes, key=lambda one: (-(one.now - one.then), one.name))
    rows = placed(ordered, [one.name for one in ordered], width, locale)
    ticks = round_ticks([value for one in rows.kept for value in (one.then, one.now)], 4)
    padding = {
        "left": rows.name_width,
        "right": max(text_width(one.text, AXIS_SIZE, bold=True) for one in rows.kept) + 18,
        "top": 24.0,
        "bottom": 24.0,
    }
    values = [
        {"then": one.then, "now": one.now, "y": middle, "t": one.text, "b": one.key == selected,
         "c": palette.SUBJECT if selected in (None, one.key) else palette.CONTEXT}
        for one, middle in zip(rows.kept, rows.middles, strict=True)
    ]  # fmt: skip
    layers = [
        _ticks(ticks, unit, rows.height, locale),
        _joins(values, ticks),
        _dots(values, ticks, "then", filled=False),
        _dots(values, ticks, "now", filled=True),
        _texts(values),
        name_layer(rows.names),
        _key(dates),
    ]
    spec = frame(layers, width=width, height=rows.height + padding["top"] + padding["bottom"], padding=padding)
    return Chart(spec, change_words(ordered, title, locale), locale)


def change_words(ordered: Sequence[Change], title: str, locale: str) -> str:
    """Text alternative: the strongest rise and fall, and how many rose and fell."""
    first, last = ordered[0], ordered[-1]
    rose, fell = (sum((one.now - one.then) * sign > 0 for one in ordered) for sign in (1, -1))
    sentences = [
        say("change_of", locale, title=title),
        say("top_change", locale, unit=first.name, change=first.text.rstrip(".")),
        say("bottom_change", locale, unit=last.name, change=last.text.rstrip(".")),
        say("rose_fell", locale, rose=rose, fell=fell, total=len(ordered)),
    ]
    return " ".join(sentences)


def _scale(ticks: Sequence[float]) -> dict[str, Any]:
    return {"domain": [ticks[0], ticks[-1]], "nice": False, "zero": False}


def _ticks(ticks: Sequence[float], unit: str | None, height: float, locale: str) -> dict[str, Any]:
    """Upright lines at the ticks with their numbers below."""
    digits = decimals_of(ticks)
    rows = [{"v": tick, "t": format_number(tick, precision=digits, locale=locale)} for tick in ticks]
    rows[-1]["t"] = format_number(
        ticks[-1], precision=digits, locale=locale, unit=unit if unit and len(unit) <= 4 else None
    )
    x = {"field": "v", "type": "quantitative", "scale": _scale(ticks), "axis": None}
    return {
        "data": {"values": rows},
        "layer": [
            {"mark": {"type": "rule", "color": palette.GRID},
             "encoding": {"x": x, "y": {"value": 0}, "y2": {"value": height}}},
            {"mark": {"type": "text", "baseline": "top", "color": palette.INK_2},
             "encoding": {"x": x, "y": {"value": height + 6}, "text": {"field": "t", "type": "nominal"}}},
        ],
    }  # fmt: skip


def _joins(values: Sequence[dict[str, Any]], ticks: Sequence[float]) -> dict[str, Any]:
    return {
        "data": {"values": list(values)},
        "mark": {"type": "rule", "strokeWidth": 2, "opacity": 0.55},
        "encoding": {
            "x": {"field": "then", "type": "quantitative", "scale": _scale(ticks), "axis": None},
            "x2": {"field": "now"},
            "y": pixels("y"),
            "color": {"field": "c", "type": "nominal", "scale": None},
        },
    }


def _dots(values: Sequence[dict[str, Any]], ticks: Sequence[float], field: str, *, filled: bool) -> dict[str, Any]:
    mark = {"type": "point", "filled": True, "opacity": 1, "size": DOT}
    if not filled:
        mark |= {"fill": palette.WHITE, "strokeWidth": 2}
    return {
        "data": {"values": list(values)},
        "mark": mark,
        "encoding": {
            "x": {"field": field, "type": "quantitative", "scale": _scale(ticks), "axis": None},
            "y": pixels("y"),
            ("color" if filled else "stroke"): {"field": "c", "type": "nominal", "scale": None},
        },
    }


def _texts(values: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The changes, below each other at the right."""
    layers = []
    for bold in (True, False):
        chosen = [row for row in values if row["b"] is bold]
        if chosen:
            mark = {"type": "text", "align": "left", "baseline": "middle", "dx": 12, "fontWeight": 700 if bold else 400}
            encoding = {"x": {"value": "width"}, "y": pixels("y"), "text": {"field": "t", "type": "nominal"}}
            layers.append({"data": {"values": chosen}, "mark": mark, "encoding": encoding})
    return {"layer": layers}


def _key(dates: tuple[str, str]) -> dict[str, Any]:
    """Which dot is which date, above the drawing."""
    second = 16 + text_width(dates[0], AXIS_SIZE) + 18
    rows = [{"x": 4.0, "t": dates[0], "f": palette.WHITE}, {"x": second, "t": dates[1], "f": palette.SUBJECT}]
    x = pixels("x")
    return {
        "data": {"values": rows},
        "layer": [
            {"mark": {"type": "point", "filled": True, "opacity": 1, "size": DOT, "stroke": palette.SUBJECT,
                      "strokeWidth": 2},
             "encoding": {"x": x, "y": {"value": -14}, "fill": {"field": "f", "type": "nominal", "scale": None}}},
            {"mark": {"type": "text", "align": "left", "baseline": "middle", "dx": 8, "color": palette.INK_2},
             "encoding": {"x": x, "y": {"value": -14}, "text": {"field": "t", "type": "nominal"}}},
        ],
    }  # fmt: skip
