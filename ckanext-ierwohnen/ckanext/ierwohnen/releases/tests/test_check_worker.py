"""Checks have a queue and a worker of their own: what goes on beside them, and what becomes of one that is stopped."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

pytest.importorskip("ckan")

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model
from ckan.lib.jobs import get_queue
from ckan.lib.redis import connect_to_redis
from ckan.tests import factories
from click.testing import CliRunner
from redis.exceptions import ConnectionError
from rq.registry import StartedJobRegistry

from ckanext.ierwohnen.places import holding
from ckanext.ierwohnen.releases import jobs
from ckanext.ierwohnen.releases import store as releases
from ckanext.ierwohnen.releases.cli import doctor
from ckanext.ierwohnen.releases.reminding import remind
from ckanext.ierwohnen.releases.states import ANALYST, Step
from ckanext.ierwohnen.releases.store import Actor
from ckanext.ierwohnen.releases.texts import TEXTS
from ckanext.ierwohnen.releases.waiting import waiting_for
from ckanext.ierwohnen.tables.tests.under_fire import Worker
from ckanext.ierwohnen.vault import settings as vault
from ckanext.ierwohnen.vault.quiet_jobs import queue_id

from .queue_content import held
from .stage import ON_CKAN
from .test_killed import instance
from .under_fire import QUEUES, House, at_work, settled

pytestmark = ON_CKAN
PROTECTING, NOTING = "before the tables are protected", "before the check is noted"


def test_a_queue_that_is_away_is_no_sign_of_a_check_that_broke_off(clean_db, monkeypatch):
    def away(*args, **options):
        raise ConnectionError("no queue")

    monkeypatch.setattr(tk, "job_from_id", away)
    monkeypatch.setattr(jobs.Worker, "all", away)
    assert jobs.stands("11111111-1111-4111-8111-111111111111") == jobs.WAITING
    assert jobs.workers() == 0


def test_a_check_that_is_taken_just_now_has_not_broken_off(clean_db, monkeypatch):
    release = "22222222-2222-4222-8222-222222222222"
    jobs.quiet_jobs.enqueue(jobs.check, [release], jobs.JOB + release, queue=jobs.CHECKS, timeout=60)
    fetched = tk.job_from_id

    def taken(job: str):
        found, same = fetched(job), fetched(job)
        same.started_at = dt.datetime.now(dt.UTC)
        same.set_status(jobs.JobStatus.STARTED)
        same.save()
        return found

    monkeypatch.setattr(tk, "job_from_id", taken)
    assert jobs.stands(release) == jobs.WAITING
    fetched(queue_id(jobs.JOB + release)).delete()


def test_two_who_ask_for_a_lock_do_not_see_each_other(clean_db):
    name = "test of a lock"
    with holding.engine().begin() as other:
        other.execute(sa.select(sa.func.pg_try_advisory_xact_lock_shared(holding.lock_key(name))))
        assert not holding.is_held(name)
    with holding.hold(name):
        assert holding.is_held(name)


def test_a_lock_tells_other_sessions_no_name(clean_db):
    """No role sees the locks; CKAN's own sessions see the statements of one another."""
    name = "stock of a company"
    with holding.hold(name), holding.hold_all([f"{name} too"]), holding.engine().connect() as other:
        assert holding.lock_key(name) != other.scalar(sa.select(sa.func.hashtextextended(name, 0)))
        told = other.scalars(sa.text("SELECT query FROM pg_stat_activity")).all()
        assert any("advisory" in query for query in told) and not any(name in query for query in told)
        with pytest.raises(sa.exc.ProgrammingError, match="permission denied"):
            other.execute(sa.text("SELECT * FROM pg_locks"))


@pytest.fixture
def house(clean_db, clean_index, reset_queues, monkeypatch):
    reset_queues()
    house = House.founded()
    yield house
    house.end()
    reset_queues()


@pytest.fixture
def start(house, tmp_path) -> Iterator[Callable[..., Worker]]:
    """Starts workers, each of its own queues."""
    made: list[Worker] = []

    def started(*queues: str, at: str = "") -> Worker:
        model.Session.remove()  # its connection is not for two processes
        worker = Worker(tmp_path / f"worker-{len(made)}.log", queues)
        made.append(worker)
        worker.start(at)
        if at:
            worker.reached()
        return worker

    yield started
    for worker in made:
        worker.close()


def kept(house: House) -> bool:
    """Whether anything of a check lies in the store."""
    count = f"SELECT count(*) FROM vault.release_basis WHERE organization = '{house.organization}'"
    return int(instance().postgres.sql(count, instance().vault.database)) > 0


@pytest.fixture
def page(app, house) -> Callable[[str], str]:
    """The page of a release, as the company's analyst gets it."""
    token = factories.APIToken(user=house.analyst)["token"]

    def shown(release: str, part: str = "") -> str:
        number = house.act("release_show", house.analyst, id=release)["number"]
        for old in ("_login_user", "user", "userobj"):  # the test's own request stands around this one
            tk.g.pop(old, None)
        model.Session.remove()
        return app.get(f"/ierwohnen/freigaben/{number}{part}", headers={"Authorization": token}).body

    return shown


def says(body: str, code: str) -> bool:
    return any(text in body for text in TEXTS[code])


def job(house: House, release: str) -> dict:
    return house.act("job_show", house.analyst, id=jobs.JOB + release)


def left(release: str) -> list[str]:
    """The keys of Redis in which a check is found: by the release's id, or by its name in the queue, which says nothing
    and which RQ remembers for some minutes of a worker that died and of what was stopped."""
    keys = [key.decode() for key in connect_to_redis().scan_iter("*")]
    lasting = [key for key in keys if not key.startswith(("rq:worker:", "rq:failed:"))]
    by_name = {key for key in lasting if queue_id(jobs.JOB + release) in held(key)}
    return sorted(by_name | {key for key in keys if release in held(key)})


def test_loads_go_on_while_a_check_runs_and_a_check_of_other_stock_starts_again(house, start):
    release = house.prepared()
    checks = start(jobs.CHECKS, at=NOTING)
    assert (job(house, release)["state"], job(house, release)["seconds"]) == ("running", pytest.approx(0, abs=20))
    load = house.load(1500)
    start(QUEUES[0]).end()
    assert house.act("job_show", house.analyst, id=load)["state"] == "done" and house.rows() == 1500
    before = house.act("stock_list", house.analyst, organization=house.organization)
    house.restock(130)
    assert house.act("stock_list", house.analyst, organization=house.organization) != before
    checks.go()
    checks.end()
    found = house.act("release_show", house.analyst, id=release)
    assert (found["state"], found["outdated"]) == ("checked", False), checks.told()
    assert not left(release)
    assert sum(cell["figure"]["value"] for cell in found["cells"] if not cell["level"]) == house.dwellings


@pytest.mark.parametrize("at", [PROTECTING, NOTING])
def test_who_turns_a_release_down_stops_its_check(house, start, page, at):
    release = house.prepared()
    checks = start(jobs.CHECKS, at=at)
    began = time.monotonic()
    house.act("release_reject", house.approver, id=release, organization=house.organization, reason="Irrtum")
    checks.end()  # nobody lets the job go on: it is ended, and the worker is free
    assert time.monotonic() - began < 10
    found = house.act("release_show", house.analyst, id=release)
    assert (found["state"], found["stopped"], found["cells"], found["report"]) == ("rejected", True, [], None)
    assert not kept(house) and not at_work() and not left(release)
    body = page(release)
    assert "iw-check-progress" not in body and any(word in body for word in ("angehalten", "stopped"))
    after = house.prepared()
    start(jobs.CHECKS).end()
    assert house.state(after) == "checked"


def test_a_check_that_nobody_wants_any_more_ends_by_itself(house, start):
    """As if the queue's message to the worker had been lost."""
    release = house.prepared()
    checks = start(jobs.CHECKS, at=PROTECTING)
    actor = Actor(house.analyst, {house.organization: ANALYST})
    releases.take(vault.store(), actor, release, Step.REJECT, house.organization, "Irrtum")
    checks.go()
    checks.end()
    assert not kept(house) and house.state(release) == "rejected"
    assert jobs.stands(release) == jobs.NOBODY and not left(release), checks.told()


def test_one_that_waits_is_forgotten_and_one_that_is_asked_for_twice_is_made_once(house):
    release = house.prepared()
    house.act("release_check", house.analyst, id=release, organization=house.organization)
    assert get_queue(jobs.CHECKS).job_ids == [queue_id(jobs.JOB + release)]
    assert job(house, release)["message"] in TEXTS["no-worker"], "there is no worker"
    house.act("release_reject", house.analyst, id=release, organization=house.organization, reason="Irrtum")
    assert not get_queue(jobs.CHECKS).job_ids and not left(release)


def test_after_its_worker_was_killed_a_person_is_told_and_asks_again(house, start, page):
    release = house.prepared()
    worker = start(jobs.CHECKS, at=PROTECTING)
    for body in (page(release), page(release, "/stand")):
        assert 'class="on" aria-current="step"' in body and says(body, "checking") and "4" in body
    worker.kill()
    jobs.STARTING, usual = type(jobs.STARTING)(0), jobs.STARTING
    try:
        assert settled(lambda: job(house, release)["state"] == "interrupted"), job(house, release)
        assert job(house, release)["message"] in TEXTS["interrupted"] and not kept(house)
        body = page(release)
        assert says(body, "interrupted") and "iw-check-progress" not in body and "/check" in body
        actor = Actor(house.analyst, {house.organization: ANALYST})
        (mail,) = remind(vault.store(), house.day, really=False)
        assert len(mail.sent) == 2 and mail.count == 1
        (told,) = waiting_for(actor)
        assert told["number"] == releases.find(vault.store(), actor, release).number
        house.act("release_check", house.analyst, id=release, organization=house.organization)
        assert job(house, release)["state"] == "waiting" and not waiting_for(actor)
        start(jobs.CHECKS).end()
        assert house.state(release) == "checked" and not left(release)
        other = house.prepared()
        start(jobs.CHECKS, at=PROTECTING).kill()
        assert settled(lambda: jobs.stands(other) == jobs.NOBODY)
        house.act("release_reject", house.approver, id=other, organization=house.organization, reason="Irrtum")
        assert not left(other), "turned down after its worker had died"
    finally:
        jobs.STARTING = usual


def test_the_queue_takes_it_up_again_by_itself(house, start):
    release = house.prepared()
    start(jobs.CHECKS, at=PROTECTING).kill()
    StartedJobRegistry(queue=get_queue(jobs.CHECKS)).cleanup(time.time() + 3600)  # what each worker does now and then
    start(jobs.CHECKS).end()
    assert house.state(release) == "checked" and not left(release)


def test_what_the_queue_has_lost_is_told_at_once(house, reset_queues):
    release = house.prepared()
    reset_queues()
    tk.job_from_id(queue_id(jobs.JOB + release)).delete() if jobs.stands(release) else None
    assert job(house, release)["message"] in TEXTS["lost"]
    house.act("release_check", house.analyst, id=release, organization=house.organization)
    assert job(house, release)["state"] == "waiting"


def test_checks_that_could_meet_wait_for_each_other_and_others_do_not(house, start):
    other = replace(House.founded(), day=house.day + dt.timedelta(days=9))
    try:
        first, held = house.prepared(), start(jobs.CHECKS, at=PROTECTING)
        apart = other.prepared()
        start(jobs.CHECKS).end()
        second, worker = house.again(), start(jobs.CHECKS)
        assert settled(lambda: job(house, second)["state"] == "running")
        time.sleep(2)
        assert (other.state(apart), house.state(first), house.state(second)) == ("checked", "prepared", "prepared")
        assert job(house, second)["step"] == "waiting" and job(house, first)["step"] == "checking"
        held.go()
        for one in (held, worker):
            one.end()
        assert (house.state(first), house.state(second)) == ("checked", "checked"), worker.told()
        assert house.act("release_show", house.analyst, id=second)["report"]["earlier"] == 1
        assert "overtaken" not in worker.told()
    finally:
        other.end()


def test_the_doctor_says_whether_a_worker_takes_checks(house, start):
    model.Session.remove()
    without = CliRunner().invoke(doctor, ["--language", "en"])
    assert without.exit_code == 1 and "No process checks releases" in without.output
    house.prepared()
    start(jobs.CHECKS, at=PROTECTING)
    there = CliRunner().invoke(doctor, ["--language", "en"])
    assert there.exit_code == 0 and "check releases: 1." in there.output
