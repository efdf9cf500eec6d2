"""How much a check may take is counted in steps of computing: a slow machine gives the same answers as a fast one."""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import replace

import pytest

from ckanext.ierwohnen.confidential.errors import LimitError
from ckanext.ierwohnen.confidential.limits import Limits
from ckanext.ierwohnen.releases import store as releases
from ckanext.ierwohnen.releases.checking import Check, Checked
from ckanext.ierwohnen.releases.engine import _within_limits
from ckanext.ierwohnen.releases.past import Past, seen_by
from ckanext.ierwohnen.releases.phases import Followed
from ckanext.ierwohnen.releases.states import State
from ckanext.ierwohnen.vault.errors import VaultError

from .houses import DAY, TODAY, definition, town
from .stage import Stage

ALL = sorted(town())
BUDGETS = (None, 6_000, 500)


def with_other_dates(dates: int, kind: type[Check] = Check, limits: Limits | None = None) -> Check:
    """A check beside releases of as many other dates, of which most of the stock stayed."""
    homes, new = town(), definition(ALL, figures=["dwellings"], dimensions=["rooms"])
    past = []
    for n in range(dates):
        later = replace(new, reference_date=DAY + dt.timedelta(days=1 + n))
        versions = tuple(f"{owner}/{n}" for owner in ALL)
        homes |= {v: homes[o].sample(frac=0.9, random_state=n) for o, v in zip(ALL, versions, strict=True)}
        if not n:
            checked = Check(later, versions, homes, (), today=TODAY).run()
        past.append(Past(f"r{n}", later, seen_by(later), versions, checked.patterns))
    return kind(new, new.owners, homes, past, limits=limits or Limits(), today=TODAY)


def test_dates_that_take_too_much_work_are_left_out_while_there_is_enough_for_the_check_without_them():
    tries = []

    class Laborious(Check):
        def run(self) -> Checked:
            tries.append((len(self.past), self.limits.work))
            if self.past:
                self.limits.spent = 10**9
                self.limits.check("audit")
            return super().run()

    found = _within_limits(with_other_dates(5, Laborious, Limits(work=4_000_000)), 0)
    assert tries == [(5, 2_000_000), (1, 1_000_000), (0, 1_000_000)]
    assert found.report["partly"] and found.cells == with_other_dates(0).run().cells


def test_a_slow_machine_gives_the_same_answer():
    """The budget is spent by what is reckoned, not by the time that it takes; here some is enough for all dates, some
    for less, and some for nothing."""

    class Sluggish(Followed):
        def check(self, step: str) -> None:
            if not self.spent % 30:
                time.sleep(0.002)
            super().check(step)

    def answer(limits: Limits) -> tuple[bool | str, list[dict], dict]:
        try:
            found = _within_limits(with_other_dates(2, limits=limits), 0)
        except LimitError as error:
            return error.code, [], {}
        return found.report["partly"], found.cells, found.report

    told = []
    for work in BUDGETS:
        found = answer(Limits(work=work))
        assert answer(Sluggish(work=work)) == found, work
        told.append(found[0])
    assert told == [False, True, "too-much-work"]


def test_the_clock_leaves_no_date_out_and_refuses_nothing():
    class Slow(Check):
        def run(self) -> Checked:
            time.sleep(0.3)
            return super().run()

    with pytest.raises(LimitError, match="time limit") as raised:
        _within_limits(with_other_dates(2, Slow, Limits(seconds=0.2)), 0)
    assert raised.value.code == "too-little-time"


def test_who_runs_out_of_time_may_be_checked_again_and_who_takes_too_much_work_is_refused(cluster, store):
    stage = Stage.of(cluster, store, sizes={f"o{n}": 40 + n for n in range(6)})
    release = stage.prepared(list(stage.homes))
    slow = replace(stage.engine, seconds=0.0)
    with pytest.raises(VaultError) as raised:
        slow.check(release)
    assert raised.value.code == "check-too-long"
    slow.failed(release, raised.value.code)
    found = releases.find(stage.store, stage.actor("o0"), release)
    assert found.state == State.PREPARED and found.progress == "failed check-too-long"
    assert stage.engine.check(release) == State.CHECKED
    large = stage.prepared(list(stage.homes), dimensions=["rooms"])
    assert replace(stage.engine, work=10).check(large) == State.REFUSED
    assert stage.show("o0", large)["report"]["refused"]["code"] == "too-much-work"
