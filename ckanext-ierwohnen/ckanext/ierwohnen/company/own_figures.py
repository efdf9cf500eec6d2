"""A company's own figures from the sums of its dwellings: by place, by reference date or by a class. Pure.

What a company sees of its own stock needs no protection, so these are plain sums; they leave the protected store only
on the way to a member of the company.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ckanext.ierwohnen.releases.catalogue import Breakdown, catalogue
from ckanext.ierwohnen.releases.records import PLACE, categories_of, places_of
from ckanext.ierwohnen.vault.summary import SUMS, VALUE, Summary

TURNOVER = "turnover_rate"
Own = dict[str, float | None]  # code of a figure → value


@dataclass(frozen=True)
class OwnFigure:
    """A figure: `city` are codes of indicators that stand beside it; the first that has values does.

    The first says the same of the whole city, the next what comes near it.
    """

    code: str
    title: Mapping[str, str]
    unit: Mapping[str, str]
    precision: int
    city: tuple[str, ...]


def figures() -> dict[str, OwnFigure]:
    """All of them, in the order in which they are shown."""
    cities = {
        "dwellings": ("dwellings",), "vacant": ("vacant_dwellings",), "vacancy_rate": ("vacancy_rate",),
        "rent": ("rent_existing", "rent_asking_median"),
    }  # fmt: skip
    known = [
        OwnFigure(f.name, f.title, f.unit, f.precision, cities.get(f.name, (f.name,)))
        for f in catalogue().figures.values()
    ]
    turnover = OwnFigure(
        TURNOVER, {"de": "Fluktuationsquote", "en": "Turnover rate"}, {"de": "%", "en": "%"}, 1,
        (TURNOVER, "moves_per_100_dwellings"),
    )  # fmt: skip
    return {one.code: one for one in [*known, turnover]}


def by_place(sums: Summary, level: str) -> dict[str, Own]:
    """The figures of each unit of a level, with "" for dwellings that are in none.

    :param level: `SYSTEM/LEVEL`
    """
    places = sums.by["units"]
    keys = places_of(places[VALUE]).get(PLACE + level)
    return _figures(places, keys) if keys is not None else {}


def levels_of(sums: Summary) -> list[str]:
    """The levels of which the dwellings have keys."""
    return [column.removeprefix(PLACE) for column in places_of(sums.by["units"][VALUE])]


def by_class(sums: Summary, breakdown: Breakdown) -> dict[str, Own]:
    """The figures of each category of a breakdown."""
    values = sums.by[breakdown.column]
    return _figures(values, categories_of(values[VALUE], breakdown))


def total(sums: Summary) -> Own:
    """The figures of all dwellings.

    None where nothing is known. `vacancy_rate` is vacant of those of which it is stated; `rent` the rents by the area
    that bears them; `turnover_rate` dwellings with a new tenancy in the year up to the reference date, of all, where
    the delivery tells anything of tenancies.
    """
    added = sums.total()
    return _of(added, told=bool(added["told"]))


def _figures(table: pd.DataFrame, keys: np.ndarray) -> dict[str, Own]:
    told = bool(table["told"].sum())
    groups = table[list(SUMS)].groupby(pd.Series(keys, index=table.index)).sum()
    return {str(key): _of(row, told) for key, row in groups.iterrows()}


def _of(added: pd.Series, told: bool) -> Own:
    dwellings, stated, area = added["dwellings"], added["stated"], added["area"]
    return {
        "dwellings": float(dwellings),
        "vacant": float(added["vacant"]) if stated else None,
        "vacancy_rate": float(100 * added["vacant"] / stated) if stated else None,
        "rent": float(added["rent"] / area) if area else None,
        TURNOVER: float(100 * added["changed"] / dwellings) if told else None,
    }
