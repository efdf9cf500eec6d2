"""Ready tables: cells that somebody else has added up, with what the rules need to know about each.

Without records nobody's own part is known, so such a table is protected against outsiders and, by the p %
rule, against the second largest contributor; not against every insider.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy import sparse

from .arrange import Draft, arrange
from .errors import InputError
from .figures import PERTURBED, PRIMARY, PUBLISHED
from .hierarchy import Hierarchy
from .microdata import COUNT
from .model import PUBLIC, Audiences, Tenures, UnionModel
from .patterns import STATUS, read_status
from .reading import names, numbers, row_of

TOLERANCE = 1e-6
READY_STATUS = {**{k: v for k, v in STATUS.items() if v != PERTURBED}, "": PUBLISHED}


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
    if columns.value == COUNT and not columns.records:
        columns = replace(columns, records=COUNT)
    if not (columns.records or columns.contributors or columns.first or columns.status):
        raise InputError("ready-no-rules", name=name)
    if bool(columns.first) != bool(columns.second):
        raise InputError("ready-two-parts", name=name)
    places = _places(frame, trees)
    value = numbers(frame, columns.value, name=name)
    given = {place: i for i, place in enumerate(places)}
    n = len(frame)
    records = _optional(frame, columns.records, np.where(value > 0, 10**9, 0), name)
    relations = _relations(given, value, records, columns.records is not None, trees)
    holders = _optional(frame, columns.contributors, np.where(value > 0, 10**9, 0), name)
    first = _optional(frame, columns.first, np.zeros(n), name)
    second = _optional(frame, columns.second, np.zeros(n), name)
    _refuse_odd(frame, list(trees), places, value, first, second)
    if columns.contributors:
        most = records if columns.records else np.full(n, np.inf)
        _refuse_contributors(frame, list(trees), places, holders, most, (value > 0) | (np.isfinite(most) & (most > 0)))
    filled = value > 0
    if columns.records:
        filled |= records > 0  # somebody is there, though the value is zero
    declared = np.zeros(n, bool)
    if columns.status:
        declared = np.array([s == PRIMARY for s in read_status(frame, columns.status, READY_STATUS)], bool)
    dims = list(trees)
    labels = [dict(zip(dims, place, strict=True)) for place in places]
    depths = [{d: int(trees[d].depth[trees[d].index[p]]) for d, p in zip(dims, place, strict=True)} for place in places]
    positions = pd.DataFrame(
        {
            "release": name,
            "delivery": name,
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
            tenures=Tenures.none(),
            imprint=np.zeros(n, np.uint64),
            shares=np.empty(0, np.uint64),
            about=np.zeros(n, np.uint64),
            group=np.zeros(n, bool),
            change=np.zeros(n, bool),
            listed=np.ones(n, bool),
            ruled=np.ones(n, bool),
            declared=declared,
            behind=np.zeros(n, bool),
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
        named = names(frame, dimension).tolist()
        for at, key in enumerate(named):
            if key not in tree.index:
                raise InputError("key-not-in-hierarchy", row=row_of(frame, at), key=key, column=dimension)
        columns.append(named)
    places = list(zip(*columns, strict=True))
    seen: set[tuple[str, ...]] = set()
    for at, place in enumerate(places):
        if place in seen:
            raise InputError("cell-twice", row=row_of(frame, at), cell=_named(list(trees), place))
        seen.add(place)
    return places


def _refuse_odd(frame, dims, places, value, first, second) -> None:
    """The largest parts must fit into the cell, in their order."""
    for wrong in np.flatnonzero((first + second > value * (1 + TOLERANCE)) | (second > first)).tolist():
        cell = _named(dims, places[wrong])
        raise InputError("ready-parts", row=row_of(frame, wrong), cell=cell, value=value[wrong],
                         first=first[wrong], second=second[wrong])  # fmt: skip


def _refuse_contributors(frame, dims, places, holders, records, filled) -> None:
    """Each contributor has a record at least, and each filled cell a contributor."""
    for wrong in np.flatnonzero((holders > records) | (filled & (holders < 1))).tolist():
        most = f"{records[wrong]:g}" if np.isfinite(records[wrong]) else "…"
        raise InputError("ready-contributors", row=row_of(frame, wrong), cell=_named(dims, places[wrong]),
                         contributors=f"{holders[wrong]:g}", records=most)  # fmt: skip


def _named(dims: Sequence[str], place: Sequence[str]) -> str:
    return ", ".join(f"{d}={p}" for d, p in zip(dims, place, strict=True))


def _relations(given, value, records, counted: bool, trees: Mapping[str, Hierarchy]) -> sparse.csr_matrix:
    """Every sum of the table; a total whose parts are given must be given and add up, its records too."""
    dims, rows, cols, data, count = list(trees), [], [], [], 0
    for i, tree in enumerate(trees.values()):
        groups: dict[tuple[str, ...], list[int]] = {}
        for place, at in given.items():
            above = tree.parent[tree.index[place[i]]]
            if above >= 0:
                groups.setdefault((*place[:i], tree.codes[above], *place[i + 1 :]), []).append(at)
        for place, parts in sorted(groups.items()):
            if place not in given:
                raise InputError("cell-missing", cell=_named(dims, place))
            at = given[place]
            for amount in (value, records) if counted else (value,):
                total = float(amount[parts].sum())
                if abs(amount[at] - total) > TOLERANCE * max(1.0, amount[at]):
                    raise InputError("not-additive", cell=_named(dims, place), given=amount[at], sum=total)
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
