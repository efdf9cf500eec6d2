"""The rows of the published tables at the end of a way to a value, as the office delivered them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import Context

from ckanext.ierwohnen.look.figure import Figure
from ckanext.ierwohnen.look.numbers import format_number
from ckanext.ierwohnen.look.signs import Status
from ckanext.ierwohnen.look.template_functions import locale
from ckanext.ierwohnen.tables.meanings import column_meanings

MOST_ROWS = 24
"""So many rows are fetched for one way; the cells of further ones are named only."""


def with_rows(context: Context, way: dict[str, Any]) -> dict[str, Any]:
    """The way with ``table`` at its first cells: heads and values of the row, and which column was read."""
    wanted: dict[str, dict[int, list[dict[str, Any]]]] = {}
    for number, cell in enumerate(_cells(way)):
        if number < MOST_ROWS:
            wanted.setdefault(cell["resource_id"], {}).setdefault(cell["row"], []).append(cell)
    for resource_id, rows in wanted.items():
        for found in _rows(context, resource_id, list(rows)):
            for cell in rows[found["row"]]:
                cell["table"] = {**found, "at": _place(found["names"], cell["column"])}
    return way


def _cells(step: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The cells of a step, then those of its parts."""
    yield from step["cells"]
    for part in step["parts"]:
        yield from _cells(part)


def _rows(context: Context, resource_id: str, numbers: list[int]) -> Iterator[dict[str, Any]]:
    try:
        columns = column_meanings(tk.fresh_context(context), resource_id)
        asked = {"resource_id": resource_id, "filters": {"_id": numbers}, "limit": len(numbers)}
        records = tk.get_action("datastore_search")(tk.fresh_context(context), asked)["records"]
    except (tk.ObjectNotFound, tk.NotAuthorized):
        return
    signs = {one.status_of: one.name for one in columns if one.status_of}
    shown = [one for one in columns if not one.status_of]
    for record in records:
        cells = [_text(record.get(one.name), record.get(signs.get(one.name, "")), one.precision) for one in shown]
        yield {
            "row": int(record["_id"]),
            "names": [one.name for one in shown],
            "heads": [one.told(locale()).label for one in shown],
            "values": cells,
        }


def _text(value: Any, status: Any, precision: int | None) -> str:
    """A cell as readers may see it: a sign instead of the number that it hides."""
    if status:
        number = float(value) if isinstance(value, int | float) else None
        known = Status(status) if status in set(Status) else Status.MISSING
        return Figure.of(number, known, precision=precision, locale=locale()).text
    if value is None:
        return ""
    if isinstance(value, int | float):
        return format_number(value, precision=precision, locale=locale())
    return str(value)


def _place(names: list[str], column: str) -> int | None:
    return names.index(column) if column in names else None
