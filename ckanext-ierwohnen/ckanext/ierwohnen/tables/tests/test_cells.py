"""Cells: numbers in every writing, signs, units, footnote marks; and the decision how a column is written."""

from __future__ import annotations

import pytest

from ckanext.ierwohnen.tables.cells import NumberStyle, parse_cell, possible_readings
from ckanext.ierwohnen.tables.number_styles import styles

GERMAN, ENGLISH, OPEN = NumberStyle(","), NumberStyle("."), NumberStyle(None)


@pytest.mark.parametrize(
    ("text", "number", "status"),
    [
        ("5,2", "5.2", "ok"),
        ("1.234,5", "1234.5", "ok"),
        ("1.234", "1234", "ok"),
        ("12\u202f345,6", "12345.6", "ok"),
        ("1 234 567", "1234567", "ok"),
        ("1'234", "1234", "ok"),
        ("−3,2", "-3.2", "ok"),
        ("+0,3", "0.3", "ok"),
        ("0", "0", "ok"),
        ("-", "0", "nothing"),
        ("–", "0", "nothing"),
        (".", None, "secret"),
        ("…", None, "later"),
        ("...", None, "later"),
        ("x", None, "blocked"),
        ("/", None, "uncertain"),
        ("", None, "missing"),
        ("k. A.", None, "missing"),
        ("(12,3)", "12.3", "limited"),
        ("12p", "12", "preliminary"),
        ("12,3 r", "12.3", "corrected"),
        ("1.234s", "1234", "estimated"),
    ],
)
def test_german_cells(text, number, status):
    cell = parse_cell(text, GERMAN)
    assert (cell.number, cell.status, cell.problem) == (number, status, None)


@pytest.mark.parametrize(
    ("text", "number", "unit"),
    [
        ("5,2 %", "5.2", "%"),
        ("5,2 v.H.", "5.2", "%"),
        ("7,50 €/m²", "7.50", "€/m²"),
        ("7,50 EUR/qm", "7.50", "€/m²"),
        ("€ 5", "5", "€"),
        ("12 Wohnungen", "12", "Wohnungen"),
        ("( 5 ) %", "5", "%"),
    ],
)
def test_units_in_cells(text, number, unit):
    cell = parse_cell(text, GERMAN)
    assert (cell.number, cell.unit, cell.problem) == (number, unit, None)


@pytest.mark.parametrize(
    ("text", "mark"), [("12³", "³"), ("12 1)", "1)"), ("1234¹⁾", "¹⁾"), ("432 ²⁾", "²⁾"), ("5,2*", "*")]
)
def test_footnote_marks_are_taken_off(text, mark):
    cell = parse_cell(text, GERMAN)
    assert (cell.mark, cell.problem) == (mark, None)


@pytest.mark.parametrize(
    ("text", "style", "problem", "offer"),
    [
        ("14.1", GERMAN, "other_decimal_sign", "14,1"),
        ("−14.1 %", GERMAN, "other_decimal_sign", "−14,1 %"),
        ("5,2", ENGLISH, "other_decimal_sign", "5.2"),
        ("1.234", OPEN, "ambiguous_number", None),
        ("1,234", OPEN, "ambiguous_number", None),
        ("<5", GERMAN, "censored_number", "."),
        ("ca. 12", GERMAN, "censored_number", "."),
        ("5-", GERMAN, "trailing_minus", "-5"),
        ("(640) p", GERMAN, "not_a_number", "640p"),
        ("1,2E+05", GERMAN, "shortened_number", None),
        ("#DIV/0!", GERMAN, "spreadsheet_error", None),
        ("\ue00114.01.2024", GERMAN, "date_among_numbers", "14,1"),
        ("(5", GERMAN, "not_a_number", None),
        ("１２３４", GERMAN, "not_a_number", None),
        ("١٢٣٤", GERMAN, "not_a_number", None),
        ("12/13", GERMAN, "not_a_number", None),
        ("1,2,3", GERMAN, "not_a_number", None),
        ("zwölf", GERMAN, "not_a_number", None),
    ],
)
def test_what_is_not_sure_is_reported_with_an_offer(text, style, problem, offer):
    cell = parse_cell(text, style)
    assert (cell.number, cell.problem, cell.offer) == (None, problem, offer)


def test_typed_numbers_of_spreadsheets_need_no_decision():
    assert parse_cell("\ue0001,234", OPEN).number == "1.234"
    assert parse_cell("\ue0005,7%", ENGLISH).unit == "%"


def test_only_point_and_comma_before_three_digits_have_two_readings():
    assert [r.number for r in possible_readings("1.234")] == ["1234", "1.234"]
    assert [r.number for r in possible_readings("0.234")] == ["0.234"]
    assert [r.number for r in possible_readings("1234.567")] == ["1234.567"]
    assert [r.number for r in possible_readings("1.234.567")] == ["1234567"]


@pytest.mark.parametrize(
    ("columns", "column", "value"),
    [
        # the column's own decimals decide
        ({"a": ["5,2", "1.234,5", "1.234", "17"]}, "a", 1234.0),
        ({"a": ["5.25", "0.5", "1.234", "978"]}, "a", 1.234),
        # whole numbers below 1,000 beside parted ones, and none above
        ({"a": ["978", "12", "856", "1.234", "2.345", "9.001"]}, "a", 1234.0),
        # a neighbour with decimal commas
        ({"a": ["978", "1.234"], "b": ["5,2", "7,45"]}, "a", 1234.0),
    ],
)
def test_columns_decide_what_a_point_means(columns, column, value):
    found = styles(columns)
    assert parse_cell("1.234", found[column]).value == value


@pytest.mark.parametrize(
    "columns",
    [
        {"a": ["1.234", "5.678"]},
        # larger whole numbers without a point: then 1.234 may be a decimal number
        {"a": ["12345", "978", "12", "3", "1.234", "2.345", "3.456"]},
        # decimals of three digits, and one cell written in the other way
        {"a": ["4321,123", "0,123", "17,250", "1.234"]},
        # both in one column
        {"a": ["1.234", "5,678"], "b": ["5,2"]},
        # a neighbour that would make it a decimal number is no proof
        {"a": ["1.234", "7"], "b": ["5.25"]},
    ],
)
def test_without_evidence_it_stays_open(columns):
    assert parse_cell("1.234", styles(columns)["a"]).problem == "ambiguous_number"


def test_a_person_can_declare_the_sign():
    declared = styles({"a": ["1.234", "5.678"]}, {"*": ","})
    assert parse_cell("1.234", declared["a"]).value == 1234
