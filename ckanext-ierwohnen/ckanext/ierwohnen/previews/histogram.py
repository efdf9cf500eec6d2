"""How the values of a map are spread: a small drawing of bars in the colours of its classes."""

from __future__ import annotations

from collections import Counter
from xml.sax.saxutils import escape, quoteattr

from ckanext.ierwohnen.look.numbers import format_number
from ckanext.ierwohnen.previews import palette
from ckanext.ierwohnen.previews.axis import decimals_of, round_ticks
from ckanext.ierwohnen.previews.choropleth import ClassedMap
from ckanext.ierwohnen.previews.classes import Kind
from ckanext.ierwohnen.previews.words import say

WIDTH, HEIGHT = 190.0, 64.0
FOOT = 16.0
FEWEST = 8
"""Fewer values make no histogram."""
MOST_BARS = 24


def histogram_svg(classed: ClassedMap, *, title: str, width: float = WIDTH) -> str | None:
    """Bars of equal width over the values' range; each is cut by class, so that its colours are the map's.

    :return: one `<svg role="img">`, or None with fewer than eight values or without spread
    """
    classification = classed.classification
    pairs = [
        (figure.value, classification.classes[index].colour)
        for figure, index in zip(classed.figures, classification.index_of, strict=True)
        if figure.value is not None and classification.classes[index].kind is Kind.VALUE
    ]
    values = [value for value, _ in pairs]
    if len(values) < FEWEST or min(values) == max(values):
        return None
    ticks = round_ticks(values, _bars(len(values)))
    step = ticks[1] - ticks[0]
    bins: dict[int, Counter[str]] = {}
    for value, colour in pairs:
        place = min(int((value - ticks[0]) / step + 1e-9), len(ticks) - 2)
        bins.setdefault(place, Counter())[colour] += 1
    order = [one.colour for one in classification.classes]
    most = max(counter.total() for counter in bins.values())
    bar = width / (len(ticks) - 1)
    drawn = [_bar(place * bar, bar, counts, order, most) for place, counts in sorted(bins.items())]
    alternative = say("spread_of", classed.locale, title=title, count=len(values), most=most)
    digits = decimals_of(ticks)
    ends = [format_number(tick, precision=digits, locale=classed.locale) for tick in (ticks[0], ticks[-1])]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="iw-histogram" role="img" aria-label={quoteattr(alternative)} '
        f'width="{width:g}" height="{HEIGHT + FOOT:g}" viewBox="0 0 {width:g} {HEIGHT + FOOT:g}" '
        f'font-family="{palette.FONT}">'
        + "".join(drawn)
        + f'<line x1="0" x2="{width:g}" y1="{HEIGHT:g}" y2="{HEIGHT:g}" stroke="{palette.BASELINE}"/>'
        + _end(ends[0], 0, "start")
        + _end(ends[1], width, "end")
        + "</svg>"
    )


def _bars(count: int) -> int:
    """About as many bars as the square root of the number of values, and a few more."""
    return max(8, min(MOST_BARS, round(count**0.5) + 3))


def _bar(x: float, width: float, counts: Counter[str], order: list[str], most: int) -> str:
    parts, top = [], HEIGHT
    for colour in order:
        if counts[colour]:
            height = (HEIGHT - 4) * counts[colour] / most
            top -= height
            parts.append(
                f'<rect x="{x + 0.5:.1f}" y="{top:.1f}" width="{max(width - 1, 1):.1f}" height="{height:.1f}" '
                f'fill="{colour}" stroke="{palette.UNIT_BORDER}" stroke-width="0.6"/>'
            )
    return "".join(parts)


def _end(text: str, x: float, anchor: str) -> str:
    return (
        f'<text x="{x:g}" y="{HEIGHT + 13:g}" font-size="11" fill="{palette.INK_2}" text-anchor="{anchor}">'
        f"{escape(text)}</text>"
    )
