"""Addresses that stand once for each house, and those that are blank or in no column at all."""

# ruff: noqa: E501
from __future__ import annotations

import io

import pytest
from openpyxl import Workbook

from ckanext.ierwohnen.addresses.register import Address, Register
from ckanext.ierwohnen.addresses.writing import HouseNumber
from ckanext.ierwohnen.tables.reading import read_table
from ckanext.ierwohnen.vault.record import propose
from ckanext.ierwohnen.vault.stock_check import StockCheck

from .stock import YEAR_END

HEAD = ["WE-Nr", "Straße", "Hausnummer", "PLZ", "Zimmer"]
ABOVE = {"action": "above", "column": "Straße"}


def register() -> Register:
    return Register([Address(f"a{n}", "Talweg", HouseNumber(n), "99015", "", {"q/quarter": "1"}) for n in range(1, 4)])


def houses() -> list[list[str]]:
    """Three houses of four dwellings, of which only the first of each has the address."""
    return [[f"{n}.{d}", *(["Talweg", str(n), "99015"] if d == 1 else ["", "", ""]), "2"] for n in range(1, 4) for d in range(1, 5)]


def check(rows, *repairs, head=HEAD) -> StockCheck:
    text = "\n".join(";".join(row) for row in [head, *rows]) + "\n"
    return StockCheck(read_table(text.encode(), "b.csv"), YEAR_END, register=register(), content=text.encode(), repairs=repairs)


def told(found: StockCheck) -> dict[str, dict]:
    return {one.code: one.as_dict() for one in found.problems()}


def test_blank_addresses_are_said_to_be_blank_and_taken_from_above_where_that_fits():
    found = told(check(houses()).run())
    assert set(found) == {"no-address"} and found["no-address"]["count"] == 9 and found["no-address"]["may"] == ["above"]
    assert "leer" in found["no-address"]["message"] and "Zeile darüber" in found["no-address"]["remedy"]
    filled = check(houses(), ABOVE)
    (batch,) = filled.batches()
    assert batch.to_pydict()["address_id"] == [f"a{n}" for n in (1, 2, 3) for _ in range(4)]
    assert batch.to_pydict()["postcode"] == ["99015"] * 12 and filled.repairs.counted()[0]["cells"] == 9
    assert told(filled) == {}


def test_merged_cells_are_read_like_that():
    book = Workbook()
    for row in (HEAD, *houses()):
        book.active.append([cell or None for cell in row])
    for column in "BCD":
        for first in (2, 6, 10):
            book.active.merge_cells(f"{column}{first}:{column}{first + 3}")
    kept = io.BytesIO()
    book.save(kept)
    found = StockCheck(read_table(kept.getvalue(), "b.xlsx"), YEAR_END, register=register(), repairs=[ABOVE]).run()
    assert dict(found.addresses.ways) == {"exact": 12}


def test_across_pieces_of_the_table_the_house_goes_on():
    found = check(houses(), ABOVE)
    chunks = found._table.chunks
    found._table.chunks = lambda: chunks(3)
    assert [one for batch in found.batches() for one in batch.to_pydict()["address_id"]] == [f"a{n}" for n in (1, 2, 3) for _ in range(4)]


@pytest.mark.parametrize("change", ["repeats", "first", "few"])
def test_where_a_single_address_is_missing_none_is_taken_from_above(change):
    rows = houses()
    if change == "repeats":
        rows[1][1:4] = rows[0][1:4]
    elif change == "first":
        rows[0][1:4] = ["", "", ""]
    else:
        rows = [[str(n), "Talweg", str(n % 3 + 1), "99015", "2"] for n in range(9)] + [["x", "", "", "", "2"]]
    assert told(check(rows).run())["no-address"]["may"] == []


def test_a_missing_house_number_is_blank_and_no_street_that_nobody_knows():
    found = told(check([["1", "Talweg", "", "99015", "2"], ["2", "Talweg", "9", "99015", "2"]]).run())
    assert (found["no-address"]["rows"], found["unmatched"]["rows"]) == ([2], [3])


@pytest.mark.parametrize("name", ["Straße und Hausnummer", "Str. / Hausnr.", "Straße/Nr.", "Straße, Nr.", "Objektadresse", "Strasse u. Haus-Nr."])
def test_street_and_number_in_one_column_are_known_by_many_names(name):
    assert propose([name]) == {name: "street"}


def test_where_no_column_is_the_address_that_is_said():
    found = told(check([["1", "Talweg 1"]], head=["WE-Nr", "wo"]).run())["no-street-column"]
    assert found["severity"] == "warning" and "Keine Wohnung kann einem Gebiet zugeordnet werden" in found["message"]
    assert "no-street-column" not in told(check([["1", "Talweg 1"]], {"action": "column", "column": "wo", "field": "street"}, head=["WE-Nr", "wo"]).run())
