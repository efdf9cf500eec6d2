"""Conspicuous units and ways to values as a reader finds them, with and without JavaScript, at desk and on phone."""

from __future__ import annotations

import csv
import io

import pytest
import requests
from fixtures.browser import follow


@pytest.fixture(scope="module")
def alerts(live_portal) -> dict:
    return live_portal.call("ierwohnen_indicator_alerts")


@pytest.mark.parametrize(("width", "javascript"), [(1280, True), (390, True), (390, False)])
def test_the_page_lists_what_the_action_says(new_page, axe, alerts, width, javascript):
    page = new_page(width=width, javascript=javascript)
    page.goto("/ierwohnen/auffaellig")
    assert page.locator("h1").inner_text() == f"Auffällige Quartiere {alerts['year']}"
    listed = page.locator(".iw-quarter h3").all_inner_texts()
    assert listed == [one["name"] for one in alerts["results"]] and len(listed) > 1
    first = page.locator(".iw-quarter").first
    assert first.locator("li").count() == len(alerts["results"][0]["reasons"])
    assert "seit" in first.locator(".iw-meta").inner_text()
    assert first.locator("svg.iw-course").count() > 1 and page.locator("svg.iw-where path").count() == 24
    assert page.evaluate("document.documentElement.scrollWidth") == width
    if javascript:
        axe(page)


def test_several_at_once_another_year_and_the_file(page, live_portal):
    page.goto("/ierwohnen/auffaellig")
    before = page.locator(".iw-quarter").count()
    page.select_option("#a-least", "3")
    follow(page.get_by_role("button", name="Anzeigen"))
    assert "at_least=3" in page.url and 0 < page.locator(".iw-quarter").count() < before
    assert all(
        page.locator(".iw-quarter").nth(i).locator("li").count() >= 3
        for i in range(page.locator(".iw-quarter").count())
    )
    answer = requests.get(
        live_portal.url + page.get_by_role("link", name="CSV").first.get_attribute("href"), timeout=60
    )
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert len({row["unit"] for row in rows}) == page.locator(".iw-quarter").count()


def test_a_chart_leads_to_the_way_down_to_the_cells(new_page, axe):
    page = new_page(javascript=False)
    page.goto("/ierwohnen/auffaellig")
    follow(page.locator(".iw-quarter .courses a", has_text="Leerstandsquote").first)
    way = page.locator("#way")
    assert "Leerstandsquote = " in way.inner_text() and "Gelesen aus:" in way.inner_text()
    page = new_page(width=390)
    page.goto("/ierwohnen/indikator/vacancy_rate?level=district")
    follow(page.locator(".iw-values tbody td a").first)
    assert "Leere Wohnungen ÷ Wohnungen" in page.locator("#way summary").first.inner_text()
    axe(page)
    page.locator("#way summary").nth(1).click()
    page.locator("#way a:visible").first.click()
    assert "/resource/" in page.url


def test_english_pages_are_english(page, axe):
    page.goto("/en/ierwohnen/auffaellig")
    assert page.locator("h1").inner_text().startswith("Conspicuous quarters")
    text = page.locator("[role=main]").inner_text()
    assert "or more, since" in text and not any(word in text for word in ("seit", "Schwelle", "Quartiere"))
    axe(page)


def test_what_is_not_there_is_not_found(live_portal):
    for path in (
        "auffaellig?level=gibtsnicht",
        "auffaellig?system=gibtsnicht",
        "indikator/dwellings?source=gibtsnicht",
    ):
        assert requests.get(f"{live_portal.url}/ierwohnen/{path}", timeout=60).status_code == 404
    assert requests.get(f"{live_portal.url}/ierwohnen/auffaellig?period=heute&at_least=x", timeout=60).ok


def test_a_level_without_values_leads_to_those_that_have_some(page):
    page.goto("/ierwohnen/indikator/vacancy_rate?level=block")
    assert "Auf anderen Ebenen gibt es Werte." in page.locator("#values, [role=main]").last.inner_text()
    follow(page.get_by_role("link", name="Diese zeigen"))
    assert page.locator(".iw-values tbody tr").count() > 5
