"""Numbers of dwellings that start anew in each house: no dwelling is lost by the first remedy that is offered."""

# ruff: noqa: E501
from __future__ import annotations

from ckanext.ierwohnen.tables.reading import read_table
from ckanext.ierwohnen.vault.repair_texts import reported, told
from ckanext.ierwohnen.vault.stock_check import StockCheck
from ckanext.ierwohnen.vault.stock_problem import StockProblem
from ckanext.ierwohnen.vault.stock_repairs import repair_of

from .stock import YEAR_END

HEAD = "VE-Nr;Objekt-Nr;Adresse;Zimmer;NKM\n"
HOUSES = "".join(f"{n:02};{1000 + house};Talweg {house};{1 + n % 4};{400 + n}\n" for house in range(1, 11) for n in range(1, 9))
NUMBER = {"action": "column", "column": "VE-Nr", "field": "dwelling"}
FIRST = {"action": "rows", "column": "VE-Nr", "code": "id-twice"}
KEY = {"action": "key", "column": "VE-Nr", "with": "object"}


def check(*repairs, lines: str = HOUSES, head: str = HEAD, **options) -> StockCheck:
    content = (head + lines).encode()
    given = [repair_of(one) for one in (NUMBER, *repairs)]
    return StockCheck(read_table(content, "b.csv"), YEAR_END, content=content, repairs=given, **options)


def twice(found: StockCheck, locale: str = "de") -> dict:
    (one,) = (one for one in found.problems() if one.code == "id-twice")
    return StockProblem.of(one.stored()).as_dict(locale)


def test_what_names_a_dwelling_together_with_its_number_is_found_and_said():
    problem = twice(check().run())
    assert (problem["keys"], problem["left"], problem["alike"]) == (["object"], 72, False)
    assert "Zusammen mit „Objektnummer“ ist jede Nummer eindeutig" in problem["remedy"]
    assert "object id" in twice(check().run(), "en")["remedy"]


def test_object_and_number_together_lose_no_dwelling():
    found = check(KEY)
    numbers = [number for batch in found.batches() for number in batch.to_pydict()["dwelling"]]
    assert found.loadable and len(set(numbers)) == 80 and numbers[0] == "1001/01" and numbers[-1] == "1010/08"
    met = found.repairs.counted()[-1]
    assert met["cells"] == 80 and told(reported(met)) == "Wohnungen bezeichnet durch „VE-Nr“ und Objektnummer"
    still = check(KEY, lines=HOUSES + "08;1010;Talweg 10;1;408\n").run()
    assert twice(still)["keys"] == [] and [one.rows for one in still.problems() if one.code == "id-twice"] == [(81, 82)]


def test_rows_that_differ_are_told_to_be_left_out_and_have_to_be_confirmed():
    found = check(FIRST).run()
    assert found.loadable and found.rows == 8 and found.to_confirm == ["rows-left-out"]
    (left,) = (one.as_dict() for one in found.problems() if one.code == "rows-left-out")
    assert left["count"] == 72 and "72 Zeilen werden ausgelassen" in left["message"] and "Geladen: 8." in left["message"]
    nothing = twice(check(head="VE-Nr;Farbe;Adresse;Zimmer;NKM\n").run())
    assert nothing["keys"] == [] and not nothing["alike"] and nothing["remedy"].endswith("ausgelassen: 72.")


def test_the_same_row_twice_is_no_question():
    lines = HOUSES.splitlines(keepends=True)[:8]
    problem = twice(check(lines="".join([*lines, lines[3]])).run())
    assert problem["alike"] and problem["left"] == 1 and "Die Zeilen sind gleich" in problem["remedy"]
    assert check(FIRST, lines="".join([*lines, lines[3]])).run().to_confirm == []


def test_what_is_wrong_in_rows_that_are_left_out_is_no_matter():
    wrong = "03;1001;Talweg 1;viele;auf Anfrage\n"
    found = check(FIRST, lines=HOUSES[: HOUSES.index("01;1002")] + wrong).run()
    assert found.loadable and found.rows == 8 and [one.code for one in found.problems()] == []
    assert not found.open_values
