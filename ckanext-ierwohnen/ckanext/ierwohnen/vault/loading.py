"""Loading and deleting stock: one transaction, a stream of rows, no copy on the way.

A version's rows go by plain COPY into a table of their own that nobody else sees; closing the load puts it in the place
of the version of the same reference date. Whoever is killed on the way leaves the old state. Deleting drops the table,
and with it its file, and its data key.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import psycopg2
import pyarrow as pa
import pyarrow.compute as pc

from ckanext.ierwohnen.tables.load import as_csv
from ckanext.ierwohnen.vault.capability import Claims
from ckanext.ierwohnen.vault.errors import VaultError
from ckanext.ierwohnen.vault.reader import Reader, ledger_text
from ckanext.ierwohnen.vault.record import DERIVED, fields, value_fields
from ckanext.ierwohnen.vault.sealing import Keys, Seal
from ckanext.ierwohnen.vault.stock_print import StockPrint
from ckanext.ierwohnen.vault.store import Cursor, Store
from ckanext.ierwohnen.vault.summary import Summing

Progress = Callable[[int], None]


@dataclass(frozen=True)
class Loaded:
    """A loaded version: its id, number of rows, those whose address is in no register, and the rows' fingerprint."""

    version: str
    rows: int
    unmatched: int
    fingerprint: str


@dataclass(frozen=True)
class Deleted:
    """What was deleted, and whether the database no longer knows a table of it."""

    version: str
    rows: int
    fingerprint: str
    gone: bool


def load_stock(
    store: Store,
    reader: Reader,
    organization: str,
    reference_date: dt.date,
    batches: Iterable[pa.RecordBatch],
    *,
    purpose: str,
    keys: Keys | None = None,
    progress: Progress | None = None,
    decided: Sequence[Mapping[str, Any]] = (),
) -> Loaded:
    """Load a company's dwellings for a reference date; a version of the same date is replaced and deleted.

    :param batches: rows as text, a column for each field of the record that is delivered, all batches the same columns;
        an error raised by them rolls everything back
    :param progress: called with the number of rows sent so far
    :param decided: what was said of the table's columns, kept with the sums for the table of the next date
    :raises VaultError: if the reader does not act for the company, nothing was loaded, or a row does not fit
    """
    _own(reader, organization)
    claims = Claims(reader.name, load=organization, purpose=ledger_text("purpose", purpose))
    with store.transaction(claims) as cursor:
        version = cursor.one("SELECT vault.open_load()")
        stream = iter(batches)
        first = next(stream, None)
        if first is None:
            raise VaultError("nothing-loaded")
        seal, wrapped = keys.new_seal(organization, version) if keys and keys.has(organization) else (None, None)
        rows = _Rows(_with_first(first, stream), seal, progress, Summing(reference_date), decided)
        columns = rows.columns_of(first.schema.names)
        table = f"vault_stock.s_{version.replace('-', '')}"
        names = ", ".join(columns)
        _copy(cursor, f"COPY {table} ({names}) FROM STDIN WITH (FORMAT csv, NULL '', FREEZE true)", rows)
        summary = rows.summary()
        if summary is not None:
            cursor.execute("SELECT vault.add_summary(%s, %s)", (version, psycopg2.Binary(summary)))
        marks = {
            "unmatched": rows.unmatched,
            "fingerprint": rows.digest.hexdigest(),
            "columns": [name for name in first.schema.names if name not in DERIVED],
            "data_key": wrapped.hex() if wrapped else None,
        }
        count = cursor.one("SELECT vault.close_load(%s, %s, %s)", version, reference_date, json.dumps(marks))
    return Loaded(version, count, rows.unmatched, marks["fingerprint"])


def delete_stock(store: Store, reader: Reader, organization: str, reference_date: dt.date, *, purpose: str) -> Deleted:
    """Delete a version: its table is dropped, the record of the deletion and the ledger's entry stay.

    :raises VaultError: if the reader does not act for the company, or there is no such version
    """
    _own(reader, organization)
    claims = Claims(reader.name, load=organization, purpose=ledger_text("purpose", purpose))
    with store.transaction(claims) as cursor:
        told = cursor.one("SELECT vault.delete_stock(%s)", reference_date)
    return Deleted(told["version"], told["rows"], told["fingerprint"], _gone(store, told["version"]))


def _copy(cursor: Cursor, statement: str, rows: _Rows) -> None:
    """Run the COPY; what the rows themselves raised leaves as it was raised, not as the driver tells it."""
    refused: VaultError | None = None
    try:
        cursor.copy_expert(statement, rows)
    except VaultError as error:
        refused = error
    if rows.failure:
        raise rows.failure
    if refused:
        raise refused


def _gone(store: Store, version: str) -> bool:
    with store.transaction() as cursor:
        return bool(cursor.one("SELECT vault.is_gone(%s)", version))


def _own(reader: Reader, organization: str) -> None:
    if organization not in reader.organizations:
        raise VaultError("not-yours")


def _with_first(first: pa.RecordBatch, rest: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    yield first
    yield from rest


class _Rows:
    """The batches as the file that COPY reads from; counts, seals and hashes what passes."""

    def __init__(
        self, batches: Iterator[pa.RecordBatch], seal: Seal | None, progress: Progress | None, summing: Summing,
        decided: Sequence[Mapping[str, Any]] = (),
    ) -> None:  # fmt: skip
        self._batches, self._seal, self._progress = batches, seal, progress
        self._summing: Summing | None = summing
        self._decided = decided
        self._waiting = memoryview(b"")
        self._sent = 0
        self.failure: Exception | None = None
        self.unmatched = 0
        self.digest = hashlib.sha256()
        self._print = StockPrint()

    def columns_of(self, names: Sequence[str]) -> list[str]:
        """The columns as they are stored: of a sealed table the values go into one.

        :raises VaultError: if a column is none of the record's
        """
        known = {*fields(), *DERIVED}
        if not set(names) <= known:
            raise VaultError("bad-row")
        if not self._seal:
            return list(names)
        return [name for name in names if name not in value_fields()] + ["sealed"]

    def summary(self) -> bytes | None:
        """The sums of what passed, closed like the rows; None if a cell is written as only the database reads it."""
        if self._summing is None:
            return None
        summary = self._summing.summary()
        text = replace(summary, content=self._print.hexdigest(), decided=self._decided).packed()
        return self._seal.close("", [text]) if self._seal else text.encode()

    def read(self, size: int) -> bytes:
        """The next bytes; empty at the end."""
        try:
            while not self._waiting:
                batch = next(self._batches, None)
                if batch is None:
                    return b""
                self._waiting = memoryview(self._taken(batch))
        except Exception as error:
            self.failure = error
            raise
        piece, self._waiting = self._waiting[:size], self._waiting[size:]
        return bytes(piece)

    def _taken(self, batch: pa.RecordBatch) -> bytes:
        if "address_id" in batch.schema.names:
            self.unmatched += batch.column("address_id").null_count
        else:
            self.unmatched += batch.num_rows
        self._print.take(batch)
        self._added_up(batch)
        content = as_csv(_sealed(batch, self._seal) if self._seal else batch, _texts())
        self.digest.update(content)
        self._sent += batch.num_rows
        if self._progress:
            self._progress(self._sent)
        return content

    def _added_up(self, batch: pa.RecordBatch) -> None:
        try:
            if self._summing:
                self._summing.take(batch)
        except pa.ArrowInvalid:
            self._summing = None


def _texts() -> frozenset[str]:
    return frozenset({name for name, field in fields().items() if field.type == "text"} | set(DERIVED))


def _sealed(batch: pa.RecordBatch, seal: Seal) -> pa.RecordBatch:
    """The batch with its values closed, as PostgreSQL writes bytes (`\\x…`)."""
    names = batch.schema.names
    empty = pa.nulls(batch.num_rows, pa.string())
    values = [(batch.column(name) if name in names else empty).to_pylist() for name in value_fields()]
    dwellings = batch.column("dwelling").to_pylist()
    closed = [
        "\\x" + seal.close(dwelling or "", row).hex()
        for dwelling, row in zip(dwellings, zip(*values, strict=True), strict=True)
    ]
    kept = [name for name in names if name not in value_fields()]
    arrays = [pc.fill_null(batch.column(name), "") for name in kept]
    return pa.RecordBatch.from_arrays([*arrays, pa.array(closed, pa.string())], names=[*kept, "sealed"])

