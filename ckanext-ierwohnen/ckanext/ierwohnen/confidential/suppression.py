"""Secondary suppression: hide further cells until every sensitive cell is protected from every attacker, at
little cost.

For each sensitive cell and direction that no exchange protects yet, the cheapest exchange is found, in which
hidden cells are free and shown cells cost; the cells that it moves are hidden. Exchanges are kept as
evidence: one serves many cells and attackers. Then every hidden cell that is not sensitive is tried again,
and shown if other exchanges can take over. First everybody is served by one exchange that no attacker can
rule out; only where none exists, attackers are served apart.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from .broad import LARGEST, BroadExchange
from .evidence import DOWN, OPEN, UP, Evidence
from .exchange import CheapestExchange, Knowledge
from .limits import Limits
from .model import SMALL, Attacker, UnionModel
from .nearby import Nearby
from .rules import Protection

FREE = 0.05  # a hidden cell costs next to nothing; not nothing, so that exchanges stay small and serve many attackers
FEW = 3  # cells that are quicker served one by one
GONE = 0.9  # of the cells that were left, so many are again: enough
MARGIN = 1 + 1e-6  # ask for a little more than is needed, so that rounding in a solver never decides


Exchanges = Sequence[tuple[np.ndarray, np.ndarray]]


@dataclass(frozen=True)
class Pattern:
    """`hidden`: bool[n]; `exchanges`: (cells, amounts) that prove the protection; whoever doubts may verify them."""

    hidden: np.ndarray
    exchanges: Exchanges = ()

    def on(self, model: UnionModel) -> Pattern:
        """The same on a model with more sums of its cells, not asked for, which its last equations define."""
        n = len(self.hidden)
        number = [np.full(len(cells), i) for i, (cells, _) in enumerate(self.exchanges)]
        moved = [np.concatenate(x) if self.exchanges else np.empty(0, int) for x in (
            [cells for cells, _ in self.exchanges], number, [y for _, y in self.exchanges])]  # fmt: skip
        amounts = sparse.csr_matrix((moved[2], (moved[0], moved[1])), (n, len(self.exchanges)))
        more = -(model.relations[n - len(model) :, :n] @ amounts).tocsc() if len(model) > n else amounts[:0].tocsc()
        found = []
        for i, (cells, y) in enumerate(self.exchanges):
            span = slice(more.indptr[i], more.indptr[i + 1])
            keep = np.abs(more.data[span]) > 1e-9
            added = np.argsort(more.indices[span][keep])
            found.append((np.r_[cells, n + more.indices[span][keep][added]], np.r_[y, more.data[span][keep][added]]))
        return Pattern(np.r_[self.hidden, np.zeros(len(model) - n, bool)], tuple(found))


class Unprotected(Exception):
    """No exchange protects this cell from this attacker, however many cells are hidden."""

    def __init__(self, cell: int, attacker: Attacker) -> None:
        self.cell, self.attacker = cell, attacker
        super().__init__(f"cell {cell}, {attacker}")


class Suppressor:
    """State of one run: what is hidden, what it costs, and the evidence."""

    def __init__(
        self, model: UnionModel, protection: Protection, limits: Limits, also: np.ndarray | None = None,
        start: np.ndarray | None = None, seeds: Exchanges = (),
    ) -> None:  # fmt: skip
        self.model, self.protection, self.limits = model, protection, limits
        self.knowledge = Knowledge(model, protection.attackers)
        self.evidence = Evidence.start(model, protection, self.knowledge)
        self.hidden = model.kept.copy()
        self.hidden[protection.cells] = True
        if also is not None:
            self.hidden |= also
        self.forced = self.hidden.copy()
        if start is not None:
            self.hidden |= start
        self.free = FREE * float(np.min(model.cost[model.cost > 0], initial=1.0))
        self.price = np.where(self.hidden | ~model.asked, self.free, model.cost)
        self.fractions = False  # whether an exchange of counts ever came out in fractions
        self.failed: Counter[tuple[int, int] | int] = Counter()  # (row, direction) and attackers, to be tried first
        self.everybody = tuple(range(len(protection.attackers)))
        for support, y in seeds:
            if not np.any(~self.hidden[support] & model.asked[support]):
                self.evidence.add(support, y)

    def hide(self) -> None:
        """Add cells until everything is protected; raises `Unprotected` where nothing helps."""
        every = np.arange(len(self.model))
        program = CheapestExchange(self.model, np.ones(len(self.model), bool), self.limits)
        program.set_cost(every, self.price)
        largest = np.maximum(self.protection.up.max(axis=1), self.protection.down.max(axis=1))
        for row in np.argsort(-largest, kind="stable"):
            for direction in (UP, DOWN):
                if not self._protect(program, int(row), direction):
                    self._give_up(int(row), direction)

    def _meet_fractions(self, blocked: np.ndarray | None) -> None:
        """In a system in which exchanges of counts come out in fractions, many cells at once are served much quicker
        than each by branch and bound."""
        if not self.fractions:
            self.fractions = True
            self._at_once(self.hidden | ~self.model.asked if blocked is None else ~blocked)

    def _at_once(self, free: np.ndarray) -> None:
        """Exchanges that move many cells at once, of those that may move (bool[n])."""
        if not (SMALL <= len(self.model) <= LARGEST and self.model.integral.any()):
            return
        groups: dict[tuple[int, ...], list[int]] = {}
        for row in self._rows_open(np.arange(len(self.protection.cells))):
            cell = int(self.protection.cells[row])
            groups.setdefault(tuple(sorted(self._loners(cell))), []).append(int(row))
        program = None
        for alone, rows in sorted(groups.items(), key=lambda group: (-len(group[1]), group[0])):
            left = np.array(rows)
            while len(left) >= FEW:
                program = program or BroadExchange(self.model, free, self.limits)
                program.set_caps(np.minimum(*self.knowledge.caps(tuple(a for a in self.everybody if a not in alone))))
                need = np.zeros(len(left))
                for direction, proof in self.evidence.proof.items():
                    asked = np.where(proof[left] == OPEN, self.evidence.need[direction][left], 0.0)
                    need = np.maximum(need, asked.max(axis=1))
                for support, y in program.move(self.protection.cells[left], need):
                    self.evidence.add(support, y)
                rest = self._rows_open(left)
                left = rest if len(rest) <= GONE * len(left) else rest[:0]

    def _rows_open(self, rows: np.ndarray) -> np.ndarray:
        """Which of these sensitive cells are not protected yet, from somebody in either direction."""
        return rows[np.logical_or.reduce([(proof[rows] == OPEN).any(axis=1) for proof in self.evidence.proof.values()])]

    def _give_up(self, row: int, direction: int) -> None:
        cell = int(self.protection.cells[row])
        attacker = self.protection.attackers[self.evidence.open(row, direction)[0]]
        raise Unprotected(cell, attacker)

    def _protect(self, program: CheapestExchange, row: int, direction: int, blocked: np.ndarray | None = None) -> bool:
        """Find exchanges for the attackers that are open; hide what they move. False if some stay open."""
        cell = int(self.protection.cells[row])
        for open_ in self._groups(row, direction):
            up, down = self._caps(cell, open_)
            if blocked is not None:
                up, down = np.where(blocked, 0.0, up), np.where(blocked, 0.0, down)
            program.set_caps(up, down)
            need = float(self.evidence.need[direction][row, open_].max())
            room = up[cell] if direction == UP else down[cell]
            if room < need * (1 - 1e-9):
                continue
            amount = need if self.model.integral[cell] else min(need * MARGIN, room)
            found = program.solve(cell, direction, amount)
            alone = len(open_) == 1 and amount > need  # what is known of the parts may leave just what is needed
            if found is None and alone:
                found = program.solve(cell, direction, need)
            if found is not None:
                self._take(program, *found)
            if found is not None and self.model.integral[found[0]].any() and self._still_open(row, direction, open_):
                self._meet_fractions(blocked)
                if self._still_open(row, direction, open_):
                    found = program.solve(cell, direction, amount, whole=True)
                    if found is None and alone:
                        found = program.solve(cell, direction, need, whole=True)
                    if found is not None:
                        self._take(program, *found)
            if found is None and len(open_) == 1:
                self.failed[int(open_[0])] += 1
                return False
        return not len(self.evidence.open(row, direction))

    def _still_open(self, row: int, direction: int, attackers: np.ndarray) -> bool:
        """The exchange found proves nothing to any of them: it moves counts by fractions."""
        return bool((self.evidence.proof[direction][row, attackers] == OPEN).all())

    def _groups(self, row: int, direction: int) -> Iterator[np.ndarray]:
        """All open attackers together, then, those left over, one at a time as long as they are open."""
        together = self.evidence.open(row, direction)
        if len(together):
            yield together
        for attacker in sorted(self.evidence.open(row, direction).tolist(), key=lambda one: -self.failed[one]):
            if self.evidence.proof[direction][row, attacker] == OPEN:
                yield np.array([attacker])

    def _caps(self, cell: int, attackers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Caps that hold for everybody with something to learn here, so that one exchange serves them all."""
        if len(attackers) == 1:
            return self.knowledge.caps((int(attackers[0]),))
        loners = self._loners(cell)
        return self.knowledge.caps(tuple(a for a in self.everybody if a not in loners))

    def _loners(self, cell: int) -> set[int]:
        """Attackers who are alone in the cell: there is nothing to protect from them."""
        span = slice(self.knowledge.start[cell], self.knowledge.start[cell + 1])
        return set(self.knowledge.who[span][self.knowledge.alone[span]].tolist())

    def _take(self, program: CheapestExchange, support: np.ndarray, y: np.ndarray) -> bool:
        """Keep an exchange and hide what it moves; False if it moves a count by a fraction."""
        whole = self.knowledge.whole(support, y)
        if whole is None or not self.evidence.add(support, whole):
            return False
        fresh = support[~self.hidden[support] & self.model.asked[support]]
        if len(fresh):
            self.hidden[fresh] = True
            self.price[fresh] = self.free
            program.set_cost(fresh, self.price[fresh])
        return True

    def clean(self) -> None:
        """Show again what is not needed: the dearest first, if all evidence that used it can be replaced."""
        free = self.hidden | ~self.model.asked
        blocked = ~free
        spare = np.flatnonzero(self.hidden & ~self.forced)
        nearby = Nearby(self.model, free, self.limits)
        for cell in spare[np.argsort(-self.model.cost[spare], kind="stable")]:
            blocked[cell] = True
            if self._do_without(nearby, int(cell), blocked):
                self.hidden[cell] = False
                self.price[cell] = self.model.cost[cell]
            else:
                blocked[cell] = False

    def _do_without(self, nearby: Nearby, cell: int, blocked: np.ndarray) -> bool:
        """Replace all evidence that moves a cell; on failure the evidence is as before."""
        evidence = self.evidence
        mark = evidence.withdraw(cell)
        if self.fractions:
            self._at_once(~blocked)
        again = [(row, direction) for direction in (UP, DOWN) for row in evidence.rows(mark, direction)]
        for row, direction in sorted(again, key=lambda one: -self.failed[one]):
            program = nearby.around(int(self.protection.cells[row]))
            if not self._protect(program, row, direction, blocked):
                self.failed[row, direction] += 1
                evidence.restore(mark)
                return False
        return True


def suppress(
    model: UnionModel, protection: Protection, limits: Limits | None = None, also: np.ndarray | None = None,
    start: np.ndarray | None = None, seeds: Exchanges = (),
) -> Pattern:  # fmt: skip
    """The cells of the release in preparation that must not be shown, sensitive ones included, and why that is enough.

    `also`: bool[n], cells to be hidden in any case; `start`: a pattern to begin with; `seeds`: exchanges found before,
    which need not be searched again. Deterministic for the canonical order of the model. Raises `Unprotected` (cell,
    attacker) or `LimitError`.
    """
    work = Suppressor(model, protection, limits or Limits(), also, start, seeds)
    work.hide()
    work.clean()
    return Pattern(work.hidden, work.evidence.used())
