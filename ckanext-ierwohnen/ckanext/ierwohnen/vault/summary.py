"""The sums that a company's own pages show, reckoned once while stock is loaded: by place and by each field that pages
break down by. Pure.

A summary is as confidential as the rows it was made of: it lies beside them under the same locks, is closed with the
same key, and goes with them.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

FORMAT = 1
GROUPED = ("units", "rooms", "construction_year", "modernization", "barrier_reduced")
COLUMNS = (*GROUPED, "vacant", "net_cold_rent", "floor_area", "tenancy_since", "tenant_changed")
SUMS = ("dwellings", "stated", "vacant", "rent", "area", "told", "changed")
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
    known, and `changed`, those where one began in the year up to the reference date.
    """

    by: Mapping[str, pd.DataFrame]

    def total(self) -> pd.Series:
        """The sums of all dwellings."""
        return self.by[GROUPED[0]][list(SUMS)].sum()

    def packed(self) -> str:
        """The summary as text, to be kept."""
        rows = {name: table[[VALUE, *SUMS]].to_numpy(object).tolist() for name, table in self.by.items()}
        return json.dumps({"format": FORMAT, "by": rows}, separators=(",", ":"))

    @classmethod
    def unpacked(cls, text: str) -> Summary | None:
        """The summary from such a text; None if it was written by another version of this module."""
        kept = json.loads(text)
        if kept["format"] != FORMAT or set(kept["by"]) != set(GROUPED):
            return None
        return cls({name: _frame(rows) for name, rows in kept["by"].items()})


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
        columns = {name: _column(batch, name) for name in COLUMNS}
        sums = self._sums(columns, batch.num_rows)
        for name in GROUPED:
            self._parts[name].append(_added(pa.table({VALUE: columns[name], **sums})))

    def summary(self) -> Summary:
        """The sums of all batches so far."""
        found = {}
        for name, parts in self._parts.items():
            together = _added(pa.concat_tables(parts)).to_pylist() if parts else []
            found[name] = _frame([[row[VALUE], *(row[one] for one in SUMS)] for row in together])
        return Summary(found)

    def _sums(self, columns: Mapping[str, pa.Array], rows: int) -> dict[str, np.ndarray]:
        vacant = _true(columns["vacant"])
        rent, area = _numbers(columns["net_cold_rent"]), _numbers(columns["floor_area"])
        let = (rent > 0) & (area > 0) & ~vacant
        began = pc.max_element_wise(columns["tenancy_since"], columns["tenant_changed"])
        year_ago = (pd.Timestamp(self._day) - pd.DateOffset(years=1)).date()
        within = pc.and_(
            pc.greater(began, pa.scalar(year_ago, pa.date32())), pc.less_equal(began, pa.scalar(self._day, pa.date32()))
        )
        return {
            "dwellings": np.ones(rows),
            "stated": _known(columns["vacant"]),
            "vacant": vacant.astype(float),
            "rent": np.where(let, rent, 0.0),
            "area": np.where(let, area, 0.0),
            "told": _known(began),
            "changed": _true(within).astype(float),
        }


def _column(batch: pa.RecordBatch | pa.Table, name: str) -> pa.Array:
    kind = _TYPES.get(name, pa.string())
    if name not in batch.schema.names:
        return pa.nulls(batch.num_rows, kind)
    array = batch.column(name)
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
    if not pa.types.is_string(array.type) or kind == pa.string():
        return pc.cast(array, kind)
    text = pc.if_else(pc.equal(array, ""), pa.scalar(None, pa.string()), array)
    return pc.equal(text, "t") if kind == pa.bool_() else pc.cast(text, kind)


def _numbers(array: pa.Array) -> np.ndarray:
    return pc.fill_null(array, 0.0).to_numpy(zero_copy_only=False)


def _true(array: pa.Array) -> np.ndarray:
    return pc.fill_null(array, False).to_numpy(zero_copy_only=False)


def _known(array: pa.Array) -> np.ndarray:
    return array.is_valid().to_numpy(zero_copy_only=False).astype(float)


def _added(table: pa.Table) -> pa.Table:
    added = table.group_by(VALUE, use_threads=False).aggregate([(name, "sum") for name in SUMS])
    return added.select([VALUE, *(f"{name}_sum" for name in SUMS)]).rename_columns([VALUE, *SUMS])


def _frame(rows: list[list[object]]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=[VALUE, *SUMS])
    return table.astype({VALUE: object, **dict.fromkeys(SUMS, float)})
