"""What a person decided about a table is carried out while it is read, told without cells, and guessed by nobody."""

# ruff: noqa: E501
from __future__ import annotations

import pytest

from ckanext.ierwohnen.addresses.register import Address, Register
from ckanext.ierwohnen.addresses.writing import HouseNumber
from ckanext.ierwohnen.tables.reading import read_table
from ckanext.ierwohnen.vault import deliveries
from ckanext.ierwohnen.vault.errors import VaultError
from ckanext.ierwohnen.vault.file_view import to_decide
from ckanext.ierwohnen.vault.repair_texts import summary
from ckanext.ierwohnen.vault.stock_check import StockCheck
from ckanext.ierwohnen.vault.stock_repairs import added, repair_of, taken_back

from .stock import YEAR_END, company

TABLE = """WE-Nr;Straße;Haus-Nr.;PLZ;Aufzug;Modernisierungsstand;NKM
1;Lindenstr.;5;04103;ja;teilsaniert;412,34
2;Lindenstr.;50;04103;evtl.;neu;auf Anfrage
3;Goethestrasze;1;04103;evtl.;voll;300
3;Goethestr.;2;04103;nein;voll;310
;Summe;;;;;1.022,34
"""
REPAIRS = [
    {"action": "value", "column": "Aufzug", "value": "evtl.", "becomes": ""},
    {"action": "value", "column": "Modernisierungsstand", "value": "neu", "becomes": "voll"},
    {"action": "value", "column": "NKM", "value": "auf Anfrage", "becomes": ""},
    {"action": "row", "row": 5},
    {"action": "row", "row": 6},
    {"action": "address", "street": "Lindenstr.", "house_number": "50", "postcode": "04103", "place": "", "address": "a5"},
]


def register() -> Register:
    houses = [("Lindenstraße", 5), ("Lindenstraße", 7), ("Lindenstraße", 48), ("Goethestraße", 1), ("Goetheplatz", 1)]
    return Register([
        Address(f"a{n}", street, HouseNumber(number), "04103", "Mitte", {"q/quarter": f"0{n}"})
        for n, (street, number) in enumerate(houses, 3)
    ])  # fmt: skip


def checked(repairs=(), text: str = TABLE) -> StockCheck:
    return StockCheck(read_table(text.encode(), "b.csv"), YEAR_END, register=register(), content=text.encode(), repairs=repairs)


def test_what_can_be_decided_is_offered_and_nothing_is_guessed():
    check = checked().run()
    assert not check.loadable
    offered = to_decide(check, register())
    assert [(one["column"], one["value"], one["count"]) for one in offered["values"]] == [
        ("Aufzug", "evtl.", 2), ("Modernisierungsstand", "neu", 1), ("NKM", "auf Anfrage", 1)]  # fmt: skip
    assert offered["values"][0]["may"] == ["ja", "nein", ""] and offered["values"][2]["may"] == [""]
    assert offered["values"][1]["may"] == ["keine", "teilweise", "voll", ""]
    asked = {f"{one['street']} {one['house_number']}": one["suggestions"] for one in offered["addresses"]}
    assert asked["Lindenstr. 50"][0] == {"address": "a5", "text": "Lindenstraße 48, 04103 Mitte"}
    assert {"Goethestraße 1, 04103 Mitte"} <= {one["text"] for one in asked["Goethestr. 2"]} and asked["Summe "] == []
    told = {(p.code, p.column): (p.count, p.rows) for p in check.problems()}
    assert told["id-twice", "WE-Nr"] == (1, (4, 5)), "both rows are named"
    assert told["unmatched", "Straße"] == (2, (3, 5)) and told["no-address", "Straße"] == (1, (6,))
    assert sum(check.addresses.ways.values()) == 5 and check.addresses.ways["exact"] == 2


def test_decisions_are_carried_out_counted_and_told_without_cells():
    check = checked(REPAIRS)
    (batch,) = check.batches()
    assert check.loadable and [p.code for p in check.problems()] == []
    rows = batch.to_pydict()
    assert rows["dwelling"] == ["1", "2", "3"] and rows["lift"] == ["t", None, None]
    assert rows["modernization"] == ["partly", "full", "full"] and rows["net_cold_rent"] == ["412.34", None, "300"]
    assert rows["address_id"] == ["a3", "a5", "a6"] and dict(check.addresses.ways) == {"exact": 2, "chosen": 1}
    assert [one["cells"] for one in check.repairs.counted()] == [2, 1, 1, 1, 1, 1]
    assert summary(REPAIRS) == "3 Werte gedeutet, 2 Zeilen ausgelassen, 1 Adresse gewählt"
    assert summary(REPAIRS[-1:], "en") == "1 address chosen" and summary([]) == ""


def test_a_decision_that_no_class_knows_stays_an_error():
    check = checked([{**REPAIRS[1], "becomes": "vielleicht"}, *REPAIRS[2:], REPAIRS[0]]).run()
    assert [(p.code, p.rows) for p in check.problems() if p.severity == "error"] == [("no-code", (3,))]


def test_a_later_decision_takes_the_place_of_an_earlier_one():
    kept = added(added([], REPAIRS[0]), {**REPAIRS[0], "becomes": "ja"})
    assert [one["becomes"] for one in kept] == ["ja"] and taken_back(kept, REPAIRS[0]) == []
    for wrong in ({}, {"action": "drop"}, {"action": "row", "row": "x"}, {"action": "row", "row": -1}, {"action": "value", "column": "a", "value": 3, "becomes": ""},
                  {"action": "address", **dict.fromkeys(("street", "house_number", "postcode", "place"), ""), "address": ""}):  # fmt: skip
        with pytest.raises(VaultError, match="repair-wrong"):
            repair_of(wrong)
    with pytest.raises(VaultError, match="repairs-many"):
        added([{"action": "row", "row": n} for n in range(500)], {"action": "row", "row": 999})


def test_rows_of_too_many_fields_may_be_left_out():
    text = TABLE.split("2;")[0] + "2;Lindenstr.;7;04103;ja;voll;300;4;5\n"
    check = checked(text=text).run()
    assert [(p.code, p.rows) for p in check.problems() if p.severity == "error"] == [("ragged-row", (3,))]
    assert checked([{"action": "row", "row": 3}], text).run().loadable


def test_decisions_wait_encrypted_with_their_table(store, cluster):
    org, clerk = company()
    kept, key = deliveries.put(store, clerk, org, YEAR_END, TABLE.encode())
    assert deliveries.look(store, clerk, org, kept, key) == (TABLE.encode(), YEAR_END, [])
    deliveries.decide(store, clerk, org, kept, key, REPAIRS)
    assert deliveries.look(store, clerk, org, kept, key) == (TABLE.encode(), YEAR_END, REPAIRS)
    held = cluster.admin(f"SELECT encode(content, 'escape') || coalesce(outcome::text, '') FROM vault.delivery WHERE id = '{kept}'")
    assert held and "Linden" not in held and "Anfrage" not in held
    other, rival = company()
    for asked, who, secret, code in ((kept, rival, key, "gone"), (kept, clerk, "eA==", "elsewhere"), ("x", clerk, key, "gone")):
        with pytest.raises(VaultError, match=f"delivery-{code}"):
            deliveries.decide(store, who, org if who is clerk else other, asked, secret, [])
    assert deliveries.take(store, clerk, org, kept, key) == (TABLE.encode(), REPAIRS)
    with pytest.raises(VaultError, match="delivery-gone"):  # from its load on nothing is decided
        deliveries.decide(store, clerk, org, kept, key, [])
