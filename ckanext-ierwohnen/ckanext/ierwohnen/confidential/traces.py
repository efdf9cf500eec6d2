"""Records known again, whatever their source is called: by hashes of rows and of columns, in any order.

A trace tells no record, but whoever guesses a whole row can check the guess: it is for the house, as the reports are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
import pandas as pd

from .reading import cleaned

KEPT = 512  # hashes of rows that a trace keeps: the smallest, which subsets keep as well (Broder 1997)
COMMON = 3  # rows in common that are no chance
BITS = 40  # evidence of equal columns that is no chance: once in 2^40
MASK = np.uint64(2**48 - 1)
NUMBER = re.compile(r"[+-]?0*(\d+(?:\.\d{3})+(?=,)|\d+)(?:[.,](\d*?)0*)?")


@dataclass(frozen=True)
class Trace:
    """What a table of records is known again by.

    whole: a hash of all rows; rows: the smallest hashes of different rows, with and without the columns that number
    them, where rows tell records apart; columns: by the hash of the values of a column, what its equality is worth.
    """

    whole: int
    rows: frozenset[int] = frozenset()
    columns: tuple[tuple[int, int], ...] = ()

    def shares(self, other: Trace) -> bool:
        """Both are of the same records, or of some of the same.

        Found are: the same rows; rows in common, where both have the same columns (but for one that numbers them); the
        same records with some of the same columns, if these tell enough.
        """
        mine = dict(other.columns)
        return (
            self.whole == other.whole
            or len(self.rows & other.rows) >= COMMON
            or sum(bits for word, bits in self.columns if word in mine) >= BITS
        )

    def written(self) -> tuple[str, str, str]:
        """The trace as three texts for a file."""
        columns = " ".join(f"{word:012x}:{bits}" for word, bits in self.columns)
        return f"{self.whole:012x}", columns, " ".join(f"{r:012x}" for r in sorted(self.rows))


def parse_trace(whole: str, columns: str, rows: str) -> Trace | None:
    """A trace as `written`; None for an empty one. Raises `ValueError` for anything else."""
    if not whole:
        return None
    pairs = tuple((int(word, 16), int(bits)) for word, bits in (c.split(":") for c in columns.split()))
    return Trace(int(whole, 16), frozenset(int(r, 16) for r in rows.split()), pairs)


def trace_of(frame: pd.DataFrame, columns: Iterable[str]) -> Trace:
    """The trace of a table of records.

    Names and order of columns, the order of rows, and how a number or a name is written do not matter.
    """
    rows = numbering = different = np.zeros(len(frame), np.uint64)
    found = []
    for column in columns:
        codes, texts = pd.factorize(frame[column].astype(str))
        words = np.array([_hashed(canonical(str(t))) for t in texts], np.uint64)[codes]
        rows = rows + words  # a sum: the order of columns does not matter
        bits = _bits(np.bincount(codes), texts)
        if bits:
            found.append((_together(words), bits))
        if len(texts) == len(frame):
            different = different + words
            if not bits:
                numbering = numbering + words
    kept = _smallest(rows) | _smallest(rows - numbering) | _smallest(rows - different)
    return Trace(_together(rows), kept, tuple(sorted(found)))


def _smallest(rows: np.ndarray) -> frozenset[int]:
    """A bottom-k sketch of the different rows; none where most rows come more than once."""
    different = np.unique(_mixed(rows) & MASK)
    return frozenset(different[:KEPT].tolist()) if 2 * len(different) > len(rows) else frozenset()


def canonical(text: str) -> str:
    """A value without the ways of writing it: 0850,50 and 850.5, capitals, blanks."""
    number = NUMBER.fullmatch(text.strip())
    if number is None:
        return cleaned(text).casefold()
    sign = "-" if text.strip().startswith("-") else ""
    return f"{sign}{number[1].replace('.', '')}" + (f".{number[2]}" if number[2] else "")


def _bits(counts: np.ndarray, texts: Iterable[object]) -> int:
    """What it is worth that a column of another file has the same values as often: log₂ of how widely the counts of its
    categories scatter. Consecutive numbers are worth nothing: many files have them."""
    if len(counts) < 2:
        return 0
    if len(counts) == counts.sum():
        digits = ["".join(filter(str.isdecimal, str(t))) for t in texts]
        if all(digits):
            numbers = np.array([int(d[:15]) for d in digits])
            if numbers.max() - numbers.min() < 2 * len(numbers):
                return 0
    return min(BITS, int(np.log2(1 + np.sqrt(np.sort(counts)[:-1])).sum()))


def _hashed(text: str) -> int:
    """64 bits of BLAKE2b; nothing is 0, so that an empty column makes no difference."""
    if not text:
        return 0
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")


def _mixed(words: np.ndarray) -> np.ndarray:
    """The finaliser of SplitMix64, as in `microdata.mix`."""
    with np.errstate(over="ignore"):
        words = (words ^ (words >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        words = (words ^ (words >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return words ^ (words >> np.uint64(31))


def _together(words: np.ndarray) -> int:
    """A hash of a multiset: the sum of the scattered words, and how many."""
    return int(_mixed(np.array([_mixed(words).sum() + np.uint64(len(words))], np.uint64))[0] & MASK)
