"""The chips: one word, one icon, one colour for each state that a reader must tell apart.

Colour never speaks alone, and violet is kept for "not for everyone".
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Chip:
    """How one value is shown; `word` is English, translated by the parts' own catalogue."""

    word: str
    tone: str
    icon: str


def _(message: str) -> str:
    """Mark for extraction; translated when shown."""
    return message


CHIPS: dict[str, dict[str, Chip]] = {
    "state": {
        "idea": Chip(_("idea"), "", "fa-lightbulb"),
        "planned": Chip(_("planned"), "info", "fa-calendar"),
        "piloting": Chip(_("piloting"), "info", "fa-flask"),
        "in_implementation": Chip(_("in implementation"), "solid", "fa-play"),
        "completed": Chip(_("completed"), "good", "fa-check"),
        "dropped": Chip(_("no longer pursued"), "mute", "fa-ban"),
    },
    "schedule": {
        "on_time": Chip(_("on schedule"), "good", "fa-check"),
        "delayed": Chip(_("delayed"), "warn", "fa-triangle-exclamation"),
        "blocked": Chip(_("blocked"), "bad", "fa-hand"),
        "overdue": Chip(_("overdue"), "bad", "fa-clock"),
    },
    "evaluation": {
        "under": Chip(_("below target"), "warn", "fa-arrow-down"),
        "reached": Chip(_("target reached"), "good", "fa-check"),
        "over": Chip(_("above target"), "info", "fa-arrow-up"),
        "open": Chip(_("not yet evaluated"), "mute", "fa-clock"),
    },
    "freshness": {
        "current": Chip(_("up to date"), "good", "fa-check"),
        "due": Chip(_("delivery due"), "warn", "fa-clock"),
        "overdue": Chip(_("delivery overdue"), "bad", "fa-triangle-exclamation"),
        "ended": Chip(_("no longer continued"), "mute", "fa-box-archive"),
        "unknown": Chip(_("no delivery date set"), "mute", "fa-circle-question"),
    },
    "audience": {
        "public": Chip(_("public"), "mute", "fa-globe"),
        "alliance": Chip(_("alliance only"), "prot", "fa-users"),
        "partners": Chip(_("partners of the measure only"), "prot", "fa-user-lock"),
        "organization": Chip(_("own organization only"), "prot", "fa-lock"),
        "limited": Chip(_("not for everyone"), "prot", "fa-lock"),
    },
    "severity": {
        "error": Chip(_("Error"), "bad", "fa-circle-xmark"),
        "warning": Chip(_("Warning"), "warn", "fa-triangle-exclamation"),
        "hint": Chip(_("Hint"), "mute", "fa-circle-info"),
    },
}


def chip(kind: str, value: str) -> Chip:
    """The chip of a value; an unknown value is shown as its own word in grey, so that nothing is hidden."""
    return CHIPS.get(kind, {}).get(value, Chip(value, "mute", "fa-tag"))
