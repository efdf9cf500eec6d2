"""Headings that divide the years into classes: `bis 1918 | 1919–1948 | … | ab 2011` are years of building, no periods.

Spans of years alone (`2011–2015 | 2016–2020`) may be periods. An open end before or after them, each class beginning
where the last one ended, is what classes have and periods have not.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from ckanext.ierwohnen.tables.code_lists import TOTAL, code_lists, normal
from ckanext.ierwohnen.tables.column_facts import ColumnFacts, words_of
from ckanext.ierwohnen.tables.office_table import OfficeTable

FEWEST = 3
BUILDING = "building_years"
FIRST_YEAR = 1700
OF_OLD = 1950
"""Spans that begin before this year are no periods of figures, even without an open end."""
_OTHER_YEARS = (  # classes of years that are no years of building
    (re.compile(r"geburt|geboren|jahrg[aä]ng|\bborn\b|of birth"), "geburtsjahr"),
    (re.compile(r"einzug|eingezogen|zugezogen|zuzug|moved in"), "einzugsjahr"),
    (re.compile(r"gr[uü]ndung|gegr[uü]ndet"), "gründungsjahr"),
)
_CLASS = re.compile(
    r"(?:\b(?:von|vor|bis|ab|nach|seit|bis einschl(?:ießlich|\.)?|before|after|until|since|up to)\s+)?"
    r"(?<![0-9.])[12][0-9]{3}(?![0-9.])[^0-9]*(?:[12][0-9]{3}[^0-9]*)?$",
    re.I,
)
_AFTER = re.compile(r"(?P<year>[0-9]{4})\s*[-–]|(?:seit|since)\s+(?P<since>[0-9]{4})")
_FORMER = re.compile(r"(?P<year>[0-9]{4})\s*(?:und|u\.|oder)\s*(?:früher|fr\.|älter|davor)")


def year_classes(facts: Sequence[ColumnFacts]) -> dict[str, str]:
    """The class that each of these headings is (`-1918`, `1919-1948`, `2011-`), by column; none if they are no classes
    of years that follow each other with an open end.
    """
    found: dict[str, str] = {}
    for fact in facts:
        codes = [code for part in (fact.column.parts or (fact.name,)) if (code := _class(part))]
        if codes:
            found[fact.name] = codes[-1]
    spans = sorted({span for code in found.values() if (span := code_lists()[BUILDING].span(code))})
    open_end = any(code.startswith("-") or code.endswith("-") for code in found.values())
    follow = all(before[1] + 1 == after[0] for before, after in pairwise(spans))
    classes = len(spans) >= FEWEST and follow and (open_end or spans[0][0] < OF_OLD)
    return found if classes else {}


def dimension_of(fact: ColumnFacts, table: OfficeTable) -> str:
    """What is classed: years of building, unless title or heading speak of other years."""
    said = " ".join((fact.name, *(line.text for line in table.title))).casefold()
    return next((name for form, name in _OTHER_YEARS if form.search(said)), BUILDING)


def without_class(parts: Sequence[str]) -> list[str]:
    """The headings of a column without its class, and without the words that say of what years it is."""
    building = code_lists()[BUILDING].names
    rest = [_CLASS.sub("", part).strip(" ,:–-") if _class(part) else part for part in parts]
    return [part for part in rest if part and normal(part) not in building and "baujahr" not in words_of(part)]


def _class(text: str) -> str | None:
    """The class in a heading, at its end: "Wohnungen 1919–1948"."""
    plain = normal(text)
    found = _CLASS.search(plain)
    if found is None:
        return None
    former, after = _FORMER.fullmatch(found[0]), _AFTER.fullmatch(found[0])
    if former:
        return f"-{former['year']}"
    code = f"{after['year'] or after['since']}-" if after else code_lists()[BUILDING].code_of(found[0])
    if code is None or code == TOTAL or "-" not in code:
        return None
    return code if all(int(end) >= FIRST_YEAR for end in code.split("-") if end) else None
