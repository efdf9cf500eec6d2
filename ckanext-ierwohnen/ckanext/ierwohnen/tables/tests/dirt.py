"""The small tables and helpers that the tests of office tables' dirt share."""

from __future__ import annotations

from datetime import date

from ckanext.ierwohnen.places.keys import LevelKeys
from ckanext.ierwohnen.tables.check import CheckReport, check_table
from ckanext.ierwohnen.tables.convert import convert_numbers
from ckanext.ierwohnen.tables.office_table import OfficeTable
from ckanext.ierwohnen.tables.roles import ColumnRole, propose_roles

UNITS = {f"{i:02d}": name for i, name in enumerate(["Nord", "Ost", "Süd", "West", "Mitte", "Höhe"], 1)}
QUARTERS = LevelKeys("stadt", "quarter", "Stadtteil", date(2021, 1, 1), UNITS)
HEAD = ["Nr", "Stadtteil", "Wohnungen"]
ROWS = [["01", "Nord", 1234], ["02", "Ost", 987], ["03", "Süd", 2345]]


def cells(table: OfficeTable) -> list[list[str]]:
    """All cells without private marks."""
    return [[cell.lstrip("\ue000\ue001") for cell in row.cells] for row in table.rows()]


def checked(table: OfficeTable, roles: list[ColumnRole] | None = None) -> CheckReport:
    """The report with proposed roles."""
    return check_table(table, roles or propose_roles(table, [QUARTERS]), [QUARTERS])


def codes(report: CheckReport) -> set[str]:
    """The kinds of problems."""
    return {problem.code for problem in report.problems}


def numbers(table: OfficeTable, column: str, report: CheckReport | None = None) -> list[float | None]:
    """The values of a column as they would be stored."""
    report = report or checked(table)
    chunk = next(table.chunks())
    read = convert_numbers(chunk.columns[table.names.index(column)], report.styles[column], zero=report.zero[column])
    return [None if value is None else float(value) for value in read.values.to_pylist()]


def text(rows: list[list[object]], separator: str = ";") -> str:
    """Rows as delimited text."""
    return "\n".join(separator.join("" if cell is None else str(cell) for cell in row) for row in rows) + "\n"
