"""Columns that say of each row that its figures are secret, or what sign belongs to them.

The portal reads signs in the cells of figures. A mark beside them (`Sperrvermerk`: ja) would be published together with
the figure that it is to hide.
"""

from __future__ import annotations

from collections.abc import Sequence

from ckanext.ierwohnen.look.signs import Status, spellings
from ckanext.ierwohnen.tables.cells import clean, shown
from ckanext.ierwohnen.tables.column_facts import written_out
from ckanext.ierwohnen.tables.headers import is_number
from ckanext.ierwohnen.tables.office_table import OfficeTable
from ckanext.ierwohnen.tables.problems import Findings, Problem, Severity
from ckanext.ierwohnen.tables.roles import ColumnRole

_SEAL_WORDS = {
    "sperrvermerk", "sperrvermerke", "sperre", "sperrkennzeichen", "gesperrt", "geheim", "geheimhaltung",
    "geheimhaltungsvermerk", "geheimhaltungskennzeichen", "vertraulich", "secret", "confidential", "suppressed",
}  # fmt: skip
_YES = {"ja", "j", "x", "1", "true", "wahr", "yes", "y", "geheim", "gesperrt", "*", "."}
_NO = {"nein", "n", "0", "false", "falsch", "no", "offen", "frei", "-"}
_SIGN_WORDS = {"qualitaet", "zeichen", "status", "kennzeichen", "flag", "quality", "wertstatus"}
_SIGNS = {*spellings("instead"), *spellings("beside"), "e"} - {""}
SECRET_SIGN = next(text for text, status in spellings("instead").items() if status is Status.SECRET)


def check_seals(table: OfficeTable, roles: Sequence[ColumnRole], findings: Findings) -> None:
    """Report figures that a column beside them marks as secret, and columns of signs that are not applied."""
    values = [role.column for role in roles if role.role == "indicator"]
    for role in roles:
        named = set(written_out(role.column).split())
        cells = [clean(shown(cell)).casefold() for cell in table.sample_of(role.column)]
        met = {cell for cell in cells if cell}
        if not met or len(named) > 3:
            continue
        if named & _SEAL_WORDS and met <= _YES | _NO and met & _YES:
            _sealed(table, role.column, [name for name in values if name != role.column], cells, findings)
        elif named & _SIGN_WORDS and role.role not in ("indicator", "status") and met <= _SIGNS and values:
            params = {"signs": sorted(met)}
            findings.add(Problem("signs_apart", Severity.WARNING, column=role.column, params=params))


def _sealed(table: OfficeTable, seal: str, values: Sequence[str], marks: Sequence[str], findings: Findings) -> None:
    """Each figure of a row under seal; the sign in its place is the repair."""
    for name in values:
        for row, mark, cell in zip(table.sample, marks, table.sample_of(name), strict=True):
            if mark in _YES and is_number(clean(shown(cell))):
                offer = {"action": "replace", "row": row.number, "column": name, "value": SECRET_SIGN}
                text, params = shown(cell), {"seal": seal, "mark": mark}
                findings.add(Problem("value_sealed", Severity.ERROR, row.number, name, text, params, (offer,)))
