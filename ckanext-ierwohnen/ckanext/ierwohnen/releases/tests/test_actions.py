"""Releases through CKAN's actions, on the databases of `./portal test`: by role, and what others find (nothing)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from html import escape
from typing import Any

import pytest

pytest.importorskip("ckan")

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.tests import factories
from ckan.tests.helpers import call_action

from ckanext.ierwohnen.releases import jobs, outside, settings
from ckanext.ierwohnen.vault import settings as vault
from ckanext.ierwohnen.vault.loading import load_stock
from ckanext.ierwohnen.vault.readers import LOADING, reader_named

from .houses import DAY, town
from .queue_content import held
from .stage import ON_CKAN, batch

pytestmark = ON_CKAN
SIZES = {"big": 70, "bigger": 80, "lone": 30, **{f"small{n}": 20 + n for n in range(4)}}
OWNERS = [name for name in SIZES if name != "lone"]
CANARY = "Kanarienfreigabe"


@dataclass
class City:
    """Organizations by name, and in each somebody who prepares (editor), approves (admin) and reads (member)."""

    organizations: dict[str, dict[str, Any]]
    people: dict[tuple[str, str], dict[str, Any]]
    day: dt.date = DAY

    def act(self, verb: str, who: tuple[str, str] | None, **data: Any) -> Any:
        context = {"user": self.people[who]["name"] if who else "", "ignore_auth": False}
        return call_action(f"ierwohnen_release_{verb}", context, **data)

    def step(self, verb: str, release: str, name: str, capacity: str = "admin", **data: Any) -> Any:
        return self.act(verb, (name, capacity), id=release, organization=self.organizations[name]["name"], **data)

    def prepare(self, owners: list[str], audience: str = "organizations", **data: Any) -> dict[str, Any]:
        given = {
            "organization": self.organizations[owners[0]]["name"], "title": f"Wohnungen {CANARY}",
            "sources": [self.organizations[o]["name"] for o in owners], "reference_date": self.day.isoformat(),
            "figures": ["dwellings", "vacancy_rate"], "level": "s/quarter", "audience": audience,
            "purpose": "Monitoring", "agreement": "Vereinbarung § 6", "valid_until": "2027-12-31",
            "consent": len(owners) == 1,
        }  # fmt: skip
        if audience == "organizations":
            given["organizations"] = [self.organizations["planning"]["name"]]
        return self.act("prepare", (owners[0], "editor"), **(given | data))

    def checked(self, owners: list[str], audience: str = "organizations", **data: Any) -> str:
        release = self.prepare(owners, audience, **data)["id"]
        for owner in owners[1:]:
            self.step("join", release, owner, "editor")
        jobs.check(release)
        return release

    def published(self, owners: list[str], audience: str = "organizations", **data: Any) -> str:
        release = self.checked(owners, audience, **data)
        for owner in owners:
            self.step("approve", release, owner)
        assert self.step("publish", release, owners[0])["state"] == "published"
        return release


MADE: list[City] = []


@pytest.fixture
def city(request, reset_queues, monkeypatch) -> City:
    """One city for all tests; each has a reference date of its own, so that no other's releases are related."""
    monkeypatch.setattr(jobs, "LATER", 0.0)
    if not MADE:
        for clean in ("clean_db", "clean_index"):
            request.getfixturevalue(clean)
        MADE.append(made())
    found = MADE[0]
    found.day += dt.timedelta(days=1)
    for name, records in town(sizes=SIZES).items():
        reader = reader_named(found.people[name, "editor"]["name"], LOADING)
        organization = found.organizations[name]["id"]
        load_stock(vault.store(), reader, organization, found.day, [batch(records)], purpose="p")
    return found


def made() -> City:
    people, organizations = {}, {}
    for name in (*SIZES, "planning", "rival"):
        for capacity in ("editor", "admin", "member") if name in ("big", "planning", "rival") else ("editor", "admin"):
            people[name, capacity] = factories.User()
        users = [{"name": p["id"], "capacity": c} for (n, c), p in people.items() if n == name]
        organizations[name] = factories.Organization(users=users)
    people["boss", "sysadmin"] = factories.Sysadmin()
    return City(organizations, people)


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
                         organization=city.organizations["big"]["name"])  # fmt: skip
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


def everything_else(user: str) -> str:
    """What CKAN's own paths tell about datasets, to one reader."""
    asked: list[tuple[str, dict[str, Any]]] = [
        ("package_list", {}), ("package_search", {"q": CANARY}), ("package_autocomplete", {"q": "kanarien"}),
        ("package_search", {"q": "*:*", "include_private": True, "facet.field": ["tags", "organization"]}),
        ("resource_search", {"query": "name:Wohnungen"}), ("tag_list", {}), ("format_autocomplete", {"q": "c"}),
        ("organization_list", {"all_fields": True, "include_extras": True}),
        ("recently_changed_packages_activity_list", {}), ("current_package_list_with_resources", {}),
        ("ierwohnen_release_list", {}),
    ]  # fmt: skip
    told = ""
    for name, data in asked:
        try:
            told += str(call_action(name, {"user": user, "ignore_auth": False}, **data))
        except (tk.NotAuthorized, tk.ObjectNotFound) as refused:
            told += str(refused)
    return told


@pytest.mark.parametrize("audience", ["organizations", "alliance"])
def test_others_find_nothing_of_a_release_that_is_not_for_them(city, app, audience, ckan_config, monkeypatch):
    monkeypatch.setitem(ckan_config, "ierwohnen.alliance", city.organizations["planning"]["name"])
    release = city.published(["big"], audience)
    number = city.act("show", ("planning", "member"), id=release)["number"]
    words = (release, number)
    for who in (("rival", "admin"), ("small1", "admin"), ("boss", "sysadmin"), None):
        name = city.people[who]["name"] if who else ""
        assert not any(word in everything_else(name) for word in words), who
        for verb in ("show", "approve", "withdraw", "publish", "reject", "join", "check"):
            told = []
            for asked in (release, number, "F-2026-NICHTS", "00000000-0000-4000-8000-000000000000", "x' OR 1=1 --"):
                with pytest.raises((tk.ObjectNotFound, tk.NotAuthorized)) as refused:
                    city.act(verb, who, id=asked, organization="rival", reason="p")
                told.append((type(refused.value), str(refused.value)))
            assert len(set(told)) == 1, "existence itself is hidden"
        with pytest.raises(tk.ObjectNotFound):
            call_action("package_show", {"user": name, "ignore_auth": False}, id=release)
    for path in (f"/dataset/{release}", f"/dataset/{release}.rdf", f"/dataset/freigabe-{number.lower()}"):
        assert app.get(path, expect_errors=True).status_code == 404
    for path in ("/", "/dataset/", "/feeds/dataset.atom", f"/dataset/?q={CANARY}", "/organization/",
                 f"/organization/{city.organizations['big']['name']}"):  # fmt: skip
        page = app.get(path, expect_errors=True)
        assert page.status_code in (200, 404)
        assert not any(word in page.body.replace(f"?q={CANARY}", "").replace(f'value="{CANARY}"', "")
                       for word in (release, number)), path  # fmt: skip
    assert model.Package.get(release) is None


def test_a_public_release_is_a_dataset_of_published_cells_and_gone_when_withdrawn(city):
    release = city.published(OWNERS, "public", figures=["dwellings", "vacancy_rate", "rent"])
    package = call_action("package_show", {"user": "", "ignore_auth": False}, id=release)
    (resource,) = package["resources"]
    read = {"user": "", "ignore_auth": False}
    rows = call_action("datastore_search", dict(read), resource_id=resource["id"], limit=1000)["records"]
    told = city.act("show", None, id=release)["cells"]
    cells = [c for c in told if c["key"] or not c["level"].endswith("/district")]  # unknown addresses stand once
    assert len(rows) * 3 == len(cells)
    secret = [c for c in cells if c["figure"]["status"] == "secret"]
    assert len(secret) == sum(
        row[f"{f}_status"] == "secret" for row in rows for f in ("dwellings", "vacancy_rate", "rent")
    )
    assert all(row[f] is None for row in rows for f in ("dwellings", "rent") if row[f"{f}_status"] == "secret")
    top = next(row for row in rows if row["unit"] == "insgesamt")
    assert int(top["dwellings"]) == sum(SIZES[owner] for owner in OWNERS)
    assert top["name"] == "Stadt insgesamt" and all("." not in str(row["dwellings"]) for row in rows)
    assert package["publisher"][0]["name"].startswith(f"{len(OWNERS)} Wohnungsunternehmen (")
    assert package["owner_org"] == city.organizations[OWNERS[0]]["id"], "who prepared it, not any of its owners"
    model.Session.get(model.Resource, resource["id"]).hash = "made by an older version"
    model.Session.commit()
    outside.settle(vault.store())
    (resource,) = call_action("package_show", dict(read), id=release)["resources"]
    assert resource["hash"] != "made by an older version"
    info = call_action("datastore_info", dict(read), id=resource["id"])
    assert next(f for f in info["fields"] if f["id"] == "unit")["iw_level"] == "quarter"
    city.step("withdraw", release, "small1", "editor", reason="Irrtum")
    gone = {"package_show": {"id": release}, "datastore_search": {"resource_id": resource["id"]},
            "resource_show": {"id": resource["id"]}, "package_activity_list": {"id": release}}  # fmt: skip
    for action, data in gone.items():
        with pytest.raises((tk.ObjectNotFound, tk.NotAuthorized)):
            call_action(action, dict(read), **data)
    assert release not in str(call_action("package_search", dict(read), q=CANARY, include_private=True))
    assert release not in str(call_action("recently_changed_packages_activity_list", dict(read)))
    from ckanext.datastore.backend.postgres import get_read_engine

    with get_read_engine().connect() as connection:
        tables = connection.exec_driver_sql("SELECT table_name FROM information_schema.tables").scalars().all()
    assert resource["id"] not in tables


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


def test_the_page_shows_each_reader_its_own_part(city, app):
    release = city.prepare(["big"])

    def page(who: tuple[str, str] | None, path: str = "", **form: str) -> Any:
        for kept in ("_login_user", "user", "userobj"):  # the test's own request stands around this one
            tk.g.pop(kept, None)
        token = factories.APIToken(user=city.people[who]["name"])["token"] if who else ""
        options = {"headers": {"Authorization": token} if token else {}, "follow_redirects": False}
        url = f"/ierwohnen/freigaben/{release['number']}{path}"
        return app.post(url, data=form, **options) if form else app.get(url, status=None, **options)

    own = {"organization": city.organizations["big"]["name"]}
    waiting = page(("big", "editor")).body
    assert "zurückgeben" in waiting and "Die Prüfung wartet." in waiting and "Neu prüfen" not in waiting
    assert "Die Prüfung wartet." in page(("big", "editor"), "/stand").body
    assert page(("planning", "member"), "/stand").status_code == 404
    jobs.check(release["id"])
    assert page(("big", "editor"), "/stand").headers["HX-Refresh"] == "true"
    seen = page(("big", "admin"))
    assert f"Für {city.organizations['big']['title']} zustimmen" in seen.body and "Zellen sind geschützt" in seen.body
    assert "Geprüft: " in seen.body and "Gegenüber Mitbewerbern" in seen.body and "\u00a0Uhr" in seen.body
    assert " zustimmen" not in page(("big", "editor")).body
    assert "zu wenige Wohnungen" in seen.body and "zu wenige Wohnungen (" not in page(("big", "member")).body
    assert page(("big", "admin"), "/approve", **own).status_code == 302
    assert page(("big", "admin"), "/publish", **own).status_code == 302
    own_values = page(("big", "member"), f"?eigene={city.organizations['big']['name']}")
    assert "eigener Wert" in own_values.body and "mit eigenen Werten" in own_values.body
    seen = page(("planning", "member"))
    assert seen.status_code == 200 and f">{SIZES['big']}<" in seen.body and "eigene" not in seen.body
    assert page(("big", "member"), "?eigene=%00").status_code == 404
    assert seen.headers["Cache-Control"] == "private, no-store"
    assert "Prüfbericht" not in seen.body and "angesehen" not in seen.body
    beside = page(("big", "admin")).body  # the decision stands before the list of accesses, whatever the screen
    assert beside.index('id="entscheidung"') < beside.index("angesehen")
    assert escape(city.people["planning", "member"]["display_name"]) in page(("big", "member")).body
    for who in (("rival", "admin"), ("boss", "sysadmin"), None):
        assert page(who).status_code == 404
        listed = app.get("/ierwohnen/freigaben/", headers={} if who is None else {
            "Authorization": factories.APIToken(user=city.people[who]["name"])["token"]})  # fmt: skip
        assert release["number"] not in listed.body
    page(("big", "editor"), "/withdraw", reason="Fehler", **own)
    assert page(("planning", "member")).status_code == 404
    ended = page(("big", "member")).body
    assert '<dd lang="und">Fehler</dd>' in ended and escape(city.people["big", "editor"]["display_name"]) in ended


def test_refused_ones_tell_why_and_jobs_hold_no_figure(city):
    release = city.checked(["big"], consent=False)
    report = city.act("show", ("big", "member"), id=release)["report"]["refused"]
    assert report["code"] == "one-owner" and report["message"] and report["advice"][0]["message"]
    jobs_told = held("*rq:*")
    assert release in jobs_told and CANARY not in jobs_told and "dwellings" not in jobs_told


@pytest.mark.parametrize(
    ("change", "field"),
    [({"figures": ["rents"]}, "figures"), ({"valid_until": "2020-01-01"}, "valid_until"),
     ({"level": "quarter"}, "level"), ({"dimensions": ["floor"]}, "dimensions"), ({"audience": "friends"}, "audience"),
     ({"purpose": " "}, "purpose"), ({"organizations": []}, "audience"), ({"sources": ["nobody"]}, "sources"),
     ({"reference_date": "x"}, "reference_date")],
)  # fmt: skip
def test_what_is_wrong_is_named_by_field(city, change, field):
    with pytest.raises(tk.ValidationError) as refused:
        city.prepare(["big"], **change)
    assert field in refused.value.error_dict


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


def test_an_owner_sees_its_own_values_beside_and_what_changed_nobody_else_does(city):
    owners = OWNERS
    first = city.published(owners)
    second = city.published(owners, replaces=first)
    shown = city.act("show", ("big", "member"), id=second, own=city.organizations["big"]["name"], against=True)
    mine = {c["level"]: c for c in shown["cells"] if not c["level"] and c["indicator"] == "dwellings"}[""]
    assert mine["own"]["value"] == SIZES["big"] and mine["figure"]["value"] == sum(SIZES[o] for o in owners)
    assert mine["difference"]["value"] == 0 and shown["own_loaded"] == ""
    assert shown["replaced"] == city.act("show", ("big", "member"), id=first)["number"]
    secret = [c for c in shown["cells"] if c["figure"]["status"] == "secret"]
    assert secret and all(c["own"]["value"] is not None or c["indicator"] == "vacancy_rate" for c in secret)
    assert all(c["difference"]["status"] == "secret" and c["difference"]["value"] is None for c in secret)
    quarters = [c for c in shown["cells"] if c["level"] == "s/quarter" and c["indicator"] == "dwellings"]
    assert sum(c["own"]["value"] for c in quarters) == SIZES["big"]
    for who, company in ((("big", "member"), "bigger"), (("planning", "member"), "big"), (("big", "member"), "lone"),
                         (("planning", "member"), "planning"), (("bigger", "admin"), "big")):  # fmt: skip
        with pytest.raises(tk.ObjectNotFound):
            city.act("show", who, id=second, own=city.organizations[company]["name"])
    theirs = city.act("show", ("planning", "member"), id=second, against=True)
    assert theirs["replaces"] is None and "replaced" not in theirs
    assert all("own" not in cell and "before" not in cell for cell in theirs["cells"])
    noted = call_action("ierwohnen_ledger_list", {"user": city.people["big", "member"]["name"], "ignore_auth": False},
                        organization=city.organizations["big"]["name"], limit=100_000)["results"]  # fmt: skip
    assert any(e["action"] == "read" and e["reader"] == city.people["big", "member"]["name"] for e in noted)


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
        }, ("organization", "organizations", "sources", "replaces", "level", "title", "purpose", "figures")),
        ("stock_list", {"organization": mine}, ("organization", "purpose")),
        ("ledger_list", {"organization": mine}, ("organization", "from", "known")),
        ("stock_delete", {"organization": mine, "reference_date": "1999-12-31", "purpose": "p"},
         ("organization", "reference_date", "purpose")),
        ("stock_load", {"organization": mine, "delivery": "x", "key": "x", "purpose": "p", "reference_date": day},
         ("organization", "delivery", "key", "columns", "reference_date")),
        ("stock_check", {"organization": mine, "delivery": "x", "key": "x"}, ("organization", "delivery", "rows")),
        ("stock_discard", {"organization": mine, "delivery": "x"}, ("organization",)),
    ]  # fmt: skip
    refusals = (tk.ObjectNotFound, tk.NotAuthorized, tk.ValidationError)
    texts = ("\0", "a\0b", "release-\0", "stock-\0", "\ud800", "x" * 5000)
    for action, data, fields in calls:
        for field in fields:
            for broken in (*texts, [], {"a": "\0"}, 5, None):
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
