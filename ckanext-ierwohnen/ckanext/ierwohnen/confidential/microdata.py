"""Microdata: one record per dwelling (or per what else is counted), read strictly.

Values are kept as whole numbers of a smallest step (e.g. cents), so that a sum does not depend on the order
of rows and two equal cells are equal to the last digit.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

import numpy as np
import pandas as pd

from .bonds import Bond, find_bonds
from .errors import InputError
from .known import top
from .near import Near, near_bonds, residual, same, written
from .reading import cleaned, distinct, keys, names, numbers, row_of, rows_of
from .spelling import check_spelled, places

COUNT = "count"
LARGEST_SUM = 2**53
HEX = 32  # digits of a fingerprint
ROUNDED = 2 * float(np.finfo(float).eps)  # reading, weighting and scaling a decimal, half an ulp each


@dataclass(frozen=True)
class Microdata:
    """Checked records.

    `columns`: text per record for every column that a dimension uses; `contributor`: group code per record
    (linked owners share one); `contributors`: their names; `amounts[m]`: int64 per record in steps of
    `step[m]` (weight included; the measure `count` is the weight itself); `identity[m]`: uint64[records, 2],
    a fingerprint of what the record adds to measure m: equal sums of fingerprints mean the same set of
    records; `bonds`: linear relations between measures that hold in every record; `counted`: measures whose records
    are those that are not zero (1 for vacant, 0 for let: a category, written as a column); `units`: those of them that
    are 0 or 1; `implied`: measures that nobody asks for, but that can be reckoned out; `given`: residuals of relations
    that hold nearly, taken as known; `near`: these relations; `idle`: the columns of records that there are, but that
    add nothing: that a cell holds none but these is nobody's to know.
    """

    columns: dict[str, np.ndarray]
    contributor: np.ndarray
    contributors: tuple[str, ...]
    amounts: dict[str, np.ndarray]
    step: dict[str, float]
    identity: dict[str, np.ndarray]
    rows: np.ndarray
    raw: pd.DataFrame = field(repr=False)
    bonds: tuple[Bond, ...] = ()
    counted: frozenset[str] = frozenset()
    units: frozenset[str] = frozenset()
    implied: frozenset[str] = frozenset()
    given: frozenset[str] = frozenset()
    near: tuple[Near, ...] = ()
    idle: Mapping[str, np.ndarray] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.contributor)

    def measures(self) -> tuple[str, ...]:
        """`count` and the value columns, in reading order; what was made of them is left out."""
        return tuple(m for m in self.amounts if m not in self.made)

    @property
    def made(self) -> frozenset[str]:
        """Measures that are no column of the file: rests and residuals."""
        return self.given | {m for m in self.implied if m not in self.raw}

    def only(self, measure: str) -> Microdata:
        """The records that are not zero in a measure, and this measure alone."""
        keep = np.flatnonzero(self.amounts[measure])
        return replace(
            self,
            columns={c: v[keep] for c, v in self.columns.items()},
            contributor=self.contributor[keep],
            amounts={measure: self.amounts[measure][keep]},
            step={measure: self.step[measure]},
            identity={measure: self.identity[measure][keep]},
            rows=self.rows[keep],
            raw=pd.DataFrame(),
            bonds=(),
        )


def prepare(
    frame: pd.DataFrame,
    dimensions: Sequence[str],
    holding: str,
    values: Sequence[str] = (),
    *,
    weight: str | None = None,
    record_id: str | None = None,
    hashed: bool = False,
    linked: Mapping[str, str] | None = None,
    name: str = "",
    rates: Sequence[tuple[str, str]] = (),
    relations: Sequence[Bond] = (),
    denied: Sequence[Bond] = (),
    idle: pd.DataFrame | None = None,
) -> Microdata:
    """Check a table of records and make it countable.

    `linked` maps an owner to the name of its group (linked companies count once). `record_id` is a lasting
    identifier of the dwelling; without it records are recognised in another delivery by equal content. `hashed`: it is
    a fingerprint of 128 bits, in 32 hexadecimal digits. Records of weight 0 are left out. `rates`: numerator and
    denominator of each; `relations`: declared ones between columns, used even where records violate them; `denied`:
    relations that hold nearly, but only by chance; `idle`: records that have none of the values (vacant ones in a table
    of rents): they are neither records nor contributors, but a cell that holds no others is no zero that may be told.
    """
    if frame.empty:
        raise InputError("no-records", name=name)
    if weight:  # a record of weight 0 is in no figure, so it must not count as one more record or contributor
        frame = frame[numbers(frame, weight, name=name) > 0]
        if frame.empty:
            raise InputError("weights-zero", name=name, column=weight)
    columns = {d: keys(frame, d, name) for d in dict.fromkeys(dimensions)}
    owners = names(frame, holding, name)
    linked = {cleaned(k): cleaned(v) for k, v in (linked or {}).items()}
    check_spelled(places(frame, owners, name), linked)
    owners = _grouped(owners, linked)
    contributors, contributor = distinct(owners)
    weights = numbers(frame, weight, name=name) if weight else np.ones(len(frame))
    amounts, step = {}, {}
    amounts[COUNT], step[COUNT] = _whole_steps(weights, COUNT)
    plain = {COUNT: np.ones(len(frame))}
    declared = [n for bond in relations for n in bond if n != COUNT]
    for measure in [*values, *(n for n in dict.fromkeys(declared) if n not in values)]:
        if measure in amounts:
            raise InputError("measure-twice", column=measure)
        plain[measure] = numbers(frame, measure, name=name)
        amounts[measure], step[measure] = _whole_steps(plain[measure] * weights, measure, frame)
    made = _made(plain, rates, relations, denied, rows_of(frame))
    for measure, added in made.columns.items():
        amounts[measure], step[measure] = _whole_steps(added * weights, measure)
    whole = bool(np.all(weights == 1))
    identity = _identities(frame, columns, weights, amounts, step, record_id, hashed, name)
    return Microdata(
        columns,
        contributor,
        tuple(map(str, contributors)),
        amounts,
        step,
        identity,
        rows_of(frame),
        frame,
        made.bonds,
        made.counted,
        made.units if whole else frozenset(),
        made.implied | frozenset(declared),
        made.given,
        made.near,
        {} if idle is None else {d: keys(idle, d, name) for d in columns},
    )


@dataclass
class _Made:
    """Columns that follow from those of the file, and how; fields as in `Microdata`."""

    columns: dict[str, np.ndarray]
    bonds: tuple[Bond, ...]
    counted: frozenset[str]
    units: frozenset[str]
    implied: frozenset[str]
    given: frozenset[str]
    near: tuple[Near, ...]


def _made(
    plain: Mapping[str, np.ndarray], rates: Sequence[tuple[str, str]], relations: Sequence[Bond],
    denied: Sequence[Bond], rows: np.ndarray,
) -> _Made:  # fmt: skip
    """Relations between the values of each record as they were given, before weights; rests and residuals."""
    steps = {m: _whole_steps(v, m) for m, v in plain.items()}
    exact = {m: Fraction(s) if s < 1e-7 or s >= 1 else Fraction(1, round(1 / s)) for m, (_, s) in steps.items()}
    whole = {m: a for m, (a, _) in steps.items()}
    bonds = list(find_bonds(whole, exact))
    columns, near, given = {}, [], set()
    nearly = near_bonds(plain, whole, exact, [*bonds, *relations], COUNT)
    found = [b for b in nearly if not any(same(b, other) for other in denied)]
    for bond in (*relations, *found):
        off = residual(bond, plain)
        if not off.any():
            if not any(same(bond, other) for other in bonds):  # a column of zeros, or what follows from others
                bonds.append(bond)
            continue
        terms = dict(bond)
        for sign, side in ((1, "<"), (-1, ">")):
            name = f"{written(bond)} ({side})"
            part = np.maximum(-sign * off, 0.0)
            if part.any():
                columns[name], terms[name] = part, Fraction(sign)
        given |= set(terms) - set(bond)
        bonds.append(terms)
        wrong = tuple(int(r) for r in np.sort(rows[off != 0]))
        near.append(Near(bond, wrong, any(bond is b for b in relations)))
    units = {m for m, v in plain.items() if m != COUNT and np.all((v == 0) | (v == 1))}
    implied = set()
    for upper, lower in dict.fromkeys([*rates, *((m, COUNT) for m in sorted(units))]):
        rest = np.round(plain[lower] - plain[upper], 9)
        if upper == COUNT or lower == upper or np.any(rest < 0) or not rest.any():
            continue
        like = next((m for m, v in plain.items() if m not in (upper, lower) and np.array_equal(v, rest)), None)
        name = like or f"{lower} − {upper}"
        implied.add(name)
        if like is None:
            columns[name] = rest
            bonds.append({lower: Fraction(1), upper: Fraction(-1), name: Fraction(-1)})
            if np.all((rest == 0) | (rest == 1)):
                units.add(name)
    counted = (units | implied | given | {upper for upper, _ in rates}) - {COUNT}
    return _Made(columns, tuple(bonds), frozenset(counted), frozenset(units), frozenset(implied), frozenset(given),
                 tuple(near))  # fmt: skip


def _grouped(owners: np.ndarray, linked: Mapping[str, str]) -> np.ndarray:
    """Replace each owner by the last group above it (a group may itself be linked)."""
    if not linked:
        return owners
    found, codes = distinct(owners)
    return np.array([top(str(owner), linked) for owner in found])[codes]


def _whole_steps(values: np.ndarray, measure: str, frame: pd.DataFrame | None = None) -> tuple[np.ndarray, float]:
    """Whole numbers and the step: decimal where the values are decimal, else a power of two; exact sums
    either way."""
    with np.errstate(over="ignore"):
        total = float(np.sum(values))
    for digits in range(7):
        if total * 10.0**digits >= LARGEST_SUM:
            break
        scaled = values * 10.0**digits
        slack = np.maximum(1e-9, ROUNDED * scaled)  # a share of the value would swallow halves of large ones
        if np.all(np.abs(scaled - np.rint(scaled)) <= slack):
            return np.rint(scaled).astype(np.int64), 10.0**-digits
    if total >= LARGEST_SUM:
        if frame is not None and values.max() >= LARGEST_SUM / 2:
            at = int(np.argmax(values))
            value = frame[measure].iloc[at]
            raise InputError("sum-too-large-row", row=row_of(frame, at), column=measure, value=value)
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
    hashed: bool,
    name: str,
) -> dict[str, np.ndarray]:
    """Fingerprints per measure; owners are left out, so that a sale alone does not make a new cell."""
    if record_id:
        base = _given(frame, record_id) if hashed else fingerprint(_once(frame, record_id, name))
    else:
        base = np.zeros((len(frame), 2), np.uint64)
        for column, texts in columns.items():  # a sum: the order of the columns does not matter
            base += mix(fingerprint(texts) ^ fingerprint(np.array([column])))
        base = mix(base)
    found = {}
    for measure, amount in amounts.items():
        plain = amount / np.rint(1 / step[measure]) if step[measure] < 1 else amount * step[measure]
        value = np.rint(plain * 1e6)  # the same for each step; a float, since an integer would overflow from 9.2e12 on
        extra = np.stack([value.view(np.uint64), weights.view(np.uint64)], 1)
        found[measure] = mix(base + mix(extra) * np.uint64(0x9E3779B97F4A7C15))
    return found


def _once(frame: pd.DataFrame, column: str, name: str) -> np.ndarray:
    """Identifiers of the records; `InputError` names the first that comes again."""
    found = names(frame, column, name)
    again = np.flatnonzero(pd.Series(found.astype(object), dtype=object).duplicated())
    if len(again):
        raise InputError("record-twice", column=column, key=found[again[0]], row=row_of(frame, again[0]))
    return found


def _given(frame: pd.DataFrame, column: str) -> np.ndarray:
    """uint64[n, 2], the fingerprints in a column; `ValueError` unless they are, `InputError` for one that comes again.

    Hashing them once more would tell no more apart, and takes longer than all else that is done with a record.
    """
    found = frame[column].tolist()
    if set(map(len, found)) != {HEX}:
        raise ValueError(column)
    base = np.frombuffer(bytes.fromhex("".join(found)), "<u8").astype(np.uint64).reshape(len(found), 2)
    halves = np.sort(base[:, 0])
    again = pd.DataFrame(base).duplicated().to_numpy() if (halves[1:] == halves[:-1]).any() else np.zeros(0, bool)
    if again.any():
        first = int(np.flatnonzero(again)[0])
        raise InputError("record-twice", column=column, key=found[first], row=row_of(frame, first))
    return base


def fingerprint(texts: np.ndarray) -> np.ndarray:
    """uint64[n, 2] by BLAKE2b of each text, the same on every machine."""
    codes, names = pd.factorize(texts.astype(object))
    digests = b"".join([hashlib.blake2b(t.encode(), digest_size=16).digest() for t in names.tolist()])
    return np.frombuffer(digests, "<u8").reshape(-1, 2)[codes].astype(np.uint64)


def mix(words: np.ndarray) -> np.ndarray:
    """The finaliser of SplitMix64 (Steele, Lea and Flood 2014): a bijection that scatters uint64 words."""
    with np.errstate(over="ignore"):
        words = words + np.uint64(0x9E3779B97F4A7C15)
        words = (words ^ (words >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        words = (words ^ (words >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return words ^ (words >> np.uint64(31))
