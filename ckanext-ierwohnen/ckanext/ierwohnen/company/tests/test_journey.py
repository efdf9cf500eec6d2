"""A company's way in the browser: load, look beside the city, release, verify the ledger, delete; rivals do not."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import requests
from fixtures.browser import follow, width_at_rest

from ckanext.ierwohnen.vault.loading import load_stock
from ckanext.ierwohnen.vault.reader import Reader
from ckanext.ierwohnen.vault.store import Store

HOUSE, SYSTEM = "probe-wohnen", "raumgliederung-neuwald-2021"
HERE = f"/ierwohnen/bestand/{HOUSE}"
CANARY = "Kanarienweg"
SLOW = 60_000  # the first page of a process reads the register and all of the city's tables
TABLE = "WE-Nr;Straße;Haus-Nr.;Zimmer;Wohnfläche;Leerstand;NKM in €;Mietbeginn;Farbe\n" + "".join(
    f"{n:03};{CANARY};{n};{1 + n % 5};{40 + n},5;{'nein' if n % 4 else 'ja'};{300 + n},10;01.03.20{10 + n % 16};rot\n"
    for n in range(1, 41)
)
CROSSED = TABLE.replace(";nein;", ";;").replace(";ja;", ";x;")


@pytest.fixture(scope="module")
def house(live_portal) -> str:
    """A company of its own with an earlier stock in known quarters; nothing of it stays."""
    from installer.portal import Portal

    users = [{"name": live_portal.accounts["company_analyst_2"]["name"], "capacity": "editor"}]
    made = live_portal.call("organization_create", "sysadmin", name=HOUSE, title="Probe Wohnen eG", users=users)
    organization = made["id"]
    vault = Portal(quiet=True).live.vault
    store, clerk = Store(vault.url, vault.key), Reader("clerk", frozenset({organization}))
    units = live_portal.call("ierwohnen_unit_list", system=SYSTEM, level="quarter")
    keys = [json.dumps({f"{SYSTEM}/quarter": unit["key"]}) for unit in units for _ in range(10)]
    size = len(keys)
    data = {
        "dwelling": [f"{n}" for n in range(size)], "address_id": [f"a{n}" for n in range(size)], "units": keys,
        "vacant": ["f" if n % 7 else "t" for n in range(size)], "rooms": [str(1 + n % 5) for n in range(size)],
        "net_cold_rent": ["400"] * size, "floor_area": ["60"] * size, "construction_year": ["1960"] * size,
    }  # fmt: skip
    batch = pa.RecordBatch.from_arrays([pa.array(v, pa.string()) for v in data.values()], names=list(data))
    load_stock(store, clerk, organization, dt.date(2023, 12, 31), [batch], purpose="Probe")
    yield organization
    store.close()
    listed = live_portal.call("ierwohnen_stock_list", "company_analyst_2", organization=HOUSE, purpose="Probe")
    for version in listed:
        live_portal.call("ierwohnen_stock_delete", "company_analyst_2", organization=HOUSE,
                         reference_date=version["reference_date"], purpose="Probe")  # fmt: skip
    live_portal.call("organization_purge", "sysadmin", id=organization)


def deliver(page: Any, text: str, day: str = "2024-12-31", anew: bool = True) -> None:
    if anew:
        page.goto(f"{HERE}/laden")
    file = {"name": "bestand.csv", "mimeType": "text/csv", "buffer": text.encode("cp1252")}
    page.set_input_files("#upload", file)
    page.fill("#reference_date", day)
    press(page, "Hochladen und prüfen")


def wide(page: Any) -> int:
    page.set_viewport_size({"width": 390, "height": 844})
    found = width_at_rest(page)
    page.set_viewport_size({"width": 1280, "height": 900})
    return found


def press(page: Any, button: str) -> None:
    """Press a button that leads to another page, and wait for that."""
    follow(page.get_by_role("button", name=button))


def at(page: Any, title: str) -> None:
    """Wait for the page with this heading: what was pressed may take its time."""
    page.get_by_role("heading", level=1, name=title).wait_for()


def test_from_the_file_to_the_proof_of_its_deletion(live_portal, house, new_page, axe, tmp_path):
    page = new_page(role="company_analyst_2")
    page.set_default_timeout(SLOW)
    page.goto("/")
    page.get_by_role("link", name="Mein Unternehmen").click()
    if page.url.endswith("/ierwohnen/bestand/"):
        page.get_by_role("link", name="Probe Wohnen eG").click()
    page.get_by_role("link", name="Bestand laden").click()
    deliver(page, TABLE.replace("Farbe", "Mieter").replace(";rot", ";Erna Geheim"))
    at(page, "Die Tabelle wird nicht angenommen")
    assert "stichtag=2024-12-31" in str(page.get_by_role("link", name="Andere Datei hochladen").get_attribute("href"))
    assert "„Mieter“" in page.inner_text(".iw-problems") and "Geheim" not in page.content()
    axe(page)
    deliver(page, TABLE.replace(";rot", ";Rückruf Frau Geheim, 0375/12345", 1))
    at(page, "Die Tabelle wird nicht angenommen")
    assert "„Farbe“" in page.inner_text(".iw-problems") and "Zeile 2" in page.inner_text(".iw-problems")
    assert "Geheim" not in page.content() and "12345" not in page.inner_text(".iw-problems")

    faulty = TABLE.replace("WE-Nr", "Kürzel").replace(";ja;", ";evtl.;", 1)
    deliver(page, faulty + "007;Doppelweg;1;2;50,5;nein;1;;rot\n")
    at(page, "Bestand vom 31.12.2024 prüfen")
    assert "Spalte mit der Wohnungsnummer" in page.inner_text(".iw-problems")
    assert page.inner_text(".iw-sheet").count(CANARY) == 12  # the first rows, no others
    page.get_by_label("Bedeutung der Spalte „Kürzel“").select_option("dwelling")
    press(page, "Mit diesen Spalten prüfen")
    assert page.get_by_label("Bedeutung der Spalte „Kürzel“").input_value() == "dwelling"
    axe(page)
    assert wide(page) <= 390
    repaired(page, axe)
    # 240 dwellings in 24 quarters were there the year before
    page.get_by_label("Ich habe die unten genannte Veränderung geprüft").check()
    press(page, "40 Wohnungen laden")
    page.get_by_text("Wie Sie entschieden haben: 1 Spalte bestimmt, 1 Wert gedeutet, 1 Zeile ausgelassen").wait_for()
    report = page.inner_text(".iw-changes")
    assert "„Kürzel“ ist: Wohnungsnummer" in report and "Zeile 42: ausgelassen" in report
    assert page.locator("body > p[role=status]").inner_text() == "Geladen", "who listens hears each step from one place"
    axe(page)
    follow(page.get_by_role("link", name="Zu den eigenen Zahlen"))

    assert page.locator(".iw-keyfigure .v").first.inner_text() == "40"
    page.select_option("#date", "2023-12-31")
    page.select_option("#figure", "vacancy_rate")
    press(page, "Anzeigen")
    assert page.locator("svg.iw-map").count() == 2 and page.locator("svg.iw-map .iw-units path").count() == 48
    assert "Stadt: Leerstandsquote" in page.inner_text("#own-table thead")
    axe(page)
    assert wide(page) <= 390
    page.goto(f"{HERE}?by=date&figure=rent")
    assert page.locator(".iw-chart-wide svg").count() == 1
    assert page.locator(".iw-chart-wide svg").is_visible() and page.locator(".iw-chart-narrow svg").is_hidden()
    page.goto(f"{HERE}?date=2019-12-31")
    assert "keinen Bestand zum 31.12.2019" in page.inner_text("#content")
    page.goto(f"{HERE}?by=class&class=rooms")
    assert "5 und mehr" in page.inner_text("#own-table")
    assert "5 und mehr" in page.locator(".iw-chart-wide svg").text_content()
    assert page.locator(".iw-chart-narrow svg").is_hidden()
    axe(page)

    page.get_by_role("link", name="Freigabe vorbereiten").click()
    page.get_by_role("button", name="Vorbereiten und prüfen").click()  # the browser leads to the first field missing
    page.fill("#title", "Wohnungen nach Stadtteilen")
    page.select_option("#reference_date", "2023-12-31")
    page.get_by_label("Leerstandsquote").check()
    page.select_option("#level", f"{SYSTEM}/district")
    page.get_by_label("nur diese Organisationen").check()
    page.get_by_role("group", name="Organisationen").get_by_label("Stadtplanungsamt").check()
    page.fill("#purpose", "Monitoring")
    page.fill("#agreement", "Vereinbarung § 6")
    page.fill("#valid_until", "2025-01-01")
    axe(page)
    assert wide(page) <= 390
    assert page.input_value("#decide_by")
    press(page, "Vorbereiten und prüfen")
    assert "künftigen Tag" in page.inner_text("#valid_until-wrong")
    assert page.input_value("#title") == "Wohnungen nach Stadtteilen"
    assert "Ohne Einwilligung kann nichts erscheinen" in page.inner_text("#consent-wrong")  # before any check
    page.fill("#valid_until", "2028-12-31")
    page.get_by_label("in denen wir erkennbar sind").check()
    press(page, "Vorbereiten und prüfen")
    axe(page)
    follow(page.get_by_role("link", name="Neue Freigabe vorbereiten"))
    assert page.input_value("#title") == "Wohnungen nach Stadtteilen"
    assert page.input_value("#reference_date") == "2023-12-31" and page.get_by_label("Leerstandsquote").is_checked()
    page.goto(f"{page.url}&stichtag=2024-12-31")
    assert page.input_value("#reference_date") == "2024-12-31"

    page.goto(HERE)
    follow(page.get_by_role("link", name="Zugriffsbuch"))
    at(page, "Zugriffsbuch")
    assert "Die Kette ist unversehrt" in page.locator(".iw-note").first.inner_text()
    entries = page.inner_text("table")
    assert "geladen" in entries and re.search(r"\d\d\.\d\d\.20\d\d, \d\d:\d\d\sUhr", entries)
    axe(page)
    assert wide(page) <= 390
    in_words(live_portal)
    with page.expect_download() as kept:
        page.get_by_role("link", name="Zum Nachprüfen ausgeben").click()
    file = Path(kept.value.path())
    command = page.inner_text("pre").split()
    known = command[command.index("--known") + 1]
    done = subprocess.run(
        [sys.executable, "-m", "ckanext.ierwohnen.vault", "verify", file, "--known", known, "--language", "de"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0 and "unversehrt" in done.stdout, done
    page.fill("#known", known.split(":")[0] + ":" + "0" * 64)
    press(page, "Nachprüfen")
    assert "neu geschrieben" in page.locator(".iw-note").first.inner_text()

    page = new_page(javascript=False, role="company_analyst_2")
    page.set_default_timeout(SLOW)
    deliver(page, TABLE)  # as it was loaded, repaired
    assert "genau den Bestand, der für diesen Stichtag geladen ist" in page.locator(".iw-publish").inner_text()
    deliver(page, TABLE.replace(";301,10;", ";305,10;"))
    assert "Sie werden ersetzt" in page.locator("#content").inner_text()
    press(page, "40 Wohnungen laden")
    page.get_by_role("link", name="Zu den eigenen Zahlen").click(timeout=60_000)  # the page renews itself
    with page.expect_download() as listed:
        page.get_by_role("link", name="40 als CSV").click()
    assert f"{CANARY};40;" in Path(listed.value.path()).read_text("utf-8")
    page.goto(f"{HERE}/stichtag/2024-12-31/loeschen")
    assert "Gelöscht werden 40 Wohnungen." in page.inner_text("form.iw-card")
    page.fill("#purpose", "Vertragsende")
    press(page, "Endgültig löschen")
    at(page, "Gelöscht")
    proof = page.inner_text(".iw-facts")
    assert re.search(r"[0-9a-f]{64}", proof) and "Vertragsende" in proof and "Probe Wohnen eG" in proof


def in_words(portal: Any) -> None:
    """The ledger's table tells each entry in the reader's words, and beside them as the ledger holds it."""
    asks = {"Authorization": portal.accounts["company_analyst_2"]["token"]}
    for language, head, words in (("", ["Was", "Was (Eintrag im Buch)"], ["Zugriffsbuch gelesen", "ledger"]),
                                  ("/en", ["What", "What (ledger entry)"], ["ledger read", "ledger"])):  # fmt: skip
        file = requests.get(f"{portal.url}{language}{HERE}/protokoll/alle.csv", headers=asks, timeout=60)
        rows = list(csv.DictReader(io.StringIO(file.content.decode("utf-8-sig")), delimiter=";"))
        assert next([row[one] for one in head] for row in rows if row[head[1]] == "ledger") == words
        assert all(row[one] for row in rows for one in head) and not any(row[head[0]] == "ledger" for row in rows)


def repaired(page: Any, axe: Any) -> None:
    """Decide about a cell that cannot be read and a number that stands twice; only the rows with problems are shown."""
    problems = page.locator(".iw-problems")
    page.get_by_role("link", name="41 Wohnungen laden").click()  # not yet: it leads to what is open
    assert page.locator("#problem-1:target").count() == 1 and "Noch 2 Fehler" in page.inner_text(".iw-publish")
    problems.get_by_role("link", name="Spalte „Leerstand“").click()
    assert page.inner_text(".iw-sheet td:target").startswith("evtl.")
    assert "Zeilen 8, 42" in problems.inner_text() and "„evtl.“" in problems.inner_text()
    press(page, "nur Probleme")
    page.locator(".iw-seg .on", has_text="nur Probleme").wait_for()
    assert "Doppelweg" in page.inner_text(".iw-sheet")
    axe(page)
    press(page, "So werten")  # nothing was chosen, so nothing is decided
    assert "Bitte erst etwas wählen." in page.inner_text("#content")
    assert "evtl" not in page.inner_text(".iw-decided")
    page.get_by_label("„evtl.“").select_option(label="ja")
    press(page, "So werten")
    assert "„evtl.“ in Spalte „Leerstand“ zählt als „ja“ (1 Zeile)" in page.inner_text(".iw-decided")
    press(page, "Zeile 8 auslassen")
    assert "39 Wohnungen laden" not in page.content() and "40 Wohnungen laden" in page.content()
    follow(page.locator(".iw-decided button", has_text="Zeile 8"))
    press(page, "Zeile 42 auslassen")
    assert wide(page) <= 390
    axe(page)


def test_what_is_wrong_has_a_remedy_that_holds_for_the_next_file_as_well(live_portal, house, new_page, axe):
    page = new_page(role="company_analyst_2")
    page.set_default_timeout(SLOW)
    wrong = CROSSED.replace(";41,5;", ";5;") + "Summe;;;120;2.440,5;;12.820,10;;\n"
    deliver(page, wrong, "2025-06-30")
    at(page, "Bestand vom 30.06.2025 prüfen")
    problems, decided = page.locator(".iw-problems li"), page.locator(".iw-decided")
    assert "(8 bis 1\u202f000 m²)" in problems.filter(has_text="Wohnfläche").first.inner_text()
    follow(problems.filter(has_text="„Summe“").get_by_role("button", name="Diese Zeile auslassen"))
    assert "1 Zeile ausgelassen (Summenzeilen), Zeile 42" in decided.inner_text()
    assert "10 Wohnungen mit Angabe, 30 leer" in problems.filter(has_text="Leerstand").first.inner_text()
    follow(problems.get_by_role("button", name="Leer heißt: nein"))
    assert "Leer in Spalte „Leerstand“ zählt als „nein“ (30 Zeilen)" in decided.inner_text()
    follow(problems.filter(has_text="Wohnfläche").get_by_role("button", name="Diesen Wert leer lassen"))
    assert "Spalte „Wohnfläche“: 1 Wert leer gelassen (zu klein oder zu groß), Zeile 2" in decided.inner_text()
    follow(decided.get_by_role("button", name="Wohnfläche"))
    assert "Wohnfläche" not in decided.inner_text() and "Noch 1 Fehler" in page.inner_text(".iw-publish")
    follow(problems.filter(has_text="Wohnfläche").get_by_role("button", name="Diesen Wert leer lassen"))
    axe(page)
    unknown = problems.filter(has_text="„Farbe“")
    unknown.get_by_label("Bedeutung der Spalte").select_option(label="Nicht laden")
    follow(unknown.get_by_role("button", name="Übernehmen"))
    assert "„Farbe“: nicht geladen" in decided.inner_text() and unknown.count() == 0
    follow(page.get_by_role("link", name="Andere Datei hochladen"))
    assert page.input_value("#reference_date") == "2025-06-30"
    axe(page)
    assert wide(page) <= 390
    deliver(page, wrong.replace("001;", "901;"), "2025-06-30", anew=False)
    at(page, "Bestand vom 30.06.2025 prüfen")
    assert "gilt auch für diese: 1 Spalte bestimmt, 1 Zeile ausgelassen (Summenzeilen)." in page.inner_text("#content")
    assert "Nicht übernommen: 1 Wert gedeutet, Werte leer gelassen (zu klein" in page.inner_text("#content")
    follow(problems.get_by_role("button", name="Leer heißt: nein"))
    follow(problems.filter(has_text="Wohnfläche").get_by_role("button", name="Diesen Wert leer lassen"))
    assert "Zeile 42" in decided.inner_text() and "40 Wohnungen laden" in page.inner_text(".iw-publish")
    press(page, "40 Wohnungen laden")
    assert "Bitte bestätigen" in page.inner_text(".iw-problems") and "240 Wohnungen" in page.inner_text("#content")
    axe(page)
    assert wide(page) <= 390
    place = page.url
    page.get_by_label("Bedeutung der Spalte „Zimmer“").select_option("")
    press(page, "40 Wohnungen laden")
    assert "Die Spalten wurden neu zugeordnet und geprüft. Bitte ansehen" in page.inner_text("#content")
    page.goto("/en" + place[place.index(HERE):])  # the key is the browser's in each language
    at(page, "Check the stock of")
    assert page.get_by_label("Meaning of column “Zimmer”").input_value() == ""
    page.goto(place)
    other = new_page(role="company_analyst_2")
    for shown in (HERE, f"{HERE}/laden"):
        other.goto(shown)
        assert "hochgeladen von" in other.inner_text("section[aria-labelledby=waiting]")
        axe(other)
    follow(other.get_by_role("link", name="Bestand vom 30.06.2025"))
    at(other, "Diese Datei wartet in einem anderen Browser")
    assert CANARY not in other.content()
    assert "stichtag=2025-06-30" in str(other.get_by_role("link", name="Datei hier hochladen").get_attribute("href"))
    axe(other)
    assert wide(other) <= 390
    press(other, "Wartende Datei verwerfen")
    page.goto(page.url)
    at(page, "Bestand laden")
    assert "nicht mehr da" in page.inner_text("#content")


PAGES = ("", "/laden", "/laden/x", "/laden/x/andere-datei", "/ladevorgang/stock-x", "/eintrag", "/protokoll",
         "/stichtag/2023-12-31/loeschen", "/stichtag/2023-12-31/ohne-adresse.csv", "/protokoll/alle.csv",
         "/protokoll/alle.jsonl")  # fmt: skip


def plain(text: str) -> str:
    """A page without the mark that protects its forms, which is drawn each time."""
    return re.sub(r'content="[^"]{60,}"|value="[^"]{60,}"', "", text)


@pytest.mark.parametrize("role", ["company_analyst_1", "publisher", "sysadmin", None])
def test_to_others_the_pages_are_not_there(live_portal, house, role):
    headers = {"Authorization": live_portal.accounts[role]["token"]} if role else {}
    for page in PAGES:
        shown, missing = (
            requests.get(f"{live_portal.url}{place}{page}", headers=headers, timeout=60, allow_redirects=False)
            for place in (HERE, "/ierwohnen/bestand/gibt-es-nicht")
        )
        assert (shown.status_code, missing.status_code) == (404, 404), page
        assert plain(shown.text.replace(HOUSE, "gibt-es-nicht")) == plain(missing.text), page


def test_what_everyone_knows_is_a_description_or_nothing(live_portal, house, new_page, axe):
    page = new_page(role="company_analyst_2")
    page.set_default_timeout(SLOW)
    page.goto(HERE)
    page.get_by_role("link", name="Beschreibung veröffentlichen").click()
    axe(page)
    page.fill("#notes", "Wohnungen im Eigentum der Gesellschaft.")
    assert page.locator("#contact_email[required]").count() == 1  # the page says that everyone finds whom to ask
    page.fill("#contact_name", "Auskunftsstelle")
    page.fill("#contact_email", "auskunft@example.org")
    press(page, "Veröffentlichen")
    name = f"bestand-{HOUSE}"
    visitor = new_page()
    visitor.goto(f"/dataset/{name}")
    at(visitor, "Bestand: Probe Wohnen eG")
    assert "Die Daten selbst sind nicht öffentlich" in visitor.inner_text("#dataset-resources")
    assert "Auskunft gibt: Auskunftsstelle, auskunft@example.org" in visitor.inner_text("#dataset-resources")
    axe(visitor)
    shown = live_portal.call("package_show", id=name)
    assert shown["type"] == "stock-data" and not shown["resources"]
    for action, data in (("resource_create", {"package_id": name, "url": "https://example.org/x.csv"}),
                         ("package_patch", {"id": name, "private": True})):  # fmt: skip
        with pytest.raises(AssertionError, match="409"):
            live_portal.call(action, "company_analyst_2", **data)
    press(page, "Eintrag wegnehmen")
    nothing_is_left(live_portal, name, shown["id"])
    # Deleted by CKAN's own means it goes as well, as soon as the worker comes to it.
    told = {"organization": HOUSE, "title": "A", "notes": "B"}
    with pytest.raises(AssertionError, match="contact_email"):
        live_portal.call("ierwohnen_stock_entry_create", "company_analyst_2", **told)
    told["contact_email"] = "auskunft@example.org"
    again = live_portal.call("ierwohnen_stock_entry_create", "company_analyst_2", **told)
    live_portal.call("package_delete", "company_analyst_2", id=again["id"])
    until = time.monotonic() + 60
    while "404" not in refusal(live_portal, again["id"], "sysadmin") and time.monotonic() < until:
        time.sleep(0.5)
    nothing_is_left(live_portal, name, again["id"])


def refusal(portal: Any, package: str, role: str) -> str:
    try:
        return str(portal.call("package_show", role, id=package))
    except AssertionError as refused:
        return str(refused)


def nothing_is_left(live_portal: Any, name: str, package: str) -> None:
    api = "/api/3/action/package"
    for address in (
        f"/dataset/{name}", f"/stock-data/{name}", f"/dataset/{name}.rdf", f"{api}_show?id={name}",
        f"{api}_show?id={package}", f"{api}_activity_list?id={package}",
    ):  # fmt: skip
        assert requests.get(live_portal.url + address, timeout=60).status_code == 404, address
    for role in (None, "sysadmin"):
        found = live_portal.call("package_search", role, q="*:*", rows=500, include_private=True, include_drafts=True)
        assert name not in {one["name"] for one in found["results"]}
    assert name not in requests.get(f"{live_portal.url}/feeds/dataset.atom", timeout=60).text
    assert live_portal.call("package_autocomplete", q="bestand-probe") == []
