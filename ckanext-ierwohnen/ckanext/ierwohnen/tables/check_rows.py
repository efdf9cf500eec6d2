"""Rows against one another: the same key twice for a period and class, periods that cannot be read or are missing."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from ckanext.ierwohnen.tables.office_table import Chunk, OfficeTable
from ckanext.ierwohnen.tables.periods import Period, gaps, parse_period
from ckanext.ierwohnen.tables.problems import Findings, Problem, Severity
from ckanext.ierwohnen.tables.roles import ColumnRole
from ckanext.ierwohnen.tables.special_rows import KeyReading, RowKind

BUCKETS = 16
LISTED = 200
_LETTERS = str.maketrans({"O": "0", "o": "0", "l": "1", "I": "1"})
_RECORD = np.dtype([("hash", np.uint64), ("row", np.int64)])


class RowCheck:
    """Finds duplicates by hash in buckets on disk, so that memory stays flat for any number of rows."""

    def __init__(
        self, table: OfficeTable, roles: Sequence[ColumnRole], key: KeyReading | None, findings: Findings
    ) -> None:
        self._table, self._findings, self._key = table, findings, key
        self._periods = [(table.names.index(r.column), r.column) for r in roles if r.role == "period"]
        wanted = [r.column for r in roles if r.role in ("period", "dimension")]
        # Stock data (a key, but neither period nor class nor uniqueness wanted) is told by a contributor column; of
        # points there are many in a unit.
        self._active = key is not None and not any(r.role in ("contributor", "coordinate") for r in roles)
        self._places = ([key.place] if key else []) + [table.names.index(column) for column in wanted]
        self._columns = [table.names[place] for place in self._places]
        self._words = [r.column for r in roles if r.role in ("name", "note", "unclear")]
        self._values = [r for r in roles if r.role == "indicator" and r.period]
        self._wide = {r.period for r in roles if r.role == "indicator" and r.period}
        self._found: dict[str, Period | None] = {}
        self._unread: dict[str, tuple[int, str, int]] = {}
        self._blank: list[tuple[int, str, str | None, str | None]] = []
        self._last: dict[str, str] = {}
        self._first: dict[str, tuple[int, str]] = {}
        self._apart: dict[tuple[str, str, str], Problem] = {}
        self._buckets = [tempfile.TemporaryFile(prefix="ierwohnen-") for _ in range(BUCKETS)] if self._active else []  # noqa: SIM115
        self.periods: list[str] = []

    def take(self, chunk: Chunk, kinds: np.ndarray | None) -> None:
        """Note the keys and periods of a chunk."""
        for place, column in self._periods:
            self._take_periods(chunk, place, column)
        for place, column in self._periods[1:]:
            self._compare(chunk, place, column)
        if not self._active or not len(chunk):
            return
        keep = np.flatnonzero(kinds == str(RowKind.UNIT)) if kinds is not None else np.arange(len(chunk))
        hashes = self._hashes(chunk)[keep]
        records = np.empty(len(keep), _RECORD)
        records["hash"], records["row"] = hashes, chunk.rows[keep]
        buckets = (hashes >> np.uint64(60)).astype(int)
        order = np.argsort(buckets, kind="stable")
        bounds = np.searchsorted(buckets[order], np.arange(BUCKETS + 1))
        for n, stream in enumerate(self._buckets):
            stream.write(records[order[bounds[n] : bounds[n + 1]]].tobytes())

    def finish(self) -> None:
        """Report duplicates, unreadable periods and gaps."""
        self._finish_periods()
        pairs: list[tuple[int, int]] = []
        total = 0
        for stream in self._buckets:
            stream.seek(0)
            records = np.frombuffer(stream.read(), _RECORD)
            stream.close()
            first, again = _repeats(records)
            total += len(again)
            pairs += list(zip(first.tolist(), again.tolist(), strict=True))[:200]
        pairs.sort(key=lambda pair: pair[1])
        share = total / max(1, self._table.row_count or total)
        if share > 0.5:
            # Most rows repeat: these are records, or a column that tells them apart has no role yet.
            params = {"columns": self._columns, "count": total}
            repair = self._tells_apart()
            row = pairs[0][1]
            self._findings.add(Problem("rows_not_distinct", Severity.WARNING, row, params=params, repair=repair))
            return
        tells = self._tells_apart()
        for n, (first_row, row) in enumerate(pairs[:200]):
            params = {"first": str(first_row), "columns": self._columns}
            times = 1 if n < len(pairs[:200]) - 1 else total - len(pairs[:200]) + 1
            repair = ({"action": "drop_row", "row": row}, *tells)
            column = self._key.column if self._key else None
            self._findings.add(
                Problem("duplicate_key", Severity.ERROR, row, column, params=params, repair=repair), times
            )

    def _tells_apart(self) -> tuple[dict[str, object], ...]:
        """Columns of words that make each row of the sample different: the office may call one a dimension."""
        sample = self._table.sample
        known = [[row.cells[place] for row in sample] for place in self._places]
        offers = []
        for column in self._words:
            place = self._table.names.index(column)
            rows = list(zip(*known, (row.cells[place] for row in sample), strict=True))
            if len(set(rows)) == len(rows):
                offers.append({"action": "role", "column": column, "role": "dimension"})
        return tuple(offers[:2])

    def _hashes(self, chunk: Chunk) -> np.ndarray:
        combined = np.zeros(len(chunk), np.uint64)
        for place in self._places:
            encoded = chunk.encoded(place)
            values = [value.lstrip("0") or value for value in encoded.dictionary.to_pylist()]
            hashed = pd.util.hash_array(np.array(values, dtype=object)) if values else np.array([], np.uint64)
            codes = encoded.indices.to_numpy(zero_copy_only=False)
            combined = combined * np.uint64(0x9E3779B97F4A7C15) + hashed[codes]
        return pd.util.hash_array(combined)

    def _take_periods(self, chunk: Chunk, place: int, column: str) -> None:
        text, encoded = chunk.cleaned(place), chunk.encoded(place)
        counts = np.bincount(encoded.indices.to_numpy(zero_copy_only=False), minlength=len(encoded.dictionary))
        for value, count in zip(encoded.dictionary.to_pylist(), counts.tolist(), strict=True):
            if value in self._found:
                if value in self._unread:
                    row, name, before = self._unread[value]
                    self._unread[value] = (row, name, before + count)
                continue
            row = int(chunk.rows[pc.index(text, value).as_py()])
            period = parse_period(value) if value else None
            self._found[value] = period
            if period is None:
                self._unread[value] = (row, column, count)
            else:
                self._first.setdefault(period.text, (row, column))
        if "" in self._found:
            self._take_blanks(text, chunk, column)
        if len(text):
            self._last[column] = text[-1].as_py() or self._last.get(column, "")

    def _compare(self, chunk: Chunk, place: int, column: str) -> None:
        """Two columns of periods that name different years in one row; the first row of each such pair is kept."""
        first, other = self._periods[0]
        for one, two in set(zip(chunk.cleaned(first).to_pylist(), chunk.cleaned(place).to_pylist(), strict=True)):
            said, named = self._found.get(one), self._found.get(two)
            years = {p.start.year for p in (said, named) if p is not None and p.kind != "span"}
            if len(years) > 1 and len(self._apart) < LISTED and (column, one, two) not in self._apart:
                pair = pc.and_(pc.equal(chunk.cleaned(first), one), pc.equal(chunk.cleaned(place), two))
                row = int(chunk.rows[pc.index(pair, True).as_py()])
                self._apart[column, one, two] = Problem(
                    "period_columns_differ", Severity.ERROR, row, column, two, params={"other": other, "said": one},
                    repair=tuple({"action": "role", "column": name, "role": "note"} for name in (column, other)),
                )  # fmt: skip

    def _take_blanks(self, text: pa.Array, chunk: Chunk, column: str) -> None:
        """Rows without a period, with the period of the nearest rows above and below."""
        blank = pc.equal(text, "")
        filled = pc.if_else(blank, pa.scalar(None, pa.string()), text)
        above = pc.fill_null(pc.fill_null_forward(filled), self._last.get(column, ""))
        below = pc.fill_null_backward(filled)
        for index in np.flatnonzero(blank.to_numpy(zero_copy_only=False))[: LISTED - len(self._blank)].tolist():
            self._blank.append((int(chunk.rows[index]), column, above[index].as_py(), below[index].as_py()))

    def _finish_periods(self) -> None:
        self._findings.extend(sorted(self._apart.values(), key=lambda problem: problem.row or 0))
        for value, (row, column, count) in list(self._unread.items())[:LISTED]:
            if value:
                offers = [{"action": "replace_key", "column": column, "key": value, "value": v} for v in meant(value)]
                drop = {"action": "drop_key", "column": column, "key": value}
                self._findings.add(
                    Problem("period_unreadable", Severity.ERROR, row, column, value, repair=(*offers, drop)), count
                )
        for n, (row, column, above, below) in enumerate(self._blank):
            texts = dict.fromkeys(text for text in (above, below) if text and self._found.get(text))
            offers = [{"action": "replace", "row": row, "column": column, "value": text} for text in texts]
            left = self._unread[""][2] - n if n == len(self._blank) - 1 else 1
            repair = (*offers, {"action": "drop_row", "row": row})
            self._findings.add(Problem("period_empty", Severity.ERROR, row, column, "", repair=repair), left)
        read = [period for period in self._found.values() if period]
        read += [period for text in self._wide if (period := parse_period(text))]
        self.periods = sorted({period.text for period in read})
        kinds = {period.kind for period in read}
        if len(kinds) > 1:
            self._findings.add(Problem("periods_mixed", Severity.WARNING, params={"kinds": sorted(kinds)}))
        missing = gaps(read)
        if missing:
            self._report_gap(missing, read)

    def _report_gap(self, missing: list[str], read: list[Period]) -> None:
        """A gap is told where it ends, so that a person may say that it is right."""
        after = min(period for period in read if period.start.year > int(missing[0]))
        row, column = self._first.get(after.text) or self._wide_place(after.text)
        repair = ({"action": "keep", "row": row, "column": column},) if row and column else ()
        value = ", ".join(missing[:12])
        params = {"periods": missing}
        self._findings.add(Problem("periods_missing", Severity.WARNING, row, column, value, params, repair))

    def _wide_place(self, period: str) -> tuple[int | None, str | None]:
        header = max(self._table.header_rows, default=None)
        return header, next((r.column for r in self._values if r.period == period), None)


def meant(text: str) -> list[str]:
    """Periods that may be meant by a text that is none: `31.12.2O16`, `31/12/2016`, `31.12.16`, `2016er`."""
    digits = text.translate(_LETTERS)
    tries = [digits, re.sub(r"\s+", "", digits), digits.replace("/", "."), digits.replace(",", ".")]
    if short := re.fullmatch(r"([0-9]{1,2}[./-][0-9]{1,2})[./-]([0-9]{2})", digits):
        century = 2000 if int(short[2]) <= 50 else 1900
        tries.append(f"{re.sub('[/-]', '.', short[1])}.{century + int(short[2])}")
    years = re.findall(r"(?<![0-9])(?:19|20)[0-9]{2}(?![0-9])", digits)
    tries += years if len(set(years)) == 1 and not re.search(r"[0-9][./-][0-9]", digits) else []
    return list(dict.fromkeys(t for t in tries if t != text and parse_period(t)))[:3]


def _repeats(records: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """File rows of first occurrences and of their repetitions."""
    order = np.lexsort((records["row"], records["hash"]))
    hashes, rows = records["hash"][order], records["row"][order]
    again = np.flatnonzero(hashes[1:] == hashes[:-1]) + 1
    starts = np.searchsorted(hashes, hashes[again], side="left")
    return rows[starts], rows[again]
