"""Carries values over a crosswalk by the rule by which their indicator adds up over space.

Counts are divided by the shares; ratios and means go over as their parts. What does not add up (a median, a rank) goes
over only to units that did not change, and is refused for all others, with the reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from math import fsum

from ckanext.ierwohnen.places.crosswalk import Crosswalk, Share
from ckanext.ierwohnen.places.findings import Finding, error, warning

Values = Mapping[str, float | None]


class Rule(StrEnum):
    """How an indicator adds up over space: as a sum, as a ratio or mean of parts, or not at all."""

    SUM = "sum"
    RATIO = "ratio"
    WEIGHTED_MEAN = "weighted_mean"
    NONE = "none"


@dataclass(frozen=True)
class Carried:
    """Values by target key; None where a part is missing or the rule forbids it, with the reasons in ``findings``.

    ``split_share`` tells for each target which part (0 to 1) of its value came from units that were split.
    """

    values: dict[str, float | None]
    split_share: dict[str, float]
    findings: tuple[Finding, ...]


def carry_sum(values: Values, crosswalk: Crosswalk) -> Carried:
    """Counts and amounts: each target receives its share of each source. The total stays the same.

    A source without a value (missing, secret) leaves the targets that receive a part of it without a value: a sum of
    some parts would look like the whole.
    """
    carried: dict[str, float | None] = {}
    split: dict[str, float] = {}
    for target, received in crosswalk.by_target.items():
        parts = [_part(values, share) for share in received]
        known = [part for part in parts if part is not None]
        carried[target] = fsum(known) if len(known) == len(parts) else None
        split[target] = _split(crosswalk, received, parts)
    return Carried(carried, split, _told(values, carried, crosswalk))


def carry_ratio(numerator: Values, denominator: Values, crosswalk: Crosswalk, factor: float = 1.0) -> Carried:
    """Shares and rates: numerator and denominator go over as sums, then the ratio is made anew (times ``factor``)."""
    above, below = carry_sum(numerator, crosswalk), carry_sum(denominator, crosswalk)
    values = {target: _ratio(above.values[target], below.values[target], factor) for target in above.values}
    findings = tuple({f.text("en"): f for f in (*above.findings, *below.findings)}.values())
    return Carried(values, below.split_share, findings)


def carry_mean(means: Values, weights: Values, crosswalk: Crosswalk) -> Carried:
    """Weighted means: the mean times its weight goes over as a sum, and so does the weight."""
    products = {key: _product(mean, weights.get(key)) for key, mean in means.items()}
    return carry_ratio(products, weights, crosswalk)


def carry_unchanged(values: Values, crosswalk: Crosswalk) -> Carried:
    """What does not add up: only units that stayed as they were keep their value; the others are refused, by key."""
    carried: dict[str, float | None] = {}
    for target, received in crosswalk.by_target.items():
        carried[target] = values.get(received[0].source) if crosswalk.is_unchanged(target) else None
    refused = sorted(target for target in carried if not crosswalk.is_unchanged(target))
    findings = (error("carry_not_additive", units=refused, count=len(refused)),) if refused else ()
    return Carried(carried, dict.fromkeys(carried, 0.0), findings)


def _part(values: Values, share: Share) -> float | None:
    value = values.get(share.source)
    return None if value is None else value * share.share


def _split(crosswalk: Crosswalk, received: list[Share], parts: list[float | None]) -> float:
    total = fsum(abs(part) for part in parts if part is not None)
    split = fsum(
        abs(part)
        for share, part in zip(received, parts, strict=True)
        if part is not None and len(crosswalk.by_source[share.source]) > 1
    )
    return split / total if total else 0.0


def _told(values: Values, carried: Mapping[str, float | None], crosswalk: Crosswalk) -> tuple[Finding, ...]:
    findings = []
    unknown = sorted(key for key in values if key not in crosswalk.by_source)
    if unknown:
        findings.append(error("carry_unknown", units=unknown))
    missing = sorted(target for target, value in carried.items() if value is None)
    if missing:
        findings.append(warning("carry_missing", units=missing, count=len(missing)))
    return tuple(findings)


def _ratio(above: float | None, below: float | None, factor: float) -> float | None:
    return None if above is None or not below else factor * above / below


def _product(mean: float | None, weight: float | None) -> float | None:
    # A unit without weight counts nothing, even if nobody knows its mean.
    if weight == 0:
        return 0.0
    return None if mean is None or weight is None else mean * weight
