"""Rows that a client sends as objects, written as a table in which each number is read as what it is. Pure."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any


def table_of(rows: Sequence[Mapping[str, Any]]) -> bytes:
    """The rows as CSV with a column for each name that occurs."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";")
    writer.writerow(names)
    writer.writerows([written(row.get(name)) for name in names] for row in rows)
    return text.getvalue().encode()


def written(value: Any) -> str:
    """A value as a cell: texts as they are, `true` as „ja“, `null` and what is no number (NaN) as no entry.

    Numbers have a decimal comma and never three decimals: „60.125“ may be sixty thousand.
    """
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, bool):
        return "ja" if value else "nein"
    if not isinstance(value, float) or math.isinf(value):
        return str(value)
    whole, _, decimals = f"{Decimal(repr(value)):f}".partition(".")
    decimals = decimals.rstrip("0")
    return f"{whole},{decimals}{'0' * (len(decimals) == 3)}" if decimals else str(int(value))
