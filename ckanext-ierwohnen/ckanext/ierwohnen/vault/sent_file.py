"""What is wrong with a company's file that is no table, in sentences that do not name it: its name may tell something.

Nor do they ask for what the form has no field for. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ckanext.ierwohnen.tables.messages import message, remedy

UPLOAD = "upload"
"""What the reading calls a table instead of by its name."""
_NAMELESS = {
    "de": (
        ("Die Datei „{}“", "die gesendete Datei"), ("In „{}“", "In der gesendeten Datei"),
        ("„{}“", "die gesendete Datei"),
    ),
    "en": (("The file “{}”", "the file sent"), ("“{}”", "the file sent")),
}  # fmt: skip
_REMEDIES = {
    "undecodable": (
        "Bitte die Datei neu ausgeben und einheitlich als UTF-8 speichern.",
        "Export the file anew and save the whole of it as UTF-8.",
    ),
    "no_table": (
        "Eine Tabelle braucht eine Kopfzeile mit Spaltennamen und darunter Zeilen mit Werten.",
        "A table needs a header row with column names, and rows of values below.",
    ),
}


def what_is_wrong(code: str, params: Mapping[str, Any], locale: str) -> str:
    """The sentence of a code, about the file that was sent."""
    text = message(code, params, locale)
    for named, instead in _NAMELESS["en" if locale.startswith("en") else "de"]:
        text = text.replace(named.format(params.get("filename", UPLOAD)), instead)
    return text[:1].upper() + text[1:]


def what_helps(code: str, params: Mapping[str, Any], locale: str) -> str:
    """What the sender can do about it; empty where there is nothing to do."""
    known = _REMEDIES.get(code)
    return known[locale.startswith("en")] if known else remedy(code, params, locale)
