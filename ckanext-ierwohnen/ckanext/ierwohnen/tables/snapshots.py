"""The rows of a published state as a Parquet file: exact text of every cell, compressed, read by page or by column.

Text, not numbers: what PostgreSQL wrote comes back digit by digit when the state is restored.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from threading import Thread
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import csv

from ckanext.ierwohnen.tables.load import as_csv

BLOCK = 16 << 20  # bytes; a row has to fit
GROUP = 50_000  # rows that are compressed together, and read together for a page


def write(fill: Callable[[BinaryIO], None], path: Path, columns: Sequence[str]) -> int:
    """Store rows; `fill` writes them as CSV without a header, NULL as an empty cell. Returns their number.

    Memory does not grow with the rows. The file is on disk for good when this returns.
    """
    read_end, write_end = os.pipe()
    failure: list[BaseException] = []

    def send() -> None:
        try:
            with os.fdopen(write_end, "wb") as out:
                fill(out)
        except BaseException as error:
            failure.append(error)

    sender = Thread(target=send, name="rows", daemon=True)
    sender.start()
    try:
        with os.fdopen(read_end, "rb") as source:
            count = _store(source, path, columns)
    except BaseException:
        path.unlink(missing_ok=True)
        sender.join()
        if failure and not isinstance(failure[0], BrokenPipeError):  # rows broke off: that is why they cannot be read
            raise failure[0] from None
        raise
    finally:
        sender.join()
    if failure:
        path.unlink(missing_ok=True)
        raise failure[0]
    _to_disk(path)
    return count


def _store(source: BinaryIO, path: Path, columns: Sequence[str]) -> int:
    schema = pa.schema([(name, pa.string()) for name in columns])
    count = 0
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for batch in _batches(source, schema):
            writer.write_batch(batch, row_group_size=GROUP)
            count += batch.num_rows
    return count


def _batches(source: BinaryIO, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    options = csv.ConvertOptions(
        column_types=schema, null_values=[""], strings_can_be_null=True, quoted_strings_can_be_null=False
    )
    try:
        reader = csv.open_csv(
            source,
            csv.ReadOptions(column_names=schema.names, block_size=BLOCK),
            csv.ParseOptions(newlines_in_values=True),
            options,
        )
    except pa.ArrowInvalid as error:
        if "Empty CSV" in str(error):
            return
        raise
    yield from reader


def _to_disk(path: Path) -> None:
    for place in (path, path.parent):
        handle = os.open(place, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def read(path: Path, columns: Sequence[str] | None = None) -> pa.Table:
    """All rows, or some columns of them."""
    return pq.read_table(path, columns=list(columns) if columns is not None else None)


def page(path: Path, offset: int, limit: int) -> list[dict[str, Any]]:
    """Some rows from `offset` on; only the groups that hold them are read."""
    file, start, found = pq.ParquetFile(path), 0, []
    for group in range(file.metadata.num_row_groups):
        size = file.metadata.row_group(group).num_rows
        if start + size > offset and len(found) < limit:
            begin = max(0, offset - start)
            found += file.read_row_group(group).slice(begin, limit - len(found)).to_pylist()
        start += size
    return found


def as_copy(path: Path) -> Iterator[bytes]:
    """The rows as CSV without a header, for COPY (`load.COPY_OPTIONS`)."""
    file = pq.ParquetFile(path)
    texts = frozenset(file.schema_arrow.names)
    for batch in file.iter_batches(GROUP):
        if batch.num_rows:
            yield as_csv(batch, texts)


def batches(path: Path) -> Iterator[pa.RecordBatch]:
    """The rows as batches of text columns; memory does not grow with the rows."""
    yield from pq.ParquetFile(path).iter_batches(GROUP)
