"""Nothing that somebody wrote or uploaded runs in a reader's browser, whatever a sysadmin sets: in a real browser."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterator

import pytest
import requests

pytest.importorskip("ckan")

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.ierwohnen.look.runtime_options import EDITABLE, TEXTS

SCRIPT = "</style></title></textarea><script>window.taken = 1</script><img src=x onerror='window.taken = 2'>"
NOT_EDITABLE = {"ckan.site_custom_css": SCRIPT, "ckan.site_url": "http://evil.example", "ckan.theme": "css/main"}
INSERTED = """async address => {
  const script = document.createElement('script');
  if (address) script.src = address; else script.textContent = 'window.taken = 3';
  const done = new Promise(tell => { script.onload = script.onerror = tell; setTimeout(tell, 1000); });
  document.head.append(script);
  await done;
  return window.taken;
}"""
DATASET = "haushalte-stadtteile"
OF_ALL = (
    "/", "/about", f"/dataset/{DATASET}", "/dataset/", "/organization/", "/group/", "/user/login", "/suche?q=wohn",
)  # fmt: skip
OF_ADMINS = (
    "/ckan-admin/", "/ckan-admin/config", "/ckan-admin/trash", "/user/", "/dashboard/", f"/dataset/edit/{DATASET}",
    "/indicator-data/new", "/spatial-system/new", f"/dataset/activity/{DATASET}", f"/dataset/followers/{DATASET}",
    f"/dataset/groups/{DATASET}", "/organization/new", "/organization/edit/stadtplanungsamt",
    "/organization/members/stadtplanungsamt", "/organization/member_new/stadtplanungsamt", "/group/new",
    "/organization/activity/stadtplanungsamt", "/organization/bulk_process/stadtplanungsamt",
)  # fmt: skip


@pytest.fixture
def texts(live_portal) -> Iterator[None]:
    """The portal's texts, as they were before."""
    before = {name: live_portal.call("config_option_show", role="sysadmin", key=name) for name in TEXTS}
    yield
    live_portal.call("config_option_update", role="sysadmin", **before)


def test_options_that_act_in_the_browser_are_not_changed_at_run_time(live_portal):
    assert set(live_portal.call("config_option_list", role="sysadmin")) == EDITABLE
    for name, value in NOT_EDITABLE.items():
        with pytest.raises(AssertionError, match=name):
            live_portal.call("config_option_update", role="sysadmin", **{name: value})
    assert SCRIPT not in requests.get(live_portal.url, timeout=60).text


@pytest.mark.ckan_config("ckan.plugins", "ierwohnen_portal ierwohnen_vault")
@pytest.mark.usefixtures("with_plugins", "clean_db")
def test_what_was_stored_earlier_has_no_effect(app):
    before = tk.config["ckan.site_url"]
    for name, value in NOT_EDITABLE.items():
        model.set_system_info(name, value)
    model.set_system_info("ckan.site_title", "Neuer Titel")
    model.set_system_info("ckan.config_update", str(dt.datetime.now().timestamp()))
    try:
        page = app.get("/about").body
        assert "Neuer Titel" in page and "window.taken" not in page
        assert tk.config["ckan.site_url"] == before
    finally:
        for name in (*NOT_EDITABLE, "ckan.site_title"):
            model.delete_system_info(name)
        model.set_system_info("ckan.config_update", str(dt.datetime.now().timestamp()))
        app.get("/about")


def test_texts_that_a_sysadmin_writes_run_nothing(live_portal, new_page, texts):
    live_portal.call("config_option_update", role="sysadmin", **dict.fromkeys(TEXTS, SCRIPT))
    page = new_page()
    for address in ("/", "/about", "/dataset/"):
        assert "<script>window.taken" not in requests.get(live_portal.url + address, timeout=60).text
        page.goto(address)
        assert page.evaluate("window.taken") is None


def test_no_page_runs_what_gets_into_it(live_portal, new_page):
    """Were there a way to write into a page: no script within it, no upload, and no answer of the Action API runs."""
    package = live_portal.call("package_show", id=DATASET)["id"]
    reply = requests.post(
        f"{live_portal.url}/api/3/action/resource_create", data={"package_id": package, "name": "x"}, timeout=60,
        files={"upload": ("x.js", io.BytesIO(b"window.taken = 4"), "text/javascript")},
        headers={"Authorization": live_portal.accounts["sysadmin"]["token"]},
    )  # fmt: skip
    uploaded = reply.json()["result"]
    try:
        page = new_page()
        for address in OF_ALL[:3]:
            page.goto(address)
            for source in ("", uploaded["url"], "/api/3/action/status_show?callback=window.taken=5;String"):
                assert page.evaluate(INSERTED, source) is None, (address, source)
    finally:
        live_portal.call("resource_delete", role="sysadmin", id=uploaded["id"])
    jsonp = requests.get(f"{live_portal.url}/api/3/action/status_show?callback=x", timeout=60)
    assert jsonp.headers["Content-Type"].startswith("text/plain")


def test_all_kinds_of_pages_keep_to_the_policy(live_portal, new_page):
    wrong: list[str] = []
    resource = live_portal.call("package_show", id=DATASET)["resources"][0]["id"]
    more = (f"/dataset/{DATASET}/resource/{resource}", f"/dataset/{DATASET}/resource/{resource}/edit",
            f"/dataset/{DATASET}/resource/{resource}/views", f"/dataset/{DATASET}/dictionary/{resource}",
            "/user/sysadmin/api-tokens", "/user/edit/sysadmin", f"/dataset/{DATASET}/resource/new")  # fmt: skip
    for role, addresses in ((None, OF_ALL), ("sysadmin", (*OF_ALL, *OF_ADMINS, *more))):
        page = new_page(role=role)
        page.on("console", lambda said, page=page: wrong.append(f"{page.url}: {said.text}")
                if "Content Security Policy" in said.text else None)  # fmt: skip
        for address in addresses:
            answer = page.goto(address)
            assert "script-src 'self'" in answer.headers["content-security-policy"], address
    assert not wrong, "\n".join(wrong)


def test_pages_of_ckan_whose_scripts_stood_in_attributes_work(live_portal, new_page):
    account = live_portal.accounts["sysadmin"]["name"]
    page = new_page(role="sysadmin")
    page.goto(f"/user/{account}/api-tokens")
    page.fill("[name=name]", "test-no-foreign-scripts")
    page.click("button[value=create]")
    token = page.locator("#api-tokens-table tr", has_text="test-no-foreign-scripts")
    token.locator("[name=token]").check()
    revoke = page.locator("#revoke-tokens-button")
    assert revoke.is_enabled()
    token.locator("[name=token]").uncheck()
    assert revoke.is_disabled()
    token.locator("[name=token]").check()
    revoke.click()
    page.locator(".modal.show .btn-primary").click()
    token.wait_for(state="detached")
    assert revoke.is_disabled()

    page.goto(f"/dataset/{DATASET}/resource/new")
    page.click("#resource-link-button")
    page.fill("#field-resource-url", "https://example.org/x.png")
    assert page.locator("#resource-url-link").is_checked()
    page.locator(".btn-remove-url:visible").click()
    assert page.locator("#resource-url-none").is_checked()
    assert page.locator("#field-resource-url").input_value() == ""
    with page.expect_file_chooser():
        page.click("#resource-upload-button")


def test_the_view_of_texts_shows_them(live_portal, new_page):
    package = live_portal.call("package_show", id=DATASET)["id"]
    reply = requests.post(
        f"{live_portal.url}/api/3/action/resource_create", timeout=60,
        data={"package_id": package, "name": "x", "format": "TXT"},
        files={"upload": ("x.txt", io.BytesIO(b"Ein </script> Text"), "text/plain")},
        headers={"Authorization": live_portal.accounts["sysadmin"]["token"]},
    )  # fmt: skip
    resource = reply.json()["result"]["id"]
    try:
        view = live_portal.call("resource_view_create", role="sysadmin", resource_id=resource, view_type="text_view",
                                title="Text")["id"]  # fmt: skip
        page = new_page(role="sysadmin")  # the original of a table is not everybody's
        page.goto(f"/dataset/{package}/resource/{resource}/view/{view}")
        page.locator("pre", has_text="Ein </script> Text").first.wait_for()
    finally:
        live_portal.call("resource_delete", role="sysadmin", id=resource)
