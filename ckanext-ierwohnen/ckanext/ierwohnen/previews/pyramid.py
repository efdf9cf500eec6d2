"""The age structure of a population: men at the left, women at the right, the youngest at the bottom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ckanext.ierwohnen.look.numbers import format_number
from ckanext.ierwohnen.previews import palette
from ckanext.ierwohnen.previews.axis import round_ticks
from ckanext.ierwohnen.previews.charts import AXIS_SIZE, Chart, frame, pixels, text_layer
from ckanext.ierwohnen.previews.type_width import text_width
from ckanext.ierwohnen.previews.words import say

TALLEST, LOWEST = 20.0, 5.0
HEIGHT = 420.0
HEAD, FOOT, SIDE = 24.0, 22.0, 22.0


@dataclass(frozen=True)
class AgeGroup:
    """One age group with its two figures; None where a figure is not published."""

    name: str
    left: float | None
    right: float | None


def pyramid_chart(
    groups: Sequence[AgeGroup],
    sides: tuple[str, str],
    *,
    title: str,
    width: float = 790,
    locale: str = "de",
) -> Chart | None:
    """Bars to both sides of the age groups' names; None with fewer than three groups that have a figure.

    :param groups: from the youngest to the oldest
    :param sides: names of left and right
    """
    known = [group for group in groups if group.left is not None or group.right is not None]
    if len(known) < 3:
        return None
    row = max(LOWEST, min(TALLEST, HEIGHT / len(groups)))
    middle = max(text_width(group.name, AXIS_SIZE) for group in groups) + 20
    half = (width - middle) / 2 - SIDE
    ticks = round_ticks([value for group in known for value in (group.left, group.right) if value is not None], 3,
                        from_zero=True)  # fmt: skip
    padding = {"left": SIDE, "right": SIDE, "top": HEAD, "bottom": FOOT}
    height = row * len(groups)
    place = _Place(half, middle, ticks[-1], row)
    layers = [
        _grid(place, ticks, height, locale),
        _bars(groups, place),
        _names(groups, place),
        _missing(groups, place),
        _heads(sides, place),
    ]
    spec = frame(layers, width=width, height=height + HEAD + FOOT, padding=padding)
    return Chart(spec, pyramid_words(known, sides, title, locale), locale)


def pyramid_words(known: Sequence[AgeGroup], sides: tuple[str, str], title: str, locale: str) -> str:
    """Text alternative: the largest age group on each side, and the sums."""
    sentences = [say("pyramid_of", locale, title=title)]
    for name, side in zip(sides, ("left", "right"), strict=True):
        figures = [(getattr(group, side), group.name) for group in known if getattr(group, side) is not None]
        if not figures:
            continue
        most, age = max(figures)
        value = format_number(most, precision=0, locale=locale)
        if len(figures) == len(known):
            total = format_number(sum(one for one, _ in figures), precision=0, locale=locale)
            sentences.append(say("side_of", locale, side=name, total=total, age=age, value=value))
        else:
            sentences.append(say("side_in_part", locale, side=name, age=age, value=value))
    return " ".join(sentences)


@dataclass(frozen=True)
class _Place:
    """Where things stand, in pixels: half = length of a side, middle = room for the names, row = height."""

    half: float
    middle: float
    most: float
    row: float

    def left(self, value: float) -> float:
        return self.half * (1 - value / self.most)

    def right(self, value: float) -> float:
        return self.half + self.middle + self.half * value / self.most

    def line(self, count: int, index: int) -> float:
        """Middle of a row; the first group stands at the bottom."""
        return (count - 1 - index + 0.5) * self.row


def _bars(groups: Sequence[AgeGroup], place: _Place) -> dict[str, Any]:
    rows = []
    for index, group in enumerate(groups):
        y = place.line(len(groups), index)
        bounds = {"y0": y - place.row * 0.42, "y1": y + place.row * 0.42}
        if group.left is not None:
            rows.append({"x0": place.left(group.left), "x1": place.half, "c": palette.SUBJECT, **bounds})
        if group.right is not None:
            rows.append({"x0": place.half + place.middle, "x1": place.right(group.right), "c": palette.OTHERS[0],
                         **bounds})  # fmt: skip
    return {
        "data": {"values": rows},
        "mark": {"type": "rect"},
        "encoding": {"x": pixels("x0"), "x2": {"field": "x1"}, "y": pixels("y0"), "y2": {"field": "y1"},
                     "fill": {"field": "c", "type": "nominal", "scale": None}},
    }  # fmt: skip


def _names(groups: Sequence[AgeGroup], place: _Place) -> dict[str, Any]:
    """The names in the middle; of very many only every so many, so that they do not touch."""
    step = max(1, -(-14 // int(place.row)) if place.row < 14 else 1)
    x = place.half + place.middle / 2
    rows = [
        {"x": x, "y": place.line(len(groups), index), "t": group.name}
        for index, group in enumerate(groups)
        if index % step == 0
    ]
    return text_layer(rows, palette.INK, "center")


def _missing(groups: Sequence[AgeGroup], place: _Place) -> dict[str, Any]:
    """A point, the sign of what is kept secret or unknown, where a figure is not published."""
    rows = []
    for index, group in enumerate(groups):
        y = place.line(len(groups), index)
        if group.left is None:
            rows.append({"x": place.half - 6, "y": y, "t": "·"})
        if group.right is None:
            rows.append({"x": place.half + place.middle + 6, "y": y, "t": "·"})
    return text_layer(rows, palette.PROTECTED, "center")


def _heads(sides: tuple[str, str], place: _Place) -> dict[str, Any]:
    """The names of both sides above their bars."""
    left = text_layer([{"x": place.half, "y": -12.0, "t": sides[0]}], palette.SUBJECT, "right", bold=True)
    right = text_layer(
        [{"x": place.half + place.middle, "y": -12.0, "t": sides[1]}], palette.OTHERS[0], "left", bold=True
    )
    return {"layer": [left, right]}


def _grid(place: _Place, ticks: Sequence[float], height: float, locale: str) -> dict[str, Any]:
    rows = [
        {"x": side(tick), "t": format_number(tick, precision=0, locale=locale)}
        for side in (place.left, place.right)
        for tick in ticks
    ]
    texts = text_layer([{**row, "y": height + 12} for row in rows], palette.INK_2, "center")
    lines = {
        "data": {"values": rows},
        "mark": {"type": "rule", "color": palette.GRID},
        "encoding": {"x": pixels("x"), "y": {"value": 0}, "y2": {"value": height}},
    }
    return {"layer": [lines, texts]}
