"""How far the check of a release is, for its page.

Asking leaves no entry in the ledgers: there is nothing to read yet.
"""

from __future__ import annotations

from typing import Any

from ckan.types import Context

from ckanext.ierwohnen.releases import jobs
from ckanext.ierwohnen.releases.actions import release_job
from ckanext.ierwohnen.releases.states import State


def followed(context: Context, release: dict[str, Any]) -> dict[str, Any] | None:
    """The check that is under way or failed, as `ierwohnen_job_show` tells of it; None if there is none.

    :param release: as `presenting.listed` gives it
    :return: with `stuck`: whether it has to be asked for again, since it failed or nobody is at it
    """
    if not release["owned"] or release["state"] != State.PREPARED or release["open"]:
        return None
    job = release_job(context, jobs.JOB + release["id"])
    if job["state"] == "done":
        return None
    return {**job, "stuck": job["state"] in ("failed", "interrupted")}
