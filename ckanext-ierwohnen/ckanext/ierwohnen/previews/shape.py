"""Which figures a table can be shown as, and which of them comes first: decided by the shape of its data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import pandas as pd

from ckanext.ierwohnen.previews.ask import Ask
from ckanext.ierwohnen.previews.periods import ordered

CITY = "city"
UNASSIGNED = "unassigned"
TOTALS = ("insgesamt", "gesamt", "zusammen", "total", "alle", "all", "summe", "sum")
ALL = "*"
"""The category of what is added up over a dimension, in readings and in addresses (`?d_sex=*`)."""
FIXED = ("unit", "level", "system", "period", "indicator", "value", "status")


class Meaning(Protocol):
    """What this module needs of a column's meaning (tables.meanings.ColumnMeaning)."""

    @property
    def name(self) -> str: ...
    @property
    def role(self) -> str: ...
    @property
    def level(self) -> str | None: ...
    @property
    def system(self) -> str | None: ...
    @property
    def indicator(self) -> str | None: ...
    @property
    def period(self) -> str | None: ...


@dataclass(frozen=True)
class Possible:
    """The figures that the columns of a table allow, before any value is read."""

    map: bool
    chart: bool
    table: bool

    @property
    def any(self) -> bool:
        """Whether there is anything to show."""
        return self.map or self.chart or self.table


def possible(meanings: Sequence[Meaning]) -> Possible:
    """A map needs a key of a known spatial system and an indicator; a chart an indicator with a key or a period.

    Every table that has columns can be shown as a table.
    """
    roles = {str(one.role) for one in meanings}
    placed = any(str(one.role) == "key" and one.level and one.system for one in meanings)
    dated = "period" in roles or any(str(one.role) == "indicator" and one.period for one in meanings)
    figures = "indicator" in roles
    return Possible(map=figures and placed, chart=figures and ("key" in roles or dated), table=bool(meanings))


@dataclass(frozen=True)
class Choice:
    """What is shown out of what there is. Lists are in reading order, periods from early to late."""

    indicator: str
    period: str | None
    level: str | None
    unit: str | None
    dimensions: Mapping[str, str]
    periods: tuple[str, ...]
    levels: tuple[str, ...]
    categories: Mapping[str, tuple[str, ...]]


def choose_indicator(asked: str | None, codes: Sequence[str], relative: Iterable[str]) -> str:
    """The asked one if there is such; else the first relative figure, since a map of counts mostly shows size.

    :raises ValueError: if there is no indicator at all
    """
    if asked in codes:
        return str(asked)
    shares = set(relative)
    if not codes:
        raise ValueError("the table has no indicator")
    return next((code for code in codes if code in shares), codes[0])


def choose(ask: Ask, indicator: str, readings: pd.DataFrame) -> Choice:
    """Fill in what the address leaves open, and drop what does not exist: latest period, finest level, totals.

    :param readings: tidy rows (tables.readings) of this one indicator, over all periods and levels
    """
    categories = _categories(readings)
    dimensions = {
        name: ask.dimensions[name] if ask.dimensions.get(name) in texts else _total(texts, readings[name])
        for name, texts in categories.items()
    }
    kept = of_categories(readings, dimensions)
    counts = kept[~kept["level"].isin([CITY, UNASSIGNED])].groupby("level", sort=False)["unit"].nunique()
    levels = tuple(str(level) for level in counts.sort_values().index)
    level = ask.level if ask.level in levels else (levels[-1] if levels else None)
    here = kept[kept["level"] == level] if level else kept
    periods = tuple(ordered(str(period) for period in here["period"].dropna().unique()))
    dated = here[here["value"].notna()]["period"].dropna().unique()
    latest = next((period for period in reversed(periods) if period in set(dated)), periods[-1] if periods else None)
    period = ask.period if ask.period in periods else latest
    unit = ask.unit if ask.unit is not None and (here["unit"] == ask.unit).any() else None
    return Choice(indicator, period, level, unit, dimensions, periods, levels, categories)


def of_categories(readings: pd.DataFrame, dimensions: Mapping[str, str]) -> pd.DataFrame:
    """Only the rows of the chosen category of each dimension."""
    kept = pd.Series(True, index=readings.index)
    for name, text in dimensions.items():
        if name in readings:
            kept &= readings[name].map(category_text) == text
    return readings[kept]


def _categories(readings: pd.DataFrame) -> dict[str, tuple[str, ...]]:
    """Categories by dimension, in the order of the table; at most what a select can hold."""
    names = [name for name in readings.columns if name not in FIXED]
    found = {name: dict.fromkeys(readings[name].map(category_text)) for name in names}
    # What is added up stands first, as the first choice.
    return {name: (*([ALL] if ALL in own else []), *(text for text in own if text != ALL))[:500]
            for name, own in found.items()}  # fmt: skip


def category_text(value: object) -> str:
    """A category as text; empty where a row belongs to none, since it stands for all."""
    return "" if value is None or value != value else str(value)


def _total(texts: Sequence[str], given: pd.Series) -> str:
    """The category that stands for all, else the first.

    Rows without a category stand for all only where there are about as many of them as of any other: a cell that was
    forgotten is no total.
    """
    named = [text for text in texts if text and is_total(text)]
    if named:
        return named[0]
    counts = given.map(category_text).value_counts()
    if 2 * counts.get("", 0) >= counts.max():
        return ""
    return next((text for text in texts if text), "")


def is_total(text: str) -> bool:
    """Whether a category stands for all: `insgesamt`, the sum over all, or none (a wide table's undivided column)."""
    return text in ("", ALL) or text.strip().lower() in TOTALS


def chart_kind(readings: pd.DataFrame) -> str | None:
    """`course` where a unit or the city has values at two dates, `ranking` where several units have one; else None."""
    known = readings[readings["value"].notna()]
    dated = known.dropna(subset=["period"])
    unit = dated["unit"].where(dated["level"] != CITY, CITY).fillna(CITY)
    if len(dated) and dated.groupby([dated["level"], unit])["period"].nunique().max() > 1:
        return "course"
    return "ranking" if known[known["level"] != CITY]["unit"].nunique() > 1 else None
