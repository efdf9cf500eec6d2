"""Indicators that are a class of another one: the population under 18, dwellings of three rooms.

A table of the population by age group feeds them where its classes make up the wanted range exactly, without gap and
overlap: five-year groups give 65 to 74, but not 0 to 17. No CKAN in here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from ckanext.ierwohnen.tables.code_lists import TOTAL, TOTAL_WORDS, CodeList, code_lists, normal

CELL = ["unit", "level", "system", "period"]
KINDS = ("list", "range")


@dataclass(frozen=True)
class Part:
    """``of``: code of the whole; ``dimension``: a code list; ``first`` to ``last`` of a range (None: open), or
    ``codes`` of a list.
    """

    of: str
    dimension: str
    first: int | None = None
    last: int | None = None
    codes: tuple[str, ...] = ()

    @classmethod
    def of_entry(cls, entry: dict[str, Any]) -> Part:
        """From the definition's ``part``."""
        codes = tuple(map(str, entry.get("codes") or ()))
        return cls(entry["of"], entry["dimension"], entry.get("from"), entry.get("to"), codes)

    def as_dict(self) -> dict[str, Any]:
        """As the definition writes it."""
        span = {"codes": list(self.codes)} if self.codes else {"from": self.first, "to": self.last}
        return {"of": self.of, "dimension": self.dimension, **span}

    def classes(self, known: Iterable[str]) -> tuple[str, ...] | None:
        """Those of the codes that make up the part exactly, as few as can be; None where they do not.

        >>> Part("population", "age_groups", 15, 64).classes(["-14", "15-39", "40-64", "65-"])
        ('15-39', '40-64')
        """
        there = code_lists().get(self.dimension)
        if there is None:
            return None
        if self.codes:
            return self.codes if set(self.codes) <= set(known) else None
        return _tiled(self._span(self.first, self.last, there), {c: _ends(c, there) for c in known if c != TOTAL})

    @staticmethod
    def _span(first: int | None, last: int | None, there: CodeList) -> tuple[int, int]:
        low, high = there.bounds
        return (low if first is None else first, high if last is None else last)

    def rows(self, code: str, readings: pd.DataFrame, dimensions: Sequence[str]) -> pd.DataFrame | None:
        """The readings of the whole that make up this part, under its code; None where the table does not give it.

        Other dimensions keep their parts, to be added up; where a cell lacks one of the classes, a reading without a
        number stands for it.
        """
        if self.dimension not in dimensions:
            return None
        whole = readings[(readings["indicator"] == self.of) & readings[self.dimension].notna()]
        there = code_lists().get(self.dimension)
        if not len(whole) or there is None:
            return None
        written = {text: there.code_of(str(text)) or str(text) for text in whole[self.dimension].unique()}
        wanted = self.classes(written.values())
        if wanted is None:
            return None
        classes = whole[self.dimension].map(written)
        own = _without_totals(whole[classes.isin(wanted)], [d for d in dimensions if d != self.dimension])
        counted = classes[own.index].groupby([own[name] for name in CELL], dropna=False).transform("nunique")
        lacking = own[counted < len(wanted)].drop_duplicates(CELL).assign(value=float("nan"), status="missing")
        return pd.concat([own, lacking]).assign(indicator=code)


def with_parts(readings: pd.DataFrame, parts: dict[str, Part], plain: Iterable[str]) -> pd.DataFrame:
    """The readings of a table and those of the parts that it gives.

    :param parts: by code
    :param plain: columns that are no dimensions
    """
    dimensions = [name for name in readings.columns if name not in set(plain)]
    if not dimensions:
        return readings
    made = [rows for code, part in parts.items() if (rows := part.rows(code, readings, dimensions)) is not None]
    return pd.concat([readings, *made], ignore_index=True) if made else readings


def fed(divided: Iterable[tuple[str, str, tuple[str, ...]]], parts: dict[str, Part]) -> list[str]:
    """Codes of the parts that a table gives.

    :param divided: indicator, dimension and codes of the classes by which the table divides it
    """
    return [
        code for of, dimension, known in divided for code, part in parts.items()
        if (part.of, part.dimension) == (of, dimension) and part.classes(known) is not None
    ]  # fmt: skip


def _without_totals(rows: pd.DataFrame, others: list[str]) -> pd.DataFrame:
    """Rows that no other dimension divides; where all are divided, their parts without totals."""
    if not others:
        return rows
    total = pd.DataFrame({name: rows[name].isna() | rows[name].isin(_totals(rows[name])) for name in others})
    whole = rows[total.all(axis=1)]
    return whole if len(whole) else rows[~total.any(axis=1)]


def _totals(texts: pd.Series) -> list[object]:
    """Those of the texts that mean the total, whatever the dimension."""
    return [text for text in texts.unique() if normal(str(text)) in TOTAL_WORDS]


def _ends(code: str, there: CodeList) -> tuple[int, int] | None:
    first, dash, last = code.partition("-")
    low, high = there.bounds
    if not all(end == "" or end.isdigit() for end in (first, last)) or not (first or last):
        return None
    start = int(first) if first else low
    return start, (int(last) if last else high) if dash else start


def _tiled(wanted: tuple[int, int], classes: dict[str, tuple[int, int] | None]) -> tuple[str, ...] | None:
    """The fewest classes that follow each other from the first to the last number."""
    reached: dict[int, tuple[str, ...]] = {wanted[0]: ()}
    for code, ends in sorted(((c, e) for c, e in classes.items() if e), key=lambda one: (one[1][0], one[1][1])):
        start, end = ends
        if start in reached and end <= wanted[1]:
            way = (*reached[start], code)
            if len(way) < len(reached.get(end + 1, (*way, ""))):
                reached[end + 1] = way
    return reached.get(wanted[1] + 1) or None
