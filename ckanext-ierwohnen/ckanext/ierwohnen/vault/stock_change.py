"""How much a company's new table differs from the stock that it follows: what must be confirmed before it is loaded.

Somebody who loads the list of one quarter in place of all dwellings does not notice it by any cell. Pure.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

PART = 3
"""A change by more than one part of so many is large."""
FEW = 5
"""Fewer dwellings more or less, or in a quarter, are no large change."""
QUARTER = "quarter"
MOST_UNITS = 60

CHANGED, EMPTIED, GONE, LEFT_OUT = "large-change", "quarters-empty", "dwellings-gone", "rows-left-out"
TO_CONFIRM = (CHANGED, GONE, EMPTIED, LEFT_OUT)


@dataclass(frozen=True)
class Earlier:
    """The stock that a table takes the place of, or that of the date before.

    `units`: dwellings by the places they lie in, which are written as the store keeps them (JSON text, "" for none);
    `names`: key → name of the units of a level, by level; `content`: its print (`StockPrint`), "" if it has none;
    `numbers`: those of its dwellings, where the table takes its place; `decided`: what was said of its columns, as
    repairs.
    """

    day: str
    dwellings: int
    units: Mapping[str, int] = field(default_factory=dict)
    names: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    content: str = ""
    numbers: frozenset[str] = frozenset()
    decided: Sequence[Mapping[str, Any]] = ()

    def told(self, now: int, emptied: Sequence[str]) -> dict[str, Any]:
        """What sentences say of the change."""
        return {"day": self.day, "before": self.dwellings, "now": now, "emptied": list(emptied)}


@dataclass(frozen=True)
class Change:
    """`large`: many dwellings more or less; `emptied`: names of the quarters that had dwellings and have none now;
    `gone`: how many dwellings of the earlier stock the new one does not have, 0 if they are few."""

    large: bool
    emptied: tuple[str, ...] = ()
    gone: int = 0


def change(
    earlier: Earlier, dwellings: int, units: Mapping[str, int] | None, numbers: Collection[str] = ()
) -> Change:  # fmt: skip
    """What differs much.

    :param units: the new dwellings by place, as in `Earlier`; None if their addresses were not matched
    :param numbers: those of the new dwellings
    """
    moved = abs(dwellings - earlier.dwellings)
    large = moved >= FEW and moved * PART > earlier.dwellings
    gone = sum(number not in numbers for number in earlier.numbers)
    much = gone >= FEW and gone * PART > len(earlier.numbers)
    return Change(large, () if units is None else tuple(_emptied(earlier, units)), gone if much else 0)


def _emptied(earlier: Earlier, units: Mapping[str, int]) -> list[str]:
    before = _by_level(earlier.units)
    level = _level(before)
    now = _by_level(units).get(level, Counter())
    named = earlier.names.get(level, {})
    gone = [key for key, count in before.get(level, Counter()).items() if count >= FEW and not now[key]]
    return [named.get(key, key) for key in sorted(gone)]


def _level(units: Mapping[str, Counter[str]]) -> str:
    """The quarters of the newest system; where there are none of that name, the finest level that is not too fine."""
    quarters = sorted(level for level in units if level.rpartition("/")[2] == QUARTER)
    if quarters:
        return quarters[-1]
    fit = sorted((len(keys), level) for level, keys in units.items() if len(keys) <= MOST_UNITS)
    return fit[-1][1] if fit else ""


def _by_level(units: Mapping[str, int]) -> dict[str, Counter[str]]:
    found: dict[str, Counter[str]] = {}
    for text, count in units.items():
        for level, key in _keys(text):
            found.setdefault(level, Counter())[key] += count
    return found


def _keys(text: str | None) -> Iterable[tuple[str, str]]:
    return json.loads(text).items() if text else ()
