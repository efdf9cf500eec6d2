"""A publisher's way in the browser: upload, check, correct a role, publish, see the result."""

from __future__ import annotations

import re
import uuid
from contextlib import contextmanager

import pytest
import requests
from fixtures.browser import follow

TABLE = """Leerstand nach Stadtteilen;;;;
Nr;Stadtteil;Stichtag;Wohnungen;Hinweis
11;Altstadt;31.12.2025;1.894;
12;Schlossvorstadt;31.12.2025;1.402;geschätzt
13;Bahnhofsvorstadt;31.12.2025;.;
"""
WAYS = pytest.mark.parametrize(
    ("width", "javascript"), [(1280, True), (390, True), (1280, False)], ids=["desk", "phone", "no script"]
)


@pytest.fixture
def dataset(live_portal):
    """A dataset of the publisher with one uploaded table; removed afterwards."""
    organization = live_portal.call("organization_list_for_user", "publisher", permission="create_dataset")[0]
    name = f"leerstand-{uuid.uuid4().hex[:8]}"
    made = live_portal.call(
        "package_create", "publisher", name=name, title="Leerstand (Probe)", owner_org=organization["id"],
        notes="Probe", type="dataset",
    )  # fmt: skip
    made["resource"] = call_with_file(live_portal, "resource_create", package_id=made["id"], name="Leerstand", url="x")
    yield made
    live_portal.call("dataset_purge", "sysadmin", id=made["id"])


def call_with_file(live_portal, action, text=TABLE, **data):
    reply = requests.post(
        f"{live_portal.url}/api/3/action/{action}", data=data, timeout=60,
        files={"upload": ("leerstand.csv", text.encode("cp1252"))},
        headers={"Authorization": live_portal.accounts["publisher"]["token"]},
    ).json()  # fmt: skip
    assert reply["success"], reply
    return reply["result"]


@contextmanager
def answer_taken_in(page):
    """Wait until the answer to what is done here stands in the page, not only until it came."""
    page.evaluate(
        "() => { window.settled = new Promise(done => addEventListener('htmx:afterSettle', done, {once: true})) }"
    )
    yield
    page.evaluate("() => window.settled")


def choose(page, field, value, javascript):
    """Change a field; the check follows by itself, or by the button without JavaScript."""
    if javascript:
        page.wait_for_function("() => window.htmx")
        with answer_taken_in(page):
            page.select_option(field, value)
    else:
        page.select_option(field, value)
        follow(page.get_by_role("button", name="Neu prüfen"))


@WAYS
def test_upload_check_correct_publish_see(live_portal, new_page, axe, dataset, width, javascript):
    page = new_page(width=width, javascript=javascript, role="publisher")
    resource_id = dataset["resource"]["id"]
    page.goto(f"/dataset/{dataset['name']}/resource/{resource_id}")
    follow(page.get_by_role("link", name="Tabelle prüfen"))

    assert page.get_by_role("heading", level=1).inner_text() == "Tabelle prüfen"
    recognised = page.locator(".iw-recognised").inner_text()
    assert "Windows-1252" in recognised and "Semikolon" in recognised
    assert page.locator("#row-5").inner_text().split("\t")[:2] == ["5", "13"]
    if javascript:
        axe(page)

    # 1.894 may be a whole number or a decimal one: the page asks, and does not guess.
    assert "1.894" in page.locator("#problems").inner_text()
    page.locator("summary", has_text="Zahlen").click()
    choose(page, "#hint-decimal", ",", javascript)
    assert "1.894" not in page.locator("#problems").inner_text()
    choose(page, "#role-4", "unused", javascript)
    assert page.locator("#role-4").input_value() == "unused"
    assert "von Ihnen gewählt" in page.locator("#why-4").inner_text()

    page.get_by_role("button", name="Veröffentlichen", exact=True).click()
    page.wait_for_url(re.compile("/publication/"))
    page.get_by_role("heading", name="Veröffentlicht").wait_for(timeout=60_000)
    if javascript:
        axe(page)
    rows = live_portal.call("datastore_search", resource_id=resource_id)["records"]
    assert [row["Wohnungen"] and float(row["Wohnungen"]) for row in rows] == [1894, 1402, None]
    assert [row["Stadtteil"] for row in rows] == ["Altstadt", "Schlossvorstadt", "Bahnhofsvorstadt"]
    info = live_portal.call("datastore_info", "publisher", id=resource_id)
    roles = {field["id"]: field["iw_role"] for field in info["fields"]}
    assert roles["Stichtag"] == "period" and "Hinweis" not in roles


@WAYS
def test_a_new_delivery_with_an_error_leads_to_it_and_the_old_version_stays(
    live_portal, new_page, axe, dataset, width, javascript, tmp_path
):
    page = new_page(width=width, javascript=javascript, role="publisher")
    file = tmp_path / "neu.csv"
    file.write_text(TABLE.replace("1.894", "1.8x4").replace("2025", "2026"), "cp1252")
    page.goto(f"/dataset/{dataset['name']}/resource/{dataset['resource']['id']}/delivery")
    if javascript:
        axe(page)
    page.set_input_files("#upload", str(file))
    follow(page.get_by_role("button", name="Hochladen und prüfen"))
    assert page.get_by_role("heading", level=1).inner_text() == "Neue Lieferung prüfen"
    choose(page, "#role-3", "indicator", javascript)
    problems = page.locator("#problems").inner_text()
    assert "Zeile 3, Spalte „Wohnungen“" in problems and "1.8x4" in problems
    page.get_by_role("button", name="Veröffentlichen", exact=True).click()
    page.wait_for_url(re.compile("#iw-problem-list"))
    if javascript:
        axe(page)
    follow(page.get_by_role("button", name="Lieferung verwerfen"))
    assert "verworfen" in page.locator(".flash-messages").inner_text()


@WAYS
def test_offers_are_taken_and_taken_back_and_published(
    live_portal, new_page, axe, dataset, width, javascript, tmp_path
):
    page = new_page(width=width, javascript=javascript, role="publisher")
    file = tmp_path / "leerstand.csv"
    rows = "".join(f"{n};Ort {n};31.12.2025;{w}\n" for n, w in ((11, "1,5"), (12, "2.5"), (13, "3,5"), (13, "3,5")))
    file.write_text("Nr;Stadtteil;Stichtag;Mietpreis\n" + rows, "cp1252")
    resource_id = dataset["resource"]["id"]
    page.goto(f"/dataset/{dataset['name']}/resource/{resource_id}/delivery")
    page.set_input_files("#upload", str(file))
    follow(page.get_by_role("button", name="Hochladen und prüfen"))
    choose(page, "#role-0", "key", javascript)
    choose(page, "#role-3", "indicator", javascript)

    def press(name):
        if javascript:
            with answer_taken_in(page):
                page.get_by_role("button", name=name).first.click()
        else:
            follow(page.get_by_role("button", name=name).first)

    if javascript:  # who has gone on while the check was on its way stays there
        with answer_taken_in(page):
            page.evaluate("() => document.querySelector('#role-3').dispatchEvent(new Event('change', {bubbles: true}))")
            page.focus("button[name=do][value=keep]")
        assert page.evaluate("() => document.activeElement.value") == "keep"
    press("2,5 übernehmen")
    assert "2,5 eingesetzt" in page.locator(".iw-decided").inner_text()
    press("zurücknehmen")
    assert page.locator(".iw-decided").count() == 0
    press("2,5 übernehmen")
    press("Zeile auslassen")
    if javascript:
        axe(page)
    page.get_by_role("button", name="Veröffentlichen", exact=True).click()
    page.wait_for_url(re.compile("/publication/"))
    page.get_by_role("heading", name="Veröffentlicht").wait_for(timeout=60_000)
    assert "2,5 eingesetzt" in page.locator("#iw-publication").inner_text()
    values = [
        float(row["Mietpreis"]) for row in live_portal.call("datastore_search", resource_id=resource_id)["records"]
    ]
    assert values == [1.5, 2.5, 3.5]


def test_what_is_no_table_is_told_at_the_upload(new_page, axe, dataset, tmp_path):
    page = new_page(role="publisher")
    file = tmp_path / "bericht.csv"
    file.write_bytes(b"%PDF-1.7 kein Tabelle")
    page.goto(f"/dataset/{dataset['name']}/resource/{dataset['resource']['id']}/delivery")
    page.set_input_files("#upload", str(file))
    follow(page.get_by_role("button", name="Hochladen und prüfen"))
    assert "PDF" in page.locator(".iw-problems").inner_text()
    axe(page)


def test_visitors_do_not_get_in(new_page, dataset):
    page = new_page()
    for place in ("check", "delivery"):
        reply = page.goto(f"/dataset/{dataset['name']}/resource/{dataset['resource']['id']}/{place}")
        assert reply.status == 403 or "/user/login" in page.url
