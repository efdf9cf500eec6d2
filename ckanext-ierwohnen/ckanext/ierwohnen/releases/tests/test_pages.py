"""Pages of releases in the browser, with those of the demonstration city: list, page, report, form, dataset, search."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from fixtures.browser import follow, width_at_rest

LIST = "/ierwohnen/freigaben/"
PUBLIC, REFUSED = "Wohnungen und Leerstand der Wohnungsunternehmen 2025", "Modernisierungsstand 2024"
WAITING, LIMITED = "Leerstand der großen Vermieter 2024", "Bestandsmieten der großen Vermieter 2025"


@pytest.fixture(scope="module")
def numbers(live_portal) -> dict[str, str]:
    """Title → number of the demonstration's releases."""
    assert not live_portal.city_problem
    found = {}
    for role in ("company_approver", "company_approver_2"):
        found |= {one["title"]: one["number"] for one in live_portal.call("ierwohnen_release_list", role)["results"]}
    return found


def number_of(numbers: dict[str, str], words: str) -> str:
    return next(number for title, number in numbers.items() if words in title)


def fits_a_phone(page: Any) -> bool:
    page.set_viewport_size({"width": 390, "height": 844})
    found = width_at_rest(page)
    page.set_viewport_size({"width": 1280, "height": 900})
    return found <= 390


def test_what_waits_stands_on_top_of_a_list_that_can_be_searched(live_portal, numbers, new_page, axe):
    page = new_page(role="company_approver")
    page.goto(LIST)
    waits = page.locator("section", has=page.locator("#wartet"))
    assert WAITING in waits.inner_text() and "wartet auf Ihre Zustimmung" in waits.inner_text()
    rest = page.locator("section", has=page.locator("#alle"))
    assert WAITING not in rest.inner_text() and PUBLIC in rest.inner_text()
    axe(page)
    assert fits_a_phone(page)
    page.fill("#q", number_of(numbers, PUBLIC))
    follow(page.get_by_role("button", name="Freigaben suchen"))
    assert rest.locator("tbody tr").count() == 1 and PUBLIC in rest.inner_text() and waits.count() == 0
    page.fill("#q", "gibt es nicht")
    follow(page.get_by_role("button", name="Freigaben suchen"))
    assert "Keine Freigabe gefunden" in rest.inner_text()
    page.goto(f"{LIST}?stand=withdrawn&seite=99")
    assert "zurückgezogen" in rest.locator("tbody").inner_text()


def test_districts_stand_above_their_quarters_and_files_have_the_same_rows(live_portal, numbers, new_page, axe):
    number = number_of(numbers, PUBLIC)
    page = new_page(role="company_approver")
    page.goto(f"{LIST}{number}")
    rows = page.locator(".iw-table.dense").first.locator("tbody tr")
    keys = rows.locator("td:first-child").all_inner_texts()
    assert keys[1:4] == ["1", "11", "12"] and keys.index("2") > keys.index("15")
    assert "Summe der Freigabe" in rows.first.inner_text() and page.locator("h1").inner_text() == PUBLIC
    assert sum(len(key) == 2 for key in keys) == 24  # all quarters, also where no company has a dwelling
    assert page.locator("tr.in1").count() > 20 and "Regeln 2026-1" in page.locator(".side").inner_text()
    axe(page)
    assert fits_a_phone(page)
    asks = {"Authorization": live_portal.accounts["company_approver"]["token"]}
    for language, words in (("", ("insgesamt", "Schlüssel", "Leerstandsquote: Zeichen")),
                            ("/en", ("total", "Key", "Vacancy rate: sign"))):  # fmt: skip
        address = f"{live_portal.url}{language}{LIST}{number}"
        file = requests.get(f"{address}/tabelle.csv", headers=asks, timeout=60).content.decode("utf-8-sig")
        assert len(file.splitlines()) == 1 + len(keys) and all(word in file for word in words)
        assert "secret" not in file and ("geschützt" in file) == (not language)
        assert ";.;" in file, "what is secret bears its sign, never a blank"
    report = requests.get(f"{live_portal.url}{LIST}{number}/pruefbericht.pdf", headers=asks, timeout=60)
    assert (report.headers["Content-Type"], report.headers["Cache-Control"]) == ("application/pdf", "private, no-store")
    assert report.content.startswith(b"%PDF") and len(report.content) > 10_000
    page.goto(f"{LIST}{number_of(numbers, LIMITED)}")
    assert page.locator(".iw-table .key").first.is_visible() and fits_a_phone(page)
    page.set_viewport_size({"width": 390, "height": 844})  # all figures stand in the frame, without the keys
    assert not page.locator(".iw-table .key").first.is_visible()
    assert page.locator(".iw-scroll").first.evaluate("box => box.scrollWidth <= box.clientWidth")
    for role in ("planner", "sysadmin", None):
        theirs = {"Authorization": live_portal.accounts[role]["token"]} if role else {}
        assert requests.get(report.url, headers=theirs, timeout=60).status_code == 404, role


def test_a_proposal_is_a_button_to_the_form_in_which_it_stands(live_portal, numbers, new_page, axe):
    number = number_of(numbers, REFUSED)
    page = new_page(role="company_analyst_2")
    page.goto(f"{LIST}{number}")
    offers = page.locator(".iw-changes a")
    assert offers.count() == 3
    axe(page)
    words = [offers.nth(at).inner_text() for at in range(3)]
    for at, word in enumerate(words):
        page.goto(f"{LIST}{number}")
        follow(offers.nth(at))
        assert page.get_by_label("in denen wir erkennbar sind").is_checked(), word
        divided = page.get_by_label("Modernisierungsstand").is_checked()
        level = page.input_value("#level").rpartition("/")[2]
        assert divided == ("ohne" not in word) and level == ("district" if "Stadtbezirk" in word else "quarter"), word
        assert "Ein neuer Vorschlag" in page.inner_text(".iw-note") and page.input_value("#title")
    page.goto(f"/ierwohnen/freigaben/neu?organization=wg-muldetal&like={number}&change=level:nichts/da&change=owners:x")
    assert page.locator(".iw-note").count() == 0 and page.input_value("#level").endswith("/quarter")
    axe(page)
    assert page.locator(".iw-check input").first.bounding_box()["height"] >= 24


def test_the_dataset_of_a_public_release_speaks_english_and_maps_its_districts(live_portal, numbers, new_page, axe):
    name = f"freigabe-{number_of(numbers, PUBLIC).lower()}"
    page = new_page()
    page.goto(f"/en/dataset/{name}?level=district")
    shown = page.locator("#content").inner_text()
    assert "Valid until" in shown and "Gültig bis" not in shown and "housing companies" in shown
    assert page.locator("svg.iw-map .iw-units path").count() == 5
    assert page.locator("select[name=level] option").all_inner_texts() == ["District", "Quarter"]
    assert "All stock that takes part" in shown and "Neuwald an der Mulde as a whole" not in shown
    assert "Reference date" in page.inner_text("#spalten") and "Stichtag" not in page.inner_text("#spalten")
    axe(page)
    page.goto(f"/dataset/{name}")
    assert "Gültig bis" in page.inner_text("#content") and "coarser" not in page.content()
    page.goto(f"/dataset/groups/{name}")  # found under the topic of its indicators
    assert "gehört zu keinem Thema" not in page.inner_text("#content")
    follow(page.locator("#content").get_by_role("link", name="Wohnungswirtschaft"))
    assert PUBLIC in page.inner_text("#datensaetze")
    page.goto("/ierwohnen/thema")
    assert "0 Datensätze" not in page.locator("li", has_text="Wohnungswirtschaft").first.inner_text()


def test_releases_that_are_not_for_everyone_stand_below_what_a_search_found(live_portal, numbers, new_page, axe):
    page = new_page(role="planner")
    answer = page.goto("/dataset/?q=Bestandsmieten")
    assert answer.headers["cache-control"] == "private, no-store"
    card = page.get_by_role("link", name=LIMITED)
    form = page.locator("#dataset-search-form")
    assert card.bounding_box()["y"] > form.bounding_box()["y"] + form.bounding_box()["height"]
    axe(page)
    assert fits_a_phone(page)
    said, none = "1 Freigabe gefunden, die nicht für alle ist", "Keine Datensätze"
    for before, word, heading, cards in (("", "Arbeitsgruppe", said, 1), ("?q=Arbeitsgruppe", "gibtesnicht", none, 0)):
        page.goto(f"/dataset/{before}")  # what is exchanged without a new page stays together
        page.locator("#field-giant-search").fill(word)
        page.keyboard.press("Enter")
        page.locator("#dataset-search-form h1", has_text=heading).wait_for()
        assert page.get_by_role("link", name=LIMITED).count() == cards and page.locator(".iw-cards").count() == cards
    page.goto("/organization/wg-muldetal?q=Arbeitsgruppe")  # where no such releases stand below
    assert "nicht für alle" not in page.inner_text("#content") and "Keine Datensätze" in page.inner_text("#content")
    page.goto("/dataset/?q=Arbeitsgruppe")
    assert page.locator("h1").inner_text() == said
    assert not any(word in page.inner_text("#content") for word in ("Keine Datensätze", "Auch für Sie"))
    assert page.get_by_role("link", name=LIMITED).is_visible() and page.locator("p.extra").count() == 0
    stranger = new_page()
    for words in ("Bestandsmieten", "Arbeitsgruppe"):
        stranger.goto(f"/dataset/?q={words}")
        assert LIMITED not in stranger.content()
    assert "Keine Datensätze" in stranger.inner_text("h1")
