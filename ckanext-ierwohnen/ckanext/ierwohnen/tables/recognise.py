"""Finding the published table that a delivered file continues, among those that a person may change."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import Context

from .checking import earlier_meanings
from .earlier import compared, earlier_delivery
from .helpers import ierwohnen_tables_is_table
from .office_table import OfficeTable
from .recognition import Likeness, clearly_first

MOST = 300  # published tables that are looked at


def recognised(
    context: Context, table: OfficeTable, package_id: str | None = None, organization: str | None = None
) -> dict[str, Any]:
    """`best` (the resource that the table clearly continues, or null) and `candidates`, the likeliest first."""
    found: list[tuple[dict[str, Any], Likeness]] = []
    for package, resource in _published(context, package_id, organization):
        like = compared(
            table.names, earlier_meanings(context, resource["id"]), earlier_delivery(resource), table.filename
        )
        if like is not None and like.columns > 0:
            place = {"resource_id": resource["id"], "package_id": package["id"], "dataset": package["title"]}
            found.append(({**place, "name": resource.get("name") or "", **like.as_dict()}, like))
    found.sort(key=lambda entry: -entry[1].share)
    best = clearly_first([(entry["resource_id"], like) for entry, like in found])
    return {"best": best, "candidates": [entry for entry, _ in found[:10]]}


def _published(
    context: Context, package_id: str | None, organization: str | None
) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    if package_id:
        packages = [tk.get_action("package_show")(tk.fresh_context(context), {"id": package_id})]
    else:
        packages = _packages(context, organization)
    tables = [
        (package, resource)
        for package in packages
        for resource in package["resources"]
        if resource.get("datastore_active") and ierwohnen_tables_is_table(resource)
    ]
    return tables[:MOST]


def _packages(context: Context, organization: str | None) -> list[dict[str, Any]]:
    """The datasets of the organizations whose datasets this person may change."""
    theirs = tk.get_action("organization_list_for_user")(tk.fresh_context(context), {"permission": "update_dataset"})
    ids = [one["id"] for one in theirs if organization in (None, one["id"], one["name"])]
    if not ids:
        raise tk.NotAuthorized(tk._("You may not change datasets here."))
    query = {"fq_list": [f"owner_org:({' OR '.join(ids)})"], "include_private": True, "rows": 1_000, "facet": False}
    return list(tk.get_action("package_search")(tk.fresh_context(context), query)["results"])
