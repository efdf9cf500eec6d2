"""The words of a heading: one line of text for each cell, and one name for each column."""

from __future__ import annotations

import re

from ckanext.ierwohnen.tables.cells import MARKS, clean, shown
from ckanext.ierwohnen.tables.periods import SHORT_YEARS

_SHORT_DAY = re.compile(r"([0-9]{1,2}\.\s?[0-9]{1,2}\.\s?)([0-9]{2})")


def header_text(cell: str) -> str:
    """A cell as one line: parted words are whole again, and years of days have four digits."""
    text = clean(shown(cell)).lstrip(MARKS)
    text = re.sub(r"(?<=[a-zäöüß])-\s*\n\s*(?=[a-zäöüß])", "", text)
    text = re.sub(r"-\s*\n\s*(?=[A-ZÄÖÜ])", "-", text)
    text = re.sub(r"\s+", " ", text).strip()
    short = _SHORT_DAY.fullmatch(text)
    return f"{short[1]}{'20' if int(short[2]) <= SHORT_YEARS else '19'}{short[2]}" if short else text


def unique_names(parts: tuple[tuple[str, ...], ...]) -> tuple[str, ...]:
    """The name of each column from its headings; a number tells those apart that would be alike."""
    names: list[str] = []
    taken: set[str] = set()
    for n, texts in enumerate(parts, 1):
        base = " – ".join(texts) or f"Spalte {n}"
        name, count = base, 2
        while name.casefold() in taken:
            name, count = f"{base} ({count})", count + 1
        taken.add(name.casefold())
        names.append(name)
    return tuple(names)
