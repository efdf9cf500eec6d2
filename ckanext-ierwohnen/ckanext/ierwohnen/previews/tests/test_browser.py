"""The preview in a real browser: by pointer, by keyboard, without scripts, on a phone, and for axe."""

from __future__ import annotations

import math

import pytest

SYSTEM = "raumgliederung-neuwald-2021"
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
    page.locator(".iw-unit-facts h4", has_text="Eichgrund").wait_for()
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
    page.locator("figure h3", has_text="31.12.2023").wait_for()
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


def test_no_request_leaves_the_portal(new_page, table, live_portal):
    page = new_page()
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(table)
    page.wait_for_load_state("networkidle")
    assert asked and all(url.startswith((live_portal.url, "data:")) for url in asked)


def test_without_scripts_links_and_forms_do_the_same(new_page, table):
    page = opened(new_page, table, javascript=False)
    assert page.locator("svg.iw-map").is_visible() and page.locator(".iw-chart-wide svg").is_visible()
    page.select_option("select[name=period]", YEARS[0])
    page.locator("form.iw-bar button[type=submit]").click()
    assert "31.12.2023" in page.locator("figure h3").first.inner_text()
    page.locator(f'{UNITS}[data-name="Eichgrund"]').click()
    assert page.locator(".iw-unit-facts h4").inner_text() == "Eichgrund"
    page.locator(".iw-tabs a", has_text="Tabelle").click()
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


@pytest.mark.parametrize("query", ["", "?unit=42", "?view=table"])
@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_nothing(new_page, axe, table, query, width):
    axe(opened(new_page, table, query, width=width))
