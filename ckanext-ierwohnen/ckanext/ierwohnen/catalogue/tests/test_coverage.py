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
