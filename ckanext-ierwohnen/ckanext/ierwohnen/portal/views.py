"""Pages of the portal room."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from flask import Blueprint, Response, jsonify

from ckanext.ierwohnen.portal import config, home_map, key_figures, places
from ckanext.ierwohnen.portal import home as home_page

portal = Blueprint("ierwohnen_portal", __name__)
RESULTS_PER_GROUP = 8


def _reader() -> dict[str, Any]:
    return {"user": tk.current_user.name, "auth_user_obj": tk.current_user}


@portal.route("/")
def home() -> str:
    """The home page, in place of CKAN's."""
    return tk.render("home/index.html", extra_vars=home_page.parts(tk.request.args))


@portal.route("/suche")
def search() -> str:
    """Answers in groups; where the search box leads without JavaScript, or by Enter."""
    query = tk.request.args.get("q", "").strip()
    found = {"groups": []}
    if query:
        found = tk.get_action("ierwohnen_search_suggest")(_reader(), {"q": query, "limit": RESULTS_PER_GROUP})
    return tk.render("ierwohnen_portal/search.html", extra_vars={"q": query, "groups": found["groups"]})


@portal.route("/suche/vorschlag")
def suggest() -> Response:
    """Proposals for the search box in the language of the page."""
    query = tk.request.args.get("q", "").strip()
    if not query:
        return jsonify({"q": "", "groups": []})
    response = jsonify(tk.get_action("ierwohnen_search_suggest")(_reader(), {"q": query}))
    response.headers["Cache-Control"] = "private, max-age=30"
    return response


@portal.route("/karte/<code>/<period>.png", endpoint="map_image")
def map_image(code: str, period: str) -> Response:
    """The map of the home page as a picture."""
    from ckanext.ierwohnen.previews.raster import png_of

    drawn = home_map.picture(code, period)
    if drawn is None:
        tk.abort(404, tk._("There is no such map."))
    return Response(png_of(drawn), mimetype="image/png")


@portal.route("/karte/<code>/<period>.csv", endpoint="map_table")
def map_table(code: str, period: str) -> Response:
    """The values of the map of the home page as a file."""
    written = home_map.table(code, period)
    if written is None:
        tk.abort(404, tk._("There is no such map."))
    reply = Response(written, mimetype="text/csv")
    reply.headers["Content-Disposition"] = f'attachment; filename="{code}-{period}.csv"'
    return reply


@portal.route("/orte", endpoint="places")
def places_index() -> str:
    """All spatial systems with their levels."""
    return tk.render("ierwohnen_portal/places.html", extra_vars={"systems": places.systems(_reader())})


@portal.route("/kennzahlen", endpoint="key_figures")
def key_figures_table() -> str:
    """The key figures of the home page as a table of all years."""
    found = key_figures.key_figures(_reader(), config.key_figures())
    return tk.render("ierwohnen_portal/key_figures.html", extra_vars={"figures": found})


@portal.route("/orte/<system>/<level>", endpoint="place_level")
def place_level(system: str, level: str) -> str:
    """The units of one level."""
    return tk.render("ierwohnen_portal/place_level.html", extra_vars=places.level(_reader(), system, level))


@portal.route("/orte/<system>/<level>/<key>", endpoint="place_unit")
def place_unit(system: str, level: str, key: str) -> str:
    """One unit with the latest values of the indicators."""
    return tk.render("ierwohnen_portal/place_unit.html", extra_vars=places.unit(_reader(), system, level, key))


def _add_text_page(address: str, endpoint: str, template: str) -> None:
    def page() -> str:
        return tk.render(template)

    portal.add_url_rule(address, endpoint, page)


_add_text_page("/zeichen", "signs", "ierwohnen_portal/signs.html")
_add_text_page("/barrierefreiheit", "accessibility", "ierwohnen_portal/accessibility.html")
_add_text_page("/datenschutz", "privacy", "ierwohnen_portal/privacy.html")
_add_text_page("/impressum", "imprint", "ierwohnen_portal/imprint.html")
