"""The sums that a company's own pages show, reckoned once while stock is loaded: by place and by each field that pages
break down by. Pure.

A summary is as confidential as the rows it was made of: it lies beside them under the same locks, is closed with the
same key, and goes with them.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

FORMAT = 1
GROUPED = ("units", "rooms", "construction_year", "modernization", "barrier_reduced")
COLUMNS = (*GROUPED, "vacant", "net_cold_rent", "floor_area", "tenancy_since", "tenant_changed")
SUMS = ("dwellings", "stated", "vacant", "rent", "area", "told", "changed")
SIGNS = ("stated", "vacant", "told", "changed")  # of a row, each said or not
VALUE = "value"
_TYPES = {
    "rooms": pa.float64(), "construction_year": pa.float64(), "net_cold_rent": pa.float64(),
    "floor_area": pa.float64(), "barrier_reduced": pa.bool_(), "vacant": pa.bool_(),
    "tenancy_since": pa.date32(), "tenant_changed": pa.date32(),
}  # fmt: skip


@dataclass(frozen=True)
class Summary:
    """The sums of one version: for each field of `GROUPED` a row for each of its values (None where it is empty).

    Columns: `value`; `dwellings`; `stated`, those of which it is known whether they are vacant, and `vacant`; `rent`
    (€ a month) and `area` (m²) of let dwellings that tell both; `told`, those of which the beginning of a tenancy is
    known, and `changed`, those where one began in the year up to the reference date. `content`: the print of its rows;
    `decided`: what somebody said of the columns of its table, as repairs (headings and fields, no cell).
    """

    by: Mapping[str, pd.DataFrame]
    content: str = ""
    decided: Sequence[Mapping[str, Any]] = ()

    def total(self) -> pd.Series:
        """The sums of all dwellings."""
        return self.by[GROUPED[0]][list(SUMS)].sum()

    def packed(self) -> str:
        """The summary as text, to be kept."""
        rows = {name: table[[VALUE, *SUMS]].to_numpy(object).tolist() for name, table in self.by.items()}
        told = {"format": FORMAT, "by": rows, "content": self.content, "decided": list(self.decided)}
        return json.dumps(told, separators=(",", ":"))

    @classmethod
    def unpacked(cls, text: str) -> Summary | None:
        """The summary from such a text; None if it was written by another version of this module."""
        kept = json.loads(text)
        if kept["format"] != FORMAT or set(kept["by"]) != set(GROUPED):
            return None
        by = {name: _frame(rows) for name, rows in kept["by"].items()}
        return cls(by, kept.get("content", ""), kept.get("decided", ()))


class Summing:
    """Adds up batches of rows as they pass.

    :param day: the reference date
    """

    def __init__(self, day: dt.date) -> None:
        self._day = day
        self._parts: dict[str, list[pa.Table]] = {name: [] for name in GROUPED}

    def take(self, batch: pa.RecordBatch | pa.Table) -> None:
        """Add a batch; columns may be text as it is loaded, or have their types.

        :raises pyarrow.ArrowInvalid: if a text is none of its column's type
        """
        rows = self._rows(batch)
        for name in GROUPED:
            self._parts[name].append(rows.by(_coded(batch, name)))

    def summary(self) -> Summary:
        """The sums of all batches so far."""
        found = {}
        for name, parts in self._parts.items():
            together = _added(pa.concat_tables(parts)).to_pylist() if parts else []
            found[name] = _frame([[row[VALUE], *(row[one] for one in SUMS)] for row in together])
        return Summary(found)

    def _rows(self, batch: pa.RecordBatch | pa.Table) -> _Rows:
        stated = _coded(batch, "vacant").array()
        vacant = _true(stated)
        rent, area = (_numbers(_read(_column(batch, name), pa.float64())) for name in ("net_cold_rent", "floor_area"))
        let = (rent > 0) & (area > 0) & ~vacant
        began = pc.max_element_wise(*(_coded(batch, name).array() for name in ("tenancy_since", "tenant_changed")))
        year_ago = (pd.Timestamp(self._day) - pd.DateOffset(years=1)).date()
        within = pc.and_(
            pc.greater(began, pa.scalar(year_ago, pa.date32())), pc.less_equal(began, pa.scalar(self._day, pa.date32()))
        )
        bits = np.zeros(batch.num_rows, np.uint8)
        for n, sign in enumerate((_known(stated), vacant, _known(began), _true(within))):
            bits |= sign.astype(np.uint8) << n
        return _Rows(bits, np.where(let, rent, 0.0), np.where(let, area, 0.0))


@dataclass(frozen=True)
class _Rows:
    """What each row adds: which of `SIGNS` it bears (bits), and the rent and area of a let dwelling."""

    signs: np.ndarray
    rent: np.ndarray
    area: np.ndarray

    def by(self, column: _Coded) -> pa.Table:
        """The sums of each distinct cell of a column."""
        at, size = column.indices.to_numpy().astype(np.int64), len(column.distinct)
        kinds = 1 << len(SIGNS)
        counts = np.bincount(at * kinds + self.signs, minlength=size * kinds).reshape(size, kinds)
        sums = {"dwellings": counts.sum(axis=1)}
        sums |= {sign: counts[:, np.arange(kinds) >> n & 1 == 1].sum(axis=1) for n, sign in enumerate(SIGNS)}
        sums |= {"rent": np.bincount(at, self.rent, size), "area": np.bincount(at, self.area, size)}
        return pa.table({VALUE: column.distinct, **{name: sums[name].astype(float) for name in SUMS}})


@dataclass(frozen=True)
class _Coded:
    """A column as its distinct cells, each read once, and which of them each row has."""

    distinct: pa.Array
    indices: pa.Array

    def array(self) -> pa.Array:
        return self.distinct.take(self.indices)


def _coded(batch: pa.RecordBatch | pa.Table, name: str) -> _Coded:
    encoded = _column(batch, name).dictionary_encode(null_encoding="encode")
    return _Coded(_read(encoded.dictionary, _TYPES.get(name, pa.string())), encoded.indices)


def _column(batch: pa.RecordBatch | pa.Table, name: str) -> pa.Array:
    if name not in batch.schema.names:
        return pa.nulls(batch.num_rows, _TYPES.get(name, pa.string()))
    array = batch.column(name)
    return array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array


def _read(array: pa.Array, kind: pa.DataType) -> pa.Array:
    if not pa.types.is_string(array.type) or kind == pa.string():
        return pc.cast(array, kind)
    text = pc.if_else(pc.equal(array, ""), pa.scalar(None, pa.string()), array)
    return pc.equal(text, "t") if kind == pa.bool_() else pc.cast(text, kind)


def _numbers(array: pa.Array) -> np.ndarray:
    return pc.fill_null(array, 0.0).to_numpy(zero_copy_only=False)


def _true(array: pa.Array) -> np.ndarray:
    return pc.fill_null(array, False).to_numpy(zero_copy_only=False)


def _known(array: pa.Array) -> np.ndarray:
    return array.is_valid().to_numpy(zero_copy_only=False)


def _added(table: pa.Table) -> pa.Table:
    added = table.group_by(VALUE, use_threads=False).aggregate([(name, "sum") for name in SUMS])
    return added.select([VALUE, *(f"{name}_sum" for name in SUMS)]).rename_columns([VALUE, *SUMS])


def _frame(rows: list[list[object]]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=[VALUE, *SUMS])
    return table.astype({VALUE: object, **dict.fromkeys(SUMS, float)})
