"""Headings of two rows that are one period: `2023` over `30.06.` and `31.12.`, over `1. Quartal`, `Jan`, or `I`."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ckanext.ierwohnen.tables.periods import Period, parse_period, period_inside

Parts = tuple[str, ...]
_DAY = re.compile(r"(?:(?:am|zum|stand)\s+)?([0-9]{1,2}\.\s?[0-9]{1,2})\.?", re.I)
_ROMAN = ("I", "II", "III", "IV")
_PARTS = ("day", "month", "quarter", "half")


def with_whole_periods(columns: Sequence[Parts], stated: str | None = None) -> tuple[Parts, ...]:
    """The headings of the columns, with a year and a part of that year joined to one period where both stand there.

    :param stated: a person's word for Roman numerals: "quarter" or "half"
    """
    third = {part for parts in columns for part in parts} & {"III", "IV"}  # else they may be halves of a year
    word = "Halbjahr" if stated == "half" and not third else "Quartal" if stated or third else None
    return tuple(_joined(parts, word) for parts in columns)


def open_parts(columns: Sequence[Parts]) -> list[int]:
    """Places of the columns that name a year and only I or II: quarters or halves of it."""
    return [n for n, parts in enumerate(columns) if _year(parts) and any(_bare(part) in _ROMAN for part in parts)]


def _joined(parts: Parts, roman: str | None) -> Parts:
    year = _year(parts)
    if year is None:
        return parts
    place, text = year
    for n, part in enumerate(parts):
        if n != place and (found := _of_year(part, text, roman)):
            whole = parse_period(parts[place]) is not None
            return tuple(found if m == n else one for m, one in enumerate(parts) if m != place or not whole)
    return parts


def _year(parts: Parts) -> tuple[int, str] | None:
    """The one level of a heading that names a year and nothing more exact."""
    found = [(n, period) for n, part in enumerate(parts) if (period := parse_period(part) or period_inside(part))]
    return (found[0][0], found[0][1].text) if len(found) == 1 and found[0][1].kind == "year" else None


def _of_year(part: str, year: str, roman: str | None) -> str | None:
    if day := _DAY.fullmatch(part):
        text = f"{day[1]}.{year}"
    elif _bare(part) in _ROMAN:
        text = f"{_ROMAN.index(_bare(part)) + 1}. {roman} {year}" if roman else ""
    else:
        text = f"{part} {year}"
    period: Period | None = parse_period(text)
    return text if period and period.kind in _PARTS else None


def _bare(part: str) -> str:
    return part.rstrip(".")
