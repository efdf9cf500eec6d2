"""Rows of an office table that are no unit: the total, "not assignable", rows of a coarser level.

They are set aside in sight: never added up with the units, never dropped in silence.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ckanext.ierwohnen.places.keys import KeyKind, LevelKeys, MatchReport, as_key, match_keys
from ckanext.ierwohnen.tables.cells import clean, shown
from ckanext.ierwohnen.tables.office_table import Chunk, OfficeTable
from ckanext.ierwohnen.tables.roles import ColumnRole

_TOTAL = re.compile(
    r"^(?:insgesamt|gesamt|zusammen|summe|gesamtsumme|total|alle|gesamtstadt|stadt insgesamt|stadtgebiet|ingesamt)\b"
    r"|[\s(,-](?:gesamt|insgesamt|zusammen)\)?$|^(?:stadt|landeshauptstadt|hansestadt|kreisfreie stadt)\s+\w+$"
    r"|^(?:σ|∑|stadt)$",
    re.I,
)
_NOT_ASSIGNABLE = re.compile(
    r"nicht\s+(?:zuordenbar|zugeordnet|zuzuordnen|lokalisierbar|bekannt)|unbekannt"
    r"|ohne (?:angabe|zuordnung|festen)|^sonstige|^außerhalb|keine angabe|not assignable|unknown",
    re.I,
)


class RowKind(StrEnum):
    """What a row of an office table stands for."""

    UNIT = "unit"
    TOTAL = "total"
    NOT_ASSIGNABLE = "not_assignable"
    COARSER = "coarser"
    UNKNOWN = "unknown"
    EMPTY = "empty"


SPECIAL = (RowKind.TOTAL, RowKind.NOT_ASSIGNABLE, RowKind.COARSER)


@dataclass(frozen=True)
class KeyReading:
    """How a table's main key column is read: its place, the level it means, and the other levels of that system.

    `name_places`: all columns of names, that of the units first. `whole`: the name that rows without a key bear, where
    the title says it: the place of the whole table.
    """

    column: str
    place: int
    level: LevelKeys | None
    coarser: tuple[LevelKeys, ...] = ()
    name_place: int | None = None
    whole: str | None = None
    name_places: tuple[int, ...] = ()

    def judge(self, value: str, matches: Mapping[str, tuple[RowKind, str | None]]) -> tuple[RowKind, str | None]:
        """Kind and canonical key of a value, from judgements made before."""
        return matches[as_key(clean(shown(value)))]


def main_key(table: OfficeTable, roles: Sequence[ColumnRole], places: Sequence[LevelKeys]) -> KeyReading | None:
    """The column whose keys tell which unit a row is about: the one of the finest level; names if there is no key."""
    keyed = [(role, _level(role, places)) for role in roles if role.role == "key"]
    named = {table.names.index(role.column): role for role in roles if role.role == "name"}
    if not keyed:
        return None
    role, level = max(keyed, key=lambda entry: len(entry[1].units) if entry[1] else 0)
    coarser: tuple[LevelKeys, ...] = ()
    if level:
        coarser = tuple(p for p in places if p.system == level.system and len(p.units) < len(level.units))
    place = table.names.index(role.column)
    # The names of these units, if it is said whose names they are; else those beside the keys.
    order = sorted(named, key=lambda n: (named[n].level != role.level or role.level is None, abs(n - place)))
    nearest = order[0] if order else None
    return KeyReading(role.column, place, level, coarser, nearest, _whole(table, place, nearest), tuple(order))


def _whole(table: OfficeTable, key: int, name: int | None) -> str | None:
    """`Berlin` in the rows without a key of a table whose title says "in Berlin"."""
    if name is None:
        return None
    names = {clean(shown(row.cells[name])) for row in table.sample if not clean(row.cells[key])}
    one = names.pop() if len(names) == 1 else ""
    said = any(re.search(rf"\b{re.escape(one)}\b", line.text) for line in table.title) if one else False
    return one if said else None


def judge_keys(
    values: Sequence[str], reading: KeyReading
) -> tuple[dict[str, tuple[RowKind, str | None]], MatchReport | None]:
    """Kind and canonical key of each distinct value of the key column."""
    plain = [as_key(clean(shown(value)).removesuffix(",0")) for value in values]
    if reading.level is None:
        judged = {v: _without_level(v) for v in plain}
        return {original: judged[v] for original, v in zip(values, plain, strict=True)}, None
    report = match_keys(plain, reading.level)
    kinds: dict[str, tuple[RowKind, str | None]] = {}
    for original, value in zip(values, plain, strict=True):
        match = report.matches[value]
        kind = _KINDS[match.kind]
        if kind is RowKind.UNKNOWN and any(value in level.units for level in reading.coarser):
            kind = RowKind.COARSER
        elif kind is RowKind.UNKNOWN:
            kind = kind_by_name(value) or kind  # "Insgesamt" where a key should stand
        kinds[original] = (kind, match.key)
    return kinds, report


def row_kinds(
    chunk: Chunk, reading: KeyReading, kinds: Mapping[str, tuple[RowKind, str | None]]
) -> tuple[np.ndarray, pa.Array]:
    """Per row its kind (array of `RowKind` texts) and canonical key (null for special rows)."""
    encoded = pc.fill_null(chunk.columns[reading.place], "").dictionary_encode()
    distinct = encoded.dictionary.to_pylist()
    found = [kinds.get(value) or _without_level(value) for value in distinct]
    codes = encoded.indices.to_numpy(zero_copy_only=False)
    names = np.array([str(kind) for kind, _ in found] or [""], dtype=object)
    keys = pa.array([key for _, key in found], pa.string()).take(encoded.indices)
    result = names[codes] if len(codes) else np.array([], dtype=object)
    if reading.name_place is not None:
        result = _by_name(result, chunk, reading)
    return result, keys


def kind_by_name(text: str) -> RowKind | None:
    """Total or not assignable by the words of a name cell ("Jena (gesamt)", "nicht zuordenbar")."""
    text = clean(shown(text))
    if _NOT_ASSIGNABLE.search(text):
        return RowKind.NOT_ASSIGNABLE
    return RowKind.TOTAL if _TOTAL.search(text) else None


def _by_name(kinds: np.ndarray, chunk: Chunk, reading: KeyReading) -> np.ndarray:
    """Rows without a key, or with one that is no unit, may say in words what they are."""
    open_rows = np.flatnonzero(np.isin(kinds, [str(RowKind.EMPTY), str(RowKind.UNKNOWN)]))
    if not len(open_rows) or len(open_rows) > 0.5 * len(kinds):
        return kinds
    places = reading.name_places or (reading.name_place or 0,)
    columns = [chunk.columns[place].take(pa.array(open_rows)).to_pylist() for place in places]
    result = kinds.copy()
    for row, *names in zip(open_rows, *columns, strict=True):
        whole = reading.whole and clean(shown(names[0] or "")) == reading.whole
        found = RowKind.TOTAL if whole else next((kind for name in names if (kind := kind_by_name(name or ""))), None)
        if found:
            result[row] = str(found)
    return result


_KINDS = {
    KeyKind.UNIT: RowKind.UNIT,
    KeyKind.REPAIRED: RowKind.UNIT,
    KeyKind.TOTAL: RowKind.TOTAL,
    KeyKind.NOT_ASSIGNABLE: RowKind.NOT_ASSIGNABLE,
    KeyKind.EMPTY: RowKind.EMPTY,
    KeyKind.UNKNOWN: RowKind.UNKNOWN,
}


def _without_level(value: str) -> tuple[RowKind, str | None]:
    """Without known units every filled value counts as a unit, but for a key of only zeros."""
    value = as_key(clean(shown(value)))
    if not value:
        return RowKind.EMPTY, None
    if not value.strip("0"):
        return RowKind.TOTAL, None
    return (RowKind.UNIT, value) if (said := kind_by_name(value)) is None else (said, None)


def _level(role: ColumnRole, places: Sequence[LevelKeys]) -> LevelKeys | None:
    return next((p for p in places if p.system == role.system and p.level == role.level), None)
