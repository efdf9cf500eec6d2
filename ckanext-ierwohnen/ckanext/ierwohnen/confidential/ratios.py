"""What a shown ratio tells of two numbers that are not shown: low ≤ top / bottom ≤ high, as it was rounded.

Neither number is told by it, but whoever learns one of them has the other. Each end is an equation in whole numbers
with a cell of its own that is not below nothing to whoever was shown the ratio, and that stands in no table:

    low · bottom + s = top,    top + t = high · bottom,    s, t ≥ 0    (times the denominators of low and high)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np
from scipy import sparse

from .model import UnionModel


@dataclass(frozen=True)
class Ratio:
    """top, bottom: cells; audience: who was shown it."""

    top: int
    bottom: int
    low: Fraction
    high: Fraction
    audience: str

    @classmethod
    def rounded(cls, model: UnionModel, top: int, bottom: int, factor: int, precision: int, audience: str) -> Ratio:
        """What was shown as factor · top / bottom with so many decimals.

        Of what it can have been before no more than a half is left out at either end, so that no large numbers make a
        solver's life hard: readers pass for knowing more than they do.
        """
        true, scale = Fraction(float(model.value[top])) / Fraction(float(model.value[bottom])), factor * 10**precision
        shown = round(round(float(true) * factor, precision) * 10**precision)
        low, high = max(Fraction(2 * shown - 1, 2 * scale), Fraction(0)), Fraction(2 * shown + 1, 2 * scale)
        low, high = min(low, true), max(high, true)
        return cls(top, bottom, _simplest(low, (low + true) / 2), _simplest((true + high) / 2, high), audience)


def _simplest(low: Fraction, high: Fraction) -> Fraction:
    """The fraction with the smallest numbers between two that are not below nothing, both included."""
    whole = Fraction(low.numerator // low.denominator)
    if whole == low:
        return whole
    if whole + 1 <= high:
        return whole + 1
    return whole + 1 / _simplest(1 / (high - whole), 1 / (low - whole))


def with_ratios(model: UnionModel, ratios: Sequence[Ratio]) -> UnionModel:
    """The model as those know it who were shown these ratios."""
    if not ratios:
        return model
    n, k = len(model), len(ratios)
    each, one = np.arange(k), np.ones(k)
    top, bottom = np.array([(r.top, r.bottom) for r in ratios]).T
    low, high = (np.array([(f.numerator, f.denominator) for f in some], float).T
                 for some in ([r.low for r in ratios], [r.high for r in ratios]))  # fmt: skip
    terms = [
        (each, bottom, low[0]), (each, n + each, one), (each, top, -low[1]),
        (k + each, top, high[1]), (k + each, n + k + each, one), (k + each, bottom, -high[0]),
    ]  # fmt: skip
    row, column, factor = (np.concatenate(x) for x in zip(*terms, strict=True))
    ends = sparse.csr_matrix((factor, (row, column)), (2 * k, n + 2 * k))
    ends.eliminate_zeros()
    rest = -(ends[:, :n] @ model.value)
    no, none, nobody = np.zeros(2 * k, bool), np.zeros(2 * k), sparse.csr_matrix((2 * k, len(model.contributors)))
    added = {
        "value": np.maximum(rest, 0.0), "lower": none - np.inf, "upper": np.full(2 * k, np.inf),
        "records": none, "holders": none, "measure": none - 1, "imprint": none, "about": none, "cost": none,
        **dict.fromkeys(("integral", "asked", "group", "change", "ruled", "declared", "behind", "kept"), no),
    }  # fmt: skip
    whole: dict[str, Any] = {
        name: np.r_[getattr(model, name), x.astype(getattr(model, name).dtype)] for name, x in added.items()
    }
    old = model.relations
    wide = sparse.csr_matrix((old.data, old.indices, old.indptr), (old.shape[0], n + 2 * k))
    return replace(
        model,
        **whole,
        known={a: np.r_[known, no] for a, known in model.known.items()},
        parts=sparse.vstack([model.parts, nobody]).tocsr(),
        counts=sparse.vstack([model.counts, nobody]).tocsr(),
        relations=sparse.vstack([wide, ends]).tocsr(),
        rated={a: _shown_to(model, ratios, a) for a in model.audiences.includes},
    )


def _shown_to(model: UnionModel, ratios: Sequence[Ratio], audience: str) -> np.ndarray:
    """The cells of ratios that these readers were shown."""
    sees = model.audiences.sees(audience)
    cells = len(model) + np.flatnonzero([ratio.audience in sees for ratio in ratios])
    return np.r_[cells, cells + len(ratios)]
