"""Figures as `1,234` in a file separated by commas: the thousands stand in one column, the rest in the next."""

from __future__ import annotations

import re
from statistics import median

from ckanext.ierwohnen.tables.cells import clean, shown
from ckanext.ierwohnen.tables.column_facts import words_of
from ckanext.ierwohnen.tables.office_table import OfficeTable
from ckanext.ierwohnen.tables.problems import Findings, Problem, Severity
from ckanext.ierwohnen.tables.role_words import NOTE

LEAST = 3  # rows that look torn
_BEFORE, _AFTER, _WHOLE = re.compile(r"-?[1-9][0-9]{0,2}"), re.compile(r"[0-9]{3}"), re.compile(r"-?[0-9]{1,3}")
APART = 10.0


def report_split_thousands(table: OfficeTable, findings: Findings) -> None:
    """Report columns whose figures were torn at the comma; other guesses about their size are taken back."""
    if table.dialect is None or table.dialect.separator != ",":
        return
    for column, beside in zip(table.names, table.names[1:], strict=False):
        numbered = zip(table.sample, table.sample_of(column), table.sample_of(beside), strict=True)
        cells = [(row.number, clean(shown(one)), clean(shown(other))) for row, one, other in numbered]
        torn = [(row, one, other) for row, one, other in cells if other]
        if len(torn) >= LEAST and _torn(beside, torn, [one for _, one, other in cells if one and not other]):
            row, one, other = torn[0]
            params = {"rest": other, "beside": beside, "count": len(torn), "whole": f"{one},{other}"}
            findings.drop("thousands_beside", column)
            findings.add(Problem("thousands_split", Severity.ERROR, row, column, one, params))


def _torn(beside: str, torn: list[tuple[int, str, str]], whole: list[str]) -> bool:
    """True where three digits follow one to three in each row that has both; and where a column of remarks holds
    them, or zeros lead them as in no number, or the figures without a second part are far larger.
    """
    if not all(_BEFORE.fullmatch(one) and _AFTER.fullmatch(other) for _, one, other in torn):
        return False
    if not all(_WHOLE.fullmatch(one) for one in whole):
        return False
    if words_of(beside) & NOTE:
        return True
    if len(whole) < LEAST:
        return False
    apart = median(abs(int(one)) for one in whole) >= APART * median(abs(int(one)) for _, one, _ in torn)
    return apart or any(other[0] == "0" for *_, other in torn)
