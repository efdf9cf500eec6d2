"""Reads one state of a published table out of the DataStore: columns, their meaning and all rows, never half of a swap.

The rows are copied to a file at the speed of the database, then the table is let go: a slow reader of a download holds
up nobody, least of all the next publication.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg2
import pyarrow as pa
import pyarrow.csv as pacsv

from ckanext.datastore.backend.postgres import get_read_engine, identifier
from ckanext.ierwohnen.tables.dictionary import info_field
from ckanext.ierwohnen.tables.meaning import ColumnMeaning, meaning

LOCK_WAIT = "60s"  # a swap waits 20 s for readers, then gives way
BLOCK = 1 << 20
# Other types travel as PostgreSQL writes them; these in ISO 8601.
_AS_ISO = ("timestamp",)


class NoTable(Exception):
    """There is no table of this name."""


class TableBusy(Exception):
    """The table is being exchanged, and that takes longer than a reader should wait."""


@dataclass(frozen=True)
class State:
    """A table as it is now. `mark` differs whenever a row, the table or the meaning of a column differs."""

    columns: tuple[ColumnMeaning, ...]
    rows: int
    mark: str


class Snapshot:
    """One unchanging look at a table, for as long as the transaction lives."""

    def __init__(self, cursor: Any, table: str):
        self.cursor, self.table = cursor, table
        self.state = State(self._meanings(), *self._counted())

    def _meanings(self) -> tuple[ColumnMeaning, ...]:
        self.cursor.execute(
            "SELECT attname, format_type(atttypid, atttypmod), col_description(attrelid, attnum) FROM pg_attribute "
            "WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND left(attname, 1) <> '_' "
            "ORDER BY attnum",
            [identifier(self.table)],
        )
        self.described = self.cursor.fetchall()
        return tuple(_meaning(name, kind, comment) for name, kind, comment in self.described)

    def _counted(self) -> tuple[int, str]:
        """Number of rows, and a mark: a changed row has a younger transaction, a deletion a smaller count."""
        self.cursor.execute(
            f"SELECT count(*), max(xmin::text::bigint), %s::regclass::oid FROM {identifier(self.table)}",
            [identifier(self.table)],
        )
        rows, youngest, oid = self.cursor.fetchone()
        return rows, json.dumps([oid, rows, youngest, self.described])

    def release(self) -> None:
        """End the transaction: the table is free for the next publication."""
        self.cursor.connection.rollback()

    def copy_to(self, path: Path) -> None:
        """Write all rows in their order to a file."""
        columns = ", ".join(_as_text(name, kind) for name, kind, _ in self.described)
        with path.open("wb") as out:
            query = f"SELECT {columns} FROM {identifier(self.table)} ORDER BY _id"
            self.cursor.copy_expert(f"COPY ({query}) TO STDOUT WITH (FORMAT csv)", out, size=BLOCK)


@contextmanager
def snapshot(table: str) -> Iterator[Snapshot]:
    """Look at a table. The caller has asked for the reader's right to see it.

    The lock comes before the first query, because a transaction that sees one state only fixes it there: waiting for a
    swap afterwards, it would see the new table with the old state's rows (PostgreSQL manual, LOCK).

    :raises NoTable: if there is none; TableBusy: if it cannot be had for a minute
    """
    with get_read_engine().connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        cursor = connection.connection.cursor()
        try:
            cursor.execute(f"SET LOCAL lock_timeout = '{LOCK_WAIT}'")
            cursor.execute(f"LOCK TABLE {identifier(table)} IN ACCESS SHARE MODE")
            yield Snapshot(cursor, table)
        except psycopg2.errors.UndefinedTable as error:
            raise NoTable(table) from error
        except psycopg2.errors.LockNotAvailable as error:
            raise TableBusy(table) from error
        finally:
            connection.connection.rollback()


def batches(path: Path, names: list[str]) -> Iterator[pa.RecordBatch]:
    """The rows of a file of `Snapshot.copy_to`, as batches of text columns."""
    if not path.stat().st_size or not names:
        return
    texts = dict.fromkeys(names, pa.string())
    with pacsv.open_csv(
        path,
        read_options=pacsv.ReadOptions(column_names=names, block_size=4 * BLOCK),
        parse_options=pacsv.ParseOptions(newlines_in_values=True),
        convert_options=pacsv.ConvertOptions(
            column_types=texts, null_values=[""], strings_can_be_null=True, quoted_strings_can_be_null=False
        ),
    ) as reader:
        yield from reader


def _meaning(name: str, kind: str, comment: str | None) -> ColumnMeaning:
    try:
        stored = json.loads(comment) if comment else {}
    except ValueError:
        stored = {}
    field = {"id": name, "type": kind, "info": stored.get("_info") or (stored if "label" in stored else {})}
    return meaning(info_field(field, {k: v for k, v in stored.items() if isinstance(v, dict)}))


def _as_text(name: str, kind: str) -> str:
    column = identifier(name)
    if kind.startswith(_AS_ISO):
        return f"to_json({column}) #>> '{{}}'"
    return f"{column}::text"
