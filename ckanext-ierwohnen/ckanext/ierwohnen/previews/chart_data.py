"""What the charts of a sight are drawn from: bars, lines, changes, spots, parts of wholes, age groups.

A value counts only if its sign lets it be shown (`figure_of`): what is protected reaches no chart.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from ckanext.ierwohnen.look.figure import Figure
from ckanext.ierwohnen.previews.change_plot import Change
from ckanext.ierwohnen.previews.chart_kinds import AGES, SEXES, ChartKind, ages, sexes
from ckanext.ierwohnen.previews.composition import Whole
from ckanext.ierwohnen.previews.course import Line, Part
from ckanext.ierwohnen.previews.parts import category_label
from ckanext.ierwohnen.previews.periods import before
from ckanext.ierwohnen.previews.pyramid import AgeGroup
from ckanext.ierwohnen.previews.ranking import Bar
from ckanext.ierwohnen.previews.scatter import Spot
from ckanext.ierwohnen.previews.shape import CITY, is_total, of_categories
from ckanext.ierwohnen.previews.sight import Sight
from ckanext.ierwohnen.previews.subject import Subject
from ckanext.ierwohnen.previews.unit_table import change_of, figure_of
from ckanext.ierwohnen.previews.words import say

MOST_LINES = 4


def bars(sight: Sight) -> tuple[list[Bar], Bar | None]:
    """A bar for each unit at the shown date, and the whole's where it compares: a rate, not the sum of all units."""
    assert sight.subject is not None
    found, city = [], None
    rows = zip(sight.now["unit"], sight.now["level"], sight.now["value"], sight.now["status"], strict=True)
    for unit, level, value, status in rows:
        figure = figure_of((value, status), sight.subject, sight.locale, unit=True)
        if level == CITY:
            city = None if not sight.subject.relative else Bar(CITY, sight.names.whole, figure)
        else:
            found.append(Bar(str(unit), name_of(sight, unit), figure))
    return found, city


def lines(sight: Sight) -> list[Line]:
    """The course of each unit of `line_units`, and of the city."""
    units = sight.here[sight.here["level"] != CITY]
    found = [
        _line(units[units["unit"] == unit], name_of(sight, unit), Part.OTHER if number else Part.SUBJECT)
        for number, unit in enumerate(line_units(sight))
    ]
    city = city_line(sight, Part.CITY if found else Part.SUBJECT)
    return found + ([city] if city else [])


def line_units(sight: Sight) -> list[str]:
    """Keys of the units that the course draws: the chosen one and those asked for beside it.

    Where none is asked for beside it, the units with the highest and the lowest value; without a choice the highest one
    leads. Few units are all drawn.
    """
    assert sight.choice is not None
    units = sight.here[sight.here["level"] != CITY]
    there = set(units["unit"])
    beside = [key for key in sight.ask.also if key in there]
    if beside:
        return list(dict.fromkeys([*([sight.choice.unit] if sight.choice.unit else []), *beside]))[: MOST_LINES - 1]
    now = units[units["period"] == sight.choice.period].dropna(subset=["value"]).sort_values("value", ascending=False)
    ranked = [str(unit) for unit in now["unit"]]
    wanted = [sight.choice.unit] if sight.choice.unit else []
    wanted += ranked if len(ranked) < MOST_LINES else [ranked[0], ranked[-1], ranked[1]]
    return list(dict.fromkeys(wanted))[: MOST_LINES - 1]


def rows_drawn(sight: Sight, kind: ChartKind) -> pd.DataFrame:
    """The readings that a chart shows, for its source."""
    here = sight.here
    if kind is ChartKind.COURSE:
        return here[here["unit"].isin(line_units(sight)) | (here["level"] == CITY)]
    if kind is ChartKind.MULTIPLES:
        return here
    if kind is ChartKind.CHANGE:
        return here[here["period"].isin([earlier_period(sight), sight.choice.period if sight.choice else None])]
    return sight.all_now if kind is ChartKind.SCATTER else sight.now


def all_lines(sight: Sight) -> list[Line]:
    """The course of each unit, by name."""
    units = sight.here[sight.here["level"] != CITY]
    made = [_line(rows, name_of(sight, unit), Part.OTHER) for unit, rows in units.groupby("unit", sort=False)]
    return sorted(made, key=lambda line: line.name)


def city_line(sight: Sight, part: Part = Part.CITY) -> Line | None:
    """The course of the whole; None where the table has none."""
    city = sight.here[sight.here["level"] == CITY]
    return _line(city, sight.names.whole, part) if len(city) else None


def earlier_period(sight: Sight) -> str | None:
    """The date with which changes compare: the asked one, else five years before, else the first of the table."""
    assert sight.choice is not None
    periods, now = sight.choice.periods, sight.choice.period
    if now is None or now not in periods:
        return None
    past = periods[: periods.index(now)]
    if sight.ask.compare in past:
        return sight.ask.compare
    five_years = f"{int(now[:4]) - 5}{now[4:]}" if now[:4].isdigit() else ""
    return five_years if five_years in past else (past[0] if past else before(now, periods))


def changes(sight: Sight) -> list[Change]:
    """Each unit that has a value at both dates."""
    subject, then_period = sight.subject, earlier_period(sight)
    assert subject is not None
    then, now = (_by_unit(rows) for rows in (sight.here[sight.here["period"] == then_period], sight.now))
    unit = say("points", sight.locale) if subject.unit == "%" else "%"
    found = []
    for key in now:
        pair = [figure_of(side.get(key), subject, sight.locale) for side in (then, now)]
        if pair[0].value is not None and pair[1].value is not None:
            text = f"{change_of(pair[1], pair[0], subject, sight.locale).text} {unit}"
            found.append(Change(key, name_of(sight, key), pair[0].value, pair[1].value, text))
    return found


def spots(sight: Sight, other: Subject) -> list[Spot]:
    """Each unit that has a value of both indicators at the shown date."""
    assert sight.subject is not None
    units = sight.all_now[sight.all_now["level"] != CITY]
    sides = [(one, _by_unit(units[units["indicator"] == one.code])) for one in (sight.subject, other)]
    found = []
    for key in sides[0][1]:
        x, y = (figure_of(values.get(key), one, sight.locale, unit=True) for one, values in sides)
        if x.value is not None and y.value is not None:
            found.append(Spot(key, name_of(sight, key), x.value, y.value, x.text, y.text))
    return found


def wholes(sight: Sight, dimension: str) -> tuple[list[Whole], list[str]]:
    """Each unit with its parts by category of the dimension, and the categories in the order of the table."""
    assert sight.choice is not None and sight.subject is not None
    rows = _with_all_of(sight, dimension)
    rows = rows[rows["level"] == sight.choice.level]
    parts = [text for text in sight.choice.categories[dimension] if not is_total(text)]
    labels = [category_label(sight, dimension, text) for text in parts]
    found = []
    for unit, own in rows.groupby("unit", sort=False):
        by_part = _by_unit(own, dimension)
        values = {
            label: figure_of(by_part.get(part), sight.subject, sight.locale).value
            for part, label in zip(parts, labels, strict=True)
        }
        found.append(Whole(str(unit), name_of(sight, unit), values))
    return found, labels


def has_pyramid(sight: Sight) -> bool:
    """Whether the table holds the population by age group and sex."""
    assert sight.choice is not None
    categories = sight.choice.categories
    if sight.subject is None or sight.subject.relative or not {AGES, SEXES} <= set(categories):
        return False
    return ages(categories[AGES]) is not None and sexes(categories[SEXES]) is not None


def age_groups(sight: Sight) -> tuple[list[AgeGroup], tuple[str, str], str]:
    """The age groups of the chosen unit, else of the whole, with the names of both sides and of the unit.

    Without a row for the whole the units are added up; a sum with a part that is not published is none.
    """
    assert sight.choice is not None and sight.subject is not None
    categories = sight.choice.categories
    names, sides = ages(categories[AGES]), sexes(categories[SEXES])
    assert names is not None and sides is not None
    rows = _with_all_of(sight, AGES, SEXES)
    if sight.choice.unit:
        own, whose = rows[rows["unit"] == sight.choice.unit], name_of(sight, sight.choice.unit)
    else:
        city, whose = rows[rows["level"] == CITY], sight.names.whole
        own = city if len(city) else rows[rows["level"] == sight.choice.level]
    groups = []
    for name in names:
        cells = [own[(own[AGES].astype(str) == name) & (own[SEXES].astype(str) == side)] for side in sides]
        label = category_label(sight, AGES, name)
        groups.append(AgeGroup(label, *(_sum(cell, sight.subject, sight.locale) for cell in cells)))
    left, right = (category_label(sight, SEXES, side) for side in sides)
    return groups, (left, right), whose


def units_drawn(sight: Sight, kind: ChartKind) -> tuple[set[str] | None, tuple[str, ...]]:
    """The keys of the units that the chart draws, and the dates at which it needs their values.

    None of a kind that chooses its units (course) or draws each with its sign (ranking), or no units (pyramid).
    """
    assert sight.choice is not None
    date = (sight.choice.period or "",)
    if kind is ChartKind.CHANGE:
        return {one.key for one in changes(sight)}, (earlier_period(sight) or "", *date)
    if kind is ChartKind.COMPOSITION:
        return {one.key for one in wholes(sight, sight.splits[0])[0] if one.complete}, date
    if kind is ChartKind.SCATTER and (other := sight.second) is not None:
        return {one.key for one in spots(sight, other)}, date
    if kind is ChartKind.MULTIPLES:
        units = sight.here[sight.here["level"] != CITY]
        drawn = {str(unit) for unit, rows in units.groupby("unit", sort=False)
                 if len(_line(rows, "", Part.OTHER).known()) > 1}  # fmt: skip
        return drawn, ()
    return None, ()


def name_of(sight: Sight, unit: object) -> str:
    """What a unit is called, else its key."""
    return sight.names.units.get(str(unit), str(unit))


def _with_all_of(sight: Sight, *dimensions: str) -> pd.DataFrame:
    """Readings at the shown date: all categories of these dimensions, the chosen one of each other."""
    assert sight.choice is not None
    chosen = {name: text for name, text in sight.choice.dimensions.items() if name not in dimensions}
    return of_categories(sight.all_categories_now, chosen)


def _by_unit(rows: pd.DataFrame, column: str = "unit") -> Mapping[str, tuple[float, str]]:
    units = rows[rows["level"] != CITY]
    return {
        str(key): (value, status)
        for key, value, status in zip(units[column], units["value"], units["status"], strict=True)
    }


def _sum(cell: pd.DataFrame, subject: Subject, locale: str) -> float | None:
    values = [
        figure_of((value, status), subject, locale).value
        for value, status in zip(cell["value"], cell["status"], strict=True)
    ]
    return sum(value for value in values if value is not None) if values and None not in values else None


def _line(rows: pd.DataFrame, name: str, part: Part) -> Line:
    points = {
        str(period): Figure.of(None if value != value else float(value), status or None).value
        for period, value, status in zip(rows["period"], rows["value"], rows["status"], strict=True)
    }
    return Line(name, part, tuple(points.items()))
