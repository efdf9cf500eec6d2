"""More conspicuous units than one page holds: each stands on one page, and all of them in table and file."""

from __future__ import annotations

import csv
import io
import re

import pytest
from ckan.tests.helpers import call_action

from ckanext.ierwohnen.indicators.alert_page import PAGE
from ckanext.ierwohnen.indicators.tests.published import publish
from ckanext.ierwohnen.indicators.tests.small_city import make_city

MANY = PAGE + 5
ADDRESS = "/ierwohnen/auffaellig"


@pytest.fixture
def quarters(city):
    """Key and district of each; their system is gone after the test."""
    made = {f"{number:02d}": "AB"[number % 2] for number in range(1, MANY + 1)}
    make_city(*city, "gliederung-mit-vielen", made)
    yield made
    call_action("dataset_purge", id="gliederung-mit-vielen")


def test_a_long_list_has_pages(app, city, quarters):
    empty = [
        {"stt": key, "jahr": "2025-12-31", "wohnungen": 1000, "leer": 200 + number}
        for number, key in enumerate(quarters)
    ]
    publish(*city, "zahlen-leerstand", empty, system="gliederung-mit-vielen")

    def page(**asked):
        return app.get(ADDRESS, query_string=asked).text

    first, second = page(), page(page=2)
    assert [len(_cards(one)) for one in (first, second)] == [PAGE, MANY - PAGE]
    assert set(_cards(first) + _cards(second)) == {f"Stadtteil {key}" for key in quarters}
    assert f"{MANY} von {MANY}" in first and f"{MANY} von {MANY}" in second
    links = re.search(r'<nav class="iw-pages".*?</nav>', first, re.S)[0]
    assert links.count("<a ") == 2 and 'aria-current="page">1<' in links and "page=2" in links
    for text in ("0", "3", "-1", "x", "99999999", "²"):  # what is no page is the first or the last one
        assert _cards(page(page=text)) in (_cards(first), _cards(second))
    assert _axes(first) == _axes(second), "charts of all pages have one axis"
    assert first.count("<td>Handeln</td>") == second.count("<td>Handeln</td>") == MANY
    rows = list(csv.DictReader(io.StringIO(app.get(f"{ADDRESS}.csv").text)))
    assert {row["unit"] for row in rows} == set(quarters)


def _cards(text: str) -> list[str]:
    return re.findall(r'<h3[^>]*>\s*(?:<a [^>]*>)?\s*(Stadtteil \d+)', text)


def _axes(text: str) -> set[str]:
    """Where the thresholds lie in the charts."""
    return set(re.findall(r'<path d="[^"]*" [^>]*stroke-dasharray[^>]*>', text))
