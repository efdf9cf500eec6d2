"""What else can be made of an indicator's values: change, index, sum over years, per 1,000, standardized.
No CKAN in here.

A derivation that makes no sense is refused with a code; the words stand in ``wording.py``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from ckanext.ierwohnen.indicators import columns as c
from ckanext.ierwohnen.indicators import over_time, standardized
from ckanext.ierwohnen.indicators.definition import Indicator
from ckanext.ierwohnen.indicators.values import Values
from ckanext.ierwohnen.indicators.vocabulary import vocabulary

OVER_TIME = ("change", "change_percent", "index", "sum_over_years")
KINDS = ("value", *OVER_TIME, "per_1000", *standardized.STATISTICS)
PRECISION = {"z_score": 2, "min_max": 0, "rank": 0, "percentile": 0, "index": 1, "change_percent": 1, "per_1000": 1}
UNITS = {
    "change_percent": "percent",
    "index": "index",
    "per_1000": "per_thousand",
    "z_score": "score",
    "min_max": "score",
    "rank": "count",
    "percentile": "percent",
}


class DerivationError(ValueError):
    """A derivation that makes no sense for an indicator. ``field``: the parameter; ``reason``: a key of ``wording``."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field, self.reason = field, reason


@dataclass(frozen=True)
class Derivation:
    """``kind`` of ``KINDS``; ``years`` back, ``base`` year of an index, ``per``: code of what counts thousands."""

    kind: str = "value"
    years: int = 1
    base: int | None = None
    per: str = "population"

    def precision(self, indicator: Indicator) -> int:
        """Decimals shown."""
        return PRECISION.get(self.kind, indicator.precision)

    def unit(self, indicator: Indicator) -> str:
        """Code of the unit in which the result comes; a change of a share comes in percentage points."""
        if self.kind == "change" and indicator.unit == "percent":
            return "percent_points"
        return UNITS.get(self.kind, indicator.unit)

    def signed(self, indicator: Indicator) -> bool:
        """Whether a plus is written before gains."""
        return self.kind in ("change", "change_percent", "z_score") or (
            self.kind in ("value", "sum_over_years") and indicator.kind["of"] == "change"
        )

    def needs(self) -> set[str]:
        """Codes beside the indicator's own."""
        return {self.per} if self.kind == "per_1000" else set()


def check(indicator: Indicator, asked: Derivation, per: Indicator | None) -> None:
    """Refuse what makes no sense.

    :param per: the indicator that counts thousands, None where there is none of that code
    :raises DerivationError: with parameter and reason
    """
    if asked.kind in ("change_percent", "index") and (
        indicator.kind["of"] == "change" or indicator.kind["scale"] == "standardized"
    ):
        raise DerivationError("as", "no_percent_of_change")
    if asked.kind == "index" and asked.base is None:
        raise DerivationError("base", "base_needed")
    if asked.kind == "sum_over_years" and (indicator.time != "flow" or indicator.space != "sum"):
        raise DerivationError("as", "only_flows_add_up")
    if asked.kind == "per_1000":
        dimension = vocabulary("units").find(indicator.unit)
        counted = dimension is not None and dimension.more["dimension"] == "count"
        if not counted or indicator.space not in ("sum", "none"):
            raise DerivationError("as", "only_counts_per_1000")
        if per is None or per.space != "sum":
            raise DerivationError("per", "per_needs_a_count")


def derived(values: Values, indicator: Indicator, level: str, asked: Derivation) -> pd.DataFrame:
    """The derivation for all units and periods of a level, as ``Values.at`` gives values."""
    figures = values.column(indicator.code, level)
    if asked.kind == "value":
        return values.table(figures, level)
    made = _made(values, figures, level, asked)
    how = figures["how"].reindex(made.index).astype(int)
    return values.table(made[["value", "rank"]].assign(how=how), level)


def _made(values: Values, figures: pd.DataFrame, level: str, asked: Derivation) -> pd.DataFrame:
    if asked.kind == "change":
        return over_time.difference(figures, asked.years)
    if asked.kind == "change_percent":
        return over_time.percent(figures, asked.years)
    if asked.kind == "index":
        return over_time.index_to(figures, int(asked.base or 0))
    if asked.kind == "sum_over_years":
        return over_time.sum_over_years(figures, asked.years)
    if asked.kind == "per_1000":
        return c.scaled(c.combine("/", figures[["value", "rank"]], values.column(asked.per, level)), 1000.0)
    return standardized.STATISTICS[asked.kind](figures)


def population(values: Values, indicator: Indicator, level: str, asked: Derivation) -> list[dict[str, Any]]:
    """For a standardized figure what each period is measured against; empty for others."""
    if asked.kind not in standardized.STATISTICS:
        return []
    told = standardized.population(values.column(indicator.code, level)).reset_index(names="period")
    return [
        {k: (None if isinstance(v, float) and v != v else v) for k, v in row.items()}
        for row in told.to_dict(orient="records")
    ]
