"""The list of dirt, item by item: a sample of each, and the readings or the question that must come of it.

Each table holds the same dwellings of the same quarters; what differs is how the office has written them.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
import xlsxwriter

from ckanext.ierwohnen.places.keys import LevelKeys
from ckanext.ierwohnen.tables.reading import read_table
from ckanext.ierwohnen.tables.roles import propose_roles
from ckanext.ierwohnen.tables.tests.office_shapes import Shape
from ckanext.ierwohnen.tables.tests.sheets import ods, xls, xlsx
from ckanext.ierwohnen.tables.tests.test_shapes import readings

UNITS = {f"0{n}": name for n, name in enumerate(["Zentrum", "Südost", "Grünau", "Höhe"], 1)}
QUARTERS = LevelKeys("stadt", "quarter", "Stadtteil", date(2021, 1, 1), UNITS)
LONG = {f"01100{n}0{n}": name for n, name in enumerate(UNITS.values(), 1)}
BERLIN = LevelKeys("berlin", "plr", "Planungsraum", date(2021, 1, 1), LONG)
VALUES = [1234, 987, 2345, 12]
HEAD = ["Nr", "Stadtteil", "Wohnungen"]
ROWS: list[list[Any]] = [[key, name, value] for (key, name), value in zip(UNITS.items(), VALUES, strict=True)]
PLAIN = [HEAD, *ROWS]
GROUPED = [HEAD, *([*row[:2], f"{row[2]:,}".replace(",", ".") + ",0"] for row in ROWS)]
YEARS = [[*HEAD[:2], "2019", "2020"], *([*row, row[2] + 1] for row in ROWS)]


def text(rows: list[list[Any]], separator: str = ";", quote: str = "") -> str:
    """Rows as delimited text."""
    written = (separator.join("" if c is None else f"{quote}{c}{quote}" for c in row) for row in rows)
    return "\n".join(written) + "\n"


def thousands(sign: str) -> bytes:
    """The table with this sign between thousands."""
    return text([HEAD, *([*row[:2], f"{row[2]:,},0".replace(",", sign, row[2] >= 1000)] for row in ROWS)]).encode()


def workbook(rows: list[list[Any]], change: Callable[[Any, Any], Any]) -> bytes:
    """A workbook by xlsxwriter; `change` gets book and sheet after the rows are written."""
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True})
    sheet = book.add_worksheet("Daten")
    for number, row in enumerate(rows):
        sheet.write_row(number, 0, row)
    change(book, sheet)
    book.close()
    return stream.getvalue()


def formulas(book: Any, sheet: Any) -> None:
    for number, value in enumerate(VALUES, 1):
        sheet.write_formula(number, 2, "=SUM(1,2)", None, value)


def shares(book: Any, sheet: Any) -> None:
    for number, value in enumerate(VALUES, 1):
        sheet.write_number(number, 2, value / 100, book.add_format({"num_format": "0.0%"}))


def merged(book: Any, sheet: Any) -> None:
    sheet.merge_range(0, 2, 0, 3, "Wohnungen")


def hidden_rows(book: Any, sheet: Any) -> None:
    sheet.set_row(2, None, None, {"hidden": True})
    sheet.set_column(2, 2, None, None, {"hidden": True})


def hidden_sheet(book: Any, sheet: Any) -> None:
    aside = book.add_worksheet("Intern")
    aside.write_row(0, 0, ["Nr", "geheim"])
    aside.write_row(1, 0, ["01", 5])
    aside.hide()


def in_years(rows: list[list[Any]], years: range) -> list[list[Any]]:
    """The rows once for each year, with the year in a column."""
    return [[*HEAD, "Jahr"], *([*row[:2], row[2] + year - years.start, year] for year in years for row in rows)]


PLAINLY = {(key, None): value for key, value in zip(UNITS, VALUES, strict=True)}
BY_YEAR = {(key, str(2019 + n)): v + n for key, v in zip(UNITS, VALUES, strict=True) for n in (0, 1)}
BY_DAY = {(key, "2016-12-31"): value for (key, _), value in PLAINLY.items()}

# item, file, readings (unit, period) → value, what is told; readings None: nothing is published without an answer
ITEMS: list[tuple[str, bytes, dict[tuple[str, str | None], float] | None, set[str]]] = [
    *[
        (f"encoding {name}", mark + text(GROUPED).encode(name), PLAINLY, set())
        for name, mark in [
            ("utf-8", b""), ("utf-8", b"\xef\xbb\xbf"), ("utf-16-le", b"\xff\xfe"), ("utf-16-be", b"\xfe\xff"),
            ("utf-16-le", b""), ("cp1252", b""), ("latin-1", b""), ("mac_roman", b""), ("cp850", b""),
        ]
    ],
    *[(f"separator {sign!r}", text(PLAIN, sign).encode(), PLAINLY, set()) for sign in ";,\t|"],
    ("quotes", text(GROUPED, ",", '"').encode(), PLAINLY, set()),
    ("single quotes", text(GROUPED, ";", "'").encode(), PLAINLY, set()),
    *[
        (f"thousands {sign!r}", thousands(sign), PLAINLY, set())
        for sign in (".", " ", "\u00a0", "\u2009", "\u202f", "'", "’")
    ],
    ("unit in the cell", text([HEAD, *([*r[:2], f"{r[2]} WE"] for r in ROWS)]).encode(), PLAINLY, set()),
    ("per cent in the cell", text([HEAD, *([*r[:2], f"{r[2]} %"] for r in ROWS)]).encode(), PLAINLY, set()),
    ("per cent by format", workbook(PLAIN, shares), PLAINLY, set()),
    ("title and notes above", text([["Bestand"], ["vorläufig"], [], *PLAIN]).encode(), PLAINLY, set()),
    ("footnotes below", text([*PLAIN, [], ["1) ohne Wohnheime"], ["Quelle: Amt"]]).encode(), PLAINLY, set()),
    ("total above", text([HEAD, ["", "Stadt insgesamt", 4578], *ROWS]).encode(), PLAINLY, {"total_agrees"}),
    ("total below", text([*PLAIN, ["", "Insgesamt", 4578]]).encode(), PLAINLY, {"total_agrees"}),
    ("totals between", text([HEAD, *ROWS[:2], ["", "Kern zusammen", 2221], *ROWS[2:]]).encode(), PLAINLY, set()),
    ("wrong total", text([*PLAIN, ["", "Insgesamt", 4500]]).encode(), PLAINLY, {"total_differs"}),
    ("wide years", text(YEARS).encode(), BY_YEAR, set()),
    ("wide years as numbers", xlsx({"T": [[*HEAD[:2], 2019, 2020], *YEARS[1:]]}), BY_YEAR, set()),
    (
        "merged header rows",
        workbook([["Nr", "Stadtteil", "Wohnungen", ""], ["", "", "2019", "2020"], *YEARS[1:]], merged), BY_YEAR, set(),
    ),
    ("long years", text(in_years(ROWS, range(2019, 2021))).encode(), BY_YEAR, set()),
    (
        "sheets by year, xlsx",
        xlsx({str(y): [HEAD, *([*r[:2], r[2] + y - 2019] for r in ROWS)] for y in (2019, 2020)}), BY_YEAR,
        {"sheets_joined"},
    ),
    (
        "sheets by year, xls",
        xls({str(y): [HEAD, *([*r[:2], r[2] + y - 2019] for r in ROWS)] for y in (2019, 2020)}), BY_YEAR,
        {"sheets_joined"},
    ),
    (
        "headings between the rows",
        text([HEAD, ["Jahr 2019"], *ROWS, ["Jahr 2020"], *([*r[:2], r[2] + 1] for r in ROWS)]).encode(), BY_YEAR,
        {"section_headings"},
    ),
    (
        "side headers",
        text(
            [["Stadtteil", "Jahr", "Wohnungen"]]
            + [[key if y == 2019 else "", y, v + y - 2019] for key, _, v in ROWS for y in (2019, 2020)]
        ).encode(),
        BY_YEAR, {"filled_down"},
    ),
    ("ods", ods({"Daten": PLAIN}), PLAINLY, set()),
    ("xls", xls({"Daten": PLAIN}), PLAINLY, set()),
    ("formulas", workbook(PLAIN, formulas), PLAINLY, set()),
    ("formulas without values", xlsx({"T": [HEAD, *([*r[:2], "=1+1"] for r in ROWS)]}), None,
     {"formula_without_value"}),
    ("hidden rows and columns", workbook(PLAIN, hidden_rows), PLAINLY, {"hidden_rows", "hidden_column"}),
    ("hidden sheet", workbook(PLAIN, hidden_sheet), PLAINLY, {"hidden_sheets"}),
    ("two sheets", xlsx({"Daten": PLAIN, "Weiteres": PLAIN}), PLAINLY, {"other_sheets"}),
    (
        "two tables below one another",
        text([*PLAIN, [], ["Tabelle 2"], ["Nr", "Zahl", "Miete"], ["01", 1, 2], ["02", 3, 4], ["03", 4, 5]]).encode(),
        PLAINLY, {"several_tables"},
    ),
    ("days as numbers", xls({"T": [[*HEAD, "Stichtag"], *([*r, 42735] for r in ROWS)]}), BY_DAY,
     {"dates_from_numbers"}),
    ("days as dates", xlsx({"T": [[*HEAD, "Stichtag"], *([*r, datetime(2016, 12, 31)] for r in ROWS)]}), BY_DAY, set()),
    ("keys as numbers", xlsx({"T": [HEAD, *([int(r[0]), *r[1:]] for r in ROWS)]}), PLAINLY, {"keys_repaired"}),
    ("code and name in a cell", text([HEAD[1:], *([f"{r[0]} {r[1]}", r[2]] for r in ROWS)]).encode(), PLAINLY,
     {"code_split"}),
    ("name and code in a cell", text([HEAD[1:], *([f"{r[1]} ({r[0]})", r[2]] for r in ROWS)]).encode(), PLAINLY,
     {"code_split"}),
    ("signs", text([*PLAIN[:4], ["04", "Höhe", "."]]).encode(), {k: v for k, v in PLAINLY.items() if k[0] != "04"},
     set()),
    ("zero and dash", text([*PLAIN[:3], ["03", "Grünau", "-"], ["04", "Höhe", "0"]]).encode(),
     {**PLAINLY, ("03", None): 0, ("04", None): 0}, set()),
]  # fmt: skip


@pytest.mark.parametrize(("data", "wanted", "told"), [item[1:] for item in ITEMS], ids=[item[0] for item in ITEMS])
def test_item(data, wanted, told):
    table = read_table(data, "tabelle")
    found, report = readings(table, propose_roles(table, [QUARTERS]), Shape(data, "", QUARTERS, {}, ""))
    assert told <= {problem.code for problem in report.problems}
    if wanted is None:
        assert not report.publishable
    else:
        assert {(unit, when): value for (unit, when, _, _), value in found} == wanted
        assert report.publishable


@pytest.mark.parametrize("cell", [int, float, str], ids=["number", "decimal", "text"])
def test_keys_of_berlin_that_excel_made_numbers(cell):
    """`1100101` for `01100101`."""
    rows = [["PLR", "Wohnungen"], *([cell(int(key)), value] for key, value in zip(LONG, VALUES, strict=True))]
    data = xlsx({"T": rows})
    table = read_table(data, "t.xlsx")
    found, report = readings(table, propose_roles(table, [BERLIN]), Shape(data, "", BERLIN, {}, ""))
    assert {unit: value for (unit, *_), value in found} == dict(zip(LONG, VALUES, strict=True))
    assert "keys_repaired" in {problem.code for problem in report.problems} and report.publishable


def test_wide_ages():
    ages = ["unter 18", "18 bis unter 65", "65 und älter"]
    data = text([[*HEAD[:2], *ages], *([*r, r[2] + 1, r[2] + 2] for r in ROWS)]).encode()
    table = read_table(data, "t.csv")
    roles = propose_roles(table, [QUARTERS])
    assert [role.code for role in roles[2:]] == ["-17", "18-64", "65-"]
    found, _ = readings(table, roles, Shape(data, "", QUARTERS, {}, ""))
    assert {(unit, code): v for (unit, _, code, _), v in found if unit == "01"} == {
        ("01", "-17"): 1234, ("01", "18-64"): 1235, ("01", "65-"): 1236,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("cells", "hints", "status"),
    [
        (["0", "0", "7,5", "8,1"], {}, "ok"),  # a zero
        (["-", "0", "7,5", "8,1"], {}, "below_half"),  # `-` is nothing, so `0` is less than half of the last digit
        (["-", "0", "7,5", "8,1"], {"zero": "value"}, "ok"),  # as the office declares
        (["0", "0", "7,5", "8,1"], {"zero": "below_half"}, "below_half"),
        (["-", "0", "7", "8"], {}, "ok"),  # whole numbers have nothing between 0 and 1
    ],
)
def test_zero_and_dash_by_rule_and_as_declared(cells, hints, status):
    data = text([HEAD, *([*row[:2], cell] for row, cell in zip(ROWS, cells, strict=True))]).encode()
    table = read_table(data, "t.csv", hints)
    _, report = readings(table, propose_roles(table, [QUARTERS]), Shape(data, "", QUARTERS, {}, ""))
    assert str(report.zero["Wohnungen"]) == status


@pytest.mark.parametrize(
    ("sign", "hints", "status"),
    [
        (".", {}, "secret"), ("x", {}, "blocked"), ("/", {}, "uncertain"), ("…", {}, "later"), ("...", {}, "later"),
        ("–", {}, "nothing"), ("7p", {}, "preliminary"), ("7r", {}, "corrected"), ("7 s", {}, "estimated"),
        ("(7)", {}, "limited"), ("", {}, "missing"), ("-", {"signs": {"-": "missing"}}, "missing"),
        (".", {"signs": {".": "nothing"}}, "nothing"), ("-999", {"missing": ["-999"]}, "missing"), ("-7", {}, "ok"),
        ("0", {"signs": {"0": "secret"}}, "secret"), (".5", {}, "ok"), ("5.", {}, None), ("--", {}, None),
    ],
)  # fmt: skip
def test_signs_and_numbers_that_only_look_like_signs(sign, hints, status):
    data = text([HEAD, *ROWS[:3], ["04", "Höhe", sign]]).encode()
    table = read_table(data, "t.csv", hints)
    _, report = readings(table, propose_roles(table, [QUARTERS]), Shape(data, "", QUARTERS, {}, ""))
    if status is None:
        assert [(p.row, p.value) for p in report.problems if p.severity == "error"] == [(5, sign)]
    else:
        assert report.signs["Wohnungen"] == {"ok", status}
