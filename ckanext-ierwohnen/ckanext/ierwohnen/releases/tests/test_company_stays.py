"""The organization of a company, or one that the rules name, stays one, active, and with its people."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("ckan")

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model
from ckan.tests import factories
from ckan.tests.helpers import call_action

from ckanext.ierwohnen.releases import settings
from ckanext.ierwohnen.releases.texts import TEXTS
from ckanext.ierwohnen.vault.errors import VaultError

from .city import City, by, city
from .stage import ON_CKAN

__all__ = ["city"]
pytestmark = ON_CKAN
BOSS, ADMIN = ("boss", "sysadmin"), ("big", "admin")
ENDS = ("organization_delete", "organization_purge", "group_delete", "group_purge")


def stored(organization: str) -> list[Any]:
    """What the database holds of an organization and of who belongs to it."""
    model.Session.rollback()
    group, member = model.Group.__table__, model.Member.__table__
    found = model.Session.execute(sa.select(group).where(group.c.id == organization)).all()
    return [*found, *model.Session.execute(sa.select(member).where(member.c.group_id == organization)
                                           .order_by(member.c.id)).all()]  # fmt: skip


def refused(code: str, who: dict[str, Any], action: str, *by_rule: type[Exception], **data: Any) -> bool:
    with pytest.raises(by_rule or (tk.NotAuthorized, tk.ValidationError)) as why:
        call_action(action, {**who}, **data)
    model.Session.rollback()
    told = f"{why.value} {getattr(why.value, 'error_dict', '')}"
    return any(text.split("{")[0] in told and text.split("}")[-1] in told for text in TEXTS[code])


def callers(city: City, *who: tuple[str, str]) -> list[dict[str, Any]]:
    """These people, and a program that nobody asks for rights."""
    asked = [{"user": city.people[one]["name"], "ignore_auth": False} for one in who]
    return [*asked, {"user": city.people[BOSS]["name"], "ignore_auth": True}]


def row_says(organization: str, **values: Any) -> None:
    """Have the database say something of an organization, as it may from earlier times."""
    model.Session.execute(sa.update(model.Group).where(model.Group.id == organization).values(**values))
    model.Session.commit()
    model.Session.expire_all()


def test_neither_deleted_nor_purged_by_any_action(city, monkeypatch, ckan_config):
    named = factories.Organization(users=[{"name": city.people["rival", "admin"]["id"], "capacity": "admin"}])
    monkeypatch.setitem(ckan_config, "ierwohnen.alliance", named["name"])
    for organization, code, admin in ((city.organizations["big"], "company-end", ADMIN),
                                      (named, "name-kept", ("rival", "admin"))):  # fmt: skip
        before = stored(organization["id"])
        for action in ENDS:
            for who in callers(city, BOSS):
                rule = tk.ValidationError if who["ignore_auth"] else tk.NotAuthorized
                for spelled in (organization["id"], organization["name"]):
                    assert refused(code, who, action, rule, id=spelled), (action, who)
                    assert stored(organization["id"]) == before, (action, who)
        person = city.people[admin]["name"]
        assert refused("account-token", callers(city, BOSS)[0], "api_token_create", user=person, name="x")
    model.Session.execute(sa.delete(model.Member).where(model.Member.group_id == named["id"]))
    model.Session.commit()
    assert refused("name-kept", callers(city)[0], "group_purge", id=named["id"]) and len(stored(named["id"])) == 1
    plain = factories.Group(users=[{"name": city.people["rival", "admin"]["id"], "capacity": "admin"}])
    by(city, BOSS, "group_purge", id=plain["id"])
    assert not stored(plain["id"])

    company = city.organizations["lone"]  # once it has ended, its id is nobody else's
    by(city, ("lone", "admin"), "ierwohnen_stock_delete", organization=company["id"],
       reference_date=city.day.isoformat(), purpose="p")  # fmt: skip
    by(city, BOSS, "group_purge", id=company["id"])
    assert not stored(company["id"])
    new = {"name": f"{company['name']}-neu", "title": f"{company['title']} neu"}
    for action in ("organization_create", "group_create"):
        assert refused("id-taken", callers(city, BOSS)[0], action, id=company["id"], **new)
    assert not stored(company["id"])
    assert by(city, BOSS, "organization_create", **new)["id"] != company["id"]


def test_it_stays_an_organization(city):
    company, office = city.organizations["big"], city.organizations["planning"]
    second = factories.User()
    group = factories.Group(users=[{"name": city.people[ADMIN]["id"], "capacity": "admin"},
                                   {"name": second["id"], "capacity": "editor"}])  # fmt: skip
    for one, admin, changed in ((company, ADMIN, {"is_organization": False}), (group, ADMIN, {"is_organization": True}),
                                (company, ADMIN, {"is_organization": False, "title": "Amt für Wohnen"}),
                                (office, ("planning", "admin"), {"is_organization": False})):  # fmt: skip
        before = stored(one["id"])
        whole = {"id": one["id"], "name": one["name"], "title": one["title"]}
        for who in callers(city, BOSS, admin):
            for kind in ("organization", "group"):
                for action in ("patch", "update"):
                    if action == "patch" and kind != ("group" if one is group else "organization"):
                        continue  # CKAN finds none
                    if who["user"] != city.people[BOSS]["name"] and "title" in changed:
                        continue  # titles are refused by themselves
                    assert refused("kind-kept", who, f"{kind}_{action}", **(whole | changed)), (kind, action, who)
                    assert stored(one["id"]) == before, (kind, action, who)
    row = model.Group.get(company["id"])
    row.type = "group"  # CKAN's own actions refuse it
    with pytest.raises(tk.ValidationError):
        model.Session.commit()
    model.Session.rollback()
    by(city, ADMIN, "group_update", id=company["id"], name=company["name"], description="neu")
    assert model.Group.get(company["id"]).is_organization
    before = stored(company["id"])
    for spelled in ("user", "User", "USER"):
        data = {"id": company["id"], "object": second["name"], "object_type": spelled, "capacity": "admin"}
        assert refused("role-given", callers(city, ADMIN)[0], "member_create", **data), spelled
        assert stored(company["id"]) == before


def test_what_was_made_a_group_earlier_is_guarded_like_a_company(city):
    company, second = city.organizations["big"], factories.User()
    row_says(company["id"], is_organization=False)
    before, more = stored(company["id"]), [{"name": second["name"], "capacity": "admin"}]
    kept = [{"name": city.people["big", one]["name"], "capacity": one} for one in ("editor", "admin", "member")]
    for action, data in (
        ("group_member_create", {"username": second["name"], "role": "admin"}),
        ("member_create", {"object": second["id"], "object_type": "user", "capacity": "editor"}),
        ("group_patch", {"users": [*kept, *more]}),
        ("group_update", {"name": company["name"], "users": [*kept, *more]}),
    ):  # fmt: skip
        assert refused("role-given", callers(city, ADMIN)[0], action, id=company["id"], **data), action
        assert stored(company["id"]) == before, action
    person = city.people["big", "editor"]["name"]
    boss = callers(city, BOSS)[0]
    assert refused("account-token", boss, "api_token_create", user=person, name="x")
    assert refused("account-password", boss, "user_patch", id=person, password="neun-neue-Zeichen")
    for action in ("group_delete", "group_purge"):
        assert refused("company-end", boss, action, id=company["id"])
    assert stored(company["id"]) == before
    row_says(company["id"], is_organization=True)


def test_it_is_never_set_aside(city, monkeypatch, ckan_config, tmp_path):
    company, group = city.organizations["lone"], factories.Organization()
    rules = tmp_path / "rules.yaml"
    rules.write_text(f"linked: {{{city.organizations['big']['name']}: {group['name']}}}\n", "utf-8")
    monkeypatch.setitem(ckan_config, "ierwohnen.releases.rules", str(rules))
    for one, code in ((company, "company-end"), (group, "name-kept")):
        before = stored(one["id"])
        for state in ("draft", "pending", "deleted", "x"):
            for action in ("organization_patch", "organization_update", "group_update"):
                for who in callers(city, BOSS, *([("lone", "admin")] if one is company else [])):
                    assert refused(code, who, action, id=one["id"], name=one["name"], state=state), (state, action, who)
                    assert stored(one["id"]) == before, (state, action, who)
    assert settings.parameters().linked == {city.organizations["big"]["id"]: group["id"]}
    for state, kind in (("draft", True), ("deleted", True), ("active", False)):
        row_says(group["id"], state=state, is_organization=kind)
        with pytest.raises(VaultError) as why:
            settings.parameters()
        assert why.value.code == "rules-broken" and group["name"] in why.value.message("de")
    row_says(group["id"], state="draft", is_organization=True)
    assert by(city, BOSS, "organization_patch", id=group["id"], state="active")["state"] == "active", "back it comes"
    assert settings.parameters().linked
    rules.write_text(f"linked: {{{city.organizations['big']['name']}: konzern-den-es-nicht-gibt}}\n", "utf-8")
    with pytest.raises(VaultError):
        settings.parameters()
