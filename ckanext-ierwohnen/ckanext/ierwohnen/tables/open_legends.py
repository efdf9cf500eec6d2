"""Explanations of signs that are there and not understood: then the sign is not read as elsewhere without asking."""

from __future__ import annotations

from collections.abc import Sequence

from ckanext.ierwohnen.look.signs import Status, label, spellings
from ckanext.ierwohnen.tables.cells import clean
from ckanext.ierwohnen.tables.declared_signs import declared_signs, unread_meanings
from ckanext.ierwohnen.tables.office_table import OfficeTable
from ckanext.ierwohnen.tables.problems import Problem, Severity
from ckanext.ierwohnen.tables.roles import ColumnRole

_CHOICES = (Status.MISSING, Status.SECRET, Status.NOTHING, Status.BLOCKED, Status.UNCERTAIN)


def open_legends(table: OfficeTable, roles: Sequence[ColumnRole]) -> list[Problem]:
    """Signs among the figures that the office's own legend explains in words that are not known here."""
    texts = unread_meanings(line.text for line in (*table.title, *table.foot, *table.legend))
    declared = declared_signs(table)
    values = [role.column for role in roles if role.role == "indicator"]
    usual = {**spellings("instead"), **spellings("beside")}
    found = []
    for sign, text in texts.items():
        if sign in declared or sign not in usual:
            continue
        column = next((name for name in values if _stands_in(table.sample_of(name), sign)), None)
        if column is None:
            continue
        as_usual = usual[sign]
        choices = dict.fromkeys((as_usual, *(_CHOICES if sign in spellings("instead") else ())))
        offers = tuple({"action": "sign", "sign": sign, "value": str(status)} for status in choices)
        params = {"sign": sign, "text": text[:80], "meaning": {one: label(as_usual, one) for one in ("de", "en")}}
        found.append(Problem("legend_open", Severity.ERROR, None, column, sign, params, offers))
    return found


def _stands_in(cells: Sequence[str], sign: str) -> bool:
    """True if a cell is the sign, or a figure with it behind."""
    return any((text := clean(cell)) == sign or (sign.isalpha() and text[:-1].rstrip()[-1:].isdigit()
               and text.endswith(sign)) for cell in cells)  # fmt: skip
