"""Small multiples: the course of each unit in a little drawing of its own, all on the same scale."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ckanext.ierwohnen.look.numbers import format_number
from ckanext.ierwohnen.previews import palette
from ckanext.ierwohnen.previews.axis import decimals_of, round_ticks
from ckanext.ierwohnen.previews.charts import AXIS_SIZE, Chart, frame, pixels, text_layer
from ckanext.ierwohnen.previews.course import Line, course_words
from ckanext.ierwohnen.previews.periods import ordered, position, year_of
from ckanext.ierwohnen.previews.type_width import shorten, text_width
from ckanext.ierwohnen.previews.words import say

MOST = 60
CELL_WIDTH, CELL_HEIGHT = 150.0, 92.0
GAP = 18.0
HEAD = 20.0
TICKS = 34.0
KEY = 24.0
"""Height of the line that names the city's course."""
SMALL = 11
"""Font size of the axes of a little drawing."""


def multiples_chart(
    lines: Sequence[Line],
    city: Line | None,
    *,
    title: str,
    unit: str | None = None,
    precision: int | None = None,
    selected: str | None = None,
    width: float = 790,
    locale: str = "de",
) -> Chart | None:
    """A grid of courses, with the city's dashed in each; None with fewer than two units that have a course.

    :param lines: of the units, in reading order; the first sixty are drawn, and the selected one
    :param selected: name of the unit whose line stands out
    """
    drawn = [line for place, line in enumerate(drawable(lines)) if place < MOST or line.name == selected]
    if len(drawn) < 2:
        return None
    across = max(2, int((width - TICKS) // CELL_WIDTH))
    cell = (width - TICKS) / across - GAP
    grid = _Grid([*drawn, *([city] if city else [])], across, cell, locale)
    frames = [grid.origin(index) for index in range(len(drawn))]
    count = -(-len(drawn) // across)
    layers = [
        grid.ground(frames, across),
        grid.courses([(city, at) for at in frames] if city else [], palette.INK, [4, 3], 1.2),
        grid.courses(list(zip(drawn, frames, strict=True)), palette.SUBJECT, None, 2.2),
        *grid.heads(drawn, frames, selected, unit, precision),
        *([_key(shorten(city.name, AXIS_SIZE, width - TICKS - 40))] if city else []),
    ]
    padding = {"left": TICKS, "right": 0.0, "top": 4.0 + (KEY if city else 0.0), "bottom": 6.0}
    height = count * (CELL_HEIGHT + GAP) + padding["top"] + padding["bottom"]
    spec = frame(layers, width=width, height=height, padding=padding)
    alternative = course_words(drawn, title, unit=unit, precision=precision, signed=False, locale=locale)
    return Chart(spec, alternative, locale)


def drawable(lines: Sequence[Line]) -> list[Line]:
    """The lines that have a course; the chart draws the first sixty of them."""
    return [line for line in lines if len(line.known()) > 1]


class _Grid:
    """Places in pixels: all cells share time and value."""

    def __init__(self, lines: Sequence[Line], across: int, cell: float, locale: str) -> None:
        self.across, self.cell, self.locale = across, cell, locale
        self.periods = [p for p in ordered(p for line in lines for p, _ in line.points) if position(p) is not None]
        self.ticks = round_ticks([value for line in lines for _, value in line.known()], 2)
        self.first, self.last = (position(self.periods[index]) or 0.0 for index in (0, -1))

    def origin(self, index: int) -> tuple[float, float]:
        return (index % self.across) * (self.cell + GAP), (index // self.across) * (CELL_HEIGHT + GAP)

    def x(self, at: tuple[float, float], period: str) -> float:
        span = (self.last - self.first) or 1.0
        return round(at[0] + self.cell * ((position(period) or 0.0) - self.first) / span, 2)

    def y(self, at: tuple[float, float], value: float) -> float:
        share = (value - self.ticks[0]) / (self.ticks[-1] - self.ticks[0])
        return round(at[1] + HEAD + (CELL_HEIGHT - HEAD) * (1 - share), 2)

    def courses(
        self, placed: Sequence[tuple[Line, tuple[float, float]]], colour: str, dash: list[int] | None, stroke: float
    ) -> dict[str, Any]:
        """Lines in pixels; a missing value ends one piece of a line and begins another."""
        rows: list[dict[str, Any]] = []
        for index, (line, at) in enumerate(placed):
            values, piece = dict(line.points), 0
            for period in self.periods:
                value = values.get(period)
                if value is None:
                    piece += 1
                else:
                    rows.append({"k": f"{index}.{piece}", "x": self.x(at, period), "y": self.y(at, value)})
        mark: dict[str, Any] = {"type": "line", "strokeJoin": "round", "color": colour, "strokeWidth": stroke}
        if dash:
            mark["strokeDash"] = dash
        encoding = {"x": pixels("x"), "y": pixels("y"), "detail": {"field": "k", "type": "nominal"}}
        return {"data": {"values": rows}, "mark": mark, "encoding": encoding}

    def ground(self, frames: Sequence[tuple[float, float]], across: int) -> dict[str, Any]:
        """A line at each tick of each cell; numbers at the left, first and last year below the last row."""
        lines = [{"x": at[0], "x1": at[0] + self.cell, "y": self.y(at, tick)} for at in frames for tick in self.ticks]
        digits = decimals_of(self.ticks)
        numbers = [
            {"x": -6.0, "y": self.y(at, tick), "t": format_number(tick, precision=digits, locale=self.locale)}
            for at in frames[::across]
            for tick in self.ticks
        ]
        below = frames[-min(across, len(frames)) :]
        years = [(self.periods[0], 0.0, "left"), (self.periods[-1], self.cell, "right")]
        return {
            "layer": [
                {"data": {"values": lines}, "mark": {"type": "rule", "color": palette.GRID},
                 "encoding": {"x": pixels("x"), "x2": {"field": "x1"}, "y": pixels("y")}},
                text_layer(numbers, palette.INK_2, "right", size=SMALL),
                *(
                    text_layer(
                        [{"x": at[0] + shift, "y": at[1] + CELL_HEIGHT + 10, "t": year_of(period)} for at in below],
                        palette.INK_2, align, size=SMALL,
                    )
                    for period, shift, align in years
                ),
            ]
        }  # fmt: skip

    def heads(
        self,
        lines: Sequence[Line],
        frames: Sequence[tuple[float, float]],
        selected: str | None,
        unit: str | None,
        precision: int | None,
    ) -> list[dict[str, Any]]:
        """Above each drawing the unit's name and, at the right, its last value, with its year where it is an older one;
        names take what values leave."""
        names: dict[bool, list[dict[str, Any]]] = {False: [], True: []}
        values = []
        for line, at in zip(lines, frames, strict=True):
            bold = line.name == selected
            period, number = line.known()[-1]
            value = format_number(number, precision=precision, locale=self.locale,
                                  unit=unit if unit and len(unit) <= 4 else None)  # fmt: skip
            if period != self.periods[-1]:
                value = say("older_value", self.locale, value=value, year=year_of(period))
            room = self.cell - text_width(value, AXIS_SIZE) - 6
            names[bold].append({"x": at[0], "y": at[1] + 6, "t": shorten(line.name, AXIS_SIZE, room, bold=bold)})
            values.append({"x": at[0] + self.cell, "y": at[1] + 6, "t": value})
        layers = [text_layer(names[False], palette.INK, "left"), text_layer(values, palette.INK_2, "right")]
        return [*layers, text_layer(names[True], palette.SUBJECT, "left", bold=True)] if names[True] else layers


def _key(name: str) -> dict[str, Any]:
    """What the dashed line is: the city's course."""
    dash = {
        "data": {"values": [{"x": 0.0, "x1": 26.0, "y": 10 - KEY}]},
        "mark": {"type": "rule", "color": palette.INK, "strokeDash": [4, 3], "strokeWidth": 1.2},
        "encoding": {"x": pixels("x"), "x2": {"field": "x1"}, "y": pixels("y")},
    }
    return {"layer": [dash, text_layer([{"x": 32.0, "y": 10 - KEY, "t": name}], palette.INK, "left")]}
