"""The form that prepares a release: what there is to choose, and what stands in it at first."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.types import Context

from ckanext.ierwohnen.confidential.known import top
from ckanext.ierwohnen.look import clock
from ckanext.ierwohnen.places.lookup import readable_level_keys
from ckanext.ierwohnen.releases import settings
from ckanext.ierwohnen.releases.audience import ALLIANCE, ORGANIZATIONS
from ckanext.ierwohnen.releases.auth import release_of
from ckanext.ierwohnen.releases.catalogue import catalogue
from ckanext.ierwohnen.releases.definition import usual_deadline
from ckanext.ierwohnen.releases.renewing import SOON
from ckanext.ierwohnen.releases.roles import titled
from ckanext.ierwohnen.releases.states import State
from ckanext.ierwohnen.releases.stock_owners import known_owners, may_own
from ckanext.ierwohnen.releases.store import Release
from ckanext.ierwohnen.tables.wording import reader_language
from ckanext.ierwohnen.vault import settings as vault
from ckanext.ierwohnen.vault.errors import VaultError

LISTS = ("sources", "figures", "dimensions", "organizations")
TEXTS = (
    "title", "reference_date", "level", "audience", "purpose", "agreement", "valid_until", "decide_by", "replaces",
    "replaceable",
)  # fmt: skip


def labels() -> dict[str, str]:
    """What the form calls its fields, for what is wrong with them."""
    return {
        "title": tk._("Title"), "reference_date": tk._("Reference date of the stock"), "figures": tk._("Figures"),
        "level": tk._("By place"), "dimensions": tk._("Broken down by, two at most"),
        "sources": tk._("Together with other owners"), "audience": tk._("Audience"),
        "organizations": tk._("Organizations"), "purpose": tk._("Purpose"), "agreement": tk._("Agreement"),
        "valid_until": tk._("Valid until"), "decide_by": tk._("Deadline of the owners"), "consent": tk._("Consent"),
        "replaces": tk._("Replaces"),
    }  # fmt: skip


def alone(organization: str, sources: Sequence[str]) -> bool:
    """Whether all owners count as one company: then nothing can appear without its consent."""
    linked = settings.parameters().linked
    return len({top(owner, linked) for owner in (organization, *sources)}) == 1


def choices(context: Context, organization: str) -> dict[str, Any]:
    """What the form offers to somebody who acts for a company.

    :return: `dates` (of the own stock, the newest first), `levels`, `figures`, `dimensions`, `organizations` (the other
        ones; `owners` of them are known to have stock, of `others`, which are companies, nobody can say), whether the
        city has an `alliance`, and `least`, of how many owners a figure may be without the consent of all
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
    register = vault.register()
    if register is not None:  # dwellings have the places of their addresses, and no others
        levels = [(code, title) for code, title in levels if code in register.levels]
    groups = model.Session.query(model.Group).filter_by(is_organization=True, state="active").all()
    organizations = sorted(
        ((one.id, titled(one)) for one in groups if one.id != organization), key=lambda one: one[1]
    )
    owners = known_owners(context)
    possible = {one.id for one in groups if one.id not in owners and may_own(one, owners)}
    return {
        "dates": [version["reference_date"] for version in versions],
        "levels": levels,
        "figures": [(one.name, one.title[short], one.unit[short]) for one in catalogue().figures.values()],
        "dimensions": [(one.name, one.title[short]) for one in catalogue().dimensions.values()],
        "organizations": organizations,
        "owners": [one for one in organizations if one[0] in owners],
        "others": [one for one in organizations if one[0] in possible],
        "alliance": _has_alliance(),
        "least": settings.parameters().minimum_contributors,
    }


def from_form(form: Any) -> dict[str, Any]:
    """The fields of the form as the action takes them."""
    found = {name: form.get(name, "").strip() for name in TEXTS}
    return {**found, **{name: form.getlist(name) for name in LISTS}, "consent": form.get("consent") == "true"}


def at_first(
    context: Context, organization: str, like: str, offered: Mapping[str, Any], day: str = ""
) -> dict[str, Any]:
    """An empty form, or the definition of an earlier release of the company.

    :param like: id or number of the earlier release; "" for none
    :param day: reference date of the stock; "" for that of the earlier release, or the newest
    :raises ObjectNotFound: if the reader may not know of it, or it is not the company's
    """
    newest = offered["dates"][0] if offered["dates"] else ""
    blank: dict[str, Any] = {name: "" for name in TEXTS} | {name: [] for name in LISTS}
    kind = ALLIANCE if offered["alliance"] else ORGANIZATIONS
    blank |= {"reference_date": newest, "consent": False, "audience": kind}
    blank["decide_by"] = usual_deadline(clock.today()).isoformat()
    if not like:
        return blank
    earlier = release_of(context, {"id": like})
    if not earlier.owned or organization not in earlier.definition.owners:
        raise tk.ObjectNotFound(tk._("There is no such release."))
    same = earlier.definition.reference_date.isoformat()
    chosen = next((one for one in (day, same) if one in offered["dates"]), newest)
    return blank | _again(earlier, organization, dt.date.fromisoformat(chosen or same))


def _again(earlier: Release, organization: str, day: dt.date) -> dict[str, Any]:
    """What the owners once agreed to; consent is asked for anew, and the last day where it is near.

    Figures of another date stand beside the earlier ones. Only those of the same date take their place by themselves.
    """
    definition = earlier.definition
    old, soon = definition.reference_date, clock.today() + dt.timedelta(days=SOON)
    same = definition.valid_until if definition.valid_until > soon else None
    number = earlier.number if earlier.state == State.PUBLISHED else ""
    return {
        "title": re.sub(rf"(?<!\d){old.year}(?!\d)", str(day.year), definition.title),
        "reference_date": day.isoformat(),
        "sources": [owner for owner in definition.owners if owner != organization],
        "figures": list(definition.figures),
        "level": definition.level,
        "dimensions": list(definition.dimensions),
        "audience": definition.audience.kind,
        "organizations": sorted(definition.audience.organizations) if definition.audience.kind == ORGANIZATIONS else [],
        "purpose": definition.purpose,
        "agreement": definition.agreement,
        "valid_until": same.isoformat() if same else "",
        "replaceable": number,
        "replaces": number if day == old else "",
    }


def once_more(release: Release, organization: str, today: dt.date) -> dict[str, Any]:
    """The same release with a new deadline, as the action takes it; what an owner consented to holds for it alone."""
    definition = release.definition
    kind = definition.audience.kind
    found = {
        "organization": organization, "title": definition.title, "sources": list(definition.owners),
        "reference_date": definition.reference_date.isoformat(), "figures": list(definition.figures),
        "level": definition.level, "dimensions": list(definition.dimensions), "audience": kind,
        "purpose": definition.purpose, "agreement": definition.agreement,
        "valid_until": definition.valid_until.isoformat(),
        "decide_by": usual_deadline(today, definition.valid_until).isoformat(),
        "consent": organization in definition.consents,
    }  # fmt: skip
    if kind == ORGANIZATIONS:
        found["organizations"] = sorted(definition.audience.organizations)
    return found | ({"replaces": definition.replaces} if definition.replaces else {})


def _has_alliance() -> bool:
    try:
        return bool(settings.alliance())
    except VaultError:
        return False
