"""A small town's companies for tests: skewed owners, places that nest, vacancy and rents."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from hashlib import blake2b
from typing import Any

import numpy as np
import pandas as pd

from ckanext.ierwohnen.releases.audience import ALLIANCE, Audience
from ckanext.ierwohnen.releases.definition import Definition, define

DAY, TODAY = dt.date(2025, 12, 31), dt.date(2026, 11, 21)
QUARTERS = {"11": "1", "12": "1", "21": "2", "22": "2"}
KNOWN = {"s/quarter": frozenset(QUARTERS), "s/district": frozenset(QUARTERS.values())}  # what everybody may know
FRIENDS = Audience(ALLIANCE, frozenset({"city", "friend"}))


def numbered(numbers: Iterable[str]) -> list[str]:
    """Dwellings' numbers as records bear them."""
    return [blake2b(number.encode(), digest_size=16).hexdigest() for number in numbers]


def recorded(
    rows: Iterable[tuple[str, ...]], columns: Sequence[str] = ("rooms", "vacancy", "modernization"),
    number: str = "", **others: str,
) -> pd.DataFrame:  # fmt: skip
    """Records of one company that differ in a few columns only.

    :param rows: the quarter, whose first sign is its district, and these columns
    :param number: how every dwelling's number begins
    :param others: what all have in further columns
    """
    found = pd.DataFrame(rows, columns=["place:s/quarter", *columns])
    same = {"owner": "a", "construction": "-1918", "barrier_reduced": "no", "rent": 0.0, "area": 0.0} | others
    return found.assign(
        record=numbered(f"{number}{n}" for n in range(len(found))), **same,
        **{"place:s/district": found["place:s/quarter"].str[0]},
    )  # fmt: skip


def company(seed: int, owner: str, dwellings: int) -> pd.DataFrame:
    """Records as `records.records_of` makes them."""
    rng = np.random.default_rng([seed, *owner.encode()])
    quarter = rng.choice(list(QUARTERS), dwellings, p=rng.dirichlet(np.ones(4)))
    vacant = rng.random(dwellings) < 0.15
    area = np.round(rng.uniform(30, 110, dwellings), 1)
    let = np.where(vacant, 0.0, 1.0)
    return pd.DataFrame(
        {
            "record": numbered(f"{owner}-{n}" for n in range(dwellings)),
            "owner": owner,
            "vacancy": np.where(vacant, "vacant", "let"),
            "rooms": rng.choice(["1-2", "3", "4", "5+"], dwellings),
            "construction": rng.choice(["-1918", "1950-1990"], dwellings),
            "modernization": "unknown",
            "barrier_reduced": rng.choice(["yes", "no"], dwellings),
            "rent": np.round(area * rng.uniform(5, 9, dwellings), 2) * let,
            "area": area * let,
            "place:s/district": [QUARTERS[q] for q in quarter],
            "place:s/quarter": quarter,
        }
    )


def town(seed: int = 1, sizes: dict[str, int] | None = None) -> dict[str, pd.DataFrame]:
    """Owner → records."""
    sizes = sizes or {"big": 120, "bigger": 150, **{f"small{n}": 12 + n for n in range(6)}}
    return {owner: company(seed, owner, size) for owner, size in sizes.items()}


def definition(owners: list[str], **changes: Any) -> Definition:
    """A release of these owners for their friends."""
    given = {
        "title": "Wohnungen", "owners": owners, "reference_date": DAY, "figures": ["dwellings"], "audience": FRIENDS,
        "purpose": "Monitoring", "agreement": "Vereinbarung § 6", "valid_until": dt.date(2027, 12, 31),
        "level": "s/quarter", "today": TODAY,
    }  # fmt: skip
    return define(**(given | changes))
