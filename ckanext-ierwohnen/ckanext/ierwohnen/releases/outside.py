"""What stands outside of the vault: a normal dataset for each public release, with a table of its cells.

The vault says what may be out; this brings the catalogue in line with it, as often as it is called, and from whatever
state it finds: a dataset that somebody was about to make or to take away is made or taken away for good. A dataset is
private until its table is complete.
"""

from __future__ import annotations

import datetime as dt
import logging
from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.ierwohnen.confidential.hierarchy import TOTAL
from ckanext.ierwohnen.releases import store as releases
from ckanext.ierwohnen.releases.catalogue import catalogue
from ckanext.ierwohnen.releases.cells import OK
from ckanext.ierwohnen.releases.definition import Definition
from ckanext.ierwohnen.releases.store import Actor, Release
from ckanext.ierwohnen.vault.errors import VaultError
from ckanext.ierwohnen.vault.store import Store

log = logging.getLogger(__name__)
ANYBODY = Actor("portal", {})
PREFIX = "freigabe-f-"
ATTRIBUTION = "Wohnungsunternehmen der Stadt"
ALL, UNMATCHED = "insgesamt", "ohne Zuordnung"
_AUTHORITY = "http://publications.europa.eu/resource/authority/"


def settle(store: Store, only: str | None = None) -> None:
    """Make and take away datasets until they are those that the vault says.

    :param only: one release; None for all
    """
    releases.expire(store)
    for release, out in releases.outside(store).items():
        if only not in (None, release):
            continue
        try:
            (_make if out else _remove)(store, release)
        except (tk.ValidationError, tk.ObjectNotFound, tk.NotAuthorized) as error:
            # One that cannot be brought in line, as its organization is gone, must not keep others from it.
            model.Session.rollback()
            log.error("release %s: %s", release, type(error).__name__)


def dataset_id(release: str) -> str:
    """The dataset of a public release has its id."""
    return release


def datasets() -> list[str]:
    """Ids of the datasets that are releases, by their names: without asking the store."""
    like = model.Session.query(model.Package.id).filter(model.Package.name.startswith(PREFIX))
    return [row[0] for row in like]


def _make(store: Store, release: str) -> None:
    package = model.Package.get(dataset_id(release))
    if package is not None and package.state == "active" and not package.private:
        return
    _remove(store, release)
    try:
        found = releases.find(store, ANYBODY, release)
        cells = releases.opened(store, ANYBODY, found, "")["cells"]
    except VaultError as error:  # withdrawn in this moment
        if error.code in ("no-release", "refused"):
            return
        raise
    tk.get_action("package_create")(_context(), _package(found))
    fields, records = table(found.definition, cells)
    tk.get_action("datastore_create")(
        _context(),
        {
            "resource": {"package_id": dataset_id(release), "name": found.definition.title, "format": "CSV"},
            "fields": fields, "records": records, "force": True,
        },
    )  # fmt: skip
    if releases.outside(store).get(release):
        tk.get_action("package_patch")(_context(), {"id": dataset_id(release), "private": False})
    if not releases.outside(store).get(release):  # withdrawn while it was made
        _remove(store, release)


def _remove(store: Store, release: str) -> None:
    package = model.Package.get(dataset_id(release))
    if package is None:
        return
    _hide(package)
    for resource in [*package.resources_all]:
        try:
            tk.get_action("datastore_delete")(_context(), {"resource_id": resource.id, "force": True})
        except tk.ObjectNotFound:
            continue
    purge(package.id)


def _hide(package: model.Package) -> None:
    """Gone for everybody at once: without this, who looks while it is taken away, or after a death in the midst of
    that, finds a dataset whose table is missing."""
    package.private = True
    # Else CKAN takes the dataset from the search index, and writes that it is not private.
    package.metadata_modified = dt.datetime.now(dt.UTC).replace(tzinfo=None)
    model.Session.commit()


def purge(package_id: str) -> None:
    """Take a dataset away so that nothing remembers it: neither database nor index nor activity stream.

    Database and activity stream forget it in one transaction: after a death in between nobody would find the
    activities again.
    """
    if p.plugin_loaded("activity"):
        from ckanext.activity.model import Activity

        model.Session.query(Activity).filter(Activity.object_id == package_id).delete()
    tk.get_action("dataset_purge")(_context(), {"id": package_id})


def _package(release: Release) -> dict[str, Any]:
    definition = release.definition
    fields: dict[str, Any] = {
        "id": dataset_id(release.id),
        "name": PREFIX + release.number.lower().removeprefix("f-"),
        "title": definition.title,
        "notes": definition.purpose,
        "owner_org": definition.owners[0],
        "private": True,
        "license_id": "dl-by-de/2.0",
    }
    if not p.plugin_loaded("ierwohnen_catalogue"):
        return fields
    return fields | {
        "type": "indicator-data",
        "licenseAttributionByText": ATTRIBUTION,
        "frequency": _AUTHORITY + "frequency/IRREG",
        "language": [_AUTHORITY + "language/DEU"],
        "temporal_end": definition.reference_date.isoformat(),
    }


def table(definition: Definition, cells: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Columns with their roles, and rows: one for each place and category, a figure and its status for each figure."""
    fields = [
        _key(definition, cells),
        {"id": "level", "type": "text", "info": {"label": "Raumebene"}, "iw_role": "note"},
    ]
    fields += [_dimension(name) for name in definition.dimensions]
    for name in definition.figures:
        fields += _figure(name, definition)
    if not p.plugin_loaded("ierwohnen_tables"):  # a stock portal's data dictionary knows no roles
        fields = [{key: value for key, value in field.items() if not key.startswith("iw_")} for field in fields]
    rows: dict[tuple[str, ...], dict[str, Any]] = {}
    for cell in cells:
        place = (cell["level"], cell["key"], *(cell[d] for d in definition.dimensions))
        row = rows.setdefault(place, _row(definition, cell))
        row[cell["figure"]] = cell["value"]
        row[f"{cell['figure']}_status"] = None if cell["status"] == OK else cell["status"]
    return fields, list(rows.values())


def _row(definition: Definition, cell: dict[str, Any]) -> dict[str, Any]:
    known = catalogue().dimensions
    named = {
        name: ALL if cell[name] == TOTAL else known[name].label(cell[name], "de") for name in definition.dimensions
    }
    return {"unit": _unit(definition, cell), "level": cell["level"].rpartition("/")[2], **named}


def _unit(definition: Definition, cell: dict[str, Any]) -> str:
    """The key of a place; of coarser ones with their level before it, since it may be a key of the finest as well."""
    if not cell["level"]:
        return ALL
    key = cell["key"] or UNMATCHED
    return key if cell["level"] == definition.level else f"{cell['level'].rpartition('/')[2]} {key}"


def _key(definition: Definition, cells: list[dict[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {"id": "unit", "type": "text", "info": {"label": "Schlüssel"}}
    if not definition.level:
        return found | {"iw_role": "note"}
    system, _, finest = definition.level.partition("/")
    coarser = {_unit(definition, cell): None for cell in cells if cell["level"] not in ("", definition.level)}
    special = {"iw_total_keys": ALL, "iw_coarser_keys": ", ".join(coarser), "iw_unassigned_keys": UNMATCHED}
    return found | {"iw_role": "key", "iw_level": finest, "iw_system": system} | {k: v for k, v in special.items() if v}


def _dimension(name: str) -> dict[str, Any]:
    title = catalogue().dimensions[name].title["de"]
    return {"id": name, "type": "text", "info": {"label": title}, "iw_role": "dimension", "iw_dimension": name}


def _figure(name: str, definition: Definition) -> list[dict[str, Any]]:
    figure = catalogue().figures[name]
    return [
        {
            "id": name, "type": "numeric", "info": {"label": figure.title["de"]}, "iw_role": "indicator",
            "iw_indicator": figure.indicator, "iw_unit": figure.unit["de"], "iw_precision": str(figure.precision),
            "iw_period": definition.reference_date.isoformat(),
        },
        {
            "id": f"{name}_status", "type": "text", "info": {"label": f"{figure.title['de']}: Zeichen"},
            "iw_role": "status", "iw_status_of": name,
        },
    ]  # fmt: skip


def _context() -> dict[str, Any]:
    user = tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]
    return {"user": user, "ignore_auth": True, "model": model, "session": model.Session}
