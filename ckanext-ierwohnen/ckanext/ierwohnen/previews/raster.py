"""SVG to PNG and PDF by vl-convert, with the fonts that it brings along: no browser, no system fonts needed."""

from __future__ import annotations

from functools import lru_cache

import vl_convert

SCALE = 2.0


@lru_cache(maxsize=64)
def png_of(svg: str, scale: float = SCALE) -> bytes:
    """The picture as PNG, `scale` pixels per pixel of the SVG. Equal pictures are made once."""
    return vl_convert.svg_to_png(svg, scale=scale)


@lru_cache(maxsize=16)
def pdf_of(svg: str) -> bytes:
    """The picture as a PDF of one page with text that can be searched. Equal pictures are made once."""
    return vl_convert.svg_to_pdf(svg)
