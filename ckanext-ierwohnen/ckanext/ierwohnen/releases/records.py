"""From a company's stock to the records that releases are made of: every dimension of the catalogue, two values. Pure.

What a release was made of is kept in the protected store, since later releases have to be protected together with it,
whatever they break down by. So the records carry all dimensions, but no address, no date, and a fingerprint in place of
the company's own number of the dwelling.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterable, Sequence
from itertools import chain

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from ckanext.ierwohnen.confidential.microdata import HEX
from ckanext.ierwohnen.releases.catalogue import UNKNOWN, Breakdown, catalogue

PLACE = "place:"
VACANCY, VACANT, LET = "vacancy", "vacant", "let"
RENT, AREA = "rent", "area"
LASTING = ("construction", "rooms", "barrier_reduced", "modernization", VACANCY)  # what changes least, first
Coded = tuple[list[str], np.ndarray]  # a few texts, and which of them each row has
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
    return records_of_each([(organization, stock)])[organization]


def records_of_each(stocks: Sequence[tuple[str, pd.DataFrame]]) -> dict[str, pd.DataFrame]:
    """The records of several companies, by company; made together, since each column costs more than its rows."""
    stock = pd.concat([rows for _, rows in stocks], ignore_index=True)
    size = [len(rows) for _, rows in stocks]
    named = [_fingerprints(company, rows["dwelling"].to_numpy(object).tolist()) for company, rows in stocks]
    found = {
        "record": pd.array(pa.array(list(chain.from_iterable(named)), pa.string()), "str"),
        "owner": text_column([company for company, _ in stocks], np.repeat(np.arange(len(stocks)), size)),
    }
    vacancy = _yes_no(stock["vacant"], VACANT, LET)
    found[VACANCY] = text_column(*vacancy)
    for name, breakdown in catalogue().dimensions.items():
        found[name] = text_column(*_categories(stock[breakdown.column], breakdown))
    rent = pd.to_numeric(stock["net_cold_rent"], errors="coerce").to_numpy(float, na_value=np.nan)
    area = pd.to_numeric(stock["floor_area"], errors="coerce").to_numpy(float, na_value=np.nan)
    let = (rent > 0) & (area > 0) & (vacancy[1] != vacancy[0].index(VACANT))
    found[RENT], found[AREA] = np.where(let, np.round(rent, 2), 0.0), np.where(let, np.round(area, 2), 0.0)
    whole = pd.DataFrame(found | {name: text_column(*keys) for name, keys in _places(stock["units"]).items()})
    ends = np.cumsum(size).tolist()
    return {
        company: whole.iloc[end - rows : end].reset_index(drop=True)
        for (company, _), rows, end in zip(stocks, size, ends, strict=True)
    }


def text_column(texts: Sequence[str], codes: np.ndarray) -> pd.api.extensions.ExtensionArray:
    """A column of text from the few texts in it and which of them each row has; no object is made for a row."""
    return pd.array(pa.array(texts, pa.large_string()).take(pa.array(codes)), "str")


def rented(records: pd.DataFrame) -> pd.DataFrame:
    """The records that bear a rent: who has none must not pass for one more contributor to it."""
    return records[records[RENT] > 0].reset_index(drop=True)


def together(parts: Iterable[pd.DataFrame], columns: Iterable[str] | None = None) -> pd.DataFrame:
    """The records of several companies; a level of places that one of them lacks has no key there.

    In one order, whatever the order of companies and rows was.

    :param columns: those that are wanted, None for all; what none of the companies has is left out
    """
    found = pd.concat(list(parts), ignore_index=True)
    if columns is not None:
        found = found[[c for c in dict.fromkeys(columns) if c in found]]
    found = found.take(_order(found["record"])).reset_index(drop=True)
    return found.fillna({c: "" for c in found.columns if c.startswith(PLACE)})


def _order(records: pd.Series) -> np.ndarray:
    """The places of fingerprints in their order: by the numbers that they write, as texts take longer to compare."""
    words = np.frombuffer(_bytes(records), ">u8").astype(np.uint64).reshape(-1, 2)
    order = np.argsort(words[:, 0])
    first = words[order, 0]
    return np.lexsort((words[:, 1], words[:, 0])) if (first[1:] == first[:-1]).any() else order


def packed(records: pd.DataFrame) -> bytes:
    """The records as bytes, to be kept in the protected store."""
    columns = {str(name): pa.array(values.array) for name, values in records.items()}
    prints = pa.py_buffer(_bytes(records["record"]))
    columns["record"] = pa.FixedSizeBinaryArray.from_buffers(pa.binary(HEX // 2), len(records), [None, prints])
    texts = [name for name, values in columns.items() if values.type in (pa.string(), pa.large_string())]
    body = io.BytesIO()
    pq.write_table(pa.table(columns), body, compression="snappy", use_dictionary=texts, write_statistics=False)
    return body.getvalue()


def unpacked(content: bytes) -> pd.DataFrame:
    """The records from such bytes; what was kept earlier holds the fingerprints as text."""
    table = pq.read_table(io.BytesIO(content))
    if not pa.types.is_fixed_size_binary(table.schema.field("record").type):
        return table.to_pandas()
    prints = b"".join(table["record"].to_pylist()).hex()
    texts = pa.array([prints[at : at + HEX] for at in range(0, len(prints), HEX)], pa.string())
    return table.set_column(table.schema.get_field_index("record"), "record", texts).to_pandas()


def _bytes(records: pd.Series) -> bytes:
    """The fingerprints, one after the other."""
    return bytes.fromhex("".join(records.tolist()))


def _fingerprints(organization: str, dwellings: list[object]) -> list[str]:
    start = f"{len(organization)}:{organization}".encode()
    return [hashlib.blake2b(start + str(one).encode(), digest_size=HEX // 2).hexdigest() for one in dwellings]


def _yes_no(values: pd.Series, yes: str, no: str) -> Coded:
    known = values.notna().to_numpy(bool)
    true = values.astype("boolean").fillna(False).to_numpy(bool)
    return [yes, no, UNKNOWN], np.where(known, np.where(true, 0, 1), 2)


def categories_of(values: pd.Series, breakdown: Breakdown) -> np.ndarray:
    """The category of each dwelling in a breakdown, "unknown" where the field is empty or fits none."""
    texts, codes = _categories(values, breakdown)
    return np.array(texts, dtype=object)[codes]


def _categories(values: pd.Series, breakdown: Breakdown) -> Coded:
    if breakdown.classes:
        numbers = pd.to_numeric(values, errors="coerce").to_numpy(float, na_value=np.nan)
        found = np.full(len(numbers), len(breakdown.classes))
        for place, (_, start, end) in enumerate(breakdown.classes):
            low, high = -np.inf if start is None else start, np.inf if end is None else end
            found[(numbers >= low) & (numbers <= high)] = place
        return list(breakdown.categories), found
    if breakdown.codes:
        codes, written = pd.factorize(values)
        last = len(breakdown.codes)
        place = [breakdown.codes.index(str(text)) if str(text) in breakdown.codes else last for text in written]
        return list(breakdown.categories), np.array([*place, last])[codes]  # -1, the last one: an empty cell
    return _yes_no(values, "yes", "no")


def places_of(units: pd.Series) -> dict[str, np.ndarray]:
    """`place:SYSTEM/LEVEL` → key of each dwelling, "" where its address is not known."""
    return {name: np.array(texts, dtype=object)[codes] for name, (texts, codes) in _places(units).items()}


def _places(units: pd.Series) -> dict[str, Coded]:
    codes, texts = pd.factorize(units)
    parsed = [*(json.loads(text) for text in texts), {}]  # code -1 is that of empty ones
    levels = sorted({level for keys in parsed for level in keys})
    codes = np.where(codes < 0, len(texts), codes)
    return {PLACE + level: ([str(keys.get(level, "")) for keys in parsed], codes) for level in levels}
