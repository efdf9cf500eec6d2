"""Who reads the shown cells of a table, and whether a sum of hidden leaves may break a rule."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from .cuts import Holdings
from .parameters import Parameters

Part = tuple[tuple[int, ...], tuple[int, ...]]  # leaves, and how many times each is added up


@dataclass(frozen=True)
class Suspect:
    """Whether a sum of leaves may break a rule; consents are not asked.

    pools: contributors of declared coalitions. rows: leaves that contributors `seats` know by themselves: these leaves
    make nobody large in a sum.
    """

    holdings: Holdings
    rules: Parameters
    pools: tuple[tuple[int, ...], ...] = ()
    rows: tuple[int, ...] = ()
    seats: tuple[int, ...] = ()

    def __call__(self, part: tuple[Sequence[int], Sequence[float]]) -> bool:
        """Whether these leaves, so many times each, may."""
        h, rules = self.holdings, self.rules
        mine, times = list(part[0]), np.array(part[1], float)
        if h.records[mine].sum() < rules.minimum_records:
            return True
        if self._few(mine):
            return True
        own = np.isin(mine, self.rows)
        others = np.setdiff1d(np.arange(self.owned.shape[1]), self.seats)
        for amount, parts in zip(h.amounts, self.parts, strict=True):
            total, by = float(times @ amount[mine]), times @ parts[mine]
            if self._concentrated(total, by[others]):
                return True
            if self.seats:
                left = times * ~own
                if self._concentrated(float(left @ amount[mine]), left @ parts[mine]):
                    return True
            for pool in self.pools:
                left_over, other = total - by[list(pool)].sum(), float(np.delete(by, pool).max(initial=0.0))
                if left_over - other < rules.p_percent / 100 * other + 1e-9 * max(total, 1.0):
                    return True
        return False

    def _few(self, mine: list[int]) -> bool:
        """Whether too few contributors have these leaves: a coalition is one towards itself."""
        there = set(np.flatnonzero(self.owned[mine].sum(axis=0)).tolist())
        others = [len(there.difference(pool)) for pool in self.pools]
        return min([len(there), *(1 + n for n in others if n)]) < self.rules.minimum_contributors

    def _concentrated(self, total: float, by: np.ndarray) -> bool:
        """Whether so much, by contributors, breaks the p %-rule or dominance."""
        rules, x = self.rules, np.sort(by)[::-1]
        first, second = float(x[0]) if len(x) else 0.0, float(x[1]) if len(x) > 1 else 0.0
        small = 1e-9 * max(total, 1.0)
        if total - first - second < rules.p_percent / 100 * first + small:
            return True
        return float(x[: rules.dominance_n].sum()) > rules.dominance_k / 100 * total - small

    @cached_property
    def owned(self) -> np.ndarray:
        """bool[leaves, contributors]: who has records where."""
        return self.holdings.held.toarray() > 0

    @cached_property
    def parts(self) -> tuple[np.ndarray, ...]:
        """float[leaves, contributors] for each value column."""
        return tuple(p.toarray() for p in self.holdings.parts)


@dataclass(frozen=True)
class Reader:
    """Who reads the shown cells: everybody, or contributors who know some leaves by themselves.

    have: (leaves, times) → whether a cell of its own stands for it already.
    """

    suspect: Suspect
    have: Callable[[Part], bool]

    @property
    def rows(self) -> tuple[int, ...]:
        """Leaves that the reader knows."""
        return self.suspect.rows

    @property
    def seats(self) -> tuple[int, ...]:
        """The contributors who read."""
        return self.suspect.seats

    def among(self, owners: Collection[int]) -> bool:
        """Whether one of the owners is the reader."""
        return not set(self.seats).isdisjoint(owners)


Readers = Sequence[Reader]
