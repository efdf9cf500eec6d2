"""What a text from outside may hold: what a database can be asked for, and what says something to a reader."""

from __future__ import annotations

import re
from typing import Any

_FILLERS = "\u115f\u1160\u3164\uffa0"  # letters without a shape
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
# Control characters, all that some program begins a new line at, and what turns the order of what follows.
_NO_LINE = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


def storable(text: str) -> bool:
    """Whether a database could hold the text: there is no NUL in it, and no half of a character."""
    return not _UNSTORABLE.search(text)


def one_line(text: str) -> bool:
    """Whether a text that can be stored is one line to every program, in the order in which it was written."""
    return storable(text) and not _NO_LINE.search(text)


def stored(kind: Any, name: Any) -> Any:
    """What there is of one of CKAN's kinds (`model.Package`) by an id or name from outside; None where nothing is, or
    that can be no name."""
    return kind.get(name) if isinstance(name, str) and name and storable(name) else None


def visible(text: str) -> bool:
    """Whether a reader sees anything of the text: one letter or number at least."""
    return any(sign.isalnum() and sign not in _FILLERS for sign in text)
