"""One company under one name, however it is written: else it counts as two contributors, and every rule is cheated."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from .errors import InputError
from .known import top
from .reading import row_of

Place = tuple[str, dict[str, object]]  # a message: code, params
FOLDED = {"ä": "ae", "ö": "oe", "ü": "ue", "&": " und ", "œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "đ": "d", "ı": "i"}
LATIN = dict(
    zip(  # letters of other scripts as they look: Cyrillic, then Greek
        "\u0430\u0432\u0435\u043a\u043c\u043d\u043e\u0440\u0441\u0442\u0443\u0445\u0456\u0455\u0458"
        "\u03b1\u03b2\u03b5\u03b7\u03b9\u03ba\u03bc\u03bd\u03bf\u03c1\u03c4\u03c5\u03c7",
        "abekmhopctyxisjabehikmnoptyx",
        strict=True,
    )
)
APART = re.compile(r"(?:[^\w+]|_)+")  # "+" tells names apart
BETWEEN = re.compile(r"(?<!\d) | (?!\d)")  # blanks but those between two digits
NUMBER = re.compile(r"0*(\d+?)(?:[.,]0+)?")


def folded(name: str) -> str:
    """What is left of a name without what a hand, a keyboard or a program may write in two ways.

    That is: capitals, compatible signs (NFKC), umlauts (ä, ae) and accents, letters of other scripts that look like
    Latin ones, blanks, hyphens and dots, "&" for "und", an abbreviation with and without dots (eG, e. G.).
    """
    text = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    text = "".join(FOLDED.get(c, c) for c in text)
    text = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    found: list[str] = []
    alone = False
    for word in APART.sub(" ", "".join(LATIN.get(c, c) for c in text)).split():
        letter = len(word) == 1 and word.isalpha()
        if letter and alone:
            found[-1] += word
        else:
            found.append(word)
        alone = letter
    return " ".join(found) or name


def key_of(name: str) -> str:
    """What is the same for all spellings of one name: `folded` without blanks; of a number its value (007, 7.0)."""
    if number := NUMBER.fullmatch(name.strip()):
        return number[1]
    return BETWEEN.sub("", folded(name))


def alike(owners: Iterable[str]) -> list[tuple[str, str]]:
    """Pairs of names that a slip of the pen may tell apart: a letter in a word of five or more, or the order of words.

    They may well be two companies, so this is worth a word, and no refusal. Each is named with the first one like it.
    """
    seen: dict[tuple[tuple[str, ...], str], str] = {}
    found = set()
    for owner in sorted(owners):
        words = folded(owner).split()
        for at, word in enumerate(words):
            rest = tuple(sorted((*words[:at], *words[at + 1 :])))
            slips = range(len(word)) if len(word) > 4 and word.isalpha() else ()
            for written in dict.fromkeys((word, *(word[:i] + word[i + 1 :] for i in slips))):
                other = seen.setdefault((rest, written), owner)
                if other != owner:
                    found.add((other, owner))
    return sorted(found)


def places(frame: pd.DataFrame, owners: np.ndarray, file: str) -> dict[str, Place]:
    """Where each owner stands first, as a message; `owners`: text[records], cleaned; in the order of the rows."""
    written = pd.Series(owners.astype(object), dtype=object).drop_duplicates()
    rows = ((str(t), row_of(frame, at)) for at, t in zip(written.index.tolist(), written.tolist(), strict=True))
    return {owner: ("place-row", {"name": file, "row": row}) for owner, row in rows}


def check_spelled(found: Mapping[str, Place], linked: Mapping[str, str]) -> None:
    """Raise `InputError` for two names that differ in their spelling only, and have not the same group.

    found: where each owner stands; `linked`: owner → group, by which one name may be declared to stand for another.
    The error says both names and both places.
    """
    everywhere = dict(found)
    for name in (n for pair in linked.items() for n in pair):
        everywhere.setdefault(name, ("rule-linked", {}))
    seen: dict[str, str] = {}
    for name, there in everywhere.items():
        other = seen.setdefault(key_of(name), name)
        if top(other, linked) != top(name, linked):
            raise InputError("owner-spelled", first=other, where=everywhere[other], second=name, there=there)
