"""Texts that were saved as UTF-8, opened as something else and saved as UTF-8 again: `SÃ¼d`, `S√ºd`, `S├╝d` for `Süd`.

The sequences that German letters and signs become so occur in no other text. They are read as what they were, and that
is told. For delimited texts this is an encoding of its own (`utf-8-twice`), so that large files are read as others are.
"""

from __future__ import annotations

import codecs
import re
from typing import Any

from ckanext.ierwohnen.tables.dialect import GERMAN_SIGNS, Encoding
from ckanext.ierwohnen.tables.problems import Problem, Severity

NAME = "utf-8-twice"
ENCODING = Encoding(NAME, "UTF-8 (zweimal)", "encoding_twice", 0.95)
_PAGES = ("cp1252", "latin-1", "mac_roman", "cp850")


def _as_seen(sign: str, page: str) -> str:
    """What a program shows that takes the UTF-8 bytes of a sign for a code page; gaps of Windows-1252 as Latin-1."""
    return "".join(bytes([byte]).decode(page, "replace").replace("\ufffd", chr(byte)) for byte in sign.encode())


_FOREIGN = sorted(sign for sign in GERMAN_SIGNS | {"\u00a0"} if not sign.isascii())
_SIGNS = {_as_seen(sign, page): sign for sign in _FOREIGN for page in _PAGES}
_TWICE = re.compile("|".join(sorted(map(re.escape, _SIGNS), key=len, reverse=True)))
_LEADS = {seen[0] for seen in _SIGNS}
LEAD_BYTES = tuple(sorted(lead.encode() for lead in _LEADS))
_MOST = max(map(len, _SIGNS))


def mended(text: str) -> str:
    """The text with each sequence as the letter that it was.

    >>> mended("SÃ¼d, GrÃ¶ÃŸe"), mended("Süd")
    ('Süd, Größe', 'Süd')
    """
    return text if text.isascii() else _TWICE.sub(lambda found: _SIGNS[found[0]], text)


def example(text: str) -> tuple[str, str] | None:
    """The first word that was encoded twice, and what it was; None if there is none."""
    found = _TWICE.search(text)
    if found is None:
        return None
    start, end = found.span()
    before, after = re.search(r"\w*$", text[:start]), re.match(rf"(?:\w|{_TWICE.pattern})*", text[end:])
    word = f"{before[0] if before else ''}{found[0]}{after[0] if after else ''}"[:40]
    return word, mended(word)


def told(text: str) -> list[Problem]:
    """The hint for a text that holds such sequences, with an example."""
    found = example(text)
    if found is None:
        return []
    return [Problem("encoded_twice", Severity.HINT, params={"was": found[0], "now": found[1]})]


def mend_cells(rows: list[list[Any]]) -> list[Problem]:
    """Put the texts of a sheet's cells right where they stand, and tell it."""
    problems: list[Problem] = []
    for row in rows:
        for place, cell in enumerate(row):
            if isinstance(cell, str) and not cell.isascii() and (now := mended(cell)) != cell:
                problems = problems or told(cell)
                row[place] = now
    return problems


class _Decoder(codecs.IncrementalDecoder):
    """UTF-8 in pieces; the last characters wait where they may begin a sequence."""

    def __init__(self, errors: str = "strict") -> None:
        super().__init__(errors)
        self._utf8 = codecs.getincrementaldecoder("utf-8-sig")(errors)
        self._held = ""

    def decode(self, data: Any, final: bool = False) -> str:
        text = self._held + self._utf8.decode(data, final)
        keep = 0 if final else next((n for n in range(_MOST - 1, 0, -1) if text[-n:][:1] in _LEADS), 0)
        self._held = text[-keep:] if keep else ""
        return mended(text[:-keep] if keep else text)

    def reset(self) -> None:
        self._utf8.reset()
        self._held = ""

    def getstate(self) -> tuple[bytes, int]:
        data, flag = self._utf8.getstate()
        return self._held.encode() + data, flag

    def setstate(self, state: tuple[bytes, int]) -> None:
        self._held = ""
        self._utf8.setstate(state)


def _decode(data: Any, errors: str = "strict") -> tuple[str, int]:
    return mended(bytes(data).decode("utf-8-sig", errors)), len(data)


def _codec(name: str) -> codecs.CodecInfo | None:
    if name.replace("_", "-") != NAME:
        return None
    return codecs.CodecInfo(codecs.utf_8_encode, _decode, incrementaldecoder=_Decoder, name=NAME)


codecs.register(_codec)
