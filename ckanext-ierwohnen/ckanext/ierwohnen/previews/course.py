"""The course of a figure over time: lines with their names at the end."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from ckanext.ierwohnen.look.numbers import format_date, format_number
from ckanext.ierwohnen.previews import palette
from ckanext.ierwohnen.previews.axis import decimals_of, round_ticks, spread
from ckanext.ierwohnen.previews.charts import AXIS_SIZE, Chart, frame
from ckanext.ierwohnen.previews.periods import ordered, position, same_day, year_of
from ckanext.ierwohnen.previews.type_width import shorten, text_width
from ckanext.ierwohnen.previews.words import say

LABEL_GAP = 14.0
DAYS = 1000
"""Positions on the time axis are told apart to a thousandth of a year."""
MOST_LABEL = 0.34
"""Share of the width that names at the lines' ends may take."""


class Part(StrEnum):
    """The part that a line plays."""

    SUBJECT = "subject"
    PRIVATE = "private"  # the subject, where not everyone may see it
    OTHER = "other"
    CITY = "city"
    CONTEXT = "context"


LEADING = (Part.SUBJECT, Part.PRIVATE)


@dataclass(frozen=True)
class Line:
    """One line: a unit's values by period; None is a gap."""

    name: str
    part: Part
    points: tuple[tuple[str, float | None], ...]

    def known(self) -> list[tuple[str, float]]:
        """The points that have a value, from early to late."""
        places = {period: value for period, value in self.points if value is not None}
        return [(period, places[period]) for period in ordered(places)]


def course_chart(
    lines: Sequence[Line],
    *,
    title: str,
    unit: str | None = None,
    precision: int | None = None,
    signed: bool = False,
    width: float = 790,
    height: float = 240,
    locale: str = "de",
) -> Chart | None:
    """A line chart, or None if no line has two values.

    :param title: says what is seen; opens the text alternative
    :param unit: of measurement, written at the topmost tick
    """
    drawn = [line for line in lines if len(line.known()) > 0]
    if not any(len(line.known()) > 1 for line in drawn):
        return None
    periods = [
        period for period in ordered(p for line in drawn for p, _ in line.points) if position(period) is not None
    ]
    ticks = round_ticks([value for line in drawn for _, value in line.known()])
    digits = decimals_of(ticks)
    tick_texts = [format_number(tick, precision=digits, locale=locale, signed=signed) for tick in ticks]
    tick_texts[-1] = format_number(ticks[-1], precision=digits, locale=locale, signed=signed, unit=_short(unit))
    ends = _end_names(drawn, width, locale)
    padding = {
        "left": max(text_width(text, AXIS_SIZE) for text in tick_texts) + 10,
        "right": max(text_width(name, AXIS_SIZE, bold=True) for name in ends) + 14,
        "top": 10.0,
        "bottom": 24.0,
    }
    inner = height - padding["top"] - padding["bottom"]
    styles = _styles(drawn)
    scale_y = {"domain": [ticks[0], ticks[-1]], "nice": False, "zero": False}
    layers = [
        *(
            _line(line, style, periods, ticks, tick_texts, _time_axis(periods, width, locale), scale_y)
            for line, style in zip(drawn, styles, strict=True)
        ),
        _end_points(drawn, styles, scale_y),
        _end_labels(drawn, ends, styles, ticks, inner),
    ]
    spec = frame(layers, width=width, height=height, padding=padding)
    return Chart(spec, course_words(drawn, title, unit=unit, precision=precision, signed=signed, locale=locale), locale)


def course_words(
    lines: Sequence[Line], title: str, *, unit: str | None, precision: int | None, signed: bool, locale: str
) -> str:
    """Text alternative of the chart: first and last value of each line."""

    def written(value: float) -> str:
        return format_number(value, precision=precision, locale=locale, unit=unit, signed=signed)

    sentences = [say("line_of", locale, title=title)]
    for line in lines:
        known = line.known()
        if not known:
            continue
        (first_period, first), (last_period, last) = known[0], known[-1]
        code = "change_over_time" if len(known) > 1 else "one_value"
        sentences.append(
            say(
                code,
                locale,
                unit=line.name,
                first=written(first),
                last=written(last),
                first_period=format_date(first_period, locale=locale),
                last_period=format_date(last_period, locale=locale),
            )
        )
    return " ".join(sentences)


def _short(unit: str | None) -> str | None:
    """Only a unit of few letters stands at the tick; longer ones stand in the subtitle."""
    return unit if unit and len(unit) <= 4 else None


def _end_names(lines: Sequence[Line], width: float, locale: str) -> list[str]:
    """The names at the ends of the lines; of the whole the word for it, and none of a single line that the title names,
    where the name is too long."""
    room, names = width * MOST_LABEL, []
    for line in lines:
        bold = line.part in LEADING
        instead = say("in_total", locale) if line.part is Part.CITY else ("" if len(lines) == 1 else None)
        fits = instead is None or text_width(line.name, AXIS_SIZE, bold=bold) <= room
        names.append(shorten(line.name, AXIS_SIZE, room, bold=bold) if fits else instead)
    return names


def _styles(lines: Sequence[Line]) -> list[dict[str, Any]]:
    others = iter(palette.OTHERS)
    styles = []
    for line in lines:
        if line.part in LEADING:
            colour = palette.PRIVATE if line.part is Part.PRIVATE else palette.SUBJECT
            styles.append({"color": colour, "strokeWidth": palette.SUBJECT_WIDTH})
        elif line.part is Part.CITY:
            styles.append({"color": palette.INK, "strokeWidth": palette.OTHER_WIDTH, "strokeDash": [5, 3]})
        else:
            colour = next(others, palette.CONTEXT) if line.part is Part.OTHER else palette.CONTEXT
            styles.append({"color": colour, "strokeWidth": palette.OTHER_WIDTH})
    return styles


def _time_axis(periods: Sequence[str], width: float, locale: str) -> dict[str, Any]:
    """Not more dates than fit; years where each period is the same day of a year."""
    yearly = same_day(periods) is not None or len({year_of(period) for period in periods}) == len(periods)
    texts = [year_of(period) if yearly else format_date(period, locale=locale) for period in periods]
    widest = max(text_width(text, AXIS_SIZE) for text in texts) + 34
    step = max(1, -(-len(periods) // max(2, int(width * 0.75 // widest))))
    chosen = list(range(len(periods) - 1, -1, -step))[::-1]
    places = {round(_place(periods[index]) * DAYS): texts[index] for index in chosen}
    return {
        "values": [_place(periods[index]) for index in chosen],
        "labelExpr": f"({_js(places)})[round(datum.value * {DAYS})] || ''",
        "grid": False,
        "domain": True,
        "domainColor": palette.BASELINE,
    }


def _line(
    line: Line,
    style: dict[str, Any],
    periods: Sequence[str],
    ticks: Sequence[float],
    tick_texts: Sequence[str],
    time_axis: dict[str, Any],
    scale_y: dict[str, Any],
) -> dict[str, Any]:
    """The line over every period of the chart, so that a missing one is a gap."""
    values = dict(line.points)
    rows = [{"t": _place(period), "v": values.get(period)} for period in periods]
    return {
        "data": {"values": rows},
        "mark": {"type": "line", "strokeJoin": "round", "invalid": "break-paths-show-path-domains", **style},
        "encoding": {
            "x": {
                "field": "t",
                "type": "quantitative",
                "axis": time_axis,
                "scale": {"domain": [rows[0]["t"], rows[-1]["t"]], "nice": False, "zero": False},
            },
            "y": {
                "field": "v",
                "type": "quantitative",
                "scale": scale_y,
                "axis": {"values": list(ticks), "grid": True, "labelExpr": _tick_expr(ticks, tick_texts)},
            },
        },
    }


def _tick_expr(ticks: Sequence[float], texts: Sequence[str]) -> str:
    """Vega expression that writes each tick as the server does, found by its rank on the axis."""
    step = (ticks[-1] - ticks[0]) / max(1, len(ticks) - 1)
    return f"({_js(list(texts))})[round((datum.value - ({ticks[0]!r})) / {step!r})]"


def _place(period: str) -> float:
    return round((position(period) or 0.0) * DAYS) / DAYS


def _js(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _end_points(lines: Sequence[Line], styles: Sequence[dict[str, Any]], scale_y: dict[str, Any]) -> dict[str, Any]:
    rows = [
        {
            "t": _place(line.known()[-1][0]),
            "v": line.known()[-1][1],
            "c": style["color"],
            "s": 43 if line.part in LEADING else 32,
        }
        for line, style in zip(lines, styles, strict=True)
    ]
    return {
        "data": {"values": rows},
        "mark": {"type": "point", "filled": True, "opacity": 1},
        "encoding": {
            "x": {"field": "t", "type": "quantitative"},
            "y": {"field": "v", "type": "quantitative", "scale": scale_y},
            "color": {"field": "c", "type": "nominal", "scale": None},
            "size": {"field": "s", "type": "quantitative", "scale": None},
        },
    }


def _end_labels(
    lines: Sequence[Line],
    names: Sequence[str],
    styles: Sequence[dict[str, Any]],
    ticks: Sequence[float],
    height: float,
) -> dict[str, Any]:
    """Names beside the last points, moved apart where they would cover each other."""
    span = ticks[-1] - ticks[0]
    wanted = [height * (1 - (line.known()[-1][1] - ticks[0]) / span) for line in lines]
    places = spread(wanted, LABEL_GAP, 2.0, height + 4)
    marks = []
    for line, name, style, place in zip(lines, names, styles, places, strict=True):
        marks.append(
            {
                "data": {"values": [{"n": name, "y": round(place, 1)}]},
                "mark": {
                    "type": "text",
                    "align": "left",
                    "baseline": "middle",
                    "dx": 8,
                    "color": style["color"],
                    "fontWeight": 700 if line.part in LEADING else 400,
                },
                "encoding": {
                    "x": {"value": "width"},
                    "y": {"field": "y", "type": "quantitative", "scale": None},
                    "text": {"field": "n", "type": "nominal"},
                },
            }
        )
    return {"layer": marks}
