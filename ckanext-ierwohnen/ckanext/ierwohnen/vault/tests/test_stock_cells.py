"""What a spreadsheet leaves in a company's table that is no dwelling and no figure: it is told, never taken or dropped."""

# ruff: noqa: E501
from __future__ import annotations

import pytest

from ckanext.ierwohnen.tables.reading import read_table
from ckanext.ierwohnen.tables.tests.sheets import xlsx
from ckanext.ierwohnen.vault.stock_check import StockCheck
from ckanext.ierwohnen.vault.stock_problem import StockProblem

from .stock import YEAR_END

HEAD = ["WE-Nr", "Objekt", "Straße", "Zimmer", "NKM", "Leerstand", "Mietbeginn"]
ROW = ["O1", "Lindenweg", 3, 400.5, "nein", "01.02.2020"]


def workbook(change=None, rows: int = 8) -> bytes:
    return xlsx({"Bestand": [HEAD, *([f"W{n:03}", *ROW] for n in range(rows))]}, change)


def check(content: bytes, name: str = "b.xlsx", repairs=()) -> StockCheck:
    return StockCheck(read_table(content, name), YEAR_END, content=content, repairs=repairs).run()


def errors(found: StockCheck) -> dict[tuple[str, str], tuple[int, ...]]:
    return {(one.code, one.column): one.rows for one in found.problems() if one.severity == "error"}


def formulas(book) -> None:
    for row in range(2, 10):
        book.active[f"E{row}"] = f"=D{row}*150"


def test_formulas_that_were_never_reckoned_are_no_missing_rents():
    found = check(workbook(formulas))
    assert errors(found) == {("formula-without-value", "NKM"): tuple(range(2, 10))}
    (told,) = [StockProblem.of(one.stored()).as_dict() for one in found.problems()]
    assert "Blatt „Bestand“" in told["message"] and "8 Formeln" in told["message"] and "speichern" in told["remedy"]
    some = check(workbook(lambda book: book.active.__setitem__("E4", "=D4*2")))
    assert errors(some) == {("formula-without-value", "NKM"): (4,)}
    assert check(workbook(lambda book: book.active.__setitem__("E4", "=D4*2")), repairs=[{"action": "row", "row": 4}]).loadable
    mapping = {"NKM": ""}  # a column that is not stored may hold what it likes
    content = workbook(formulas)
    assert StockCheck(read_table(content, "b.xlsx"), YEAR_END, mapping, content=content).run().loadable


@pytest.mark.parametrize("error", ["#REF!", "#DIV/0!", "#N/A", "#VALUE!", "#NAME?"])
def test_errors_of_a_spreadsheet_are_no_missing_cells(error):
    def change(book) -> None:
        for place in ("B3", "C4", "D5", "E6", "E9", "F7", "G8"):
            book.active[place] = error

    expected = {("cell-error", column): (row,) for row, column in enumerate(HEAD[1:], 3)} | {("cell-error", "NKM"): (6, 9)}
    found = check(workbook(change))
    assert errors(found) == expected
    lines = [HEAD, *([f"W{n:03}", *ROW] for n in range(8))]
    for row, column in ((3, 1), (4, 2), (5, 3), (6, 4), (9, 4), (7, 5), (8, 6)):
        lines[row - 1] = [*lines[row - 1][:column], error, *lines[row - 1][column + 1 :]]
    text = "\n".join(";".join(map(str, line)) for line in lines).replace("400.5", "400,5")
    assert errors(check(text.encode(), "b.csv")) == expected
    assert error in found.open_values["NKM"]
    repairs = [{"action": "value", "column": column, "value": error, "becomes": ""} for column in HEAD[1:]]
    assert check(workbook(change), repairs=repairs).loadable


def listed(*lines: str) -> StockCheck:
    text = "\n".join(["Nr.;Objekt;WE-Nr;Zimmer;NKM;Leerstand", *(f"{n};O1;W{n};3;400,5;nein" for n in range(1, 6)), *lines])
    return check(text.encode(), "b.csv")


@pytest.mark.parametrize("word", ["Summe", "SUMME:", "Gesamt", "Insgesamt", "Total", "Zwischensumme", "Summe Objekt 12", "Gesamt Wohnungen", "∑"])
def test_rows_of_totals_are_no_dwellings(word):
    assert errors(listed(f";;{word};15;15000;")) == {("total-row", "WE-Nr"): (7,)}
    assert errors(listed(f"{word};O1;5;15;15000;")) == {("total-row", "Nr."): (7,)}
    left = StockCheck(read_table(f"WE-Nr;Zimmer\nW1;3\n{word};3".encode(), "b.csv"), YEAR_END, repairs=[{"action": "row", "row": 3}]).run()
    assert (left.loadable, left.rows) == (True, 1)


@pytest.mark.parametrize("number", ["Gesamt-01", "Gesamtschule 12", "Total-3", "Summerhof 4", "Gesamt 12", "W-Summe-3", "Zusammenhang 1"])
def test_numbers_that_begin_like_a_total_are_numbers(number):
    assert ("total-row", "WE-Nr") not in errors(listed(f"6;O1;{number};3;400;nein"))


def test_a_vacant_dwelling_with_a_rent_is_a_hint():
    found = listed("6;O1;W6;3;400;ja", "7;O1;W7;3;;ja", "8;O1;W8;3;-;ja")
    assert [(one.column, one.rows) for one in found.problems() if one.code == "vacant-but-rent"] == [("NKM", (7,))]
    assert found.loadable
