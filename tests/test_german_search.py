"""Search understands German: parts of compound words, endings, umlauts, and words that mean the same."""

from __future__ import annotations

import pytest
from ckan.tests import factories
from ckan.tests.helpers import call_action

TITLES = {
    "mieten": "Mieten in den Quartieren",
    "kaltmiete": "Kaltmiete je Quadratmeter",
    "mietspiegel": "Mietspiegel 2025",
    "leerstaende": "Leerstände der Wohnungen",
    "spielplaetze": "Spielplätze",
}


@pytest.fixture(scope="module")
def found(reset_db, reset_index):
    """Datasets with the titles above; gives the names that a search finds."""
    reset_db()
    reset_index()
    organization = factories.Organization(name="test-german-search", title="Amt")
    for name, title in TITLES.items():
        factories.Dataset(name=name, title=title, notes="", owner_org=organization["id"])

    def search(words: str) -> set[str]:
        return {dataset["name"] for dataset in call_action("package_search", q=words, rows=100)["results"]}

    return search


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("Miete", {"mieten", "kaltmiete", "mietspiegel"}),
        ("miete", {"mieten", "kaltmiete", "mietspiegel"}),
        ("Kaltmieten", {"kaltmiete"}),
        ("Leerstand", {"leerstaende"}),
        ("Wohnung", {"leerstaende"}),
        ("Quartier", {"mieten"}),
        ("Spielplatz", {"spielplaetze"}),
        ("Spielplaetze", {"spielplaetze"}),
        ("Spiegel", {"mietspiegel"}),
        ("Fernwärme", set()),
    ],
)
def test_a_word_finds_its_relatives(found, words, names):
    assert found(words) == names
