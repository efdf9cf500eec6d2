"""Dwellings whose number stands in a company's table more than once, and what tells them apart. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ckanext.ierwohnen.tables.office_table import OfficeTable
from ckanext.ierwohnen.vault.stock_repairs import KEYS, StockRepairs

FEW = 5
"""Fewer rows that are left out are no change of a stock."""
_BETWEEN = "/"


@dataclass(frozen=True)
class Doubles:
    """`left`: how many rows would be left out if only the first of each number stayed; `differ`: whether rows of one
    number say different things of it; `keys`: with which fields together each number stands once, where it is no slip
    in a few rows."""

    left: int
    differ: bool
    keys: tuple[str, ...]

    @property
    def alike(self) -> bool:
        """Whether the same dwelling may have been written twice."""
        return not self.differ and self.left < FEW

    def told(self) -> dict[str, Any]:
        """What is said of it, as it is kept."""
        return {**vars(self), "keys": list(self.keys), "alike": self.alike}


class Repeated:
    """`twice`: the number of a dwelling → the file's rows that bear it; `left`: how many rows were left out."""

    def __init__(self, repairs: StockRepairs) -> None:
        self._repairs = repairs
        self._rows_of: dict[str, int] = {}  # dwelling → the row in which it stood first
        self.twice: dict[str, list[int]] = {}
        self.left = 0

    @property
    def numbers(self) -> Collection[str]:
        """The numbers of all dwellings so far."""
        return self._rows_of.keys()

    def once_each(self, dwellings: pa.Array, rows: np.ndarray, stay: np.ndarray, decided: int | None) -> np.ndarray:
        """Each dwelling once: the first of several, where that is decided.

        :param dwellings: their numbers
        :param stay: which rows are loaded
        :param decided: the place of the repair that says so
        :return: which rows are loaded then
        """
        if not stay.all():
            dwellings, rows = dwellings.filter(pa.array(stay)), rows[stay]
        ids = dwellings.to_pylist()
        first = dict(zip(reversed(ids), rows[::-1].tolist(), strict=True))
        first.pop(None, None)
        again = not self._rows_of.keys().isdisjoint(first)
        repeated: list[tuple[int, str, int]] = []
        if again or len(first) + dwellings.null_count < len(ids):
            for at, (dwelling, row) in enumerate(zip(ids, rows.tolist(), strict=True)):
                known = self._rows_of.get(dwelling, first.get(dwelling, row))
                if dwelling is not None and row != known:
                    repeated.append((at, dwelling, known))
        if again:
            first = {one: row for one, row in first.items() if one not in self._rows_of}
        self._rows_of.update(first)
        if repeated and decided is not None:
            out = [at for at, _, _ in repeated]
            self.left += len(out)
            self._repairs.note(decided, rows[out])
            found = stay.copy()
            found[np.flatnonzero(stay)[out]] = False
            return found
        for at, dwelling, known in repeated:
            self.twice.setdefault(dwelling, [known]).append(int(rows[at]))
        return stay

    def doubles(self, table: OfficeTable, mapping: Mapping[str, str]) -> Doubles:
        """What a second look at the rows of `twice` tells; only a table that has any needs it.

        :param mapping: column → field
        """
        number_of = {row: number for number, rows in self.twice.items() for row in rows}
        of = {field: table.names.index(column) for column, field in mapping.items() if column in table.names}
        column = next(column for column, field in mapping.items() if field == "dwelling")
        known = self._repairs.key_of(column)
        keys = [key for key in KEYS if not (known and known[0]) and set(key.split(",")) <= of.keys()]
        kinds: dict[str, set[tuple[str, ...]]] = {key: set() for key in keys}
        texts: dict[str, tuple[str, ...]] = {}
        others = [place for field, place in of.items() if field != "dwelling"]
        differ = False
        for chunk in table.chunks():
            mask = np.isin(chunk.rows, list(number_of))
            if not mask.any():
                continue
            at = pa.array(np.flatnonzero(mask))
            cells = {place: chunk.cleaned(place).take(at).to_pylist() for place in {*others, *of.values()}}
            for n, row in enumerate(chunk.rows[mask].tolist()):
                number = number_of[row]
                said = tuple(cells[place][n] for place in others)
                differ = differ or texts.setdefault(number, said) != said
                for key in keys:
                    kinds[key].add((number, *(cells[of[field]][n] for field in key.split(","))))
        left = len(number_of) - len(self.twice)
        fit = [key for key in keys if len(kinds[key]) == len(number_of)] if left >= FEW else []
        return Doubles(left, differ, tuple(fit))


def together(data: Mapping[str, pa.Array], key: str) -> pa.Array:
    """The numbers of dwellings with those of what they lie in before them: „1000/01“.

    :param key: of `KEYS`; fields that the table does not have add nothing
    """
    parts = [data[name] for name in key.split(",") if name in data]
    if not parts:
        return data["dwelling"]
    joined = pc.binary_join_element_wise(*parts, data["dwelling"], _BETWEEN, null_handling="skip")
    return pc.if_else(data["dwelling"].is_valid(), joined, pa.scalar(None, pa.string()))
