"""Figures of a resource by address: pictures, files, the page of one figure, and the fragment that scripts fetch."""

from __future__ import annotations

import ckan.plugins.toolkit as tk
from ckan.types import Context
from flask import Blueprint, Response, request

from ckanext.ierwohnen.look.addresses import without_nul
from ckanext.ierwohnen.look.reader import nobody, reader_context
from ckanext.ierwohnen.look.template_functions import locale
from ckanext.ierwohnen.previews import answers
from ckanext.ierwohnen.previews.ask import Ask
from ckanext.ierwohnen.previews.preview import ONLY, preview_of
from ckanext.ierwohnen.previews.resource_sight import ResourceSight, look_at
from ckanext.ierwohnen.previews.template_functions import PLACE

figure = without_nul(Blueprint("ierwohnen_figure", __name__, url_prefix="/ierwohnen/figure"))


@figure.route("/<resource_id>/<any(map, chart):name>.<any(svg, png, pdf):form>")
def picture(resource_id: str, name: str, form: str) -> Response:
    """The figure as a picture."""
    return answers.picture_answer(_sight(resource_id), name, form)


@figure.route("/<resource_id>/table.csv")
def values(resource_id: str) -> Response:
    """The readings of the shown indicator as a file."""
    return answers.values_answer(_sight(resource_id))


@figure.route("/<resource_id>/table.tsv")
def whole_table(resource_id: str) -> Response:
    """The table as text for the clipboard."""
    return answers.table_answer(_sight(resource_id))


@figure.route("/<resource_id>")
def page(resource_id: str) -> Response:
    """The figure on a page of its own, large."""
    here = tk.h.url_for("ierwohnen_figure.page", resource_id=resource_id)
    sight = _sight(resource_id)
    shown = {
        "preview": preview_of(sight, here=f"{here}#{PLACE}", level=2, whole=True),
        "resource": sight.resource,
        "pkg_dict": sight.package,
    }
    response = Response(tk.render("ierwohnen/previews/page.html", extra_vars=shown))
    # The frame of the page holds the reader's name: whether it may be kept is CKAN's rule for pages.
    return response if sight.public else answers.never_kept(response)


@figure.route("/<resource_id>/embed")
@figure.route("/<resource_id>/embed/<any(map, chart, table):only>")
def embed(resource_id: str, only: str | None = None) -> Response:
    """The figure for the frames of other sites: only what everybody may see, for nobody in particular."""
    sight = _sight(resource_id, nobody())
    chosen = {"only": only} if only else {}
    large = tk.h.url_for("ierwohnen_figure.page", resource_id=resource_id, _external=True)
    about = str(sight.package["title"] or sight.package["name"])
    here = sight.address("embed", **chosen)
    return answers.embed_answer(sight, here=here, only=only, about=about, large=large)


@figure.route("/<resource_id>/preview")
def fragment(resource_id: str) -> Response:
    """The preview alone, for the page `here` on which it stands; scripts put it in the place of the old one."""
    only, sight = request.args.get("only"), _sight(resource_id)
    made = preview_of(sight, here=_local(request.args.get("here", "")), only=only if only in ONLY else None)
    return answers.fragment_answer(sight, made)


def _sight(resource_id: str, context: Context | None = None) -> ResourceSight:
    """The resource for this reader. One that may not be seen looks like one that does not exist."""
    try:
        return look_at(context or reader_context(), resource_id, Ask.of(request.args), locale())
    except (tk.ObjectNotFound, tk.NotAuthorized, tk.ValidationError):
        return tk.abort(404, tk._("There is no such resource, or it has no table."))


def _local(here: str) -> str:
    """Only addresses of this portal."""
    plain = here.startswith("/") and not here.startswith("//") and "\\" not in here and "?" not in here
    return here if plain else "/"
