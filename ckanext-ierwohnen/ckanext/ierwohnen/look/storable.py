"""What a name from outside may hold, so that a database can be asked for it."""

from __future__ import annotations


def storable(text: str) -> bool:
    """Whether a database could hold the text: there is no NUL in it, and no half of a character."""
    return "\0" not in text and not any("\ud800" <= sign <= "\udfff" for sign in text)
