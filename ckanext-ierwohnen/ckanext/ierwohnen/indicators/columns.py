"""Arithmetic on columns of figures: values that carry their status sign through every step.

A column is a DataFrame with the index ``(unit, period)`` and the columns ``value`` (float, NaN where there is no
number) and ``rank``: the sign as a number, so that the gravest sign of all parts is their maximum.
"""

from __future__ import annotations

from collections.abc import Container

import numpy as np
import pandas as pd

from ckanext.ierwohnen.indicators.cells import Axes, axes, keys, period_codes, positions, unit_codes
from ckanext.ierwohnen.indicators.points import as_written_in, earlier_points

# From harmless to grave. A result carries the gravest sign of its parts: preliminary stays preliminary, and a
# sum with a "." is no number. "-" and "0" are numbers (zero), and leave no trace in a result that is not zero.
RANKED = (
    "ok", "nothing", "below_half", "corrected", "limited", "preliminary", "estimated",
    "missing", "later", "uncertain", "blocked", "secret",
)  # fmt: skip
RANK = {status: i for i, status in enumerate(RANKED)}
FIRST_WITHOUT_VALUE = RANK["missing"]
ZEROES = (RANK["nothing"], RANK["below_half"])
NOBODY = "\0"  # the parent of what has none
HOWS = ("read", "computed", "added_up", "at_least")


def column(readings: pd.DataFrame) -> pd.DataFrame:
    """Readings of one indicator at one level as a column; of two readings of a cell the first is kept.

    :param readings: columns unit, period, value, status
    """
    return Tidy(readings.assign(indicator="", level="")).column("", "")


class Tidy:
    """Readings from which columns are taken.

    :param readings: columns unit, level, period, indicator, value, status; of two readings of a cell the first counts
    """

    def __init__(self, readings: pd.DataFrame) -> None:
        units, unit_labels = pd.factorize(readings["unit"].to_numpy(dtype=object))
        periods, period_labels = pd.factorize(readings["period"].to_numpy(dtype=object), sort=True)
        self._axes = Axes(pd.Index(unit_labels, dtype=object), pd.Index(period_labels, dtype=object))
        self._units = np.where(units < 0, len(unit_labels), units)
        self._periods = np.where(periods < 0, len(period_labels), periods)
        self._values = readings["value"].to_numpy(dtype=float)
        self._ranks = readings["status"].map(RANK).fillna(0).to_numpy(dtype=int)
        self._rows = readings.groupby(["indicator", "level"], sort=False).indices

    def column(self, indicator: str, level: str) -> pd.DataFrame:
        """The readings of an indicator at a level."""
        rows = self._rows.get((indicator, level))
        if rows is None:
            return empty()
        numbers = self._units[rows] * self._axes.width + self._periods[rows]
        first = positions(numbers, numbers, self._axes.size) == np.arange(len(numbers))
        rows, numbers = (rows, numbers) if first.all() else (rows[first], numbers[first])
        value, rank = self._values[rows], self._ranks[rows]
        without = np.isnan(value) & (rank < FIRST_WITHOUT_VALUE)
        return _frame(value, np.where(without, FIRST_WITHOUT_VALUE, rank), self._axes.index(numbers))


def only(figures: pd.DataFrame, units: Container[str]) -> pd.DataFrame:
    """The cells of these units."""
    of = axes(figures.index)
    known = np.array([*(unit in units for unit in of.units), False])
    return figures if known[:-1].all() and len(figures) else figures[known[unit_codes(figures.index, of)]]


def empty() -> pd.DataFrame:
    """A column without figures."""
    nothing = np.array([], dtype=int)
    labels = pd.Index([], dtype=object)
    return _frame(nothing.astype(float), nothing, Axes(labels, labels).index_of(nothing, nothing))


def first_given(*columns: pd.DataFrame) -> pd.DataFrame:
    """The cells of the first column, and of the others those that are missing before."""
    result = columns[0]
    for more in columns[1:]:
        result = _with(result, more)
    return result


def _with(figures: pd.DataFrame, more: pd.DataFrame) -> pd.DataFrame:
    if not len(figures) or not len(more):
        return figures if len(figures) or not len(more) else more
    more = as_written_in(figures, more)
    of = axes(figures.index, more.index)
    have, new = keys(figures.index, of), keys(more.index, of)
    missing = positions(new, have, of.size) < 0
    if not missing.any():
        return figures
    both = {
        name: np.concatenate([figures[name].to_numpy(), more[name].to_numpy()[missing]])
        for name in figures.columns
        if name in more.columns
    }
    return pd.DataFrame(both, index=of.index(np.concatenate([have, new[missing]])), copy=False)


def constant(like: pd.DataFrame, number: float) -> pd.DataFrame:
    """A column of the same cells that holds a number everywhere."""
    return pd.DataFrame({"value": number, "rank": 0}, index=like.index)


def combine(operator: str, left: pd.DataFrame, right: pd.DataFrame) -> pd.DataFrame:
    """Two columns cell by cell; a period that the right one lacks is taken from the same year.

    So births of 2025 meet the population on 31 December 2025. A division by zero makes no sense (sign ``x``).
    """
    index, at = _meeting(left.index, right.index)
    met = at >= 0
    a, a_rank = left["value"].to_numpy(), _trace(left)
    if not met.all():
        index, at, a, a_rank = index[met], at[met], a[met], a_rank[met]
    b, rank = right["value"].to_numpy()[at], np.maximum(a_rank, _trace(right)[at])
    with np.errstate(divide="ignore", invalid="ignore"):
        value = _OPERATIONS[operator](a, b)
    if operator == "/":
        rank = np.where((b == 0) & (rank < FIRST_WITHOUT_VALUE), RANK["blocked"], rank)
        value = np.where(b == 0, np.nan, value)
    return _made(value, rank, index)


_OPERATIONS = {"+": np.add, "-": np.subtract, "*": np.multiply, "/": np.divide}


def _meeting(left: pd.Index, right: pd.Index) -> tuple[pd.Index, np.ndarray]:
    """The cells of the left column, and where each stands in the right one: itself, else the last of its year."""
    of = axes(left, right)
    wanted, among = keys(left, of), keys(right, of)
    at = positions(wanted, among, of.size)
    if (at >= 0).all() or not len(among):
        return left, at
    years, labels = pd.factorize(np.array([*(str(p)[:4] for p in of.periods), "None"], dtype=object))
    width = len(labels)
    last_first = np.argsort(-among, kind="stable")  # periods ascend: the last of a year comes first
    by_year = (among // of.width * width + years[among % of.width])[last_first]
    near = positions(wanted // of.width * width + years[wanted % of.width], by_year, (len(of.units) + 1) * width)
    found = np.where(near >= 0, last_first[near], -1)
    return left, np.where(at >= 0, at, found)


def scaled(figures: pd.DataFrame, factor: float) -> pd.DataFrame:
    """A column times a number."""
    if factor == 1:
        return figures
    return _frame(figures["value"].to_numpy() * factor, figures["rank"].to_numpy(), figures.index)


def made_by(figures: pd.DataFrame, how: str) -> pd.DataFrame:
    """A column of which each figure came about in the same way: ``how`` holds its place in ``HOWS``."""
    value, rank = figures["value"].to_numpy(), figures["rank"].to_numpy()
    told = np.full(len(value), HOWS.index(how))
    return pd.DataFrame({"value": value, "rank": rank, "how": told}, index=figures.index, copy=False)


def against_earlier(figures: pd.DataFrame, years: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The cells that have one ``years`` before, and those earlier ones, on the same index."""
    at = years_before(figures.index, years)
    known = at >= 0
    value, rank, index = figures["value"].to_numpy(), figures["rank"].to_numpy(), figures.index[known]
    return _frame(value[known], rank[known], index), _frame(value[at[known]], rank[at[known]], index)


def years_before(index: pd.Index, years: int) -> np.ndarray:
    """Where the cell of the same unit and day stands ``years`` before each cell; −1 where there is none.

    A year that is written otherwise then (``2024`` before ``2025-12-31``) is the year before, too.
    """
    of = axes(index)
    codes = period_codes(index, of)
    used = {of.periods[code] for code in np.unique(codes) if code < len(of.periods)}
    points = earlier_points(used, years)
    before = np.append(of.periods.get_indexer([points.get(p, "") for p in of.periods]), -1)
    there = before[codes]
    numbers = np.where(there >= 0, unit_codes(index, of) * of.width + there, 0)
    return np.where(there >= 0, positions(numbers, keys(index, of), of.size), -1)


def relative(figures: pd.DataFrame, base: pd.DataFrame) -> pd.DataFrame:
    """Figures divided by their base, cell by cell; sign ``x`` where the base is not above zero.

    Of a loss that became a gain no percentage can be told.
    """
    quotient = combine("/", figures, base)
    senseless = (base["value"] <= 0).to_numpy() & (quotient["rank"] < FIRST_WITHOUT_VALUE).to_numpy()
    rank = np.where(senseless, RANK["blocked"], quotient["rank"])
    return _made(quotient["value"].to_numpy(), rank, quotient.index)


def change(figures: pd.DataFrame, years: int) -> pd.DataFrame:
    """Change against ``years`` before in percent of the earlier value; cells without an earlier one are left out."""
    now, before = against_earlier(figures, years)
    return scaled(relative(combine("-", now, before), before), 100.0)


def added_up(figures: pd.DataFrame, parents: dict[str, str], counts: bool) -> pd.DataFrame:
    """The column summed over the units of each parent.

    :param parents: parent of every unit; a parent of which a unit has no cell gets no number
    :param counts: whether the values are counts: then a zero is exactly nothing, or below half
    """
    value, rank, index = _summed(figures, parents)
    zero = np.isin(rank, ZEROES)
    rank = np.where(zero & ((value != 0) | (not counts)), 0, rank)
    if counts:
        rank = np.where((value == 0) & (rank == 0) & ~zero, RANK["nothing"], rank)
    return _frame(value, rank, index)


def sum_of_known(figures: pd.DataFrame, parents: dict[str, str]) -> pd.DataFrame:
    """The numbers that are known summed over the units of each parent: at least so much. Sign: limited validity.

    Only for what is never negative.
    """
    value, rank, index = _summed(figures[figures["value"].notna()], parents, complete=False)
    return _frame(value, np.maximum(rank, RANK["limited"]), index)


def _summed(
    figures: pd.DataFrame, parents: dict[str, str], complete: bool = True
) -> tuple[np.ndarray, np.ndarray, pd.Index]:
    of = axes(figures.index)
    above = {key: code for code, key in enumerate(dict.fromkeys(parents.values()))}
    parent = np.array([*(above.get(parents.get(unit, NOBODY), -1) for unit in of.units), -1])
    to = Axes(pd.Index(list(above), dtype=object), of.periods)
    of_cell = parent[unit_codes(figures.index, of)]
    cells = of_cell >= 0
    numbers = of_cell[cells] * to.width + period_codes(figures.index, of)[cells]
    size = np.bincount(numbers, minlength=to.size)
    found = np.flatnonzero(size)
    value = np.bincount(numbers, weights=figures["value"].to_numpy()[cells], minlength=to.size)[found]
    gravest = np.zeros(to.size, dtype=int)
    np.maximum.at(gravest, numbers, figures["rank"].to_numpy()[cells])
    rank = gravest[found]
    if complete:
        expected = np.bincount([above[key] for key in parents.values()], minlength=len(above))
        lacking = size[found] < expected[found // to.width]
        rank = np.where(lacking, np.maximum(rank, FIRST_WITHOUT_VALUE), rank)
    return *_marked(value, rank), to.index(found)


def on_common_dates(columns: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Columns whose dates differ within a year (``2025`` and ``2025-12-31``) on common ones.

    The last cell of each year counts, under the longest date that any column has for the year.
    """
    years = {str(p)[:4] for one in columns.values() for p in one.index.get_level_values(1)}
    names: dict[str, str] = dict.fromkeys(years, "")
    for one in columns.values():
        for period in one.index.get_level_values(1).unique():
            names[str(period)[:4]] = max(names[str(period)[:4]], str(period))
    result = {}
    for code, one in columns.items():
        ordered = one[["value", "rank"]].sort_index(level=1, sort_remaining=False, kind="stable")
        periods = [names[str(p)[:4]] for p in ordered.index.get_level_values(1)]
        ordered.index = pd.MultiIndex.from_arrays(
            [ordered.index.get_level_values(0), periods], names=["unit", "period"]
        )
        result[code] = ordered[~ordered.index.duplicated(keep="last")]
    return result


def statuses(figures: pd.DataFrame) -> np.ndarray:
    """The status words of a column."""
    return _WORDS[figures["rank"].to_numpy()]


_WORDS = np.array(RANKED, dtype=object)


def _trace(figures: pd.DataFrame) -> np.ndarray:
    rank = figures["rank"].to_numpy()
    return np.where((rank == ZEROES[0]) | (rank == ZEROES[1]), 0, rank)


def _made(value: np.ndarray, rank: np.ndarray, index: pd.Index) -> pd.DataFrame:
    return _frame(*_marked(value, rank), index)


def _marked(value: np.ndarray, rank: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    rank = np.where(np.isnan(value) & (rank < FIRST_WITHOUT_VALUE), FIRST_WITHOUT_VALUE, rank)
    return np.where(rank >= FIRST_WITHOUT_VALUE, np.nan, value), rank


def _frame(value: np.ndarray, rank: np.ndarray, index: pd.Index) -> pd.DataFrame:
    return pd.DataFrame({"value": value, "rank": rank.astype(int, copy=False)}, index=index, copy=False)


def earlier(period: str, years: int) -> str:
    """The same period so many years before; empty where it begins with no year."""
    text = str(period)
    return f"{int(text[:4]) - years}{text[4:]}" if text[:4].isdigit() else ""
