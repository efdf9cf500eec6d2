"""Relations between columns that hold in nearly every record: rent = cold + cost, with one wrong entry.

Whoever knows what the columns mean knows the relation, wrong entries or not. So it is used with the residual of each
record as a column of its own that everybody knows: nobody can know more, so what is safe from such a reader is safe.

Found are relations that are exact in most records (the null space of a few records after another), and sums that are
true but for rounding (trimmed least squares with whole coefficients). A relation counts if it holds for nine in ten of
the records in which any one of its columns is filled; one that only says that a column is mostly empty does not.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm

import numpy as np

from .bonds import Bond, as_sum, null_space, reduced
from .errors import InputError
from .known import require

MOST = 0.9  # share of the records in which it has to hold
FEW = 5  # records that have to fill a column
TRIES = 60  # groups of records that are asked for what they have in common
LARGEST = 1000  # coefficient beyond which nobody has defined a column so
ROUNDED = 0.01  # residual, as a share of the sum, that passes for rounding
TERM = re.compile(r"(?:(\d+(?:[.,]\d+)?)\s*[*·]\s*)?(.+)")
SIGNS = re.compile(r"\s*\+\s*|\s+([-−])\s+")


@dataclass(frozen=True)
class Near:
    """A relation with residuals. `rows`: rows of the file where it does not hold; `declared`: somebody said so."""

    bond: Bond
    rows: tuple[int, ...]
    declared: bool

    def text(self) -> str:
        """As a reader would write it: rent = cold + cost."""
        return written(self.bond)


def written(bond: Bond) -> str:
    """rent = cold + 2 * cost: what is positive on the left."""
    sides: tuple[list[str], list[str]] = ([], [])
    for name, c in bond.items():
        size = abs(c)
        shown = str(size.numerator) if size.denominator == 1 else f"{float(size):.6g}"
        sides[c < 0].append(name if size == 1 else f"{shown} * {name}")
    return " = ".join(" + ".join(side) or "0" for side in sides)


def parse(text: str, columns: Collection[str], option: str = "--relation") -> Bond:
    """A relation as somebody writes it: rent = cold + cost, with 2 * or 0.5 * before a column where needed.

    Raises `InputError` for what is no such equation, and for columns that there are not.
    """
    sides = text.split("=")
    bond: dict[str, Fraction] = {}
    for sign, side in zip((1, -1), sides, strict=False):
        parts = SIGNS.split(side.strip())
        for i in range(0, len(parts), 2):
            term = TERM.fullmatch((parts[i] or "").strip())
            if term is None:
                raise InputError("option-value", option=option, value=text, allowed="A = B + C")
            name = term[2].strip()
            require(option, name, columns)
            factor = Fraction((term[1] or "1").replace(",", ".")) * (-sign if i and parts[i - 1] else sign)
            bond[name] = bond.get(name, Fraction(0)) + factor
    bond = {n: c for n, c in bond.items() if c}
    if len(sides) != 2 or len(bond) < 2:
        raise InputError("option-value", option=option, value=text, allowed="A = B + C")
    return as_sum(bond)


def same(one: Bond, other: Bond) -> bool:
    """Whether two relations say the same."""
    if set(one) != set(other):
        return False
    return len({one[n] / other[n] for n in one}) == 1


def residual(bond: Bond, plain: Mapping[str, np.ndarray]) -> np.ndarray:
    """float[records]: Σ coefficient · value, without the dust of binary fractions."""
    scale = lcm(*(c.denominator for c in bond.values()))
    total = sum(int(c * scale) * plain[n] for n, c in bond.items())
    size = sum(abs(int(c * scale)) * plain[n] for n, c in bond.items())
    found = np.where(np.abs(total) <= 1e-9 * size, 0.0, total) / scale
    return np.asarray(np.round(found, 9))


def near_bonds(
    plain: Mapping[str, np.ndarray],
    whole: Mapping[str, np.ndarray],
    step: Mapping[str, Fraction],
    exact: Sequence[Bond],
    count: str,
) -> list[Bond]:
    """Relations that hold in most records and do not follow from the exact ones.

    plain: float[records] by column; whole: the same in whole numbers of `step`; count: the column of ones.
    """
    names = _free(plain, exact, count)
    if len(names) < 2:
        return []
    columns = [*names, count]
    values = np.stack([whole[n] for n in columns], 1)
    found: list[Bond] = []
    for bond in [*_common(values, columns, step), *_sums(plain, names, count)]:
        told = sum(n != count for n in bond) > 1 and not any(same(bond, other) for other in found)
        if told and _holds(bond, plain, count):
            found.append(bond)
    return _independent(found, columns)


def _free(plain: Mapping[str, np.ndarray], exact: Sequence[Bond], count: str) -> list[str]:
    """Columns that no exact relation gives already: of each relation, the one that is filled most is left out."""
    names = [n for n, v in plain.items() if n != count and np.any(v)]
    for bond in exact:
        mine = [n for n in names if n in bond]
        if mine:
            names.remove(max(mine, key=lambda n: np.count_nonzero(plain[n])))
    return names


def _common(values: np.ndarray, columns: Sequence[str], step: Mapping[str, Fraction]) -> list[Bond]:
    """What the records of small groups have in common exactly; the groups depend on no order of rows."""
    rows = np.unique(values, axis=0)
    size = len(columns) + 2
    if len(rows) < size:
        return []
    with np.errstate(over="ignore"):
        scattered = sum(_scattered(rows[:, j]) for j in range(rows.shape[1]))
    rows = rows[np.argsort(scattered, kind="stable")]
    found = []
    for number in range(TRIES):
        at = (number * max(1, len(rows) // TRIES) + np.arange(size)) % len(rows)
        space = null_space(rows[at])
        if space:
            for row in reduced([[Fraction(c) / step[n] for c, n in zip(v, columns, strict=True)] for v in space]):
                bond = {n: c for n, c in zip(columns, row, strict=True) if c}
                if max(abs(c) for c in bond.values()) <= LARGEST * min(abs(c) for c in bond.values()):
                    found.append(as_sum(bond))
    return found


def _scattered(values: np.ndarray) -> np.ndarray:
    words = values.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    return (words ^ (words >> np.uint64(29))) * np.uint64(0xBF58476D1CE4E5B9)


def _sums(plain: Mapping[str, np.ndarray], names: Sequence[str], count: str) -> list[Bond]:
    """Columns that are sums of others but for rounding."""
    found = []
    for target in names:
        others = [n for n in names if n != target]
        matrix = np.stack([plain[n] for n in (*others, count)], 1)
        keep = np.arange(len(matrix))
        for _ in range(4):
            factor = np.linalg.lstsq(matrix[keep], plain[target][keep], rcond=None)[0][:-1]
            whole = np.rint(factor)
            off = np.abs(plain[target] - matrix[:, :-1] @ whole)
            keep = np.argsort(off, kind="stable")[: max(len(others) + 2, int(MOST * len(matrix)))]
        if np.any(whole) and np.all(np.abs(factor - whole) < 0.1):
            terms = {n: Fraction(-int(c)) for n, c in zip(others, whole, strict=True) if c}
            found.append(as_sum({target: Fraction(1), **terms}))
    return found


def _holds(bond: Bond, plain: Mapping[str, np.ndarray], count: str) -> bool:
    off = np.abs(residual(bond, plain))
    size = np.maximum.reduce([np.abs(float(c)) * plain[n] for n, c in bond.items()])
    hit = off <= ROUNDED * size
    for name in bond:
        filled = plain[name] != 0
        if name != count and (filled.sum() < FEW or hit[filled].mean() < MOST):
            return False
    return True


def _independent(bonds: Sequence[Bond], columns: Sequence[str]) -> list[Bond]:
    """Those that say something new, the shortest first."""
    found: list[Bond] = []
    for bond in sorted(bonds, key=len):
        matrix = [[float(b.get(n, 0)) for n in columns] for b in (*found, bond)]
        if np.linalg.matrix_rank(np.array(matrix)) > len(found):
            found.append(bond)
    return found
