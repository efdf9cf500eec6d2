"""The life of releases in a living store: who gets what, when, and what stands in the ledgers."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from ckanext.ierwohnen.releases import store as releases
from ckanext.ierwohnen.releases.audience import EVERYBODY
from ckanext.ierwohnen.releases.states import ANALYST, APPROVER, State, Step
from ckanext.ierwohnen.releases.store import Actor
from ckanext.ierwohnen.vault.capability import Claims
from ckanext.ierwohnen.vault.errors import VaultError
from ckanext.ierwohnen.vault.journal import read_ledger
from ckanext.ierwohnen.vault.ledger import verify
from ckanext.ierwohnen.vault.loading import delete_stock
from ckanext.ierwohnen.vault.sealing import Keys

from .houses import DAY, town
from .stage import Stage
from .test_recognising import renumbered, stock

ALL = sorted(town())


@pytest.fixture(scope="module")
def stage(cluster, store) -> Stage:
    return Stage.of(cluster, store)


def test_from_preparation_to_withdrawal(stage):
    release = stage.prepared(ALL[:1], consents=("big",))
    with pytest.raises(VaultError, match="no-release"):
        stage.show("city", release)
    assert stage.engine.check(release) == State.CHECKED
    assert stage.show("big", release)["cells"], "the owner sees what it is about to release"
    assert release not in stage.seen("city") | stage.seen("bigger")
    releases.take(stage.store, stage.actor("big"), release, Step.APPROVE, stage.id("big"))
    releases.take(stage.store, stage.actor("big"), release, Step.PUBLISH, stage.id("big"))
    shown = stage.show("city", release)
    assert shown["cells"][0]["value"] == len(stage.homes["big"]) and shown["report"] is None
    found = releases.find(stage.store, stage.actor("city", "member"), release)
    assert not found.case.steps and not found.definition.consents and not found.owned
    with pytest.raises(VaultError, match="no-release"):
        stage.show("bigger", release)
    ledger = read_ledger(stage.store, stage.actor("big").reader, stage.id("big"), "Kontrolle")
    told = [(e.action, e.reader.split()[0]) for e in ledger if e.action.startswith("release")]
    assert told[0] == ("release prepare", "analyst") and ("release read", "member") in told
    assert ("release publish", "approver") in told and verify(ledger).whole
    releases.take(stage.store, stage.actor("big", ANALYST), release, Step.WITHDRAW, stage.id("big"), "Fehler")
    with pytest.raises(VaultError, match="no-release"):
        stage.show("city", release)
    with (
        pytest.raises(VaultError, match="refused"),
        stage.store.transaction(Claims("x", acting={stage.id("city"): "member"})) as cursor,
    ):
        cursor.one("SELECT vault.release_cells(%s)", release)


def test_a_pooled_release_waits_for_everyone_and_touches_nothing_before(cluster, store):
    stage = Stage.of(cluster, store)
    new = stage.definition(ALL, figures=["dwellings", "vacancy_rate", "rent"])
    release = releases.prepare(stage.store, stage.actor("big", ANALYST), stage.id("big"), new)
    assert stage.engine.check(release) is None
    for owner in ALL[1:]:
        assert stage.engine.check(release) is None
        releases.take(stage.store, stage.actor(owner, ANALYST), release, Step.JOIN, stage.id(owner))
    entries = read_ledger(stage.store, stage.actor("small1").reader, stage.id("small1"), "p")
    assert not [e for e in entries if e.reader == "release-engine"], "no record was read before all had joined"
    assert stage.engine.check(release) == State.CHECKED
    report = stage.show("small1", release)["report"]
    assert report["contributors"] == len(ALL) and "rule" not in str(report["cells"])
    for n, owner in enumerate(ALL):
        with pytest.raises(VaultError, match="not-now"):
            releases.take(stage.store, stage.actor("big"), release, Step.PUBLISH, stage.id("big"))
        state = releases.take(stage.store, stage.actor(owner), release, Step.APPROVE, stage.id(owner))
        assert state == (State.APPROVED if n == len(ALL) - 1 else State.CHECKED)
    releases.take(stage.store, stage.actor("big"), release, Step.PUBLISH, stage.id("big"))
    assert stage.show("friend", release)["cells"]


def test_the_database_refuses_what_the_machine_refuses(stage):
    release, _ = stage.checked(ALL)
    both = Actor(stage.actor("big", ANALYST).name, {stage.id("big"): APPROVER})  # has prepared, and was promoted since
    joined = Actor(stage.actor("small1", ANALYST).name, {stage.id("big"): APPROVER})
    attempts = [
        (both, Step.APPROVE, "big"), (joined, Step.APPROVE, "big"), (stage.actor("big", ANALYST), Step.APPROVE, "big"),
        (stage.actor("city"), Step.APPROVE, "city"), (stage.actor("city"), Step.APPROVE, "big"),
        (stage.actor("big"), Step.PUBLISH, "big"), (stage.actor("big"), Step.JOIN, "big"),
        (stage.actor("big"), Step.REJECT, "big"), (stage.actor("big", "member"), Step.REJECT, "big"),
        (stage.actor("big"), Step.PASS, "big"), (stage.actor("big"), Step.EXPIRE, "big"),
    ]  # fmt: skip
    for actor, step, owner in attempts:
        with pytest.raises(VaultError, match=r"not-now|refused"):
            releases.take(stage.store, actor, release, step, stage.id(owner))
    for forged in (stage.definition(["bigger"]), stage.definition(["big", "small1"], consents=[stage.id("small1")])):
        with pytest.raises(VaultError, match="refused"):
            releases.prepare(stage.store, stage.actor("big"), stage.id("big"), forged)


def test_the_store_itself_knows_a_renamed_account_and_old_steps_by_name(cluster, stage):
    def actor(name: str, role: str, account: str) -> Any:
        return replace(stage.actor("big", role, person=name), account=account)

    own = stage.id("big")
    new = replace(stage.definition(["big"]), consents=(own,))
    ids = [releases.prepare(stage.store, actor("first name", ANALYST, "u1"), own, new) for _ in range(3)]
    cluster.admin(f"UPDATE vault.release_step SET account = '' WHERE release = '{ids[2]}'")  # from before accounts
    for release in ids:
        assert stage.engine.check(release) == State.CHECKED
    refused = [(ids[0], "other name", "u1"), (ids[2], "first name", "u1")]
    for release, name, account in refused:
        with pytest.raises(VaultError, match="not-now"):
            releases.take(stage.store, actor(name, APPROVER, account), release, Step.APPROVE, own)
    for release, name, account in ((ids[1], "first name", "u2"), (ids[2], "second name", "u2")):
        assert releases.take(stage.store, actor(name, APPROVER, account), release, Step.APPROVE, own) == State.APPROVED


FUNCTIONS = [
    "SELECT vault.release_history('stock 2025-12-31')", "SELECT vault.release_sources()",
    "SELECT vault.release_case('{release}')",
    "SELECT * FROM vault.release_basis_of('{version}')", "SELECT * FROM vault.release_basis",
    "SELECT * FROM vault.release", "SELECT * FROM vault.release_result", "SELECT vault.release_cells('{release}')",
    "SELECT vault.release_add_step('{release}', 'approve', '', 'x', 'approver', '')",
    "SELECT vault.release_take('{release}', 'publish', '{owner}', '')",
    "SELECT vault.release_finish('{release}', 0, 'pass', '{{}}')", "UPDATE vault.release SET state = 'published'",
]  # fmt: skip


@pytest.mark.parametrize("sql", FUNCTIONS)
def test_sql_in_hand_reaches_no_release(cluster, stage, sql):
    import psycopg2

    release, _ = stage.checked(["big"], consents=("big",))
    connection = cluster.connect("vault_app")
    with pytest.raises(psycopg2.Error), connection.cursor() as cursor:
        cursor.execute(sql.format(release=release, version=release, owner=stage.id("big")))
    connection.rollback()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM vault.release_list()")
        public = cluster.admin("SELECT count(*) FROM vault.release WHERE readers IS NULL AND state = 'published'")
        assert cursor.fetchone() == (int(public),)
    connection.close()


def test_no_reading_without_an_entry_in_every_owners_ledger(stage):
    release = stage.published(["big"], consents=("big",))
    with (
        pytest.raises(VaultError, match="refused"),
        stage.store.transaction(Claims("member of city", acting={stage.id("city"): "member"})) as cursor,
    ):
        cursor.one("SELECT vault.release_cells(%s)", release)


def test_a_newer_release_takes_the_place_of_the_old_one(stage):
    old = stage.published(["big"], consents=("big",))
    new = stage.published(["big"], consents=("big",), replaces=old)
    assert new in stage.seen("city") and old not in stage.seen("city")
    (found,) = [r for r in releases.releases(stage.store, stage.actor("big")) if r.id == old]
    assert found.state == State.SUPERSEDED
    with pytest.raises(VaultError, match="refused"):
        releases.prepare(stage.store, stage.actor("bigger"), stage.id("bigger"),
                         stage.definition(["bigger"], replaces=old))  # fmt: skip


def test_public_ones_are_seen_by_everybody_and_leave_at_once(stage):
    release = stage.published(["big"], consents=("big",), audience=EVERYBODY)
    nobody = Actor("anonymous", {})
    assert releases.opened(stage.store, nobody, releases.find(stage.store, nobody, release), "")["cells"]
    assert releases.outside(stage.store)[release]
    releases.take(stage.store, stage.actor("big"), release, Step.WITHDRAW, stage.id("big"), "Irrtum")
    assert not releases.outside(stage.store)[release]


def test_replaced_stock_stays_known_to_the_check_and_deleted_stock_stops_it(cluster, store):
    keys = Keys({})
    own = Stage.of(cluster, store, keys)
    keys._secrets[own.id("big")] = "k" * 40  # from now on its values lie encrypted
    own.load("big", own.homes["big"])
    own.published(ALL)
    canary = own.homes["big"]["record"].iloc[0]
    own.load("big", own.homes["big"].iloc[3:])
    _, state = own.checked(ALL)
    assert state == State.CHECKED
    assert canary not in cluster.admin("SELECT * FROM vault.release_basis")
    body = cluster.admin(f"SELECT content FROM vault.release_basis WHERE organization = '{own.id('big')}' LIMIT 1")
    assert bytes.fromhex(body.strip().removeprefix("\\x"))[:4] != b"PAR1"
    delete_stock(store, own.actor("big").reader, own.id("big"), DAY, purpose="Vertragsende")
    assert not cluster.admin(f"SELECT 1 FROM vault.release_basis WHERE organization = '{own.id('big')}'").strip()
    own.load("big", own.homes["big"])
    release, state = own.checked(ALL)
    assert state == State.REFUSED
    assert own.show("small1", release)["report"]["refused"]["code"] == "history-gone"


@pytest.mark.parametrize("how", ["deleted", "loaded again"])
def test_what_was_checked_of_other_stock_leaves_no_more(cluster, store, how):
    stage = Stage.of(cluster, store, sizes={"bigger": 40})
    owner, approver = stage.id("bigger"), stage.actor("bigger")
    release, state = stage.checked(["bigger"], consents=("bigger",))
    waiting, _ = stage.checked(["bigger"], consents=("bigger",))
    releases.take(store, approver, waiting, Step.APPROVE, owner)
    assert state == State.CHECKED and not releases.find(store, approver, release).outdated
    if how == "deleted":
        delete_stock(store, approver.reader, owner, DAY, purpose="Vertragsende")
    else:
        stage.load("bigger", stage.homes["bigger"].iloc[10:])
    for one, step in ((release, Step.APPROVE), (waiting, Step.PUBLISH)):
        assert releases.find(store, approver, one).outdated
        with pytest.raises(VaultError) as refused:
            releases.take(store, approver, one, step, owner)
        assert refused.value.code == "stock-changed"
    assert releases.take(store, approver, release, Step.REJECT, owner, "neu geladen") == State.REJECTED


def test_the_same_stock_under_another_date_tells_no_more(cluster, store):
    """Half of the dwellings stayed, as far as the tables tell: then both dates are one system; else each is its own."""
    stage = Stage.of(cluster, store, sizes={})
    shown, next_day = [], DAY + dt.timedelta(days=1)

    def release(day: dt.date, homes, **changes) -> dict[str, float | None]:
        stage.load("a", homes, day)
        wish = {"figures": ["vacant"], "consents": ("a",), "reference_date": day, **changes}
        cells = stage.show("friend", stage.published(["a"], **wish))["cells"]
        return {c["key"]: c["value"] for c in cells if c["level"] == "s/quarter" and c.get("rooms", "Total") == "Total"}

    homes = stock()
    first = release(DAY, homes)
    hidden = {place for place, value in first.items() if value is None}
    few = renumbered(homes).assign(rooms=homes["rooms"].mask(homes.index % 50 == 49, "4"))
    shown = [release(next_day, few, dimensions=["rooms"]), release(next_day, homes, dimensions=["rooms"])]
    assert [{place for place, value in cells.items() if value is None} for cells in shown] == [hidden, hidden]
    delete_stock(store, stage.actor("a").reader, stage.id("a"), DAY, purpose="Vertragsende")
    later = DAY + dt.timedelta(days=366)
    assert release(later, homes.assign(vacancy="let")), "what was deleted stops no other date"


def test_a_check_that_was_overtaken_starts_again(cluster, store):
    stage = Stage.of(cluster, store, sizes={"bigger": 40})
    releases_ = [stage.prepared(["bigger"], consents=("bigger",)) for _ in range(2)]
    other, calls = stage.engine, []

    def meanwhile(word: str) -> None:
        calls.append(word)
        if calls == ["reading", "checking", "checked"]:
            stage.engine.pause = lambda word: None
            assert stage.engine.check(releases_[1]) == State.CHECKED
            stage.engine.pause = meanwhile

    stage.engine.pause = meanwhile
    try:
        assert other.check(releases_[0]) == State.CHECKED
    finally:
        stage.engine.pause = lambda word: None
    assert calls.count("checked") == 2


def test_a_refusal_tells_the_cell_and_to_a_house_alone_the_advice(cluster, store):
    stage = Stage.of(cluster, store, sizes={"big": 50, "bigger": 60})
    release, state = stage.checked(["bigger"], figures=["dwellings"], level="s/quarter")
    assert state == State.REFUSED
    told = stage.show("bigger", release)["report"]["refused"]
    assert told["code"] == "one-owner" and {one["kind"] for one in told["advice"]} == {"consent", "coarser"}
    assert all(one["consent"] and one["shown"] for one in told["advice"])  # alone it shows nothing without
    pooled, state = stage.checked(["big", "bigger"], level="s/block")
    assert state == State.REFUSED
    told = stage.show("big", pooled)["report"]["refused"]
    assert told == {"code": "level-unknown", "cell": ""}


def test_dates_of_the_calendar_are_asked_each_time(stage):
    release = stage.prepared(["big"], consents=("big",))
    found = releases.find(stage.store, stage.actor("big"), release)
    assert found.state == State.PREPARED and found.since <= dt.datetime.now(dt.UTC)
    assert found.number.startswith("F-") and found.number[7:].isalnum()


class Killed(BaseException):
    """The process ends here."""


def test_a_check_that_is_killed_leaves_the_old_state_or_the_new_one(cluster, store):
    stage = Stage.of(cluster, store, sizes={"big": 40})
    for kill_at in ("reading", "checking", "checked", "pass", "kept", "finished"):
        release = stage.prepared(["big"], consents=("big",))

        def pause(word: str, kill_at: str = kill_at) -> None:
            if word == kill_at:
                raise Killed

        kept = cluster.admin("SELECT count(*) FROM vault.release_basis")
        stage.engine.pause = pause
        with pytest.raises(Killed):
            stage.engine.check(release)
        stage.engine.pause = lambda word: None
        done = kill_at == "finished"
        found = releases.find(stage.store, stage.actor("big"), release)
        assert found.state == (State.CHECKED if done else State.PREPARED), kill_at
        assert (stage.show("big", release)["cells"] is not None) == done
        assert done or cluster.admin("SELECT count(*) FROM vault.release_basis") == kept
        assert stage.engine.check(release) == (None if done else State.CHECKED)


@pytest.mark.parametrize("turned_down", [False, True])
def test_a_consent_that_waits_for_approval_opens_nothing(cluster, store, turned_down):
    """Checked with its consent, a company's own figures may still stay in the house."""
    stage = Stage.of(cluster, store, sizes={"big": 40, **{f"other{n}": 60 + n for n in range(5)}})
    others = [name for name in stage.homes if name != "big"]
    waiting, state = stage.checked(["big"], consents=("big",), audience=EVERYBODY, level="")
    assert state == State.CHECKED
    stage.published([*stage.homes], audience=EVERYBODY, level="")
    if turned_down:
        releases.take(stage.store, stage.actor("big"), waiting, Step.REJECT, stage.id("big"), "p")
    release, state = stage.checked(others, audience=EVERYBODY, level="")
    assert all(cell["status"] != "ok" for cell in stage.show("other0", release)["cells"] or [])


def test_a_common_check_names_no_company_in_anothers_ledger(stage):
    """Who releases with whom is theirs to know: records behind earlier releases are read by an entry of each owner."""
    stage.checked(["big", "small1", "small2"])
    stage.checked(["small1", "small2", "small3"])
    ledger = read_ledger(stage.store, stage.actor("big").reader, stage.id("big"), "p")
    common = [entry for entry in ledger if entry.subject == "records"]
    assert common and {entry.reader_organization for entry in common} == {stage.id("big")}
