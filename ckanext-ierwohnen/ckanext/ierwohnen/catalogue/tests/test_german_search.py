"""Search understands German: compounds, plural, umlauts, other words for the same; and does not find just anything."""

from __future__ import annotations

from pathlib import Path

import ckan.model as model
import pytest
from ckan.tests import factories
from ckan.tests.helpers import call_action

from ckanext.ierwohnen.indicators.source import SCHEMAS

TITLES = {
    "mieten": "Mieten nach Stadtteilen",
    "kaltmiete": "Kaltmiete je Quadratmeter",
    "mietspiegel": "Mietspiegel 2025",
    "angebot": "Angebotsmieten bei Neuvermietung",
    "leerstand": "Wohnungsleerstand nach Baualter",
    "quote": "Leerstandsquote der Quartiere",
    "haushalte": "Haushaltsgrößen und Einpersonenhaushalte",
    "gebaeude": "Wohngebäude und Baufertigstellungen",
    "einkommen": "Haushaltseinkommen",
    "gehalt": "Jahresgehalt der Beschäftigten insgesamt",
    "quadrat": "Quadratkilometer und Sporthallen",
    "kita": "Kindertagesstätten und ihre Plätze",
    "wanderung": "Fortzüge und Zuzüge",
    "sparkasse": "Filialen der Sparkasse",
    "strasse": "Straßenverzeichnis",
}


@pytest.fixture(scope="module")
def search(with_plugins_once):
    """Search among the titles: the names of what is found."""
    owner = factories.Organization()["id"]
    user = factories.Sysadmin()["name"]
    for name, title in TITLES.items():
        if model.Package.get(f"suche-{name}"):  # of a run that was broken off
            call_action("dataset_purge", id=f"suche-{name}")
        call_action(
            "package_create", {"user": user}, name=f"suche-{name}", title=title,
            owner_org=owner,
        )  # fmt: skip

    def found(words: str) -> set[str]:
        answer = call_action("package_search", q=words, fq="name:suche-*", rows=100, fl="name")
        return {one["name"].removeprefix("suche-") for one in answer["results"]}

    yield found
    for name in TITLES:
        call_action("dataset_purge", id=f"suche-{name}")


@pytest.fixture(scope="module")
def with_plugins_once():
    """The plugins of test.ini are on already; the tables of those that have some are made."""
    from ckan.cli.db import _run_migrations
    from ckan.plugins import plugin_loaded

    for plugin in ("activity", "ierwohnen_places", "ierwohnen_tables"):
        if plugin_loaded(plugin):
            _run_migrations(plugin, "head", True)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("Miete", {"mieten", "kaltmiete", "mietspiegel", "angebot"}),
        ("Mieten", {"mieten", "kaltmiete", "mietspiegel", "angebot"}),
        ("miete", {"mieten", "kaltmiete", "mietspiegel", "angebot"}),
        ("Leerstand", {"leerstand", "quote"}),
        ("Leerstände", {"leerstand", "quote"}),
        ("leerstaende", {"leerstand", "quote"}),
        ("Wohnung", {"leerstand"}),
        ("Wohnungen", {"leerstand"}),
        ("Haushalt", {"haushalte", "einkommen"}),
        ("Einkommen", {"einkommen"}),
        ("Kindergarten", {"kita"}),
        ("Kita", {"kita"}),
        ("Strasse", {"strasse"}),
        ("Straße", {"strasse"}),
        ("Gebäude", {"gebaeude"}),
        ("Umzug", {"wanderung"}),
        ("rent", {"mieten", "kaltmiete", "mietspiegel", "angebot"}),
    ],
)
def test_finds(search, words, expected):
    assert expected <= search(words)


@pytest.mark.parametrize(
    ("words", "silly"),
    [
        ("Haus", {"haushalte", "einkommen"}),
        ("Rat", {"quadrat", "kaltmiete"}),
        ("Ort", {"quadrat", "wanderung"}),
        ("Park", {"sparkasse"}),
        ("Amt", {"gehalt"}),
        ("Alt", {"gehalt"}),
        ("Mieter", set(TITLES) - {"mieten", "kaltmiete", "mietspiegel", "angebot"}),
        ("Leerstand", set(TITLES) - {"leerstand", "quote"}),
        ("Einkommen", set(TITLES) - {"einkommen"}),
    ],
)
def test_does_not_find(search, words, silly):
    assert not silly & search(words)


def test_the_list_of_word_parts_is_in_order():
    lines = (Path(SCHEMAS) / "search" / "word_parts.txt").read_text("utf-8").splitlines()
    parts = [line for line in lines if line and not line.startswith("#")]
    assert len(parts) >= 300
    assert parts == sorted(set(parts))
    assert all(part == part.lower() and part.isalpha() and len(part) >= 3 for part in parts)
