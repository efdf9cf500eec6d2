"""Connections to the protected store, and transactions that see one organization's rows.

Whatever the driver reports is turned into a code (`errors.py`) outside of its `except`, so that no traceback, log or
chained exception can quote a value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg2
import psycopg2.extensions
import sqlalchemy as sa

from ckanext.ierwohnen.look import clock
from ckanext.ierwohnen.look.lock_numbers import lock_number
from ckanext.ierwohnen.vault.capability import VARIABLE, Claims, sign
from ckanext.ierwohnen.vault.errors import VaultError, error_of_state

LOCK_WAIT = "30s"
_BEGIN = (
    "SELECT pg_backend_pid(), (extract(epoch FROM transaction_timestamp()) * 1000000)::bigint, "
    "set_config('lock_timeout', %s, true), set_config('TimeZone', %s, true)"
)


class Cursor(psycopg2.extensions.cursor):
    """The driver's cursor; its errors leave as codes."""

    def execute(self, query: Any, vars: Any = None) -> None:
        """Run a statement.

        :raises VaultError: whatever the database refuses
        """
        _coded(lambda: super(Cursor, self).execute(query, vars), self.connection)

    def copy_expert(self, sql: Any, file: Any, size: int = 262_144) -> None:
        """Run a COPY.

        :raises VaultError: whatever the database refuses
        """
        _coded(lambda: super(Cursor, self).copy_expert(sql, file, size), self.connection)

    def one(self, query: str, *values: Any) -> Any:
        """The first field of the first row, or None."""
        self.execute(query, values or None)
        row = self.fetchone()
        return row[0] if row else None


class Store:
    """The store as one login role sees it.

    :param url: address of the database, password included
    :param key: the key with which this role's capabilities are signed
    """

    def __init__(self, url: str, key: str) -> None:
        self._key = key
        self._engine = sa.create_engine(
            url,
            hide_parameters=True,
            pool_pre_ping=True,
            pool_size=4,
            max_overflow=4,
            connect_args={"connect_timeout": 10, "application_name": "ierwohnen"},
        )

    def __repr__(self) -> str:
        return "<the protected store>"

    @contextmanager
    def transaction(self, claims: Claims | None = None) -> Iterator[Cursor]:
        """A cursor in one transaction; it is committed at the end, and rolled back by any error.

        :param claims: what it may see and do; None sees nothing
        :raises VaultError: whatever the database refuses
        """
        connection = self._connect()
        try:
            with connection.cursor(cursor_factory=Cursor) as cursor:
                self._begin(cursor, claims)
                yield cursor
            _coded(connection.commit, connection.dbapi_connection)
        finally:
            _give_back(connection)

    def answers(self) -> bool:
        """Whether the database takes connections."""
        try:
            with self.transaction() as cursor:
                return cursor.one("SELECT true") is True
        except VaultError:
            return False

    def _connect(self) -> Any:
        try:
            return self._engine.raw_connection()
        except (psycopg2.Error, sa.exc.DBAPIError):
            pass
        raise VaultError("unreachable")

    def _begin(self, cursor: Cursor, claims: Claims | None) -> None:
        cursor.execute(_BEGIN, (LOCK_WAIT, clock.as_offset(clock.now())))  # the store's day is the portal's
        if claims:
            backend, began, *_ = cursor.fetchone() or (0, 0)
            cursor.execute("SELECT set_config(%s, %s, true)", (VARIABLE, sign(claims, backend, began, self._key)))

    def lock_number(self, name: str) -> int:
        """The number of a lock in the store's database, which tells nobody its name."""
        return lock_number(self._key, name)

    def close(self) -> None:
        """Close all idle connections."""
        self._engine.dispose()


def _coded(run: Callable[[], Any], connection: Any) -> None:
    try:
        run()
        return
    except psycopg2.Error as error:
        failure = error_of_state(error.pgcode, not connection.closed)
    raise failure


def _give_back(connection: Any) -> None:
    """Roll back what is open and return the connection to its pool; a broken one is thrown away."""
    try:
        connection.rollback()
    except psycopg2.Error:
        connection.invalidate()
    connection.close()
