"""Exchanges found so far, and which sensitive cell they protect from whom."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from .exchange import Knowledge
from .model import UnionModel
from .rules import Protection

UP, DOWN = 1, -1
OPEN, NOTHING = -1, -2
Mark = tuple[int, dict[int, tuple[np.ndarray, np.ndarray]]]  # exchanges so far; by direction, what was proven by which
ROUNDING = 1e-8  # an exchange may go to the very end of what an attacker grants


@dataclass
class Evidence:
    """`proof[d]`: int[P, A], for each sensitive cell, direction and attacker the number of an exchange that
    protects it, `OPEN` if there is none yet, `NOTHING` if there is nothing to protect."""

    knowledge: Knowledge
    row: np.ndarray
    need: dict[int, np.ndarray]
    proof: dict[int, np.ndarray]
    supports: list[np.ndarray] = field(default_factory=list)
    moves: list[np.ndarray] = field(default_factory=list)
    users: dict[int, list[int]] = field(default_factory=dict)

    @classmethod
    def start(cls, model: UnionModel, protection: Protection, knowledge: Knowledge) -> Evidence:
        """No exchange yet."""
        row = np.full(len(model), -1)
        row[protection.cells] = np.arange(len(protection.cells))
        need = {UP: protection.up, DOWN: protection.down}
        proof = {d: np.where(need[d] > 0, OPEN, NOTHING).astype(np.int32) for d in need}
        return cls(knowledge, row, need, proof)

    def add(self, support: np.ndarray, y: np.ndarray) -> bool:
        """Keep an exchange and mark all that it and its opposite protect; False if that is nothing new."""
        number, used = len(self.supports), False
        mine = self.row[support] >= 0
        rows, moves = self.row[support[mine]], y[mine]
        for sign in (1, -1):
            reach = np.minimum(self.knowledge.reach(support, sign * y), 1e15)
            for direction in (UP, DOWN):
                toward = sign * direction * moves > 0
                at = rows[toward]
                block = self.proof[direction][at]
                got = np.abs(moves[toward])[:, None] * reach[None, :]
                new = (block == OPEN) & (got >= self.need[direction][at] * (1 - ROUNDING))
                if new.any():
                    block[new] = number
                    self.proof[direction][at] = block
                    used = True
        if used:
            self.supports.append(support)
            self.moves.append(y)
            for cell in support.tolist():
                self.users.setdefault(cell, []).append(number)
        return used

    def open(self, row: int, direction: int) -> np.ndarray:
        """Attackers from whom the cell is not yet protected in this direction."""
        return np.flatnonzero(self.proof[direction][row] == OPEN)

    def withdraw(self, cell: int) -> Mark:
        """Forget, for now, all proofs by exchanges that move a cell; returns what `restore` needs."""
        using = np.zeros(len(self.supports) - NOTHING, bool)  # OPEN and NOTHING, counted from the end, are not
        using[self.users.get(cell, [])] = True
        mark: Mark = (len(self.supports), {})
        for direction, proof in self.proof.items():
            at = np.flatnonzero(using[proof])
            mark[1][direction] = at, proof.flat[at]
            proof.flat[at] = OPEN
        return mark

    def rows(self, mark: Mark, direction: int) -> list[int]:
        """The sensitive cells of which something was withdrawn."""
        return np.unique(mark[1][direction][0] // self.proof[direction].shape[1]).tolist()

    def restore(self, mark: Mark) -> None:
        """Back to the state before `withdraw`, at which nothing was open."""
        count = mark[0]
        for direction, (at, numbers) in mark[1].items():
            self.proof[direction].flat[at] = numbers
        for support in self.supports[count:]:
            for cell in support.tolist():
                self.users[cell].pop()
        del self.supports[count:], self.moves[count:]

    def used(self) -> tuple[tuple[np.ndarray, np.ndarray], ...]:
        """The exchanges that prove something."""
        numbers = np.unique(np.concatenate([p.ravel() for p in self.proof.values()]))
        return tuple((self.supports[i], self.moves[i]) for i in numbers[numbers >= 0].tolist())
