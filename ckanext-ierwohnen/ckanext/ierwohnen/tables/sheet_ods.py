"""What an ODS shows and its bare values do not say: raised marks, signs in place of numbers, hidden rows, comments.

An ODS holds for each cell the text that is seen beside the value, so that formats need not be understood.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from lxml import etree

from ckanext.ierwohnen.tables.cells import TYPED_NUMBER, is_figure
from ckanext.ierwohnen.tables.number_formats import BESIDE, DIVIDED, HIDDEN, SIGN, ZERO, Look
from ckanext.ierwohnen.tables.periods import parse_period
from ckanext.ierwohnen.tables.reading_source import Source, column_letters
from ckanext.ierwohnen.tables.sheet_rows import typed_text
from ckanext.ierwohnen.tables.sheet_runs import without_marks

_OASIS = "urn:oasis:names:tc:opendocument:xmlns:{}:1.0"
_TABLE, _TEXT, _STYLE, _OFFICE = (f"{{{_OASIS.format(name)}}}" for name in ("table", "text", "style", "office"))
_CALC = "{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}"
_NUMBERS = ("float", "percentage", "currency")
_STATUS = re.compile(r"[0-9]\s?([prs])$")
_SEEN_NUMBER = re.compile(r"-?[0-9][0-9.\s]*(?:,[0-9]+)?")


def ods_rows(source: Source, name: str) -> Iterator[tuple[int, Any, set[str]]]:
    """The rows (or column definitions, as row 0) of a sheet: number from 1, element, names of raised text styles."""
    raised: set[str] = set()
    number, inside = 1, False
    tags = [_TABLE + "table", _TABLE + "table-row", _TABLE + "table-column", _STYLE + "style"]
    with source.open() as stream, zipfile.ZipFile(stream) as archive, archive.open("content.xml") as xml:
        found = etree.iterparse(
            xml, events=("start", "end"), tag=tags, resolve_entities=False, no_network=True, load_dtd=False
        )
        for event, element in found:
            if element.tag == _TABLE + "table":
                inside = event == "start" and element.get(_TABLE + "name") == name
            elif event == "start":
                continue
            elif element.tag == _STYLE + "style":
                if any(p.get(_STYLE + "text-position", "").startswith("super") for p in element):
                    raised.add(element.get(_STYLE + "name"))
            elif element.tag == _TABLE + "table-column":
                if inside:
                    yield 0, element, raised
            else:
                if inside:
                    yield number, element, raised
                    number += repeated(element, "rows")
                element.clear()


def repeated(element: Any, what: str) -> int:
    """How often a row or cell stands there."""
    return int(element.get(f"{_TABLE}number-{what}-repeated", "1"))


def is_hidden(element: Any) -> bool:
    """True for a row or column that is not shown."""
    return element.get(_TABLE + "visibility") in ("collapse", "filter")


def letters_of(start: int, count: int) -> list[str]:
    """Letters of so many columns from the one with this number on."""
    return [column_letters(n) for n in range(start, start + min(count, 1_000))]


def cells_of_row(element: Any) -> Iterator[tuple[int, Any]]:
    """Columns (from 0) and the filled cells of a row."""
    column = 0
    for cell in element:
        if cell.tag not in (_TABLE + "table-cell", _TABLE + "covered-table-cell"):
            continue
        if len(cell):
            yield column, cell
        column += repeated(cell, "columns")


def has_comment(cell: Any) -> bool:
    """True for a cell with a comment."""
    return cell.find(_OFFICE + "annotation") is not None


def seen_in(cell: Any, raw: Any, raised: set[str]) -> tuple[Look, str] | None:
    """How a cell is read other than by its value, and its footnote marks; None if the value says it all."""
    runs = [run for n, part in enumerate(cell.findall(_TEXT + "p")) for run in _runs(part, raised, n > 0)]
    kind = cell.get(_OFFICE + "value-type")
    if kind == "date":
        return _seen_of_date("".join(text for text, _ in runs).strip(), typed_text(raw))
    if cell.get(_CALC + "value-type") == "error":
        return Look("".join(text for text, _ in runs).strip()), ""
    if kind not in _NUMBERS:
        if not any(high for _, high in runs):
            return None
        text, marks = without_marks(runs)
        return Look(text), marks
    shown, number = "".join(text for text, _ in runs).strip(), typed_text(raw)
    if not number.startswith(TYPED_NUMBER):
        return None
    value = float(number[1:].replace(",", "."))
    if not any(char.isdigit() for char in shown):
        shown = shown.strip("€% ")
        told = (
            (None if shown in ("-", "–", "—") else SIGN if shown else ZERO) if value == 0 else SIGN if shown else HIDDEN
        )
        return Look(shown, told, shown), ""
    status = _STATUS.search(shown)
    words = f"{number[1:]} {status[1]}" if status else f"({number[1:]})"
    bracketed = value > 0 and shown.startswith("(") and shown.endswith(")")
    if (status or bracketed) and is_figure(words):
        return Look(TYPED_NUMBER + words, BESIDE, status[1] if status else "()"), ""
    if power := _shown_divided(shown, value):
        return Look(number, DIVIDED, power=power), ""
    if kind == "percentage" and "%" in shown:
        exact = round(Decimal(number[1:].replace(",", ".")).scaleb(2), 12).normalize()
        return Look(f"{TYPED_NUMBER}{exact:f}%".replace(".", ",")), ""
    return None


def _shown_divided(shown: str, value: float) -> int:
    """The power of ten by which what is to be seen is smaller than the number: 1234 as "1,2"; 0 if it is not."""
    if not _SEEN_NUMBER.fullmatch(shown) or abs(value) < 100:
        return 0
    if re.sub(r"[^0-9]", "", shown) == str(abs(round(value))):
        return 0  # "1,234" is English
    seen = float(re.sub(r"[.\s]", "", shown).replace(",", "."))
    half = 0.5 * 10.0 ** -len(shown.partition(",")[2]) + 1e-9
    return next((power for power in (3, 6) if seen and abs(value / 10.0**power - seen) <= half), 0)


def _seen_of_date(shown: str, date: str) -> tuple[Look, str] | None:
    """A date of which only the year or the month is to be seen is that year or month."""
    seen, whole = parse_period(shown), parse_period(date)
    if seen is None or whole is None or seen.kind not in ("year", "month") or not whole.text.startswith(seen.text):
        return None
    return Look(shown), ""


def _runs(part: Any, raised: set[str], further: bool) -> Iterator[tuple[str, bool]]:
    yield ("\n" if further else "") + (part.text or ""), False
    for child in part:
        yield "".join(child.itertext()), child.get(_TEXT + "style-name") in raised
        yield child.tail or "", False
