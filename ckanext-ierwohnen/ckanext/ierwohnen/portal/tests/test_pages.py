"""Home, search and navigation in a real browser: desk and phone, with and without JavaScript, by keyboard alone."""

from __future__ import annotations

import re

import pytest
from fixtures.browser import follow

WIDTHS = [1280, 390]
BOX = "#field-search"


def test_language_changes_on_the_page_where_one_is(page):
    """English and back by one click each, with the question kept."""
    page.goto("/suche?q=wohn")
    page.get_by_role("link", name="English").click()
    assert page.url.endswith("/en/suche?q=wohn")
    assert page.locator("html").get_attribute("lang") == "en"
    page.get_by_role("link", name="Deutsch").click()
    assert "/suche?q=wohn" in page.url and "/en/" not in page.url


@pytest.mark.parametrize("javascript", [True, False])
@pytest.mark.parametrize("width", WIDTHS)
def test_question_leads_to_answers_in_groups(new_page, width, javascript):
    """Journey 3 begins: type, press Enter, read the groups."""
    page = new_page(width=width, javascript=javascript)
    page.goto("/")
    page.locator(BOX).fill("wohnbau")
    page.locator(BOX).press("Enter")
    page.wait_for_url("**/suche?q=wohnbau")
    assert page.get_by_role("heading", name="Organisationen").is_visible()
    page.get_by_role("link", name="Wohnbau Neuwald GmbH").click()
    assert page.url.endswith("/organization/wohnbau-neuwald")


def test_proposals_by_keyboard_alone(page):
    """Arrows choose, Esc closes, Enter opens; what is chosen is told to screen readers."""
    page.goto("/")
    box = page.get_by_role("combobox", name="Was suchen Sie?")
    box.focus()
    page.keyboard.type("statisitk", delay=10)
    page.locator("[role=option]").first.wait_for()
    assert box.get_attribute("aria-expanded") == "true"
    page.keyboard.press("ArrowDown")
    chosen = page.locator(f"#{box.get_attribute('aria-activedescendant')}")
    assert chosen.get_attribute("aria-selected") == "true"
    page.keyboard.press("Escape")
    assert box.get_attribute("aria-expanded") == "false"
    assert box.input_value() == "statisitk"
    page.keyboard.press("ArrowDown")
    page.locator("[role=option]").first.wait_for()
    page.keyboard.press("ArrowUp")
    last = page.locator("[role=option]").last
    assert last.get_attribute("aria-selected") == "true"
    target = last.get_attribute("href")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{target}")


def test_open_proposals_are_accessible(page, axe):
    """The list itself keeps the rules of a combobox."""
    page.goto("/")
    page.locator(BOX).fill("wohn")
    page.locator("[role=option]").first.wait_for()
    axe(page)


def test_proposal_marks_what_was_meant_in_the_written_form(page):
    """ue for ü is found and the ü is marked."""
    page.goto("/")
    page.locator(BOX).fill("buendn")
    mark = page.locator("[role=option] mark").first
    mark.wait_for()
    assert mark.inner_text() == "Bündn"


def test_nothing_found_says_what_to_do(page, axe):
    """An empty answer has a next step."""
    page.goto("/suche?q=xqzxqz")
    assert page.get_by_text("wurde nichts gefunden").is_visible()
    assert page.get_by_role("link", name="Alle Datensätze ansehen").is_visible()
    axe(page)


@pytest.mark.parametrize("width", WIDTHS)
def test_navigation_names_where_one_is(new_page, width):
    """Each entry leads somewhere, and the page that is open is marked."""
    page = new_page(width=width)
    page.goto("/dataset")
    if width < 992:
        page.get_by_role("button", name="Menü").click()
        page.locator("#main-navigation-toggle.show").wait_for()
    entries = page.get_by_role("navigation", name="Hauptnavigation").locator("li a")
    assert entries.first.inner_text() == "Datensätze"
    assert entries.first.get_attribute("aria-current") == "true"
    for address in [entry.get_attribute("href") for entry in entries.all()]:
        reply = page.request.get(address)
        assert reply.ok, address


def test_first_stop_of_the_tab_key_skips_to_the_content(page):
    """The skip link is first and becomes visible."""
    page.goto("/dataset")
    page.keyboard.press("Tab")
    focused = page.locator(":focus")
    assert focused.get_attribute("href") == "#content"
    assert focused.is_visible()


def test_places_lead_from_the_city_to_a_quarter(page, live_portal):
    """Systems, levels, units, and back to the district above."""
    assert not live_portal.city_problem
    page.goto("/orte")
    page.get_by_role("link", name="Stadtteil", exact=True).first.click()
    follow(page.get_by_role("link", name="Hüttelsdorf"))
    assert page.get_by_role("heading", level=1).inner_text() == "Hüttelsdorf"
    assert page.get_by_text("Stadtbezirk", exact=True).is_visible()


def test_home_page_answers_at_a_glance(page, axe, live_portal):
    """Key figures with change and date, and the map with its switch, legend, source and table."""
    assert not live_portal.city_problem
    page.goto("/")
    assert page.locator(".iw-keyfigure").count() >= 4
    population = page.locator(".iw-keyfigure").first
    assert re.search(r"8\d\u202f\d{3}", population.inner_text())
    assert re.search(r"Stand (31\.12\.)?20\d\d", population.inner_text())
    figure = page.locator("#karte figure")
    assert figure.locator("svg.iw-map").is_visible()
    assert figure.get_by_text("Gebietsstand 2021").is_visible()
    assert figure.get_by_role("link", name=re.compile("Als Tabelle")).is_visible()
    switch = page.get_by_role("navigation", name="Indikator wählen").locator("a")
    assert switch.count() >= 2
    name = switch.nth(1).inner_text()
    follow(switch.nth(1))
    assert name in page.locator("#karte figure h3").inner_text()
    page.goto(page.url.partition("#")[0])
    axe(page)


def test_home_page_on_the_phone_without_javascript_has_its_map(new_page, live_portal):
    """The picture is there, and the indicator can be changed by a form."""
    assert not live_portal.city_problem
    page = new_page(width=390, javascript=False)
    page.goto("/")
    assert page.locator("#karte svg.iw-map").is_visible()
    choice = page.locator("#karte select[name=indicator]")
    choice.select_option(index=1)
    follow(page.locator("#karte").get_by_role("button", name="Anzeigen"))
    assert "indicator=" in page.url
    assert page.locator("#karte select[name=indicator] option[selected]").inner_text() in page.locator(
        "#karte figure h3"
    ).inner_text()


def test_printed_page_has_no_chrome(page):
    """On paper: no navigation, no buttons, the address at the foot."""
    page.goto("/zeichen")
    page.emulate_media(media="print")
    assert page.locator(".masthead").is_hidden()
    assert page.locator(".iw-printfoot").count() == 1
