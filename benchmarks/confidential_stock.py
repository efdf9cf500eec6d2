"""Generated stock for the benchmarks of `confidential`: 30,000 and 100,000 dwellings, skewed owners with home quarters.

Table a: quarter hierarchy (130 quarters, 9 districts) × year class, 1,400 cells. Table b: × rooms, 8,400 cells.
Linked: three tables around quarter × rooms, 20,000 cells. Ring: three tables of which each shares two columns with
each, so that they bind one another.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from ckanext.ierwohnen.confidential.build import build_model
from ckanext.ierwohnen.confidential.gather import Release
from ckanext.ierwohnen.confidential.hierarchy import Hierarchy, flat, from_parents
from ckanext.ierwohnen.confidential.microdata import prepare
from ckanext.ierwohnen.confidential.model import UnionModel
from ckanext.ierwohnen.confidential.tabulate import Dimension, Table

LAYOUTS = {
    "a": (30_000, (("quarter", "year"),)),
    "b": (100_000, (("quarter", "year", "rooms"),)),
    "linked": (
        100_000,
        (("quarter", "year", "rooms"), ("quarter", "rooms", "energy"), ("quarter", "rooms", "heating")),
    ),
    "ring": (100_000, (("quarter", "year", "rooms"), ("quarter", "rooms", "energy"), ("quarter", "year", "energy"))),
}


def owners_at_home(
    rng: np.random.Generator, dwellings: int, quarters: int, owners: int
) -> tuple[np.ndarray, np.ndarray]:
    """int[dwellings] each: quarter and owner; a few large companies, many small ones, each at home in some quarters."""
    size = rng.permutation(1 / np.sqrt(np.arange(1, quarters + 1)))
    quarter = rng.choice(quarters, dwellings, p=size / size.sum())
    share = rng.gamma(0.35, 1, (quarters, owners)) / np.arange(1, owners + 1) ** 1.1
    share /= share.sum(axis=1, keepdims=True)
    owner = (share.cumsum(axis=1)[quarter] < rng.random(dwellings)[:, None]).sum(axis=1).clip(max=owners - 1)
    return quarter, owner


def stock(dwellings: int, owners: int = 40, seed: int = 1, quarters: int = 130, districts: int = 9) -> pd.DataFrame:
    """One row per dwelling: quarter, year (class), rooms, energy, heating, owner, rent."""
    rng = np.random.default_rng(seed)
    quarter, owner = owners_at_home(rng, dwellings, quarters, owners)
    rooms = rng.choice(5, dwellings, p=[0.12, 0.28, 0.35, 0.18, 0.07])
    area = 25 + 18 * rooms + rng.gamma(4, 3, dwellings)
    heating = np.random.default_rng(seed + 1).choice(9, dwellings, p=np.array([9, 8, 7, 6, 5, 4, 3, 2, 1]) / 45)
    return pd.DataFrame(
        {
            "quarter": [f"Q{q:03d}" for q in quarter],
            "year": [f"Y{y}" for y in rng.choice(9, dwellings, p=np.array([3, 4, 8, 10, 9, 6, 4, 2, 1]) / 47)],
            "rooms": [f"R{r}" for r in rooms],
            "energy": [f"E{e}" for e in rng.choice(5, dwellings, p=[0.1, 0.2, 0.4, 0.2, 0.1])],
            "heating": [f"H{h}" for h in heating],
            "owner": [f"O{o:03d}" for o in owner],
            "rent": np.round(area * rng.lognormal(2, 0.25, dwellings), 2),
        }
    )


def parents(quarters: int = 130, districts: int = 9) -> dict[str, str | None]:
    """Quarter → district."""
    return {f"Q{i:03d}": f"D{i % districts}" for i in range(quarters)} | {f"D{i}": None for i in range(districts)}


def tables(frame: pd.DataFrame, layouts: tuple[tuple[str, ...], ...]) -> tuple[Table, ...]:
    """The tables of a layout, rents added up."""
    quarters = frame["quarter"].nunique()
    trees: dict[str, Hierarchy] = {c: flat(frame[c]) for c in ("year", "rooms", "energy", "heating")}
    trees["quarter"] = from_parents(parents(quarters, min(9, quarters // 2)))
    return tuple(Table("+".join(cs), tuple(Dimension(c, trees[c]) for c in cs), ("rent",)) for cs in layouts)


def model_of(which: str, seed: int = 1) -> UnionModel:
    """The union model of table a, b, the linked set or the ring."""
    dwellings, layouts = LAYOUTS[which]
    frame = stock(dwellings, seed=seed)
    data = prepare(frame, ["quarter", "year", "rooms", "energy", "heating"], "owner", ["rent"])
    return build_model([Release(which, data, tables(frame, layouts))])
