"""A print of stock as it is loaded: the same only for the same dwellings with the same cells in the same order. Pure.

It is kept with the sums of a version, under the same locks and closed with the same key, and never told.
"""

from __future__ import annotations

import hashlib

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc


class StockPrint:
    """Grows with each batch; how the rows are cut into batches makes no difference."""

    def __init__(self) -> None:
        self._columns: dict[str, tuple[hashlib._Hash, hashlib._Hash]] = {}

    def take(self, batch: pa.RecordBatch) -> None:
        """Add rows, all of whose columns are text."""
        for name in batch.schema.names:
            lengths, texts = self._columns.setdefault(name, (hashlib.sha256(), hashlib.sha256()))
            column = pc.cast(batch.column(name), pa.large_string())
            lengths.update(pc.fill_null(pc.binary_length(column), -1).to_numpy(zero_copy_only=False).tobytes())
            filled = pc.fill_null(column, "")
            _, offsets, content = filled.buffers()
            bounds = np.frombuffer(offsets, np.int64)[filled.offset : filled.offset + len(filled) + 1]
            texts.update(memoryview(content or b"")[bounds[0] : bounds[-1]])

    def hexdigest(self) -> str:
        """The print of all rows so far."""
        whole = hashlib.sha256()
        for name, parts in sorted(self._columns.items()):
            whole.update(f"{name}:{'.'.join(part.hexdigest() for part in parts)};".encode())
        return whole.hexdigest()
