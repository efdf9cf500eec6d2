"""Datasets of several tables that come each period: each table is waited for by itself. No CKAN in here.

A delivery that the dataset expects has come when all its recurring tables have reached its reference date. A table
recurs if it is at most `BEHIND` cycles behind what is expected; an older one was given up.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from ckanext.ierwohnen.catalogue.freshness import day, next_day
from ckanext.ierwohnen.indicators.vocabulary import Term, vocabulary

BEHIND = 2


@dataclass(frozen=True)
class TableState:
    """A published table: the last day of its latest period, and when it was published last."""

    id: str
    name: str
    reached: date
    published: date | None = None


def recurring(dataset: Mapping[str, Any], tables: Iterable[TableState]) -> list[TableState]:
    """The tables of a dataset that are expected again; none where there are fewer than two, or no listed deliveries."""
    cycle = vocabulary("frequencies").find(dataset.get("frequency"))
    entries = _entries(dataset)
    references = [found for entry in entries if (found := day(entry.get("reference_date")))]
    missing = [found for entry in entries if not entry.get("delivered") and (found := day(entry.get("reference_date")))]
    if cycle is None or not references:
        return []
    wanted = min(missing, default=max(references))
    found = [table for table in tables if _in_step(table, wanted, cycle)]
    return found if len(found) > 1 else []


def reached_by_all(dataset: Mapping[str, Any], tables: Iterable[TableState], own: date | None) -> date | None:
    """The reference date up to which all recurring tables are there; `own`, that of one table, if it is alone."""
    return min((table.reached for table in recurring(dataset, tables)), default=own)


def as_of_table(dataset: Mapping[str, Any], table: TableState) -> dict[str, Any]:
    """The dataset as it stands for one of its tables: what this one has not reached has not come."""
    entries = []
    for entry in _entries(dataset):
        expected = day(entry.get("reference_date"))
        came = expected is not None and expected <= table.reached
        on = entry.get("delivered") or (table.published.isoformat() if table.published else None)
        kept = {name: value for name, value in entry.items() if name != "delivered"}
        entries.append({**kept, "delivered": on} if came and on else kept)
    return {**dataset, "deliveries": entries}


def _in_step(table: TableState, wanted: date, cycle: Term) -> bool:
    latest: date | None = table.reached
    for _ in range(BEHIND):
        latest = next_day(latest, cycle) if latest else None
    return latest is not None and latest >= wanted


def _entries(dataset: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [dict(entry) for entry in dataset.get("deliveries") or [] if isinstance(entry, Mapping)]
