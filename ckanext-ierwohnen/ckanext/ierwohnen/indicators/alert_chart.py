"""A small chart of an indicator over the years: the area, the whole city, the thresholds. No CKAN in here.

All charts of an indicator share their axis (:class:`Axis`), so that areas can be compared by eye.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from markupsafe import Markup, escape

WIDTH, HEIGHT = 150, 96
LEFT, RIGHT, TOP, BOTTOM = 4, 26, 6, 16
AREA, CITY, WATCH, ACT, LINE, TEXT = "#0072B2", "#7f8c93", "#7a4a00", "#a3221c", "#d5dbdf", "#4a5860"


@dataclass(frozen=True)
class Axis:
    """What all charts of an indicator have in common: years, range of values, thresholds."""

    first: int
    last: int
    low: float
    high: float
    watch: float | None = None
    act: float | None = None

    @classmethod
    def of(cls, values: Iterable[float], years: Iterable[int], watch: float | None, act: float | None) -> Axis:
        """The axis that takes in all values and thresholds."""
        known = [*values, *(limit for limit in (watch, act) if limit is not None)]
        span = list(years)
        return cls(min(span), max(span), min(known, default=0.0), max(known, default=1.0), watch, act)

    def x(self, year: int) -> float:
        """Pixels from the left."""
        share = (year - self.first) / max(self.last - self.first, 1)
        return LEFT + share * (WIDTH - LEFT - RIGHT)

    def y(self, value: float) -> float:
        """Pixels from the top."""
        share = (value - self.low) / ((self.high - self.low) or 1.0)
        return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)


def chart(
    axis: Axis, area: Mapping[int, float], city: Mapping[int, float], written: Callable[[float], str], alt: str
) -> Markup:
    """The chart as SVG.

    :param area: value by year; a year without one is a gap
    :param written: a number as the reader writes it
    :param alt: the chart in words
    """
    limits = "".join(
        _limit(axis, limit, colour, dash, written)
        for limit, colour, dash in ((axis.act, ACT, "4 3"), (axis.watch, WATCH, "1.5 2.5"))
        if limit is not None
    )
    ground = HEIGHT - BOTTOM
    years = (
        f'<text x="{LEFT}" y="{HEIGHT - 4}">{axis.first}</text>'
        f'<text x="{WIDTH - RIGHT}" y="{HEIGHT - 4}" text-anchor="end">{axis.last}</text>'
    )
    return Markup(
        f'<svg class="iw-course" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(alt)}">'
        f'<path d="M{LEFT} {ground}H{WIDTH - RIGHT}" stroke="{LINE}"/>{limits}'
        f"{_course(axis, city, CITY, 1.3)}{_course(axis, area, AREA, 2.2)}{_end(axis, area)}"
        f'<g font-size="10" fill="{TEXT}">{years}</g></svg>'
    )


def _limit(axis: Axis, limit: float, colour: str, dash: str, written: Callable[[float], str]) -> str:
    y = axis.y(limit)
    return (
        f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke="{colour}" stroke-dasharray="{dash}"/>'
        f'<text x="{WIDTH - RIGHT + 3}" y="{y + 3.5:.1f}" font-size="10" fill="{colour}">'
        f"{escape(written(limit))}</text>"
    )


def _course(axis: Axis, values: Mapping[int, float], colour: str, width: float) -> str:
    """A line through the years that have a value; where one lacks, the line breaks."""
    runs: list[list[int]] = []
    for year in range(axis.first, axis.last + 1):
        if year in values and runs and runs[-1][-1] == year - 1:
            runs[-1].append(year)
        elif year in values:
            runs.append([year])
    parts = []
    for run in runs:
        points = " ".join(f"{axis.x(year):.1f},{axis.y(values[year]):.1f}" for year in run)
        dot = f'<circle cx="{points.split(",")[0]}" cy="{points.split(",")[-1]}" r="1.3" fill="{colour}"/>'
        line = f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="{width}"/>'
        parts.append(line if len(run) > 1 else dot)
    return "".join(parts)


def _end(axis: Axis, values: Mapping[int, float]) -> str:
    last = max((year for year in values if axis.first <= year <= axis.last), default=None)
    if last is None:
        return ""
    return f'<circle cx="{axis.x(last):.1f}" cy="{axis.y(values[last]):.1f}" r="2.8" fill="{AREA}"/>'
