"""How releases end: by the portal's calendar, whatever clock a session makes up, and who is told of it."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from ckanext.ierwohnen.look import clock
from ckanext.ierwohnen.releases import store as releases
from ckanext.ierwohnen.releases.audience import EVERYBODY
from ckanext.ierwohnen.releases.states import APPROVER, State, Step
from ckanext.ierwohnen.releases.store import Actor
from ckanext.ierwohnen.vault.capability import Claims
from ckanext.ierwohnen.vault.errors import VaultError

from .stage import Stage


@pytest.fixture(scope="module")
def stage(cluster, store) -> Stage:
    return Stage.of(cluster, store)


def test_what_is_past_its_day_is_gone(cluster, stage):
    release = stage.published(["big"], consents=("big",))
    cluster.admin(f"UPDATE vault.release SET valid_until = '2026-01-01' WHERE id = '{release}'")
    assert release not in stage.seen("city")
    releases.expire(stage.store)
    (found,) = [r for r in releases.releases(stage.store, stage.actor("big")) if r.id == release]
    assert found.state == State.EXPIRED


def test_its_last_day_ends_when_the_portals_does(cluster, stage, monkeypatch):
    """Two places of which it is always another day: the store, its functions and what is told of a release agree."""
    release = stage.published(["big"], consents=("big",))
    (waits, _) = stage.checked(["bigger"], consents=("bigger",))
    west, east = ZoneInfo("Etc/GMT+12"), ZoneInfo("Etc/GMT-14")
    monkeypatch.setattr(clock, "_zone", lambda: west)
    cluster.admin(f"UPDATE vault.release SET valid_until = '{clock.today()}' WHERE id = '{release}'")
    cluster.admin(f"UPDATE vault.release SET decide_by = '{clock.today()}' WHERE id = '{waits}'")
    releases.expire(stage.store)
    assert release in stage.seen("city") and stage.show("city", release)["cells"]
    monkeypatch.setattr(clock, "_zone", lambda: east)
    assert release not in stage.seen("city")
    with pytest.raises(VaultError, match="not-now"):
        releases.take(stage.store, stage.actor("bigger", APPROVER), waits, Step.APPROVE, stage.id("bigger"))
    releases.expire(stage.store)
    monkeypatch.setattr(clock, "_zone", lambda: west)
    assert release not in stage.seen("city"), "what has expired stays so"


def test_no_clock_that_a_session_makes_up_ends_a_release_or_opens_one_again(cluster, stage):
    """PostgreSQL takes zones of a week. Whoever has the portal's password must not move a last day by one."""
    lasting, past = (stage.published(["big"], consents=("big",)) for _ in range(2))
    (waits, _) = stage.checked(["bigger"], consents=("bigger",))
    day = clock.today()
    cluster.admin(f"UPDATE vault.release SET valid_until = '{day + dt.timedelta(2)}' WHERE id = '{lasting}'")
    cluster.admin(f"UPDATE vault.release SET valid_until = '{day - dt.timedelta(2)}' WHERE id = '{past}'")
    cluster.admin(f"UPDATE vault.release SET decide_by = '{day + dt.timedelta(2)}' WHERE id = '{waits}'")
    city = stage.actor("city", "member")
    with stage.store.transaction(Claims(city.name, acting=city.roles)) as cursor:
        cursor.execute("SET LOCAL TIME ZONE 'X+167:59'")
        cursor.execute("SELECT told ->> 'id' FROM vault.release_list() told")
        seen = {row[0] for row in cursor.fetchall()}
        assert lasting in seen and past not in seen
        with pytest.raises(VaultError, match="refused"):
            cursor.one("SELECT vault.release_cells(%s)", past)
    with stage.store.transaction(Claims(city.name, acting=city.roles)) as cursor:
        cursor.execute("SET LOCAL TIME ZONE 'X-167:59'")
        assert cursor.one("SELECT current_date") >= day + dt.timedelta(6), "the attack is none"
        cursor.execute("SELECT vault.release_expire()")
    with pytest.raises(VaultError, match="refused"), stage.store.transaction() as cursor:
        cursor.execute("SELECT vault.release_expire()")  # a password alone notes nothing
    three = f"id IN ('{lasting}', '{past}', '{waits}')"
    states = cluster.admin(f"SELECT string_agg(state, ' ' ORDER BY state) FROM vault.release WHERE {three}")
    assert states.strip() == "checked expired published"


def test_whose_release_has_ended_is_told_so_and_nobody_else(cluster, stage):
    """Of all ways to end, before and after the calendar has noted it; what never was published did not end."""
    expired, withdrawn, old = (stage.published(["big"], consents=("big",)) for _ in range(3))
    public = stage.published(["big", "bigger"], consents=("big", "bigger"), audience=EVERYBODY)
    never = stage.checked(["bigger"], consents=("bigger",), audience=EVERYBODY)[0]
    waited = stage.checked(["big"], consents=("big",))[0]
    new = stage.published(["big"], consents=("big",), replaces=old, audience=stage.friends("city"))
    releases.take(stage.store, stage.actor("big"), withdrawn, Step.WITHDRAW, stage.id("big"), "Irrtum")
    number = {
        id: cluster.admin(f"SELECT number FROM vault.release WHERE id = '{id}'").strip()
        for id in (expired, withdrawn, old, public, never, waited, new)
    }
    late = "', '".join((expired, public, never, waited))
    cluster.admin(f"UPDATE vault.release SET valid_until = '2026-01-01' WHERE id IN ('{late}')")

    def told(actor: Actor) -> dict[str, tuple[str, str | None]]:
        found = {one["number"]: one for one in releases.ended(stage.store, actor)}
        return {
            id: (found[name]["how"], (found[name]["after"] or {}).get("number"))
            for id, name in number.items() if name in found
        }  # fmt: skip

    for noted in (False, True):
        if noted:
            releases.expire(stage.store)
        everyone = {public: ("expired", None)}
        assert told(stage.actor("stranger")) == told(Actor("anonymous", {})) == everyone
        theirs = {expired: ("expired", None), withdrawn: ("withdrawn", None)}
        assert told(stage.actor("city", "member")) == everyone | theirs | {old: ("superseded", number[new])}
        assert told(stage.actor("friend", "member")) == everyone | theirs | {old: ("superseded", None)}
        assert never not in releases.outside(stage.store) and not releases.outside(stage.store)[public]
