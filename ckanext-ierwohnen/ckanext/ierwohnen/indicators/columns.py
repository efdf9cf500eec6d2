"""Arithmetic on columns of figures: values that carry their status sign through every step.

A column is a DataFrame with the index ``(unit, period)`` and the columns ``value`` (float, NaN where there is no
number) and ``rank``: the sign as a number, so that the gravest sign of all parts is their maximum.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

# From harmless to grave. A result carries the gravest sign of its parts: preliminary stays preliminary, and a
# sum with a "." is no number. "-" and "0" are numbers (zero), and leave no trace in a result that is not zero.
RANKED = (
    "ok", "nothing", "below_half", "corrected", "limited", "preliminary", "estimated",
    "missing", "later", "uncertain", "blocked", "secret",
)  # fmt: skip
RANK = {status: i for i, status in enumerate(RANKED)}
FIRST_WITHOUT_VALUE = RANK["missing"]
ZEROES = (RANK["nothing"], RANK["below_half"])


def column(readings: pd.DataFrame) -> pd.DataFrame:
    """Readings of one indicator at one level as a column; of two readings of a cell the first is kept.

    :param readings: columns unit, period, value, status
    """
    ranks = readings["status"].map(RANK).fillna(0).astype(int)
    without = readings["value"].isna() & (ranks < FIRST_WITHOUT_VALUE)
    made = pd.DataFrame(
        {
            "value": readings["value"].to_numpy(dtype=float),
            "rank": np.where(without, FIRST_WITHOUT_VALUE, ranks),
        },
        index=pd.MultiIndex.from_arrays([readings["unit"], readings["period"]], names=["unit", "period"]),
    )
    return made[~made.index.duplicated()]


def empty() -> pd.DataFrame:
    """A column without figures."""
    index = pd.MultiIndex.from_arrays([[], []], names=["unit", "period"])
    return pd.DataFrame({"value": pd.Series(dtype=float), "rank": pd.Series(dtype=int)}).set_axis(index)


def first_given(*columns: pd.DataFrame) -> pd.DataFrame:
    """The cells of the first column, and of the others those that are missing before."""
    result = columns[0]
    for more in columns[1:]:
        result = pd.concat([result, more[~more.index.isin(result.index)]]) if len(more) else result
    return result


def constant(like: pd.DataFrame, number: float) -> pd.DataFrame:
    """A column of the same cells that holds a number everywhere."""
    return pd.DataFrame({"value": number, "rank": 0}, index=like.index)


def combine(operator: str, left: pd.DataFrame, right: pd.DataFrame) -> pd.DataFrame:
    """Two columns cell by cell; a period that the right one lacks is taken from the same year.

    So births of 2025 meet the population on 31 December 2025. A division by zero makes no sense (sign ``x``).
    """
    right = _in_the_periods_of(left, right)
    left = left[left.index.isin(right.index)]
    right = right.reindex(left.index)
    a, b = left["value"].to_numpy(), right["value"].to_numpy()
    rank = np.maximum(_trace(left), _trace(right))
    with np.errstate(divide="ignore", invalid="ignore"):
        value = {"+": a + b, "-": a - b, "*": a * b, "/": np.where(b == 0, np.nan, a / b)}[operator]
    if operator == "/":
        rank = np.where((b == 0) & (rank < FIRST_WITHOUT_VALUE), RANK["blocked"], rank)
    return _made(value, rank, left.index)


def scaled(figures: pd.DataFrame, factor: float) -> pd.DataFrame:
    """A column times a number."""
    return figures.assign(value=figures["value"] * factor) if factor != 1 else figures


def against_earlier(figures: pd.DataFrame, years: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The cells that have one ``years`` before, and those earlier ones, on the same index."""
    units, periods = figures.index.get_level_values(0), figures.index.get_level_values(1)
    before = pd.MultiIndex.from_arrays([units, [earlier(p, years) for p in periods]], names=["unit", "period"])
    known = before.isin(figures.index)
    now = figures.loc[known, ["value", "rank"]]
    return now, figures[["value", "rank"]].reindex(before[known]).set_axis(now.index)


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
    cells = figures[figures.index.get_level_values(0).isin(parents)]
    if cells.empty:
        return empty()
    units = cells.index.get_level_values(0)
    keys = [pd.Index([parents[u] for u in units], name="unit"), cells.index.get_level_values(1)]
    groups = cells.groupby(keys, sort=False, dropna=False)  # a table without dates has sums, too
    value, rank, found = groups["value"].sum(), groups["rank"].max(), groups["value"].size()
    expected = pd.Series(list(parents.values())).value_counts()
    incomplete = found.to_numpy() < expected.reindex(found.index.get_level_values(0)).to_numpy()
    gravest = np.where(incomplete, np.maximum(rank, FIRST_WITHOUT_VALUE), rank)
    made = _made(value.to_numpy(), gravest, value.index)
    if not counts:
        return made.assign(rank=_trace(made))
    return made.assign(rank=np.where((made["value"] != 0) & made["rank"].isin(ZEROES), 0, _zero(made)))


def sum_of_known(figures: pd.DataFrame, parents: dict[str, str]) -> pd.DataFrame:
    """The numbers that are known summed over the units of each parent: at least so much. Sign: limited validity.

    Only for what is never negative.
    """
    cells = figures[figures.index.get_level_values(0).isin(parents) & figures["value"].notna().to_numpy()]
    if cells.empty:
        return empty()
    keys = [
        pd.Index([parents[u] for u in cells.index.get_level_values(0)], name="unit"), cells.index.get_level_values(1)
    ]  # fmt: skip
    groups = cells.groupby(keys, sort=False)
    rank = np.maximum(groups["rank"].max().to_numpy(), RANK["limited"])
    return _made(groups["value"].sum().to_numpy(), rank, groups["value"].sum().index)


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


def statuses(figures: pd.DataFrame) -> pd.Series:
    """The status words of a column."""
    return figures["rank"].map(dict(enumerate(RANKED)))


def _zero(figures: pd.DataFrame) -> pd.Series:
    plain_zero = (figures["value"] == 0) & (figures["rank"] == 0)
    return figures["rank"].where(~plain_zero, RANK["nothing"])


def _trace(figures: pd.DataFrame) -> np.ndarray:
    rank = figures["rank"].to_numpy()
    return np.where(np.isin(rank, ZEROES), 0, rank)


def _made(value: np.ndarray, rank: np.ndarray, index: pd.Index) -> pd.DataFrame:
    rank = np.where(np.isnan(value) & (rank < FIRST_WITHOUT_VALUE), FIRST_WITHOUT_VALUE, rank)
    value = np.where(rank >= FIRST_WITHOUT_VALUE, np.nan, value)
    return pd.DataFrame({"value": value, "rank": rank.astype(int)}, index=index.set_names(["unit", "period"]))


def _in_the_periods_of(left: pd.DataFrame, right: pd.DataFrame) -> pd.DataFrame:
    missing = left.index.difference(right.index)
    if missing.empty or right.empty:
        return right
    by_year = right.sort_index()
    years = [str(p)[:4] for p in by_year.index.get_level_values(1)]
    by_year = by_year.set_axis(pd.MultiIndex.from_arrays([by_year.index.get_level_values(0), years]))
    by_year = by_year[~by_year.index.duplicated(keep="last")]
    wanted = pd.MultiIndex.from_arrays([missing.get_level_values(0), [str(p)[:4] for p in missing.get_level_values(1)]])
    known = wanted.isin(by_year.index)
    taken = by_year.reindex(wanted[known]).set_axis(missing[known])
    return pd.concat([right, taken.astype({"rank": int})])


def earlier(period: str, years: int) -> str:
    """The same period so many years before; empty where it begins with no year."""
    text = str(period)
    return f"{int(text[:4]) - years}{text[4:]}" if text[:4].isdigit() else ""
