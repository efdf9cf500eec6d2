"""Tables below one another in one sheet that are one table by year: the same columns, each under the year it is of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa

from ckanext.ierwohnen.tables.measures import period_told
from ckanext.ierwohnen.tables.office_table import Chunk, Column, ColumnBody, OfficeTable
from ckanext.ierwohnen.tables.periods import Period, parse_period, period_of_values
from ckanext.ierwohnen.tables.problems import Problem, Severity
from ckanext.ierwohnen.tables.sheets_agree import disagreements

TABLE_PERIOD = "Zeitpunkt (Tabelle)"


def joined_parts(tables: Sequence[OfficeTable]) -> OfficeTable | None:
    """The tables as one, with the period of each in a column; None if they are not the same table by year.

    They are that if their columns are the same, each title says another period, and neither scale nor signs differ.
    """
    first = tables[0]
    dated = [_period(table) for table in tables]
    periods = [period for period in dated if period is not None]
    same = all(table.names == first.names for table in tables)
    own = any(parse_period(part) for column in first.columns for part in (column.name, *column.parts))
    if len(tables) < 2 or not same or own or len({period.text for period in periods}) < len(tables):
        return None
    if disagreements([(period.text, table, period) for table, period in zip(tables, periods, strict=True)]):
        return None
    rows, columns = [], []
    for table, period in zip(tables, periods, strict=True):
        for chunk in table.chunks():
            rows.append(chunk.rows)
            columns.append((*chunk.columns, pa.array([period.text] * len(chunk), pa.string())))
    joined = tuple(pa.concat_arrays(list(pieces)) for pieces in zip(*columns, strict=True))
    name = TABLE_PERIOD if TABLE_PERIOD not in first.names else f"{TABLE_PERIOD} (2)"
    offers = tuple({"action": "table", "value": n + 1} for n in range(len(tables)))[:6]
    params = {"count": len(tables), "titles": [table.title[-1].text[:60] for table in tables]}
    told = Problem("tables_joined", Severity.HINT, column=name, params=params, repair=offers)
    return replace(
        first,
        columns=(*first.columns, Column(name, -1, "")),
        body=ColumnBody(Chunk(np.concatenate(rows), joined)),
        foot=tuple(line for table in tables for line in table.foot),
        problems=[*(problem for table in tables for problem in table.problems), told],
    )


def _period(table: OfficeTable) -> Period | None:
    """The period that the title says, or else the line of it that stands nearest to the names."""
    told = period_told(replace(table, sheet=None))
    found = (parse_period(line.text) or period_of_values(line.text) for line in reversed(table.title))
    return parse_period(told) if told else next((period for period in found if period), None)
