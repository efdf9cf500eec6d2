"""Classes in a row of headings that Excel has made dates of: `6-10` among age groups became 6 October or October 2010.

The classes beside it say what it was: one that begins where the one before ends, and ends before the next begins.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from ckanext.ierwohnen.tables.check_dates import date_parts

_RANGE = re.compile(
    r"(?:(?P<below>unter|bis|under)\s*(?P<top>[0-9]{1,3})|(?P<low>[0-9]{1,3})\s*(?:[-–]|bis(?:\s+unter)?|to)\s*(?P<high>[0-9]{1,3})"
    r"|(?:ab|über)\s*(?P<from>[0-9]{1,3})|(?P<and>[0-9]{1,3})\s*(?:\+|u\.|und|and))(?![0-9]).*",
    re.I,
)
_DATE = re.compile(r"([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4})|([0-9]{4})-([0-9]{2})-([0-9]{2})(?:[ T].*)?")
FEWEST = 2  # ranges that a row of headings must hold before a date in it is one


@dataclass(frozen=True)
class Restored:
    """A heading that was a date: its text in the file, and the class that it was, or None if that stays open."""

    was: str
    text: str | None


def restored_classes(texts: Mapping[int, str]) -> dict[int, Restored]:
    """By column the headings of a row that are dates among ranges, with the class that fits between its neighbours."""
    places = sorted(texts)
    ranges = {place: bounds for place in places if (bounds := _bounds(texts[place]))}
    dated = {place: found for place in places if (found := _readings(texts[place]))}
    if len(ranges) < FEWEST or not dated:
        return {}
    found: dict[int, Restored] = {}
    for place, readings in dated.items():
        before = max((ranges[p][1] for p in ranges if p < place), default=-1)
        after = min((ranges[p][0] for p in ranges if p > place), default=1_000)
        fitting = [(low, high) for low, high in readings if before < low < high < after]
        close = [(low, high) for low, high in fitting if low == before + 1 or high == after - 1]
        text = f"{close[0][0]}-{close[0][1]}" if len(close) == 1 else None
        found[place] = Restored(texts[place], text)
        if text:
            ranges[place] = close[0]
    return found


def _bounds(text: str) -> tuple[int, int] | None:
    match = _RANGE.fullmatch(text.strip())
    if match is None:
        return None
    if match["below"]:
        top = int(match["top"])
        return 0, top - (match["below"].casefold() != "bis")
    if match["low"]:
        low, high = int(match["low"]), int(match["high"])
        return (low, high) if low <= high else None
    start = int(match["from"] or match["and"])
    return start, 999


def _readings(text: str) -> list[tuple[int, int]]:
    """The ranges that may have been typed: `6-10`, and `10-10` for a first of the month as `10-6` with the year."""
    match = _DATE.fullmatch(text.strip())
    if match is None:
        short = date_parts(text.strip())
        return list(dict.fromkeys([short, short[::-1]])) if short else []
    day, month, year = (
        (int(match[1]), int(match[2]), int(match[3])) if match[1] else (int(match[6]), int(match[5]), int(match[4]))
    )
    readings = [(day, month), (month, day)]
    if day == 1:
        readings.append((month, year % 100))
    return list(dict.fromkeys((low, high) for low, high in readings if low <= high))
