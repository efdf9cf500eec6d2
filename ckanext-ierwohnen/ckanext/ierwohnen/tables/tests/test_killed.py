"""Killed at any moment, readers have the old table or the new one, all of it; and running again completes it."""

from __future__ import annotations

import random
import time

import pytest
from ckan.lib import search

from .own_servers import own_servers
from .under_fire import NAME, POINTS, Readers, Worker, delivery, look


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

    from ckanext.ierwohnen.tables import publish

    connect_to_redis().flushdb()
    tk.enqueue_job(publish.run, [job])


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


def test_killed_at_each_step_after_another(office, resource, worker):
    """One publication whose worker dies at every step; the swap is the only moment at which anything changes."""
    job = deliver(office, resource, 2)
    seen = {}
    with Readers(office, resource) as readers:
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
    assert not readers.failures, readers.failures[:3]
    assert readers.looks > len(POINTS)
    turn = list(POINTS).index("the swap is committed")
    assert list(seen.values()) == [1] * turn + [2] * (len(POINTS) - turn)
    assert state_of(office, job)["state"] == "done" and whole(office, resource) == 2
    assert left_over(resource) == []


def test_killed_at_random_moments(office, resource, worker):
    dice, state, job = random.Random(20261121), 1, None
    began = time.monotonic()
    deliver(office, resource, 2)
    worker.start()
    worker.end()
    takes = time.monotonic() - began
    state = whole(office, resource)
    assert state == 2
    with Readers(office, resource) as readers:
        for _ in range(6):
            job = deliver(office, resource, state + 1)
            worker.start()
            time.sleep(dice.uniform(0, takes))
            worker.kill()
            assert whole(office, resource) in (state, state + 1)
            queue_again(job)
            worker.start()
            worker.end()
            state += 1
            assert state_of(office, job)["state"] == "done" and whole(office, resource) == state
    assert not readers.failures, readers.failures[:3]
    assert left_over(resource) == []


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


def test_servers_that_crash_in_the_middle(office, monkeypatch, tmp_path):
    """PostgreSQL alone, then both as in a power cut: the job waits for them, and the queue runs it again."""
    with own_servers(monkeypatch) as servers:
        search.rebuild(office.dataset["id"])
        resource = first_state(office)
        worker = Worker(tmp_path / "worker.log")
        try:
            with Readers(office, resource) as readers:
                for state, (point, crash, start) in enumerate(
                    [
                        ("swapped, not committed", servers.crash_postgres, servers.start_postgres),
                        ("the metadata are to follow", servers.crash_both, servers.start_both),
                    ],
                    start=2,
                ):
                    job = deliver(office, resource, state)
                    worker.start(point)
                    worker.reached()
                    readers.away = True
                    crash()
                    worker.go()
                    time.sleep(1)
                    start()
                    assert whole(office, resource) in (state - 1, state)
                    readers.away = False
                    worker.end()
                    assert state_of(office, job)["state"] == "done" and whole(office, resource) == state
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
    redis, begun = connect_to_redis(), StartedJobRegistry(queue=get_queue()).key
    held = redis.zrange(begun, 0, -1)
    assert held
    redis.zadd(begun, dict.fromkeys(held, 1))
    worker.start()
    worker.end()
    assert state_of(office, job)["state"] == "done" and whole(office, resource) == 2
    assert left_over(resource) == []
