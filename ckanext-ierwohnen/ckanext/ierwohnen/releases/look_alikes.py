"""Titles that people take for the same, however they are written. Pure.

Compared is what is left without blanks, punctuation, marks on letters and whatever cannot be seen, with letters and
digits that look alike taken for one. A title has nothing but Latin letters, the digits 0 to 9 and usual marks: other
alphabets have letters that look like these, other digits look like letters, and some signs turn the order of a text.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

_STROKES = "|¦∣│"  # no letters, but seen as one
_PAIRS = (("rn", "m"), ("vv", "w"), ("cl", "d"))
_ALIKE = str.maketrans({
    **dict.fromkeys(f"i1ıł{_STROKES}", "l"), "0": "o", "5": "s", "ø": "o", "đ": "d", "ħ": "h", "ŧ": "t", "ĸ": "k",
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


def odd_sign(title: str) -> str:
    """The first sign by which a title could pass for another one; "" if there is none."""
    return next((one for one in title if not all(map(_usual, unicodedata.normalize("NFKC", one)))), "")


def named(sign: str) -> str:
    """A sign for people: itself where it can be seen alone, its number and Unicode's name for it."""
    seen = f"{sign} " if unicodedata.category(sign)[0] not in "CZM" else ""
    return f"{seen}(U+{ord(sign):04X}, {unicodedata.name(sign, 'control character').lower()})"


def _usual(sign: str) -> bool:
    """Latin letters, but not those of phonetic writing, which look like usual ones; their marks; usual punctuation."""
    kind = unicodedata.category(sign)[0]
    if kind == "C" or sign in _STROKES[1:]:
        return False
    punctuation = "\u2010" <= sign <= "\u2027" or "\u2030" <= sign <= "\u205e" or sign == "€"
    letter = sign <= "\u017f" or "\u0218" <= sign <= "\u021b" or "\u1e00" <= sign <= "\u1eff"
    return letter or punctuation or "\u0300" <= sign <= "\u036f"
