"""Checks of large files: made by the job worker with progress, kept with the job, found again by what they check."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model
from ckan.types import Context

from . import deliveries, jobs, versions
from .check_result import as_dict
from .checking import known
from .extract import Extract
from .jobs import CHECK, JobRefused, Progress
from .model import Delivery, Job, now
from .office_table import OfficeTable
from .unreadable import TableUnreadable
from .version_changes import check_with_changes
from .wording import Finding, reader_language, speaking, translated

AT_ONCE = {"csv": 2 << 20, "workbook": 1 << 20}  # bytes up to which a person waits for the check: under 3 s
WORKBOOKS = frozenset({".xlsx", ".xlsm", ".xls", ".ods"})
KEPT = dt.timedelta(minutes=10)  # how long a check is good: places, rights and the published version may change


def is_long(source: deliveries.Source) -> bool:
    """Whether the check of a file takes longer than a person should wait without seeing how far it is."""
    book = Path(source.filename).suffix.lower() in WORKBOOKS
    return source.size > AT_ONCE["workbook" if book else "csv"]


def checked(
    context: Context,
    resource: dict[str, Any],
    delivery: Delivery | None,
    source: deliveries.Source,
    choices: dict[str, Any],
    extract: Extract,
    user_id: str,
) -> dict[str, Any]:
    """The check, if it was made a moment ago; else the job that makes it: `{"job": id}`.

    Raises ValidationError if the job found that the file cannot be checked.
    """
    given = {"choices": choices, "extract": vars(extract), "language": reader_language()}
    version = delivery.id if delivery is not None and delivery.filename else str(resource.get("last_modified"))
    latest = versions.current(resource["id"])  # the check says what would change in it
    key = _key([version, source.size, latest.number if latest else 0, user_id, given])
    job = _latest(resource["id"], key)
    if job is None or jobs.is_lost(job):
        _give_up(resource["id"], user_id, choices)
        job = jobs.enqueue(
            run,
            kind=CHECK,
            package_id=resource["package_id"],
            resource_id=resource["id"],
            user_id=user_id,
            parameters={"key": key, "delivery": delivery.id if delivery else None, **given},
        )
    if job.state == "failed":
        texts = [translated(message) for message in job.message or []]
        _forget(job)
        raise tk.ValidationError({"upload": texts})
    return dict(job.result["check"]) if job.state == "done" and job.result else {"job": job.id}


def run(job_id: str) -> None:
    """Entry point for the job worker."""
    jobs.run(job_id, _check)


def _check(job: Job, progress: Progress) -> dict[str, Any]:
    user = model.User.get(job.user_id)
    if user is None:
        raise tk.NotAuthorized("The person who started this is no longer known.")
    context: Context = {"user": user.name, "auth_user_obj": user}
    tk.check_access("ierwohnen_table_check", tk.fresh_context(context), {"resource_id": job.resource_id})
    resource = tk.get_action("resource_show")(tk.fresh_context(context), {"id": job.resource_id})
    delivery = model.Session.get(Delivery, job.parameters["delivery"]) if job.parameters.get("delivery") else None
    with speaking(job.parameters["language"]), deliveries.source(resource, delivery) as source:
        progress.step("reading")
        choices, before = job.parameters["choices"], known(context, resource)
        latest = versions.current(job.resource_id)
        try:
            found, report, changed = check_with_changes(
                context, source, choices, before, latest, _telling(progress, source.path)
            )
        except TableUnreadable as error:
            raise JobRefused(Finding.of(error)) from error
        extract = Extract(**job.parameters["extract"])
        return {"check": {**as_dict(found, report, source, delivery, extract), **changed}}


def _telling(progress: Progress, path: Path) -> Callable[[OfficeTable, int], None]:
    """A function that notes how many rows are checked, of how many."""
    begun = False

    def tell(table: OfficeTable, rows: int) -> None:
        nonlocal begun
        if not begun:
            progress.step("checking", table.row_count or lines(path))
            begun = True
        progress.done(rows)

    return tell


def lines(path: Path) -> int:
    """About how many rows a text file has; quick, and exact where no cell holds a line break."""
    count = 0
    with path.open("rb") as file:
        while block := file.read(1 << 22):
            count += block.count(b"\n")
    return max(count, 1)


def _key(parts: list[Any]) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()


def _latest(resource_id: str, key: str) -> Job | None:
    query = (
        sa.select(Job)
        .where(Job.resource_id == resource_id, Job.kind == CHECK, Job.parameters["key"].astext == key)
        .where(Job.created > now() - KEPT)
        .order_by(Job.created.desc())
        .limit(1)
    )
    return model.Session.scalars(query, execution_options={"populate_existing": True}).first()


def _give_up(resource_id: str, user_id: str, choices: dict[str, Any]) -> None:
    """Take back a person's checks of other choices, and old ones of anybody: nobody waits for them any longer.

    What another person waits for stays, and so does another view of the same choices: two that wait at the same time
    must not take back each other's work in turn.
    """
    for job in model.Session.scalars(sa.select(Job).where(Job.resource_id == resource_id, Job.kind == CHECK)):
        overtaken = job.user_id == user_id and job.parameters["choices"] != choices
        if overtaken or job.created < now() - KEPT or jobs.is_lost(job):
            with suppress(KeyError):
                tk.job_from_id(job.id).cancel()
            model.Session.delete(job)
    model.Session.commit()


def _forget(job: Job) -> None:
    model.Session.delete(job)
    model.Session.commit()
