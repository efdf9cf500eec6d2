"""What a city's own file may change of a shipped definition, and what is said where it may not. No CKAN in here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from difflib import get_close_matches
from typing import Any

from ckanext.ierwohnen.indicators.definition import Indicator
from ckanext.ierwohnen.indicators.formula import FormulaError
from ckanext.ierwohnen.indicators.source import Problem

NEW_NEEDS = {"name", "description", "unit", "numerator", "formula", "composite"}
"""An entry with none of these overrides; with one of them it may be meant as new."""
MEANING = ("unit", "time", "space")
MOST_NAMED = 8

Words = tuple[str, str]
"""Message and remedy."""


def unknown(code: str, known: Iterable[str]) -> Words:
    """There is no such code; with those that are written nearly so."""
    near = get_close_matches(code, list(known), n=3, cutoff=0.75)
    remedy = f"Is “{'” or “'.join(near)}” meant?" if near else "Correct the code; a new indicator needs all its keys."
    return f"There is no indicator “{code}”.", remedy


def changed_meaning(base: Mapping[str, Any] | None, entry: Mapping[str, Any]) -> Iterator[tuple[str, Words]]:
    """Keys that would make a shipped indicator another figure: tables, formulas and comparisons rely on them.

    What adds up may be kept from adding up (``space: none``).
    """
    for key in MEANING if base else ():
        if key in entry and entry[key] != base[key] and (key, entry[key]) != ("space", "none"):  # type: ignore[index]
            what = f"“{entry['code']}” cannot change its {key} from {base[key]} to {entry[key]}."  # type: ignore[index]
            yield key, (what, "Define an indicator of its own with another code.")


def still_used(off: Mapping[str, Problem], indicators: Mapping[str, Indicator]) -> list[Problem]:
    """One problem for each code that is switched off and that others use, at the line that switches it off.

    :param off: by code the beginning of the problem
    """
    found = []
    for code, problem in off.items():
        users = [one.code for one in indicators.values() if code in _used(one)]
        if users:
            more = f" and {len(users) - MOST_NAMED} more" if len(users) > MOST_NAMED else ""
            found.append(replace(problem, message=f"{problem.message} {', '.join(users[:MOST_NAMED])}{more}."))
    return found


def _used(one: Indicator) -> tuple[str | None, ...]:
    try:
        return (*one.parts, one.weighted_by)
    except FormulaError:
        return (one.weighted_by,)
