"""Columns that state the unit of each row: "Einheit" with `1000`, `Tsd. EUR`, `DM`. No CKAN in here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ckanext.ierwohnen.tables.cells import SCALED_UNITS, UNITS, clean, shown
from ckanext.ierwohnen.tables.column_facts import written_out
from ckanext.ierwohnen.tables.measures import scale_in
from ckanext.ierwohnen.tables.office_table import OfficeTable
from ckanext.ierwohnen.tables.role_words import unit_in
from ckanext.ierwohnen.tables.roles import ColumnRole

_WORDS = {"einheit", "einheiten", "masseinheit", "masseinheiten", "mengeneinheit", "dimension", "unit", "units"}
_COUNTED = {
    "anzahl", "zahl", "personen", "haushalte", "wohnungen", "gebäude", "fälle", "stück", "index", "number", "count",
}  # fmt: skip
FEW = 12


def is_called_unit(name: str) -> bool:
    """True for a heading like "Einheit"."""
    return bool(set(written_out(name).split()) & _WORDS)


def is_unit(text: str) -> bool:
    """True for the text of a unit: `EUR`, `Tsd.`, `1000`, `Personen`."""
    return text in UNITS or unit_in(text) is not None or text.casefold() in _COUNTED or power_in(text) is not None


def power_in(text: str) -> int | None:
    """The power of ten that a unit states: 3 for `Tsd. EUR`, `1.000 Personen` or `1000`; None for a whole unit."""
    if text in SCALED_UNITS:
        return SCALED_UNITS[text][1]
    found = scale_in(text) or scale_in(f"in {text}")
    return found[0] if found else None


def as_notes(table: OfficeTable, roles: Sequence[ColumnRole]) -> list[ColumnRole]:
    """The proposal, in which a column "Einheit" of `1000` or `1.000 EUR` is a note: its numbers are no figures."""
    return [
        replace(role, role="note", indicator=None, unit=None, power=0, reason="role_words", confidence=0.85)
        if role.role == "indicator" and is_called_unit(role.column) and _holds_scales(table, role.column)
        else role
        for role in roles
    ]


def _holds_scales(table: OfficeTable, name: str) -> bool:
    met = {text for cell in table.sample_of(name) if (text := clean(shown(cell)))}
    return 0 < len(met) <= FEW and any(power_in(text) for text in met) and all(map(is_unit, met))
