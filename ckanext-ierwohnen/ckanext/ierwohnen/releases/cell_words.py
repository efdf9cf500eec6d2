"""The cell that the check named, in words: "place:s=s/district:01, rooms=1-2, vacancy=let (count)". Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ckanext.ierwohnen.confidential.hierarchy import TOTAL
from ckanext.ierwohnen.confidential.microdata import COUNT
from ckanext.ierwohnen.releases.catalogue import catalogue
from ckanext.ierwohnen.releases.place_tree import CITY, key_of
from ckanext.ierwohnen.releases.records import AREA, LET, PLACE, RENT, VACANCY, VACANT
from ckanext.ierwohnen.releases.texts import say

_PART = re.compile(r"(?:^|, )((?:place:[^=,]*)|[a-z_]+)=")


def in_words(cell: str, names: Mapping[tuple[str, str], str], locale: str = "de") -> str:
    """What people call a cell.

    :param cell: as the check names it: column=code, …, and the measure in parentheses
    :param names: (level, key) → name of a place
    """
    places, _, measure = cell.rpartition(" (")
    parts = _PART.split(places)[1:]
    found = [
        text
        for column, code in zip(parts[::2], parts[1::2], strict=True)
        if (text := _part(column, code, names, locale))
    ]
    about = {COUNT: "cell-count", RENT: "cell-rent", AREA: "cell-area"}.get(measure.removesuffix(")"))
    return ", ".join([*([say(about, locale)] if about else []), *found])


def _part(column: str, code: str, names: Mapping[tuple[str, str], str], locale: str) -> str:
    if column.startswith(PLACE) or column == CITY:
        level, key = key_of(code)
        if not level:
            return say("cell-city", locale)
        return names.get((level, key), key) if key else say("cell-no-address", locale)
    if code == TOTAL:
        return ""
    if column == VACANCY:
        return say({VACANT: "cell-vacant", LET: "cell-let"}.get(code, "cell-vacancy-unknown"), locale)
    breakdown = catalogue().dimensions.get(column)
    short = "en" if locale.startswith("en") else "de"
    return f"{breakdown.title[short]} {breakdown.label(code, locale)}" if breakdown else ""
