"""Headings whose year is not what it seems: the number 2024 in the format of a date, and years of two digits."""

from __future__ import annotations

from collections.abc import Sequence

from ckanext.ierwohnen.tables.office_table import OfficeTable
from ckanext.ierwohnen.tables.problems import Findings, Problem, Severity
from ckanext.ierwohnen.tables.roles import ColumnRole
from ckanext.ierwohnen.tables.written_dates import LAST_CENTURY, THIS_CENTURY
from ckanext.ierwohnen.tables.written_years import year_of_day

OPEN = range(2000 + THIS_CENTURY + 1, 2000 + LAST_CENTURY)
"""Years that are taken for these where a heading has only two digits, and that may be a century earlier."""


def check_years(table: OfficeTable, roles: Sequence[ColumnRole], findings: Findings) -> None:
    """Report periods of columns that are 1905 as Excel counts days, or lie where two digits leave the century open."""
    titled = " ".join(line.text for line in (*table.title, *table.foot))
    for role in roles:
        if role.role != "indicator" or not role.period:
            continue
        year = year_of_day(role.period)
        if year:
            params = {"year": year}
            findings.add(Problem("year_as_day", Severity.ERROR, column=role.column, params=params))
        elif int(role.period[:4]) in OPEN and role.period[:4] not in titled:
            params = {"period": role.period, "earlier": f"19{role.period[2:4]}"}
            findings.add(Problem("period_far", Severity.WARNING, column=role.column, params=params))
