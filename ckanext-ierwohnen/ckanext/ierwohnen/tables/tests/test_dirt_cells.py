"""What spreadsheets do to cells: formulas, and days, keys and classes that became numbers or dates."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import date, datetime

import pytest

from ckanext.ierwohnen.places.keys import LevelKeys
from ckanext.ierwohnen.tables.check import check_table
from ckanext.ierwohnen.tables.reading import read_table
from ckanext.ierwohnen.tables.roles import ColumnRole
from ckanext.ierwohnen.tables.tests.dirt import HEAD, ROWS, cells, checked, codes
from ckanext.ierwohnen.tables.tests.sheets import ods, xlsx


def test_formulas_without_a_stored_value_are_an_error():
    report = checked(
        read_table(xlsx({"T": [[*HEAD, "Summe"], *([*row, f"=C{n}*2"] for n, row in enumerate(ROWS, 2))]}), "t.xlsx")
    )
    problem = next(p for p in report.problems if p.code == "formula_without_value")
    assert (problem.column, problem.row, problem.params["count"], report.publishable) == ("Summe", 2, 3, False)


def test_formulas_with_a_stored_value_are_values():
    data = xlsx({"T": [[*HEAD, "Summe"], *([*row, "=C2*2"] for row in ROWS)]})
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(stream, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name.startswith("xl/worksheets/"):
                content = content.replace(b"</f><v></v>", b"</f><v>42</v>").replace(b"</f><v/>", b"</f><v>42</v>")
            new.writestr(name, content)
    table = read_table(stream.getvalue(), "t.xlsx")
    assert [row[3] for row in cells(table)] == ["42", "42", "42"]
    assert "formula_without_value" not in codes(checked(table))


@pytest.mark.parametrize("make", [xlsx, ods], ids=["xlsx", "ods"])
def test_errors_of_a_spreadsheet_are_read_as_they_stand(make):
    data = make({"T": [HEAD, ROWS[0], [*ROWS[1][:-1], "#REF!"], *ROWS[2:]]})
    if make is ods:  # as LibreOffice writes them
        mark = b'xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"'
        stream = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(stream, "w") as new:
            for name in old.namelist():
                content = old.read(name).replace(b"xmlns:text=", mark + b" xmlns:text=")
                written = b'office:value-type="string" office:string-value="" calcext:value-type="error"'
                changed = re.sub(rb'office:value-type="string"([^>]*>\s*<text:p>#REF!)', written + rb"\1", content)
                new.writestr(name, changed)
        data = stream.getvalue()
    table = read_table(data, "t.xlsx")
    assert cells(table)[1][-1] == "#REF!"
    found = [(p.row, p.value) for p in checked(table).problems if p.code == "spreadsheet_error"]
    assert found == [(3, "#REF!")]


@pytest.mark.parametrize("make", [xlsx, ods], ids=["xlsx", "ods"])
def test_days_as_numbers_are_dates_in_a_column_that_is_called_so(make):
    rows = [["Nr", "Stichtag", "Wohnungen"], ["01", 42735, 20001], ["02", 42735, 20002], ["01", 43100, 20003]]
    table = read_table(make({"T": rows}), "t.xlsx")
    assert [row[1] for row in cells(table)] == ["31.12.2016", "31.12.2016", "31.12.2017"]
    assert checked(table).periods == ["2016-12-31", "2017-12-31"]
    assert "31.12.2016" in next(p for p in table.problems if p.code == "dates_from_numbers").message("de")


def test_counts_in_a_column_that_names_a_date_stay_counts():
    rows = [["Nr", "Einwohner am Stichtag"], ["01", 42735], ["02", 42736], ["03", 43100]]
    assert [row[1] for row in cells(read_table(xlsx({"T": rows}), "t.xlsx"))] == ["42735", "42736", "43100"]


def test_keys_that_became_numbers_get_their_zeros():
    rows = [["Schlüssel", "Wohnungen"], [1, 10], [2, 20], [3, 30], [4, 5], [5, 6], [6, 7]]
    report = checked(read_table(xlsx({"T": rows}), "t.xlsx"))
    assert (report.units_found, report.errors) == (6, 0) and "keys_repaired" in codes(report)


def test_keys_that_became_dates_are_asked_about():
    level = LevelKeys(
        "stadt", "block", "Block", date(2021, 1, 1), {"01.01": "a", "01.02": "b", "02.02": "c", "13.01": "d"}
    )
    rows = [
        ["Schlüssel", "Wohnungen"],
        ["01.01", 10],
        [datetime(2026, 2, 1), 20],
        [datetime(2026, 2, 2), 30],
        ["13.01", 40],
    ]
    table = read_table(xlsx({"T": rows}), "t.xlsx")
    role = ColumnRole("Schlüssel", "key", level="block", system="stadt")
    report = check_table(table, [role, ColumnRole("Wohnungen", "indicator")], [level])
    found = [p for p in report.problems if p.code == "date_among_texts"]
    assert [(p.row, p.value, p.repair[0]["value"]) for p in found] == [
        (3, "01.02.2026", "01.02"),
        (4, "02.02.2026", "02.02"),
    ]


def test_age_groups_that_became_dates_are_asked_about():
    ages = ["unter 3", datetime(2026, 5, 3), datetime(2026, 10, 6), "11-17"]
    rows = [["Nr", "Alter", "Personen"], *([key, age, 5] for key in ("01", "02") for age in ages)]
    report = checked(read_table(xlsx({"T": rows}), "t.xlsx"))
    found = [p for p in report.problems if p.code == "date_among_texts"]
    assert [(p.value, p.repair[0]["value"]) for p in found] == [("03.05.2026", "3-5"), ("06.10.2026", "6-10")]
