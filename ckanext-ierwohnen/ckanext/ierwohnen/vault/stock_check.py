"""A company's table on its way into the vault: read, checked and converted piece by piece, in one pass.

The same pass that feeds the load collects the problems; at its end the load is refused if one of them is an error, and
everything is rolled back. Problems name column and rows, never a cell.
"""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ckanext.ierwohnen.addresses.register import Address, Match, Register, Way
from ckanext.ierwohnen.tables.columns_of_text import clean_text
from ckanext.ierwohnen.tables.convert import convert_numbers
from ckanext.ierwohnen.tables.office_table import Chunk, OfficeTable
from ckanext.ierwohnen.tables.problems import Problem, Severity
from ckanext.ierwohnen.vault.file_screen import FileScreen
from ckanext.ierwohnen.vault.personal_column import PersonalColumn
from ckanext.ierwohnen.vault.record import Field, fields, propose
from ckanext.ierwohnen.vault.stock_cells import read_cell, spreadsheet_errors, totals
from ckanext.ierwohnen.vault.stock_problem import StockProblem, StockRefused
from ckanext.ierwohnen.vault.stock_repairs import Repair, StockRepairs

SHOWN_ROWS = 10
UNMATCHED = 10_000
OPEN = 50
_BROKEN = ("ragged_row", "fields_beyond_names", "open_quote")
"""What the reading says of rows whose cells stand in the wrong columns, or that cannot be read at all."""
_ADDRESS = ("street", "house_number", "postcode", "place")
_PAST = ("vacant_since", "tenancy_since", "tenant_changed")


class Column(StrEnum):
    """What becomes of a column of the file."""

    USED = "used"
    UNUSED = "unused"
    PERSONAL = "personal"


class StockCheck:
    """One pass over a table.

    :param mapping: column → field of the record; None takes what the columns' names say
    :param register: the city's addresses; None matches nothing
    :param content: the file, of which what stands beside the table is looked through for personal data as well
    :param repairs: what a person decided about cells, rows and addresses
    """

    def __init__(
        self,
        table: OfficeTable,
        reference_date: dt.date,
        mapping: Mapping[str, str] | None = None,
        register: Register | None = None,
        content: bytes | None = None,
        repairs: Sequence[Repair] = (),
    ) -> None:
        self._table, self._date, self._register, self._content = table, reference_date, register, content
        self.mapping = dict(propose(table.names) if mapping is None else mapping)
        self.rows = 0
        self.unmatched: list[tuple[int, str]] = []
        """File row of each dwelling whose address is not in the register, and how it failed, at most 10,000."""
        self.ways: Counter[str] = Counter()
        self.repairs = StockRepairs(repairs)
        self.open_values: dict[str, Counter[str]] = {}
        """Column → cells that cannot be read, with their numbers; for the sender alone, at most 50 of a column."""
        self.open_addresses: Counter[str] = Counter()
        """Addresses that are not in the register as they are written (parts divided by \\x1f); for the sender alone."""
        self._rows_of: dict[str, int] = {}  # dwelling → the row in which it stood first
        self._twice: dict[str, list[int]] = {}
        self._kinds: dict[tuple[str, str], tuple[Severity, int, list[int]]] = {}
        self._written: dict[tuple[tuple[str, str], ...], str] = {}
        self._known: dict[str, dict[str, str | None]] = {}
        self._personal: list[PersonalColumn] = []
        self._places = {name: place for place, name in enumerate(table.names)}
        self._screen = FileScreen(table, self.mapping, "dwelling" not in self.mapping.values())

    def batches(self) -> Iterator[pa.RecordBatch]:
        """The rows as the store takes them.

        :raises StockRefused: at the end, if there are errors; the load that reads this is rolled back
        """
        self._check_mapping()
        known = "dwelling" in self.mapping.values()
        self._screen = FileScreen(self._table, self.mapping, not known)
        for chunk in self._table.chunks():
            self._screen.take(chunk)  # also if nothing can be loaded: it may be kept meanwhile
            batch = self._taken(self.repairs.apply(chunk, self._table.names)) if known else None
            if batch is not None and batch.num_rows:
                yield batch
        self._conclude()
        if self.rows == 0 and "dwelling" in self.mapping.values():
            self._add("no-rows", Severity.ERROR)
        if not self.loadable:
            raise StockRefused(self.problems(), self._personal)

    def _conclude(self) -> None:
        """What only the whole column tells."""
        self._personal = self._screen.found(self._content)
        for problem in (*self._table.problems, *getattr(self._table.body, "problems", ())):
            if problem.code in _BROKEN and not self.repairs.leaves_out(problem.row or 0):
                self._add("ragged-row", Severity.ERROR, rows=np.array([problem.row or 0]))
            if problem.code == "formula_without_value" and problem.column in self.mapping:
                self._bare_formulas(problem)
        if self._twice:
            rows = [row for rows in self._twice.values() for row in rows]
            self._kinds["id-twice", self._column("dwelling")] = (Severity.ERROR, len(self._twice), rows[:SHOWN_ROWS])
        found = {one.column for one in self._personal if one.where == "column"}
        for column, (count, rows) in self._screen.no_identifiers().items():
            told = self._kinds.get(("total-row", column), ())[1:] == (count, rows)
            if self._named(column) not in found and not told:
                self._kinds["no-identifier", column] = (Severity.ERROR, count, rows)

    def _bare_formulas(self, problem: Problem) -> None:
        """Formulas that were never reckoned are blank in the file, and no figure is missing there."""
        params = problem.params
        rows = [row for row in params["rows"] if not self.repairs.leaves_out(row)]
        if count := params["count"] - len(params["rows"]) + len(rows):
            known = (Severity.ERROR, count, rows[:SHOWN_ROWS])
            self._kinds["formula-without-value", problem.column or ""] = known

    def run(self) -> StockCheck:
        """Check the whole table without loading it."""
        try:
            for _ in self.batches():
                pass
        except StockRefused:
            pass
        return self

    @property
    def loadable(self) -> bool:
        """True as long as no error was found."""
        return not self._personal and not any(kind[0] is Severity.ERROR for kind in self._kinds.values())

    @property
    def personal(self) -> list[PersonalColumn]:
        """Columns of personal data."""
        return list(self._personal)

    def problems(self) -> list[StockProblem]:
        """What was found: errors first, then the most frequent."""
        order = list(Severity)
        found = [
            StockProblem(code, severity, column, count, tuple(rows), self._params(code, column))
            for (code, column), (severity, count, rows) in self._kinds.items()
        ]
        found = [replace(one, column=self._named(one.column)) for one in found]
        return sorted(found, key=lambda p: (order.index(p.severity), -p.count, p.column, p.code))

    def columns(self) -> dict[str, tuple[Column, str]]:
        """What becomes of each column of the file, and the field that it fills."""
        personal = {found.column for found in self._personal if found.where == "column"}
        return {
            self._named(name): (Column.PERSONAL, "") if self._named(name) in personal
            else (Column.USED, self.mapping[name]) if name in self.mapping else (Column.UNUSED, "")
            for name in self._table.names
        }  # fmt: skip

    def _named(self, column: str) -> str:
        """A column's name, or its letter where the name itself is somebody's."""
        letters = {found.column for found in self._personal if found.where == "heading"}
        letter = next((one.letter for one in self._table.columns if one.name == column), "")
        return letter if letter in letters and letters else column

    def _params(self, code: str, column: str) -> dict[str, Any]:
        known = fields().get(self.mapping.get(column, ""))
        named = code == "formula-without-value" and not any(one.where == "sheet_name" for one in self._personal)
        return ({"field": known} if known else {}) | ({"sheet": self._table.sheet} if named else {})

    def _check_mapping(self) -> None:
        for column, name in self.mapping.items():
            if column not in self._places or name not in fields():
                self._add("unknown-field", Severity.ERROR, column)
        twice = [name for name, count in Counter(self.mapping.values()).items() if count > 1]
        for column, name in self.mapping.items():
            if name in twice:
                self._add("field-twice", Severity.ERROR, column)
        self.mapping = {c: n for c, n in self.mapping.items() if c in self._places and n in fields() and n not in twice}
        if "dwelling" not in self.mapping.values():
            self._add("no-dwelling", Severity.ERROR)
        for column in self._table.names:
            if column not in self.mapping:
                self._add("unused", Severity.HINT, column)

    def _add(
        self, code: str, severity: Severity, column: str = "", rows: np.ndarray | None = None, count: int = 1
    ) -> None:
        known = self._kinds.setdefault((code, column), (severity, 0, []))
        found = [] if rows is None else rows[: SHOWN_ROWS - len(known[2])].tolist()
        self._kinds[code, column] = (severity, known[1] + (count if rows is None else len(rows)), known[2] + found)

    def _taken(self, chunk: Chunk) -> pa.RecordBatch:
        data = {
            name: self._converted(chunk, column, fields()[name])
            for column, name in self.mapping.items()
        }  # fmt: skip
        keep = self._kept(chunk, data)
        rows = chunk.rows
        if not keep.all():
            mask = pa.array(keep)
            data, rows = {name: array.filter(mask) for name, array in data.items()}, rows[keep]
        self.rows += len(rows)
        self._check_totals(chunk)
        self._check_dwellings(data["dwelling"], rows)
        self._check_dates(data, rows)
        if "street" in data:
            data |= self._addresses(data, rows)
        ordered = [name for name in (*fields(), "address_id", "units") if name in data]
        return pa.RecordBatch.from_arrays([data[name] for name in ordered], names=ordered)

    def _kept(self, chunk: Chunk, data: Mapping[str, pa.Array]) -> np.ndarray:
        """Rows in which anything stands."""
        keep = np.zeros(len(chunk), bool)
        for array in data.values():
            keep |= array.is_valid().to_numpy(zero_copy_only=False)
        return keep

    def _converted(self, chunk: Chunk, column: str, wanted: Field) -> pa.Array:
        cells = chunk.columns[self._places[column]]
        errors = spreadsheet_errors(chunk.cleaned(self._places[column]))
        if errors is not None:
            self._add("cell-error", Severity.ERROR, column, chunk.rows[errors.to_numpy(zero_copy_only=False)])
            self._open(column, cells.filter(errors).to_pylist())
            cells = pc.if_else(errors, pa.scalar("", pa.string()), cells)
            text = clean_text(cells)
        else:
            text = chunk.cleaned(self._places[column])
        if wanted.type in ("number", "integer"):
            return self._numbers(cells, chunk.rows, column, wanted)
        if wanted.type == "text":
            text = _null_if_blank(text)
            self._check_words(text, chunk.rows, column, wanted)
            return text
        encoded = text.dictionary_encode()
        known = self._known.setdefault(wanted.name, {"": None})
        values = encoded.dictionary.to_pylist()
        for value in values:
            if value not in known:
                known[value] = read_cell(value, wanted)
        if unreadable := [value for value in values if value and known[value] is None]:
            bad = pc.is_in(text, pa.array(unreadable, pa.string())).to_numpy(zero_copy_only=False)
            self._add(f"no-{wanted.type.replace('_', '-')}", Severity.ERROR, column, chunk.rows[bad])
            self._screen.odd(column, text.filter(pa.array(bad)), chunk.rows[bad])
            self._open(column, text.filter(pa.array(bad)).to_pylist())
        return pa.array([known[value] for value in values], pa.string()).take(encoded.indices)

    def _check_words(self, text: pa.Array, rows: np.ndarray, column: str, wanted: Field) -> None:
        """Texts of a field that has its own words hold no others: nothing that somebody noted about a tenant."""
        if wanted.words:
            other = [value for value in text.unique().drop_null().to_pylist() if not wanted.spells(value)]
            if other:
                bad = pc.is_in(text, pa.array(other, pa.string())).to_numpy(zero_copy_only=False)
                self._add("no-word", Severity.ERROR, column, rows[bad])
                self._open(column, text.filter(pa.array(bad)).to_pylist())

    def _numbers(self, cells: pa.Array, rows: np.ndarray, column: str, wanted: Field) -> pa.Array:
        numbers = convert_numbers(cells, self._table.styles[column])
        if not numbers.plain:
            odd = {text for text, cell in numbers.cells.items() if cell.problem}
            bad = [index for index, text in zip(numbers.odd, numbers.odd_texts, strict=False) if text in odd]
            if bad:
                self._add("no-number", Severity.ERROR, column, rows[bad])
                self._screen.odd(column, cells.take(bad), rows[bad])
                self._open(column, clean_text(cells.take(bad)).to_pylist())
        if numbers.plain:
            values, floats = numbers.values, numbers.floats
        else:  # in a record of one dwelling a sign („-“, „.“) says that there is no figure
            values = pc.if_else(numbers.statuses.is_null(), numbers.values, pa.scalar(None, pa.string()))
            floats = pc.cast(values, pa.float64())
        figures = floats.to_numpy(zero_copy_only=False)
        with np.errstate(invalid="ignore"):
            outside = (figures < (wanted.start or 0)) | (figures > (wanted.end or np.inf))
            if wanted.start is not None and outside.any():
                self._add("out-of-range", Severity.ERROR, column, rows[outside])
        if wanted.type == "integer":
            broken = (figures != np.floor(figures)) & ~np.isnan(figures)
            if broken.any():
                self._add("no-integer", Severity.ERROR, column, rows[broken])
        return values

    def _column(self, name: str) -> str:
        return next(column for column, known in self.mapping.items() if known == name)

    def _check_totals(self, chunk: Chunk) -> None:
        """Rows of sums, which are no dwellings: their number says so, or what the table begins with."""
        for place in sorted({self._places[self._column("dwelling")], 0}):
            if (found := totals(chunk.cleaned(place))) is not None:
                rows = chunk.rows[found.to_numpy(zero_copy_only=False)]
                self._add("total-row", Severity.ERROR, self._table.names[place], rows)

    def _check_dwellings(self, dwellings: pa.Array, rows: np.ndarray) -> None:
        column = self._column("dwelling")
        empty = dwellings.is_null().to_numpy(zero_copy_only=False)
        if empty.any():
            self._add("empty-id", Severity.ERROR, column, rows[empty])
        ids = dwellings.to_pylist()
        first = dict(zip(reversed(ids), rows[::-1].tolist(), strict=True))
        first.pop(None, None)
        again = not self._rows_of.keys().isdisjoint(first)
        if again or len(first) + int(empty.sum()) < len(ids):
            for dwelling, row in zip(ids, rows.tolist(), strict=True):
                known = self._rows_of.get(dwelling, first.get(dwelling, row))
                if dwelling is not None and row != known:
                    self._twice.setdefault(dwelling, [known]).append(row)
        if again:
            first = {one: row for one, row in first.items() if one not in self._rows_of}
        self._rows_of.update(first)

    def _check_dates(self, data: Mapping[str, pa.Array], rows: np.ndarray) -> None:
        limit = pa.scalar(self._date.isoformat())
        for name in _PAST:
            if name in data:
                late = pc.fill_null(pc.greater(data[name], limit), False).to_numpy(zero_copy_only=False)
                if late.any():
                    self._add("after-date", Severity.WARNING, self._column(name), rows[late])
        if {"vacant", "vacancy_reason"} <= data.keys():
            odd = pc.and_(pc.equal(data["vacant"], "f"), data["vacancy_reason"].is_valid())
            mask = pc.fill_null(odd, False).to_numpy(zero_copy_only=False)
            if mask.any():
                self._add("reason-but-let", Severity.WARNING, self._column("vacancy_reason"), rows[mask])
        if {"vacant", "net_cold_rent"} <= data.keys():
            odd = pc.and_(pc.equal(data["vacant"], "t"), data["net_cold_rent"].is_valid())
            mask = pc.fill_null(odd, False).to_numpy(zero_copy_only=False)
            if mask.any():
                self._add("vacant-but-rent", Severity.HINT, self._column("net_cold_rent"), rows[mask])

    def _addresses(self, data: Mapping[str, pa.Array], rows: np.ndarray) -> dict[str, pa.Array]:
        if self._register is None:
            return {}
        blank = pa.nulls(len(rows), pa.string())
        parts = [pc.fill_null(data.get(name, blank), "") for name in _ADDRESS]
        encoded = pc.binary_join_element_wise(*parts, "\x1f").dictionary_encode()
        texts = encoded.dictionary.to_pylist()
        numbers = np.bincount(encoded.indices.to_numpy(), minlength=len(texts)).tolist()
        found = [self._matched(text, number) for text, number in zip(texts, numbers, strict=True)]
        ids = pa.array([match.address.id if match.address else None for match in found], pa.string())
        units = pa.array([self._units_of(match.address) if match.address else None for match in found], pa.string())
        ways = np.array([str(match.way) for match in found])[encoded.indices.to_numpy()]
        self.ways.update(Counter(ways.tolist()))
        missing = ids.take(encoded.indices).is_null().to_numpy(zero_copy_only=False)
        if missing.any():
            self._add("unmatched", Severity.WARNING, self._column("street"), rows[missing])
            for text, number, match in zip(texts, numbers, found, strict=True):
                if match.address is None and (text in self.open_addresses or len(self.open_addresses) < OPEN):
                    self.open_addresses[text] += number
            room = UNMATCHED - len(self.unmatched)
            self.unmatched += list(zip(rows[missing].tolist(), ways[missing].tolist(), strict=True))[:room]
        return {"address_id": ids.take(encoded.indices), "units": units.take(encoded.indices)}

    def _matched(self, text: str, count: int) -> Match:
        """The address that is written so, or that a person has chosen for it."""
        assert self._register is not None
        chosen = self.repairs.address_of(text, count)
        address = self._register.by_id(chosen) if chosen else None
        return Match(address, Way.CHOSEN) if address else self._register.match(*text.split("\x1f"))

    def _open(self, column: str, texts: Iterable[str]) -> None:
        """Cells that cannot be read."""
        known = self.open_values.setdefault(column, Counter())
        for text in texts:
            if text in known or len(known) < OPEN:
                known[text] += 1

    def _units_of(self, address: Address) -> str:
        """The units in which an address lies, as they are stored; written once for all addresses of the same."""
        units = tuple(address.units.items())
        if units not in self._written:
            self._written[units] = json.dumps(dict(units), sort_keys=True)
        return self._written[units]


def _null_if_blank(text: pa.Array) -> pa.Array:
    return pc.if_else(pc.equal(text, ""), pa.scalar(None, pa.string()), text)
