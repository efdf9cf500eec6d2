"""The result of a check as the action gives it: plain dictionaries in the reader's language."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from .carried_cells import shortened
from .cells import shown
from .check import CheckReport
from .checking import Understood
from .choices import choice_of
from .deliveries import Source
from .extract import Extract
from .messages import message
from .model import Delivery
from .office_table import OfficeTable
from .problems import Problem
from .roles import ColumnRole, Role
from .wording import place, reader_language

MOST_CARRIED = 60


def as_dict(
    found: Understood,
    report: CheckReport,
    source: Source,
    delivery: Delivery | None,
    extract: Extract,
) -> dict[str, Any]:
    """What was understood and what is wrong, with the rows that `extract` asks for."""
    table, language = found.table, reader_language()
    staged = delivery if delivery is not None and delivery.filename else None
    crosswalk = found.converted.as_dict(language) if found.converted else None
    seen = shortened if found.converted else shown
    return {
        "filename": source.filename,
        "size": source.size,
        "delivery": staged.id if staged else None,
        "dialect": _dialect(table),
        "title": [{"row": line.row, "text": line.text} for line in table.title],
        "header_rows": list(table.header_rows),
        "foot": [{"row": line.row, "text": line.text} for line in table.foot],
        "columns": [_column(found, number, language) for number in range(len(table.columns))],
        "rows": extract.rows(table, report, seen, _carried(found, crosswalk)),
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
        "recognition": _recognition(found),
        "carried": dict(found.carried),
        "crosswalk": crosswalk,
        "spatial_system": found.declared,
        "counts": {"error": report.errors, "warning": report.warnings, "hint": report.hints},
        "systems": [
            {
                "system": keys.system,
                "level": keys.level,
                "title": keys.title(language),
                "boundary_date": str(keys.boundary_date),
            }
            for keys in found.places
        ],
    }


def _carried(found: Understood, crosswalk: dict[str, Any] | None) -> set[int]:
    """The rows of units that a conversion to other boundaries has changed: an extract shows them."""
    key = next((place for place, role in enumerate(found.roles) if role.role == Role.KEY), None)
    if crosswalk is None or key is None:
        return set()
    changed = pa.array(sorted({str(move["to"]) for move in crosswalk["moves"]}), pa.string())
    rows: set[int] = set()
    for chunk in found.table.chunks():
        keep = pc.fill_null(pc.is_in(chunk.columns[key], changed), False)
        rows.update(chunk.rows[keep.to_numpy(zero_copy_only=False)].tolist())
        if len(rows) >= MOST_CARRIED:
            break
    return set(sorted(rows)[:MOST_CARRIED])


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
        "hidden_sheets": [sheet.name for sheet in table.sheets if not sheet.visible],
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


def _recognition(found: Understood) -> dict[str, Any] | None:
    """How the delivery compares with the published version; None before the first publication."""
    if found.likeness is None:
        return None
    published = found.before.last.published if found.before.last else None
    return {**found.likeness.as_dict(), "published": published.isoformat() if published else None}


def _problem(problem: Problem, language: str) -> dict[str, Any]:
    return {**problem.as_dict(language), "where": place(problem.row, problem.column, problem.last_row)}
