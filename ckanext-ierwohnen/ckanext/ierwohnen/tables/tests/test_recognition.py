"""Which published table a delivery continues; by columns and the file's name. No CKAN in here."""

from __future__ import annotations

import pytest

from ckanext.ierwohnen.tables.recognition import Likeness, PublishedColumn, clearly_first, likeness, stem

LONG = [PublishedColumn(name) for name in ("Nr", "Stadtteil", "Stichtag", "Wohnungen")]
WIDE = [PublishedColumn("Nr"), *(PublishedColumn(f"31.12.{year}", f"{year}-12-31") for year in (2023, 2024))]


@pytest.mark.parametrize(
    ("names", "missing", "added"),
    [
        (["Nr", "Stadtteil", "Stichtag", "Wohnungen"], (), ()),
        (["nr", "STADTTEIL", "Stichtag ", "Wohnungen"], (), ()),
        (["Nr", "Stadtteil", "Stichtag"], ("Wohnungen",), ()),
        (["Nr", "Stadtteil", "Stichtag", "Wohnungen", "davon leer"], (), ("davon leer",)),
    ],
)
def test_missing_and_new_columns_are_named(names, missing, added):
    found = likeness(names, LONG)
    assert (found.missing, found.added) == (missing, added)
    assert found.same_columns == (not missing and not added)


def test_a_column_that_was_set_aside_last_time_is_no_news():
    assert likeness(["Nr", "Stadtteil", "Stichtag", "Wohnungen", "Bem."], LONG, set_aside=["Bem."]).same_columns


def test_the_next_year_of_a_wide_table_is_no_new_column():
    assert likeness(["Nr", "31.12.2024", "31.12.2025"], WIDE).same_columns
    assert likeness(["Nr", "31.12.2024", "Anteil"], WIDE).added == ("Anteil",)


def test_a_table_with_other_columns_is_none_of_ours():
    other = likeness(["Baublock", "Anträge"], LONG)
    assert other.columns == 0 and clearly_first([("a", other)]) is None


def test_the_name_of_the_file_decides_between_tables_of_one_make():
    files = {"leer": "leerstand_2025.csv", "haus": "haushalte_2025.csv"}
    names = [column.name for column in LONG]
    found = [
        (key, likeness(names, LONG, files=(stem("Leerstand_2026_endg.csv"), stem(last)))) for key, last in files.items()
    ]
    assert clearly_first(found) == "leer"


def test_two_tables_that_are_equally_likely_are_not_guessed():
    same = Likeness(1.0, 0.5)
    assert clearly_first([("a", same), ("b", same)]) is None


@pytest.mark.parametrize(
    ("filename", "expected"),
    [("leerstand_2025_endg.csv", "leerstand endg"), ("2026.xlsx", ""), ("Häuser 2024-12-31.CSV", "häuser")],
)
def test_the_year_of_a_file_says_nothing(filename, expected):
    assert stem(filename) == expected
