"""A company's own figures from its dwellings: by place, by reference date or by a class. Pure.

What a company sees of its own stock needs no protection, so these are plain sums; they leave the protected store only
on the way to a member of the company.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ckanext.ierwohnen.releases.catalogue import Breakdown, catalogue
from ckanext.ierwohnen.releases.records import categories_of, places_of

YEAR = pd.DateOffset(years=1)
TURNOVER = "turnover_rate"
COLUMNS = ("units", "vacant", "net_cold_rent", "floor_area", "tenancy_since", "tenant_changed")


@dataclass(frozen=True)
class OwnFigure:
    """A figure: `city` is the code of the indicator that says the same of the whole city."""

    code: str
    title: Mapping[str, str]
    unit: Mapping[str, str]
    precision: int
    city: str


def figures() -> dict[str, OwnFigure]:
    """All of them, in the order in which they are shown."""
    cities = {"dwellings": "dwellings", "vacant": "vacant_dwellings", "rent": "rent_existing"}
    known = [
        OwnFigure(f.name, f.title, f.unit, f.precision, cities.get(f.name, f.name))
        for f in catalogue().figures.values()
    ]
    turnover = OwnFigure(
        TURNOVER, {"de": "Fluktuationsquote", "en": "Turnover rate"}, {"de": "%", "en": "%"}, 1, TURNOVER
    )
    return {one.code: one for one in [*known, turnover]}


def dwellings_of(stock: pd.DataFrame, breakdown: Breakdown | None = None) -> pd.DataFrame:
    """One row for each dwelling, ready to be added up.

    :param stock: as `vault.door.stock_table` gives it, with `COLUMNS` and the breakdown's column
    :return: `date` (ISO), `vacant` (1, 0, NaN where not stated), `rent` (€ a month) and `area` (m²) of let dwellings,
        `changed` (1 if a tenancy began in the year up to the reference date, NaN where the delivery tells nothing),
        `class`, and `place:SYSTEM/LEVEL`
    """
    dates = pd.to_datetime(stock["reference_date"])
    vacant = stock["vacant"].astype("Float64").to_numpy(float, na_value=np.nan)
    rent = pd.to_numeric(stock["net_cold_rent"], errors="coerce").to_numpy(float, na_value=np.nan)
    area = pd.to_numeric(stock["floor_area"], errors="coerce").to_numpy(float, na_value=np.nan)
    let = (rent > 0) & (area > 0) & (vacant != 1)
    found = {
        "date": dates.dt.strftime("%Y-%m-%d").to_numpy(),
        "vacant": vacant,
        "rent": np.where(let, rent, 0.0),
        "area": np.where(let, area, 0.0),
        "changed": _changed(stock, dates),
    }
    if breakdown:
        found["class"] = categories_of(stock[breakdown.column], breakdown)
    return pd.DataFrame(found | places_of(stock["units"]))


def _changed(stock: pd.DataFrame, dates: pd.Series) -> np.ndarray:
    began = pd.concat([pd.to_datetime(stock[name]) for name in ("tenancy_since", "tenant_changed")], axis=1).max(axis=1)
    told = began.notna().groupby(dates).transform("any")
    within = (began > dates - YEAR) & (began <= dates)
    return np.where(told, within.astype(float), np.nan)


def added_up(dwellings: pd.DataFrame, by: str | None = None) -> dict[str, dict[str, float | None]]:
    """The figures of each group, or of all under "".

    :param by: a column of `dwellings_of`
    :return: group → code → value, None where nothing is known of it. `vacancy_rate` is vacant of those of which it is
        stated; `rent` the rents by the area that bears them; `turnover_rate` dwellings with a new tenancy in the year
        up to the reference date, of all
    """
    groups = dwellings.groupby(by, sort=True) if by else [("", dwellings)]
    return {str(name): _of(group) for name, group in groups}


def _of(group: pd.DataFrame) -> dict[str, float | None]:
    stated, told = int(group["vacant"].notna().sum()), int(group["changed"].notna().sum())
    vacant, area = float(group["vacant"].sum()), float(group["area"].sum())
    return {
        "dwellings": float(len(group)),
        "vacant": vacant if stated else None,
        "vacancy_rate": 100 * vacant / stated if stated else None,
        "rent": float(group["rent"].sum()) / area if area else None,
        TURNOVER: 100 * float(group["changed"].sum()) / told if told else None,
    }
