"""How German addresses are written, and what two writings have in common. Pure.

`street_key` brings every writing of a street's name to one form: „Roßmäßlerstr.“, „Rossmaessler Strasse“ and
„ROẞMÄẞLERSTRASSE“ are the same street. It folds umlauts and ß, writes abbreviations out, and drops blanks, hyphens and
points, which offices use as they like.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

_FOLDED = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "æ": "ae", "ø": "oe", "œ": "oe", "ł": "l"})
# Written out at the end of a name or before a blank or hyphen: „Lindenstr.“, „Str. des Friedens“, „Bahnhofspl.“
_SHORT = (
    (re.compile(r"str(?:\.|(?![a-z]))"), "strasse"),
    (re.compile(r"stra(?:sze|ße)(?![a-z])"), "strasse"),
    (re.compile(r"pl(?:\.|(?![a-z]))"), "platz"),
    (re.compile(r"\bst\.\s*"), "sankt "),
    (re.compile(r"\bskt\.\s*"), "sankt "),
    (re.compile(r"\bdr\.\s*"), "doktor "),
    (re.compile(r"\bprof\.\s*"), "professor "),
    (re.compile(r"\bgebr\.\s*"), "gebrueder "),
    (re.compile(r"\bgr\.\s*"), "grosse "),
    (re.compile(r"\bkl\.\s*"), "kleine "),
    (re.compile(r"\bob\.\s*"), "obere "),
    (re.compile(r"\bunt\.\s*"), "untere "),
    (re.compile(r"(?<=[a-z])pr(?:om)?\.(?![a-z])"), "promenade"),
    (re.compile(r"(?<=[a-z])ch\.(?![a-z])"), "chaussee"),
)
_PART = re.compile(r"\s*(?:\([^)]*\)|,\s*(?:OT|Ortsteil|Stadtteil)\b.*|\bOT\s+\S.*|\bOrtsteil\s+\S.*)\s*$", re.I)
_PART_NAME = re.compile(r"(?:\(\s*(?:OT|Ortsteil|Stadtteil)?\s*|\b(?:OT|Ortsteil|Stadtteil)\s+)([^),]+)", re.I)
_NUMBER = re.compile(
    r"(?P<number>\d{1,4})(?P<rest>\s*(?P<suffix>[a-z])?(?![a-z]))"
    r"(?:\s*(?P<fraction>1/[234]|½|¼|¾))?"
    r"(?:\s*(?:-|–|—|/|\+|u\.|und|bis)\s*(?P<last>\d{1,4})?\s*(?P<last_suffix>[a-z])?(?![a-z]))?",
    re.I,
)
_HOUSE_PARTS = re.compile(
    r"[\s,;/]+(?:(?:vh|hh|sf|sfl|qg|gh|gth|vorderhaus|hinterhaus|seitenfl\S*|quergeb\S*|gartenhaus|aufgang|links|rechts"
    r"|mitte|re\.?|li\.?|eg|og|dg|whg\.?|wohnung|haus|hs\.?|nr\.?|we)\b.*)$",
    re.I,
)
_BEGIN = re.compile(r"(?<=[\s,])(?:nr\.?\s*)?(?=\d)", re.I)
_NAMED_STREET = re.compile(r"^(?:strasse|straße|str\.?|jagen|privatweg|weg)\s*(?:nr\.?\s*)?\d+$", re.I)


@dataclass(frozen=True)
class HouseNumber:
    """A house number: `5`, `5a`, `5–7`, `5a–c`. Suffixes are small letters; a fraction counts as a suffix (`1/2`)."""

    number: int
    suffix: str = ""
    last: int | None = None
    last_suffix: str = ""

    def text(self) -> str:
        """As it is written in Germany: `5 a`, `5–7`."""
        first = f"{self.number} {self.suffix}".strip()
        if self.last is None:
            return first
        same = self.last == self.number
        return f"{first}–{self.last_suffix if same else f'{self.last} {self.last_suffix}'.strip()}"


@lru_cache(maxsize=65536)
def street_key(name: str) -> str:
    """One form for all writings of a street's name; empty for a text without letters or digits."""
    text = unicodedata.normalize("NFC", _PART.sub("", name)).casefold().replace("ẞ", "ss").translate(_FOLDED)
    text = unicodedata.normalize("NFKD", text)
    text = "".join(char for char in text if not unicodedata.combining(char))
    for short, written in _SHORT:
        text = short.sub(written, text)
    return re.sub(r"[^a-z0-9]", "", text)


@lru_cache(maxsize=65536)
def house_number(text: str) -> HouseNumber | None:
    """Read a house number; parts of a house („Hinterhaus“, „links“) are left out. None if there is none."""
    bare = _HOUSE_PARTS.sub("", f" {text.strip()}").strip()
    match = _NUMBER.fullmatch(bare)
    if not match or int(match["number"]) == 0:
        return None
    suffix = (match["suffix"] or "").lower() or _FRACTIONS.get(match["fraction"] or "", match["fraction"] or "")
    last, last_suffix = match["last"], (match["last_suffix"] or "").lower()
    if last is None and not last_suffix:
        return HouseNumber(int(match["number"]), suffix)
    return HouseNumber(int(match["number"]), suffix, int(last or match["number"]), last_suffix)


@lru_cache(maxsize=65536)
def split_address(text: str) -> tuple[str, str]:
    """Street and house number of „Lindenstr. 5 a“; no number where there is none („Straße 604“ is a street)."""
    plain = " ".join(_PART.sub("", text).split())
    if _NAMED_STREET.match(plain):
        return plain, ""
    for begin in _BEGIN.finditer(plain):
        street, number = plain[: begin.start()].strip(" ,"), plain[begin.end() :]
        if re.search(r"[^\W\d_]", street) and house_number(number):
            return street, number
    return plain, ""


def part_of_town(text: str) -> str:
    """The part of town that is written with an address („Lindenstr. 5 (OT Grünau)“), or an empty text."""
    match = _PART_NAME.search(text)
    return match[1].strip() if match else ""


_FRACTIONS = {"½": "1/2", "¼": "1/4", "¾": "3/4"}
