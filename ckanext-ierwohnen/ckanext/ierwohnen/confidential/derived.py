"""Which sums of hidden leaves that shown cells make up break a rule: a search that misses none.

Of the leaves (rows) and shown cells (columns) of a table, B says which holds which. Every z = B y with 0 ≤ z ≤ 1 is the
sum of some leaves that whoever reads the table can reckon out. A set breaks

- the p %-rule or dominance, if for its largest owners w·z < 0 with w = x − (1 + p/100) x₁ − x₂, or k/100 · x − x₁ − x₂:
  one linear program finds whether any set does. Who the other owners are is branched on, the bound being the largest of
  those that are left, leaf by leaf;
- the minimum of contributors, if its leaves have few owners among them: around each leaf only those that share its
  owners can be in it, and z is orthogonal to every null vector of Bᵀ: mostly a small matrix tells that there is none;
- the minimum of records, likewise.

Rules are subadditive: of a set that breaks one, a part that shown cells make up by itself breaks it too.

Whoever is alone in a hidden leaf k knows it. To take it off a sum is no news: of a shown cell everybody takes the own
part off, and the rules speak about it as a whole. To add it is: a difference z = B y + q that has leaves less than
once, q ≥ 0 filling up those of the own. So each contributor has columns of its own in the programs, and a program for
many contributors at once bounds those of each: only where it comes out below zero they are looked at one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial

import numpy as np
from scipy import sparse
from scipy.linalg import qr, solve_triangular
from scipy.sparse.linalg import splu
from threadpoolctl import ThreadpoolController

from .limits import Limits
from .span import WHOLE, Span
from .suspects import Part, Reader, Readers

DENSE = 700  # leaves up to which all null vectors are reckoned
BEYOND = 12  # random null vectors more than leaves to be told apart
EXACT = 1e-7
PARTS = (1, 2, 3, 4, 6)  # a sum that is known by fractions of its leaves, in whole numbers
THREADS = ThreadpoolController()


@dataclass(frozen=True)
class _Rule:
    """w = share · x − first · x₁ − Σ x_r (so many `others`), x₁ the largest if they are in order."""

    share: float
    first: float
    others: int
    order: bool = True

    def weight(self, x: np.ndarray, part: np.ndarray, chosen: Sequence[int], left: Sequence[int]) -> np.ndarray:
        """float[leaves]: w, or less than it if not all owners are chosen; of those `left` the largest count."""
        more = self.others + 1 - len(chosen)
        top = part[:, list(left)]
        if more < top.shape[1]:
            top = np.partition(top, -more, axis=1)[:, -more:] if more else top[:, :0]
        second = part[:, list(chosen[1:])].sum(axis=1) + top.sum(axis=1)
        if more and self.share < 1 and self.order:  # the largest has at least its share of what they have together
            return self.share * x - (self.first + self.others / 2) * part[:, chosen[0]] - second / 2
        return self.share * x - self.first * part[:, chosen[0]] - second


@dataclass
class Search:
    """The sums of one block of leaves and shown cells that break a rule, and who can reckon them out.

    matrix: csc[leaves, shown cells].
    """

    matrix: sparse.csc_matrix
    readers: Readers
    limits: Limits = field(default_factory=Limits)
    found: dict[tuple[Part, int], None] = field(default_factory=dict)
    old: set[tuple[int, ...]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.n = self.matrix.shape[0]
        self.suspect = self.readers[0].suspect
        self.holdings, self.rules = self.suspect.holdings, self.suspect.rules
        self.span = Span(self.matrix, sorted({at for reader in self.readers for at in reader.rows}), self.limits)
        self.owned = self.suspect.owned
        self.owners = self.owned.sum(axis=1)
        self.first = self.readers[0]

    def run(self) -> list[tuple[Part, int]]:
        """New ones, each with the reader's number; empty if and only if there are none."""
        with THREADS.limit(limits=1, user_api="blas"):  # many small matrices: more threads would only wait
            self._concentrated()
            self._shared()
            self._small()
        return sorted(self.found)

    def _take(self, z: np.ndarray, reader: Reader) -> bool:
        """Keep the parts of z that break a rule; whether one of them is new."""
        new = False
        for part in self._parts(z, reader):
            if reader.suspect(part):
                if reader.have(part):
                    self.old.add(part[0])
                else:
                    self.found[part, self.readers.index(reader)], new = None, True
        return new

    def _broken(self, z: np.ndarray, reader: Reader) -> bool:
        """Whether z as a whole breaks a rule, so that a part of it does."""
        at = np.flatnonzero(z)
        return reader.suspect((tuple(at.tolist()), tuple(z[at].tolist())))

    def _one_by_one(self, readers: Readers) -> list[Readers]:
        """Readers apart, who have the last z together: by halves, whoever has it alone by itself."""
        needed = self.span.needed(readers)
        others = [reader for reader in readers if reader not in needed]
        if len(needed) == 1:
            return [needed, others]
        mixed = needed + others
        return [mixed[::2], mixed[1::2]]

    def _alone(self, readers: Readers) -> Reader | None:
        """Whoever has the last z by itself."""
        if len(readers) == 1:
            return readers[0]
        needed = self.span.needed(readers)
        return needed[0] if len(needed) == 1 else None

    def _parts(self, z: np.ndarray, reader: Reader) -> Iterator[Part]:
        """z as sums that have no part of their own, where it is whole."""
        left = np.rint(z)
        if np.abs(z - left).max() > WHOLE:
            for times in PARTS:
                if np.abs(times * z - np.rint(times * z)).max() < times * WHOLE:
                    at = np.flatnonzero(np.rint(times * z))
                    yield tuple(at.tolist()), tuple(np.rint(times * z)[at].astype(int).tolist())
                    return
            return
        own = np.zeros(self.n, bool)
        own[list(reader.rows)] = True
        rest = (left > 0) & ~own
        while rest.any():
            inside = rest | (own & (left > 0))
            piece = self.span.around(int(np.argmax(rest)), inside, (reader,)) if inside.sum() > 2 else inside
            some = inside if piece is None or np.abs(piece - np.rint(piece)).max() > WHOLE else np.rint(piece) > 0
            at = np.flatnonzero(some)
            yield tuple(at.tolist()), (1,) * len(at)
            rest = rest & ~some

    # the p %-rule and dominance

    def _concentrated(self) -> None:
        p, k, n = self.rules.p_percent / 100, self.rules.dominance_k / 100, self.rules.dominance_n
        near, dominated = _Rule(1.0, 1.0 + p, 1), _Rule(k, 1.0, n - 1)
        implied = n > 1 and p <= 1 - k  # X − x₁ − x₂ < p · x₁ ≤ (1 − k) · X: what breaks the p %-rule is dominated
        for amount, dense in zip(self.holdings.amounts, self.suspect.parts, strict=True):
            owners = range(dense.shape[1])
            for rule in (dominated,) if implied else (near, dominated):
                for owner in owners:
                    others = [reader for reader in self.readers if not reader.among((owner,))]
                    self._branch(rule, amount, dense, [owner], [i for i in owners if i != owner], others)
                for reader in self.readers:
                    self._with_reader(rule, amount, dense, reader)
            for reader in self.readers:
                for pool in reader.suspect.pools:  # who pool what they know, subtract what they have together
                    together = np.column_stack([dense, dense[:, list(pool)].sum(axis=1)])
                    for owner in (i for i in owners if i not in pool):
                        self._branch(near, amount, together, [owner, len(owners)], [], (reader,))

    def _with_reader(self, rule: _Rule, x, part, reader: Reader) -> None:
        """Sets in which the reader is among the largest owners itself."""
        owners = range(part.shape[1])
        for seat in reader.seats:
            others = [i for i in owners if i != seat]
            self._branch(replace(rule, order=False), x, part, [seat], others, (reader,))
            for owner in others if rule.first != 1 else ():
                self._branch(rule, x, part, [owner, seat], [], (reader,))

    def _branch(self, rule: _Rule, x, part, chosen: list[int], left: list[int], readers: Readers) -> None:
        """Sets in which `chosen` are the largest owners, the first the largest of all, and the rest among `left`."""
        if not readers:
            return
        ends = len(chosen) > rule.others or not left
        weight = rule.weight(x, part, chosen, [] if ends else left)
        if readers[0].among(chosen):  # it is asked what others have
            rows = list(readers[0].rows)
            weight[rows] = np.maximum(weight[rows], 0.0)
        z = self.span.lightest(weight, readers) if np.any(weight < 0) else None
        if z is None:
            return
        reader, apart = self._alone(readers), self._one_by_one(readers) if ends and len(readers) > 1 else []
        held = z @ part[:, left]
        if reader and (ends or self._broken(z, reader)) and self._take(z, reader):
            return
        for some in apart:
            self._branch(rule, x, part, chosen, left, some)
        if ends and not apart:
            self._beside(partial(self._lighter, weight, readers[0]), z, readers[0])
        if ends:
            return
        most = left[int(np.argmax(held if held.any() else part[:, left].sum(axis=0)))]
        rest = [i for i in left if i != most]
        others = [r for r in readers if r.among(chosen) or not r.among((most,))]
        self._branch(rule, x, part, [*chosen, most], rest, others)
        if len(chosen) + len(rest) > rule.others:  # or else whoever was left out only adds to it
            self._branch(rule, x, part, chosen, rest, readers)

    def _beside(self, again: Callable[[list[int]], np.ndarray | None], z: np.ndarray, reader: Reader) -> None:
        """Where sums come out that have a cell already: those that lack one leaf of each.

        again: the z that comes out without some leaves, if any does.
        """
        tried, left = {frozenset[int]()}, [(frozenset[int](), z)]
        while left:
            without, z = left.pop()
            known = next((leaves for leaves, _ in self._parts(z, reader) if leaves in self.old), ())
            for less in (without | {at} for at in known):
                other = again(sorted(less)) if less not in tried else None
                tried.add(less)
                if other is not None and not self._take(other, reader):
                    left.append((less, other))

    def _lighter(self, weight: np.ndarray, reader: Reader, without: list[int]) -> np.ndarray | None:
        """The z of least weight that lacks some leaves."""
        again = weight.copy()
        again[without] = float(np.abs(weight).sum()) + 1.0
        return self.span.lightest(again, (reader,))

    # few contributors

    def _shared(self) -> None:
        """Around each leaf with few owners, as many as any other of its set or more; readers by how they count."""
        most = self.rules.minimum_contributors - 1
        if most < 1:
            return
        for owned, readers in self._counted():
            self.owned, self.owners, self.first = owned, owned.sum(axis=1), readers[0]
            self._among_few(most, readers)

    def _counted(self) -> Iterator[tuple[np.ndarray, Readers]]:
        """Whose the leaves are (bool[leaves, contributors]), as readers count: a coalition is one towards itself."""
        apart = [reader for reader in self.readers if not reader.suspect.pools]
        if apart:
            yield self.suspect.owned, apart
        for pool in dict.fromkeys(pool for reader in self.readers for pool in reader.suspect.pools):
            owned = self.suspect.owned.copy()
            owned[:, pool[0]] = owned[:, list(pool)].any(axis=1)
            owned[:, list(pool[1:])] = False
            yield owned, [reader for reader in self.readers if pool in reader.suspect.pools]

    def _among_few(self, most: int, readers: Readers) -> None:
        low = max(most // 2, 1)
        few = self._reachable(self.owners <= low, readers)
        groups: dict[tuple[int, ...], list[int]] = {}
        for at in np.flatnonzero(self.owners <= most):
            if self.owners[at] > low or few[at]:
                groups.setdefault(tuple(np.flatnonzero(self.owned[at]).tolist()), []).append(int(at))
        for owners, leaves in sorted(groups.items()):
            inside = (few if len(owners) <= low else self.owners <= most) & (self.owners <= len(owners))
            self._around(leaves, owners, inside, most, readers)

    def _around(self, leaves: Collection[int], owners: Sequence[int], inside, most: int, readers: Readers) -> None:
        """Sets that hold one of the leaves, and otherwise leaves `inside` that share owners with it."""
        beyond = np.ones(self.owned.shape[1], bool)
        beyond[list(owners)] = False
        near = np.flatnonzero(inside & (self.owned[:, beyond].sum(axis=1) + len(owners) <= most))
        for at in self._dependent(leaves, near, readers):
            mask = np.zeros(self.n, bool)
            mask[near] = mask[at] = True
            others = [reader for reader in readers if at not in reader.rows]
            z = self.span.around(at, mask, others) if others else None
            if z is None:
                continue
            reader, often = self._alone(others), self.owned[z > 0].sum(axis=0) * beyond
            broken = self._broken(z, self.first) or not often.any()
            apart = self._one_by_one(others) if len(others) > 1 and (len(owners) >= most or broken) else []
            if reader and self._take(z, reader):
                continue
            for some in apart:
                self._around([at], owners, inside, most, some)
            if apart:
                continue
            if len(others) == 1:
                self._beside(partial(self._smaller, at, mask, others[0], None), z, others[0])
            if len(owners) < most and broken:
                for owner in np.flatnonzero(beyond & self.owned[near].any(axis=0)):
                    self._around([at], [*owners, int(owner)], mask, most, others)
            elif len(owners) < most:  # one of the other owners of z is in the set, or none of its leaves
                another = int(np.argmax(often))
                self._around([at], [*owners, another], mask, most, others)
                self._around([at], owners, mask & ~self.owned[:, another], most, others)

    def _smaller(self, at: int, mask: np.ndarray, reader: Reader, size, without: list[int]) -> np.ndarray | None:
        """The smallest z around a leaf that lacks some others."""
        less = mask.copy()
        less[without] = False
        return self.span.around(at, less, (reader,), size) if less[at] else None

    def _dependent(self, leaves: Collection[int], near: np.ndarray, readers: Readers) -> list[int]:
        """Those of the leaves that a sum of leaves `near`, themselves among them, may hold.

        Σ zᵢ nᵢ = 0 for such a sum, nᵢ the leaf's entries in the null vectors: one triangle tells it of all leaves.
        """
        if not len(near):
            return []
        self.limits.check("sums")
        near = np.union1d(near, [at for reader in readers for at in reader.rows]).astype(int)
        triangle, order = qr(self._null(len(near))[near].T, mode="r", pivoting=True, check_finite=False)
        size = np.abs(np.diag(triangle))
        rank = int(np.count_nonzero(size > EXACT * size.max(initial=1.0)))
        if rank == len(near):
            return []
        made = solve_triangular(triangle[:rank, :rank], triangle[:rank, rank:], check_finite=False)
        held = np.ones(len(near), bool)
        held[:rank] = np.abs(made).max(axis=1, initial=0.0) > EXACT
        return sorted(set(leaves) & set(near[order[held]].tolist()))

    def _null(self, leaves: int) -> np.ndarray:
        """float[n, k]: null vectors of Bᵀ, all of them or so many that they tell the leaves apart."""
        if self.n <= DENSE:
            return self._all_null
        while self._some_null.shape[1] < leaves + BEYOND:
            self._some_null = np.concatenate([self._some_null, self._drawn(max(leaves + BEYOND, 200))], axis=1)
        return self._some_null[:, : leaves + BEYOND]

    @cached_property
    def _all_null(self) -> np.ndarray:
        q, r, _ = qr(self.matrix.toarray(), pivoting=True)
        size = np.abs(np.diag(r))
        return np.asarray(q)[:, int(np.count_nonzero(size > 1e-9 * max(float(size.max(initial=0.0)), 1.0))) :]

    @cached_property
    def _some_null(self) -> np.ndarray:
        return np.empty((self.n, 0))

    @cached_property
    def _factor(self):
        groups = self.matrix.shape[1]
        blocks = [[sparse.identity(self.n), self.matrix], [self.matrix.T, -1e-9 * sparse.identity(groups)]]
        return splu(sparse.bmat(blocks).tocsc())

    def _drawn(self, number: int) -> np.ndarray:
        """Random vectors less what B makes up of them; the same on each run."""
        draw = np.random.default_rng(self._some_null.shape[1]).standard_normal((self.n, number))
        for _ in range(2):
            draw = self._factor.solve(np.concatenate([draw, np.zeros((self.matrix.shape[1], number))]))[: self.n]
        return draw

    def _reachable(self, inside: np.ndarray, readers: Readers) -> np.ndarray:
        """bool[n]: which of the leaves `inside` are in any sum of such leaves alone."""
        found = np.zeros(self.n, bool)
        while inside.any():
            weight = np.where(inside & ~found, -1.0, np.where(inside, 0.0, 2.0 * self.n))
            z = self.span.lightest(weight, readers)
            if z is None or not np.any((z > WHOLE) & ~found):
                break
            found |= z > WHOLE
        return found

    # few records

    def _small(self) -> None:
        least = self.rules.minimum_records
        if least <= self.rules.minimum_contributors:
            return  # who are fewer than so many contributors, are found already
        for reader in self.readers:
            small = self._reachable(self.holdings.records < least, (reader,))
            for at in np.flatnonzero(small):
                again = partial(self._fewest, int(at), small, reader)
                z = again([])
                if z is not None and not self._take(z, reader):
                    self._beside(again, z, reader)

    def _fewest(self, at: int, inside: np.ndarray, reader: Reader, without: list[int]) -> np.ndarray | None:
        """The z of fewest records around a leaf that lacks some others, if they are too few."""
        z = self._smaller(at, inside, reader, self.holdings.records, without)
        return z if z is not None and z @ self.holdings.records < self.rules.minimum_records - EXACT else None
