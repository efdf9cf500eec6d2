"""A company's table on its way into the vault: read, checked and converted piece by piece, in one pass.

The same pass that feeds the load collects the problems; at its end the load is refused if one of them is an error, and
everything is rolled back. Problems name column and rows, never a cell.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ckanext.ierwohnen.addresses.register import Register
from ckanext.ierwohnen.tables.office_table import Chunk, OfficeTable
from ckanext.ierwohnen.tables.problems import Problem, Severity
from ckanext.ierwohnen.vault.address_above import FromAbove
from ckanext.ierwohnen.vault.file_screen import FileScreen
from ckanext.ierwohnen.vault.personal_column import PersonalColumn
from ckanext.ierwohnen.vault.record import fields, propose
from ckanext.ierwohnen.vault.stock_addresses import OPEN, StockAddresses
from ckanext.ierwohnen.vault.stock_change import CHANGED, EMPTIED, GONE, LEFT_OUT, TO_CONFIRM, Change, Earlier, change
from ckanext.ierwohnen.vault.stock_columns import Column, doubts, usable
from ckanext.ierwohnen.vault.stock_conversion import Conversion
from ckanext.ierwohnen.vault.stock_findings import (
    Finding,
    Findings,
    contradictions,
    filtered,
    mask_of,
    rows_with_entries,
    sums_of,
)
from ckanext.ierwohnen.vault.stock_print import StockPrint
from ckanext.ierwohnen.vault.stock_problem import UNCHANGED, StockProblem, StockRefused
from ckanext.ierwohnen.vault.stock_repairs import SHOWN_ROWS, Repair, StockRepairs, again, assigned
from ckanext.ierwohnen.vault.stock_repeated import FEW, Doubles, Repeated, together
from ckanext.ierwohnen.vault.whole_columns import Rents, YesNo

_BROKEN = ("ragged_row", "fields_beyond_names", "open_quote")
"""What the reading says of rows whose cells stand in the wrong columns, or that cannot be read at all."""
_FIRST = ("total-row", "ragged-row", *TO_CONFIRM)


class StockCheck:
    """One pass over a table.

    :param mapping: column → field of the record, where their names do not say it; blank if it is not loaded
    :param register: the city's addresses; None matches nothing
    :param content: the file, of which what stands beside the table is looked through for personal data as well
    :param repairs: what a person decided about columns, cells, rows and addresses
    :param earlier: the stock that the table takes the place of, or that of the date before
    :param confirmed: whether a large change against that was confirmed; without it the rows are refused at the end
    """

    def __init__(
        self,
        table: OfficeTable,
        reference_date: dt.date,
        mapping: Mapping[str, str] | None = None,
        register: Register | None = None,
        content: bytes | None = None,
        repairs: Sequence[Repair] = (),
        earlier: Earlier | None = None,
        confirmed: bool = True,
    ) -> None:
        self._table, self._date, self._content = table, reference_date, content
        said = assigned(repairs, mapping or {})
        self._again = again(earlier.decided if earlier else (), said, table.names)
        self.repairs = StockRepairs([*self._again, *said])
        self.mapping = self.repairs.columns(propose(table.names), table.names)
        self.rows = 0
        self.addresses = StockAddresses(register, self.repairs) if register is not None else None
        self._earlier, self._confirmed = earlier, confirmed
        self._change = Change(False)
        self.open_values: dict[str, Counter[str]] = {}
        """Column → cells that cannot be read, with their numbers; for the sender alone, at most 50 of a column."""
        same_day = earlier is not None and earlier.day == reference_date.isoformat()
        self._loaded = earlier.content if earlier and same_day else ""  # the print of what the table takes the place of
        self._print = StockPrint() if self._loaded else None
        self._repeated, self._rents = Repeated(self.repairs), Rents()
        self.yes_no = YesNo({}, self.repairs)
        self._kinds: dict[tuple[str, str], tuple[Severity, int, list[int]]] = {}
        self._doubles: Doubles | None = None
        self._left_out: set[int] = set()  # rows that are not loaded, by what was decided about all of a kind
        self._personal: list[PersonalColumn] = []
        self._places = {name: place for place, name in enumerate(table.names)}
        self._screen = FileScreen(table, self.mapping, "dwelling" not in self.mapping.values())
        self._conversion = Conversion(table, self.mapping, self._screen)
        self._above = FromAbove(table.names, self.mapping, self.repairs)

    def batches(self) -> Iterator[pa.RecordBatch]:
        """The rows as the store takes them.

        :raises StockRefused: at the end, if there are errors; the load that reads this is rolled back
        """
        self._check_mapping()
        known = "dwelling" in self.mapping.values()
        self._screen = FileScreen(self._table, self.mapping, not known)
        self._conversion = Conversion(self._table, self.mapping, self._screen)
        self._above = FromAbove(self._table.names, self.mapping, self.repairs)
        for chunk in self._table.chunks():
            odd = self._screen.take(chunk)  # also if nothing can be loaded: it may be kept meanwhile
            if not known:
                self._add_odd(chunk.rows, odd)
            elif (batch := self._taken(chunk, odd)).num_rows:
                if self._print:
                    self._print.take(batch)
                yield batch
        self._conclude()
        if self.rows == 0 and known:
            self._add("no-rows", Severity.ERROR)
        elif known and self._earlier:
            self._compare(self._earlier)
        if not self.loadable:
            raise StockRefused(self.problems(), self._personal)
        if self.unchanged:
            raise StockRefused(self.problems(), [], UNCHANGED)
        if self.to_confirm and not self._confirmed:
            raise StockRefused(self.problems(), [], "change-unconfirmed")

    def _conclude(self) -> None:
        """What only the whole column tells."""
        self._personal = self._screen.found(self._content)
        for problem in self._of_reading():
            if problem.code in _BROKEN:
                self._broken(problem)
            if problem.code == "formula_without_value" and problem.column in self.mapping:
                self._bare_formulas(problem)
        if twice := self._repeated.twice:
            rows = [row for rows in twice.values() for row in rows]
            self._kinds["id-twice", self._column("dwelling")] = (Severity.ERROR, len(twice), rows[:SHOWN_ROWS])
            self._doubles = self._repeated.doubles(self._table, self.mapping)
        if self._repeated.left >= FEW:
            self._add(LEFT_OUT, Severity.WARNING, count=self._repeated.left)
        for column, marks in self.yes_no.asked().items():
            severity = Severity.ERROR if self.yes_no.told(column)["rate"] else Severity.WARNING
            self._kinds["one-mark", column] = (severity, marks.blank, marks.rows)
        if self._rents.of_another_unit:
            known = (Severity.WARNING, self._rents.odd, self._rents.rows)
            self._kinds["rent-per-area", self._column("net_cold_rent")] = known
        found = {one.column for one in self._personal if one.where == "column"}
        for column in [one for code, one in self._kinds if code == "no-identifier" and self._named(one) in found]:
            del self._kinds["no-identifier", column]

    def _compare(self, earlier: Earlier) -> None:
        """Against the stock that it follows."""
        units = self.addresses.units if self.addresses else None
        found = self._change = change(earlier, self.rows, units, self._repeated.numbers)
        if found.large:
            self._add(CHANGED, Severity.WARNING)
        elif found.gone:
            self._add(GONE, Severity.WARNING, count=found.gone)
        if found.emptied:
            self._add(EMPTIED, Severity.WARNING, count=len(found.emptied))

    def decisions(self) -> list[dict[str, Any]]:
        """What was decided and what it met (`StockRepairs.counted`); `again` for what the stock before had."""
        count = len(self._again)
        return [{**one, "again": True} if n < count else one for n, one in enumerate(self.repairs.counted())]

    @property
    def unchanged(self) -> bool:
        """Whether the company's stock of the date is exactly this already: there is nothing to load."""
        same = self._print is not None and self._print.hexdigest() == self._loaded
        return same and self.loadable and self.rows > 0

    @property
    def to_confirm(self) -> list[str]:
        """Codes of problems that somebody has to confirm before the table is loaded."""
        return [code for code in TO_CONFIRM if (code, "") in self._kinds]

    def _broken(self, problem: Problem) -> None:
        """A row whose cells stand in the wrong columns."""
        row, all_rows = problem.row or 0, self.repairs.leaves_out_all("ragged-row", "")
        if problem.code == "fields_beyond_names":  # said of one row, and true of all
            all_rows = None
        if row in self._left_out:
            return
        if not self.repairs.leaves_out(row) and all_rows is None:
            self._add("ragged-row", Severity.ERROR, rows=np.array([row]))
        elif all_rows is not None:
            self.repairs.note(all_rows, np.array([row]))

    def _of_reading(self) -> tuple[Problem, ...]:
        return (*self._table.problems, *getattr(self._table.body, "problems", ()))

    def _bare_formulas(self, problem: Problem) -> None:
        """Formulas that were never reckoned are blank in the file, and no figure is missing there."""
        params = problem.params
        rows = [row for row in params["rows"] if row not in self._left_out and not self.repairs.leaves_out(row)]
        count = params["count"] - len(params["rows"]) + len(rows)
        if (place := self.repairs.blanks("formula-without-value", problem.column or "")) is not None:
            self.repairs.note(place, np.array(rows), count)
        elif count:
            known = (Severity.ERROR, count, rows[:SHOWN_ROWS])
            self._kinds["formula-without-value", problem.column or ""] = known

    def run(self) -> StockCheck:
        """Check the whole table, load nothing."""
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
        """What was found: errors first, of these what others follow from, then the most frequent."""
        order = list(Severity)
        found = [
            StockProblem(code, severity, column, count, tuple(rows), self._params(code, column))
            for (code, column), (severity, count, rows) in self._kinds.items()
        ]
        found = [replace(one, column=self._named(one.column)) for one in found]
        return sorted(found, key=lambda p: (order.index(p.severity), p.code not in _FIRST, -p.count, p.column, p.code))

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
        if code == LEFT_OUT:
            return {"of": self.rows}
        if code in TO_CONFIRM and self._earlier:
            return {"change": self._earlier.told(self.rows, self._change.emptied)}
        known = fields().get(self.mapping.get(column, ""))
        if code == "one-mark":
            return {"field": known, "marks": self.yes_no.told(column)}
        if code == "id-twice" and self._doubles:
            return {"field": known, "twice": self._doubles.told()}
        if code == "no-address":
            return {"above": self._above.fits}
        if code == "roles-again" and self._earlier:
            return {"again": {"day": self._earlier.day, "decided": self._again}}
        if code == "rent-per-area":
            return {"field": known, "of": self._rents.told}
        named = code == "formula-without-value" and not any(one.where == "sheet_name" for one in self._personal)
        return ({"field": known} if known else {}) | ({"sheet": self._table.sheet} if named else {})

    def _check_mapping(self) -> None:
        made = [column.name for column in self._table.columns if column.index < 0]
        for code, severity, column in doubts(self.mapping, self._table.names, self.repairs.said_columns(), made):
            self._add(code, severity, column)
        self.mapping = usable(self.mapping)
        if self._again:
            self._add("roles-again", Severity.HINT, count=len(self._again))
        for column, name in self.mapping.items():
            if fields()[name].contradicted_by(column):
                self._add("other-unit", Severity.ERROR, column)
        self.yes_no = YesNo({name: column for column, name in self.mapping.items()}, self.repairs)

    def _add(
        self, code: str, severity: Severity, column: str = "", rows: np.ndarray | None = None, count: int = 1
    ) -> None:
        known = self._kinds.setdefault((code, column), (severity, 0, []))
        found = [] if rows is None else rows[: SHOWN_ROWS - len(known[2])].tolist()
        self._kinds[code, column] = (severity, known[1] + (count if rows is None else len(rows)), known[2] + found)

    def _taken(self, raw: Chunk, odd: Mapping[str, np.ndarray]) -> pa.RecordBatch:
        marked = self.yes_no.columns.values()
        blank = {name: raw.rows[mask_of(pc.equal(raw.cleaned(self._places[name]), ""))] for name in marked}
        chunk, kept = self.repairs.apply(self._above.take(raw), self._table.names, marked)
        found = Findings(chunk.rows, self.repairs)
        data = self._conversion.take(chunk, found)
        sums = sums_of(found, chunk, self._table.names, {self._places[self._column("dwelling")], 0})
        column = self._column("dwelling")
        nameless = mask_of(data["dwelling"].is_null())
        found.add("empty-id", Severity.ERROR, column, nameless)
        for name, cells in odd.items():
            there = mask_of(pc.not_equal(chunk.cleaned(self._places[name]), ""))
            mask = cells[kept] & there & ~sums.get(name, np.zeros(len(chunk), bool)) & ~found.mask("excel-date", name)
            found.add("no-identifier", Severity.ERROR, name, mask, self.mapping.get(name, ""))
        keep = rows_with_entries(data, len(chunk))
        if self.repairs.leaves_out_all("ragged-row", "") is not None:
            keep &= ~np.isin(chunk.rows, [one.row or 0 for one in self._of_reading() if one.code in _BROKEN])
        if known := self.repairs.key_of(column):
            data["dwelling"] = together(data, known[0])
            self.repairs.note(known[1], chunk.rows[keep])
        stay = found.stay(keep)
        stay = self._repeated.once_each(
            data["dwelling"], chunk.rows, stay, self.repairs.leaves_out_all("id-twice", column)
        )
        self._left_out.update(chunk.rows[keep & ~stay].tolist())
        data = found.settled(data, stay, self._told)
        data, rows = filtered(data, chunk.rows, stay)
        data = self.yes_no.take(data, rows, blank, chunk.rows[np.logical_or.reduce([nameless, *sums.values()])])
        data = self._in_order(data, rows)
        self._rents.take(data, rows)
        self.rows += len(rows)
        if self.addresses and "street" in data:
            places, missing = self.addresses.take(data, rows)
            blank = missing & self.addresses.blank(data)
            for code, mask in (("no-address", blank), ("unmatched", missing & ~blank)):
                if mask.any():
                    self._add(code, Severity.WARNING, self._column("street"), rows[mask])
            data |= places
        ordered = [name for name in (*fields(), "address_id", "units") if name in data]
        return pa.RecordBatch.from_arrays([data[name] for name in ordered], names=ordered)

    def _told(self, one: Finding, rows: np.ndarray, texts: pa.Array | None) -> None:
        self._add(one.code, one.severity, one.column, rows)
        if texts is not None:
            self._open(one.column, texts.to_pylist())

    def _add_odd(self, rows: np.ndarray, odd: Mapping[str, np.ndarray]) -> None:
        for column, mask in odd.items():
            self._add("no-identifier", Severity.ERROR, column, rows[mask])

    def _column(self, name: str) -> str:
        return next(column for column, known in self.mapping.items() if known == name)

    def _in_order(self, data: dict[str, pa.Array], rows: np.ndarray) -> dict[str, pa.Array]:
        found = Findings(rows, self.repairs)
        contradictions(found, data, self._column, self._date)
        return found.settled(data, np.ones(len(rows), bool), self._told)

    def _open(self, column: str, texts: Iterable[str]) -> None:
        """Cells that cannot be read."""
        known = self.open_values.setdefault(column, Counter())
        for text in texts:
            if text in known or len(known) < OPEN:
                known[text] += 1
