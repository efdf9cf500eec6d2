"""Loads that somebody has ordered and that have not ended: until then no other one of the same date is taken."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import ckan.plugins.toolkit as tk

from ckanext.ierwohnen.look.numbers import format_date
from ckanext.ierwohnen.places import holding
from ckanext.ierwohnen.tables.wording import reader_language
from ckanext.ierwohnen.vault import deliveries
from ckanext.ierwohnen.vault.errors import VaultError
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
    return [
        OpenLoad(JOB + one, day, person, since)
        for one, day, person, since in deliveries.undecided(store, organization)
        if holding.is_queued(JOB + one)
    ]


def refuse_second(store: Store, organization: str, day: dt.date) -> None:
    """Refuse another file for a date of which one is being loaded: whichever ended last would count.

    :raises VaultError: `load-running`, with its job
    """
    for load in open_loads(store, organization):
        if load.reference_date == day:
            date, since = format_date(day, locale=reader_language()), tk.h.iw_moment(load.since)
            raise VaultError("load-running", date=date, person=load.person, since=since, job=load.job)
