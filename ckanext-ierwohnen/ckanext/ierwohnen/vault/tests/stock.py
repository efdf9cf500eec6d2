"""Small stock for tests."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator

import pyarrow as pa

from ckanext.ierwohnen.vault.reader import Reader

YEAR_END = dt.date(2024, 12, 31)


def company() -> tuple[str, Reader]:
    """A company that no other test has, and somebody who acts for it."""
    organization = f"org-{uuid.uuid4()}"
    return organization, Reader(f"clerk-of-{organization[-4:]}", frozenset({organization}))


def batches(count: int = 10, size: int = 1000, rent: str = "412.34", **columns: str) -> Iterator[pa.RecordBatch]:
    """`count` dwellings as text, in batches of `size`."""
    for start in range(0, count, size):
        rows = range(start, min(count, start + size))
        data = {
            "dwelling": [f"W{n:06}" for n in rows],
            "street": ['Straße "des, Friedens"' if n % 2 else "Lindenweg" for n in rows],
            "rooms": [str(1 + n % 5) if n % 7 else None for n in rows],
            "floor": [str(n % 5) for n in rows],
            "vacant": ["t" if n % 10 == 0 else "f" for n in rows],
            "net_cold_rent": [rent for _ in rows],
            "tenancy_since": ["2019-03-01" if n % 10 else None for n in rows],
            **{name: [value for _ in rows] for name, value in columns.items()},
        }
        yield pa.RecordBatch.from_arrays([pa.array(v, pa.string()) for v in data.values()], names=list(data))
