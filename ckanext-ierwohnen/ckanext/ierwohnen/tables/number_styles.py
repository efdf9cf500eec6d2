"""Which decimal sign a column uses: decided from all its cells, then from its neighbours, else left open.

`1.234` is one thousand two hundred thirty-four in a German office and one point two in an English program. A cell
with but one possible reading (`5,2`, `1.234,5`, `0.123`) is evidence; so are the whole numbers beside it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ckanext.ierwohnen.tables.cells import MARKS, NumberStyle, clean, possible_readings

_CORE = re.compile(r"(?<![\d.,])\d*(?:[.,  \u202f\u2009'’]?\d+)*")
_DIGITS = re.compile(r"\d")


@dataclass
class Evidence:
    """What the cells of one column tell about their signs (counts of distinct cells)."""

    comma: int = 0
    point: int = 0
    open_point: int = 0
    open_comma: int = 0
    small_whole: int = 0
    large_whole: int = 0

    @property
    def open(self) -> int:
        """Number of cells with two possible readings."""
        return self.open_point + self.open_comma


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
        return NumberStyle(stronger, reason="style_mixed")
    if evidence.comma or evidence.point:
        return NumberStyle("," if evidence.comma else ".", reason="style_own_cells")
    if not evidence.open:
        return NumberStyle(neighbours, reason="style_whole_numbers")
    if neighbours:
        return NumberStyle(neighbours, reason="style_neighbours")
    return _from_whole_numbers(evidence)


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
    core = max(_CORE.findall(text), key=len, default="")
    if not core:
        return
    if core.isdigit():
        if len(core) > 3:
            evidence.large_whole += 1
        else:
            evidence.small_whole += 1
        return
    readings = possible_readings(core)
    if len(readings) == 1:
        reading = readings[0]
        decimal = reading.decimal or {".": ",", ",": "."}.get(reading.thousands or "")
        evidence.comma += decimal == ","
        evidence.point += decimal == "."
    elif readings:
        evidence.open_point += "." in core
        evidence.open_comma += "," in core


def _from_whole_numbers(evidence: Evidence) -> NumberStyle:
    """Whole numbers beside `1.234`: all below 1,000 mean that thousands are parted; larger ones that they are not.

    Both rules want at least three cells of each kind, else the column stays open.
    """
    one_sign = bool(evidence.open_point) != bool(evidence.open_comma)
    if not one_sign or evidence.open < 3:
        return NumberStyle(None, ambiguous=True, reason="style_open")
    other = "," if evidence.open_point else "."
    if evidence.small_whole >= 3 and not evidence.large_whole:
        return NumberStyle(other, reason="style_grouped_thousands")
    return NumberStyle(None, ambiguous=True, reason="style_open")
