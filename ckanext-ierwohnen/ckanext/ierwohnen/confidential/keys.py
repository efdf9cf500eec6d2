"""Where a cell stands: the number of its place in a table, what lies above it, and what it is called in every table."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

import numpy as np

from .microdata import fingerprint, mix

if TYPE_CHECKING:
    from .tabulate import Table


def strides_of(sizes: list[int]) -> np.ndarray:
    """int64[dimensions]: by how much a key grows with each category of a dimension."""
    return np.array([int(np.prod(sizes[i + 1 :], dtype=np.int64)) for i in range(len(sizes))], np.int64)


def codes_of(keys: np.ndarray, table: Table) -> np.ndarray:
    """int[keys, dimensions]: the categories of keys."""
    sizes = [len(d.hierarchy.codes) for d in table.dimensions]
    return np.stack([(keys // stride) % size for stride, size in zip(strides_of(sizes), sizes, strict=True)], 1)


def with_totals(keys: np.ndarray, table: Table) -> np.ndarray:
    """Keys and those of all totals above them, ascending."""
    sizes = [len(d.hierarchy.codes) for d in table.dimensions]
    return with_above(keys, table, sizes, range(len(sizes)))


def with_above(keys: np.ndarray, table: Table, sizes: list[int], dims: Iterable[int]) -> np.ndarray:
    """Keys and those above them in these dimensions, ascending."""
    strides = strides_of(sizes)
    for d, stride in ((table.dimensions[i], strides[i]) for i in dims):
        size, above = len(d.hierarchy.codes), [d.hierarchy.ancestors(c) for c in range(len(d.hierarchy.codes))]
        code = (keys // stride) % size
        found = [k + (above[c] - c) * stride for k, c in zip(keys, code, strict=True)]
        keys = np.unique(np.concatenate(found)) if len(keys) else keys
    return keys


def cutting(empty: np.ndarray, table: Table, columns: Collection[str]) -> np.ndarray:
    """Keys of cells that cut through a group, which nobody may know to fall wholly into one category.

    They hold the same records as others: (district, vacant) as (its one vacant quarter). But who knows the quarter's
    dwellings knows not how many of them are vacant.

    empty: keys of the open zeros of groups in these columns
    """
    sizes = [len(d.hierarchy.codes) for d in table.dimensions]
    strides, cut = strides_of(sizes), np.zeros(0, np.int64)
    for i in (i for i, d in enumerate(table.dimensions) if d.column in columns):
        tree, stride = table.dimensions[i].hierarchy, strides[i]
        code = (empty // stride) % sizes[i]
        parent = np.array(tree.parent)[code]
        for above in np.unique(parent[parent >= 0]):
            below = [c for c in range(sizes[i]) if c != above and above in tree.ancestors(c)]
            zeros = empty[parent == above]
            found = np.unique((zeros - (zeros // stride) % sizes[i] * stride)[:, None] + np.array(below) * stride)
            cut = np.union1d(cut, with_above(found, table, sizes, [j for j in range(len(sizes)) if j != i]))
    return cut


def places(codes: np.ndarray, table: Table) -> np.ndarray:
    """uint64[cells]: a number for each place, the same in every table, whatever else is at its total there."""
    found = np.zeros(len(codes), np.uint64)
    with np.errstate(over="ignore"):
        for i, d in enumerate(table.dimensions):
            named = np.array([f"{d.column}={c}" for c in d.hierarchy.codes], str)
            word = np.where(np.array(d.hierarchy.parent) >= 0, mix(fingerprint(named)[:, 0]), np.uint64(0))
            found += word[codes[:, i]]
    return found


def placed(source: str, table: Table, codes: np.ndarray) -> np.ndarray:
    """uint64[cells]: what to call places, the same in every table of a source."""
    return mix(places(codes, table) ^ fingerprint(np.array([source]))[0, 0])


def called_in(table: Table, codes: np.ndarray) -> np.ndarray:
    """uint64[cells]: a number for the categories of each place, whatever the columns are called."""
    named = [np.array(d.hierarchy.codes, object)[c] for d, c in zip(table.dimensions, codes.T, strict=True)]
    return fingerprint(np.array(["|".join(sorted(map(str, place))) for place in zip(*named, strict=True)], str))[:, 0]


def labels(codes: np.ndarray, table: Table, salt: str) -> np.ndarray:
    """str[cells]: each place by its categories; a total names nothing, so that it is called the same in every table."""
    names = [
        sorted(f"{d.column}={d.hierarchy.codes[c]}" for d, c in zip(table.dimensions, row, strict=True)
               if d.hierarchy.parent[c] >= 0)
        for row in codes
    ]  # fmt: skip
    return np.array([salt + "|".join(one) for one in names], str)


def prints(labels: np.ndarray) -> np.ndarray:
    """uint64[labels, 2]: their fingerprints."""
    return fingerprint(labels) if len(labels) else np.zeros((0, 2), np.uint64)
