"""What stands outside of the store stays as it was released, and steps that are taken at the same time are told as they
came out."""

from __future__ import annotations

import threading
from typing import Any

import pytest

pytest.importorskip("ckan")

import ckan.plugins.toolkit as tk
from bs4 import BeautifulSoup
from ckan import model
from ckan.tests import factories
from ckan.tests.helpers import call_action

from ckanext.ierwohnen.releases import outside
from ckanext.ierwohnen.releases.texts import TEXTS
from ckanext.ierwohnen.vault import settings as vault

from .city import OWNERS, by, city
from .stage import ON_CKAN
from .test_company_files import file

__all__ = ["city"]
pytestmark = ON_CKAN
UNKNOWN, NO_FILE = "11111111-1111-4111-8111-111111111111", "11111111-1111-4111-8111-111111111112"


def writings(package: str, resource: str, organization: str, group: str) -> list[tuple[str, dict[str, Any]]]:
    """Each way in which CKAN lets people write a dataset."""
    row = {"unit": "1", "level": "quarter", "dwellings": 12345}
    table = {"resource_id": resource, "force": True}
    return [
        ("package_update", {"id": package, "title": "x"}), ("package_patch", {"id": package, "title": "x"}),
        ("package_patch", {"id": package, "private": True}), ("package_patch", {"id": package, "tags": []}),
        ("package_revise", {"match": {"id": package}, "update": {"title": "x"}}), ("package_delete", {"id": package}),
        ("dataset_purge", {"id": package}), ("package_resource_reorder", {"id": package, "order": [resource]}),
        ("package_owner_org_update", {"id": package, "organization_id": organization}),
        ("resource_create", {"package_id": package, "url": "https://example.org", "name": "x"}),
        ("resource_update", {"id": resource, "url": "https://example.org"}),
        ("resource_patch", {"id": resource, "name": "x"}), ("resource_delete", {"id": resource}),
        ("datastore_create", {**table, "records": [row]}),
        ("datastore_create", {"resource": {"package_id": package}, "records": [row]}),
        ("datastore_upsert", {**table, "method": "insert", "records": [row]}),
        ("datastore_delete", {**table, "filters": {"unit": "1"}}), ("datastore_delete", table),
        ("datastore_records_delete", {**table, "filters": {}}), ("ierwohnen_table_publish", {"resource_id": resource}),
        ("ierwohnen_delivery_create", {"resource_id": resource, "upload": b"x"}),
        ("ierwohnen_version_restore", {"resource_id": resource, "version": "x"}),
        ("bulk_update_private", {"org_id": organization, "datasets": [package]}),
        ("bulk_update_delete", {"org_id": organization, "datasets": [package]}),
        ("file_ownership_transfer", {"id": file(), "owner_type": "package", "owner_id": package}),
        ("group_create", {"name": f"mit-{package}", "packages": [{"id": package}]}),
        ("organization_create", {"name": f"auch-mit-{package}", "packages": [{"id": package}]}),
        ("member_create", {"id": group, "object": package, "object_type": "package", "capacity": "public"}),
    ]  # fmt: skip


def test_nobody_but_the_release_writes_its_dataset(city):
    release = city.published(["big"], "public")
    group = factories.Group(users=[{"name": city.people["big", "admin"]["id"], "capacity": "admin"}])["id"]
    before = call_action("package_show", id=release)
    resource = before["resources"][0]["id"]
    rows = call_action("datastore_search", resource_id=resource)["records"]
    let_in = []
    for who in (("big", "editor"), ("big", "admin"), ("boss", "sysadmin")):
        for action, data in writings(release, resource, city.organizations["big"]["id"], group):
            try:
                let_in.append((who, action, by(city, who, action, **data)))
            except (tk.NotAuthorized, tk.ValidationError) as refused:
                if action == "file_ownership_transfer" and who != ("boss", "sysadmin"):
                    continue  # a file of nobody is nobody's to give away
                told = f"{refused} {getattr(refused, 'error_dict', '')}"
                assert any(text in told for text in TEXTS["guarded"]), (who, action)
            model.Session.rollback()
        context = {"user": city.people[who]["name"], "model": model}
        with pytest.raises(tk.NotAuthorized):
            tk.check_access("resource_view_create", context, {"resource_id": resource, "view_type": "image_view"})
    assert not let_in
    assert call_action("package_show", id=release) == before
    assert call_action("datastore_search", resource_id=resource)["records"] == rows
    with pytest.raises(tk.NotAuthorized, match="freigabe-f-"):
        by(city, ("boss", "sysadmin"), "package_create", name="freigabe-f-2026-aaaaaa", title="x",
           owner_org=city.organizations["planning"]["id"])  # fmt: skip
    assert city.step("withdraw", release, "big", reason="p")["state"] == "withdrawn"


def test_nobody_writes_it_past_what_is_called_like_it(city):
    """Views by their ids, all views of a kind, its stream of activities: with another dataset of the same name."""
    release = city.published(["big"], "public")
    resource, boss = resource_of(release), ("boss", "sysadmin")
    view = model.ResourceView(resource_id=resource, title="Karte", view_type="ierwohnen_map_view", order=0)
    model.Session.add(view)
    model.Session.commit()
    office = {"owner_org": city.organizations["planning"]["id"], "user": city.people["planning", "editor"]}
    other = factories.Dataset(**office)
    for name in (view.id, resource):
        factories.Dataset(**office, name=name)
    told = {"object_id": release, "activity_type": "changed package", "data": {"package": {"title": "x"}}}
    before = [call_action("resource_view_list", id=resource), call_action("package_activity_list", id=release)]
    rows = call_action("datastore_search", resource_id=resource)["records"]
    row = {"unit": "1", "level": "quarter", "dwellings": 12345}
    for action, data in (
        ("resource_view_delete", {"id": view.id}), ("resource_view_reorder", {"id": resource, "order": [view.id]}),
        ("resource_view_clear", {}), ("resource_view_clear", {"view_types": ["ierwohnen_map_view"]}),
        ("activity_create", {**told, "user_id": city.people["big", "admin"]["name"]}),
        ("activity_create", {**told, "user_id": city.people[boss]["id"], "object_id": model.Package.get(release).name}),
        ("resource_patch", {"id": resource, "name": "x"}),
        ("datastore_upsert", {"resource_id": resource, "force": True, "method": "insert", "records": [row]}),
    ):  # fmt: skip
        with pytest.raises(tk.NotAuthorized) as why:
            by(city, boss, action, **data)
        assert any(text in str(why.value) for text in TEXTS["guarded"]), action
        model.Session.rollback()
    with pytest.raises(tk.NotAuthorized):
        tk.check_access("resource_view_update", {"user": city.people[boss]["name"], "model": model}, {"id": view.id})
    assert [call_action("resource_view_list", id=resource), call_action("package_activity_list", id=release)] == before
    assert call_action("datastore_search", resource_id=resource)["records"] == rows
    by(city, boss, "resource_view_clear", view_types=["image_view"])
    by(city, boss, "activity_create", **told | {"object_id": other["id"], "user_id": city.people[boss]["id"]})


def test_a_dataset_of_a_release_that_is_not_out_looks_like_none(city, monkeypatch):
    release = city.checked(["big"], "public")
    city.step("approve", release, "big")
    seen: list[str] = []
    real = tk.get_action

    def look(name: str) -> Any:
        if name == "package_patch":  # the table is complete, and the dataset still private
            for who in (None, ("big", "admin"), ("rival", "member")):
                for action, found in (("package_show", release), ("resource_show", resource_of(release))):
                    with pytest.raises(tk.ObjectNotFound) as hidden:
                        by(city, who, action, id=found)
                    assert release not in str(hidden.value)
                    seen.append(action)
        return real(name)

    monkeypatch.setattr(outside.tk, "get_action", look)
    city.step("publish", release, "big")
    assert len(seen) == 6 and by(city, None, "package_show", id=release)["state"] == "active"


def resource_of(package: str) -> str:
    return model.Package.get(package).resources[0].id


def test_the_stream_of_activities_forgets_what_is_no_longer_public(city):
    from ckanext.activity.model import Activity

    def told() -> str:
        found = by(city, None, "recently_changed_packages_activity_list", limit=100)
        return str([*found, *by(city, None, "organization_activity_list", id=organization, limit=100)])

    organization = city.organizations["planning"]["id"]
    fields = {"owner_org": organization, "user": city.people["planning", "editor"], "notes": "Geheimname"}
    private, gone = factories.Dataset(**fields), factories.Dataset(**fields)
    assert private["id"] in told() and gone["id"] in told()
    by(city, ("planning", "editor"), "package_patch", id=private["id"], private=True)
    by(city, ("planning", "editor"), "package_delete", id=gone["id"])
    assert private["id"] not in told() and gone["id"] not in told() and "Geheimname" not in told()
    theirs = by(city, ("planning", "editor"), "package_activity_list", id=private["id"])
    assert len(theirs) == 2, "whoever may see the dataset still sees its activities"
    by(city, ("boss", "sysadmin"), "dataset_purge", id=gone["id"])
    assert not model.Session.query(Activity).filter_by(object_id=gone["id"]).count()


def test_members_alone_see_who_belongs_to_an_organization(city):
    organization = city.organizations["big"]["id"]
    for who in (None, ("rival", "member")):
        for more in ({}, {"object_type": "user"}, {"object_type": "package"}):
            with pytest.raises(tk.NotAuthorized):
                by(city, who, "member_list", id=organization, **more)
    assert by(city, ("big", "member"), "member_list", id=organization)


def test_four_eyes_know_an_account_that_was_renamed(city):
    release = city.checked(["lone"])
    person, old = city.people["lone", "editor"], city.people["lone", "editor"]["name"]
    call_action("organization_member_create", id=city.organizations["lone"]["id"], username=old, role="admin")
    call_action("user_patch", id=person["id"], name=f"{old}-neu")
    city.people["lone", "renamed"] = {**person, "name": f"{old}-neu"}
    try:
        with pytest.raises(tk.NotAuthorized):
            city.step("approve", release, "lone", "renamed")
        found = city.act("show", ("lone", "admin"), id=release)
        assert found["steps"][0]["person"] == old and person["id"] not in str(found)
        assert city.step("approve", release, "lone")["state"] == "approved"
    finally:
        call_action("user_patch", id=person["id"], name=old)
        call_action("organization_member_create", id=city.organizations["lone"]["id"], username=old, role="editor")


def test_steps_at_the_same_time_leave_one_dataset_each(city, app):
    """Both publications bring all releases in line, and so does the worker, at once."""
    ids = [city.checked(OWNERS, "public") for _ in range(2)]
    old = city.published(["big"], "public")
    for release in ids:
        for owner in OWNERS:
            city.step("approve", release, owner)
    ready, answers = threading.Barrier(4), {}

    def run(name: str, work: Any) -> None:
        with app.flask_app.test_request_context():
            ready.wait()
            try:
                answers[name] = work()
            except Exception as error:
                answers[name] = error
            finally:
                model.Session.remove()

    steps: dict[str, Any] = {
        release: lambda release=release: city.step("publish", release, "big")["state"] for release in ids
    }
    steps["withdrawn"] = lambda: city.step("withdraw", old, "big", reason="p")["state"]
    steps["worker"] = lambda: outside.settle(vault.store())
    threads = [threading.Thread(target=run, args=pair) for pair in steps.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == {ids[0]: "published", ids[1]: "published", "withdrawn": "withdrawn", "worker": None}
    model.Session.expire_all()
    assert model.Package.get(old) is None
    for release in ids:
        (resource,) = call_action("package_show", id=release)["resources"]
        assert call_action("datastore_search", resource_id=resource["id"])["total"]


def test_pages_for_files_tell_nothing_of_what_is_there(city, app):
    fields = {"owner_org": city.organizations["planning"]["id"], "user": city.people["planning", "editor"]}
    private = factories.Dataset(**fields, private=True)["id"]
    resource = factories.Resource(package_id=private)["id"]
    pages = {"resource/new": NO_FILE, "resource/{}/views": NO_FILE, "resource/{}/new_view": resource}
    for who in (None, ("rival", "admin")):
        token = factories.APIToken(user=city.people[who]["name"])["token"] if who else ""
        for place, there in pages.items():
            told = []
            for package, asked in ((private, there), (UNKNOWN, NO_FILE)):
                for old in ("_login_user", "user", "userobj"):  # the test's own request stands around this one
                    tk.g.pop(old, None)
                answer = app.get(f"/dataset/{package}/{place.format(asked)}", status=403,
                                 headers={"Authorization": token} if token else {})  # fmt: skip
                text = BeautifulSoup(answer.body, "html.parser").get_text(" ", strip=True)
                told.append(text.replace(package, "").replace(asked, ""))
            assert told[0] == told[1], (who, place)
