"""A table without meanings gets a course where a date stands in each row; else nothing is guessed."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from ckanext.ierwohnen.previews.stock_table import stock_of, stock_readings


@dataclass
class Column:
    name: str
    type: str
    label: str = ""


YEAR, DATE, PEOPLE, RATE = Column("Jahr", "int"), Column("tag", "timestamp"), Column("n", "int"), Column("q", "numeric")


@pytest.mark.parametrize(
    ("columns", "date", "numbers"),
    [
        ([YEAR, PEOPLE, RATE], "Jahr", ["n", "q"]),
        ([PEOPLE, DATE, YEAR], "tag", ["n"]),
        ([Column("Berichtsjahr", "text"), RATE], "Berichtsjahr", ["q"]),
        ([YEAR, Column("PLZ", "int"), Column("gebiet_nr", "int"), RATE], "Jahr", ["q"]),
    ],
)
def test_dates_and_numbers_are_found(columns, date, numbers):
    found = stock_of(columns)
    assert (found.date.name, [one.name for one in found.numbers]) == (date, numbers)


NOTHING = [[], [YEAR], [PEOPLE, RATE], [YEAR, Column("id", "int")], [Column("Baujahr", "int"), RATE]]


@pytest.mark.parametrize("columns", NOTHING, ids=["empty", "no number", "no date", "only a key", "no date of the row"])
def test_without_date_or_number_there_is_no_course(columns):
    assert stock_of(columns) is None


def test_one_row_a_date_is_a_course():
    stock = stock_of([DATE, RATE])
    rows = [{"tag": f"2025-0{month}-01T00:00:00", "q": value} for month, value in ((1, "1.5"), (2, None), (3, 2))]
    frame = stock_readings(stock, rows, "q")
    assert list(frame["period"]) == ["2025-01-01", "2025-02-01", "2025-03-01"]
    assert list(frame["value"].dropna()) == [1.5, 2.0] and set(frame["level"]) == {"city"}


def test_a_date_in_several_rows_is_no_course():
    stock = stock_of([YEAR, PEOPLE])
    rows = [{"Jahr": 2024, "n": 1}, {"Jahr": 2024, "n": 2}, {"Jahr": 2025, "n": 3}]
    assert stock_readings(stock, rows, "n") is None
    assert stock_readings(stock, rows[1:2], "n") is None
    assert stock_readings(stock, rows[1:], "n") is not None
    assert stock_readings(stock, [{"Jahr": 2024, "n": 1}, {"Jahr": 7, "n": 2}], "n") is None
