"""Periods and classes as office tables write them."""

from __future__ import annotations

import pytest

from ckanext.ierwohnen.tables.category_names import category_name, dimension_name
from ckanext.ierwohnen.tables.code_lists import code_lists, list_by_values
from ckanext.ierwohnen.tables.periods import gaps, parse_period, period_inside, period_of_values, without_period


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("2016", "2016"), ("31.12.2016", "2016-12-31"), ("1.1.2020", "2020-01-01"), ("2016-12-31", "2016-12-31"),
        ("31. Dezember 2016", "2016-12-31"), ("Stand: 31.12.2016", "2016-12-31"), ("Jahr 2003", "2003"),
        ("202012", "2020-12"), ("20220515", "2022-05-15"), ("Dez. 2016", "2016-12"), ("3. Quartal 2016", "2016-Q3"),
        ("Q3 2016", "2016-Q3"), ("2. Hj. 2012", "2012-H2"), ("2012(2.HJ)", "2012-H2"), ("2016/17", "2016/2017"),
        ("\ue00131.12.2016", "2016-12-31"),
    ],
)  # fmt: skip
def test_periods_become_iso_text(text, iso):
    found = parse_period(text)
    assert found is not None and found.text == iso


@pytest.mark.parametrize("text", ["1234", "31.02.2016", "12345678", "2016/15", "Mitte", "", "5,2", "15602"])
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
