"""How far the check of a release is, for its page.

Asking leaves no entry in the ledgers: there is nothing to read yet.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from ckan.types import Context

from ckanext.ierwohnen.releases import jobs
from ckanext.ierwohnen.releases.actions import release_job
from ckanext.ierwohnen.releases.states import State

LOST = dt.timedelta(minutes=15)
"""After that long in the queue, the check may be asked for again: the job can be lost with the queue."""


def followed(context: Context, release: dict[str, Any]) -> dict[str, Any] | None:
    """The check that is under way or failed, as `ierwohnen_job_show` tells of it; None if there is none.

    :param release: as `presenting.listed` gives it
    :return: with `stuck`: whether it may be asked for again
    """
    if not release["owned"] or release["state"] != State.PREPARED or release["open"]:
        return None
    job = release_job(context, jobs.JOB + release["id"])
    if job["state"] == "done":
        return None
    since = dt.datetime.now(dt.UTC) - dt.datetime.fromisoformat(release["since"]).astimezone(dt.UTC)
    return {**job, "stuck": job["state"] == "failed" or since > LOST}
