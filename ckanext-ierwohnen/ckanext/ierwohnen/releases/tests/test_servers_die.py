"""PostgreSQL or Solr dies in the midst of a load, a check, a publication or a withdrawal: the jobs wait for it, and
bring their work to its end by themselves; readers have the old state or the new one, all of it."""

from __future__ import annotations

import random
import sys

import pytest

pytest.importorskip("ckan")

import canary
import ckan.plugins.toolkit as tk

from ckanext.ierwohnen.releases import jobs
from ckanext.ierwohnen.tables.tests.own_servers import own_servers
from ckanext.ierwohnen.tables.tests.under_fire import Worker
from ckanext.ierwohnen.vault import stock_jobs
from ckanext.ierwohnen.vault.quiet_jobs import queue_id
from installer.vault import Vault

from .stage import ON_CKAN
from .under_fire import QUEUES, TIMES, Fire, House, queued, seen, step

pytestmark = ON_CKAN


@pytest.fixture
def servers(clean_db, clean_index, reset_queues, monkeypatch):
    """PostgreSQL with a store of its own, and Solr."""
    monkeypatch.setattr(jobs, "LATER", 0.0)
    with own_servers(monkeypatch) as servers:
        postgres = servers.postgres
        vault = Vault(sys.executable, postgres.state, servers.steps, postgres, "vault")
        vault.create()
        vault.upgrade()
        monkeypatch.setenv("IERWOHNEN_VAULT_URL", vault.url)
        monkeypatch.setenv("IERWOHNEN_VAULT_KEY", vault.key)
        monkeypatch.setenv("IERWOHNEN_VAULT_ENGINE_URL", vault.engine_url)
        monkeypatch.setenv("IERWOHNEN_VAULT_ENGINE_KEY", vault.engine_key)
        yield servers


@pytest.fixture
def worker(servers, tmp_path):
    worker = Worker(tmp_path / "worker.log", QUEUES)
    yield worker
    worker.close()


def test_jobs_wait_for_servers_that_died(servers, worker, tmp_path):
    seed = random.SystemRandom().randrange(10**6)
    print(f"seed {seed}")
    fire, house = Fire(worker, random.Random(seed), TIMES), House.founded()
    postgres, solr = (servers.crash_postgres, servers.start_postgres), (servers.crash_solr, servers.solr.start)
    load(house, fire.again(), postgres)
    check(house, fire.again(), postgres)
    for first, second in ((postgres, solr), (solr, postgres))[:TIMES]:
        released = carry_out(house, fire.again(), first, "publish", [])
        carry_out(house, fire.again(), second, "withdraw", released)
    assert canary.signs_in((tmp_path / "worker.log").read_bytes()) == []


def load(house, fire, server):
    """The load that a death of PostgreSQL has ended begins anew."""
    new = 1500
    while not fire.over:
        job = house.load(new)
        queued(stock_jobs.run, *tk.job_from_id(queue_id(job)).args, job=job, again=True)
        run(fire, "load", server)
        shown = house.act("job_show", house.analyst, id=job)
        assert (shown["state"], house.rows()) == ("done", new), (shown, fire.worker.told())
        new += 1


def check(house, fire, server):
    while not fire.over:
        release = house.prepared()
        queued(jobs.check, release, again=True)
        run(fire, "check", server)
        assert (house.state(release), seen(release)) == ("checked", "nothing"), fire.worker.told()


def carry_out(house, fire, server, verb, releases):
    """A step is taken or not, as its page may fail; what stands outside follows it in any case."""
    old, new = ("approved", "nothing"), ("published", "whole")
    if verb == "withdraw":
        old, new = new, ("withdrawn", "nothing")
    done = []
    while not fire.over:
        release = releases.pop() if releases else house.published() if verb == "withdraw" else house.approved()
        stands = old
        while stands == old:
            step(house, verb, release)
            run(fire, verb, server)
            stands = house.state(release), seen(release)
            assert stands in (old, new), (stands, fire.worker.told())
        done.append(release)
    return done


def run(fire, kind, server):
    """Undisturbed the first time, then with a death."""
    if kind in fire.takes and not fire.over:
        fire.struck(kind, *server)
    else:
        fire.whole(kind)
