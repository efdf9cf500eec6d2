"""The job that publishes a table: stage and check in one pass, then swap.

Killed at any moment, readers have the old version or the new one (`switching.py`). A job that runs again sees that
its version is in place already, and only finishes what follows; so an appended year is never added twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk
from ckan import model
from ckan.types import Context

from ckanext.ierwohnen.places import holding

from . import appending, clean, columns, deliveries, jobs, store, switching, versions, wide_append
from .check import CheckReport, CheckRun
from .checking import Understood, known, settled, understand
from .interfaces import ITablePublished
from .jobs import JobRefused, Progress
from .load import COPY_OPTIONS, copy_chunks
from .model import Delivery, Job, Version
from .problems import Severity
from .store import StoreColumn
from .switching import Staged
from .unreadable import TableUnreadable
from .wording import Finding, Message

SEARCH_AT_ONCE = 50_000  # rows up to which the full text is made before readers see the table


def run(job_id: str) -> None:
    """Entry point for the job worker."""
    jobs.run(job_id, _publish)


def run_search(resource_id: str) -> None:
    """Entry point for the job worker: prepare the search in a large table that is published already."""
    with holding.patient(store.get_write_engine), jobs.hold(resource_id):
        store.index_search(resource_id)


def _publish(job: Job, progress: Progress) -> dict[str, Any]:
    context = context_of(job)
    tk.check_access("ierwohnen_table_publish", tk.fresh_context(context), {"resource_id": job.resource_id})
    switching.take_up(job.resource_id)
    delivery = model.Session.get(Delivery, job.parameters["delivery"]) if job.parameters.get("delivery") else None
    version = versions.of_job(job.id)  # there is one if the job was killed after its swap
    if version is None:
        resource = tk.get_action("resource_show")(tk.fresh_context(context), {"id": job.resource_id})
        with deliveries.source(resource, delivery) as source:
            progress.step("reading")
            delivered = delivery is not None and bool(delivery.filename)
            version = _replace(job, progress, _understood(job, context, source), source, delivered)
        switching.follow(version)
    if delivery is not None:
        deliveries.close(delivery)
    for plugin in p.PluginImplementations(ITablePublished):
        plugin.after_table_published(tk.fresh_context(context), job.resource_id)
    return published(job, version)


def published(job: Job, version: Version) -> dict[str, Any]:
    """What a job tells when its version is in place; the search in a large table is prepared from now on."""
    if version.rows > SEARCH_AT_ONCE:
        tk.enqueue_job(run_search, [job.resource_id], title=f"search {job.resource_id}", rq_kwargs=holding.rq_options())
    message = Message("{rows} rows are published.", {"rows": version.rows})
    done = {"rows": version.rows, "mode": version.mode, "version": version.number, "message": message.as_dict()}
    more = {"repairs": version.repairs, "crosswalk": version.crosswalk}
    return {**done, **{name: value for name, value in more.items() if value}}


def context_of(job: Job) -> Context:
    """The context of the person who started a job: it may no more than they may."""
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


def _replace(job: Job, progress: Progress, found: Understood, source: deliveries.Source, delivered: bool) -> Version:
    """Fill a table beside the published one and switch to it."""
    table = store.staged_name(job.id)
    mode = job.parameters["mode"]
    try:
        rows, body, kept = stage(job, progress, found, table)
        progress.step("switching")
        repairs = settled(job.parameters["choices"])[2]
        crosswalk = found.converted.summary() if found.converted else None
        becomes_file = delivered and mode == "replace"
        staged = Staged(table, rows, body, source, mode, becomes_file, repairs, crosswalk, kept=kept)
        return switching.switch(context_of(job), job, staged)
    except BaseException as error:
        with store.writing() as cursor:
            store.drop_staged(cursor, table)
        if isinstance(error, TableUnreadable):  # a large file is read to its end only here
            raise JobRefused(Finding.of(error)) from error
        raise


def stage(
    job: Job, progress: Progress, found: Understood, staged: str
) -> tuple[int, list[StoreColumn], tuple[str, ...]]:
    """Fill the table `staged` beside the published one, ready to be read.

    :returns: its number of rows, its columns, and which of them stay although the delivery does not hold them
    """
    while (filled := _filled(job, progress, found, staged)) is None:
        continue  # only the rows told how the file is to be read
    return filled


def _filled(
    job: Job, progress: Progress, found: Understood, staged: str
) -> tuple[int, list[StoreColumn], tuple[str, ...]] | None:
    plan = columns.plan(found)
    with store.writing() as cursor:
        store.drop_staged(cursor, staged)
        appended = job.parameters["mode"] == "append" and store.exists(cursor, job.resource_id)
        old = appending.published(cursor, job.resource_id) if appended else []
        if old:
            appending.refuse_other_figures(found.roles)
        wide = wide_append.is_wide(old)
        names = wide_append.as_published(old, columns.stored(plan)) if wide else {}
        body = _joined(old, columns.stored(plan), names)
        store.create(cursor, staged, body)
        held = store.copy_from_table(cursor, job.resource_id, staged, [column.name for column in old]) if old else 0
        progress.step("loading")
        check = found.check()
        chunks = _counted(copy_chunks(found.table, plan, check), check, progress)
        fields = [names.get(field.name, field.name) for field in plan.fields]
        rows = held + store.copy(cursor, staged, fields, chunks, COPY_OPTIONS)
        if not check.settled():
            return None
        report = check.report()
        _refuse(report)
        clean.refuse_in_job(job, found, report)
        if not report.rows:
            raise JobRefused(Message("The file holds no rows of data. Check it and upload it again."))
        new = wide_append.renamed(columns.stored(plan, report), names)
        body = _joined(old, new, {})
        store.describe(cursor, staged, body)
        if wide:
            rows = wide_append.merge(cursor, staged, old, new, held)
        elif old:
            appending.refuse_duplicates(cursor, staged, new, held)
        search = rows <= SEARCH_AT_ONCE
        progress.step("searching" if search else "indexing")
        store.finish(cursor, staged, search)
    return rows, body, wide_append.kept(old, new) if wide else ()


def _joined(old: list[StoreColumn], new: list[StoreColumn], names: dict[str, str]) -> list[StoreColumn]:
    """The columns for the rows of both; those of the delivery alone where there was no table, or it is replaced."""
    delivered = wide_append.renamed(new, names)
    return appending.joined(old, delivered) if old else delivered


def _counted(chunks: Iterator[bytes], check: CheckRun, progress: Progress) -> Iterator[bytes]:
    """Pass the chunks on, and note how many rows went by."""
    for chunk in chunks:
        yield chunk
        progress.done(check.rows)
