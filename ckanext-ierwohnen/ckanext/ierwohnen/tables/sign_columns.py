"""Columns of an office's own that say by a sign what holds of the figures beside them: "Qualität", "Sperrvermerk".

A column that is called so, and holds nothing but signs of official statistics, is proposed as the signs of its figures;
where it does not say of which, it is unclear. The signs go into the cells of the figures (`joined_signs.py`), so that
the check, the page and the load read what the office means; the column itself is not published.

No CKAN in here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from ckanext.ierwohnen.look.signs import Status, spellings
from ckanext.ierwohnen.tables.cells import clean, shown
from ckanext.ierwohnen.tables.column_facts import written_out
from ckanext.ierwohnen.tables.declared_signs import declared_signs
from ckanext.ierwohnen.tables.joined_signs import BELOW_HALF, JoinedBody, words
from ckanext.ierwohnen.tables.office_table import OfficeTable
from ckanext.ierwohnen.tables.roles import ColumnRole

SEAL_WORDS = {
    "sperrvermerk", "sperrvermerke", "sperre", "sperrkennzeichen", "gesperrt", "geheim", "geheimhaltung",
    "geheimhaltungsvermerk", "geheimhaltungskennzeichen", "vertraulich", "secret", "confidential", "suppressed",
}  # fmt: skip
YES = {"ja", "j", "x", "1", "true", "wahr", "yes", "y", "geheim", "gesperrt", "*", "."}
NO = {"", "nein", "n", "0", "false", "falsch", "no", "offen", "frei", "-", "–"}
SIGN_WORDS = {
    "qualitaet", "datenqualitaet", "zeichen", "status", "kennzeichen", "flag", "quality", "wertstatus", "wertzeichen",
    "fussnote", "signatur",
}  # fmt: skip
EVERY = "*"
"""As `status_of`: the signs hold of all figures of their row."""
MOST_WORDS = 3  # a longer heading is a sentence, and says something else
_OWN = {"e": Status.ESTIMATED}


def named(role: ColumnRole, wanted: set[str]) -> bool:
    """Whether a column is called by one of these words."""
    told = written_out(role.column).replace("_", " ").split()
    return len(told) <= MOST_WORDS and bool({word.strip("().:-") for word in told} & wanted)


def meanings(table: OfficeTable, role: ColumnRole) -> dict[str, Status]:
    """What the words of a column of signs mean, in small letters: as the office declares, else as usual.

    In a column of seals whatever does not say that there is none is one.
    """
    if named(role, SEAL_WORDS):
        return {**dict.fromkeys(YES | _met(table, role), Status.SECRET), **dict.fromkeys(NO, Status.OK)}
    usual = {**spellings("instead"), **spellings("beside"), **spellings("around"), **_OWN}
    stated = {sign: Status(said) for sign, said in declared_signs(table).items() if said in list(Status)}
    known = {sign.casefold(): status for sign, status in {**usual, **words(), **stated}.items() if sign}
    if "0" not in stated:
        known.pop("0", None)  # is it an ordinary value, or less than half? The column does not say
    return known


def _met(table: OfficeTable, role: ColumnRole) -> set[str]:
    return {text for cell in table.sample_of(role.column) if (text := clean(shown(cell)).casefold())}


def with_sign_columns(table: OfficeTable, roles: Sequence[ColumnRole]) -> list[ColumnRole]:
    """The proposal, in which columns of signs are those of their figures, or unclear."""
    values = [role.column for role in roles if role.role == "indicator"]
    found = [_proposed(table, role, values, roles) for role in roles] if values else list(roles)
    return found


def _proposed(table: OfficeTable, role: ColumnRole, values: Sequence[str], roles: Sequence[ColumnRole]) -> ColumnRole:
    if role.role not in ("note", "dimension", "unclear") or not _of_signs(table, role, at_least=0.6):
        return role
    of = _values_of(table, role, values, roles) if _of_signs(table, role, at_least=1.0) else None
    if of is None:
        return ColumnRole(role.column, "unclear", reason="role_signs_open", confidence=0.3)
    return ColumnRole(role.column, "status", status_of=of, reason="role_status_of", confidence=0.9)


def _of_signs(table: OfficeTable, role: ColumnRole, at_least: float) -> bool:
    """Whether a column is called a column of signs and this share of what it holds is known."""
    if not named(role, SIGN_WORDS) or named(role, SEAL_WORDS):
        return False
    met = _met(table, role)
    known = meanings(table, role)
    return bool(met) and sum(word in known for word in met) >= at_least * len(met)


def _values_of(table: OfficeTable, role: ColumnRole, values: Sequence[str], roles: Sequence[ColumnRole]) -> str | None:
    """The column of figures that signs belong to: the only one, the one that the heading names, or its neighbour."""
    if len(values) == 1:
        return values[0]
    rest = set(written_out(role.column).replace("_", " ").split()) - SIGN_WORDS
    fits = [name for name in values if rest and rest <= set(written_out(name).replace("_", " ").split())]
    if len(fits) == 1:
        return fits[0]
    signs = [other for other in roles if _of_signs(table, other, at_least=0.6)]
    left = table.names[max(0, table.names.index(role.column) - 1)]
    return left if len(signs) == len(values) and left in values else None


def applied(table: OfficeTable, roles: Sequence[ColumnRole]) -> OfficeTable:
    """The table with the signs of such columns in the cells of their figures; its columns stay."""
    values = [role.column for role in roles if role.role in ("indicator", "weight")]
    pairs: list[tuple[int, int]] = []
    known: dict[int, Mapping[str, Status]] = {}
    half = False
    for role in roles:
        of = values if role.status_of == EVERY else [name for name in values if name == role.status_of]
        if role.role == "status" and of:
            sign = table.names.index(role.column)
            pairs += [(table.names.index(name), sign) for name in of]
            known[sign] = meanings(table, role)
            half |= any(known[sign].get(word) is Status.BELOW_HALF for word in _met(table, role))
    if not pairs:
        return table
    body = JoinedBody(table.body, pairs, range(len(table.columns)), table.names, known)
    signs = {**table.hints.signs, BELOW_HALF: str(Status.BELOW_HALF)} if half else table.hints.signs
    made = replace(table, body=body, hints=replace(table.hints, signs=signs))
    made.styles = table.styles  # how the figures are written was decided without the signs
    return made


def as_published(roles: Sequence[ColumnRole], before: Mapping[str, str]) -> list[ColumnRole]:
    """The proposal, in which columns that were signs last time are those of the same figures again."""
    there = {role.column for role in roles}
    return [
        ColumnRole(role.column, "status", status_of=before[role.column], reason="role_as_before", confidence=0.97)
        if before.get(role.column) in {*there, EVERY}
        else role
        for role in roles
    ]
