"""Converts a table to other boundaries over a crosswalk, each column by its rule of adding up.

Rows are grouped by all that is no value and no key (period, classes of a dimension …); within a group counts are
divided and summed, ratios and means made anew from their parts. A unit that did not change keeps its values as they
are. What does not add up stays only there; elsewhere the cell is barred (`x`), with the reason. Values of which a part
was split are marked as estimated (`s`). Totals and rows that belong to no unit go over as they are.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import fsum
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ckanext.ierwohnen.look.signs import Status
from ckanext.ierwohnen.places.carrying import Carried, Rule, carry_mean, carry_ratio, carry_sum
from ckanext.ierwohnen.places.crosswalk import Crosswalk
from ckanext.ierwohnen.places.keys import LevelKeys
from ckanext.ierwohnen.tables.carried_cells import OFFICIAL, STYLE, Value, status_of_sum, status_without_value
from ckanext.ierwohnen.tables.carry_rules import ColumnRule
from ckanext.ierwohnen.tables.cells import clean, shown
from ckanext.ierwohnen.tables.convert import Numbers, convert_numbers
from ckanext.ierwohnen.tables.declared_signs import BRACKETS, declared_signs
from ckanext.ierwohnen.tables.measures import styles_of
from ckanext.ierwohnen.tables.office_table import Chunk, ColumnBody, OfficeTable
from ckanext.ierwohnen.tables.problems import Problem, Severity
from ckanext.ierwohnen.tables.roles import ColumnRole
from ckanext.ierwohnen.tables.special_rows import SPECIAL, KeyReading, RowKind, judge_keys, row_kinds
from ckanext.ierwohnen.tables.zeros import ZeroJudge

MOST_ROWS = 300_000  # a table is converted in memory
GROUPING = ("period", "dimension", "contributor")
Cells = list[str]


class CarryRefused(ValueError):
    """A table that cannot be converted as it is: code of the message, and parameters."""

    def __init__(self, code: str, **params: Any) -> None:
        self.code, self.params = code, params
        super().__init__(code)


@dataclass(frozen=True)
class ColumnQuality:
    """What became of one column: rule, part (0 to 1) of its sum that was split, and how many cells were barred."""

    rule: ColumnRule
    split_share: float = 0.0
    barred: int = 0


@dataclass(frozen=True)
class CarriedTable:
    """A converted table, with what became of each column of values."""

    table: OfficeTable
    columns: dict[str, ColumnQuality]
    problems: list[Problem] = field(default_factory=list)


@dataclass(frozen=True)
class _Read:
    """The rows of the table: kind and key of each, cells as text, and the values of the columns of values."""

    numbers: list[int]
    kinds: list[str]
    keys: list[str | None]
    cells: list[Cells]
    values: dict[str, list[Value]]


def carry_over(
    table: OfficeTable,
    roles: Sequence[ColumnRole],
    key: KeyReading,
    crosswalk: Crosswalk,
    target: LevelKeys,
    rules: Mapping[str, ColumnRule],
) -> CarriedTable:
    """The table at the boundaries of `target`.

    :param key: the column of keys, read with the level that the crosswalk comes from
    :param rules: rule by name of the column, for each column with the role indicator or weight
    :raises CarryRefused: keys that the old system does not have, a unit twice in a group, numbers that cannot be read,
        too many rows
    """
    styles = styles_of(table, roles)
    table = replace(table)
    table.styles = styles
    judge = ZeroJudge(table, rules)
    read = _read(table, key, judge)
    if not judge.settled():  # a dash far below tells what the zeros above it are
        judge = ZeroJudge(table, rules)
        read = _read(table, key, judge)
    below_half = Status.BELOW_HALF in judge.meanings.values()
    work = _Work(table, roles, key, crosswalk, target, rules, read, below_half)
    rows = work.rows()
    body = _NumberedBody(rows, table, work.problems())
    signs = {**OFFICIAL, BRACKETS: str(Status.LIMITED)}
    hints = replace(table.hints, zero="below_half" if below_half else "value", missing=(), signs=signs)
    carried = replace(table, body=body, problems=[], hints=hints)
    carried.styles = {**table.styles, **dict.fromkeys(rules, STYLE)}
    return CarriedTable(carried, work.qualities(), work.problems())


class _NumberedBody(ColumnBody):
    """The converted rows, numbered from the first row of data on, with what there is to say about them."""

    def __init__(self, rows: list[Cells], table: OfficeTable, problems: list[Problem]) -> None:
        first = table.sample[0].number if table.sample else 1
        columns = [[cells[place] for cells in rows] for place in range(len(table.columns))]
        numbers = np.arange(first, first + len(rows), dtype=np.int64)
        super().__init__(Chunk(numbers, tuple(pa.array(column, pa.string()) for column in columns)))
        self.problems = problems


def _read(table: OfficeTable, key: KeyReading, judge: ZeroJudge) -> _Read:
    found = _Read([], [], [], [], {name: [] for name in judge.meanings})
    signs = declared_signs(table)
    for chunk in table.chunks():
        if len(found.numbers) + len(chunk) > MOST_ROWS:
            raise CarryRefused("carry_too_large", limit=MOST_ROWS)
        distinct = pc.unique(pc.fill_null(chunk.columns[key.place], "")).to_pylist()
        judged, _ = judge_keys(distinct, key)
        kinds, keys = row_kinds(chunk, key, judged)
        found.numbers.extend(chunk.rows.tolist())
        found.kinds.extend(kinds.tolist())
        found.keys.extend(keys.to_pylist())
        cells = zip(*(column.to_pylist() for column in chunk.columns), strict=True)
        found.cells.extend([[cell or "" for cell in row] for row in cells])
        for name, zero in judge.meanings.items():
            column = chunk.columns[table.names.index(name)]
            numbers = convert_numbers(column, table.styles[name], zero=zero, signs=signs)
            judge.take(name, column, numbers)
            found.values[name] += _values(numbers, chunk, name)
    _refuse_unknown(found, key)
    return found


def _values(numbers: Numbers, chunk: Chunk, name: str) -> list[Value]:
    for index, text in zip(numbers.odd, numbers.odd_texts, strict=False):
        if numbers.cells[text].problem:
            raise CarryRefused("carry_unreadable", row=str(chunk.rows[index]), column=name, value=shown(text))
    pairs = zip(numbers.values.to_pylist(), numbers.statuses.to_pylist(), strict=True)
    return [Value(float(n) if n is not None else None, Status(s) if s else _plain(n)) for n, s in pairs]


def _plain(number: str | None) -> Status:
    return Status.OK if number is not None else Status.MISSING


def _refuse_unknown(read: _Read, key: KeyReading) -> None:
    kinds = np.array(read.kinds, dtype=object)
    unknown = [clean(shown(read.cells[n][key.place])) for n in np.flatnonzero(kinds == str(RowKind.UNKNOWN))]
    if unknown:
        raise CarryRefused("carry_unknown_keys", units=list(dict.fromkeys(unknown))[:20])


class _Work:
    """The conversion of one table, group by group."""

    def __init__(
        self, table: OfficeTable, roles: Sequence[ColumnRole], key: KeyReading, crosswalk: Crosswalk,
        target: LevelKeys, rules: Mapping[str, ColumnRule], read: _Read, below_half: bool,
    ) -> None:  # fmt: skip
        self._below_half = below_half
        self._names, self._key, self._crosswalk, self._target = table.names, key, crosswalk, target
        self._rules, self._read = rules, read
        by_name = {role.column: role.role for role in roles}
        self._role = [by_name.get(name, "unused") for name in table.names]
        self._place = {name: place for place, name in enumerate(table.names)}
        self._split: dict[str, list[float]] = {name: [] for name in rules}
        self._whole: dict[str, list[float]] = {name: [] for name in rules}
        self._barred: dict[str, dict[str, None]] = {name: {} for name in rules}
        self._bare: dict[str, dict[str, None]] = {name: {} for name in rules}

    def rows(self) -> list[Cells]:
        """The rows of the converted table, the groups in the order in which they first stood."""
        grouping = [place for place, role in enumerate(self._role) if role in GROUPING]
        groups: dict[tuple[str, ...], list[int]] = defaultdict(list)
        for number, cells in enumerate(self._read.cells):
            groups[tuple(shown(cells[place]) for place in grouping)].append(number)
        return [cells for numbers in groups.values() for cells in self._group(numbers)]

    def qualities(self) -> dict[str, ColumnQuality]:
        """What became of each column of values."""
        return {
            name: ColumnQuality(rule, _share(self._split[name], self._whole[name]), len(self._barred[name]))
            for name, rule in self._rules.items()
        }

    def problems(self) -> list[Problem]:
        """What a person should know before publishing, one entry for a column and kind."""
        found = []
        for name, rule in self._rules.items():
            if rule.refused:
                refused = Problem("carry_sum_refused", Severity.ERROR, None, name, params={"why": rule.why()},
                                  repair=rule.offers())  # fmt: skip
                found.append(refused)
            elif self._barred[name]:
                units = self._titles(self._barred[name])
                params = {"units": units, "count": len(self._barred[name]), "why": rule.why()}
                found.append(Problem("carry_barred", Severity.WARNING, None, name, params=params, repair=rule.offers()))
            if self._bare[name]:
                params = {"units": self._titles(self._bare[name]), "count": len(self._bare[name])}
                found.append(Problem("carry_part_missing", Severity.WARNING, None, name, params=params))
        return found

    def _titles(self, keys: Mapping[str, None]) -> list[str]:
        listed = [f"{self._target.units.get(key, '')} ({key})".strip() for key in list(keys)[:8]]
        return [*listed, "…"] if len(keys) > len(listed) else listed

    def _group(self, numbers: list[int]) -> list[Cells]:
        """The rows of a group: special rows above or below as they stood, between them the new units."""
        special = {str(kind) for kind in (*SPECIAL, RowKind.EMPTY)}
        units = {self._read.keys[n] or "": n for n in numbers if self._read.kinds[n] not in special}
        if len(units) < sum(self._read.kinds[n] not in special for n in numbers):
            raise CarryRefused("carry_key_twice", units=_twice(numbers, self._read.keys)[:20])
        first = min(units.values(), default=0)
        aside = [n for n in numbers if self._read.kinds[n] in special]
        above = [self._as_it_is(n) for n in aside if n < first]
        below = [self._as_it_is(n) for n in aside if n >= first]
        return [*above, *(self._units(units) if units else []), *below]

    def _as_it_is(self, number: int) -> Cells:
        cells = list(self._read.cells[number])
        for name in self._rules:
            cells[self._place[name]] = self._read.values[name][number].written(self._below_half)
        return cells

    def _units(self, units: Mapping[str, int]) -> list[Cells]:
        reached = {s.target for key in units for s in self._crosswalk.by_source.get(key, [])}
        targets = [key for key in self._target.units if key in reached]
        carried = {name: self._carried(name, units) for name in self._rules}
        return [self._row(target, units, carried) for target in targets]

    def _row(self, target: str, units: Mapping[str, int], carried: Mapping[str, Carried | None]) -> Cells:
        sources = [units[s.source] for s in self._crosswalk.by_target[target] if s.source in units]
        cells = [self._text(place, role, target, sources) for place, role in enumerate(self._role)]
        unchanged = self._crosswalk.is_unchanged(target)
        for name, found in carried.items():
            as_before = self._read.values[name][sources[0]]
            value = as_before if unchanged else self._value(name, target, found, sources)
            cells[self._place[name]] = value.written(self._below_half)
        return cells

    def _text(self, place: int, role: str, target: str, sources: list[int]) -> str:
        if place == self._key.place:
            return target
        if role == "name":
            return self._target.units.get(target, "")
        # A second column of keys would be of the old boundaries; other texts stay only where all agree.
        texts = {self._read.cells[n][place] for n in sources}
        return "" if role == "key" or len(texts) != 1 else texts.pop()

    def _value(self, name: str, target: str, carried: Carried | None, sources: list[int]) -> Value:
        if carried is None:
            self._barred[name].setdefault(target)
            return Value(None, Status.BLOCKED)
        parts = [self._read.values[column][n].status for n in sources for column in (name, *self._rules[name].columns)]
        number = carried.values.get(target)
        if number is None:
            self._bare[name].setdefault(target)
            missing = len(sources) < len(self._crosswalk.by_target[target])
            return Value(None, status_without_value([*parts, *([Status.MISSING] if missing else [])]))
        if number == 0 and set(parts) == {Status.NOTHING}:
            return Value(0.0, Status.NOTHING)
        split = any(len(self._crosswalk.by_source[s.source]) > 1 for s in self._crosswalk.by_target[target])
        rounded = number if self._rules[name].rule is Rule.SUM else round(number, self._rules[name].decimals)
        return Value(rounded, status_of_sum(parts, split))

    def _carried(self, name: str, units: Mapping[str, int]) -> Carried | None:
        rule = self._rules[name]
        values = self._numbers(name, units)
        if rule.rule is Rule.NONE:
            return None
        if rule.rule is Rule.SUM:
            self._measure(name, values)
            return carry_sum(values, self._crosswalk)
        parts = [self._numbers(column, units) for column in rule.columns]
        self._measure(name, parts[-1])
        if rule.rule is Rule.RATIO:
            return carry_ratio(parts[0], parts[1], self._crosswalk, rule.factor)
        return carry_mean(values, parts[0], self._crosswalk)

    def _numbers(self, name: str, units: Mapping[str, int]) -> dict[str, float | None]:
        return {key: self._read.values[name][n].number for key, n in units.items()}

    def _measure(self, name: str, values: Mapping[str, float | None]) -> None:
        for key, value in values.items():
            self._whole[name].append(abs(value or 0.0))
            if len(self._crosswalk.by_source.get(key, [])) > 1:
                self._split[name].append(abs(value or 0.0))


def _share(part: list[float], whole: list[float]) -> float:
    total = fsum(whole)
    return fsum(part) / total if total else 0.0


def _twice(numbers: list[int], keys: list[str | None]) -> list[str]:
    met: dict[str, int] = defaultdict(int)
    for number in numbers:
        met[keys[number] or ""] += 1
    return [key for key, count in met.items() if key and count > 1]
