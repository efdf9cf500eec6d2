"""Repairs that a person chose on the check page: carried out while the file is read, never in the file itself.

A repaired table gives the same rows to the check, the page and the load; so what is published is what was shown.

| action | what it does |
| --- | --- |
| `replace` | the cell at `row`, `column` becomes `value` |
| `replace_key` | every cell of `column` that holds `key` becomes `value` |
| `keep` | the cell at `row`, `column` stays as it stands, as delivered or as replaced before; `note` says why |
| `drop_row` | the row `row` is left out |
| `drop_key` | every row whose `column` holds `key` is left out |

Other offers of the check change how the file is read or what a column means; `settings` turns them into those.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ckanext.ierwohnen.look.numbers import only_digits
from ckanext.ierwohnen.tables.cells import TYPED_NUMBER, clean, shown
from ckanext.ierwohnen.tables.messages import message
from ckanext.ierwohnen.tables.office_table import Body, Chunk, OfficeTable, Row
from ckanext.ierwohnen.tables.problems import Problem, Severity, row_label

_NEEDS = {
    "replace": ("row", "column", "value"),
    "replace_key": ("column", "key", "value"),
    "keep": ("row", "column"),
    "drop_row": ("row",),
    "drop_key": ("column", "key"),
}
_SENTENCES = {
    "replace": "repair_replace",
    "replace_key": "repair_replace_key",
    "keep": "repair_keep",
    "drop_row": "repair_drop_row",
    "drop_key": "repair_drop_key",
}
_SETTINGS = {
    "decimal": ("value",),
    "missing": ("value",),
    "zero": ("value",),
    "sign": ("sign", "value"),
    "scale": ("column", "value"),
    "period": ("value",),
    "dates": ("value",),
    "century": ("value",),
    "year_parts": ("value",),
    "sheets": ("value",),
    "sheet": ("value",),
    "table": ("value",),
    "axes": ("value",),
    "leave_out": ("column",),
    "role": ("column", "role"),
    "system": ("column", "system", "level"),
    "keys_from_names": ("column", "system", "level"),
}
ACTIONS = {**_NEEDS, **_SETTINGS}
MOST = 500  # repairs of one delivery; beyond that the file is to be mended
_NUMBER = re.compile(r"-?[0-9]+,[0-9]+")


class RepairWrong(ValueError):
    """A repair that cannot be: unknown action or column, or a part is missing. Holds code and parameters."""

    def __init__(self, code: str, params: Mapping[str, Any]) -> None:
        self.code, self.params = code, params
        super().__init__(message(code, params, "en"))


@dataclass(frozen=True)
class Repair:
    """One repair of the table's rows. `value` is German text without thousands signs (`5,7`), or a key."""

    action: str
    row: int | None = None
    column: str | None = None
    key: str | None = None
    value: str | None = None
    note: str | None = None

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> Repair:
        """Take a repair as the check offers it and a client sends it; RepairWrong if a part is missing."""
        action = str(given.get("action") or "")
        needed = _NEEDS.get(action)
        if needed is None or any(given.get(name) in (None, "") for name in needed):
            raise RepairWrong("repair_incomplete", {"action": action, "needed": ", ".join(needed or sorted(ACTIONS))})
        row = given.get("row")
        if row is not None and not only_digits(str(row)):
            raise RepairWrong("repair_incomplete", {"action": action, "needed": "row"})
        texts = {name: _text(given.get(name)) for name in ("column", "key", "value", "note")}
        return cls(action, int(row) if row is not None else None, **texts)

    @property
    def place(self) -> tuple[str, int | None, str | None, str | None]:
        """What it concerns: a cell, a row or a key."""
        kind = "row" if self.action == "drop_row" else "key" if self.key else "cell"
        return kind, self.row, self.column, self.key

    def replaces(self, earlier: Repair) -> bool:
        """True if it takes the place of an earlier repair; a cell that was replaced may be kept as it stands then."""
        return self.place == earlier.place and (self.action, earlier.action) != ("keep", "replace")

    def as_dict(self) -> dict[str, Any]:
        """The form in which it is kept."""
        return {name: value for name, value in vars(self).items() if value is not None}

    def text(self, locale: str = "de") -> str:
        """What it does, as a sentence."""
        params: dict[str, Any] = {name: str(value) for name, value in self.as_dict().items()}
        params["row"] = row_label(self.row)
        with_note = self.action == "keep" and self.note
        return message("repair_keep_noted" if with_note else _SENTENCES[self.action], params, locale)


def _text(value: Any) -> str | None:
    if value is None or value == "":
        return None
    return str(value).replace(".", ",") if isinstance(value, float) else str(value).strip()[:2_000]


def is_setting(given: Mapping[str, Any]) -> bool:
    """True for an offer that changes how the file is read or what a column means."""
    return given.get("action") in _SETTINGS


def settings(given: Iterable[Mapping[str, Any]]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Hints and roles that the offers of this kind stand for."""
    hints: dict[str, Any] = {}
    roles: list[dict[str, Any]] = []
    for offer in given:
        action = offer.get("action")
        if any(offer.get(name) in (None, "") for name in _SETTINGS.get(str(action), ())):
            needed = ", ".join(_SETTINGS[str(action)])
            raise RepairWrong("repair_incomplete", {"action": str(action), "needed": needed})
        if action == "decimal":
            hints.setdefault("decimal", {})[offer.get("column") or "*"] = offer["value"]
        elif action == "missing":
            hints["missing"] = [*hints.get("missing", []), str(offer["value"])]
        elif action in ("zero", "axes"):
            hints[action] = offer["value"]
        elif action == "sign":
            hints.setdefault("signs", {})[str(offer["sign"])] = str(offer["value"])
        elif action == "scale":
            hints.setdefault("scale", {})[str(offer["column"])] = str(offer["value"])
        elif action == "sheets":
            hints["sheets"] = (
                list(offer["value"]) if isinstance(offer["value"], list | tuple) else [str(offer["value"])]
            )
        elif action in ("sheet", "table", "period", "dates", "century", "year_parts"):
            hints[action] = str(offer["value"])
        elif action == "leave_out":
            roles.append({"column": offer["column"], "role": "unused"})
        elif action == "role":
            roles.append({name: offer[name] for name in ("column", "role", "indicator", "status_of") if name in offer})
        elif action == "keys_from_names":
            hints.setdefault("names", {})[str(offer["column"])] = {name: offer[name] for name in ("system", "level")}
        elif action == "system":
            roles.append({**{name: offer[name] for name in ("column", "system", "level")}, "role": "key"})
    return hints, roles


def noted(kept: Iterable[Mapping[str, Any]], notes: Mapping[tuple[int, str], str]) -> list[dict[str, Any]]:
    """The repairs with what a person wrote about cells that are kept, by row and column; blank takes a note away."""
    found = []
    for one in kept:
        place = (one.get("row"), one.get("column"))
        if one.get("action") == "keep" and place in notes:
            rest = {name: value for name, value in one.items() if name != "note"}
            note = _text(" ".join(notes[place].split()))
            found.append({**rest, "note": note} if note else rest)
        else:
            found.append(dict(one))
    return found


def added(kept: Iterable[Mapping[str, Any]], new: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The kept repairs with a new one, which takes the place of earlier ones as `composed` says."""
    return [one.as_dict() for one in composed(map(Repair.of, [*kept, new]))][-MOST:]


def taken_back(kept: Iterable[Mapping[str, Any]], undone: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The kept repairs without one; with a value that was put in goes that it was kept, which was said of it."""
    undone = _without_note(undone)
    with_it = {"action": "keep", "row": undone.get("row"), "column": undone.get("column")}
    gone = (undone, with_it) if undone.get("action") == "replace" else (undone,)
    return [dict(one) for one in kept if _without_note(one) not in gone]


def _without_note(repair: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in repair.items() if name != "note"}


def composed(repairs: Iterable[Repair]) -> list[Repair]:
    """Repairs in their order, where a later one of the same cell, row or key takes the place of an earlier one.

    A value that was put in and then kept stays in; one that is put in after a value was kept is not kept yet.
    """
    found: list[Repair] = []
    for repair in repairs:
        found = [*(old for old in found if not repair.replaces(old)), repair]
    return found


@dataclass
class Repairs:
    """All repairs of a table, by where they apply."""

    listed: list[Repair] = field(default_factory=list)

    @classmethod
    def of(cls, given: Iterable[Mapping[str, Any]], columns: Iterable[str] = ()) -> Repairs:
        """Take repairs as given; RepairWrong for one that names no column of the file."""
        repairs = composed(Repair.of(one) for one in given)
        known = set(columns)
        for repair in repairs:
            if repair.column and known and repair.column not in known:
                raise RepairWrong("repair_column", {"column": repair.column})
        return cls(repairs)

    def notes(self) -> dict[tuple[int, str], str | None]:
        """The cells that stay as delivered, with the note given."""
        return {(r.row or 0, r.column or ""): r.note for r in self.listed if r.action == "keep"}

    def apply(self, table: OfficeTable) -> OfficeTable:
        """The table as repaired; the file itself is not touched."""
        if any(repair.action != "keep" for repair in self.listed):
            repaired = replace(table, body=RepairedBody(table.body, self, table.names))
            repaired.styles = table.styles  # a row left out must not change how the others are read
            return repaired
        return table

    def as_dicts(self, locale: str = "de") -> list[dict[str, Any]]:
        """The form that actions give, each with its sentence."""
        return [{**repair.as_dict(), "text": repair.text(locale)} for repair in self.listed]


class RepairedBody:
    """Data rows with the repairs carried out. Counts which of them met a cell, for `problems`."""

    def __init__(self, body: Body, repairs: Repairs, names: list[str]) -> None:
        self._body = body
        self._places = {name: place for place, name in enumerate(names)}
        self._repairs = [repair for repair in repairs.listed if repair.action != "keep"]
        self._met: set[Repair] = set()
        self.row_count = body.row_count

    @property
    def problems(self) -> list[Problem]:
        """Those of the body, and repairs that met nothing: the file may have changed since they were chosen."""
        unmet = [repair for repair in self._repairs if repair not in self._met]
        own = [
            Problem("repair_unmet", Severity.WARNING, params={"repair": {"de": r.text("de"), "en": r.text("en")}})
            for r in unmet
        ]
        return [*getattr(self._body, "problems", []), *own]

    def chunks(self, size: int) -> Iterator[Chunk]:
        """The repaired rows in pieces."""
        for chunk in self._body.chunks(size):
            yield self._repaired(chunk)

    def sample(self) -> list[Row]:
        """The repaired rows of the sample."""
        rows = self._body.sample()
        if not rows:
            return rows
        numbers = np.fromiter((row.number for row in rows), np.int64, len(rows))
        columns = tuple(pa.array(cells, pa.string()) for cells in zip(*(row.cells for row in rows), strict=True))
        chunk = self._repaired(Chunk(numbers, columns))
        cells = [column.to_pylist() for column in chunk.columns]
        return [Row(number, row) for number, row in zip(chunk.rows.tolist(), zip(*cells, strict=True), strict=True)]

    def _repaired(self, chunk: Chunk) -> Chunk:
        columns, dropped = list(chunk.columns), np.zeros(len(chunk), bool)
        for repair in self._repairs:
            where = self._where(repair, chunk)
            if where is None or not where.any():
                continue
            self._met.add(repair)
            if repair.action in ("drop_row", "drop_key"):
                dropped |= where
            else:
                place = self._places[repair.column or ""]
                cell = pa.scalar(_cell(repair), pa.string())
                columns[place] = pc.if_else(pa.array(where), cell, columns[place])
        if not dropped.any():
            return Chunk(chunk.rows, tuple(columns))
        keep = pa.array(~dropped)
        return Chunk(chunk.rows[~dropped], tuple(column.filter(keep) for column in columns))

    def _where(self, repair: Repair, chunk: Chunk) -> np.ndarray | None:
        """Which rows of the chunk, as they were delivered, a repair concerns."""
        if repair.row is not None:
            return chunk.rows == repair.row
        encoded = pc.fill_null(chunk.columns[self._places[repair.column or ""]], "").dictionary_encode()
        fits = np.array([_plain(value) == repair.key for value in encoded.dictionary.to_pylist()] or [False])
        return fits[encoded.indices.to_numpy(zero_copy_only=False)] if len(chunk) else None


def _plain(value: str) -> str:
    return clean(shown(value)).removesuffix(",0")


def _cell(repair: Repair) -> str:
    """A decimal number is written as a spreadsheet's typed cell, so that every column reads it alike."""
    value = repair.value or ""
    return TYPED_NUMBER + value if repair.action == "replace" and _NUMBER.fullmatch(value) else value
