"""A figure as one picture that stands alone: title, drawing, legend, source. For download and print."""

from __future__ import annotations

import re
from collections.abc import Sequence
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
SUB_LINE = 17.0
FOOT_LINE = 16.0
DATE = 22.0
"""Height of the dates above two maps."""
BETWEEN = 18.0
ALL = 99
"""So many lines that no text is cut."""
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
    compared: ClassedMap | None = None,
    dates: tuple[str, str] = ("", ""),
) -> str:
    """The map with its legend at the right; with a second map, both side by side.

    :param compared: the map of another date in the same classes, drawn at the left
    :param dates: the dates of the left and of the right map, as they are written; only with a second map
    """
    maps = [compared, classed] if compared else [classed]
    step, top = classed.ground.width + BETWEEN, DATE if compared else 0.0
    drawn = []
    for number, one in enumerate(maps):
        at = EDGE + number * step
        inner = map_svg(one, alternative="", ident="picture" if one is classed else "picture-then", selected=selected)
        if compared:
            drawn.append(_text(at, HEAD + 14, dates[number], 13, palette.INK, bold=True))
        drawn.append(_moved(inner, at, HEAD + top))
    legend = _legend(maps, unit_word, EDGE + len(maps) * step, dates)
    height = max(classed.ground.height + top, _legend_height(classed, unit_word, dates))
    width = WIDTH + step * (len(maps) - 1)
    return _sheet("".join(drawn) + legend, height, title, sub, source, alternative, classed.locale, width)


def chart_picture(
    drawing: str, *, title: str, sub: str, source: str | None, alternative: str, locale: str = "de", note: str = ""
) -> str:
    """A chart (SVG as charts.py gives it) with title, source, and what must stand beside the drawing.

    :param note: below the drawing
    """
    size = _SIZE.search(drawing)
    if size is None:
        raise ValueError("the drawing has no size")
    width = float(size[1]) + 2 * EDGE
    return _sheet(
        _moved(drawing, EDGE, HEAD), float(size[2]), title, sub, source, alternative, locale, width, note
    )  # fmt: skip


def _sheet(
    body: str,
    height: float,
    title: str,
    sub: str,
    source: str | None,
    alternative: str,
    locale: str,
    width: float = WIDTH,
    note: str = "",
) -> str:
    """The drawing between head and foot, whose texts take as many lines as they need: none is cut."""
    room = width - 2 * EDGE
    heads, subs = lines_of(title, 17, room, bold=True, most=ALL), lines_of(sub, 13, room, most=ALL)
    notes = lines_of(note, 12, room, most=ALL) if note else []
    said = lines_of(say("source", locale, source=source), 12, room, most=ALL) if source else [""]
    head_grown = TITLE_LINE * (len(heads) - 1)
    grown = head_grown + SUB_LINE * (len(subs) - 1)
    noted = FOOT_LINE * len(notes) + (6 if notes else 0)
    line = HEAD + grown + height + noted + 8
    total = line - 8 + FOOT + FOOT_LINE * (len(said) - 1)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label={quoteattr(alternative)} width="{width:g}" '
        f'height="{total:.0f}" viewBox="0 0 {width:g} {total:.0f}" font-family="{palette.FONT}">'
        f"<title>{escape(title)}</title><desc>{escape(alternative)}</desc>"
        f'<rect width="{width:g}" height="{total:.0f}" fill="{palette.WHITE}"/>'
        + _lines(heads, 28, TITLE_LINE, 17, palette.INK, bold=True)
        + _lines(subs, 48 + head_grown, SUB_LINE, 13, palette.INK_2)
        + (f'<g transform="translate(0,{grown:g})">{body}</g>' if grown else body)
        + _lines(notes, HEAD + grown + height + 14, FOOT_LINE, 12, palette.INK)
        + f'<line x1="{EDGE:g}" x2="{width - EDGE:g}" y1="{line:.0f}" y2="{line:.0f}" stroke="#d5dbdf"/>'
        + _lines(said, line + 19, FOOT_LINE, 12, palette.INK_2)
        + "</svg>"
    )


def _lines(texts: Sequence[str], y: float, step: float, size: float, colour: str, *, bold: bool = False) -> str:
    return "".join(_text(EDGE, y + step * n, one, size, colour, bold=bold) for n, one in enumerate(texts))


def _text(x: float, y: float, text: str, size: float, colour: str, *, bold: bool = False, end: bool = False) -> str:
    weight = ' font-weight="700"' if bold else ""
    anchor = ' text-anchor="end"' if end else ""
    return f'<text x="{x:g}" y="{y:g}" font-size="{size:g}" fill="{colour}"{weight}{anchor}>{escape(text)}</text>'


def _moved(svg: str, x: float, y: float) -> str:
    """An inner svg at a place of the sheet, as a group, since not every program draws nested svg elements."""
    inner = svg[svg.index(">") + 1 : svg.rindex("</svg>")]
    return f'<g transform="translate({x:g},{y:g})" aria-hidden="true">{inner}</g>'


def _legend_heads(unit_word: str, dates: tuple[str, str]) -> tuple[list[str], list[str]]:
    """The unit in lines, and below it the dates to which the two counts of each class belong."""
    heads = lines_of(unit_word, 13, LEGEND, bold=True, most=ALL)
    return heads, lines_of(" | ".join(dates), 12, LEGEND, most=ALL) if any(dates) else []


def _legend_height(classed: ClassedMap, unit_word: str, dates: tuple[str, str]) -> float:
    lines = sum(len(texts) for texts in _legend_heads(unit_word, dates))
    return 8 + 16 * lines + 22 * len(classed.classification.classes)


def _legend(maps: Sequence[ClassedMap], unit_word: str, x: float, dates: tuple[str, str]) -> str:
    heads, days = _legend_heads(unit_word, dates)
    drawn = [_text(x, HEAD + 14 + 16 * n, one, 13, palette.INK, bold=True) for n, one in enumerate(heads)]
    drawn += [
        _text(x + LEGEND, HEAD + 14 + 16 * n, one, 12, palette.INK_2, end=True)
        for n, one in enumerate(days, len(heads))
    ]
    for index, classes in enumerate(zip(*(one.classification.classes for one in maps), strict=True)):
        y = HEAD + 8 + 16 * (len(heads) + len(days)) + index * 22
        count = " | ".join(str(one.count) for one in classes)
        room = LEGEND - 36 - text_width(count, 13) - 8
        drawn.append(
            f'<rect x="{x:g}" y="{y:g}" width="26" height="15" fill="{fill_of(maps[-1], index, "picture")}" '
            f'stroke="{palette.UNIT_BORDER}"/>'
            + _text(x + 34, y + 12, shorten(classes[0].label, 13, room), 13, palette.INK)
            + _text(x + LEGEND, y + 12, count, 13, palette.INK_2, end=True)
        )
    return "".join(drawn)
