"""Figures, signs, numbers and dates as readers see them."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.ierwohnen.look.figure import Figure
from ckanext.ierwohnen.look.numbers import format_date, format_number
from ckanext.ierwohnen.look.signs import Status, explanation, label, legend, spellings, vocabulary


@pytest.mark.parametrize(
    ("value", "options", "text"),
    [
        (89614, {}, "89\u202f614"),
        (1234567.5, {}, "1\u202f234\u202f567,5"),
        (5.25, {"precision": 1}, "5,3"),
        (2.675, {"precision": 2}, "2,68"),
        (-0.04, {"precision": 1}, "0,0"),
        (-3.3, {}, "−3,3"),
        (0.3, {"signed": True}, "+0,3"),
        (0.0, {"signed": True, "precision": 1}, "±0,0"),
        (-0.3, {"signed": True}, "−0,3"),
        (5.2, {"unit": "%"}, "5,2\u202f%"),
        (7, {"unit": "€/m²"}, "7\u00a0€/m²"),
        (1e15, {}, "1\u202f000\u202f000\u202f000\u202f000\u202f000"),
        (1e-7, {}, "0,0000001"),
        (89614.5, {"locale": "en"}, "89,614.5"),
        (None, {}, "–"),
        (float("nan"), {}, "–"),
    ],
)
def test_numbers_are_written_as_our_readers_write_them(value, options, text):
    assert format_number(value, **options) == text


NUMBERS = st.one_of(
    st.integers(-(10**15), 10**15), st.floats(-1e12, 1e12, allow_nan=False), st.decimals(-1e9, 1e9, places=4)
)


@given(NUMBERS, st.one_of(st.none(), st.integers(0, 4)), st.booleans())
def test_any_number_reads_back_as_it_was_rounded(value, precision, signed):
    german = format_number(value, precision=precision, signed=signed)
    english = format_number(value, precision=precision, signed=signed, locale="en")
    assert re.fullmatch(r"[±+−]?\d{1,3}(\u202f\d{3})*(,\d+)?", german)
    exact = value if isinstance(value, Decimal) else Decimal(repr(value))
    rounded = exact if precision is None else exact.quantize(Decimal(1).scaleb(-precision), ROUND_HALF_UP)
    read = german.replace("\u202f", "").replace(",", ".").replace("−", "-").lstrip("±+")
    assert Decimal(read) == rounded and english.translate({44: "\u202f", 46: ","}) == german
    if precision is not None:
        assert len(german.partition(",")[2]) == precision
    assert german[0] in (("±" if rounded == 0 else "+−") if signed else "−0123456789")


@pytest.mark.parametrize(
    ("value", "german", "english"),
    [
        (date(2025, 12, 31), "31.12.2025", "31 December 2025"),
        ("2025", "2025", "2025"),
        ("2025-06", "Juni 2025", "June 2025"),
        ("2025-Q2", "2. Quartal 2025", "Q2 2025"),
        ("2023-H2", "2. Halbjahr 2023", "H2 2023"),
        ("2015/2025", "2015 bis 2025", "2015 to 2025"),
        (datetime(2025, 1, 2, 14, 5), "02.01.2025, 14:05\u00a0Uhr", "2 January 2025, 14:05"),
        ("laufend", "laufend", "laufend"),
        ("2025-13", "2025-13", "2025-13"),
        (None, "", ""),
    ],
)
def test_dates_and_periods_are_written_in_both_languages(value, german, english):
    assert format_date(value) == german
    assert format_date(value, locale="en") == english


@pytest.mark.parametrize(
    ("value", "status", "figure"),
    [
        (5.2, None, Figure(5.2, Status.OK, "5,2")),
        (12.3, "limited", Figure(12.3, Status.LIMITED, "(12,3)")),
        (12, "preliminary", Figure(12.0, Status.PRELIMINARY, "12p")),
        (0, "nothing", Figure(0.0, Status.NOTHING, "–")),
        (0, "below_half", Figure(0.0, Status.BELOW_HALF, "0")),
        (None, None, Figure(None, Status.MISSING, "k. A.")),
        (float("nan"), None, Figure(None, Status.MISSING, "k. A.")),
    ],
)
def test_a_figure_shows_its_status(value, status, figure):
    assert Figure.of(value, status) == figure


def test_a_number_under_a_hiding_status_does_not_leave():
    hidden = Figure.of(17, Status.SECRET, unit="%")
    assert hidden.as_dict() == {"value": None, "status": "secret", "text": "."}


def test_every_status_but_ok_has_a_sign_in_both_languages():
    assert set(vocabulary()) == set(Status) - {Status.OK}
    for status in vocabulary():
        assert label(status, "de") and label(status, "en") and explanation(status, "de_DE")
    assert label(Status.OK) == ""


def test_no_spelling_stands_for_two_signs():
    read = [text for sign in vocabulary().values() for text in sign.read]
    assert len(read) == len(set(read))
    assert spellings("beside") == {
        "p": "preliminary", "P": "preliminary", "r": "corrected",
        "R": "corrected", "s": "estimated", "S": "estimated",
    }  # fmt: skip


def test_a_legend_names_each_sign_once_and_in_order():
    found = legend(["ok", "uncertain", "secret", "uncertain"])
    assert [sign.status for sign in found] == [Status.SECRET, Status.UNCERTAIN]
