"""A lock for as long as somebody works on something: PostgreSQL holds it, and frees it when the worker dies.

So work that is marked as running but not held has been interrupted, however its worker died; RQ runs it again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import ckan.plugins.toolkit as tk
import psycopg2
import sqlalchemy as sa
from ckan import model
from ckan.lib import search
from ckan.lib.search import SearchError, SearchIndexError
from rq import Retry

from ckanext.ierwohnen.look.lock_numbers import lock_number

RETRIES = 3  # how often RQ takes up a job again whose worker was killed
LONGEST = 6 * 3600  # seconds after which a job is given up; CKAN's default of three minutes is for small ones
PAUSE = 0.5  # seconds between two looks whether locks are free
PATIENCE = 900  # seconds that a job waits for PostgreSQL and Solr to come back, before the queue runs it again
AWAY = (  # PostgreSQL or Solr is away, or was
    sa.exc.OperationalError,
    sa.exc.InterfaceError,
    sa.exc.PendingRollbackError,
    psycopg2.OperationalError,
    psycopg2.InterfaceError,
    SearchError,
    SearchIndexError,
)


def engine() -> sa.Engine:
    """CKAN's database, for notes in transactions of their own."""
    found = model.meta.engine
    assert found is not None
    return found


def lock_key(name: str) -> int:
    """The number by which PostgreSQL knows the lock of this name.

    It is made with CKAN's secret: other roles of the server see numbers and cannot tell which organization is meant.
    """
    return lock_number(tk.config["SECRET_KEY"], name)


def is_held(name: str) -> bool:
    """Whether a living worker holds the lock. Several may ask at a time: they do not pass for holders."""
    with engine().connect() as connection:
        free = connection.scalar(sa.select(sa.func.pg_try_advisory_xact_lock_shared(lock_key(name))))
    return not free


@contextmanager
def hold(name: str) -> Iterator[None]:
    """Hold the lock; waits while another worker holds it. Dying frees it."""
    connection = engine().connect().execution_options(isolation_level="AUTOCOMMIT")
    try:
        connection.execute(sa.select(sa.func.pg_advisory_lock(lock_key(name))))
        yield
    finally:
        # The lock belongs to the session: the connection must not go back to the pool with it.
        connection.invalidate()
        connection.close()


@contextmanager
def hold_all(names: Iterable[str]) -> Iterator[bool]:
    """Hold several locks at once; gives whether that had to be waited for. Until all are free none is held, so that
    nobody waits for who waits."""
    connection = engine().connect().execution_options(isolation_level="AUTOCOMMIT")
    wanted, waited = sorted(set(names)), False
    try:
        while not all(connection.scalar(sa.select(sa.func.pg_try_advisory_lock(lock_key(name)))) for name in wanted):
            connection.execute(sa.select(sa.func.pg_advisory_unlock_all()))
            waited = True
            time.sleep(PAUSE)
        yield waited
    finally:
        connection.invalidate()
        connection.close()


@contextmanager
def patient(*engines: Callable[[], sa.Engine]) -> Iterator[None]:
    """Wait for servers that were away, then raise what they have caused, so that the queue runs the job again.

    Without waiting, the queue would spend all its tries in the first second of a restart.

    :param engines: databases that the job needs besides CKAN's
    """
    try:
        yield
    except AWAY:
        wait_for(lambda: are_back(*engines))
        raise


def wait_for(back: Callable[[], bool]) -> None:
    """Wait as long as a job's patience lasts."""
    until, pause = time.monotonic() + PATIENCE, 0.5
    while not back() and time.monotonic() < until:
        time.sleep(pause)
        pause = min(pause * 1.5, 10)


def are_back(*engines: Callable[[], sa.Engine]) -> bool:
    """Whether CKAN's database, Solr and the other databases answer."""
    try:
        for one in (engine, *engines):
            with one().connect() as connection:
                connection.execute(sa.select(1))
    except AWAY:
        return False
    return search.is_available()


def is_queued(job_id: str, begun: bool = False) -> bool:
    """Whether RQ still knows of a job that nobody holds, and will run it.

    :param begun: the job has had its lock already. If RQ calls it started, its worker has died; RQ itself finds that
        only minutes later, too long for a person who waits.
    """
    try:
        status = tk.job_from_id(job_id).get_status()
    except KeyError:
        return False
    return status in {"queued", "scheduled", "deferred"} or (status == "started" and not begun)


def rq_options() -> dict[str, Any]:
    """How RQ treats our jobs: run again when their worker was killed, and given time enough."""
    return {"retry": Retry(max=RETRIES), "timeout": LONGEST}
