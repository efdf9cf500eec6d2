"""Several tables in one sheet: below one another, and side by side."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

from ckanext.ierwohnen.tables.cells import clean, shown, sign_of
from ckanext.ierwohnen.tables.code_lists import normal
from ckanext.ierwohnen.tables.headers import find_layout, is_number
from ckanext.ierwohnen.tables.page_rows import is_continuation
from ckanext.ierwohnen.tables.periods import parse_period, period_of_values

HEAD = 400
LOOK = 20  # rows of a table in which its names stand
_MOST_BLANKS = 2_000
_MOST_ROWS = 20_000  # tables of several years in one sheet are no longer than this
_FEW_CELLS = 4  # different bare cells up to which a row may hold one filled cell beside blanks


@dataclass(frozen=True)
class Part:
    """One table of a sheet: its rows (title and notes too) and columns, as indices from 0; None for all columns."""

    rows: range
    columns: range | None = None

    @property
    def width(self) -> int:
        """Number of columns, as far as it tells parts apart."""
        return len(self.columns) if self.columns else 1


def parts_of(rows: Sequence[Sequence[str]]) -> list[Part]:
    """The tables of a sheet from left to right, and in each place from top to bottom; one part in most cases."""
    return [
        Part(range(start, end), columns) for columns in beside(rows) for start, end in split_tables(rows, columns)
    ]


def beside(rows: Sequence[Sequence[str]]) -> list[range] | list[None]:
    """The columns of tables that stand side by side: the name of the first column comes again further right."""
    head = rows[:HEAD]
    found = find_layout(head)
    if found is None or not found.header or not found.parts[0]:
        return [None]
    names = [normal(parts[-1]) if parts else "" for parts in found.parts]
    first = names[0]
    starts = [place for place, name in enumerate(names) if name == first]
    if len(starts) < 2 or is_number(first) or parse_period(first):
        return [None]
    ends = [*starts[1:], len(names)]
    if min(end - start for start, end in zip(starts, ends, strict=True)) < 2:
        return [None]
    cells = [_cells(head, found.columns[start], found.start, found.end) for start in starts]
    if not all(_like_first(texts, cells[0]) for texts in cells):
        return [None]
    lefts = [0, *(found.columns[start] for start in starts[1:])]
    rights = [*lefts[1:], max(map(len, head))]
    return [range(left, right) for left, right in zip(lefts, rights, strict=True)]


def split_tables(rows: Sequence[Sequence[str]], within: range | None = None) -> list[tuple[int, int]]:
    """Start and end (row indices) of the tables that stand below one another in a sheet.

    A new one begins where, after a blank row, a title in a single cell is followed by a row of words (its header)
    and rows of numbers; and where another period stands alone above the same names, also without a blank row. Sources
    and notes below a table stay with it.
    """
    starts = [0]
    dated = _dated_again(rows, within)
    for i in sorted({blank + 1 for blank in _blank_rows(rows, within)[:_MOST_BLANKS]} | dated):
        if not 3 <= i < len(rows) - 2 or _blank(rows[i], within):
            continue
        if i in dated:
            starts.append(i)
            continue
        begins = _begins_table(rows, i, within) or _repeats_header(rows, starts[-1], i, within)
        begins = begins and not _goes_on(rows, starts[-1], i, within)
        if i - starts[-1] >= 4 and begins and _has_numbers(rows, starts[-1], i, within):
            starts.append(i)
    return list(zip(starts, [*starts[1:], len(rows)], strict=True))


def _dated_again(rows: Sequence[Sequence[str]], within: range | None) -> set[int]:
    """The rows of a period alone ("2024", "Stand: 31.12.2024") right above names that stood there before."""
    found: set[int] = set()
    below = [i + 1 for i in _single_cells(rows, within) if i + 1 < len(rows)]
    last = next((i for i in reversed(below) if _period_above(rows, i, within) is not None), -1)
    seen: dict[str, set[tuple[str, ...]]] = {}
    for i, row in enumerate(islice(rows, last + 1)):
        cells = _inside(row, within)
        first = next((text for cell in cells[:2] if (text := clean(shown(cell)))), "")
        if not first or first[0].isdigit():
            continue
        whole = tuple(clean(shown(cell)) for cell in cells)
        if sum(map(bool, whole)) < 2 or any(is_number(cell) and not parse_period(cell) for cell in whole):
            continue
        if whole in seen.setdefault(first, set()) and (start := _period_above(rows, i, within)) is not None:
            found.add(start)
        if len(seen) < LOOK:
            seen[first].add(whole)
    return found


def _single_cells(rows: Sequence[Sequence[str]], within: range | None) -> list[int]:
    """The rows with one filled cell; of a large sheet no texts are made for that where the bare cells tell."""
    raw, changed = getattr(rows, "raw", None), {row for row, _ in getattr(rows, "changed", ())}
    looked_at: Iterable[int] = range(min(len(rows), _MOST_ROWS))
    if raw is not None:
        looked_at = (i for i in looked_at if i in changed or len({*_inside(raw[i], within)}) <= _FEW_CELLS)
    return [i for i in looked_at if sum(1 for cell in _inside(rows[i], within) if clean(cell)) == 1]


def _period_above(rows: Sequence[Sequence[str]], i: int, within: range | None) -> int | None:
    """The first of the single cells right above row `i`, if one of them names a period and none says "noch"."""
    start, dated = None, False
    for n in range(i - 1, max(i - 4, 0), -1):
        cells = [clean(shown(cell)) for cell in _inside(rows[n], within)]
        filled = [cell for cell in cells if cell]
        if len(filled) != 1 or is_continuation(filled[0]):
            break
        start, dated = n, dated or period_of_values(filled[0]) is not None
    return start if dated else None


def _cells(rows: Sequence[Sequence[str]], column: int, start: int, end: int) -> set[str]:
    return {clean(shown(row[column])) for row in rows[start:end] if column < len(row) and clean(row[column])}


def _like_first(texts: set[str], first: set[str]) -> bool:
    """The first column of a table beside another holds the same units, or further ones: words or codes, no decimals."""
    if not texts:
        return False
    if len(texts & first) >= 0.5 * len(texts):
        return True
    return not any("," in text and is_number(text) for text in texts) and len(texts) >= 2


def _blank_rows(rows: Sequence[Sequence[str]], within: range | None) -> list[int]:
    raw = getattr(rows, "raw", None)
    if raw is not None and within is None:
        # Most rows are told by their first cell.
        return [i for i, row in enumerate(raw) if not (row and row[0]) and not any(row) and _blank(rows[i])]
    return [i for i in range(len(rows)) if _blank(rows[i], within)]


def _blank(row: Sequence[str], within: range | None = None) -> bool:
    return not any(clean(cell) for cell in _inside(row, within))


def _inside(row: Sequence[str], within: range | None) -> Sequence[str]:
    return row[within.start : within.stop] if within else row


def _begins_table(rows: Sequence[Sequence[str]], i: int, within: range | None) -> bool:
    """A title (one cell), then within five rows a row of several words, then numbers."""
    title = [cell for cell in _inside(rows[i], within) if clean(cell)]
    if len(title) != 1 or (is_number(title[0]) and not parse_period(title[0])):
        return False
    header = None
    for n in range(i + 1, min(len(rows), i + 8)):
        cells = [clean(cell) for cell in _inside(rows[n], within) if clean(cell)]
        numbers = sum(is_number(cell) for cell in cells)
        if header is None and len(cells) >= 2 and not numbers:
            header = n
        elif header is not None and numbers >= 2:
            return True
        elif header is None and numbers:
            return False
    return False


def _repeats_header(rows: Sequence[Sequence[str]], start: int, i: int, within: range | None) -> bool:
    """A further table without a title: its names begin with the first name of the table above, and numbers follow."""
    names = [clean(cell) for cell in _inside(rows[i], within)]
    filled = [name for name in names if name]
    if len(filled) < 2 or not names[0] or any(is_number(name) or sign_of(name) is not None for name in filled):
        return False
    above = (_inside(rows[n], within) for n in range(start, min(i, start + LOOK)))
    same = any(row and clean(row[0]) == names[0] and not any(is_number(cell) for cell in row) for row in above)
    return same and any(is_number(cell) for cell in _inside(rows[i + 1], within))


def _goes_on(rows: Sequence[Sequence[str]], start: int, i: int, within: range | None) -> bool:
    """The next page of the same table: "noch: Tabelle 3", or the same names over units that were not there yet."""
    cells = [clean(shown(cell)) for cell in _inside(rows[i], within)]
    filled = [cell for cell in cells if cell]
    if len(filled) == 1:
        return is_continuation(filled[0])
    first = range(start, min(i, start + LOOK))
    head = next((n for n in first if [clean(shown(cell)) for cell in _inside(rows[n], within)] == cells), None)
    if head is None:
        return False
    above = {clean(shown(row[0])) for n in range(head + 1, i) if (row := _inside(rows[n], within))}
    below = [clean(shown(row[0])) for n in range(i + 1, min(len(rows), i + HEAD)) if (row := _inside(rows[n], within))]
    return not (above & set(below)) - {""}


def _has_numbers(rows: Sequence[Sequence[str]], start: int, end: int, within: range | None) -> bool:
    found = 0
    for i in range(start, end):
        found += sum(is_number(cell) for cell in _inside(rows[i], within)) >= 2
        if found == 2:
            return True
    return False
