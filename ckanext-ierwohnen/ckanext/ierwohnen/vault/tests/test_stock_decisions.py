"""Each kind of finding has a remedy that fits: rows or values are left out with their number, listed and revocable."""

# ruff: noqa: E501
from __future__ import annotations

import pytest

from ckanext.ierwohnen.addresses.register import Address, Register
from ckanext.ierwohnen.addresses.writing import HouseNumber
from ckanext.ierwohnen.tables.reading import read_table
from ckanext.ierwohnen.vault.errors import VaultError
from ckanext.ierwohnen.vault.repair_texts import KINDS, reported, summary, told
from ckanext.ierwohnen.vault.stock_change import Earlier
from ckanext.ierwohnen.vault.stock_check import StockCheck
from ckanext.ierwohnen.vault.stock_problem import StockProblem, StockRefused
from ckanext.ierwohnen.vault.stock_repairs import OF_CELLS, OF_ROWS, fitting, repair_of

from .stock import YEAR_END

HEAD = "WE-Nr;Objekt;Straße;Haus-Nr.;Zimmer;Wohnfläche;Leerstand;Leerstandsgrund;NKM;Mietbeginn;Farbe\n"
GOOD = "".join(f"{n};O1;Lindenweg;5;3;60,5;nein;;400;01.03.2019;rot\n" for n in range(1, 6))
UNITS = {"s-2021/district": "1", "s-2021/quarter": "11"}


def register() -> Register:
    return Register([Address("a1", "Lindenweg", HouseNumber(5), "04103", "", UNITS)])


def check(lines: str, repairs=(), **options) -> StockCheck:
    content = (HEAD + GOOD + lines).encode()
    return StockCheck(read_table(content, "b.csv"), YEAR_END, register=register(), content=content, repairs=repairs, **options).run()


def errors(found: StockCheck) -> dict[tuple[str, str], tuple[int, ...]]:
    return {(one.code, one.column): one.rows for one in found.problems() if one.severity == "error"}


WRONG = {  # code, column → a seventh row of the file
    ("out-of-range", "Wohnfläche"): "6;O1;Lindenweg;5;3;5;nein;;400;01.03.2019;rot",
    ("no-number", "NKM"): "6;O1;Lindenweg;5;3;60;nein;;auf Anfrage;01.03.2019;rot",
    ("no-integer", "Zimmer"): None,
    ("no-date", "Mietbeginn"): "6;O1;Lindenweg;5;3;60;nein;;400;bald;rot",
    ("no-yes-no", "Leerstand"): "6;O1;Lindenweg;5;3;60;evtl.;;400;01.03.2019;rot",
    ("no-code", "Leerstandsgrund"): "6;O1;Lindenweg;5;3;60;ja;Schimmelbefall;;;rot",
    ("no-identifier", "Objekt"): "6;grün und blau gestrichen;Lindenweg;5;3;60;nein;;400;01.03.2019;rot",
    ("cell-error", "NKM"): "6;O1;Lindenweg;5;3;60;nein;;#DIV/0!;01.03.2019;rot",
}


@pytest.mark.parametrize(("code", "column"), [known for known, line in WRONG.items() if line])
def test_a_wrong_value_is_left_blank_or_its_row_left_out_and_both_are_told(code, column):
    line = WRONG[code, column]
    assert errors(check(line)) == {(code, column): (7,)}
    (problem,) = [one.as_dict() for one in check(line).problems() if one.severity == "error"]
    assert problem["may"] == ["blank", "rows"]
    for repair, rows in (({"action": "blank", "column": column, "code": code}, 6), ({"action": "cell", "column": column, "row": 7}, 6),
                         ({"action": "rows", "column": column, "code": code}, 5), ({"action": "row", "row": 7}, 5)):  # fmt: skip
        left = check(line, [repair_of(repair)])
        assert (left.loadable, left.rows) == (True, rows), (repair, left.problems())
        (met,) = left.repairs.counted()
        assert (met["cells"], met["rows"]) == (1, [7])
        for locale, word in (("de", "7"), ("en", "7")):
            sentence = told(reported(met), locale)
            assert word in sentence and "{" not in sentence
            assert not any(cell in sentence for cell in line.split(";") if len(cell) > 3)
    assert check(line).rows == 6 and not check(line).loadable, "nothing is decided by itself"


def test_what_is_blank_is_blank_in_what_is_loaded_and_nothing_else_is():
    line = WRONG["out-of-range", "Wohnfläche"]
    content = (HEAD + GOOD + line).encode()
    repairs = [{"action": "blank", "column": "Wohnfläche", "code": "out-of-range"}]
    (batch,) = StockCheck(read_table(content, "b.csv"), YEAR_END, repairs=repairs).batches()
    assert batch.to_pydict()["floor_area"] == ["60.5"] * 5 + [None]
    assert batch.to_pydict()["net_cold_rent"] == ["400"] * 6


def test_rows_of_totals_go_with_whatever_else_is_wrong_in_them():
    sums = "Summe;;;;15;302,5;;;99.999;;\n6;O1;Lindenweg;5;3;60;nein;;99.999;01.03.2019;rot\nGesamt;;;;15;302,5;;;99.999;;\n"
    found = check(sums)
    assert errors(found) == {("total-row", "WE-Nr"): (7, 9), ("out-of-range", "NKM"): (7, 8, 9)}
    left = check(sums, [{"action": "rows", "column": "WE-Nr", "code": "total-row"}])
    assert errors(left) == {("out-of-range", "NKM"): (8,)} and left.rows == 6
    assert [(one["cells"], one["rows"]) for one in left.repairs.counted()] == [(2, [7, 9])]
    assert told(reported(left.repairs.counted()[0])) == "2 Zeilen ausgelassen (Summenzeilen), Zeilen 7, 9"


def test_wrong_numbers_of_dwellings_leave_their_rows_out():
    lines = ";O1;Lindenweg;5;3;60;nein;;1;;\n2;O1;Lindenweg;5;3;60;nein;;2;;\n2;O1;Lindenweg;5;3;60;nein;;3;;\n"
    repairs = [{"action": "rows", "column": "WE-Nr", "code": code} for code in ("empty-id", "id-twice")]
    assert errors(check(lines)) == {("empty-id", "WE-Nr"): (7,), ("id-twice", "WE-Nr"): (3, 8, 9)}
    left = check(lines, repairs)
    assert (left.loadable, left.rows) == (True, 5)
    assert [(one["cells"], one["rows"]) for one in left.repairs.counted()] == [(1, [7]), (2, [8, 9])]
    (problem,) = [one.as_dict() for one in check(lines.split("\n")[0]).problems() if one.severity == "error"]
    assert problem["may"] == ["rows"], "a dwelling without a number is none"
    torn = check("6;O1;Lindenweg;5;3;60;nein;;1;;;4;5\n", [{"action": "rows", "column": "", "code": "ragged-row"}])
    assert (torn.loadable, torn.rows) == (True, 5) and torn.repairs.counted()[0]["rows"] == [7]


def test_personal_data_stay_refused_whatever_is_decided():
    for repair in ({"action": "row", "row": 7}, {"action": "cell", "column": "Farbe", "row": 7},
                   {"action": "column", "column": "Farbe", "field": ""}, {"action": "rows", "column": "Objekt", "code": "no-identifier"}):  # fmt: skip
        found = check("6;Frau Geheim;Lindenweg;5;3;60;nein;;400;;Rückruf Frau Geheim", [repair])
        assert not found.loadable and {one.column for one in found.personal} == {"Objekt", "Farbe"}
        assert "Geheim" not in repr((found.problems(), found.personal))


def test_a_column_that_nobody_knows_asks_what_it_is_until_somebody_says_so():
    def unused(*repairs, mapping=None) -> list[tuple[str, str]]:
        return [(one.column, str(one.severity)) for one in check("", repairs, mapping=mapping).problems() if one.code == "unused"]

    assert unused() == [("Farbe", "warning")]
    assert unused({"action": "column", "column": "Farbe", "field": ""}) == []
    assert unused(mapping={"WE-Nr": "dwelling"}) == [("Farbe", "warning")]
    assert unused(mapping={"Farbe": ""}) == []
    moved = check("", [{"action": "column", "column": "Objekt", "field": "dwelling"}])
    assert moved.mapping["Objekt"] == "dwelling" and "WE-Nr" not in moved.mapping
    assert moved.columns()["WE-Nr"][0] == "unused" and ("id-twice", "Objekt") in errors(moved)
    both = [{"action": "column", "column": column, "field": "rooms"} for column in ("Zimmer", "Farbe")]
    assert ("field-twice", "Farbe") in errors(check("", both))
    assert told({"action": "column", "column": "Farbe", "field": "", "cells": 0}) == "Spalte „Farbe“: nicht geladen"
    assert told({"action": "column", "column": "K", "field": "dwelling", "cells": 0}, "en") == "“K” is: dwelling id"


def test_decisions_that_another_file_can_have_are_those_of_its_columns():
    repairs = [{"action": "rows", "column": "WE-Nr", "code": "total-row"}, {"action": "blank", "column": "NKM", "code": "no-number"},
               {"action": "row", "row": 4}, {"action": "cell", "column": "WE-Nr", "row": 4},
               {"action": "rows", "column": "WE-Nr", "code": "no-identifier"}, {"action": "rows", "column": "", "code": "ragged-row"},
               {"action": "blank", "column": "Miete", "code": "no-number"}, {"action": "value", "column": "Miete", "value": "300,00 €", "becomes": ""},
               {"action": "value", "column": "Miete", "value": "-", "becomes": ""},
               {"action": "address", "street": "x", "house_number": "", "postcode": "", "place": "", "address": "a"}]  # fmt: skip
    kept, left = fitting(repairs, ["WE-Nr", "Miete"])
    assert kept == [repairs[0], *repairs[-2:]], "what leaves out a whole kind was decided for rows that somebody has seen"
    assert left == repairs[1:-2]
    assert summary(kept) == "1 Wert gedeutet, alle Summenzeilen ausgelassen, 1 Adresse gewählt"
    assert summary(left) == ("1 Wert gedeutet, 1 einzelner Wert leer gelassen, Werte leer gelassen (keine Zahl), 1 Zeile ausgelassen, "
                             "Zeilen ausgelassen (keine Nummer, mit falscher Zahl von Feldern)")  # fmt: skip


def test_a_summary_tells_how_many_rows_and_values_of_which_kind():
    total, blank = {"action": "rows", "code": "total-row", "column": "a"}, {"action": "blank", "code": "no-date", "column": "b"}
    assert summary([{**total, "cells": 12}, {**blank, "cells": 3}]) == "3 Werte leer gelassen (kein Datum), 12 Zeilen ausgelassen (Summenzeilen)"
    assert summary([{**total, "cells": 1}, {**blank, "cells": 1}], "en") == "1 value left blank (no date), 1 row left out (rows of totals)"
    assert summary([total, blank], "en") == "values left blank (no date), all rows of totals left out"
    for locale in ("de", "en"):
        every = [{"action": action, "code": code, "column": "x"} for action, codes in (("rows", OF_ROWS), ("blank", OF_CELLS)) for code in codes]
        assert len(summary(every, locale)) < 200, "it has to fit into a purpose"


@pytest.mark.parametrize("wrong", [
    {"action": "rows", "column": "a", "code": "unused"}, {"action": "blank", "column": "a", "code": "total-row"},
    {"action": "blank", "column": "", "code": "no-number"}, {"action": "column", "column": "a", "field": "colour"},
    {"action": "cell", "column": "a", "row": "x"},
])  # fmt: skip
def test_what_no_repair_can_be_is_refused(wrong):
    with pytest.raises(VaultError, match="repair-wrong"):
        repair_of(wrong)


@pytest.mark.parametrize("becomes", ["Frau Geheim", "0176 12345678", "anna.mueller@example.org"])
def test_no_person_comes_in_by_a_repair(becomes):
    with pytest.raises(VaultError, match="repair-personal"):
        repair_of({"action": "value", "column": "Objekt", "value": "x", "becomes": becomes})


def test_each_kind_has_words_and_bounds_have_units():
    assert set(KINDS) == {*OF_CELLS, *OF_ROWS}
    (area,) = [one for one in check(WRONG["out-of-range", "Wohnfläche"]).problems() if one.code == "out-of-range"]
    assert "(8 bis 1\u202f000 m²)" in area.as_dict("de")["message"] and "(8 to 1,000 m²)" in area.as_dict("en")["message"]
    (rent,) = [one for one in check("6;O1;Lindenweg;5;3;60;nein;;99.999;;rot").problems() if one.code == "out-of-range"]
    assert "€ im Monat)" in rent.as_dict("de")["message"] and "€ per month)" in rent.as_dict("en")["message"]


def earlier(count: int, quarters: dict[str, int] | None = None) -> Earlier:
    units = {f'{{"s-2021/district": "1", "s-2021/quarter": "{key}"}}': n for key, n in (quarters or {"11": count}).items()}
    return Earlier("2024-12-31", count, units, {"s-2021/quarter": {"12": "Eichgrund"}})


def test_a_change_is_told_in_the_right_number():
    def told_of(count: int, quarters: dict[str, int], locale: str) -> list[str]:
        now = "\n".join(f"{n};O{n};Lindenweg;5;3;60;nein;;400;;rot" for n in range(10, 20))
        found = check(now, earlier=earlier(count, quarters)).problems()
        return [one.as_dict(locale)["message"] for one in found if one.code in ("large-change", "quarters-empty")]

    assert told_of(1, {"11": 1}, "de")[0].startswith("1 Wohnung im Bestand vom 31.12.2024, 15 in dieser Datei")
    assert told_of(1, {"11": 1}, "en")[0].startswith("1 dwelling in the stock of ")
    assert "Am 31.12.2024 hatte ein Gebiet Wohnungen, in dem diese Datei keine mehr nennt: Eichgrund." in told_of(15, {"12": 15}, "de")
    two = told_of(15, {"12": 8, "13": 7}, "de")
    assert "Am 31.12.2024 hatten 2 Gebiete Wohnungen, in denen diese Datei keine mehr nennt: Eichgrund, 13." in two


def test_a_large_change_against_the_stock_before_asks_and_is_not_loaded_unconfirmed():
    def asks(before: Earlier) -> list[str]:
        return check("", earlier=before).to_confirm

    assert asks(earlier(5)) == asks(earlier(9)) == []
    assert asks(earlier(12)) == ["large-change"] and asks(earlier(8400)) == ["large-change"]
    assert asks(earlier(7, {"11": 3, "12": 4})) == [] and asks(earlier(7, {"11": 1, "12": 6})) == ["quarters-empty"]
    found = check("", earlier=earlier(8400, {"11": 8000, "12": 400}))
    assert found.loadable and found.to_confirm == ["large-change", "quarters-empty"]
    large, empty = (StockProblem.of(one.stored()) for one in found.problems() if one.code in found.to_confirm)
    assert large.as_dict()["message"].startswith("8\u202f400 Wohnungen im Bestand vom 31.12.2024, 5 in dieser Datei")
    assert "Eichgrund" in empty.as_dict()["message"] and "confirm" in empty.as_dict("en")["remedy"]
    with pytest.raises(StockRefused) as refused:
        content = (HEAD + GOOD).encode()
        list(StockCheck(read_table(content, "b.csv"), YEAR_END, earlier=earlier(8400), confirmed=False).batches())
    assert refused.value.code == "change-unconfirmed"


def test_a_file_without_the_dwellings_that_are_loaded_asks_by_their_numbers():
    def found(*numbers: str) -> StockCheck:
        before = Earlier(YEAR_END.isoformat(), 6, numbers=frozenset(numbers))
        return check("6;O1;Lindenweg;5;3;60;nein;;400;;\n", earlier=before)

    assert found("1", "2", "3", "4", "x", "y").to_confirm == [], "two are gone"
    parts = found("a", "b", "c", "d", "e", "f")
    assert parts.loadable and parts.to_confirm == ["dwellings-gone"]
    (problem,) = (StockProblem.of(one.stored()).as_dict() for one in parts.problems() if one.code == "dwellings-gone")
    assert problem["message"].startswith("6 von 6 Wohnungen im Bestand vom 31.12.2024 stehen nicht in dieser Datei")
    assert "ganzen Bestand" in problem["remedy"]


def test_what_was_decided_about_columns_holds_for_the_next_date_until_it_is_decided_otherwise():
    before = Earlier("2023-12-31", 5, decided=[
        {"action": "column", "column": "Farbe", "field": "place"}, {"action": "key", "column": "WE-Nr", "with": "object"},
        {"action": "column", "column": "Belegung", "field": "vacant"}])  # fmt: skip
    found = check("", earlier=before)
    assert found.mapping["Farbe"] == "place" and [one["action"] for one in found.repairs.listed] == ["column", "key"], "no column „Belegung“ here"
    assert [one.get("again") for one in found.decisions()] == [True, True]
    (told_again,) = (StockProblem.of(one.stored()).as_dict() for one in found.problems() if one.code == "roles-again")
    assert "31.12.2023" in told_again["message"] and "„Farbe“: Ort" in told_again["message"] and told_again["severity"] == "hint"
    other = check("", [{"action": "column", "column": "Farbe", "field": ""}, {"action": "key", "column": "WE-Nr", "with": ""}], earlier=before)
    assert "Farbe" not in other.mapping and "roles-again" not in {one.code for one in other.problems()}
