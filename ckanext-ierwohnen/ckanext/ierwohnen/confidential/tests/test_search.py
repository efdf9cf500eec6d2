"""The search of sums that break a rule, in small tables beside trying every set of hidden cells."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse
from scipy.linalg import null_space
from scipy.optimize import linprog

from ckanext.ierwohnen.confidential.cuts import Holdings
from ckanext.ierwohnen.confidential.derived import Search
from ckanext.ierwohnen.confidential.parameters import Parameters
from ckanext.ierwohnen.confidential.suspects import Reader, Suspect

from .cases import seeds

NONE = {"minimum_records": 1, "minimum_contributors": 1, "p_percent": 0.0, "dominance_k": 100}
RULES = {
    "dominance": {**NONE, "dominance_k": 80},
    "dominance of one": {**NONE, "dominance_n": 1, "dominance_k": 60},
    "p": {**NONE, "p_percent": 60, "dominance_k": 85},
    "contributors": {**NONE, "minimum_contributors": 4},
    "records": {**NONE, "minimum_records": 9},
    "usual": {},
}


class _Part:
    """Some hidden cells of a table with two dimensions, totals that are shown, and who is alone in which cell.

    z: bool[sets, cells], every set of cells; known: {contributors: cells that nobody else is in}; pools: coalitions
    among those who read what everybody is asked; totals are shown as
    long as everybody can reckon out nothing that breaks a rule. public: all totals are shown, everybody is asked.
    """

    def __init__(self, seed: int, rules: Parameters, public: bool = False) -> None:
        rng = np.random.default_rng(seed)
        n, owners, wide = int(rng.integers(4, 8)), int(rng.integers(4, 9)), int(rng.integers(2, 4))
        row, column = np.divmod(np.sort(rng.permutation(4 * wide)[:n]), wide)
        lines = [*(row == i for i in range(4)), *(column == i for i in range(wide)), row < 2, row >= 0]
        self.rules, self.pools = rules, ()
        self.records = rng.integers(0, 4, (n, owners)) * (rng.random((n, owners)) < rng.choice([0.3, 0.6]))
        self.records[np.arange(n), rng.integers(0, owners, n)] += 1
        pools = [(o,) for o in range(owners)] + [(0, 1)] * (owners * (seed % 2))
        for at in rng.permutation(n)[: int(rng.integers(1, n))]:
            pool = pools[int(rng.integers(len(pools)))]
            self.records[at] = 0
            self.records[at, pool] = rng.integers(1, 4, len(pool))
        self.parts = self.records * np.rint(rng.lognormal(2, 1, (n, owners)) + 1)
        alone = {pool: ~np.delete(self.records, pool, axis=1).any(axis=1) for pool in pools}
        self.known = {pool: tuple(np.flatnonzero(mine).tolist()) for pool, mine in alone.items() if mine.any()}
        self.z = (np.arange(1, 2**n)[:, None] >> np.arange(n) & 1).astype(bool)
        if public:
            self.pools = ((0, 1), (1, 2, 3)) if seed % 2 else ()
            self.known, self.shown = {(): ()}, np.array([some for some in lines if some.any()], float)
            return
        self.shown = np.empty((0, n))
        for i in rng.permutation(len(lines)):
            more = np.vstack([self.shown, lines[i].astype(float)])
            if lines[i].any() and not (_told(more, self.z) & self.breaking((), ())).any():
                self.shown = more

    def breaking(self, seats, rows, slack: float = -1e-9) -> np.ndarray:
        """bool[sets]: which break a rule towards these contributors, who know some cells by themselves.

        slack: how far from breaking one, as a share.
        """
        rules, other = self.rules, np.delete(np.arange(self.parts.shape[1]), seats)
        there = self.z @ self.records > 0
        few = there.sum(axis=1) < rules.minimum_contributors
        found = (self.z @ self.records.sum(axis=1) < rules.minimum_records) | few
        whole, left = self.z @ self.parts, (self.z & ~np.isin(np.arange(self.z.shape[1]), rows)) @ self.parts
        found |= self._large(whole.sum(axis=1), whole[:, other], slack)
        if seats:  # among the largest in what is left
            order = np.argsort(-left, axis=1, kind="stable")[:, : max(rules.dominance_n, 1)]
            found |= self._large(left.sum(axis=1), left, slack) & ((slack > 0) | np.isin(order, seats).any(axis=1))
        for pool in self._pools(seats):
            others = np.delete(there, pool, axis=1).sum(axis=1)
            found |= (others > 0) & (1 + others < rules.minimum_contributors)
            rest, most = (f(np.delete(whole, pool, axis=1), axis=1) for f in (np.sum, np.max))
            found |= rest - most < rules.p_percent / 100 * most + slack * np.maximum(whole.sum(axis=1), 1)
        return found

    def _pools(self, seats: tuple[int, ...]) -> tuple[tuple[int, ...], ...]:
        return (seats,) if len(seats) > 1 else () if seats else self.pools

    def _large(self, total, by, slack: float) -> np.ndarray:
        x, small = -np.sort(-by, axis=1), slack * np.maximum(total, 1)
        near = total - x[:, :2].sum(axis=1) < self.rules.p_percent / 100 * x[:, 0] + small
        return near | (x[:, : self.rules.dominance_n].sum(axis=1) > self.rules.dominance_k / 100 * total - small)

    def news(self, seats, rows) -> list[set[int]]:
        """Sets that break a rule, and that need own cells added to what everybody can reckon out."""
        off = np.setdiff1d(np.arange(self.z.shape[1]), rows)
        public = {tuple(z) for z in self.z[_told(self.shown, self.z)][:, off].tolist()}
        maybe = self.breaking(seats, rows) & _told(self.shown[:, off], self.z[:, off]) & self.z[:, off].any(axis=1)
        some = [z for z in self.z[maybe] if tuple(z[off].tolist()) not in public]
        wide = np.hstack([self.shown.T, np.eye(self.z.shape[1])[:, list(rows)]])
        bounds = [(None, None)] * len(self.shown) + [(0, None)] * len(rows)
        made = [z for z in some if linprog(np.zeros(len(bounds)), A_eq=wide, b_eq=z, bounds=bounds).status == 0]
        return [set(np.flatnonzero(z).tolist()) for z in made]

    def found(self) -> list[tuple[tuple[int, ...], set[int]]]:
        """(who, cells) of all that the search finds, again and again until there is nothing new."""
        have: set = set()
        while True:
            readers = self._readers(have)
            new = {(readers[i].seats, part) for part, i in Search(sparse.csc_matrix(self.shown.T), readers).run()}
            assert not new & have
            if not new:
                return [(seats, set(leaves)) for seats, (leaves, times) in have if set(times) == {1}]
            have |= new

    def _readers(self, have) -> list[Reader]:
        held, parts = sparse.csr_matrix(self.records.astype(float)), sparse.csr_matrix(self.parts)
        holdings = Holdings(self.records.sum(axis=1).astype(float), held, (self.parts.sum(axis=1),), (parts,))
        return [
            Reader(
                Suspect(holdings, self.rules, self._pools(seats), rows, seats),
                lambda part, seats=seats: (seats, part) in have or len(part[0]) <= (not seats),  # leaves are cells
            )
            for seats, rows in self.known.items()
        ]


def _told(sums: np.ndarray, z: np.ndarray) -> np.ndarray:
    """bool[sets]: which follow from these sums."""
    return np.abs(z @ null_space(sums) if len(sums) else z).max(axis=1, initial=0.0) < 1e-9


@pytest.mark.parametrize("name", sorted(RULES))
def test_every_set_that_somebody_reckons_out_with_cells_of_its_own_has_one_inside_that_is_found(name):
    judged = 0
    for seed in seeds(0, 30):
        part = _Part(seed, Parameters(**RULES[name]))
        found = part.found()
        for seats, rows in part.known.items():
            news = part.news(seats, rows)
            judged += len(news)
            assert [z for z in news if not any(whom == seats and some <= z for whom, some in found)] == [], seed
            right = _told(np.delete(part.shown, rows, axis=1), np.delete(part.z, rows, axis=1))
            right &= part.breaking(seats, rows, 1e-9)
            assert all(right[sum(2**at for at in some) - 1] for whom, some in found if whom == seats), seed
    assert judged


@pytest.mark.parametrize("name", sorted(RULES))
def test_sets_that_everybody_reckons_out_are_found_all_but_those_that_are_made_of_others(name):
    judged = 0
    for seed in seeds(258, 10):
        part = _Part(seed, Parameters(**RULES[name]), public=True)
        told = _told(part.shown, part.z)
        every = [set(np.flatnonzero(z).tolist()) for z in part.z[told]]
        bad = [some for some, is_bad in zip(every, part.breaking((), ())[told], strict=True) if is_bad]
        least = [some for some in bad if len(some) > 1 and not any(other < some for other in every)]
        found = [some for _, some in part.found()]
        assert [some for some in least if some not in found] == [], seed
        judged += len(least)
    assert judged
