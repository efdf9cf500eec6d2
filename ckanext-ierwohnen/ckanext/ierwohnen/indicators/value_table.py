"""The table of an indicator's values by unit: rank, change against the year before, course; sorted, narrowed, in pages.

No CKAN in here; rows are what the action `ierwohnen_indicator_values` gives.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ckanext.ierwohnen.indicators.definition import Indicator
from ckanext.ierwohnen.indicators.profile import in_difference
from ckanext.ierwohnen.look.figure import Figure

PAGE = 100
SORTS = ("key", "name", "value", "change")


@dataclass(frozen=True)
class Row:
    """One unit: its figure and rank at the date, the change against the year before, and its numbers by year."""

    unit: str
    name: str
    figure: Figure
    rank: int | None
    change: Figure | None
    course: tuple[float | None, ...]


@dataclass(frozen=True)
class ValueTable:
    """The rows of one page; ``total`` rows after narrowing; ``sort`` as in the address."""

    rows: tuple[Row, ...]
    total: int
    page: int
    pages: int
    sort: str
    percent: bool
    ranked: int
    """How many units of the date have a value, and so a rank."""


def value_table(
    results: Sequence[Mapping[str, Any]], indicator: Indicator, period: str, *,
    sort: str | None = None, words: str = "", page: int = 1, locale: str = "de",
) -> ValueTable:  # fmt: skip
    """Make the table of one date.

    :param sort: a word of ``SORTS``, with ``-`` before it for the other direction; by key if it is none of them
    :param words: only units whose name or key holds this
    :param page: counts from 1; the last one if there are fewer
    """
    by_unit: dict[str, dict[str, Mapping[str, Any]]] = {}
    for row in results:
        if row["period"]:
            by_unit.setdefault(row["unit"], {})[row["period"]] = row
    shown = {unit: rows[period] for unit, rows in by_unit.items() if period in rows}
    years = sorted({one[:4] for rows in by_unit.values() for one in rows})
    ranks = _ranks({unit: row["figure"]["value"] for unit, row in shown.items()})
    percent = not in_difference(indicator)
    made = [
        Row(
            unit, row["name"], Figure(row["figure"]["value"], row["figure"]["status"], row["figure"]["text"]),
            ranks.get(unit), _change(by_unit[unit], period, indicator, percent, locale),
            _course(by_unit[unit], years),
        )
        for unit, row in shown.items()
    ]  # fmt: skip
    asked = words.strip().casefold()
    kept = [row for row in made if asked in row.name.casefold() or asked in row.unit.casefold()]
    ordering = sort if sort and sort.lstrip("-") in SORTS else "key"
    ordered = _sorted(kept, ordering)
    pages = max(1, -(-len(ordered) // PAGE))
    page = min(max(page, 1), pages)
    part = ordered[(page - 1) * PAGE : page * PAGE]
    return ValueTable(tuple(part), len(ordered), page, pages, ordering, percent, len(ranks))


def _ranks(values: Mapping[str, float | None]) -> dict[str, int]:
    """1 for the highest; equal values share the better rank."""
    known = sorted((value for value in values.values() if value is not None), reverse=True)
    first: dict[float, int] = {}
    for number, value in enumerate(known, 1):
        first.setdefault(value, number)
    return {unit: first[value] for unit, value in values.items() if value is not None}


def _change(
    rows: Mapping[str, Mapping[str, Any]], period: str, indicator: Indicator, percent: bool, locale: str
) -> Figure | None:
    year = period[:4]
    earlier = [one for one in rows if year.isdigit() and one[:4] == str(int(year) - 1)]
    now, then = (rows[one]["figure"]["value"] if one else None for one in (period, max(earlier, default="")))
    if now is None or then is None or (percent and then <= 0):
        return None
    value = 100 * (now - then) / then if percent else now - then
    return Figure.of(value, precision=1 if percent else indicator.precision, signed=True, locale=locale)


def _course(rows: Mapping[str, Mapping[str, Any]], years: Sequence[str]) -> tuple[float | None, ...]:
    last = {one[:4]: rows[one]["figure"]["value"] for one in sorted(rows)}
    return tuple(last.get(year) for year in years)


def _sorted(rows: Sequence[Row], sort: str) -> list[Row]:
    """By one column, equal ones by key; what has no number is last in both directions."""
    down, by = sort.startswith("-"), sort.lstrip("-")
    ordered = sorted(rows, key=lambda row: row.unit)
    if by in ("key", "name"):
        return sorted(ordered, key=lambda row: (row.name if by == "name" else row.unit).casefold(), reverse=down)

    def number(row: Row) -> float | None:
        figure = row.figure if by == "value" else row.change
        return figure.value if figure else None

    known = sorted((row for row in ordered if number(row) is not None), key=lambda row: number(row) or 0, reverse=down)
    return [*known, *(row for row in ordered if number(row) is None)]
