"""Charts as Vega-Lite specifications, built and drawn on the server.

A specification is complete: data, round ticks, colours, label places. The same one becomes SVG and PNG by
vl-convert and can be handed to a client. Numbers follow the reader's language by Vega's format locale.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from xml.sax.saxutils import quoteattr

import vl_convert

from ckanext.ierwohnen.look.numbers import MINUS, NARROW
from ckanext.ierwohnen.previews import palette

SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
VEGA_LITE = "v6.4"
AXIS_SIZE = 12

FORMATS: dict[str, dict[str, Any]] = {
    "de": {"decimal": ",", "thousands": NARROW, "grouping": [3], "currency": ["", "\u00a0€"], "minus": MINUS,
           "percent": f"{NARROW}%"},
    "en": {"decimal": ".", "thousands": ",", "grouping": [3], "currency": ["€", ""], "minus": MINUS,
           "percent": "%"},
}  # fmt: skip


@dataclass(frozen=True)
class Chart:
    """A drawn chart: its specification, the language of its numbers, and its text alternative."""

    spec: dict[str, Any]
    alternative: str
    locale: str = "de"

    def svg(self, *, ident: str = "chart") -> str:
        """The chart as one `<svg role="img">` whose label is the text alternative."""
        return _labelled(_svg(json.dumps(self.spec, sort_keys=True), self.locale), self.alternative, ident)

    @property
    def width(self) -> float:
        """Width of the drawing in pixels."""
        return float(self.spec["width"] + self.spec["padding"]["left"] + self.spec["padding"]["right"])


def frame(
    layers: Sequence[dict[str, Any]], *, width: float, height: float, padding: dict[str, float]
) -> dict[str, Any]:
    """A layered specification of this outer size in the look of the portal."""
    return {
        "$schema": SCHEMA,
        "width": width - padding["left"] - padding["right"],
        "height": height - padding["top"] - padding["bottom"],
        "padding": padding,
        "autosize": {"type": "none"},
        "background": None,
        "layer": list(layers),
        "config": {
            "font": "Helvetica, Arial, Liberation Sans, sans-serif",
            "view": {"stroke": None},
            "axis": {"labelColor": palette.INK_2, "labelFontSize": AXIS_SIZE, "title": None,
                     "labelPadding": 6, "domain": False, "ticks": False, "gridColor": palette.GRID},
            "text": {"fontSize": AXIS_SIZE, "color": palette.INK},
        },
    }  # fmt: skip


def pixels(field: str) -> dict[str, Any]:
    """A channel whose field is a place in pixels of the drawing, not a value on a scale."""
    return {"field": field, "type": "quantitative", "scale": None, "axis": None}


def text_layer(
    rows: Sequence[dict[str, Any]], colour: str, align: str, *, bold: bool = False, size: float = AXIS_SIZE
) -> dict[str, Any]:
    """Words at places in pixels: each row has `x`, `y` and the text `t`."""
    return {
        "data": {"values": list(rows)},
        "mark": {"type": "text", "align": align, "baseline": "middle", "color": colour, "fontSize": size,
                 "fontWeight": 700 if bold else 400},
        "encoding": {"x": pixels("x"), "y": pixels("y"), "text": {"field": "t", "type": "nominal"}},
    }  # fmt: skip


@lru_cache(maxsize=256)
def _svg(spec: str, locale: str) -> str:
    return vl_convert.vegalite_to_svg(json.loads(spec), vl_version=VEGA_LITE, format_locale=FORMATS[_known(locale)])


def _known(locale: str) -> str:
    return "de" if locale.startswith("de") else "en"


_INNER_ROLES = re.compile(r' (?:role="graphics-[a-z]+"|aria-roledescription="[^"]*"|aria-label="[^"]*")')
_ROOT = re.compile(r'<svg [^>]*width="([\d.]+)" height="([\d.]+)" viewBox="([^"]+)"[^>]*>')


def _labelled(svg: str, alternative: str, ident: str) -> str:
    """One labelled image instead of Vega's roles for each mark, and ids that are unique on the page."""
    root = _ROOT.search(svg)
    if root is None:
        raise ValueError("the chart has no svg element of known size")
    inner = _INNER_ROLES.sub("", svg[root.end() :]).replace('id="', f'id="{ident}-').replace("url(#", f"url(#{ident}-")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="iw-chart" id="{ident}" role="img" '
        f'aria-label={quoteattr(alternative)} width="{root[1]}" height="{root[2]}" '
        f'viewBox="{root[3]}">{inner}'
    )
