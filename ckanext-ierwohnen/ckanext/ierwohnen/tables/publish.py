"""The job that publishes a table: stage and check in one pass, then swap.

Killed at any moment, readers have the old version or the new one.

The staged table names its job in its comment and keeps it when it is swapped in. A job that runs again sees
by it that its table is in place already, and only finishes what follows; so an appended year is never added twice.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.types import Context

from ckanext.datastore.backend.postgres import identifier, literal_string

from . import appending, columns, deliveries, jobs, store
from .check import CheckReport, CheckRun
from .checking import Understood, crosswalk_choice, known, settled, understand
from .jobs import JobRefused, Progress
from .load import COPY_OPTIONS, copy_chunks
from .model import Delivery, Job
from .problems import Severity
from .unreadable import TableUnreadable
from .wording import Finding, Message

SEARCH_AT_ONCE = 50_000  # rows up to which the full text is made before readers see the table
SWAP_TRIES = 10


def run(job_id: str) -> None:
    """Entry point for the job worker."""
    jobs.run(job_id, _publish)


def run_search(resource_id: str) -> None:
    """Entry point for the job worker: prepare the search in a large table that is published already."""
    with jobs.hold(resource_id):
        store.index_search(resource_id)


def _publish(job: Job, progress: Progress) -> dict[str, Any]:
    context = _context(job)
    tk.check_access("ierwohnen_table_publish", tk.fresh_context(context), {"resource_id": job.resource_id})
    resource = tk.get_action("resource_show")(tk.fresh_context(context), {"id": job.resource_id})
    delivery = model.Session.get(Delivery, job.parameters["delivery"]) if job.parameters.get("delivery") else None
    with store.writing() as cursor:
        rows = _swapped_by(cursor, job)
    wish = crosswalk_choice(job.parameters["choices"])
    crosswalk = wish.as_dict() if wish else None
    with deliveries.source(resource, delivery) as source:
        if rows is None:
            progress.step("reading")
            found = _understood(job, context, source)
            crosswalk = found.converted.summary() if found.converted else None
            rows = _replace(job, progress, found)
        progress.step("switching")
        _note(context, job, source if delivery is not None and delivery.filename else None)
    if delivery is not None:
        deliveries.close(delivery)
    if rows > SEARCH_AT_ONCE:
        tk.enqueue_job(run_search, [job.resource_id], title=f"search {job.resource_id}", rq_kwargs=jobs.rq_options())
    message = Message("{rows} rows are published.", {"rows": rows})
    repairs = settled(job.parameters["choices"])[2]
    done = {"rows": rows, "mode": job.parameters["mode"], "message": message.as_dict()}
    more = {"repairs": repairs, "crosswalk": crosswalk}
    return {**done, **{name: value for name, value in more.items() if value}}


def _context(job: Job) -> Context:
    user = model.User.get(job.user_id)
    if user is None:
        raise tk.NotAuthorized("The person who started this is no longer known.")
    return {"user": user.name, "auth_user_obj": user}


def _understood(job: Job, context: Context, source: deliveries.Source) -> Understood:
    try:
        resource = tk.get_action("resource_show")(tk.fresh_context(context), {"id": job.resource_id})
        return understand(context, source, job.parameters["choices"], known(context, resource))
    except TableUnreadable as error:
        raise JobRefused(Finding.of(error)) from error


def _refuse(report: CheckReport) -> None:
    errors = [problem for problem in report.problems if problem.severity == Severity.ERROR]
    if errors:
        raise JobRefused(*(Finding.of(problem) for problem in errors[:20]))


def _replace(job: Job, progress: Progress, found: Understood) -> int:
    """Fill a table beside the published one and swap; returns the number of its rows."""
    staged = store.staged_name(job.id)
    try:
        rows = stage(job, progress, found, staged)
        progress.step("switching")
        swap(job, staged, rows)
    except BaseException as error:
        with store.writing() as cursor:
            store.drop_staged(cursor, staged)
        if isinstance(error, TableUnreadable):  # a large file is read to its end only here
            raise JobRefused(Finding.of(error)) from error
        raise
    return rows


def stage(job: Job, progress: Progress, found: Understood, staged: str) -> int:
    """Fill the table `staged` beside the published one, ready to be read; returns the number of its rows."""
    plan = columns.plan(found)
    with store.writing() as cursor:
        store.drop_staged(cursor, staged)
        appended = job.parameters["mode"] == "append" and store.exists(cursor, job.resource_id)
        old = appending.published(cursor, job.resource_id) if appended else []
        body = appending.joined(old, columns.stored(plan)) if old else columns.stored(plan)
        store.create(cursor, staged, body)
        rows = store.copy_from_table(cursor, job.resource_id, staged, [column.name for column in old]) if old else 0
        progress.step("loading")
        check = found.check()
        chunks = _counted(copy_chunks(found.table, plan, check), check, progress)
        # FREEZE is allowed because the table was created in this transaction: nobody has to mark its rows again later.
        options = f"{COPY_OPTIONS}, FREEZE"
        rows += store.copy(cursor, staged, [field.name for field in plan.fields], chunks, options)
        report = check.report()
        _refuse(report)
        if not report.rows:
            raise JobRefused(Message("The file holds no rows of data. Check it and upload it again."))
        new = columns.stored(plan, report)
        store.describe(cursor, staged, appending.joined(old, new) if old else new)
        if old:
            appending.refuse_duplicates(cursor, staged, new)
        search = rows <= SEARCH_AT_ONCE
        progress.step("searching" if search else "indexing")
        store.finish(cursor, staged, search)
    return rows


def _counted(chunks: Iterator[bytes], check: CheckRun, progress: Progress) -> Iterator[bytes]:
    """Pass the chunks on, and note how many rows went by."""
    for chunk in chunks:
        yield chunk
        progress.done(check.rows)


def swap(job: Job, staged: str, rows: int) -> None:
    """Put the staged table in place in one transaction; waits for running readers, and lets new ones pass between."""
    for attempt in range(SWAP_TRIES):
        try:
            with store.writing() as cursor:
                store.swap(cursor, staged, job.resource_id, rows)
                mark = literal_string(f"ierwohnen {job.id} {rows}")
                cursor.execute(f"COMMENT ON TABLE {identifier(job.resource_id)} IS {mark}")
            return
        except Exception as error:
            if not store.is_lock_wait(error) or attempt == SWAP_TRIES - 1:
                raise
            time.sleep(1 + attempt)


def _swapped_by(cursor: Any, job: Job) -> int | None:
    """Number of rows if this job's table is in place already (the job was killed after the swap), else None."""
    cursor.execute("SELECT obj_description(to_regclass(%s), 'pg_class')", [identifier(job.resource_id)])
    mark = (cursor.fetchone()[0] or "").split()
    return int(mark[2]) if mark[:2] == ["ierwohnen", job.id] else None


def _note(context: Context, job: Job, source: deliveries.Source | None) -> None:
    """Tell CKAN: the resource has a table, and a published delivery that replaces becomes its file."""
    patch: dict[str, Any] = {"id": job.resource_id, "datastore_active": True}
    if source is not None and job.parameters["mode"] == "replace":
        patch["upload"] = deliveries.as_upload(source)
        patch["url"] = source.filename
        patch["url_type"] = "upload"
        patch["format"] = source.path.suffix.lstrip(".") or source.filename.rsplit(".", 1)[-1].upper()
    tk.get_action("resource_patch")(tk.fresh_context(context), patch)
