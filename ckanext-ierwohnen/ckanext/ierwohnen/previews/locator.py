"""A map that shows places and no figures: where a unit lies in its city, or which unit to choose."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from xml.sax.saxutils import escape, quoteattr

from ckanext.ierwohnen.previews import palette
from ckanext.ierwohnen.previews.choropleth import MOST_STOPS
from ckanext.ierwohnen.previews.ground import LABEL_SIZE, Ground, GroundUnit
from ckanext.ierwohnen.previews.labels import LINE
from ckanext.ierwohnen.previews.words import say

LAND, CHOSEN = "#eef2f4", "#cfe3ea"


def locator_svg(
    ground: Ground,
    *,
    alternative: str,
    chosen: Collection[str] = (),
    notes: Mapping[str, str] | None = None,
    link: Callable[[str], str] | None = None,
    locale: str = "de",
) -> str:
    """The units as land, the chosen ones tinted and outlined, with their names.

    :param alternative: text alternative of the picture
    :param notes: what stands below a unit's name when it is pointed at
    :param link: address by unit key; without it the map is a plain image
    """
    role = "group" if link else "img"
    zoom = f" data-zoom-in={quoteattr(say('zoom_in', locale))} data-zoom-out={quoteattr(say('zoom_out', locale))}"
    units = "".join(_unit(one, one.key in chosen, (notes or {}).get(one.key, ""), ground, link) for one in ground.units)
    borders = "".join(f'<path d="{path}"/>' for path in ground.parent_borders if path)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="iw-map iw-locator" role="{role}" '
        f'aria-label={quoteattr(alternative)} viewBox="0 0 {ground.width:g} {ground.height:g}" '
        f'width="{ground.width:g}" height="{ground.height:.0f}" font-family="{palette.FONT}"{zoom if link else ""}>'
        f'<g class="iw-units" stroke="{palette.UNIT_BORDER}" stroke-width="{palette.UNIT_BORDER_WIDTH}" '
        f'stroke-linejoin="round">{units}</g>'
        f'<g fill="none" stroke="{palette.PARENT_BORDER}" stroke-width="{palette.PARENT_BORDER_WIDTH}" '
        f'stroke-linejoin="round" pointer-events="none">{borders}</g>'
        f'<g class="iw-chosen">{"".join(_outline(one) for one in ground.units if one.key in chosen)}</g>'
        f'<g class="iw-labels" aria-hidden="true" font-size="{LABEL_SIZE}" text-anchor="middle" '
        f'stroke-linejoin="round" pointer-events="none">{_names(ground, chosen)}</g></svg>'
    )


def _unit(one: GroundUnit, chosen: bool, note: str, ground: Ground, link: Callable[[str], str] | None) -> str:
    text = f"{one.name}: {note}" if note else one.name
    path = f'<path d="{one.path}" fill="{CHOSEN if chosen else LAND}"><title>{escape(text)}</title></path>'
    if link is None:
        return path
    stop = "" if len(ground.units) <= MOST_STOPS else ' tabindex="-1"'
    current = ' aria-current="true"' if chosen else ""
    return (
        f'<a href={quoteattr(link(one.key))} data-key={quoteattr(one.key)} data-x="{one.x:.1f}" data-y="{one.y:.1f}" '
        f"data-name={quoteattr(one.name)} data-value={quoteattr(note)} data-sign=\"\" "
        f"aria-label={quoteattr(text)}{current}{stop}>{path}</a>"
    )


def _outline(one: GroundUnit) -> str:
    start = f'<path d="{one.path}" fill="none" stroke-linejoin="round" pointer-events="none" stroke='
    return (
        f'{start}"{palette.WHITE}" stroke-width="{palette.CASING_WIDTH}"/>'
        f'{start}"{palette.INK}" stroke-width="{palette.SELECTION_WIDTH}"/>'
    )


def _names(ground: Ground, chosen: Collection[str]) -> str:
    drawn = []
    for unit in ground.units:
        if unit.key not in ground.labels:
            continue
        found = ground.labels[unit.key]
        first = found.y + LABEL_SIZE * (0.36 - LINE * (len(found.lines) - 1) / 2)
        lines = "".join(
            f'<tspan x="{found.x:g}" y="{first + number * LABEL_SIZE * LINE:.1f}">{escape(text)}</tspan>'
            for number, text in enumerate(found.lines)
        )
        weight = ' font-weight="700"' if unit.key in chosen else ""
        ink = palette.INK if unit.key in chosen else palette.INK_2
        drawn.append(
            f'<text class="l" fill="{ink}"{weight} stroke="{palette.WHITE}" stroke-width="2.4" '
            f'stroke-opacity="0.8" paint-order="stroke">{lines}</text>'
        )
    return "".join(drawn)
