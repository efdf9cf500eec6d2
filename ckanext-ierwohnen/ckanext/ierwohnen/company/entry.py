"""What a company tells everyone of its stock: a dataset of type `stock-data` that only describes, or nothing at all."""

from __future__ import annotations

from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk
from ckan import model
from ckan.types import Context

from ckanext.ierwohnen.releases import outside

TYPE = "stock-data"
_AUTHORITY = "http://publications.europa.eu/resource/authority/"
RESTRICTED = _AUTHORITY + "access-right/RESTRICTED"


def entries_possible() -> bool:
    """Whether the catalogue with its types of datasets is on."""
    return p.plugin_loaded("ierwohnen_catalogue")


def entry_of(organization: str) -> model.Package | None:
    """The entry of a company, by its id; None if it wants none."""
    query = model.Session.query(model.Package).filter_by(owner_org=organization, type=TYPE)
    return query.filter(model.Package.state == "active").order_by(model.Package.metadata_created).first()


def fields_of(company: Any, data: dict[str, Any]) -> dict[str, Any]:
    """The dataset for `package_create`: nothing of it comes from the stock itself."""
    contact = {name: data[f"contact_{name}"] for name in ("name", "email") if data.get(f"contact_{name}")}
    return {
        "type": TYPE,
        "name": f"bestand-{company.name}"[:100],
        "title": data["title"],
        "notes": data["notes"],
        "owner_org": company.id,
        "private": False,
        "access_rights": RESTRICTED,
        **({"contact": [contact]} if contact else {}),
    }


def remove(organization: str) -> None:
    """Take the company's entries away; nothing remembers them."""
    for package in model.Session.query(model.Package).filter_by(owner_org=organization, type=TYPE).all():
        outside.purge(package.id)


@tk.chained_action
def package_delete(next_action: Any, context: Context, data_dict: dict[str, Any]) -> Any:
    """As CKAN's; an entry of stock is not kept as a deleted dataset, which would betray that it was there."""
    package = model.Package.get(str(data_dict.get("id") or ""))
    entry = package.id if package is not None and package.type == TYPE else None
    result = next_action(context, data_dict)
    if entry:
        outside.purge(entry)
    return result
