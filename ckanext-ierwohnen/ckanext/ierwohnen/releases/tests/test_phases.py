"""Owners see what a check is doing, each phase once, and nothing that tells how much of it there is."""

from __future__ import annotations

import datetime as dt
import time
from types import SimpleNamespace

import pytest

from ckanext.ierwohnen.confidential.errors import LimitError
from ckanext.ierwohnen.confidential.parameters import Parameters
from ckanext.ierwohnen.releases.checking import Check
from ckanext.ierwohnen.releases.lasting import usual
from ckanext.ierwohnen.releases.phases import ATTACKING, PHASES, PROTECTING, Followed
from ckanext.ierwohnen.releases.states import Case, State, Step, Taken
from ckanext.ierwohnen.releases.store import Release
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
        on = [one["state"] for one in found["phases"]].index("on")
        assert on == PHASES.index(step) and len(found["phases"]) == len(PHASES)
    advised = job(f"advising @{began}")
    assert [one["state"] for one in advised["phases"]] == ["done"] * len(PHASES) + ["on"]
    assert job("", "waiting")["phases"] == []
    assert job("", "waiting")["state"] == "waiting" and job("")["seconds"] is None
    assert job("checking")["seconds"] is None, "written by an older version"
    for progress, stands, state in (
        ("failed too-little-time", "", "failed"), ("failed too-little-time", "waiting", "waiting"),
        (f"attacking @{began}", "", "interrupted"), ("", "", "interrupted"), ("attacking @1", "waiting", "waiting"),
    ):  # fmt: skip
        found = job(progress, stands)
        assert (found["state"], bool(found["message"])) == (state, stands == ""), (progress, stands)
        assert found["step"] == "waiting" and found["seconds"] is None


def test_how_long_checks_take_is_told_by_those_of_the_readers_own():
    """Of others it would tell how much there is to reckon. Steps stand in no release but one's own."""
    began = dt.datetime(2026, 7, 1, 9, tzinfo=dt.UTC)

    def checked(seconds: int, day: int, owned: bool = True, level: str = "s/quarter") -> Release:
        moments = (began, began + dt.timedelta(hours=5), began + dt.timedelta(hours=5, seconds=seconds))
        steps = (Taken(Step.PREPARE, "a", "p"), Taken(Step.JOIN, "b", "q"), Taken(Step.PASS, "", "engine"))
        times = tuple(at + dt.timedelta(days=day) for at in moments)
        case = Case(frozenset("ab"), steps, State.CHECKED)
        new = definition(["a", "b"], level=level)
        return Release(f"r{day}", "F", new, case, owned, "", began, times)

    known = [checked(10_000, 0), *(checked(60 * n, n) for n in range(2, 7))]
    known += [checked(7, 8, False), checked(1, 9, level="")]
    assert usual(known, "s/quarter", 0, 2) == (120, 360), "the last five, from the last one's joining"
    assert usual(known, "s/quarter", 1, 2) is None and usual(known, "s/quarter", 0, 1) is None
