"""The job that restores an earlier state: it becomes a new version; nothing is lost."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk

from . import jobs, publish, snapshots, store, switching, versions
from .deliveries import Source
from .jobs import JobRefused, Progress
from .load import COPY_OPTIONS
from .model import Job, Version
from .wording import Message


def run(job_id: str) -> None:
    """Entry point for the job worker."""
    jobs.run(job_id, _restore)


def _restore(job: Job, progress: Progress) -> dict[str, Any]:
    context = publish.context_of(job)
    tk.check_access("ierwohnen_version_restore", tk.fresh_context(context), {"resource_id": job.resource_id})
    switching.take_up(job.resource_id)
    version = versions.of_job(job.id)  # there is one if the job was killed after its swap
    if version is None:
        earlier = versions.numbered(job.resource_id, job.parameters["version"])
        if earlier is None or not earlier.kept:
            raise JobRefused(Message("This version is no longer kept."))
        progress.step("loading")
        version = _switch_back(job, progress, earlier)
        switching.follow(version)
    return publish.published(job, version)


def _switch_back(job: Job, progress: Progress, earlier: Version) -> Version:
    table = store.staged_name(job.id)
    columns = versions.columns_of(earlier)
    search = earlier.rows <= publish.SEARCH_AT_ONCE
    try:
        with store.writing() as cursor:
            store.drop_staged(cursor, table)
            store.create(cursor, table, columns)
            rows = store.copy(
                cursor, table, [column.name for column in columns], snapshots.as_copy(versions.rows_path(earlier)),
                COPY_OPTIONS,
            )  # fmt: skip
            store.describe(cursor, table, columns)
            store.finish(cursor, table, search)
        progress.step("switching")
        path = versions.file_path(earlier)
        source = Source(path, earlier.filename, path.stat().st_size)
        becomes_file = earlier.file_of is not None
        made_of = (earlier.repairs, earlier.crosswalk, earlier)
        staged = switching.Staged(table, rows, columns, source, "restore", becomes_file, *made_of)
        return switching.switch(publish.context_of(job), job, staged)
    except BaseException:
        with store.writing() as cursor:
            store.drop_staged(cursor, table)
        raise
