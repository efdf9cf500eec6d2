"""The datasets with a cycle of delivery that an office answers for, and the people of that office."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk
from ckan import model
from ckan.types import Context

from ckanext.ierwohnen.catalogue.recurring_tables import TableState
from ckanext.ierwohnen.look.people import people_of

PAGE = 500
EDITORS = ("admin", "editor")


def organizations(context: Context) -> list[dict[str, Any]]:
    """The organizations whose datasets this person may change, by title."""
    found = tk.get_action("organization_list_for_user")(tk.fresh_context(context), {"permission": "update_dataset"})
    return sorted(found, key=lambda organization: str(organization.get("title") or organization["name"]).casefold())


def datasets_with_cycle(context: Context, organization_ids: Iterable[str]) -> list[dict[str, Any]]:
    """All datasets of these organizations that name a cycle, private ones of the reader's own included."""
    ids = list(organization_ids)
    if not ids:
        return []
    found: list[dict[str, Any]] = []
    while True:
        reply = tk.get_action("package_search")(
            tk.fresh_context(context),
            {
                "fq_list": [f"owner_org:({' OR '.join(ids)})", "frequency:[* TO *]"],
                "include_private": True,
                "rows": PAGE,
                "start": len(found),
                "sort": "id asc",
                "facet": False,
            },
        )
        found += reply["results"]
        if not reply["results"] or len(found) >= reply["count"]:
            return found


def editors(organization_id: str) -> list[model.User]:
    """Those who edit the datasets of an organization, as far as they can be written to."""
    return [user for user, _ in people_of(organization_id, EDITORS) if user.email]


def tables_of(context: Context, datasets: Iterable[dict[str, Any]]) -> dict[str, list[TableState]]:
    """The published tables with periods of each dataset that has several, by id of the dataset."""
    if not p.plugin_loaded("ierwohnen_tables"):
        return {}
    found = {}
    for dataset in datasets:
        stored = [resource for resource in dataset.get("resources") or [] if resource.get("datastore_active")]
        if len(stored) > 1:
            found[dataset["id"]] = [state for resource in stored if (state := _state(context, resource))]
    return found


def _state(context: Context, resource: dict[str, Any]) -> TableState | None:
    from ckanext.ierwohnen.tables import versions
    from ckanext.ierwohnen.tables.completeness import last_day, latest_period

    try:
        period = latest_period(tk.fresh_context(context), resource["id"])
    except (tk.ObjectNotFound, tk.NotAuthorized):
        return None
    version = versions.current(resource["id"])
    published = version.created.date() if version else None
    name = str(resource.get("name") or resource["id"])
    return TableState(resource["id"], name, last_day(period), published) if period else None


def waiting_tables(dataset_ids: Iterable[str]) -> dict[str, list[str]]:
    """Which datasets have a delivery that was uploaded, but not published yet: ids of its resources by dataset."""
    if not p.plugin_loaded("ierwohnen_tables"):
        return {}
    from ckanext.ierwohnen.tables.model import Delivery

    waiting: dict[str, list[str]] = {}
    query = model.Session.query(Delivery).filter(Delivery.state == "open", Delivery.filename.isnot(None))
    for delivery in query.filter(Delivery.package_id.in_(list(dataset_ids))):
        waiting.setdefault(delivery.package_id, []).append(delivery.resource_id)
    return waiting
