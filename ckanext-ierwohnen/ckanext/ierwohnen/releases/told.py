"""What readers were told by an earlier release. Pure.

A check reckons with whole tables: a rate's numerator and denominator, and every state of vacancy. Without consents only
such of it is published as breaks no rule, so all of it is taken as told. What owners agreed to is no more than the
figures of their release: of these readers have the numbers, or the ratio where no number is shown, and the rest is as
secret as it was. What is stored is the check's pattern, so this holds for releases of long ago as well.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ckanext.ierwohnen.confidential.gather import PUBLISHED, UNASKED
from ckanext.ierwohnen.confidential.microdata import COUNT
from ckanext.ierwohnen.confidential.model import Place, UnionModel
from ckanext.ierwohnen.confidential.ratios import Ratio, with_ratios
from ckanext.ierwohnen.releases.catalogue import catalogue
from ckanext.ierwohnen.releases.past import Past
from ckanext.ierwohnen.releases.records import AREA, RENT, VACANT
from ckanext.ierwohnen.releases.tables_of import DWELLINGS, RATE, RENTS, VACANCIES

HIDDEN = "secret"
Out = Mapping[Place, bool]


def statuses(past: Past, part: str) -> dict[Place, str]:
    """Each place of its tables: published, hidden, or neither."""
    out, figures = _out(past, part), {*past.definition.figures}
    if not past.definition.consents:
        return {place: PUBLISHED if shown else HIDDEN for place, shown in out.items()}
    return {place: _status(place, out, figures) for place in out}


def seen(past: Past, part: str) -> list[Sequence[Any]]:
    """Its pattern without the places of which it tells nothing by themselves."""
    return [(*place, status == PUBLISHED) for place, status in statuses(past, part).items() if status != UNASKED]


def tells(past: Past) -> str:
    """All that it tells, in one word that differs where that does."""
    return str([(part, statuses(past, part), list(_pairs(past, part))) for part in past.patterns])


def with_shown_ratios(model: UnionModel, releases: Sequence[Past], part: str, circle: Mapping[str, str]) -> UnionModel:
    """The model as those know it who have seen the ratios of these releases; circle: release → who has seen it."""
    found: list[Ratio] = []
    for past in releases:
        pairs = list(_pairs(past, part))
        cell = _cells(model, past.id) if pairs else {}
        for top, bottom, figure, factor in pairs:
            if top in cell and bottom in cell and model.value[cell[bottom]] > 0:
                decimals = catalogue().figures[figure].precision
                found.append(Ratio.rounded(model, cell[top], cell[bottom], factor, decimals, circle[past.id]))
    return with_ratios(model, found)


def _out(past: Past, part: str) -> dict[Place, bool]:
    return {(table, measure, tuple(codes)): bool(out) for table, measure, codes, out in past.patterns[part]}


def _status(place: Place, out: Out, figures: set[str]) -> str:
    table, _, codes = place
    own = DWELLINGS if table == DWELLINGS else VACANT if table == VACANCIES and codes[-1] == VACANT else ""
    if own in figures:
        return PUBLISHED if out[place] else HIDDEN
    if table != VACANCIES or not out[place] or DWELLINGS not in figures:
        return UNASKED
    # beside the dwellings the rate tells how many are vacant, and these how many are not; where none is, all know it
    both = out.get((DWELLINGS, COUNT, codes[:-1])) and out.get((table, COUNT, (*codes[:-1], VACANT)), True)
    return PUBLISHED if both else UNASKED


def _pairs(past: Past, part: str) -> Iterator[tuple[Place, Place, str, int]]:
    """Of each ratio that tells what its numbers do not: numerator, denominator, figure and factor."""
    out, status = _out(past, part), statuses(past, part)
    for place in out:
        table, measure, codes = place
        pair = None
        if table == RENTS and measure == RENT:
            pair = place, (table, AREA, codes), RENT, 1
        elif table == DWELLINGS and RATE in past.definition.figures:
            pair = (VACANCIES, COUNT, (*codes, VACANT)), place, RATE, 100
        if pair and out.get(pair[0]) and out.get(pair[1]) and UNASKED in (status[pair[0]], status[pair[1]]):
            yield pair


def _cells(model: UnionModel, release: str) -> dict[Place, int]:
    """The model's cell at each place of a release."""
    rows = (model.positions["release"] == release).to_numpy()
    return {place: cell for cell, place in model.places(rows)}
