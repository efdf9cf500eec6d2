"""Addresses that stand once for each house, above the rows of its other dwellings, as merged cells give it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ckanext.ierwohnen.tables.office_table import Chunk
from ckanext.ierwohnen.vault.stock_findings import mask_of
from ckanext.ierwohnen.vault.stock_repairs import ADDRESS, StockRepairs

_OWN = ("street", "house_number")


class FromAbove:
    """The address columns of a table while it is read.

    :param mapping: column → field of the record
    """

    def __init__(self, names: Sequence[str], mapping: Mapping[str, str], repairs: StockRepairs) -> None:
        of = {field: names.index(column) for column, field in mapping.items() if column in names}
        self._dwelling = of.get("dwelling")
        self._own = [of[name] for name in _OWN if name in of]
        self._places = [of[name] for name in ADDRESS if name in of]
        street = next((column for column, field in mapping.items() if field == "street"), "")
        self._decided = repairs.from_above(street) if street else None
        self._repairs = repairs
        self._last: list[str] | None = None
        self._blank = self._written = 0
        self._fits = True

    @property
    def fits(self) -> bool:
        """Whether blank addresses are those of the row above: the first row has one, no row repeats the one above it,
        and blank ones are no exception."""
        return self._fits and self._blank * 2 >= self._written > 0 and self._blank > 0

    def take(self, chunk: Chunk) -> Chunk:
        """The next rows; filled where that is decided."""
        if self._dwelling is None or not self._own:
            return chunk
        dwelling = mask_of(pc.not_equal(chunk.cleaned(self._dwelling), ""))
        written = np.zeros(len(chunk), bool)
        for place in self._own:
            written |= mask_of(pc.not_equal(chunk.cleaned(place), ""))
        blank, written = dwelling & ~written, dwelling & written
        if self._decided is None:
            self._look(chunk, blank, written)
        return self._filled(chunk, blank, written)

    def _look(self, chunk: Chunk, blank: np.ndarray, written: np.ndarray) -> None:
        """Whether these rows fit."""
        at = np.flatnonzero(written)
        first = int(at[0]) if len(at) else len(chunk)
        before = self._last[: len(self._own)] if self._last else None
        if before is None and blank[:first].any():
            self._fits = False
        self._blank, self._written = self._blank + int(blank.sum()), self._written + len(at)
        if not self._fits or not len(at):
            return
        parts = [chunk.cleaned(place).take(pa.array(at)) for place in self._own]
        told = pc.binary_join_element_wise(*parts, "\x1f")
        again = len(at) > 1 and pc.any(pc.equal(told[1:], told[:-1])).as_py()
        self._fits = not again and (before is None or told[0].as_py() != "\x1f".join(before))

    def _filled(self, chunk: Chunk, blank: np.ndarray, written: np.ndarray) -> Chunk:
        columns = list(chunk.columns)
        if self._decided is not None and blank.any():
            known = np.where(written, np.arange(1, len(chunk) + 1), 0)
            above = pa.array(np.maximum.accumulate(known))
            last = self._last or [""] * len(self._places)
            met = blank & ((np.maximum.accumulate(known) > 0) | (self._last is not None))
            for place, text in zip(self._places, last, strict=True):
                cells = chunk.cleaned(place)
                source = pa.concat_arrays([pa.array([text], pa.string()), cells]).take(above)
                empty = pc.and_(pa.array(met), pc.equal(cells, ""))
                columns[place] = pc.if_else(empty, source, cells)
            self._repairs.note(self._decided, chunk.rows[met])
        if written.any():
            at = int(np.flatnonzero(written)[-1])
            self._last = [chunk.cleaned(place)[at].as_py() or "" for place in self._own]
            self._last += [chunk.cleaned(place)[at].as_py() or "" for place in self._places[len(self._own) :]]
        return Chunk(chunk.rows, tuple(columns))
