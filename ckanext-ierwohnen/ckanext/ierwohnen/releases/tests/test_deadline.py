"""Until when owners join and approve: what holds before that day and after it, and who is reminded."""

from __future__ import annotations

import datetime as dt
import os
from typing import Any

import pytest

pytest.importorskip("ckan")

import ckan.plugins.toolkit as tk
from ckan.cli.cli import ckan
from ckan.tests import factories

from ckanext.ierwohnen.look import clock
from ckanext.ierwohnen.releases import jobs
from ckanext.ierwohnen.releases import store as releases
from ckanext.ierwohnen.releases.definition import DefinitionError, usual_deadline
from ckanext.ierwohnen.releases.reminding import remind
from ckanext.ierwohnen.vault import settings as vault

from .city import CANARY, City, city
from .houses import TODAY, definition
from .queue_content import held
from .stage import ON_CKAN

__all__ = ["city"]

UNTIL = dt.date(2027, 12, 31)


@pytest.mark.parametrize("day", [TODAY, UNTIL, TODAY + dt.timedelta(3)])
def test_a_deadline_is_part_of_what_is_agreed_on(day):
    found = definition(["big"], decide_by=day)
    assert type(found).of(found.stored()) == found and found.decide_by == day
    older = {name: value for name, value in found.stored().items() if name != "decide_by"}
    assert type(found).of(older).decide_by is None


@pytest.mark.parametrize("day", [TODAY - dt.timedelta(1), UNTIL + dt.timedelta(1)])
def test_it_lies_neither_before_today_nor_after_the_release(day):
    with pytest.raises(DefinitionError, match="decide-by"):
        definition(["big"], decide_by=day)


def test_the_usual_one_never_outlasts_the_release():
    assert usual_deadline(TODAY, TODAY + dt.timedelta(5)) == TODAY + dt.timedelta(5)
    assert usual_deadline(TODAY, UNTIL) - TODAY == dt.timedelta(weeks=4)


def let_pass(release: str) -> None:
    """As if the deadline of a release had been yesterday."""
    from installer.portal import Portal

    database = os.environ["IERWOHNEN_VAULT_URL"].rpartition("/")[2].partition("?")[0]
    past = "jsonb_build_object('decide_by', (current_date - 1)::text)"
    change = f"UPDATE vault.release SET decide_by = current_date - 1, definition = definition || {past}"
    Portal(quiet=True).live.postgres.sql(f"{change} WHERE id = '{release}'", database)


def in_days(days: int) -> str:
    return (clock.today() + dt.timedelta(days)).isoformat()


def read(app: Any, city: City, who: tuple[str, str], address: str, **form: str) -> Any:
    for kept in ("_login_user", "user", "userobj"):  # the test's own request stands around this one
        tk.g.pop(kept, None)
    headers = {"Authorization": factories.APIToken(user=city.people[who]["name"])["token"]}
    if form:
        return app.post(address, data=form, headers=headers, follow_redirects=False)
    return app.get(address, headers=headers, status=None)


class TestOnCkan:
    pytestmark = ON_CKAN

    @pytest.mark.parametrize(("decide_by", "valid_until"), [(in_days(-1), "2027-12-31"), (in_days(9), in_days(8)),
                                                            ("soon", "2027-12-31")])  # fmt: skip
    def test_a_wrong_day_is_named(self, city, decide_by, valid_until):
        with pytest.raises(tk.ValidationError) as refused:
            city.prepare(["big"], decide_by=decide_by, valid_until=valid_until)
        assert list(refused.value.error_dict) == ["decide_by"]
        (told,) = refused.value.error_dict["decide_by"]
        shown = dt.date.fromisoformat(valid_until).strftime("%d.%m.%Y")
        assert (shown in told) is (decide_by != "soon") and valid_until not in told

    @pytest.mark.parametrize(("decide_by", "fields"), [(in_days(-1), ["decide_by", "valid_until"]),
                                                       (in_days(9), ["valid_until"])])  # fmt: skip
    def test_beside_a_wrong_last_day_no_other_is_named(self, city, decide_by, fields):
        with pytest.raises(tk.ValidationError) as refused:
            city.prepare(["big"], decide_by=decide_by, valid_until="2020-01-01")
        assert sorted(refused.value.error_dict) == fields
        assert not any("20" in told for told in refused.value.error_dict.get("decide_by", []))

    def test_after_it_nobody_joins_or_approves_and_one_click_prepares_the_same_again(self, city, app):
        owners = ["big", "bigger"]
        release = city.prepare(owners, decide_by=in_days(3), consent=True)
        page = f"/ierwohnen/freigaben/{release['number']}"
        assert f"Frist {clock.today() + dt.timedelta(3):%d.%m.%Y}" in read(app, city, ("bigger", "admin"), page)
        waits = read(app, city, ("bigger", "admin"), "/dashboard/datasets").body
        assert f"bis {clock.today() + dt.timedelta(3):%d.%m.%Y}" in waits
        assert read(app, city, ("big", "editor"), f"{page}/noch-einmal",
                    organization=city.organizations["big"]["name"]).status_code == 404  # fmt: skip
        let_pass(release["id"])
        for verb, who in (("join", "editor"), ("check", "editor")):
            with pytest.raises(tk.ValidationError) as refused:
                city.step(verb, release["id"], "bigger", who)
            assert "neuer Frist" in str(refused.value.error_dict)
        shown = city.act("show", ("big", "member"), id=release["id"])
        assert shown["state"] == "expired" and shown["overdue"] and not shown["cells"]
        mine = (release["number"], release["id"])
        assert not [r for r in city.act("list", ("planning", "member"))["results"] if r["number"] in mine]
        body = read(app, city, ("big", "editor"), page).body
        assert "Mit neuer Frist noch einmal vorbereiten" in body and city.organizations["bigger"]["title"] in body
        assert "noch-einmal" not in read(app, city, ("big", "member"), page).body
        for who in (("big", "member"), ("rival", "admin"), ("planning", "admin")):
            mine = city.organizations[who[0]]["name"]
            assert read(app, city, who, f"{page}/noch-einmal", organization=mine).status_code in (403, 404)
        answer = read(app, city, ("big", "editor"), f"{page}/noch-einmal",
                      organization=city.organizations["big"]["name"])  # fmt: skip
        again = city.act("show", ("big", "member"), id=answer.headers["Location"].rpartition("/")[2])
        same = ("title", "owners", "figures", "level", "audience", "purpose", "agreement", "valid_until", "consents")
        assert {name: again[name] for name in same} == {name: shown[name] for name in same}
        assert again["state"] == "prepared" and again["decide_by"] == usual_deadline(clock.today()).isoformat()

    def test_the_store_refuses_a_late_approval_by_itself_and_ends_what_is_undecided(self, city):
        release = city.checked(["big"], decide_by=in_days(1))
        published = city.checked(["big"], decide_by=in_days(1))
        city.step("approve", published, "big")
        let_pass(release)
        let_pass(published)
        with pytest.raises(tk.ValidationError, match="neuer Frist"):
            city.step("approve", release, "big")
        admin = city.people["big", "admin"]
        actor = releases.Actor(admin["name"], {city.organizations["big"]["id"]: "approver"}, admin["id"])
        with pytest.raises(Exception, match="not-now"):
            releases.take(vault.store(), actor, release, "approve", city.organizations["big"]["id"])
        releases.expire(vault.store())
        found = {one["id"]: one for one in city.act("list", ("big", "member"))["results"]}
        assert found[release]["state"] == "expired" and found[release]["overdue"]
        assert city.step("publish", published, "big")["state"] == "published"  # decided in time

    def test_owners_are_reminded_once_for_each_stage_and_read_no_title(self, city, mailbox, cli):
        release = city.prepare(["small0", "small1"], decide_by=in_days(20), consent=True)
        today = clock.today()

        def told(days: int = 0, really: bool = True) -> list[str]:
            mailbox.clear()
            with_mail = {one.organization: one for one in remind(vault.store(), today + dt.timedelta(days), really)}
            title = city.organizations["small1"]["title"]
            return list(with_mail[title].sent) if title in with_mail else []

        editor, admin = (city.people["small1", role] for role in ("editor", "admin"))
        assert set(told(really=False)) == {editor["email"], admin["email"]} and not mailbox
        reply = cli.invoke(ckan, ["ierwohnen-releases", "remind", "--dry-run"])
        assert reply.exit_code == 0 and not mailbox and CANARY not in reply.output
        waits = f"{city.organizations['small1']['title']}: 1 waiting, would be written to "
        (line,) = (line for line in reply.output.splitlines() if line.startswith(waits))
        assert set(line.removeprefix(waits).split(", ")) == {editor["email"], admin["email"]}
        assert set(told()) == {editor["email"], admin["email"]}
        texts = [mail.get_content() for mail in mailbox if mail["To"].addresses[0].addr_spec == admin["email"]]
        assert len(texts) == 1 and release["number"] in texts[0] and f"{today + dt.timedelta(20):%d.%m.%Y}" in texts[0]
        assert not any(CANARY in str(mail) for mail in mailbox)
        assert told(1) == [] and told(12) == []
        assert set(told(14)) == {editor["email"], admin["email"]} and told(15) == []
        assert len(told(19)) == 2 and told(20) == []
        city.step("join", release["id"], "small1", "editor")
        jobs.check(release["id"])
        assert told(0) == [admin["email"]]  # who joined does not approve
        city.step("approve", release["id"], "small1")
        assert told(14) == []
        assert release["number"] not in held()
