"""Cells of any table as readers can take them in: long numbers and texts short, dates and yes or no in words."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from math import isfinite

from ckanext.ierwohnen.look.numbers import MINUS, format_date
from ckanext.ierwohnen.previews.words import say

MOST_LETTERS = 160
"""A longer text is cut; the whole of it opens on demand."""
MOST_SHOWN = 5_000
"""Of a still longer text this much opens; all of it is in the file."""
MOST_DIGITS = 15
_SUPER = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}")


@dataclass(frozen=True)
class LongText:
    """A text that is too long for a cell: its beginning, what opens, a note where that is not all, and the whole."""

    start: str
    opened: str
    whole: str
    note: str = ""

    def __str__(self) -> str:
        return self.whole


def plain_cell(value: object, locale: str = "de", *, dated: bool = False) -> str | LongText:
    """A value of the DataStore as text.

    :param dated: the column holds dates or times (they come as ISO texts)
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return say("yes" if value else "no", locale)
    if isinstance(value, int | float | Decimal):
        return plain_number(value, locale)
    if isinstance(value, dict | list):
        return _cut(json.dumps(value, ensure_ascii=False), locale)
    text = str(value)
    return (_moment(text, locale) or _cut(text, locale)) if dated else _cut(text, locale)


def plain_number(value: float | Decimal, locale: str = "de") -> str:
    """As it is stored, only with the decimal sign of the reader: how exact it is meant, nobody said.

    More than fifteen digits before or after the decimal sign become a power of ten: `1,5 · 10³⁰⁸`.
    """
    if not isfinite(value):
        return str(value)
    whole = value == int(value)
    text = str(int(value)) if whole else (repr(value) if isinstance(value, float) else str(value))
    if len(text.lstrip("-")) > MOST_DIGITS + 1 and (whole or "e" in text.lower()):
        digits, _, power = f"{value:.{MOST_DIGITS - 1}e}".partition("e")
        text = f"{digits.rstrip('0').rstrip('.')} · 10{str(int(power)).translate(_SUPER)}"
    elif "e" in text.lower():
        digits, _, power = text.lower().partition("e")
        text = f"{digits} · 10{str(int(power)).translate(_SUPER)}"
    text = MINUS + text[1:] if text.startswith("-") else text
    return text.replace(".", ",") if locale.startswith("de") else text


def _moment(text: str, locale: str) -> str | None:
    """A date, and the time where it is not midnight; None where the text is neither."""
    try:
        if _DAY.fullmatch(text):
            return format_date(date.fromisoformat(text), locale=locale)
        if not _MOMENT.match(text):
            return None
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    day = format_date(moment.date(), locale=locale)
    clock = moment.time().replace(microsecond=0, tzinfo=None)
    return day if not any((clock.hour, clock.minute, clock.second)) else f"{day}, {clock.isoformat('auto')}"


def _cut(text: str, locale: str) -> str | LongText:
    if len(text) <= MOST_LETTERS:
        return text
    start = text[:MOST_LETTERS].rsplit(" ", 1)[0].rstrip() or text[:MOST_LETTERS]
    note = say("more_letters", locale, count=len(text) - MOST_SHOWN) if len(text) > MOST_SHOWN else ""
    return LongText(f"{start}…", text[:MOST_SHOWN], text, note)
