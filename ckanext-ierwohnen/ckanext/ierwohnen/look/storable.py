"""What a text from outside may hold: what a database can be asked for, and what says something to a reader."""

from __future__ import annotations

from typing import Any

_FILLERS = "\u115f\u1160\u3164\uffa0"  # letters without a shape


def storable(text: str) -> bool:
    """Whether a database could hold the text: there is no NUL in it, and no half of a character."""
    return "\0" not in text and not any("\ud800" <= sign <= "\udfff" for sign in text)


def stored(kind: Any, name: Any) -> Any:
    """What there is of one of CKAN's kinds (`model.Package`) by an id or name from outside; None where nothing is, or
    that can be no name."""
    return kind.get(name) if isinstance(name, str) and name and storable(name) else None


def visible(text: str) -> bool:
    """Whether a reader sees anything of the text: one letter or number at least."""
    return any(sign.isalnum() and sign not in _FILLERS for sign in text)
