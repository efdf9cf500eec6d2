"""Values on their way to other boundaries: number and status of a cell, and how both are written again."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from ckanext.ierwohnen.look.signs import Status, spellings, vocabulary
from ckanext.ierwohnen.tables.cells import NumberStyle, shown

# Numbers are written with comma and without groups of thousands, so that there is one way to read them.
STYLE = NumberStyle(",", sure=True, groups=False, reason="style_carried")
_LONG = re.compile(r"(-?\d+,\d{3,})((?: [prs])?)")
DIGITS = 12  # significant digits that are written: sums stay the same to 1e-9
# Every spelling by its official meaning, so that a legend of the delivered file does not change what is written here.
OFFICIAL = {
    text: str(status) for place in ("instead", "beside", "around") for text, status in spellings(place).items() if text
}
_OUTWEIGHS = (Status.SECRET, Status.BLOCKED, Status.UNCERTAIN, Status.LATER, Status.MISSING)
_BESIDE = (Status.LIMITED, Status.ESTIMATED, Status.PRELIMINARY, Status.CORRECTED)


@dataclass(frozen=True)
class Value:
    """A number (None where there is none) with its status."""

    number: float | None
    status: Status = Status.OK

    def written(self, zero_is_sign: bool = False) -> str:
        """The cell that is read as this value again, by the official signs (`OFFICIAL`).

        :param zero_is_sign: a bare `0` means "less than half of the unit"; an ordinary zero is written `0,0` then
        """
        if zero_is_sign and self.number == 0 and self.status is Status.OK:
            return "0,0"
        sign = vocabulary().get(self.status)
        if self.status is Status.MISSING or (self.number is None and sign is None):
            return ""
        if sign is not None and sign.place == "instead":
            return sign.sign
        number = f"{self.number:.{DIGITS}g}" if self.number is not None else ""
        number = _without_exponent(number).replace(".", ",")
        if sign is None or self.status is Status.OK:
            return number
        return f"({number})" if sign.place == "around" else f"{number} {sign.sign}"


def shortened(cell: str) -> str:
    """A written cell for people to look at, with at most two decimals: `1199,99997634 s` becomes `1200 s`."""
    match = _LONG.fullmatch(cell)
    if match is None:
        return shown(cell)
    number = f"{float(match[1].replace(',', '.')):.2f}".rstrip("0").rstrip(".")
    return number.replace(".", ",") + match[2]


def _without_exponent(number: str) -> str:
    return f"{float(number):.15f}".rstrip("0").rstrip(".") if "e" in number else number


def status_without_value(parts: Iterable[Status]) -> Status:
    """The status of a value of which a part has none: what protects or bars counts before what is only missing."""
    met = set(parts)
    return next((status for status in _OUTWEIGHS if status in met), Status.MISSING)


def status_of_sum(parts: Iterable[Status], split: bool) -> Status:
    """The status of a sum of parts: estimated where a part was split, else the most cautious of the parts."""
    met = set(parts)
    if split:
        return Status.ESTIMATED
    return next((status for status in _BESIDE if status in met), Status.OK)
