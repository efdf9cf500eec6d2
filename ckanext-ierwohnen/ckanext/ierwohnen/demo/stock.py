"""The dwellings of the companies at the end of a year: buildings in streets of the register, and what is in them. Pure.

Where a company has its houses follows the character of the quarters; vacancy, rents, years and rooms follow the figures
of ``housing.py``, so that the companies' figures and the city's tell the same story.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pandas as pd

from . import quarters as q
from .addresses import addresses
from .companies import Company, companies
from .housing import BUILDING_YEAR_SHARES, ROOM_SHARES, housing, whole_numbers

SEED = 20_260_104
MOST_OF_A_QUARTER = 0.72  # of a quarter's dwellings that belong to companies
_C = q.Character

# How much a company likes a quarter, beside its size: the city's company, the cooperative, small owners.
_LIKED = {
    "wohnbau-neuwald": {_C.SLABS: 3.4, _C.FOUNDERS: 1.0, _C.OLD_TOWN: 0.9, _C.MINERS: 0.7, _C.RIVERSIDE: 0.4},
    "wg-muldetal": {_C.SLABS: 2.6, _C.MINERS: 1.9, _C.FOUNDERS: 0.7, _C.SUBURB: 0.25, _C.OLD_TOWN: 0.3},
    "": {_C.FOUNDERS: 3.0, _C.OLD_TOWN: 2.6, _C.RIVERSIDE: 2.0, _C.MINERS: 0.9, _C.SUBURB: 0.9, _C.NEW_EDGE: 0.3,
         _C.SLABS: 0.25, _C.VILLAGE: 0.3},
}  # fmt: skip
_HOUSE = {_C.SLABS: 22.0, _C.MINERS: 7.0, _C.FOUNDERS: 9.0, _C.OLD_TOWN: 8.0}
_YEARS = ((1876, 1918), (1919, 1948), (1949, 1990), (1991, 2023))
_APPEAL = np.array([1.35, 1.1, 1.0, 0.35])  # vacancy by construction class
_REASONS = ("renovation", "demolition", "market", "sale", "other")


@lru_cache(maxsize=1)
def holdings() -> pd.DataFrame:
    """Dwellings of each company (rows) in each quarter (columns)."""
    rng = np.random.default_rng([SEED, 1])
    room = np.array([quarter.dwellings * MOST_OF_A_QUARTER for quarter in q.QUARTERS])
    rows = {}
    for company in companies():
        liked = _LIKED["" if company.small else company.name]
        weights = np.array([quarter.dwellings * liked.get(quarter.character, 0.0) for quarter in q.QUARTERS])
        weights *= rng.uniform(0.8, 1.25, len(weights))
        if company.small:
            chosen = rng.choice(len(weights), min(9, 4 + company.dwellings // 60), False, weights / weights.sum())
            weights = np.where(np.isin(np.arange(len(weights)), chosen), weights**0.6, 0.0)
        rows[company.name] = _within(weights, company.dwellings, room)
        room = room - rows[company.name]
    return pd.DataFrame.from_dict(rows, orient="index", columns=list(q.BY_KEY))


def _within(weights: np.ndarray, total: int, room: np.ndarray) -> np.ndarray:
    """``total`` shared out by ``weights``; what finds no room in a quarter goes to the others."""
    found = np.zeros(len(weights), int)
    while (left := total - int(found.sum())) > 0:
        free = np.floor(room - found).clip(0).astype(int)
        if not (open_ := np.where(free > 0, weights, 0.0)).any():
            open_ = free.astype(float)
        found += np.minimum(whole_numbers(open_, left), free)
    return found


@lru_cache(maxsize=1)
def buildings() -> pd.DataFrame:
    """One row a house of a company: company, object, street, house (number and suffix), postcode, quarter, dwellings,
    year, storeys, lift, heating, carrier, demand, modernization, subsidized (last year, 0 none), level (rent)."""
    rng = np.random.default_rng([SEED, 2])
    houses = {key: list(rng.permutation(own.index)) for key, own in addresses().groupby("quarter")}
    rows = []
    for name, own in holdings().iterrows():
        for key, count in own[own > 0].items():
            size = _HOUSE.get(q.BY_KEY[key].character, 5.0) * (0.6 if own.sum() < 1000 else 1.0)
            sizes = whole_numbers(rng.uniform(0.5, 1.5, max(1, round(count / size))), int(count))
            rows += [(name, houses[key].pop(), key, int(dwellings)) for dwellings in sizes if dwellings]
    frame = pd.DataFrame(rows, columns=["company", "address", "quarter", "dwellings"])
    where = addresses().loc[frame["address"]].reset_index(drop=True)
    frame["street"], frame["postcode"] = where["street"], where["postcode"]
    frame["house"] = where["number"].astype(str) + where["suffix"].map(lambda letter: f" {letter}" if letter else "")
    frame["object"] = "1" + (frame.groupby("company").cumcount() + 1).map("{:05d}".format)
    return _equipped(frame, rng)


def _equipped(frame: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    count = len(frame)
    character = frame["quarter"].map(lambda key: q.BY_KEY[key].character)
    cumulated = np.cumsum([BUILDING_YEAR_SHARES[one] for one in character], axis=1)
    age = (rng.random((count, 1)) > cumulated[:, :3]).sum(axis=1)
    start, end = np.array(_YEARS).T[:, age]
    slab = (character == _C.SLABS).to_numpy() & (age == 2)
    start, end = np.where(slab, 1966, start), np.where(slab, 1989, end)
    frame["age"], frame["year"] = age, start + (rng.random(count) * (end - start + 1)).astype(int)
    frame["storeys"] = np.where(slab, rng.choice([5, 6, 11], count, p=[0.55, 0.3, 0.15]), rng.integers(2, 6, count))
    frame["lift"] = (frame["storeys"] > 5) | ((frame["year"] > 1999) & (frame["storeys"] > 3))
    done = rng.choice(["none", "partly", "full"], count, p=[0.18, 0.44, 0.38])
    frame["modernization"] = np.where(age == 3, "full", done)
    base = frame["modernization"].map({"none": 188.0, "partly": 132.0, "full": 88.0}) - 18.0 * (age == 3)
    frame["demand"] = (base * rng.normal(1, 0.09, count)).clip(30, 320).round(1)
    district = rng.random(count) < np.where(slab, 0.93, 0.34)
    frame["carrier"] = np.where(
        district, "Fernwärme", rng.choice(["Erdgas", "Heizöl", "Strom"], count, p=[0.82, 0.1, 0.08])
    )
    frame["heating"] = np.where(district | (rng.random(count) < 0.6), "Zentralheizung", "Etagenheizung")
    frame["subsidized"] = np.where(rng.random(count) < 0.075, rng.integers(2026, 2041, count), 0)
    frame["level"] = np.exp(rng.normal(0, 0.05, count))
    return frame


@lru_cache(maxsize=2)
def dwellings(year: int = q.LAST_YEAR) -> pd.DataFrame:
    """One row a dwelling of a company at the end of a year; the dwellings are the same every year, rents and vacancy
    are not. Columns of `buildings`, and: dwelling, rooms, area (m²), floor, barrier_reduced, vacant, reason, since,
    rent and costs (€ a month, rent missing where vacant), let_since, maintenance (€ in the year)."""
    houses = buildings()
    frame = houses.loc[houses.index.repeat(houses["dwellings"])].reset_index(drop=True)
    rng, count = np.random.default_rng([SEED, 3]), len(frame)
    unit = frame.groupby(["company", "object"]).cumcount() + 1
    frame["dwelling"] = frame["object"] + "." + unit.map("{:03d}".format)
    character = frame["quarter"].map(lambda key: q.BY_KEY[key].character)
    cumulated = np.cumsum([ROOM_SHARES[one] for one in character], axis=1)
    group = (rng.random((count, 1)) > cumulated[:, :3]).sum(axis=1)
    frame["rooms"] = np.where(group == 0, rng.integers(1, 3, count), group + 2)
    frame["area"] = ((19 + 16.4 * frame["rooms"]) * rng.normal(1, 0.09, count)).clip(20, 190).round(1)
    frame["floor"] = (unit - 1) * frame["storeys"] // (frame["dwellings"] + 1)
    frame["barrier_reduced"] = rng.random(count) < np.where(
        frame["lift"] & (frame["modernization"] == "full"), 0.3, 0.02
    )
    luck, days = rng.random((2, count)), rng.exponential(1, (2, count))
    return _let(frame, year, luck, days)


def _let(frame: pd.DataFrame, year: int, luck: np.ndarray, days: np.ndarray) -> pd.DataFrame:
    rng, count = np.random.default_rng([SEED, 4, year]), len(frame)
    known = housing()
    known = known[known["year"] == year].set_index("unit")
    rate = (known["vacant"] / known["dwellings"]).loc[frame["quarter"]].to_numpy() * _APPEAL[frame["age"]]
    # Whether a dwelling is empty is drawn anew for a part of them each year, and kept for the others.
    chance = np.where(rng.random(count) < 0.3, rng.random(count), luck[0])
    frame["vacant"] = chance < rate
    frame["reason"] = np.where(frame["vacant"], rng.choice(_REASONS, count, p=[0.3, 0.1, 0.45, 0.05, 0.1]), "")
    day = pd.Timestamp(year, 12, 31)
    frame["since"] = (day - pd.to_timedelta((5 + days[0] * 420).astype(int), unit="D")).where(frame["vacant"])
    asked = known["rent"].loc[frame["quarter"]].to_numpy()
    state = frame["modernization"].map({"none": 0.92, "partly": 1.0, "full": 1.08}).to_numpy()
    metre = (
        asked * 0.87 * state * frame["level"] * np.exp(0.045 * (luck[1] - 0.5)) * np.where(frame["subsidized"], 0.93, 1)
    )
    frame["rent"] = (metre * frame["area"]).round(2).where(~frame["vacant"])
    frame["costs"] = (frame["area"] * (0.95 + frame["demand"] * 0.0075)).round(2)
    tenancy = pd.to_timedelta((20 + days[1] * 3100).clip(max=16000).astype(int), unit="D")
    frame["let_since"] = (day - tenancy).where(~frame["vacant"])
    repaired = rng.random(count) < 0.35
    frame["maintenance"] = np.where(repaired, rng.exponential(780, count), rng.exponential(60, count)).round(2)
    return frame


def stock_of(company: Company, year: int = q.LAST_YEAR) -> pd.DataFrame:
    """The rows of one company."""
    frame = dwellings(year)
    return frame[frame["company"] == company.name].reset_index(drop=True)
