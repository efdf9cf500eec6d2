"""House numbers that a spreadsheet turned into days: „5-7“ becomes 5 July of the year in which it was typed. Pure."""

from __future__ import annotations

import re

from ckanext.ierwohnen.tables.cells import shown

_MONTHS = ("jan", "feb", "mär", "apr", "mai", "jun", "jul", "aug", "sep", "okt", "nov", "dez")
_OTHER = {"mrz": 3, "mar": 3, "may": 5, "oct": 10, "dec": 12}
_NUMBERED = {name: number for number, name in enumerate(_MONTHS, 1)} | _OTHER
_DAY = re.compile(r"(\d{1,2})[./](\d{1,2})[./](\d{4})|(\d{4})-(\d{2})-(\d{2})")
_SHORT = re.compile(r"(\d{1,2})[. \-]{1,2}([^\W\d_]{3})\.?")
_MONTH = re.compile(r"([^\W\d_]{3})\.?[ \-](\d{2})")
NEW = 2000
"""No spreadsheet gave days without a year an earlier one; before it only months with a year („3-45“) come about."""


def typed(text: str) -> tuple[str, ...]:
    """What somebody probably typed where now a day stands, as spreadsheets make days of it; () of any other text."""
    plain = shown(text).strip()
    if found := _DAY.fullmatch(plain):
        day, month, year = (int(part) for part in (found.groups()[:3] if found[3] else found.groups()[:2:-1]))
        if not (1 <= day <= 31 and 1 <= month <= 12):
            return ()
        short = (f"{day}-{month}",) if year >= NEW else ()
        return short + ((f"{month}-{year % 100}",) if day == 1 and year % 100 > month else ())
    if found := _SHORT.fullmatch(plain):
        month = _NUMBERED.get(found[2].casefold(), 0)
        return (f"{int(found[1])}-{month}",) if month and 1 <= int(found[1]) <= 31 else ()
    if found := _MONTH.fullmatch(plain):
        month = _NUMBERED.get(found[1].casefold(), 0)
        return (f"{month}-{int(found[2])}",) if month else ()
    return ()
