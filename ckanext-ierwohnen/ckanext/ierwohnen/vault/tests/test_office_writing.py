"""What offices and spreadsheets make of house numbers, storeys, rooms and headings is read, or named for what it is."""

# ruff: noqa: E501
from __future__ import annotations

import datetime as dt
import io

import pytest
from openpyxl import Workbook

from ckanext.ierwohnen.tables.reading import read_table
from ckanext.ierwohnen.vault.excel_dates import typed
from ckanext.ierwohnen.vault.file_view import to_decide
from ckanext.ierwohnen.vault.stock_check import StockCheck

from .stock import YEAR_END


def check(text: str, **options) -> StockCheck:
    return StockCheck(read_table(text.encode(), "b.csv"), YEAR_END, content=text.encode(), **options)


def values(text: str, **options) -> dict:
    (batch,) = check(text, **options).batches()
    return batch.to_pydict()


@pytest.mark.parametrize(("text", "meant"), [
    ("05.07.2026", ("5-7",)), ("2026-07-05", ("5-7",)), ("01.03.1945", ("3-45",)), ("01.07.2026", ("1-7", "7-26")), ("05. Jul", ("5-7",)),
    ("Mrz 45", ("3-45",)), ("12.03.1956", ()), ("5-7", ()), ("12 a", ()), ("31.13.2026", ()),
])  # fmt: skip
def test_a_day_tells_which_house_number_was_typed(text, meant):
    assert typed(text) == meant


def test_a_day_among_house_numbers_is_excel_s_and_can_be_mended_here():
    book = Workbook()
    book.active.append(["WE-Nr", "Straße", "Hausnr."])
    for n in range(1, 40):
        book.active.append([str(n), "Talweg", dt.datetime(2026, 7, 5) if n == 9 else n])
    kept = io.BytesIO()
    book.save(kept)

    def of_book(*repairs) -> StockCheck:
        return StockCheck(read_table(kept.getvalue(), "b.xlsx"), YEAR_END, content=kept.getvalue(), repairs=repairs)

    found = of_book().run()
    assert found.personal == []
    (problem,) = (one.as_dict() for one in found.problems())
    assert (problem["code"], problem["rows"]) == ("excel-date", [10]) and "Excel" in problem["message"] and "als Text" in problem["remedy"]
    (offered,) = to_decide(found, None)["values"]
    assert offered["may"] == ["5-7", ""]
    mended = of_book({"action": "value", "column": "Hausnr.", "value": offered["value"], "becomes": "5-7"})
    (batch,) = mended.batches()
    assert batch.to_pydict()["house_number"][8] == "5-7"


def test_a_day_of_birth_among_house_numbers_stays_one():
    lines = "".join(f"{n};Talweg;{'12.03.1956' if n == 9 else n}\n" for n in range(1, 40))
    assert [one.kind for one in check(f"WE-Nr;Straße;Hausnr.\n{lines}").run().personal] == ["birth_date"]


def test_spelled_storeys_and_half_rooms_are_numbers():
    floors = {"EG": "0", "Erdgeschoss links": "0", "1. OG": "1", "3.OG re.": "3", "UG": "-1", "KG": "-1", "2. Obergeschoß": "2", "4": "4"}
    rooms = {"2 1/2": "2.5", "2½": "2.5", "3": "3", "1,5": "1.5"}
    text = "WE-Nr;Adresse;Geschoss;Zimmer\n" + "".join(f"{n};Talweg 1;{floor};{room}\n" for n, (floor, room) in enumerate(zip(floors, [*rooms] * 2, strict=True)))
    found = values(text)
    assert found["floor"] == [*floors.values()] and found["rooms"] == [*rooms.values()] * 2
    assert values("WE-Nr;Adresse;Zimmer\n1;T 1;2.5\n2;T 1;3.5\n3;T 1;2 1/2\n")["rooms"] == ["2.5", "3.5", "2.5"]


def test_an_attic_is_on_no_storey_until_somebody_says_so():
    text = "WE-Nr;Adresse;Geschoss\n1;Talweg 1;DG\n2;Talweg 1;EG\n"
    found = check(text).run()
    assert [(one.code, one.rows) for one in found.problems()] == [("no-number", (2,))]
    (offered,) = to_decide(found, None)["values"]
    assert {"4", ""} <= set(offered["may"])
    assert values(text, repairs=[{"action": "value", "column": "Geschoss", "value": "DG", "becomes": "4"}])["floor"] == ["4", "0"]


def test_numbers_of_tenants_are_called_numbers():
    (found,) = check("WE-Nr;Adresse;Mieter-Nr.\n" + "".join(f"{n};Talweg 1;7000{n:02}\n" for n in range(20))).run().personal
    assert found.kind == "number" and "Kennnummern von Personen" in found.message()


def test_a_column_made_of_lines_between_the_dwellings_is_said_to_be_that():
    houses = "".join(f"Objekt {h}: Talweg {h};;\n" + "".join(f"{h}.{n};Talweg {h};{n}\n" for n in range(1, 6)) for h in range(1, 7))
    (problem,) = (one.as_dict() for one in check(f"WE-Nr;Adresse;Zimmer\n{houses}").run().problems())
    assert problem["code"] == "unused-section" and "die die Datei selbst nicht hat" in problem["message"]


def test_formulas_without_a_result_in_rows_that_are_left_out_are_no_matter():
    book = Workbook()
    book.active.append(["WE-Nr", "Adresse", "Zimmer"])
    for n in range(1, 6):
        book.active.append([f"1.{n}", "Talweg 1", 2])
    book.active.append([None, "Talweg 1", "=1+1"])
    book.active.append(["1.7", "Talweg 1", 2])
    kept = io.BytesIO()
    book.save(kept)

    def codes(*repairs) -> list[str]:
        found = StockCheck(read_table(kept.getvalue(), "b.xlsx"), YEAR_END, repairs=repairs).run()
        return [one.code for one in found.problems() if one.severity == "error"]

    assert codes() == ["empty-id", "formula-without-value"]
    assert codes({"action": "rows", "column": "WE-Nr", "code": "empty-id"}) == []
