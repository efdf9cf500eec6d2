"""A published table in typed columns: for Parquet, and, with geometry, for GeoPackage."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ckanext.ierwohnen.tables.exports.package import field_description, signs_of
from ckanext.ierwohnen.tables.exports.published import Kind, OutOfRange, PublishedTable, kind_of

TYPES = {
    Kind.NUMBER: pa.float64(),
    Kind.INTEGER: pa.int64(),
    Kind.BOOLEAN: pa.bool_(),
    Kind.DATE: pa.date32(),
    Kind.DATETIME: pa.timestamp("us"),
    Kind.TEXT: pa.string(),
}
ROW_GROUP = 100_000


def schema(table: PublishedTable) -> pa.Schema:
    """Types and meaning: each column carries its description, the file that of the table, as JSON texts."""
    fields = [
        pa.field(one.name, TYPES[kind_of(one)], metadata={"ierwohnen": _json(field_description(one))})
        for one in table.columns
    ]
    about = {name: text for name, text in asdict(table.about).items() if text}
    return pa.schema(fields, metadata={"about": _json(about), "signs": _json(signs_of(table.columns))})


def typed_batches(table: PublishedTable) -> Iterator[pa.RecordBatch]:
    """The rows in the types of `schema`. Numbers are the 64-bit floats nearest to what was published.

    :raises OutOfRange: at a value that has none
    """
    types = schema(table)
    for batch in table.safe_batches():
        arrays = [_typed(batch.column(field.name), field) for field in types]
        yield pa.RecordBatch.from_arrays(arrays, schema=types)


def _typed(cells: pa.Array, field: pa.Field) -> pa.Array:
    """:raises OutOfRange: rather than an infinite number or a wrong day"""
    if field.type == pa.string():
        return cells
    try:
        typed = pc.cast(cells, field.type)
    except pa.ArrowInvalid as error:
        raise OutOfRange(field.name) from error
    if field.type == pa.float64() and pc.any(pc.is_inf(typed)).as_py():
        raise OutOfRange(field.name)
    return typed


def write_parquet(table: PublishedTable, path: Path) -> None:
    """Write the table as Parquet, compressed with Zstandard, which all current readers know."""
    with pq.ParquetWriter(path, schema(table), compression="zstd") as out:
        waiting: list[pa.RecordBatch] = []
        for batch in typed_batches(table):
            waiting.append(batch)
            if sum(one.num_rows for one in waiting) >= ROW_GROUP:
                out.write_table(pa.Table.from_batches(waiting))
                waiting = []
        if waiting:
            out.write_table(pa.Table.from_batches(waiting))


def _json(content: Any) -> str:
    return json.dumps(content, ensure_ascii=False)
