"""How much of each delivery lies in each place of the tables: releases tell in one what they do not in others. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd

from ckanext.ierwohnen.confidential.hierarchy import TOTAL
from ckanext.ierwohnen.confidential.tabulate import Dimension, Table

Sizes = Mapping[str, np.ndarray]  # delivery → int[places], of all tables one after the other
Place = tuple[tuple[str, str], ...]  # column and code, none for what is not broken down
_ONE = "one"


def place_sizes(records: Mapping[str, pd.DataFrame], tables: Iterable[Table]) -> Sizes:
    """Of every place and category in which there is anything, totals included.

    :param records: delivery → its records, with their places as the tables call them
    """
    return dict(zip(records, amounts(list(records.values()), tables)[1].astype(int).T, strict=True))


def amounts(stocks: Sequence[pd.DataFrame], tables: Iterable[Table], value: str = "") -> tuple[list[Place], np.ndarray]:
    """What several stocks have in every place and category in which there is anything, totals included.

    :param value: the column that is added up, none for a count
    :return: the places, each once, and float[places, stocks]
    """
    if not value:
        value, stocks = _ONE, [rows.assign(**{_ONE: 1}) for rows in stocks]
    found: dict[Place, np.ndarray] = {(): np.array([rows[value].sum() for rows in stocks], float)}
    for dimensions in dict.fromkeys(table.dimensions for table in tables):
        columns = [d.column for d in dimensions if len(d.hierarchy.codes) > 1]
        if not columns or not stocks:
            continue
        rows = pd.concat([of[[*columns, value]].assign(stock=n) for n, of in enumerate(stocks)], ignore_index=True)
        counts = rows.groupby(["stock", *columns])[value].sum().reset_index()
        for dimension in (d for d in dimensions if d.column in columns):
            counts = counts.merge(_above(dimension), on=dimension.column).drop(columns=dimension.column)
            counts = counts.rename(columns={"above": dimension.column})
            counts = counts.groupby(["stock", *columns], as_index=False)[value].sum()
        wide = counts.pivot(index=columns, columns="stock", values=value).reindex(columns=range(len(stocks))).fillna(0)
        places = [place_of(columns, codes if len(columns) > 1 else (codes,)) for codes in wide.index]
        found |= dict(zip(places, wide.to_numpy(float), strict=True))
    return list(found), np.stack(list(found.values()))


def place_of(columns: Sequence[str], codes: Sequence[str]) -> Place:
    """The name of a place, the same in every table."""
    return tuple(sorted((c, code) for c, code in zip(columns, codes, strict=True) if code != TOTAL))


def listed(tables: Iterable[Table], places: Sequence[Place]) -> np.ndarray:
    """bool[places]: whether one of these tables has a cell for it, filled or not."""
    found = np.zeros(len(places), bool)
    for table in tables:
        shown = {
            d.column: {
                code for code, depth in zip(d.hierarchy.codes, d.hierarchy.depth.tolist(), strict=True)
                if d.levels is None or depth in d.levels
            }
            for d in table.dimensions
        }  # fmt: skip
        whole = {column for column, codes in shown.items() if TOTAL not in codes}
        for n, place in enumerate(places):
            given = dict(place)
            found[n] |= whole <= given.keys() and all(code in shown.get(column, ()) for column, code in given.items())
    return found


def _above(dimension: Dimension) -> pd.DataFrame:
    """Each category with itself and all above it."""
    tree = dimension.hierarchy
    pairs = [(code, tree.codes[above]) for n, code in enumerate(tree.codes) for above in tree.ancestors(n)]
    return pd.DataFrame(pairs, columns=[dimension.column, "above"])
