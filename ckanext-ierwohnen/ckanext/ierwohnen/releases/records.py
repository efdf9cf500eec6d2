"""From a company's stock to the records that releases are made of: every dimension of the catalogue, two values. Pure.

What a release was made of is kept in the protected store, since later releases have to be protected together with it,
whatever they break down by. So the records carry all dimensions, but no address, no date, and a fingerprint in place of
the company's own number of the dwelling.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterable

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from ckanext.ierwohnen.releases.catalogue import UNKNOWN, Breakdown, catalogue

PLACE = "place:"
VACANCY, VACANT, LET = "vacancy", "vacant", "let"
RENT, AREA = "rent", "area"
KEPT = ("dwelling", "units", "vacant", "net_cold_rent", "floor_area")


def columns_needed() -> tuple[str, ...]:
    """Fields of the stock record from which the records are made."""
    return tuple(dict.fromkeys([*KEPT, *(b.column for b in catalogue().dimensions.values())]))


def records_of(stock: pd.DataFrame, organization: str) -> pd.DataFrame:
    """The records of one company.

    :param stock: as `vault.door.stock_table` gives it, with `columns_needed()`
    :return: one row for each dwelling: `record` (fingerprint), `owner`, a column of codes for each dimension and for
        `vacancy`, `place:SYSTEM/LEVEL` (key or ""), and `rent` (€ a month) with `area` (m²), both 0 where not let
    """
    found = {
        "record": _fingerprints(organization, stock["dwelling"].to_numpy(object).tolist()),
        "owner": [organization] * len(stock),
        VACANCY: _yes_no(stock["vacant"], VACANT, LET),
    }
    for name, breakdown in catalogue().dimensions.items():
        found[name] = categories_of(stock[breakdown.column], breakdown)
    rent = pd.to_numeric(stock["net_cold_rent"], errors="coerce").to_numpy(float, na_value=np.nan)
    area = pd.to_numeric(stock["floor_area"], errors="coerce").to_numpy(float, na_value=np.nan)
    let = (rent > 0) & (area > 0) & (found[VACANCY] != VACANT)
    found[RENT], found[AREA] = np.where(let, np.round(rent, 2), 0.0), np.where(let, np.round(area, 2), 0.0)
    return pd.DataFrame(found | places_of(stock["units"]))


def rented(records: pd.DataFrame) -> pd.DataFrame:
    """The records that bear a rent: who has none must not pass for one more contributor to it."""
    return records[records[RENT] > 0].reset_index(drop=True)


def together(parts: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """The records of several companies; a level of places that one of them lacks has no key there.

    In one order, whatever the order of companies and rows was.
    """
    found = pd.concat(list(parts), ignore_index=True)
    for column in found.columns:
        if column.startswith(PLACE):
            found[column] = found[column].fillna("")
    return found.sort_values("record", kind="stable", ignore_index=True)


def packed(records: pd.DataFrame) -> bytes:
    """The records as bytes, to be kept in the protected store."""
    body = io.BytesIO()
    pq.write_table(pa.Table.from_pandas(records, preserve_index=False), body, compression="zstd")
    return body.getvalue()


def unpacked(content: bytes) -> pd.DataFrame:
    """The records from such bytes."""
    return pq.read_table(io.BytesIO(content)).to_pandas()


def _fingerprints(organization: str, dwellings: list[object]) -> list[str]:
    start = hashlib.blake2b(f"{len(organization)}:{organization}".encode(), digest_size=16)
    found = []
    for dwelling in dwellings:
        one = start.copy()
        one.update(str(dwelling).encode())
        found.append(one.hexdigest())
    return found


def _yes_no(values: pd.Series, yes: str, no: str) -> np.ndarray:
    known = values.notna().to_numpy(bool)
    true = values.astype("boolean").fillna(False).to_numpy(bool)
    return np.where(known, np.where(true, yes, no), UNKNOWN).astype(object)


def categories_of(values: pd.Series, breakdown: Breakdown) -> np.ndarray:
    """The category of each dwelling in a breakdown, "unknown" where the field is empty or fits none."""
    if breakdown.classes:
        numbers = pd.to_numeric(values, errors="coerce").to_numpy(float, na_value=np.nan)
        found = np.full(len(numbers), UNKNOWN, dtype=object)
        for code, start, end in breakdown.classes:
            low, high = -np.inf if start is None else start, np.inf if end is None else end
            found[(numbers >= low) & (numbers <= high)] = code
        return found
    if breakdown.codes:
        texts = values.to_numpy(object)
        return np.where(np.isin(texts.astype(str), breakdown.codes), texts, UNKNOWN)
    return _yes_no(values, "yes", "no")


def places_of(units: pd.Series) -> dict[str, np.ndarray]:
    """`place:SYSTEM/LEVEL` → key of each dwelling, "" where its address is not known."""
    codes, texts = pd.factorize(units.to_numpy(object))
    parsed = [*(json.loads(text) for text in texts), {}]  # code -1 is that of empty ones
    levels = sorted({level for keys in parsed for level in keys})
    return {
        PLACE + level: np.array([str(keys.get(level, "")) for keys in parsed], dtype=object)[codes] for level in levels
    }
