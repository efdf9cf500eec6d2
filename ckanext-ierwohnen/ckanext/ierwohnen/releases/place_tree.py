"""The places of a release as one tree: the city, its levels that nest, the finest at the bottom. Pure.

Each system has one tree, made from all records of all releases that are protected together, so that a quarter is the
same cell in every one of them. Dwellings whose address is in no register are a place of their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ckanext.ierwohnen.confidential.hierarchy import TOTAL, Hierarchy
from ckanext.ierwohnen.releases.records import PLACE, text_column

CITY = "city"


@dataclass(frozen=True)
class PlaceTree:
    """`column`: what records call their place; `levels`: "system/level", coarse to fine, at depth 1, 2, …"""

    column: str
    levels: tuple[str, ...]
    hierarchy: Hierarchy

    def codes(self, records: pd.DataFrame) -> pd.api.extensions.ExtensionArray:
        """The place of each record, as the tree calls it."""
        if not self.levels:
            return text_column([CITY], np.zeros(len(records), int))
        finest = self.levels[-1]
        if PLACE + finest not in records:
            return text_column([_code(finest, "")], np.zeros(len(records), int))
        codes, keys = pd.factorize(records[PLACE + finest].fillna(""))
        return text_column([_code(finest, key) for key in keys], codes)

    def knows(self, code: str) -> bool:
        """Whether a place of an earlier release is in the tree; what has no known address tells nothing of one."""
        return code in self.hierarchy.index or code.endswith(":")

    def depth(self, level: str) -> int | None:
        """How deep a level lies, 0 for the city as a whole (""), None if it is not in the tree."""
        if not level:
            return 0
        return self.levels.index(level) + 1 if level in self.levels else None

    def shown(self, level: str) -> frozenset[int] | None:
        """The depths of a level and of those above it; None if it is not in the tree.

        Where the records know as many units of two levels nobody can tell which is the finer one: neither is shown
        beside the other.
        """
        deep = self.depth(level)
        if deep is None:
            return None
        units = np.bincount(self.hierarchy.depth)
        return frozenset({0, deep, *(d for d in range(1, deep) if units[d] < units[deep])})


def key_of(code: str) -> tuple[str, str]:
    """(level, key) of a place; both empty for the whole city, key empty for dwellings without a known address."""
    level, _, key = code.partition(":")
    return ("", "") if code in (TOTAL, CITY) else (level, key)


def place_tree(frames: Sequence[pd.DataFrame], system: str) -> PlaceTree:
    """The tree of a system ("" for none), from all records that know it.

    A level is in it if each of its units lies in one unit of the next coarser one. Where an address has the key of the
    finest level and not of a coarser one, others tell that; where it has not the finest one, it is in no register.
    """
    levels = sorted({c.removeprefix(PLACE) for f in frames for c in f.columns if c.startswith(f"{PLACE}{system}/")})
    if not system or not levels:
        return PlaceTree(CITY, (), Hierarchy((TOTAL, CITY), (-1, 0)))
    columns = [PLACE + level for level in levels]
    whole = pd.concat(frames, ignore_index=True).reindex(columns=columns)
    rows = whole.drop_duplicates().fillna("").drop_duplicates()
    units = {level: rows[PLACE + level][rows[PLACE + level] != ""].nunique() for level in levels}
    order = sorted(levels, key=lambda at: (-units[at], at))
    rows = _completed(rows, PLACE + order[0])
    chain: list[str] = []
    for level in order:
        if not chain or rows.groupby(PLACE + chain[-1])[PLACE + level].nunique().max() == 1:
            chain.append(level)
    chain.reverse()
    return PlaceTree(f"{PLACE}{system}", tuple(chain), _hierarchy(rows, chain))


def _completed(rows: pd.DataFrame, finest: str) -> pd.DataFrame:
    """The units in which each unit of the finest level lies, as those addresses tell that have their keys."""
    found = rows.copy()
    for column in (c for c in rows if c != finest):
        known = rows[(rows[column] != "") & (rows[finest] != "")].groupby(finest)[column].first()
        found[column] = found[column].where(found[column] != "", found[finest].map(known).fillna(""))
        found.loc[found[finest] == "", column] = ""
    return found.drop_duplicates()


def _hierarchy(rows: pd.DataFrame, chain: Sequence[str]) -> Hierarchy:
    codes, parents = [TOTAL], [-1]
    index = {TOTAL: 0}
    for above, level in zip([None, *chain], chain, strict=False):
        columns = [PLACE + level] if above is None else [PLACE + level, PLACE + above]
        for keys in sorted(set(rows[columns].itertuples(index=False, name=None))):
            code = _code(level, keys[0])
            index[code] = len(codes)
            codes.append(code)
            parents.append(0 if above is None else index[_code(above, keys[1])])
    return Hierarchy(tuple(codes), tuple(parents))


def _code(level: str, key: str) -> str:
    return f"{level}:{key}"
