"""What deliveries of one day have in common, and what each has alone: the portions of which they are made."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .changes import content_of, picked, ranks
from .microdata import Microdata, fingerprint, mix


def portions(
    days: Sequence[Sequence[Microdata]], measure: str, columns: Sequence[str]
) -> dict[int, tuple[Microdata, ...]]:
    """id of a delivery → records that add up to it, the same object wherever several deliveries have the same; days:
    the deliveries of each. What nothing is shared with on a day is a portion by itself."""
    every = {id(data): data for day in days for data in day}
    content = {one: _numbered(data, measure, columns) for one, data in every.items()}
    found: dict[int, tuple[Microdata, ...]] = {one: (data,) for one, data in every.items()}
    for some in _sharing([[id(data) for data in day] for day in days], content):
        ids, number = np.unique(np.concatenate([content[one] for one in some]), return_inverse=True)
        delivery = np.repeat(np.arange(len(some)), [len(content[one]) for one in some])
        held = np.zeros((len(ids), len(some)), bool)
        held[number, delivery] = True
        ways, way = np.unique(held, axis=0, return_inverse=True)
        first = held.argmax(axis=1)
        mine: list[list[Microdata]] = [[] for _ in some]
        for n, together in enumerate(ways):
            wanted = np.flatnonzero(way.ravel() == n)
            one = some[int(first[wanted[0]])]
            rows = np.flatnonzero(np.isin(content[one], ids[wanted]))
            portion = every[one] if len(rows) == len(every[one]) else picked(every[one], rows)
            for at in np.flatnonzero(together):
                mine[at].append(portion)
        found |= {one: tuple(its) for one, its in zip(some, mine, strict=True)}
    return found


def _numbered(data: Microdata, measure: str, columns: Sequence[str]) -> np.ndarray:
    """[records]: what each is and whose, equal ones told apart by number."""
    owner = mix(fingerprint(np.array(data.contributors, str)))[data.contributor]
    with np.errstate(over="ignore"):
        content = content_of(data, measure, columns) + owner
    same = np.unique(content.view("u8,u8").ravel(), return_inverse=True)[1].ravel()
    wide = np.column_stack([content, ranks(same).astype(np.uint64)])
    return np.ascontiguousarray(wide).view("u8,u8,u8").ravel()


def _sharing(days: Sequence[Sequence[int]], content: dict[int, np.ndarray]) -> list[list[int]]:
    """Deliveries that share records on a day, or share them with others that do."""
    found: list[list[int]] = []
    for day in days:
        for i, one in enumerate(day):
            for other in day[i + 1 :]:
                if len(np.intersect1d(content[one], content[other])):
                    near = [some for some in found if one in some or other in some]
                    found = [some for some in found if some not in near]
                    found.append(list(dict.fromkeys([*(x for some in near for x in some), one, other])))
    return found
