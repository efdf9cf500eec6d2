"""Titles that people take for the same, however they are written. Pure.

Compared is what is left without blanks, punctuation, marks on letters and whatever cannot be seen, with letters and
digits that look alike taken for one. Letters of several alphabets in one title are no way to write a name.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from functools import lru_cache

_STROKES = "|¦∣│"  # no letters, but seen as one
_PAIRS = (("rn", "m"), ("vv", "w"), ("cl", "d"))
_ALIKE = str.maketrans({
    **dict.fromkeys(f"i1ıł{_STROKES}", "l"), "0": "o", "ø": "o", "đ": "d", "ħ": "h", "ŧ": "t", "ĸ": "k",
    # Cyrillic and Greek letters that look like ours, small or as capitals
    **dict(zip("авекмнорстухѕіј", "abekmhopctyxslj", strict=True)),
    **dict(zip("αβεζηικμνορτυχγ", "abezhlkmnoptyxy", strict=True)),
})  # fmt: skip


@lru_cache(maxsize=4096)
def outline(title: str) -> str:
    """What people see of a title: equal for titles that look the same."""
    written = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", title).casefold())
    seen = "".join(one for one in written if unicodedata.category(one)[0] in "LN" or one in _STROKES)
    for pair, one in _PAIRS:
        seen = seen.replace(pair, one)
    return seen.translate(_ALIKE) or written.strip()


def foreign_letter(title: str) -> str:
    """A letter of another alphabet than most of the others in a title; "" if they are all of one."""
    letters = [one for one in unicodedata.normalize("NFKC", title) if unicodedata.category(one)[0] == "L"]
    alphabets = Counter(map(_alphabet, letters))
    rarest = min(alphabets, key=lambda one: alphabets[one], default="")
    return next(one for one in letters if _alphabet(one) == rarest) if len(alphabets) > 1 else ""


def _alphabet(letter: str) -> str:
    """An alphabet by Unicode's names. Latin letters of phonetic writing, which look like usual ones, are none of it."""
    name = unicodedata.name(letter, "").split(" ")[0]
    usual = letter <= "\u017f" or "\u0218" <= letter <= "\u021b" or "\u1e00" <= letter <= "\u1eff"
    return name if name != "LATIN" or usual else letter
