"""The next delivery of a wide table, whose years are columns: new years join, the same years are corrected.

Rows of the delivery belong to published rows by unit, dimensions and, if there is a column of them, period. A cell
that the delivery leaves blank takes nothing away, and years that it does not hold stay: nothing is lost by appending.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from ckanext.datastore.backend.postgres import identifier
from ckanext.ierwohnen.look.signs import Status

from .dictionary import PLUGIN
from .jobs import JobRefused
from .recognition import subject
from .roles import Role
from .row_identity import named_by
from .store import StoreColumn
from .wording import Message

VALUES = (Role.INDICATOR, Role.WEIGHT)
NAMED = 5


def is_wide(columns: Iterable[StoreColumn]) -> bool:
    """Whether values of several periods stand beside each other."""
    return any(period_of(column) for column in columns)


def period_of(column: StoreColumn) -> str | None:
    """The period for which a value column stands, if it stands for one."""
    return _meaning(column).get("iw_period") if _meaning(column).get("iw_role") in VALUES else None


def measure(column: StoreColumn) -> tuple[Any, ...]:
    """What a value column measures, whatever its period: its indicator, or else its name without the period."""
    meant = _meaning(column)
    name = meant.get("iw_indicator") or subject(_label(column))
    return meant.get("iw_role"), name, meant.get("iw_dimension"), meant.get("iw_code")


def kept(old: Iterable[StoreColumn], new: Iterable[StoreColumn]) -> tuple[str, ...]:
    """How the published columns of periods are called that a delivery does not hold."""
    delivered = {column.name for column in new}
    return tuple(_label(column) for column in old if period_of(column) and column.name not in delivered)


def as_published(old: list[StoreColumn], new: list[StoreColumn]) -> dict[str, str]:
    """Names of delivered columns → names under which the same measure and period is published; others keep theirs.

    So `31.12.2025` continues `2025`, and its signs those of it.
    """
    known, names = _by_meaning(old), {column.name for column in old}
    taken: dict[str, str] = {}
    for meant, column in _by_meaning(new).items():
        there = known.get(meant)
        if there is not None and column.name not in names and there.name not in {other.name for other in new}:
            taken[column.name] = there.name
    signs = {_meaning(column).get("iw_status_of"): column.name for column in old}
    for column in new:
        of = _meaning(column).get("iw_status_of")
        if of in taken:
            taken[column.name] = signs.get(taken[of]) or f"{taken[of]}_status"
    return taken


def renamed(columns: list[StoreColumn], names: dict[str, str]) -> list[StoreColumn]:
    """The columns under other names, with what they say of each other."""

    def meant(column: StoreColumn) -> dict[str, Any]:
        of = _meaning(column).get("iw_status_of")
        return {**_meaning(column), "iw_status_of": names.get(of, of)} if of else _meaning(column)

    return [
        replace(column, name=names.get(column.name, column.name),
                plugin_data={**column.plugin_data, PLUGIN: meant(column)})
        for column in columns
    ]  # fmt: skip


def _by_meaning(columns: Iterable[StoreColumn]) -> dict[tuple[Any, ...], StoreColumn]:
    """Columns by measure and period; two of the same are no help, and left out."""
    found: dict[tuple[Any, ...], list[StoreColumn]] = {}
    for column in columns:
        if period_of(column):
            found.setdefault((*measure(column), period_of(column)), []).append(column)
    return {meant: same[0] for meant, same in found.items() if len(same) == 1}


def merge(cursor: Any, table: str, old: list[StoreColumn], new: list[StoreColumn], held: int) -> int:
    """Let the rows after the first `held` ones correct and complete these; what belongs to none of them stays behind.

    :param new: the delivered columns, under their published names
    :returns: the number of rows of the table afterwards
    :raises JobRefused: if it cannot be told which rows belong together
    """
    same = ", ".join(named_by(old, "o")), ", ".join(named_by(old, "n"))
    if not same[0]:
        raise JobRefused(Message("No column says to which unit a row belongs. Replace the whole table."))
    _refuse_ambiguous(cursor, table, old, held)
    name = identifier(table)
    pairs = f"o._id <= {held:d} AND n._id > {held:d} AND ({same[0]}) = ({same[1]})"
    changes = ", ".join(["_full_text = NULL", *_changes(old, new)])
    cursor.execute(f"UPDATE {name} o SET {changes} FROM {name} n WHERE {pairs}")
    cursor.execute(f"DELETE FROM {name} n USING {name} o WHERE {pairs}")
    cursor.execute(f"SELECT count(*) FROM {name}")
    return int(cursor.fetchone()[0])


def _changes(old: list[StoreColumn], new: list[StoreColumn]) -> list[str]:
    """What a delivered row changes in the published one: its values with their signs, and texts that are not blank."""
    delivered = {column.name for column in new}
    signs = {_meaning(column).get("iw_status_of"): column.name for column in [*old, *new] if _is_sign(column)}
    changes = []
    for column in new:
        if _is_sign(column) or _role(column) in (Role.KEY, Role.PERIOD, Role.DIMENSION):
            continue
        sign, cell = signs.get(column.name), identifier(column.name)
        if sign is None:
            changes.append(f"{cell} = coalesce(n.{cell}, o.{cell})")
            continue
        mark = identifier(sign)
        told = f"n.{mark}" if sign in delivered else "NULL"
        blank = f"n.{cell} IS NULL AND coalesce({told}, '{Status.MISSING}') = '{Status.MISSING}'"
        changes.append(f"{cell} = CASE WHEN {blank} THEN o.{cell} ELSE n.{cell} END")
        changes.append(f"{mark} = CASE WHEN {blank} THEN o.{mark} ELSE {told} END")
    return changes


def _refuse_ambiguous(cursor: Any, table: str, columns: list[StoreColumn], held: int) -> None:
    named = ", ".join(named_by(columns, "o"))
    cursor.execute(
        f"SELECT concat_ws(' / ', {named}) FROM {identifier(table)} o GROUP BY _id <= {held:d}, {named} "
        f"HAVING count(*) > 1 ORDER BY 1 LIMIT {NAMED}"
    )
    twice = [" / ".join(part for part in row[0].split(" / ") if part) for row in cursor.fetchall()]
    if twice:
        raise JobRefused(
            Message(
                "These rows are there more than once, so it cannot be told which ones belong together: {rows}. "
                "Replace the whole table.",
                {"rows": "; ".join(twice)},
            )
        )


def _is_sign(column: StoreColumn) -> bool:
    return _role(column) == Role.STATUS


def _role(column: StoreColumn) -> Any:
    return _meaning(column).get("iw_role")


def _meaning(column: StoreColumn) -> dict[str, Any]:
    return column.plugin_data.get(PLUGIN, {})


def _label(column: StoreColumn) -> str:
    return str(column.info.get("label") or column.name)
