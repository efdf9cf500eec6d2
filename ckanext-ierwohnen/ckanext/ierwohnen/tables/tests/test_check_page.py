"""The check page as people use it: by keyboard alone, with a thousand problems, and year after year in two clicks."""

from __future__ import annotations

import re
import time
import uuid

import pytest
import requests
from fixtures.browser import follow

from .test_journey_publish import answer_taken_in

ANNUAL = "http://publications.europa.eu/resource/authority/frequency/ANNUAL"
ROWS, WRONG = 10_400, 1_300
SEEN = """() => {
  const at = document.activeElement, style = getComputedStyle(at), box = at.getBoundingClientRect();
  const outlined = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0;
  const marked = outlined || style.boxShadow !== 'none' || at.closest('.visually-hidden-focusable') !== null;
  return {tag: at.tagName, name: at.id || at.name || at.textContent.trim().slice(0, 40), marked,
          visible: box.width > 0 && box.bottom > 0 && box.top < innerHeight};
}"""


@pytest.fixture
def dataset(live_portal):
    """A late yearly dataset of the publisher, without tables; removed afterwards."""
    organization = live_portal.call("organization_list_for_user", "publisher", permission="create_dataset")[0]
    made = live_portal.call(
        "package_create", "publisher", name=f"probe-{uuid.uuid4().hex[:8]}", title="Wohnungen (Probe)",
        owner_org=organization["id"], notes="Probe", type="indicator-data", license_id="dl-zero-de/2.0",
        frequency=ANNUAL, deliveries=[{"reference_date": "2024-12-31", "due": "2025-03-31"}],
    )  # fmt: skip
    yield made
    live_portal.call("dataset_purge", "sysadmin", id=made["id"])


def send(live_portal, action, text, filename, **data):
    """Call an action with a file."""
    reply = requests.post(
        f"{live_portal.url}/api/3/action/{action}", data=data, timeout=60,
        files={"upload": (filename, text.encode("cp1252"))},
        headers={"Authorization": live_portal.accounts["publisher"]["token"]},
    ).json()  # fmt: skip
    assert reply["success"], reply
    return reply["result"]


def table(year, value="Wohnungen", count=5):
    rows = "".join(f"{number};Ort {number};31.12.{year};{number * 7}\n" for number in range(11, 11 + count))
    return f"Nr;Stadtteil;Stichtag;{value}\n{rows}"


def tab_to(page, selector, most=90):
    """Press Tab until `selector` has the focus; every stop on the way must show it."""
    for _ in range(most):
        page.keyboard.press("Tab")
        seen = page.evaluate(SEEN)
        if seen["tag"] == "BODY":
            continue  # from the end of the page once around to its beginning
        assert seen["marked"], f"{seen['name']} does not show that it has the focus"
        assert seen["visible"], f"{seen['name']} has the focus out of sight"
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"{selector} is not reached by Tab")


def focused(page):
    return page.evaluate("() => document.activeElement.id")


def test_the_whole_page_by_keyboard(live_portal, new_page, axe, dataset, tmp_path):
    text = "Nr;Ort;Stichtag;Mietpreis;Hinweis\n" + "".join(
        f"{n};Ort {n};31.12.2025;{price};\n" for n, price in ((11, "1,5"), (12, "2.5"), (13, "3,5"), (14, "4,5"))
    )
    resource = send(live_portal, "resource_create", text, "miete.csv", package_id=dataset["id"], name="Miete", url="x")
    page = new_page(role="publisher")
    page.goto(f"/dataset/{dataset['name']}/resource/{resource['id']}/check")
    page.wait_for_function("() => window.htmx")

    tab_to(page, "li:has(#hint-encoding) summary")
    page.keyboard.press("Enter")
    tab_to(page, "#hint-encoding")
    with answer_taken_in(page):
        page.keyboard.press("ArrowDown")
    assert focused(page) == "hint-encoding", "the focus stays on the field that was changed"
    with answer_taken_in(page):
        page.keyboard.press("ArrowUp")

    tab_to(page, "#role-3")
    if page.locator("#role-3").input_value() != "indicator":
        with answer_taken_in(page):
            page.keyboard.type("Ind")
    assert page.locator("#role-3").input_value() == "indicator" and focused(page) == "role-3"
    tab_to(page, "#look-problems")  # it stands before the table: once around
    with answer_taken_in(page):
        page.keyboard.press("Enter")
    assert focused(page) == "look-problems"
    assert page.locator("#look-problems").get_attribute("aria-pressed") == "true"

    tab_to(page, "button[name=repair]")
    assert "2,5 übernehmen" in page.evaluate("() => document.activeElement.innerText")
    with answer_taken_in(page):
        page.keyboard.press("Enter")
    assert focused(page) == "iw-problem-list", "the button is gone: the focus goes to the list"
    assert page.evaluate(SEEN)["marked"]
    assert "2,5 eingesetzt" in page.locator(".iw-decided").inner_text()
    page.wait_for_function("() => document.getElementById('iw-check-told').textContent.startsWith('Geprüft')")
    axe(page)

    tab_to(page, "button[value=publish]")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/publication/"))
    page.get_by_role("heading", name="Veröffentlicht").wait_for(timeout=60_000)
    versions = live_portal.call("ierwohnen_version_list", "publisher", resource_id=resource["id"])["results"]
    assert "2,5" in versions[0]["repairs"][0]["text"], "what was decided is kept with the version"


@pytest.mark.parametrize("width", [1280, 390], ids=["desk", "phone"])
def test_a_thousand_problems_stay_readable(live_portal, new_page, axe, dataset, width):
    rows = "".join(
        f"{number:05d};31.12.2025;{'1o' if number % (ROWS // WRONG) == 0 else number % 900}\n" for number in range(ROWS)
    )
    resource = send(
        live_portal, "resource_create", "Block;Stichtag;Wohnungen\n" + rows, "bloecke.csv",
        package_id=dataset["id"], name="Blöcke", url="x",
    )  # fmt: skip
    page = new_page(width=width, role="publisher")
    begun = time.monotonic()
    page.goto(f"/dataset/{dataset['name']}/resource/{resource['id']}/check")
    print(f"check page of {ROWS} rows: {time.monotonic() - begun:.1f} s")
    page.wait_for_load_state()
    if page.locator("#role-2").input_value() != "indicator":
        page.wait_for_function("() => window.htmx")
        with answer_taken_in(page):
            page.select_option("#role-2", "indicator")
    assert page.locator("#problems > li").count() < 12
    group = page.locator("#problems > li", has_text="1300-mal").first
    assert group.is_visible(), page.locator("#problems").inner_text()
    group.locator("details.iw-examples > summary").click()
    assert group.locator("details.iw-examples li").count() == 20
    assert "1280 weitere dieser Art" in group.inner_text()
    assert page.locator(".iw-sheet tbody tr").count() < 900
    axe(page)
    assert page.evaluate("() => document.documentElement.scrollWidth") <= width


def test_next_year_in_two_clicks_and_late_no_longer(live_portal, new_page, axe, dataset, tmp_path):
    resources = {}
    for value, name in (("Wohnungen", "wohnungen"), ("Haushalte", "haushalte")):
        text, about = table(2023, value), {"package_id": dataset["id"], "name": value, "url": "x"}
        resource = resources[value] = send(live_portal, "resource_create", text, f"{name}_2023.csv", **about)
        publish(live_portal, resource["id"])
    page = new_page(width=390, role="publisher")
    page.goto(f"/dataset/{dataset['name']}")
    assert "überfällig" in page.locator("[role=main]").inner_text()
    page.goto("/dashboard/deliveries?standing=overdue")
    entries = page.locator(".iw-deliveries tr", has_text="Wohnungen (Probe)")
    assert entries.count() == 2, "a line for each of the two tables"
    entry = entries.filter(has_text="Haushalte")
    assert "Lieferung überfällig" in entry.inner_text() and "31.03.2025" in entry.inner_text()
    axe(page)
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 390
    entry.get_by_role("link", name="Hochladen").click()

    file = tmp_path / "Haushalte_2024_endg.csv"
    file.write_text(table(2024, "Haushalte"), "cp1252")
    page.set_input_files("#upload", str(file))
    follow(page.get_by_role("button", name="Hochladen und prüfen"))  # the first click
    assert resource["id"] in page.url
    assert "Gleicher Aufbau wie die Lieferung vom" in page.locator(".iw-summary").first.inner_text()
    assert "Neu: 31.12.2024." in page.locator(".iw-changes").inner_text()
    page.get_by_role("button", name="Veröffentlichen", exact=True).click()  # the second
    page.get_by_role("heading", name="Veröffentlicht").wait_for(timeout=60_000)
    page.goto("/dashboard/deliveries?standing=overdue")
    left = page.locator(".iw-deliveries tr", has_text="Wohnungen (Probe)")
    assert left.count() == 1 and "Haushalte" not in left.inner_text(), "the other one is still waited for"
    first = resources["Wohnungen"]
    send(live_portal, "ierwohnen_delivery_create", table(2024), "wohnungen_2024.csv", resource_id=first["id"])
    publish(live_portal, first["id"])
    noted = live_portal.call("package_show", "publisher", id=dataset["id"])["deliveries"]
    assert [entry["reference_date"] for entry in noted] == ["2023-12-31", "2024-12-31", "2025-12-31"]
    assert noted[1]["delivered"] and noted[2]["due"] > noted[1]["delivered"]
    page.goto("/dashboard/deliveries?standing=overdue")
    assert page.locator(".iw-deliveries tr", has_text="Wohnungen (Probe)").count() == 0


def publish(live_portal, resource_id):
    job = live_portal.call("ierwohnen_table_publish", "publisher", resource_id=resource_id)["job"]
    for _ in range(240):
        state = live_portal.call("ierwohnen_job_show", "publisher", id=job)
        if state["state"] in ("done", "failed"):
            break
        time.sleep(0.25)
    assert state["state"] == "done", state


def test_of_two_alike_tables_one_is_asked_for(live_portal, new_page, axe, dataset, tmp_path):
    for name in ("eins", "zwei"):
        text, about = table(2023), {"package_id": dataset["id"], "name": f"Teil {name}", "url": "x"}
        resource = send(live_portal, "resource_create", text, "teil.csv", **about)
        publish(live_portal, resource["id"])
    page = new_page(role="publisher", javascript=False)
    file = tmp_path / "teil.csv"
    file.write_text(table(2024), "cp1252")
    page.goto(f"/dataset/{dataset['name']}/delivery")
    page.set_input_files("#upload", str(file))
    follow(page.get_by_role("button", name="Hochladen und prüfen"))
    assert "Bitte wählen" in page.locator(".iw-problems").inner_text()
    page.get_by_label("Teil zwei").check()
    page.set_input_files("#upload", str(file))
    follow(page.get_by_role("button", name="Hochladen und prüfen"))
    assert resource["id"] in page.url


def test_a_large_file_is_checked_while_its_progress_is_shown(live_portal, new_page, dataset):
    rows = "".join(f"{number:06d};Block {number:06d};31.12.2025;{number % 900}\n" for number in range(70_000))
    resource = send(
        live_portal, "resource_create", "Nr;Block;Stichtag;Wohnungen\n" + rows, "bloecke.csv",
        package_id=dataset["id"], name="Blöcke", url="x",
    )  # fmt: skip
    page = new_page(role="publisher")
    page.goto(f"/dataset/{dataset['name']}/resource/{resource['id']}/check", wait_until="commit")
    page.get_by_text("Die Datei ist groß").wait_for()  # the check takes its place as soon as it is done
    page.locator("form#iw-check").wait_for(timeout=60_000)
    assert re.search(r"70.000 Zeilen", page.locator(".iw-publish").inner_text())
