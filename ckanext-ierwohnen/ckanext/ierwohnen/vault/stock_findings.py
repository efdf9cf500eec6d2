"""What is wrong in some rows of a company's table, before it is counted: what a person decided about it comes first.

A finding concerns cells of a column. Decided, its rows are left out, or its cells count as no entry; what else is found
in rows that are left out is no matter any more. Pure.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ckanext.ierwohnen.tables.office_table import Chunk
from ckanext.ierwohnen.tables.problems import Severity
from ckanext.ierwohnen.vault.stock_cells import totals
from ckanext.ierwohnen.vault.stock_repairs import StockRepairs

_PAST = ("vacant_since", "tenancy_since", "tenant_changed")


@dataclass(frozen=True)
class Finding:
    """Cells of one kind in a column, `mask` over the rows of the piece; `field`: what is blank where that is decided;
    `texts`: the cells of the mask, where somebody may decide about them one by one."""

    code: str
    severity: Severity
    column: str
    mask: np.ndarray
    field: str = ""
    texts: pa.Array | None = None


Tell = Callable[[Finding, np.ndarray, pa.Array | None], None]


class Findings:
    """The findings of one piece of a table.

    :param rows: the file's numbers of its rows
    """

    def __init__(self, rows: np.ndarray, repairs: StockRepairs) -> None:
        self._rows, self._repairs = rows, repairs
        self._found: list[Finding] = []

    def add(
        self, code: str, severity: Severity, column: str, mask: np.ndarray, field: str = "",
        texts: pa.Array | None = None,
    ) -> None:  # fmt: skip
        """Note cells; none if the mask is empty."""
        if mask.any():
            self._found.append(Finding(code, severity, column, mask, field, texts))

    def mask(self, code: str, column: str) -> np.ndarray:
        """Which rows a finding so far concerns."""
        found = np.zeros(len(self._rows), bool)
        for one in self._found:
            if (one.code, one.column) == (code, column):
                found |= one.mask
        return found

    def stay(self, keep: np.ndarray) -> np.ndarray:
        """Which rows stay: those of findings that leave their rows out do not.

        :param keep: rows in which anything stands
        """
        stay = keep.copy()
        for one in self._found:
            if (place := self._repairs.leaves_out_all(one.code, one.column)) is not None:
                self._repairs.note(place, self._rows[one.mask & stay])
                stay &= ~one.mask
        return stay

    def settled(self, data: Mapping[str, pa.Array], stay: np.ndarray, told: Tell) -> dict[str, pa.Array]:
        """Carry out what was decided about values, and tell the rest.

        :param stay: rows that are loaded
        :param told: called with each finding that is left, the file's rows, and their cells
        :return: the columns with what is blank now
        """
        found = dict(data)
        for one in self._found:
            mask = one.mask & stay
            if not mask.any():
                continue
            place = self._repairs.blanks(one.code, one.column)
            if place is not None and one.field:
                self._repairs.note(place, self._rows[mask])
                found[one.field] = pc.if_else(pa.array(mask), pa.scalar(None, pa.string()), found[one.field])
            else:
                texts = None if one.texts is None else one.texts.filter(pa.array(mask[one.mask]))
                told(one, self._rows[mask], texts)
        return found


def contradictions(
    found: Findings, data: Mapping[str, pa.Array], column_of: Callable[[str], str], day: dt.date
) -> None:  # fmt: skip
    """What does not fit together in a row: it asks, and is left as it is unless somebody decides.

    :param column_of: the column that a field comes from
    :param day: the reference date
    """
    limit = pa.scalar(day.isoformat())
    for name in _PAST:
        if name in data:
            found.add("after-date", Severity.WARNING, column_of(name), mask_of(pc.greater(data[name], limit)), name)
    if {"vacant", "vacancy_reason"} <= data.keys():
        odd = mask_of(pc.and_(pc.equal(data["vacant"], "f"), data["vacancy_reason"].is_valid()))
        found.add("reason-but-let", Severity.WARNING, column_of("vacancy_reason"), odd, "vacancy_reason")
    if {"vacant", "net_cold_rent"} <= data.keys():
        odd = mask_of(pc.and_(pc.equal(data["vacant"], "t"), data["net_cold_rent"].is_valid()))
        found.add("vacant-but-rent", Severity.HINT, column_of("net_cold_rent"), odd)


def sums_of(
    found: Findings, chunk: Chunk, names: Sequence[str], places: Collection[int]
) -> dict[str, np.ndarray]:  # fmt: skip
    """Rows of sums, which are no dwellings: cells of these columns say so.

    :return: column → which rows
    """
    sums = {}
    for place in sorted(places):
        if (cells := totals(chunk.cleaned(place))) is not None:
            sums[names[place]] = mask_of(cells)
            found.add("total-row", Severity.ERROR, names[place], sums[names[place]])
    return sums


def rows_with_entries(data: Mapping[str, pa.Array], size: int) -> np.ndarray:
    """Rows in which anything stands."""
    keep = np.zeros(size, bool)
    for array in data.values():
        keep |= array.is_valid().to_numpy(zero_copy_only=False)
    return keep


def mask_of(array: pa.Array) -> np.ndarray:
    """A truth array for numpy; what is not known is false."""
    return pc.fill_null(array, False).to_numpy(zero_copy_only=False)


def filtered(
    data: Mapping[str, pa.Array], rows: np.ndarray, keep: np.ndarray
) -> tuple[dict[str, pa.Array], np.ndarray]:  # fmt: skip
    """Some of the rows."""
    if keep.all():
        return dict(data), rows
    mask = pa.array(keep)
    return {name: array.filter(mask) for name, array in data.items()}, rows[keep]


def null_if_blank(text: pa.Array) -> pa.Array:
    """Texts, of which empty ones are no entry."""
    return pc.if_else(pc.equal(text, ""), pa.scalar(None, pa.string()), text)
