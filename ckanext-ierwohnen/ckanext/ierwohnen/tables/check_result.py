"""The result of a check as the action gives it: plain dictionaries in the reader's language."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .carried_cells import shortened
from .cells import shown
from .check import CheckReport
from .checking import Understood
from .choices import choice_of
from .deliveries import Source
from .messages import message
from .model import Delivery
from .office_table import OfficeTable
from .problems import Problem
from .roles import ColumnRole
from .wording import place, reader_language


def as_dict(
    found: Understood, report: CheckReport, source: Source, delivery: Delivery | None, limit: int, offset: int
) -> dict[str, Any]:
    """What was understood and what is wrong."""
    table, language = found.table, reader_language()
    staged = delivery if delivery is not None and delivery.filename else None
    return {
        "filename": source.filename,
        "size": source.size,
        "delivery": staged.id if staged else None,
        "dialect": _dialect(table),
        "title": [{"row": line.row, "text": line.text} for line in table.title],
        "header_rows": list(table.header_rows),
        "foot": [{"row": line.row, "text": line.text} for line in table.foot],
        "columns": [_column(found, number, language) for number in range(len(table.columns))],
        "rows": _rows(table, limit, offset, shortened if found.converted else shown),
        "row_count": report.rows,
        "special_rows": [row.as_dict() for row in report.specials],
        "fits": [fit.as_dict(language) for fit in report.fits],
        "units_found": report.units_found,
        "units_missing": report.units_missing,
        "periods": report.periods,
        "statuses": report.statuses,
        "signs": {column: sorted(met) for column, met in report.signs.items()},
        "problems": [_problem(problem, language) for problem in report.problems],
        "groups": [group.as_dict(language) for group in report.groups],
        "repairs": [*found.repairs.as_dicts(language), *_converted(found, language)],
        "crosswalk": found.converted.as_dict(language) if found.converted else None,
        "spatial_system": found.declared,
        "counts": {"error": report.errors, "warning": report.warnings, "hint": report.hints},
        "systems": [
            {
                "system": keys.system,
                "level": keys.level,
                "title": keys.level_title,
                "boundary_date": str(keys.boundary_date),
            }
            for keys in found.places
        ],
    }


def _converted(found: Understood, language: str) -> list[dict[str, Any]]:
    """The choice to convert, among what was decided."""
    if found.converted is None:
        return []
    text = message("crosswalk_chosen", {"year": str(found.converted.new.boundary_date.year)}, language)
    return [{**found.converted.choice.as_dict(), "text": text}]


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


def _column(found: Understood, number: int, language: str) -> dict[str, Any]:
    column, role = found.table.columns[number], found.roles[number]
    return {
        "name": column.name,
        "letter": column.letter,
        "header": list(column.parts),
        **_role(role, language),
        "proposed_choice": choice_of(_role(found.proposed[number], language)),
        "chosen": role != found.proposed[number],
    }


def _role(role: ColumnRole, language: str) -> dict[str, Any]:
    given = role.as_dict(language)
    given.pop("column", None)
    return given


def _rows(table: OfficeTable, limit: int, offset: int, seen: Callable[[str], str]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for chunk in table.chunks(max(1, min(limit + offset, 10_000))):
        cells = [column.to_pylist() for column in chunk.columns]
        for number, row in zip(chunk.rows.tolist(), zip(*cells, strict=True), strict=True):
            rows.append({"row": number, "cells": [seen(cell or "") for cell in row]})
        if len(rows) >= limit + offset:
            break
    return rows[offset : offset + limit]


def _problem(problem: Problem, language: str) -> dict[str, Any]:
    return {**problem.as_dict(language), "where": place(problem.row, problem.column, problem.last_row)}
