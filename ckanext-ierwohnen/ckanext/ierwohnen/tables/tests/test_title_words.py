"""Titles that narrow what a heading says: the figures are asked for, never taken for the whole."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ckanext.ierwohnen.indicators.catalogue import load_catalogue
from ckanext.ierwohnen.tables.reading import read_table
from ckanext.ierwohnen.tables.roles import ColumnRole, propose_roles
from ckanext.ierwohnen.tables.tests.sheets import xlsx
from ckanext.ierwohnen.tables.tests.test_measures import NAMES, PLACES, Read

YEARS = "2032;2033"
PLACE = [replace(PLACES[0], units={**dict(PLACES[0].units), "00": "Altstadt-Süd"})]


def roles(title: str, headings: str) -> list[ColumnRole]:
    rows = "".join(f"{n:02d};{';'.join(str(100 + n * 7 + i) for i in range(9))}\n" for n in range(1, 9))
    count = len(headings.split(";"))
    rows = "".join(";".join(line.split(";")[: count + 1]) + "\n" for line in rows.splitlines())
    table = read_table(f"{title}\n\nNr;{headings}\n{rows}".encode(), "t.csv")
    return [role for role in propose_roles(table, PLACE, NAMES) if role.column != "Nr"]


@pytest.mark.parametrize(
    ("title", "headings", "word"),
    [
        ("Einwohner mit Migrationshintergrund am 31.12.2033", "Einwohner", "Migrationshintergrund"),
        ("Einwohner in Gemeinschaftsunterkünften 2033", "Einwohner", "Gemeinschaftsunterkünften"),
        ("Haushalte mit Wohngeldbezug 2033", "Haushalte", "Wohngeldbezug"),
        ("Wohnungen im Eigentum der Stadt 2033", "Wohnungen", "Eigentum"),
        ("Leerstand der WBG Neustadt 2033", "Leerstandsquote", "WBG"),
        ("Arbeitslose unter 25 Jahren 2033", "Arbeitslose", "unter 25 Jahren"),
        ("Zuzüge aus dem Ausland 2033", "Zuzüge", "Ausland"),
        ("Wohnberechtigte Bevölkerung am 31.12.2033", "Bevölkerung", "Wohnberechtigte"),
        ("Beschäftigte am Wohnort je 100 Einwohner 2033", "Einwohner", "je 100"),
        ("Weibliche Bevölkerung 31.12.2033", "Einwohner", "Weibliche"),
        ("Einwohner ab 65 Jahre 2033", "Einwohner", "ab 65 Jahre"),
        ("Kinder in Bedarfsgemeinschaften, Einwohner unter 15 Jahren 2033", "Einwohner", "Bedarfsgemeinschaften"),
        ("Nur Deutsche, 31.12.2033", "Einwohner", "Deutsche"),
        ("Einwohner 2033\nHinweis: ohne Deutsche", "Einwohner", "ohne"),
        ("Stand 31.12.2033, ohne Deutsche", "Einwohner", "ohne"),
        ("Einwohner mit Nebenwohnsitz am 31.12.2033", "Einwohner", "Nebenwohnsitz"),
        ("Zunahme der Wohnungen", YEARS, "Zunahme"),
        ("Durchschnittliche Zahl der Räume je Wohnung", YEARS, "je Wohnung"),
        ("Fehlbedarf an Wohnungen", YEARS, "Fehlbedarf"),
        ("Nachfrage nach Wohnungen", YEARS, "Nachfrage"),
        ("Verkaufte Wohnungen", YEARS, "Verkaufte"),
        ("Wohnungssuchende Haushalte", YEARS, "Wohnungssuchende"),
        ("Abweichung der Einwohner von der Prognose", YEARS, "Prognose"),
        ("Einwohner, Rangfolge", YEARS, "Rangfolge"),
        ("Wohngebäude mit 1 Wohnung", YEARS, "mit 1 Wohnung"),
        ("Entwicklung der Einwohner (2015 = 100)", YEARS, "2015 = 100"),
        ("Einwohner, Index 2015 = 100", YEARS, "Index"),
        ("Bestand", "Einwohner 2033 (2015=100)", "2015=100"),
        ("Einwohner nach Altersgruppen 2033 je 100 Einwohner", "unter 18;18 bis 64;65 und älter", "je 100"),
        ("Haushalte nach Typ 2033, Zeilenprozent", "Einpersonenhaushalte;Paare", "Zeilenprozent"),
    ],
)
def test_a_title_that_says_more_than_the_indicator_is_asked_for(title, headings, word):
    asked = roles(title, headings)[0]
    assert (asked.indicator, asked.reason) == (None, "role_title_more")
    assert word in asked.reason_params["words"]


@pytest.mark.parametrize(
    ("title", "headings"),
    [
        ("Einwohner am 31.12.2033", "Einwohner"),
        ("Tabelle 3: Bevölkerung der Stadt Musterstadt nach Stadtteilen, Stand 31.12.2033", "Einwohner"),
        ("Landeshauptstadt Musterstadt\nAmt für Statistik und Wahlen\nEinwohnerzahl insgesamt 2033", "Einwohner"),
        ("Bevölkerungsbestand am Ort der Hauptwohnung, 31. Dezember 2033", "Einwohner"),
        ("Einwohner nach Altersgruppen und Geschlecht 2033", "unter 18;18 bis 64;65 und älter"),
        ("Entwicklung der Einwohner seit 2030 nach statistischen Bezirken", YEARS),
        ("Zahl der Haushalte in den Stadtteilen 2032 bis 2033", YEARS),
        ("Wohnungsbestand und Leerstand 2033", "Wohnungen;Leerstand"),
        ("Leerstand am 31.12.2033", "Wohnungen;leerstehende Wohnungen;Leerstandsquote"),
        ("Wohnungen und Haushalte im Stadtgebiet, vorläufige Ergebnisse 2033", "Wohnungen;Haushalte"),
        ("Einwohner (in Tsd.) 2033\nQuelle: Melderegister, eigene Auswertung ohne Gewähr", "Einwohner"),
        ("Population by district, 2033", "Population"),
        ("Arbeitslose im Quartal 2033-Q2", "Arbeitslose"),
        ("Haushalte nach Haushaltstyp 2033", "Einpersonenhaushalte;Haushalte"),
        ("Einwohner Altstadt-Süd 31.12.2033", "Einwohner"),
        ("Stichtag 30.06.2033, Angaben in Personen", "Einwohner"),
        ("Kleinräumige Strukturdaten 2033", "Einwohner;Wohnungen"),
        ("Deutsche und ausländische Einwohnerinnen und Einwohner 2033", "Einwohner"),
        ("Bevölkerungsbewegung nach Stadtteilen\nStadt Neuwald an der Mulde, jeweils 31.12.", "Geburten;Sterbefälle"),
        ("Weibliche und männliche Einwohner 2033", "Einwohner;weiblich;männlich"),
    ],
)
def test_a_title_that_says_no_more_asks_nothing(title, headings):
    found = roles(title, headings)
    assert [role.column for role in found if role.reason == "role_title_more"] == []
    assert any(role.indicator for role in found)


@pytest.mark.parametrize(("sheet", "asked"), [("weiblich", True), ("Tabelle1", False), ("Einwohner 2033", False)])
def test_the_name_of_a_sheet_counts_as_a_title(sheet, asked):
    rows = [["Einwohner am 31.12.2033"], ["Nr", "Einwohner"], *([f"{n:02d}", 100 + n] for n in range(1, 9))]
    table = read_table(xlsx({sheet: rows, "Legende": [["x"]]}), "t.xlsx", {"sheet": sheet})
    found = propose_roles(table, PLACES, load_catalogue().names())[1]
    assert (found.reason == "role_title_more", found.indicator) == (asked, None if asked else "population")


@pytest.mark.parametrize(
    ("title", "heading"),
    [
        ("Altersstruktur der Einwohner 2033 (Anteile)", "unter 18;18 bis 64;65 und älter"),
        ("Einpersonenhaushalte: Anteil an allen Haushalten 2033", "Einpersonenhaushalte"),
    ],
)
def test_shares_by_their_title_are_no_counts(title, heading):
    assert {role.indicator for role in roles(title, heading)} == {None}


def test_years_since_another_year_and_spans_are_no_figures_of_the_title():
    by_name = {role.column: role for role in roles("Einwohner", "2032;2033;seit 2015;2032-2033")}
    assert by_name["2033"].indicator == "population"
    assert by_name["seit 2015"].indicator is None and by_name["2032-2033"].indicator is None


def test_the_question_names_the_words_and_offers_both_answers():
    title = "Einwohner mit Migrationshintergrund 2033\n\nNr;Einwohner"
    asked = Read(title, lambda n: 100 + n).problems["figure_words", "Einwohner"]
    assert asked.severity == "warning" and "Migrationshintergrund" in asked.message("de")
    assert [offer["indicator"] for offer in asked.repair] == ["population", ""]


def test_the_answer_is_kept_for_the_next_delivery():
    table = read_table(
        b"Einwohner mit Migrationshintergrund 2034\n\nNr;Einwohner\n"
        + b"".join(f"{n:02d};{100 + n}\n".encode() for n in range(1, 9)),
        "t.csv",
    )
    for indicator in ("population", None):
        earlier = [ColumnRole("Einwohner", "indicator", indicator=indicator, period="2033")]
        found = propose_roles(table, PLACES, NAMES, earlier)[1]
        assert (found.indicator, found.reason) == (indicator, "role_as_before")
