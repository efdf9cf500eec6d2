"""The way to a value (Rechenweg): every step from an indicator down to the cells of the published tables.

The steps follow the order in which ``values.py`` looks: what a table says, the formula, the next finer level.
No CKAN in here.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from ckanext.ierwohnen.indicators import columns as c
from ckanext.ierwohnen.indicators.definition import Indicator
from ckanext.ierwohnen.indicators.formula import Change, Code, Expression, Number, Operation, parse
from ckanext.ierwohnen.indicators.points import STATED
from ckanext.ierwohnen.indicators.standardized import STATISTICS
from ckanext.ierwohnen.indicators.values import ADDED, AT_LEAST, READ, Values

MOST_STEPS = 1500  # of one value; what is left out is counted


@dataclass(frozen=True)
class Cell:
    """A cell of a published table. ``dimensions``: what divides the table (rooms: 3)."""

    resource_id: str
    row: int
    column: str
    key: str | None
    period: str | None
    value: float | None
    status: str
    dimensions: dict[str, str] = field(default_factory=dict)


@dataclass
class Step:
    """One value and what it was made of.

    ``how``: ``read``, ``computed``, ``added_up``, ``at_least``; ``standardized`` for a part of a composite.
    ``formula``: with codes, as defined; ``factor``: what the quotient is multiplied by. ``share``: weight of a part of
    a composite (``turned``: a high figure lowers it).
    ``cells``: the cells that were read; ``others``: cells of other tables that were not used. ``left_out``: number of
    parts that are not listed.
    """

    code: str
    level: str
    unit: str
    period: str | None
    value: float | None
    status: str
    how: str
    formula: str | None = None
    factor: float = 1.0
    share: float | None = None
    turned: bool = False
    parts: list[Step] = field(default_factory=list)
    cells: list[Cell] = field(default_factory=list)
    others: list[Cell] = field(default_factory=list)
    left_out: int = 0


class Tracer:
    """Finds the way to single values.

    :param values: as computed, with the readings that count
    :param cells: all readings of the tables with ``resource_id``, ``row`` (``_id`` of the DataStore) and ``column``, in
        the order in which the tables count, and ``stated``, the period as the table writes it; columns of dimensions
        may follow
    """

    def __init__(self, values: Values, cells: pd.DataFrame) -> None:
        self._values = values
        plain = {"unit", "level", "system", "period", "indicator", "value", "status", "resource_id", "row", "column"}
        plain.add(STATED)
        self._dimensions = [name for name in cells.columns if name not in plain]
        self._cells = {key: rows for key, rows in cells.groupby(["indicator", "level", "unit", "period"], sort=False)}
        self._left = MOST_STEPS

    def way(self, code: str, level: str, unit: str, period: str | None) -> Step | None:
        """The way to one value; None where there is none."""
        self._left = MOST_STEPS
        return self._step(code, level, unit, period)

    def _step(self, code: str, level: str, unit: str, period: str | None) -> Step | None:
        figures = self._values.column(code, level)
        if (unit, period) not in figures.index:
            return None
        row = figures.loc[(unit, period)]
        step = self._made(code, level, unit, period, row["value"], row["rank"], c.HOWS[int(row["how"])])
        if self._left <= 0:
            return step
        self._left -= 1
        indicator = self._values.catalogue.find(code)
        assert indicator is not None
        if step.how == READ:
            self._read(step)
        elif step.how in (ADDED, AT_LEAST):
            self._added(step, indicator)
        elif indicator.composite is not None:
            self._composed(step, indicator)
        else:
            self._computed(step, indicator)
        return step

    def _made(
        self, code: str, level: str, unit: str, period: str | None, value: float, rank: int, how: str
    ) -> Step:  # fmt: skip
        number = None if pd.isna(value) else float(value)
        return Step(code, level, unit, period, number, c.RANKED[int(rank)], how)

    def _read(self, step: Step) -> None:
        rows = self._cells.get((step.code, step.level, step.unit, step.period))
        if rows is None:
            return
        first = rows["resource_id"].iloc[0]
        own = rows[rows["resource_id"] == first]
        if self._dimensions:
            whole = own[own[self._dimensions].isna().all(axis=1)]
            own = whole.iloc[:1] if len(whole) else own
        else:
            own = own.iloc[:1]
        step.cells = [self._cell(row) for row in own.to_dict(orient="records")]
        step.others = [self._cell(row) for row in rows[rows["resource_id"] != first].to_dict(orient="records")]

    def _cell(self, row: dict) -> Cell:  # type: ignore[type-arg]
        given = {name: str(row[name]) for name in self._dimensions if not pd.isna(row[name])}
        value = None if pd.isna(row["value"]) else float(row["value"])
        at = row["resource_id"], int(row["row"]), row["column"], row["unit"], row.get(STATED, row["period"])
        return Cell(*at, value, row["status"], given)

    def _computed(self, step: Step, indicator: Indicator) -> None:
        if indicator.numerator and indicator.denominator:
            step.formula, step.factor = f"({indicator.numerator}) / ({indicator.denominator})", indicator.scale
            for text in (indicator.numerator, indicator.denominator):
                step.parts += self._linear(parse(text), step.level, step.unit, step.period)
        elif indicator.expression is not None:
            step.formula = indicator.formula
            step.parts += self._expression(indicator.expression, step.level, step.unit, step.period)

    def _linear(self, expression: Expression, level: str, unit: str, period: str | None) -> list[Step]:
        """The parts of a numerator at this level, else those of the units below."""
        if self._same_year(self._values.evaluated(expression, level), unit, period) is not None:
            return self._expression(expression, level, unit, period)
        found: list[Step] = []
        for finer, child in self._children(level, unit):
            found += self._linear(expression, finer, child, period)
        return found

    def _expression(self, expression: Expression, level: str, unit: str, period: str | None) -> list[Step]:
        match expression:
            case Code(code):
                return self._at(code, level, unit, period)
            case Change(code, years):
                before = c.earlier(str(period), years)
                return [*self._at(code, level, unit, period), *self._at(code, level, unit, before)]
            case Operation(_, Number(), right):
                return self._expression(right, level, unit, period)
            case Operation(_, left, right):
                made = self._expression(left, level, unit, period)
                return made + self._expression(right, level, unit, period)
        return []

    def _at(self, code: str, level: str, unit: str, period: str | None) -> list[Step]:
        at = self._same_year(self._values.column(code, level), unit, period)
        step = self._step(code, level, unit, at) if at is not None else None
        return [step] if step else []

    @staticmethod
    def _same_year(figures: pd.DataFrame, unit: str, period: str | None) -> str | None:
        """The period itself, else the last one of its year, as ``columns.combine`` takes it."""
        if (unit, period) in figures.index:
            return period
        units = figures.index.get_level_values(0) == unit
        near = [p for p in figures.index[units].get_level_values(1) if str(p)[:4] == str(period)[:4]]
        return max(near, default=None)

    def _added(self, step: Step, indicator: Indicator) -> None:
        finer = self._finer(step)
        children = [child for level, child in self._children(step.level, step.unit) if level == finer]
        if finer is None:
            return
        if indicator.space == "ratio" and indicator.numerator and indicator.denominator:
            step.formula, step.factor = f"({indicator.numerator}) / ({indicator.denominator})", indicator.scale
            for text in (indicator.numerator, indicator.denominator):
                for child in children:
                    self._extend(step, self._linear(parse(text), finer, child, step.period))
            return
        codes = [indicator.code, *([indicator.weighted_by] if indicator.weighted_by else [])]
        if indicator.space == "ratio" and isinstance(indicator.expression, Change):
            step.formula = indicator.formula
            codes = [indicator.expression.code]
        before = c.earlier(str(step.period), indicator.expression.years) if step.formula else None  # type: ignore[union-attr]
        for child in children:
            for code in codes:
                self._extend(step, self._at(code, finer, child, step.period))
                if before:
                    self._extend(step, self._at(code, finer, child, before))

    def _extend(self, step: Step, parts: list[Step]) -> None:
        if self._left <= 0:
            step.left_out += len(parts)
        else:
            step.parts += parts

    def _finer(self, step: Step) -> str | None:
        for level in self._values.system.levels:
            if level.parent == step.level:
                below = self._values.from_below(step.code, level.code)
                if (step.unit, step.period) in below.index:
                    return level.code
        return None

    def _children(self, level: str, unit: str) -> list[tuple[str, str]]:
        system = self._values.system
        return [
            (finer.code, child.key)
            for finer in system.levels
            if finer.parent == level
            for child in system.units_of(finer.code).values()
            if child.parent == unit
        ]

    def _composed(self, step: Step, indicator: Indicator) -> None:
        assert indicator.composite is not None
        shares = indicator.composite.shares()
        for part in indicator.composite.parts:
            figures = self._values.column(part.code, step.level)
            at = self._same_year(figures, step.unit, step.period)
            if at is None:
                continue
            row = STATISTICS[indicator.composite.standardize](figures).loc[(step.unit, at)]
            made = self._made(part.code, step.level, step.unit, at, row["value"], row["rank"], "standardized")
            made.share, made.formula, made.turned = shares[part.code], indicator.composite.standardize, part.turned
            made.parts = self._at(part.code, step.level, step.unit, at)
            step.parts.append(made)
