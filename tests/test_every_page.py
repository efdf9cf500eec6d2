"""One walk over all pages: wholly in one language, accessible, inside the window, silent, and loaded from here alone.

The pages are found by their links, one of each kind, as visitors, publishers and administrators see them.
"""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pytest
import requests
import walking
from bs4 import BeautifulSoup
from fixtures.browser import width_at_rest

DESK, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
STARTS = (
    "/", "/dataset/", "/dataset/wohnungsleerstand-stadtteile", "/dataset/einwohner-alter-geschlecht?chart=pyramid",
    "/ierwohnen/bausteine", "/suche?q=wohn",
    "/suche?q=xqzxqz", "/orte", "/ierwohnen/indikator/vacancy_rate", "/user/login", "/user/reset", "/about",
    "/group/", "/zeichen", "/ierwohnen/freigaben/",
)  # fmt: skip
SYSTEM = "raumgliederung-neuwald-2021"
OF_WRITERS = (
    "/", "/indicator-data/new", "/spatial-system/new", "/dashboard/", "/dashboard/deliveries",
    "/dataset/wohnungsleerstand-baualter", f"/dataset/{SYSTEM}",
)  # fmt: skip
OF_COMPANIES = (
    "/", "/dashboard/", "/ierwohnen/freigaben/", "/ierwohnen/freigaben/neu?organization=wohnbau-neuwald",
    "/ierwohnen/bestand/", "/ierwohnen/bestand/wohnbau-neuwald",
)  # fmt: skip
OF_WRITERS_AGAIN = frozenset({"ierwohnen_portal.home", "/dataset/…", "/spatial-system/…", "/dataset/…/resource/…"})
FILES = re.compile(r"\.(csv|png|pdf|svg|geojson|gpkg|parquet|xlsx|json|atom|jsonld|n3|ttl|xml|rdf)$|/file$|/download/")
NOT_WALKED = re.compile(r"/api(/|$)|_logout|/(delete|datastore/dump)|/feeds/|/user/(?!login|reset)|/data(pusher)?$")
# CKAN's own pages of administration and of single resources, which we leave as they are.
OF_CKAN = re.compile(
    r"/ckan-admin|/resources/|/resource/[^/]+/(edit$|view/)|/dataset/(changes|[^/]+/history)|/dashboard/None|/activity"
    r"|/(members|followers)"
)
NO_PAGES = {
    "ierwohnen_alerts.as_csv": "a file", "ierwohnen_downloads.file": "a file", "ierwohnen_figure.picture": "a file",
    "ierwohnen_figure.values": "a file", "ierwohnen_figure.whole_table": "a file",
    "ierwohnen_indicator_figure.picture": "a file", "ierwohnen_indicator_figure.whole_table": "a file",
    "ierwohnen_indicator_figure.values": "a file", "ierwohnen_portal.unit_pdf": "a file",
    "ierwohnen_portal.unit_csv": "a file", "ierwohnen_portal.map_image": "a file",
    "ierwohnen_portal.map_table": "a file",
    "ierwohnen_versions.original": "a file", "ierwohnen_versions.rows": "a file", "ierwohnen_places.geometry": "a file",
    "ierwohnen_portal.suggest": "a part of a page", "ierwohnen_figure.fragment": "a part of a page",
    "ierwohnen_places.load": "needs an upload: places/tests/test_load.py",
    "ierwohnen_company.check": "needs an upload: company/tests/test_journey.py",
    "ierwohnen_company.instead": "needs an upload: company/tests/test_journey.py",
    "ierwohnen_company.load": "needs a running job: company/tests/test_journey.py",
    "ierwohnen_company.delete": "needs stock: company/tests/test_journey.py",
    "ierwohnen_company.unmatched": "a file",
    "ierwohnen_ledger.as_csv": "a file", "ierwohnen_ledger.as_lines": "a file",
    "ierwohnen_releases.read": "needs a release: releases/tests",
    "ierwohnen_releases.report": "a file",
    "ierwohnen_releases.progress": "a part of a page", "ierwohnen_release_numbers.alone": "leads to a release",
    "ierwohnen_release_numbers.dataset": "leads to a release", "ierwohnen_release_numbers.table": "a file",
    "ierwohnen_tables.publication": "needs a running job: tables/tests/test_journey_publish.py",
}  # fmt: skip


@pytest.fixture(scope="module")
def data(live_portal) -> list[str]:
    """What offices wrote, which stays in their language: from long to short."""
    found: set[str] = set()
    names: list[str] = []

    def call(action: str, **parameters: Any) -> Any:
        return live_portal.call(action, role="sysadmin", **parameters)

    for package in call("package_search", rows=200, include_private=True)["results"]:
        found.update(_strings(package))
        for resource in package["resources"]:
            if resource.get("datastore_active"):
                found.update(_strings(call("datastore_info", id=resource["id"])["fields"]))
                found.update(_strings(call("datastore_search", resource_id=resource["id"], limit=500)["records"]))
    for system in call("ierwohnen_spatial_system_list"):
        shown = call("ierwohnen_spatial_system_show", id=system["id"])
        found.update(_strings(shown))
        for level in shown["levels"]:
            found.update(_strings(call("ierwohnen_unit_list", system=system["id"], level=level["code"])))
    while listed := call("organization_list", all_fields=True, offset=len(names)):
        names += [one["title"] for one in listed]
        found.update(_strings(listed))
    for role in ("company_analyst_1", "company_analyst_2"):
        found.update(_strings(live_portal.call("ierwohnen_release_list", role=role)))
    return sorted((one for one in found if len(one) > 2), key=len, reverse=True)


def _strings(of: Any) -> Iterator[str]:
    if isinstance(of, str):
        yield " ".join(of.split())
        yield from (" ".join(part.split()) for part in of.split("\n\n"))
    elif isinstance(of, dict | list):
        for one in of.values() if isinstance(of, dict) else of:
            yield from _strings(one)


@dataclass(frozen=True)
class Seen:
    """A page that the walk came to, as somebody with a role saw it (None: a visitor)."""

    kind: str
    address: str
    role: str | None


@dataclass
class Walk:
    """Pages in both languages, one of each kind, found by their links."""

    portal: Any
    data: list[str]
    pages: list[Seen] = field(default_factory=list)
    wrong: dict[str, list[str]] = field(default_factory=dict)

    @cached_property
    def in_english(self) -> list[str]:
        """What may be German on an English page."""
        return walking.without_classes(self.data)

    @property
    def kinds(self) -> set[str]:
        return {page.kind for page in self.pages}

    def go(self, starts: tuple[str, ...], role: str | None = None, again: frozenset[str] = frozenset()) -> None:
        """Walk from these addresses; kinds seen by others are left out, but for those named in `again`."""
        asks = requests.Session()
        asks.headers.update(_headers(self.portal, role))
        todo, known, tries = deque(starts), self.kinds - again, Counter[str]()
        done: set[str] = set()
        while todo:
            address = todo.popleft()
            kind = walking.kind_of(address)
            if address in done or FILES.search(address) or NOT_WALKED.search(address) or OF_CKAN.search(address):
                continue
            if address not in starts and (kind in known or tries[kind] > 2):
                continue
            done.add(address)
            tries[kind] += 1
            german = self._page(asks, address, "de")
            if german is None:
                continue
            known.add(kind)
            self.pages.append(Seen(kind, address, role))
            todo.extend(walking.links_of(german, f"{self.portal.url}{address}"))
            self._page(asks, f"/en{address}", "en")

    def _page(self, asks: requests.Session, address: str, language: str) -> BeautifulSoup | None:
        answer = asks.get(self.portal.url + address, timeout=120)
        if answer.status_code != 200 or "html" not in answer.headers.get("content-type", ""):
            return None
        soup = BeautifulSoup(answer.text, "lxml")
        german = language == "de"
        foreign, data = (walking.not_german, self.data) if german else (walking.not_english, self.in_english)
        if soup.html is None or soup.html.get("lang") != language:
            self._note(address, f"lang is not {language}")
        for one in walking.texts_of(soup):
            if foreign(one.text, data):
                self._note(address, f"not {language}: {one.where}: {one.text[:150]}")
        return soup

    def _note(self, address: str, wrong: str) -> None:
        self.wrong.setdefault(wrong, []).append(address)


def _headers(portal: Any, role: str | None) -> dict[str, str]:
    return {"Authorization": portal.accounts[role]["token"]} if role else {}


@pytest.fixture(scope="module")
def walk(live_portal, data) -> Walk:
    assert not live_portal.city_problem
    made = Walk(live_portal, data)
    made.go(STARTS)
    made.go(OF_WRITERS, "publisher", OF_WRITERS_AGAIN)
    made.go(OF_COMPANIES, "company_analyst_1", frozenset({"ierwohnen_portal.home"}))
    large = next(page.address for page in made.pages if page.kind == "ierwohnen_figure.page")
    made.go((f"{large}/embed", "/ierwohnen/figure/indicator/vacancy_rate/embed"))
    made.go((f"/ierwohnen/boundaries/{SYSTEM}", f"/ierwohnen/crosswalks/{SYSTEM}"), "sysadmin")
    return made


def test_each_page_is_wholly_in_its_language(walk):
    told = [f"{what}\n      on {len(where)}: {', '.join(where[:3])}" for what, where in walk.wrong.items()]
    assert not told, f"{len(told)} texts:\n  " + "\n  ".join(told)


def test_each_route_is_walked_or_no_page(walk):
    assert walking.our_endpoints() - walk.kinds <= set(NO_PAGES)


def test_each_page_is_accessible_and_fits_and_loads_from_here_alone(walk, browser, live_portal, axe):
    wrong: list[str] = []
    for role in (None, "publisher", "company_analyst_1", "sysadmin"):
        context = browser.new_context(base_url=live_portal.url, viewport=DESK, locale="de-DE", reduced_motion="reduce",
                                      extra_http_headers=_headers(live_portal, role))  # fmt: skip
        page = context.new_page()
        heard: list[str] = []
        page.on("pageerror", lambda error, heard=heard: heard.append(f"script: {error}"))
        page.on(
            "console", lambda said, heard=heard: heard.append(f"console: {said.text}") if said.type == "error" else None
        )
        page.on("request", lambda asked, heard=heard: heard.append(f"asks for {asked.url}"))
        for seen in [one for one in walk.pages if one.role == role]:
            heard.clear()
            page.goto(seen.address, timeout=120_000)
            found = [one for one in heard if not one.startswith((f"asks for {live_portal.url}", "asks for data:"))]
            wrong += [
                f"{seen.address} ({role or 'visitor'}): {one}" for one in [*found, *looks(page, axe, role is None)]
            ]
        context.close()
    assert not wrong, f"{len(wrong)} on {len(walk.pages)} pages:\n  " + "\n  ".join(wrong)


def looks(page: Any, axe: Any, phone: bool) -> list[str]:
    """What is wrong with the looks of a page: no heading, violations of WCAG 2.2 AA, wider than a phone."""
    found = [] if page.locator("h1").count() else ["no h1"]
    for size in (DESK, PHONE) if phone else (DESK,):
        page.set_viewport_size(size)
        try:
            axe(page)
        except AssertionError as refused:
            found.append(str(refused).partition("\n")[2])
    page.set_viewport_size(PHONE)
    wide = width_at_rest(page)
    page.set_viewport_size(DESK)
    return [*found, *([f"{wide} pixels wide on a phone of {PHONE['width']}"] if wide > PHONE["width"] else [])]
