"""Ready tables: cells that somebody else has added up, with what the rules need to know about each.

Without records nobody's own part is known, so such a table is protected against outsiders and, by the p %
rule, against the second largest contributor; not against every insider.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse

from .arrange import Draft, arrange
from .errors import InputError
from .hierarchy import Hierarchy
from .microdata import COUNT, numbers
from .model import PUBLIC, Audiences, UnionModel

TOLERANCE = 1e-6
SENSITIVE = {"primary", "u", "unsafe"}


@dataclass(frozen=True)
class ReadyColumns:
    """Names of the columns: the value; optionally records, contributors, the largest and second largest part,
    status."""

    value: str
    records: str | None = None
    contributors: str | None = None
    first: str | None = None
    second: str | None = None
    status: str | None = None


def ready_model(
    frame: pd.DataFrame, trees: Mapping[str, Hierarchy], columns: ReadyColumns, *, name: str = ""
) -> UnionModel:
    """The model of one ready table, totals included; missing totals are refused, missing zeros are not.

    Raises `InputError` naming the row or cell: unknown or repeated categories, sums that do not add up.
    """
    places = _places(frame, trees)
    value = numbers(frame, columns.value, name=name)
    given = {place: i for i, place in enumerate(places)}
    relations = _relations(given, value, trees)
    n = len(frame)
    records = _optional(frame, columns.records, np.where(value > 0, 10**9, 0), name)
    holders = _optional(frame, columns.contributors, np.where(value > 0, 10**9, 0), name)
    first = _optional(frame, columns.first, np.zeros(n), name)
    second = _optional(frame, columns.second, np.zeros(n), name)
    declared = np.zeros(n, bool)
    if columns.status:
        if columns.status not in frame:
            raise InputError("column-missing", column=columns.status, name=name, columns=", ".join(frame.columns))
        declared = frame[columns.status].astype(str).str.strip().str.lower().isin(SENSITIVE).to_numpy()
    filled = value > 0
    dims = list(trees)
    labels = [dict(zip(dims, place, strict=True)) for place in places]
    depths = [{d: int(trees[d].depth[trees[d].index[p]]) for d, p in zip(dims, place, strict=True)} for place in places]
    positions = pd.DataFrame(
        {
            "release": name,
            "table": name or "t",
            "measure": columns.value,
            "key": np.arange(n),
            "cell": np.arange(n),
            "shown": True,
            "new": True,
            "published": False,
            "height": [sum(int(trees[d].height[trees[d].index[v]]) for d, v in named.items()) for named in labels],
        }
    )
    whole = columns.value == COUNT
    return arrange(
        Draft(
            measures=(columns.value,),
            contributors=("1.", "2."),
            audiences=Audiences(),
            audience=PUBLIC,
            value=value,
            records=records.astype(np.int64),
            measure=np.zeros(n, int),
            parts=sparse.csr_matrix(np.stack([first, second], 1)),
            counts=sparse.csr_matrix((n, 2)),
            relations=relations,
            group=np.zeros(n, bool),
            change=np.zeros(n, bool),
            listed=np.ones(n, bool),
            ruled=np.ones(n, bool),
            declared=declared,
            integral=np.full(n, whole),
            asked=filled | declared,
            known={PUBLIC: ~filled & ~declared},
            kept=np.zeros(n, bool),
            cost=np.where(filled, 1.0, 0.0),
            holders=holders.astype(np.int64),
            positions=positions,
            labels=labels,
            depths=depths,
        )
    )


def _optional(frame: pd.DataFrame, column: str | None, default: np.ndarray, name: str) -> np.ndarray:
    return default if column is None else numbers(frame, column, name=name)


def _places(frame: pd.DataFrame, trees: Mapping[str, Hierarchy]) -> list[tuple[str, ...]]:
    columns = []
    for dimension, tree in trees.items():
        if dimension not in frame:
            raise InputError("column-missing", column=dimension, name="", columns=", ".join(map(str, frame.columns)))
        keys = [str(k).strip() for k in frame[dimension]]
        for row, key in enumerate(keys, start=2):
            if not key:
                raise InputError("key-missing", row=row, column=dimension)
            if key not in tree.index:
                raise InputError("key-not-in-hierarchy", row=row, key=key, column=dimension)
        columns.append(keys)
    places = list(zip(*columns, strict=True))
    seen: dict[tuple[str, ...], int] = {}
    for row, place in enumerate(places, start=2):
        if place in seen:
            raise InputError("cell-twice", row=row, cell=_named(list(trees), place))
        seen[place] = row
    return places


def _named(dims: Sequence[str], place: Sequence[str]) -> str:
    return ", ".join(f"{d}={p}" for d, p in zip(dims, place, strict=True))


def _relations(given, value: np.ndarray, trees: Mapping[str, Hierarchy]) -> sparse.csr_matrix:
    """Every sum of the table; a total whose parts are given must be given and add up."""
    dims, rows, cols, data, count = list(trees), [], [], [], 0
    for i, tree in enumerate(trees.values()):
        groups: dict[tuple[str, ...], list[int]] = {}
        for place, at in given.items():
            above = tree.parent[tree.index[place[i]]]
            if above >= 0:
                groups.setdefault((*place[:i], tree.codes[above], *place[i + 1 :]), []).append(at)
        for place, parts in sorted(groups.items()):
            total = float(value[parts].sum())
            if place not in given:
                raise InputError("cell-missing", cell=_named(dims, place))
            at = given[place]
            if abs(value[at] - total) > TOLERANCE * max(1.0, value[at]):
                raise InputError("not-additive", cell=_named(dims, place), given=value[at], sum=total)
            rows += [count] * (len(parts) + 1)
            cols += [at, *parts]
            data += [1.0, *[-1.0] * len(parts)]
            count += 1
    children = [tree.children() for tree in trees.values()]
    for place in given:
        for i, tree in enumerate(trees.values()):
            inner = not tree.is_leaf[tree.index[place[i]]]
            if inner and value[given[place]] > 0 and not _has_parts(given, place, i, tree, children[i]):
                raise InputError("cell-missing", cell=_named(dims, place) + " → " + dims[i])
    return sparse.csr_matrix((data, (rows, cols)), (count, len(given)))


def _has_parts(given, place: tuple[str, ...], i: int, tree: Hierarchy, children: dict[int, list[int]]) -> bool:
    below = children[tree.index[place[i]]]
    return any((*place[:i], tree.codes[c], *place[i + 1 :]) in given for c in below)
