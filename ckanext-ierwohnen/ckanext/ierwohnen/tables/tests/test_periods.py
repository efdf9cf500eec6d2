"""Periods and classes as office tables write them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from ckanext.ierwohnen.places.keys import LevelKeys
from ckanext.ierwohnen.tables.category_names import category_name, dimension_name
from ckanext.ierwohnen.tables.check import check_table
from ckanext.ierwohnen.tables.code_lists import code_lists, list_by_values
from ckanext.ierwohnen.tables.periods import gaps, parse_period, period_inside, period_of_values, without_period
from ckanext.ierwohnen.tables.reading import read_table
from ckanext.ierwohnen.tables.repairs import settings
from ckanext.ierwohnen.tables.roles import propose_roles

UNITS = ["11", "12", "13", "14"]
LEVEL = LevelKeys("stadt", "quarter", "Ortsteil", date(2021, 1, 1), {key: f"Ort {key}" for key in UNITS})


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("2016", "2016"), ("31.12.2016", "2016-12-31"), ("1.1.2020", "2020-01-01"), ("2016-12-31", "2016-12-31"),
        ("31. Dezember 2016", "2016-12-31"), ("Stand: 31.12.2016", "2016-12-31"), ("Jahr 2003", "2003"),
        ("202012", "2020-12"), ("20220515", "2022-05-15"), ("Dez. 2016", "2016-12"), ("3. Quartal 2016", "2016-Q3"),
        ("Q3 2016", "2016-Q3"), ("2. Hj. 2012", "2012-H2"), ("2012(2.HJ)", "2012-H2"), ("2016/17", "2016/2017"),
        ("\ue00131.12.2016", "2016-12-31"), ("Q1 24", "2024-Q1"), ("Q3/98", "1998-Q3"), ("2. Vj. 2024", "2024-Q2"),
        ("1. Quartal 24", "2024-Q1"), ("III/2024", "2024-Q3"), ("IV. Quartal 2024", "2024-Q4"),
        ("Jahr 23/24", "2023/2024"), ("Schuljahr 2023/24", "2023/2024"), ("SJ 99/00", "1999/2000"),
        ("WS 2023/2024", "2023/2024"), ("20252)", "2025"), ("2024 1)", "2024"), ("2024¹⁾", "2024"), ("2024**", "2024"),
    ],
)  # fmt: skip
def test_periods_become_iso_text(text, iso):
    found = parse_period(text)
    assert found is not None and found.text == iso


@pytest.mark.parametrize(
    "text",
    [
        "1234", "31.02.2016", "12345678", "2016/15", "Mitte", "", "5,2", "15602", "31.06.2023", "Q5 24", "23/24",
        "Jahr 23/25", "1950er", "12/24",
    ],
)  # fmt: skip
def test_what_is_no_period_stays_none(text):
    assert parse_period(text) is None


def test_a_period_inside_a_name():
    inside = period_inside("EW 31.12.2020")
    assert inside is not None and inside.text == "2020-12-31"
    assert without_period("electricity_mwh_2022") == "electricity_mwh"
    assert period_inside("Veränderung 2015 gegen 2020") is None


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("Kaufpreis über 2000", None), ("Einkommen unter 2000", None), ("mehr als 2000", None),
        ("Wohnungen (Gebietsstand 2021)", None), ("Wohnungen (Gebietsstand: 01.01.2021)", None),
        ("Wohnungen 2024 (Gebietsstand 2021)", "2024"), ("Wohnungen Stand 2021", "2021"),
    ],
)  # fmt: skip
def test_bounds_and_dates_of_areas_are_no_periods_of_figures(text, iso):
    found = period_of_values(text)
    assert (found.text if found else None) == iso


def test_gaps_in_a_series():
    years = [period for year in (2010, 2011, 2012, 2014) if (period := parse_period(str(year)))]
    assert gaps(years) == ["2013"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("65 bis unter 75 Jahre", "65-74"), ("65-74", "65-74"), ("75 und älter", "75-"), ("< 6", "-5"),
        ("unter6", "-5"), ("65undmehr", "65-"), ("85+", "85-"), ("18 Jahre", "18"), ("Insgesamt", "total"),
    ],
)  # fmt: skip
def test_age_groups_in_every_writing(text, code):
    assert code_lists()["age_groups"].code_of(text) == code


@pytest.mark.parametrize(
    ("dimension", "text", "written", "german", "english"),
    [
        ("age_groups", "75 und älter", None, "75 und älter", "75 and over"),
        ("age_groups", "-17", "unter 18", "unter 18", "under 18"),
        ("age_groups", "-17", None, "unter 18", "under 18"),
        ("age_groups", "65–69", None, "65–69", "65–69"),
        ("age_groups", "65 bis unter 75 Jahre", None, "65 bis unter 75 Jahre", "65 to 74"),
        ("age_groups", "under 18", None, "unter 18", "under 18"),
        ("building_years", "2011 und später", None, "2011 und später", "2011 or later"),
        ("rooms", "3 Räume", None, "3 Räume", "3"),
        ("sex", "w", None, "weiblich", "female"),
        ("sex", "Frauen", None, "Frauen", "female"),
        ("sex", "female", None, "weiblich", "female"),
        ("nationality", "insgesamt", None, "insgesamt", "total"),
        ("owner", "unbekannt", None, "unbekannt", "unbekannt"),
        ("colour", "bunt", None, "bunt", "bunt"),
    ],
)  # fmt: skip
def test_a_class_is_named_in_the_language_of_the_reader(dimension, text, written, german, english):
    assert category_name(dimension, text, "de", written) == german
    assert category_name(dimension, text, "en", written) == english


def test_a_dimension_is_named_by_its_list_unless_a_column_of_its_own_names_it():
    assert dimension_name("building_years", "Baualter", "de") == "Baualter"
    assert dimension_name("building_years", "Baualter", "en") == "Year of construction"
    assert dimension_name("building_years", None, "de") == "Baujahr"
    assert dimension_name("sex", "Geschlecht", "en", within=True) == "sex"
    assert dimension_name("colour", "Farbe", "en") == "Farbe"


def test_values_name_their_list_or_none():
    assert list_by_values(["männlich", "weiblich", "Insgesamt"]).id == "sex"
    assert list_by_values(["unter 18 Jahre", "18 bis unter 65 Jahre"]).id == "age_groups"
    assert list_by_values(["Apfel", "Birne"]) is None


def long(head: str, *periods: str, hints: dict | None = None):
    """A table with a column of periods, and the proposed roles."""
    rows = "".join(f"{unit};{period};{5 + n}\n" for unit in UNITS for n, period in enumerate(periods))
    table = read_table(f"Nr;{head};Zuzüge\n{rows}".encode(), "t.csv", hints)
    return table, propose_roles(table, [LEVEL])


@pytest.mark.parametrize(
    ("head", "written", "iso"),
    [
        ("Zeit", "Q1 24;2. Vj. 2024;III/2024;IV. Quartal 2024", "2024-Q1;2024-Q2;2024-Q3;2024-Q4"),
        ("Halbjahr", "I/2023;II/2023", "2023-H1;2023-H2"), ("Quartal", "I/2023;II/2023", "2023-Q1;2023-Q2"),
        ("Schuljahr", "22/23;23/24", "2022/2023;2023/2024"), ("Jahr", "99/00;2000/01", "1999/2000;2000/2001"),
        ("Quartal", "03/2024;06/2024;09/2024;12/2024", "2024-03;2024-06;2024-09;2024-12"),
    ],
)  # fmt: skip
def test_columns_of_parts_of_years_are_read_by_their_names(head, written, iso):
    table, roles = long(head, *written.split(";"))
    report = check_table(table, roles, [LEVEL])
    assert report.periods == iso.split(";") and report.publishable


@pytest.mark.parametrize(
    ("head", "written"),
    [("KW", "1/2024;2/2024;10/2024"), ("Quartal", "03/2024;02/2024"), ("Halbjahr", "1/2024;12/2024")],
)
def test_parts_of_years_that_are_called_periods_by_hand_are_no_months(head, written):
    table, roles = long(head, *written.split(";"))
    stated = [replace(role, role="period") if role.column == head else role for role in roles]
    told = [p for p in check_table(table, stated, [LEVEL]).problems if p.code == "period_of_part"]
    assert [(p.severity, p.column) for p in told] == [("error", head)] and told[0].message() != told[0].message("en")
    offers, roles_of = settings([told[0].repair[0]])
    assert offers == {} and roles_of == [{"column": head, "role": "dimension"}]


def test_i_and_ii_before_a_year_are_asked_about():
    table, roles = long("Zeit", "I/2023", "II/2023")
    [told] = [p for p in check_table(table, roles, [LEVEL]).problems if p.code == "period_part_open"]
    for offer, periods in zip(told.repair, (["2023-Q1", "2023-Q2"], ["2023-H1", "2023-H2"]), strict=True):
        table, roles = long("Zeit", "I/2023", "II/2023", hints=settings([offer])[0])
        report = check_table(table, roles, [LEVEL])
        assert (report.periods, report.publishable) == (periods, True)


def test_a_day_that_is_none_is_told_by_row():
    table, roles = long("Stichtag", "31.06.2023", "31.12.2023")
    told = [p for p in check_table(table, roles, [LEVEL]).problems if p.code == "period_unreadable"]
    assert roles[1].role == "period" and (told[0].row, told[0].value) == (2, "31.06.2023")


@pytest.mark.parametrize(
    ("upper", "periods"),
    [
        ("Zuzüge Quartal", ["2024-Q1", "2024-Q2"]), ("Zuzüge Halbjahr", ["2024-H1", "2024-H2"]),
        ("Zuzüge KW", [None, None]), ("Zuzüge", [None, None]), ("Zuzüge Monat", ["2024-01", "2024-02"]),
    ],
)  # fmt: skip
def test_counted_headings_are_read_by_the_heading_above(upper, periods):
    rows = "".join(f"{unit};7;8\n" for unit in UNITS)
    table = read_table(f"Nr;{upper};\n;1/2024;2/2024\n{rows}".encode(), "t.csv")
    assert [role.period for role in propose_roles(table, [LEVEL])[1:]] == periods


def test_years_with_footnotes_are_headings():
    table = read_table(b"Nr;2022;2023*;2024 1);20252)\n11;5;6;7;8\n12;6;7;8;9\n13;6;7;8;9\n", "t.csv")
    assert [role.period for role in propose_roles(table, [LEVEL])[1:]] == ["2022", "2023", "2024", "2025"]
