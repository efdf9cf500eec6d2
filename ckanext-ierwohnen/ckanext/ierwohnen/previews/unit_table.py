"""The table behind a map: one row per unit, signs kept, with the year before, the change and the course."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from ckanext.ierwohnen.look.csv_cells import csv_bytes, exact_number
from ckanext.ierwohnen.look.figure import Figure
from ckanext.ierwohnen.look.numbers import format_date
from ckanext.ierwohnen.look.signs import Status, label
from ckanext.ierwohnen.previews.periods import before, ordered, year_of
from ckanext.ierwohnen.previews.shape import CITY
from ckanext.ierwohnen.previews.subject import Subject
from ckanext.ierwohnen.previews.words import say

MOST_INDICATORS = 6
PAGE = 100


@dataclass(frozen=True)
class Column:
    """A column; `id` stands in the address when the table is sorted by it, None where it cannot be."""

    label: str
    id: str | None = None
    unit: str | None = None
    numeric: bool = False
    kind: str = "figure"


@dataclass(frozen=True)
class Row:
    """One unit: a cell per column (Figure, text, or the values of a trend line)."""

    key: str
    cells: tuple[object, ...]
    total: bool = False


@dataclass(frozen=True)
class UnitTable:
    """Columns and the rows of one page; `sort` as in the address, pages count from 1."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    sort: str
    page: int
    pages: int
    total: int

    def statuses(self) -> list[str]:
        """The statuses that occur, for the explanation of signs below."""
        return [str(cell.status) for row in self.rows for cell in row.cells if isinstance(cell, Figure)]


@dataclass(frozen=True)
class Names:
    """What rows and heads are called: name by key, title of the level, name of the whole."""

    units: Mapping[str, str]
    level: str
    whole: str


Readings = Mapping[tuple[str, str], tuple[float, str]]


def unit_table(
    now: pd.DataFrame, course: pd.DataFrame, subjects: Sequence[Subject], names: Names, period: str | None,
    *, sort: str | None = None, page: int = 1, locale: str = "de", find: str | None = None, most: int = PAGE,
) -> UnitTable:  # fmt: skip
    """Make the table.

    :param now: readings of all indicators at the date, of one level and the whole (level "city")
    :param course: readings of the first subject over all dates
    :param subjects: the indicator shown first, then the others of the table
    :param find: only units whose name or key holds this; the whole stays
    :param most: rows of a page
    """
    shown = list(subjects[:MOST_INDICATORS])
    periods = ordered(str(one) for one in course["period"].dropna().unique())
    earlier = before(period, periods) if period else None
    columns = _columns(shown, names.level, periods, period, earlier, locale)
    cells = _by_unit(now)
    past = _by_unit(course[course["period"] == earlier]) if earlier else {}
    lines = _lines(course, periods)
    rows = [
        Row(key, _cells(key, name, cells, past, lines, shown, earlier is not None, len(periods) > 1, locale), total)
        for key, name, total in _units(now, names)
    ]
    ordering = sort if sort and sort.lstrip("-") in {column.id for column in columns} else "key"
    wholes, units = [row for row in rows if row.total], [row for row in rows if not row.total]
    wanted = (find or "").strip().casefold()
    units = [row for row in units if wanted in row.key.casefold() or wanted in str(row.cells[1]).casefold()]
    units = _sorted(units, columns, ordering)
    pages = max(1, -(-len(units) // most))
    page = min(page, pages)
    part = units[(page - 1) * most : page * most]
    return UnitTable(tuple(columns), (*wholes, *part), ordering, page, pages, len(units))


def _columns(
    subjects: Sequence[Subject],
    level: str,
    periods: Sequence[str],
    period: str | None,
    earlier: str | None,
    locale: str,
) -> list[Column]:
    main = subjects[0]
    found = [Column(say("key", locale), "key", kind="key"), Column(level, "name", kind="name")]
    found += [Column(one.name, one.code, one.unit, True) for one in subjects]
    if earlier:
        found.append(Column(_earlier_title(period, earlier, locale), "before", main.unit, True))
        points = say("points", locale) if main.unit == "%" else "%"
        found.append(Column(say("change", locale), "change", points, True))
    if len(periods) > 1:
        span = say("trend", locale, first=year_of(periods[0]), last=year_of(periods[-1]))
        found.append(Column(span, kind="trend"))
    return [*found, Column(say("note", locale), kind="note")]


def _earlier_title(period: str | None, earlier: str, locale: str) -> str:
    """`Vorjahr` where it is the year before, else the date."""
    years = year_of(period or ""), year_of(earlier)
    if all(year.isdigit() for year in years) and int(years[0]) - int(years[1]) == 1:
        return say("year_before", locale)
    return format_date(earlier, locale=locale)


def _by_unit(readings: pd.DataFrame) -> dict[tuple[str, str], tuple[float, str]]:
    """(unit key, indicator) → value and status; the whole has the key of its level."""
    columns = zip(
        readings["unit"], readings["level"], readings["indicator"], readings["value"], readings["status"], strict=True
    )
    return {(_row_key(unit, level), code): (value, status) for unit, level, code, value, status in columns}


def _row_key(unit: object, level: object) -> str:
    return f"{CITY}:" if level == CITY else str(unit)


def _units(now: pd.DataFrame, names: Names) -> list[tuple[str, str, bool]]:
    pairs = dict.fromkeys(zip(now["unit"], now["level"], strict=True))
    found = []
    for unit, level in pairs:
        key = _row_key(unit, level)
        found.append((key, names.whole if level == CITY else names.units.get(key, key), level == CITY))
    return found


def _lines(course: pd.DataFrame, periods: Sequence[str]) -> dict[str, list[float | None]]:
    lines: dict[str, dict[str, float]] = {}
    columns = zip(course["unit"], course["level"], course["period"], course["value"], course["status"], strict=True)
    for unit, level, period, value, status in columns:
        if value == value and Status(status or "ok").has_value:
            lines.setdefault(_row_key(unit, level), {})[str(period)] = float(value)
    return {key: [values.get(period) for period in periods] for key, values in lines.items()}


def _cells(
    key: str, name: str, cells: Readings, past: Readings,
    lines: Mapping[str, list[float | None]], subjects: Sequence[Subject], has_past: bool, has_course: bool, locale: str,
) -> tuple[object, ...]:  # fmt: skip
    main = subjects[0]
    figures = [figure_of(cells.get((key, one.code)), one, locale) for one in subjects]
    found: list[object] = ["" if key.startswith(f"{CITY}:") else key, name, *figures]
    if has_past:
        earlier = figure_of(past.get((key, main.code)), main, locale)
        found += [earlier, change_of(figures[0], earlier, main, locale)]
    if has_course:
        found.append(lines.get(key, []))
    statuses = {figure.status for figure in figures if figure.status not in (Status.OK, Status.NOTHING)}
    notes = dict.fromkeys(label(status, locale) for status in sorted(statuses))
    return (*found, ", ".join(text for text in notes if text))


def figure_of(reading: tuple[float, str] | None, subject: Subject, locale: str, *, unit: bool = False) -> Figure:
    """The figure of a reading in the precision of its indicator; without a reading it is `missing`."""
    value, status = reading if reading else (None, Status.MISSING)
    number = None if value is None or value != value else float(value)
    return Figure.of(
        number, status or None, precision=subject.wish.precision, unit=subject.unit if unit else None,
        signed=subject.wish.signed, locale=locale,
    )  # fmt: skip


def change_of(now: Figure, earlier: Figure, subject: Subject, locale: str) -> Figure:
    """Difference in percentage points for shares, else change in per cent; `x` where one of both is no number."""
    if now.value is None or earlier.value is None or (subject.unit != "%" and earlier.value == 0):
        return Figure.of(None, Status.BLOCKED)
    if subject.unit == "%":
        precision = subject.wish.precision if subject.wish.precision is not None else 1
        return Figure.of(now.value - earlier.value, precision=precision, signed=True, locale=locale)
    share = (now.value - earlier.value) / abs(earlier.value) * 100
    return Figure.of(share, precision=1, signed=True, locale=locale)


def _sorted(rows: list[Row], columns: Sequence[Column], sort: str) -> list[Row]:
    """By one column, equal ones by key; cells without a value are last in both directions."""
    down = sort.startswith("-")
    place = next(index for index, column in enumerate(columns) if column.id == sort.lstrip("-"))
    ordered_rows = sorted(rows, key=lambda row: row.key)
    with_value = [row for row in ordered_rows if _comparable(row.cells[place]) is not None]
    without = [row for row in ordered_rows if _comparable(row.cells[place]) is None]
    with_value.sort(key=lambda row: _comparable(row.cells[place]), reverse=down)  # type: ignore[arg-type,return-value]
    return with_value + without


def _comparable(cell: object) -> float | str | None:
    if isinstance(cell, Figure):
        return cell.value
    return str(cell).casefold()


def as_csv(
    readings: pd.DataFrame, subject: Subject, names: Names, locale: str = "de",
    parts: Mapping[str, str] | None = None, origin: Callable[[str, str, str | None], str] | None = None,
) -> bytes:  # fmt: skip
    """The readings of one indicator as a file: a row per unit and date, the sign as a status word of its own.

    UTF-8 with a byte order mark and semicolons, so that spreadsheet programs of German offices open it rightly.

    :param parts: the shown category by name of the dimension, a column each, so that no part passes for the whole
    :param origin: source and licence by unit, level and period; the last column, so that they stay with each row
    """
    head = ("key", "unit", "period", "value", "status")
    shown = {} if parts is None else parts
    heads = [say(code, locale) for code in head[:3]]
    rows: list[list[str]] = []
    columns = zip(
        readings["unit"], readings["level"], readings["period"], readings["value"], readings["status"], strict=True
    )
    for unit, level, period, value, status in columns:
        known = value == value and Status(status or "ok").has_value
        key = "" if unit is None or unit != unit else str(unit)
        name = names.whole if level == CITY else names.units.get(key, key)
        number = exact_number(value, locale) if known else ""
        own = [key, name, period or "", *shown.values()]
        told = origin("" if level == CITY else key, str(level), period) if origin else ""
        rows.append([*own, number, status, told])
    return csv_bytes([*heads, *shown, subject.name, say("status", locale), say("origin", locale)], rows)
