"""The result of a check as the action gives it: plain dictionaries in the reader's language."""

from __future__ import annotations

from typing import Any

from .cells import shown
from .checking import Checked
from .choices import choice_of
from .deliveries import Source
from .model import Delivery
from .office_table import OfficeTable
from .problems import Problem
from .roles import ColumnRole
from .wording import place, reader_language


def as_dict(checked: Checked, source: Source, delivery: Delivery | None, limit: int, offset: int) -> dict[str, Any]:
    """What was understood and what is wrong."""
    table, language = checked.table, reader_language()
    staged = delivery if delivery is not None and delivery.filename else None
    return {
        "filename": source.filename,
        "size": source.size,
        "delivery": staged.id if staged else None,
        "dialect": _dialect(table),
        "title": [{"row": line.row, "text": line.text} for line in table.title],
        "header_rows": list(table.header_rows),
        "foot": [{"row": line.row, "text": line.text} for line in table.foot],
        "columns": [_column(checked, place, language) for place in range(len(table.columns))],
        "rows": _rows(table, limit, offset),
        "row_count": checked.report.rows,
        "special_rows": [row.as_dict() for row in checked.report.special],
        "fits": [fit.as_dict(language) for fit in checked.report.fits],
        "units_found": checked.report.units_found,
        "units_missing": checked.report.units_missing,
        "periods": checked.report.periods,
        "signs": {column: sorted(met) for column, met in checked.report.signs.items()},
        "problems": [_problem(problem, language) for problem in checked.report.problems],
        "groups": [group.as_dict(language) for group in checked.report.groups],
        "counts": {"error": checked.report.errors, "warning": checked.report.warnings, "hint": checked.report.hints},
        "systems": [
            {
                "system": keys.system,
                "level": keys.level,
                "title": keys.level_title,
                "boundary_date": str(keys.boundary_date),
            }
            for keys in checked.places
        ],
    }


def _dialect(table: OfficeTable) -> dict[str, Any]:
    return {
        "format": table.format,
        "encoding": table.encoding.title if table.encoding else None,
        "separator": table.dialect.separator if table.dialect else None,
        "quote": table.dialect.quote if table.dialect else None,
        "decimal": next((style.decimal for style in table.styles.values() if style.decimal), None),
        "sheet": table.sheet,
        "sheets": [sheet.name for sheet in table.sheets],
    }


def _column(checked: Checked, number: int, language: str) -> dict[str, Any]:
    column, role = checked.table.columns[number], checked.roles[number]
    return {
        "name": column.name,
        "letter": column.letter,
        "header": list(column.parts),
        **_role(role, language),
        "proposed_choice": choice_of(_role(checked.proposed[number], language)),
        "chosen": role != checked.proposed[number],
    }


def _role(role: ColumnRole, language: str) -> dict[str, Any]:
    given = role.as_dict(language)
    given.pop("column", None)
    return given


def _rows(table: OfficeTable, limit: int, offset: int) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for chunk in table.chunks(max(1, min(limit + offset, 10_000))):
        cells = [column.to_pylist() for column in chunk.columns]
        for number, row in zip(chunk.rows.tolist(), zip(*cells, strict=True), strict=True):
            rows.append({"row": number, "cells": [shown(cell or "") for cell in row]})
        if len(rows) >= limit + offset:
            break
    return rows[offset : offset + limit]


def _problem(problem: Problem, language: str) -> dict[str, Any]:
    return {**problem.as_dict(language), "where": place(problem.row, problem.column)}
