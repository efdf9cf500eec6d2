"""Adding a delivery to a published table: only where both have the same columns, and no value comes twice.

In a wide table, columns of other periods may come or stay away (`wide_append.py`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from ckanext.datastore.backend.postgres import identifier

from .dictionary import PLUGIN
from .jobs import JobRefused
from .meanings import keys
from .roles import ColumnRole, Role
from .row_identity import named_by, other_form
from .said_figures import OTHER
from .store import StoreColumn, columns_of
from .wide_append import measure, period_of
from .wording import Message, reader_language

OF_ROLE = {  # what has to be the same in both, by the role that a column was published with
    Role.KEY: ("iw_role", "iw_system", "iw_level"),
    Role.INDICATOR: ("iw_role", "iw_indicator", "iw_period", "iw_unit"),
    Role.DIMENSION: ("iw_role", "iw_dimension"),
}
UNION_KEYS = ("iw_total_keys", "iw_unassigned_keys", "iw_coarser_keys")


def joined(old: list[StoreColumn], new: list[StoreColumn]) -> list[StoreColumn]:
    """The columns of the published table, with its data dictionary, for the rows of both.

    Raises JobRefused, naming them, if the delivery has other columns; those of signs may be missing on either side,
    and in a wide table those of single periods.
    """
    for measured in {measure(column) for column in old if period_of(column)}:
        refuse_other_form(*([p for c in side if (p := period_of(c)) and measure(c) == measured] for side in (old, new)))
    names, delivered = {column.name for column in old}, {column.name for column in new}
    free = {column.name for column in [*old, *new] if _role(column) == Role.STATUS} | _of_periods(old, new)
    missing = sorted(names - delivered - free)
    extra = sorted(delivered - names - free)
    if missing or extra:
        raise JobRefused(
            Message(
                "The delivery does not fit the published table: missing columns: {missing}; "
                "columns that are not published: {extra}. Rename them in the file, or replace the whole table.",
                {"missing": ", ".join(missing) or "–", "extra": ", ".join(extra) or "–"},
            )
        )
    other = {column.name: column for column in new}
    _refuse_other_meanings(old, other)
    both = [_united(column, other.get(column.name)) for column in old]
    return both + [column for column in new if column.name not in names]


def _refuse_other_meanings(old: list[StoreColumn], new: dict[str, StoreColumn]) -> None:
    """Raise JobRefused if a column of the same name holds keys of other boundaries, another figure, or no figure.

    Rows of both would stand under one meaning, and half of them wrongly. What one side leaves open is no other meaning.
    """
    for column in old:
        if column.name not in new:
            continue
        meant = [one.plugin_data.get(PLUGIN, {}) for one in (column, new[column.name])]
        for said in OF_ROLE.get(meant[0].get("iw_role"), ("iw_role",)):
            before, now = (one.get(said) for one in meant)
            if before and now and now != Role.UNCLEAR and before != now:
                raise JobRefused(
                    Message(
                        'Column "{name}" is published as {old}, but delivered as {new}. Give it the same role, or '
                        "replace the whole table.",
                        {"name": column.name, "old": before, "new": now},
                    )
                )


def _of_periods(old: list[StoreColumn], new: list[StoreColumn]) -> set[str]:
    """Columns that stand for one period of what the published table measures anyway."""
    known = {measure(column) for column in old if period_of(column)}
    return {column.name for column in [*old, *new] if period_of(column) and measure(column) in known}


def published(cursor: Any, table: str) -> list[StoreColumn]:
    """The columns of a published table with everything that its data dictionary holds, of whatever plugin."""
    cursor.execute(
        "SELECT attname, col_description(attrelid, attnum) FROM pg_attribute WHERE attrelid = %s::regclass "
        "AND attnum > 0 AND NOT attisdropped",
        [identifier(table)],
    )
    comments = dict(cursor.fetchall())
    columns = []
    for name, kind in columns_of(cursor, table):
        content = json.loads(comments.get(name) or "{}")
        columns.append(StoreColumn(name, kind, content.pop("_info", {}), content))
    return columns


def _role(column: StoreColumn) -> Any:
    return column.plugin_data.get(PLUGIN, {}).get("iw_role")


def _united(old: StoreColumn, new: StoreColumn | None) -> StoreColumn:
    """The published meaning with the special keys of both. Raises JobRefused if text would stand among numbers."""
    if new is None:
        return old
    if old.type != new.type and "text" in (old.type, new.type):
        raise JobRefused(
            Message(
                'Column "{name}" is published as {old}, but delivered as {new}. Give it the same role, or replace '
                "the whole table.",
                {"name": old.name, "old": old.type, "new": new.type},
            )
        )
    data = dict(old.plugin_data.get(PLUGIN, {}))
    added = new.plugin_data.get(PLUGIN, {})
    for name in UNION_KEYS:
        data[name] = ", ".join(dict.fromkeys([*keys(data.get(name)), *keys(added.get(name))]))
    info = {**old.info}
    notes = dict.fromkeys(one for one in (old.info.get("notes"), new.info.get("notes")) if one)
    if notes:
        info["notes"] = " ".join(notes)
    return StoreColumn(
        old.name, old.type if old.type == new.type else "numeric", info, {**old.plugin_data, PLUGIN: data}
    )


def refuse_other_figures(roles: Iterable[ColumnRole]) -> None:
    """Raise JobRefused if the file says to be another figure than the published one, and nobody has settled it."""
    for role in roles:
        if role.reason == OTHER:
            told = {name: text[_language()] for name, text in role.reason_params.items()}
            raise JobRefused(
                Message(
                    'Column "{name}" is published as {old}, but delivered as {new}. Give it the same role, or replace '
                    "the whole table.",
                    {"name": role.column, "old": told["before"], "new": told["now"]},
                )
            )


def _language() -> str:
    return "en" if reader_language().startswith("en") else "de"


def refuse_duplicates(cursor: Any, table: str, columns: list[StoreColumn], held: int) -> None:
    """Raise JobRefused if a row after the first `held` ones is about what another row is about: unit, period, classes.

    Names tell rows apart only where they already do so in the published table (facilities of a district).
    """
    if not any(_role(column) in (Role.KEY, Role.PERIOD) for column in columns):
        return
    _refuse_other_forms(cursor, table, columns, held)
    named = named_by(columns)
    if _twice(cursor, table, named, f"WHERE _id <= {held:d}", ""):
        named = named_by(columns, names=True)
    twice = _twice(cursor, table, named, "", f"AND bool_or(_id > {held:d})")
    if twice:
        raise JobRefused(
            Message(
                "These rows are published already: {rows}. Leave them out of the file, or replace the whole table.",
                {"rows": "; ".join(twice)},
            )
        )


def _twice(cursor: Any, table: str, named: list[str], where: str, having: str) -> list[str]:
    """Some of the rows that are there more than once, as people read them."""
    names = ", ".join(named)
    cursor.execute(
        f"SELECT {names} FROM {identifier(table)} {where} GROUP BY {names} HAVING count(*) > 1 {having} "
        "ORDER BY 1 LIMIT 5"
    )
    return [" / ".join(str(value) for value in row if value) for row in cursor.fetchall()]


def _refuse_other_forms(cursor: Any, table: str, columns: list[StoreColumn], held: int) -> None:
    """Raise JobRefused if the delivery writes a published period in another form: both would stand there."""
    for column in columns:
        if _role(column) != Role.PERIOD:
            continue
        name = identifier(column.name)
        cursor.execute(f"SELECT DISTINCT {name}::text, _id <= {held:d} FROM {identifier(table)}")
        found = [(period, before) for period, before in cursor.fetchall() if period]
        refuse_other_form([p for p, before in found if before], [p for p, before in found if not before])


def refuse_other_form(published: Iterable[str], delivered: Iterable[str]) -> None:
    """Raise JobRefused if periods of the same year are written in different forms."""
    other = other_form(sorted(published), sorted(delivered))
    if other:
        raise JobRefused(
            Message(
                "The delivery says {delivered}, the published table {published}: the same year in another form, and "
                "both would stand there. Write the period as it is published, or replace the whole table.",
                {"delivered": other[0], "published": other[1]},
            )
        )
