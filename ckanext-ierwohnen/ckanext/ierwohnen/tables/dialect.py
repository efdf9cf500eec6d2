"""Encoding and dialect of a delimited text file, with the reasons for the choice.

Encodings: byte order marks and UTF-8 are certain. Among the one-byte code pages German text itself is the witness:
the right one turns the bytes into letters that German words hold (`Südost`), the wrong ones into signs that none
holds. charset-normalizer is asked only where that stays open.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise

from charset_normalizer import from_bytes

SEPARATORS = (";", "\t", ",", "|")
GERMAN_SIGNS = frozenset("äöüÄÖÜß§€²³°–—…„“”‚‘’µéèêáàâôóçñ½¼·«»©® ­Ø±×šžčćśłńřėůıŞşğŠŽ")
_WORD = re.compile(r"[^\W\d_]+")  # of two open ends around an umlaut, a long word without one takes for ever
_FOREIGN = re.compile(r"[^\x00-\x7f]")
_UMLAUT = re.compile(r"[äöüÄÖÜßéèáàô]")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
ONE_BYTE = ("cp1252", "mac_roman", "cp850", "iso8859-15", "latin-1")
TITLES = {
    "utf-8": "UTF-8", "utf-8-sig": "UTF-8 (BOM)", "utf-16": "UTF-16", "utf-16-le": "UTF-16", "utf-16-be": "UTF-16",
    "utf-32": "UTF-32", "cp1252": "Windows-1252", "latin-1": "Latin-1 (ISO 8859-1)",
    "iso8859-15": "Latin-9 (ISO 8859-15)", "mac_roman": "MacRoman", "cp850": "DOS (CP 850)",
}  # fmt: skip


@dataclass(frozen=True)
class Encoding:
    """The encoding found: Python codec name, title for readers, message code of the reason, confidence 0 to 1."""

    name: str
    title: str
    reason: str
    confidence: float


@dataclass(frozen=True)
class Dialect:
    """How fields are parted: separator, quote sign (or ""), and the number of fields of most lines."""

    separator: str
    quote: str
    width: int

    @property
    def options(self) -> dict[str, object]:
        """Options for Python's csv.reader."""
        if not self.quote:
            return {"delimiter": self.separator, "quoting": csv.QUOTE_NONE}
        return {"delimiter": self.separator, "quotechar": self.quote, "doublequote": True}


def find_encoding(head: bytes, whole: bool = True) -> Encoding:
    """The encoding of a file from its first bytes (`whole`: these are all)."""
    for mark, name in _BOMS:
        if head.startswith(mark):
            return Encoding(name, TITLES[name], "encoding_mark", 1.0)
    wide = _wide(head)
    if wide:
        return Encoding(wide, TITLES[wide], "encoding_zero_bytes", 0.95)
    if _decodes(head, "utf-8", whole):
        return Encoding("utf-8", TITLES["utf-8"], "encoding_valid", 1.0)
    return _one_byte(head)


def broken_utf8(head: bytes) -> bool:
    """True for text that is mostly UTF-8 with stray bytes of another encoding: a file glued from two."""
    multi = len(re.findall(rb"[\xc3\xc2\xe2][\x80-\xbf]", head))
    text = head.decode("utf-8", errors="replace")
    return multi >= 3 and 0 < text.count("\ufffd") <= multi * 2


def find_dialect(text: str) -> Dialect:
    """Separator and quote sign from the beginning of a text: the ones that give the most even table."""
    scored = [
        (_evenness(text, separator, quote), separator, quote)
        for separator in SEPARATORS
        for quote in ('"', "'")
        if quote == '"' or _wraps(text, separator, quote)
    ]
    (score, width), separator, quote = max(scored, key=lambda s: (round(s[0][0], 6), s[2] == '"'))
    if score <= 0:
        return Dialect(";", '"', 1)
    return Dialect(separator, quote, width)


def _wraps(text: str, separator: str, quote: str) -> bool:
    """Whether the apostrophe wraps cells here. One alone is Excel's mark of a text, or belongs to a name."""
    edge = re.escape(separator)
    wrapped = re.findall(rf"(?:^|(?<={edge})){quote}[^{quote}\n]*{quote}(?=\s*(?:{edge}|$))", text[:60_000], re.M)
    opened = re.findall(rf"(?:^|(?<={edge})){quote}", text[:60_000], re.M)
    return len(wrapped) >= 2 and len(wrapped) >= 0.8 * len(opened)


def _wide(head: bytes) -> str | None:
    """UTF-16 without a mark: every second byte of Western text is zero."""
    sample = head[:4000]
    if len(sample) < 8 or b"\x00" not in sample:
        return None
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    half = len(sample) / 2
    if odd > 0.7 * half and even < 0.1 * half:
        return "utf-16-le"
    return "utf-16-be" if even > 0.7 * half and odd < 0.1 * half else None


def _decodes(data: bytes, name: str, whole: bool = True) -> bool:
    try:
        codecs.getincrementaldecoder(name)().decode(data, final=whole)
    except UnicodeDecodeError:
        return False
    return True


def _one_byte(head: bytes) -> Encoding:
    scores = {name: _german_score(head, name) for name in ONE_BYTE if _decodes(head, name)}
    ranked = sorted(scores.items(), key=lambda item: -item[1])
    best, score = ranked[0]
    # Latin-1 and Windows-1252 agree on all letters; the latter has the euro and the dashes as well.
    rivals = [value for name, value in ranked[1:] if _decoded(head, name) != _decoded(head, best)]
    margin = score - max(rivals, default=-1.0)
    if margin > 0.05:
        return Encoding(best, TITLES[best], "encoding_german", min(0.98, 0.6 + margin / 2))
    guess = from_bytes(head[:200_000]).best()
    if guess is not None and guess.encoding in scores:
        name = guess.encoding
        return Encoding(name, TITLES[name], "encoding_statistics", 0.6)
    return Encoding(best, TITLES[best], "encoding_unsure", 0.5)


def _decoded(head: bytes, name: str) -> str:
    return head.decode(name, errors="replace")


def _german_score(head: bytes, name: str) -> float:
    """Mean fitness of the non-ASCII characters as German ones: letters inside words best, controls worst."""
    text = _decoded(head, name)
    foreign = Counter(_FOREIGN.findall(text))
    total = sum(foreign.values())
    if not total:
        return 1.0
    good = sum(count for char, count in foreign.items() if char in GERMAN_SIGNS)
    worst = sum(count for char, count in foreign.items() if 0x80 <= ord(char) < 0xA0)
    words = Counter(_WORD.findall(text))
    shaped = sum(count * _well_shaped(word) for word, count in words.items() if _UMLAUT.search(word))
    return (good - 2 * worst + 0.5 * shaped) / total


def _well_shaped(word: str) -> float:
    """1 for words as German writes them (`Südost`, `GRÖSSE`), −1 for a capital umlaut inside a small word."""
    if len(word) < 2:
        return 0.0
    rest = word[1:]
    return 1.0 if rest.islower() or word.isupper() else -1.0


def _evenness(text: str, separator: str, quote: str) -> tuple[float, int]:
    """(score, fields of most lines): share of lines with that number, weighted by how many fields there are."""
    lines = text.splitlines()[:300]
    if len(lines) > 250:
        lines = lines[:-1]
    try:
        reader = csv.reader(io.StringIO("\n".join(lines)), delimiter=separator, quotechar=quote)
        rows = [row for row in reader if any(cell.strip() for cell in row)]
    except csv.Error:
        return 0.0, 1
    if not rows:
        return 0.0, 1
    counts = Counter(len(row) for row in rows if len(row) > 1)
    if not counts:
        return 0.0, 1
    width, lines_of_width = max(counts.items(), key=lambda item: (item[1] * min(item[0], 8), item[0]))
    filled = [row for row in rows if len(row) == width]
    share = lines_of_width / len(rows)
    # Quotation marks that are left at the edge of cells were not understood as such.
    left = sum(cell[:1] in ('"', "'") or cell[-1:] in ('"', "'") for row in filled for cell in row)
    return share * (1 - 1 / (width + 1)) - _penalty(filled, separator) - 0.5 * left / (width * len(filled)), width


def _penalty(rows: list[list[str]], separator: str) -> float:
    """A comma that stands between digits in most fields is a decimal sign, not a separator."""
    if separator != ",":
        return 0.0
    pairs = joints = 0
    for row in rows[:100]:
        for left, right in pairwise(row):
            pairs += 1
            joints += bool(re.search(r"[;|\t]\s*-?\d+$", left)) and bool(re.match(r"\d+\s*(?:[;|\t]|$)", right))
    return 0.5 * joints / pairs if pairs else 0.0
