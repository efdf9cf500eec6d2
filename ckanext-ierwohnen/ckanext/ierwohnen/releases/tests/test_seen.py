"""What each reader finds of a release, in CKAN's own paths and on its page: owners, its audience, everybody, nobody."""

from __future__ import annotations

from html import escape
from typing import Any

import pytest

pytest.importorskip("ckan")

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.tests import factories
from ckan.tests.helpers import call_action

from ckanext.ierwohnen.releases import jobs, outside, settings
from ckanext.ierwohnen.releases.report_page import report_shown
from ckanext.ierwohnen.vault import settings as vault
from ckanext.ierwohnen.vault.errors import VaultError

from .city import CANARY, OWNERS, SIZES, city
from .stage import ON_CKAN

__all__ = ["city"]
pytestmark = ON_CKAN


RDF = (".rdf", ".ttl", ".xml", ".jsonld")


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
    addresses = (release, number, number.lower(), f"freigabe-{number.lower()}")
    for path in (f"/dataset/{one}{ending}" for one in addresses for ending in ("", *RDF)):
        assert app.get(path, expect_errors=True).status_code == 404
    for path in ("/", "/dataset/", "/feeds/dataset.atom", f"/dataset/?q={CANARY}", "/organization/",
                 f"/organization/{city.organizations['big']['name']}"):  # fmt: skip
        page = app.get(path, expect_errors=True)
        assert page.status_code in (200, 404)
        assert not any(word in page.body.replace(f"?q={CANARY}", "").replace(f'value="{CANARY}"', "")
                       for word in (release, number)), path  # fmt: skip
    assert model.Package.get(release) is None


def test_a_public_release_is_a_dataset_of_published_cells_and_gone_when_withdrawn(city, app):
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
    assert top["name"] == "Summe der Freigabe" and all("." not in str(row["dwellings"]) for row in rows)
    assert package["publisher"][0]["name"].startswith(f"{len(OWNERS)} Wohnungsunternehmen (")
    assert package["owner_org"] == city.organizations[OWNERS[0]]["id"], "who prepared it, not any of its owners"
    model.Session.get(model.Resource, resource["id"]).hash = "made by an older version"
    model.Session.commit()
    outside.settle(vault.store())
    (resource,) = call_action("package_show", dict(read), id=release)["resources"]
    assert resource["hash"] != "made by an older version"
    info = call_action("datastore_info", dict(read), id=resource["id"])
    assert next(f for f in info["fields"] if f["id"] == "unit")["iw_level"] == "quarter"
    number = package["name"].removeprefix("freigabe-")
    for address in (release, package["name"]):
        for ending in RDF:
            answer = app.get(f"/dataset/{address}{ending}", status=200)
            assert CANARY in answer.body and "html" not in answer.headers["Content-Type"], ending
    for address in (number, number.upper()):
        assert app.get(f"/dataset/{address}", follow_redirects=False).headers["Location"].endswith(number.upper())
    city.step("withdraw", release, "small1", "editor", reason="Irrtum")
    for address in (release, package["name"]):
        assert all(app.get(f"/dataset/{address}{ending}", status=404) for ending in RDF)
    for address in (package["name"], number, number.upper()):
        assert "wurde zurückgezogen" in app.get(f"/dataset/{address}", status=404).body
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


def test_the_page_shows_each_reader_its_own_part(city, app):
    release = city.prepare(["big"])

    def page(who: tuple[str, str] | None, path: str = "", at: str = "", **form: str) -> Any:
        for kept in ("_login_user", "user", "userobj"):  # the test's own request stands around this one
            tk.g.pop(kept, None)
        token = factories.APIToken(user=city.people[who]["name"])["token"] if who else ""
        options = {"headers": {"Authorization": token} if token else {}, "follow_redirects": False}
        url = at or f"/ierwohnen/freigaben/{release['number']}{path}"
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
    preparing = page(("big", "editor")).body
    assert " zustimmen<" not in preparing and " zustimmen<" in seen.body
    assert "entscheidet eine zweite Person" in preparing and "entscheidet eine zweite Person" not in seen.body
    few = "zu wenige leere Wohnungen"
    assert few in seen.body and few not in page(("big", "member")).body
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
    assert beside.index("reason-withdraw") < beside.index("angesehen")
    assert escape(city.people["planning", "member"]["display_name"]) in page(("big", "member")).body
    for who in (("rival", "admin"), ("boss", "sysadmin"), None):
        assert page(who).status_code == 404
        listed = app.get("/ierwohnen/freigaben/", headers={} if who is None else {
            "Authorization": factories.APIToken(user=city.people[who]["name"])["token"]})  # fmt: skip
        assert release["number"] not in listed.body
    page(("big", "editor"), "/withdraw", reason="Fehler", **own)
    for path in ("", "/tabelle.csv"):
        former = page(("planning", "member"), path)
        assert former.status_code == 404 and "wurde zurückgezogen" in former.body and "Fehler" not in former.body
    former = page(("planning", "member"), at=f"/dataset/{release['number']}")
    assert former.status_code == 404 and "wurde zurückgezogen" in former.body
    for who in (("rival", "admin"), ("small1", "admin"), ("boss", "sysadmin"), None):
        for path in ("/ierwohnen/freigaben/{}", "/ierwohnen/freigaben/{}/tabelle.csv", "/dataset/{}"):
            mine, none = (page(who, at=path.format(one)) for one in (release["number"], "F-2026-NICHTS"))
            assert mine.status_code == none.status_code == 404
            assert mine.body.replace(release["number"], "") == none.body.replace("F-2026-NICHTS", ""), (who, path)
    ended = page(("big", "member")).body
    assert '<dd lang="und">Fehler</dd>' in ended and escape(city.people["big", "editor"]["display_name"]) in ended


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


def test_a_report_of_an_older_version_is_told_as_wholly_as_one_of_today(city):
    """What an upgrade has added to reports is missing in those of releases made before it."""
    release = city.checked(OWNERS)
    today = city.act("show", ("big", "admin"), id=release)
    known = ("cells", "narrowest", "widest", "earlier", "contributors", "rules")
    older = {name: today["report"][name] for name in known}
    found, before = report_shown(today), report_shown({**today, "report": older})
    assert found and before and before.proved == found.proved and before.range
    assert [line.what for line in before.lines] == [line.what for line in found.lines]
    assert all("{" not in f"{line.what}{line.details}" for line in before.lines)
    partly = report_shown({**today, "report": {**older, "partly": True}})
    warned, more = ([line.tone for line in one.lines].count("warn") for one in (before, partly))
    assert more == warned + 1
    rules = today["report"]["rules"]
    strict = report_shown({**today, "report": {**today["report"], "rules": {**rules, "counts_as_values": True}}})
    assert rules["counts_as_values"] is False and strict.rules.startswith(found.rules) and strict.rules != found.rules


def test_a_check_that_failed_says_so(city):
    release = city.prepare(["big"])
    context = {"user": city.people["big", "editor"]["name"], "ignore_auth": False}
    jobs.stop(release["id"])
    for code, words in (("defect", "defect"), ("check-too-long", VaultError("check-too-long").message())):
        settings.engine().failed(release["id"], code)
        job = call_action("ierwohnen_job_show", context, id=release["job"])
        assert job["state"] == "failed" and words in job["message"]
