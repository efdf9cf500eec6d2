"""Figures of an indicator by address, and what its page shows of them: the same parts as for a resource."""

from __future__ import annotations

from dataclasses import replace

import ckan.plugins.toolkit as tk
from ckan.types import Context
from flask import Blueprint, Response, request

from ckanext.ierwohnen.look.addresses import without_nul
from ckanext.ierwohnen.look.reader import nobody
from ckanext.ierwohnen.look.template_functions import locale
from ckanext.ierwohnen.previews import answers
from ckanext.ierwohnen.previews.ask import MOST_ALSO, Ask
from ckanext.ierwohnen.previews.chart_kinds import ChartKind
from ckanext.ierwohnen.previews.indicator_sight import IndicatorSight, look_at_indicator
from ckanext.ierwohnen.previews.template_functions import reader

indicator_figure = without_nul(
    Blueprint("ierwohnen_indicator_figure", __name__, url_prefix="/ierwohnen/figure/indicator")
)


@indicator_figure.get("/<code>/<any(map, chart, course, ranking):name>.<any(svg, png, pdf):form>", endpoint="picture")
def picture(code: str, name: str, form: str) -> Response:
    """The figure as a picture; `course` and `ranking` name a kind of chart."""
    kind = {"chart": name} if name in (ChartKind.COURSE, ChartKind.RANKING) else {}
    return answers.picture_answer(_sight(code, **kind), name, form)


@indicator_figure.get("/<code>/values.csv", endpoint="values")
def values(code: str) -> Response:
    """All units and dates as a file, with the tables behind each value."""
    return answers.values_answer(_sight(code))


@indicator_figure.get("/<code>/table.tsv", endpoint="whole_table")
def whole_table(code: str) -> Response:
    """The table as text for the clipboard."""
    return answers.table_answer(_sight(code))


@indicator_figure.get("/<code>/embed", endpoint="embed")
@indicator_figure.get("/<code>/embed/<any(map, chart, table):only>", endpoint="embed")
def embed(code: str, only: str | None = None) -> Response:
    """The figure for the frames of other sites: only what everybody may see, for nobody in particular."""
    sight = _sight(code, nobody())
    here = sight.address("embed", **({"only": only} if only else {}))
    large = str(tk.h.url_for("ierwohnen_indicators.show", code=sight.code, _external=True))
    return answers.embed_answer(sight, here=here, only=only, about=sight.title, large=large)


def asked_of_indicator() -> Ask:
    """What the address asks of an indicator; `unit` and `with` may hold several keys, with commas between."""
    given = [*request.args.getlist("unit"), *request.args.getlist("with")]
    units = list(dict.fromkeys(key for one in given for text in one.split(",") if (key := text.strip())))
    ask = Ask.of(request.args)
    first = units[0] if request.args.get("unit", "").strip() else None
    return replace(ask, unit=first, also=tuple(key for key in units if key != first)[:MOST_ALSO])


def _sight(code: str, context: Context | None = None, **wish: str) -> IndicatorSight:
    ask = asked_of_indicator()
    sight = look_at_indicator(context or reader(), code, ask.but(**wish) if wish else ask, locale())
    return answers.none_such() if sight is None else sight
