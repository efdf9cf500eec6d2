"""What the queue tells sysadmins of checks and loads: nothing."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("ckan")

import ckan.plugins.toolkit as tk
from ckan.cli.jobs import clear, list_jobs
from ckan.lib.jobs import DEFAULT_QUEUE_NAME, get_queue
from ckan.tests import factories
from ckan.tests.helpers import call_action
from click.testing import CliRunner

from ckanext.ierwohnen.releases import jobs
from ckanext.ierwohnen.vault.quiet_jobs import queue_id

from .queue_content import held
from .stage import ON_CKAN
from .test_check_worker import house
from .under_fire import House

__all__ = ["house"]
pytestmark = ON_CKAN
UNKNOWN = "11111111-1111-4111-8111-111111111111"


def asked(who: str, action: str, **data: Any) -> Any:
    """What somebody gets, or how it is refused."""
    try:
        return call_action(action, {"user": who, "ignore_auth": False}, **data)
    except (tk.ObjectNotFound, tk.NotAuthorized, tk.ValidationError) as refused:
        return f"{type(refused).__name__} {refused}"


def test_sysadmins_see_no_check_and_no_load_and_end_none(house: House):
    boss = factories.Sysadmin()["name"]
    release, load = house.prepared(), house.load(3)
    check = jobs.JOB + release
    foreign = tk.enqueue_job(print, ["x"], title="of somebody else").id
    assert get_queue(jobs.CHECKS).job_ids == [queue_id(check)]
    assert get_queue().job_ids == [queue_id(load), foreign]

    for limits in ({}, {"limit": 1}, {"limit": "1"}):
        assert [one["id"] for one in asked(boss, "job_list", **limits)] == [foreign], "ours take no place either"
        assert asked(boss, "job_list", ids_only=True, **limits) == [foreign]
    assert asked(boss, "job_list", queues=[jobs.CHECKS]) == [] == asked(boss, "job_list", queues=["unknown"])
    assert asked(boss, "job_list", limit="viele").startswith("ValidationError")
    for action in ("job_show", "job_cancel"):
        missing, forbidden = asked(boss, action, id=UNKNOWN), asked(house.analyst, action, id=UNKNOWN)
        assert missing.startswith("NotFound") and forbidden.startswith("NotAuthorized")
        for name in (check, load, queue_id(check), queue_id(load)):
            assert (asked(boss, action, id=name), asked(house.analyst, action, id=name)) == (missing, forbidden), name
    assert asked(boss, "job_show", id=foreign)["title"] == "of somebody else"

    assert asked(house.analyst, "job_clear").startswith("NotAuthorized")
    assert asked(boss, "job_clear", queues=[jobs.CHECKS]) == [jobs.CHECKS]
    assert asked(boss, "job_clear") == [DEFAULT_QUEUE_NAME]
    assert get_queue().job_ids == [queue_id(load)] and asked(boss, "job_show", id=foreign) == missing
    for job in (check, load):
        assert house.act("job_show", house.analyst, id=job)["state"] == "waiting"

    listed = CliRunner().invoke(list_jobs, ["--ids"]).output.split()
    assert sorted(listed) == sorted([queue_id(check), queue_id(load)]), "on the server they are jobs like others"
    CliRunner().invoke(clear)
    assert not get_queue().job_ids and not get_queue(jobs.CHECKS).job_ids


def test_the_queues_names_and_titles_say_nothing(house: House, monkeypatch, ckan_config):
    release, load = house.prepared(), house.load(3)
    for job in (jobs.JOB + release, load):
        name, number = queue_id(job), job.split("-", 1)[1]
        assert number not in name and number not in held(f"rq:queue*{name}*")
        found = tk.job_from_id(name)
        assert (found.meta["title"], found.description) == (None, "quiet")
        monkeypatch.setitem(ckan_config, "SECRET_KEY", "another portal's")
        assert queue_id(job) != name, "who does not know the secret cannot tell"
        monkeypatch.undo()
