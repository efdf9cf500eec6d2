"""Any DataStore table as rows, for resources that are not ours or have no units: sorted by link, in pages."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import Context

from ckanext.ierwohnen.look.figure import Figure
from ckanext.ierwohnen.look.signs import Status
from ckanext.ierwohnen.previews.plain_cells import plain_cell
from ckanext.ierwohnen.previews.unit_table import Column, Row, UnitTable
from ckanext.ierwohnen.tables.meanings import ColumnMeaning

PAGE = 100
_WORD = re.compile(r"\w+")
NUMERIC = ("int", "int2", "int4", "int8", "float4", "float8", "numeric", "double precision", "bigint", "smallint")


@dataclass(frozen=True)
class _Field:
    name: str
    meaning: ColumnMeaning
    status: str | None


def plain_table(
    context: Context, resource_id: str, meanings: Sequence[ColumnMeaning], *, sort: str | None, page: int, locale: str,
    find: str | None = None, most: int = PAGE,
) -> UnitTable:  # fmt: skip
    """One page of the table as it is stored; figures with their sign, everything else as it stands there.

    :param find: only rows with words that begin like these
    :param most: rows of a page; the DataStore gives at most 32,000
    :raises NotAuthorized, ObjectNotFound: as `datastore_search`
    """
    fields = _fields(meanings)
    names = {one.name for one in fields}
    ordering = sort if sort and sort.lstrip("-") in names else ""
    query: dict[str, Any] = {"resource_id": resource_id, "limit": most, "offset": (page - 1) * most}
    if words := _WORD.findall(find or ""):
        query |= {"q": " & ".join(f"{word}:*" for word in words), "plain": False}
    if ordering:
        direction = "desc" if ordering.startswith("-") else "asc"
        column = ordering.lstrip("-").replace('"', '""')
        query["sort"] = f'"{column}" {direction} nulls last, _id'
    found = tk.get_action("datastore_search")(tk.fresh_context(context), query)
    total = int(found.get("total") or 0)
    pages = max(1, -(-total // most))
    if page > pages:
        return plain_table(context, resource_id, meanings, sort=sort, page=pages, locale=locale, find=find, most=most)
    columns = tuple(_column(one) for one in fields)
    rows = tuple(Row(str(row.get("_id")), tuple(_cell(row, one, locale) for one in fields)) for row in found["records"])
    return UnitTable(columns, rows, ordering, page, pages, total)


def _fields(meanings: Sequence[ColumnMeaning]) -> list[_Field]:
    """The columns to show; a column of signs stands with its value column."""
    signs = {one.status_of: one.name for one in meanings if one.status_of}
    return [_Field(one.name, one, signs.get(one.name)) for one in meanings if not one.status_of]


def _column(one: _Field) -> Column:
    return Column(one.meaning.label, one.name, one.meaning.unit, one.meaning.type in NUMERIC, "plain")


def _cell(row: Mapping[str, Any], one: _Field, locale: str) -> object:
    value = row.get(one.name)
    if one.status and row.get(one.status):
        return Figure.of(_number(value), _status(row[one.status]), precision=one.meaning.precision, locale=locale)
    if str(one.meaning.role) == "indicator" and isinstance(value, int | float):
        return Figure.of(float(value), precision=one.meaning.precision, locale=locale)
    return plain_cell(value, locale, dated=one.meaning.type.startswith(("date", "timestamp")))


def _number(value: Any) -> float | None:
    try:
        return None if value is None else float(value)
    except (TypeError, ValueError):
        return None


def _status(word: Any) -> Status:
    return Status(word) if word in set(Status) else Status.MISSING
