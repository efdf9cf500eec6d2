"""What stands around a dataset: page title, tabs and sidebar."""

from __future__ import annotations

import re

import pytest

DATASET = "/dataset/wohnungsleerstand-stadtteile"


@pytest.mark.parametrize("path", [DATASET, "/dataset/raumgliederung-neuwald-2021"])
def test_the_title_names_no_technical_type(new_page, path):
    page = new_page()
    page.goto(path)
    assert not re.search(r"Indicator-Data|Spatial-System", page.title())
    assert page.locator(".page-header li.active").inner_text().strip() == "Datensatz"


def test_nobody_is_sent_to_social_networks(new_page):
    page = new_page()
    page.goto(DATASET)
    assert page.locator(".social, a[href*='facebook.com'], a[href*='x.com/']").count() == 0
    page.goto(page.locator(".resource-item a.heading").first.get_attribute("href"))
    assert page.locator(".social, a[href*='facebook.com'], a[href*='x.com/']").count() == 0


def test_the_sidebar_shows_the_outline_of_the_place(new_page):
    page = new_page()
    page.goto(DATASET)
    assert page.locator(".secondary .iw-side-map svg").is_visible()


def test_a_table_of_one_date_says_date_and_categories(new_page):
    page = new_page()
    page.goto("/dataset/wohnungen-baualter-raeume")
    figure = page.locator(".iw-inset").first
    assert "31.12.2025" in figure.inner_text()
    assert "Summe über Baualter" in figure.inner_text()
