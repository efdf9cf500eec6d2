"""Roles: proposals by name and values, and no key where there is none."""

from __future__ import annotations

from datetime import date

import pytest

from ckanext.ierwohnen.places.keys import LevelKeys
from ckanext.ierwohnen.tables.reading import read_table
from ckanext.ierwohnen.tables.roles import ColumnRole, IndicatorName, propose_roles

DISTRICTS = LevelKeys("stadt", "district", "Bezirk", date(2021, 1, 1), {str(i): f"Bezirk {i}" for i in range(1, 6)})
QUARTERS = LevelKeys("stadt", "quarter", "Ortsteil", date(2021, 1, 1), {str(i): f"Ort {i}" for i in range(11, 36)})
LEVELS = [DISTRICTS, QUARTERS]
POPULATION = IndicatorName("population", ("Einwohner", "Bevölkerung", "population"), "persons")
VACANCY = IndicatorName("vacancy_rate", ("Leerstandsquote", "Leerstand in %"), "percent")


def roles(text: str, places=LEVELS, filename="t.csv") -> dict[str, ColumnRole]:
    """Proposed roles by column."""
    table = read_table(text.encode(), filename)
    return {role.column: role for role in propose_roles(table, places, [POPULATION, VACANCY])}


def quarters(*columns) -> str:
    """A table of all quarters: name of the key column, then (name, function of the row number)."""
    head = ";".join(["Ortsteil", *(name for name, _ in columns)])
    body = "\n".join(";".join([str(11 + i), *(str(value(i)) for _, value in columns)]) for i in range(25))
    return f"{head}\n{body}\n"


@pytest.mark.parametrize(
    "name",
    ["Anzahl der Bezirke", "Bezirke", "Zimmer", "number of rooms", "Stadt", "Kinder", "Wert", "Nummer der Räume"],
)
def test_small_numbers_are_no_keys_of_districts(name):
    found = roles(quarters((name, lambda i: i % 5 + 1)))
    assert found["Ortsteil"].role == "key"
    assert found[name].role != "key"


@pytest.mark.parametrize("name", ["Leerstand", "Personen", "Ortsteile"])
def test_counts_that_happen_to_be_keys_are_none(name):
    found = roles(quarters((name, lambda i: 11 + (i * 7) % 24)))
    assert [role.column for role in found.values() if role.role == "key"] == ["Ortsteil"]


def test_two_levels_in_two_columns():
    found = roles(quarters(("Bezirk", lambda i: i // 5 + 1), ("Einwohner", lambda i: 100 + i)))
    assert (found["Ortsteil"].level, found["Bezirk"].level) == ("quarter", "district")
    assert (found["Einwohner"].indicator, found["Einwohner"].unit) == ("population", "Personen")


def test_without_places_a_key_column_is_not_guessed():
    found = roles(quarters(("Einwohner", lambda i: 100 + i)), places=[])
    assert found["Ortsteil"].role != "key"


def test_a_wide_table_takes_its_indicator_from_the_title():
    text = "Leerstandsquote nach Ortsteilen\n\nOrtsteil;2020;2021\n" + "".join(
        f"{i};5,{i % 9};6,{i % 9}\n" for i in range(11, 36)
    )
    found = roles(text)
    assert (found["2020"].indicator, found["2020"].period, found["2020"].unit) == ("vacancy_rate", "2020", "%")
    assert "2020" in found["2020"].reason_text("de")


def test_classes_as_columns():
    found = roles(
        quarters(
            ("unter 18", lambda i: i),
            ("18-64", lambda i: 2 * i),
            ("65 und älter", lambda i: i),
            ("weiblich", lambda i: i),
        )
    )
    assert [found[n].code for n in ("unter 18", "18-64", "65 und älter", "weiblich")] == ["-17", "18-64", "65-", "f"]
    assert {found[n].dimension for n in ("unter 18", "18-64")} == {"age_groups"}


def test_numbers_and_words_mixed_stay_unclear():
    found = roles(quarters(("Angabe", lambda i: "ja" if i % 2 else i)))
    assert found["Angabe"].role == "unclear"
    assert found["Angabe"].confidence < 0.5


def test_stated_roles_come_from_dictionaries_and_back():
    role = ColumnRole("Nr", "key", "quarter", "stadt", date(2021, 1, 1))
    again = ColumnRole.from_dict(role.as_dict())
    assert (again.column, again.role, again.level, again.boundary_date) == ("Nr", "key", "quarter", date(2021, 1, 1))


@pytest.mark.parametrize(
    ("heads", "codes"),
    [
        ("bis 1918;1919–1948;1949–1978;1979–2010;ab 2011", "-1918;1919-1948;1949-1978;1979-2010;2011-"),
        ("vor 1919;1919 - 1948;1949 bis 1990;1991 und später", "-1918;1919-1948;1949-1990;1991-"),
        ("1918 und früher;1919-1948;1949-", "-1918;1919-1948;1949-"),
        ("Wohnungen bis 1948;Wohnungen 1949–1990;Wohnungen seit 1991", "-1948;1949-1990;1991-"),
        ("1919–1948;1949–1978;1979–2010", "1919-1948;1949-1978;1979-2010"),
    ],
    ids=["open ends", "words", "former", "with the figure", "old"],
)
@pytest.mark.parametrize("title", ["", "Wohnungen am 31.12.2024\n\n"], ids=["no title", "title"])
def test_classes_of_years_are_no_periods(heads, codes, title):
    rows = "".join(f"{i};" + ";".join(["9"] * (heads.count(";") + 1)) + "\n" for i in range(11, 36))
    found = roles(f"{title}Ortsteil;{heads}\n{rows}")
    columns = [role for name, role in found.items() if name != "Ortsteil"]
    assert [role.code for role in columns] == codes.split(";")
    assert {role.dimension for role in columns} == {"building_years"}
    assert {role.period for role in columns} == {"2024-12-31" if title else None}


def test_classes_of_years_of_birth_are_told_from_those_of_building():
    rows = "".join(f"{i};1;2;3\n" for i in range(11, 36))
    found = roles(f"Einwohner nach Geburtsjahr 2024\n\nOrtsteil;bis 1940;1941–1980;ab 1981\n{rows}")
    assert (found["ab 1981"].dimension, found["ab 1981"].code) == ("geburtsjahr", "1981-")


@pytest.mark.parametrize(
    ("heads", "periods"),
    [
        ("2011–2015;2016–2020;2021–2025", ["2011/2015", "2016/2020", "2021/2025"]), ("2021/22;2022/23", None),
        ("1950er;1960er;1970er", [None] * 3),
    ],
)  # fmt: skip
def test_spans_of_years_without_an_open_end_stay_periods(heads, periods):
    rows = "".join(f"{i};" + ";".join(["9"] * (heads.count(";") + 1)) + "\n" for i in range(11, 36))
    found = roles(f"Ortsteil;{heads}\n{rows}")
    columns = [role.period for name, role in found.items() if name != "Ortsteil"]
    assert columns == (periods or ["2021/2022", "2022/2023"])
    assert not any(role.code for role in found.values())
