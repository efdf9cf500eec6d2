"""What owners are told of figures that are kept secret: why, and how closely others could estimate them. Pure.

A house that is alone in its release learns the reason of each figure: it follows from its own dwellings. Where several
houses have a part, a reason would tell one of them about the others, so they learn no more than two numbers, and how
wide the rules themselves make the ranges.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import zip_longest
from typing import Any

import numpy as np

from ckanext.ierwohnen.confidential.figures import SECONDARY
from ckanext.ierwohnen.confidential.parameters import Parameters
from ckanext.ierwohnen.confidential.protection import Outcome
from ckanext.ierwohnen.confidential.rules import GROUP, RECORDS
from ckanext.ierwohnen.releases.catalogue import catalogue
from ckanext.ierwohnen.releases.records import RENT, VACANT
from ckanext.ierwohnen.releases.tables_of import DWELLINGS
from ckanext.ierwohnen.releases.texts import say

OF_THE_HOUSE = (RECORDS, GROUP)
"""Rules that a house can apply by itself; others could speak about whose dwellings stand beside its own."""
FEWEST = 3  # of either kind, before their numbers are told to several houses: "all of them" would be a reason


def why_hidden(whys: Sequence[str], alone: bool, said_before: Sequence[bool] = ()) -> dict[str, Any]:
    """The part of a report that tells why, for people who prepare and approve.

    :param whys: of each cell in order, as `cells.cells_of` gives it
    :param said_before: which of these cells only say once more what others say: they are not counted
    :param alone: whether one house owns all dwellings
    :return: `hidden` (how many `primary` and `secondary`; None if that would be a reason) and `reasons` (for a house
        that is alone: of each cell the first rule that applies, "secondary", or "" if it is shown; else empty)
    """
    told = [_told(why) for why in whys] if alone else []
    kinds = told or [why and (SECONDARY if why == SECONDARY else RECORDS) for why in whys]
    kinds = [kind for kind, again in zip_longest(kinds, said_before, fillvalue=False) if not again]
    secondary = sum(kind == SECONDARY for kind in kinds)
    primary = sum(bool(kind) for kind in kinds) - secondary
    few = not alone and min(primary, secondary) < FEWEST
    return {"hidden": None if few else {"primary": primary, "secondary": secondary}, "reasons": told}


def widths(
    outcomes: Iterable[tuple[Outcome, np.ndarray]], alone: bool, rules: Parameters
) -> dict[str, float | None]:  # fmt: skip
    """How closely an outsider can estimate what is kept secret, in percent either way of the middle of the possible.

    Reckoned from the bounds alone, which the outsider knows as well: set against the true value, it would tell that.

    :param outcomes: each time that the release was protected, and which cells (bool[n]) were not secret before
    :return: `narrowest` and `widest` of all that is kept secret, and `sensitive`: the narrowest of figures that a rule
        protects, which others are kept secret for. To several houses that is told no closer than the rule says.
    """
    found, asked = [np.empty(0)], [np.empty(0)]
    for outcome, fresh in outcomes:
        for attacker, (cells, low, high) in outcome.report.intervals.items():
            if attacker.members or attacker.audience != outcome.model.audience:
                continue  # what those know who have more tables is not for these owners
            new = (outcome.model.asked & outcome.hidden & fresh)[cells] & (high > 0)
            with np.errstate(invalid="ignore"):
                wide = np.where(np.isfinite(high), (high - low) / (high + low), 1.0)
            found.append(wide[new])
            asked.append(wide[new & np.isin(cells, outcome.protection.cells)])
    every, ruled = 100 * np.concatenate(found), 100 * np.concatenate(asked)
    if not len(every):
        return {"narrowest": None, "widest": None, "sensitive": None}
    sensitive = round(float(ruled.min()), 1) if len(ruled) else None
    if sensitive is not None and not alone:
        sensitive = rules.p_percent if sensitive >= rules.p_percent else None
    return {"narrowest": round(float(every.min()), 1), "widest": round(float(every.max()), 1), "sensitive": sensitive}


def why_told(cells: Iterable[Mapping[str, Any]], figures: int, language: str) -> str:
    """Why figures of one place are kept secret; they are named where it is not the same for all."""
    found: dict[str, list[str]] = {}
    whys = {cell["indicator"]: cell["why"] for cell in cells}
    for figure, why in whys.items():
        if why:
            title = catalogue().figures[figure].title["en" if language.startswith("en") else "de"]
            found.setdefault(_too_few(figure, whys) if why == RECORDS else why, []).append(title)
    same = len(found) == 1 and figures == len(next(iter(found.values())))
    told = [
        (say(f"why-{reason}", language), "" if same else f" ({', '.join(titles)})") for reason, titles in found.items()
    ]
    return "; ".join(f"{words}{of}" for words, of in told)


def _too_few(figure: str, whys: Mapping[str, str]) -> str:
    """Of which dwellings there are too few, where that rule hides a figure: a key of `texts.TEXTS` without `why-`.

    :param whys: of each figure of the place why it is kept secret, as `why_hidden` tells it
    """
    if figure == DWELLINGS or whys.get(DWELLINGS) == RECORDS:
        return RECORDS
    if figure == RENT:
        return f"{RECORDS}-{RENT}"
    if figure == VACANT or DWELLINGS in whys or whys.get(VACANT) == RECORDS:
        return f"{RECORDS}-{VACANT}"
    return RECORDS if VACANT in whys else f"{RECORDS}-either"


def _told(why: str) -> str:
    rules = why.split(", ")
    return next((rule for rule in OF_THE_HOUSE if rule in rules), SECONDARY if why else "")
