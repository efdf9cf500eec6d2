"""How much of each delivery lies in each place of the tables: releases tell in one what they do not in others. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from ckanext.ierwohnen.confidential.tabulate import Dimension, Table

Sizes = Mapping[str, np.ndarray]  # delivery → int[places], of all tables one after the other


def place_sizes(records: Mapping[str, pd.DataFrame], tables: Iterable[Table]) -> Sizes:
    """Of every place and category in which there is anything, totals included.

    :param records: delivery → its records, with their places as the tables call them
    """
    found = [np.array([[len(rows) for rows in records.values()]])]
    for dimensions in dict.fromkeys(table.dimensions for table in tables):
        columns = [d.column for d in dimensions if len(d.hierarchy.codes) > 1]
        if not columns:
            continue
        rows = pd.concat([of[columns].assign(delivery=name) for name, of in records.items()], ignore_index=True)
        counts = rows.groupby(["delivery", *columns]).size().rename("size").reset_index()
        for dimension in (d for d in dimensions if d.column in columns):
            counts = counts.merge(_above(dimension), on=dimension.column).drop(columns=dimension.column)
            counts = counts.rename(columns={"above": dimension.column})
            counts = counts.groupby(["delivery", *columns], as_index=False)["size"].sum()
        wide = counts.pivot(index=columns, columns="delivery", values="size").reindex(columns=list(records))
        found.append(wide.fillna(0).to_numpy(int))
    return dict(zip(records, np.concatenate(found).T, strict=True))


def _above(dimension: Dimension) -> pd.DataFrame:
    """Each category with itself and all above it."""
    tree = dimension.hierarchy
    pairs = [(code, tree.codes[above]) for n, code in enumerate(tree.codes) for above in tree.ancestors(n)]
    return pd.DataFrame(pairs, columns=[dimension.column, "above"])
