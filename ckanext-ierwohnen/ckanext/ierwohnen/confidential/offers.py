"""Evidence offered to the quick check: exchanges, each verified before it counts.

An exchange y proves what it moves if M y = 0, if it moves cells only that the audience does not know, and if x + t·y
stays within what an attacker takes for possible; t·y is as good as y, so the largest t counts. All exchanges and
attackers are reckoned at once, by entries of the exchanges.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from .model import Attacker, UnionModel

Exchanges = Sequence[tuple[np.ndarray, np.ndarray]]
RESIDUAL = 1e-6  # relative to the largest movement: what a solver leaves of M y = 0
WHOLE = 1e-6


@dataclass(frozen=True)
class Offers:
    """Entries of exchanges that hold for an outsider: number of the exchange, cell, amount; times[s]: float[exchanges,
    attackers], how often each may be added (s = 1) or taken away (s = −1) before the attacker can rule it out."""

    number: np.ndarray
    cell: np.ndarray
    amount: np.ndarray
    times: dict[int, np.ndarray]

    def proven(self, row: np.ndarray, direction: int, need: np.ndarray, slack: float) -> np.ndarray:
        """bool[P, A]: cells protected in a direction. `row`: int[n], place of a cell in `need` (float[P, A]) or −1."""
        found = np.zeros(need.shape, bool)
        for sign in (1, -1):
            use = np.flatnonzero((row[self.cell] >= 0) & (sign * direction * self.amount > 0))
            use = use[np.argsort(row[self.cell[use]], kind="stable")]
            if not len(use):
                continue
            at = row[self.cell[use]]
            with np.errstate(invalid="ignore"):
                got = np.abs(self.amount[use])[:, None] * self.times[sign][self.number[use]]
            start = np.flatnonzero(np.r_[True, at[1:] != at[:-1]])
            found[at[start]] |= np.maximum.reduceat(got, start, axis=0) >= need[at[start]] * (1 - slack)
        return found


def verify(model: UnionModel, hidden: np.ndarray, attackers: Sequence[Attacker], exchanges: Exchanges) -> Offers:
    """Keep the exchanges that are what they claim to be; `attackers` are of one audience."""
    unknown, lower, upper = model.view(Attacker(attackers[0].audience), hidden)
    start = np.r_[0, np.cumsum([len(cells) for cells, _ in exchanges])]
    entries = np.concatenate([y for _, y in exchanges]).astype(float), np.concatenate([cells for cells, _ in exchanges])
    moves = sparse.csc_matrix((*entries, start), (len(model), len(exchanges)))
    moves.sum_duplicates()  # a cell named twice moves by the sum
    number = np.repeat(np.arange(len(exchanges)), np.diff(moves.indptr))
    cell, amount = moves.indices, moves.data
    scale = _largest(np.abs(amount), number, len(exchanges))
    rest = abs(model.relations @ moves).max(axis=0).toarray().ravel() if model.relations.shape[0] else np.zeros(1)
    wrong = np.broadcast_to(rest, len(exchanges)) > RESIDUAL * scale
    whole = model.integral[cell]
    odd = (amount != 0) & (~unknown[cell] | (whole & (np.abs(amount - np.rint(amount)) > WHOLE)))
    wrong = wrong | np.isin(np.arange(len(exchanges)), number[odd])
    keep = ~wrong[number] & (amount != 0)
    number, cell, amount = number[keep], cell[keep], amount[keep]
    counts = np.zeros(len(exchanges), bool)
    counts[number[model.integral[cell]]] = True
    known = _Known(model, attackers)
    times = {}
    for sign in (1, -1):
        found = known.times(number, cell, sign * amount, lower, upper, len(exchanges))
        found[counts] = np.floor(found[counts] + 1e-9)
        times[sign] = found
    return Offers(number, cell, amount, times)


def _largest(values: np.ndarray, number: np.ndarray, count: int) -> np.ndarray:
    found = np.zeros(count)
    np.maximum.at(found, number, values)
    return found


class _Known:
    """What each attacker knows of each cell, ordered by cell."""

    def __init__(self, model: UnionModel, attackers: Sequence[Attacker]) -> None:
        cells, who, room, alone = [], [], [], []
        for i, attacker in enumerate(attackers):
            mine, part = model.own(attacker)
            cells.append(mine)
            who.append(np.full(len(mine), i))
            room.append(np.maximum(model.value[mine] - part, 0.0))
            alone.append(np.isin(mine, model.alone(attacker)))
        cell = np.concatenate(cells)
        order = np.argsort(cell, kind="stable")
        self.model, self.count = model, len(attackers)
        self.who, self.room, self.alone = (np.concatenate(x)[order] for x in (who, room, alone))
        self.start = np.searchsorted(cell[order], np.arange(len(model) + 1))

    def times(self, number, cell, move, lower, upper, exchanges: int) -> np.ndarray:
        """float[exchanges, attackers]: the smallest of what each entry allows."""
        value = self.model.value[cell]
        limit = np.where(move > 0, upper[cell] - value, value - lower[cell]) / np.abs(move)
        found = np.full((exchanges, self.count), np.inf)
        least = np.full(exchanges, np.inf)
        np.minimum.at(least, number, limit)
        length = self.start[cell + 1] - self.start[cell]
        entry = np.repeat(self.start[cell] - np.cumsum(length) + length, length) + np.arange(length.sum())
        step, exchange = np.repeat(move, length), np.repeat(number, length)
        binds = self.alone[entry] | (step < 0)
        entry, step, exchange = entry[binds], step[binds], exchange[binds]
        room = np.where(self.alone[entry], 0.0, self.room[entry]) / np.abs(step)
        np.minimum.at(found, (exchange, self.who[entry]), room)
        return np.minimum(found, least[:, None])
