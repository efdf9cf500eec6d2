"""The course of a table that nobody told us the meaning of: one date or year in each row, and numbers beside it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

import pandas as pd

from ckanext.ierwohnen.previews.classes import Wish
from ckanext.ierwohnen.previews.shape import CITY
from ckanext.ierwohnen.previews.subject import Subject

MOST_ROWS = 10_000
MOST_NUMBERS = 30
NUMERIC = ("int", "int2", "int4", "int8", "float4", "float8", "numeric", "double precision", "bigint", "smallint")
_YEAR_NAME = re.compile(r"(?:^|.*[_\W]|.*(?:berichts|kalender|erhebungs|haushalts))(?:jahr|year)e?", re.IGNORECASE)
_YEAR = re.compile(r"(?:1[5-9]|20|21)\d\d")
_ID_NAME = re.compile(
    r"(?:_?id|nr|nummer|key|schluessel|schlüssel|plz|ags|code|.*[_\W](?:id|nr|key|code))\.?", re.IGNORECASE
)


class Lacking(StrEnum):
    """What a table lacks for a course."""

    COLUMNS = "columns"
    FEWER_ROWS = "fewer_rows"
    ONE_ROW_A_DATE = "one_row_a_date"


class Column(Protocol):
    """What this module needs of a column (tables.meanings.ColumnMeaning)."""

    @property
    def name(self) -> str: ...
    @property
    def type(self) -> str: ...
    @property
    def label(self) -> str: ...


@dataclass(frozen=True)
class Stock:
    """The column of dates and the columns of numbers."""

    date: Column
    numbers: tuple[Column, ...]


def stock_of(columns: Sequence[Column]) -> Stock | None:
    """The columns for a course; None where the table has no date or year, or no numbers besides.

    Numbers that are names (`id`, `PLZ`) are none. A year is known by its name: any number could be one.
    """
    date = next((one for one in columns if one.type.startswith(("date", "timestamp"))), None)
    date = date or next((one for one in columns if _YEAR_NAME.fullmatch(one.name)), None)
    numbers = [one for one in columns if one is not date and one.type in NUMERIC and not _ID_NAME.fullmatch(one.name)]
    numbers = [one for one in numbers if not _YEAR_NAME.fullmatch(one.name)][:MOST_NUMBERS]
    return Stock(date, tuple(numbers)) if date is not None and numbers else None


def stock_subjects(stock: Stock) -> list[Subject]:
    """The numbers under the names of their columns; their units are not known."""
    return [Subject(one.name, one.label, None, one.label, Wish()) for one in stock.numbers]


def stock_readings(stock: Stock, records: Sequence[Mapping[str, Any]], number: str) -> pd.DataFrame | None:
    """One number over time as tidy rows of the whole; None where a date stands in several rows, or less than two have
    a value: then nobody can say which rows belong together.
    """
    found: dict[str, float | None] = {}
    for record in records:
        period = _period(record.get(stock.date.name))
        if period is None:
            continue
        if period in found:
            return None
        found[period] = _number(record.get(number))
    if sum(value is not None for value in found.values()) < 2:
        return None
    rows = [(None, CITY, None, period, number, value, "ok" if value is not None else "missing")
            for period, value in found.items()]  # fmt: skip
    names = ["unit", "level", "system", "period", "indicator", "value", "status"]
    return pd.DataFrame(rows, columns=names).astype({"value": float})


def _period(value: Any) -> str | None:
    text = "" if value is None else str(value).strip()
    if _YEAR.fullmatch(text):
        return text
    return text[:10] if re.match(r"\d{4}-\d{2}-\d{2}", text) else None


def _number(value: Any) -> float | None:
    try:
        number = None if value is None else float(value)
    except (TypeError, ValueError):
        return None
    return None if number is None or number != number or abs(number) > 1e15 else number
