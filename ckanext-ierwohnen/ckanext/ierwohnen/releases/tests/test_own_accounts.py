"""Nobody, a sysadmin neither, acts unnoticed as somebody of a company."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("ckan")

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.lib import mailer
from ckan.tests import factories

from ckanext.ierwohnen.releases.texts import TEXTS

from .city import by, city
from .stage import ON_CKAN

__all__ = ["city"]
pytestmark = ON_CKAN
BOSS = ("boss", "sysadmin")


def test_tokens_of_a_companys_account_are_its_own(city, monkeypatch, ckan_config):
    big = city.organizations["big"]["id"]
    former = city.people["former", "editor"] = factories.User()
    by(city, BOSS, "organization_member_create", id=big, username=former["name"], role="editor")
    by(city, BOSS, "organization_member_delete", id=big, username=former["name"])
    for who in (("big", "editor"), ("big", "admin"), ("big", "member"), ("former", "editor")):
        for name in ("name", "id"):
            with pytest.raises(tk.NotAuthorized) as why:
                by(city, BOSS, "api_token_create", user=city.people[who][name], name="x")
            assert any(text.split("}")[1] in str(why.value) for text in TEXTS["account-token"])
        assert by(city, who, "api_token_create", user=city.people[who]["name"], name="x")["token"]
        assert len(by(city, who, "api_token_list", user_id=city.people[who]["name"])) == 1
    office = ("planning", "editor")
    with pytest.raises(tk.NotAuthorized):
        by(city, ("rival", "editor"), "api_token_create", user=city.people[office]["name"], name="x")
    assert by(city, BOSS, "api_token_create", user=city.people[office]["name"], name="x")["token"]
    monkeypatch.setitem(ckan_config, "ierwohnen.alliance", city.organizations["planning"]["name"])
    with pytest.raises(tk.NotAuthorized):
        by(city, BOSS, "api_token_create", user=city.people[office]["name"], name="y")


def test_nobody_else_sets_its_password_or_address_or_lends_its_name(city):
    theirs, office = city.people["big", "admin"], city.people["planning", "admin"]
    hashed = by(city, BOSS, "user_show", id=office["id"], include_password_hash=True)["password_hash"]
    assert hashed == model.User.get(office["id"]).password
    before = model.User.get(theirs["id"]).password, model.User.get(theirs["id"]).email
    assert "password_hash" not in by(city, BOSS, "user_show", id=theirs["id"], include_password_hash=True)
    for action in ("user_patch", "user_update"):
        for field, value in (
            ("password_hash", hashed), ("password", "neun-neue-Zeichen"), ("email", "boss@example.org"),
            ("email", theirs["email"].upper()), ("name", f"{theirs['name']}-frei"),
        ):  # fmt: skip
            given = {"id": theirs["id"], "email": theirs["email"], field: value}
            with pytest.raises(tk.ValidationError) as why:
                by(city, BOSS, action, **given)
            assert list(why.value.error_dict) == [field]
            model.Session.rollback()
            assert (model.User.get(theirs["id"]).password, model.User.get(theirs["id"]).email) == before
    assert by(city, ("big", "admin"), "user_patch", id=theirs["id"], email="selbst@example.org", password="neun-neue")
    assert by(city, BOSS, "user_patch", id=theirs["id"], fullname="Dr. Name")["fullname"] == "Dr. Name"
    assert by(city, BOSS, "user_patch", id=office["id"], name=f"{office['name']}-neu")["name"] != office["name"]
    by(city, BOSS, "user_patch", id=office["id"], name=office["name"], password="neun-neue", email="amt@example.org")
    assert model.User.get(theirs["id"]).validate_password("neun-neue")


def test_it_gets_a_new_password_by_the_link_in_its_mail_alone(city, app):
    theirs, office = city.people["big", "editor"], city.people["planning", "editor"]
    before = model.User.get(theirs["id"]).password
    mailer.create_reset_key(model.User.get(theirs["id"]))
    link, key = f"/user/reset/{theirs['id']}?key=", model.User.get(theirs["id"]).reset_key
    token = factories.APIToken(user=factories.Sysadmin(password="correct123")["name"])["token"]
    new = {"password1": "Neun-neue-Zeichen", "password2": "Neun-neue-Zeichen"}

    def sent(address: str, data: dict[str, str] | None = None, **headers: str) -> Any:
        for kept in ("_login_user", "user", "userobj"):  # the test's own request stands around this one
            tk.g.pop(kept, None)
        ask = app.post if data else app.get
        return ask(address, headers=headers, follow_redirects=False, **({"data": data} if data else {}))

    page = sent(f"/user/edit/{theirs['name']}", Authorization=token).body
    assert "setzt nur, wem das Konto" in page and "password1" not in page
    assert "password1" in sent(f"/user/edit/{office['name']}", Authorization=token).body
    form = {"email": theirs["email"], "name": theirs["name"], "old_password": "correct123", "save": "", **new}
    assert "setzt nur, wem das Konto" in sent(f"/user/edit/{theirs['name']}", form, Authorization=token).body
    for headers in ({"Authorization": token}, {}):
        assert sent(link + "x" * 32, new, **headers).status_code == 403
    assert model.User.get(theirs["id"]).password == before
    assert sent(link + key, new).status_code == 302
    assert model.User.get(theirs["id"]).validate_password("Neun-neue-Zeichen")
