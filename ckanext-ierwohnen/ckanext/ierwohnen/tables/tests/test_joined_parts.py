"""Tables of several years below one another in one sheet: one table with the year of each, or asked about."""

from __future__ import annotations

import pytest

from ckanext.ierwohnen.tables.periods import parse_period
from ckanext.ierwohnen.tables.reading import read_table
from ckanext.ierwohnen.tables.tests.dirt import UNITS, cells, checked, codes, text
from ckanext.ierwohnen.tables.tests.sheets import ods, xlsx

HEAD = [["Nr", "Stadtteil", "Einwohner"]]
FIRST = [[key, name, 100 + n] for n, (key, name) in enumerate(UNITS.items())]
SECOND = [[key, name, 200 + n] for n, (key, name) in enumerate(UNITS.items())]
TITLES = {
    "years": ("2023", "2024"), "titles": ("Einwohner 2023", "Einwohner 2024"),
    "days": ("Einwohner am 31.12.2023", "Einwohner am 31.12.2024"), "stand": ("Stand: 31.12.2023", "Stand: 30.06.2024"),
    "quarters": ("1. Quartal 2024", "2. Quartal 2024"),
}  # fmt: skip


def sheet(first: str, second: str, blank: bool = True, foot: tuple[str, ...] = (), **heads: list) -> list[list]:
    """Two tables with their titles."""
    between = [[line] for line in foot] + ([[]] if blank else [])
    return [[first], *HEAD, *FIRST, *between, [second], *heads.get("head", HEAD), *SECOND, *[[line] for line in foot]]


@pytest.mark.parametrize("write", ["csv", "xlsx", "ods"])
@pytest.mark.parametrize("blank", [True, False], ids=["blank row", "close"])
@pytest.mark.parametrize("titles", TITLES)
def test_each_table_keeps_the_period_of_its_title(titles, blank, write):
    rows = sheet(*TITLES[titles], blank=blank)
    data = text(rows).encode() if write == "csv" else {"xlsx": xlsx, "ods": ods}[write]({"T": rows})
    table = read_table(data, f"t.{write}")
    periods = [parse_period(title.split("am ")[-1].removeprefix("Einwohner ")).text for title in TITLES[titles]]
    assert [row[3] for row in cells(table)] == [periods[0]] * 6 + [periods[1]] * 6
    assert [row[2] for row in cells(table)] == [str(row[2]) for row in FIRST + SECOND]
    report = checked(table)
    assert report.periods == sorted(periods) and report.publishable and "tables_joined" in codes(report)
    one = read_table(data, f"t.{write}", {"table": 2})
    assert [row[2] for row in cells(one)] == [str(row[2]) for row in SECOND] and checked(one).periods == [periods[1]]


def test_codes_beside_names_and_totals_stay_in_each_table():
    tables = [[[f"{key} {name}", value] for key, name, value in rows] for rows in (FIRST, SECOND)]
    sums = [["Insgesamt", sum(row[1] for row in rows)] for rows in tables]
    head = ["Stadtteil", "Einwohner"]
    rows = [["Ende 2023"], head, *tables[0], sums[0], [], ["Ende 2024"], head, *tables[1], sums[1]]
    report = checked(read_table(text(rows).encode(), "t.csv"))
    assert (report.periods, report.units_found, len(report.specials)) == (["2023", "2024"], 6, 2)
    assert report.publishable and [p.code for p in report.problems if p.code == "total_differs"] == []


@pytest.mark.parametrize(
    ("second", "more"),
    [
        ("Einwohner 2023", {}), ("Einwohner 2024 (in 1.000)", {}), ("Einwohner", {}),
        ("Einwohner 2024", {"head": [["Nr", "Stadtteil", "Haushalte"]]}),
    ],
    ids=["same year", "other scale", "no year", "other figure"],
)  # fmt: skip
def test_other_tables_are_asked_about(second, more):
    table = read_table(text(sheet("Einwohner 2023", second, **more)).encode(), "t.csv")
    report = checked(table)
    assert table.row_count == 6 and "several_tables" in codes(report) and report.periods == ["2023"]


def test_a_second_page_of_the_same_year_stays_one_table():
    rows = [["Einwohner 2023"], *HEAD, *FIRST[:3], ["noch: Einwohner 2023"], *HEAD, *FIRST[3:]]
    table = read_table(text(rows).encode(), "t.csv")
    assert (table.row_count, table.tables_in_sheet, checked(table).periods) == (6, 1, ["2023"])
