"""Nobody gets four eyes by a second account: who acts for an organization is for the portal's administration to say."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest

pytest.importorskip("ckan")

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.tests import factories

from ckanext.ierwohnen.releases.texts import TEXTS
from ckanext.ierwohnen.vault.tests.at_once import at_once

from .city import City, by, city
from .stage import ON_CKAN

__all__ = ["city"]
pytestmark = ON_CKAN
BOSS, ADMIN = ("boss", "sysadmin"), ("big", "admin")
ADDRESS = "Zweites.Konto@neuwald.example"


def ways(city: City, name: str, person: str, role: str) -> list[tuple[str, dict[str, Any]]]:
    """Each way in which CKAN lets an organization's admin give a role in it."""
    organization = city.organizations[name]
    users = [{"name": city.people[name, one]["name"], "capacity": one} for one in ("editor", "admin")]
    more = [*users, {"name": person, "capacity": role}]
    return [
        ("user_invite", {"email": ADDRESS, "group_id": organization["id"], "role": role}),
        ("user_invite", {"email": ADDRESS, "group_id": organization["name"], "role": role}),
        ("organization_member_create", {"id": organization["name"], "username": person, "role": role}),
        ("group_member_create", {"id": organization["id"], "username": person, "role": role}),
        ("member_create", {"id": organization["id"], "object": person, "object_type": "user", "capacity": role}),
        ("organization_update", {"id": organization["id"], "name": organization["name"], "users": more}),
        ("organization_patch", {"id": organization["id"], "users": more}),
        ("organization_patch", {"id": organization["name"], "users": more}),
    ]


def roles(city: City, name: str) -> set[tuple[str, str]]:
    query = model.Session.query(model.Member.table_id, model.Member.capacity)
    return {tuple(row) for row in query.filter_by(
        group_id=city.organizations[name]["id"], table_name="user", state="active")}  # fmt: skip


@pytest.mark.parametrize("name", ["big", "planning"])
@pytest.mark.usefixtures("mailbox")
def test_an_admin_gives_nobody_a_role_that_acts(city, name: str):
    second = factories.User()
    before, let_in = roles(city, name), []
    for role in ("editor", "admin"):
        for person in (second["name"], second["id"], city.people[name, "editor"]["name"]):
            if role == "editor" and person == city.people[name, "editor"]["name"]:
                continue
            for action, data in ways(city, name, person, role):
                try:
                    by(city, (name, "admin"), action, **data)
                    let_in.append((action, role))
                except tk.NotAuthorized as refused:
                    if action not in ("group_member_create",):
                        assert any(text in str(refused) for text in TEXTS["role-given"]), (action, role)
                model.Session.rollback()
    assert not let_in and roles(city, name) == before
    assert not model.Session.query(model.User).filter(model.User.email.ilike(ADDRESS)).count()

    by(city, (name, "admin"), "organization_member_create", id=city.organizations[name]["id"],
       username=second["name"], role="member")  # fmt: skip
    with pytest.raises(tk.NotAuthorized):
        by(city, (name, "admin"), "organization_member_create", id=city.organizations[name]["id"],
           username=second["name"], role="editor")  # fmt: skip
    by(city, (name, "admin"), "organization_patch", id=city.organizations[name]["id"], description="Neu")
    assert roles(city, name) == before | {(second["id"], "member")}
    by(city, BOSS, "organization_member_create", id=city.organizations[name]["id"], username=second["id"], role="admin")
    by(city, (name, "admin"), "organization_member_create", id=city.organizations[name]["id"],
       username=second["id"], role="editor")  # fmt: skip
    assert (second["id"], "editor") in roles(city, name)


def test_the_form_for_members_says_why_not_and_offers_what_may_be_given(city, app):
    company, second = city.organizations["big"]["name"], factories.User()
    before, editor = roles(city, "big"), city.people["big", "editor"]
    accounts, form = model.Session.query(model.User).count(), f"/organization/member_new/{company}"

    def asked(who: tuple[str, str], data: dict[str, str] | None = None, query: str = "") -> str:
        for kept in ("_login_user", "user", "userobj"):  # the test's own request stands around this one
            tk.g.pop(kept, None)
        headers = {"Authorization": factories.APIToken(user=city.people[who]["name"])["token"]}
        answer = app.post(form, data=data, headers=headers) if data else app.get(form + query, headers=headers)
        assert answer.status_code == 200
        return html.unescape(answer.body)

    def offered(page: str) -> list[str]:
        return re.findall(r'<option value="(\w+)"', page)

    for data in ({"email": ADDRESS, "role": "editor"}, {"username": second["name"], "role": "editor"},
                 {"username": editor["name"], "role": "admin"}):  # fmt: skip
        shown = asked(ADMIN, data)
        assert any(text in shown for text in TEXTS["role-given"]) and offered(shown) == ["member"], data
    assert roles(city, "big") == before and model.Session.query(model.User).count() == accounts
    assert "bestimmt die Administration des Portals" in shown and "Mitglied (liest)" in shown
    assert set(offered(asked(ADMIN, query=f"?user={editor['name']}"))) == {"member", "editor"}
    everything = asked(BOSS)
    assert set(offered(everything)) == {"member", "editor", "admin"} and "Mitglied (liest)" not in everything
    asked(ADMIN, {"username": second["name"], "role": "member"})
    assert roles(city, "big") == before | {(second["id"], "member")}


def test_where_companies_are_named_offices_give_their_roles_themselves(city, ckan_config, monkeypatch):
    monkeypatch.setitem(ckan_config, "ierwohnen.companies", city.organizations["big"]["name"])
    second = factories.User()
    action, data = ways(city, "planning", second["name"], "editor")[2]
    by(city, ("planning", "admin"), action, **data)
    assert (second["id"], "editor") in roles(city, "planning")
    for action, data in ways(city, "big", second["name"], "editor")[2:]:
        with pytest.raises(tk.NotAuthorized):
            by(city, ADMIN, action, **data)
        model.Session.rollback()
    assert (second["id"], "editor") not in roles(city, "big")


def test_an_address_invited_twice_at_once_is_one_account(city, mailbox, app):
    address = "gleichzeitig@neuwald.example"
    group = city.organizations["big"]["id"]
    by(city, ADMIN, "user_invite", email="erste@neuwald.example", group_id=group, role="member")

    def invite(_: int) -> Any:
        with app.flask_app.test_request_context():
            return by(city, ADMIN, "user_invite", email=address, group_id=group, role="member")

    told = at_once(4, invite)
    assert sum(isinstance(one, dict) for one in told) == 1, told
    assert model.Session.query(model.User).filter(model.User.email.ilike(address)).count() == 1


def test_an_invitation_that_cannot_be_sent_leaves_nothing(city, ckan_config, monkeypatch):
    monkeypatch.setitem(ckan_config, "smtp.server", "127.0.0.1:1")
    before, accounts = roles(city, "big"), model.Session.query(model.User).count()
    old = factories.User(email=ADDRESS)
    by(city, BOSS, "user_delete", id=old["id"])
    for who, role in ((ADMIN, "member"), (BOSS, "editor")):
        with pytest.raises(tk.ValidationError) as why:
            by(city, who, "user_invite", email=ADDRESS, group_id=city.organizations["big"]["id"], role=role)
        assert why.value.error_dict["email"][0] in TEXTS["invitation-unsent"]
    assert roles(city, "big") == before and model.Session.query(model.User).count() == accounts + 1
    assert model.User.get(old["id"]).state == "deleted"


def test_nobody_is_invited_twice(city, mailbox):
    group, known = city.organizations["big"]["id"], "Neues.Konto@neuwald.example"
    invited = by(city, ADMIN, "user_invite", email=known, group_id=group, role="member")
    assert len(mailbox) == 1 and (invited["id"], "member") in roles(city, "big")
    for address in (known, known.lower(), f" {known} "):
        with pytest.raises(tk.ValidationError) as why:
            by(city, ADMIN, "user_invite", email=address, group_id=group, role="member")
        assert why.value.error_dict["email"][0] in TEXTS["invited-already"]
    assert len(mailbox) == 1
    assert model.Session.query(model.User).filter(model.User.email.ilike(known)).count() == 1
