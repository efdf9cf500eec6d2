"""Checks and loads are nobody's business in the queue: whom they concern follows them by `ierwohnen_job_show`.

CKAN lists all jobs to sysadmins, shows each whose id they know, and lets them end any. So it would tell that there is a
release or a load, and when, and a company's work could be ended by who has no part in it. These jobs have names that
say nothing without the portal's secret, no title, and no place in what the Action API does with jobs. They are
forgotten as they end. `ckan jobs` on the server, which asks for no rights, knows them like all others.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import ckan.plugins.toolkit as tk
from ckan.lib.jobs import (
    DEFAULT_JOB_LIST_LIMIT,
    DEFAULT_QUEUE_NAME,
    get_all_queues,
    get_queue,
    remove_queue_name_prefix,
)
from ckan.types import Context

from ckanext.ierwohnen.look.storable import storable
from ckanext.ierwohnen.places import holding

MARK = "quiet-"
CHECKS = "checks"  # the queue of the checks of releases, for `ckan jobs worker checks`
_ALL = 10**9


def queue_id(job: str) -> str:
    """The name by which the queue knows a job of ours."""
    secret = str(tk.config["SECRET_KEY"]).encode()
    return MARK + hmac.new(secret, f"job {job}".encode(), hashlib.sha256).hexdigest()


def enqueue(
    function: Callable[..., Any], args: Sequence[Any], job: str, *, queue: str = DEFAULT_QUEUE_NAME, **options: Any
) -> None:
    """Order a job of ours.

    :param options: of RQ, in place of those that our jobs have
    """
    ended = {"result_ttl": 0, "failure_ttl": 0}  # the queue forgets it then, and all that it was told
    options = {"job_id": queue_id(job), "description": "quiet", **holding.rq_options(), **ended, **options}
    tk.enqueue_job(function, list(args), queue=queue, rq_kwargs=options)


def actions() -> dict[str, Any]:
    """The actions to chain."""
    return {"job_list": job_list, "job_show": job_show, "job_cancel": job_cancel, "job_clear": job_clear}


@tk.chained_action
@tk.side_effect_free
def job_list(original: Any, context: Context, data_dict: dict[str, Any]) -> Any:
    """Without our jobs; they take no place in what a limit leaves either."""
    if _on_the_server(context):
        return original(context, data_dict)
    limit = data_dict.get("limit", tk.config.get("ckan.jobs.default_list_limit", DEFAULT_JOB_LIST_LIMIT))
    try:
        limit = int(limit)
    except (TypeError, ValueError, OverflowError):
        raise tk.ValidationError({"limit": [tk._("Invalid integer")]}) from None
    found = original(context, {**data_dict, "limit": _ALL})
    return [one for one in found if not _is_quiet(one if isinstance(one, str) else one["id"])][:limit]


@tk.chained_action
@tk.side_effect_free
def job_show(original: Any, context: Context, data_dict: dict[str, Any]) -> Any:
    """Ours is none."""
    with _no_job("job_show", context, data_dict):
        return original(context, data_dict)


@tk.chained_action
def job_cancel(original: Any, context: Context, data_dict: dict[str, Any]) -> Any:
    """Ours is none."""
    with _no_job("job_cancel", context, data_dict):
        return original(context, data_dict)


@tk.chained_action
def job_clear(original: Any, context: Context, data_dict: dict[str, Any]) -> Any:
    """All jobs of the queues but ours; the queue of the checks is named by who asks for it only."""
    if _on_the_server(context):
        return original(context, data_dict)
    tk.check_access("job_clear", context, data_dict)
    names = data_dict.get("queues") or [
        name for name in (remove_queue_name_prefix(one.name) for one in get_all_queues()) if name != CHECKS
    ]
    for name in names:
        for job in get_queue(name).job_ids:
            if not _is_quiet(job):
                forget(job)
    return names


def forget(job: str) -> None:
    """Take a job out of the queue, with all that the queue knows of it; nothing if it is not there any more.

    :param job: its name in the queue
    """
    with suppress(KeyError):
        tk.job_from_id(job).delete()


@contextmanager
def _no_job(name: str, context: Context, data_dict: dict[str, Any]) -> Iterator[None]:
    """There is no job of ours, nor one by a name that the queue does not take."""
    job = data_dict.get("id", "")
    if not _on_the_server(context) and (_is_quiet(job) or not isinstance(job, str) or not storable(job)):
        tk.check_access(name, context, data_dict)
        raise tk.ObjectNotFound
    try:
        yield
    except ValueError:  # not of letters, digits, _ and -
        raise tk.ObjectNotFound from None


def _is_quiet(job: Any) -> bool:
    return isinstance(job, str) and job.startswith(MARK)


def _on_the_server(context: Context) -> bool:
    return bool(context.get("ignore_auth"))
