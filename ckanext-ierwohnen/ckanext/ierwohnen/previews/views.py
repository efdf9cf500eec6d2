"""Figures by address: pictures, the values as a file, the page of one figure, and the fragment that scripts fetch."""

from __future__ import annotations

import hashlib
import re

import ckan.plugins.toolkit as tk
from ckan.types import Context
from flask import Blueprint, Response, request

from ckanext.ierwohnen.look.addresses import without_nul
from ckanext.ierwohnen.look.reader import nobody, reader_context
from ckanext.ierwohnen.look.template_functions import locale
from ckanext.ierwohnen.previews.ask import Ask
from ckanext.ierwohnen.previews.chart_part import WIDE, chart_drawn, chart_note, chart_title
from ckanext.ierwohnen.previews.copying import whole_text
from ckanext.ierwohnen.previews.parts import (
    categories_shown,
    classed,
    map_sub,
    maps_alternative,
    maps_title,
    other_date,
    shown_date,
    source_of,
)
from ckanext.ierwohnen.previews.picture import chart_picture, map_picture
from ckanext.ierwohnen.previews.preview import ONLY, preview_of
from ckanext.ierwohnen.previews.public import is_public
from ckanext.ierwohnen.previews.raster import pdf_of, png_of
from ckanext.ierwohnen.previews.shape import is_total
from ckanext.ierwohnen.previews.sight import Sight, look_at
from ckanext.ierwohnen.previews.unit_table import as_csv

figure = without_nul(Blueprint("ierwohnen_figure", __name__, url_prefix="/ierwohnen/figure"))

TYPES = {"svg": "image/svg+xml", "png": "image/png", "pdf": "application/pdf"}
EMBED_POLICY = (
    "default-src 'none'; style-src 'self' 'unsafe-inline'; script-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors *"
)
# A picture runs nothing and loads nothing, also when it is opened as a page of its own.
PICTURE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


@figure.route("/<resource_id>/<any(map, chart):name>.<any(svg, png, pdf):form>")
def picture(resource_id: str, name: str, form: str) -> Response:
    """The figure as a picture that stands alone, with title, legend and source."""
    sight = _sight(resource_id)
    svg = _map(sight) if name == "map" else _chart(sight)
    if svg is None:
        return tk.abort(404, tk._("There is no such figure of this resource."))
    body = {"svg": str.encode, "png": png_of, "pdf": pdf_of}[form](svg)
    response = Response(body, mimetype=TYPES[form])
    response.headers["Content-Security-Policy"] = PICTURE_POLICY
    response.headers["Content-Disposition"] = f'inline; filename="{_filename(sight)}.{form}"'
    return _cached(response, resource_id)


@figure.route("/<resource_id>/table.csv")
def values(resource_id: str) -> Response:
    """The readings of the shown indicator, all dates, as CSV."""
    sight = _sight(resource_id)
    if not sight.figures or sight.subject is None:
        return tk.abort(404, tk._("There is no such figure of this resource."))
    body = as_csv(sight.here, sight.subject, sight.names, sight.locale, categories_shown(sight), source_of(sight))
    response = Response(body, mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{_filename(sight)}.csv"'
    return _cached(response, resource_id)


@figure.route("/<resource_id>/table.tsv")
def whole_table(resource_id: str) -> Response:
    """The table as it is shown, with the rows of all pages: what is copied to the clipboard."""
    text = whole_text(_sight(resource_id))
    if text is None:
        return tk.abort(404, tk._("There is no such figure of this resource."))
    return _cached(Response(text, mimetype="text/tab-separated-values"), resource_id)


@figure.route("/<resource_id>")
def page(resource_id: str) -> Response:
    """The figure on a page of its own, large."""
    here = tk.h.url_for("ierwohnen_figure.page", resource_id=resource_id)
    sight = _sight(resource_id)
    shown = {
        "preview": preview_of(sight, here=f"{here}#vorschau"),
        "resource": sight.resource,
        "pkg_dict": sight.package,
    }
    response = Response(tk.render("ierwohnen/previews/page.html", extra_vars=shown))
    # The frame of the page holds the reader's name: whether it may be kept is CKAN's rule for pages.
    return response if is_public(resource_id) else _never_kept(response)


@figure.route("/<resource_id>/embed")
@figure.route("/<resource_id>/embed/<any(map, chart, table):only>")
def embed(resource_id: str, only: str | None = None) -> Response:
    """The figure on a light page for the frames of other sites: only what everybody may see, for nobody in particular.

    The page knows no account, since a frame on a foreign site must not show what only its visitor may see.
    """
    if not is_public(resource_id):
        return tk.abort(404, tk._("There is no such resource, or it has no table."))
    chosen = {"only": only} if only else {}
    here = tk.h.url_for("ierwohnen_figure.embed", resource_id=resource_id, **chosen)
    sight = _sight(resource_id, nobody())
    made = preview_of(sight, here=f"{here}#vorschau", only=only)
    large = tk.h.url_for("ierwohnen_figure.page", resource_id=resource_id, _external=True)
    shown = {"preview": made, "only": only, "pkg_dict": sight.package, "large": f"{large}?{_ask().query()}"}
    response = Response(tk.render("ierwohnen/previews/embed.html", extra_vars=shown))
    response.headers["Content-Security-Policy"] = EMBED_POLICY
    response.headers.pop("X-Frame-Options", None)
    return _cached(response, resource_id)


@figure.route("/<resource_id>/preview")
def fragment(resource_id: str) -> Response:
    """The preview alone, for the page `here` on which it stands; scripts put it in the place of the old one."""
    only = request.args.get("only")
    made = preview_of(
        _sight(resource_id), here=_local(request.args.get("here", "")), only=only if only in ONLY else None
    )
    return _cached(Response(tk.render("ierwohnen/previews/preview.html", extra_vars={"preview": made})), resource_id)


def _ask() -> Ask:
    return Ask.of(request.args)


def _sight(resource_id: str, context: Context | None = None) -> Sight:
    """The resource for this reader. One that may not be seen looks like one that does not exist."""
    try:
        return look_at(context or reader_context(), resource_id, _ask(), locale())
    except (tk.ObjectNotFound, tk.NotAuthorized, tk.ValidationError):
        return tk.abort(404, tk._("There is no such resource, or it has no table."))


def _local(here: str) -> str:
    """Only addresses of this portal."""
    plain = here.startswith("/") and not here.startswith("//") and "\\" not in here and "?" not in here
    return here if plain else "/"


def _map(sight: Sight) -> str | None:
    maps = classed(sight)
    if not maps or sight.subject is None or sight.choice is None:
        return None
    dates = (other_date(sight), shown_date(sight)) if len(maps) > 1 else ("", "")
    return map_picture(
        maps[0], title=maps_title(sight), sub=map_sub(sight), unit_word=sight.subject.unit_word,
        source=source_of(sight), alternative=maps_alternative(sight, maps), selected=sight.choice.unit,
        compared=maps[1] if len(maps) > 1 else None, dates=dates,
    )  # fmt: skip


def _chart(sight: Sight) -> str | None:
    drawn = chart_drawn(sight, WIDE)
    if drawn is None:
        return None
    title, sub = chart_title(sight)
    return chart_picture(
        drawn.svg(), title=title, sub=sub, source=source_of(sight), alternative=drawn.alternative,
        locale=sight.locale, note=chart_note(sight),
    )  # fmt: skip


def _filename(sight: Sight) -> str:
    """A file name of plain letters from the indicator, the part of it that is shown, and the date."""
    code = sight.choice.indicator if sight.choice else "figure"
    period = sight.choice.period if sight.choice and sight.choice.period else ""
    chosen = sight.choice.dimensions.values() if sight.choice else ()
    return plain_name("-".join([code, *(text for text in chosen if not is_total(text)), period]))


def plain_name(text: str) -> str:
    """A text as a part of a file name: small letters without marks, digits, hyphens; at most a hundred."""
    for letter, two in (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("ß", "ss")):
        text = text.replace(letter, two)
    return re.sub(r"[^A-Za-z0-9_]+", "-", text).strip("-")[:100]


def _cached(response: Response, resource_id: str) -> Response:
    """Let caches keep what everybody may see, and ask whether it changed; keep all else out of them."""
    if is_public(resource_id):
        response.set_etag(hashlib.blake2b(response.get_data(), digest_size=12).hexdigest())
        return response.make_conditional(request)
    return _never_kept(response)


def _never_kept(response: Response) -> Response:
    request.environ["__no_cache__"] = True
    response.cache_control.private = True
    response.cache_control.no_store = True
    return response
