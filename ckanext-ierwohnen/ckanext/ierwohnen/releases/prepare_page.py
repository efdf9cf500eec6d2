"""The form that prepares a release: what there is to choose, and what stands in it at first."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.types import Context

from ckanext.ierwohnen.places.lookup import readable_level_keys
from ckanext.ierwohnen.releases import settings
from ckanext.ierwohnen.releases.audience import ALLIANCE, ORGANIZATIONS
from ckanext.ierwohnen.releases.auth import release_of
from ckanext.ierwohnen.releases.catalogue import catalogue
from ckanext.ierwohnen.releases.states import State
from ckanext.ierwohnen.releases.store import Release
from ckanext.ierwohnen.tables.wording import reader_language
from ckanext.ierwohnen.vault.errors import VaultError

LISTS = ("sources", "figures", "dimensions", "organizations")
TEXTS = ("title", "reference_date", "level", "audience", "purpose", "agreement", "valid_until", "replaces")


def choices(context: Context, organization: str) -> dict[str, Any]:
    """What the form offers to somebody who acts for a company.

    :return: `dates` (of the own stock, the newest first), `levels`, `figures`, `dimensions`, `organizations` (the other
        ones) and whether the city has an `alliance`
    """
    language = reader_language()
    short = "en" if language.startswith("en") else "de"
    versions = tk.get_action("ierwohnen_stock_list")(
        tk.fresh_context(context), {"organization": organization, "purpose": tk._("preparing a release")}
    )
    levels = [
        (f"{keys.system}/{keys.level}", f"{keys.title(language)}, {keys.boundary_date.year}")
        for keys in readable_level_keys(context)
    ]
    groups = model.Session.query(model.Group).filter_by(is_organization=True, state="active")
    return {
        "dates": [version["reference_date"] for version in versions],
        "levels": levels,
        "figures": [(one.name, one.title[short], one.unit[short]) for one in catalogue().figures.values()],
        "dimensions": [(one.name, one.title[short]) for one in catalogue().dimensions.values()],
        "organizations": sorted(
            ((one.id, one.title or one.name) for one in groups if one.id != organization), key=lambda one: one[1]
        ),
        "alliance": _has_alliance(),
    }


def from_form(form: Any) -> dict[str, Any]:
    """The fields of the form as the action takes them."""
    found = {name: form.get(name, "").strip() for name in TEXTS}
    return {**found, **{name: form.getlist(name) for name in LISTS}, "consent": form.get("consent") == "true"}


def at_first(context: Context, organization: str, like: str, offered: Mapping[str, Any]) -> dict[str, Any]:
    """An empty form, or the definition of an earlier release of the company with the newest stock.

    :param like: id or number of the earlier release; "" for none
    :raises ObjectNotFound: if the reader may not know of it, or it is not the company's
    """
    newest = offered["dates"][0] if offered["dates"] else ""
    blank: dict[str, Any] = {name: "" for name in TEXTS} | {name: [] for name in LISTS}
    kind = ALLIANCE if offered["alliance"] else ORGANIZATIONS
    blank |= {"reference_date": newest, "consent": False, "audience": kind}
    if not like:
        return blank
    earlier = release_of(context, {"id": like})
    if not earlier.owned or organization not in earlier.definition.owners:
        raise tk.ObjectNotFound(tk._("There is no such release."))
    return blank | _again(earlier, organization, newest)


def _again(earlier: Release, organization: str, newest: str) -> dict[str, Any]:
    """What the owners once agreed to, but for the date and how long it holds; consent is asked for anew."""
    definition = earlier.definition
    same = definition.valid_until if definition.valid_until > dt.date.today() else None
    return {
        "title": definition.title,
        "reference_date": newest or definition.reference_date.isoformat(),
        "sources": [owner for owner in definition.owners if owner != organization],
        "figures": list(definition.figures),
        "level": definition.level,
        "dimensions": list(definition.dimensions),
        "audience": definition.audience.kind,
        "organizations": sorted(definition.audience.organizations) if definition.audience.kind == ORGANIZATIONS else [],
        "purpose": definition.purpose,
        "agreement": definition.agreement,
        "valid_until": same.isoformat() if same else "",
        "replaces": earlier.number if earlier.state == State.PUBLISHED else "",
    }


def _has_alliance() -> bool:
    try:
        return bool(settings.alliance())
    except VaultError:
        return False
