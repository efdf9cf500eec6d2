"""Which published tables a value really comes from: for each cell the tables at the end of its way, not those that
might have counted. No CKAN in here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ckanext.ierwohnen.indicators import columns as c
from ckanext.ierwohnen.indicators.definition import Indicator
from ckanext.ierwohnen.indicators.formula import Change, Code, Expression, Operation
from ckanext.ierwohnen.indicators.values import ADDED, AT_LEAST, READ, TOTAL, Values
from ckanext.ierwohnen.look.numbers import format_date

NONE: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Share:
    """A table and what it tells of the values shown: so many of them, from the ``first`` to the ``last`` period."""

    resource_id: str
    values: int
    first: str | None
    last: str | None


def shares(cells: Iterable[tuple[str | None, frozenset[str]]], order: Sequence[str] = ()) -> list[Share]:
    """The tables by the number of values that they tell; equal ones in the given order.

    :param cells: period of each value, and the tables behind it
    """
    count: Counter[str] = Counter()
    periods: dict[str, set[str]] = {}
    for period, tables in cells:
        for table in tables:
            count[table] += 1
            periods.setdefault(table, set()).update([period] if period else [])
    place = {table: at for at, table in enumerate(order)}
    by_share = sorted(count, key=lambda table: (-count[table], place.get(table, len(place)), table))
    return [Share(t, count[t], min(periods[t], default=None), max(periods[t], default=None)) for t in by_share]


def years_told(first: str | None, last: str | None, locale: str) -> str:
    """`31.12.2025`, `2019–2025`; empty without dates."""
    if not first or not last:
        return ""
    return format_date(first, locale=locale) if first == last else f"{first[:4]}–{last[:4]}"


class Origins:
    """Finds the tables behind values; what was found is kept as long as the values are.

    :param values: as computed; their readings name the table of each (``resource_id``)
    """

    def __init__(self, values: Values) -> None:
        self._values = values
        self._known: dict[tuple[str, str, str, str | None], frozenset[str]] = {}
        self._hows: dict[tuple[str, str], dict[tuple[str, str | None], int]] = {}
        self._last: dict[tuple[str, str], dict[tuple[str, str], str | None]] = {}
        self._tables: dict[str, dict[tuple[str, str, str | None], str]] = {}
        self._below: dict[tuple[str, str], list[tuple[str, str]]] = {}

    def of(self, code: str, level: str, unit: str, period: str | None) -> frozenset[str]:
        """Ids of the tables behind a value; none where there is no such value."""
        key = (code, level, unit, period)
        if key not in self._known:
            self._known[key] = NONE
            self._known[key] = self._find(*key)
        return self._known[key]

    def of_total(self, code: str, period: str | None) -> frozenset[str]:
        """Ids of the tables behind a value of the whole city (``Values.total``)."""
        stated = [t for (level, _, at), t in self._read(code).items() if level == TOTAL and at == period]
        if stated:
            return frozenset(stated[:1])
        tops = [level.code for level in self._values.system.levels if level.parent is None]
        return self._all(code, [(top, key) for top in tops for key in self._values.system.units_of(top)], period)

    def _find(self, code: str, level: str, unit: str, period: str | None) -> frozenset[str]:
        how = self._column(code, level).get((unit, period))
        indicator = self._values.catalogue.find(code)
        if how is None or indicator is None:
            return NONE
        made = c.HOWS[how]
        if made == READ:
            table = self._read(code).get((level, unit, period))
            return frozenset([table]) if table else NONE
        if made in (ADDED, AT_LEAST):
            return self._added(indicator, level, unit, period)
        if indicator.composite is not None:
            return NONE.union(*(self.near(part, level, unit, period) for part in indicator.parts))
        return self._computed(indicator, level, unit, period)

    def _computed(self, indicator: Indicator, level: str, unit: str, period: str | None) -> frozenset[str]:
        used = list(_used(indicator.expression))
        stated = {code for code, _ in used if self._point(code, level, unit, period)}
        if len(stated) == len({code for code, _ in used}):
            return NONE.union(*(self.near(code, level, unit, _before(period, back)) for code, back in used))
        # Where a part stops at this level, numerator and denominator are sums over the next finer one.
        return NONE.union(
            *(self.near(code, level, unit, period) or self._all(code, self._children(level, unit), period)
              for code, _ in used)
        )  # fmt: skip

    def _added(self, indicator: Indicator, level: str, unit: str, period: str | None) -> frozenset[str]:
        below = self._children(level, unit)
        if indicator.space == "ratio":
            used = list(_used(indicator.expression))
            return NONE.union(*(self._all(code, below, _before(period, back)) for code, back in used))
        weight = [indicator.weighted_by] if indicator.weighted_by else []
        return NONE.union(*(self._all(code, below, period) for code in (indicator.code, *weight)))

    def _all(self, code: str, cells: list[tuple[str, str]], period: str | None) -> frozenset[str]:
        """The tables behind a code for several units; units without a cell stand for those below them."""
        found: set[str] = set()
        for level, unit in cells:
            found |= self.near(code, level, unit, period) or self._all(code, self._children(level, unit), period)
        return frozenset(found)

    def near(self, code: str, level: str, unit: str, period: str | None) -> frozenset[str]:
        """As :meth:`of`, for the period or else the last one of its year."""
        point = self._point(code, level, unit, period)
        return self.of(code, level, unit, point[0]) if point else NONE

    def _point(self, code: str, level: str, unit: str, period: str | None) -> tuple[str | None] | None:
        """The period itself, else the last of its year, as formulas take it."""
        column = self._column(code, level)
        if (unit, period) in column:
            return (period,)
        last = self._last[code, level].get((unit, str(period)[:4]))
        return (last,) if last else None

    def _column(self, code: str, level: str) -> dict[tuple[str, str | None], int]:
        if (code, level) not in self._hows:
            figures = self._values.column(code, level)
            cells = [(unit, None if period != period else period) for unit, period in figures.index.tolist()]
            self._hows[code, level] = dict(zip(cells, figures["how"].tolist(), strict=True))
            self._last[code, level] = {(u, str(p)[:4]): p for u, p in sorted(c for c in cells if c[1])}
        return self._hows[code, level]

    def _read(self, code: str) -> dict[tuple[str, str, str | None], str]:
        """The table of each reading; the first counts."""
        if code not in self._tables:
            given = self._values.readings
            rows = given(code) if callable(given) else given[given["indicator"] == code]
            named = ("level", "unit", "period", "resource_id")
            cells = zip(*(rows[name].tolist() for name in named), strict=True) if len(rows) else ()
            found = {(level, unit, None if at != at else at): table for level, unit, at, table in reversed([*cells])}
            self._tables[code] = dict(reversed(found.items()))
        return self._tables[code]

    def _children(self, level: str, unit: str) -> list[tuple[str, str]]:
        if not self._below:
            self._below[level, unit] = []
            for finer in self._values.system.levels:
                for child in self._values.system.units_of(finer.code).values():
                    if child.parent:
                        self._below.setdefault((str(finer.parent), child.parent), []).append((finer.code, child.key))
        return self._below.get((level, unit), [])


def _used(expression: Expression | None) -> Iterator[tuple[str, int]]:
    """Codes of a formula with the years that they lie back."""
    match expression:
        case Code(code):
            yield code, 0
        case Change(code, years):
            yield from ((code, 0), (code, years))
        case Operation(_, left, right):
            yield from _used(left)
            yield from _used(right)


def _before(period: str | None, years: int) -> str | None:
    return c.earlier(str(period), years) if years and period else period
