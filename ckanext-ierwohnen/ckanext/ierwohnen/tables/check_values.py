"""Every cell of the value columns: readable, in one unit, its signs known; zeros and missing codes told apart."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import Executor
from itertools import islice

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ckanext.ierwohnen.look.signs import Status, label
from ckanext.ierwohnen.tables.cells import MISSING_CODES, NumberStyle, clean, shown
from ckanext.ierwohnen.tables.convert import Numbers, convert_numbers
from ckanext.ierwohnen.tables.declared_signs import BRACKETS, NEGATIVE, declared_signs, unusual
from ckanext.ierwohnen.tables.measures import styles_of
from ckanext.ierwohnen.tables.office_table import Chunk, OfficeTable
from ckanext.ierwohnen.tables.problems import Findings, Problem, Severity
from ckanext.ierwohnen.tables.roles import ColumnRole
from ckanext.ierwohnen.tables.zeros import ZeroJudge

LISTED = 200
NO_VALUE = "k. A."
SIGN_LONG, SIGN_TIMES = 12, 3
SIGN_MEANINGS = (Status.MISSING, Status.SECRET, Status.NOTHING, Status.LATER, Status.BLOCKED)
"""What a sign may mean that nobody explains, in the order of the buttons."""
_BALANCE = re.compile(r"saldo|salden|bilanz|veränder|entwicklung|differenz|zuwachs|gewinn|verlust|abweich|balance")
_CODES = pa.array([float(code) for code in MISSING_CODES])


IN_THREADS = 2_000  # rows from which columns are read beside each other: less is done before a thread has begun


class ValueCheck:
    """Reads all value columns chunk by chunk; keeps what was met, not the values."""

    def __init__(self, table: OfficeTable, roles: Sequence[ColumnRole], findings: Findings) -> None:
        self._table = table
        self._findings = findings
        self._columns = {
            role.column: table.names.index(role.column) for role in roles if role.role in ("indicator", "weight")
        }
        self._units = {role.column: role.unit for role in roles}
        self._met: dict[str, Counter[str]] = {column: Counter() for column in self._columns}
        self._bare: Counter[str] = Counter()
        self._range: dict[str, tuple[float, float]] = {}
        self._codes: dict[tuple[str, str], int] = Counter()
        self._declared = declared_signs(table)
        self._foreign: dict[str, list[tuple[int, str, int]]] = {}
        self.statuses: Counter[str] = Counter()
        self.signs: dict[str, set[str]] = {column: set() for column in self._columns}
        styles = styles_of(table, roles)
        self.styles: dict[str, NumberStyle] = {c: styles[c] for c in self._columns}
        self._zeros = ZeroJudge(table, self._columns)
        self.zero: dict[str, Status] = self._zeros.meanings

    def take(self, chunk: Chunk, pool: Executor) -> dict[str, Numbers]:
        """Read the value columns of a chunk; gives the numbers for the checks that compare them, and for the load."""
        run = pool.map if len(chunk) >= IN_THREADS else map
        converted = run(lambda item: self._convert(item[0], chunk.columns[item[1]]), self._columns.items())
        numbers = dict(zip(self._columns, converted, strict=True))
        for column, read in numbers.items():
            self._note(column, read, chunk)
            self._zeros.take(column, chunk.columns[self._columns[column]], read)
        return numbers

    def settled(self) -> bool:
        """Whether the rows bear out what `0` was taken for; else the table knows better now (`ZeroJudge`)."""
        return self._zeros.settled()

    def finish(self) -> None:
        """What shows only at the end: units, missing codes, mixed decimal signs."""
        for column in self._columns:
            self._finish_units(column)
        self._finish_foreign()
        for code in MISSING_CODES:
            self._report_missing_code(code)
        for sign, status in unusual(self._declared).items():
            if status in list(Status):
                params = {"sign": sign, "meaning": {"de": label(status, "de"), "en": label(status, "en")}}
                self._findings.add(Problem("sign_declared", Severity.HINT, params=params))
        for column in self._columns:
            self._open_brackets(column)
        for column, style in self.styles.items():
            if style.reason == "style_mixed":
                self._findings.add(Problem("mixed_decimal_signs", Severity.WARNING, column=column))
        if set(self.zero.values()) - {Status.OK}:
            columns = [column for column, zero in self.zero.items() if zero is not Status.OK]
            repair = ({"action": "zero", "value": "value"},)
            self._findings.add(
                Problem("zero_beside_dash", Severity.HINT, params={"columns": columns[:5]}, repair=repair)
            )

    def _convert(self, column: str, cells: pa.Array) -> Numbers:
        return convert_numbers(cells, self.styles[column], zero=self.zero[column], signs=self._declared)

    def _note(self, column: str, numbers: Numbers, chunk: Chunk) -> None:
        if numbers.plain:
            self.statuses["ok"] += len(chunk)
            self.signs[column].add("ok")
        else:
            for entry in pc.value_counts(numbers.statuses).to_pylist():
                self.statuses[entry["values"] or "ok"] += entry["counts"]
                self.signs[column].add(entry["values"] or "ok")
            self._odd(column, numbers, chunk)
        self._missing_codes(column, numbers)

    def _odd(self, column: str, numbers: Numbers, chunk: Chunk) -> None:
        marked = 0
        for text, cell in numbers.cells.items():
            if cell.number is not None and cell.status is not Status.NOTHING:
                self._met[column][cell.unit or ""] += 1
            marked += bool(cell.mark)
            if cell.problem:
                self._report(column, text, numbers, chunk)
        if marked:
            self._findings.add(Problem("footnote_marks", Severity.HINT, column=column, params={"count": marked}))

    def _report(self, column: str, text: str, numbers: Numbers, chunk: Chunk) -> None:
        """One problem for each cell (the first ones; the others are counted)."""
        cell = numbers.cells[text]
        if cell.problem == "not_a_number" and _sign_like(text):
            where = zip(numbers.odd, numbers.odd_texts, strict=False)
            rows_of = [int(chunk.rows[i]) for i, odd in where if odd == text]
            places = [(row, column, 1) for row in rows_of[:LISTED]] or [(int(chunk.rows[numbers.odd[0]]), column, 1)]
            places[-1] = (*places[-1][:2], max(1, len(rows_of) - LISTED + 1))
            self._foreign.setdefault(text, []).extend(places)
            return
        listed = [i for i, odd in zip(numbers.odd, numbers.odd_texts, strict=False) if odd == text]
        rows = [int(chunk.rows[i]) for i in islice(listed, LISTED)] or [int(chunk.rows[numbers.odd[0]])]
        for n, row in enumerate(rows):
            repair = self._repair(column, row, cell.problem or "", cell.offer)
            problem = Problem(cell.problem or "", Severity.ERROR, row, column, shown(text), repair=repair)
            self._findings.add(problem, times=1 if n < len(rows) - 1 else max(1, len(listed) - len(rows) + 1))

    def _finish_foreign(self) -> None:
        """A short word that stands repeatedly where figures should (`n.e.`) is a sign of this office: asked once."""
        for text, places in self._foreign.items():
            count = sum(times for _, _, times in places)
            if count < SIGN_TIMES:
                for row, column, times in places:
                    repair = self._repair(column, row, "not_a_number", None)
                    problem = Problem("not_a_number", Severity.ERROR, row, column, shown(text), repair=repair)
                    self._findings.add(problem, times)
                continue
            columns = list(dict.fromkeys(column for _, column, _ in places))
            params = {"count": count, "columns": columns[:5] + ["…"] * (len(columns) > 5)}
            sign = clean(shown(text))
            offers = tuple({"action": "sign", "sign": sign, "value": str(status)} for status in SIGN_MEANINGS)
            problem = Problem("sign_open", Severity.ERROR, places[0][0], None, sign, params, offers)
            self._findings.add(problem)

    def _repair(self, column: str, row: int, problem: str, offer: str | None) -> tuple[dict[str, object], ...]:
        if problem == "ambiguous_number":
            return tuple({"action": "decimal", "column": column, "value": sign} for sign in ",.")
        if offer is None:
            empty = {"action": "replace", "row": row, "column": column, "value": NO_VALUE}
            return (empty,) if problem in ("not_a_number", "spreadsheet_error") else ()
        return ({"action": "replace", "row": row, "column": column, "value": offer},)

    def _missing_codes(self, column: str, numbers: Numbers) -> None:
        values = rest = numbers.floats
        low, high = pc.min_max(values).as_py().values()
        within = low is not None and any(low <= code <= high for code in _CODES.to_pylist())
        coded = pc.is_in(values, _CODES) if within else None
        if coded is not None and pc.any(coded, min_count=0).as_py():
            for entry in pc.value_counts(numbers.values.filter(coded)).to_pylist():
                self._codes[column, entry["values"]] += entry["counts"]
            rest = values.filter(pc.invert(coded))
        if len(rest):
            least, most = pc.min_max(rest).as_py().values()
            if least is not None:
                low, high = self._range.get(column, (np.inf, -np.inf))
                self._range[column] = (min(low, least), max(high, most))

    def _report_missing_code(self, code: str) -> None:
        """A number like −9999 far away from all others of its column is a code for "no value"."""
        found = {
            column: times for (column, c), times in self._codes.items() if c == code and self._far(column, code, times)
        }
        if not found or code in self._declared:
            return
        columns = list(found)
        params = {"count": sum(found.values()), "columns": columns[:5] + ["…"] * (len(columns) > 5)}
        repair = ({"action": "missing", "value": code},)
        self._findings.add(
            Problem("missing_code", Severity.ERROR, column=columns[0], value=code, params=params, repair=repair)
        )

    def _far(self, column: str, code: str, times: int) -> bool:
        low, high = self._range.get(column, (0.0, 0.0))
        number = float(code)
        below_all = number < 0 <= low and (number <= -99 or times > 1)
        return below_all or (abs(number) >= 99 and abs(number) > 10 * max(abs(low), abs(high)))

    def _open_brackets(self, column: str) -> None:
        """Brackets say "limited validity" in official statistics and minus in bookkeeping: asked where both may be."""
        balance = _BALANCE.search(column.casefold())
        if BRACKETS in self._declared or str(Status.LIMITED) not in self.signs[column] or not balance:
            return
        if self._range.get(column, (0.0, 0.0))[0] < 0:
            return  # minus is written as minus here
        meanings = (NEGATIVE, str(Status.LIMITED))
        offers = tuple({"action": "sign", "sign": BRACKETS, "value": meaning} for meaning in meanings)
        self._findings.add(Problem("brackets_open", Severity.ERROR, column=column, repair=offers))

    def _finish_units(self, column: str) -> None:
        met = {unit: count for unit, count in self._met[column].items() if unit}
        if len(met) > 1:
            self._findings.add(Problem("mixed_units", Severity.ERROR, column=column, params={"units": sorted(met)}))
        elif met:
            unit = next(iter(met))
            stated = self._units.get(column)
            if stated and stated != unit:
                params = {"unit": unit, "stated": stated}
                self._findings.add(Problem("other_unit", Severity.WARNING, column=column, params=params))


def _sign_like(text: str) -> bool:
    """True for a short word without digits: `n.e.`, `k.W.`, `#NV`."""
    text = clean(shown(text))
    return 0 < len(text) <= SIGN_LONG and not any(char.isdigit() for char in text)
