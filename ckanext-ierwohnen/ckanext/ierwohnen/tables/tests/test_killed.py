"""Killed at any moment, readers have the old table or the new one, all of it; and running again completes it."""

from __future__ import annotations

import random
import time

import pytest
from ckan.lib import search

from .own_servers import own_servers
from .under_fire import NAME, POINTS, Readers, Worker, delivery, look

RANDOM_KILLS = 20


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


def test_killed_at_each_step_and_at_random_moments(office, resource, worker):
    """One resource, watched by readers all the time: first every step is the last of a worker, then any moment is."""
    with Readers(office, resource) as readers:
        takes = each_step(office, resource, worker)
        random_moments(office, resource, worker, takes)
    assert not readers.failures, readers.failures[:3]
    assert readers.looks > len(POINTS)
    assert left_over(resource) == []


def each_step(office, resource, worker):
    """One publication whose worker dies at every step; the swap is the only moment at which anything changes.

    Returns the seconds that a worker took from its start to the last step.
    """
    job = deliver(office, resource, 2)
    seen, takes = {}, 0.0
    for point in POINTS:
        queue_again(job)
        began = time.monotonic()
        worker.start(point)
        worker.reached()
        takes = max(takes, time.monotonic() - began)
        worker.kill()
        seen[point] = whole(office, resource)
        assert state_of(office, job)["state"] == "interrupted"
    queue_again(job)
    worker.start()
    worker.end()
    turn = list(POINTS).index("the swap is committed")
    assert list(seen.values()) == [1] * turn + [2] * (len(POINTS) - turn)
    assert state_of(office, job)["state"] == "done" and whole(office, resource) == 2
    return takes


def random_moments(office, resource, worker, takes):
    """At least 20 kills in the midst of publications, each at a moment drawn anew.

    A job is run again and killed again until it is done; a kill that comes before the job's beginning or after its end
    does not count. What was drawn is printed, so that a failure shows it.
    """
    seed = random.SystemRandom().randrange(10**6)
    dice, state, job, kills = random.Random(seed), 2, None, 0
    print(f"random moments: seed {seed}, within {takes:.2f} s")
    for number in range(5 * RANDOM_KILLS):
        if job is None:
            job = deliver(office, resource, state + 1)
        queue_again(job)
        moment = dice.uniform(0, takes)
        worker.start()
        time.sleep(moment)
        worker.kill()
        shown, told = whole(office, resource), state_of(office, job)["state"]
        print(f"kill {number} after {moment:.3f} s: job {told}, state {shown} of {state} → {state + 1}")
        assert shown in (state, state + 1)
        kills += told == "interrupted" and bool(taken_up())
        if told == "done" or kills == RANDOM_KILLS:
            queue_again(job)
            worker.start()
            worker.end()
            state, job = state + 1, None
            assert whole(office, resource) == state
        if kills == RANDOM_KILLS:
            return
    raise AssertionError(f"only {kills} kills met a publication at work")


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
    held = taken_up()
    assert held
    connect_to_redis().zadd(StartedJobRegistry(queue=get_queue()).key, dict.fromkeys(held, 1))
    worker.start()
    worker.end()
    assert state_of(office, job)["state"] == "done" and whole(office, resource) == 2
    assert left_over(resource) == []
