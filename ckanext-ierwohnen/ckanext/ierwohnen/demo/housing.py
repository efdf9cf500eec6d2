"""Dwellings, vacancy, rents and building of each quarter, 2014 to 2025.

Vacancy walks from its level of 2014 to that of 2025; new buildings and demolitions follow the quarter's character;
rents rise where little is empty. All series end exactly at the figures of ``quarters.QUARTERS``.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pandas as pd

from . import quarters as q

SEED = 20_260_102
YEARS = np.arange(q.FIRST_YEAR, q.LAST_YEAR + 1)

# New dwellings per 1,000 dwellings and year, and dwellings demolished in total since 2014 (share of the stock).
_COMPLETIONS = {
    q.Character.OLD_TOWN: 2.2, q.Character.FOUNDERS: 2.0, q.Character.RIVERSIDE: 7.5, q.Character.SLABS: 0.3,
    q.Character.MINERS: 0.9, q.Character.SUBURB: 3.4, q.Character.NEW_EDGE: 6.8, q.Character.VILLAGE: 3.6,
    q.Character.INDUSTRY: 0.0,
}  # fmt: skip
_DEMOLISHED = {q.Character.SLABS: 0.125, q.Character.MINERS: 0.022, q.Character.FOUNDERS: 0.008}

# Construction-year classes (share of the stock, until 1918 | 1919-1948 | 1949-1990 | since 1991) and rooms
# (share with 1-2 | 3 | 4 | 5 and more).
BUILDING_YEARS = ("bis 1918", "1919–1948", "1949–1990", "ab 1991")
BUILDING_YEAR_SHARES = {
    q.Character.OLD_TOWN: (0.58, 0.14, 0.12, 0.16), q.Character.FOUNDERS: (0.63, 0.17, 0.10, 0.10),
    q.Character.RIVERSIDE: (0.41, 0.12, 0.10, 0.37), q.Character.SLABS: (0.00, 0.01, 0.95, 0.04),
    q.Character.MINERS: (0.08, 0.55, 0.29, 0.08), q.Character.SUBURB: (0.14, 0.31, 0.24, 0.31),
    q.Character.NEW_EDGE: (0.06, 0.11, 0.15, 0.68), q.Character.VILLAGE: (0.38, 0.15, 0.17, 0.30),
    q.Character.INDUSTRY: (0.25, 0.30, 0.40, 0.05),
}  # fmt: skip
ROOMS = ("1–2", "3", "4", "5+")
ROOM_SHARES = {
    q.Character.OLD_TOWN: (0.29, 0.36, 0.22, 0.13), q.Character.FOUNDERS: (0.24, 0.40, 0.24, 0.12),
    q.Character.RIVERSIDE: (0.20, 0.36, 0.28, 0.16), q.Character.SLABS: (0.31, 0.43, 0.23, 0.03),
    q.Character.MINERS: (0.19, 0.43, 0.26, 0.12), q.Character.SUBURB: (0.12, 0.27, 0.28, 0.33),
    q.Character.NEW_EDGE: (0.06, 0.14, 0.27, 0.53), q.Character.VILLAGE: (0.06, 0.15, 0.26, 0.53),
    q.Character.INDUSTRY: (0.33, 0.38, 0.20, 0.09),
}  # fmt: skip


def whole_numbers(values: np.ndarray, total: int) -> np.ndarray:
    """Round non-negative ``values`` to integers that add up to ``total`` (largest remainders first)."""
    values = np.asarray(values, dtype=float)
    scaled = values * (total / values.sum()) if values.sum() > 0 else np.full(len(values), total / len(values))
    floor = np.floor(scaled).astype(int)
    missing = total - int(floor.sum())
    order = np.argsort(-(scaled - floor), kind="stable")
    floor[order[:missing]] += 1
    return floor


def _bridge(rng: np.random.Generator, start: float, end: float, spread: float) -> np.ndarray:
    """A walk from ``start`` to ``end`` over the years whose wandering is tied down at both ends."""
    steps = np.linspace(0, 1, len(YEARS))
    walk = np.cumsum(rng.normal(0, spread, len(YEARS)))
    walk -= walk[0] + (walk[-1] - walk[0]) * steps
    return start + (end - start) * steps + walk


def _building(quarter: q.Quarter, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Completed and demolished dwellings per year; the first year has none, since the stock begins there."""
    expected = _COMPLETIONS[quarter.character] * quarter.dwellings / 1000 * np.linspace(0.7, 1.3, len(YEARS))
    completed = rng.poisson(expected)
    demolished = np.zeros(len(YEARS), dtype=int)
    total = round(_DEMOLISHED.get(quarter.character, 0.0) * quarter.dwellings)
    years = rng.choice(np.arange(1, len(YEARS)), size=4, replace=False)
    demolished[years] = whole_numbers(rng.uniform(0.5, 1.5, 4), total)
    completed[0] = demolished[0] = 0
    return completed, demolished


def _quarter(quarter: q.Quarter) -> pd.DataFrame:
    rng = np.random.default_rng([SEED, int(quarter.key)])
    completed, demolished = _building(quarter, rng)
    dwellings = quarter.dwellings - np.cumsum((completed - demolished)[::-1])[::-1] + (completed - demolished)
    rate = _bridge(rng, quarter.vacant_2014, quarter.vacant / quarter.dwellings, 0.0022)
    vacant = np.rint(dwellings * rate).astype(int)
    vacant[-1] = quarter.vacant
    rate = vacant / dwellings
    long_share = 0.45 + 1.6 * (rate - 0.06) + rng.normal(0, 0.02, len(YEARS))
    growth = 0.021 - 0.11 * (rate - 0.087) + rng.normal(0, 0.006, len(YEARS))
    growth[0] = 0
    rent = np.exp(np.cumsum(growth))
    return pd.DataFrame({
        "unit": quarter.key,
        "year": YEARS,
        "dwellings": dwellings,
        "vacant": vacant,
        "vacant_long": np.rint(vacant * long_share.clip(0.3, 0.85)).astype(int),
        "completed": completed,
        "demolished": demolished,
        "rent": rent * quarter.rent / rent[-1],
    })  # fmt: skip


@lru_cache(maxsize=1)
def housing() -> pd.DataFrame:
    """One row per quarter and year: unit, year, dwellings, vacant, vacant_long (over six months), completed,
    demolished (dwellings), rent (median asking rent, €/m²)."""
    return pd.concat([_quarter(quarter) for quarter in q.QUARTERS], ignore_index=True)


@lru_cache(maxsize=1)
def dwellings_by_age_and_rooms() -> pd.DataFrame:
    """Stock at 31.12.2025: unit, building_years, rooms, dwellings, vacant; adds up to the quarter's figures."""
    rows = []
    for quarter in q.QUARTERS:
        shares = np.outer(BUILDING_YEAR_SHARES[quarter.character], ROOM_SHARES[quarter.character])
        # Old buildings have larger dwellings, those of 1949 to 1990 smaller ones.
        shares *= np.array([[0.9, 1, 1.1, 1.1], [0.9, 1, 1.1, 1], [1.2, 1.1, 0.9, 0.6], [0.8, 0.9, 1, 1.3]])
        stock = whole_numbers(shares.ravel(), quarter.dwellings)
        appeal = np.outer([1.5, 1.1, 1.0, 0.3], [1.25, 1.1, 0.8, 0.7]).ravel()
        vacant = np.minimum(whole_numbers(stock * appeal, quarter.vacant), stock)
        for position, (years, rooms) in enumerate((y, r) for y in BUILDING_YEARS for r in ROOMS):
            rows.append((quarter.key, years, rooms, int(stock[position]), int(vacant[position])))
    return pd.DataFrame(rows, columns=["unit", "building_years", "rooms", "dwellings", "vacant"])


# Share of barrier-reduced dwellings, and of let dwellings whose rent is bound by a subsidy, at the end of 2025.
_BARRIER_REDUCED = {
    q.Character.OLD_TOWN: 0.052, q.Character.FOUNDERS: 0.048, q.Character.RIVERSIDE: 0.121, q.Character.SLABS: 0.074,
    q.Character.MINERS: 0.031, q.Character.SUBURB: 0.058, q.Character.NEW_EDGE: 0.069, q.Character.VILLAGE: 0.024,
    q.Character.INDUSTRY: 0.010,
}  # fmt: skip
_SUBSIDIZED = {
    q.Character.OLD_TOWN: 0.061, q.Character.FOUNDERS: 0.043, q.Character.RIVERSIDE: 0.047, q.Character.SLABS: 0.082,
    q.Character.MINERS: 0.052, q.Character.SUBURB: 0.021,
}  # fmt: skip


@lru_cache(maxsize=1)
def special_dwellings() -> pd.DataFrame:
    """Per quarter and year from 2019 on: unit, year, dwellings, barrier_reduced, subsidized.

    Barrier-reduced dwellings become more with every renovation, subsidy commitments run out.
    """
    rows = []
    for quarter in q.QUARTERS:
        rng = np.random.default_rng([SEED, 9, int(quarter.key)])
        own = housing()[(housing()["unit"] == quarter.key) & (housing()["year"] >= 2019)]
        years_left = q.LAST_YEAR - own["year"].to_numpy()
        barrier = _BARRIER_REDUCED[quarter.character] * rng.uniform(0.85, 1.2) * 0.93**years_left
        bound = _SUBSIDIZED.get(quarter.character, 0.0) * rng.uniform(0.8, 1.2) * (1 + 0.055 * years_left)
        stock = own["dwellings"].to_numpy()
        rows.append(
            pd.DataFrame({
                "unit": quarter.key,
                "year": own["year"].to_numpy(),
                "dwellings": stock,
                "barrier_reduced": np.rint(stock * barrier).astype(int),
                "subsidized": np.rint(stock * bound).astype(int),
            })
        )
    return pd.concat(rows, ignore_index=True)
