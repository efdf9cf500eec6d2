"""Indicators that are a class of another one: the population under 18, dwellings of three rooms.

A table of the population by age group feeds them where its classes make up the wanted range exactly, without gap and
overlap: five-year groups give 65 to 74, but not 0 to 17. No CKAN in here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import pandas as pd

from ckanext.ierwohnen.tables.code_lists import TOTAL, TOTAL_WORDS, CodeList, code_lists, normal
from ckanext.ierwohnen.tables.part_columns import part_of_year

CELL = ["unit", "level", "system", "period"]
KINDS = ("list", "range")


@dataclass(frozen=True)
class Part:
    """``of``: code of the whole; ``dimension``: a code list; ``first`` to ``last`` of a range (None: open), or
    ``codes`` of a list. ``other``: the same by another code list (a household of one person, a one-person household).
    """

    of: str
    dimension: str
    first: int | None = None
    last: int | None = None
    codes: tuple[str, ...] = ()
    other: Part | None = None

    @property
    def ways(self) -> tuple[Part, ...]:
        """By which code lists a table may give the part."""
        return (self, *(self.other.ways if self.other else ()))

    @classmethod
    def of_entry(cls, entry: dict[str, Any]) -> Part:
        """From the definition's ``part``."""
        codes = tuple(map(str, entry.get("codes") or ()))
        other = cls.of_entry({"of": entry["of"], **entry["or"]}) if entry.get("or") else None
        return cls(entry["of"], entry["dimension"], entry.get("from"), entry.get("to"), codes, other)

    def as_dict(self) -> dict[str, Any]:
        """As the definition writes it."""
        span = {"codes": list(self.codes)} if self.codes else {"from": self.first, "to": self.last}
        other = {"or": {k: v for k, v in self.other.as_dict().items() if k != "of"}} if self.other else {}
        return {"of": self.of, "dimension": self.dimension, **span, **other}

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
        return _tiled(self._span(self.first, self.last, there), {c: there.span(c) for c in known if c != TOTAL})

    @staticmethod
    def _span(first: int | None, last: int | None, there: CodeList) -> tuple[int, int]:
        low, high = there.bounds
        return (low if first is None else first, high if last is None else last)

    def rows(self, code: str, readings: pd.DataFrame, dimensions: Sequence[str]) -> pd.DataFrame | None:
        """The readings of the whole that make up this part, under its code; None where the table does not give it.

        Other dimensions keep their parts, to be added up; where a cell lacks one of the classes, a reading without a
        number stands for it.
        """
        return next((rows for way in self.ways if (rows := way._rows(code, readings, dimensions)) is not None), None)

    def _rows(self, code: str, readings: pd.DataFrame, dimensions: Sequence[str]) -> pd.DataFrame | None:
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
        code for of, dimension, known in divided for code, part in parts.items() for way in part.ways
        if (way.of, way.dimension) == (of, dimension) and way.classes(known) is not None
    ]  # fmt: skip


def undivided(
    readings: pd.DataFrame, dimensions: Sequence[str], parts: Mapping[str, Part]
) -> tuple[pd.DataFrame, pd.Series]:
    """The rows of each cell that make up its whole, each person or dwelling once; and which of them are parts.

    :param parts: by code; the rows of these hold their own classes already

    Where a cell has a row over all classes of a dimension ("insgesamt"), its classes go. What is left is a whole if its
    classes are all there is (`CodeList.make_all`, of lists of which that is known); months and quarters of a year
    never are.
    """
    cell = [name for name in (*CELL, "indicator", "resource_id") if name in readings.columns]
    total = pd.DataFrame({name: readings[name].isna() | readings[name].isin(_totals(readings[name]))
                          for name in dimensions})  # fmt: skip
    kept = pd.Series(True, index=readings.index)
    for name in dimensions:
        others = [readings[one] for one in (*cell, *(d for d in dimensions if d != name))]
        kept &= total[name] | ~total[name].groupby(others, dropna=False).transform("any")
    # Of "by age" and "by sex" below one another without a row of all, one is enough.
    left, total = readings[kept], total[kept]
    of = left.groupby([left[one] for one in cell], dropna=False, sort=False).ngroup()
    weight = total.sum(axis=1)
    best = weight == weight.groupby(of).transform("max")
    pattern = total @ [1 << n for n in range(len(dimensions))]
    chosen = best & (pattern == pattern.where(best).groupby(of).transform("min"))
    left, total, of = left[chosen], total[chosen], of[chosen]
    lost: set[int] = set()
    for name in dimensions:
        own = {code for code, part in parts.items() if any(way.dimension == name for way in part.ways)}
        rows = left[~total[name] & ~left["indicator"].isin(own)]
        others = [one for one in (*cell, *dimensions) if one != name]
        groups = rows.groupby([rows[one] for one in others], dropna=False, sort=False).ngroup()
        open_ = {group for group, classes in rows[name].groupby(groups).agg(frozenset).items()
                 if not _complete(name, classes)}  # fmt: skip
        lost |= set(of[rows.index[groups.isin(open_)]])
    whole = ~of.isin(lost)
    return left[whole], ~total[whole].all(axis=1)


@lru_cache(maxsize=4096)
def _complete(dimension: str, texts: frozenset[str]) -> bool:
    """Whether these classes of a dimension may be added up."""
    there = code_lists().get(dimension)
    if there is None:
        return part_of_year(dimension) is None
    return there.make_all(there.code_of(str(text)) or str(text) for text in texts) is not False


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
