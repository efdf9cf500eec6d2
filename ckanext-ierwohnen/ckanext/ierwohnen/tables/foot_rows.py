"""Where the data of a table end and its notes begin: sources, footnotes, legends, sentences about single units."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ckanext.ierwohnen.tables.cells import clean, parse_cell, sign_of
from ckanext.ierwohnen.tables.declared_signs import is_legend

Row = Sequence[str]
_FOOT = re.compile(
    r"^(?:quelle|quellen|stand|anmerkung|anm|hinweis|fußnote|erläuterung|zeichenerklärung|datenquelle|datenstand|©|\(c\)"
    r"|copyright|statistisch|stadt .*amt|amt für|source|note|lizenz|_{3,}|-{5,}|\*+\)?\s|[0-9]{1,2}\)\s"
    r"|[0-9]{1,2}\s{1,3}[A-ZÄÖÜ]\w+(?!.*\s[0-9.,]+$)|[¹²³⁴⁵]|erstellt|herausgeber|bearbeitung"
    r"|rundung|abweichung|einschl|(?:alle )?angaben |- nichts|\. zahlenwert)",
    re.I,
)
_LEGEND = re.compile(
    r"^(?:[*+.…/xX()prs–-]|\.{3}|\( \)|-[0-9]{1,7}|(?!(?:1[5-9]|20)[0-9]{2}\b)[0-9]{3,7})\s*[=:]\s*[^\W\d]"
)
_SAYS = re.compile(  # "Ost ist in Nord enthalten"
    r"\b(?:ist|sind|wurden?|wird|werden|enthalten|einschließlich|einschl|inklusive|inkl|ohne|nicht|siehe|vgl|beruh\w+"
    r"|umfass\w+|bezieh\w+|is|are|was|were|included|see)\b",
    re.I,
)
_WITHIN = re.compile(
    r"\bin [A-ZÄÖÜ0-9][\w. -]* (?:mit)?(?:enthalten|ausgewiesen|nachgewiesen|erfasst)\b"
    r"|^[A-ZÄÖÜ0-9][\w-]* (?:einschl|inkl)|^[A-ZÄÖÜ0-9][\w-]* siehe [A-ZÄÖÜ0-9]"
    r"|\bzusammengefasst\b|\bgemeinsam (?:ausgewiesen|dargestellt|erfasst)\b"
)
_ABOVE = 20
"""So many rows above say whether a column holds codes."""


def says_units_are_one(text: str) -> bool:
    """True for a note that the figure of one unit stands in that of another: "Ost ist in Nord enthalten"."""
    return bool(_WITHIN.search(text))


def is_number(cell: str) -> bool:
    """True for a number in any writing, but not for a sign alone."""
    cell = clean(cell)
    if not cell or sign_of(cell) is not None:
        return False
    found = parse_cell(cell)
    return found.number is not None or found.problem in ("ambiguous_number", "other_decimal_sign", "shortened_number")


def filled_in(row: Row, columns: Sequence[int]) -> list[int]:
    """The columns of a row that hold a text."""
    return [i for i in columns if i < len(row) and clean(row[i])]


def data_end(rows: Sequence[Row], columns: Sequence[int], first: int, last: int) -> int:
    """Index after the last data row: below it stand notes, in one cell or with a legend spread over several."""
    end = last
    while end > first and not filled_in(rows[end - 1], columns):
        end -= 1
    if len(columns) < 2:
        return end
    cut = end
    for i in range(end - 1, max(first, end - 60), -1):
        filled = filled_in(rows[i], columns)
        if not filled:
            continue
        if not _note_like(rows, i, filled, columns, cut < end):
            break
        cut = i
    while cut > first and not filled_in(rows[cut - 1], columns):
        cut -= 1
    return cut


def _note_like(rows: Sequence[Row], i: int, filled: list[int], columns: Sequence[int], below_is_note: bool) -> bool:
    """Whether a row at the end is a note: words only, and said to be one by its beginning, length or the gap above."""
    texts = [clean(rows[i][c]) for c in filled]
    if len(texts) == 2 and sign_of(texts[0]) is not None and is_legend(texts):
        return True
    if any(is_number(text) or sign_of(text) is not None for text in texts):
        return False
    gap = i > 0 and not filled_in(rows[i - 1], columns)
    said = bool(_FOOT.match(texts[0])) or len(texts[0]) > 45
    if any(" = " in text for text in texts) or _LEGEND.match(texts[0]):
        return True
    if len(filled) == 1:
        return said or gap or (len(columns) > 2 and (_sentence(texts[0]) or _among_codes(rows, i, filled[0])))
    return filled[0] == columns[0] and len(filled) <= 0.7 * len(columns) and said and (gap or below_is_note)


def _sentence(text: str) -> bool:
    """True for words that say something of a unit, and are no name of one."""
    return len(text.split()) >= 3 and bool(_SAYS.search(text))


def _among_codes(rows: Sequence[Row], i: int, column: int) -> bool:
    """True for words without any digit right below codes or figures: the row has nothing else, so it is no unit."""
    if any(char.isdigit() for char in rows[i][column]):
        return False
    above = [text for row in rows[max(0, i - _ABOVE) : i] if column < len(row) and (text := clean(row[column]))]
    return len(above) > 2 and sum(map(is_number, above)) >= 0.7 * len(above)
