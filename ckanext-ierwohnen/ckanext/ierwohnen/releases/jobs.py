"""The workers' part of a release. A job knows the release's id, and nothing else of it; no result holds a figure.

Checks have a queue and a worker of their own, so that loads and other jobs do not wait for one that takes long.
"""

from __future__ import annotations

import datetime as dt
import logging
import os
import socket
import time
import uuid
from collections.abc import Iterable
from contextlib import AbstractContextManager

import ckan.plugins.toolkit as tk
from ckan.lib.jobs import get_queue
from redis.exceptions import RedisError
from rq import Worker
from rq.command import send_stop_job_command
from rq.exceptions import InvalidJobOperation, NoSuchJobError
from rq.job import JobStatus

from ckanext.ierwohnen.places import holding
from ckanext.ierwohnen.releases import outside, settings
from ckanext.ierwohnen.releases import store as releases
from ckanext.ierwohnen.releases.phases import Stopped
from ckanext.ierwohnen.releases.states import State
from ckanext.ierwohnen.releases.store import Actor, Release
from ckanext.ierwohnen.vault import quiet_jobs
from ckanext.ierwohnen.vault import settings as vault
from ckanext.ierwohnen.vault.errors import VaultError
from ckanext.ierwohnen.vault.quiet_jobs import queue_id
from ckanext.ierwohnen.vault.stock_jobs import AWAY, calm, patient

log = logging.getLogger(__name__)
JOB = "release-"
CHECKS = quiet_jobs.CHECKS
RUNNING, WAITING, NOBODY = "running", "waiting", ""
LONGEST = 24 * 3600  # seconds after which the queue ends a check, what it waits for and starts anew included
LATER = 3.0  # seconds in which the step is taken for which somebody has ordered what follows it
STARTING = dt.timedelta(seconds=20)  # in which a worker that has taken a check begins with it
_OPEN = (JobStatus.QUEUED, JobStatus.SCHEDULED, JobStatus.DEFERRED)


def enqueue_check(release: str) -> str:
    """Ask the worker for a check, unless it is under way; returns the job's id. Checking what is checked already does
    nothing."""
    if not stands(release):
        quiet_jobs.enqueue(check, [release], JOB + release, queue=CHECKS, timeout=LONGEST)
    return JOB + release


def stands(release: str) -> str:
    """Whether a living worker is at a check (`RUNNING`), one will take it (`WAITING`), or `NOBODY`: its worker has
    died, or the queue knows nothing of it."""
    if holding.is_held(_name(release)):
        return RUNNING
    try:
        job = tk.job_from_id(queue_id(JOB + release))
        status = job.get_status()
        job.refresh()  # status is as of now, all else as it was: it may have been taken in between
        began = job.started_at
    except RedisError:  # the queue is away: nobody can say, and that is no sign of a check that broke off
        return WAITING
    except (KeyError, NoSuchJobError, InvalidJobOperation):
        return NOBODY
    if status == JobStatus.STARTED and began:
        return WAITING if dt.datetime.now(dt.UTC) - began.replace(tzinfo=dt.UTC) < STARTING else NOBODY
    return WAITING if status in _OPEN else NOBODY


def now(actor: Actor, release: Release) -> tuple[Release, str]:
    """A release and where its check stands; looked at again if nobody is at it, since the check may have ended between
    two looks."""
    if release.state != State.PREPARED or not release.case.joined:
        return release, NOBODY
    found = stands(release.id)
    return (release, found) if found else (releases.find(vault.store(), actor, release.id), NOBODY)


def broke_off(actor: Actor, release: Release) -> bool:
    """Whether a check came to no end, so that somebody has to ask for it again."""
    found, at_it = now(actor, release)
    return found.state == State.PREPARED and found.case.joined and not at_it


def stop(release: str) -> None:
    """End the check of a release that has come to its end: one that runs is stopped now, any other is forgotten.

    A check looks by itself each second whether it is still wanted; this reaches it in a long step as well.
    """
    try:
        job = tk.job_from_id(queue_id(JOB + release))
        if job.get_status() == JobStatus.STARTED and stands(release):
            send_stop_job_command(job.connection, job.id)
        else:
            job.delete()
    except (KeyError, NoSuchJobError, InvalidJobOperation, RedisError) as error:
        log.info("no check to stop: %s", type(error).__name__)


def workers() -> int:
    """How many workers take checks. Redis remembers one that was killed for some minutes, so those of this machine are
    looked for. None can be told of while the queue is away."""
    try:
        return sum(_lives(one) for one in Worker.all(queue=get_queue(CHECKS)))
    except RedisError:
        return 0


def _lives(worker: Worker) -> bool:
    try:
        if worker.pid and worker.hostname == socket.gethostname():
            os.kill(worker.pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # it is another account's
        return True
    return True


def enqueue_settle() -> None:
    """Ask the worker to bring what stands outside of the vault in line with it, a moment from now.

    To be called before the step: so it happens even if this process ends right after the step.
    """
    quiet_jobs.enqueue(settle, [], f"settle-{uuid.uuid4()}")


def check(release: str) -> None:
    """Check a release. Servers that are away are waited for, here and below."""
    with patient():
        _check(release)


def _check(release: str) -> None:
    engine = None
    try:
        with calm(Stopped), holding.hold(_name(release)):
            engine = settings.engine()
            engine.alone = _alone
            engine.check(release)
    except Stopped:
        log.info("a check was stopped: its release had ended")
    except VaultError as error:
        log.error("release: %s", error.code)
        if error.code in AWAY:
            raise
        if engine:
            engine.failed(release, error.code)


def _alone(shared: Iterable[str]) -> AbstractContextManager[bool]:
    """Checks that could meet are made one after another, however many workers there are."""
    return holding.hold_all(f"ierwohnen_releases_of:{one}" for one in shared)


def _name(release: str) -> str:
    return f"ierwohnen_release:{release}"


def settle() -> None:
    """Bring what stands outside in line with the vault, when the step for which it was ordered is taken."""
    time.sleep(LATER)
    with patient(), calm():
        outside.settle(vault.store())
