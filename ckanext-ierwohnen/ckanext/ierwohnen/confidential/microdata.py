"""Microdata: one record per dwelling (or per what else is counted), read strictly.

Values are kept as whole numbers of a smallest step (e.g. cents), so that a sum does not depend on the order
of rows and two equal cells are equal to the last digit.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from .errors import InputError

COUNT = "count"
LARGEST_SUM = 2**53


@dataclass(frozen=True)
class Microdata:
    """Checked records.

    `columns`: text per record for every column that a dimension uses; `contributor`: group code per record
    (linked owners share one); `contributors`: their names; `amounts[m]`: int64 per record in steps of
    `step[m]` (weight included; the measure `count` is the weight itself); `identity[m]`: uint64[records, 2],
    a fingerprint of what the record adds to measure m: equal sums of fingerprints mean the same set of
    records.
    """

    columns: dict[str, np.ndarray]
    contributor: np.ndarray
    contributors: tuple[str, ...]
    amounts: dict[str, np.ndarray]
    step: dict[str, float]
    identity: dict[str, np.ndarray]
    rows: np.ndarray
    raw: pd.DataFrame = field(repr=False)

    def __len__(self) -> int:
        return len(self.contributor)

    def measures(self) -> tuple[str, ...]:
        """`count` and the value columns, in reading order."""
        return tuple(self.amounts)


def read_csv(path: Path) -> pd.DataFrame:
    """Read a CSV file as text; the delimiter is found by the header, the encoding is UTF-8 or Windows-1252.

    Raises `InputError` for a missing, empty or ragged file.
    """
    if not path.is_file():
        raise InputError("file-missing", name=str(path))
    data = path.read_bytes()
    try:
        text, encoding = data[:100_000].decode("utf-8-sig", "ignore"), "utf-8-sig"
        data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text, encoding = data[:100_000].decode("cp1252", "replace"), "cp1252"
    header = text.split("\n", 1)[0]
    delimiter = max(",;\t|", key=header.count)
    try:
        frame = pd.read_csv(path, sep=delimiter, dtype=str, keep_default_na=False, encoding=encoding)
    except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise InputError("csv-broken", name=path.name, reason=str(error).strip()) from error
    frame.columns = [str(c).strip() for c in frame.columns]
    if frame.columns.has_duplicates:
        raise InputError("csv-duplicate-column", name=path.name, column=frame.columns[frame.columns.duplicated()][0])
    frame.attrs["decimal"] = "," if delimiter != "," else "."
    return frame


def numbers(frame: pd.DataFrame, column: str, *, name: str = "") -> np.ndarray:
    """Finite, non-negative numbers of a column; otherwise `InputError` names the first bad row (1-based file
    row)."""
    if column not in frame:
        raise InputError("column-missing", column=column, name=name, columns=", ".join(map(str, frame.columns)))
    series = frame[column]
    if not pd.api.types.is_numeric_dtype(series):
        series = series.astype(str).str.strip()
        if frame.attrs.get("decimal") == ",":
            series = series.str.replace(",", ".", regex=False)
    values = pd.to_numeric(series, errors="coerce").to_numpy(float)
    bad = np.flatnonzero(~np.isfinite(values))
    if len(bad):
        raise InputError(
            "value-not-a-number", row=int(bad[0]) + 2, column=column, value=str(frame[column].iloc[bad[0]])
        )
    bad = np.flatnonzero(values < 0)
    if len(bad):
        raise InputError("value-negative", row=int(bad[0]) + 2, column=column, value=str(frame[column].iloc[bad[0]]))
    return values


def prepare(
    frame: pd.DataFrame,
    dimensions: Sequence[str],
    holding: str,
    values: Sequence[str] = (),
    *,
    weight: str | None = None,
    record_id: str | None = None,
    linked: Mapping[str, str] | None = None,
    name: str = "",
) -> Microdata:
    """Check a table of records and make it countable.

    `linked` maps an owner to the name of its group (linked companies count once). `record_id` is a lasting
    identifier of the dwelling; without it records are recognised in another delivery by equal content.
    """
    if frame.empty:
        raise InputError("no-records", name=name)
    columns = {d: _keys(frame, d, name) for d in dict.fromkeys(dimensions)}
    owners = _keys(frame, holding, name)
    owners = _grouped(owners, linked or {})
    contributors, contributor = np.unique(owners, return_inverse=True)
    weights = numbers(frame, weight, name=name) if weight else np.ones(len(frame))
    amounts, step = {}, {}
    for measure, value in {
        COUNT: weights,
        **{v: numbers(frame, v, name=name) * weights for v in values},
    }.items():
        if measure in amounts:
            raise InputError("measure-twice", column=measure)
        amounts[measure], step[measure] = _whole_steps(value, measure)
    identity = _identities(frame, columns, weights, amounts, step, record_id, name)
    return Microdata(
        columns,
        contributor,
        tuple(map(str, contributors)),
        amounts,
        step,
        identity,
        np.arange(len(frame)) + 2,
        frame,
    )


def _keys(frame: pd.DataFrame, column: str, name: str) -> np.ndarray:
    if column not in frame:
        raise InputError("column-missing", column=column, name=name, columns=", ".join(map(str, frame.columns)))
    missing = frame[column].isna().to_numpy()
    keys = frame[column].astype(str).str.strip().to_numpy(dtype=object).astype(str)
    bad = np.flatnonzero(missing | (keys == ""))
    if len(bad):
        raise InputError("key-missing", row=int(bad[0]) + 2, column=column)
    return keys


def _grouped(owners: np.ndarray, linked: Mapping[str, str]) -> np.ndarray:
    """Replace each owner by the last group above it (a group may itself be linked)."""
    if not linked:
        return owners
    names, codes = np.unique(owners, return_inverse=True)
    groups = []
    for owner in names:
        seen, at = [str(owner)], str(owner)
        while linked.get(at, at) != at:
            at = linked[at]
            if at in seen:
                raise InputError("linked-cycle", owners=" → ".join([*seen, at]))
            seen.append(at)
        groups.append(at)
    return np.array(groups)[codes]


def _whole_steps(values: np.ndarray, measure: str) -> tuple[np.ndarray, float]:
    """Whole numbers and the step: decimal where the values are decimal, else a power of two; exact sums
    either way."""
    total = float(np.sum(values))
    for digits in range(7):
        scaled = values * 10.0**digits
        if total * 10.0**digits < LARGEST_SUM and np.all(
            np.abs(scaled - np.rint(scaled)) <= 1e-9 * np.maximum(1, scaled)
        ):
            return np.rint(scaled).astype(np.int64), 10.0**-digits
    if total >= LARGEST_SUM:
        raise InputError("sum-too-large", column=measure)
    exponent = int(np.floor(np.log2(LARGEST_SUM / max(total, 1.0)))) - 1
    return np.rint(values * 2.0**exponent).astype(np.int64), 2.0**-exponent


def _identities(
    frame: pd.DataFrame,
    columns: Mapping[str, np.ndarray],
    weights: np.ndarray,
    amounts: Mapping[str, np.ndarray],
    step: Mapping[str, float],
    record_id: str | None,
    name: str,
) -> dict[str, np.ndarray]:
    """Fingerprints per measure; owners are left out, so that a sale alone does not make a new cell."""
    if record_id:
        keys = _keys(frame, record_id, name)
        unique, counts = np.unique(keys, return_counts=True)
        if len(unique) < len(keys):
            twice = unique[counts > 1][0]
            raise InputError("record-twice", column=record_id, key=twice, row=int(np.flatnonzero(keys == twice)[1]) + 2)
        base = fingerprint(keys)
    else:
        base = np.zeros((len(frame), 2), np.uint64)
        for column, keys in columns.items():  # a sum: the order of the columns does not matter
            base += mix(fingerprint(keys) ^ fingerprint(np.array([column])))
        base = mix(base)
    found = {}
    for measure, amount in amounts.items():
        value = amount if measure == COUNT else np.rint(amount * step[measure] * 1e6).astype(np.int64)
        extra = np.stack([value.astype(np.uint64), weights.view(np.uint64)], 1)
        found[measure] = mix(base + mix(extra) * np.uint64(0x9E3779B97F4A7C15))
    return found


def fingerprint(texts: np.ndarray) -> np.ndarray:
    """uint64[n, 2] by BLAKE2b of each text, the same on every machine."""
    names, codes = np.unique(texts, return_inverse=True)
    digests = b"".join(hashlib.blake2b(str(t).encode(), digest_size=16).digest() for t in names)
    return np.frombuffer(digests, "<u8").reshape(-1, 2)[codes].astype(np.uint64)


def mix(words: np.ndarray) -> np.ndarray:
    """The finaliser of SplitMix64 (Steele, Lea and Flood 2014): a bijection that scatters uint64 words."""
    with np.errstate(over="ignore"):
        words = words + np.uint64(0x9E3779B97F4A7C15)
        words = (words ^ (words >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        words = (words ^ (words >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return words ^ (words >> np.uint64(31))
