"""A lock for as long as somebody works on something: PostgreSQL holds it, and frees it when the worker dies.

So work that is marked as running but not held has been interrupted, however its worker died; RQ runs it again.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model
from rq import Retry

RETRIES = 3  # how often RQ takes up a job again whose worker was killed
LONGEST = 6 * 3600  # seconds after which a job is given up; CKAN's default of three minutes is for small ones


def engine() -> sa.Engine:
    """CKAN's database, for notes in transactions of their own."""
    found = model.meta.engine
    assert found is not None
    return found


def lock_key(name: str) -> sa.ColumnElement[int]:
    """The number by which PostgreSQL knows the lock of this name."""
    return sa.func.hashtextextended(name, 0)


def is_held(name: str) -> bool:
    """Whether a living worker holds the lock."""
    with engine().connect() as connection:
        free = connection.scalar(sa.select(sa.func.pg_try_advisory_xact_lock(lock_key(name))))
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


def is_queued(job_id: str) -> bool:
    """Whether RQ still knows of the job and will run it, or runs it now."""
    try:
        status = tk.job_from_id(job_id).get_status()
    except KeyError:
        return False
    return status in {"queued", "started", "scheduled", "deferred"}


def rq_options() -> dict[str, Any]:
    """How RQ treats our jobs: run again when their worker was killed, and given time enough."""
    return {"retry": Retry(max=RETRIES), "timeout": LONGEST}
