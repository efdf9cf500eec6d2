"""Steps of releases through CKAN's actions, on the databases of `./portal test`: who may take them, what is refused."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

pytest.importorskip("ckan")

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.tests.helpers import call_action

from ckanext.ierwohnen.releases import jobs, outside, page, settings
from ckanext.ierwohnen.releases.texts import TEXTS

from .city import CANARY, OWNERS, SIZES, any_city, city
from .queue_content import held
from .stage import ON_CKAN

__all__ = ["any_city", "city"]
pytestmark = ON_CKAN


def test_the_life_of_a_release_for_one_organization(city):
    release = city.prepare(["big"])
    assert release["state"] == "prepared" and release["number"].startswith("F-")
    job = release["job"]
    assert call_action("ierwohnen_job_show", {"user": city.people["big", "editor"]["name"], "ignore_auth": False},
                       id=job)["state"] == "waiting"  # fmt: skip
    jobs.check(release["id"])
    assert call_action("ierwohnen_job_show", {"user": city.people["big", "member"]["name"], "ignore_auth": False},
                       id=job)["result"]["state"] == "checked"  # fmt: skip
    found = city.act("show", ("big", "member"), id=release["number"])
    assert found["report"]["cells"]["dwellings"]["shown"] and found["steps"][0]["step"] == "prepare"
    signs = Counter(str(c["figure"]["status"]).replace("ok", "shown") for c in found["cells"])
    reported = sum(map(Counter, found["report"]["cells"].values()), Counter())
    assert +reported == signs, "the report counts what is told, and each by what it shows"
    assert "reasons" not in found["report"], "why is for those who prepare and approve"
    told = city.act("show", ("big", "editor"), id=release["number"])
    assert [bool(why) for why in told["report"]["reasons"]] == [c["figure"]["text"] == "." for c in told["cells"]]
    city.step("approve", release["id"], "big")
    city.step("publish", release["id"], "big")
    shown = city.act("show", ("planning", "member"), id=release["id"], purpose="Bericht")
    total = next(c for c in shown["cells"] if not c["level"] and c["indicator"] == "dwellings")
    assert total["figure"] == {"value": SIZES["big"], "status": "ok", "text": str(SIZES["big"])}
    assert "report" not in shown and "steps" not in shown and "consents" not in shown
    assert any(c["figure"]["text"] == "." and c["figure"]["value"] is None for c in shown["cells"])
    assert release["id"] in {r["id"] for r in city.act("list", ("planning", "editor"), q="kanarien")["results"]}
    ledger = call_action("ierwohnen_ledger_list", {"user": city.people["big", "member"]["name"], "ignore_auth": False},
                         organization=city.organizations["big"]["name"], limit=100_000)  # fmt: skip
    read = [e for e in ledger["results"] if e["action"] == "release read" and e["purpose"] == "Bericht"]
    assert read[0]["reader"] == city.people["planning", "member"]["name"] and ledger["chain"]["whole"]
    city.step("withdraw", release["id"], "big", "editor", reason="Fehler gefunden")
    with pytest.raises(tk.ObjectNotFound):
        city.act("show", ("planning", "member"), id=release["id"])
    assert release["id"] not in str(city.act("list", ("planning", "member")))


def test_four_eyes_and_every_owner(city):
    owners = OWNERS
    release = city.prepare(owners)
    assert "job" not in release and len(release["open"]) == len(owners) - 1
    with pytest.raises(tk.ValidationError):
        city.step("check", release["id"], "big", "editor")
    for owner in owners[1:]:
        joined = city.step("join", release["id"], owner, "editor")
    assert joined["job"] and joined["open"] == []
    jobs.check(release["id"])
    with pytest.raises(tk.NotAuthorized):
        city.step("approve", release["id"], "big", "editor")
    with pytest.raises(tk.ValidationError):
        city.step("publish", release["id"], "big")
    for owner in owners:
        state = city.step("approve", release["id"], owner)
    assert state["state"] == "approved"
    assert city.step("publish", release["id"], "bigger")["state"] == "published"


def test_who_prepared_may_not_approve_even_when_promoted_or_made_sysadmin(city):
    release = city.checked(["lone"])
    user = city.people["lone", "editor"]
    call_action("organization_member_create", {"ignore_auth": True, "user": user["name"]},
                id=city.organizations["lone"]["id"], username=user["name"], role="admin")  # fmt: skip
    with pytest.raises(tk.NotAuthorized, match=r"Person|person"):
        city.step("approve", release, "lone", "editor")
    account = model.User.get(user["id"])
    account.sysadmin = True
    model.Session.commit()
    try:
        with pytest.raises(tk.ObjectNotFound):
            city.step("approve", release, "lone", "editor")
    finally:
        account.sysadmin = False
        model.Session.commit()


def test_a_process_that_ended_half_way_is_made_up_for(city, monkeypatch, app):
    """Killed between the vault's step and the catalogue, while a dataset is made, and while it is taken away.

    What may not be outside any more is taken away before the next reader is answered, without any job.
    """
    release = city.checked(["big"], "public")
    city.step("approve", release, "big")

    class Killed(BaseException):
        pass

    def killed(*_: Any, **__: Any) -> None:
        raise Killed

    for at in ("settle", "datastore_create", "package_patch"):
        with monkeypatch.context() as patch:
            if at == "settle":
                patch.setattr(outside, "settle", killed)
            else:
                real = tk.get_action
                patch.setattr(
                    outside.tk, "get_action", lambda name, at=at, real=real: killed if name == at else real(name)
                )
            with pytest.raises(Killed):
                if at == "settle":
                    city.step("publish", release, "big")
                else:
                    jobs.settle()
        package = model.Package.get(release)
        assert package is None or package.private, at
    jobs.settle()
    assert not model.Package.get(release).private
    with monkeypatch.context() as patch:
        patch.setattr(outside, "settle", killed)
        with pytest.raises(Killed):
            city.step("withdraw", release, "big", reason="p")
    with pytest.raises(tk.ObjectNotFound):
        city.act("show", ("rival", "member"), id=release)
    assert model.Package.get(release)
    assert app.get(f"/api/3/action/package_show?id={release}").status_code == 404
    model.Session.expire_all()
    assert model.Package.get(release) is None
    jobs.settle()


def test_refused_ones_tell_why_and_jobs_hold_no_figure(city):
    release = city.checked(["big"], consent=False)
    report = city.act("show", ("big", "member"), id=release)["report"]["refused"]
    assert report["code"] == "one-owner" and report["message"] and report["advice"][0]["message"]
    assert [one["message"] for one in report["changes"]] == [one["message"] for one in report["advice"]]
    assert all(one["link"] and "consent" in one["change"] for one in report["changes"])
    jobs_told = held("*rq:*")
    assert release in jobs_told and CANARY not in jobs_told and "dwellings" not in jobs_told


@pytest.mark.parametrize(
    ("change", "field"),
    [({"figures": ["rents"]}, "figures"), ({"valid_until": "2020-01-01"}, "valid_until"),
     ({"level": "quarter"}, "level"), ({"dimensions": ["floor"]}, "dimensions"), ({"audience": "friends"}, "audience"),
     ({"purpose": " "}, "purpose"), ({"organizations": []}, "audience"), ({"sources": ["nobody"]}, "sources"),
     ({"reference_date": "x"}, "reference_date")],
)  # fmt: skip
def test_what_is_wrong_is_named_by_field(any_city, change, field):
    with pytest.raises(tk.ValidationError) as refused:
        any_city.prepare(["big"], **change)
    assert field in refused.value.error_dict


def test_a_purpose_and_a_reason_that_cannot_be_kept_are_named(city):
    release = city.prepare(["big"])["id"]
    jobs.check(release)
    data = {"id": release, "own": city.organizations["big"]["name"]}
    for wrong in ("a\x01b", "x" * 501):
        with pytest.raises(tk.ValidationError) as refused:
            city.act("show", ("big", "admin"), **data, purpose=wrong)
        assert list(refused.value.error_dict) == ["purpose"]
        with pytest.raises(tk.ValidationError) as refused:
            city.act("reject", ("big", "admin"), id=release, organization=data["own"], reason=wrong)
        assert list(refused.value.error_dict) == ["reason"]


@pytest.mark.parametrize(("verb", "wrong"), [("prepare", "owners"), ("show", "number"), ("list", "rows"),
                                             ("withdraw", "purpose")])  # fmt: skip
def test_a_parameter_that_an_action_does_not_know_is_refused_by_name(any_city, verb, wrong):
    known = {"prepare": "sources", "show": "against", "list": "offset", "withdraw": "reason"}[verb]
    mine = {} if verb == "list" else {"id": any_city.prepare(["big"])["id"]}
    with pytest.raises(tk.ValidationError) as refused:
        any_city.act(verb, ("big", "admin"), organization=any_city.organizations["big"]["name"], **mine, **{wrong: "x"})
    (told,) = refused.value.error_dict[wrong]
    assert f"„{wrong}“" in told and known in told


def test_an_audience_that_there_is_not_is_named_with_those_that_there_are(any_city):
    with pytest.raises(tk.ValidationError) as refused:
        any_city.prepare(["big"], audience="friends")
    (told,) = refused.value.error_dict["audience"]
    assert "friends" in told and "alliance" in told and "[" not in told


def test_rules_that_name_nobody_stop_the_check(city, tmp_path, ckan_config, monkeypatch):
    rules = tmp_path / "rules.yaml"
    rules.write_text("linked: {no-such-company: group}\n", "utf-8")
    monkeypatch.setitem(ckan_config, "ierwohnen.releases.rules", str(rules))
    release = city.prepare(["big"])
    jobs.check(release["id"])
    assert city.act("show", ("big", "member"), id=release["id"])["state"] == "prepared"
    rules.write_text(
        f"linked: {{{city.organizations['small1']['name']}: {city.organizations['big']['name']}}}\n", "utf-8"
    )
    linked = settings.parameters().linked
    assert linked == {city.organizations["small1"]["id"]: city.organizations["big"]["id"]}
    jobs.check(release["id"])
    assert city.act("show", ("big", "member"), id=release["id"])["state"] == "checked"


def test_broken_names_are_not_found_or_refused_never_a_defect(city):
    """Of each name in a call by whoever may make it, and by whoever may not."""
    mine, day = city.organizations["big"]["name"], city.day.isoformat()
    release = city.prepare(["big"])["id"]
    steps = ("join", "check", "approve", "reject", "publish", "withdraw")
    calls: list[tuple[str, dict[str, Any], tuple[str, ...]]] = [
        ("release_show", {"id": release}, ("id", "own")),
        ("job_show", {}, ("id",)),
        *((f"release_{verb}", {"id": release, "organization": mine}, ("id", "organization")) for verb in steps),
        ("release_prepare", {
            "organization": mine, "title": "t", "reference_date": day, "figures": ["rent"], "audience": "organizations",
            "organizations": ["planning"], "purpose": "p", "agreement": "a", "valid_until": "2027-12-31",
        }, ("organization", "organizations", "sources", "replaces", "level", "title", "purpose", "figures",
            "dimensions")),
        ("stock_list", {"organization": mine}, ("organization", "purpose")),
        ("ledger_list", {"organization": mine}, ("organization", "from", "known")),
        ("stock_delete", {"organization": mine, "reference_date": "1999-12-31", "purpose": "p"},
         ("organization", "reference_date", "purpose")),
        ("stock_load", {"organization": mine, "delivery": "x", "key": "x", "purpose": "p", "reference_date": day},
         ("organization", "delivery", "key", "columns", "reference_date")),
        ("stock_check", {"organization": mine, "delivery": "x", "key": "x"}, ("organization", "delivery", "rows")),
        ("stock_discard", {"organization": mine, "delivery": "x"}, ("organization",)),
        ("stock_repair", {"organization": mine, "delivery": "x", "key": "x", "repair": {"action": "row", "row": 3}},
         ("organization",)),
    ]  # fmt: skip
    refusals = (tk.ObjectNotFound, tk.NotAuthorized, tk.ValidationError)
    texts = ("\0", "a\0b", "release-\0", "stock-\0", "\ud800", "x" * 5000, "[" * 5000)
    for action, data, fields in calls:
        for field in fields:
            for broken in (*texts, [], [["rooms"]], {"a": "\0"}, 5, None):
                for who in (("big", "admin"), ("rival", "admin"), None):
                    context = {"user": city.people[who]["name"] if who else "", "ignore_auth": False}
                    try:
                        call_action(f"ierwohnen_{action}", context, **{**data, field: broken})
                    except refusals as refused:
                        told = str(getattr(refused, "error_dict", ""))
                        assert "defect" not in told and "Error" not in told, (action, field, broken, told)
                    else:
                        assert who == ("big", "admin") and action in ("release_show", "ledger_list", "stock_list")
    assert city.act("show", ("big", "member"), id=release)["state"] == "prepared"


@pytest.mark.parametrize("field", ["title", "purpose", "agreement"])
def test_a_text_that_nobody_can_read_is_refused_with_its_field(any_city, field):
    for unread in ("\u200b", "\u2800", "\u3164", "…", "Miete\ud800", "Bericht\u2028Wohnen", "a\x85b", "\u202eb"):
        with pytest.raises(tk.ValidationError) as refused:
            any_city.prepare(["big"], **{field: unread})
        assert list(refused.value.error_dict) == [field], unread
        assert any(text in str(refused.value) for text in TEXTS["text"])


def test_what_was_turned_down_after_its_check_has_a_page_without_figures(city):
    release = city.checked(["big"])
    before = city.act("show", ("big", "admin"), id=release)
    assert before["state"] == "checked" and any(before["report"]["reasons"])
    city.step("reject", release, "big", reason="Bitte mit Stadtbezirken")
    after = city.act("show", ("big", "admin"), id=release)
    assert after["state"] == "rejected" and not after["cells"]
    context = {"user": city.people["big", "admin"]["name"], "ignore_auth": False}
    assert page.table_of(context, before)["rows"] and not page.table_of(context, after)["rows"]


def test_a_word_that_is_no_choice_is_refused_with_those_that_there_are(city):
    with pytest.raises(tk.ValidationError) as wrong:
        city.act("list", ("big", "editor"), state="foo")
    (told,) = wrong.value.error_dict["state"]
    assert "foo" in told and "published" in told and "[" not in told
