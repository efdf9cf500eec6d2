"""Headings that look like an indicator and are another figure, dates that are not those of the figures, slips."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from ckanext.ierwohnen.places.keys import LevelKeys
from ckanext.ierwohnen.tables.check import check_table
from ckanext.ierwohnen.tables.check_slips import slips
from ckanext.ierwohnen.tables.reading import read_table
from ckanext.ierwohnen.tables.roles import propose_roles

from .test_measures import NAMES, UNITS, Read


@pytest.mark.parametrize(
    "heading",
    [
        "bewohnte Wohnungen 2024", "Wohnungen, bewohnt 2024", "Zweipersonenhaushalte", "Einpersonenhaushalte 65+",
        "Haltestellen", "Abgänge Wohnungen je Jahr", "Wohnungen in Nichtwohngebäuden", "Durchschnittsalter Mütter",
        "Kaufkraft gesamt in €", "Bedarfsgemeinschaften", "Haushalte ohne Kinder",
    ],
)  # fmt: skip
def test_a_heading_that_only_looks_like_an_indicator_is_none(heading):
    role = Read(f"Nr;{heading}", lambda n: 900 + n).roles[heading]
    assert role.indicator is None, role


@pytest.mark.parametrize(
    ("heading", "code"),
    [
        ("leerstehende Wohnungen 2024", "vacant_dwellings"), ("Wohnungen insgesamt", "dwellings"),
        ("Einwohner", "population"), ("Einwohnner", "population"), ("Leerstand in %", "vacancy_rate"),
        ("Entfernung zur Haltestelle", "distance_stop"),
    ],
)  # fmt: skip
def test_a_heading_that_is_an_indicator_but_for_its_spelling_is_found(heading, code):
    assert Read(f"Nr;{heading}", lambda n: 900 + n).roles[heading].indicator == code


@pytest.mark.parametrize(
    ("upper", "lower", "codes"),
    [
        (";Leerstand 2024;", "Nr;Wohnungen;Gewerbe", [None, None]),
        (";Haushalte 2024;", "Nr;mit Kindern;ohne Kinder", ["households_with_children", None]),
        (";Bevölkerung 2024;", "Nr;Bestand;Veränderung", ["population", None]),
    ],
)
def test_a_level_of_the_heading_that_narrows_makes_another_figure(upper, lower, codes):
    read = Read(f"{upper}\n{lower}", lambda n: 900 + n, lambda n: 20 + n)
    figures = [role.indicator for role in read.roles.values() if role.role == "indicator"]
    assert figures == codes, read.roles


@pytest.mark.parametrize(
    "title",
    [
        "Einwohner, Gebietsstand 01.01.2021", "Einwohner (Druckdatum: 15.01.2025)", "Abruf am 15.01.2025",
        "erstellt am 3.4.2025", "© Stadt Neuwald 2025", "Beschluss vom 03.05.2019", "nächste Aktualisierung: Juni 2026",
    ],
)  # fmt: skip
def test_a_date_that_is_not_that_of_the_figures_is_no_period(title):
    read = Read(f"{title}\n\nNr;Einwohner", lambda n: 900 + n)
    assert read.roles["Einwohner"].period is None and "period_open" in read.codes


@pytest.mark.parametrize("heading", ["zuletzt geändert", "Importdatum", "Jahr der Fertigstellung", "erstellt am"])
def test_dates_of_the_record_are_no_period_of_its_figures(heading):
    read = Read(f"Nr;Einwohner;{heading}", lambda n: 900 + n, lambda n: f"12.03.20{20 + n % 5}")
    assert read.roles[heading].role != "period"


def test_months_below_the_title_s_year_are_months():
    read = Read("Arbeitslose 2024\n\nNr;Januar;Februar;März", *(lambda n: 90 + n,) * 3)
    periods = [read.roles[name].period for name in ("Januar", "Februar", "März")]
    assert periods == ["2024-01", "2024-02", "2024-03"]


@pytest.mark.parametrize("title", ["Einwohner 2034, Gebietsstand 2015", "Stand der Gebiete: Gebietsstand 31.12.2015"])
def test_a_boundary_date_that_the_title_states_is_compared(title):
    places = [
        LevelKeys(f"stadt-{year}", "quarter", "Stadtteil", date(year, 1, 1), dict.fromkeys(units, ""))
        for year, units in ((2021, UNITS), (2015, UNITS[:-1]))
    ]
    rows = "".join(f"{key};{900 + n}\n" for n, key in enumerate(UNITS[:-1]))
    table = read_table(f"{title}\n\nNr;Einwohner\n{rows}".encode(), "t.csv")
    report = check_table(table, propose_roles(table, places[:1], NAMES), places, NAMES)
    told = next(problem for problem in report.problems if problem.code == "boundary_date_told")
    assert told.params == {"told": "2015", "year": "2021"} and told.repair[0]["system"] == "stadt-2015"


@pytest.mark.parametrize(
    ("heading", "usual", "slipped", "offered"),
    [
        ("Betreuungsquote U3 2024 in %", lambda n: f"{38 + n},5", "0,425", "42,5"),
        ("Angebotsmiete kalt in €/m²", lambda n: f"7,{n}", "72,5", "7,25"),
        ("Einwohner 2024", lambda n: 1000 + 20 * n, "10600", "1060"),
        ("Einwohner 2024", lambda n: 1000 + 20 * n, "106050", None),  # no fraction of a person is offered
    ],
)
def test_a_value_whose_decimal_sign_slipped_is_told_with_what_would_fit(heading, usual, slipped, offered):
    read = Read(f"Nr;{heading}", lambda n: slipped if n == 3 else usual(n))
    told = read.problems["out_of_column", heading]
    assert told.row == 5 and told.repair[0].get("value") == offered and told.severity == "warning"
    after = Read(f"Nr;{heading}", lambda n: slipped if n == 3 else usual(n), offers=told.repair[:1])
    assert "out_of_column" not in after.codes


def test_counts_of_areas_differ_widely_and_nothing_is_told_of_them():
    rng = np.random.default_rng(1)
    told = [len(slips(np.exp(rng.normal(7, 0.8, 170)))) for _ in range(200)]
    rates = [len(slips(rng.uniform(2, 9, 170))) for _ in range(200)]
    assert sum(told) == 0 and sum(rates) == 0
