"""The preview in a real browser: by pointer, by keyboard, without scripts, on a phone, and for axe."""

from __future__ import annotations

import contextlib
import math
import re

import playwright.sync_api
import pytest
from fixtures.browser import follow

SYSTEM = "raumgliederung-neuwald-2021"
# CKAN's own scripts, styles and fonts, which every page of a stock portal loads too.
OF_CKAN = re.compile(r"/webassets/(base|vendor|activity|ckanext-[a-z]+)/|/base/|/vendor/")
YEARS = ("2023-12-31", "2024-12-31", "2025-12-31")


@pytest.fixture(scope="module")
def table(live_portal):
    """A published table of the city's quarters, made by the Action API; gone after the tests."""

    def call(action, **parameters):
        return live_portal.call(action, role="sysadmin", **parameters)

    units = call("ierwohnen_unit_list", system=SYSTEM, level="quarter")
    organization = call("package_show", id=SYSTEM)["organization"]["name"]
    package = call("package_create", name="vorschau-probe", title="Leerstand, Probe", owner_org=organization)
    resource = call(
        "resource_create", package_id=package["id"], name="Leerstand, Probe", url="https://stadt.example/l.csv"
    )
    fields = [
        {"id": "nr", "type": "text", "iw_role": "key", "iw_level": "quarter", "iw_system": SYSTEM},
        {"id": "tag", "type": "date", "iw_role": "period"},
        {"id": "quote", "type": "numeric", "iw_role": "indicator", "iw_indicator": "vacancy_rate", "iw_precision": 1},
        {"id": "zeichen", "type": "text", "iw_role": "status", "iw_status_of": "quote"},
    ]
    rows = [
        {"nr": unit["key"], "tag": tag, "quote": None if index == 7 else round(7 + 5 * math.sin(index + year / 3), 1),
         "zeichen": "secret" if index == 7 else None}
        for index, unit in enumerate(units) for year, tag in enumerate(YEARS)
    ]  # fmt: skip
    call("datastore_create", resource_id=resource["id"], force=True, fields=fields, records=rows)
    yield f"/ierwohnen/figure/{resource['id']}"
    call("dataset_purge", id=package["id"])


def opened(new_page, table, query="", **options):
    page = new_page(**options)
    page.goto(table + query)
    return page


UNITS = ".iw-units a"


def test_a_pointer_over_a_unit_shows_name_and_value(new_page, table):
    page = opened(new_page, table)
    unit = page.locator(UNITS).nth(3)
    unit.hover()
    tip = page.locator(".iw-tip")
    assert tip.is_visible()
    assert tip.inner_text() == f"{unit.get_attribute('data-name')}\n{unit.get_attribute('data-value')}"
    page.mouse.move(5, 5)
    assert not tip.is_visible()


def test_a_protected_unit_says_so(new_page, table):
    page = opened(new_page, table)
    page.locator(f'{UNITS}[data-sign="."]').hover()
    assert "geschützt ( . )" in page.locator(".iw-tip").inner_text()


def test_the_map_is_one_stop_and_arrows_go_through_the_units(new_page, table):
    page = opened(new_page, table)
    assert page.locator(f'{UNITS}[tabindex="0"]').count() == 1
    page.locator(f'{UNITS}[tabindex="0"]').focus()
    seen = {page.evaluate("document.activeElement.dataset.key")}
    for key in ("ArrowRight", "ArrowDown", "ArrowLeft", "ArrowDown", "End", "Home", "ArrowUp"):
        page.keyboard.press(key)
        seen.add(page.evaluate("document.activeElement.dataset.key"))
        assert page.locator(".iw-tip").is_visible()
    assert len(seen) >= 4
    assert page.locator(f'{UNITS}[tabindex="0"]').count() == 1


def test_choosing_a_unit_updates_panel_and_trend_and_stays_in_the_address(new_page, table):
    page = opened(new_page, table)
    unit = page.locator(f'{UNITS}[data-name="Eichgrund"]')
    unit.focus()
    page.keyboard.press("Enter")
    page.locator(".iw-unit-facts .iw-label", has_text="Eichgrund").wait_for()
    assert "unit=" in page.url
    assert "Eichgrund" in page.locator(".iw-chart-wide svg").get_attribute("aria-label")
    assert page.evaluate("document.activeElement.dataset.name") == "Eichgrund"
    assert "Eichgrund" in page.locator("[data-iw-status]").inner_text()
    page.go_back()
    page.locator(".iw-extremes").wait_for()
    assert page.locator(".iw-unit-facts").count() == 0


def test_another_date_needs_no_button_and_no_new_page(new_page, table):
    page = opened(new_page, table)
    page.evaluate("window.stays = true")
    page.select_option("select[name=period]", YEARS[0])
    page.locator("figure h2", has_text="31.12.2023").wait_for()
    assert page.evaluate("window.stays") and f"period={YEARS[0]}" in page.url
    assert not page.locator("[data-iw-submit]").first.is_visible()


def test_zoom_keeps_the_map_in_its_frame(new_page, table):
    page = opened(new_page, table)
    full = page.locator("svg.iw-map").get_attribute("viewBox")
    page.get_by_role("button", name="Karte vergrößern").click()
    near = page.locator("svg.iw-map").get_attribute("viewBox")
    assert float(near.split()[2]) < float(full.split()[2])
    for _ in range(3):
        page.get_by_role("button", name="Karte verkleinern").click()
    back = page.locator("svg.iw-map").get_attribute("viewBox")
    # SVG keeps its numbers in single precision.
    assert [float(x) for x in back.split()] == pytest.approx([float(x) for x in full.split()], abs=1e-3)


def test_the_legend_lights_up_its_units(new_page, table):
    page = opened(new_page, table)
    page.locator("[data-iw-legend] li").nth(1).hover()
    assert page.locator("svg.iw-map[data-lit]").count() == 1
    assert set(page.locator(f"{UNITS}.lit").evaluate_all("units => units.map(unit => unit.dataset.class)")) == {"1"}


def test_the_page_of_a_dataset_is_light_and_its_picture_needs_no_script(new_page, live_portal):
    """At most 350 kB over the wire, compressed, besides CKAN's own files; the drawing stands in the page itself."""
    address = "/dataset/wohnungsleerstand-stadtteile"
    page = new_page()
    page.set_default_timeout(120_000)
    wire = page.context.new_cdp_session(page)
    wire.send("Network.enable")
    wire.send("Network.setCacheDisabled", {"cacheDisabled": True})
    asked: dict[str, str] = {}
    sizes: dict[str, float] = {}
    wire.on("Network.requestWillBeSent", lambda event: asked.update({event["requestId"]: event["request"]["url"]}))
    wire.on("Network.loadingFinished", lambda event: sizes.update({event["requestId"]: event["encodedDataLength"]}))
    page.goto(address, wait_until="networkidle")
    ours = {asked[key]: size for key, size in sizes.items() if key in asked and not OF_CKAN.search(asked[key])}
    total = sum(ours.values()) / 1000
    report = "\n".join(f"{size / 1000:7.1f} kB {url}" for url, size in sorted(ours.items(), key=lambda one: -one[1]))
    assert any(address in url for url in ours) and 20 < total <= 350, f"{total:.0f} kB\n{report}"
    html = new_page(javascript=False)
    html.goto(address)
    assert html.locator("svg.iw-map").first.is_visible() and html.locator("svg.iw-chart").first.is_visible()


@pytest.fixture(params=["table", "indicator"])
def subject(request, table):
    """The page of a table's figures, and that of an indicator."""
    return table if request.param == "table" else "/ierwohnen/indikator/vacancy_rate"


def test_dates_by_the_arrow_keys(new_page, axe, subject):
    page = opened(new_page, subject)
    oldest = int(page.get_by_role("slider", name="Stichtag").get_attribute("max"))
    slider = page.get_by_role("slider", name="Stichtag")
    slider.focus()
    assert slider.get_attribute("aria-valuetext") == "31.12.2025"
    page.keyboard.press("ArrowLeft")
    page.locator("figure h2", has_text="31.12.2024").wait_for()
    assert "period=2024-12-31" in page.url
    assert page.evaluate("document.activeElement.classList.contains('iw-slider')")
    assert page.get_by_role("slider", name="Stichtag").get_attribute("aria-valuetext") == "31.12.2024"
    if "indikator" in subject:  # the table of values below tells of the same date
        assert "31.12.2024" in page.locator("#values caption").inner_text()
    axe(page)
    page.go_back()
    page.locator("figure h2", has_text="31.12.2025").wait_for()
    assert page.get_by_role("slider", name="Stichtag").input_value() == str(oldest)


def test_a_choice_made_while_another_loads_adds_to_it_and_the_last_counts(new_page, subject):
    page, held = opened(new_page, subject), []
    page.route(lambda url: "period=2024" in url and "compare=" not in url, lambda route: held.append(route))
    slider = page.get_by_role("slider", name="Stichtag")
    slider.focus()
    page.keyboard.press("ArrowLeft")
    page.wait_for_timeout(100)
    page.select_option("select[name=compare]", YEARS[0])
    page.locator("[data-iw-pair] .iw-pair-bar button").wait_for()
    both = page.url
    assert held and "period=2024-12-31" in both and f"compare={YEARS[0]}" in both
    assert page.evaluate("document.activeElement.classList.contains('iw-slider')")  # where the keyboard was
    with contextlib.suppress(playwright.sync_api.Error):  # the page has given this request up
        held[0].continue_()
    page.wait_for_timeout(500)
    assert page.url == both and page.locator("[data-iw-pair]").is_visible()


def test_two_dates_lie_on_top_of_each_other_by_keyboard(new_page, axe, table):
    page = opened(new_page, table)
    page.select_option("select[name=compare]", YEARS[0])
    page.locator("[data-iw-pair] .iw-pair-bar button").wait_for()
    assert f"compare={YEARS[0]}" in page.url
    page.get_by_role("button", name="Übereinander").focus()
    page.keyboard.press("Enter")
    share = page.get_by_role("slider", name="Anteil der linken Karte")
    share.focus()
    page.keyboard.press("Home")
    assert "100%" in page.locator("[data-iw-pair] section").first.evaluate("section => section.style.clipPath")
    axe(page)
    again = opened(new_page, page.url.removeprefix(page.url.partition("/ierwohnen")[0]))
    assert again.locator("[data-iw-pair] svg.iw-map").count() == 2


def test_copied_is_the_whole_table_not_the_page(new_page, live_portal, table):
    package = live_portal.call("package_show", role="sysadmin", id="vorschau-probe")
    resource = live_portal.call(
        "resource_create", role="sysadmin", package_id=package["id"], name="Liste", url="https://stadt.example/x.csv"
    )
    rows = [{"zeile": f"Zeile {number}", "zahl": -number} for number in range(130)]
    live_portal.call("datastore_create", role="sysadmin", resource_id=resource["id"], force=True, records=rows)
    page = opened(new_page, f"/ierwohnen/figure/{resource['id']}", "?sort=zahl")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    assert page.locator(".iw-preview-table tbody tr").count() == 100
    page.get_by_role("button", name="Alle 130 Zeilen kopieren").click()
    page.get_by_text("Kopiert: 130 Zeilen").wait_for()
    lines = page.evaluate("navigator.clipboard.readText()").splitlines()
    assert lines[0] == "zeile\tzahl" and lines[1] == "Zeile 129\t-129" and len(lines) == 131


def test_a_unit_is_found_by_its_name(new_page, axe, subject):
    page = opened(new_page, subject)
    box = page.locator(".iw-unit-choice input[type=search]")
    box.focus()
    page.keyboard.type("eichgrund")
    page.keyboard.press("Enter")
    page.locator(".iw-unit-facts .iw-label", has_text="Eichgrund").wait_for()
    assert "unit=" in page.url and page.evaluate("document.activeElement.type") == "search"
    axe(page)
    page.reload()
    assert page.locator(".iw-unit-facts .iw-label").inner_text() == "Eichgrund"


def test_without_scripts_links_and_forms_do_the_same(new_page, table):
    page = opened(new_page, table, javascript=False)
    assert page.locator("svg.iw-map").is_visible() and page.locator(".iw-chart-wide svg").is_visible()
    page.select_option("select[name=period]", YEARS[0])
    follow(page.locator("form.iw-bar button[type=submit]"))
    assert "31.12.2023" in page.locator("figure h2").first.inner_text()
    follow(page.locator(f'{UNITS}[data-name="Eichgrund"]'))
    assert page.locator(".iw-unit-facts .iw-label").inner_text() == "Eichgrund"
    follow(page.locator(".iw-tabs a", has_text="Tabelle"))
    assert page.locator(".iw-preview-table tbody tr").count() >= 24


def test_on_a_phone_nothing_runs_out_of_the_page(new_page, table):
    page = opened(new_page, table, width=390)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.locator(".iw-chart-narrow svg").is_visible() and not page.locator(".iw-chart-wide svg").is_visible()
    size = page.locator(".iw-chart-narrow text").first.evaluate("text => text.getBoundingClientRect().height")
    assert size >= 9
    page.locator(".iw-tabs a", has_text="Tabelle").click()
    page.locator(".iw-preview-table").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize("query", ["?unit=42", "?view=table"])
def test_axe_finds_nothing_on_the_phone(new_page, axe, table, query):
    axe(opened(new_page, table, query, width=390))
