"""Which earlier releases a check has to know: of all dates, by chains of owners, and those that pass while it runs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest

from ckanext.ierwohnen.releases.audience import EVERYBODY
from ckanext.ierwohnen.vault.loading import delete_stock

from .houses import DAY
from .stage import Stage

FIRST, SECOND, THIRD, LATER = (dt.date(2019, 3, day) for day in (3, 4, 5, 6))  # of these no other test has releases
SOME, MORE = ([f"{name}{n}" for n in range(5)] for name in "cd")


def meanwhile(stage: Stage, release: str, happens: Callable[[], object]) -> int:
    """How often a check was made, while something happened in its first round."""
    rounds = []

    def pause(word: str) -> None:
        if word == "checked":
            rounds.append(word)
            if len(rounds) == 1:
                stage.engine.pause = lambda word: None
                happens()
                stage.engine.pause = pause

    stage.engine.pause = pause
    try:
        stage.engine.check(release)
    finally:
        stage.engine.pause = lambda word: None
    return len(rounds)


def shown(stage: Stage, name: str, release: str) -> dict[tuple[str, str], float]:
    cells = stage.show(name, release)["cells"] or []
    return {(cell["level"], cell["key"]): cell["value"] for cell in cells if cell["status"] == "ok"}


def test_a_date_that_gets_its_first_stock_and_release_during_a_check_is_seen(cluster, store):
    """Both checks by themselves would pass, and one table less the other is a company's."""
    stage = Stage.of(cluster, store, sizes={"a": 60} | {name: 80 + n for n, name in enumerate(SOME)})
    public = {"audience": EVERYBODY, "figures": ["dwellings"]}
    release, others = stage.prepared(["a", *SOME], **public), []

    def others_pass() -> None:
        for name in SOME:
            stage.load(name, stage.homes[name], FIRST)
        others.append(stage.published(SOME, reference_date=FIRST, **public))

    assert meanwhile(stage, release, others_pass) == 2
    apart = shown(stage, "c0", others[0])
    assert apart and not apart.keys() & shown(stage, "a", release).keys()


@pytest.mark.parametrize(("passes", "rounds"), [(["b"], 2), (["b", "x"], 2), (["x"], 1)])
def test_only_a_release_to_which_a_chain_of_owners_leads_makes_a_check_start_again(cluster, store, passes, rounds):
    """Whether there were releases of its date before or not: `a` released with `b`, and `x` with nobody."""
    stage = Stage.of(cluster, store, sizes={"a": 40, "b": 50, "x": 60})
    for day in (SECOND, THIRD, LATER):
        for name in ("a", "b", "x"):
            stage.load(name, stage.homes[name], day)
    city = {"level": "", "audience": EVERYBODY}
    stage.published(["a", "b"], consents=("a", "b"), reference_date=SECOND, **city)
    stage.published(["x"], consents=("x",), reference_date=THIRD, **city)
    release = stage.prepared(["a"], consents=("a",), **city)

    def others_pass() -> None:
        for day in (THIRD, LATER):
            stage.published(passes, consents=tuple(passes), reference_date=day, **city)

    assert meanwhile(stage, release, others_pass) == rounds
    assert stage.show("a", release)["cells"]


def test_a_chain_that_leaves_the_date_and_comes_back_is_followed(cluster, store):
    """c + d of another day less c is d; d + y of the day itself less d is y, whoever stands between them."""
    sizes = {"y": 60} | {name: 80 + n for n, name in enumerate([*SOME, *MORE])}
    stage = Stage.of(cluster, store, sizes=sizes)
    for name in (*SOME, *MORE):
        stage.load(name, stage.homes[name], SECOND)
    public = {"audience": EVERYBODY, "figures": ["dwellings"]}
    stories = [([*MORE, "y"], DAY), ([*SOME, *MORE], SECOND), (SOME, DAY)]
    tables = []
    for owners, day in stories:
        release, _ = stage.checked(owners, reference_date=day, **public)
        tables.append(shown(stage, owners[0], release))
    joined, both, one = tables
    told = {place: joined[place] - (both[place] - one[place]) for place in joined.keys() & both.keys() & one.keys()}
    assert joined and both and not any(told.values()), "that it has nothing somewhere is no secret"


def test_stock_that_goes_during_a_check_leaves_in_no_release(cluster, store):
    """Neither what was loaded again, of which the next round is made, nor what was deleted."""
    stage = Stage.of(cluster, store, sizes={"a": 40})
    release = stage.prepared(["a"], consents=("a",), level="")
    assert meanwhile(stage, release, lambda: stage.load("a", stage.homes["a"].iloc[10:])) == 2
    assert shown(stage, "a", release)["", ""] == 30
    release = stage.prepared(["a"], consents=("a",), level="")
    reader, own = stage.actor("a").reader, stage.id("a")
    assert meanwhile(stage, release, lambda: delete_stock(store, reader, own, DAY, purpose="Vertragsende")) == 1
    assert stage.show("a", release)["report"]["refused"]["code"] == "no-stock"
