"""Signs of German official statistics and the status words that they stand for.

A sign is data: it travels beside its value as a `Status`. The vocabulary with labels and
explanations is `schemas/signs.yaml`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

import yaml

SIGNS_FILE = Path(__file__).parent.parent / "schemas" / "signs.yaml"


class Status(StrEnum):
    """What is known of a value besides its number."""

    OK = "ok"
    NOTHING = "nothing"
    BELOW_HALF = "below_half"
    SECRET = "secret"
    LATER = "later"
    BLOCKED = "blocked"
    UNCERTAIN = "uncertain"
    LIMITED = "limited"
    PRELIMINARY = "preliminary"
    CORRECTED = "corrected"
    ESTIMATED = "estimated"
    MISSING = "missing"

    @property
    def has_value(self) -> bool:
        """Whether a number goes with this status: `-` and `0` stand for zero, `p` stands beside one."""
        return self not in WITHOUT_VALUE


WITHOUT_VALUE = frozenset({Status.SECRET, Status.LATER, Status.BLOCKED, Status.UNCERTAIN, Status.MISSING})


@dataclass(frozen=True)
class Sign:
    """One sign of the vocabulary.

    `place` is "instead" (stands for the value), "beside" (after it) or "around" (brackets);
    `read` holds the spellings met in office tables; `value` the number that the sign stands for.
    """

    status: Status
    sign: str
    read: tuple[str, ...]
    place: str
    value: float | None
    label: dict[str, str]
    explanation: dict[str, str]


@cache
def vocabulary() -> dict[Status, Sign]:
    """All signs by status, in the order of the vocabulary file."""
    entries = yaml.safe_load(SIGNS_FILE.read_text("utf-8"))
    return {
        Status(entry["status"]): Sign(
            status=Status(entry["status"]),
            sign=entry["sign"],
            read=tuple(entry["read"]),
            place=entry["place"],
            value=entry.get("value"),
            label=entry["label"],
            explanation=entry["explanation"],
        )
        for entry in entries
    }


@cache
def spellings(place: str) -> dict[str, Status]:
    """Spelling as met in office tables → status, for the signs of one place (see `Sign.place`)."""
    return {text: sign.status for sign in vocabulary().values() if sign.place == place for text in sign.read}


def label(status: Status | str, locale: str = "de") -> str:
    """Short label of a status ("geschützt"); empty for an ordinary value."""
    return _text(status, locale, "label")


def explanation(status: Status | str, locale: str = "de") -> str:
    """Explanation of a status as a sentence; empty for an ordinary value."""
    return _text(status, locale, "explanation")


def legend(statuses: Iterable[Status | str]) -> list[Sign]:
    """The signs that occur among `statuses`, each once, in the order of the vocabulary."""
    met = {Status(status) for status in statuses}
    return [sign for status, sign in vocabulary().items() if status in met]


def _text(status: Status | str, locale: str, field: str) -> str:
    sign = vocabulary().get(Status(status))
    if sign is None:
        return ""
    texts: dict[str, str] = getattr(sign, field)
    return texts.get(locale.split("_")[0], texts["en"])
