"""The one door to stock: who may read which company's dwellings is decided here, and each reading is noted first.

Everything that shows, counts or releases stock asks `stock_table`, `stock_of_day` for one version, or `stock_sums` for
sums that were reckoned when it was loaded; nothing else reads it.
"""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Sequence
from dataclasses import dataclass

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

_TYPES = {
    "text": pa.string(), "code": pa.string(), "number": pa.float64(), "integer": pa.int64(), "yes_no": pa.bool_(),
    "date": pa.date32(),
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
    entries = _noted(store, reader, organization, "list", "stock", purpose)
    with store.transaction(Claims(reader.name, see=entries)) as cursor:
        return _versions(cursor, organization)


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
    entries = _noted(store, reader, organization, "read", _subject(dates), purpose)
    with store.transaction(Claims(reader.name, see=entries)) as cursor:
        parts = [_rows(cursor, one, chosen, keys or Keys()) for one in _wanted(cursor, organization, dates)]
    return _framed(pa.concat_tables(parts))


def stock_of_day(
    store: Store, reader: Reader, organization: str, day: dt.date, *,
    purpose: str, columns: Sequence[str], needs: frozenset[str], keys: Keys,
) -> tuple[StockVersion, pd.DataFrame | None, frozenset[dt.date]]:  # fmt: skip
    """One version with its dwellings, as one reading: one entry in the ledger, one transaction.

    :param needs: fields without which the dwellings are not wanted
    :return: the version, and `stock_table` of it, None in its place if the version lacks one of the fields; and all
        reference dates of which the company has stock
    :raises VaultError: as `stock_table`; `overtaken` if a delivery took the version's place meanwhile
    """
    if not set(columns) <= {*fields(), *DERIVED}:
        raise VaultError("no-such-stock")
    entries = _noted(store, reader, organization, "read", _subject([day]), purpose)
    with store.transaction(Claims(reader.name, see=entries)) as cursor:
        (version,) = _wanted(cursor, organization, [day])
        if not needs <= set(version.columns):
            return version, None, frozenset()
        table = _rows(cursor, version, list(columns), keys)
        there = _versions(cursor, organization)
        if version not in there:
            raise VaultError("overtaken")
    return version, _framed(table), frozenset(one.reference_date for one in there)


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
    entries = _noted(store, reader, organization, "read", _subject(dates), purpose)
    with store.transaction(Claims(reader.name, see=entries)) as cursor:
        wanted = _wanted(cursor, organization, dates)
        return {one.reference_date: _summary(cursor, one, keys or Keys()) for one in wanted}


def _framed(table: pa.Table) -> pd.DataFrame:
    return table.to_pandas(types_mapper={pa.int64(): pd.Int64Dtype(), pa.bool_(): pd.BooleanDtype()}.get)


def _subject(dates: Sequence[dt.date] | None) -> str:
    return ("stock " + (" ".join(sorted(day.isoformat() for day in dates)) if dates else "all"))[:500]


def _wanted(cursor: Cursor, organization: str, dates: Sequence[dt.date] | None) -> list[StockVersion]:
    """The versions of these dates, the oldest first."""
    found = {version.reference_date: version for version in _versions(cursor, organization)}
    wanted = sorted(dates) if dates is not None else sorted(found)
    if not wanted or not set(wanted) <= set(found):
        raise VaultError("no-such-stock")
    return [found[day] for day in wanted]


def _summary(cursor: Cursor, version: StockVersion, keys: Keys) -> Summary:
    """What was kept, or the same from the rows, where nothing was."""
    kept = cursor.one("SELECT content FROM vault.summary WHERE version = %s", version.id)
    if kept is not None:
        text = (_seal(cursor, version, keys).open("", bytes(kept))[0] or "") if version.sealed else bytes(kept).decode()
        found = Summary.unpacked(text)
        if found is not None:
            return found
    summing = Summing(version.reference_date)
    summing.take(_rows(cursor, version, list(COLUMNS), keys))
    return summing.summary()


def _noted(store: Store, reader: Reader, owner: str, action: str, subject: str, purpose: str) -> dict[str, int]:
    if not may_read(reader, owner):
        raise VaultError("not-yours")
    return note(store, reader, [owner], action, subject, purpose)


def _versions(cursor: Cursor, organization: str) -> list[StockVersion]:
    cursor.execute(
        "SELECT id::text, organization, reference_date, loaded_at, loaded_by, row_count, unmatched, columns, "
        "data_key IS NOT NULL FROM vault.version WHERE organization = %s AND reference_date IS NOT NULL "
        "ORDER BY reference_date DESC",
        (organization,),
    )
    return [StockVersion(*row[:7], tuple(row[7] or ()), row[8]) for row in cursor.fetchall()]


def _rows(cursor: Cursor, version: StockVersion, columns: list[str], keys: Keys) -> pa.Table:
    sealed = version.sealed and any(name in value_fields() for name in columns)
    asked = [name for name in columns if not (version.sealed and name in value_fields())]
    selected = [*asked, *(("dwelling", "sealed") if sealed else ())]
    wanted = ", ".join(dict.fromkeys(selected))
    body = io.BytesIO()
    # Names of columns come from the record, the id from the database: there is nothing of a stranger's in it.
    query = f"SELECT {wanted} FROM vault.stock WHERE version = '{version.id}'"
    cursor.copy_expert(f"COPY ({query}) TO STDOUT WITH (FORMAT csv, HEADER true, NULL '')", body)
    body.seek(0)
    table = _parsed(body, list(dict.fromkeys(selected)))
    if sealed:
        table = _opened(table, _seal(cursor, version, keys), columns)
    day = pa.array([version.reference_date], pa.date32())
    dates = pa.chunked_array([day.take(pa.array([0] * len(table), pa.int32()))])
    return table.select(columns).add_column(0, "reference_date", dates)


def _parsed(body: io.BytesIO, columns: list[str]) -> pa.Table:
    types = {name: _TYPES[fields()[name].type] if name in fields() else pa.string() for name in columns}
    options = pacsv.ConvertOptions(
        column_types=types, true_values=["t"], false_values=["f"], null_values=[""], strings_can_be_null=True,
        quoted_strings_can_be_null=False,
    )  # fmt: skip
    parse = pacsv.ParseOptions(newlines_in_values=True)
    return pacsv.read_csv(body, convert_options=options, parse_options=parse)


def _seal(cursor: Cursor, version: StockVersion, keys: Keys):
    wrapped = cursor.one("SELECT data_key FROM vault.version WHERE id = %s", version.id)
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
