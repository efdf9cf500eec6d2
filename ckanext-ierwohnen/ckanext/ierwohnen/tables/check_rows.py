"""Rows against one another: the same key twice for a period and class, periods that cannot be read or are missing."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from ckanext.ierwohnen.tables.convert import clean_text
from ckanext.ierwohnen.tables.office_table import Chunk, OfficeTable
from ckanext.ierwohnen.tables.periods import Period, gaps, parse_period
from ckanext.ierwohnen.tables.problems import Findings, Problem, Severity
from ckanext.ierwohnen.tables.roles import ColumnRole
from ckanext.ierwohnen.tables.special_rows import KeyReading, RowKind

BUCKETS = 16
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
        self._wide = {r.period for r in roles if r.role == "indicator" and r.period}
        self._found: dict[str, Period | None] = {}
        self._unread: dict[str, tuple[int, str]] = {}
        self._buckets = [tempfile.TemporaryFile(prefix="ierwohnen-") for _ in range(BUCKETS)] if self._active else []  # noqa: SIM115
        self.periods: list[str] = []

    def take(self, chunk: Chunk, kinds: np.ndarray | None) -> None:
        """Note the keys and periods of a chunk."""
        for place, column in self._periods:
            self._take_periods(chunk, place, column)
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
            self._findings.add(Problem("rows_not_distinct", Severity.WARNING, pairs[0][1], params=params))
            return
        for n, (first_row, row) in enumerate(pairs[:200]):
            params = {"first": str(first_row), "columns": self._columns}
            times = 1 if n < len(pairs[:200]) - 1 else total - len(pairs[:200]) + 1
            repair = ({"action": "drop_row", "row": row},)
            column = self._key.column if self._key else None
            self._findings.add(
                Problem("duplicate_key", Severity.ERROR, row, column, params=params, repair=repair), times
            )

    def _hashes(self, chunk: Chunk) -> np.ndarray:
        combined = np.zeros(len(chunk), np.uint64)
        for place in self._places:
            encoded = clean_text(chunk.columns[place]).dictionary_encode()
            values = [value.lstrip("0") or value for value in encoded.dictionary.to_pylist()]
            hashed = pd.util.hash_array(np.array(values, dtype=object)) if values else np.array([], np.uint64)
            codes = encoded.indices.to_numpy(zero_copy_only=False)
            combined = combined * np.uint64(0x9E3779B97F4A7C15) + hashed[codes]
        return pd.util.hash_array(combined)

    def _take_periods(self, chunk: Chunk, place: int, column: str) -> None:
        text: pa.Array = clean_text(chunk.columns[place])
        for value in pc.unique(text).to_pylist():
            if value not in self._found:
                self._found[value] = parse_period(value) if value else None
                if self._found[value] is None:
                    row = int(chunk.rows[pc.index(text, value).as_py()])
                    self._unread[value] = (row, column)

    def _finish_periods(self) -> None:
        for value, (row, column) in list(self._unread.items())[:200]:
            code = "period_unreadable" if value else "period_empty"
            self._findings.add(Problem(code, Severity.ERROR, row, column, value))
        read = [period for period in self._found.values() if period]
        read += [period for text in self._wide if (period := parse_period(text))]
        self.periods = sorted({period.text for period in read})
        kinds = {period.kind for period in read}
        if len(kinds) > 1:
            self._findings.add(Problem("periods_mixed", Severity.WARNING, params={"kinds": sorted(kinds)}))
        missing = gaps(read)
        if missing:
            self._findings.add(Problem("periods_missing", Severity.HINT, params={"periods": missing}))


def _repeats(records: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """File rows of first occurrences and of their repetitions."""
    order = np.lexsort((records["row"], records["hash"]))
    hashes, rows = records["hash"][order], records["row"][order]
    again = np.flatnonzero(hashes[1:] == hashes[:-1]) + 1
    starts = np.searchsorted(hashes, hashes[again], side="left")
    return rows[starts], rows[again]
