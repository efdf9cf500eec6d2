"""Published tables say which indicators a dataset holds: on its page, and in the facets of the search."""

from __future__ import annotations

import requests


def test_a_dataset_is_found_by_the_indicators_of_its_table(live_portal):
    found = live_portal.call("package_search", fq="vocab_iw_indicator:vacancy_rate", rows=10)
    assert [dataset["name"] for dataset in found["results"]] == ["wohnungsleerstand-stadtteile"]
    found = live_portal.call("package_search", fq="vocab_iw_level:Baublock", rows=10)
    assert [dataset["name"] for dataset in found["results"]] == ["raumgliederung-neuwald-2021"]


def test_its_page_names_them_with_a_link(live_portal):
    page = requests.get(f"{live_portal.url}/dataset/wohnungsleerstand-stadtteile", timeout=60).text
    chips = page.split("Indikatoren:")[1].split("</div>")[0]
    assert "Leerstandsquote" in chips and "/vacancy_rate" in chips


def test_a_private_table_lends_no_indicator_to_strangers(live_portal):
    counted = live_portal.call("package_search", rows=0, **{"facet.field": ["vocab_iw_indicator"]})
    names = {item["name"]: item["count"] for item in counted["search_facets"]["vocab_iw_indicator"]["items"]}
    assert names["vacancy_rate"] == 1


def test_freshness_counts_as_its_filter_finds(live_portal):
    """Each state's count is what a search for it gives; together not more than there are."""
    counted = live_portal.call("package_search", rows=0, **{"facet.field": ["vocab_iw_freshness", "vocab_iw_topic"]})
    items = {item["name"]: item["count"] for item in counted["search_facets"]["vocab_iw_freshness"]["items"]}
    assert items and set(items) <= {"current", "due", "overdue"} and sum(items.values()) <= counted["count"]
    for state, count in items.items():
        assert live_portal.call("package_search", rows=0, fq=f'vocab_iw_freshness:"{state}"')["count"] == count


def test_levels_are_named_in_the_language_of_the_page(live_portal):
    def levels(address):
        text = requests.get(f"{live_portal.url}{address}", timeout=60).text
        return text.split(f'aria-label="{heads[address]}')[1].split("</nav>")[0]

    heads = {"/dataset/": "Filtern nach: Raumebene", "/en/dataset/": "Filter by: Spatial level"}
    assert "Stadtteil" in levels("/dataset/")
    assert "Quarter" in levels("/en/dataset/") and "Stadtteil<" not in levels("/en/dataset/")


def test_datasets_are_found_on_the_map(page, axe):
    """A unit of the map is a place of the search, kept by the form; a drawn box as well; elsewhere there is nothing."""
    page.goto("/dataset/")
    page.locator('.iw-search-map a[data-key="42"]').click()
    page.get_by_text("Datensätze, die Eichgrund berühren.").wait_for()
    assert "ext_place=42" in page.url
    axe(page)
    page.locator("#field-giant-search").fill("Leerstand")
    page.locator("#field-giant-search").press("Enter")
    page.wait_for_url("**q=Leerstand**")
    assert "ext_bbox=" in page.url and page.locator(".dataset-item").count() >= 1
    page.get_by_role("button", name="Rechteck zeichnen").click()
    box = page.locator(".iw-search-map svg").bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.3, box["y"] + box["height"] * 0.3)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + box["height"] * 0.6, steps=4)
    page.mouse.up()
    page.get_by_text("Datensätze, die das Rechteck berühren.").wait_for()
    assert "q=Leerstand" in page.url and "ext_place" not in page.url
    page.goto("/dataset/?ext_bbox=2.2,48.8,2.4,48.9")
    assert page.locator(".dataset-item").count() == 0
