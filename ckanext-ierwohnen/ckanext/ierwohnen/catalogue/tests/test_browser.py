"""The dataset's form and page and the indicators' pages in a browser: desk, phone, without JavaScript."""

from __future__ import annotations

from itertools import pairwise

import pytest

DATASET = "/indicator-data/wohnungsleerstand-stadtteile"
WIDTHS = (1280, 390)
COLUMNS = 130
"""So many pixels the focus may go up: the columns of the foot stand side by side."""
SMALL = """() => [...document.querySelectorAll('.main a, .main button, .main summary, .site-footer a')]
  .filter(one => !one.closest('svg') && !one.closest('.visually-hidden') && one.checkVisibility())
  .filter(one => one.getBoundingClientRect().height < 23.5).map(one => one.outerHTML.slice(0, 90))"""


@pytest.mark.parametrize("width", WIDTHS)
def test_the_page_of_a_dataset(new_page, axe, width):
    page = new_page(width=width)
    page.goto(DATASET)
    assert page.locator("h1").inner_text() == "Wohnungsleerstand nach Stadtteilen"
    assert page.get_by_role("heading", name="Weitere Informationen").is_visible()
    assert page.get_by_role("heading", name="Bedeutung der Spalten").is_visible()
    assert page.get_by_text("Letzte Lieferung").is_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    axe(page)
    if width == 390:
        assert page.evaluate(SMALL) == []
        tops = stops(page)
        assert len(tops) > 40 and all(after > before - COLUMNS for before, after in pairwise(tops)), tops


def stops(page) -> list[float]:
    """How far below the top of the page each stop of the tab key is, in pixels."""
    at = "() => document.activeElement.getBoundingClientRect().top + scrollY"
    tops: list[float] = []
    while len(tops) < 200:
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement === document.body"):
            break
        tops.append(page.evaluate(at))
    return tops


@pytest.mark.parametrize("width", WIDTHS)
def test_the_form(new_page, axe, width):
    page = new_page(width=width, role="publisher")
    page.goto("/indicator-data/new")
    assert page.get_by_role("group", name="Worum geht es?").is_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    axe(page)


def test_groups_are_added_and_removed(new_page):
    page = new_page(role="publisher")
    page.goto("/indicator-data/new")
    page.locator("#field-coverage > div[name=repeating-template]").wait_for(state="detached")  # the script is ready
    groups = page.locator("#field-coverage .scheming-subfield-group")
    assert groups.count() == 1
    page.get_by_role("button", name="Indikator hinzufügen").click()
    assert groups.count() == 2
    page.wait_for_function("() => jQuery(':animated').length === 0")  # a click while the group unfolds can miss
    groups.nth(1).get_by_role("button", name="Indikator 2 entfernen").click()
    groups.nth(1).get_by_text("Wird beim Speichern entfernt.").wait_for(state="visible")


def test_an_error_leads_to_its_field_and_keeps_the_rest(new_page, axe):
    page = new_page(role="publisher")
    page.goto("/indicator-data/new")
    page.fill("#field-title", "Prüfung der Eingabe")
    page.locator("#field-organizations").select_option(index=1)
    page.fill("#field-coverage-0-from", "bald")
    with page.expect_navigation():
        page.locator("button[name=save].btn-primary").click()
    page.locator(".error-explanation").get_by_text("„bald“ ist kein Jahr").wait_for()
    assert page.input_value("#field-title") == "Prüfung der Eingabe"
    axe(page)


def test_the_form_without_javascript(new_page):
    page = new_page(role="publisher", javascript=False)
    page.goto("/indicator-data/edit/wohnungsleerstand-stadtteile")
    assert page.locator("#field-deliveries .scheming-subfield-group").count() >= 2


def test_indicator_shows_values_of_the_city(new_page):
    page = new_page()
    page.goto("/ierwohnen/indikator/vacancy_rate")
    assert page.get_by_role("heading", name="Leerstandsquote", exact=True).is_visible()
    assert page.locator("table.iw-table tbody tr").count() >= 20
