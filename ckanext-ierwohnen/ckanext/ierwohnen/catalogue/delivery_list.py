"""Which tables are due, late or just delivered: the deliveries of all datasets that have a cycle. No CKAN in here.

A dataset of several recurring tables has a line for each of them, any other one line.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from ckanext.ierwohnen.catalogue.freshness import Freshness, State, dataset_freshness
from ckanext.ierwohnen.catalogue.recurring_tables import TableState, as_of_table, recurring

RECENT = timedelta(days=30)
SOON = timedelta(days=30)


class Standing(StrEnum):
    """How a dataset's next delivery stands, most urgent first."""

    overdue = "overdue"
    due = "due"
    soon = "soon"
    recent = "recent"
    current = "current"


@dataclass(frozen=True)
class DueDelivery:
    """A dataset, or one of its tables, with its freshness; `days_late` counts from the due date, negative before it."""

    dataset: dict[str, Any]
    freshness: Freshness
    standing: Standing
    days_late: int
    table: TableState | None = None

    @property
    def key(self) -> str:
        """What tells this line from all others."""
        return f"{self.dataset['id']} {self.table.id}" if self.table else str(self.dataset["id"])

    def as_dict(self) -> dict[str, Any]:
        """The form that the action gives; the organization stands apart from the dataset."""
        organization = self.dataset.get("organization") or {}
        return {
            "dataset": {name: self.dataset.get(name) for name in ("id", "name", "title", "type", "private")},
            "organization": {name: organization.get(name) for name in ("id", "name", "title")},
            "resource": {"id": self.table.id, "name": self.table.name} if self.table else None,
            "standing": self.standing.value,
            "days_late": self.days_late,
            "frequency": self.dataset.get("frequency"),
            **self.freshness.as_dict(),
        }


def due_deliveries(
    datasets: Iterable[dict[str, Any]], today: date, tables: Mapping[str, list[TableState]] | None = None
) -> list[DueDelivery]:
    """The deliveries of datasets that have a cycle and a due date: the most urgent first, then by date and title.

    :param tables: by id of the dataset, the published tables of those that have several
    """
    found = []
    for dataset in datasets:
        each = recurring(dataset, (tables or {}).get(dataset["id"], []))
        found += [entry for table in each or [None] if (entry := due_delivery(dataset, today, table))]
    order = list(Standing)
    return sorted(found, key=lambda e: (order.index(e.standing), e.freshness.due or today, e.dataset["title"], e.key))


def due_delivery(dataset: dict[str, Any], today: date, table: TableState | None = None) -> DueDelivery | None:
    """How the next delivery of a dataset, or of one of its tables, stands; None where nothing can fall due."""
    fresh = dataset_freshness(as_of_table(dataset, table) if table else dataset, today)
    if fresh.due is None or not dataset.get("frequency"):
        return None
    return DueDelivery(dataset, fresh, _standing(fresh, fresh.due, today), (today - fresh.due).days, table)


def _standing(fresh: Freshness, due: date, today: date) -> Standing:
    if fresh.state in (State.overdue, State.due):
        return Standing(fresh.state.value)
    if due - today <= SOON:
        return Standing.soon
    delivered = fresh.delivered
    return Standing.recent if delivered and today - delivered <= RECENT else Standing.current
