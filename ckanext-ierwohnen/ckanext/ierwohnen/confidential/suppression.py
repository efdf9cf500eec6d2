"""Secondary suppression: hide further cells until every sensitive cell is protected from every attacker, at
little cost.

For each sensitive cell and direction that no exchange protects yet, the cheapest exchange is found, in which
hidden cells are free and shown cells cost; the cells that it moves are hidden. Exchanges are kept as
evidence: one serves many cells and attackers. Then every hidden cell that is not sensitive is tried again,
and shown if other exchanges can take over. First everybody is served by one exchange that no attacker can
rule out; only where none exists, attackers are served apart.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .errors import NotProtectable
from .exchange import CheapestExchange, Knowledge
from .limits import Limits
from .model import UnionModel
from .rules import Protection

MARGIN = 1 + 1e-6  # ask for a little more than is needed, so that rounding in a solver never decides
UP, DOWN = 1, -1


@dataclass
class Evidence:
    """Exchanges found so far, and for each sensitive cell, direction and attacker the one that protects it.

    `proof[d]`: int[P, A], number of an exchange or −1; needs of zero are proven by nothing (−2).
    """

    knowledge: Knowledge
    protection: Protection
    row: np.ndarray
    supports: list[np.ndarray]
    moves: list[np.ndarray]
    proof: dict[int, np.ndarray]
    need: dict[int, np.ndarray]

    @classmethod
    def start(cls, model: UnionModel, protection: Protection, knowledge: Knowledge) -> Evidence:
        """No exchange yet."""
        row = np.full(len(model), -1)
        row[protection.cells] = np.arange(len(protection.cells))
        need = {UP: protection.up, DOWN: protection.down}
        proof = {d: np.where(need[d] > 0, -1, -2) for d in (UP, DOWN)}
        return cls(knowledge, protection, row, [], [], proof, need)

    def add(self, support: np.ndarray, y: np.ndarray) -> None:
        """Keep an exchange, and mark all that it and its opposite protect."""
        number, used = len(self.supports), False
        mine = self.row[support] >= 0
        rows, moves = self.row[support[mine]], y[mine]
        for sign in (1, -1):
            reach = self.knowledge.reach(support, sign * y)
            reach = np.minimum(reach, 1e15)
            for direction in (UP, DOWN):
                toward = sign * direction * moves > 0
                at = rows[toward]
                got = np.abs(moves[toward])[:, None] * reach[None, :]
                new = (self.proof[direction][at] == -1) & (got >= self.need[direction][at])
                if new.any():
                    block = self.proof[direction][at]
                    block[new] = number
                    self.proof[direction][at] = block
                    used = True
        if used:
            self.supports.append(support)
            self.moves.append(y)

    def open(self, row: int, direction: int) -> np.ndarray:
        """Attackers from whom the cell is not yet protected in this direction."""
        return np.flatnonzero(self.proof[direction][row] == -1)


class Suppressor:
    """State of one run: what is hidden, what it costs, and the evidence."""

    def __init__(self, model: UnionModel, protection: Protection, limits: Limits) -> None:
        self.model, self.protection, self.limits = model, protection, limits
        self.knowledge = Knowledge(model, protection.attackers)
        self.evidence = Evidence.start(model, protection, self.knowledge)
        self.hidden = np.zeros(len(model), bool)
        self.hidden[protection.cells] = True
        self.hidden |= model.kept
        self.forced = self.hidden.copy()
        price = np.where(self.hidden | ~model.asked, 0.0, model.cost)
        self.price = price
        self.robust = self._robust_caps()

    def _robust_caps(self) -> tuple[np.ndarray, np.ndarray]:
        return self.knowledge.caps(np.arange(len(self.protection.attackers)))

    def hide(self) -> None:
        """Add cells until everything is protected; raises `NotProtectable` where nothing helps."""
        program = CheapestExchange(self.model, np.arange(len(self.model)), self.limits)
        program.set_caps(*self.robust)
        program.set_cost(np.arange(len(self.model)), self.price)
        for row in self._order():
            for direction in (UP, DOWN):
                self._protect(program, int(row), direction)

    def _order(self) -> np.ndarray:
        """Sensitive cells by need, the largest first; ties keep the canonical order."""
        largest = np.maximum(self.protection.up.max(axis=1), self.protection.down.max(axis=1))
        return np.argsort(-largest, kind="stable")

    def _protect(self, program: CheapestExchange, row: int, direction: int) -> None:
        cell = int(self.protection.cells[row])
        for attackers in self._groups(row, direction):
            open_ = np.intersect1d(attackers, self.evidence.open(row, direction))
            if not len(open_):
                continue
            found = self._exchange(program, cell, row, direction, open_)
            if found is not None:
                self._take(program, *found[:2])

    def _groups(self, row: int, direction: int):
        """All open attackers together, then, for those left over, one at a time."""
        yield self.evidence.open(row, direction)
        for attacker in self.evidence.open(row, direction):
            yield np.array([attacker])

    def _exchange(
        self, program: CheapestExchange, cell: int, row: int, direction: int, attackers: np.ndarray
    ):
        amount = float(self.evidence.need[direction][row, attackers].max())
        alone = len(attackers) == 1
        program.set_caps(*self._caps(cell, attackers))
        up, down = self._caps(cell, attackers)
        room = up[cell] if direction == UP else down[cell]
        found = program.solve(
            cell, direction, min(amount * MARGIN, room) if room >= amount * (1 - 1e-9) else amount * MARGIN
        )
        if found is None and alone:
            attacker = self.protection.attackers[attackers[0]]
            raise NotProtectable(
                "not-protectable",
                cell=self.model.cell_name(cell),
                rule=", ".join(self.protection.reasons[cell]),
                attacker=self.model.attacker_name(attacker),
                help="",
            )
        return found

    def _caps(self, cell: int, attackers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Caps that hold for all attackers with something to learn here; the usual set is prepared
        beforehand."""
        if len(attackers) == 1:
            return self.knowledge.caps(attackers)
        mine = self._loners(cell)
        if not len(mine):
            return self.robust
        everybody = np.setdiff1d(np.arange(len(self.protection.attackers)), mine)
        return self.knowledge.caps(everybody)

    def _loners(self, cell: int) -> np.ndarray:
        """Attackers who are alone in the cell: there is nothing to protect from them."""
        span = slice(self.knowledge.start[cell], self.knowledge.start[cell + 1])
        return self.knowledge.who[span][self.knowledge.alone[span]]

    def _take(self, program: CheapestExchange, support: np.ndarray, y: np.ndarray) -> None:
        fresh = support[~self.hidden[support] & self.model.asked[support]]
        if len(fresh):
            self.hidden[fresh] = True
            self.price[fresh] = 0.0
            program.set_cost(fresh, np.zeros(len(fresh)))
        self.evidence.add(support, y)

    def clean(self) -> None:
        """Show again what is not needed: the dearest first, each only if all evidence that used it can be
        replaced."""
        free = np.flatnonzero(self.hidden | ~self.model.asked)
        program = CheapestExchange(self.model, free, self.limits)
        program.set_caps(*self.robust)
        spare = np.flatnonzero(self.hidden & ~self.forced)
        for cell in spare[np.argsort(-self.model.cost[spare], kind="stable")]:
            self._try_to_show(program, int(cell))

    def _try_to_show(self, program: CheapestExchange, cell: int) -> None:
        evidence = self.evidence
        using = [i for i, support in enumerate(evidence.supports) if cell in support]
        before = {d: evidence.proof[d].copy() for d in (UP, DOWN)}
        count = len(evidence.supports)
        for d in (UP, DOWN):
            evidence.proof[d][np.isin(evidence.proof[d], using)] = -1
        blocked = [*getattr(self, "shown", []), cell]
        for d in (UP, DOWN):
            for row in np.flatnonzero((evidence.proof[d] == -1).any(axis=1)):
                if not self._replace(program, int(row), d, blocked):
                    evidence.proof = before
                    del evidence.supports[count:], evidence.moves[count:]
                    return
        self.shown = blocked
        self.hidden[cell] = False
        self.price[cell] = self.model.cost[cell]

    def _replace(self, program: CheapestExchange, row: int, direction: int, blocked: list[int]) -> bool:
        """Find other exchanges for the open attackers of a cell without the blocked cells."""
        cell = int(self.protection.cells[row])
        for attackers in self._groups(row, direction):
            open_ = np.intersect1d(attackers, self.evidence.open(row, direction))
            if not len(open_):
                continue
            up, down = (c.copy() for c in self._caps(cell, open_))
            up[blocked] = down[blocked] = 0.0
            program.set_caps(up, down)
            need = float(self.evidence.need[direction][row, open_].max())
            room = up[cell] if direction == UP else down[cell]
            found = program.solve(
                cell, direction, min(need * MARGIN, room) if room >= need * (1 - 1e-9) else need * MARGIN
            )
            if found is not None:
                self.evidence.add(*found[:2])
            elif len(open_) == 1:
                return False
        return not len(self.evidence.open(row, direction))


def suppress(model: UnionModel, protection: Protection, limits: Limits | None = None) -> np.ndarray:
    """bool[n]: cells of the release in preparation that must not be shown, sensitive ones included.

    Deterministic for the model's canonical order. Raises `NotProtectable` (cell, rule, attacker) or
    `LimitError`.
    """
    work = Suppressor(model, protection, limits or Limits())
    work.hide()
    work.clean()
    return work.hidden
