"""What somebody does not know about companies' stock: a number for each company, place, category and measure, one and
the same where the same dwellings stand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations, product

import pandas as pd

from ckanext.ierwohnen.confidential.tests.published import Record

COUNT, MEASURES = "count", ("count", "rent", "area")
VACANT = "vacant"
Leaf = tuple[str, ...]


@dataclass(frozen=True)
class Delivery:
    """What a company delivered: leaf → its records, and (leaf, measure) → the unknown."""

    homes: pd.DataFrame
    rows: Mapping[Leaf, list[Record]]
    numbers: Mapping[tuple[Leaf, str], int]


@dataclass
class Unknowns:
    """Everything that could be asked about the companies' stock, and what of it is one and the same.

    categories: of each column that some table used; quarters come first, vacancy second
    """

    categories: Mapping[str, Sequence[str]]
    numbers: dict[tuple, int] = field(default_factory=dict)
    true: list[int] = field(default_factory=list)
    owner: list[str] = field(default_factory=list)
    measure: list[str] = field(default_factory=list)
    same: list[dict[int, float]] = field(default_factory=list)
    _of: dict[int, Delivery] = field(default_factory=dict)
    _groups: dict[tuple, dict[int, float]] = field(default_factory=dict)

    @cached_property
    def leaves(self) -> tuple[Leaf, ...]:
        return tuple(product(*(self.categories[c] for c in self.columns)))

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(self.categories)

    def of(self, homes: pd.DataFrame) -> Delivery:
        """One delivery."""
        if id(homes) not in self._of:
            self._of[id(homes)] = self._read(homes)
        return self._of[id(homes)]

    def _read(self, homes: pd.DataFrame) -> Delivery:
        owner = str(homes["owner"].iat[0])
        rows: dict[Leaf, list[Record]] = {leaf: [] for leaf in self.leaves}
        for record in records(homes, self.columns):
            rows[record.leaf].append(record)
        found = {}
        for leaf, mine in rows.items():
            for measure in MEASURES if leaf[1] != VACANT else (COUNT,):
                content = frozenset(r.content(measure) for r in mine)
                key = (owner, measure, content or leaf)
                if key not in self.numbers:
                    self.numbers[key] = len(self.true)
                    self.true.append(sum(r.amount[measure] for r in mine))
                    self.owner.append(owner)
                    self.measure.append(measure)
                found[leaf, measure] = self.numbers[key]
        self._tie(owner, rows, found)
        return Delivery(homes, rows, found)

    def _tie(self, owner: str, rows: Mapping[Leaf, list[Record]], found: Mapping) -> None:
        """Sums of leaves in which the same dwellings stand as in an earlier delivery."""
        others = range(1, len(self.columns))
        for size in range(len(self.columns)):
            for left in combinations(others, size):
                kept = [0, *(c for c in others if c not in left)]
                for measure in MEASURES if left else ():
                    groups: dict[tuple[str, ...], list[Leaf]] = {}
                    for leaf in rows:
                        if (leaf, measure) in found:
                            groups.setdefault(tuple(leaf[c] for c in kept), []).append(leaf)
                    for place, leaves in groups.items():
                        content = frozenset((r.name, r.amount[measure]) for leaf in leaves for r in rows[leaf])
                        row = summed(found[leaf, measure] for leaf in leaves)
                        before = self._groups.setdefault((owner, measure, tuple(kept), place, content), row)
                        if before != row:
                            both = {n: row.get(n, 0.0) - before.get(n, 0.0) for n in {*row, *before}}
                            self.same.append({n: x for n, x in both.items() if x})


def records(homes: pd.DataFrame, columns: Sequence[str]) -> list[Record]:
    """The dwellings of a delivery; rents in cents, floor areas in tenths of a square metre."""
    cents = (homes["rent"] * 100).round().astype(int)
    tenths = (homes["area"] * 10).round().astype(int)
    rows = zip(homes[list(columns)].itertuples(index=False, name=None), homes["owner"], homes["house"], cents, tenths,
               strict=True)  # fmt: skip
    return [Record(tuple(leaf), o, {COUNT: 1, "rent": r, "area": a}, h) for leaf, o, h, r, a in rows]


def summed(numbers: Iterable[int]) -> dict[int, float]:
    found: dict[int, float] = {}
    for n in numbers:
        found[n] = found.get(n, 0.0) + 1.0
    return found
