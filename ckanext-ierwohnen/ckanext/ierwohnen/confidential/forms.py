"""What the form of a table tells beyond its figures: why a cell is hidden is an inequality about it.

Readers of one class ("secret") learn nothing. Who reads that a cell is hidden for another's sake knows that it breaks
no rule; who reads the rules knows which it breaks and which not (n, c: smallest numbers of records and contributors):

    minimum_records given         count ≤ n − 1
    minimum_records not given     count ≥ n
    minimum_contributors not given  count ≥ c
    dominance (m, k) not given    X ≥ 100/k · x_S for contributors S, at most m of them

The first three need unweighted counts, the last two that no consent is recorded (it takes rules off in silence).
Bounds from above on values (somebody who knows that nobody is larger) are not linear, and are not reckoned with.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from scipy import sparse

from .microdata import COUNT
from .model import UnionModel
from .parameters import Parameters
from .patterns import Pattern
from .rules import CONTRIBUTORS, DOMINANCE, RECORDS, RULES


def told(model: UnionModel, pattern: Pattern, parameters: Parameters) -> UnionModel | None:
    """The model as a reader of the pattern's statuses and rules knows it; None if they tell nothing."""
    lower, upper, factor = model.lower.copy(), model.upper.copy(), np.ones(len(model))
    for place, cell, count in _places(model, pattern):
        broken, kept = _said(pattern, place)
        if count is not None:
            if RECORDS in broken:
                upper[count] = min(upper[count], parameters.minimum_records - 1)
            if RECORDS in kept:
                lower[count] = max(lower[count], parameters.minimum_records)
            if CONTRIBUTORS in kept and not parameters.consents:
                lower[count] = max(lower[count], parameters.minimum_contributors)
        if DOMINANCE in kept and _by_dominance(model, cell, parameters):
            factor[cell] = 100 / parameters.dominance_k
    lower, upper = np.minimum(lower, model.value), np.maximum(upper, model.value)  # what is not true rules nothing out
    if np.array_equal(lower, model.lower) and np.array_equal(upper, model.upper) and np.all(factor == 1):
        return None
    return replace(model, lower=lower, upper=upper, parts=_raised(model, factor))


def _places(model: UnionModel, pattern: Pattern) -> Iterator[tuple[tuple, int, int | None]]:
    """Places that the file has a word on: (place, its cell, the cell of the unweighted count of the same records)."""
    order = {t.name: [d.column for d in t.dimensions] for t in pattern.tables}
    cell, table, measure, new = (model.positions[c].to_numpy() for c in ("cell", "table", "measure", "new"))
    at = {
        (table[r], measure[r], tuple(model.labels[r][d] for d in order[table[r]])): int(cell[r])
        for r in np.flatnonzero(new)
        if table[r] in order
    }
    for name, what, categories in pattern.words:
        count = at.get((name, COUNT, categories))
        if count is not None and (not model.integral[count] or model.value[count] != model.records[count]):
            count = None
        mine = at.get((name, what, categories), count)
        if mine is not None:
            yield (name, what, categories), mine, count


def _said(pattern: Pattern, place: tuple) -> tuple[frozenset[str], frozenset[str]]:
    """Rules that the reader knows to be broken, and to be kept."""
    sensitive, rules = pattern.words[place]
    if not sensitive:
        return frozenset(), frozenset(RULES)
    return frozenset(rules), frozenset(RULES).difference(rules) if rules else frozenset()


def _by_dominance(model: UnionModel, cell: int, parameters: Parameters) -> bool:
    amount = parameters.counts_as_values or model.measures[model.measure[cell]] != COUNT
    few = all(len(c) <= parameters.dominance_n for c in parameters.coalitions)
    return amount and few and not parameters.consents


def _raised(model: UnionModel, factor: np.ndarray) -> sparse.csr_matrix:
    """Each contributor's part times the factor of the cell: what it knows the value to be at least."""
    parts = model.parts.multiply(factor[:, None]).tocsr()
    return parts.minimum(sparse.diags(model.value) @ (model.parts > 0)).tocsr()
