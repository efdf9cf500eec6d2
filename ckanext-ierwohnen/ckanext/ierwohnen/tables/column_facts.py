"""What can be seen of a column before anything is said about its meaning."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import cached_property

from ckanext.ierwohnen.look.numbers import only_digits
from ckanext.ierwohnen.places.keys import as_key, without_mark
from ckanext.ierwohnen.tables.cells import TYPED_DATE, TYPED_NUMBER, NumberStyle, clean, parse_cell, shown, sign_of
from ckanext.ierwohnen.tables.code_lists import normal
from ckanext.ierwohnen.tables.office_table import Column, OfficeTable
from ckanext.ierwohnen.tables.periods import Period, parse_period

_WORDS = re.compile(r"[^\W\d_]+|[0-9]+")
_CAMEL = re.compile(r"(?<=[a-zäöüß])(?=[A-ZÄÖÜ])")
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$", re.I)


@dataclass
class ColumnFacts:
    """A column's name and the cells of its sample, with what follows from them (shares from 0 to 1)."""

    column: Column
    cells: list[str]
    style: NumberStyle

    @property
    def name(self) -> str:
        """The column's name."""
        return self.column.name

    @cached_property
    def plain(self) -> str:
        """The name in small letters with single blanks."""
        return normal(self.name)

    @cached_property
    def words(self) -> set[str]:
        """The words of the name, umlauts written out."""
        return words_of(self.name)

    @cached_property
    def values(self) -> list[str]:
        """Filled cells without signs, as the office sees them."""
        return [cell for cell in self._shown if cell and sign_of(cell) is None]

    @cached_property
    def keys(self) -> list[str]:
        """Filled cells as key texts (`11.0` → `11`, `03*` → `03`)."""
        known = {cell: without_mark(as_key(cell.removesuffix(",0"))) for cell in set(self._shown)}
        return [key for cell in self._shown if (key := known[cell])]

    @cached_property
    def distinct(self) -> Counter[str]:
        """Distinct filled cells and how often they stand."""
        return Counter(self.values)

    @cached_property
    def filled(self) -> int:
        """Number of filled cells, signs included."""
        return sum(map(bool, self._clean))

    @cached_property
    def numeric(self) -> float:
        """Share of the filled cells that are numbers or signs (signs alone make no number column)."""
        if not self.values:
            return 0.0
        numbers = sum(count for cell, count in self._raw.items() if _number_like(cell, self.style))
        return (numbers + self._signs) / (len(self.values) + self._signs) if numbers else 0.0

    @cached_property
    def whole(self) -> bool:
        """True if every number is a whole one."""
        return all(only_digits(cell.lstrip("-−+")) for cell in self.values)

    @cached_property
    def unique(self) -> bool:
        """True if no filled cell stands twice."""
        return bool(self.values) and len(self.distinct) == len(self.values)

    @cached_property
    def constant(self) -> bool:
        """True if all filled cells are the same."""
        return len(self.distinct) == 1

    @cached_property
    def periods(self) -> list[Period]:
        """The distinct values that are periods."""
        return [period for cell in self.distinct if (period := parse_period(cell))]

    @cached_property
    def period_share(self) -> float:
        """Share of the distinct values that are periods."""
        return len(self.periods) / len(self.distinct) if self.distinct else 0.0

    @cached_property
    def typed_dates(self) -> bool:
        """True if the spreadsheet itself knows the cells as dates."""
        return any(cell.startswith(TYPED_DATE) for cell in self.cells[:50])

    @cached_property
    def technical(self) -> bool:
        """True for UUIDs."""
        return bool(self.values) and all(_UUID.match(value) for value in self.values[:20])

    @cached_property
    def running_number(self) -> bool:
        """True for 0, 1, 2, 3 … or 1, 2, 3 … down the rows."""
        if len(self.values) < 5 or not all(only_digits(value) for value in self.values):
            return False
        numbers = [int(value) for value in self.values[:500]]
        return numbers[0] in (0, 1) and numbers == list(range(numbers[0], numbers[0] + len(numbers)))

    @cached_property
    def _raw(self) -> Counter[str]:
        return Counter(cell for cell in self._clean if cell and sign_of(shown(cell)) is None)

    @cached_property
    def _signs(self) -> int:
        return sum(1 for cell in self._clean if cell and sign_of(cell) is not None)

    @cached_property
    def _clean(self) -> list[str]:
        return [clean(cell) for cell in self.cells]

    @cached_property
    def _shown(self) -> list[str]:
        return [clean(shown(cell)) for cell in self.cells]


def facts_of(table: OfficeTable) -> list[ColumnFacts]:
    """The facts of each column of a table, from its sample."""
    columns = list(zip(*(row.cells for row in table.sample), strict=True)) or [() for _ in table.columns]
    return [
        ColumnFacts(column, list(cells), table.styles[column.name])
        for column, cells in zip(table.columns, columns, strict=True)
    ]


def words_of(text: str) -> set[str]:
    """The words of a text, umlauts written out."""
    return {written_out(word) for word in _WORDS.findall(_CAMEL.sub(" ", text))}


def written_out(text: str) -> str:
    """Small letters with ä, ö, ü, ß written as ae, oe, ue, ss."""
    text = text.casefold()
    for letter, letters in (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("ß", "ss")):
        text = text.replace(letter, letters)
    return text


def _number_like(cell: str, style: NumberStyle) -> bool:
    if cell.startswith(TYPED_NUMBER):
        return True
    found = parse_cell(cell, style)
    return found.number is not None or found.problem in ("ambiguous_number", "other_decimal_sign", "trailing_minus")
