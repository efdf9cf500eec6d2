"""The versions of a table as a person meets them: what changed, an earlier one looked at, downloaded, restored."""

from __future__ import annotations

import re
import time
import uuid

import pytest

from .test_journey_publish import TABLE, call_with_file

NEXT = (
    TABLE.replace("2025", "2026")
    .replace("1.894", "1.901")
    .replace("Altstadt", "=1+1")
    .replace("13;Bahnhofsvorstadt", "14;Muldeufer")
)
ROLES = '[{"column": "Wohnungen", "role": "indicator"}, {"column": "Nr", "role": "key"}]'


@pytest.fixture(scope="module")
def table(live_portal):
    """A published table with two states; removed afterwards."""
    organization = live_portal.call("organization_list_for_user", "publisher", permission="create_dataset")[0]
    made = live_portal.call(
        "package_create", "publisher", name=f"staende-{uuid.uuid4().hex[:8]}", title="Leerstand (Stände)",
        owner_org=organization["id"], notes="Probe", type="dataset",
    )  # fmt: skip
    resource = call_with_file(live_portal, "resource_create", package_id=made["id"], name="Leerstand", url="x")
    for text in (TABLE, NEXT):
        hints = '{"decimal": ","}'
        job = call_with_file(
            live_portal, "ierwohnen_table_publish", text, resource_id=resource["id"], roles=ROLES, hints=hints
        )
        done(live_portal, job["job"])
    yield {"place": f"/dataset/{made['name']}/resource/{resource['id']}", "id": resource["id"], "name": made["name"]}
    live_portal.call("dataset_purge", "sysadmin", id=made["id"])


def done(portal, job):
    for _ in range(240):
        state = portal.call("ierwohnen_job_show", "publisher", id=job)
        if state["state"] in ("done", "failed"):
            break
        time.sleep(0.25)
    assert state["state"] == "done", state


@pytest.mark.parametrize(("width", "role"), [(1280, None), (390, "publisher")], ids=["visitor at a desk", "phone"])
def test_what_changed_is_read_and_an_earlier_state_looked_at_and_downloaded(new_page, axe, table, width, role):
    page = new_page(width=width, role=role)
    page.goto(f"{table['place']}")
    page.get_by_role("link", name=re.compile("^Stände")).click()
    page.wait_for_url(re.compile("/versions$"))
    axe(page)
    states = page.locator("ol.iw-states > li h2").all_inner_texts()
    assert states == ["Stand 2", "Stand 1"]
    newest = page.locator("#v2").inner_text()
    assert "heutiger Stand" in newest and "Neu: 31.12.2026." in newest
    assert (page.get_by_text("wiederherstellen").count() > 0) == bool(role)
    assert page.evaluate("document.documentElement.scrollWidth") == width

    page.locator("#v1").get_by_role("link", name="Ansehen").focus()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/versions/1$"))
    assert page.get_by_role("note").filter(has_text="Früherer Stand.").is_visible()
    cells = page.get_by_role("table").inner_text()
    assert "Altstadt" in cells and "1\u202f894" in cells and "=1+1" not in cells
    assert page.evaluate("document.documentElement.scrollWidth") == width
    axe(page)
    with page.expect_download() as started:
        page.get_by_role("link", name="Gelieferte Datei").click()
    assert started.value.path().read_bytes() == TABLE.encode("cp1252")
    page.goto(f"{table['place']}/versions")
    with page.expect_download() as started:
        page.locator("#v2").get_by_role("link", name="Tabelle (CSV)").click()
    assert ",'=1+1," in started.value.path().read_text("utf-8")


@pytest.mark.parametrize(("width", "javascript"), [(1280, True), (390, False)], ids=["desk", "phone, no script"])
def test_an_earlier_state_is_restored_by_keyboard(live_portal, new_page, axe, table, width, javascript):
    page = new_page(width=width, javascript=javascript, role="publisher")
    page.goto(f"{table['place']}/versions")
    count = page.locator("ol.iw-states > li").count()
    newest = page.locator("ol.iw-states > li").first
    assert newest.locator(".iw-restore").count() == 0  # the present one
    earlier = page.locator("#v1")
    earlier.locator("summary").focus()
    page.keyboard.press("Enter")
    assert "Becomes" not in earlier.inner_text() and "neuer Stand" in earlier.inner_text()
    if javascript:
        axe(page)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/publication/"))
    page.get_by_role("heading", name="Veröffentlicht").wait_for(timeout=60_000)
    page.goto(f"{table['place']}/versions")
    assert page.locator("ol.iw-states > li").count() == count + 1
    assert "Stand 1 wiederhergestellt" in page.locator("ol.iw-states > li").first.inner_text()
    rows = live_portal.call("datastore_search", resource_id=table["id"])["records"]
    assert rows[0]["Stadtteil"] == "Altstadt"
