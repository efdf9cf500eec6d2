"""Readings: a published table as tidy rows, one value each, whatever shape the office gave it."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain

import pandas as pd
import sqlalchemy as sa
from ckan.types import Context

from ckanext.datastore.backend.postgres import get_read_engine, identifier

from .meanings import ColumnMeaning, column_meanings
from .one_state import one_state
from .roles import Role

COLUMNS = ["unit", "level", "system", "period", "indicator", "value", "status"]
CITY = "city"  # level of the total of all units
UNASSIGNED = "unassigned"  # level of what belongs to no unit
COARSER = "coarser"  # level of rows that stand for a larger unit
SPECIALS = (CITY, UNASSIGNED, COARSER)


def readings(
    context: Context,
    resource_id: str,
    indicator: str | None = None,
    period: str | None = None,
    level: str | None = None,
    *,
    specials: bool = False,
    cells: bool = False,
) -> pd.DataFrame:
    """The values of a published table, tidy.

    The reader's right to see the resource is checked first. Columns: unit (key, text), level, system,
    period (ISO text), indicator, value (float, NaN where there is none), status (`ok` or a status word), and one
    column for each dimension of the table. Wide tables are melted. Columns that count as indicators without a
    code of the catalogue carry their column name as indicator.

    :param indicator: only this code; :param period: only this ISO period; :param level: only this level
    :param specials: also the rows that are no units: the total (level "city"), what could not be assigned
        (level "unassigned") and rows of a larger unit (its level where the column tells it, else "coarser"). They are
        left out otherwise, so that nobody adds them up with the units.
    :param cells: also the columns row (`_id` of the DataStore) and column (name): where each value stands
    :raises NotAuthorized: if the reader may not see the resource; ObjectNotFound: if it has no table
    """
    wanted = (indicator, period, level, specials, cells)
    return one_state(resource_id, lambda: _readings(context, resource_id, *wanted))


def _readings(
    context: Context,
    resource_id: str,
    indicator: str | None,
    period: str | None,
    level: str | None,
    specials: bool,
    cells: bool,
) -> pd.DataFrame:
    columns = column_meanings(context, resource_id)
    wanted = _values(columns, indicator, period)
    if level not in (None, *SPECIALS):
        wanted = wanted if level in _levels_of(columns) else []
    frames = [_one(frame, columns, value) for value, frame in _fetch(resource_id, columns, wanted)]
    dimensions = _dimensions(columns)
    shown = [*COLUMNS, *(("row", "column") if cells else ()), *dimensions]
    if not frames:
        return pd.DataFrame(columns=shown)
    tidy = pd.concat(frames, ignore_index=True)
    if period is not None:
        tidy = tidy[tidy["period"] == period]
    if level is not None:
        tidy = tidy[tidy["level"] == level]
    elif not specials:
        tidy = tidy[~tidy["level"].isin([*SPECIALS, *_levels_above(columns)])]
    return tidy.reset_index(drop=True)[shown]


def _levels_of(columns: Iterable[ColumnMeaning]) -> set[str | None]:
    """The levels whose units are rows of the table."""
    return {column.level for column in _of(columns, Role.KEY)} | _levels_above(columns)


def _levels_above(columns: Iterable[ColumnMeaning]) -> set[str | None]:
    """The levels of larger units that are rows beside those of the table's own level."""
    return {level for column in _of(columns, Role.KEY)[:1] for _, level, _ in column.coarser_units}


def _of(columns: Iterable[ColumnMeaning], role: Role) -> list[ColumnMeaning]:
    return [column for column in columns if column.role == role]


def _dimension(column: ColumnMeaning) -> str:
    return column.dimension or column.name


def _dimensions(columns: Iterable[ColumnMeaning]) -> list[str]:
    """Dimensions given by a column of their own, and those that value columns of a wide table stand for."""
    own = [_dimension(column) for column in columns if column.role == Role.DIMENSION]
    wide = [
        column.dimension for column in columns if column.role == Role.INDICATOR and column.dimension and column.code
    ]
    return list(dict.fromkeys([*own, *wide]))


def indicator_of(column: ColumnMeaning) -> str:
    """The code under which a value column is known: the catalogue's, or its own name."""
    return column.indicator or column.name


def _values(columns: Iterable[ColumnMeaning], indicator: str | None, period: str | None) -> list[ColumnMeaning]:
    return [
        column
        for column in _of(columns, Role.INDICATOR)
        if (indicator is None or indicator_of(column) == indicator)
        and (period is None or column.period is None or column.period == period)
    ]


def _fetch(
    resource_id: str, columns: list[ColumnMeaning], wanted: list[ColumnMeaning]
) -> list[tuple[ColumnMeaning, pd.DataFrame]]:
    if not wanted:
        return []
    status = {column.status_of: column for column in _of(columns, Role.STATUS) if column.status_of}
    shared = [*_of(columns, Role.KEY)[:1], *_of(columns, Role.PERIOD)[:1], *_of(columns, Role.DIMENSION)]
    signs = [status[value.name] for value in wanted if value.name in status]
    names = ["_id", *(column.name for column in chain(shared, wanted, signs))]
    select = ", ".join(identifier(name) for name in names)
    query = sa.text(f"SELECT {select} FROM {identifier(resource_id)} ORDER BY _id".replace(":", r"\:"))
    with get_read_engine().connect() as connection:
        rows = connection.execute(query).fetchall()
    table = pd.DataFrame([tuple(row) for row in rows], columns=names)
    parts = []
    for value in wanted:
        frame = table[["_id", *(column.name for column in shared)]].copy()
        frame["value"] = pd.to_numeric(table[value.name], errors="coerce").astype(float)
        given = table[status[value.name].name] if value.name in status else pd.Series([None] * len(table))
        frame["status"] = _status(given.astype(object), frame["value"])
        parts.append((value, frame))
    return parts


def _status(given: pd.Series, value: pd.Series) -> pd.Series:
    """The kept sign; without one a number is `ok`, and an empty cell `missing`."""
    plain = pd.Series("ok", index=value.index).where(value.notna(), "missing")
    return given.where(given.notna() & (given != ""), plain)


def _one(frame: pd.DataFrame, columns: list[ColumnMeaning], value: ColumnMeaning) -> pd.DataFrame:
    key = next(iter(_of(columns, Role.KEY)), None)
    when = next(iter(_of(columns, Role.PERIOD)), None)
    tidy = pd.DataFrame(index=frame.index)
    tidy["unit"] = frame[key.name].astype(object) if key else None
    tidy["level"] = _levels(tidy["unit"], key) if key else CITY
    if key and key.coarser_units:
        larger = tidy["unit"].map({shown: (level, unit) for shown, level, unit in key.coarser_units})
        known = larger.notna()
        tidy.loc[known, ["level", "unit"]] = larger[known].tolist()
    tidy["system"] = key.system if key else None
    tidy["period"] = value.period or (frame[when.name].map(_iso) if when else None)
    tidy["indicator"] = indicator_of(value)
    tidy["value"], tidy["status"] = frame["value"], frame["status"]
    tidy["row"], tidy["column"] = frame["_id"], value.name
    for column in _of(columns, Role.DIMENSION):
        tidy[_dimension(column)] = frame[column.name]
    if value.dimension and value.code:
        tidy[value.dimension] = value.code
    return tidy


def _levels(units: pd.Series, key: ColumnMeaning) -> pd.Series:
    """The level of each row: the column's, or what the special keys say; a row without key is a total."""
    level = pd.Series(key.level, index=units.index, dtype=object)
    level[units.isin(key.total_keys) | units.isna() | (units == "")] = CITY
    level[units.isin(key.unassigned_keys)] = UNASSIGNED
    level[units.isin(key.coarser_keys)] = COARSER
    return level


def _iso(value: object) -> str | None:
    """A period as ISO text, also where the table keeps a date, a time or a whole number."""
    if value is None or value != value:
        return None
    text = value.isoformat() if hasattr(value, "isoformat") else str(value)
    return text[:10] if "T" in text else text.removesuffix(".0")
