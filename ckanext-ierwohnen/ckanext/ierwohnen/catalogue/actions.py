"""Actions of the catalogue room."""

from __future__ import annotations

from datetime import date
from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import Context

from ckanext.ierwohnen.catalogue import offices, schema
from ckanext.ierwohnen.catalogue.delivery_list import DueDelivery, Standing, due_deliveries
from ckanext.ierwohnen.catalogue.past_activities import dataset_purge


@tk.side_effect_free
def ierwohnen_delivery_list(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Which tables are due, late or just delivered, of the organizations whose datasets the reader may change.

    :param organization: only those of this organization, by id or name (optional)
    :param standing: only those that are `overdue`, `due`, `soon` (within 30 days), `recent` (delivered within 30
        days) or `current`; several separated by commas (optional)
    :param limit: how many to list (default 100), from `offset`
    :returns: `count`, `counts` by standing, and `results`, the most urgent first: `dataset`, `organization`,
        `resource` (where the dataset has several recurring tables: which one, id and name; else null), `standing`,
        `state`, `days_late`, `frequency`, `delivered`, `reference_date`, `due`, and `waiting`, the ids of
        resources whose delivery was uploaded, but not published
    :raises NotAuthorized: for an organization whose datasets the reader may not change
    """
    tk.check_access("ierwohnen_delivery_list", context, data_dict)
    data = schema.validated(data_dict, schema.delivery_list())
    theirs = _organizations(context, data.get("organization"))
    datasets = offices.datasets_with_cycle(context, [o["id"] for o in theirs])
    found = due_deliveries(datasets, date.today(), offices.tables_of(context, datasets))
    counts = {standing.value: sum(entry.standing == standing for entry in found) for standing in Standing}
    wanted = [entry for entry in found if not data.get("standing") or entry.standing in data["standing"]]
    page = wanted[data["offset"] : data["offset"] + data["limit"]]
    waiting = offices.waiting_tables(entry.dataset["id"] for entry in page)
    return {
        "count": len(wanted),
        "counts": counts,
        "results": [{**entry.as_dict(), "waiting": _waiting(entry, waiting)} for entry in page],
    }


def _waiting(entry: DueDelivery, waiting: dict[str, list[str]]) -> list[str]:
    found = waiting.get(entry.dataset["id"], [])
    return [one for one in found if entry.table is None or one == entry.table.id]


def _organizations(context: Context, wanted: str | None) -> list[dict[str, Any]]:
    theirs = offices.organizations(context)
    if not wanted:
        return theirs
    chosen = [one for one in theirs if wanted in (one["id"], one["name"])]
    if not chosen:
        raise tk.NotAuthorized(tk._("You may not change the datasets of this organization."))
    return chosen


__all__ = ["dataset_purge", "ierwohnen_delivery_list"]
