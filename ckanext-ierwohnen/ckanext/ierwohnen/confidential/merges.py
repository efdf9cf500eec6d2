"""Which classes of a column the advisor tries to put together, and the release in which they are.

In an ordered list (years, sizes) neighbours; elsewhere the smallest class with each other one, and the smallest ones as
a remaining group; in a hierarchy, of those below one category. Those that stand in many secret places come first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from .gather import Release
from .hierarchy import Hierarchy
from .microdata import Microdata
from .tabulate import Dimension

NUMBER = re.compile(r"(?<![^\W\d_])\d+(?:[.,]\d+)?")  # 1949–1957, not Q12


@dataclass(frozen=True)
class Merge:
    """Classes of a column that become one."""

    column: str
    classes: tuple[str, ...]

    @property
    def name(self) -> str:
        """What the joint class is called."""
        return " + ".join(self.classes)


def merges(dimension: Dimension, data: Microdata, secret: Mapping[str, int], ordered: bool, most: int) -> list[Merge]:
    """At most `most` merges of a column's classes, the most promising first.

    secret: in how many secret places each class stands. ordered: the classes are years; other lists are taken for
    ordered if each class but one has a number in its name that is no part of a word.
    """
    tree, levels = dimension.hierarchy, dimension.levels
    texts, counts = np.unique(data.columns[dimension.column], return_counts=True)
    size = dict(zip(texts.tolist(), counts.tolist(), strict=True))
    found: list[tuple[tuple[float, ...], Merge]] = []
    ordered = ordered or _has_order([c for c, leaf in zip(tree.codes, tree.is_leaf, strict=True) if leaf])
    for siblings in tree.children().values():
        leaves = [tree.codes[i] for i in siblings if tree.is_leaf[i] and (levels is None or tree.depth[i] in levels)]
        if len(leaves) < (3 if tree.depth.max() == 1 else 2):  # all classes of a column: rather without it
            continue
        for classes in _neighbours(leaves) if ordered else _small(leaves, size):
            rank = (len(classes) > 2, -sum(secret.get(c, 0) for c in classes) / len(classes))
            found.append(((*rank, sum(size.get(c, 0) for c in classes)), Merge(dimension.column, classes)))
    pair = [m for rank, m in sorted(found, key=_ranked) if not rank[0]]
    more = [m for rank, m in sorted(found, key=_ranked) if rank[0]]
    groups = min(len(more), most // 2)
    return pair[: most - groups] + more[:groups]


def _ranked(found: tuple[tuple[float, ...], Merge]) -> tuple[tuple[float, ...], tuple[str, ...]]:
    return found[0], found[1].classes


def _has_order(leaves: Sequence[str]) -> bool:
    return sum(NUMBER.search(c) is not None for c in leaves) >= max(2, len(leaves) - 1)


def _place(code: str) -> tuple[float, str]:
    """Where a class stands in an ordered list: by the first number in its name."""
    number = NUMBER.search(code)
    return (float(number[0].replace(",", ".")) if number else np.inf, code)


def _neighbours(leaves: Sequence[str]) -> Iterator[tuple[str, ...]]:
    order = sorted(leaves, key=_place)
    yield from pairwise(order)
    yield from zip(order[:-2], order[1:-1], order[2:], strict=True) if len(order) > 3 else ()


def _small(leaves: Sequence[str], size: Mapping[str, int]) -> Iterator[tuple[str, ...]]:
    order = sorted(leaves, key=lambda c: (size.get(c, 0), c))
    for other in order[1:]:
        yield (order[0], other)
    for count in range(3, len(order)):
        yield tuple(order[:count])


def merged(releases: Sequence[Release], merge: Merge) -> list[Release]:
    """The releases with the last one's classes put together.

    Earlier releases keep their classes, as a column of its own beside the new one: who knows both, knows how they
    overlap.
    """
    column, before = merge.column, f"{merge.column} \x1fbefore"
    made: dict[int, Microdata] = {}
    for release in releases:
        made.setdefault(id(release.data), _recoded(release.data, merge, before))
    found = []
    for release in releases[:-1]:
        tables = [
            replace(t, dimensions=tuple(replace(d, column=before) if d.column == column else d for d in t.dimensions))
            for t in release.tables
        ]
        found.append(replace(release, data=made[id(release.data)], tables=tuple(tables)))
    last = releases[-1]
    tables = [
        replace(t, dimensions=tuple(_joined(d, merge) if d.column == column else d for d in t.dimensions))
        for t in last.tables
    ]
    return [*found, replace(last, data=made[id(last.data)], tables=tuple(tables))]


def _joined(dimension: Dimension, merge: Merge) -> Dimension:
    tree, gone = dimension.hierarchy, set(merge.classes)
    first = min(tree.index[c] for c in merge.classes)
    keep = [i for i, c in enumerate(tree.codes) if c not in gone or i == first]
    place = {old: new for new, old in enumerate(keep)}
    codes = tuple(merge.name if i == first else tree.codes[i] for i in keep)
    parents = tuple(place.get(tree.parent[i], -1) for i in keep)
    sensitive = dimension.sensitive - gone | ({merge.name} if gone <= dimension.sensitive else set())
    return replace(dimension, hierarchy=Hierarchy(codes, parents), sensitive=frozenset(sensitive))


def _recoded(data: Microdata, merge: Merge, before: str) -> Microdata:
    """The same records with several classes under one name. Their fingerprints stay: they are the same records."""
    if merge.column not in data.columns:
        return data
    keys = data.columns[merge.column].astype(object)
    keys[np.isin(data.columns[merge.column], merge.classes)] = merge.name
    columns = {**data.columns, before: data.columns[merge.column], merge.column: keys.astype(str)}
    return replace(data, columns=columns)
