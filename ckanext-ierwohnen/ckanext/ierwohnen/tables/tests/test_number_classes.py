"""Classes of numbers are ages only where the table says so; headings that tell a time are of that time."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from datetime import date

import pytest

from ckanext.ierwohnen.indicators.catalogue import load_catalogue
from ckanext.ierwohnen.places.keys import LevelKeys
from ckanext.ierwohnen.tables.check import CheckRun
from ckanext.ierwohnen.tables.reading import read_table
from ckanext.ierwohnen.tables.roles import propose_roles
from ckanext.ierwohnen.tables.tests.sheets import ods

PLACES = [LevelKeys("stadt", "quarter", "Stadtteil", date(2021, 1, 1), {f"{n:02d}": f"Ort {n}" for n in range(1, 9)})]
NAMES = load_catalogue().names()


def read(title: str, heads: str):
    """Table and roles of eight units below a title; the first column is their key."""
    width = heads.split("\n")[-1].count(";") + 1
    rows = [";".join([f"{n:02d}", *(str(1000 + 37 * n + m) for m in range(width))]) for n in range(1, 9)]
    first, *more = heads.split("\n")
    text = "\n".join([*([title, ""] if title else []), f"Nr;{first}", *(f";{line}" for line in more), *rows]) + "\n"
    table = read_table(text.encode(), "t.csv")
    return table, propose_roles(table, PLACES, NAMES)


def problems(table, roles, places=PLACES) -> set[str]:
    """The codes of all errors."""
    run = CheckRun(table, roles, places, NAMES)
    for chunk in table.chunks():
        run.take(chunk)
    return {problem.code for problem in run.report().problems if str(problem.severity) == "error"}


@pytest.mark.parametrize(
    ("title", "heads", "dimension", "codes"),
    [
        ("Einwohner nach Wohndauer 2024", "unter 5 Jahre;5 bis 10 Jahre;10 Jahre und mehr", "wohndauer", None),
        ("Einwohner nach Ehedauer 2024", "0-4;5-9;10 und mehr", "ehedauer", None),
        ("Zuzüge nach Entfernung in km 2024", "unter 10;10 - 50;100 und mehr", "entfernung", None),
        ("Wohngebäude nach Alter der Gebäude 2024", "unter 10 Jahre;30 Jahre und älter", "alter der gebäude", None),
        ("Wohnungen nach Wohnfläche in m² 2024", "unter 40;40 bis 59;100 und mehr", "wohnfläche", None),
        ("Betriebe nach Beschäftigten 2024", "1-9;10-49;250+", "beschäftigten", None),
        ("Wohnungen nach Zahl der Räume 2024", "2 Räume;6 und mehr", "rooms", ["2", "6-"]),
        ("Einwohner nach Alter und Wohndauer 2024", "unter 5 Jahre;10 Jahre und mehr", None, [None, None]),
        ("Wohnungen 2024", "unter 40;40 und mehr", None, [None, None]),
        ("Einwohner nach Altersgruppen 2024", "unter 5;5-9;10 und mehr", "age_groups", ["-4", "5-9", "10-"]),
        ("Wohnungsinhaber 2024", "Im Alter von … Jahren;\nunter 65;65 und mehr", "age_groups", ["-64", "65-"]),
        ("Einwohner 2024", "unter 18 Jahre;18 Jahre und älter", "age_groups", ["-17", "18-"]),
    ],
)
def test_classes_are_of_what_the_table_says(title, heads, dimension, codes):
    table, roles = read(title, heads)
    classes = [role for role in roles if role.role == "indicator"]
    assert {role.dimension for role in classes} == {dimension}
    assert [role.code for role in classes] == (codes or [column.parts[-1] for column in table.columns[1:]])


def test_classes_in_rows_are_of_what_their_column_is_called():
    rows = "".join(f"{n:02d};2024;{c};{n * 31}\n" for n in range(1, 9) for c in ("unter 5 Jahre", "5 Jahre und mehr"))
    table = read_table(f"Nr;Jahr;Wohndauer;Einwohner\n{rows}".encode(), "t.csv")
    assert [role.dimension for role in propose_roles(table, PLACES, NAMES)] == [None, None, "wohndauer", None]


@pytest.mark.parametrize(
    ("title", "heads", "periods"),
    [
        ("", "Arbeitslose 1/2024;Arbeitslose 2/2024", [None, None]),
        ("", "Arbeitslose I/2024;Arbeitslose II/2024", [None, None]),
        ("", "Arbeitslose II/2024;Arbeitslose III/2024", ["2024-Q2", "2024-Q3"]),
        ("", "Arbeitslose 4/2024;Arbeitslose 5/2024", ["2024-04", "2024-05"]),
        ("", "Einwohner III. Quartal 2024;Einwohner IV. Quartal 2024", ["2024-Q3", "2024-Q4"]),
        ("", "Einwohner Anfang 2024;Einwohner Ende 2024", [None, "2024"]),
        ("Zuzüge 2024", "Q1;Q2;Q3;Q4", ["2024-Q1", "2024-Q2", "2024-Q3", "2024-Q4"]),
        ("Zuzüge 2024", "1. Hj.;2. Hj.", ["2024-H1", "2024-H2"]),
        ("Zuzüge 2024", "Zuzüge Q1;Zuzüge Q2", [None, None]),
        ("Leerstand 2024", "Wohnungen;Wohnungen Vorjahr", ["2024", None]),
    ],
)
def test_a_part_of_a_year_is_never_taken_for_the_year(title, heads, periods):
    assert [role.period for role in read(title, heads)[1][1:]] == periods


def test_columns_that_only_a_time_tells_apart_are_not_of_one_period():
    table, roles = read("", "Arbeitslose Q1;Arbeitslose Q2")
    roles = [replace(role, period="2024" if role.role == "indicator" else None) for role in roles]
    assert problems(table, roles) == {"same_time"}


@pytest.mark.parametrize(
    ("title", "head", "indicator", "unit", "power"),
    [
        ("", "Entfernung zur Haltestelle in km 2024", "distance_stop", "m", 3),
        ("", "Entfernung zur Haltestelle in m 2024", "distance_stop", "m", 0),
        ("Entfernung zur Haltestelle in km", "2024", None, None, 0),
        ("", "Wohnfläche je Wohnung 2024 in dm²", "living_area_per_dwelling", "m²", -2),
        ("", "Kaufpreis Eigentumswohnung in € 2024", None, "€", 0),
        ("", "Bodenwert in € 2024", None, "€", 0),
        ("", "Betriebskosten in € 2024", None, "€", 0),
        ("", "Betriebskosten in €/m² 2024", "company_operating_costs", "€/m²", 0),
        ("", "Durchschnittsalter 2024 in Monaten", None, "Monate", 0),
    ],
)
def test_a_unit_that_is_not_the_indicators_is_converted_or_left(title, head, indicator, unit, power):
    role = read(title, head)[1][1]
    assert (role.indicator, role.unit, role.power) == (indicator, unit, power)


def test_quotients_that_all_lie_below_one_are_asked_about():
    rows = "".join(f"{n:02d};0,2{n}\n" for n in range(1, 9))
    table = read_table(f"Nr;Jugendquotient 2024\n{rows}".encode(), "t.csv")
    assert "share_of_one" in problems(table, propose_roles(table, PLACES, NAMES))


def test_the_second_half_of_a_key_is_no_class():
    both = {f"{b}{n:02d}": f"Ort {b}{n}" for b in ("01", "02") for n in range(1, 5)}
    places = [LevelKeys("stadt", "district", "Bezirk", date(2021, 1, 1), {"01": "West", "02": "Ost"})]
    places.append(LevelKeys("stadt", "quarter", "Stadtteil", date(2021, 1, 1), both))
    rows = "".join(f"{b};{n:02d};{1000 + n}\n" for b in ("01", "02") for n in range(1, 5))
    table = read_table(f"Bezirk;Nr;Wohnungen 2024\n{rows}".encode(), "t.csv")
    roles = [role.role for role in propose_roles(table, places, NAMES)]
    assert roles == ["unclear", "unclear", "indicator"]


def test_numbers_that_a_sheet_shows_divided_are_asked_about():
    """A file with 1234 that shows "1,2" below "in 1.000": thousands of thousands, or the whole figures?"""
    plain = zipfile.ZipFile(io.BytesIO(ods({"T": [["Nr", "Einwohner 2024 in 1.000"], ["01", 1234], ["02", 2345]]})))
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name in plain.namelist():
            text = plain.read(name).decode()
            for was, seen in (("1234", "1,2"), ("2345", "2,3")):
                text = text.replace(f"<text:p>{was}</text:p>", f"<text:p>{seen}</text:p>")
            archive.writestr(name, text)
    problem = next(p for p in read_table(stream.getvalue(), "t.ods").problems if p.code == "shown_divided")
    assert str(problem.severity) == "error" and [offer["value"] for offer in problem.repair] == ["1", "1000"]
