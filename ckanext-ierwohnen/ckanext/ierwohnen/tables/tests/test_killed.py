"""Killed at any moment, readers have the old table or the new one, all of it; and running again completes it."""

from __future__ import annotations

import os
import random
import time

import pytest
from ckan.lib import search

from .own_servers import own_servers
from .under_fire import NAME, POINTS, Readers, Worker, delivery, look

TIMES = int(os.environ.get("IERWOHNEN_DEATHS", "1"))  # 10: ten times as many deaths
DEATHS = (["worker"] * 13 + ["postgres"] * 5 + ["solr"] + ["all"]) * TIMES
"""What dies at random moments; "all" is a power cut: worker, PostgreSQL and Solr."""


@pytest.fixture
def worker(office, tmp_path):
    worker = Worker(tmp_path / "worker.log")
    yield worker
    worker.close()


@pytest.fixture
def resource(office):
    return first_state(office)


def first_state(office):
    """A resource with a first state, published without a worker."""
    from ckanext.ierwohnen.tables import publish

    resource = office.call(
        "resource_create", package_id=office.dataset["id"], name="Bestand", url="stand-1.csv", format="CSV",
        upload=delivery(1),
    )  # fmt: skip
    publish.run(office.call("ierwohnen_table_publish", resource_id=resource["id"])["job"])
    return resource


def deliver(office, resource, state):
    return office.call("ierwohnen_table_publish", resource_id=resource["id"], upload=delivery(state))["job"]


def queue_again(job):
    """What the queue does with a job whose worker is gone, at once instead of after minutes."""
    import ckan.plugins.toolkit as tk
    from ckan.lib.redis import connect_to_redis

    from ckanext.ierwohnen.places import holding
    from ckanext.ierwohnen.tables import publish

    connect_to_redis().flushdb()
    tk.enqueue_job(publish.run, [job], rq_kwargs=holding.rq_options())


def taken_up():
    """Jobs that a worker took from the queue and did not bring to an end."""
    from ckan.lib.jobs import get_queue
    from ckan.lib.redis import connect_to_redis
    from rq.registry import StartedJobRegistry

    return connect_to_redis().zrange(StartedJobRegistry(queue=get_queue()).key, 0, -1)


def state_of(office, job):
    from ckan import model

    model.Session.remove()
    return office.call("ierwohnen_job_show", id=job)


def whole(office, resource):
    """The one state that everything shows."""
    from ckan import model

    model.Session.remove()
    seen = look(office, resource)
    assert len(set(seen.values())) == 1, seen
    return seen["rows"]


def left_over(resource):
    """What nobody needs any more: staged tables, states that are not recorded or not published."""
    from ckanext.ierwohnen.tables import store, versions

    with store.writing() as cursor:
        found = store.staged_tables(cursor)
    folders = {place.name for place in (versions.root() / resource["id"]).iterdir()}
    found += [version.state for version in versions.prepared(resource["id"])]
    return found + sorted(folders - {version.id for version in versions.listed(resource["id"])})


def test_killed_at_each_step(office, resource, worker):
    """One resource, watched by readers all the time: every step is the last of a worker."""
    with Readers(office, resource) as readers:
        each_step(office, resource, worker)
    assert not readers.failures, readers.failures[:3]
    assert readers.looks > len(POINTS)
    assert left_over(resource) == []


def each_step(office, resource, worker):
    """One publication whose worker dies at every step; the swap is the only moment at which anything changes."""
    job = deliver(office, resource, 2)
    seen = {}
    for point in POINTS:
        queue_again(job)
        worker.start(point)
        worker.reached()
        worker.kill()
        seen[point] = whole(office, resource)
        assert state_of(office, job)["state"] == "interrupted"
    queue_again(job)
    worker.start()
    worker.end()
    turn = list(POINTS).index("the swap is committed")
    assert list(seen.values()) == [1] * turn + [2] * (len(POINTS) - turn)
    assert state_of(office, job)["state"] == "done" and whole(office, resource) == 2


def taken_by_surprise(office, servers, readers, worker, state):
    """At least 20 deaths in the midst of publications, each of what the dice say, at a moment that they say.

    A job whose worker died is queued and killed again until it is done; where servers died, its worker lives and brings
    it to its end by itself. A death that comes before the job's beginning or after its end does not count; one
    that comes too late makes the next come earlier. What was drawn is printed, so that a failure shows it.

    :returns: the last state that was published
    """
    seed = random.SystemRandom().randrange(10**6)
    dice, job, kinds = random.Random(seed), None, list(DEATHS)
    dice.shuffle(kinds)
    takes = publication(office, readers.resource, worker, state := state + 1)
    print(f"random moments: seed {seed}, within {takes:.2f} s")
    for number in range(5 * len(DEATHS)):
        job = job or deliver(office, readers.resource, state + 1)
        queue_again(job)
        kind, moment = kinds[-1], dice.uniform(0, takes)
        worker.start()
        time.sleep(moment)
        met = strike(kind, office, servers, readers, worker, job)
        shown, told = whole_or_between(office, readers, state), state_of(office, job)["state"]
        print(f"{number}: {kind} after {moment:.3f} s, met {met}: job {told}, state {shown} of {state} → {state + 1}")
        kinds = kinds[:-1] if met else kinds
        takes *= 1.05 if met else 0.85 if told == "done" else 1
        if kind in ("postgres", "solr"):
            worker.end(90)
        elif told != "done" and kinds:
            continue
        else:
            queue_again(job)
            worker.start()
            worker.end()
        state, job = state + 1, None
        assert whole(office, readers.resource) == state
        if not kinds:
            return state
    raise AssertionError(f"{len(kinds)} of {len(DEATHS)} deaths met no publication at work")


def publication(office, resource, worker, state):
    """Publish undisturbed; the seconds that it took, without what the worker does afterwards."""
    job = deliver(office, resource, state)
    began = time.monotonic()
    worker.start()
    while state_of(office, job)["state"] != "done":
        time.sleep(0.02)
    takes = time.monotonic() - began
    worker.end()
    assert whole(office, resource) == state
    return takes


def strike(kind, office, servers, readers, worker, job):
    """Let die what `kind` says, and start it again; whether a publication was at work."""
    from ckan import model

    crash, start = {
        "worker": (lambda: None, lambda: None),
        "postgres": (servers.crash_postgres, servers.start_postgres),
        "solr": (servers.crash_solr, servers.solr.start),
        "all": (servers.crash_both, servers.start_both),
    }[kind]
    if kind in ("worker", "all"):
        worker.kill()
    met = bool(taken_up()) and state_of(office, job)["state"] in ("running", "interrupted")
    if met:
        model.Session.remove()  # its connection would die with the server
        readers.away = kind != "worker"
        crash()
        start()
        readers.away = False
    return met


def whole_or_between(office, readers, state):
    """What is shown, while a worker may be publishing: one state, the old one or the new one."""
    from ckan import model

    model.Session.remove()
    for _ in range(3):
        seen = set(look(office, readers.resource).values())
        assert seen <= {state, state + 1}
        if len(seen) == 1:
            return seen.pop()
    raise AssertionError(f"again and again two states at once: {seen}")


CUT = [
    "in the midst of COPY",
    "in the midst of the snapshot",
    "swapped, not committed",
    "the swap is committed",
    "the index is new, the metadata are not",
]


def test_cut_off_from_the_database_the_queue_runs_it_again_by_itself(office, resource, worker):
    import sqlalchemy as sa
    from ckan import model

    cut = sa.text(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
        "WHERE application_name = :name AND usename = current_user"
    )
    with Readers(office, resource) as readers:
        for state, point in enumerate(CUT, start=2):
            job = deliver(office, resource, state)
            worker.start(point)
            worker.reached()
            with model.meta.engine.connect() as connection:
                assert connection.scalar(cut, {"name": NAME}) > 1
            worker.go()
            worker.end()
            assert state_of(office, job)["state"] == "done" and whole(office, resource) == state
    assert not readers.failures, readers.failures[:3]
    assert left_over(resource) == []


def test_worker_and_servers_die_at_random_moments(office, monkeypatch, tmp_path):
    """After each death all is old or all is new, and running again, or waiting for the servers, completes it.

    PostgreSQL dies without its swap committed first: the moment that is shortest is not left to the dice.
    """
    with own_servers(monkeypatch) as servers:
        search.rebuild(office.dataset["id"])
        resource = first_state(office)
        worker = Worker(tmp_path / "worker.log")
        try:
            with Readers(office, resource) as readers:
                job = deliver(office, resource, 2)
                worker.start("swapped, not committed")
                worker.reached()
                readers.away = True
                servers.crash_postgres()
                worker.go()
                time.sleep(1)
                servers.start_postgres()
                assert whole(office, resource) in (1, 2)
                readers.away = False
                worker.end()
                assert state_of(office, job)["state"] == "done" and whole(office, resource) == 2
                taken_by_surprise(office, servers, readers, worker, 2)
        finally:
            worker.close()
        assert not readers.failures, readers.failures[:3]
        assert left_over(resource) == []


def test_the_queue_itself_finds_a_dead_worker(office, resource, worker):
    """As it does after its time has run out, which is set back here: nobody else has to do anything."""
    from ckan.lib.jobs import get_queue
    from ckan.lib.redis import connect_to_redis
    from rq.registry import StartedJobRegistry

    job = deliver(office, resource, 2)
    worker.start("the rows are loaded")
    worker.reached()
    worker.kill()
    held = taken_up()
    assert held
    connect_to_redis().zadd(StartedJobRegistry(queue=get_queue()).key, dict.fromkeys(held, 1))
    worker.start()
    worker.end()
    assert state_of(office, job)["state"] == "done" and whole(office, resource) == 2
    assert left_over(resource) == []
