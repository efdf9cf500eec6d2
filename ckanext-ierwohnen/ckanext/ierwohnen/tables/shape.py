"""Shapes that spreadsheets have and tables have not: headings between rows, side headers, codes beside names.

Here it is decided what a shape needs; `changes.py` carries it out. Each change is told as a hint.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import partial
from itertools import pairwise

from ckanext.ierwohnen.tables.cells import clean, shown
from ckanext.ierwohnen.tables.changes import (
    Change,
    CodeColumn,
    FillDown,
    Sections,
    SerialDates,
    chunk_of,
    day_text,
    heading,
    is_bare_year,
    path,
    rows_of,
)
from ckanext.ierwohnen.tables.code_lists import code_lists
from ckanext.ierwohnen.tables.column_facts import written_out
from ckanext.ierwohnen.tables.headers import is_number
from ckanext.ierwohnen.tables.hints import Hints
from ckanext.ierwohnen.tables.office_table import Row
from ckanext.ierwohnen.tables.page_rows import page_rows
from ckanext.ierwohnen.tables.part_columns import counted_parts, joined_periods
from ckanext.ierwohnen.tables.periods import parse_period
from ckanext.ierwohnen.tables.special_rows import kind_by_name
from ckanext.ierwohnen.tables.written_dates import written_dates
from ckanext.ierwohnen.tables.written_years import whole_numbers, years_as_days
from ckanext.ierwohnen.tables.year_status import statuses_of_years

SECTION = "Abschnitt"
_DAYS = {
    "datum", "date", "stichtag", "stand", "tag", "day", "zeitpunkt", "berichtszeitpunkt", "berichtsmonat", "monat",
    "month", "zeit", "time", "period", "periode", "der", "des", "vom", "am", "zum",
}  # fmt: skip
FEWEST_CODED = 4
"""Among more cells one without a code says nothing of the others."""
CODE_AND_NAME = (
    re.compile(r"(?P<code>[0-9]{1,12})(?:\s+[-–]?\s*|\s*[-–:]\s*)(?P<name>[^\W\d].*)"),
    re.compile(r"(?P<name>[^\W\d].*?)\s*\((?P<code>[0-9]{1,12})\)"),
)
"""Code and name in one cell."""


def changes_of(
    names: list[str],
    rows: list[Row],
    hints: Hints = Hints(),
    heads: Sequence[Sequence[str]] = (),
    titles: Sequence[str] = (),
) -> tuple[list[str], list[Change]]:
    """What a spreadsheet's shape needs to become a table, decided on the first rows; and the names of all columns.

    What pages repeat (`heads`, the rows of names, and `titles`) goes, headings between the rows become a column, side
    headers are filled down, codes come out of "01 Zentrum", and
    Excel's day numbers in a column of dates become dates, as do `31/12/2024` and `31.12.24` (`hints`: a
    person's word); keys and years written as `11.0` become whole numbers; year and month give one period.
    """
    found: list[Change] = []
    rewrite = partial(written_dates, stated=hints.dates, century=hints.century)
    of_text = (partial(page_rows, heads, titles), _sections, _side_headers, _split_codes)
    of_dates = (years_as_days, _serial_dates, rewrite, partial(counted_parts, hints.year_parts), joined_periods)
    for find in (*of_text, whole_numbers, *of_dates, statuses_of_years):
        change, names = find(names, rows)
        if change:
            found.append(change)
            chunk = change.start()(chunk_of(rows, len(names)))
            rows = rows_of(chunk)
    return names, found


def _sections(names: list[str], rows: list[Row]) -> tuple[Change | None, list[str]]:
    """Headings between the rows come first, and several full rows follow each."""
    if len(names) < 3 or not rows or not any(heading(row, True) for row in rows[:3]):
        return None, names
    years = _bare_years(rows)
    headings = {row.number: text for row in rows if (text := heading(row, years))}
    groups = _groups(rows, headings)
    # A name without any values is no heading.
    if len(groups) < 1 or rows[0].number not in headings or min(len(full) for _, full in groups) < 2:
        return None, names
    if len(groups) > len(rows) / 3:
        return None, names
    name = SECTION if SECTION not in names else f"{SECTION} (2)"
    lower = _lower([texts for texts, _ in groups])
    told, current = [], []
    for texts, _ in groups:
        current = path(current, texts, lower)
        told.append(" – ".join(current))
    return Sections(name, tuple(dict.fromkeys(told))[:8], rows[0].number, lower, years), [*names, name]


def _bare_years(rows: list[Row]) -> bool:
    """True for rows of a year alone that are headings: they begin the table and go up or down, and are no keys that
    look like years.
    """
    alone = [row for row in rows if is_bare_year(row)]
    if not alone or alone[0] is not rows[0]:
        return False
    years = [next(text for cell in row.cells if (text := clean(shown(cell)))) for row in alone]
    place = next(n for n, cell in enumerate(alone[0].cells) if clean(cell))
    others = [parse_period(row.cells[place]) for row in rows if not is_bare_year(row)]
    steps = {a < b for a, b in pairwise(years)}
    a_key = place == 0 and sum(map(bool, others)) > 0.1 * len(others)
    return len(steps) <= 1 and len(set(years)) == len(years) and not a_key


def _lower(blocks: list[list[str]]) -> frozenset[str]:
    """Headings of the lower of two levels: they come again alone, below different headings of the upper level."""
    alone = Counter(block[0] for block in blocks if len(block) == 1)
    two = any(len(block) > 1 for block in blocks)
    return frozenset(text for text, times in alone.items() if two and times > 1)


def _groups(rows: list[Row], headings: dict[int, str]) -> list[tuple[list[str], list[Row]]]:
    """Headings with the full rows that follow; headings right below one another are of several levels."""
    groups: list[tuple[list[str], list[Row]]] = []
    for row in rows:
        if row.number in headings:
            if groups and not groups[-1][1]:
                groups[-1][0].append(headings[row.number])
            else:
                groups.append(([headings[row.number]], []))
        elif groups:
            groups[-1][1].append(row)
    return groups


def _side_headers(names: list[str], rows: list[Row]) -> tuple[Change | None, list[str]]:
    """Left columns whose texts are given once and left blank below are filled down.

    Only where the next column has a text in every row that repeats from group to group, so that the rows differ by
    both: a blank that means "unknown" is not filled.
    """
    if len(rows) < 4:
        return None, names
    columns = [[clean(row.cells[c]) for row in rows] for c in range(min(4, len(names)))]
    count = next((c for c, texts in enumerate(columns) if all(texts)), 0)
    side, beside = columns[:count], columns[count] if count < len(columns) else []
    blanks = [sum(not text for text in texts) for texts in side]
    if not side or not beside or not all(texts[0] for texts in side) or min(blanks) < 0.3 * len(rows):
        return None, names
    if max(blanks) == len(rows) - 1 or len(set(beside)) > 0.7 * len(beside):
        return None, names
    return FillDown(tuple(names[:count]), rows[0].number), names


def _split_codes(names: list[str], rows: list[Row]) -> tuple[Change | None, list[str]]:
    """A column of "01 Zentrum" or "Zentrum (01)" gives a further column with the code."""
    for column in range(min(4, len(names))):
        some = [clean(shown(row.cells[column])) for row in rows[:50]]
        if not any(form.fullmatch(text) for form in CODE_AND_NAME for text in some):
            continue
        texts = [clean(shown(row.cells[column])) for row in rows]
        units = [text for text in texts if kind_by_name(text) is None]  # "Insgesamt" has no code
        odd = max(1, 0.1 * len(units)) if len(units) > FEWEST_CODED else 0  # a row of means, a part of the city
        form = next((f for f in CODE_AND_NAME if sum(not f.fullmatch(t) for t in units) <= odd), None)
        if form is None or len(texts) < 3:
            continue
        met = [match for text in units if (match := form.fullmatch(text))]
        if len({match["code"] for match in met}) < 3 or _is_measure(units) or not _codes_of_names(met):
            continue
        name = f"{names[column]} (Schlüssel)"
        return CodeColumn(column, form, names[column], name, met[0]["code"], rows[0].number), [*names, name]
    return None, names


def _codes_of_names(met: list[re.Match[str]]) -> bool:
    """True for codes of one length, or for as many codes as names ("1 Mitte" … "12 Reinickendorf"); "550 DM" and
    "12 Tage" are figures with their unit.
    """
    pairs = {(match["code"], match["name"]) for match in met}
    words = {word for _, word in pairs}
    of_one_length = len({len(code) for code, _ in pairs}) == 1
    return len(words) > 1 and (of_one_length or len(pairs) == len(words) == len({code for code, _ in pairs}))


def _serial_dates(names: list[str], rows: list[Row]) -> tuple[Change | None, list[str]]:
    """A column that is called a date and holds nothing but Excel's numbers of days."""
    for place, name in enumerate(names):
        words = {written_out(word) for word in re.findall(r"[^\W\d_]+", name)}
        if not words or not words <= _DAYS:  # "Einwohner am Stichtag" are no days
            continue
        cells = [row.cells[place] for row in rows if clean(row.cells[place])]
        if cells and all(day_text(cell) for cell in cells):
            return SerialDates(place, name, cells[0], rows[0].number), names
    return None, names


def _is_measure(texts: list[str]) -> bool:
    """Numbers with a unit, ages and dates look alike, but are no code with a name."""
    named = sum(is_number(text) or any(known.code_of(text) for known in code_lists().values()) for text in set(texts))
    return named > 0.2 * len(set(texts)) or sum(parse_period(text) is not None for text in set(texts)) > 1
