"""The table behind the map keeps every unit and every sign."""

from __future__ import annotations

import csv
import io

import pandas as pd
import pytest

from ckanext.ierwohnen.previews.subject import plain_subject
from ckanext.ierwohnen.previews.unit_table import Names, as_csv, unit_table

RATE = plain_subject("rate", "Leerstandsquote", "%", 1)
DWELLINGS = plain_subject("dwellings", "Wohnungen", None, 0)
NAMES = Names({"11": "Altstadt", "12": "Schloßvorstadt", "13": "Ödland"}, "Stadtteil", "Neuwald insgesamt")


def readings(rows):
    return pd.DataFrame(rows, columns=["unit", "level", "period", "indicator", "value", "status"])


def course():
    return readings([
        ("11", "quarter", "2024-12-31", "rate", 10.1, "ok"), ("11", "quarter", "2025-12-31", "rate", 9.8, "ok"),
        ("12", "quarter", "2024-12-31", "rate", 6.14, "ok"), ("12", "quarter", "2025-12-31", "rate", None, "secret"),
        ("13", "quarter", "2024-12-31", "rate", 3.3, "ok"), ("13", "quarter", "2025-12-31", "rate", 3.3, "corrected"),
        (None, "city", "2024-12-31", "rate", 9.0, "ok"), (None, "city", "2025-12-31", "rate", 8.7, "ok"),
    ])  # fmt: skip


def now():
    frame = course()
    counts = readings([("11", "quarter", "2025-12-31", "dwellings", 2730.0, "ok")])
    return pd.concat([frame[frame["period"] == "2025-12-31"], counts], ignore_index=True)


def made(**options):
    return unit_table(now(), course(), [RATE, DWELLINGS], NAMES, "2025-12-31", **options)


def texts(table):
    return [[getattr(cell, "text", cell) for cell in row.cells if not isinstance(cell, list)] for row in table.rows]


def test_a_row_per_unit_after_the_whole_with_signs_and_notes():
    assert texts(made()) == [
        ["", "Neuwald insgesamt", "8,7", "k. A.", "9,0", "−0,3", "keine Angabe"],
        ["11", "Altstadt", "9,8", "2\u202f730", "10,1", "−0,3", ""],
        ["12", "Schloßvorstadt", ".", "k. A.", "6,1", "x", "keine Angabe, geschützt"],
        ["13", "Ödland", "3,3r", "k. A.", "3,3", "±0,0", "berichtigt, keine Angabe"],
    ]


def test_the_head_names_units_once():
    columns = made().columns
    assert [column.label for column in columns] == [
        "Schlüssel", "Stadtteil", "Leerstandsquote", "Wohnungen", "Vorjahr", "Änderung", "2024 bis 2025", "Anmerkung",
    ]  # fmt: skip
    assert [column.unit for column in columns] == [None, None, "%", None, "%", "Prozentp.", None, None]


@pytest.mark.parametrize(("sort", "keys"), [
    ("rate", ["13", "11", "12"]), ("-rate", ["11", "13", "12"]), ("-key", ["13", "12", "11"]),
    ("name", ["11", "12", "13"]), ("no such column", ["11", "12", "13"]),
])  # fmt: skip
def test_sorting_keeps_the_whole_on_top_and_signs_last(sort, keys):
    table = made(sort=sort)
    assert table.rows[0].total
    assert [row.key for row in table.rows[1:]] == keys


def test_pages_hold_every_unit_once():
    rows = [(f"{index:04d}", "quarter", "2025-12-31", "rate", float(index), "ok") for index in range(250)]
    frame = readings(rows)
    seen = []
    for page in (1, 2, 3):
        table = unit_table(frame, frame, [RATE], NAMES, "2025-12-31", page=page)
        assert (table.page, table.pages, table.total) == (page, 3, 250)
        seen += [row.key for row in table.rows]
    assert seen == [row[0] for row in rows]
    assert unit_table(frame, frame, [RATE], NAMES, "2025-12-31", page=99).page == 3


def test_csv_keeps_keys_as_text_and_hides_protected_numbers():
    frame = course()
    frame.loc[3, "value"] = 12.5  # a number under a sign must not leak
    text = as_csv(frame, RATE, NAMES, origin=lambda *_: "Amt").decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text), delimiter=";"))
    assert rows[0] == ["Schlüssel", "Raumeinheit", "Zeitraum", "Leerstandsquote", "Status", "Quelle und Lizenz"]
    assert rows[3] == ["12", "Schloßvorstadt", "2024-12-31", "6,14", "ok", "Amt"]
    assert rows[4] == ["12", "Schloßvorstadt", "2025-12-31", "", "secret", "Amt"]
    assert rows[-1] == ["", "Neuwald insgesamt", "2025-12-31", "8,7", "ok", "Amt"]


def test_csv_defuses_formulas():
    frame = readings([("=1+1", "quarter", "2025", "rate", -1.5, "ok")])
    row = list(csv.reader(io.StringIO(as_csv(frame, RATE, Names({}, "", "")).decode("utf-8-sig")), delimiter=";"))[1]
    assert row[0] == "'=1+1"
    assert row[3] == "-1,5"


def test_rows_are_narrowed_by_name_or_key_and_the_whole_stays():
    assert [row.key for row in made(find="vorst").rows][1:] == ["12"]
    assert [row.key for row in made(find="13").rows][1:] == ["13"]
    assert len(made(find="nirgends").rows) == 1
