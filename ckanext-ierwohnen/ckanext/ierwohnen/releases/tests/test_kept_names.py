"""Nobody gets what was agreed for another organization by taking its name."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("ckan")

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.tests import factories

from ckanext.ierwohnen.releases import settings
from ckanext.ierwohnen.releases.texts import TEXTS

from .city import City, by, city
from .stage import ON_CKAN

__all__ = ["city"]
pytestmark = ON_CKAN
BOSS, RIVAL = ("boss", "sysadmin"), ("rival", "admin")


def organization_of(city: City, who: tuple[str, str]) -> dict[str, Any]:
    return factories.Organization(users=[{"name": city.people[who]["id"], "capacity": "admin"}])


def refused(city: City, who: tuple[str, str], code: str, place: str, action: str, **data: Any) -> bool:
    """Whether an action is refused for the name, and says where it stands."""
    with pytest.raises((tk.ValidationError, tk.NotAuthorized)) as why:
        by(city, who, action, **data)
    model.Session.rollback()
    told = str(getattr(why.value, "error_dict", why.value))
    return any(text.split("{")[0] in told for text in TEXTS[code]) and place in told


def test_the_alliances_organization_keeps_its_name_and_stays(city, monkeypatch, ckan_config):
    ours, rival = factories.Organization(), organization_of(city, RIVAL)
    monkeypatch.setitem(ckan_config, "ierwohnen.alliance", ours["name"])
    for action, data in (
        ("organization_patch", {"name": "geht-aus-dem-weg"}), ("organization_patch", {"state": "deleted"}),
        ("organization_delete", {}), ("organization_purge", {}), ("group_purge", {}),
        ("organization_update", {"name": "geht-aus-dem-weg", "title": "x"}),
    ):  # fmt: skip
        assert refused(city, BOSS, "name-kept", "ierwohnen.alliance", action, id=ours["id"], **data), action
    assert settings.alliance() == {ours["id"]}
    assert by(city, BOSS, "organization_patch", id=ours["id"], description="Amt 61")["name"] == ours["name"]

    wanted = factories.Organization.stub().name  # of an organization that is not there yet
    monkeypatch.setitem(ckan_config, "ierwohnen.alliance", f"{ours['name']} {wanted}")
    for who in (RIVAL, BOSS):
        for action in ("organization_patch", "organization_update"):
            assert refused(city, who, "name-taken", "ierwohnen.alliance", action, id=rival["id"], name=wanted), who
    monkeypatch.setitem(ckan_config, "ckan.auth.user_create_organizations", True)
    monkeypatch.setitem(ckan_config, "ckan.auth.user_create_groups", True)
    for action in ("organization_create", "group_create"):
        assert refused(city, RIVAL, "name-taken", "ierwohnen.alliance", action, name=wanted)
    assert model.Group.get(wanted) is None
    made = by(city, BOSS, "organization_create", name=wanted)
    assert settings.alliance() == {ours["id"], made["id"]}


def test_so_do_the_organizations_of_the_rules(city, monkeypatch, ckan_config, tmp_path):
    linked, group, coalition = (factories.Organization() for _ in range(3))
    rules = tmp_path / "rules.yaml"
    text = f'version: "1"\nlinked:\n  {linked["name"]}: {group["name"]}\n'
    rules.write_text(f"{text}coalitions:\n  - [{coalition['name']}, {group['name']}]\n")
    monkeypatch.setitem(ckan_config, "ierwohnen.releases.rules", str(rules))
    place = "ierwohnen.releases.rules"
    for one in (linked, group, coalition):
        for data in ({"name": "geht-aus-dem-weg"}, {"state": "deleted"}):
            assert refused(city, BOSS, "name-kept", place, "organization_patch", id=one["id"], **data)
    free = organization_of(city, RIVAL)
    assert by(city, RIVAL, "organization_patch", id=free["id"], name=f"{free['name']}-neu")["name"] != free["name"]
    assert by(city, BOSS, "organization_patch", id=free["id"], name=free["name"])["name"] == free["name"]
    rules.write_text("linked: nobody knows\n")  # then every name may be one of them
    with pytest.raises(tk.ValidationError):
        by(city, BOSS, "organization_patch", id=free["id"], name=f"{free['name']}-neu")
    model.Session.rollback()
