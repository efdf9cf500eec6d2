"""What names a row of a published table: its unit, its period, its classes. In SQL, and for periods in plain Python.

The name of a unit is for people: written in capitals it is no other unit. It names a row only where there is no key.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from ckanext.datastore.backend.postgres import identifier

from .dictionary import PLUGIN
from .roles import Role
from .store import StoreColumn

_LETTERS = (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("ß", "ss"))


def named_by(columns: Iterable[StoreColumn], row: str = "", names: bool = False) -> list[str]:
    """SQL texts that together name a row; empty if no column does.

    :param row: alias of the table
    :param names: the names of units count as well, although there are keys
    """
    dot = f"{row}." if row else ""
    of = {role: [f"{dot}{identifier(c.name)}" for c in columns if _role(c) == role] for role in Role}
    told = [f"coalesce({cell}::text, '')" for cell in (*of[Role.KEY], *of[Role.PERIOD], *of[Role.DIMENSION])]
    written = [_folded(cell) for cell in of[Role.NAME]]
    if of[Role.KEY] and not names:
        return told + [f"CASE WHEN {of[Role.KEY][0]} IS NULL THEN {name} ELSE '' END" for name in written]
    return told + written


def other_form(published: Iterable[str], delivered: Iterable[str]) -> tuple[str, str] | None:
    """A delivered period and a published one of the same year in another form: 2025-12-31 and 2025; None if none is.

    Both would stand beside each other for what is one date. Years that hold both forms already are left alone.
    """
    forms: dict[str, dict[str, str]] = {}
    for period in published:
        forms.setdefault(period[:4], {})[_form(period)] = period
    for period in delivered:
        known = forms.get(period[:4])
        if known and _form(period) not in known:
            return period, next(iter(known.values()))
    return None


def _form(period: str) -> str:
    return re.sub("[0-9]", "0", period)


def _folded(cell: str) -> str:
    """A name without capitals, blanks and hyphens, umlauts written out."""
    text = f"lower(coalesce({cell}::text, ''))"
    for letter, letters in _LETTERS:
        text = f"replace({text}, '{letter}', '{letters}')"
    return f"regexp_replace({text}, '[^[:alnum:]]+', '', 'g')"


def _role(column: StoreColumn) -> str | None:
    return column.plugin_data.get(PLUGIN, {}).get("iw_role")
