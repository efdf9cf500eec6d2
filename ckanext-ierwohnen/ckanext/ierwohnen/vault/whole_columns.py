"""What only a whole column of a company's table tells: crosses beside blank cells, and rents in another unit.

Of a column that marks vacancy by a cross and leaves all else blank, blank cells as unknown would make all dwellings
vacant of which anything is known. Nobody but its sender knows what blank means there. Pure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ckanext.ierwohnen.vault.record import fields
from ckanext.ierwohnen.vault.stock_cells import read_cell
from ckanext.ierwohnen.vault.stock_repairs import SHOWN_ROWS, StockRepairs

OTHER = {"t": "nein", "f": "ja"}
"""What a blank cell may mean beside marks of one kind."""
OF_RATES = ("vacant",)
"""Fields of which a rate is reckoned: beside nothing but yes somebody has to say what blank means, or all would be."""
LEAST, MOST = 1.0, 60.0
"""No dwelling is let for less or more € per m² and month."""


@dataclass
class Marks:
    """The cells of a yes/no column: how many of each kind, and how many are blank in the file, with the first rows."""

    kinds: Counter[str] = field(default_factory=Counter)
    blank: int = 0
    rows: list[int] = field(default_factory=list)

    @property
    def only(self) -> str:
        """The kind, if there is but one beside blank cells of which nobody said what they mean; else ""."""
        return next(iter(self.kinds)) if self.blank and len(self.kinds) == 1 else ""


class YesNo:
    """The yes/no columns of a table while it is read.

    :param columns: field of the record → column
    """

    def __init__(self, columns: Mapping[str, str], repairs: StockRepairs) -> None:
        self.columns = {name: column for name, column in columns.items() if fields()[name].type == "yes_no"}
        self._repairs = repairs
        self._marks = {name: Marks() for name in self.columns}

    def asked(self) -> dict[str, Marks]:
        """Column → its marks, where somebody has to say what blank means."""
        return {self.columns[name]: marks for name, marks in self._marks.items() if marks.only}

    def told(self, column: str) -> dict[str, Any]:
        """What the question about a column says: which kind it has `only`, how many, and whether a `rate` would come
        out wrong by it."""
        marks = self.asked()[column]
        rate = marks.only == "t" and any(self.columns.get(name) == column for name in OF_RATES)
        return {"only": marks.only, "count": marks.kinds[marks.only], "rate": rate}

    def take(
        self, data: Mapping[str, pa.Array], rows: np.ndarray, blank: Mapping[str, np.ndarray], aside: np.ndarray
    ) -> dict[str, pa.Array]:  # fmt: skip
        """The next dwellings; blank cells become what was decided about them.

        :param blank: column → the file's rows in which it is blank
        :param aside: rows that are no dwellings: sums, and rows without a number
        """
        found = dict(data)
        for name, marks in self._marks.items():
            marks.kinds.update(found[name].drop_null().to_pylist() if len(marks.kinds) < len(OTHER) else ())
            mask = np.isin(rows, np.setdiff1d(blank[self.columns[name]], aside))
            if not mask.any():
                continue
            decided = self._repairs.of_blank(self.columns[name])
            meant = read_cell(decided[0], fields()[name]) if decided else None
            if decided is None or (decided[0] and meant is None):
                marks.blank += int(mask.sum())
                marks.rows += rows[mask][: SHOWN_ROWS - len(marks.rows)].tolist()
                continue
            self._repairs.note(decided[1], rows[mask])
            if meant:
                found[name] = pc.if_else(pa.array(mask), pa.scalar(meant, pa.string()), found[name])
        return found


@dataclass
class Rents:
    """How many dwellings tell rent and floor area, and in how many the one cannot be that of the other."""

    told: int = 0
    odd: int = 0
    rows: list[int] = field(default_factory=list)

    @property
    def of_another_unit(self) -> bool:
        """Whether that is so in most of them: then it is the column, and not a dwelling."""
        return self.odd * 2 > self.told

    def take(self, data: Mapping[str, pa.Array], rows: np.ndarray) -> None:
        """The next dwellings."""
        if not {"net_cold_rent", "floor_area"} <= data.keys():
            return
        rent, area = (_figures(data[name]) for name in ("net_cold_rent", "floor_area"))
        both = (rent > 0) & (area > 0)
        odd = both & ((rent < LEAST * area) | (rent > MOST * area))
        self.told += int(both.sum())
        self.odd += int(odd.sum())
        self.rows += rows[odd][: SHOWN_ROWS - len(self.rows)].tolist()


def _figures(texts: pa.Array) -> np.ndarray:
    return pc.fill_null(pc.cast(texts, pa.float64()), 0.0).to_numpy(zero_copy_only=False)
