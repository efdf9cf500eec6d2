"""From the checked table to COPY: fields, canonical values, signs beside them, special rows."""

from __future__ import annotations

import csv
import io
from datetime import date

import pytest

from ckanext.ierwohnen.places.keys import LevelKeys
from ckanext.ierwohnen.tables.check import CheckRun, check_table
from ckanext.ierwohnen.tables.load import LoadRefused, copy_chunks, load_plan
from ckanext.ierwohnen.tables.reading import read_table
from ckanext.ierwohnen.tables.roles import propose_roles

LEVEL = LevelKeys("stadt", "quarter", "Stadtteil", date(2021, 1, 1), {"01": "Nord, Alt", "02": "Ost", "03": "Süd"})
TEXT = """Nr;Stadtteil;Stichtag;Wohnungen;_Quote;Bem.
0;Stadt insgesamt;31.12.2020;6.000;5,2;
1;Nord, Alt;31.12.2020;1.000;5,25;sagt „ja“
2;Ost;31.12.2020;2.000;.;"mit ""Zeichen"" und
Zeile"
3;Süd;31.12.2020;3.000;(6,5);
"""


def loaded(text: str, **options) -> tuple[list[str], list[list[str]]]:
    """Field names and rows as PostgreSQL would get them."""
    table = read_table(text.encode(), "t.csv")
    roles = propose_roles(table, [LEVEL])
    report = check_table(table, roles, [LEVEL])
    plan = load_plan(table, roles, [LEVEL], signs=report.signs, zero=report.zero, styles=report.styles, **options)
    data = b"".join(copy_chunks(table, plan)).decode()
    return [f"{field.name}:{field.type}" for field in plan.fields], list(csv.reader(io.StringIO(data)))


def test_values_are_canonical_and_signs_stand_beside_them():
    fields, rows = loaded(TEXT)
    assert fields == [
        "Nr:text", "Stadtteil:text", "Stichtag:text", "Wohnungen:numeric", "Quote:numeric", "Quote_status:text",
        "Bem.:text",
    ]  # fmt: skip
    assert rows == [
        ["01", "Nord, Alt", "2020-12-31", "1000", "5.25", "", "sagt „ja“"],
        ["02", "Ost", "2020-12-31", "2000", "", "secret", 'mit "Zeichen" und\nZeile'],
        ["03", "Süd", "2020-12-31", "3000", "6.5", "limited", ""],
    ]


def test_the_sign_that_our_own_downloads_put_before_formulas_comes_off_again():
    _, rows = loaded("Nr;Jahr;Einwohner;Bem.\n1;2020;5;'=HYPERLINK(1)\n2;2020;6;'s Gravenhage\n3;2020;7;'-\n")
    assert [row[3] for row in rows] == ["=HYPERLINK(1)", "'s Gravenhage", "'-"]


def test_special_rows_can_be_kept():
    _, rows = loaded(TEXT, keep_special=True)
    assert [row[0] for row in rows] == ["0", "01", "02", "03"]


def test_an_unreadable_cell_stops_the_load_with_its_place():
    table = read_table(TEXT.replace("5,25", "5;25").replace("5;25", "viel").encode(), "t.csv")
    roles = propose_roles(table, [LEVEL])
    roles = [role if role.column != "_Quote" else type(role)("_Quote", "indicator") for role in roles]
    with pytest.raises(LoadRefused) as caught:
        list(copy_chunks(table, load_plan(table, roles, [LEVEL])))
    assert (caught.value.problem.row, caught.value.problem.column) == (3, "_Quote")


def test_check_and_load_in_one_pass_tell_the_same_as_apart():
    table = read_table(TEXT.encode(), "t.csv")
    roles = propose_roles(table, [LEVEL])
    apart = check_table(table, roles, [LEVEL])
    run = CheckRun(table, roles, [LEVEL])
    plan = load_plan(table, roles, [LEVEL], signs=apart.signs)
    together = b"".join(copy_chunks(table, plan, run))
    assert together == b"".join(copy_chunks(table, plan))
    assert run.report().as_dict() == apart.as_dict()


def test_names_that_the_datastore_takes():
    text = 'Nr;"a ""b""";_x;A "b";' + "ä" * 60 + "\n01;1;2;3;4\n02;1;2;3;4\n03;1;2;3;4\n"
    fields, _ = loaded(text)
    names = [field.rsplit(":", 1)[0] for field in fields]
    assert len({name.casefold() for name in names}) == len(names)
    assert all('"' not in name and not name.startswith("_") and len(name.encode()) <= 63 for name in names)
