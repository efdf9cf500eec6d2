"""Texts of several runs in workbooks: a raised `1` behind a number is a footnote mark, not a digit.

Readers give the text of a cell as a whole, so that `1234` with a raised `1` is 12341. Here the raised parts are cut
off; squares of units stay (`m²`), and so do raised letters of a status (`p`, `r`, `s`) behind a digit.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from html import unescape

from ckanext.ierwohnen.look.numbers import only_digits
from ckanext.ierwohnen.tables.reading_source import blocks

_STRING = re.compile(rb"<(?:\w+:)?si\b[^>]*?(?:/>|>(.*?)</(?:\w+:)?si>)", re.S)
_RUN = re.compile(rb"<(?:\w+:)?r\b[^>]*>(.*?)</(?:\w+:)?r>", re.S)
_TEXT = re.compile(rb"<(?:\w+:)?t\b[^>]*>([^<]*)</(?:\w+:)?t>")
_RAISED = re.compile(rb"vertAlign\s+val=[\"']superscript[\"']")
_UNIT_BEFORE = re.compile(r"(?:(?:^|[\s/(.0-9€])[kcd]?m|(?:\bin|[x×·]|\bmal)\s?10|\bCO)$")
_HIGH = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def without_marks(runs: list[tuple[str, bool]]) -> tuple[str, str]:
    """The text of runs (text, raised or not) without footnote marks, and those."""
    text, marks = "", ""
    for part, raised in runs:
        bare = part.strip()
        if not raised or not bare:
            text += part
        elif not text.strip() or (only_digits(bare) and _UNIT_BEFORE.search(text)):
            text += bare.translate(_HIGH)
        elif bare in ("p", "r", "s") and only_digits(text[-1:]):
            text += bare
        else:
            marks += bare
    return text, marks


def raised_strings(archive: zipfile.ZipFile, path: str) -> dict[int, tuple[str, str]]:
    """By number of the shared string: its text without footnote marks, and those; only strings that have some."""
    found = {}
    for number, body in enumerate(_strings(archive, path)):
        if _RAISED.search(body):
            text, marks = without_marks(runs_of(body))
            if marks or text:
                found[number] = text, marks
    return found


def runs_of(body: bytes) -> list[tuple[str, bool]]:
    """The runs of a rich text: text, raised or not."""
    return [
        ("".join(unescape(text.decode("utf-8", "replace")) for text in _TEXT.findall(run)), bool(_RAISED.search(run)))
        for run in _RUN.findall(body)
    ]


def _strings(archive: zipfile.ZipFile, path: str) -> Iterator[bytes]:
    rest = b""
    for block in blocks(archive, archive.getinfo(path)):
        rest += block
        end = 0
        for match in _STRING.finditer(rest):
            end = match.end()
            yield match[1] or b""
        rest = rest[end:]
