"""Fillings of the leaves that one attacker cannot rule out, exact, and what the net changes of contributors tell."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from .exact import kernel, largest, search
from .published import Record, Rules, level, parts_of, reasons

if TYPE_CHECKING:
    from .oracle import _Problem

TOLERANCE = Fraction(1, 10**6)  # of a protection level: what binary arithmetic may lose


@dataclass(frozen=True)
class Net:
    """What was added to a place less what was removed: its unknowns, and a record for each that changed, such that each
    contributor's amount is the size of its own net change."""

    name: str
    plus: frozenset[int]
    minus: frozenset[int]
    records: tuple[Record, ...]

    @classmethod
    def of(cls, name: str, come, gone, won: Sequence[Record], lost: Sequence[Record], measure: str) -> Net:
        """come, gone: unknowns; won, lost: records."""
        more, less = parts_of(won, measure), parts_of(lost, measure)
        left = {o: abs(more.get(o, 0) - less.get(o, 0)) for o in {*more, *less}}
        found = []
        for r in [*won, *lost]:
            if left[r.owner] or any(f.owner == r.owner for f in found):
                found.append(Record(r.leaf, r.owner, {measure: left[r.owner]}))
                left[r.owner] = 0
        return cls(name, frozenset(come), frozenset(gone), tuple(found))

    def sign(self, v: int) -> int:
        """The coefficient of an unknown."""
        return (v in self.plus) - (v in self.minus)

    def open(
        self, signs: Mapping[int, int], measure: str, rules: Rules, attacker: frozenset[str],
        programs: Sequence[Callable[[], Program]],
    ) -> tuple[Fraction, Fraction] | None:  # fmt: skip
        """(how far it can move, how far it should) if that is less.

        programs: what the attacker knows, and what it would know without the last release; that cannot be kept secret.
        """
        why = reasons(self.records, measure, rules)
        need = level(self.records, measure, rules, attacker, why) if why else Fraction(0)
        for way in (1, -1) if need > 0 else ():
            amount = need
            for program in programs:
                reached = program().along(signs, way)
                if reached is None or reached >= amount * (1 - TOLERANCE):
                    break
            else:
                amount = reached
            got = programs[0]().along(signs, way)
            if got is not None and got < amount * (1 - TOLERANCE):
                return got, amount
        return None


class Program:
    """Largest movements of a cell that fit what one attacker knows."""

    def __init__(self, problem: _Problem, low: list[int], fixed: set[int], least: set[int]) -> None:
        self.problem = problem
        k = len(problem.value)
        equations = [[1 if g in set(problem.rows[i]) else 0 for g in range(k)] for i in sorted(fixed)]
        equations += [[link.get(g, 0) for g in range(k)] for link in problem.links]
        self.basis = kernel(equations, k)
        self.room = [(b_row, v - lo) for b_row, v, lo in zip(self.basis, problem.value, low, strict=True)]
        for i in sorted(least):
            row = [sum(self.basis[g][j] for g in problem.rows[i]) for j in range(self.free)]
            self.room.append((row, sum(problem.value[g] for g in problem.rows[i]) - 1))
        self.low, self.equations, self.least = low, equations, least

    @property
    def free(self) -> int:
        return len(self.basis[0]) if self.basis else 0

    def along(self, signs: Mapping[int, int], way: int) -> Fraction | None:
        """How far a signed sum of groups can move, by fractions too (None: as far as one likes)."""
        goal = [way * sum(n * self.basis[g][j] for g, n in signs.items()) for j in range(self.free)]
        if not any(goal):
            return Fraction(0)
        return largest(goal, [([-x for x in r], b) for r, b in self.room])[0]

    def reach(self, row: Sequence[int], sign: int, amount: Fraction) -> Fraction | None:
        """How far the cell can move (None: as far as one likes, or far enough); keeps the filling."""
        goal = [sign * sum(self.basis[g][j] for g in row) for j in range(self.free)]
        if not any(goal):
            return Fraction(0)
        best, t, d = largest(goal, [([-x for x in r], b) for r, b in self.room])
        if best is None:
            return None
        if best < amount * (1 - TOLERANCE):
            return best
        move = [sum(x * y for x, y in zip(b, t, strict=True)) for b in self.basis]
        if self.problem.count and any(m % d for m in move):
            return self._whole(row, sign, amount, best)
        self.problem.moves.append((move, d))
        return best

    def _whole(self, row, sign: int, amount: Fraction, best: Fraction) -> Fraction | None:
        """The relaxation moves dwellings by fractions: search for a whole-numbered filling."""
        problem = self.problem
        k, value = len(problem.value), problem.value
        lines = [({g: n for g, n in enumerate(e) if n}, 0, 0) for e in self.equations]
        lines = [(c, s := sum(n * value[g] for g, n in c.items()), s) for c, _, _ in lines]
        lines += [({g: 1 for g in problem.rows[i]}, 1, None) for i in sorted(self.least)]
        target = sum(value[g] for g in row)
        if sign > 0:
            lines.append(({g: 1 for g in row}, target + int(amount), None))
        else:
            lines.append(({g: 1 for g in row}, None, target - int(amount)))
        cap = 2 * sum(value) + int(amount) + 2
        found = search([(lo, cap) for lo in self.low], lines)
        if found is None:
            return Fraction(0)
        problem.moves.append(([found[g] - value[g] for g in range(k)], 1))
        return best
