"""Shapes that spreadsheets have and tables have not: several tables in one sheet, headings between rows, side headers.

Each change to the shape is told as a problem of severity "hint", so that nothing happens in silence.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ckanext.ierwohnen.tables.cells import clean, shown, sign_of
from ckanext.ierwohnen.tables.code_lists import code_lists
from ckanext.ierwohnen.tables.headers import is_number
from ckanext.ierwohnen.tables.office_table import Row
from ckanext.ierwohnen.tables.periods import parse_period
from ckanext.ierwohnen.tables.problems import Problem, Severity

SECTION = "Abschnitt"
_CODE_AND_NAME = (
    re.compile(r"(?P<code>\d{1,12})(?:\s+[-–]?\s*|\s*[-–:]\s*)(?P<name>[^\W\d].*)"),
    re.compile(r"(?P<name>[^\W\d].*?)\s*\((?P<code>\d{1,12})\)"),
)


def split_tables(rows: Sequence[Sequence[str]]) -> list[tuple[int, int]]:
    """Start and end (row indices) of the tables that stand below one another in a sheet.

    A new one begins where, after a blank row, a title in a single cell is followed by a row of words (its header)
    and rows of numbers. Sources and notes below a table stay with it.
    """
    starts = [0]
    for i in range(3, len(rows) - 2):
        if _blank(rows[i]) or not _blank(rows[i - 1]):
            continue
        if i - starts[-1] >= 4 and _begins_table(rows, i) and _has_numbers(rows[starts[-1] : i]):
            starts.append(i)
    return list(zip(starts, [*starts[1:], len(rows)], strict=True))


def reshape(names: list[str], rows: list[Row]) -> tuple[list[str], list[Row], list[Problem]]:
    """Turn headings between the rows into a column, fill side headers down, take codes out of "01 Zentrum"."""
    problems: list[Problem] = []
    names, rows, found = _sections(names, rows)
    problems += found
    rows, found = _side_headers(names, rows)
    problems += found
    names, rows, found = _split_codes(names, rows)
    return names, rows, problems + found


def _blank(row: Sequence[str]) -> bool:
    return not any(clean(cell) for cell in row)


def _begins_table(rows: Sequence[Sequence[str]], i: int) -> bool:
    """A title (one cell), then within five rows a row of several words, then numbers."""
    title = [cell for cell in rows[i] if clean(cell)]
    if len(title) != 1 or is_number(title[0]):
        return False
    header = None
    for n in range(i + 1, min(len(rows), i + 8)):
        cells = [clean(cell) for cell in rows[n] if clean(cell)]
        numbers = sum(is_number(cell) for cell in cells)
        if header is None and len(cells) >= 2 and not numbers:
            header = n
        elif header is not None and numbers >= 2:
            return True
        elif header is None and numbers:
            return False
    return False


def _has_numbers(rows: Sequence[Sequence[str]]) -> bool:
    return sum(sum(is_number(cell) for cell in row) >= 2 for row in rows) >= 2


def _sections(names: list[str], rows: list[Row]) -> tuple[list[str], list[Row], list[Problem]]:
    """Rows with a single text ("Deutsche") between full rows are headings of what follows."""
    if len(names) < 3 or not rows:
        return names, rows, []
    if not any(_heading(row) for row in rows[:3]):
        return names, rows, []
    headings = {row.number: text for row in rows if (text := _heading(row))}
    groups = _groups(rows, headings)
    # A name without any values is no heading: headings come first, and several full rows follow each.
    if len(groups) < 1 or rows[0].number not in headings or min(len(full) for _, full in groups) < 2:
        return names, rows, []
    if len(groups) > len(rows) / 3:
        return names, rows, []
    kept = [Row(row.number, (*row.cells, heading)) for heading, full in groups for row in full]
    name = SECTION if SECTION not in names else f"{SECTION} (2)"
    params = {"headings": list(dict.fromkeys(heading for heading, _ in groups))[:8]}
    return [*names, name], kept, [Problem("section_headings", Severity.HINT, rows[0].number, name, params=params)]


def _heading(row: Row) -> str | None:
    filled = [clean(shown(cell)) for cell in row.cells if clean(cell)]
    few = len(filled) <= max(1, 0.25 * len(row.cells)) or (len(set(filled)) == 1 and len(filled) == len(row.cells) - 1)
    if not filled or not few or any(is_number(text) or sign_of(text) is not None for text in filled):
        return None
    return filled[0]


def _groups(rows: list[Row], headings: dict[int, str]) -> list[tuple[str, list[Row]]]:
    """Headings with the full rows that follow; headings right below one another are one."""
    groups: list[tuple[list[str], list[Row]]] = []
    for row in rows:
        if row.number in headings:
            if groups and not groups[-1][1]:
                groups[-1][0].append(headings[row.number])
            else:
                groups.append(([headings[row.number]], []))
        elif groups:
            groups[-1][1].append(row)
    return [(" – ".join(texts), full) for texts, full in groups]


def _side_headers(names: list[str], rows: list[Row]) -> tuple[list[Row], list[Problem]]:
    """Left columns whose texts are given once and left blank below are filled down.

    Only where the next column has a text in every row that repeats from group to group, so that the rows differ by
    both: a blank that means "unknown" is not filled.
    """
    if len(rows) < 4:
        return rows, []
    columns = [[clean(row.cells[c]) for row in rows] for c in range(min(4, len(names)))]
    count = next((c for c, texts in enumerate(columns) if all(texts)), 0)
    side, beside = columns[:count], columns[count] if count < len(columns) else []
    blanks = [sum(not text for text in texts) for texts in side]
    if not side or not beside or not all(texts[0] for texts in side) or min(blanks) < 0.3 * len(rows):
        return rows, []
    if max(blanks) == len(rows) - 1 or len(set(beside)) > 0.7 * len(beside):
        return rows, []
    filled = [_filled_down([row.cells[c] for row in rows]) for c in range(count)]
    rows = [Row(row.number, (*(texts[n] for texts in filled), *row.cells[count:])) for n, row in enumerate(rows)]
    problems = [
        Problem("filled_down", Severity.HINT, rows[0].number, names[c], params={"count": blanks[c]})
        for c in range(count)
    ]
    return rows, problems


def _split_codes(names: list[str], rows: list[Row]) -> tuple[list[str], list[Row], list[Problem]]:
    """A column of "01 Zentrum" or "Zentrum (01)" gives a further column with the code; the words stay as they are."""
    for column in range(min(4, len(names))):
        some = [clean(shown(row.cells[column])) for row in rows[:50]]
        if not any(form.fullmatch(text) for form in _CODE_AND_NAME for text in some):
            continue
        texts = [clean(shown(row.cells[column])) for row in rows]
        form = next((f for f in _CODE_AND_NAME if sum(bool(f.fullmatch(t)) for t in texts) >= 0.9 * len(texts)), None)
        if form is None or len(texts) < 3:
            continue
        codes = [match["code"] if (match := form.fullmatch(text)) else "" for text in texts]
        if len({len(code) for code in codes if code}) != 1 or len(set(codes)) < 3 or _is_measure(texts):
            continue
        name = f"{names[column]} (Schlüssel)"
        rows = [Row(row.number, (*row.cells, code)) for row, code in zip(rows, codes, strict=True)]
        params = {"from": names[column], "example": codes[0]}
        return [*names, name], rows, [Problem("code_split", Severity.HINT, rows[0].number, name, params=params)]
    return names, rows, []


def _is_measure(texts: list[str]) -> bool:
    """Numbers with a unit, ages and dates look alike, but are no code with a name."""
    named = sum(is_number(text) or any(known.code_of(text) for known in code_lists().values()) for text in set(texts))
    return named > 0.2 * len(set(texts)) or sum(parse_period(text) is not None for text in set(texts)) > 1


def _filled_down(texts: list[str]) -> list[str]:
    current, filled = "", []
    for text in texts:
        current = text or current
        filled.append(current)
    return filled
