"""Sums of hidden cells that follow exactly from shown ones.

A total less the cells shown beside it is the sum of the hidden ones: whoever can add and subtract knows it, so it is a
figure like any other, and the rules speak about it. What each shown cell holds beyond other shown ones (`blocks.py`) is
looked at first; where that keeps the rules, the complete search of `derived.py` says whether any other sum does not.

Everything is read from the pattern: suppression and audit ask alike.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from .blocks import Set, alike, blocks, by_number, reduced
from .cuts import Holdings
from .derived import Search
from .limits import Limits
from .microdata import COUNT
from .model import Attacker, UnionModel
from .parameters import Parameters
from .suspects import Part, Reader, Suspect
from .tabulate import Table, Tabulation

Content = tuple[tuple[int, int], ...]
NAMED = 6  # leaves of a sum that reports list


@dataclass(frozen=True)
class Ground:
    """One measure of a table so fine that the tables shown of its delivery add up its leaves.

    column: the measure's column in `cells`; cell: int[rows of cells], variable of the model; who: int[contributors of
    the delivery], contributor of the model; unit: value of one step.
    """

    table: Table
    cells: Tabulation
    column: int
    cell: np.ndarray
    who: np.ndarray
    unit: float

    def moved(self, place: np.ndarray, seat: np.ndarray) -> Ground:
        """With variables and contributors in another order."""
        return replace(self, cell=place[self.cell], who=seat[self.who])

    def leaves(self, shown: np.ndarray) -> np.ndarray:
        """int[leaves]: rows of the leaves that are not shown, in the model's order."""
        leaf = np.ones(len(self.cell), bool)
        for i, d in enumerate(self.table.dimensions):
            leaf &= d.hierarchy.is_leaf[self.cells.codes[:, i]]
        rows = np.flatnonzero(leaf & ~shown[self.cell])
        return rows[np.argsort(self.cell[rows], kind="stable")]

    def shown_sums(self, leaves: np.ndarray, shown: np.ndarray) -> list[tuple[int, ...]]:
        """Which of the leaves each shown cell holds, each set once, in order."""
        number, key = np.arange(len(leaves)), np.zeros(len(leaves), np.int64)
        for i, d in enumerate(self.table.dimensions):
            above = [list(d.hierarchy.ancestors(c)) for c in range(len(d.hierarchy.codes))]
            code = self.cells.codes[leaves[number], i]
            length = np.array([len(a) for a in above])[code]
            number = np.repeat(number, length)
            key = np.repeat(key, length) * len(above) + np.array([a for c in code for a in above[c]], np.int64)
        row = np.searchsorted(self.cells.key, key)
        seen = shown[self.cell[row]]
        return sorted(sets_of(row[seen], number[seen]))

    def holdings(self, leaves: np.ndarray, counts: bool) -> Holdings:
        """What the leaves hold, contributors in the model's order; counts: they are values as well."""
        found = Holdings.of(self.cells, leaves, self.table.measures, counts)
        order = np.argsort(self.who[: found.held.shape[1]], kind="stable")
        number = [k for k, m in enumerate(self.table.measures) if counts or m != COUNT]
        mine = [number.index(self.column)] if self.column in number else []
        amounts, parts = (tuple(x[i] for i in mine) for x in (found.amounts, found.parts))
        return Holdings(found.records, found.held[:, order], amounts, tuple(p[:, order] for p in parts))

    def owners(self, rows: np.ndarray) -> np.ndarray:
        """Contributors of the delivery that some rows hold."""
        return np.unique(self.cells.part_contributor[np.isin(self.cells.part_cell, rows)])

    def named(self, rows: np.ndarray, times: Sequence[int]) -> dict[str, str]:
        """A sum in words: {"quarter": "Q1 + Q2"}, {"quarter × year": "Q1/2024 + 2 · Q2/2025"}."""
        columns = [(d.column, np.array(d.hierarchy.codes, object)) for d in self.table.dimensions]
        places = [zip(columns, self.cells.codes[r], strict=True) for r in rows]
        found = sorted(("/".join(n[c] for (_, n), c in place), k) for place, k in zip(places, times, strict=True))
        terms = [name if k == 1 else f"{k} · {name}" for name, k in found]
        more = f" + … ({len(terms)})" if len(terms) > NAMED else ""
        return {" × ".join(c for c, _ in columns): " + ".join(terms[:NAMED]) + more}


def sets_of(row: np.ndarray, number: np.ndarray) -> set[tuple[int, ...]]:
    """The numbers of each row, ascending; each set once."""
    order = np.lexsort((number, row))
    row, number = row[order], number[order]
    blocks = np.split(number, np.flatnonzero(np.diff(row)) + 1) if len(row) else []
    return {tuple(block.tolist()) for block in blocks}


@dataclass(frozen=True)
class Sum:
    """Leaves of a ground (rows), so many times each, whose sum follows from shown cells."""

    ground: Ground
    rows: np.ndarray
    times: tuple[int, ...]

    @property
    def content(self) -> Content:
        """The model's cells that it adds up, and how often."""
        return tuple(sorted(zip(self.ground.cell[self.rows].tolist(), self.times, strict=True)))

    def imprint(self, model: UnionModel) -> int:
        """What tells its records apart from those of other cells of the measure."""
        with np.errstate(over="ignore"):
            return int((model.imprint[self.ground.cell[self.rows]] * np.array(self.times, np.uint64)).sum())


Members = tuple[int, ...]  # contributors of the model who pool what they know
Whom = Members | None  # None: everybody who reads the table
Searched = set[tuple]  # (leaves, measure, sums, for whom): blocks in which there was nothing new, and for whom


def with_open_sums(
    model: UnionModel, hidden: np.ndarray, parameters: Parameters, limits: Limits | None = None,
    searched: Searched | None = None, attackers: Sequence[Attacker] | None = None,
) -> UnionModel:  # fmt: skip
    """The model with a cell of its own for sums of hidden cells that a reader of the pattern can reckon out, and that
    may break a rule; the model itself if and only if none lacks one. `hidden`: bool[n]. `searched`: what was searched
    for this model before, with fewer sums, by the same rules; it grows. `attackers`: those who know their own part; all
    by default. Raises `LimitError`."""
    searched = set() if searched is None else searched
    attackers = model.attackers(parameters.coalitions) if attackers is None else attackers
    looks = []
    for audience in model.audiences.watching(model.audience):
        shown = model.known[audience] | (model.asked & ~hidden)
        mine = [a for a in attackers if a.members and a.audience == audience]
        looks += [_Look.at(g, shown, mine, model, parameters, limits or Limits(), searched) for g in model.grounds]
    for search in (_Look.told_to_all, _Look.told_to_insiders):  # the second once the first has nothing more
        found: dict[Content, Sum] = {}
        whom: dict[Content, set[Whom]] = {}
        for look in looks:
            for some, who in search(look):
                found.setdefault(some.content, some)
                whom.setdefault(some.content, set()).add(who)
        if found:
            order = sorted(found)
            return _extended(model, [found[c] for c in order], [whom[c] for c in order])
    return model


@dataclass(frozen=True)
class _Piece:
    """Leaves that hang together: groups that no sum tells apart (int[·] each), which of them each sum holds
    (csc[groups, sums]; by position)."""

    groups: list[np.ndarray]
    matrix: sparse.csc_matrix
    inside: list[Set]

    def told_apart(self, known: np.ndarray) -> _Piece:
        """The same with each leaf that somebody knows (bool[leaves of the table]) a group of its own."""
        groups, came = [], []
        for i, group in enumerate(self.groups):
            mine = [group[~known[group]], *(np.array([leaf]) for leaf in group[known[group]])]
            mine = [some for some in mine if len(some)]
            groups += mine
            came += [i] * len(mine)
        return _Piece(groups, self.matrix.tocsr()[came].tocsc(), self.inside)

    def rows(self, known: np.ndarray) -> tuple[int, ...]:
        """Groups of leaves that somebody knows."""
        return tuple(i for i, group in enumerate(self.groups) if known[group].all())


def _pieces(sets: Sequence[Set], leaves: int) -> Iterator[_Piece]:
    """What sums hold of so many leaves, made small and taken apart."""
    if not sets:
        return
    atom = alike(sets, leaves)
    small = reduced([tuple(sorted({int(a) for a in atom[list(s)]})) for s in sets])
    within = by_number(atom)
    for some, matrix, inside in blocks(small, len(within)):
        yield _Piece([within[a] for a in some], matrix, inside)


@dataclass(frozen=True)
class _Look:
    """A search for the sums of one ground that a reader, or a contributor, can reckon out."""

    ground: Ground
    leaves: np.ndarray
    pieces: list[_Piece]
    insiders: Sequence[Attacker]
    model: UnionModel
    parameters: Parameters
    limits: Limits
    searched: Searched

    @classmethod
    def at(cls, ground: Ground, shown: np.ndarray, *given) -> _Look:
        """`shown`: bool[n], what the readers see."""
        leaves = ground.leaves(shown)
        pieces = _pieces(ground.shown_sums(leaves, shown) if len(leaves) else [], len(leaves))
        return cls(ground, leaves, list(pieces), *given)

    def told_to_all(self) -> Iterator[tuple[Sum, Whom]]:
        """Sums that every reader can reckon out and that lack a cell."""
        for piece in self.pieces:
            yield from self._within(piece, {None: ()})

    def told_to_insiders(self) -> Iterator[tuple[Sum, Whom]]:
        """The same for each contributor and coalition, and who it is.

        Whoever is alone in a hidden leaf knows it, and can add it to any difference.
        """
        cell = self.ground.cell[self.leaves]
        known = {a.members: np.isin(cell, self.model.alone(a)) for a in self.insiders if self.pieces}
        known = {whom: mine for whom, mine in known.items() if mine.any()}
        if not known:
            return
        anybody = np.logical_or.reduce(list(known.values()))
        for piece in (p.told_apart(anybody) for p in self.pieces if len(p.groups) > 1):
            rows = {whom: piece.rows(mine) for whom, mine in known.items()}
            yield from self._within(piece, {whom: mine for whom, mine in rows.items() if mine})

    def _within(self, piece: _Piece, known: dict[Whom, tuple[int, ...]]) -> Iterator[tuple[Sum, Whom]]:
        """Sums that lack a cell, for whoever knows some groups of the piece."""
        every = np.concatenate(piece.groups)
        block = (self.ground.cell[self.leaves[every]].tobytes(), self.ground.column, tuple(piece.inside),
                 tuple(len(g) for g in piece.groups), tuple(known.items()))  # fmt: skip
        if not known or block in self.searched:
            return
        readers = self._readers(piece, every, known)
        suspect, have = readers[0].suspect, readers[0].have
        found: list[tuple[Part, int]] = []
        if any(suspect(((a,), (1,))) for a in range(len(piece.groups))):
            quick = ((s, (1,) * len(s)) for s in piece.inside) if None in known else ()
            found = [(q, 0) for q in quick if suspect(q) and not have(q)]
            found = found or Search(piece.matrix, readers, self.limits).run()
        if not found:
            self.searched.add(block)
        whom = list(known)
        yield from ((self._sum(piece, part), whom[i]) for part, i in found)

    def _readers(self, piece: _Piece, every: np.ndarray, known: dict[Whom, tuple[int, ...]]) -> list[Reader]:
        holdings = self._holdings
        group = np.repeat(np.arange(len(piece.groups)), [len(g) for g in piece.groups])
        mine, owners = holdings.among(every).together(group), holdings.owners(every)
        who = np.sort(self.ground.who[: holdings.held.shape[1]])[owners].tolist()
        place = {contributor: i for i, contributor in enumerate(who)}
        number = {name: i for i, name in enumerate(self.model.contributors)}
        pools = [tuple(sorted({number[m] for m in c if m in number})) for c in self.parameters.coalitions]
        readers = []
        for whom, rows in known.items():
            seats = [tuple(place[m] for m in pool if m in place) for pool in pools if whom in (None, pool)]
            here = tuple(place[m] for m in whom or () if m in place)
            suspect = Suspect(mine, self.parameters, tuple(some for some in seats if len(some) > 1), rows, here)
            readers.append(Reader(suspect, partial(self._has, piece, whom)))
        return readers

    def _sum(self, piece: _Piece, part: Part) -> Sum:
        rows = [self.leaves[piece.groups[a]] for a in part[0]]
        times = np.repeat(part[1], [len(r) for r in rows])
        return Sum(self.ground, np.concatenate(rows), tuple(times.tolist()))

    def _has(self, piece: _Piece, whom: Whom, part: Part) -> bool:
        """Whether a cell of its own stands for a sum already, towards this reader."""
        some = self._sum(piece, part)
        had = self.model.sums.get(some.content, frozenset())
        return None in had or whom in had or some.imprint(self.model) in self._judged(whom)

    def _judged(self, whom: Whom) -> set[int]:
        """Imprints of the measure's cells about which the rules speak, towards this reader."""
        if whom not in self._imprints:
            model = self.model
            there = model.ruled & (model.about == model.about[self.ground.cell[0]])
            there[[c for c, some in model.narrow.items() if whom not in some]] = False
            self._imprints[whom] = set(model.imprint[there].tolist())
        return self._imprints[whom]

    @cached_property
    def _holdings(self) -> Holdings:
        return self.ground.holdings(self.leaves, self.parameters.counts_as_values)

    @cached_property
    def _imprints(self) -> dict[Whom, set[int]]:
        return {}


def _extended(model: UnionModel, sums: Sequence[Sum], whom: Sequence[set[Whom]]) -> UnionModel:
    """The model with a variable and an equation for each sum, ruled towards those who can reckon it out, listed
    nowhere."""
    n, k = len(model), len(sums)
    told = {s.content: model.sums.get(s.content, frozenset()) | who for s, who in zip(sums, whom, strict=True)}
    number = np.repeat(np.arange(k), [len(s.rows) for s in sums])
    member = np.concatenate([s.ground.cell[s.rows] for s in sums])
    times = np.concatenate([s.times for s in sums])
    once = sparse.csr_matrix((np.ones(len(number)), (number, member)), (k, n))
    chosen = sparse.csr_matrix((times.astype(float), (number, member)), (k, n))
    counts = (once @ model.counts).tocsr()
    counts.sort_indices()
    shares = _shares(once, model, counts)
    first = member[np.searchsorted(number, np.arange(k))]
    no, none = np.zeros(k, bool), np.zeros(k)
    imprint = np.array([s.imprint(model) for s in sums], np.uint64)
    holders = np.array([len(s.ground.owners(s.rows)) for s in sums])
    added = {
        "value": chosen @ model.value, "records": np.rint(once @ model.records).astype(model.records.dtype),
        "lower": none, "upper": np.full(k, np.inf), "integral": model.integral[first],
        "holders": holders, "measure": model.measure[first], "imprint": imprint, "about": model.about[first],
        "cost": none, "asked": no, "group": no, "change": no, "ruled": ~no, "declared": no, "behind": no,
        "kept": no,
    }  # fmt: skip
    places = pd.DataFrame({
        "release": "", "delivery": "", "table": "", "measure": [model.measures[m] for m in model.measure[first]],
        "key": np.arange(k), "cell": n + np.arange(k), "shown": False, "new": False, "published": False, "height": 0,
    })  # fmt: skip
    wide = sparse.csr_matrix((model.relations.data, model.relations.indices, model.relations.indptr),
                             (model.relations.shape[0], n + k))  # fmt: skip
    columns: dict[str, Any] = {name: np.concatenate([getattr(model, name), x]) for name, x in added.items()}
    return replace(
        model,
        **columns,
        known={a: np.concatenate([known, no]) for a, known in model.known.items()},
        parts=sparse.vstack([model.parts, chosen @ model.parts]).tocsr(),
        counts=sparse.vstack([model.counts, counts]).tocsr(),
        shares=np.concatenate([model.shares, shares]),
        relations=sparse.vstack([wide, sparse.hstack([-chosen, sparse.identity(k)])]).tocsr(),
        positions=pd.concat([model.positions, places], ignore_index=True),
        labels=[*model.labels, *(s.ground.named(s.rows, s.times) for s in sums)],
        depths=[*model.depths, *({} for _ in sums)],
        sums={**model.sums, **told},
        narrow={**model.narrow, **_narrow(n, whom)},
    )


def _narrow(n: int, whom: Sequence[set[Whom]]) -> dict[int, frozenset[Members]]:
    """{cell: who can reckon it out} for the new cells from n on that not everybody can."""
    return {n + i: frozenset(w for w in who if w is not None) for i, who in enumerate(whom) if None not in who}


def _shares(chosen: sparse.csr_matrix, model: UnionModel, counts: sparse.csr_matrix) -> np.ndarray:
    """uint64[entries of counts]: what each contributor's records in a sum are."""
    found = []
    for row in range(chosen.shape[0]):
        cells = chosen.indices[chosen.indptr[row] : chosen.indptr[row + 1]]
        who = counts.indices[counts.indptr[row] : counts.indptr[row + 1]]
        mine = np.zeros(len(who), np.uint64)
        with np.errstate(over="ignore"):
            for cell in cells:
                span = slice(model.counts.indptr[cell], model.counts.indptr[cell + 1])
                np.add.at(mine, np.searchsorted(who, model.counts.indices[span]), model.shares[span])
        found.append(mine)
    return np.concatenate(found)
