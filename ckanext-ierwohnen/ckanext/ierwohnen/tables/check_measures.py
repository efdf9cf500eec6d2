"""What the columns of figures stand for as wholes: their scale and unit, one column for each figure, and the period."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from pathlib import PurePath
from typing import Any

from ckanext.ierwohnen.look.numbers import format_date, format_number
from ckanext.ierwohnen.tables.cells import clean, parse_cell, shifted, shown
from ckanext.ierwohnen.tables.hints import NO_PERIOD
from ckanext.ierwohnen.tables.measures import OPEN_UNITS, OWN_CALENDAR, conversion, given, period_told
from ckanext.ierwohnen.tables.office_table import OfficeTable
from ckanext.ierwohnen.tables.part_columns import part_of_year
from ckanext.ierwohnen.tables.periods import Period, parse_period, periods_inside, time_apart
from ckanext.ierwohnen.tables.problems import Findings, Problem, Severity
from ckanext.ierwohnen.tables.roles import ColumnRole, IndicatorName
from ckanext.ierwohnen.tables.units import unit_text

MOST_OFFERS = 5
_THOUSANDS = re.compile(r"[(\[]\s*(?:in\s+)?T\.?\s*[)\]]|\bin\s+T(?![\w.€])")
_FORECAST = re.compile(r"prognose|vorausberechn|vorausschätz|szenari|projection|forecast", re.I)
_PACKED = re.compile(r"(?<![0-9])((?:19|20)[0-9]{2})([0-9]{2})([0-9]{2})(?![0-9])")


def check_measures(
    table: OfficeTable, roles: Sequence[ColumnRole], indicators: Sequence[IndicatorName], findings: Findings
) -> None:
    """Report scales that were carried out, units that are open, columns that would be one figure, a missing period."""
    known = {indicator.code: indicator for indicator in indicators}
    for role in roles:
        if role.role == "indicator" and role.column in table.names:
            _scale(table, role, known.get(role.indicator or ""), findings)
    _one_figure(roles, findings)
    _one_time(roles, findings)
    _parts_of_year(roles, findings)
    _title_of_other_year(table, roles, findings)
    _period(table, roles, findings)


def _scale(table: OfficeTable, role: ColumnRole, indicator: IndicatorName | None, findings: Findings) -> None:
    column = table.columns[table.names.index(role.column)]
    said = given(table, column)
    wanted = unit_text(indicator.unit) if indicator else None
    possible = OPEN_UNITS.get(indicator.unit or "", {}) if indicator else {}
    if possible and said.unit not in possible and said.source != "stated":
        offers = tuple(_factor(role.column, power, unit) for unit, power in possible.items())
        findings.add(Problem("unit_open", Severity.ERROR, column=role.column, params={"unit": wanted}, repair=offers))
    elif indicator and conversion(said.unit, wanted) is None and said.source != "stated":
        params = {"unit": said.unit, "wanted": wanted, "indicator": indicator.names[0] if indicator.names else ""}
        offers = ({"action": "role", "column": role.column, "role": "indicator", "indicator": ""},)
        findings.add(Problem("unit_conflict", Severity.ERROR, column=role.column, params=params, repair=offers))
    elif said.source is None and any(_THOUSANDS.search(part) for part in column.parts or (column.name,)):
        offers = (_factor(role.column, 3), _factor(role.column, 0))
        findings.add(Problem("thousands_open", Severity.ERROR, column=role.column, repair=offers))
    elif role.power:
        severity = Severity.WARNING if said.source == "lines" else Severity.HINT
        as_is = (_factor(role.column, 0),)
        params = {"given": _given(said.text, said.unit), "unit": role.unit or _ONES, **_example(table, role)}
        findings.add(Problem("values_scaled", severity, column=role.column, params=params, repair=as_is))


_ONES = {"de": "ganze Einheiten", "en": "whole units"}


def _given(text: str, unit: str | None) -> Any:
    return text or unit or {"de": "angegeben", "en": "stated"}


def _factor(column: str, power: int, unit: str | None = None) -> dict[str, Any]:
    offer = {"action": "scale", "column": column, "value": format(10.0**power, ".6f").rstrip("0").rstrip(".")}
    return {**offer, "unit": unit} if unit else offer


def _example(table: OfficeTable, role: ColumnRole) -> dict[str, str]:
    """A cell of the column, and what is published for it."""
    for cell in table.sample_of(role.column):
        read = parse_cell(cell, table.styles[role.column]) if clean(cell) else None
        if read and read.number and float(read.number):
            return {"from": clean(shown(cell)), "to": format_number(float(shifted(read.number, role.power)))}
    return {"from": "1", "to": format_number(10.0**role.power)}


def _one_figure(roles: Sequence[ColumnRole], findings: Findings) -> None:
    groups: dict[tuple[str | None, ...], list[str]] = {}
    for role in roles:
        if role.role == "indicator" and role.indicator:
            groups.setdefault((role.indicator, role.period, role.dimension, role.code), []).append(role.column)
        if role.role == "indicator" and role.reason == "role_same_figure":
            findings.add(Problem("figure_open", Severity.WARNING, column=role.column))
        if role.role == "indicator" and role.reason == "role_title_other":
            params = {name: role.reason_params[name] for name in ("title", "indicator")}
            findings.add(Problem("figure_by_title", Severity.WARNING, column=role.column, params=params))
        if role.role == "indicator" and role.reason == "role_title_more":
            findings.add(_more_in_title(role))
    for columns in groups.values():
        if len(columns) > 1:
            offers = tuple(
                {"action": "role", "column": column, "role": "indicator", "indicator": ""} for column in columns[1:4]
            )
            params = {"columns": columns[:5]}
            findings.add(Problem("same_figure", Severity.ERROR, column=columns[1], params=params, repair=offers))


def _one_time(roles: Sequence[ColumnRole], findings: Findings) -> None:
    """Columns that only a time tells apart ("Arbeitslose 1/2024", "2/2024") cannot be of the same period."""
    groups: dict[tuple[str | None, ...], list[str]] = {}
    for role in roles:
        if role.role == "indicator" and role.period:
            about, timed = time_apart(role.column)
            if timed:
                groups.setdefault((role.period, about, role.dimension, role.code), []).append(role.column)
    for (period, *_), columns in groups.items():
        if len(columns) > 1 and period:
            dated = {language: format_date(period, locale=language) for language in ("de", "en")}
            params = {"columns": columns[:5], "period": dated}
            findings.add(Problem("same_time", Severity.ERROR, column=columns[1], params=params))


def _more_in_title(role: ColumnRole) -> Problem:
    """Title or heading say more than the indicator's name: the reader decides whether it is meant all the same."""
    params = {name: role.reason_params[name] for name in ("words", "indicator")}
    offer = {"action": "role", "column": role.column, "role": "indicator"}
    offers = ({**offer, "indicator": role.reason_params["code"]}, {**offer, "indicator": ""})
    return Problem("figure_words", Severity.WARNING, column=role.column, params=params, repair=offers)


def _title_of_other_year(table: OfficeTable, roles: Sequence[ColumnRole], findings: Findings) -> None:
    """The title says one year, and none of the figures is of it: one of the two was left from last year."""
    told = period_told(table) if table.title and not table.hints.period else None
    if told is None or any(_FORECAST.search(line.text) for line in table.title):
        return
    years = {role.period[:4] for role in roles if role.role == "indicator" and role.period}
    for role in roles:
        if role.role == "period" and role.column in table.names:
            years |= {p.text[:4] for cell in set(table.sample_of(role.column)) if (p := parse_period(cell))}
    if years and told[:4] not in years:
        title = next(line for line in table.title if told[:4] in line.text)
        params = {"title": title.text[:80], "years": sorted(years)[:5] + ["…"] * (len(years) > 5)}
        findings.add(Problem("title_other_year", Severity.WARNING, title.row, params=params))


def _parts_of_year(roles: Sequence[ColumnRole], findings: Findings) -> None:
    """Months that count as classes: their figures are none of the year."""
    for role in roles:
        if role.role == "dimension" and part_of_year(role.column):
            findings.add(Problem("part_of_year_open", Severity.WARNING, column=role.column))


def _period(table: OfficeTable, roles: Sequence[ColumnRole], findings: Findings) -> None:
    """A table has to say of when its figures are; what only title or sheet say is told."""
    values = [role for role in roles if role.role == "indicator"]
    bare = [role for role in values if not role.period]
    if not values or any(role.role in OWN_CALENDAR for role in roles):
        return
    stated, told = table.hints.period, period_told(table)
    if stated:
        if stated == NO_PERIOD:
            findings.add(Problem("period_none", Severity.HINT))
        return
    if told and not bare and all(role.period == told for role in values):
        others = [{"action": "period", "value": one} for one in proposed_periods(table) if one != told]
        findings.add(
            Problem(
                "period_taken",
                Severity.HINT,
                params={"period": {language: format_date(told, locale=language) for language in ("de", "en")}},
                repair=tuple(others[:3]),
            )
        )
    if not bare:
        return
    proposals = proposed_periods(table)
    offers = [{"action": "period", "value": period} for period in proposals[:MOST_OFFERS]]
    if not offers:
        year = dt.date.today().year
        offers = [{"action": "period", "value": str(y)} for y in (year - 1, year)]
    offers.append({"action": "period", "value": NO_PERIOD})
    code = "period_partly" if len(bare) < len(values) else "period_open"
    params = {"columns": [role.column for role in bare[:5]] + ["…"] * (len(bare) > 5)}
    findings.add(Problem(code, Severity.WARNING, params=params, repair=tuple(offers)))


def proposed_periods(table: OfficeTable) -> list[str]:
    """Periods of which the figures may be, by title, notes, sheet, names of columns and file; the most exact first."""
    lines: Iterable[str] = (
        *(line.text for line in table.title), *(line.text for line in table.foot), table.sheet or "",
        *table.names, re.sub(r"[_-]", " ", PurePath(table.filename).stem), PurePath(table.filename).stem,
    )  # fmt: skip
    found: dict[str, Period] = {}
    for line in lines:
        packed = [f"{y}-{m}-{d}" for y, m, d in _PACKED.findall(line)]
        for period in (*periods_inside(line), *filter(None, map(parse_period, packed))):
            found.setdefault(period.text, period)
    days = {text[:4] for text, period in found.items() if period.kind == "day"}
    kept = [p for text, p in found.items() if not (p.kind == "year" and text in days)]
    return [period.text for period in sorted(kept, key=lambda p: p.kind == "year")]
