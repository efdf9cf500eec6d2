"""A figure as one picture that stands alone: title, drawing, legend, source. For download and print."""

from __future__ import annotations

import re
from xml.sax.saxutils import escape, quoteattr

from ckanext.ierwohnen.previews import palette
from ckanext.ierwohnen.previews.choropleth import ClassedMap, fill_of, map_svg
from ckanext.ierwohnen.previews.type_width import lines_of, shorten, text_width
from ckanext.ierwohnen.previews.words import say

WIDTH = 790.0
EDGE = 20.0
HEAD = 64.0
FOOT = 38.0
LEGEND = 176.0
TITLE_LINE = 22.0
_SIZE = re.compile(r'width="([\d.]+)" height="([\d.]+)"')


def map_picture(
    classed: ClassedMap,
    *,
    title: str,
    sub: str,
    unit_word: str,
    source: str | None,
    alternative: str,
    selected: str | None = None,
) -> str:
    """The map with its legend at the right."""
    inner = map_svg(classed, alternative="", ident="picture", selected=selected)
    width = classed.ground.width
    legend = _legend(classed, unit_word, EDGE + width + 18)
    lines = len(lines_of(unit_word, 13, LEGEND, bold=True))
    height = max(classed.ground.height, 8 + 16 * lines + 22 * len(classed.classification.classes))
    return _sheet(_moved(inner, EDGE, HEAD) + legend, height, title, sub, source, alternative, classed.locale)


def chart_picture(
    drawing: str, *, title: str, sub: str, source: str | None, alternative: str, locale: str = "de"
) -> str:
    """A chart (SVG as charts.py gives it) with title and source."""
    size = _SIZE.search(drawing)
    if size is None:
        raise ValueError("the drawing has no size")
    return _sheet(
        _moved(drawing, EDGE, HEAD), float(size[2]), title, sub, source, alternative, locale, float(size[1]) + 2 * EDGE
    )


def _sheet(
    body: str,
    height: float,
    title: str,
    sub: str,
    source: str | None,
    alternative: str,
    locale: str,
    width: float = WIDTH,
) -> str:
    room = width - 2 * EDGE
    heads = lines_of(title, 17, room, bold=True)
    grown = TITLE_LINE * (len(heads) - 1)
    total = HEAD + grown + height + FOOT
    said = say("source", locale, source=source) if source else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label={quoteattr(alternative)} width="{width:g}" '
        f'height="{total:.0f}" viewBox="0 0 {width:g} {total:.0f}" font-family="{palette.FONT}">'
        f"<title>{escape(title)}</title><desc>{escape(alternative)}</desc>"
        f'<rect width="{width:g}" height="{total:.0f}" fill="{palette.WHITE}"/>'
        + "".join(_text(EDGE, 28 + TITLE_LINE * n, one, 17, palette.INK, bold=True) for n, one in enumerate(heads))
        + _text(EDGE, 48 + grown, shorten(sub, 13, room), 13, palette.INK_2)
        + (f'<g transform="translate(0,{grown:g})">{body}</g>' if grown else body)
        + f'<line x1="{EDGE:g}" x2="{width - EDGE:g}" y1="{total - 30:.0f}" y2="{total - 30:.0f}" stroke="#d5dbdf"/>'
        + _text(EDGE, total - 11, shorten(said, 12, room), 12, palette.INK_2)
        + "</svg>"
    )


def _text(x: float, y: float, text: str, size: float, colour: str, *, bold: bool = False, end: bool = False) -> str:
    weight = ' font-weight="700"' if bold else ""
    anchor = ' text-anchor="end"' if end else ""
    return f'<text x="{x:g}" y="{y:g}" font-size="{size:g}" fill="{colour}"{weight}{anchor}>{escape(text)}</text>'


def _moved(svg: str, x: float, y: float) -> str:
    """An inner svg at a place of the sheet, as a group, since not every program draws nested svg elements."""
    inner = svg[svg.index(">") + 1 : svg.rindex("</svg>")]
    return f'<g transform="translate({x:g},{y:g})" aria-hidden="true">{inner}</g>'


def _legend(classed: ClassedMap, unit_word: str, x: float) -> str:
    heads = lines_of(unit_word, 13, LEGEND, bold=True)
    drawn = [_text(x, HEAD + 14 + 16 * n, one, 13, palette.INK, bold=True) for n, one in enumerate(heads)]
    for index, one in enumerate(classed.classification.classes):
        y = HEAD + 8 + 16 * len(heads) + index * 22
        count = str(one.count)
        room = LEGEND - 36 - text_width(count, 13) - 8
        drawn.append(
            f'<rect x="{x:g}" y="{y:g}" width="26" height="15" fill="{fill_of(classed, index, "picture")}" '
            f'stroke="{palette.UNIT_BORDER}"/>'
            + _text(x + 34, y + 12, shorten(one.label, 13, room), 13, palette.INK)
            + _text(x + LEGEND, y + 12, count, 13, palette.INK_2, end=True)
        )
    return "".join(drawn)
