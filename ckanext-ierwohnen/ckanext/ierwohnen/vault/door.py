"""The one door to stock: who may read which company's dwellings is decided here, and each reading is noted first.

Everything that shows, counts or releases stock asks `stock_table`, `stock_of_day` for several companies at one date, or
`stock_sums` for sums that were reckoned when it was loaded; nothing else reads it.
"""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from ckanext.ierwohnen.vault.capability import Claims
from ckanext.ierwohnen.vault.errors import VaultError
from ckanext.ierwohnen.vault.journal import note
from ckanext.ierwohnen.vault.reader import Reader
from ckanext.ierwohnen.vault.record import DERIVED, fields, value_fields
from ckanext.ierwohnen.vault.sealing import Keys
from ckanext.ierwohnen.vault.store import Cursor, Store
from ckanext.ierwohnen.vault.summary import COLUMNS, Summary, Summing

TRIES = 3
Found = TypeVar("Found")
_TYPES = {
    "text": pa.string(), "code": pa.string(), "number": pa.float64(), "integer": pa.int64(), "yes_no": pa.bool_(),
    "date": pa.date32(),
}  # fmt: skip
_STORED = {
    "text": "text", "code": "text", "number": "numeric", "integer": "integer", "yes_no": "boolean", "date": "date",
}  # fmt: skip


@dataclass(frozen=True)
class StockVersion:
    """A loaded version of a company's stock, without any of its rows."""

    id: str
    organization: str
    reference_date: dt.date
    loaded_at: dt.datetime
    loaded_by: str
    rows: int
    unmatched: int
    columns: tuple[str, ...]
    sealed: bool


@dataclass(frozen=True)
class DayStock:
    """A company's stock at one date. `rows`: its dwellings as in `stock_table`, without the date; None if they were not
    read."""

    version: StockVersion
    rows: pd.DataFrame | None = field(repr=False)


def may_read(reader: Reader, organization: str) -> bool:
    """Whether a reader may see a company's own dwellings: only whoever acts for that company, and nobody else."""
    return bool(organization) and organization in reader.organizations


def keeps_stock(store: Store, organization: str) -> bool:
    """Whether an organization has, or ever had, stock here. For the portal's own decisions: no reader is told."""
    with store.transaction(Claims("portal", acting={organization: "member"})) as cursor:
        return bool(cursor.one("SELECT vault.keeps_stock(%s)", organization))


def stock_versions(store: Store, reader: Reader, organization: str, *, purpose: str) -> list[StockVersion]:
    """A company's reference dates with their counts, the newest first.

    :raises VaultError: `not-yours`, whether the company has stock or not
    """
    entries = _noted(store, reader, [organization], "list", "stock", purpose)
    with store.transaction(Claims(reader.name, see=entries)) as cursor:
        return _versions(cursor, [organization])[organization]


def stock_table(
    store: Store,
    reader: Reader,
    organization: str,
    *,
    purpose: str,
    dates: Sequence[dt.date] | None = None,
    columns: Sequence[str] | None = None,
    keys: Keys | None = None,
) -> pd.DataFrame:
    """A company's dwellings, one row for each dwelling and reference date.

    :param dates: reference dates; None for all
    :param columns: fields of the record, also `address_id` and `units` (JSON text); None for all
    :return: the columns in the order asked for after `reference_date`; numbers as float64 (whole ones as Int64 where
        cells are empty), yes/no as boolean, dates as datetime64
    :raises VaultError: `not-yours` for anything that the reader may not see, whether it exists or not; `no-such-stock`
        if one of the dates is not there
    """
    chosen = list(columns or (*fields(), *DERIVED))
    if not set(chosen) <= {*fields(), *DERIVED}:
        raise VaultError("no-such-stock")
    entries = _noted(store, reader, [organization], "read", _subject(dates), purpose)

    def read(cursor: Cursor, wanted: Sequence[StockVersion]) -> list[pa.Table]:
        return [_dated(_rows(cursor, one, chosen, keys or Keys()), one.reference_date) for one in wanted]

    with store.transaction(Claims(reader.name, see=entries)) as cursor:
        return _framed(pa.concat_tables(_steady(cursor, organization, dates, read)))


def stock_of_day(
    store: Store, reader: Reader, organizations: Sequence[str], day: dt.date, *,
    purpose: str, columns: Sequence[str], needs: frozenset[str], keys: Keys,
) -> list[DayStock]:  # fmt: skip
    """The stock of several companies at one date, as one reading: an entry in each ledger, one transaction.

    :param needs: fields without which the dwellings are not wanted: if one of the versions lacks one, none is read
    :return: one for each company, in the order asked for
    :raises VaultError: as `stock_table`; `overtaken` if a delivery took a version's place meanwhile
    """
    if not set(columns) <= {*fields(), *DERIVED}:
        raise VaultError("no-such-stock")
    entries = _noted(store, reader, organizations, "read", _subject([day]), purpose)
    with store.transaction(Claims(reader.name, see=entries)) as cursor:
        there = _versions(cursor, organizations)
        wanted = [_at(there[one], [day])[0] for one in organizations]
        if not all(needs <= set(version.columns) for version in wanted):
            return [DayStock(version, None) for version in wanted]
        tables = _rows_of_each(cursor, wanted, list(columns), keys)
        there = _versions(cursor, organizations)
        if any(version not in there[version.organization] for version in wanted):
            raise VaultError("overtaken")
    return [DayStock(version, tables[version.id]) for version in wanted]


def stock_sums(
    store: Store,
    reader: Reader,
    organization: str,
    *,
    purpose: str,
    dates: Sequence[dt.date] | None = None,
    keys: Keys | None = None,
) -> dict[dt.date, Summary]:
    """The sums of a company's dwellings for each reference date, as they were reckoned when it was loaded.

    :param dates: reference dates; None for all
    :raises VaultError: as `stock_table`
    """
    entries = _noted(store, reader, [organization], "read", _subject(dates), purpose)

    def read(cursor: Cursor, wanted: Sequence[StockVersion]) -> dict[dt.date, Summary]:
        return {one.reference_date: _summary(cursor, one, keys or Keys()) for one in wanted}

    with store.transaction(Claims(reader.name, see=entries)) as cursor:
        return _steady(cursor, organization, dates, read)


def _steady(
    cursor: Cursor, organization: str, dates: Sequence[dt.date] | None,
    read: Callable[[Cursor, Sequence[StockVersion]], Found],
) -> Found:  # fmt: skip
    """What is read of versions that were there all the time: one that a delivery takes the place of meanwhile has no
    rows any more, and would pass for a company without dwellings.

    :raises VaultError: `no-such-stock`; `overtaken` if it happens again and again
    """
    for _ in range(TRIES):
        wanted = _wanted(cursor, organization, dates)
        try:
            found = read(cursor, wanted)
        except VaultError as error:
            if error.code != "overtaken":
                raise
            continue
        if _wanted(cursor, organization, dates) == wanted:
            return found
    raise VaultError("overtaken")


def _framed(table: pa.Table) -> pd.DataFrame:
    return table.to_pandas(types_mapper={pa.int64(): pd.Int64Dtype(), pa.bool_(): pd.BooleanDtype()}.get)


def _subject(dates: Sequence[dt.date] | None) -> str:
    return ("stock " + (" ".join(sorted(day.isoformat() for day in dates)) if dates else "all"))[:500]


def _wanted(cursor: Cursor, organization: str, dates: Sequence[dt.date] | None) -> list[StockVersion]:
    """The versions of these dates, the oldest first."""
    return _at(_versions(cursor, [organization])[organization], dates)


def _at(there: Sequence[StockVersion], dates: Sequence[dt.date] | None) -> list[StockVersion]:
    found = {version.reference_date: version for version in there}
    wanted = sorted(dates) if dates is not None else sorted(found)
    if not wanted or not set(wanted) <= set(found):
        raise VaultError("no-such-stock")
    return [found[day] for day in wanted]


def _summary(cursor: Cursor, version: StockVersion, keys: Keys) -> Summary:
    """What was kept, or the same from the rows, where nothing was."""
    kept = cursor.one("SELECT vault.own_summary(%s)", version.id)
    if kept is not None:
        text = (_seal(cursor, version, keys).open("", bytes(kept))[0] or "") if version.sealed else bytes(kept).decode()
        found = Summary.unpacked(text)
        if found is not None:
            return found
    summing = Summing(version.reference_date)
    summing.take(_rows(cursor, version, list(COLUMNS), keys))
    return summing.summary()


def _noted(
    store: Store, reader: Reader, owners: Sequence[str], action: str, subject: str, purpose: str
) -> dict[str, int]:  # fmt: skip
    if not all(may_read(reader, owner) for owner in owners):
        raise VaultError("not-yours")
    return note(store, reader, owners, action, subject, purpose)


def _versions(cursor: Cursor, organizations: Sequence[str]) -> dict[str, list[StockVersion]]:
    """The versions of each company, the newest first."""
    cursor.execute(
        "SELECT id::text, organization, reference_date, loaded_at, loaded_by, row_count, unmatched, columns, "
        "data_key IS NOT NULL FROM vault.own_version() WHERE organization = ANY (%s) AND reference_date IS NOT NULL "
        "ORDER BY reference_date DESC",
        (list(organizations),),
    )
    found: dict[str, list[StockVersion]] = {organization: [] for organization in organizations}
    for row in cursor.fetchall():
        found[row[1]].append(StockVersion(*row[:7], tuple(row[7] or ()), row[8]))
    return found


def _rows_of_each(
    cursor: Cursor, versions: Sequence[StockVersion], columns: list[str], keys: Keys
) -> dict[str, pd.DataFrame]:  # fmt: skip
    """Version → its dwellings. All that are not sealed come in one go, each row with the number of its table."""
    plain = {f"s_{one.id.replace('-', '')}": one.id for one in versions if not one.sealed}
    found = {one.id: _framed(_rows(cursor, one, columns, keys)) for one in versions if one.sealed}
    if plain:
        cursor.execute(
            "SELECT oid, relname FROM pg_class WHERE relname = ANY (%s) AND relnamespace = "
            "(SELECT oid FROM pg_namespace WHERE nspname = 'vault_stock')",
            (list(plain),),
        )
        version_of = {oid: plain[name] for oid, name in cursor.fetchall()}
        table = _copied(cursor, plain.values(), ["tableoid", *columns])
        whole, number = _framed(table.select(columns)), table["tableoid"].to_numpy()
        starts = np.flatnonzero(np.diff(number, prepend=-1)).tolist()
        parts: dict[str, list[pd.DataFrame]] = {version: [] for version in plain.values()}
        for start, end in zip(starts, [*starts[1:], len(number)], strict=True):
            parts[version_of[int(number[start])]].append(whole.iloc[start:end])
        found |= {version: pd.concat([whole[:0], *rows], ignore_index=True) for version, rows in parts.items()}
    return found


def _rows(cursor: Cursor, version: StockVersion, columns: list[str], keys: Keys) -> pa.Table:
    sealed = version.sealed and any(name in value_fields() for name in columns)
    asked = [name for name in columns if not (version.sealed and name in value_fields())]
    table = _copied(cursor, [version.id], [*asked, *(("dwelling", "sealed") if sealed else ())])
    if sealed:
        table = _opened(table, _seal(cursor, version, keys), columns)
    return table.select(columns)


def _dated(table: pa.Table, day: dt.date) -> pa.Table:
    dates = pa.chunked_array([pa.array([day], pa.date32()).take(pa.array([0] * len(table), pa.int32()))])
    return table.add_column(0, "reference_date", dates)


def _copied(cursor: Cursor, versions: Iterable[str], columns: Sequence[str]) -> pa.Table:
    body, names = io.BytesIO(), list(dict.fromkeys(columns))
    # Names of columns come from the record, ids from the database: there is nothing of a stranger's in it.
    wanted, chosen = ",".join(versions), ",".join(names)
    typed = ", ".join(f"{name} {stored_type(name)}" for name in names)
    query = f"SELECT * FROM vault.own_stock('{{{wanted}}}', '{{{chosen}}}') AS stock ({typed})"
    cursor.copy_expert(f"COPY ({query}) TO STDOUT WITH (FORMAT csv, HEADER true, NULL '')", body)
    return _parsed(body, names)


def stored_type(column: str) -> str:
    """The type that the store gives a column."""
    others = {"tableoid": "oid", "sealed": "bytea", "units": "jsonb", "address_id": "text"}
    return others.get(column) or _STORED[fields()[column].type]


def _parsed(body: io.BytesIO, columns: list[str]) -> pa.Table:
    types = {name: _TYPES[fields()[name].type] if name in fields() else pa.string() for name in columns}
    types |= {"tableoid": pa.int64()}
    options = pacsv.ConvertOptions(
        column_types=types, true_values=["t"], false_values=["f"], null_values=[""], strings_can_be_null=True,
        quoted_strings_can_be_null=False,
    )  # fmt: skip
    parse = pacsv.ParseOptions(newlines_in_values=True)
    one = pacsv.ReadOptions(use_threads=False)  # several take half as much again, for a file that is waited for anyway
    return pacsv.read_csv(pa.BufferReader(body.getbuffer()), one, parse, options)


def _seal(cursor: Cursor, version: StockVersion, keys: Keys):
    wrapped = cursor.one("SELECT data_key FROM vault.own_version() WHERE id = %s", version.id)
    if wrapped is None:  # another delivery has taken its place
        raise VaultError("overtaken")
    return keys.seal(version.organization, version.id, bytes(wrapped))


def _opened(table: pa.Table, seal, columns: list[str]) -> pa.Table:
    pairs = zip(table["dwelling"].to_pylist(), table["sealed"].to_pylist(), strict=True)
    rows = [seal.open(dwelling, bytes.fromhex(closed[2:])) for dwelling, closed in pairs]
    for place, name in enumerate(value_fields()):
        if name in columns:
            table = table.append_column(name, _typed([row[place] for row in rows], fields()[name].type))
    return table


def _typed(texts: list[str | None], kind: str) -> pa.Array:
    array = pa.array([text or None for text in texts], pa.string())
    if kind == "yes_no":
        return pc.equal(array, "t")
    return pc.cast(array, _TYPES[kind])
