"""Numbers of persons in the German pension and health insurance, by their form, day of birth and check digit. Pure.

A pension number is an area, a day of birth, an initial, a serial number and a check digit (`65 170839 J 003`); a health
one is a letter and nine digits, of which the last checks the others. Offices give numbers of the same forms: unless it
is written apart a right one says nothing of itself, but as most of a column's numbers of its form.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

MOST = 20_000  # numbers of a form that are kept of a column
_PENSION = re.compile(
    r"(?<![\w\-])(\d\d)([\s\-./]?)(\d\d)[\s.]?(\d\d)[\s.]?(\d\d)[\s\-./]?([A-Z])[\s\-./]?(\d\d)\s?(\d)(?![\w\-])", re.I
)
_HEALTH = re.compile(r"(?<![\w\-])([A-Z])\s?(\d{3})\s?(\d{3})\s?(\d{2}\s?\d)(?![\w\-])", re.I)
_WEIGHTS = (2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1)
CONSPICUOUS = (
    r"\d[ \x{a0}./-]?\d{2}[ \x{a0}.]?\d{2}[ \x{a0}.]?\d{2}[ \x{a0}./-]?[a-z][ \x{a0}./-]?\d{2}"
    r"|[a-z][ \x{a0}]?\d{3}[ \x{a0}]?\d{3}[ \x{a0}]?\d{2}"
)
"""What may be one, in the words of Arrow's regular expressions."""


@dataclass
class InsuranceNumbers:
    """The numbers of a column that have the form of an insurance's, each with whether it is right."""

    _pension: dict[str, bool] = field(default_factory=dict)
    _health: dict[str, bool] = field(default_factory=dict)

    def take(self, text: str) -> None:
        """Look for them in one more cell."""
        for known, form, right in ((self._pension, _PENSION, _pension), (self._health, _HEALTH, _health)):
            if len(known) < MOST and (match := form.search(text)):
                known[match[0].upper()] = right(match)

    @property
    def found(self) -> bool:
        """Whether most are right: by chance one of some 300 pension numbers is, and every tenth health number."""
        return _mostly(self._pension, 1) or _mostly(self._health, 5)


def _mostly(numbers: dict[str, bool], fewest: int) -> bool:
    return sum(numbers.values()) >= max(fewest, 0.6 * len(numbers))


def insured(text: str) -> bool:
    """Whether a right number stands in a text, written in whichever way."""
    return any(map(_pension, _PENSION.finditer(text))) or any(map(_health, _HEALTH.finditer(text)))


def surely_insured(text: str) -> bool:
    """Whether a right pension number stands in a text with its area apart, as offices do not write theirs."""
    return any(match[2].isspace() and _pension(match) for match in _PENSION.finditer(text))


def _pension(match: re.Match[str]) -> bool:
    area, _, day, month, year, letter, serial, check = match.groups()
    if not (1 <= int(day) <= 31 and 1 <= int(month) <= 12):
        return False
    digits = f"{area}{day}{month}{year}{ord(letter.upper()) - 64:02}{serial}"
    return _cross_sums(digits, _WEIGHTS) % 10 == int(check)


def _health(match: re.Match[str]) -> bool:
    digits = f"{ord(match[1].upper()) - 64:02}" + re.sub(r"\s", "", match[2] + match[3] + match[4])
    return _cross_sums(digits[:-1], (1, 2) * 5) % 10 == int(digits[-1])


def _cross_sums(digits: str, weights: tuple[int, ...]) -> int:
    products = (int(digit) * weight for digit, weight in zip(digits, weights, strict=True))
    return sum(product // 10 + product % 10 for product in products)
