"""Downloads as a reader finds them: the menu in the browser, and the data package from its address."""

from __future__ import annotations

import openpyxl
import pytest
from frictionless import Package, validate

DATASET = "wohnungsleerstand-stadtteile"


@pytest.fixture(scope="module")
def resource(live_portal):
    return live_portal.call("package_show", id=DATASET)["resources"][0]


@pytest.mark.parametrize(("width", "javascript"), [(1280, False), (390, True)], ids=["no script", "phone"])
def test_the_menu_opens_by_keyboard_and_gives_the_file(new_page, axe, resource, tmp_path, width, javascript):
    page = new_page(width=width, javascript=javascript)
    page.goto(f"/dataset/{DATASET}/resource/{resource['id']}")
    menu = page.locator(".actions .iw-download")
    menu.locator("summary").focus()
    page.keyboard.press("Enter")
    assert menu.locator("a b").all_inner_texts()[:2] == ["Excel (XLSX)", "CSV"]
    assert menu.locator("a").last.get_attribute("href").endswith(".csv")  # the office's own file
    assert page.evaluate("document.documentElement.scrollWidth") == width
    if javascript:
        axe(page, ".actions .iw-download")
    with page.expect_download() as started:
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
    started.value.save_as(tmp_path / "x.xlsx")
    assert openpyxl.load_workbook(tmp_path / "x.xlsx").sheetnames == ["Daten", "Zeichen", "Spalten", "Metadaten"]
    if javascript:
        page.keyboard.press("Escape")
        assert menu.get_attribute("open") is None


def test_dataset_and_preview_offer_it_too(page, axe, resource):
    page.goto(f"/dataset/{DATASET}")
    for menu in (page.locator(".resource-item .iw-download").first, page.locator(".iw-preview .iw-download")):
        menu.locator("summary").click()
        assert menu.get_by_role("link", name="GeoPackage").is_visible()
        axe(page)
    page.goto(f"/en/ierwohnen/figure/{resource['id']}")
    page.locator(".iw-preview .iw-download summary").click()
    assert page.get_by_text("numbers, signs, notes and metadata in one workbook").is_visible()


def test_every_published_table_of_the_city_is_a_valid_data_package(live_portal):
    found = live_portal.call("package_search", rows=100)["results"]
    tables = [one for dataset in found for one in dataset["resources"] if one["datastore_active"]]
    assert len(tables) > 5
    for table in tables:
        place = live_portal.call("ierwohnen_table_export", id=table["id"], format="datapackage")
        report = validate(place["url"], type="package")
        assert report.valid, (table["name"], report.flatten(["rowNumber", "fieldName", "note"])[:5])
        rows = Package(place["url"]).resources[0].read_rows()
        total = live_portal.call("datastore_search", resource_id=table["id"], limit=0)["total"]
        assert len(rows) == total
