"""Names beside keys that are the names of none of these units: running numbers 1 to 5 are keys of five districts too.

A name need not be written as the portal knows it (shortened, with its former name), so a single one proves nothing.
Only where each key has its own name, and not one of them has a word in common with its unit, the numbers are others.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

from rapidfuzz import fuzz

from ckanext.ierwohnen.tables import role_words as words
from ckanext.ierwohnen.tables.cells import clean, shown
from ckanext.ierwohnen.tables.column_facts import words_of, written_out

FEWEST = 3
"""So many units with names of their own must speak against the keys."""
_SIMILAR = 80.0
_CODE = re.compile(r"^[0-9.]+[\s:–-]+|\s*\([0-9]+\)$")  # the code beside a name in the same cell
_GENERAL = words.PLACE | words.NAME | words.KEY | {"am", "an", "der", "die", "das", "im", "in", "und", "von", "zu"}


def strange(pairs: Iterable[tuple[str, str]], units: Mapping[str, str]) -> tuple[str, str] | None:
    """The first key with its name, if the names of a table are other ones than those of the units; else None.

    :param pairs: key and name of rows, as often as they come; keys that are no unit are left aside
    :param units: key → name as the portal knows them
    """
    names: dict[str, str] = {}
    for key, name in pairs:
        if key in units and name and names.setdefault(key, name) != name:
            return None  # several rows to a unit: facilities, classes
    told = {key: name for key, name in names.items() if _says_something(units[key], key)}
    if len(told) < FEWEST or len(set(told.values())) < len(told):
        return None
    if any(alike(name, units[key]) for key, name in told.items()):
        return None
    known = {_plain(name) for name in units.values()}
    if sum(_plain(name) in known for name in told.values()) > len(told) / 2:
        return None  # names of other units of this level: each of them is reported
    return next(iter(told.items()))


@lru_cache(maxsize=16384)
def alike(name: str, other: str) -> bool:
    """True if two names have a word in common beside those for any place, or are written almost alike."""
    one, two = _plain(name), _plain(other)
    if one == two:
        return True
    own, its = words_of(one) - _GENERAL, words_of(two) - _GENERAL
    if own & its:
        return True
    short, long = sorted((" ".join(sorted(own)), " ".join(sorted(its))), key=len)
    return len(short) >= FEWEST and fuzz.partial_ratio(short, long) >= _SIMILAR


def _says_something(name: str, key: str) -> bool:
    """False for a unit whose name is its level and its key ("Bezirk 1")."""
    digits = {key, key.lstrip("0")}
    return bool(words_of(name) - _GENERAL - {word for word in words_of(name) if word in digits})


def _plain(text: str) -> str:
    return _CODE.sub("", written_out(clean(shown(text))))
