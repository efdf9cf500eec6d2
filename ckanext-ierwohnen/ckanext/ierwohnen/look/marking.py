"""Texts that stand in tables and constants: marked here for the translators, translated when they are shown."""

from __future__ import annotations


def N_(text: str) -> str:
    """The text itself; what collects the texts to translate knows this name."""
    return text
