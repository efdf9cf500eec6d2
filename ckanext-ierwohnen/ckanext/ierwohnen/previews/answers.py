"""Answers at the addresses of figures, alike for a resource and for an indicator: pictures, files, the page for frames
of other sites, and what caches may keep of them.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from typing import Any

import ckan.plugins.toolkit as tk
from flask import Response, request

from ckanext.ierwohnen.previews.chart_part import WIDE, chart_drawn, chart_note, chart_source, chart_title
from ckanext.ierwohnen.previews.copying import whole_text
from ckanext.ierwohnen.previews.parts import (
    categories_shown,
    classed,
    map_source,
    map_sub,
    maps_alternative,
    maps_title,
    other_date,
    shown_date,
)
from ckanext.ierwohnen.previews.picture import chart_picture, map_picture
from ckanext.ierwohnen.previews.preview import Preview, preview_of
from ckanext.ierwohnen.previews.raster import pdf_of, png_of
from ckanext.ierwohnen.previews.shape import is_total
from ckanext.ierwohnen.previews.sight import Sight
from ckanext.ierwohnen.previews.unit_table import as_csv

TYPES = {"svg": "image/svg+xml", "png": "image/png", "pdf": "application/pdf"}
EMBED_POLICY = (
    "default-src 'none'; style-src 'self' 'unsafe-inline'; script-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors *"
)
# A picture runs nothing and loads nothing, also when it is opened as a page of its own.
PICTURE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


def picture_answer(sight: Sight, name: str, form: str) -> Response:
    """The figure as a picture that stands alone, with title, legend and source."""
    if sight.no_such_date is not None:  # a picture of another date cannot say that it is one
        return none_such()
    svg = map_alone(sight) if name == "map" else _chart(sight)
    if svg is None:
        return none_such()
    make: dict[str, Callable[[str], bytes]] = {"svg": str.encode, "png": png_of, "pdf": pdf_of}
    response = Response(make[form](svg), mimetype=TYPES[form])
    response.headers["Content-Security-Policy"] = PICTURE_POLICY
    response.headers["Content-Disposition"] = f'inline; filename="{_filename(sight)}.{form}"'
    return cached(response, sight)


def values_answer(sight: Sight) -> Response:
    """The readings of the shown indicator, all dates, as CSV."""
    if not sight.figures or sight.subject is None:
        return none_such()
    body = as_csv(sight.here, sight.subject, sight.names, sight.locale, categories_shown(sight), sight.row_source)
    response = Response(body, mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{_filename(sight)}.csv"'
    return cached(response, sight)


def table_answer(sight: Sight) -> Response:
    """The table as it is shown, with the rows of all pages: what is copied to the clipboard."""
    text = None if sight.no_such_date is not None else whole_text(sight)
    return none_such() if text is None else cached(Response(text, mimetype="text/tab-separated-values"), sight)


def embed_answer(sight: Sight, *, here: str, only: str | None, about: str, large: str) -> Response:
    """The figure on a light page for the frames of other sites.

    :param sight: as somebody without an account sees it, since a frame on a foreign site must not show what only its
        visitor may see
    :param about: what the page `large` of this portal is about
    """
    made = preview_of(sight, here=f"{here}#vorschau", only=only, level=2, whole=True, along="#iw-large")
    query = sight.ask.query()
    shown = {"preview": made, "only": only, "about": about, "large": f"{large}?{query}" if query else large}
    response = Response(tk.render("ierwohnen/previews/embed.html", extra_vars=shown))
    response.headers["Content-Security-Policy"] = EMBED_POLICY
    response.headers.pop("X-Frame-Options", None)
    return cached(response, sight)


def fragment_answer(sight: Sight, made: Preview) -> Response:
    """The preview alone."""
    return cached(Response(tk.render("ierwohnen/previews/preview.html", extra_vars={"preview": made})), sight)


def none_such() -> Any:
    """There is no such picture or file."""
    return tk.abort(404, tk._("There is no such figure."))


def cached(response: Response, sight: Sight) -> Response:
    """Let caches keep what everybody may see, and ask whether it changed; keep all else out of them."""
    if sight.public:
        response.set_etag(hashlib.blake2b(response.get_data(), digest_size=12).hexdigest())
        response.make_conditional(request)
        return response
    return never_kept(response)


def never_kept(response: Response) -> Response:
    """Keep it out of all caches."""
    request.environ["__no_cache__"] = True
    response.cache_control.private = True
    response.cache_control.no_store = True
    return response


def plain_name(text: str) -> str:
    """A text as a part of a file name: small letters without marks, digits, hyphens; at most a hundred."""
    for letter, two in (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("ß", "ss")):
        text = text.replace(letter, two)
    return re.sub(r"[^A-Za-z0-9_]+", "-", text).strip("-")[:100]


def map_alone(sight: Sight) -> str | None:
    """The map as an SVG with title, legend and source; None where there is none."""
    maps = classed(sight)
    if not maps or sight.subject is None or sight.choice is None:
        return None
    dates = (other_date(sight), shown_date(sight)) if len(maps) > 1 else ("", "")
    return map_picture(
        maps[0], title=maps_title(sight), sub=map_sub(sight), unit_word=sight.subject.unit_word,
        source=map_source(sight), alternative=maps_alternative(sight, maps), selected=sight.choice.unit,
        compared=maps[1] if len(maps) > 1 else None, dates=dates,
    )  # fmt: skip


def _chart(sight: Sight) -> str | None:
    drawn = chart_drawn(sight, WIDE)
    if drawn is None:
        return None
    title, sub = chart_title(sight)
    return chart_picture(
        drawn.svg(), title=title, sub=sub, source=chart_source(sight), alternative=drawn.alternative,
        locale=sight.locale, note=chart_note(sight),
    )  # fmt: skip


def _filename(sight: Sight) -> str:
    """A file name of plain letters from the indicator, the part of it that is shown, and the date."""
    code = sight.choice.indicator if sight.choice else "figure"
    period = sight.choice.period if sight.choice and sight.choice.period else ""
    chosen = sight.choice.dimensions.values() if sight.choice else ()
    return plain_name("-".join([code, *(text for text in chosen if not is_total(text)), period]))
