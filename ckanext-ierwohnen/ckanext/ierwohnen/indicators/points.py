"""Points in time: a year that one table writes `2025` and another one `2025-12-31` is one point, not two.

Offices date a yearly stock by the year or by its reference date. A bare year therefore means the reference date that
another table of the same indicator states for it. A table with more than one date in any year is none of years: its
dates, and months and quarters, stay points of their own. No CKAN in here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from ckanext.ierwohnen.indicators.cells import axes, period_codes

YEAR = re.compile(r"\d{4}")
DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
STATED = "stated"
"""Column of the periods as the tables write them, beside those that count."""


def is_year(period: object) -> bool:
    """Whether a period is a bare year."""
    return isinstance(period, str) and YEAR.fullmatch(period) is not None


def is_date(period: object) -> bool:
    """Whether a period is a day."""
    return isinstance(period, str) and DATE.fullmatch(period) is not None


def dates_of_years(tables: Iterable[Iterable[str]]) -> dict[str, str]:
    """The date that a bare year means, by year: the last one that a yearly table states; without years that have none.

    :param tables: the periods of each table

    >>> dates_of_years([["2024", "2025"], ["2025-12-31"]])
    {'2025': '2025-12-31'}
    """
    bare: set[str] = set()
    dates: dict[str, str] = {}
    for table in tables:
        periods = set(filter(None, table))
        bare |= {p for p in periods if is_year(p)}
        within = [p for p in periods if not is_year(p)]
        if len({p[:4] for p in within}) < len(within):
            continue  # quarters, or several dates a year
        for period in filter(is_date, within):
            dates[period[:4]] = max(period, dates.get(period[:4], ""))
    return {year: dates[year] for year in sorted(bare & dates.keys())}


def one_point_a_year(readings: pd.DataFrame) -> pd.DataFrame:
    """Readings of one indicator with the date in place of a bare year where a table states one.

    :param readings: columns ``period`` and ``resource_id``
    """
    stated = readings[["resource_id", "period"]].drop_duplicates().dropna()
    meant = dates_of_years(periods.tolist() for _, periods in stated.groupby("resource_id")["period"])
    return readings.assign(period=readings["period"].replace(meant)) if meant else readings


def as_written_in(figures: pd.DataFrame, more: pd.DataFrame) -> pd.DataFrame:
    """A column with each year written as another column writes it, where each has one cell a year of it.

    :param figures: the column that counts first
    """
    labels = [figures.index.levels[1], more.index.levels[1]]
    if not all(any(any(map(kind, of)) for of in labels) for kind in (is_year, is_date)):
        return more
    mine, its = _by_year(figures.index), _by_year(more.index)
    meant = {
        its[year][0]: mine[year][0]
        for year in mine.keys() & its.keys()
        if len(mine[year]) == len(its[year]) == 1 and is_year(mine[year][0]) != is_year(its[year][0])
        and all(is_year(p) or is_date(p) for p in (mine[year][0], its[year][0]))
    }  # fmt: skip
    return more.set_axis(_renamed(more.index, meant)) if meant else more


def same_point(asked: str | None, periods: Iterable[str | None]) -> str | None:
    """The period that is meant: itself, a year's only date, or the bare year of a date; else the one asked for.

    >>> same_point("2025", ["2024-12-31", "2025-12-31"])
    '2025-12-31'
    """
    known = {p for p in periods if p}
    if asked is None or asked in known:
        return asked
    if is_date(asked):
        return asked[:4] if asked[:4] in known else asked
    dates = [p for p in known if is_date(p) and p[:4] == asked] if is_year(asked) else []
    return dates[0] if len(dates) == 1 else asked


def earlier_points(periods: Iterable[str], years: int) -> dict[str, str]:
    """By period the one so many years before, however it is written; without those that have none."""
    known = [p for p in periods if isinstance(p, str)]
    found: dict[str, str] = {}
    there = set(known)
    for period in known:
        if not period[:4].isdigit():
            continue
        before = same_point(f"{int(period[:4]) - years}{period[4:]}", there)
        if before in there and before is not None:
            found[period] = before
    return found


def _by_year(index: pd.Index) -> Mapping[str, list[str]]:
    of = axes(index)
    used = np.unique(period_codes(index, of))
    found: dict[str, list[str]] = {}
    for period in (of.periods[code] for code in used if code < len(of.periods)):
        found.setdefault(str(period)[:4], []).append(str(period))
    return found


def _renamed(index: pd.Index, meant: Mapping[str, str]) -> pd.MultiIndex:
    """The index with other names of periods; no two of them become one."""
    labels = index.levels[1]
    names = [meant.get(p, p) for p in labels]
    distinct = pd.Index(list(dict.fromkeys(names)), dtype=object).sort_values()
    codes = np.asarray(index.codes[1])
    places = distinct.get_indexer(names)
    moved = np.where(codes < 0, -1, places[codes]) if len(places) else codes
    return pd.MultiIndex(
        levels=[index.levels[0], distinct], codes=[index.codes[0], moved], names=index.names, verify_integrity=False
    )
