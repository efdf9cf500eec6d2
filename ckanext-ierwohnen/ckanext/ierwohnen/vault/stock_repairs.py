"""What a person decided about a company's table that waits: carried out while it is read, never in the file. Pure.

| action | what it does |
| --- | --- |
| `column` | `column` is the field `field` of the record; is not loaded where that is empty |
| `value` | every cell of `column` that holds `value` counts as `becomes`; as no entry where that is empty |
| `cell` | the cell of `column` in the row `row` counts as no entry |
| `blank` | every cell of `column` of which the problem `code` is told counts as no entry |
| `row` | the row `row` is left out |
| `rows` | every row of which the problem `code` is told in `column` is left out; of a repeated number all but one |
| `key` | numbers of `column` name a dwelling only together with the fields `with`; by themselves where that is empty |
| `above` | rows without an address have that of the row above; `column` is the one of the street |
| `address` | `street`, `house_number`, `postcode`, `place` written so are that `address` (id) of the register |

They are kept with the table, encrypted like it, since they quote cells; what is told of them afterwards
(`repair_texts.py`) quotes none.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ckanext.ierwohnen.tables.office_table import Chunk
from ckanext.ierwohnen.vault.errors import VaultError
from ckanext.ierwohnen.vault.long_cells import LONGEST
from ckanext.ierwohnen.vault.personal import certain
from ckanext.ierwohnen.vault.persons import person_in, phone_in, surely_named
from ckanext.ierwohnen.vault.record import fields

NEEDS = {
    "column": ("column", "field"),
    "value": ("column", "value", "becomes"),
    "cell": ("column", "row"),
    "blank": ("column", "code"),
    "row": ("row",),
    "rows": ("column", "code"),
    "key": ("column", "with"),
    "above": ("column",),
    "address": ("street", "house_number", "postcode", "place", "address"),
}
ADDRESS = NEEDS["address"][:4]
_OF = {
    "column": ("column",), "value": ("column", "value"), "cell": ("column", "row"), "blank": ("column", "code"),
    "row": ("row",), "rows": ("column", "code"), "key": ("column",), "above": ("column",), "address": ADDRESS,
}  # fmt: skip
"""By which of its parts one repair takes the place of another."""
OF_CELLS = (
    "no-number", "no-integer", "out-of-range", "no-date", "no-yes-no", "no-code", "no-word", "no-identifier",
    "cell-error", "formula-without-value", "after-date", "reason-but-let", "too-long", "excel-date",
)  # fmt: skip
"""Problems whose cells may count as no entry."""
OF_ROWS = (
    "total-row", "empty-id", "id-twice", "ragged-row", "no-identifier", "cell-error", "no-number", "no-integer",
    "out-of-range", "no-date", "no-yes-no", "no-code", "no-word", "too-long", "excel-date",
)  # fmt: skip
"""Problems whose rows may be left out."""
_CODES = {"blank": OF_CELLS, "rows": OF_ROWS}
KEYS = ("object", "object,house_number", "street,house_number")
"""Fields that may name a dwelling together with its number, which is then no other's."""
MAY_BE_BLANK = ("value", "becomes", "field", "with", *ADDRESS)
MOST = 500
SHOWN_ROWS = 10
_NUMBER = re.compile(r"[\d\s.,'€%²m+\-−]*\d[\d\s.,'€%²m+\-−]*")
Repair = dict[str, str | int]


def remedies(code: str, of_field: str) -> list[str]:
    """How the problem may be decided for all its cells at once: `blank`, `rows`."""
    blank = code in OF_CELLS and of_field not in ("", "dwelling")
    return ["blank"] * blank + ["rows"] * (code in OF_ROWS)


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
        elif not isinstance(value, str) or len(value) > LONGEST or not (value or _may_be_blank(found, name)):
            raise VaultError("repair-wrong", needed=name)
        else:
            found[name] = value
    _known(found)
    return found


def _may_be_blank(found: Repair, name: str) -> bool:
    """A whole table's problem (`ragged-row`) is in no column."""
    return name in MAY_BE_BLANK or (name == "column" and found["action"] == "rows")


def _known(found: Repair) -> None:
    if found.get("field") and found["field"] not in fields():
        raise VaultError("repair-wrong", needed="field: " + ", ".join(fields()))
    if found.get("with") and found["with"] not in KEYS:
        raise VaultError("repair-wrong", needed="with: " + "; ".join(KEYS))
    codes = _CODES.get(str(found["action"]), ())
    if codes and found["code"] not in codes:
        raise VaultError("repair-wrong", needed="code: " + ", ".join(codes))
    becomes = str(found.get("becomes", ""))
    if certain(becomes) or person_in(becomes) or phone_in(becomes) or surely_named(becomes):
        raise VaultError("repair-personal")


def added(kept: Sequence[Repair], new: Repair) -> list[Repair]:
    """The repairs with a new one, which takes the place of an earlier one of the same cells.

    :raises VaultError: `repairs-many`
    """
    rest = taken_back(kept, new)
    if len(rest) >= MOST:
        raise VaultError("repairs-many", limit=MOST)
    return [*rest, new]


def taken_back(kept: Sequence[Repair], undone: Repair) -> list[Repair]:
    """The repairs without one."""
    return [one for one in kept if _place(one) != _place(undone)]


def assigned(kept: Sequence[Repair], columns: Mapping[str, str]) -> list[Repair]:
    """The repairs with what somebody says that columns are: column → field, blank if it is not loaded.

    :raises VaultError: `repairs-many`
    """
    found = list(kept)
    for column, name in columns.items():
        found = added(found, {"action": "column", "column": column, "field": name})
    return found


def again(before: Iterable[Mapping[str, Any]], said: Iterable[Repair], names: Collection[str]) -> list[Repair]:
    """What was decided about columns for the stock before, and holds until somebody decides otherwise.

    :param before: as `of_columns` gave it
    :param said: what was decided about this table
    :param names: its columns
    """
    taken = {str(one["field"]) for one in said if one["action"] == "column" and one["field"]}
    places = {_place(one) for one in said}
    known = [repair_of(one) for one in before]
    return [
        one for one in known
        if one["column"] in names and _place(one) not in places and not (one.get("field") and one["field"] in taken)
    ]  # fmt: skip


def of_columns(listed: Iterable[Repair]) -> list[Repair]:
    """The repairs that say what columns mean: headings and fields, no cell."""
    return [one for one in listed if one["action"] in ("column", "key")]


def fitting(kept: Iterable[Repair], columns: Iterable[str]) -> tuple[list[Repair], list[Repair]]:
    """Which repairs hold for another file as well, and which do not: those of columns that it has, and of addresses.

    A number of a row means another row there; and what leaves out a whole kind, or says what a number or a blank cell
    means, may meet thousands that nobody has seen. Only rows of totals are no dwellings in any file.
    """
    listed, there = list(kept), {"", *columns}
    of_all = [one for one in listed if _lasting(one) and one.get("column", "") in there]
    return of_all, [one for one in listed if one not in of_all]


def _lasting(one: Repair) -> bool:
    if one["action"] == "value":
        return bool(one["value"]) and not _NUMBER.fullmatch(str(one["value"]))
    return "row" not in one and one["action"] != "above" and (one["action"] not in _CODES or one["code"] == "total-row")


def _place(one: Repair) -> tuple[Any, ...]:
    return one["action"], *(one[name] for name in _OF[str(one["action"])])


@dataclass
class _Met:
    """How many cells or rows a repair met, and the file's first rows of them."""

    count: int = 0
    rows: list[int] = field(default_factory=list)


@dataclass
class StockRepairs:
    """The repairs of a table, by where they apply."""

    listed: Sequence[Repair] = ()

    def __post_init__(self) -> None:
        self._met = [_Met() for _ in self.listed]
        self._rows = {one["row"]: place for place, one in enumerate(self.listed) if one["action"] == "row"}
        self._values: dict[str, dict[str, tuple[str, int]]] = {}
        self._cells: dict[str, dict[int, int]] = {}
        self._addresses: dict[str, tuple[str, int]] = {}
        self._of_kind: dict[tuple[str, str, str], int] = {}
        self._blank: dict[str, tuple[str, int]] = {}
        self._keys: dict[str, tuple[str, int]] = {}
        self._above: dict[str, int] = {}
        for place, one in enumerate(self.listed):
            action, column = str(one["action"]), str(one.get("column", ""))
            if action == "value":
                self._values.setdefault(column, {})[str(one["value"])] = (str(one["becomes"]), place)
                if not one["value"]:
                    self._blank[column] = (str(one["becomes"]), place)
            elif action == "cell":
                self._cells.setdefault(column, {})[int(one["row"])] = place
            elif action == "key":
                self._keys[column] = (str(one["with"]), place)
            elif action == "above":
                self._above[column] = place
            elif action in _CODES:
                self._of_kind[action, str(one["code"]), column] = place
            elif action == "address":
                written = "\x1f".join(str(one[name]) for name in ADDRESS)
                self._addresses[written] = (str(one["address"]), place)

    def columns(self, proposed: Mapping[str, str], names: Iterable[str]) -> dict[str, str]:
        """What the columns mean, as decided: whoever assigns a field takes it from a column that only has its name."""
        chosen = {str(one["column"]): str(one["field"]) for one in self.listed if one["action"] == "column"}
        chosen = {name: chosen[name] for name in names if name in chosen}
        taken = set(chosen.values())
        rest = {column: name for column, name in proposed.items() if column not in chosen and name not in taken}
        return rest | {column: name for column, name in chosen.items() if name}

    def said_columns(self) -> list[str]:
        """The columns of which somebody said what they mean, or that they are not loaded."""
        return [str(one["column"]) for one in self.listed if one["action"] == "column"]

    def counted(self) -> list[dict[str, Any]]:
        """Each repair with the number of cells or rows that it met (`cells`), and the file's first rows (`rows`)."""
        return [
            {**one, "cells": met.count, "rows": met.rows} for one, met in zip(self.listed, self._met, strict=True)
        ]

    def note(self, place: int, rows: np.ndarray, count: int | None = None) -> None:
        """What a repair has met: cells or rows of the file.

        :param count: how many, where not all of their rows are known
        """
        met = self._met[place]
        met.count += len(rows) if count is None else count
        met.rows += rows[: SHOWN_ROWS - len(met.rows)].tolist()

    def leaves_out_all(self, code: str, column: str) -> int | None:
        """The place of the repair by which all rows with a problem are left out."""
        return self._of_kind.get(("rows", code, column))

    def blanks(self, code: str, column: str) -> int | None:
        """The place of the repair by which all cells with a problem count as no entry."""
        return self._of_kind.get(("blank", code, column))

    def key_of(self, column: str) -> tuple[str, int] | None:
        """With which fields the numbers of a column name a dwelling, and the place of the repair that says so."""
        return self._keys.get(column)

    def from_above(self, street: str) -> int | None:
        """The place of the repair by which blank addresses are those of the row above."""
        return self._above.get(street)

    def of_blank(self, column: str) -> tuple[str, int] | None:
        """As what the blank cells of a column count, and the place of the repair that says so."""
        return self._blank.get(column)

    def apply(self, chunk: Chunk, names: Sequence[str], later: Collection[str] = ()) -> tuple[Chunk, np.ndarray]:
        """The rows as decided one by one, and which of the given ones they are.

        :param later: columns whose blank cells are left, as rows in which nothing else stands are none
        """
        keep = ~np.isin(chunk.rows, list(self._rows))
        if not self._values and not self._cells and keep.all():
            return chunk, keep
        columns = list(chunk.columns)
        for place, name in enumerate(names):
            if known := {text: to for text, to in self._values.get(name, {}).items() if text or name not in later}:
                columns[place] = self._replaced(chunk, place, known)
            if cells := self._cells.get(name):
                columns[place] = self._emptied(chunk.rows, columns[place], cells)
        if keep.all():
            return Chunk(chunk.rows, tuple(columns)), keep
        for row in chunk.rows[~keep].tolist():
            self.note(self._rows[row], np.array([row]))
        mask = pa.array(keep)
        return Chunk(chunk.rows[keep], tuple(column.filter(mask) for column in columns)), keep

    def leaves_out(self, row: int) -> bool:
        """Whether a row is left out; of large files those that cannot be read never come here as cells."""
        if row not in self._rows:
            return False
        self._met[self._rows[row]] = _Met(1, [row])
        return True

    def _replaced(self, chunk: Chunk, at: int, known: Mapping[str, tuple[str, int]]) -> pa.Array:
        cells = chunk.cleaned(at)
        for text, (becomes, place) in known.items():
            mask = pc.fill_null(pc.equal(cells, text), False)
            met = mask.to_numpy(zero_copy_only=False)
            if met.any():
                self.note(place, chunk.rows[met])
                cells = pc.if_else(mask, pa.scalar(becomes, pa.string()), cells)
        return cells

    def _emptied(self, rows: np.ndarray, cells: pa.Array, known: Mapping[int, int]) -> pa.Array:
        mask = np.isin(rows, list(known))
        for row in rows[mask].tolist():
            self.note(known[row], np.array([row]))
        return pc.if_else(pa.array(mask), pa.scalar("", pa.string()), cells) if mask.any() else cells

    def address_of(self, written: str, count: int) -> str | None:
        """The id that was chosen for an address as it is written (its parts divided by \\x1f)."""
        found = self._addresses.get(written)
        if found:
            self._met[found[1]].count += count
        return found[0] if found else None
