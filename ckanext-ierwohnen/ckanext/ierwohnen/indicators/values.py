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

import numpy as np
import pandas as pd

from ckanext.ierwohnen.indicators import columns as c
from ckanext.ierwohnen.indicators import composite
from ckanext.ierwohnen.indicators.catalogue import Catalogue
from ckanext.ierwohnen.indicators.cells import axes, first_of_each, period_codes, unit_codes
from ckanext.ierwohnen.indicators.definition import Indicator
from ckanext.ierwohnen.indicators.formula import Change, Code, Expression, Number, Operation, parse
from ckanext.ierwohnen.indicators.part import undivided
from ckanext.ierwohnen.places.system import SpatialSystem

TOTAL = "city"  # level of the rows in which a table states the city's total
UNASSIGNED = "unassigned"  # level of the rows that belong to no unit
READ, COMPUTED, ADDED, AT_LEAST = c.HOWS


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
    _linears: dict[tuple[str, str], pd.DataFrame] = field(default_factory=dict, repr=False)
    _tables: dict[tuple[str, str], pd.DataFrame] = field(default_factory=dict, repr=False)
    _asked: dict[str, c.Tidy] = field(default_factory=dict, repr=False)

    def at(self, code: str, level: str) -> pd.DataFrame:
        """The values of an indicator at a level of the system.

        :returns: columns unit, period, value (float or NaN), status (word), how (``read``, ``computed``,
            ``added_up``, ``at_least``), sorted by period and the order of the units; period is None where a table has
            no dates; empty where there is nothing
        :raises KeyError: no such indicator or level
        """
        if (code, level) not in self._tables:
            self._tables[code, level] = self.table(self._at(code, level), level)
        return self._tables[code, level].copy(deep=False)  # what a caller changes in it stays with the caller

    def total(self, code: str) -> pd.DataFrame:
        """The whole city: as a table states it, else from its units. Columns as :meth:`at`, the unit empty."""
        if (code, "") not in self._tables:
            self._tables[code, ""] = _table(self._whole(self._indicator(code)), {"": 0})
        return self._tables[code, ""].copy(deep=False)

    def _whole(self, indicator: Indicator) -> pd.DataFrame:
        stated = self._read(indicator.code, TOTAL)
        stated = stated.set_axis(
            pd.MultiIndex.from_arrays([[""] * len(stated), stated.index.get_level_values(1)], names=["unit", "period"])
        )
        stated = c.made_by(stated[first_of_each(stated.index)], READ)
        for level in self.system.levels:
            if level.parent is None:
                whole = dict.fromkeys(self.system.units_of(level.code), "")
                stated = c.first_given(stated, self._from_below(indicator, level.code, whole, indicator.lower_bound))
        return stated

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
        read = self._read(indicator.code, level)
        result = c.made_by(c.only(read, self.system.units_of(level)), READ)
        if indicator.composite is not None:
            parts = {part.code: self._at(part.code, level, bounds=False) for part in indicator.composite.parts}
            result = c.first_given(result, c.made_by(composite.computed(parts, indicator.composite), COMPUTED))
        if indicator.expression is not None:
            result = c.first_given(result, c.made_by(self._formula(indicator, level), COMPUTED))
        for finer in self.system.levels:
            if finer.parent == level and indicator.adds_up and not indicator.numerator:
                below = self._from_below(indicator, finer.code, self._parents(finer.code), bounds)
                result = c.first_given(result, below)
        return result

    def _read(self, code: str, level: str) -> pd.DataFrame:
        if isinstance(self.readings, pd.DataFrame):
            return self._all.column(code, level)
        if code not in self._asked:
            self._asked[code] = c.Tidy(self.readings(code))
        return self._asked[code].column(code, level)

    @cached_property
    def _all(self) -> c.Tidy:
        return c.Tidy(self.readings)  # type: ignore[arg-type]

    def _parents(self, level: str) -> dict[str, str]:
        return {unit.key: unit.parent for unit in self.system.units_of(level).values() if unit.parent}

    def _formula(self, indicator: Indicator, level: str) -> pd.DataFrame:
        if indicator.numerator and indicator.denominator:
            above = self._linear(indicator.numerator, level)
            below = self._linear(indicator.denominator, level)
            return c.scaled(c.combine("/", above, below), indicator.scale)
        assert indicator.expression is not None
        return self._evaluate(indicator.expression, level)

    def _linear(self, formula: str, level: str) -> pd.DataFrame:
        """Numerator or denominator at a level; where its codes stop, its sum over the next finer level."""
        if (formula, level) not in self._linears:
            result = self._evaluate(parse(formula), level)
            for finer in self.system.levels:
                if finer.parent == level:
                    below = self._linear(formula, finer.code)
                    result = c.first_given(result, c.added_up(below, self._parents(finer.code), counts=False))
            self._linears[formula, level] = result
        return self._linears[formula, level]

    def _evaluate(self, expression: Expression, level: str) -> pd.DataFrame:
        match expression:
            case Code(code):
                return self._at(code, level, bounds=False)
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
            whole = c.made_by(c.added_up(self._at(indicator.code, finer, bounds=False), parents, counts), ADDED)
            if not bounds:
                return whole
            known = c.made_by(c.sum_of_known(self._at(indicator.code, finer), parents), AT_LEAST)
            return c.first_given(whole[whole["value"].notna()], known[known["value"].notna()], whole)
        if indicator.space == "ratio" and indicator.numerator and indicator.denominator:
            above = c.added_up(self._linear(indicator.numerator, finer), parents, counts=False)
            below = c.added_up(self._linear(indicator.denominator, finer), parents, counts=False)
            return c.made_by(c.scaled(c.combine("/", above, below), indicator.scale), ADDED)
        if indicator.space == "weighted_mean" and indicator.weighted_by:
            means = self._at(indicator.code, finer)
            weights = self._at(indicator.weighted_by, finer, bounds=False)
            weighted = c.added_up(c.combine("*", means, weights), parents, counts=False)
            whole = c.added_up(weights, parents, counts=False)
            return c.made_by(c.combine("/", weighted, whole), ADDED)
        if indicator.space == "ratio" and isinstance(indicator.expression, Change):
            base = self._indicator(indicator.expression.code)
            summed = self._from_below(base, finer, parents)
            return c.made_by(c.change(summed, indicator.expression.years), ADDED)
        return c.made_by(c.empty(), ADDED)


def without_dimensions(readings: pd.DataFrame, catalogue: Catalogue) -> pd.DataFrame:
    """Readings of tables with dimensions reduced to one value a cell.

    Rows that no dimension divides stay, and rows over all classes ("insgesamt") count as these. A cell that only has
    parts (dwellings by rooms) is added up over its dimensions where the indicator is a sum and the parts make a whole
    (`part.undivided`); else it is left out.
    """
    plain = ["unit", "level", "system", "period", "indicator", "value", "status"]
    dimensions = [name for name in readings.columns if name not in (*plain, "resource_id")]
    if not dimensions:
        return readings
    readings, divided = undivided(readings, dimensions, catalogue.divisions)
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
    # "–" in one part says nothing of the whole, unless all parts are nothing.
    summed["rank"] = summed["rank"].mask(summed["rank"].isin(c.ZEROES) & (summed["value"] != 0), 0)
    summed["status"] = summed["rank"].map(dict(enumerate(c.RANKED)))
    return pd.concat([whole.drop(columns=dimensions), summed.drop(columns="rank")], ignore_index=True)


def without_doubt(readings: pd.DataFrame) -> pd.DataFrame:
    """Readings without those cells of units or of the city for which one table says several different figures: a column
    that tells its rows apart has no role yet, and none of them is more than a part.
    """
    keys = [k for k in ("unit", "level", "system", "period", "indicator", "resource_id") if k in readings.columns]
    again = readings.duplicated(keys, keep=False) & (readings["level"] != UNASSIGNED)
    if not again.any():
        return readings
    cells = readings[again].fillna({"value": -np.inf})
    differ = cells.groupby(keys, dropna=False, sort=False)["value"].transform("nunique") > 1
    return readings.drop(index=differ.index[differ])


_HOWS = np.array(c.HOWS, dtype=object)


def _table(figures: pd.DataFrame, order: dict[str, int]) -> pd.DataFrame:
    of = axes(figures.index)
    units, periods = unit_codes(figures.index, of), period_codes(figures.index, of)
    places = np.array([*(order.get(unit, len(order)) for unit in of.units), len(order)])
    rows = np.lexsort((places[units], periods))
    words = {
        "unit": np.append(of.units.to_numpy(object), None)[units[rows]],
        # A table without dates has no period: None, since NaN is no JSON.
        "period": np.append(of.periods.to_numpy(object), None)[periods[rows]],
        "status": c.statuses(figures)[rows],
        "how": _HOWS[figures["how"].to_numpy()[rows]],
    }
    made = {name: pd.Series(given, dtype=object, copy=False) for name, given in words.items()}
    made["value"] = pd.Series(figures["value"].to_numpy()[rows], copy=False)
    return pd.DataFrame(made, columns=["unit", "period", "value", "status", "how"], copy=False)
