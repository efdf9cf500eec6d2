"""A column that a delivery lacks, by a declared correspondence: the new boundaries of an older delivery, say.

It has to be a function of a column that the delivery has (block → new quarter; old district → new one, where districts
were only merged): then each record stands where it would stand in a delivery with the column, and nothing is guessed.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from .errors import InputError
from .reading import clean_columns, names, read_csv, require, row_of


@dataclass(frozen=True)
class Crosswalk:
    """`codes`: the category of `column` that belongs to each category of `source`; `name`: the file."""

    name: str
    source: str
    column: str
    codes: dict[str, str]


def read_crosswalk(path: Path, column: str) -> Crosswalk:
    """A CSV file with two columns: one that deliveries have, and `column`.

    Raises `InputError` for other columns, for a gap, and for a category that would become two.
    """
    frame = read_csv(path)
    require(frame, column, path.name)
    others = [c for c in frame.columns if c != column]
    if len(others) != 1:
        raise InputError("crosswalk-columns", name=path.name, column=column, columns=", ".join(frame.columns))
    found: dict[str, str] = {}
    pairs = zip(names(frame, others[0], path.name).tolist(), names(frame, column, path.name).tolist(), strict=True)
    for at, (source, target) in enumerate(pairs):
        if found.setdefault(source, target) != target:
            raise InputError("crosswalk-twice", name=path.name, row=row_of(frame, at), source=others[0], key=source,
                             first=found[source], second=target, column=column)  # fmt: skip
    return Crosswalk(path.name, others[0], column, found)


def completed(frame: pd.DataFrame, crosswalk: Crosswalk, name: str) -> pd.DataFrame:
    """The delivery with the column of the crosswalk.

    Where it has the column already, the two have to agree: else unchanged records would pass for changed ones. Raises
    `InputError` naming the row.
    """
    column, source = crosswalk.column, crosswalk.source
    if column in frame and source not in frame:
        return frame
    require(frame, source, name)
    given = names(frame, source, name)
    made = pd.Series(given, index=frame.index).map(crosswalk.codes)
    if column in frame:
        wrong = np.flatnonzero(made.notna().to_numpy() & (made != clean_columns(frame, [column])[column]).to_numpy())
        if len(wrong):
            at = int(wrong[0])
            raise InputError("crosswalk-differs", name=name, row=row_of(frame, at), source=source, key=given[at],
                             column=column, given=frame[column].iloc[at], told=made.iloc[at],
                             crosswalk=crosswalk.name)  # fmt: skip
        return frame
    wrong = np.flatnonzero(made.isna().to_numpy())
    if len(wrong):
        at = int(wrong[0])
        raise InputError("crosswalk-gap", name=name, row=row_of(frame, at), source=source, key=given[at],
                         crosswalk=crosswalk.name)  # fmt: skip
    found = frame.assign(**{column: made})
    found.attrs.update(frame.attrs)
    return found
