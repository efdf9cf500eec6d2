"""What a person decided about a company's table that waits: carried out while it is read, never in the file. Pure.

| action | what it does |
| --- | --- |
| `value` | every cell of `column` that holds `value` counts as `becomes`; as no entry where that is empty |
| `row` | the row `row` is left out |
| `address` | `street`, `house_number`, `postcode`, `place` written so are that `address` (id) of the register |

They are kept with the table, encrypted like it, since they quote cells; what is told of them afterwards (`summary`)
quotes none. What a column means is no repair but the assignment of columns.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ckanext.ierwohnen.tables.office_table import Chunk
from ckanext.ierwohnen.vault.errors import VaultError

NEEDS = {
    "value": ("column", "value", "becomes"),
    "row": ("row",),
    "address": ("street", "house_number", "postcode", "place", "address"),
}
ADDRESS = NEEDS["address"][:4]
MOST = 500
LONGEST = 500
_SUMMARY = {
    "value": ("{count} Werte gedeutet", "{count} values interpreted", "1 Wert gedeutet", "1 value interpreted"),
    "row": ("{count} Zeilen ausgelassen", "{count} rows left out", "1 Zeile ausgelassen", "1 row left out"),
    "address": ("{count} Adressen gewählt", "{count} addresses chosen", "1 Adresse gewählt", "1 address chosen"),
}  # fmt: skip
Repair = dict[str, str | int]


def repair_of(given: Mapping[str, Any]) -> Repair:
    """A repair as a client sends it.

    :raises VaultError: `repair-wrong`, naming what is needed
    """
    needed = NEEDS.get(str(given.get("action")))
    if needed is None:
        raise VaultError("repair-wrong", needed="action: " + ", ".join(NEEDS))
    found: Repair = {"action": str(given["action"])}
    for name in needed:
        value = given.get(name)
        if name == "row":
            if not str(value).isascii() or not str(value).isdigit():
                raise VaultError("repair-wrong", needed="row")
            found[name] = int(str(value))
        elif not isinstance(value, str) or len(value) > LONGEST or (name in ("column", "address") and not value):
            raise VaultError("repair-wrong", needed=name)
        else:
            found[name] = value
    return found


def added(kept: Sequence[Repair], new: Repair) -> list[Repair]:
    """The repairs with a new one, which takes the place of an earlier one of the same cells.

    :raises VaultError: `repairs-many`
    """
    rest = [one for one in kept if _place(one) != _place(new)]
    if len(rest) >= MOST:
        raise VaultError("repairs-many", limit=MOST)
    return [*rest, new]


def taken_back(kept: Sequence[Repair], undone: Repair) -> list[Repair]:
    """The repairs without one."""
    return [one for one in kept if _place(one) != _place(undone)]


def summary(kept: Iterable[Repair], locale: str = "de") -> str:
    """What was decided, without any cell: „2 Werte gedeutet, 1 Zeile ausgelassen“."""
    counts, english = Counter(str(one["action"]) for one in kept), locale.startswith("en")
    return ", ".join(
        _SUMMARY[action][english + (2 if counts[action] == 1 else 0)].format(count=counts[action])
        for action in NEEDS
        if counts[action]
    )


def _place(one: Repair) -> tuple[Any, ...]:
    names = {"value": ("column", "value"), "row": ("row",), "address": ADDRESS}[str(one["action"])]
    return one["action"], *(one[name] for name in names)


@dataclass
class StockRepairs:
    """The repairs of a table, by where they apply; `met` are those that met anything."""

    listed: Sequence[Repair] = ()
    met: Counter[int] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._rows = {one["row"]: place for place, one in enumerate(self.listed) if one["action"] == "row"}
        self._values: dict[str, dict[str, tuple[str, int]]] = {}
        self._addresses: dict[str, tuple[str, int]] = {}
        for place, one in enumerate(self.listed):
            if one["action"] == "value":
                of_column = self._values.setdefault(str(one["column"]), {})
                of_column[str(one["value"])] = (str(one["becomes"]), place)
            elif one["action"] == "address":
                written = "\x1f".join(str(one[name]) for name in ADDRESS)
                self._addresses[written] = (str(one["address"]), place)

    def counted(self) -> list[tuple[Repair, int]]:
        """Each repair with the number of cells or rows that it met."""
        return [(one, self.met[place]) for place, one in enumerate(self.listed)]

    def apply(self, chunk: Chunk, names: Sequence[str]) -> Chunk:
        """The rows as decided."""
        if not self._rows and not self._values:
            return chunk
        columns = list(chunk.columns)
        for place, name in enumerate(names):
            if known := self._values.get(name):
                columns[place] = self._replaced(chunk.cleaned(place), known)
        gone = np.isin(chunk.rows, list(self._rows))
        if not gone.any():
            return Chunk(chunk.rows, tuple(columns))
        for row in chunk.rows[gone].tolist():
            self.met[self._rows[row]] += 1
        keep = pa.array(~gone)
        return Chunk(chunk.rows[~gone], tuple(column.filter(keep) for column in columns))

    def leaves_out(self, row: int) -> bool:
        """Whether a row is left out; of large files those that cannot be read never come here as cells."""
        if row not in self._rows:
            return False
        self.met[self._rows[row]] = 1
        return True

    def _replaced(self, cells: pa.Array, known: Mapping[str, tuple[str, int]]) -> pa.Array:
        for text, (becomes, place) in known.items():
            mask = pc.equal(cells, text)
            count = pc.sum(mask).as_py() or 0
            if count:
                self.met[place] += count
                cells = pc.if_else(mask, pa.scalar(becomes, pa.string()), cells)
        return cells

    def address_of(self, written: str, count: int) -> str | None:
        """The id that was chosen for an address as it is written (its parts divided by \\x1f)."""
        found = self._addresses.get(written)
        if found:
            self.met[found[1]] += count
        return found[0] if found else None
