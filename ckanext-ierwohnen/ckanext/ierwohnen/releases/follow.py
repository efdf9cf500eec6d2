"""How far the check of a release is, for its page.

Asking leaves no entry in the ledgers: there is nothing to read yet.
"""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import Context

from ckanext.ierwohnen.look.within_page import once
from ckanext.ierwohnen.releases import jobs
from ckanext.ierwohnen.releases import store as releases
from ckanext.ierwohnen.releases.actions import release_job
from ckanext.ierwohnen.releases.lasting import usual
from ckanext.ierwohnen.releases.roles import actor_of
from ckanext.ierwohnen.releases.states import State
from ckanext.ierwohnen.vault import settings


def followed(context: Context, release: dict[str, Any]) -> dict[str, Any] | None:
    """The check that is under way or failed, as `ierwohnen_job_show` tells of it; None if there is none.

    :param release: as `presenting.listed` gives it
    :return: with `stuck`: whether it has to be asked for again, since it failed or nobody is at it; and `usual`: how
        long checks take, in words
    """
    if not release["owned"] or release["state"] != State.PREPARED or release["open"]:
        return None
    job = release_job(context, jobs.JOB + release["id"])
    if job["state"] == "done":
        return None
    return {**job, "stuck": job["state"] in ("failed", "interrupted"), "usual": _usual(context, release)}


def _usual(context: Context, release: dict[str, Any]) -> str:
    """How long checks take, in words: by those that the reader knows, since others' would tell of their stock."""
    actor = actor_of(context)
    known = once(("releases", actor.name), lambda: releases.releases(settings.store(), actor))
    took = usual(known, release["level"], len(release["dimensions"]), len(release["owners"]))
    if not took:
        return tk._("How long it takes depends on what has to be checked together: mostly minutes, seldom hours.")
    shortest, longest = (_words(seconds) for seconds in took)
    if shortest == longest:
        return tk._("Your last checks like this one took {time}.").format(time=longest)
    return tk._("Your last checks like this one took {short} to {long}.").format(short=shortest, long=longest)


def _words(seconds: float) -> str:
    minutes = round(seconds / 60)
    if seconds < 60:
        return tk._("less than a minute")
    if minutes < 90:
        return tk.ungettext("{count} minute", "{count} minutes", minutes).format(count=minutes)
    hours = round(seconds / 3600)
    return tk.ungettext("{count} hour", "{count} hours", hours).format(count=hours)
