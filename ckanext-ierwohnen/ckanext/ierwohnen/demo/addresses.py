"""The city's register of addresses: 30,000 houses in streets, each with its block, quarter and district. Pure."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pandas as pd

from . import geometry
from . import quarters as q
from .housing import whole_numbers

SEED = 20_260_103
HOUSES = 30_000
HOUSES_OF_A_STREET = 52
SYSTEM = "raumgliederung-neuwald-2021"

# Dwellings of a house, so that villages have many houses and large estates few.
_DWELLINGS_OF_A_HOUSE = {
    q.Character.OLD_TOWN: 4.0, q.Character.FOUNDERS: 5.5, q.Character.RIVERSIDE: 3.6, q.Character.SLABS: 8.0,
    q.Character.MINERS: 2.6, q.Character.SUBURB: 1.4, q.Character.NEW_EDGE: 1.05, q.Character.VILLAGE: 1.1,
    q.Character.INDUSTRY: 3.0,
}  # fmt: skip
_STEMS = (
    "Ahorn", "Akazien", "Amsel", "Anger", "Apfel", "Bach", "Berg", "Birken", "Blumen", "Brunnen", "Buchen", "Drossel",
    "Eichen", "Erlen", "Eschen", "Falken", "Feld", "Fichten", "Finken", "Flieder", "Forst", "Garten", "Ginster",
    "Glocken", "Graben", "Grenz", "Hafen", "Hain", "Hasel", "Heide", "Holunder", "Hopfen", "Jäger", "Kastanien",
    "Kiefern", "Kirsch", "Kloster", "Korn", "Krähen", "Lärchen", "Lerchen", "Linden", "Lotzen", "Markt", "Meisen",
    "Mohn", "Mühl", "Mulden", "Nelken", "Nuss", "Obst", "Pappel", "Pfarr", "Quell", "Reb", "Ring", "Robinien", "Rosen",
    "Sand", "Schacht", "Schäfer", "Schmiede", "Schul", "Schwalben", "Silber", "Sonnen", "Stein", "Stern", "Tal",
    "Tannen", "Teich", "Tulpen", "Turm", "Ufer", "Ulmen", "Veilchen", "Wald", "Wasser", "Weiden", "Wein", "Wiesen",
    "Ziegel",
)  # fmt: skip
_TOWNS = (
    "Altenburger", "Chemnitzer", "Dresdner", "Erfurter", "Freiberger", "Geraer", "Grimmaer", "Hallesche", "Jenaer",
    "Leipziger", "Magdeburger", "Meißner", "Pirnaer", "Plauener", "Rochlitzer", "Torgauer", "Weimarer", "Wurzener",
    "Zeitzer", "Zwickauer",
)  # fmt: skip
_ENDS = ("straße", "weg", "gasse", "ring", "hof", "steig", "winkel")


@lru_cache(maxsize=1)
def addresses() -> pd.DataFrame:
    """One row a house: id, street, number, suffix, postcode, block, quarter, district; the same every time."""
    count = [quarter.dwellings / _DWELLINGS_OF_A_HOUSE[quarter.character] for quarter in q.QUARTERS]
    houses = dict(zip(q.BY_KEY, whole_numbers(np.array(count), HOUSES), strict=True))
    blocks = geometry.blocks().groupby("quarter")["key"].apply(list)
    names = _street_names()
    parts = []
    for quarter in q.QUARTERS:
        streets = max(1, houses[quarter.key] // HOUSES_OF_A_STREET)
        own, names = names[:streets], names[streets:]
        parts.append(_quarter(quarter, int(houses[quarter.key]), own, blocks[quarter.key]))
    frame = pd.concat(parts, ignore_index=True)
    frame.insert(0, "id", [f"NW{number:06d}" for number in range(1, len(frame) + 1)])
    return frame


def _street_names() -> list[str]:
    names = [f"{town} {kind}" for town in _TOWNS for kind in ("Straße", "Platz")]
    names += [stem + end for stem in _STEMS for end in _ENDS]
    return [names[place] for place in np.random.default_rng([SEED, 1]).permutation(len(names))]


def _quarter(quarter: q.Quarter, houses: int, streets: list[str], blocks: list[str]) -> pd.DataFrame:
    rng = np.random.default_rng([SEED, 2, int(quarter.key)])
    of_street = np.sort(rng.integers(0, len(streets), houses))
    with_suffix = rng.random(houses) < 0.07
    numbers, suffixes = np.zeros(houses, int), np.full(houses, "", object)
    street, number, letter = -1, 0, 0
    for place in range(houses):
        if of_street[place] != street:
            street, number, letter = of_street[place], 0, 0
        if with_suffix[place] and number and letter < 4:
            letter += 1
        else:
            number, letter = number + 1, 0
        numbers[place], suffixes[place] = number, " abcd"[letter].strip()
    return pd.DataFrame({
        "street": [streets[one] for one in of_street],
        "number": numbers,
        "suffix": suffixes,
        "postcode": f"990{10 + int(quarter.district) * 2 - 1}",
        "block": [blocks[place * len(blocks) // houses] for place in range(houses)],
        "quarter": quarter.key,
        "district": quarter.district,
    })  # fmt: skip


def register_file() -> bytes:
    """The register as the surveying office hands it out: a table with a column for each level of places.

    Blocks are left out: each level below the released one makes the checks of releases many times longer.
    """
    frame = addresses().drop(columns="block").rename(columns={
        "street": "Straße", "number": "Hausnummer", "suffix": "Zusatz", "postcode": "PLZ",
        "quarter": f"{SYSTEM}/quarter", "district": f"{SYSTEM}/district",
    })  # fmt: skip
    return frame.to_csv(sep=";", index=False).encode("utf-8")
