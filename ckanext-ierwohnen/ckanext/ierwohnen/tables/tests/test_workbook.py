"""A workbook end to end: typed cells, signs, a total; from the upload to the table."""

from __future__ import annotations

import datetime as dt
import io

import openpyxl

ROWS = [
    ["Leerstand nach Stadtteilen"],
    [],
    ["Nr", "Stadtteil", "Stichtag", "Wohnungen", "Leerstand in %"],
    ["00", "Stadt insgesamt", dt.date(2025, 12, 31), 5220, 8.7],
    ["11", "Altstadt", dt.date(2025, 12, 31), 1894, 10.9],
    ["12", "Schlossvorstadt", dt.date(2025, 12, 31), 1402, "."],
    ["13", "Bahnhofsvorstadt", dt.date(2025, 12, 31), 1924, 79],
]


def workbook() -> bytes:
    book, stream = openpyxl.Workbook(), io.BytesIO()
    for row in ROWS:
        book.active.append(row)
    book.save(stream)
    return stream.getvalue()


def test_a_workbook_is_published_with_typed_values_signs_and_a_repair(office, quarters, published):
    repair = {"action": "replace", "row": 7, "column": "Leerstand in %", "value": "7,9"}
    resource = published(workbook(), "leerstand.xlsx", repairs=[repair])
    rows = {row["Nr"]: row for row in office.call("datastore_search", resource_id=resource["id"])["records"]}
    assert set(rows) == {"00", "11", "12", "13"}
    assert float(rows["11"]["Wohnungen"]) == 1894 and float(rows["11"]["Leerstand in %"]) == 10.9
    assert rows["12"]["Leerstand in %"] is None and rows["12"]["Leerstand in %_status"] == "secret"
    assert float(rows["13"]["Leerstand in %"]) == 7.9
    assert {row["Stichtag"] for row in rows.values()} == {"2025-12-31"}
    fields = {field["id"]: field for field in office.call("datastore_info", id=resource["id"])["fields"]}
    assert fields["Nr"]["iw_role"] == "key" and fields["Nr"]["iw_total_keys"] == "00"
    assert office.call("resource_show", id=resource["id"])["url"].endswith(".xlsx")
