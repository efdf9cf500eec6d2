"""Cells of any table: short where they are long, and in the reader's words."""

from __future__ import annotations

import pytest

from ckanext.ierwohnen.previews.plain_cells import MOST_LETTERS, MOST_SHOWN, LongText, plain_cell


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (1e308, "1 · 10³⁰⁸"),
        (-1.5e-12, "−1,5 · 10⁻¹²"),
        (10**40 + 7, "1 · 10⁴⁰"),
        (123456789012345, "123456789012345"),
        (0.1, "0,1"),
        (3.0, "3"),
        (-2, "−2"),
        (float("nan"), "nan"),
        (True, "ja"),
        (False, "nein"),
        ([1, "ä", None], '[1, "ä", null]'),
        ({"a": [True]}, '{"a": [true]}'),
        ("2010-01-01T00:00:00.000", "2010-01-01T00:00:00.000"),
    ],
)
def test_a_value_is_written_for_readers(value, text):
    assert plain_cell(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("2010-01-01T00:00:00.000", "01.01.2010"),
        ("2010-01-01T14:05:00", "01.01.2010, 14:05:00"),
        ("2010-01-31", "31.01.2010"),
        ("2010-13-31", "2010-13-31"),
        ("irgendwann", "irgendwann"),
    ],
)
def test_dates_are_dates_in_columns_of_dates(value, text):
    assert plain_cell(value, dated=True) == text


def test_english_words():
    assert (plain_cell(True, "en"), plain_cell(0.5, "en")) == ("yes", "0.5")
    assert plain_cell("2010-01-31", "en", dated=True) == "31 January 2010"


def test_a_long_text_is_cut_and_can_be_seen():
    text = "Wort " * 20_000
    cell = plain_cell(text)
    assert isinstance(cell, LongText)
    assert len(cell.start) <= MOST_LETTERS + 1 and cell.start.endswith("Wort…")
    assert len(cell.opened) == MOST_SHOWN and "95000" in cell.note and str(cell) == text
    assert plain_cell("kurz") == "kurz"
    assert plain_cell("y" * 200).opened == "y" * 200
