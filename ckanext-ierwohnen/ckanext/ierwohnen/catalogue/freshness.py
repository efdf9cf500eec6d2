"""Whether data is up to date: from the declared cycle, the deliveries and today's date. No CKAN in here.

aktuell (current) → on the due date → Lieferung fällig (due) → after the cycle's days of grace → überfällig (overdue).
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from ckanext.ierwohnen.indicators.vocabulary import Term, vocabulary


class State(StrEnum):
    """How fresh the data is; ``unknown`` where no cycle is declared, so that nothing can fall due."""

    current = "current"
    due = "due"
    overdue = "overdue"
    ended = "ended"
    unknown = "unknown"


@dataclass(frozen=True)
class Freshness:
    """The state, and the dates that it follows from (None where unknown)."""

    state: State
    delivered: date | None = None
    reference_date: str | None = None
    due: date | None = None

    def as_dict(self) -> dict[str, str | None]:
        """Plain values for pages and the index; dates as ISO text."""
        return {
            "state": self.state.value,
            "delivered": self.delivered.isoformat() if self.delivered else None,
            "reference_date": self.reference_date,
            "due": self.due.isoformat() if self.due else None,
        }


def freshness(
    cycle: Term | None, delivered: date | None, due: date | None, today: date, reference_date: str | None = None
) -> Freshness:
    """The freshness of data.

    :param cycle: term of the vocabulary ``frequencies`` (``months``/``days``, ``grace_days``), or None
    :param delivered: day of the last delivery
    :param due: declared day of the next delivery; where None, the last delivery plus one cycle
    :param today: the day of the question
    """
    if cycle is not None and cycle.code == "NEVER":
        return Freshness(State.ended, delivered, reference_date)
    if due is None and cycle is not None and delivered is not None:
        due = next_day(delivered, cycle)
    if due is None:
        return Freshness(State.unknown, delivered, reference_date)
    grace = int(cycle.more.get("grace_days", 30)) if cycle else 30
    if today <= due:
        state = State.current
    elif today <= due + timedelta(days=grace):
        state = State.due
    else:
        state = State.overdue
    return Freshness(state, delivered, reference_date, due)


def dataset_freshness(dataset: dict[str, Any], today: date) -> Freshness:
    """The freshness of a dataset dict: from ``deliveries``, else ``due_date``, ``modified``, ``metadata_modified``."""
    cycle = vocabulary("frequencies").find(dataset.get("frequency"))
    entries = [d for d in dataset.get("deliveries") or [] if isinstance(d, dict)]
    arrived = max((d for d in entries if day(d.get("delivered"))), key=lambda d: str(d["delivered"]), default=None)
    open_due = min((d for e in entries if not e.get("delivered") and (d := day(e.get("due")))), default=None)
    delivered = day(arrived["delivered"]) if arrived else None
    if delivered is None and not entries:
        delivered = day(dataset.get("modified")) or day(dataset.get("metadata_modified"))
    reference = str(arrived["reference_date"]) if arrived and arrived.get("reference_date") else None
    return freshness(cycle, delivered, open_due or day(dataset.get("due_date")), today, reference)


def next_day(start: date, cycle: Term) -> date | None:
    """The day one cycle later; None for cycles without a length."""
    if "days" in cycle.more:
        return start + timedelta(days=int(cycle.more["days"]))
    if "months" not in cycle.more:
        return None
    month = start.month - 1 + int(cycle.more["months"])
    year, month = start.year + month // 12, month % 12 + 1
    return date(year, month, min(start.day, calendar.monthrange(year, month)[1]))


def day(value: Any) -> date | None:
    """The date of an ISO text; None where there is none."""
    try:
        return date.fromisoformat(str(value)[:10]) if value else None
    except ValueError:
        return None
