"""Dwellings that stand in a company's table more than once. Pure."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from ckanext.ierwohnen.vault.stock_findings import filtered
from ckanext.ierwohnen.vault.stock_repairs import StockRepairs


class Repeated:
    """`twice`: the number of a dwelling → the file's rows that bear it."""

    def __init__(self, repairs: StockRepairs) -> None:
        self._repairs = repairs
        self._rows_of: dict[str, int] = {}  # dwelling → the row in which it stood first
        self.twice: dict[str, list[int]] = {}

    def once_each(
        self, data: Mapping[str, pa.Array], rows: np.ndarray, decided: int | None
    ) -> tuple[dict[str, pa.Array], np.ndarray]:  # fmt: skip
        """Each dwelling once: the first of several, where that is decided.

        :param decided: the place of the repair that says so
        """
        ids = data["dwelling"].to_pylist()
        first = dict(zip(reversed(ids), rows[::-1].tolist(), strict=True))
        first.pop(None, None)
        empty = data["dwelling"].null_count
        again = not self._rows_of.keys().isdisjoint(first)
        repeated: list[tuple[int, str, int]] = []
        if again or len(first) + empty < len(ids):
            for at, (dwelling, row) in enumerate(zip(ids, rows.tolist(), strict=True)):
                known = self._rows_of.get(dwelling, first.get(dwelling, row))
                if dwelling is not None and row != known:
                    repeated.append((at, dwelling, known))
        if again:
            first = {one: row for one, row in first.items() if one not in self._rows_of}
        self._rows_of.update(first)
        if repeated and decided is not None:
            keep = np.ones(len(rows), bool)
            keep[[at for at, _, _ in repeated]] = False
            self._repairs.note(decided, rows[~keep])
            return filtered(data, rows, keep)
        for at, dwelling, known in repeated:
            self.twice.setdefault(dwelling, [known]).append(int(rows[at]))
        return dict(data), rows
