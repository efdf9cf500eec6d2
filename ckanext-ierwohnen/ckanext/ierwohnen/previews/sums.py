"""Wholes of tables that hold parts only: readings added up over a dimension, where that gives the whole.

Without such a sum the first figure of a table by age and sex would be girls under five under the name of all people.
"""

from __future__ import annotations

from collections.abc import Collection

import pandas as pd

from ckanext.ierwohnen.indicators.columns import FIRST_WITHOUT_VALUE, RANK, RANKED, ZEROES
from ckanext.ierwohnen.previews.chart_kinds import tiles
from ckanext.ierwohnen.previews.shape import ALL, FIXED, category_text, is_total


def with_sums(readings: pd.DataFrame, additive: Collection[str]) -> pd.DataFrame:
    """The readings, and for each dimension that is cut into parts only a row of all parts together (category `ALL`).

    A dimension is added up where its categories tile the whole and the table publishes no total of its own. A sum
    carries the gravest sign of its parts; one with a hidden or missing part is no number. At a date and level of which
    a category is absent everywhere there is no sum.

    :param readings: tidy rows (tables.readings) of any indicators
    :param additive: codes of indicators whose parts may be added up
    """
    dimensions = [name for name in readings.columns if name not in FIXED]
    made = readings
    for name in dimensions:
        sums = [
            _summed(own, name)
            for code, own in made.groupby("indicator", sort=False)
            if code in additive and _only_parts(own, name)
        ]
        made = pd.concat([made, *sums], ignore_index=True) if sums else made
    return made


def _only_parts(readings: pd.DataFrame, name: str) -> bool:
    texts = list(dict.fromkeys(readings[name].map(category_text)))
    return not any(is_total(text) for text in texts) and tiles(name, texts)


def _summed(readings: pd.DataFrame, name: str) -> pd.DataFrame:
    """One row for each cell without the dimension."""
    keys = [column for column in readings.columns if column not in (name, "value", "status")]
    rank = readings["status"].map(RANK).fillna(0).astype(int)
    rank = rank.mask(readings["value"].isna() & (rank < FIRST_WITHOUT_VALUE), RANK["missing"])
    parts = readings.assign(rank=rank)[_complete(readings, name)]
    summed = parts.groupby(keys, dropna=False, sort=False).agg(value=("value", "sum"), rank=("rank", "max"))
    summed = summed.reset_index()
    summed["value"] = summed["value"].mask(summed["rank"] >= FIRST_WITHOUT_VALUE)
    # "–" in one part says nothing of the whole, unless all parts are nothing.
    summed["rank"] = summed["rank"].mask(summed["rank"].isin(ZEROES) & (summed["value"] != 0), 0)
    summed["status"] = summed["rank"].map(dict(enumerate(RANKED)))
    summed[name] = ALL
    return summed[list(readings.columns)]


def _complete(readings: pd.DataFrame, name: str) -> pd.Series:
    """Whether all categories occur at the row's date and level."""
    groups = readings.groupby(["period", "level"], dropna=False, sort=False)[name]
    return groups.transform("nunique") == readings[name].nunique()
