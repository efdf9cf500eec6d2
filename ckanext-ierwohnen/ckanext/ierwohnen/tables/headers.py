"""The layout of a sheet or text: which rows are title, header, data, foot.

Offices put titles and notes above, several header rows, rows of units or column numbers below the names, and sources
and footnotes at the end. A row is judged beside the rows around it: data rows hold numbers where most rows of the
column hold numbers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from ckanext.ierwohnen.tables.cells import clean, shown, sign_of
from ckanext.ierwohnen.tables.declared_signs import is_legend
from ckanext.ierwohnen.tables.foot_rows import data_end, filled_in, is_number
from ckanext.ierwohnen.tables.header_classes import Restored, restored_classes
from ckanext.ierwohnen.tables.header_text import header_text, unique_names
from ckanext.ierwohnen.tables.hints import Hints
from ckanext.ierwohnen.tables.part_years import with_whole_periods
from ckanext.ierwohnen.tables.periods import parse_period

Row = Sequence[str]
_LETTERS = re.compile(r"[^\W\d_]{2}")
_NUMBERING = re.compile(r"[0-9]{1,3}$")
_UNIT_CELL = re.compile(
    r"[(\[]?(?:in )?"
    r"(?:%|‰|v\.? ?H\.?|€|EUR|Euro|€/m²|€ ?je m²|Anzahl|Zahl|Personen|Haushalte|Wohnungen|ha|m²|qm|km²|Jahre"
    r"|Tsd\.? ?€?|Mio\.? ?€?|T€|TEUR|Prozent|Stück|Fälle"
    r"|(?:1[ .   ]?000|Tsd\.?|Mio\.?)(?: ?(?:€|EUR|Euro|Personen|Einwohner|EW|WE"
    r"|Wohnungen|m²|qm|ha|km²|kWh|MWh|t))?|kWh|MWh|(?:je|pro) [\w.   ]+)[)\]]?",
    re.I,
)
LOOK_AHEAD = 6
MOST = 3_000  # rows that are looked at to judge a whole column


@dataclass(frozen=True)
class Layout:
    """Where things stand, as indices into the rows given: `header` rows, `data` start and end, and the columns used.

    `title` and `foot` are the indices of filled rows above and below; `names` the joined header texts per column;
    `restored` by place of a column what Excel had made a date of.
    """

    title: tuple[int, ...]
    header: tuple[int, ...]
    start: int
    end: int
    foot: tuple[int, ...]
    columns: tuple[int, ...]
    names: tuple[str, ...]
    has_header: bool = True
    parts: tuple[tuple[str, ...], ...] = field(default=(), repr=False)
    restored: tuple[tuple[int, Restored], ...] = ()


def find_layout(
    rows: Sequence[Row],
    merged: dict[tuple[int, int], str] | None = None,
    hints: Hints | None = None,
    window: range | None = None,
    within: range | None = None,
) -> Layout | None:
    """The layout of the table in `rows`, or None if there is no table in them.

    :param merged: (row index, column index) → text of the merged cell that covers this one
    :param hints: header rows, first and last row that a person has stated
    :param window: the rows in which to look; `within`: the columns
    """
    hints = hints or Hints()
    first, last = (window.start, window.stop) if window else (0, len(rows))
    columns = used_columns(rows, range(first, last), within)
    if not columns:
        return None
    end = min(hints.last_row, last) if hints.last_row else data_end(rows, columns, first, last)
    numeric = _numeric_columns(rows, columns, first, end)
    start = _stated_start(hints)
    if start is None:
        start = _data_start(rows, columns, numeric, first, end)
    if start is None or start >= end:
        return None
    if not (hints.first_row or hints.header_rows):
        start = _before_headings(rows, columns, start, first)
    stated = tuple(row - 1 for row in hints.header_rows or () if 0 < row <= start)
    header = stated if hints.header_rows else _header_rows(rows, columns, start, first)
    beside = columns
    columns = used_columns(rows, [*header, *range(start, end)], within)
    title = tuple(i for i in range(first, header[0] if header else start) if filled_in(rows[i], beside))
    foot = tuple(i for i in range(end, last) if filled_in(rows[i], beside))
    parts, restored = _header_parts(rows, columns, header, merged or {})
    parts = with_whole_periods(parts, hints.year_parts)
    return Layout(title, header, start, end, foot, columns, unique_names(parts), bool(header), parts, restored)


def _stated_start(hints: Hints) -> int | None:
    if hints.first_row:
        return hints.first_row - 1
    return max(hints.header_rows) if hints.header_rows else None


def row_text(row: Row) -> str:
    """A title or foot row as one text."""
    return " ".join(clean(shown(cell)) for cell in row if clean(cell))


def used_columns(rows: Sequence[Row], places: Iterable[int], within: range | None = None) -> tuple[int, ...]:
    """The columns in which any of the rows at `places` has a text."""
    raw = getattr(rows, "raw", rows)  # a sheet's own cells tell it without being written as text
    places = list(places)
    width = max((len(raw[i]) for i in places), default=0) if raw is rows else len(raw[0]) if places else 0
    used: set[int] = set()
    blank = set(range(width)) & set(within) if within is not None else set(range(width))
    for i in places:
        if not blank:
            break
        row = raw[i]
        found = {c for c in blank if c < len(row) and _has_content(row[c])}
        blank -= found
        used |= found
    return tuple(sorted(used))


def _has_content(cell: Any) -> bool:
    return bool(clean(cell)) if isinstance(cell, str) else cell is not None


def _numeric_columns(rows: Sequence[Row], columns: Sequence[int], first: int, end: int) -> set[int]:
    """Columns in which most filled cells of the lower part are numbers or signs."""
    top = first + min((end - first) // 3, 20)
    body = rows[top : min(end, top + 200)] or rows[first:end]
    found = set()
    for i in columns:
        cells = [clean(row[i]) for row in body if i < len(row) and clean(row[i])]
        numbers = sum(is_number(cell) for cell in cells)
        signs = sum(sign_of(cell) is not None for cell in cells)
        if cells and numbers and numbers + signs >= 0.6 * len(cells):
            found.add(i)
    return found


def _data_start(rows: Sequence[Row], columns: Sequence[int], numeric: set[int], first: int, end: int) -> int | None:
    if not numeric:
        return _text_start(rows, columns, first, end)
    for i in range(first, end):
        if not (_data_like(rows[i], numeric) or _spoiled(rows, i, numeric)) or _numbering(rows[i], columns):
            continue
        if _units_row(rows, i, columns):
            continue
        if (
            _counted_header(rows, i, numeric, end)
            or _years_header(rows, i, numeric, end)
            or _codes_header(rows, i, columns, end)
        ):
            continue
        ahead = [row for row in rows[i : min(end, i + LOOK_AHEAD)] if filled_in(row, columns)]
        if sum(_data_like(row, numeric) for row in ahead) >= 0.5 * len(ahead):
            return i
    return None


def _text_start(rows: Sequence[Row], columns: Sequence[int], first: int, end: int) -> int | None:
    """A table of words only: its header is the first full row."""
    widest = max((len(filled_in(row, columns)) for row in rows[first : min(end, first + MOST)]), default=0)
    if widest < 2:
        return None
    for i in range(first, end - 1):
        if len(filled_in(rows[i], columns)) >= max(2, 0.8 * widest):
            return i + 1
    return None


def _data_like(row: Row, numeric: set[int]) -> bool:
    cells = [clean(row[i]) for i in numeric if i < len(row) and clean(row[i])]
    if {"x", "y"} <= {cell.casefold() for cell in cells}:
        return False  # names of coordinates; an X alone would be a sign
    values = sum(is_number(cell) or sign_of(cell) is not None for cell in cells)
    return bool(values) and values >= 0.5 * len(cells)


def _spoiled(rows: Sequence[Row], i: int, numeric: set[int]) -> bool:
    """True for a row right below the names whose figures are all misspelt: `#385`, `=5,6`."""
    cells = {c: clean(rows[i][c]) for c in numeric if c < len(rows[i]) and clean(rows[i][c])}
    figures = all(any(char.isdigit() for char in text) and not _LETTERS.search(text) for text in cells.values())
    return bool(cells) and figures and _named_above(rows, i, list(cells)) and not any(map(parse_period, cells.values()))


def _years_header(rows: Sequence[Row], i: int, numeric: set[int], end: int) -> bool:
    """True for a row of years or dates above columns of other values (`2003 2004 2005`)."""
    row = rows[i]
    filled = {column: clean(row[column]) for column in numeric if column < len(row) and is_number(row[column])}
    periods = [parse_period(cell) for cell in filled.values()]
    if not periods or any(period is None for period in periods) or _named_above(rows, i, list(filled)):
        return False
    texts = [period.text for period in periods if period]
    # Years go up, once or again under each heading; counts that look like years do not.
    ups = sum(b > a for a, b in pairwise(texts))
    down = len(texts) > 1 and all(a > b for a, b in pairwise(texts))  # the newest year first
    if len(set(texts)) > 1 and not down and ups < len(texts) - len(texts) // len(set(texts)):
        return False
    below = [r for r in rows[i + 1 : min(end, i + 30)] if _data_like(r, numeric)]
    cells = [clean(r[c]) for r in below for c in filled if c < len(r) and clean(r[c])]
    same = sum(parse_period(cell) is not None for cell in cells)
    return bool(cells) and same < 0.5 * len(cells)


def _counted_header(rows: Sequence[Row], i: int, numeric: set[int], end: int) -> bool:
    """True for names that are small numbers going up (`Nr | 19 | 20 | 21`): a word stands where numbers stand below."""
    cells = {c: clean(shown(rows[i][c])) for c in numeric if c < len(rows[i]) and clean(rows[i][c])}
    counts = [int(text) for _, text in sorted(cells.items()) if _NUMBERING.fullmatch(text)]
    words = [c for c, text in cells.items() if _LETTERS.search(text) and not is_number(text)]
    if len(counts) < 2 or not words or len(counts) + len(words) < len(cells):
        return False
    below = [row for row in rows[i + 1 : min(end, i + 30)] if _data_like(row, numeric)]
    named = [clean(row[c]) for row in below for c in words if c < len(row) and clean(row[c])]
    ups = len({b - a for a, b in pairwise(counts)}) == 1 and counts[1] > counts[0]
    return ups and bool(named) and sum(map(is_number, named)) >= 0.9 * len(named)


def _named_above(rows: Sequence[Row], i: int, columns: list[int]) -> bool:
    """True if the row right above gives each of these columns a name of its own: then this row holds values."""
    if i == 0:
        return False
    above = [clean(rows[i - 1][c]) for c in columns if c < len(rows[i - 1]) and clean(rows[i - 1][c])]
    return len(above) == len(columns) == len(set(above)) and not any(is_number(text) for text in above)


def _codes_header(rows: Sequence[Row], i: int, columns: Sequence[int], end: int) -> bool:
    """True for a first row of distinct codes (`00 01 02`) over a matrix: its own corner is empty, as no other row's."""
    filled = filled_in(rows[i], columns)
    if len(filled) != len(columns) - 1 or len(filled) < 3 or columns[0] in filled or _named_above(rows, i, filled):
        return False
    codes = {clean(shown(rows[i][c])) for c in filled}
    if not all(map(is_number, codes)):
        return False
    below = rows[i + 1 : min(end, i + MOST)]
    corner = sum(bool(row and clean(row[columns[0]])) for row in below)
    return len(codes) == len(filled) and corner >= 0.95 * len(below)


def _numbering(row: Row, columns: Sequence[int]) -> bool:
    """True for the row of column numbers that official tables put under the names: 1 2 3 4."""
    cells = [clean(shown(row[i])) for i in filled_in(row, columns)]
    if len(cells) < 3 or len(cells) < 0.6 * len(columns) or not all(_NUMBERING.match(cell) for cell in cells):
        return False
    return [int(cell) for cell in cells] == list(range(int(cells[0]), int(cells[0]) + len(cells))) and int(
        cells[0]
    ) <= 1


def _units_row(rows: Sequence[Row], i: int, columns: Sequence[int]) -> bool:
    """True for the row of units under the names: `Anzahl`, `1 000`, `%`; at least one of them is no number, or all say
    more than one (`1 000 m²`, `(1 000)`) where no key stands.
    """
    filled = filled_in(rows[i], columns)
    cells = [clean(shown(rows[i][c])) for c in filled]
    if not all(_UNIT_CELL.fullmatch(cell) for cell in cells):
        return False
    more = columns[0] not in filled and all(cell[0] in "([" or any(char.isalpha() for char in cell) for cell in cells)
    return more or not all(is_number(cell) for cell in cells)


def _header_rows(rows: Sequence[Row], columns: Sequence[int], start: int, first: int) -> tuple[int, ...]:
    """The rows above the data that name columns: connected, and more than one cell wide."""
    found: list[int] = []
    i = start - 1
    while i >= first and not filled_in(rows[i], columns):
        i -= 1
    while i >= first and len(found) < 8:
        filled = filled_in(rows[i], columns)
        if (not filled and found) or (filled and is_legend([rows[i][c] for c in filled])):
            break
        few = len(filled) < min(2, len(columns)) and len(columns) > 1
        at_edge = (rows, i, filled, columns, found)
        if few and not _side_label(*at_edge) and not _units_below(*at_edge):
            break
        if filled:
            found.insert(0, i)
        i -= 1
    return tuple(found)


def _before_headings(rows: Sequence[Row], columns: Sequence[int], start: int, top: int) -> int:
    """Where the data begin if a heading ("Jahr 2003") stands between the names of the columns and the first values."""
    i = start - 1
    first = start
    if i >= top and filled_in(rows[i], columns) and _units_row(rows, i, columns):
        return start
    while i >= top and len(filled := filled_in(rows[i], columns)) <= max(1, 0.25 * len(columns)):
        if filled:
            first = i
        elif first < start and _named(rows, columns, i, top):
            break
        i -= 1
    return first if _named(rows, columns, i, top) and start - first <= 3 else start


def _named(rows: Sequence[Row], columns: Sequence[int], i: int, top: int) -> bool:
    """True if the rows from i up, as far as they hang together, give most columns a name; one of units may be among."""
    while i >= top and not filled_in(rows[i], columns):
        i -= 1
    names: set[int] = set()
    while i >= top and (filled := filled_in(rows[i], columns)):
        names |= set(filled)
        i -= 1
    return len(names) >= max(3, 0.6 * len(columns))


def _side_label(rows: Sequence[Row], i: int, filled: list[int], columns: Sequence[int], below: list[int]) -> bool:
    """A single cell above header rows is a heading over some columns, unless it stands at the left edge as a title."""
    return bool(filled) and bool(below) and filled[0] != columns[0] and len(columns) > 2 and i == below[0] - 1


def _units_below(rows: Sequence[Row], i: int, filled: list[int], columns: Sequence[int], below: list[int]) -> bool:
    """A single unit right below the names (`1 000 m²` for one of the columns)."""
    return bool(filled) and not below and columns[0] not in filled and _units_row(rows, i, columns)


def _header_parts(
    rows: Sequence[Row], columns: Sequence[int], header: Sequence[int], merged: dict[tuple[int, int], str]
) -> tuple[tuple[tuple[str, ...], ...], tuple[tuple[int, Restored], ...]]:
    """Header texts per column from top to bottom; a heading over several columns goes to each of them. And by place of
    the column the classes that were dates in the file.
    """
    levels: list[dict[int, str]] = []
    restored: dict[int, Restored] = {}
    for position, i in enumerate(header):
        if _numbering(rows[i], columns):
            continue
        texts = {c: header_text(rows[i][c]) for c in columns if c < len(rows[i]) and clean(rows[i][c])}
        for c in columns:
            if c not in texts and (i, c) in merged:
                texts[c] = header_text(merged[i, c])
        if position < len(header) - 1 and len(header) > 1 and not merged:
            _spread(texts, columns, rows, header[position + 1 :])
        for c, found in restored_classes(texts).items():
            texts[c] = found.text or texts[c]
            restored[columns.index(c)] = found
        levels.append(texts)
    parts = []
    for c in columns:
        texts_of = [level[c] for level in levels if level.get(c)]
        parts.append(tuple(text for n, text in enumerate(texts_of) if n == 0 or text != texts_of[n - 1]))
    return tuple(parts), tuple(restored.items())


def _spread(texts: dict[int, str], columns: Sequence[int], rows: Sequence[Row], below: Sequence[int]) -> None:
    """Without merge information: a heading reaches to the right over columns that have a name only further down."""
    current = None
    for c in columns:
        if c in texts:
            current = texts[c] if any(c < len(rows[b]) and clean(rows[b][c]) for b in below) else None
        elif current and any(c < len(rows[b]) and clean(rows[b][c]) for b in below):
            texts[c] = current
