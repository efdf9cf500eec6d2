"""How far a published table goes: its latest period, and how many units have a value then."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk
from ckan.types import Context

from ckanext.datastore.backend.postgres import get_read_engine, identifier

from .meanings import ColumnMeaning, column_meanings
from .periods import Period, parse_period
from .roles import Role

ROWS_AT_ONCE = 200_000  # rows of a table up to which units are counted while a page is made


@dataclass(frozen=True)
class Completeness:
    """Units with a value in the latest period, of all units of the level; of the indicator that has the fewest."""

    with_value: int
    units: int
    period: str | None = None


def latest_period(context: Context, resource_id: str) -> Period | None:
    """The latest period of a published table; raises as `column_meanings` does."""
    columns = column_meanings(context, resource_id)
    wide = [found for column in columns if column.period and (found := parse_period(column.period))]
    if wide:
        return max(wide)
    when = next((column for column in columns if column.role == Role.PERIOD), None)
    if when is None:
        return None
    text = _value(f"SELECT max({identifier(when.name)}::text) FROM {identifier(resource_id)}")
    return parse_period(str(text)) if text else None


def last_day(period: Period) -> date:
    """The last day of a period: its reference day."""
    months = {"month": 1, "quarter": 3, "half": 6, "year": 12}.get(period.kind)
    if months is None:
        return period.start if period.kind == "day" else date(int(period.text[-4:]), 12, 31)
    month = period.start.month + months - 1
    return date(period.start.year, month, calendar.monthrange(period.start.year, month)[1])


def completeness(context: Context, resource: dict[str, Any]) -> Completeness | None:
    """How complete a published table is; None where it has no key of a known level, or is too large to count here."""
    columns = column_meanings(context, resource["id"])
    key = next((column for column in columns if column.role == Role.KEY and column.system and column.level), None)
    values = [column for column in columns if column.role == Role.INDICATOR]
    units = _units(context, key) if key and values else 0
    if key is None or not units:
        return None
    period = latest_period(context, resource["id"])
    fewest = _fewest(resource["id"], _version(resource), tuple(columns), period)
    return None if fewest is None else Completeness(min(fewest, units), units, period.text if period else None)


def _version(resource: dict[str, Any]) -> str:
    return f"{resource.get('last_modified')} {resource.get('metadata_modified')}"


def _units(context: Context, key: ColumnMeaning) -> int:
    """The number of units of the key's level; 0 where the system is not to be seen."""
    if not p.plugin_loaded("ierwohnen_places"):
        return 0
    try:
        shown = tk.get_action("ierwohnen_spatial_system_show")(tk.fresh_context(context), {"id": key.system})
    except (tk.ObjectNotFound, tk.NotAuthorized):
        return 0
    return next((int(level["units"]) for level in shown["levels"] if level["code"] == key.level), 0)


@lru_cache(maxsize=512)
def _fewest(resource_id: str, version: str, columns: tuple[ColumnMeaning, ...], period: Period | None) -> int | None:
    """Units with a value of the indicator that has the fewest; counted once for each version of the table."""
    table = identifier(resource_id)
    if int(_value(f"SELECT count(*) FROM (SELECT 1 FROM {table} LIMIT {ROWS_AT_ONCE + 1}) AS few")) > ROWS_AT_ONCE:
        return None
    key = next(column for column in columns if column.role == Role.KEY)
    when = next((column for column in columns if column.role == Role.PERIOD), None)
    values = [c for c in columns if c.role == Role.INDICATOR and c.period in (None, period and period.text)]
    if not values:
        return None
    counts = [f"count(DISTINCT {_name(key)}) FILTER (WHERE {_name(value)} IS NOT NULL)" for value in values]
    query = f"SELECT least({', '.join(counts)}) FROM {table} WHERE {_name(key)} <> ALL(%s)"
    if when is not None and not any(value.period for value in values):
        query += f" AND {_name(when)}::text = (SELECT max({_name(when)}::text) FROM {table})"
    return int(_value(query, [*key.total_keys, *key.unassigned_keys, *key.coarser_keys]) or 0)


def _name(column: ColumnMeaning) -> str:
    """The column in a query with parameters, where a per cent sign has to be doubled."""
    return str(identifier(column.name)).replace("%", "%%")


def _value(query: str, parameter: list[str] | None = None) -> Any:
    connection = get_read_engine().raw_connection()
    try:
        with connection.cursor() as cursor:
            cursor.execute(query, None if parameter is None else [parameter])
            return cursor.fetchone()[0]
    finally:
        connection.close()
