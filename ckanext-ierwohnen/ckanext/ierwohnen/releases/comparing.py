"""What owners may lay beside a release: their own values in its cells, and the release that it takes the place of."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import Context

from ckanext.ierwohnen.confidential.hierarchy import TOTAL
from ckanext.ierwohnen.look.figure import Figure
from ckanext.ierwohnen.look.signs import Status
from ckanext.ierwohnen.releases import store as releases
from ckanext.ierwohnen.releases.catalogue import catalogue
from ckanext.ierwohnen.releases.cells import status_of
from ckanext.ierwohnen.releases.definition import Definition
from ckanext.ierwohnen.releases.own_cells import difference, nothing, own_values, place_of
from ckanext.ierwohnen.releases.records import columns_needed, records_of
from ckanext.ierwohnen.releases.roles import actor_of, organization_id
from ckanext.ierwohnen.releases.store import Release
from ckanext.ierwohnen.tables.wording import reader_language
from ckanext.ierwohnen.vault import settings
from ckanext.ierwohnen.vault.door import stock_of_day
from ckanext.ierwohnen.vault.errors import VaultError
from ckanext.ierwohnen.vault.reader import Reader


def own_company(context: Context, release: Release, name: str) -> str:
    """The id of a company by whose stock the reader may have the cells filled: an owner for which it acts.

    :raises ObjectNotFound: for every other, whether it is an owner or not
    """
    organization = organization_id(name)
    if organization in release.definition.owners and organization in actor_of(context).roles:
        return str(organization)
    raise tk.ObjectNotFound(tk._("Organization not found"))


def with_own(context: Context, release: Release, cells: list[dict[str, Any]], organization: str, purpose: str) -> str:
    """Put the company's own values beside the cells' (`own`); the reading is in its ledger first.

    :return: when the stock was loaded, ISO, if that is after the release was checked; else empty
    :raises VaultError: `no-such-stock` if it was deleted meanwhile
    """
    definition, store = release.definition, settings.store()
    reader = Reader(actor_of(context).name, frozenset({organization}))
    day = definition.reference_date
    (one,) = stock_of_day(
        store, reader, [organization], day, purpose=purpose, columns=columns_needed(), needs=frozenset(),
        keys=settings.keys(),
    )
    if one.rows is None:
        raise VaultError("no-such-stock")
    found = own_values(definition, records_of(one.rows, organization), [cell["level"] for cell in cells])
    for cell in cells:
        name = cell["indicator"]
        where = place_of(definition, cell)
        value = found.get(where, {}).get(name, nothing(definition, name))
        cell["own"] = _figure(value, name, "blocked" if value is None and where not in found else "")
    checked = _checked(release)
    loaded = one.version.loaded_at
    return loaded.isoformat() if checked and loaded > checked else ""


def replaced(context: Context, release: Release) -> Release | None:
    """The release that this one takes the place of, for owners; its owners are the same."""
    if not release.owned or not release.definition.replaces:
        return None
    try:
        return releases.find(settings.store(), actor_of(context), release.definition.replaces)
    except VaultError as error:
        if error.code == "no-release":
            return None
        raise


def with_difference(
    context: Context, release: Release, old: Release, cells: list[dict[str, Any]], purpose: str
) -> None:  # fmt: skip
    """Put beside each cell what it was in the release before (`before`, `difference`); that is read, too, and noted."""
    definition = release.definition
    told = releases.opened(settings.store(), actor_of(context), old, purpose)["cells"] or ()
    before = {(_names(old.definition, cell), cell["figure"]): cell for cell in told}
    for cell in cells:
        name = cell["indicator"]
        was = before.get((_names(definition, cell), name))
        cell["before"] = _figure(was["value"], name, status_of(was)) if was else None
        secret = was is not None and "secret" in (was["status"], cell["figure"]["status"])
        moved = difference(cell["figure"], was, name)
        cell["difference"] = _figure(moved, name, "secret" if secret else "", signed=True)


def _names(definition: Definition, cell: dict[str, Any]) -> tuple[Any, ...]:
    """A place that means the same in both, whatever else the other one breaks down by."""
    chosen = ((name, cell[name]) for name in definition.dimensions)
    return (cell["level"], cell["key"], tuple((name, code) for name, code in chosen if code != TOTAL))


def _figure(value: float | None, name: str, status: str = "", *, signed: bool = False) -> dict[str, Any]:
    known = Status(status) if status else Status.OK if value is not None else Status.MISSING
    if known is Status.OK and not signed and value is not None:
        known = status_of({"figure": name, "value": value, "status": known})
    language = "en" if reader_language().startswith("en") else "de"
    return Figure.of(
        value, known, precision=catalogue().figures[name].precision, signed=signed, locale=language
    ).as_dict()


def _checked(release: Release) -> Any:
    taken = zip(release.case.steps, release.times, strict=True)
    return next((at for step, at in taken if str(step.step) == "pass"), None)
