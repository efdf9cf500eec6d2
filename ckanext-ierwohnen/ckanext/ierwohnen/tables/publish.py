"""The job that publishes a table: stage, check, swap. Killed at any moment, readers have the old version or the new.

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

from . import appending, deliveries, jobs, store
from .checking import Checked, check_source, earlier_meanings
from .columns import planned
from .jobs import JobRefused, Progress
from .load import COPY_OPTIONS, LoadRefused, copy_chunks
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
    with deliveries.source(resource, delivery) as source:
        if rows is None:
            progress.step("reading")
            rows = _replace(job, progress, _checked(job, context, source, progress))
        progress.step("switching")
        _note(context, job, source if delivery is not None and delivery.filename else None)
    if delivery is not None:
        deliveries.close(delivery)
    if rows > SEARCH_AT_ONCE:
        tk.enqueue_job(run_search, [job.resource_id], title=f"search {job.resource_id}", rq_kwargs=jobs.rq_options())
    message = Message("{rows} rows are published.", {"rows": rows})
    return {"rows": rows, "mode": job.parameters["mode"], "message": message.as_dict()}


def _context(job: Job) -> Context:
    user = model.User.get(job.user_id)
    if user is None:
        raise tk.NotAuthorized("The person who started this is no longer known.")
    return {"user": user.name, "auth_user_obj": user}


def _checked(job: Job, context: Context, source: deliveries.Source, progress: Progress) -> Checked:
    try:
        earlier = earlier_meanings(context, job.resource_id)
        checked = check_source(context, source, job.parameters["choices"], earlier, progress.done)
    except TableUnreadable as error:
        raise JobRefused(Finding.of(error)) from error
    _refuse(checked)
    return checked


def _refuse(checked: Checked) -> None:
    errors = [problem for problem in checked.report.problems if problem.severity == Severity.ERROR]
    if errors:
        raise JobRefused(*(Finding.of(problem) for problem in errors[:20]))


def _replace(job: Job, progress: Progress, checked: Checked) -> int:
    """Fill a table beside the published one and swap; returns the number of its rows."""
    staged = store.staged_name(job.id)
    try:
        rows = stage(job, progress, checked, staged)
        progress.step("switching")
        swap(job, staged, rows)
    except BaseException:
        with store.writing() as cursor:
            store.drop_staged(cursor, staged)
        raise
    return rows


def stage(job: Job, progress: Progress, checked: Checked, staged: str) -> int:
    """Fill the table `staged` beside the published one, ready to be read; returns the number of its rows."""
    plan, columns = planned(checked)
    with store.writing() as cursor:
        store.drop_staged(cursor, staged)
        kept = 0
        appended = job.parameters["mode"] == "append" and store.exists(cursor, job.resource_id)
        if appended:
            columns = appending.joined(cursor, job.resource_id, columns)
        store.create(cursor, staged, columns)
        if appended:
            kept = store.copy_from_table(cursor, job.resource_id, staged, [column.name for column in columns])
        progress.step("loading", checked.report.rows)
        try:
            names = [field.name for field in plan.fields]
            chunks = _counted(copy_chunks(checked.table, plan), progress)
            added = store.copy(cursor, staged, names, chunks, COPY_OPTIONS)
        except LoadRefused as error:
            raise JobRefused(Finding.of(error.problem)) from error
        if not added:
            raise JobRefused(Message("The file holds no rows of data. Check it and upload it again."))
        if appended:
            appending.refuse_duplicates(cursor, staged, columns)
        rows = kept + added
        progress.step("searching" if rows <= SEARCH_AT_ONCE else "indexing")
        store.finish(cursor, staged, search=rows <= SEARCH_AT_ONCE)
    return rows


def _counted(chunks: Iterator[bytes], progress: Progress) -> Iterator[bytes]:
    """Pass the chunks on, and note the rows (lines without one inside a cell, which is near enough to see progress)."""
    rows = 0
    for chunk in chunks:
        yield chunk
        rows += chunk.count(b"\n")
        progress.done(rows)


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
