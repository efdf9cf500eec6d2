"""DataStore tables, filled fast and swapped whole.

A table is filled beside the one that readers see, under a name with a leading underscore (CKAN hides such tables
from every reader), by COPY without the full-text trigger, and takes its place in one transaction.
What is made here is what `datastore_create` makes: `_id`, `_full_text`, the column comments of the data
dictionary, the trigger and the index names, so that every DataStore action works on it unchanged.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from queue import Full, Queue
from threading import Event, Thread
from typing import Any

import ckan.plugins.toolkit as tk
import psycopg2

from ckanext.datastore.backend.postgres import get_write_engine, identifier, literal_string

LOCK_WAIT = "20s"  # how long the swap waits for running readers before it gives way and tries again
BLOCK = 1 << 18  # bytes sent to PostgreSQL at once
STAGED = "_iw_"
SEARCH_BATCH = 20_000  # rows whose full text is made in one transaction


@dataclass(frozen=True)
class StoreColumn:
    """A column of a DataStore table: name, PostgreSQL type, CKAN's `info`, and plugin data by plugin name."""

    name: str
    type: str
    info: dict[str, Any] = field(default_factory=dict)
    plugin_data: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def comment(self) -> str:
        """The column comment in which CKAN keeps the data dictionary; the space marks its second version."""
        content = {**self.plugin_data, "_info": self.info}
        return " " + json.dumps(content, ensure_ascii=False, separators=(",", ":"))


def staged_name(job_id: str) -> str:
    """Name of the table that a job fills. The underscore hides it from `datastore_search`."""
    return STAGED + job_id


def job_of_staged(table: str) -> str:
    """The job that fills or filled a staged table."""
    return table.removeprefix(STAGED)


def staged_tables(cursor: Any) -> list[str]:
    """All staged tables there are, also those that a killed worker left."""
    cursor.execute(
        "SELECT relname FROM pg_class WHERE relkind = 'r' AND starts_with(relname, %s) "
        "AND relnamespace = 'public'::regnamespace ORDER BY 1",
        [STAGED],
    )
    return [name for (name,) in cursor.fetchall()]


@contextmanager
def writing() -> Iterator[Any]:
    """A psycopg2 connection to the DataStore with write access; commits at the end, rolls back on error."""
    connection = get_write_engine().raw_connection()
    try:
        with connection.cursor() as cursor:
            yield cursor
        connection.commit()
    except BaseException:
        with suppress(psycopg2.Error):  # where the connection is lost, PostgreSQL rolls back; tell what came before
            connection.rollback()
        raise
    finally:
        connection.close()


def exists(cursor: Any, table: str) -> bool:
    """Whether there is a table (not a view) of this name."""
    cursor.execute(
        "SELECT 1 FROM pg_class WHERE relname = %s AND relkind = 'r' AND relnamespace = 'public'::regnamespace", [table]
    )
    return cursor.fetchone() is not None


def drop_staged(cursor: Any, table: str) -> None:
    """Remove what an earlier, interrupted run may have left."""
    if not table.startswith("_"):
        raise ValueError("only staged tables are dropped here")
    cursor.execute(f"DROP TABLE IF EXISTS {identifier(table)}")


def create(cursor: Any, table: str, columns: Iterable[StoreColumn]) -> None:
    """Create a bare table: no key, no index, no trigger yet; `_id` already counts."""
    body = ", ".join(f"{identifier(column.name)} {column.type}" for column in columns)
    cursor.execute(f"CREATE TABLE {identifier(table)} (_id serial, _full_text tsvector, {body})")


def describe(cursor: Any, table: str, columns: Iterable[StoreColumn]) -> None:
    """Write the data dictionary, and drop the columns that are not in it (signs that did not occur)."""
    columns = list(columns)
    kept = {column.name for column in columns}
    for name, _ in columns_of(cursor, table):
        if name not in kept:
            cursor.execute(f"ALTER TABLE {identifier(table)} DROP COLUMN {identifier(name)}")
    for column in columns:
        place = f"{identifier(table)}.{identifier(column.name)}"
        cursor.execute(f"COMMENT ON COLUMN {place} IS {literal_string(column.comment)}")


def copy(
    cursor: Any,
    table: str,
    columns: Iterable[str],
    chunks: Iterable[bytes],
    options: str,
) -> int:
    """Stream rows into the table by COPY with these `options`; memory does not grow with the rows.

    Returns the number of rows.
    """
    names = ", ".join(identifier(name) for name in columns)
    with _ahead(chunks) as made:
        source = _Chunks(made)
        try:
            cursor.copy_expert(f"COPY {identifier(table)} ({names}) FROM STDIN WITH ({options})", source, size=BLOCK)
        except psycopg2.Error as error:
            # psycopg2 hides what went wrong while reading behind an error of its own.
            raise source.failure or error from error
    return cursor.rowcount


@contextmanager
def _ahead(chunks: Iterable[bytes]) -> Iterator[Iterator[bytes]]:
    """Make the chunks in a thread, at most two ahead, so that we convert while PostgreSQL stores."""
    ready: Queue[Any] = Queue(maxsize=2)
    stop = Event()

    def put(item: Any) -> None:
        while not stop.is_set():
            try:
                return ready.put(item, timeout=0.2)
            except Full:
                continue

    def make() -> None:
        try:
            for chunk in chunks:
                put(chunk)
                if stop.is_set():
                    return
            put(None)
        except BaseException as error:
            put(error)

    def take() -> Iterator[bytes]:
        while (item := ready.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item

    maker = Thread(target=make, name="chunks", daemon=True)
    maker.start()
    try:
        yield take()
    finally:
        stop.set()
        maker.join()


class _Chunks:
    """The reading half of a file over an iterator of bytes, as psycopg2 wants it."""

    def __init__(self, chunks: Iterator[bytes]):
        self.chunks = chunks
        self.rest = memoryview(b"")
        self.failure: Exception | None = None

    def read(self, size: int = -1) -> bytes:
        """The next bytes, at most `size`; empty at the end."""
        while not self.rest:
            try:
                chunk = next(self.chunks, None)
            except Exception as error:
                self.failure = error
                raise
            if chunk is None:
                return b""
            self.rest = memoryview(chunk)
        size = len(self.rest) if size < 0 else size
        piece, self.rest = self.rest[:size], self.rest[size:]
        return bytes(piece)


def copy_from_table(cursor: Any, source: str, target: str, columns: Iterable[str]) -> int:
    """Take over the rows of `source` in their order, with their full text. Returns their number."""
    names = ", ".join(["_full_text", *(identifier(name) for name in columns)])
    cursor.execute(f"INSERT INTO {identifier(target)} ({names}) SELECT {names} FROM {identifier(source)} ORDER BY _id")
    return cursor.rowcount


def finish(cursor: Any, table: str, search: bool) -> None:
    """Make a filled table ready to read: key, statistics, and the full text now if `search`."""
    if search:
        cursor.execute(f"UPDATE {identifier(table)} SET _full_text = {_full_text(table)} WHERE _full_text IS NULL")
    cursor.execute(f"ALTER TABLE {identifier(table)} ADD PRIMARY KEY (_id)")
    cursor.execute(
        f"CREATE TRIGGER zfulltext BEFORE INSERT OR UPDATE ON {identifier(table)} "
        "FOR EACH ROW EXECUTE PROCEDURE populate_full_text_trigger()"
    )
    if search:
        _create_search_index(cursor, table, table)
    cursor.execute(f"ANALYZE {identifier(table)}")


def _full_text(table: str) -> str:
    """The expression of CKAN's own trigger function (datastore/set_permissions.sql)."""
    name = identifier(table)
    return (
        "(SELECT coalesce(to_tsvector(string_agg(value, ' ')), ''::tsvector) "
        f"FROM json_each_text(row_to_json({name}.*)) WHERE key NOT LIKE '\\_%')"
    )


def search_index_name(resource_id: str) -> str:
    """The name that CKAN gives to the index of `_full_text`; with it CKAN does not make a second one."""
    return hashlib.sha1(f'{resource_id}"_full_text"'.encode()).hexdigest()


def _create_search_index(cursor: Any, table: str, named_after: str, concurrently: str = "") -> None:
    method = tk.config.get("ckan.datastore.default_fts_index_method") or "gist"
    cursor.execute(
        f"CREATE INDEX {concurrently} {identifier(search_index_name(named_after))} "
        f'ON {identifier(table)} USING {method}("_full_text")'
    )


def swap(cursor: Any, staged: str, resource_id: str, rows: int) -> None:
    """Put the staged table in the place of the resource's table, within the transaction of the caller.

    Readers see the old table until the transaction ends, and the new one after it. Aliases (views) are kept.
    """
    cursor.execute(f"SET LOCAL lock_timeout = '{LOCK_WAIT}'")
    aliases: list[str] = []
    if exists(cursor, resource_id):
        aliases = _aliases(cursor, resource_id)
        cursor.execute(f"DROP TABLE {identifier(resource_id)} CASCADE")
    cursor.execute(f"ALTER TABLE {identifier(staged)} RENAME TO {identifier(resource_id)}")
    for kind, old, new in (
        ("SEQUENCE", f"{staged}__id_seq", f"{resource_id}__id_seq"),
        ("INDEX", f"{staged}_pkey", f"{resource_id}_pkey"),
        ("INDEX", search_index_name(staged), search_index_name(resource_id)),
    ):
        cursor.execute(f"ALTER {kind} IF EXISTS {identifier(old)} RENAME TO {identifier(new)}")
    for alias in aliases:
        cursor.execute(f"CREATE VIEW {identifier(alias)} AS SELECT * FROM {identifier(resource_id)}")
    cursor.execute(
        "INSERT INTO _table_stats (resource_id, stats) VALUES (%s, jsonb_build_object('rows', %s::bigint)) "
        "ON CONFLICT (resource_id) DO UPDATE SET stats = excluded.stats",
        [resource_id, rows],
    )


def _aliases(cursor: Any, resource_id: str) -> list[str]:
    cursor.execute("SELECT name FROM _table_metadata WHERE alias_of = %s ORDER BY name", [resource_id])
    return [name for (name,) in cursor.fetchall()]


def index_search(resource_id: str, on_done: Callable[[int], None] | None = None) -> None:
    """Make the full text of a large table after it was published, in batches, then its index.

    Readers are not held up; `q` finds the rows done so far. Safe to run again: only rows without text are taken.
    """
    table = identifier(resource_id)
    with writing() as cursor:
        if not exists(cursor, resource_id):
            return
        cursor.execute(f"SELECT coalesce(max(_id), 0) FROM {table}")
        last = cursor.fetchone()[0]
    for start in range(0, last, SEARCH_BATCH):
        with writing() as cursor:
            cursor.execute(
                f"UPDATE {table} SET _id = _id WHERE _id > %s AND _id <= %s AND _full_text IS NULL",
                [start, start + SEARCH_BATCH],
            )
        if on_done:
            on_done(min(start + SEARCH_BATCH, last))
    with get_write_engine().connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        cursor = connection.connection.cursor()
        name = search_index_name(resource_id)
        cursor.execute("SELECT indisvalid FROM pg_index JOIN pg_class ON oid = indexrelid WHERE relname = %s", [name])
        found = cursor.fetchone()
        if found and not found[0]:  # left half built by a killed run
            cursor.execute(f"DROP INDEX {identifier(name)}")
        if not found or not found[0]:
            _create_search_index(cursor, resource_id, resource_id, "CONCURRENTLY")
        cursor.execute(f"ANALYZE {table}")


def remove(resource_id: str) -> bool:
    """Delete the resource's table with its views and statistics; False if there was none."""
    with writing() as cursor:
        found = exists(cursor, resource_id)
        if found:
            cursor.execute(f"DROP TABLE {identifier(resource_id)} CASCADE")
        cursor.execute("DELETE FROM _table_stats WHERE resource_id = %s", [resource_id])
    return found


def columns_of(cursor: Any, table: str) -> list[tuple[str, str]]:
    """Names and PostgreSQL types of the columns that readers see, in order."""
    cursor.execute(
        "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = %s::regclass "
        "AND attnum > 0 AND NOT attisdropped AND left(attname, 1) <> '_' ORDER BY attnum",
        [identifier(table)],
    )
    return list(cursor.fetchall())


def is_lock_wait(error: BaseException) -> bool:
    """Whether PostgreSQL gave up waiting for readers (the swap may be tried again)."""
    return getattr(getattr(error, "orig", error), "pgcode", None) == "55P03"
