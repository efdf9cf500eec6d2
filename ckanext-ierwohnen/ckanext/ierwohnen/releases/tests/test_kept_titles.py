"""Nobody passes for another organization by its title, and who reads a release is named so that it can be told."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("ckan")

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model
from ckan.tests import factories

from ckanext.ierwohnen.releases.roles import title_of
from ckanext.ierwohnen.releases.texts import TEXTS

from .city import City, by, city
from .stage import ON_CKAN
from .test_indicator_tables import page

__all__ = ["city"]
pytestmark = ON_CKAN
BOSS, OFFICE, COMPANY = ("boss", "sysadmin"), ("planning", "admin"), ("lone", "admin")


def refused(city: City, who: tuple[str, str], code: str, action: str, **data: Any) -> bool:
    with pytest.raises(tk.ValidationError) as why:
        by(city, who, action, **data)
    model.Session.rollback()
    told = [text for texts in why.value.error_dict.values() for text in texts]
    return any(text.split("{")[0] in one and text.split("}")[-1] in one for text in TEXTS[code] for one in told)


def test_what_a_company_is_called_sysadmins_say(city, monkeypatch, ckan_config):
    company, office = city.organizations["lone"], city.organizations["planning"]
    whole = {"id": company["id"], "name": company["name"]}
    for action in ("organization_patch", "organization_update", "group_update"):
        assert refused(city, COMPANY, "title-kept", action, **whole, title="Ein anderer Titel"), action
        assert refused(city, COMPANY, "title-kept", action, **whole, title=""), action
    kept = by(city, COMPANY, "organization_patch", id=company["id"], title=company["title"], description="neu")
    assert (kept["title"], kept["description"]) == (company["title"], "neu")
    by(city, COMPANY, "organization_update", **whole, description="ganz neu")
    assert title_of(company["id"]) == company["title"], "CKAN keeps a title that is not sent"
    assert refused(city, OFFICE, "title-kept", "organization_patch", id=office["id"], title="Bauamt"), "may become one"
    by(city, BOSS, "organization_patch", id=company["id"], title=f"{company['title']} eG")

    monkeypatch.setitem(ckan_config, "ierwohnen.companies", city.organizations["big"]["name"])
    assert refused(city, COMPANY, "title-kept", "organization_patch", id=company["id"], title="Bauamt"), "it has stock"
    monkeypatch.setitem(ckan_config, "ierwohnen.alliance", office["name"])
    assert refused(city, OFFICE, "title-kept", "organization_patch", id=office["id"], title="Bauamt")
    monkeypatch.setitem(ckan_config, "ierwohnen.alliance", "")
    by(city, OFFICE, "organization_patch", id=office["id"], title=f"{office['title']} und Bauamt")
    with pytest.raises(tk.NotAuthorized):
        by(city, ("rival", "admin"), "organization_patch", id=office["id"], title="x")
    model.Session.rollback()


def test_nobody_gets_the_title_of_another(city):
    company, office = city.organizations["lone"], city.organizations["planning"]
    title = factories.Organization(title=f"Planungsamt {city.organizations['big']['name'][-9:]}")["title"]
    for same in (title, title.upper(), title.replace(" ", "-"), f"{title}.", title.replace("l", "I")):
        assert refused(city, BOSS, "title-taken", "organization_patch", id=company["id"], title=same), same
    for same in (office["name"], office["name"].replace("-", " ")):
        assert refused(city, BOSS, "title-taken", "organization_patch", id=company["id"], title=same), "a name"
    name = "".join(one for one in title.lower().replace(" ", "-") if one.isascii())
    assert refused(city, BOSS, "title-taken", "organization_patch", id=company["id"], name=name), "as a name"
    assert refused(city, BOSS, "title-taken", "organization_create", name=f"{name}-neu", title=title)
    assert model.Group.get(f"{name}-neu") is None
    for odd in (title.replace("a", "\u0430"), "\u202e" + title[::-1], "\u0410\u0412\u0421", "Amt \u0ce6", "Am\u200bt"):
        assert refused(city, BOSS, "title-sign", "organization_patch", id=company["id"], title=odd), odd

    gone = factories.Organization(title=f"{title} Nord")
    by(city, BOSS, "organization_patch", id=gone["id"], state="deleted")
    by(city, BOSS, "organization_patch", id=company["id"], title=f"{title} Nord")
    assert refused(city, BOSS, "title-taken", "organization_patch", id=gone["id"], state="active"), "back too late"
    assert title_of(company["id"]) == f"{title} Nord ({company['name']})", "a release may name the one that is gone"
    factories.Group(title=title)  # groups of datasets own and read nothing


def test_who_owns_and_reads_a_release_is_told_apart(city, app):
    """Where the database has such titles from earlier."""
    same = {"planning": "Amt für Stadtplanung", "rival": "Amt für Stadt\u00adplanung"}
    same |= {"small0": "Haus A", "small1": "Haus-A"}
    ids = {name: city.organizations[name]["id"] for name in same}
    for name, title in same.items():
        model.Session.execute(sa.update(model.Group).where(model.Group.id == ids[name]).values(title=title))
    model.Session.commit()
    named = {name: f"{title} ({city.organizations[name]['name']})" for name, title in same.items()}
    assert {name: title_of(one) for name, one in ids.items()} == named
    assert title_of(city.organizations["big"]["id"]) == city.organizations["big"]["title"]

    release = city.prepare(["big", "small0", "small1"])
    own = city.organizations["big"]["id"]
    form = page(city, app, ("big", "editor"), f"/ierwohnen/freigaben/neu?organization={own}")
    read = page(city, app, ("small0", "admin"), f"/ierwohnen/freigaben/{release['number']}")
    listed = page(city, app, ("small0", "admin"), "/ierwohnen/freigaben/")
    for told, names in ((form, same), (read, ("planning", "small0", "small1")), (listed, ("planning", "small0"))):
        assert [name for name in names if named[name] not in told.body] == []
    for one in ids.values():  # a member may be told of the company in later tests
        title = factories.Organization.stub().title
        model.Session.execute(sa.update(model.Group).where(model.Group.id == one).values(title=title))
    model.Session.commit()
