"""Killed at any moment of a load, a check, a publication or a withdrawal: old or new, never between, and nothing of it
outside the store; and running again completes it."""

from __future__ import annotations

import datetime as dt
import io
import os
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

pytest.importorskip("ckan")

import canary
import ckan.plugins.toolkit as tk
from ckan import model
from ckan.lib.jobs import get_queue
from ckan.lib.redis import connect_to_redis
from ckan.tests import factories
from ckan.tests.helpers import call_action
from rq.registry import StartedJobRegistry
from werkzeug.datastructures import FileStorage

from ckanext.ierwohnen.releases import jobs
from ckanext.ierwohnen.tables.tests.under_fire import Worker
from ckanext.ierwohnen.vault import settings as vault
from ckanext.ierwohnen.vault import stock_jobs
from ckanext.ierwohnen.vault.loading import load_stock
from ckanext.ierwohnen.vault.readers import LOADING, reader_named
from installer.processes import started_at

from . import killed_steps
from .houses import company
from .stage import ON_CKAN, batch

pytestmark = ON_CKAN
KILLS = 6  # of each of the four
LOADED = dt.date(2019, 12, 31)


@dataclass
class House:
    """A company with an analyst and an approver; each release has a day of its own, so that none is related."""

    organization: dict[str, Any]
    analyst: str
    approver: str
    day: dt.date = LOADED

    def act(self, verb: str, user: str, **data: Any) -> Any:
        model.Session.remove()
        return call_action(f"ierwohnen_{verb}", {"user": user, "ignore_auth": False}, **data)

    def rows(self) -> int:
        """Dwellings of the loaded version."""
        listed = self.act("stock_list", self.analyst, organization=self.organization["id"])
        return next((one["rows"] for one in listed if one["reference_date"] == LOADED.isoformat()), 0)

    def state(self, release: str) -> str:
        return self.act("release_show", self.analyst, id=release)["state"]

    def out(self, release: str) -> bool:
        """Whether everybody can see it in the catalogue, with its table."""
        try:
            package = self.act_core("package_show", id=release)
            return self.act_core("datastore_search", resource_id=package["resources"][0]["id"])["total"] > 0
        except (tk.ObjectNotFound, tk.NotAuthorized):
            return False

    def act_core(self, name: str, **data: Any) -> Any:
        model.Session.remove()
        return call_action(name, {"user": "", "ignore_auth": False}, **data)

    def prepared(self) -> str:
        """A release whose check waits in the queue."""
        self.day += dt.timedelta(days=1)
        reader = reader_named(self.analyst, LOADING)
        stock = [batch(company(3, "house", 120))]
        load_stock(vault.store(), reader, self.organization["id"], self.day, stock, purpose="p")
        return self.act(
            "release_prepare", self.analyst, organization=self.organization["id"], title="Wohnungen",
            reference_date=self.day.isoformat(), figures=["dwellings"], level="s/quarter", audience="public",
            purpose="Monitoring", agreement="§ 6", valid_until="2028-12-31", consent=True,
        )["id"]  # fmt: skip

    def approved(self) -> str:
        release = self.prepared()
        jobs.check(release)
        self.act("release_approve", self.approver, id=release, organization=self.organization["id"])
        return release


@pytest.fixture
def house(clean_db, clean_index, reset_queues, monkeypatch):
    monkeypatch.setattr(jobs, "LATER", 0.0)
    analyst, approver = factories.User(), factories.User()
    users = [{"name": analyst["id"], "capacity": "editor"}, {"name": approver["id"], "capacity": "admin"}]
    return House(factories.Organization(users=users), analyst["name"], approver["name"])


@pytest.fixture
def worker(house, tmp_path):
    worker = Worker(tmp_path / "worker.log")
    yield worker
    worker.close()


def queued(function: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
    """The queue with this job alone."""
    connect_to_redis().flushdb()
    tk.enqueue_job(function, list(args), kwargs)


def at_work() -> bool:
    """Whether a worker took a job and did not end it."""
    return bool(connect_to_redis().zrange(StartedJobRegistry(queue=get_queue()).key, 0, -1))


OF_A_VERSION = 2
"""Tables that a version of a stock has: its dwellings, and their sums."""


def tables() -> int:
    """Tables of stock that are in the store."""
    with vault.store().transaction() as cursor:
        return cursor.one(
            "SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
            "WHERE n.nspname = 'vault_stock' AND c.relkind = 'r'"
        )


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
    """Kills at moments drawn anew; what was drawn is printed, so that a failure shows it."""

    worker: Worker
    dice: random.Random
    kills: int = 0

    def taken(self) -> float:
        """Let the worker do what is queued; how long the job takes."""
        self._begun()
        began = time.monotonic()
        while at_work():
            time.sleep(0.005)
        takes = time.monotonic() - began
        self.worker.end()
        return max(takes, 0.05)

    def killed(self, takes: float, what: str) -> None:
        """Kill the worker while it does what is queued, or a moment after."""
        moment = self.dice.uniform(0, takes)
        self._begun()
        time.sleep(moment)
        self.worker.kill()
        met = at_work()
        self.kills += met
        print(f"{what}: killed after {moment:.3f} of {takes:.3f} s, {'at work' if met else 'too late'}")

    def _begun(self) -> None:
        self.worker.start()
        while not at_work() and started_at(self.worker.pid):
            time.sleep(0.005)


def test_old_or_new_and_nothing_outside(house, worker, tmp_path):
    seed = random.SystemRandom().randrange(10**6)
    print(f"seed {seed}")
    dice = random.Random(seed)
    for part in (load, check, publish_and_withdraw):
        part(house, Fire(worker, dice))
    # What the killed processes have left: their last words, and all that is outside of the store.
    assert canary.signs_in((tmp_path / "worker.log").read_bytes()) == []
    found = {place: signs for place, content in outside() if (signs := canary.signs_in(content))}
    assert found == {}


def outside():
    from installer.portal import Portal

    portal = Portal(quiet=True)
    return canary.outside(portal.test_beside if os.environ["CKAN_SITE_ID"] == "test-beside" else portal.test)


def load(house, fire):
    """A version is replaced: the old one or the new one, no table is left over, the upload is gone at the end."""
    old, takes, others = 0, 0.0, tables()
    while fire.kills < KILLS:
        new = 3000 + old % 1000 + 1
        upload = FileStorage(io.BytesIO(canary.stock(dwellings=new)), filename="bestand.csv")
        job = house.act("stock_load", house.analyst, organization=house.organization["id"], upload=upload,
                        reference_date=LOADED.isoformat(), purpose="p")["job"]  # fmt: skip
        args = tk.job_from_id(job).args
        while takes and house.rows() == old and fire.kills < KILLS:
            queued(stock_jobs.run, *args)
            fire.killed(takes, "load")
            assert house.rows() in (old, new)
            assert settled(lambda: tables() == others + OF_A_VERSION), tables()
        queued(stock_jobs.run, *args)
        takes = fire.taken() if not takes else max(takes, fire.taken())
        assert (house.rows(), tables()) == (new, others + OF_A_VERSION)
        assert house.act("job_show", house.analyst, id=job)["state"] == "done"
        old = new


def check(house, fire):
    """Prepared with nothing kept, or checked with everything."""
    takes = 0.0
    while fire.kills < KILLS:
        release = house.prepared()
        while takes and house.state(release) == "prepared" and fire.kills < KILLS:
            queued(jobs.check, release)
            fire.killed(takes, "check")
            shown = house.act("release_show", house.analyst, id=release)
            assert (shown["state"], bool(shown["cells"])) in (("prepared", False), ("checked", True)), shown
        queued(jobs.check, release)
        takes = max(takes, fire.taken())
        assert house.state(release) == "checked" and not house.out(release)


def publish_and_withdraw(house, fire):
    """The catalogue never shows what is not published, and follows as soon as the queue runs again."""
    for verb, old, new in (("publish", "approved", "published"), ("withdraw", "published", "withdrawn")):
        fire.kills, takes = 0, 0.0
        while fire.kills < KILLS:
            release = house.approved()
            if verb == "withdraw":
                house.act("release_publish", house.approver, id=release, organization=house.organization["id"])
                assert house.out(release)
            while house.state(release) == old and (not takes or fire.kills < KILLS):
                take = {"id": release, "organization": house.organization["id"], "reason": "Fehler"}
                queued(killed_steps.take, verb, house.approver, **take)
                if takes:
                    fire.killed(takes, verb)
                else:
                    takes = fire.taken()
                shown = house.state(release)
                assert shown in (old, new)
                assert house.out(release) <= (shown == "published" or verb == "withdraw")
                ordered = get_queue().job_ids or at_work()
                assert shown == old or ordered or house.out(release) == (shown == "published"), fire.worker.told()
                queued(jobs.settle)
                fire.taken()
                assert house.out(release) == (house.state(release) == "published")
            settled_state = house.state(release)
            assert house.out(release) == (settled_state == "published")
