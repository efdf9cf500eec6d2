"""The way to a value in plain words, for pages and for `ierwohnen_indicator_values` with `explain`."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.ierwohnen.indicators.active import active_catalogue
from ckanext.ierwohnen.indicators.definition import Indicator
from ckanext.ierwohnen.indicators.formula_text import CHANGE, written
from ckanext.ierwohnen.indicators.lookup import Found
from ckanext.ierwohnen.indicators.trace import Cell, Step
from ckanext.ierwohnen.indicators.wording import statistic
from ckanext.ierwohnen.look.figure import Figure
from ckanext.ierwohnen.look.numbers import format_date
from ckanext.ierwohnen.look.template_functions import locale
from ckanext.ierwohnen.tables.category_names import category_name, dimension_name


def way_as_dict(step: Step, found: Found) -> dict[str, Any]:
    """A step with its words, its parts and its cells as plain values."""
    indicator = _indicator(step)
    return {
        "code": step.code,
        "name": indicator.name_in(locale()[:2]),
        "level": step.level,
        "unit": step.unit,
        "unit_name": _unit_name(step, found),
        "period": step.period,
        "figure": _figure(step, indicator).as_dict(),
        "how": step.how,
        "formula": step.formula,
        "share": step.share,
        "turned": step.turned,
        "text": _text(step, indicator, found),
        "cells": [_cell(cell, step, found) for cell in step.cells],
        "others": [_cell(cell, step, found) for cell in step.others],
        "parts": [way_as_dict(part, found) for part in step.parts],
        "left_out": step.left_out,
    }


def formula_in_names(indicator: Indicator) -> str:
    """The formula of a definition with the names of its parts."""
    if indicator.composite:
        shares = indicator.composite.as_dict()["parts"]
        sign = {True: "− ", False: "+ "}
        parts = [f"{sign[p['turned']]}{p['share']:.0%} {_name(p['code'])}".replace("%", " %") for p in shares]
        return f"{statistic(indicator.composite.standardize)}: {' '.join(parts)}".replace(": + ", ": ")
    text = indicator.formula or ""
    if indicator.numerator and indicator.denominator:
        text = f"({indicator.numerator}) / ({indicator.denominator})"
    text = written(text, {code: _name(code) for code in indicator.parts}, _change)
    return text + _times(indicator.scale if indicator.numerator else 1.0)


def _text(step: Step, indicator: Indicator, found: Found) -> str:
    figure = _figure(step, indicator).text
    name = indicator.name_in(locale()[:2])
    if step.how == "read":
        return _read(step, name, figure, found)
    if step.how in ("added_up", "at_least") and not step.formula and indicator.space != "weighted_mean":
        return _sum(step, name, figure, found)
    if step.how == "standardized":
        weight = Figure.of(100 * (step.share or 0), precision=0, locale=locale()).text
        turned = ", " + tk._("counts the other way round") if step.turned else ""
        return tk._("{name}: {statistic} {figure}, weight {weight} %{turned}").format(
            name=name, statistic=statistic(step.formula or ""), figure=figure, weight=weight, turned=turned
        )
    if indicator.composite:
        return tk._("{name} = weighted mean of {number} of {all} standardized parts = {figure}").format(
            name=name, number=len(step.parts), all=len(indicator.parts), figure=figure
        )
    if step.formula:
        return f"{name} = {formula_in_names(indicator)}{_in_numbers(step, indicator)} = {figure}"
    return tk._("{name} = mean of {number} smaller areas, weighted by {weight} = {figure}").format(
        name=name, number=len({p.unit for p in step.parts}), weight=_name(indicator.weighted_by or ""), figure=figure
    )


def _read(step: Step, name: str, figure: str, found: Found) -> str:
    cells = [_cell(cell, step, found) for cell in step.cells]
    if not cells:
        return f"{name} = {figure}"
    tables = {cell["title"] for cell in cells}
    if len(cells) > 1:
        template = tk._("{name} = sum of {number} cells of the table “{table}” = {figure}")
        return template.format(name=name, number=len(cells), table=", ".join(sorted(tables)), figure=figure)
    cell = cells[0]
    template = tk._("{name} = {figure}, from the table “{table}”, row “{row}”, column “{column}”")
    return template.format(name=name, figure=figure, table=cell["title"], row=cell["place"], column=cell["label"])


def _sum(step: Step, name: str, figure: str, found: Found) -> str:
    number = len(step.parts) + step.left_out
    if step.how == "at_least":
        without = sum(part.value is None for part in step.parts)
        template = tk._("{name} = sum of {number} smaller areas, of which {without} have no number = at least {figure}")
        return template.format(name=name, number=number, without=without, figure=figure)
    return tk._("{name} = sum of {number} smaller areas = {figure}").format(name=name, number=number, figure=figure)


def _in_numbers(step: Step, indicator: Indicator) -> str:
    """The formula with numbers, where each code has one, or a sum of those of smaller areas."""
    numbers: dict[str, str] = {}
    match = CHANGE.fullmatch((step.formula or "").strip())
    for code in indicator.parts:
        parts = [part for part in step.parts if part.code == code]
        if match:
            latest = max((part.period or "" for part in parts), default="")
            now = [p for p in parts if p.period == latest]
            before = [p for p in parts if p.period != latest]
            if len(now) != len(before) or not now:
                return ""
            new, old = _added(now), _added(before)
            return f" = ({new} − {old}) ÷ {old} × 100" if new and old else ""
        text = _added(parts)
        if not text or step.left_out:
            return ""
        numbers[code] = text
    return " = " + written(step.formula or "", numbers) + _times(step.factor)


def _added(parts: list[Step]) -> str:
    if not parts or any(part.value is None for part in parts):
        return ""
    if len(parts) == 1:
        return _figure(parts[0], _indicator(parts[0])).text
    indicator = _indicator(parts[0])
    total = sum(part.value or 0.0 for part in parts)
    return Figure.of(total, precision=indicator.precision, locale=locale()).text


def _times(factor: float) -> str:
    return f" × {Figure.of(factor, precision=0, locale=locale()).text}" if factor != 1 else ""


def _change(code: str, years: int) -> str:
    one = "change of {code} against the year before, in percent"
    more = "change of {code} against {years} years before, in percent"
    return str(tk.ungettext(one, more, years)).format(code=code, years=years)


def _figure(step: Step, indicator: Indicator) -> Figure:
    change = indicator.kind["of"] == "change" or step.how == "standardized"
    precision = 2 if step.how == "standardized" else indicator.precision
    return Figure.of(step.value, step.status, precision=precision, signed=change, locale=locale())


def _cell(cell: Cell, step: Step, found: Found) -> dict[str, Any]:
    source = next((s for s in found.sources if s.resource_id == cell.resource_id), None)
    return {
        "resource_id": cell.resource_id,
        "package": source.package_name if source else None,
        "address": source.address if source else "",
        "title": (source.package_title if source else "") or cell.resource_id,
        "row": cell.row,
        "place": _row_in_words(cell, step, found),
        "column": cell.column,
        "label": found.labels.get((cell.resource_id, cell.column), cell.column),
        "key": cell.key,
        "period": cell.period,
        "value": cell.value,
        "status": cell.status,
        "dimensions": dict(cell.dimensions),
    }


def _row_in_words(cell: Cell, step: Step, found: Found) -> str:
    """What a person looks for in the table: `Altstadt (01), 31.12.2025, Baualter: bis 1918`."""
    name = _unit_name(step, found)
    unit = f"{name} ({cell.key})" if cell.key and cell.key != name else name
    date = format_date(cell.period, locale=locale()) if cell.period else ""
    parts = [_class(one, text, found.labels.get((cell.resource_id, one))) for one, text in cell.dimensions.items()]
    return ", ".join(part for part in (unit, date, *parts) if part)


def _class(dimension: str, text: str, own: str | None) -> str:
    return f"{dimension_name(dimension, own, locale())}: {category_name(dimension, text, locale())}"


def _unit_name(step: Step, found: Found) -> str:
    if found.workspace is not None:
        unit = found.workspace.values.system.units_of(step.level).get(step.unit)
        if unit is not None:
            return str(unit.name)
    return step.unit


def heading(step: dict[str, Any]) -> str:
    """Area and date of a step, as a page heads it."""
    date = format_date(step["period"], locale=locale()) if step["period"] else ""
    return ", ".join(part for part in (step["unit_name"], date) if part)


def _indicator(step: Step) -> Indicator:
    found = active_catalogue().find(step.code)
    assert found is not None  # it has just been computed
    return found


def _name(code: str) -> str:
    found = active_catalogue().find(code)
    return found.name_in(locale()[:2]).replace("-", "‑") if found else code
