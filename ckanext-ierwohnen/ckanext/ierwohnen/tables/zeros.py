"""What `0` means in a column of figures: a zero, or less than half of the unit shown.

In official statistics `-` says that there is nothing, and `0` beside it that there is less than half of the last digit.
That is declared by the office, or seen in a column that holds both and figures with decimals. No CKAN in here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from ckanext.ierwohnen.look.signs import Status
from ckanext.ierwohnen.tables.cells import BLANKS, MARKS, NumberStyle
from ckanext.ierwohnen.tables.convert import Numbers
from ckanext.ierwohnen.tables.office_table import OfficeTable

DASHES = {"-", "–", "—"}
_LARGE_UNIT = re.compile(r"\b(?:Tsd|Mio|Mrd|1[.  ]?000 |T€)", re.I)


@dataclass
class _Met:
    """What a column was seen to hold: a `0` that was written as text, a dash, figures with decimals."""

    zero: bool = False
    dash: bool = False
    decimals: bool = False

    def below_half(self, declared: bool) -> bool:
        """Whether `0` is a sign here. In a column of whole numbers it can only be one if the office declares it."""
        return self.zero and (declared or (self.dash and self.decimals))


class ZeroJudge:
    """Judges by the sample before the rows are read, and by all rows while they go by.

    The sample of a small table is all of it. In a large one a dash may come far below; then the table is told what `0`
    means (`OfficeTable.below_half`), and whoever reads it begins anew: rows before the dash were read as zeros.
    """

    def __init__(self, table: OfficeTable, columns: Iterable[str]) -> None:
        self._table = table
        self._stated = table.hints.zero
        legend = " ".join(line.text.casefold() for line in (*table.foot, *table.title))
        self._declared = "weniger als die hälfte" in legend or "mehr als nichts" in legend
        self._met = {column: _in_sample(table, column) for column in columns}
        self.meanings: dict[str, Status] = {column: self._meaning(column) for column in self._met}

    def take(self, column: str, cells: pa.Array, numbers: Numbers) -> None:
        """See what more the next rows of a column hold; what is known already is not looked for again."""
        met = self._met[column]
        if self._stated or self.meanings[column] is Status.BELOW_HALF:
            return
        met.dash = met.dash or any(text.strip(BLANKS) in DASHES for text in numbers.cells)
        met.decimals = met.decimals or _any(pc.not_equal(numbers.floats, pc.floor(numbers.floats)))
        if not met.zero and _any(pc.equal(numbers.floats, 0.0)):
            met.zero = _any(pc.equal(pc.utf8_trim(pc.fill_null(cells, ""), BLANKS), "0"))

    def settled(self) -> bool:
        """False if all rows told more than the sample; the table knows it from now on."""
        late = {name for name in self._met if self._meaning(name) is not self.meanings[name]}
        self._table.below_half |= late
        return not late

    def _meaning(self, column: str) -> Status:
        if self._stated:
            return Status.BELOW_HALF if self._stated == "below_half" else Status.OK
        below = column in self._table.below_half or self._met[column].below_half(self._declared)
        return Status.BELOW_HALF if below else Status.OK


def _in_sample(table: OfficeTable, column: str) -> _Met:
    # A typed zero of a spreadsheet is a number; only a `0` that was written as text is a sign beside `-`.
    cells = {cell.strip() for cell in table.sample_of(column)}
    style = table.styles[column]
    decimals = bool(_LARGE_UNIT.search(column)) or any(_has_decimals(cell, style) for cell in cells)
    return _Met("0" in cells, bool(cells & DASHES), decimals)


def _has_decimals(cell: str, style: NumberStyle) -> bool:
    """Whether a cell is written with decimals; the point of `1.234` parts thousands where the column says so."""
    signs = "." if cell[:1] in MARKS else style.decimal or ""
    return len(cell) > 1 and any(sign in cell for sign in signs)


def _any(where: pa.Array) -> bool:
    return bool(pc.any(where, min_count=0).as_py())
