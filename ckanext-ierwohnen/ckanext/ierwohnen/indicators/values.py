"""Values of indicators from tidy readings: read, computed by formula, added up over levels by the declared rule.

For each cell (unit, period) the first that exists is taken: what a table says for this level; the formula at this
level; what the next finer level gives: sums are added, ratios come from their summed parts, means are weighted,
and what does not add up is not shown. A sum is only made of all units of the finer level; where the definition says
``lower_bound``, the rest is shown as "at least", which no formula takes up. No CKAN in here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pandas as pd

from ckanext.ierwohnen.indicators import columns as c
from ckanext.ierwohnen.indicators import composite
from ckanext.ierwohnen.indicators.catalogue import Catalogue
from ckanext.ierwohnen.indicators.definition import Indicator
from ckanext.ierwohnen.indicators.formula import Change, Code, Expression, Number, Operation, parse
from ckanext.ierwohnen.places.system import SpatialSystem

TOTAL = "city"  # level of the rows in which a table states the city's total
READ, COMPUTED, ADDED, AT_LEAST = "read", "computed", "added_up", "at_least"


@dataclass
class Values:
    """Computes values of one spatial system from readings.

    :param readings: columns unit, level, period, indicator, value, status; of two readings of a cell the first
        counts; rows of dimensions (age group, rooms) have been reduced to the total or left out. Or a function that
        gives the readings of a code when they are needed
    """

    catalogue: Catalogue
    system: SpatialSystem
    readings: pd.DataFrame | Callable[[str], pd.DataFrame]
    _known: dict[tuple[str, str, bool], pd.DataFrame] = field(default_factory=dict, repr=False)
    _asked: dict[str, pd.DataFrame] = field(default_factory=dict, repr=False)

    def at(self, code: str, level: str) -> pd.DataFrame:
        """The values of an indicator at a level of the system.

        :returns: columns unit, period, value (float or NaN), status (word), how (``read``, ``computed``,
            ``added_up``, ``at_least``), sorted by period and the order of the units; period is None where a table has
            no dates; empty where there is nothing
        :raises KeyError: no such indicator or level
        """
        order = {key: i for i, key in enumerate(self.system.units_of(level))}
        figures = self._at(code, level)
        return _table(figures, order)

    def total(self, code: str) -> pd.DataFrame:
        """The whole city: as a table states it, else from its units. Columns as :meth:`at`, the unit empty."""
        indicator = self._indicator(code)
        stated = self._read(code, TOTAL)
        stated = stated.set_axis(
            pd.MultiIndex.from_arrays([[""] * len(stated), stated.index.get_level_values(1)], names=["unit", "period"])
        )
        stated = stated[~stated.index.duplicated()].assign(how=READ)
        for level in self.system.levels:
            if level.parent is None:
                whole = dict.fromkeys(self.system.units_of(level.code), "")
                stated = c.first_given(stated, self._from_below(indicator, level.code, whole, indicator.lower_bound))
        return _table(stated, {"": 0})

    def _indicator(self, code: str) -> Indicator:
        found = self.catalogue.find(code)
        if found is None:
            raise KeyError(code)
        return found

    def column(self, code: str, level: str) -> pd.DataFrame:
        """As :meth:`at`, as a column of figures (``columns.py``) with ``how``.

        :raises KeyError: no such indicator or level
        """
        return self._at(code, level)

    def evaluated(self, expression: Expression, level: str) -> pd.DataFrame:
        """A formula on the figures of a level, as a column."""
        return self._evaluate(expression, level)

    def from_below(self, code: str, finer: str) -> pd.DataFrame:
        """What the units of a level give for the next coarser one by the indicator's rule, as a column with ``how``."""
        indicator = self._indicator(code)
        return self._from_below(indicator, finer, self._parents(finer), indicator.lower_bound)

    def table(self, figures: pd.DataFrame, level: str) -> pd.DataFrame:
        """A column of figures of a level as :meth:`at` gives it."""
        return _table(figures, {key: i for i, key in enumerate(self.system.units_of(level))})

    def _at(self, code: str, level: str, bounds: bool = True) -> pd.DataFrame:
        indicator = self._indicator(code)
        key = (code, level, bounds and indicator.lower_bound)
        if key not in self._known:
            self._known[key] = self._compute(indicator, level, key[2])
        return self._known[key]

    def _compute(self, indicator: Indicator, level: str, bounds: bool) -> pd.DataFrame:
        known_units = self.system.units_of(level)
        read = self._read(indicator.code, level)
        result = read[read.index.get_level_values(0).isin(known_units)].assign(how=READ)
        if indicator.composite is not None:
            parts = {part.code: self._at(part.code, level, bounds=False) for part in indicator.composite.parts}
            result = c.first_given(result, composite.computed(parts, indicator.composite).assign(how=COMPUTED))
        if indicator.expression is not None:
            result = c.first_given(result, self._formula(indicator, level).assign(how=COMPUTED))
        for finer in self.system.levels:
            if finer.parent == level and indicator.adds_up:
                below = self._from_below(indicator, finer.code, self._parents(finer.code), bounds)
                result = c.first_given(result, below)
        return result

    def _read(self, code: str, level: str) -> pd.DataFrame:
        if isinstance(self.readings, pd.DataFrame):
            rows = self._groups.get((code, level))
            return c.empty() if rows is None else c.column(self.readings.iloc[rows])
        if code not in self._asked:
            self._asked[code] = self.readings(code)
        found = self._asked[code]
        found = found[found["level"] == level]
        return c.column(found) if len(found) else c.empty()

    @cached_property
    def _groups(self) -> dict[tuple[str, str], Any]:
        return dict(self.readings.groupby(["indicator", "level"], sort=False).indices)  # type: ignore[union-attr]

    def _parents(self, level: str) -> dict[str, str]:
        return {unit.key: unit.parent for unit in self.system.units_of(level).values() if unit.parent}

    def _formula(self, indicator: Indicator, level: str) -> pd.DataFrame:
        if indicator.numerator and indicator.denominator:
            above = self._linear(parse(indicator.numerator), level)
            below = self._linear(parse(indicator.denominator), level)
            return c.scaled(c.combine("/", above, below), indicator.scale)
        assert indicator.expression is not None
        return self._evaluate(indicator.expression, level)

    def _linear(self, expression: Expression, level: str) -> pd.DataFrame:
        """Numerator or denominator at a level; where its codes stop, its sum over the next finer level."""
        result = self._evaluate(expression, level)
        for finer in self.system.levels:
            if finer.parent == level:
                below = self._linear(expression, finer.code)
                result = c.first_given(result, c.added_up(below, self._parents(finer.code), counts=False))
        return result

    def _evaluate(self, expression: Expression, level: str) -> pd.DataFrame:
        match expression:
            case Code(code):
                return self._at(code, level, bounds=False)[["value", "rank"]]
            case Change(code, years):
                return c.change(self._at(code, level, bounds=False), years)
            case Operation(operator, Number(number), right):
                other = self._evaluate(right, level)
                return c.combine(operator, c.constant(other, number), other)
            case Operation(operator, left, Number(number)):
                other = self._evaluate(left, level)
                return c.combine(operator, other, c.constant(other, number))
            case Operation(operator, left, right):
                return c.combine(operator, self._evaluate(left, level), self._evaluate(right, level))
        return c.empty()

    def _from_below(
        self, indicator: Indicator, finer: str, parents: dict[str, str], bounds: bool = False
    ) -> pd.DataFrame:
        """The indicator from the units of a finer level, by its rule."""
        if indicator.space == "sum":
            counts = indicator.expression is None
            whole = c.added_up(self._at(indicator.code, finer, bounds=False), parents, counts).assign(how=ADDED)
            if not bounds:
                return whole
            known = c.sum_of_known(self._at(indicator.code, finer), parents).assign(how=AT_LEAST)
            return c.first_given(whole[whole["value"].notna()], known[known["value"].notna()], whole)
        if indicator.space == "ratio" and indicator.numerator and indicator.denominator:
            above = c.added_up(self._linear(parse(indicator.numerator), finer), parents, counts=False)
            below = c.added_up(self._linear(parse(indicator.denominator), finer), parents, counts=False)
            return c.scaled(c.combine("/", above, below), indicator.scale).assign(how=ADDED)
        if indicator.space == "weighted_mean" and indicator.weighted_by:
            means = self._at(indicator.code, finer)[["value", "rank"]]
            weights = self._at(indicator.weighted_by, finer, bounds=False)[["value", "rank"]]
            weighted = c.added_up(c.combine("*", means, weights), parents, counts=False)
            whole = c.added_up(weights, parents, counts=False)
            return c.combine("/", weighted, whole).assign(how=ADDED)
        if indicator.space == "ratio" and isinstance(indicator.expression, Change):
            base = self._indicator(indicator.expression.code)
            summed = self._from_below(base, finer, parents)
            return c.change(summed[["value", "rank"]], indicator.expression.years).assign(how=ADDED)
        return c.empty().assign(how=pd.Series(dtype=object))


def without_dimensions(readings: pd.DataFrame, catalogue: Catalogue) -> pd.DataFrame:
    """Readings of tables with dimensions reduced to one value a cell.

    Rows that no dimension divides stay. A table that only has parts (dwellings by rooms) is added up over its
    dimensions where the indicator is a sum; other indicators of such a table are left out, since their parts do
    not make a whole.
    """
    plain = ["unit", "level", "system", "period", "indicator", "value", "status"]
    dimensions = [name for name in readings.columns if name not in (*plain, "resource_id")]
    if not dimensions:
        return readings
    divided = readings[dimensions].notna().any(axis=1)
    whole = readings[~divided]
    summable = {i.code for i in catalogue if i.space == "sum"}
    parts = readings[divided & readings["indicator"].isin(summable)]
    keys = [k for k in ("unit", "level", "system", "period", "indicator", "resource_id") if k in readings.columns]
    if parts.empty:
        return whole.drop(columns=dimensions)
    ranks = parts["status"].map(c.RANK).fillna(0).astype(int)
    groups = parts.assign(rank=ranks).groupby(keys, dropna=False, sort=False)
    summed = groups.agg(value=("value", lambda v: v.sum(skipna=False)), rank=("rank", "max")).reset_index()
    lost = summed["rank"] >= c.FIRST_WITHOUT_VALUE
    summed["value"] = summed["value"].mask(lost)
    summed["status"] = summed["rank"].map(dict(enumerate(c.RANKED)))
    return pd.concat([whole.drop(columns=dimensions), summed.drop(columns="rank")], ignore_index=True)


def _table(figures: pd.DataFrame, order: dict[str, int]) -> pd.DataFrame:
    table = figures.assign(status=c.statuses(figures)).reset_index()
    table["order"] = table["unit"].map(order)
    table = table.sort_values(["period", "order"]).drop(columns=["order", "rank"])
    # A table without dates has no period: None, since NaN is no JSON.
    table["period"] = table["period"].astype(object).where(table["period"].notna(), None)
    return table[["unit", "period", "value", "status", "how"]].reset_index(drop=True)
