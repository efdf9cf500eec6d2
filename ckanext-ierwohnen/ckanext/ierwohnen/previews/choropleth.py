"""A map coloured by class, as SVG made on the server: for the page, for print and as a picture."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from xml.sax.saxutils import escape, quoteattr

from ckanext.ierwohnen.look.figure import Figure
from ckanext.ierwohnen.look.signs import Status, label
from ckanext.ierwohnen.previews import palette
from ckanext.ierwohnen.previews.classes import Classification, Kind, Wish, classify
from ckanext.ierwohnen.previews.ground import LABEL_SIZE, Ground, GroundUnit
from ckanext.ierwohnen.previews.labels import LINE
from ckanext.ierwohnen.previews.words import say

MOST_STOPS = 60
"""More units than this are not stops of the Tab key each (without JavaScript); they stay in the table."""


@dataclass(frozen=True)
class ClassedMap:
    """A ground with the figure and the class of each of its units, in the ground's order."""

    ground: Ground
    figures: tuple[Figure, ...]
    classification: Classification
    locale: str = "de"

    def figure_of(self, key: str) -> Figure | None:
        """The figure of the unit with this key."""
        for unit, figure in zip(self.ground.units, self.figures, strict=True):
            if unit.key == key:
                return figure
        return None


def classed_map(
    ground: Ground,
    readings: Mapping[str, tuple[float | None, str]],
    *,
    wish: Wish | None = None,
    unit: str | None = None,
    locale: str = "de",
) -> ClassedMap:
    """Join readings to the ground; a unit without a reading is `missing`.

    :param readings: unit key → value and status word
    :param unit: unit of measurement, written after each value
    """
    return classed_maps(ground, [readings], wish=wish, unit=unit, locale=locale)[0]


def classed_maps(
    ground: Ground,
    several: Sequence[Mapping[str, tuple[float | None, str]]],
    *,
    wish: Wish | None = None,
    unit: str | None = None,
    locale: str = "de",
) -> list[ClassedMap]:
    """Several readings of the same units in the same classes, so that their colours can be compared.

    The classes are found over all values together; each map counts its own units. Parameters as for `classed_map`.
    """
    wish = wish or Wish()
    pairs = [[readings.get(one.key, (None, Status.MISSING)) for one in ground.units] for readings in several]
    together = [pair for own in pairs for pair in own]
    joint = classify([value for value, _ in together], [status or "ok" for _, status in together], wish, locale=locale)
    size = len(ground.units)
    made = []
    for number, own in enumerate(pairs):
        index_of = joint.index_of[number * size : (number + 1) * size]
        counts = Counter(index_of)
        classes = tuple(replace(one, count=counts[index]) for index, one in enumerate(joint.classes))
        figures = tuple(_figure(value, status, joint.precision, wish, unit, locale) for value, status in own)
        made.append(ClassedMap(ground, figures, replace(joint, classes=classes, index_of=index_of), locale))
    return made


def _figure(
    value: float | None, status: str, precision: int, wish: Wish, unit: str | None, locale: str
) -> Figure:
    if value is not None and value != value:
        return Figure.of(None, status or None, locale=locale)
    return Figure.of(value, status or Status.OK, precision=precision, unit=unit, signed=wish.signed, locale=locale)


def spoken(figure: Figure, locale: str = "de") -> str:
    """The figure in words: its text, or for a sign what it means (`geschützt`, `folgt später`)."""
    if figure.value is None or figure.status in (Status.NOTHING, Status.BELOW_HALF):
        return label(figure.status, locale) or say("no_value_short", locale)
    return figure.text


def map_svg(
    classed: ClassedMap,
    *,
    alternative: str,
    ident: str = "map",
    selected: str | None = None,
    link: Callable[[str], str] | None = None,
    width: float | None = None,
) -> str:
    """The map as one `<svg>` element.

    :param alternative: text alternative of the whole picture
    :param ident: prefix of ids, unique on the page
    :param selected: key of the unit that is outlined
    :param link: address by unit key; without it the map is a plain image
    :param width: drawn width in pixels, the ground's own where left out
    """
    ground = classed.ground
    shown = width or ground.width
    role = "group" if link else "img"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="iw-map" role="{role}" '
        f'aria-label={quoteattr(alternative)} viewBox="0 0 {ground.width:g} {ground.height:g}" '
        f'width="{shown:g}" height="{shown * ground.height / ground.width:.0f}" '
        f'font-family="{palette.FONT}"{_buttons(classed.locale) if link else ""}>',
        hatch(ident),
        f'<g class="iw-units" stroke="{palette.UNIT_BORDER}" stroke-width="{palette.UNIT_BORDER_WIDTH}" '
        'stroke-linejoin="round">',
        *_units(classed, ident, selected, link),
        "</g>",
        _borders(ground),
        f'<g class="iw-chosen">{_outline(ground, selected)}</g>',
        _names(classed),
        "</svg>",
    ]
    return "".join(parts)


def _buttons(locale: str) -> str:
    """Names of the zoom buttons that a script adds to the map of a page."""
    return f" data-zoom-in={quoteattr(say('zoom_in', locale))} data-zoom-out={quoteattr(say('zoom_out', locale))}"


def hatch(ident: str) -> str:
    """The pattern of protected units: violet lines at 45° on white."""
    return (
        f'<defs><pattern id="{ident}-hatch" width="5.6" height="5.6" patternUnits="userSpaceOnUse" '
        f'patternTransform="rotate(45)"><rect width="5.6" height="5.6" fill="{palette.WHITE}"/>'
        f'<line x1="0" y1="0" x2="0" y2="5.6" stroke="{palette.PROTECTED}" stroke-width="1.6"/>'
        "</pattern></defs>"
    )


def fill_of(classed: ClassedMap, index: int, ident: str) -> str:
    """Fill of the class with this index: its colour, or the hatch."""
    one = classed.classification.classes[index]
    return f"url(#{ident}-hatch)" if one.kind is Kind.PROTECTED else one.colour


def _units(classed: ClassedMap, ident: str, selected: str | None, link: Callable[[str], str] | None) -> Sequence[str]:
    stops = len(classed.ground.units) <= MOST_STOPS
    drawn = []
    rows = zip(classed.ground.units, classed.figures, classed.classification.index_of, strict=True)
    for unit, figure, index in rows:
        text = f"{unit.name}: {spoken(figure, classed.locale)}"
        fill = fill_of(classed, index, ident)
        path = f'<path d="{unit.path}" fill="{fill}"><title>{escape(text)}</title></path>'
        if link:
            attributes = _facts(unit, figure, index, classed.locale)
            attributes["href"] = link(unit.key)
            if unit.key == selected:
                attributes["aria-current"] = "true"
            if not stops:
                attributes["tabindex"] = "-1"
            path = f"<a {_written(attributes)}>{path}</a>"
        drawn.append(path)
    return drawn


def _facts(unit: GroundUnit, figure: Figure, index: int, locale: str) -> dict[str, str]:
    """What the script needs of a unit: where it is, and what the tooltip says."""
    value = spoken(figure, locale)
    return {
        "data-key": unit.key,
        "data-class": str(index),
        "data-x": f"{unit.x:.1f}",
        "data-y": f"{unit.y:.1f}",
        "data-name": unit.name,
        "data-value": value,
        "data-sign": figure.text if figure.value is None and figure.status is not Status.MISSING else "",
        "aria-label": f"{unit.name}: {value}",
    }


def _written(attributes: Mapping[str, str]) -> str:
    return " ".join(f"{name}={quoteattr(value)}" for name, value in attributes.items())


def _borders(ground: Ground) -> str:
    lines = "".join(f'<path d="{path}"/>' for path in ground.parent_borders if path)
    return (
        f'<g class="iw-borders" fill="none" stroke="{palette.PARENT_BORDER}" '
        f'stroke-width="{palette.PARENT_BORDER_WIDTH}" stroke-linejoin="round" pointer-events="none">'
        f"{lines}</g>"
    )


def _outline(ground: Ground, selected: str | None) -> str:
    path = next((unit.path for unit in ground.units if unit.key == selected), None)
    if path is None:
        return ""
    start = f'<path d="{path}" fill="none" stroke-linejoin="round" pointer-events="none" stroke='
    return (
        f'{start}"{palette.WHITE}" stroke-width="{palette.CASING_WIDTH}"/>'
        f'{start}"{palette.INK}" stroke-width="{palette.SELECTION_WIDTH}"/>'
    )


def _names(classed: ClassedMap) -> str:
    ground = classed.ground
    drawn = []
    for unit, index in zip(ground.units, classed.classification.index_of, strict=True):
        if unit.key in ground.labels:
            drawn.append(_name(ground, unit, classed, index))
    return (
        f'<g class="iw-labels" aria-hidden="true" font-size="{LABEL_SIZE}" text-anchor="middle" '
        f'stroke-linejoin="round" pointer-events="none">{"".join(drawn)}</g>'
    )


def _name(ground: Ground, unit: GroundUnit, classed: ClassedMap, index: int) -> str:
    """A name with its halo: white letters on dark classes; a strong halo on the hatch."""
    one = classed.classification.classes[index]
    dark = one.kind is Kind.VALUE and palette.is_dark(one.colour)
    ink, halo = (palette.WHITE, one.colour) if dark else (palette.INK, palette.WHITE)
    strong = one.kind is Kind.PROTECTED
    found = ground.labels[unit.key]
    first = found.y + LABEL_SIZE * (0.36 - LINE * (len(found.lines) - 1) / 2)
    lines = "".join(
        f'<tspan x="{found.x:g}" y="{first + number * LABEL_SIZE * LINE:.1f}">{escape(line)}</tspan>'
        for number, line in enumerate(found.lines)
    )
    return (
        f'<text class="l" fill="{ink}" stroke="{halo}" stroke-width="{3.6 if strong else 2.4}" '
        f'stroke-opacity="{1 if strong else 0.8}" paint-order="stroke">{lines}</text>'
    )
