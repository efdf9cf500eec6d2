"""Which decimal sign a column uses: decided from all its cells, then from its neighbours, else left open.

`1.234` is one thousand two hundred thirty-four in a German office and one point two in an English program. A cell
with but one possible reading (`5,2`, `1.234,5`, `0.123`) is evidence; so are the whole numbers beside it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ckanext.ierwohnen.look.numbers import only_digits
from ckanext.ierwohnen.tables.cells import MARKS, NumberStyle, Reading, clean, core_of, possible_readings

_DIGITS = re.compile(r"[0-9]")


@dataclass
class Evidence:
    """What the distinct cells of one column tell about their signs.

    `comma`, `point`: cells in which this is surely the decimal sign; `open_comma`, `open_point`: cells with two
    readings; `grouped`: cells with surely parted thousands; `small_whole`, `large_whole`: whole parts below 1,000, and
    larger ones without group signs; `decimals`: the numbers of decimals met.
    """

    comma: int = 0
    point: int = 0
    open_point: int = 0
    open_comma: int = 0
    grouped: int = 0
    whole: int = 0
    small_whole: int = 0
    large_whole: int = 0
    decimals: set[int] = field(default_factory=set)

    @property
    def open(self) -> int:
        """Number of cells with two possible readings."""
        return self.open_point + self.open_comma

    @property
    def parts_thousands(self) -> bool:
        """Thousands are parted in this column, and a cell with a group but without decimals is nothing unusual."""
        fixed_decimals = len(self.decimals) == 1 and not self.whole
        return self.grouped > 0 and self.large_whole == 0 and not fixed_decimals


def gather(values: Iterable[str]) -> Evidence:
    """Evidence from the distinct cells of a column; typed spreadsheet numbers are no evidence for texts."""
    evidence = Evidence()
    for text in set(values):
        text = clean(text)
        if text and text[0] not in MARKS and _DIGITS.search(text):
            _weigh(text, evidence)
    return evidence


def decide(evidence: Evidence, neighbours: str | None = None, declared: str | None = None) -> NumberStyle:
    """The style of a column.

    :param neighbours: the decimal sign that the other columns of the table surely use, if they agree
    :param declared: the decimal sign that a person stated
    """
    if declared:
        return NumberStyle(declared, reason="style_declared")
    if evidence.comma and evidence.point:
        stronger = "," if evidence.comma >= evidence.point else "."
        return NumberStyle(stronger, sure=False, groups=False, reason="style_mixed")
    if evidence.comma or evidence.point:
        decimal = "," if evidence.comma else "."
        return NumberStyle(decimal, groups=evidence.parts_thousands, reason="style_own_cells")
    if not evidence.open:
        return NumberStyle(neighbours, sure=False, groups=False, reason="style_whole_numbers")
    return _from_whole_numbers(evidence, neighbours)


def styles(columns: Mapping[str, Iterable[str]], declared: Mapping[str, str] | None = None) -> dict[str, NumberStyle]:
    """Styles for the columns of a table; columns that are sure help those that are not."""
    declared = declared or {}
    found = {name: gather(values) for name, values in columns.items()}
    sure = {"," for e in found.values() if e.comma and not e.point} | {
        "." for e in found.values() if e.point and not e.comma
    }
    sure |= set(declared.values())
    neighbours = next(iter(sure)) if len(sure) == 1 else None
    return {name: decide(e, neighbours, declared.get(name, declared.get("*"))) for name, e in found.items()}


def _weigh(text: str, evidence: Evidence) -> None:
    core = core_of(text)
    if core is None:  # `1O.674` would tell of a decimal point that is none
        return
    if only_digits(core):
        evidence.whole += 1
        evidence.small_whole += len(core) <= 3
        evidence.large_whole += len(core) > 3
        return
    readings = possible_readings(core)
    if len(readings) == 1:
        _weigh_sure(readings[0], evidence)
    elif readings:
        evidence.open_point += "." in core
        evidence.open_comma += "," in core
        evidence.decimals.add(3)


def _weigh_sure(reading: Reading, evidence: Evidence) -> None:
    decimal = reading.decimal or {".": ",", ",": "."}.get(reading.thousands or "")
    evidence.comma += decimal == ","
    evidence.point += decimal == "."
    whole, _, decimals = reading.number.partition(".")
    if reading.decimal:
        evidence.decimals.add(len(decimals))
    if reading.thousands:
        evidence.grouped += reading.thousands in ".,"
        evidence.whole += not reading.decimal
    else:
        evidence.large_whole += len(whole) > 3


def _from_whole_numbers(evidence: Evidence, neighbours: str | None) -> NumberStyle:
    """Whole numbers beside `1.234`: thousands are parted if no larger number stands there unparted.

    The other columns must use the other sign for decimals, or there must be at least three cells of each kind.
    """
    unsure = NumberStyle(neighbours, sure=False, groups=False, reason="style_open")
    one_sign = bool(evidence.open_point) != bool(evidence.open_comma)
    if not one_sign or evidence.large_whole:
        return unsure
    decimal = "," if evidence.open_point else "."
    if neighbours == decimal:
        return NumberStyle(decimal, sure=False, reason="style_neighbours")
    if neighbours is None and evidence.small_whole >= 3 and evidence.open >= 3:
        return NumberStyle(decimal, sure=False, reason="style_grouped_thousands")
    return unsure
