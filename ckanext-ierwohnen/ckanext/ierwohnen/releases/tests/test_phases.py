"""Owners see what a check is doing, each phase once, and nothing that tells how much of it there is."""

from __future__ import annotations

import time
from types import SimpleNamespace

import pytest

from ckanext.ierwohnen.confidential.errors import LimitError
from ckanext.ierwohnen.confidential.parameters import Parameters
from ckanext.ierwohnen.releases.checking import Check
from ckanext.ierwohnen.releases.phases import ATTACKING, PROTECTING, Followed
from ckanext.ierwohnen.releases.texts import TEXTS

from .houses import TODAY, definition, town

OWNERS = ["big", "bigger", "small0", "small1", "small2"]


def test_a_check_tells_its_phases_in_order_and_each_once():
    told: list[str] = []
    asked = definition(OWNERS, figures=["dwellings", "rent"], dimensions=["rooms"])
    limits = Followed(600.0, told=told.append)
    Check(asked, tuple(OWNERS), town(), (), Parameters(), limits, today=TODAY).run()
    assert told == [PROTECTING, ATTACKING]
    assert all(word in TEXTS for word in told)


def test_limits_that_are_followed_are_limits_nevertheless():
    with pytest.raises(LimitError) as passed:
        Followed(0.0, started=time.monotonic() - 1).check("audit")
    assert passed.value.code == "too-little-time"


def test_phases_are_told_with_the_time_since_the_check_began():
    pytest.importorskip("ckan")
    from ckanext.ierwohnen.releases.presenting import job_of
    from ckanext.ierwohnen.releases.states import State

    def job(progress: str, stands: str = "running") -> dict:
        case = SimpleNamespace(joined=True)
        return job_of(SimpleNamespace(id="x", state=State.PREPARED, progress=progress, case=case), "release-x", stands)

    began = int(time.time()) - 75
    for progress, step, told in (
        (f"reading 20 42 @{began}", "reading", (20, 42)), (f"reading @{began}", "reading", (0, None)),
        (f"checking @{began}", "checking", (0, None)), (f"attacking @{began}", "attacking", (0, None)),
    ):  # fmt: skip
        found = job(progress)
        assert (found["state"], found["step"], (found["done"], found["total"])) == ("running", step, told), progress
        assert 75 <= found["seconds"] < 90
    assert job("", "waiting")["state"] == "waiting" and job("")["seconds"] is None
    assert job("checking")["seconds"] is None, "written by an older version"
    for progress, stands, state in (
        ("failed too-little-time", "", "failed"), ("failed too-little-time", "waiting", "waiting"),
        (f"attacking @{began}", "", "interrupted"), ("", "", "interrupted"), ("attacking @1", "waiting", "waiting"),
    ):  # fmt: skip
        found = job(progress, stands)
        assert (found["state"], bool(found["message"])) == (state, stands == ""), (progress, stands)
        assert found["step"] == "waiting" and found["seconds"] is None
