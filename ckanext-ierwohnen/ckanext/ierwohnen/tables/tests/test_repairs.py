"""Repairs that a person chose: the same rows in check and load, recorded, and never in silence."""

from __future__ import annotations

import ckan.plugins.toolkit as tk
import pytest

from ckanext.ierwohnen.tables.check import CheckRun
from ckanext.ierwohnen.tables.reading import read_table
from ckanext.ierwohnen.tables.repairs import Repairs, RepairWrong, added, settings, taken_back

from .conftest import KEY, LONG

TEXT = "Nr;Stadtteil;Wert\n11;Altstadt;1,5\n12;Vorstadt;2.5\n26;Fort;3,5\n26;Fort;4,5\n"


def repaired(*given, text=TEXT):
    table = read_table(text.encode(), "t.csv")
    return Repairs.of(given, table.names).apply(table)


def cells(table):
    return {row.number: row.cells for row in table.rows()}


def test_cells_rows_and_keys_are_repaired_and_rows_keep_their_numbers():
    table = repaired(
        {"action": "replace", "row": 3, "column": "Wert", "value": "2,5"},
        {"action": "drop_row", "row": 4},
        {"action": "replace_key", "column": "Nr", "key": "26", "value": "45"},
    )
    found = cells(table)
    assert list(found) == [2, 3, 5]
    assert found[3][2].endswith("2,5") and found[5][0] == "45"
    assert [row.cells[0] for row in table.sample] == ["11", "12", "45"]


def test_all_rows_of_a_key_are_left_out():
    assert list(cells(repaired({"action": "drop_key", "column": "Nr", "key": "26"}))) == [2, 3]


@pytest.mark.parametrize("text", [TEXT.replace("2.5", "2,5"), TEXT.replace(",", ".")])
def test_a_value_is_read_the_same_in_columns_of_either_decimal_sign(text):
    from ckanext.ierwohnen.tables.convert import convert_numbers

    table = repaired({"action": "replace", "row": 2, "column": "Wert", "value": "1,234"}, text=text)
    chunk = next(table.chunks())
    assert convert_numbers(chunk.columns[2], table.styles["Wert"]).values.to_pylist()[0] == "1.234"


def test_a_repair_that_meets_nothing_is_told():
    table = repaired({"action": "drop_row", "row": 99})
    run = CheckRun(table, [])
    for chunk in table.chunks():
        run.take(chunk)
    problem = next(p for p in run.report().problems if p.code == "repair_unmet")
    assert "99" in problem.message("de") and "99" in problem.message("en")


@pytest.mark.parametrize(
    "wrong",
    [
        {"action": "erase", "row": 1},
        {"action": "replace", "row": 3, "column": "Wert"},
        {"action": "drop_row", "row": "drei"},
        {"action": "replace", "row": 3, "column": "Werte", "value": "1"},
    ],
)
def test_what_is_no_repair_is_refused(wrong):
    with pytest.raises(RepairWrong):
        repaired(wrong)


CELL = {"row": 3, "column": "Wert"}
PUT_IN, KEEP = {"action": "replace", **CELL, "value": "2,5"}, {"action": "keep", **CELL}
OTHER = {"action": "replace", **CELL, "value": "2,4"}


@pytest.mark.parametrize(
    "chosen, left",
    [
        ([PUT_IN, KEEP], [PUT_IN, KEEP]),  # what was put in is kept
        ([PUT_IN, OTHER], [OTHER]),
        ([KEEP, PUT_IN], [PUT_IN]),
        ([PUT_IN, KEEP, OTHER], [OTHER]),
        ([PUT_IN, KEEP, {**KEEP, "note": "So gezählt."}], [PUT_IN, {**KEEP, "note": "So gezählt."}]),
    ],
    ids=["kept", "replaced", "replaced-after-kept", "replaced-again", "noted"],
)
def test_a_later_choice_for_the_same_cell_composes_with_the_earlier_in_page_and_action(chosen, left):
    page: list = []
    for one in chosen:
        page = added(page, one)
    assert page == left
    assert [one.as_dict() for one in Repairs.of(chosen, ["Nr", "Stadtteil", "Wert"]).listed] == left
    stands = cells(repaired(*chosen))[3][2]
    assert stands.endswith(next(one["value"] for one in left if "value" in one))
    assert "geliefert" not in " ".join(one.text() for one in Repairs.of(chosen).listed)


def test_taking_back_a_value_takes_back_that_it_was_kept():
    assert taken_back([PUT_IN, {**KEEP, "note": "So gezählt."}], PUT_IN) == []
    assert taken_back([PUT_IN, {**KEEP, "note": "So gezählt."}], KEEP) == [PUT_IN]


def test_settings_become_hints_and_roles():
    hints, roles = settings(
        [{"action": "decimal", "column": "Wert", "value": ","}, {"action": "leave_out", "column": "Name"}]
    )
    assert hints == {"decimal": {"Wert": ","}} and roles == [{"column": "Name", "role": "unused"}]


BROKEN = LONG.replace("12;Schlossvorstadt;31.12.2025;1.402;.", "12;Schlossvorstadt;31.12.2025;1.4x2;.") + (
    "26;Schachthalden;31.12.2025;40;1,0\n"
)
VALUES = [{"column": name, "role": "indicator"} for name in ("Wohnungen", "Leerstand in %")]


def test_a_table_is_published_as_repaired_and_the_job_says_how(office, quarters):
    from ckanext.ierwohnen.tables import publish

    resource = office.resource(BROKEN)
    given = {"resource_id": resource["id"], "roles": [KEY, *VALUES]}
    with pytest.raises(tk.ValidationError):
        office.call("ierwohnen_table_publish", **given)
    repairs = [
        {"action": "replace", "row": 7, "column": "Wohnungen", "value": "1402"},
        {"action": "drop_key", "column": "Nr", "key": "26"},
    ]
    check = office.call("ierwohnen_table_check", **given, repairs=repairs)
    assert check["counts"]["error"] == 0 and [one["row"] for one in check["repairs"] if "row" in one] == [7]
    job = office.call("ierwohnen_table_publish", **given, repairs=repairs)["job"]
    publish.run(job)
    shown = office.call("ierwohnen_job_show", id=job)
    assert shown["state"] == "done"
    assert [one["action"] for one in shown["result"]["repairs"]] == ["replace", "drop_key"]
    assert all(one["text"] for one in shown["result"]["repairs"])
    rows = {row["Nr"]: row for row in office.call("datastore_search", resource_id=resource["id"])["records"]}
    assert "26" not in rows and float(rows["12"]["Wohnungen"]) == 1402


def test_a_value_that_is_kept_carries_its_note_in_the_data_dictionary(office, quarters):
    from ckanext.ierwohnen.tables import publish

    resource = office.resource(LONG.replace("5.220", "6.000").replace("1.402;.", "1.402;7,0"))
    given = {"resource_id": resource["id"], "roles": [KEY, *VALUES]}
    problems = office.call("ierwohnen_table_check", **given)["problems"]
    offer = next(
        one for p in problems if p["code"] == "total_differs" for one in p["repair"] if one["action"] == "keep"
    )
    kept = [{**offer, "note": "Mit Zweitwohnungen."}]
    codes = [p["code"] for p in office.call("ierwohnen_table_check", **given, repairs=kept)["problems"]]
    assert "value_kept" in codes and "total_differs" not in codes
    publish.run(office.call("ierwohnen_table_publish", **given, repairs=kept)["job"])
    fields = office.call("datastore_info", id=resource["id"])["fields"]
    notes = next(field["info"].get("notes", "") for field in fields if field["id"] == "Wohnungen")
    assert "Mit Zweitwohnungen." in notes


def test_a_repair_of_a_column_that_is_not_there_is_refused(office):
    resource = office.resource()
    with pytest.raises(tk.ValidationError) as error:
        office.call(
            "ierwohnen_table_check", resource_id=resource["id"],
            repairs=[{"action": "replace", "row": 6, "column": "Werte", "value": "1"}],
        )  # fmt: skip
    assert "Werte" in str(error.value.error_dict["repairs"])
