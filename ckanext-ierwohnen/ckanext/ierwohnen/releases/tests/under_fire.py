"""A company that loads, prepares, publishes and withdraws by a worker which is killed at moments drawn anew."""

from __future__ import annotations

import datetime as dt
import io
import os
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import canary
import ckan.plugins.toolkit as tk
from ckan import model
from ckan.lib.jobs import DEFAULT_QUEUE_NAME, get_queue
from ckan.lib.redis import connect_to_redis
from ckan.tests import factories
from ckan.tests.helpers import call_action
from rq.registry import StartedJobRegistry
from werkzeug.datastructures import FileStorage

from ckanext.ierwohnen.places import holding
from ckanext.ierwohnen.releases import jobs
from ckanext.ierwohnen.releases import store as releases
from ckanext.ierwohnen.releases.states import APPROVER, State, Step
from ckanext.ierwohnen.releases.store import Actor
from ckanext.ierwohnen.tables.tests.under_fire import Worker
from ckanext.ierwohnen.vault import settings as vault
from ckanext.ierwohnen.vault.loading import load_stock
from ckanext.ierwohnen.vault.quiet_jobs import queue_id
from ckanext.ierwohnen.vault.readers import LOADING, reader_named
from installer.processes import started_at

from . import killed_steps
from .houses import company
from .queue_content import held
from .stage import batch

TIMES = int(os.environ.get("IERWOHNEN_DEATHS", "1"))  # 10: ten times as many deaths
LOADED = dt.date(2019, 12, 31)
QUEUES = (DEFAULT_QUEUE_NAME, jobs.CHECKS)


@dataclass
class House:
    """A company with an analyst and an approver; each release has a day of its own, so that none is related."""

    organization: str
    analyst: str
    approver: str
    day: dt.date = LOADED
    dwellings: int = 0

    @classmethod
    def founded(cls) -> House:
        analyst, approver = factories.User(), factories.User()
        users = [{"name": analyst["id"], "capacity": "editor"}, {"name": approver["id"], "capacity": "admin"}]
        return cls(factories.Organization(users=users)["id"], analyst["name"], approver["name"])

    def act(self, verb: str, user: str, **data: Any) -> Any:
        model.Session.remove()
        return call_action(f"ierwohnen_{verb}", {"user": user, "ignore_auth": False}, **data)

    def rows(self) -> int:
        """Dwellings of the loaded version."""
        listed = self.act("stock_list", self.analyst, organization=self.organization)
        return next((one["rows"] for one in listed if one["reference_date"] == LOADED.isoformat()), 0)

    def load(self, dwellings: int) -> str:
        """Order a load of planted dwellings; the job's id."""
        upload = FileStorage(io.BytesIO(canary.stock(dwellings=dwellings)), filename="bestand.csv")
        return self.act(
            "stock_load", self.analyst, organization=self.organization, upload=upload,
            reference_date=LOADED.isoformat(), purpose="p", confirm_change=True,
        )["job"]  # fmt: skip

    def state(self, release: str) -> str:
        return self.act("release_show", self.analyst, id=release)["state"]

    def stocked(self) -> None:
        """Planted stock of a new day."""
        self.day += dt.timedelta(days=1)
        self.restock(120)

    def restock(self, dwellings: int) -> None:
        """Planted stock of the day, in place of what was there."""
        self.dwellings = dwellings
        reader = reader_named(self.analyst, LOADING)
        records = company(3, canary.WORD, dwellings)
        records.loc[records["rent"] > 0, "rent"] = float(canary.RENT.replace(",", "."))
        load_stock(vault.store(), reader, self.organization, self.day, [batch(records)], purpose="p")

    def released(self) -> str | None:
        """The release of the planted words and of the day, if there is one."""
        found = self.act("release_list", self.analyst, q=f"{canary.WORD} {self.day.isoformat()}")
        assert found["count"] < 2
        return found["results"][0]["id"] if found["count"] else None

    def prepared(self) -> str:
        """A release whose check waits in the queue."""
        self.stocked()
        return self.again()

    def again(self) -> str:
        """One more release of the day."""
        return self.act(
            "release_prepare", self.analyst, organization=self.organization, title="Wohnungen",
            reference_date=self.day.isoformat(), figures=["dwellings"], level="s/quarter", audience="public",
            purpose="Monitoring", agreement="§ 6", valid_until="2028-12-31", consent=True,
        )["id"]  # fmt: skip

    def approved(self) -> str:
        release = self.prepared()
        jobs.check(release)
        self.act("release_approve", self.approver, id=release, organization=self.organization)
        return release

    def end(self) -> None:
        """Withdraw what is published: whoever settles would have to make it again, also where its company is gone."""
        actor = Actor(self.approver, {self.organization: APPROVER})
        for release in releases.releases(vault.store(), actor):
            if release.state == State.PUBLISHED and self.organization in release.definition.owners:
                releases.take(vault.store(), actor, release.id, Step.WITHDRAW, self.organization, "Ende")

    def published(self) -> str:
        release = self.approved()
        self.act("release_publish", self.approver, id=release, organization=self.organization)
        assert seen(release) == "whole"
        return release


def seen(release: str) -> str:
    """What everybody sees of a release in the catalogue: "whole", "nothing", or, where search alone knows of it or does
    not yet know of it, "not in search" and "in search"."""
    found = bool(_anonymous("package_search", fq=f"id:{release}")["count"])
    try:
        package = _anonymous("package_show", id=release)
    except (tk.ObjectNotFound, tk.NotAuthorized):
        return "in search" if found else "nothing"
    (resource,) = package["resources"]
    total = _anonymous("datastore_search", resource_id=resource["id"])["total"]
    assert total == CELLS, total
    return "whole" if found else "not in search"


CELLS = 7
"""Rows of the table of a release: four quarters, two districts, the city."""


def _anonymous(name: str, **data: Any) -> Any:
    model.Session.remove()
    return call_action(name, {"user": "", "ignore_auth": False}, **data)


def queued(
    function: Callable[..., Any], *args: Any, job: str | None = None, again: bool = False, **kwargs: Any
) -> None:
    """The queue with this job alone; what it held before has nothing planted in it.

    :param again: the queue runs it again when it failed, as it does what our actions order
    """
    content = held().encode("utf-8", "replace")
    assert canary.signs_in(content) == []
    connect_to_redis().flushdb()
    options = {
        "description": "under fire",
        **({"job_id": queue_id(job)} if job else {}),
        **(holding.rq_options() if again else {}),
    }
    queue = jobs.CHECKS if function is jobs.check else DEFAULT_QUEUE_NAME
    tk.enqueue_job(function, list(args), kwargs, queue=queue, rq_kwargs=options)


def at_work() -> bool:
    """Whether a worker took a job and did not end it."""
    return any(connect_to_redis().zrange(StartedJobRegistry(queue=get_queue(one)).key, 0, -1) for one in QUEUES)


def ordered() -> bool:
    """Whether a worker has something to do, or died while it did."""
    return any(get_queue(one).job_ids for one in QUEUES) or at_work()


def settled(wanted: Callable[[], bool], seconds: float = 15) -> bool:
    """Whether it comes to be so: PostgreSQL takes a moment to notice that a client is gone."""
    until = time.monotonic() + seconds
    while not wanted():
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


@dataclass
class Fire:
    """Deaths at moments drawn anew; what was drawn is printed, so that a failure shows it.

    `deaths`: how many are wanted; `takes`: seconds that a kind of job takes.
    """

    worker: Worker
    dice: random.Random
    deaths: int
    met: int = 0
    takes: dict[str, float] = field(default_factory=dict)

    @property
    def over(self) -> bool:
        return self.met >= self.deaths

    def again(self) -> Fire:
        """The same for another kind of work."""
        return Fire(self.worker, self.dice, self.deaths)

    def go(self, kind: str) -> None:
        """Let the worker do what is queued: to its end the first time and the last time, else to its death."""
        if self.over or kind not in self.takes:
            self.whole(kind)
        else:
            self.killed(kind)

    def whole(self, kind: str) -> None:
        """Let the worker do what is queued."""
        began = last = self._begun()
        while started_at(self.worker.pid):
            if at_work():
                last = time.monotonic()
            time.sleep(0.005)
        self.takes[kind] = max(self.takes.get(kind, 0.0), last - began, 0.05)

    def killed(self, kind: str) -> None:
        """Kill the worker while it does what is queued, or a moment after."""
        moment = self.dice.uniform(0, self.takes[kind])
        self._begun()
        time.sleep(moment)
        self.worker.kill()
        met = at_work()
        self.met += met
        print(f"{kind}: killed after {moment:.3f} of {self.takes[kind]:.3f} s, {'at work' if met else 'too late'}")
        if not met:
            self.takes[kind] *= 0.85

    def struck(self, kind: str, crash: Callable[[], None], start: Callable[[], None]) -> None:
        """Let a server die while the worker does what is queued, start it again, and let the worker go on by itself."""
        moment = self.dice.uniform(0, self.takes[kind])
        self._begun()
        time.sleep(moment)
        met = at_work()
        if met:
            model.Session.remove()  # its connection would die with the server
            crash()
            start()
        self.worker.end(90)
        self.met += met
        print(f"{kind}: {crash.__name__} after {moment:.3f} of {self.takes[kind]:.3f} s, {met=}")
        if not met:
            self.takes[kind] *= 0.85

    def _begun(self) -> float:
        self.worker.start()
        while not at_work() and started_at(self.worker.pid):
            time.sleep(0.005)
        return time.monotonic()


def prepare(house: House) -> None:
    """Queue the preparation of the day's release."""
    queued(killed_steps.prepare, house.analyst, house.organization, house.day.isoformat())


def step(house: House, verb: str, release: str) -> None:
    """Queue a step of a release."""
    queued(killed_steps.take, verb, house.approver, id=release, organization=house.organization, reason="Fehler")
