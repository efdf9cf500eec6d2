"""The profile of an area, the pages of topics and of an indicator, in a real browser and as files."""

from __future__ import annotations

import csv
import io

import pytest
import requests

SYSTEM = "raumgliederung-neuwald-2021"
PROFILE = f"/orte/{SYSTEM}/quarter/42"
INDICATOR = "/ierwohnen/indikator/vacancy_rate"


@pytest.mark.parametrize("width", [1280, 390])
def test_pages_are_accessible_and_fit(new_page, axe, width):
    """No violation of WCAG 2.2 AA, no scrolling to the side."""
    page = new_page(width=width)
    for address in (
        PROFILE, f"/orte/{SYSTEM}/district/4", "/ierwohnen/thema", "/ierwohnen/thema/balance",
        "/ierwohnen/thema/climate", f"{INDICATOR}?unit=42&with=11", "/ierwohnen/indikator/housing_pressure_index",
    ):  # fmt: skip
        page.goto(address)
        axe(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address


def test_profile_tells_what_the_action_tells_without_script(new_page, live_portal):
    """Each line of the page is a row of the action; the map and the pyramid are pictures in the page."""
    found = live_portal.call("ierwohnen_indicator_profile", system=SYSTEM, level="quarter", unit="42")
    rows = [row for topic in found["topics"] for row in topic["rows"]]
    page = new_page(javascript=False)
    page.goto(PROFILE)
    assert page.locator(".iw-profile-table tbody tr").count() == len(rows) > 20
    rate = next(row for row in rows if row["code"] == "vacancy_rate")
    shown = page.locator(".iw-profile-table tbody tr", has_text="Leerstandsquote").first.inner_text()
    assert rate["figure"]["text"] in shown and f"Rang {rate['rank']} von {rate['of']} mit Wert" in shown
    assert page.locator(".iw-locator a[aria-current]").get_attribute("data-key") == "42"
    assert page.locator(".iw-profile-people svg").count() == 2
    assert page.get_by_text("Auffällig: handeln").is_visible()


def test_profile_as_pdf_and_file(live_portal):
    """Tagged pages for print, and the same lines as CSV."""
    pdf = requests.get(f"{live_portal.url}{PROFILE}/profil.pdf", timeout=60)
    assert pdf.headers["Content-Type"] == "application/pdf" and pdf.content.startswith(b"%PDF-")
    assert len(pdf.content) > 20_000
    text = requests.get(f"{live_portal.url}{PROFILE}/profil.csv", timeout=60).content.decode("utf-8-sig")
    rows = {row["Code"]: row for row in csv.DictReader(io.StringIO(text), delimiter=";")}
    assert rows["vacancy_rate"]["Wert"] == "14,4" and rows["vacancy_rate"]["Rang"] == "1"
    english = requests.get(f"{live_portal.url}/en{PROFILE}/profil.csv", timeout=60).content.decode("utf-8-sig")
    assert english.startswith("Topic;Indicator;Code;Unit;Date;Value;") and ";14.4;" in english
    assert requests.get(f"{live_portal.url}/orte/{SYSTEM}/quarter/nobody/profil.pdf", timeout=60).status_code == 404


def test_topic_shows_the_asked_indicator_and_what_stands_out(page):
    """The choice stands in the address; the list of areas tells reasons of this topic only."""
    page.goto("/ierwohnen/thema/balance?indicator=rent_asking_median")
    assert "Angebotsmiete" in page.locator("#karte figure h3").inner_text()
    reasons = page.locator(".iw-topic-alerts > li > ul").all_inner_texts()
    assert reasons and not any("Arbeitslosenanteil" in text for text in reasons)


def test_indicator_page_compares_sorts_and_copies(new_page, live_portal):
    """Chosen units stand in the course; heads sort; what is copied keeps units and signs."""
    page = new_page()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"{INDICATOR}?level=quarter&period=2025-12-31&unit=42&with=13&sort=-value")
    label = page.locator("#verlauf .iw-chart-wide svg").get_attribute("aria-label")
    assert "Eichgrund" in label and "Bahnhofsvorstadt" in label
    names = page.locator(".iw-values tbody th").all_inner_texts()
    assert names[0] == "Eichgrund"
    page.get_by_role("button", name="Tabelle kopieren").click()
    page.get_by_text("Kopiert: 24 Zeilen").wait_for()
    copied = page.evaluate("navigator.clipboard.readText()").splitlines()
    assert copied[0].split("\t")[2] == "Leerstandsquote, %"
    assert copied[1].split("\t")[:4] == ["Eichgrund", "42", "14,4", "1"]
    assert any(line.split("\t")[2] == "." for line in copied)
    page.locator("#way details.iw-row summary").first.click()
    assert page.locator("#way .iw-row td.at").first.inner_text() == "14,4"


def test_composite_tells_how_firm_its_order_is(page):
    """A row for each part, a line for each area with a rank."""
    page.goto("/ierwohnen/indikator/housing_pressure_index")
    assert page.locator("#sensitivity .iw-table").first.locator("tbody tr").count() == 4
    assert page.locator("#sensitivity svg.iw-ranks circle").count() > 10
