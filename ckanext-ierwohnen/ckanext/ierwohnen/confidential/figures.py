"""Figures made of cells: sums and counts as they are, means and rates from two cells, medians by the count
rules."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from .microdata import COUNT, Microdata
from .parameters import Parameters
from .protection import Outcome
from .reading import numbers
from .rules import CONTRIBUTORS, RECORDS
from .tabulate import Dimension, Table

SECRET = "."
PUBLISHED, PRIMARY, SECONDARY, PERTURBED = "published", "primary", "secondary", "perturbed"
RANK = {PUBLISHED: 0, SECONDARY: 1, PRIMARY: 2}


@dataclass(frozen=True)
class Ratio:
    """numerator / denominator, both measures of the table; a mean is value / count."""

    name: str
    numerator: str
    denominator: str


def figures(outcome: Outcome, ratios: tuple[Ratio, ...] = (), *, release: str | None = None) -> pd.DataFrame:
    """The protected tables of the new release, filled cells only, one row per place and measure.

    Columns: table, one per dimension, measure, value (NaN if kept secret), status, rule. A ratio is published
    only if numerator and denominator are.
    """
    positions = outcome.model.positions
    mine = True if release is None else (positions["release"] == release).to_numpy()
    rows = np.flatnonzero(outcome.model.prepared & mine)
    cells = positions["cell"].to_numpy()[rows]
    status = [outcome.status(int(c)) for c in cells]
    rules = [", ".join(outcome.protection.reasons.get(int(c), ())) for c in cells]
    names = pd.DataFrame([outcome.model.labels[r] for r in rows])
    found = pd.concat(
        [
            positions["table"].iloc[rows].reset_index(drop=True),
            names,
            positions["measure"].iloc[rows].reset_index(drop=True),
            pd.DataFrame(
                {
                    "value": np.where(outcome.hidden[cells], np.nan, _shown(outcome.model.value[cells])),
                    "status": status,
                    "rule": rules,
                }
            ),
        ],
        axis=1,
    )
    dims = list(names.columns)
    made = [_ratio(found, dims, r) for r in ratios]
    return pd.concat([found, *made], ignore_index=True) if made else found


def _shown(values: np.ndarray) -> np.ndarray:
    """Sums without the dust of binary fractions."""
    return np.round(values, 6)


def _ratio(found: pd.DataFrame, dims: list[str], ratio: Ratio) -> pd.DataFrame:
    keys = ["table", *dims]
    top = found[found["measure"] == ratio.numerator].drop(columns="measure")
    bottom = found[found["measure"] == ratio.denominator].drop(columns="measure")
    both = bottom.merge(top, on=keys, how="left", suffixes=("_d", "_n"))
    absent = both["status_n"].isna()  # no record in the numerator: a true zero
    for column, given in (("value_n", 0.0), ("status_n", PUBLISHED), ("rule_n", "")):
        both.loc[absent, column] = given
    worse = both["status_n"].map(RANK) >= both["status_d"].map(RANK)
    with np.errstate(divide="ignore", invalid="ignore"):
        value = both["value_n"].to_numpy(float) / both["value_d"].to_numpy(float)
    made = both[keys].assign(
        measure=ratio.name,
        value=np.where(np.isfinite(value), value, np.nan),
        status=np.where(worse, both["status_n"], both["status_d"]),
        rule=np.where(worse, both["rule_n"], both["rule_d"]),
    )
    return made[made["value"].notna() | (made["status"] != PUBLISHED)]  # nothing can be divided by a published zero


def medians(
    data: Microdata, table: Table, measure: str, parameters: Parameters, found: pd.DataFrame, digits: int = 2
) -> pd.DataFrame:
    """Medians of a value for every shown cell, rounded to `digits` significant digits; weighted if the records are.

    A median is shown if it passes the count rules and the sum of the same cell (in `found`, as `figures` gives it) is
    shown: half of the records reach the median, so it is a lower bound of the sum. Same columns as `figures`.
    """
    keys = [f"_{i}" for i in range(len(table.dimensions))]
    cells = _middle(data, table, measure, keys)
    few, lone = cells["size"] < parameters.minimum_records, cells["owners"] < parameters.minimum_contributors
    columns = {d.column: cells[k] for k, d in zip(keys, table.dimensions, strict=True)}
    rule = np.where(few & lone, f"{RECORDS}, {CONTRIBUTORS}", np.where(few, RECORDS, np.where(lone, CONTRIBUTORS, "")))
    median = cells["median"].to_numpy(float)
    step = 10.0 ** (np.floor(np.log10(np.maximum(np.abs(median), 1e-300))) - (digits - 1))
    made = pd.DataFrame(
        {
            "table": table.name,
            **columns,
            "measure": f"median({measure})",
            "value": np.round(np.where(median == 0, 0.0, np.round(median / step) * step), 6),
            "status": np.where(few | lone, PRIMARY, PUBLISHED),
            "rule": rule,
        }
    )
    places = ["table", *columns]
    sums = found.loc[found["measure"] == measure, [*places, "status", "rule"]]
    both = made[places].merge(sums, on=places, how="left")
    take = ((made["status"] == PUBLISHED) & (both["status"] != PUBLISHED)).to_numpy()
    made.loc[take, "status"] = both.loc[take, "status"].fillna(SECONDARY).to_numpy()
    made.loc[take, "rule"] = both.loc[take, "rule"].fillna("").to_numpy()
    made.loc[made["status"] != PUBLISHED, "value"] = np.nan
    return pd.concat([made, _without_records(made, found, places, f"median({measure})")], ignore_index=True)


def _without_records(made: pd.DataFrame, found: pd.DataFrame, places: list[str], name: str) -> pd.DataFrame:
    """Empty places that are kept secret (group disclosure): that they have no median must not be seen either."""
    hidden = found[(found["status"] != PUBLISHED) & found["table"].isin(made["table"])].drop_duplicates(places)
    both = hidden.merge(made[places], on=places, how="left", indicator=True)
    rows = both[both["_merge"] == "left_only"]
    return rows[[*places, "status", "rule"]].assign(measure=name, value=np.nan)[[*made.columns]]


def _middle(data: Microdata, table: Table, measure: str, keys: list[str]) -> pd.DataFrame:
    """By cell: median (half of the weight on either side), size, owners."""
    long = pd.DataFrame({key: _chains(data, d) for key, d in zip(keys, table.dimensions, strict=True)})
    long["value"] = numbers(data.raw, measure)
    long["weight"], long["owner"] = data.amounts[COUNT], data.contributor
    for key in keys:
        long = long.explode(key, ignore_index=True)
    long = long.sort_values([*keys, "value"], ignore_index=True)
    grouped = long.groupby(keys, sort=True)
    whole, reached = grouped["weight"].transform("sum"), 2 * grouped["weight"].cumsum()  # whole steps: exact
    lower = long[reached >= whole].groupby(keys, sort=True)["value"].first()
    upper = long[reached > whole].groupby(keys, sort=True)["value"].first()
    cells = pd.DataFrame({"median": (lower + upper) / 2, "size": grouped.size(), "owners": grouped["owner"].nunique()})
    return cells.reset_index()


def _chains(data: Microdata, dimension: Dimension) -> list[list[str]]:
    tree = dimension.hierarchy
    shown = {
        c: [
            tree.codes[a]
            for a in tree.ancestors(tree.index[c])
            if dimension.levels is None or tree.depth[a] in dimension.levels
        ]
        for c in map(str, np.unique(data.columns[dimension.column]))
    }
    return [shown[str(c)] for c in data.columns[dimension.column]]


def with_empty_cells(
    found: pd.DataFrame, tables: tuple[Table, ...], measures: tuple[str, ...], limit: int
) -> pd.DataFrame:
    """Add the empty cells as published zeros ("a true zero is published"), unless there are more than `limit`
    places."""
    size = sum(int(np.prod([float(len(d.hierarchy.codes)) for d in t.dimensions])) for t in tables) * len(measures)
    if size > limit:
        return found
    frames = []
    for table in tables:
        codes = []
        for d in table.dimensions:
            deep = d.hierarchy.depth
            codes.append(
                [c for c, at in zip(d.hierarchy.codes, deep, strict=True) if d.levels is None or at in d.levels]
            )
        dims = [d.column for d in table.dimensions]
        grid = pd.MultiIndex.from_product(
            [*codes, [m for m in table.measures if m in measures]], names=[*dims, "measure"]
        )
        mine = found[((found["table"] == table.name) & found["measure"].isin(measures)).to_numpy()]
        at = grid.get_indexer(pd.MultiIndex.from_frame(mine[[*dims, "measure"]]))
        full = {"value": np.zeros(len(grid)), "status": np.full(len(grid), PUBLISHED, dtype=object)}
        full["rule"] = np.full(len(grid), "", dtype=object)
        for column, values in full.items():
            values[at] = mine[column].to_numpy()
        frames.append(grid.to_frame(index=False).assign(table=table.name, **full))
    rest = found[~found["measure"].isin(measures)]
    return pd.concat([*frames, rest], ignore_index=True)
