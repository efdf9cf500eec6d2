"""Map, course and ranking of an indicator as pictures by address, and its values as a file."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Callable, Sequence
from typing import Any

import ckan.plugins.toolkit as tk
from flask import Blueprint, Response, request

from ckanext.ierwohnen.look.addresses import without_nul
from ckanext.ierwohnen.look.template_functions import locale
from ckanext.ierwohnen.previews import indicator_figures as figures
from ckanext.ierwohnen.previews.chart_part import WIDE
from ckanext.ierwohnen.previews.csv_cells import exact_number, harmless
from ckanext.ierwohnen.previews.indicator_figures import Seen
from ckanext.ierwohnen.previews.parts import Links
from ckanext.ierwohnen.previews.picture import chart_picture, map_picture
from ckanext.ierwohnen.previews.raster import pdf_of, png_of
from ckanext.ierwohnen.previews.template_functions import reader
from ckanext.ierwohnen.previews.words import say

indicator_figure = without_nul(
    Blueprint("ierwohnen_indicator_figure", __name__, url_prefix="/ierwohnen/figure/indicator")
)

TYPES = {"svg": "image/svg+xml", "png": "image/png", "pdf": "application/pdf"}
# A picture runs nothing and loads nothing, also when it is opened as a page of its own.
PICTURE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
PLACE = ("system", "level", "period", "source")


def asked() -> dict[str, str]:
    """The place, date and source that the address asks for."""
    return {name: text for name in PLACE if (text := request.args.get(name, "").strip())}


def asked_units() -> list[str]:
    """The units that the address asks for: `unit`, then `with`, each also repeated or with commas between."""
    asked = [*request.args.getlist("unit"), *request.args.getlist("with")]
    given = [text.strip() for one in asked for text in one.split(",")]
    return [text for text in dict.fromkeys(given) if text][: figures.MOST_CHOSEN]


@indicator_figure.get("/<code>/<any(map, course, ranking):name>.<any(svg, png, pdf):form>", endpoint="picture")
def picture(code: str, name: str, form: str) -> Response:
    """The figure as a picture that stands alone, with title and source."""
    seen = figures.see(reader(), code, locale=locale(), **asked())
    svg = _drawn(seen, name, asked_units()) if seen else None
    if seen is None or svg is None:
        return tk.abort(404, tk._("There is no such figure of this indicator."))
    make: dict[str, Callable[[str], bytes]] = {"svg": str.encode, "png": png_of, "pdf": pdf_of}
    response = Response(make[form](svg), mimetype=TYPES[form])
    response.headers["Content-Security-Policy"] = PICTURE_POLICY
    response.headers["Content-Disposition"] = f'inline; filename="{_filename(seen)}.{form}"'
    return _cached(response)


@indicator_figure.get("/<code>/values.csv", endpoint="values")
def values(code: str) -> Response:
    """All units and dates: UTF-8 with a byte order mark, semicolons, the sign as a status word."""
    seen = figures.see(reader(), code, locale=locale(), **asked())
    if seen is None:
        return tk.abort(404, tk._("There is no such figure of this indicator."))
    response = Response(_csv(seen), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{_filename(seen)}.csv"'
    return _cached(response)


def links(seen: Seen, name: str, table: str, units: Sequence[str] = ()) -> Links:
    """Addresses of a figure in its other forms."""
    place: dict[str, Any] = {"system": seen.system, "level": seen.level, "period": seen.period}
    if units and name != "map":
        place["unit"] = list(units)

    def address(form: str) -> str:
        return str(tk.h.url_for("ierwohnen_indicator_figure.picture", code=seen.code, name=name, form=form, **place))

    rows = {"system": seen.system, "level": seen.level}
    others = [{"href": address(form), "label": form.upper()} for form in ("svg", "pdf")]
    file = tk.h.url_for("ierwohnen_indicator_figure.values", code=seen.code, **rows)
    return Links(table, address("png"), file, others)


def _drawn(seen: Seen, name: str, units: list[str]) -> str | None:
    if name == "map":
        classed = figures.classed_of(seen)
        if classed is None:
            return None
        return map_picture(
            classed, title=seen.title, sub=seen.sub, unit_word=seen.subject.unit_word, source=seen.source,
            alternative=figures.map_alternative_of(seen, classed), selected=units[0] if units else None,
        )  # fmt: skip
    chart = (
        figures.course_of(seen, units, WIDE)
        if name == "course"
        else figures.ranking_of(seen, units[0] if units else None, WIDE)
    )
    if chart is None:
        return None
    title = figures.course_title(seen, units) if name == "course" else seen.title
    source = figures.course_source(seen, units) if name == "course" else seen.source
    return chart_picture(
        chart.svg(), title=title, sub=seen.sub, source=source, alternative=chart.alternative, locale=seen.locale
    )


def _csv(seen: Seen) -> bytes:
    out = io.StringIO()
    write = csv.writer(out, delimiter=";", lineterminator="\r\n")
    heads = [say(word, seen.locale) for word in ("key", "unit", "period", "status", "origin")]
    write.writerow([*heads[:3], seen.subject.name, *heads[3:]])
    told: dict[tuple[int, ...], str] = {}
    for row in seen.rows:
        value = row["figure"]["value"]
        number = "" if value is None else exact_number(value, seen.locale)
        own = [harmless(row["unit"]), harmless(row["name"]), row["period"]]
        behind = tuple(row["sources"])
        if behind not in told:
            told[behind] = harmless(figures.sources_of(seen, [row]))
        write.writerow([*own, number, row["figure"]["status"], told[behind]])
    return ("\ufeff" + out.getvalue()).encode()


def _filename(seen: Seen) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "-", f"{seen.code}-{seen.period}").strip("-")


def _cached(response: Response) -> Response:
    """What is made for nobody in particular may be kept by caches that ask whether it changed; all else not."""
    if tk.current_user.is_anonymous:
        response.set_etag(hashlib.blake2b(response.get_data(), digest_size=12).hexdigest())
        response.make_conditional(request)
        return response
    request.environ["__no_cache__"] = True
    response.cache_control.private = True
    response.cache_control.no_store = True
    return response
