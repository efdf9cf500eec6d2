"""What a company tells everyone of its stock: a dataset of type `stock-data` that only describes, or nothing at all."""

from __future__ import annotations

from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk
from ckan import model

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


def subscriptions() -> dict[Any, list[dict[str, Any]]]:
    """What CKAN tells us of: actions by which an entry may have become one that not everyone may see."""
    senders = ("package_delete", "package_update", "bulk_update_delete", "bulk_update_private")
    return {tk.signals.action_succeeded: [{"sender": name, "receiver": changed} for name in senders]}


def changed(sender: str, **about: Any) -> None:
    """Have what is hidden purged by the worker: others who listen to the same signal still want to find it."""
    if _hidden():
        tk.enqueue_job(settle, [], title="entries of stock")


def settle() -> None:
    """Purge entries that are deleted, private or drafts: refusals and activities would betray that they are there."""
    for package in _hidden():
        outside.purge(package.id)


def _hidden() -> list[model.Package]:
    query = model.Session.query(model.Package).filter(model.Package.type == TYPE)
    return query.filter((model.Package.state != "active") | model.Package.private).all()
