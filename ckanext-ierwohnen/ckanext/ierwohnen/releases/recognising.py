"""Which dwellings of two deliveries of one company are the same, whatever numbers they bear. Pure.

The check takes records that stayed for the same unknown. A company's numbers do not decide which stayed: with new ones
all records would be others, with exchanged ones as well, and each check by itself would pass although both tables tell
the same stock. So a record is first known again by all that the released tables tell about it, then by ever less; its
number only chooses among those that are left. What is paired in the end by place alone keeps the sums of the place the
same, which errs on the safe side: an attacker who takes two figures for one can reckon out more, never less.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from hashlib import blake2b

import numpy as np
import pandas as pd

from ckanext.ierwohnen.confidential.microdata import HEX, mix

Stage = tuple[str, ...]


def stages(columns: Sequence[str], coarser: Sequence[str] = ()) -> list[Stage]:
    """By what records are known again, one after the other: all columns, all but one, ever fewer, nothing.

    :param columns: those that the tables use, the most lasting one first
    :param coarser: columns of coarser places, the finest first
    """
    found = [tuple(columns)]
    found += [tuple(c for c in columns if c != left) for left in reversed(columns)]
    found += [tuple(columns[:n]) for n in range(len(columns) - 1, 0, -1)]
    return list(dict.fromkeys([*found, *((c,) for c in coarser), ()]))


def known_again(
    records: Mapping[str, pd.DataFrame], wanted: Sequence[Stage]
) -> tuple[dict[str, pd.DataFrame], dict[str, str]]:  # fmt: skip
    """Version → its records, under one fingerprint for one dwelling; and version → the first one that tells the same.

    :param records: versions of any companies, the oldest first, each of one `owner`
    """
    mine: dict[str, list[str]] = {}
    for version, frame in records.items():
        mine.setdefault("" if frame.empty else str(frame["owner"].iat[0]), []).append(version)
    found, first = dict(records), {version: version for version in records}
    for owner, versions in mine.items():
        if owner and len(versions) > 1:
            names, like = recognised([records[v] for v in versions], wanted)
            found |= {v: records[v].assign(record=own) for v, own in zip(versions, names, strict=True)}
            first |= {v: versions[n] for v, n in zip(versions, like, strict=True)}
    return found, first


def recognised(deliveries: Sequence[pd.DataFrame], wanted: Sequence[Stage]) -> tuple[list[np.ndarray], list[int]]:
    """The fingerprint of each record (object[records], for each delivery), the same for the same dwelling; and for each
    delivery the first one that is the same as far as the first stage's columns tell.

    Each delivery is held against all before it at once, stage by stage, so that a weak likeness to one never takes a
    record away that is wholly like one of another. Of several like ones those are chosen that stood there most often:
    so equally many records of one kind are the same records in every delivery. The first delivery keeps its
    fingerprints. The order of rows makes no difference.

    :param deliveries: those of one company, the oldest first, with the fingerprint of the number in `record`
    """
    number = _coded([frame["record"] for frame in deliveries])
    used = {c for stage in wanted for c in stage}
    words = {c: [mix(x.astype(np.uint64)) for x in _coded([frame[c] for frame in deliveries])] for c in used}
    names = sorted(deliveries[0]["record"])
    taken, made, like = set(names), [np.unique(number[0], return_inverse=True)[1]], [0]
    for n in range(1, len(deliveries)):
        mine, gone = np.full(len(deliveries[n]), -1), np.zeros(len(names), bool)
        for stage, by_number in _steps(wanted):
            here = np.flatnonzero(mine < 0)
            there = [np.flatnonzero(~gone[made[m]]) for m in range(n)]
            if not len(here) or not any(map(len, there)):
                break
            keys = [
                _key([words[c][m][rows] for c in stage], number[m][rows], by_number)
                for m, rows in enumerate([*there, here])
            ]
            known = np.concatenate([made[m][rows] for m, rows in enumerate(there)])
            for record, dwelling in _chosen(keys[-1], number[n][here], np.concatenate(keys[:-1]), known):
                mine[here[record]] = dwelling
                gone[dwelling] = True
        new = np.flatnonzero(mine < 0)
        new = new[np.argsort(number[n][new])]
        fresh = list(_unused(deliveries[n]["record"].to_numpy(object)[new], taken, n))
        mine[new] = len(names) + np.arange(len(new))
        names += fresh
        taken.update(fresh)
        made.append(mine)
        told = [words[c] for c in wanted[0]]
        like.append(next((like[m] for m in range(n) if _same(made[m], made[n], [(w[m], w[n]) for w in told])), n))
    written = np.array(names, dtype=object)
    return [written[at] for at in made], like


def _steps(wanted: Sequence[Stage]) -> Iterator[tuple[Stage, bool]]:
    """Each stage, and whether the number counts: among records that the tables cannot tell apart it says nothing."""
    for n, stage in enumerate(wanted):
        yield from [(stage, True), (stage, False)] if n else [(stage, False)]


def _chosen(
    here: np.ndarray, number: np.ndarray, there: np.ndarray, known: np.ndarray
) -> Iterator[tuple[np.ndarray, np.ndarray]]:  # fmt: skip
    """(records here, dwellings) of equal keys, each once; dwellings that had the key most often come first.

    there, known: keys that dwellings had in earlier deliveries
    """
    frame = pd.DataFrame({"key": there, "dwelling": known})
    frame["often"] = frame.groupby(["key", "dwelling"], sort=False)["dwelling"].transform("size")
    frame = frame.drop_duplicates(["key", "dwelling"])
    left, free = np.arange(len(here)), np.ones(int(known.max()) + 1, bool)
    for _, like in sorted(frame.groupby("often"), reverse=True):
        like = like[free[like["dwelling"].to_numpy()]].drop_duplicates("dwelling")  # of two keys the older one
        dwelling = like["dwelling"].to_numpy()
        one, other = _pairs(here[left], number[left], like["key"].to_numpy(), dwelling)
        yield left[one], dwelling[other]
        free[dwelling[other]] = False
        left = np.delete(left, one)


def stayed(old: pd.DataFrame, new: pd.DataFrame, columns: Sequence[str]) -> float:
    """The share of the smaller delivery's records that are in the other one as well, as far as columns tell."""
    words = [_coded([frame[c] for frame in (old, new)]) for c in columns]
    one, other = (_key([mix(w[n].astype(np.uint64)) for w in words], np.zeros(len(f), int), False)
                  for n, f in enumerate((old, new)))  # fmt: skip
    ties = [np.zeros(len(frame), int) for frame in (old, new)]
    smaller = min(len(old), len(new))
    return len(_pairs(one, ties[0], other, ties[1])[0]) / smaller if smaller else 0.0


def _same(one: np.ndarray, other: np.ndarray, told: Sequence[tuple[np.ndarray, np.ndarray]]) -> bool:
    if len(one) != len(other):
        return False
    first, second = np.argsort(one), np.argsort(other)
    return all(np.array_equal(a[first], b[second]) for a, b in ((one, other), *told))


def _coded(columns: Sequence[pd.Series]) -> list[np.ndarray]:
    """int[records] for each: what they hold, numbered in order."""
    codes, _ = pd.factorize(pd.concat(columns, ignore_index=True), sort=True)
    return np.split(codes, np.cumsum([len(c) for c in columns])[:-1])


def _key(words: Sequence[np.ndarray], number: np.ndarray, by_number: bool) -> np.ndarray:
    found = np.zeros(len(number), np.uint64)
    for word in (*words, *([number.astype(np.uint64)] if by_number else [])):
        found = mix(found ^ word)
    return found


def _pairs(here: np.ndarray, tie: np.ndarray, there: np.ndarray, other_tie: np.ndarray) -> tuple[np.ndarray, ...]:
    """(places here, places there) of records of equal keys; of several, in the order of their numbers."""
    found = []
    for key, order in ((here, np.lexsort((tie, here))), (there, np.lexsort((other_tie, there)))):
        ranked = key[order]
        rank = np.arange(len(key)) - np.searchsorted(ranked, ranked)
        found.append((order, mix(ranked ^ mix(rank.astype(np.uint64)))))
    (first, one), (second, other) = found
    _, at, to = np.intersect1d(one, other, assume_unique=True, return_indices=True)
    return first[at], second[to]


def _unused(records: np.ndarray, taken: set[str], delivery: int) -> Iterator[str]:
    """The fingerprint itself, or another one made of it if it stands for another record by now."""
    for record in records:
        while record in taken:
            record = blake2b(f"{delivery}:{record}".encode(), digest_size=HEX // 2).hexdigest()
        yield record
