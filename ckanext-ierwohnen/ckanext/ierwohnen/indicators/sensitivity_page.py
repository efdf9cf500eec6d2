"""What the page of a composite shows of how firm its order is: the shift by part and factor, and each unit's span."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.ierwohnen.indicators.active import active_catalogue
from ckanext.ierwohnen.indicators.composite import MOVES
from ckanext.ierwohnen.indicators.rank_plot import rank_plot, spans
from ckanext.ierwohnen.look.numbers import format_number
from ckanext.ierwohnen.look.template_functions import locale


def sensitivity_part(found: dict[str, Any], names: dict[str, str]) -> dict[str, Any] | None:
    """Table and drawing; None where no unit has a rank.

    :param found: answer of `ierwohnen_indicator_sensitivity`
    :param names: name of each unit
    """
    if not found["ranks"]:
        return None
    by_part = {(move["code"], move["factor"]): move for move in found["moves"]}
    drawn = spans(found["ranks"], [move["ranks"] for move in found["moves"]], names)
    firm = sum(one.best == one.worst for one in drawn)
    loosest = max(drawn, key=lambda one: one.worst - one.best)
    alt = tk._(
        "Ranks by the declared weights, and how far they move. Firm: {firm} of {all}. "
        "Widest: {name}, {best} to {worst}."
    )
    words = alt.format(firm=firm, all=len(drawn), name=loosest.name, best=loosest.best, worst=loosest.worst)
    return {
        "columns": [_factor(factor) for factor in MOVES],
        "rows": [_row(part, by_part) for part in found["parts"]],
        "svg": rank_plot(drawn, words),
        "words": words,
        "spans": drawn,
    }


def _factor(factor: float) -> str:
    if factor == 0:
        return tk._("left out")
    return tk._("weight × {factor}").format(factor=format_number(factor, locale=locale()))


def _row(part: dict[str, Any], by_part: dict[tuple[str, float], dict[str, Any]]) -> dict[str, Any]:
    indicator = active_catalogue().find(part["code"])
    name = indicator.name_in(locale()) if indicator else part["code"]
    href = tk.h.url_for("ierwohnen_indicators.show", code=part["code"])
    share = format_number(100 * part["share"], precision=0, locale=locale(), unit="%")
    cells = [_shift(by_part.get((part["code"], factor))) for factor in MOVES]
    return {"cells": [{"text": name, "href": href}, share, *cells]}


def _shift(move: dict[str, Any] | None) -> str:
    if move is None:
        return ""
    agreement = "" if move["agreement"] is None else format_number(move["agreement"], precision=2, locale=locale())
    shift = tk.ungettext("{number} rank", "{number} ranks", move["largest"]).format(number=move["largest"])
    return f"{shift} · ρ {agreement}" if agreement else shift
