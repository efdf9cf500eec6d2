"""Forgiving comparison of what somebody types with the names that we hold.

German is typed in many ways: `Weissenbrunn` for `Weißenbrunn`, `Huettelsdorf` or `Huttelsdorf` for `Hüttelsdorf`.
Both sides are folded alike; the place of a match is kept, so that it can be marked in the name as it is written.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from rapidfuzz import fuzz

DIGRAPHS = {"ae": "a", "oe": "o", "ue": "u"}
FUZZY_FROM_LENGTH = 4
FUZZY_LIKENESS = 80
WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Folded:
    """A text without case, accents and spelling variants; `origin[i]` is where letter i came from."""

    text: str
    origin: tuple[int, ...]


@dataclass(frozen=True)
class Match:
    """How well a name fits (higher is better) and which stretches `(start, end)` of it were meant."""

    score: float
    spans: tuple[tuple[int, int], ...]

    @property
    def guessed(self) -> bool:
        """Whether the name only resembles what was typed."""
        return self.score <= 1.0


def fold(text: str) -> Folded:
    """Fold case, ß to ss, umlauts and their two-letter forms to the plain vowel, accents to plain letters."""
    letters: list[str] = []
    origin: list[int] = []
    for place, letter in enumerate(text):
        plain = unicodedata.normalize("NFKD", letter.casefold())
        for part in plain:
            if not unicodedata.combining(part):
                letters.append(part)
                origin.append(place)
    return _without_digraphs(letters, origin)


def _without_digraphs(letters: list[str], origin: list[int]) -> Folded:
    text: list[str] = []
    kept: list[int] = []
    index = 0
    while index < len(letters):
        pair = "".join(letters[index : index + 2])
        text.append(DIGRAPHS.get(pair, letters[index]))
        kept.append(origin[index])
        index += 2 if pair in DIGRAPHS else 1
    return Folded("".join(text), tuple(kept))


def match(query: str, name: str) -> Match | None:
    """Whether each word of the query occurs in the name: as the start of a word, within one, or nearly.

    Nearly: one letter wrong in five (rapidfuzz ratio ≥ 80), for words of four letters or more.
    """
    words = [word.group() for word in WORD.finditer(fold(query).text)]
    if not words:
        return None
    folded = fold(name)
    found = [_find(word, folded) for word in words]
    if any(hit is None for hit in found):
        return None
    hits = [hit for hit in found if hit]
    spans = _joined([_original(folded, name, start, end) for _, start, end in hits])
    starts_name = 1.0 if folded.text.startswith(words[0]) else 0.0
    return Match(sum(score for score, _, _ in hits) / len(hits) + starts_name - len(folded.text) / 1000, spans)


def _find(word: str, folded: Folded) -> tuple[float, int, int] | None:
    """Best place of one word: score, start and end in the folded text."""
    at_start = re.search(rf"\b{re.escape(word)}", folded.text)
    if at_start:
        return 3.0, at_start.start(), at_start.end()
    within = folded.text.find(word)
    if within >= 0 and len(word) > 1:
        return 2.0, within, within + len(word)
    if len(word) < FUZZY_FROM_LENGTH:
        return None
    best = max(WORD.finditer(folded.text), key=lambda other: _likeness(word, other.group()), default=None)
    if best is None or _likeness(word, best.group()) < FUZZY_LIKENESS:
        return None
    return _likeness(word, best.group()) / 100, best.start(), best.end()


def _likeness(word: str, other: str) -> float:
    """Likeness of a typed word and the start of a name's word, 0 to 100; somebody may still be typing."""
    return max(fuzz.ratio(word, other), fuzz.ratio(word, other[: len(word)]))


def _original(folded: Folded, name: str, start: int, end: int) -> tuple[int, int]:
    """The stretch of the name as written; a folded pair (`ue`, ß) belongs wholly to it."""
    after = folded.origin[end] if end < len(folded.origin) else len(name)
    return folded.origin[start], max(after, folded.origin[end - 1] + 1)


def _joined(spans: list[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Spans in order, overlapping ones made one."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return tuple(joined)


def marked(name: str, spans: tuple[tuple[int, int], ...]) -> list[tuple[str, bool]]:
    """The name in pieces: (text, whether it was meant)."""
    pieces: list[tuple[str, bool]] = []
    at = 0
    for start, end in spans:
        if start > at:
            pieces.append((name[at:start], False))
        pieces.append((name[start:end], True))
        at = end
    if at < len(name):
        pieces.append((name[at:], False))
    return pieces
