"""Long work with progress: kept in CKAN's database, run by CKAN's job worker, safe to run twice.

A running job holds a PostgreSQL advisory lock for its resource. The lock goes when its worker dies, however it
dies, so "running but not locked" means interrupted; RQ then runs the job again (see `places/holding.py`).
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model

from ckanext.datastore.backend.postgres import get_write_engine
from ckanext.ierwohnen.places import holding

from .model import Job, now
from .wording import Finding, Message

OPEN = ("waiting", "running")
CHECK = "check"  # a job that changes nothing, and so is in nobody's way
PAUSE = 0.4  # seconds between two notes of progress: each is a transaction of its own


class JobRefused(Exception):
    """Expected end of a job without result: the message tells place and remedy."""

    def __init__(self, *messages: Message | Finding):
        super().__init__(*messages)
        self.messages = messages


@dataclass
class Progress:
    """Notes how far a job is, in transactions of its own, so that others see it while the work goes on."""

    job_id: str
    noted: float = 0.0

    def step(self, name: str, total: int | None = None) -> None:
        """Begin the step `name` of `total` pieces (rows or bytes; None if not known)."""
        self._write(step=name, done=0, total=total)

    def done(self, pieces: int) -> None:
        """Note `pieces` of the step as done; notes that follow too soon are dropped."""
        if time.monotonic() - self.noted >= PAUSE:
            self._write(done=pieces)

    def _write(self, **values: Any) -> None:
        self.noted = time.monotonic()
        statement = sa.update(Job).where(Job.id == self.job_id).values(changed=now(), **values)
        with holding.engine().begin() as connection:
            connection.execute(statement)


def enqueue(
    function: Callable[[str], None],
    *,
    kind: str,
    package_id: str,
    resource_id: str,
    user_id: str,
    parameters: dict[str, Any],
) -> Job:
    """Store a job and hand it to the worker. Commits, because the worker must find it.

    Raises ValidationError while another job changes the same resource.
    """
    # Two people at once: the second waits here, and is then refused.
    lock = holding.lock_key(_name(resource_id, "enqueue"))
    model.Session.execute(sa.select(sa.func.pg_advisory_xact_lock(lock)))
    if kind != CHECK:
        refuse_if_busy(resource_id)
    job = Job(kind=kind, package_id=package_id, resource_id=resource_id, user_id=user_id, parameters=parameters)
    model.Session.add(job)
    model.Session.commit()
    told = {"job_id": job.id, **holding.rq_options()}
    tk.enqueue_job(function, [job.id], title=f"{kind} {resource_id}", rq_kwargs=told)
    return job


def refuse_if_busy(resource_id: str) -> None:
    """Raise ValidationError while a job of the resource waits or runs; give up one that nobody will take up."""
    query = sa.select(Job).where(Job.resource_id == resource_id, Job.state.in_(OPEN), Job.kind != CHECK)
    for job in model.Session.scalars(query, execution_options={"populate_existing": True}).all():
        if not is_lost(job):
            raise tk.ValidationError(
                {"resource_id": [tk._("Another publication of this table is running. Wait until it is done.")]}
            )
        _finish(job.id, "failed", OPEN, message=Message("The work was lost with its queue.").as_dict())


def is_lost(job: Job) -> bool:
    """Whether a job that is not done will never be: nobody works on it, and it is in no queue."""
    begun = job.state == "running"
    return job.state in OPEN and not is_held(job.resource_id) and not holding.is_queued(job.id, begun)


def state(job: Job) -> str:
    """`waiting`, `running`, `interrupted` (its worker is gone; it will be run again), `done` or `failed`."""
    if job.state == "running" and not is_held(job.resource_id):
        current = Job.get(job.id)  # it may have ended between the two looks
        return "interrupted" if current and current.state == "running" else current.state if current else "failed"
    return job.state


def _name(resource_id: str, purpose: str = "job") -> str:
    return f"ierwohnen_{purpose}:{resource_id}"


def is_held(resource_id: str) -> bool:
    """Whether a living worker works on the resource."""
    return holding.is_held(_name(resource_id))


def hold(resource_id: str) -> AbstractContextManager[None]:
    """Hold the resource's lock; waits while another worker holds it. Dying frees it."""
    return holding.hold(_name(resource_id))


def run(job_id: str, work: Callable[[Job, Progress], dict[str, Any]]) -> None:
    """Run `work` as job `job_id`, and record how it ended.

    A job that is done already is left alone, so running twice is safe. `JobRefused` and CKAN's errors become
    the job's message. A lost database is waited for and raised, so that RQ runs the job again; anything else is a
    defect: it is recorded with a calm message, and raised for the log.
    """
    with holding.patient(get_write_engine):
        _run(job_id, work)


def _run(job_id: str, work: Callable[[Job, Progress], dict[str, Any]]) -> None:
    job = Job.get(job_id)
    if job is None:
        return
    with hold(job.resource_id):
        job = Job.get(job_id)
        if job is None or job.state not in OPEN:
            return
        _finish(job_id, "running")
        try:
            with lean():
                result = work(job, Progress(job_id))
        except JobRefused as refused:
            _rollback()
            _finish(job_id, "failed", message=[message.as_dict() for message in refused.messages])
        except (tk.ValidationError, tk.NotAuthorized, tk.ObjectNotFound) as error:
            _rollback()
            _finish(job_id, "failed", message=[{"text": text} for text in _texts(error)])
        except holding.AWAY:
            _rollback()  # the state stays open, and RQ runs the job again
            raise
        except Exception:
            _rollback()
            text = Message("Something unexpected stopped the work. The last published state is unchanged.")
            _finish(job_id, "failed", message=[text.as_dict()])
            raise
        else:
            _finish(job_id, "done", step="done", result=result)


@contextmanager
def lean() -> Iterator[None]:
    """Leave what was loaded before the work (CKAN, 400,000 objects) out of the search for objects that nobody needs:
    each such search takes 0.2 seconds, and finds nothing among them.
    """
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def _rollback() -> None:
    model.Session.rollback()


def _texts(error: Exception) -> list[str]:
    if isinstance(error, tk.ValidationError):
        return [f"{field}: {text}" for field, text in error.error_summary.items()]
    return [str(error)]


def _finish(job_id: str, ended: str, only: tuple[str, ...] = (), **values: Any) -> None:
    """Note how a job ended; with `only`, unless it is in none of these states any more."""
    statement = sa.update(Job).where(Job.id == job_id).values(state=ended, changed=now(), **values)
    if only:
        statement = statement.where(Job.state.in_(only))
    with holding.engine().begin() as connection:
        connection.execute(statement)
