"""Pages of the portal room."""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from pathlib import Path

import ckan.plugins.toolkit as tk
from flask import Blueprint, Response, jsonify, make_response

from ckanext.ierwohnen.look.addresses import without_nul
from ckanext.ierwohnen.look.reader import reader_context
from ckanext.ierwohnen.portal import cache, config, home_map, key_figures, places, topics, unit_profile
from ckanext.ierwohnen.portal import home as home_page

portal = without_nul(Blueprint("ierwohnen_portal", __name__))
RESULTS_PER_GROUP = 8
PROFILE_STYLE = Path(__file__).parent / "assets" / "profile.css"


@portal.route("/")
def home() -> str:
    """The home page, in place of CKAN's."""
    return tk.render("home/index.html", extra_vars=home_page.parts(tk.request.args))


@portal.route("/suche")
def search() -> Response:
    """Answers in groups; where the search box leads without JavaScript, or by Enter."""
    query = tk.request.args.get("q", "").strip()
    found = {"groups": []}
    if query:
        found = tk.get_action("ierwohnen_search_suggest")(reader_context(), {"q": query, "limit": RESULTS_PER_GROUP})
    page = make_response(tk.render("ierwohnen_portal/search.html", extra_vars={"q": query, "groups": found["groups"]}))
    if tk.current_user.is_authenticated:
        _keep_nowhere(page)
    return page


@portal.route("/suche/vorschlag")
def suggest() -> Response:
    """Proposals for the search box in the language of the page."""
    query = tk.request.args.get("q", "").strip()
    if not query:
        return jsonify({"q": "", "groups": []})
    response = jsonify(tk.get_action("ierwohnen_search_suggest")(reader_context(), {"q": query}))
    if tk.current_user.is_authenticated:
        _keep_nowhere(response)
    else:
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
    return tk.render("ierwohnen_portal/places.html", extra_vars={"systems": places.systems(reader_context())})


@portal.route("/kennzahlen", endpoint="key_figures")
def key_figures_table() -> str:
    """The key figures of the home page as a table of all years."""
    found = key_figures.key_figures(reader_context(), config.key_figures())
    return tk.render("ierwohnen_portal/key_figures.html", extra_vars={"figures": found})


@portal.route("/orte/<system>/<level>", endpoint="place_level")
def place_level(system: str, level: str) -> str:
    """The units of one level."""
    return tk.render("ierwohnen_portal/place_level.html", extra_vars=places.level(reader_context(), system, level))


@portal.route("/orte/<system>/<level>/<key>", endpoint="place_unit")
def place_unit(system: str, level: str, key: str) -> str:
    """The profile of one unit: every indicator by topic, where it lies, who lives there."""
    page = places.unit(reader_context(), system, level, key)
    system = page["system"]["id"]
    found = unit_profile.profile(reader_context(), system, level, key)
    shown = {**page, "profile": found, "figures": unit_profile.figures(reader_context(), page, key)}
    return tk.render("ierwohnen_portal/place_unit.html", extra_vars={**shown, "words": unit_profile})


@portal.route("/orte/<system>/<level>/<key>/profil.pdf", endpoint="unit_pdf")
def unit_pdf(system: str, level: str, key: str) -> Response:
    """The profile for print: A4 pages with the same content."""
    page = places.unit(reader_context(), system, level, key)

    def made() -> str:
        from ckanext.ierwohnen.look.document import as_pdf

        found = unit_profile.profile(reader_context(), page["system"]["id"], level, key)
        figures = unit_profile.printable(unit_profile.figures(reader_context(), page, key))
        shown = {**page, "profile": found, "figures": figures}
        html = tk.render("ierwohnen_portal/unit_document.html", extra_vars={**shown, "words": unit_profile})
        return b64encode(as_pdf(html, [PROFILE_STYLE])).decode()

    place = {"language": tk.h.lang(), "system": page["system"]["id"], "level": level, "key": key}
    text = made() if tk.current_user.is_authenticated else cache.kept("profile-pdf", made, **place)
    return _file(b64decode(text), "application/pdf", f"{level}-{key}.pdf")


@portal.route("/orte/<system>/<level>/<key>/profil.csv", endpoint="unit_csv")
def unit_csv(system: str, level: str, key: str) -> Response:
    """The lines of the profile as a file."""
    page = places.unit(reader_context(), system, level, key)
    found = unit_profile.profile(reader_context(), page["system"]["id"], level, key)
    if found is None:
        return tk.abort(404, tk._("There are no figures for this place yet."))
    return _file(unit_profile.as_csv(found), "text/csv", f"{level}-{key}.csv")


@portal.route("/ierwohnen/thema", endpoint="topics")
def topics_index() -> str:
    """All topics."""
    return tk.render("ierwohnen_portal/topics.html", extra_vars={"topics": topics.index(reader_context())})


@portal.route("/ierwohnen/thema/<code>", endpoint="topic")
def topic(code: str) -> str:
    """What a topic says of the whole area and its parts."""
    shown = topics.page(reader_context(), code, tk.request.args)
    if shown is None:
        tk.abort(404, tk._("There is no such topic."))
    return tk.render("ierwohnen_portal/topic.html", extra_vars={"topic": shown})


def _file(body: bytes, kind: str, name: str) -> Response:
    """A download with a plain name; kept by nobody where it was made for somebody in particular."""
    reply = Response(body, mimetype=kind)
    plain = re.sub(r"[^A-Za-z0-9.]+", "-", name).strip("-")
    reply.headers["Content-Disposition"] = f'attachment; filename="{plain}"'
    if tk.current_user.is_authenticated:
        _keep_nowhere(reply)
    return reply


def _keep_nowhere(reply: Response) -> None:
    """Keep what somebody with rights gets out of all caches: it may be withdrawn the next moment."""
    tk.request.environ["__no_cache__"] = True
    reply.headers["Cache-Control"] = "private, no-store"


def _add_text_page(address: str, endpoint: str, template: str) -> None:
    def page() -> str:
        return tk.render(template)

    portal.add_url_rule(address, endpoint, page)


_add_text_page("/zeichen", "signs", "ierwohnen_portal/signs.html")
_add_text_page("/barrierefreiheit", "accessibility", "ierwohnen_portal/accessibility.html")
_add_text_page("/datenschutz", "privacy", "ierwohnen_portal/privacy.html")
_add_text_page("/impressum", "imprint", "ierwohnen_portal/imprint.html")
