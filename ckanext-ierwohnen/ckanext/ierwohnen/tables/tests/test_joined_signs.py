"""What was downloaded is read again with each sign where the office would have written it."""

from __future__ import annotations

import pytest

from ckanext.ierwohnen.look.signs import Status
from ckanext.ierwohnen.tables.check import check_table
from ckanext.ierwohnen.tables.exports import formats
from ckanext.ierwohnen.tables.joined_signs import join_signs
from ckanext.ierwohnen.tables.load import convert_chunk, load_plan
from ckanext.ierwohnen.tables.reading import read_table
from ckanext.ierwohnen.tables.roles import propose_roles

from .test_exports import COLUMNS, published

ROWS = [
    (f"0{number}", f"Ort {number}", "2025-12-31", value, str(status) if status != Status.OK else None, "1", None)
    for number, (status, value) in enumerate(
        (status, None if not status.has_value else "0" if status in ("nothing", "below_half") else f"{n}.25")
        for n, status in enumerate(status for status in Status if status != Status.MISSING)
    )
]


def read_again(path):
    """Values and signs of `Quote` as they would be published."""
    table = join_signs(read_table(path, path.name))
    roles = propose_roles(table, [], [])
    report = check_table(table, roles)
    plan = load_plan(table, roles, styles=report.styles)
    (field,) = [field for field in plan.fields if field.status_of and "Quote" in field.column + field.name] or [
        field for field in plan.fields if field.status_of and "Leerstand" in field.column
    ]
    found = [convert_chunk(chunk, plan) for chunk in table.chunks()]
    values = [value for batch in found for value in batch.column(field.status_of).to_pylist()]
    signs = [sign for batch in found for sign in batch.column(field.name).to_pylist()]
    return table, report, values, signs


@pytest.mark.parametrize("code", ["csv", "csv-excel", "xlsx"])
def test_every_sign_comes_back(tmp_path, code):
    form = formats.FORMATS[code]
    path = tmp_path / formats.filename("leerstand", form)
    formats.write(published(ROWS), form, path, "leerstand", None, "de")
    table, report, values, signs = read_again(path)
    assert not any(name.endswith(("_status", "(Zeichen)")) for name in table.names)
    assert [value and float(value) for value in values] == [row[3] and float(row[3]) for row in ROWS]
    assert signs == [row[4] for row in ROWS]
    assert not [problem for problem in report.problems if problem.severity == "error" and problem.column != "Nr"]
    assert "signs_joined" in {problem.code for problem in table.problems}


def test_a_number_beside_a_sign_that_hides_it_stays_hidden(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("Nr,Quote,Quote_status\n01,4.25,secret\n02,5.25,\n03,6.25,Geschützt\n", "utf-8")
    _, _, values, signs = read_again(path)
    assert values == [None, "5.25", None] and signs == ["secret", None, "secret"]


def test_a_column_of_other_words_is_a_column_of_its_own(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("Nr,Antrag,Antrag_status\n01,4,offen\n02,5,bewilligt\n", "utf-8")
    assert join_signs(read_table(path, path.name)).names == ["Nr", "Antrag", "Antrag_status"]


def test_a_word_that_is_no_sign_is_an_error_with_its_row(tmp_path):
    path = tmp_path / "x.csv"
    many = "".join(f"{n},{n},{'geheimnis' if n == 9_000 else 'secret'}\n" for n in range(1, 20_000))
    path.write_text("Nr,Quote,Quote_status\n" + many, "utf-8")
    table = join_signs(read_table(path, path.name))
    report = check_table(table, propose_roles(table, [], []))
    (problem,) = [problem for problem in report.problems if problem.code == "sign_unknown"]
    assert problem.row == 9_001 and problem.column == "Quote_status" and not report.publishable


def test_the_columns_of_the_test_have_signs():
    assert [column.status_of for column in COLUMNS if column.status_of] == ["Quote"]
