"""What an owner's own dwellings are in the cells of a release, and what a release changed against the one before. Pure.

Both are for owners alone: own values come from the own stock, and both tables of a comparison are the reader's to see.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import combinations
from typing import Any

import pandas as pd

from ckanext.ierwohnen.confidential.hierarchy import TOTAL
from ckanext.ierwohnen.releases.catalogue import catalogue
from ckanext.ierwohnen.releases.definition import Definition
from ckanext.ierwohnen.releases.records import AREA, PLACE, RENT, VACANCY, VACANT
from ckanext.ierwohnen.releases.tables_of import DWELLINGS, RATE

Place = tuple[str, ...]  # level, key, and a code for each dimension


def place_of(definition: Definition, cell: Mapping[str, Any]) -> Place:
    """Where a cell stands, without its figure."""
    return (cell["level"], cell["key"], *(cell[name] for name in definition.dimensions))


def own_values(definition: Definition, records: pd.DataFrame, levels: Iterable[str]) -> dict[Place, dict[str, float]]:
    """The figures of one owner's records in each place that has any of them; counts are 0 in all others.

    :param records: as `records.records_of` makes them
    :param levels: levels of the release's cells as "system/level", "" for the city as a whole
    :return: place → figure → value, rounded as the release rounds it; rents only where the owner lets
    """
    base = pd.DataFrame(
        {"all": 1, "empty": (records[VACANCY] == VACANT).astype(int), RENT: records[RENT], AREA: records[AREA]}
    )
    found: dict[Place, dict[str, float]] = {}
    for level in dict.fromkeys(levels):
        place = records[PLACE + level] if level and PLACE + level in records else pd.Series("", index=records.index)
        for chosen in _choices(definition.dimensions):
            keys = [place.rename("key"), *(records[name] for name in chosen)]
            for key, sums in base.groupby(keys).sum().iterrows():
                names = key if isinstance(key, tuple) else (key,)
                codes = dict(zip(("key", *chosen), names, strict=True))
                where = (level, str(codes["key"]), *(str(codes.get(d, TOTAL)) for d in definition.dimensions))
                found[where] = _figures(definition, sums)
    return found


def nothing(definition: Definition, figure: str) -> float | None:
    """What an owner without dwellings in a place has there."""
    return 0.0 if figure in definition.figures and figure in (DWELLINGS, VACANT) else None


def difference(now: Mapping[str, Any], before: Mapping[str, Any] | None, figure: str) -> float | None:
    """How much a released figure changed; None where one of the two is no number."""
    if before is None or now["value"] is None or before["value"] is None:
        return None
    return round(now["value"] - before["value"], catalogue().figures[figure].precision)


def _choices(dimensions: tuple[str, ...]) -> list[tuple[str, ...]]:
    return [chosen for count in range(len(dimensions) + 1) for chosen in combinations(dimensions, count)]


def _figures(definition: Definition, sums: pd.Series) -> dict[str, float]:
    found: dict[str, float] = {}
    for name in definition.figures:
        if name == DWELLINGS:
            found[name] = float(sums["all"])
        elif name == VACANT:
            found[name] = float(sums["empty"])
        elif name == RATE:
            found[name] = round(100 * sums["empty"] / sums["all"], catalogue().figures[name].precision)
        elif sums[AREA] > 0:
            found[name] = round(sums[RENT] / sums[AREA], catalogue().figures[name].precision)
    return found
