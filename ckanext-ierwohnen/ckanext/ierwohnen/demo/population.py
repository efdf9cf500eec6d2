"""The people of each quarter, 2014 to 2025: ages, births, deaths and moves.

How many people live in a quarter follows the occupied dwellings and the household size, so that vacancy and
population tell the same story. Ages then run year by year: everybody grows older, dies by Gompertz' law, children
are born to women of 18 to 44, and whoever is missing or too many has moved, at the ages at which people move.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pandas as pd

from . import quarters as q
from .housing import YEARS, housing, whole_numbers

SEED = 20_260_103
AGES = np.arange(100)
AGE_GROUPS = {"unter 18": (0, 17), "18–24": (18, 24), "25–44": (25, 44), "45–64": (45, 64), "65–74": (65, 74),
              "75 und älter": (75, 99)}  # fmt: skip
BIRTHS_PER_WOMAN = 1.42
HOUSEHOLD_DECLINE = 0.0035  # household size falls by this share every year

# Middle ages and weights of the waves of people that settled in a quarter: (age in 2014, spread, weight).
_WAVES = {
    q.Character.OLD_TOWN: ((28, 9, 1.0), (52, 14, 0.6), (74, 9, 0.5), (8, 6, 0.35)),
    q.Character.FOUNDERS: ((29, 8, 1.2), (48, 13, 0.6), (70, 11, 0.4), (7, 6, 0.55)),
    q.Character.RIVERSIDE: ((33, 8, 1.1), (50, 12, 0.7), (68, 10, 0.4), (6, 5, 0.6)),
    q.Character.SLABS: ((24, 7, 0.5), (58, 9, 1.0), (74, 8, 1.15), (10, 7, 0.45)),
    q.Character.MINERS: ((35, 10, 0.6), (57, 11, 1.0), (75, 9, 0.8), (10, 7, 0.45)),
    q.Character.SUBURB: ((40, 10, 0.9), (55, 11, 0.9), (70, 10, 0.6), (11, 6, 0.6)),
    q.Character.NEW_EDGE: ((41, 7, 1.3), (56, 10, 0.6), (68, 9, 0.3), (11, 5, 1.0)),
    q.Character.VILLAGE: ((43, 9, 1.0), (58, 10, 1.0), (72, 9, 0.6), (12, 6, 0.6)),
    q.Character.INDUSTRY: ((33, 10, 1.0), (50, 11, 0.8), (68, 9, 0.3), (8, 5, 0.3)),
}  # fmt: skip
# People who move in and out in a year, per 1,000 inhabitants, besides the balance.
_CHURN = {
    q.Character.OLD_TOWN: 128, q.Character.FOUNDERS: 134, q.Character.RIVERSIDE: 112, q.Character.SLABS: 96,
    q.Character.MINERS: 84, q.Character.SUBURB: 62, q.Character.NEW_EDGE: 54, q.Character.VILLAGE: 47,
    q.Character.INDUSTRY: 150,
}  # fmt: skip


def _first_ages(quarter: q.Quarter, people: float) -> np.ndarray:
    settled = _WAVES[quarter.character]
    waves = sum(weight * np.exp(-((AGES - age) ** 2) / (2 * spread**2)) for age, spread, weight in settled)
    density = (waves + 0.12) * np.exp(-((AGES / 84.0) ** 9))
    return density / density.sum() * people


def _mortality() -> np.ndarray:
    """Probability to die within a year by age, after Gompertz: doubling about every eight years."""
    return np.clip(0.00004 * np.exp(0.0935 * AGES), 0, 0.6)


def _movers(quarter: q.Quarter, leaving: bool) -> np.ndarray:
    """Share of each age among people who move into (or out of) a quarter."""
    young = np.exp(-((AGES - 24) ** 2) / 40) * (1.6 if leaving and quarter.character is q.Character.VILLAGE else 1.0)
    family = 0.7 * np.exp(-((AGES - 33) ** 2) / 60) + 0.45 * np.exp(-((AGES - 4) ** 2) / 24)
    old = 0.22 * np.exp(-((AGES - 79) ** 2) / 60)
    shape = young + family * (1.8 if quarter.character is q.Character.NEW_EDGE else 1.0) + old + 0.05
    return shape / shape.sum()


def _targets(quarter: q.Quarter, rng: np.random.Generator) -> np.ndarray:
    own = housing()[housing()["unit"] == quarter.key]
    occupied = (own["dwellings"] - own["vacant"]).to_numpy()
    size = (1 + HOUSEHOLD_DECLINE) ** (q.LAST_YEAR - YEARS) * (1 + rng.normal(0, 0.0012, len(YEARS)))
    people = occupied * size
    people = np.rint(people * quarter.population / people[-1]).astype(int)
    people[-1] = quarter.population
    return people


def _quarter(quarter: q.Quarter) -> tuple[list[dict], list[dict]]:
    rng = np.random.default_rng([SEED, int(quarter.key)])
    targets = _targets(quarter, rng)
    ages = _first_ages(quarter, targets[0])
    flows, structures = [], []
    for year, target in zip(YEARS, targets, strict=True):
        before = structures[-1]["people"] if structures else None
        if before is not None:
            births = round(float(ages[18:45].sum()) * 0.49 * BIRTHS_PER_WOMAN / 27 * rng.normal(1, 0.05))
            deaths = ages * _mortality()
            dead = round(float(deaths.sum()))
            survivors = ages - deaths
            ages = np.concatenate([[births], survivors[:-2], [survivors[-2:].sum()]])
            balance = int(target - (before - dead + births))
            churn = _CHURN[quarter.character] * before / 1000 * rng.normal(1, 0.04)
            moved_in = round(churn + max(balance, 0) * 0.8 + balance * 0.1)
            moved_out = moved_in - balance
            ages = ages + moved_in * _movers(quarter, False) - moved_out * _movers(quarter, True)
            ages = np.clip(ages, 0, None)
            within = round(float(rng.uniform(0.36, 0.46)), 4)
            flows.append({"unit": quarter.key, "year": int(year), "births": births, "deaths": dead,
                          "moved_in": moved_in, "moved_out": moved_out,
                          "within_in": round(moved_in * within)})  # fmt: skip
        ages *= target / ages.sum()
        structures.append({"people": int(target), "ages": whole_numbers(ages, int(target))})
    by_age = [
        {"unit": quarter.key, "year": int(year), "ages": structure["ages"]}
        for year, structure in zip(YEARS, structures, strict=True)
    ]
    return flows, by_age


@lru_cache(maxsize=1)
def _all() -> tuple[pd.DataFrame, pd.DataFrame]:
    flows: list[dict] = []
    structures: list[dict] = []
    for quarter in q.QUARTERS:
        own_flows, own_structures = _quarter(quarter)
        flows += own_flows
        structures += own_structures
    return pd.DataFrame(flows), pd.DataFrame(structures)


def movements() -> pd.DataFrame:
    """Per quarter and year from the second year on: unit, year, births, deaths, moved_in, moved_out (people over the
    quarter's border), within_in (of those who moved in, from elsewhere in the city)."""
    return _all()[0]


@lru_cache(maxsize=1)
def population() -> pd.DataFrame:
    """Per quarter and year (31.12.): unit, year, people and one column for each age group of ``AGE_GROUPS``."""
    structures = _all()[1]
    frame = structures[["unit", "year"]].copy()
    frame["people"] = [int(ages.sum()) for ages in structures["ages"]]
    for name, (first, last) in AGE_GROUPS.items():
        frame[name] = [int(ages[first : last + 1].sum()) for ages in structures["ages"]]
    return frame


FIVE_YEARS = {f"{first}–{first + 4}": (first, first + 4) for first in range(0, 90, 5)} | {"90 u. ä.": (90, 200)}


@lru_cache(maxsize=1)
def by_age_and_sex() -> pd.DataFrame:
    """People at 31.12. of the last year: unit, age (key of ``FIVE_YEARS``), women, men.

    The sums are the quarter's people.
    A little fewer girls than boys are born; from 60 on women are more and more in the majority.
    """
    last = _all()[1].query("year == @YEARS[-1]")
    rows = []
    for quarter, ages in zip(last["unit"], last["ages"], strict=True):
        for name, (first, until) in FIVE_YEARS.items():
            people = int(ages[first : until + 1].sum())
            share = 0.487 + 0.19 / (1 + np.exp(-((first + 2) - 78) / 7))
            women = round(people * share)
            rows.append((quarter, name, women, people - women))
    return pd.DataFrame(rows, columns=["unit", "age", "women", "men"])


@lru_cache(maxsize=1)
def households() -> pd.DataFrame:
    """Per quarter and year: unit, year, households, one_person. A household occupies one dwelling."""
    merged = housing().merge(population(), on=["unit", "year"])
    frame = merged[["unit", "year"]].copy()
    frame["households"] = merged["dwellings"] - merged["vacant"]
    size = merged["people"] / frame["households"]
    share = (0.92 - 0.262 * size).clip(0.12, 0.66)
    frame["one_person"] = (frame["households"] * share).round().astype(int)
    return frame


@lru_cache(maxsize=1)
def unemployment() -> pd.DataFrame:
    """Per quarter and year (30.06.): unit, year, aged_15_64, unemployed (people)."""
    structures = _all()[1]
    rows = []
    for key, group in structures.groupby("unit"):
        quarter = q.BY_KEY[str(key)]
        rng = np.random.default_rng([SEED, 7, int(quarter.key)])
        cycle = 1.28 - 0.30 * np.linspace(0, 1, len(YEARS)) ** 0.7 + np.where(YEARS == 2020, 0.08, 0.0)
        cycle = cycle / cycle[-1] * (1 + np.append(rng.normal(0, 0.02, len(YEARS) - 1), 0))
        for year, ages, factor in zip(group["year"], group["ages"], cycle, strict=True):
            able = int(ages[15:65].sum())
            rows.append((quarter.key, int(year), able, round(able * quarter.unemployed / 100 * factor)))
    return pd.DataFrame(rows, columns=["unit", "year", "aged_15_64", "unemployed"])
