"""Loads that somebody has ordered and that have not ended: until then no other one of the same date is taken.

Nor is the stock of that date deleted: the load would bring it back.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import ckan.plugins.toolkit as tk
from redis.exceptions import RedisError

from ckanext.ierwohnen.look.numbers import format_date
from ckanext.ierwohnen.places import holding
from ckanext.ierwohnen.tables.wording import reader_language
from ckanext.ierwohnen.vault import deliveries
from ckanext.ierwohnen.vault.errors import VaultError
from ckanext.ierwohnen.vault.quiet_jobs import queue_id
from ckanext.ierwohnen.vault.store import Store

JOB = "stock-"


@dataclass(frozen=True)
class OpenLoad:
    """A load in the queue or at work: its job, the reference date, who sent the file and when."""

    job: str
    reference_date: dt.date
    person: str
    since: dt.datetime


def open_loads(store: Store, organization: str) -> list[OpenLoad]:
    """The open loads of a company; a file that waits for somebody's decision is none, nor one whose worker died.

    For the portal's own decisions and for the company's members.
    """
    return [load for load, queued in _undecided(store, organization) if queued]


def waiting_files(store: Store, organization: str) -> list[OpenLoad]:
    """The files of a company that wait for somebody's decision; `job` is what their load would be called.

    For the company's members.
    """
    with suppress(RedisError):  # the queue is away: nobody can say which of them are being loaded
        return [load for load, queued in _undecided(store, organization, "waiting") if not queued]
    return []


def _undecided(store: Store, organization: str, *states: str) -> Iterator[tuple[OpenLoad, bool]]:
    """A company's deliveries that came to no end as loads, and whether the queue knows them."""
    for one, day, person, since in deliveries.undecided(store, organization, *states):
        yield OpenLoad(JOB + one, day, person, since), holding.is_queued(queue_id(JOB + one))


@contextmanager
def in_turn(organization: str) -> Iterator[None]:
    """What is decided about a company's loads, one after the other: whoever looks first and acts then holds this.

    Waits for whoever holds it; frees it when the process dies.
    """
    with holding.hold(f"stock of {organization}"):
        yield


def refuse_second(store: Store, organization: str, day: dt.date) -> None:
    """Refuse another file for a date of which one is being loaded, or to delete its stock: the last to end would count.

    Holds as long as the caller is `in_turn`.

    :raises VaultError: `load-running`, with its job
    """
    for load in open_loads(store, organization):
        if load.reference_date == day:
            raise _running(load)


def refuse_ordered(store: Store, organization: str, delivery: str) -> None:
    """Refuse to decide about a file, or to forget it, when its load is ordered: it is loaded as it was then.

    Holds as long as the caller is `in_turn`.

    :raises VaultError: `load-running`, with its job
    """
    for load in open_loads(store, organization):
        if load.job == JOB + delivery:
            raise _running(load)


def _running(load: OpenLoad) -> VaultError:
    date, since = format_date(load.reference_date, locale=reader_language()), tk.h.iw_moment(load.since)
    return VaultError("load-running", date=date, person=load.person, since=since, job=load.job)
