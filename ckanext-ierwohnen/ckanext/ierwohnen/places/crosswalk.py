"""Crosswalks: which units of one system went into which of another, with shares that always add up to one.

A share belongs to the unit it comes from: 0.6 of Schachthalden went into Schachtsiedlung, 0.4 into Cainhof. Since the
shares of a unit add up to 1, sums survive: what all old units have together, all new ones have together.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from ckanext.ierwohnen.places.findings import BoundaryError, Finding, error, warning

# A given table may round its shares: up to this difference from 1 they are scaled, beyond it they are refused.
ROUNDING = 0.015


class Basis(StrEnum):
    """What the shares were measured by: a table that an office states, the area, or weights at points."""

    TABLE = "table"
    AREA = "area"
    WEIGHT = "weight"
    DWELLINGS = "dwellings"
    POPULATION = "population"
    ADDRESSES = "addresses"


@dataclass(frozen=True)
class Share:
    """``share`` (above 0, at most 1) of the unit ``source`` lies in the unit ``target``."""

    source: str
    target: str
    share: float


@dataclass(frozen=True)
class Quality:
    """How much of a crosswalk is certain. ``split_share``: the part (0 to 1) of all that was split, not moved whole."""

    units: int
    moved_whole: int
    split: int
    split_share: float


@dataclass(frozen=True)
class Crosswalk:
    """Shares from the units of one level to those of another. ``weights``: what each source weighs (area,
    dwellings).
    """

    shares: tuple[Share, ...]
    basis: Basis
    weights: Mapping[str, float] = field(default_factory=dict, repr=False)
    findings: tuple[Finding, ...] = ()

    @cached_property
    def by_source(self) -> dict[str, list[Share]]:
        """Shares of each source unit."""
        return _grouped(self.shares, "source")

    @cached_property
    def by_target(self) -> dict[str, list[Share]]:
        """Shares that each target unit receives."""
        return _grouped(self.shares, "target")

    def is_unchanged(self, target: str) -> bool:
        """True if the target is exactly one whole source unit."""
        received = self.by_target.get(target, [])
        return len(received) == 1 and len(self.by_source[received[0].source]) == 1

    def quality(self, values: Mapping[str, float] | None = None) -> Quality:
        """Quality for ``values`` by source key; without them, by the crosswalk's own weights."""
        weights = values if values is not None else self.weights or dict.fromkeys(self.by_source, 1.0)
        total = sum(abs(weights.get(source, 0.0)) for source in self.by_source)
        split = [source for source, shares in self.by_source.items() if len(shares) > 1]
        amount = sum(abs(weights.get(source, 0.0)) for source in split)
        return Quality(
            len(self.by_source), len(self.by_source) - len(split), len(split), amount / total if total else 0.0
        )


def crosswalk_from_table(
    rows: Iterable[tuple[str, str, float | None]], sources: Set[str], targets: Set[str]
) -> Crosswalk:
    """A crosswalk that an office states: rows of old key, new key and share; None means the whole unit.

    Raises BoundaryError: unknown keys, sources that are missing, shares that are not positive, that stand twice, or
    that do not add up to 1 (up to rounding, which is evened out).
    """
    listed = [(str(source), str(target), 1.0 if share is None else float(share)) for source, target, share in rows]
    problems = _table_problems(listed, sources, targets)
    if problems:
        raise BoundaryError(problems)
    sums: dict[str, float] = defaultdict(float)
    for source, _, share in listed:
        sums[source] += share
    wrong = [f"{source} ({total:.3g})" for source, total in sums.items() if abs(total - 1) > ROUNDING]
    if wrong:
        raise BoundaryError(error("crosswalk_sum", units=wrong))
    shares = tuple(Share(source, target, share / sums[source]) for source, target, share in listed)
    return Crosswalk(shares, Basis.TABLE, findings=nothing_for(targets, shares))


def _table_problems(listed: list[tuple[str, str, float]], sources: Set[str], targets: Set[str]) -> list[Finding]:
    problems = []
    pairs = [(source, target) for source, target, _ in listed]
    found = {
        "crosswalk_source_unknown": sorted({source for source, _ in pairs} - sources),
        "crosswalk_target_unknown": sorted({target for _, target in pairs} - targets),
        "crosswalk_source_missing": sorted(sources - {source for source, _ in pairs}),
        "crosswalk_pair_twice": sorted({f"{s} → {t}" for s, t in pairs if pairs.count((s, t)) > 1})
        if len(set(pairs)) < len(pairs)
        else [],
        "crosswalk_share": [f"{s} → {t} ({share:g})" for s, t, share in listed if not 0 < share <= 1 + ROUNDING],
    }
    for code, units in found.items():
        if units:
            problems.append(error(code, units=units))
    return problems


def nothing_for(targets: Set[str], shares: Iterable[Share]) -> tuple[Finding, ...]:
    """A warning that names the new units into which nothing goes: they will have no value."""
    empty = sorted(targets - {share.target for share in shares})
    return (warning("crosswalk_target_empty", units=empty),) if empty else ()


def _grouped(shares: Iterable[Share], by: str) -> dict[str, list[Share]]:
    found: dict[str, list[Share]] = defaultdict(list)
    for share in shares:
        found[getattr(share, by)].append(share)
    return dict(found)
