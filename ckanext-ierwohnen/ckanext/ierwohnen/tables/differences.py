"""What is different between two states of a table: rows, units, periods, columns, values, and values that jump,
one by one or all alike.

Pure: takes two states as columns with their meaning and rows as text, gives plain data that is stored with the version;
`difference_words.py` says it in sentences.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace
from difflib import SequenceMatcher
from typing import Any

import pandas as pd
import pyarrow as pa

from ckanext.ierwohnen.tables.alike import alike
from ckanext.ierwohnen.tables.jumps import Jump, Step, jumps

MOST_ROWS = 200_000  # rows of a state up to which single values are compared
EXAMPLES = 10
ALIKE = 0.75  # similarity of names from which a column counts as renamed
VALUES = ("indicator", "weight")


@dataclass(frozen=True)
class StateColumn:
    """A column of a state: its name in the table, its name for people, and what it means (see `roles.py`)."""

    name: str
    label: str
    role: str
    period: str | None = None
    indicator: str | None = None
    dimension: str | None = None
    code: str | None = None
    level: str | None = None
    status_of: str | None = None
    special: tuple[str, ...] = ()


@dataclass(frozen=True)
class State:
    """A state of a table: `rows` holds a text column for each of `columns`, or None where there are too many."""

    columns: tuple[StateColumn, ...]
    row_count: int
    rows: pa.Table | None

    def of(self, *roles: str) -> list[StateColumn]:
        """The columns that have one of these roles."""
        return [column for column in self.columns if column.role in roles]


@dataclass
class Differences:
    """Counts, and examples up to `EXAMPLES` each. `compared` is False if there were too many rows to compare values."""

    rows: tuple[int, int]
    columns_added: list[str] = field(default_factory=list)
    columns_removed: list[str] = field(default_factory=list)
    columns_renamed: list[tuple[str, str]] = field(default_factory=list)
    columns_changed: list[tuple[str, str, str]] = field(default_factory=list)
    columns_kept: list[str] = field(default_factory=list)
    units_added: list[str] = field(default_factory=list)
    units_added_count: int = 0
    units_removed: list[str] = field(default_factory=list)
    units_removed_count: int = 0
    periods_added: list[str] = field(default_factory=list)
    periods_removed: list[str] = field(default_factory=list)
    compared: bool = True
    values_compared: int = 0
    values_changed: int = 0
    values: list[dict[str, Any]] = field(default_factory=list)
    jumps_count: int = 0
    jumps: list[dict[str, Any]] = field(default_factory=list)
    alike: list[dict[str, Any]] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """The form in which they are stored and given by actions."""
        return asdict(self)

    @property
    def none(self) -> bool:
        """True if nothing differs."""
        return self.rows[0] == self.rows[1] and not any(
            (self.columns_added, self.columns_removed, self.columns_renamed, self.columns_changed, self.values_changed,
             self.units_added, self.units_removed, self.periods_added, self.periods_removed)
        )  # fmt: skip


def as_appended(found: Differences, old: State) -> Differences:
    """What a delivery that is added to `old` changes, from its differences as if it took the place of `old`.

    Nothing goes; columns of periods that the delivery of a wide table does not hold stay as they are.
    """
    wide = {column.label for column in old.columns if column.period}
    before, after = found.rows
    return replace(
        found, rows=(before, before + (found.units_added_count if wide else after)), units_removed=[],
        units_removed_count=0, periods_removed=[],
        columns_kept=[label for label in found.columns_removed if label in wide],
        columns_removed=[label for label in found.columns_removed if label not in wide],
    )  # fmt: skip


def compare(old: State, new: State) -> Differences:
    """The differences from `old` to `new`."""
    found = Differences((old.row_count, new.row_count))
    renamed = _columns(found, old, new)
    if old.rows is None or new.rows is None:
        found.compared = False
        return found
    places = [_place(state, "key" if old.of("key") and new.of("key") else "name") for state in (old, new)]
    before, after = _tidy(old, renamed, places[0]), _tidy(new, {}, places[1])
    if all(places):
        _units(found, old, new, places)
    elif any(places):
        found.compared = False  # what names a unit in one state is not known in the other
        return found
    _periods(found, before, after)
    _values(found, before, after, _names([old, new]))
    return found


def _columns(found: Differences, old: State, new: State) -> dict[str, str]:
    """Note added, removed and renamed columns; returns new names by old ones."""
    plain = [[column for column in state.columns if column.role != "status"] for state in (old, new)]
    names = [{column.name for column in columns} for columns in plain]
    gone = [column for column in plain[0] if column.name not in names[1]]
    come = [column for column in plain[1] if column.name not in names[0]]
    renamed: dict[str, str] = {}
    for column in gone:
        choices = [other for other in come if other.name not in renamed.values()]
        best = max(choices, key=lambda other: _likeness(column, other), default=None)
        if best is not None and _likeness(column, best) >= ALIKE:
            renamed[column.name] = best.name
            found.columns_renamed.append((column.label, best.label))
    found.columns_removed = [column.label for column in gone if column.name not in renamed]
    found.columns_added = [column.label for column in come if column.name not in renamed.values()]
    kept = {column.name: column for column in plain[1]}
    for column in plain[0]:
        other = kept.get(renamed.get(column.name, column.name))
        if other is not None and other.role != column.role:
            found.columns_changed.append((other.label, column.role, other.role))
    return renamed


def _likeness(old: StateColumn, new: StateColumn) -> float:
    """0 to 1: how sure it is that two columns of different names are the same one."""
    if old.role != new.role or old.period != new.period or old.code != new.code:
        return 0.0
    if old.role in ("key", "period") and old.level == new.level:
        return 1.0
    meaning = [(one.indicator, one.dimension) for one in (old, new)]
    if any(meaning[0]) and meaning[0] == meaning[1]:
        return 1.0
    if any(meaning[0]) and any(meaning[1]):
        return 0.0
    words = [re.sub(r"[\W\d_]+", "", one.label.casefold()) for one in (old, new)]
    return SequenceMatcher(None, *words).ratio()


def _place(state: State, role: str) -> StateColumn | None:
    """The column that names the unit of a row."""
    return next(iter(state.of(role)), None)


def _tidy(state: State, renamed: dict[str, str], key: StateColumn | None) -> pd.DataFrame:
    """One row for each value: measure, unit, period, dimensions (as one text), value, status."""
    assert state.rows is not None
    when = next(iter(state.of("period")), None)
    signs = {column.status_of: column.name for column in state.of("status") if column.status_of}
    none = pd.Series([""] * state.rows.num_rows, dtype=object)

    def texts(column: StateColumn | None) -> pd.Series:
        return none if column is None else state.rows.column(column.name).to_pandas().fillna("").astype(object)

    unit, period = texts(key), texts(when)
    dimensions = none
    for column in state.of("dimension"):
        dimensions = dimensions + "\x1f" + texts(column)
    frames = []
    for column in state.of(*VALUES):
        frame = pd.DataFrame({"unit": unit, "dimensions": dimensions})
        frame["period"] = column.period or period
        frame["measure"] = _measure(column, renamed)
        frame["label"] = column.label
        frame["text"] = texts(column)
        frame["status"] = state.rows.column(signs[column.name]).to_pandas().fillna("") if column.name in signs else ""
        frames.append(frame)
    names = ["measure", "unit", "period", "dimensions", "label", "text", "status"]
    return pd.concat(frames, ignore_index=True)[names] if frames else pd.DataFrame(columns=names)


def _measure(column: StateColumn, renamed: dict[str, str]) -> str:
    """What a value column measures, the same in both states; columns of a wide table share it."""
    name = column.indicator or ("" if column.period else renamed.get(column.name, column.name))
    return f"{name}\x1f{column.dimension or ''}\x1f{column.code or ''}"


def _names(states: Iterable[State]) -> dict[str, str]:
    """Names of units by key, where the table has a column of names."""
    names: dict[str, str] = {}
    for state in states:
        key, name = next(iter(state.of("key")), None), next(iter(state.of("name")), None)
        if key is not None and name is not None and state.rows is not None:
            pairs = zip(state.rows.column(key.name).to_pylist(), state.rows.column(name.name).to_pylist(), strict=True)
            names |= {str(unit): f"{title} ({unit})" for unit, title in pairs if unit and title}
    return names


def _units(found: Differences, old: State, new: State, places: Sequence[StateColumn | None]) -> None:
    sets = []
    for state, column in zip((old, new), places, strict=True):
        assert state.rows is not None and column is not None
        values = state.rows.column(column.name).unique().to_pylist()
        sets.append({value for value in values if value and value not in column.special})
    names = _names([old, new])
    gone, come = sorted(sets[0] - sets[1]), sorted(sets[1] - sets[0])
    found.units_removed, found.units_removed_count = [names.get(key, key) for key in gone[:EXAMPLES]], len(gone)
    found.units_added, found.units_added_count = [names.get(key, key) for key in come[:EXAMPLES]], len(come)


def _periods(found: Differences, before: pd.DataFrame, after: pd.DataFrame) -> None:
    sets = [set(frame["period"].unique()) - {""} for frame in (before, after)]
    found.periods_added, found.periods_removed = sorted(sets[1] - sets[0]), sorted(sets[0] - sets[1])


INDEX = ["measure", "unit", "dimensions", "period"]


def _values(found: Differences, before: pd.DataFrame, after: pd.DataFrame, names: dict[str, str]) -> None:
    """Changed values, and those that jump; left out where unit, period and dimension do not name one value."""
    if before.duplicated(INDEX).any() or after.duplicated(INDEX).any():
        found.compared = False
        return
    both = after.merge(before, on=INDEX, how="left", suffixes=("", "_old"), indicator=True)
    met = both[both["_merge"] == "both"]
    number, number_old = (pd.to_numeric(met[name], errors="coerce") for name in ("text", "text_old"))
    same = ((number == number_old) | (number.isna() & number_old.isna())) & (met["status"] == met["status_old"])
    changed = met[~same]
    found.values_compared, found.values_changed = len(met), len(changed)
    found.values = [_value(row, names) for row in changed.head(EXAMPLES).to_dict("records")]
    fresh = pd.concat([changed, both[both["_merge"] == "left_only"]])
    over = jumps(_steps(before, after, fresh))
    found.alike = alike(before, after) if len(fresh) else []
    found.jumps_count, found.jumps = len(over), [_jump(jump, names) for jump in over[:EXAMPLES]]


def _steps(before: pd.DataFrame, after: pd.DataFrame, fresh: pd.DataFrame) -> list[Step]:
    """The step to each new or changed value: from the latest earlier period, or else from its former value."""
    series: dict[tuple[str, ...], dict[str, float]] = {}
    former: dict[tuple[str, ...], float] = {}
    for frame in (before, after):  # what is stated anew counts
        for *place, period, value in _numbers(frame):
            series.setdefault(tuple(place), {})[period] = value
            if frame is before:
                former[*place, period] = value
    labels = dict(zip(fresh["measure"], fresh["label"], strict=True))
    steps = []
    for measure, unit, dimensions, period, value in _numbers(fresh):
        values = series[measure, unit, dimensions]
        earlier = sorted(one for one in values if one < period)
        place = (unit, dimensions, labels[measure])
        if earlier:
            own = tuple(values[one] for one in earlier)
            steps.append(Step(measure, place, own[-1], value, earlier[-1], period, own))
        elif (measure, unit, dimensions, period) in former:
            steps.append(Step(measure, place, former[measure, unit, dimensions, period], value, None, period))
    return steps


def _numbers(frame: pd.DataFrame) -> Iterable[tuple[Any, ...]]:
    values = pd.to_numeric(frame["text"], errors="coerce")
    held = frame[values.notna()]
    columns: Sequence[Any] = [held[name] for name in INDEX]
    return zip(*columns, values[values.notna()].astype(float), strict=True)


def _value(row: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    return {
        "column": row["label"],
        "unit": names.get(row["unit"], row["unit"]),
        "dimensions": _parts(row["dimensions"]),
        "period": row["period"],
        "before": _stated(row["text_old"], row["status_old"]),
        "after": _stated(row["text"], row["status"]),
    }


def _stated(text: str, status: str) -> dict[str, Any]:
    return {"value": float(text) if text else None, "status": status or ("ok" if text else "missing")}


def _jump(jump: Jump, names: dict[str, str]) -> dict[str, Any]:
    step = jump.step
    unit, dimensions, label = step.place
    return {
        "column": label,
        "unit": names.get(unit, unit),
        "dimensions": _parts(dimensions),
        "before_period": step.before_period,
        "period": step.period,
        "before": step.before,
        "after": step.after,
        "against": jump.against,
        "n": jump.n,
        "score": round(jump.score, 1) if jump.score != float("inf") else None,
    }


def _parts(dimensions: str) -> str:
    return ", ".join(part for part in dimensions.split("\x1f") if part)
