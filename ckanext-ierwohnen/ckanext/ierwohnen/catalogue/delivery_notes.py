"""What a dataset says of its deliveries after one was published: it came today, and when the next one is due.

No CKAN in here.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from ckanext.ierwohnen.catalogue.freshness import day, next_day
from ckanext.ierwohnen.indicators.vocabulary import Term, vocabulary


def noted(dataset: Mapping[str, Any], reference: date | None, today: date) -> dict[str, Any]:
    """The fields to change, after data up to the day `reference` was published; empty if there is nothing to note.

    :param dataset: with `frequency`, `deliveries` and `due_date`
    :param reference: last day of the latest period in the table; None if it names no period
    """
    cycle = vocabulary("frequencies").find(dataset.get("frequency"))
    if cycle is None:
        return {}
    entries = [dict(entry) for entry in dataset.get("deliveries") or [] if isinstance(entry, Mapping)]
    if entries and reference:
        changed = _arrived(entries, reference, cycle, today)
        return {"deliveries": sorted(changed, key=_reference)} if changed != entries else {}
    due = day(dataset.get("due_date"))
    later = _after(due, cycle, today) if due else None
    return {"due_date": later.isoformat()} if later and later != due else {}


def _arrived(entries: list[dict[str, Any]], reference: date, cycle: Term, today: date) -> list[dict[str, Any]]:
    """The list with what arrived, and with the next one expected if one with a due date was fulfilled."""
    changed = [dict(entry) for entry in entries]
    last_due = max((entry["due"] for entry in changed if entry.get("due")), default=None)
    for entry in changed:
        expected = day(entry.get("reference_date"))
        if not entry.get("delivered") and expected and expected <= reference:
            entry["delivered"] = today.isoformat()
    if all(day(entry.get("reference_date")) != reference for entry in changed):
        if any(entry.get("delivered") and str(entry["reference_date"]) > reference.isoformat() for entry in changed):
            return changed  # a correction of earlier data
        changed.append({"reference_date": reference.isoformat(), "delivered": today.isoformat()})
    if all(entry.get("delivered") for entry in changed) and (following := next_day(reference, cycle)):
        due = _after(day(last_due), cycle, today) if last_due else None
        if due:
            changed.append({"reference_date": following.isoformat(), "due": due.isoformat()})
    return changed


def _reference(entry: Mapping[str, Any]) -> str:
    return str(entry.get("reference_date") or "")


def _after(due: date | None, cycle: Term, today: date) -> date | None:
    """The due date one cycle on; further on, as long as it has passed already."""
    if due is None:
        return None
    following = next_day(due, cycle)
    while following and following <= today:
        following = next_day(following, cycle)
    return following
