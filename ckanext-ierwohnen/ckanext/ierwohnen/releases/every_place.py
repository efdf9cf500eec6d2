"""Which places a release lists: every one of its levels, whether its owners have dwellings there or not. Pure.

A place in which they have nothing is listed with zeros. That tells nothing new: where they have anything there is a
row, shown or kept secret, so a missing one would say the same, and everybody is taken to know it (a hidden count is 1
at least, an empty cell is no unknown of the check). Places where only owners of other releases have dwellings are
not listed for that: a reader may not know of these.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from ckanext.ierwohnen.releases.cells import BLOCKED, MOST, OK
from ckanext.ierwohnen.releases.definition import Definition
from ckanext.ierwohnen.releases.own_cells import nothing
from ckanext.ierwohnen.releases.place_tree import PlaceTree, key_of

PlaceKeys = Mapping[str, Collection[str]]
"""Level, "system/level" → the keys of all its places that everybody may know."""


def listed(
    cells: Sequence[dict[str, Any]], whys: Sequence[str], definition: Definition, tree: PlaceTree,
    stock: Iterable[pd.DataFrame], known: PlaceKeys,
) -> tuple[list[dict[str, Any]], list[str]]:  # fmt: skip
    """Cells, and why each is kept secret (as `cells_of` gives both), of the places that the release lists.

    :param stock: of each of its owners the places of its records
    """
    levels = [tree.levels[depth - 1] for depth in sorted(tree.shown(definition.level) or ()) if depth]
    own: dict[str, set[str]] = {level: set() for level in tree.levels}
    for level, key in _own(stock, tree) - {("", "")}:
        own[level].add(key)
    wanted = {(level, key) for level in levels for key in own[level] | _beside(own[level], known.get(level, ()))}
    wanted.add(("", ""))
    there = {(cell["level"], cell["key"]) for cell in cells}
    whole = [cell for cell in cells if not cell["level"]]
    added = sorted(wanted - there)
    if len(cells) + len(added) * len(whole) > MOST:
        added = []
    found = [(cell, why) for cell, why in zip(cells, whys, strict=True) if (cell["level"], cell["key"]) in wanted]
    for level, key in added:
        for cell in whole:  # none of what is counted, and neither rate nor rent
            value = nothing(definition, cell["figure"])
            status = BLOCKED if value is None else OK
            found.append(({**cell, "level": level, "key": key, "value": value, "status": status}, ""))
    depth = {level: n for n, level in enumerate(("", *levels))}
    found.sort(key=lambda one: (depth[one[0]["level"]], one[0]["key"]))
    return [cell for cell, _ in found], [why for _, why in found]


def _own(stock: Iterable[pd.DataFrame], tree: PlaceTree) -> set[tuple[str, str]]:
    """Every place in which dwellings lie, as the tree has them: level and key."""
    hierarchy = tree.hierarchy
    index = {code: n for n, code in enumerate(hierarchy.codes)}
    finest = pd.unique(tree.codes(pd.concat(stock, ignore_index=True)))
    return {key_of(hierarchy.codes[at]) for code in finest for at in hierarchy.ancestors(index[code])}


def _beside(own: set[str], known: Collection[str]) -> set[str]:
    """All places of a level, if it is still divided as it was when the dwellings were assigned; else none."""
    return set(known) if own - {""} <= set(known) else set()
