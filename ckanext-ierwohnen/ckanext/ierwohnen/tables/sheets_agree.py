"""What the sheets of a workbook say around their tables: a legend on a sheet of its own, and whether the titles and
notes of sheets that are read below one another say the same.
"""

from __future__ import annotations

from collections.abc import Sequence

from ckanext.ierwohnen.tables.declared_signs import legend_signs, unusual
from ckanext.ierwohnen.tables.headers import row_text
from ckanext.ierwohnen.tables.measures import scale_in
from ckanext.ierwohnen.tables.office_table import Line, OfficeTable
from ckanext.ierwohnen.tables.periods import Period, period_of_values
from ckanext.ierwohnen.tables.problems import Problem, Severity
from ckanext.ierwohnen.tables.reading_sheet import Sheet

_LONGEST = 200
"""Rows that a sheet of explanations has at most."""


def legend_lines(sheets: Sequence[Sheet]) -> tuple[Line, ...]:
    """The lines of other sheets that explain signs (`-` beside `geheim`)."""
    lines = []
    for sheet in sheets:
        if len(sheet.rows) > _LONGEST or sheet.note.columns > 6:
            continue
        texts = [Line(number, row_text(row)) for number, row in enumerate(sheet.rows, 1) if len(row_text(row)) > 2]
        lines += [line for line in texts if legend_signs([line.text])]
    return tuple(lines)


def disagreements(dated: Sequence[tuple[str, OfficeTable, Period]]) -> list[Problem]:
    """Sheets whose title or notes give another scale or other signs than those of the first, or another period than
    the name of the sheet: read as one table, their figures would be wrong.
    """
    problems = []
    for name, table, period in dated:
        told = [(line, found) for line in table.title if (found := period_of_values(line.text))]
        for line, found in told:
            if found.start.year != period.start.year:
                params = {"sheet": name, "text": line.text[:120]}
                problems.append(_problem("sheet_title_other", params, [one for one, _, _ in dated]))
                break
    said = {name: _said(table) for name, table, _ in dated}
    first = dated[0][0]
    for name, one in said.items():
        if one != said[first]:
            params = {"sheet": name, "first": first, "text": _shown(dated, name) or _shown(dated, first)}
            problems.append(_problem("sheets_notes_differ", params, list(said)))
            break
    return problems


def _said(table: OfficeTable) -> tuple[frozenset[int], frozenset[tuple[str, str]]]:
    lines = [line.text for line in (*table.title, *table.foot)]
    scales = frozenset(found[0] for text in lines if len(text) < _LONGEST and (found := scale_in(text)))
    return scales, frozenset(unusual(legend_signs(lines)).items())


def _shown(dated: Sequence[tuple[str, OfficeTable, Period]], name: str) -> str:
    table = next(table for one, table, _ in dated if one == name)
    lines = [line.text for line in (*table.title, *table.foot)]
    return next((text[:120] for text in lines if scale_in(text) or unusual(legend_signs([text]))), "")


def _problem(code: str, params: dict[str, str], sheets: list[str]) -> Problem:
    offers = tuple({"action": "sheet", "value": name} for name in sheets[:6])
    return Problem(code, Severity.ERROR, params=params, repair=offers)
