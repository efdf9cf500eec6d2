"""The first signs of life of the whole."""

from __future__ import annotations

import pytest


@pytest.mark.usefixtures("with_plugins", "clean_db", "clean_index")
def test_smoke_home_page_is_german(app):
    page = app.get("/")
    assert page.status_code == 200
    assert 'lang="de"' in page.text


def test_smoke_live_portal_answers_and_knows_its_administrator(live_portal):
    assert live_portal.call("status_show")["ckan_version"].startswith("2.12")
    assert live_portal.call("user_show", role="sysadmin", id="sysadmin")["sysadmin"] is True


def test_smoke_demonstration_city_is_loaded_with_an_account_for_each_role(live_portal):
    assert not live_portal.city_problem
    for role, account in live_portal.accounts.items():
        assert live_portal.call("user_show", role=role, id=account["name"])["name"] == account["name"]


@pytest.mark.parametrize("javascript", [True, False])
@pytest.mark.parametrize("width", [1280, 390])
def test_smoke_browser_shows_the_home_page(new_page, width, javascript):
    page = new_page(width=width, javascript=javascript)
    page.goto("/")
    assert page.locator("html").get_attribute("lang") == "de"
    assert page.locator("main, .main, [role=main]").first.is_visible()


def test_smoke_somebody_can_log_in(new_page):
    page = new_page(role="sysadmin")
    page.goto("/user/edit")
    assert page.url.endswith("/user/edit")
