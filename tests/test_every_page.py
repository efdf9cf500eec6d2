"""One walk over all pages: wholly in one language, accessible, inside the window, silent, and loaded from here alone.

The pages are found by their links, one of each kind, as visitors, publishers and administrators see them.
"""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Iterator
from typing import Any

import pytest
import requests
import walking
from bs4 import BeautifulSoup

DESK, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
STARTS = (
    "/", "/dataset/", "/dataset/wohnungsleerstand-stadtteile", "/ierwohnen/bausteine", "/suche?q=wohn",
    "/suche?q=xqzxqz", "/orte", "/user/login", "/user/reset", "/about", "/group/", "/zeichen",
)  # fmt: skip
OF_WRITERS = (
    "/", "/indicator-data/new", "/spatial-system/new", "/dashboard/", "/dashboard/deliveries",
    "/dataset/wohnungsleerstand-baualter", "/dataset/raumgliederung-neuwald-2021",
)  # fmt: skip
OF_WRITERS_AGAIN = {"ierwohnen_portal.home", "/dataset/…", "/spatial-system/…", "/dataset/…/resource/…"}
FILES = re.compile(r"\.(csv|png|pdf|svg|geojson|gpkg|parquet|xlsx|json|atom|jsonld|n3|ttl|xml|rdf)$|/file$|/download/")
NOT_WALKED = re.compile(r"/api(/|$)|_logout|/(delete|datastore/dump)|/feeds/|/user/(?!login|reset)|/data(pusher)?$")
# CKAN's own pages of administration, which we leave as they are.
OF_CKAN = re.compile(r"/ckan-admin|/dataset/(changes|[^/]+/history)|/dashboard/None|/activity|/(members|followers)")
NO_PAGES = {
    "ierwohnen_alerts.as_csv": "a file", "ierwohnen_downloads.file": "a file", "ierwohnen_figure.picture": "a file",
    "ierwohnen_figure.values": "a file", "ierwohnen_portal.map_image": "a file", "ierwohnen_portal.map_table": "a file",
    "ierwohnen_versions.original": "a file", "ierwohnen_versions.rows": "a file", "ierwohnen_places.geometry": "a file",
    "ierwohnen_portal.suggest": "a part of a page", "ierwohnen_figure.fragment": "a part of a page",
    "ierwohnen_places.load": "needs an upload: places/tests/test_load.py",
    "ierwohnen_tables.publication": "needs a running job: tables/tests/test_journey_publish.py",
}  # fmt: skip


@pytest.fixture(scope="module")
def data(live_portal) -> list[str]:
    """What offices wrote, which stays in their language: from long to short."""
    found: set[str] = set()

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
    found.update(_strings(call("organization_list", all_fields=True)))
    return sorted((one for one in found if len(one) > 2), key=len, reverse=True)


def _strings(of: Any) -> Iterator[str]:
    if isinstance(of, str):
        yield " ".join(of.split())
    elif isinstance(of, dict | list):
        for one in of.values() if isinstance(of, dict) else of:
            yield from _strings(one)


class Walk:
    """Pages by kind in a browser, at both widths; their English sisters by request; what is wrong with them."""

    def __init__(self, browser: Any, live_portal: Any, axe: Any, data: list[str]) -> None:
        self.browser, self.portal, self.axe, self.data = browser, live_portal, axe, data
        self.seen: dict[str, str] = {}
        self.wrong: dict[str, list[str]] = {}

    def go(self, starts: tuple[str, ...], role: str | None = None, again: set[str] = frozenset()) -> None:  # type: ignore[assignment]
        """Walk from these addresses; kinds that were seen are left out, but for those named in `again`."""
        headers = {"Authorization": self.portal.accounts[role]["token"]} if role else {}
        context = self.browser.new_context(base_url=self.portal.url, viewport=DESK, locale="de-DE",
                                           reduced_motion="reduce", extra_http_headers=headers)  # fmt: skip
        page = context.new_page()
        heard: list[str] = []
        page.on("pageerror", lambda error: heard.append(f"script: {error}"))
        page.on("console", lambda said: heard.append(f"console: {said.text}") if said.type == "error" else None)
        page.on("request", lambda asked: heard.append(f"from elsewhere: {asked.url}") if self._far(asked.url) else None)
        todo, tries, mine = deque(starts), Counter[str](), set[str]()
        while todo:
            address = todo.popleft()
            kind = walking.kind_of(address)
            first = kind not in self.seen or (kind in again and kind not in mine)
            if not (first or address in starts) or address in mine or FILES.search(address):
                continue
            if NOT_WALKED.search(address) or OF_CKAN.search(address) or tries[kind] > 2:
                continue
            mine.add(address)
            tries[kind] += 1
            heard.clear()
            answer = page.goto(address, wait_until="load")
            if answer is None or answer.status != 200 or "html" not in answer.headers.get("content-type", ""):
                continue
            mine.add(kind)
            self.seen.setdefault(kind, address)
            soup = BeautifulSoup(page.content(), "lxml")
            self._note(address, role, [*self._language(soup, "de"), *self._looks(page), *heard])
            english = requests.get(f"{self.portal.url}/en{address}", headers=headers, timeout=60)
            self._note(f"/en{address}", role, self._language(BeautifulSoup(english.text, "lxml"), "en"))
            todo.extend(walking.links_of(soup, page.url))
        context.close()

    def _far(self, url: str) -> bool:
        return not url.startswith((self.portal.url, "data:", "blob:"))

    def _note(self, address: str, role: str | None, wrong: list[str]) -> None:
        for one in dict.fromkeys(wrong):
            self.wrong.setdefault(one, []).append(f"{address} ({role or 'visitor'})")

    def _language(self, soup: BeautifulSoup, language: str) -> list[str]:
        if soup.html is None or soup.html.get("lang") != language:
            return [f"lang is not {language}"]
        foreign = walking.not_german if language == "de" else walking.not_english
        return [f"not {language}: {one.where} {one.text[:150]}" for one in walking.texts_of(soup)
                if foreign(one.text, self.data)]  # fmt: skip

    def _looks(self, page: Any) -> list[str]:
        found = [] if page.locator("h1").count() else ["no h1"]
        for size in (DESK, PHONE):
            page.set_viewport_size(size)
            wide = page.evaluate("document.documentElement.scrollWidth")
            if wide > size["width"]:
                found.append(f"{wide} pixels wide in {size['width']}")
            try:
                self.axe(page)
            except AssertionError as refused:
                found.append(f"at {size['width']}: " + str(refused).partition("\n")[2])
        page.set_viewport_size(DESK)
        return found


def test_every_page(browser, live_portal, axe, data):
    assert not live_portal.city_problem
    walk = Walk(browser, live_portal, axe, data)
    walk.go(STARTS)
    walk.go(OF_WRITERS, "publisher", OF_WRITERS_AGAIN)
    walk.go(("/", "/dashboard/"), "company_analyst_1", {"ierwohnen_portal.home"})
    told = [f"{what}\n      on {len(where)}: {', '.join(where[:3])}" for what, where in walk.wrong.items()]
    assert not told, f"{len(told)} of {len(walk.seen)} kinds of page:\n  " + "\n  ".join(told)
    left_out = walking.our_endpoints() - set(walk.seen) - set(NO_PAGES)
    assert not left_out, f"not walked, and not said why: {left_out}"
