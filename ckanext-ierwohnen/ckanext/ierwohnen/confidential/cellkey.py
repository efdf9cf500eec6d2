"""The cell key method for counts: the same records always get the same noise.

Every record carries a random key, uniform on [0, 1). A cell's key is the fractional part of the sum of its records'
keys; a perturbation table (p-table) turns the count and the key into a deviation v. For each count n the deviations are
distributed with

    mean 0,   variance V,   |v| ≤ D,   n + v ≥ 0 and n + v not in 1 … js,   and the greatest entropy among these.

Sources: Fraser and Wooton (2005) and Thompson, Broadfoot and Elazar (2013), ABS; Marley and Leaver (2011) on maximum
entropy; Enderle, Giessing and Tent (2018, 2020) and Höhne and Höninger (2018) on its use by Destatis for the census of
2022. Zero stays zero.

The keys of two different sets of records are independent, so a difference of two nested cells carries the variance 2 V;
`disclosure_risk` gives the chance that it tells the truth. Three sets are not (the key of a union is the sum of keys).
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.optimize import linprog, minimize

from .errors import InputError
from .figures import PERTURBED
from .microdata import COUNT, Microdata
from .reading import names, numbers, row_of
from .tabulate import MAX_CELLS, Table, tabulate

SCALE = 2**48


@dataclass(frozen=True)
class PTable:
    """Distributions of the deviation for the counts 0 … last, the last one for all larger counts too.

    `deviations`: int[2 D + 1], −D … D; `share`: float[last + 1, 2 D + 1], each row sums to 1.
    """

    deviations: np.ndarray
    share: np.ndarray
    variance: float

    def draw(self, count: np.ndarray, key: np.ndarray) -> np.ndarray:
        """int[k]: deviations for counts and cell keys (float[k] in [0, 1)), by inverting the distribution."""
        row = np.minimum(count, len(self.share) - 1)
        ends = np.cumsum(self.share, axis=1)
        ends[:, -1] = 1.0
        return self.deviations[(key[:, None] >= ends[row]).sum(axis=1)]


def p_table(deviation: int = 4, variance: float = 2.0, js: int = 0) -> PTable:
    """The p-table of greatest entropy for a maximum deviation D, a variance V, and no results 1 … js.

    Raises `InputError` (count named) where no distribution has mean 0 and variance V. For small counts, which cannot go
    down far, the variance may be out of reach; then the largest smaller one is taken, as the ABS does, but never below
    V / 4.
    """
    if deviation < 1 or variance <= 0 or js < 0 or js >= deviation:
        raise InputError("ptable-infeasible", deviation=deviation, variance=variance, count="–")
    steps = np.arange(-deviation, deviation + 1)
    rows = [np.where(steps == 0, 1.0, 0.0)]
    for count in range(1, deviation + js + 2):
        result = count + steps
        allowed = (result >= 0) & ((result == 0) | (result > js))
        rows.append(_greatest_entropy(steps, allowed, variance, count, deviation))
    return PTable(steps, np.array(rows), variance)


def _greatest_entropy(
    steps: np.ndarray, allowed: np.ndarray, variance: float, count: int, deviation: int
) -> np.ndarray:
    support = steps[allowed].astype(float)
    low, high = _variance_range(support)
    if high < variance / 4 - 1e-12 or low > variance + 1e-12:
        raise InputError("ptable-infeasible", deviation=deviation, variance=variance, count=count)
    found = np.zeros(len(steps))
    found[allowed] = _entropy_weights(support, min(variance, high), high)
    return found


def _variance_range(support: np.ndarray) -> tuple[float, float]:
    """Smallest and largest variance of a distribution on the support with mean 0 (two linear programs)."""
    fixed = {"A_eq": [np.ones(len(support)), support], "b_eq": [1.0, 0.0], "bounds": [(0, 1)] * len(support)}
    low = linprog(support**2, method="highs", **fixed)
    high = linprog(-(support**2), method="highs", **fixed)
    return (np.inf, -np.inf) if low.status else (float(low.fun), float(-high.fun))


def _entropy_weights(support: np.ndarray, variance: float, high: float) -> np.ndarray:
    """p ∝ exp(a·v + b·v²): the dual of the entropy problem is smooth and convex in (a, b); at the border, the
    vertex."""
    if variance > high - 1e-9:
        fixed = {"A_eq": [np.ones(len(support)), support], "b_eq": [1.0, 0.0], "bounds": [(0, 1)] * len(support)}
        return np.asarray(linprog(-(support**2), method="highs", **fixed).x)

    def weights(x: np.ndarray) -> np.ndarray:
        exponent = x[0] * support + x[1] * support**2
        grown = np.exp(exponent - exponent.max())
        return grown / grown.sum()

    def dual(x: np.ndarray) -> tuple[float, np.ndarray]:
        exponent = x[0] * support + x[1] * support**2
        top = exponent.max()
        p = weights(x)
        value = top + np.log(np.exp(exponent - top).sum()) - x[1] * variance
        return float(value), np.array([p @ support, p @ support**2 - variance])

    x = minimize(dual, np.array([0.0, -0.1]), jac=True, method="BFGS", options={"gtol": 1e-13, "maxiter": 2_000}).x
    return _polished(support, variance, x)


def _polished(support: np.ndarray, variance: float, x: np.ndarray) -> np.ndarray:
    """Newton steps on mean and variance down to the last digits."""
    for _ in range(50):
        exponent = x[0] * support + x[1] * support**2
        p = np.exp(exponent - exponent.max())
        p /= p.sum()
        moments = np.stack([support, support**2])
        gap = moments @ p - np.array([0.0, variance])
        if np.abs(gap).max() < 1e-14:
            break
        centred = moments - (moments @ p)[:, None]
        x = x - np.linalg.solve(centred * p @ centred.T, gap)
    return p


def record_keys(identifiers: Sequence[str], secret: bytes) -> np.ndarray:
    """uint64[n] below 2^48: keys of records by keyed BLAKE2b, so that a record keeps its key in every delivery.

    The secret must stay with the publishing office: who has it can take the noise off. Raises `InputError` if it is
    short.
    """
    if len(secret) < 16:
        raise InputError("secret-short")
    key, mask = hmac.digest(secret, b"cell key", "sha256"), SCALE - 1
    digests = (blake2b(str(i).encode(), digest_size=8, key=key).digest() for i in identifiers)
    return np.array([int.from_bytes(d, "big") & mask for d in digests], np.uint64)


def given_keys(data: Microdata, column: str) -> np.ndarray:
    """uint64[n] below 2^48: keys that the records carry, numbers in [0, 1).

    Raises `InputError` if they are no such numbers, or if they are not evenly spread: noise from such keys would have
    another mean and variance. Even keys fail with a chance below 10⁻⁶ (Kolmogorov's distance, bound of Massart 1990).
    """
    given = numbers(data.raw, column)
    beyond = np.flatnonzero(given >= 1)
    if len(beyond):
        at = int(beyond[0])
        raise InputError("record-key", row=row_of(data.raw, at), column=column, value=data.raw[column].iloc[at])
    n, ordered = len(given), np.sort(given)
    distance = max((np.arange(1, n + 1) / n - ordered).max(), (ordered - np.arange(n) / n).max())
    if distance > np.sqrt(np.log(2 / 1e-6) / (2 * n)):
        raise InputError("record-keys-uneven", column=column)
    return np.floor(given * SCALE).astype(np.uint64)


def read_secret(path: Path) -> bytes:
    """The office's secret, a file of at least 16 bytes (blanks at its end do not count)."""
    if not path.is_file():
        raise InputError("file-missing", name=str(path))
    return path.read_bytes().strip()


def keyed_table(
    data: Microdata,
    tables: Sequence[Table],
    record_id: str | None,
    secret: Path | None,
    record_key: str | None,
    noise: PTable,
    max_cells: int = MAX_CELLS,
) -> pd.DataFrame:
    """Counts with noise of all tables (columns as `perturb`), keys from a column, or from identifiers and a secret."""
    if record_key:
        record = given_keys(data, record_key)
    elif record_id and secret:
        record = record_keys(names(data.raw, record_id).tolist(), read_secret(secret))
    else:
        raise InputError("record-keys-missing")
    return pd.concat([perturb(data, t, record, noise, max_cells) for t in tables], ignore_index=True)


def perturb(
    data: Microdata, table: Table, record: np.ndarray, noise: PTable, max_cells: int = MAX_CELLS
) -> pd.DataFrame:
    """Counts of a table with noise: columns table, one per dimension, measure, value, status ("perturbed"), rule.

    record: uint64[records], the keys from `record_keys`. Every record counts one (weights are refused: they would
    scale the noise away).
    """
    if not np.all(data.amounts[COUNT] * data.step[COUNT] == 1):
        raise InputError("cell-key-weight")
    keyed = Microdata(
        data.columns,
        np.zeros(len(data), int),
        ("",),
        {COUNT: data.amounts[COUNT], "key": record.astype(np.int64)},
        {**data.step, "key": 1.0},
        {COUNT: data.identity[COUNT], "key": data.identity[COUNT]},
        data.rows,
        data.raw,
    )
    cells = tabulate(keyed, Table(table.name, table.dimensions, (COUNT, "key")), max_cells)
    shown = cells.records > 0
    for i, d in enumerate(table.dimensions):
        if d.levels is not None:
            shown &= np.isin(d.hierarchy.depth[cells.codes[:, i]], list(d.levels))
    plain = np.flatnonzero(shown)
    cell_key = (cells.amounts[plain, 1] % SCALE) / SCALE
    value = cells.records[plain] + noise.draw(cells.records[plain], cell_key)
    columns = {
        d.column: np.array(d.hierarchy.codes, dtype=object)[cells.codes[plain, i]]
        for i, d in enumerate(table.dimensions)
    }
    fixed = {"measure": COUNT, "value": value.astype(float), "status": PERTURBED, "rule": ""}
    return pd.DataFrame({"table": table.name, **columns, **fixed})


def difference_of_noise(noise: PTable, count: int, smaller: int | None = None) -> dict[int, float]:
    """Distribution of the difference of the deviations of two cells, the second with `smaller` records (default: as
    many): what a difference of two cells hides behind. Keys of different sets of records are independent by pairs."""
    share, other = (noise.share[min(n, len(noise.share) - 1)] for n in (count, count if smaller is None else smaller))
    both = np.convolve(share, other[::-1])
    top = len(noise.deviations) - 1
    return {int(d): float(p) for d, p in zip(range(-top, top + 1), both, strict=True) if p > 0}


def disclosure_risk(noise: PTable, count: int) -> float:
    """Chance that a cell less the same cell without one record shows that one."""
    return difference_of_noise(noise, count, max(count - 1, 0))[0]


def averaging_risk(noise: PTable, count: int, queries: int) -> float:
    """Chance that the mean of so many independent deviations, rounded, is 0: who can form the same cell from so many
    others, whose differences it knows, learns the count (variance V / queries)."""
    share = noise.share[min(count, len(noise.share) - 1)]
    total = np.ones(1)
    for _ in range(queries):
        total = np.convolve(total, share)
    mean = (np.arange(len(total)) - queries * int(noise.deviations.max())) / queries
    return float(total[np.abs(mean) < 0.5].sum())
