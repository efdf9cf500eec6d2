"""Columns as wholes: roles that are still open, missing units, what looks like personal data."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from ckanext.ierwohnen.tables import role_words as words
from ckanext.ierwohnen.tables.cells import clean, shown
from ckanext.ierwohnen.tables.column_facts import written_out
from ckanext.ierwohnen.tables.office_table import OfficeTable
from ckanext.ierwohnen.tables.problems import Findings, Problem, Severity, row_label
from ckanext.ierwohnen.tables.roles import ColumnRole

FEWEST_REPEATED = 5
"""So many rows must repeat their key before that is no chance."""

_OF_NO_USE = {
    "role_empty", "role_only_missing", "role_technical", "role_running_number", "role_coordinates", "role_repeats_key",
}  # fmt: skip
"""Why the portal itself leaves a column out; any other was left out by a person."""

_PERSONAL_NAMES = re.compile(
    r"(?:^|[^a-z])(?:vorname|nachname|familienname|mietername|mieter|geburtsdatum|geburtstag|geb\.?datum|geb\.?dat"
    r"|e-?mail|telefon|tel\.?|handy|mobil|iban|kontonummer|steuer-?id|steuernummer|sozialversicherungsnummer|ausweis"
    r"|first ?name|last ?name|surname|birth ?date|date of birth|phone)(?:$|[^a-z])"
)
_PERSONAL_VALUES = (
    ("e-mail", re.compile(r"[\w.+-]+@[\w-]+\.[\w.]+")),
    ("iban", re.compile(r"DE[0-9]{2}\s?(?:[0-9]{4}\s?){4}[0-9]{2}")),
    ("phone", re.compile(r"(?:\+49|0)[1-9][0-9]{1,4}[\s/-][0-9][0-9\s-]{4,}")),
)


def check_columns(table: OfficeTable, roles: Sequence[ColumnRole], findings: Findings) -> None:
    """Report what concerns a column as a whole."""
    by_name = {role.column: role for role in roles}
    for column in table.columns:
        role = by_name.get(column.name)
        if role is None or (role.role == "unclear" and role.reason != "role_signs_open"):  # that asks by itself
            findings.add(Problem("role_open", Severity.WARNING, column=column.name))
        elif role.reason == "role_other_figure":
            findings.add(Problem("figure_other", Severity.WARNING, column=column.name, params=role.reason_params))
        _personal(table, column.name, findings)
    withheld = left_out(roles)
    if withheld:
        findings.add(Problem("file_withheld", Severity.HINT, params={"columns": _listed(withheld)}))
    bare = [role.column for role in roles if role.role == "indicator" and not role.unit]
    if bare:
        findings.add(Problem("unit_missing", Severity.HINT, params={"columns": _listed(bare)}))
    if not any(role.role in ("indicator", "coordinate") for role in roles):  # points have their place
        findings.add(Problem("no_values", Severity.WARNING))
    _repeated_keys(table, roles, findings)
    _merged_values(table, roles, findings)


def left_out(roles: Iterable[ColumnRole]) -> list[str]:
    """Columns that somebody decided not to publish; those of no use to anybody (empty ones, identifiers) are none.

    An office's own column of signs is one: beside a sign, the file may hold the figure that it hides.
    """
    return [
        role.column
        for role in roles
        if role.role == "status" or (role.role == "unused" and role.reason not in _OF_NO_USE)
    ]


def _merged_values(table: OfficeTable, roles: Sequence[ColumnRole], findings: Findings) -> None:
    """One figure for several rows or columns: whose it is, only the office knows."""
    values = {role.column for role in roles if role.role in ("indicator", "weight")}
    for cell in table.merged:
        column = next((name for name in cell.columns if name in values), None)
        if column is None or not clean(cell.text):
            continue
        rows = range(cell.row, cell.last_row + 1)
        params = {
            "rows": [row_label(row) for row in rows[:6]] + ["…"] * (len(rows) > 6),
            "columns": list(cell.columns[:5]),
        }
        code = "merged_value" if len(rows) > 1 else "merged_value_columns"
        last = cell.last_row if len(rows) > 1 else None
        findings.add(Problem(code, Severity.ERROR, cell.row, column, clean(cell.text), params, last_row=last))


def _repeated_keys(table: OfficeTable, roles: Sequence[ColumnRole], findings: Findings) -> None:
    """The row's own key once more, under a heading that names no key: all headings may have moved by a column."""
    keys = {role.column: [_bare(cell) for cell in table.sample_of(role.column)] for role in roles if role.role == "key"}
    for role in roles:
        named = set(written_out(role.column).split())
        if role.role not in ("indicator", "unused") or named & (
            words.KEY | words.PLACE | words.TECHNICAL | words.ROW_NUMBERS
        ):
            continue
        cells = [_bare(cell) for cell in table.sample_of(role.column)]
        for key, own in keys.items():
            pairs = [pair for pair in zip(own, cells, strict=True) if all(pair)]
            same = sum(one == other for one, other in pairs)
            if same >= FEWEST_REPEATED and same >= 0.95 * len(pairs):
                severity = Severity.ERROR if role.role == "indicator" else Severity.WARNING
                repair = _leave_out(role.column) if role.role == "indicator" else ()
                findings.add(Problem("key_repeated", severity, column=role.column, params={"key": key}, repair=repair))


def _bare(cell: object) -> str:
    """A key without the zeros in front that programs drop."""
    return clean(shown(cell)).lstrip("0")


def _personal(table: OfficeTable, column: str, findings: Findings) -> None:
    """Names, birth dates and contacts of people do not belong here: by the column's name, or by its cells."""
    if _PERSONAL_NAMES.search(written_out(column)):
        findings.add(Problem("personal_data", Severity.ERROR, column=column))
        return
    cells = [clean(shown(cell)) for cell in table.sample_of(column)[:500]]
    cells = [cell for cell in cells if cell]
    for _, form in _PERSONAL_VALUES:
        if sum(bool(form.fullmatch(cell)) for cell in cells) > 0.3 * len(cells) and cells:
            findings.add(Problem("personal_data", Severity.ERROR, column=column))
            return


def _listed(columns: list[str], most: int = 5) -> list[str]:
    return columns[:most] + ["…"] * (len(columns) > most)


def _leave_out(column: str) -> tuple[dict[str, str], ...]:
    return ({"action": "leave_out", "column": column},)
