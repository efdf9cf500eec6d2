"""What stands outside of the vault: a normal dataset for each public release, with a table of its cells.

The vault says what may be out; this brings the catalogue in line with it, as often as it is called, and from whatever
state it finds: a dataset that somebody was about to make or to take away is made or taken away for good. A dataset is
private until its table is complete. One process at a time works at a dataset.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.ierwohnen.confidential.hierarchy import TOTAL
from ckanext.ierwohnen.look.forgotten import forget
from ckanext.ierwohnen.look.numbers import format_date
from ckanext.ierwohnen.places.lookup import readable_level_keys
from ckanext.ierwohnen.releases import store as releases
from ckanext.ierwohnen.releases.catalogue import catalogue
from ckanext.ierwohnen.releases.cells import OK, without_repeats
from ckanext.ierwohnen.releases.definition import Definition
from ckanext.ierwohnen.releases.roles import title_of
from ckanext.ierwohnen.releases.store import Actor, Release
from ckanext.ierwohnen.vault.errors import VaultError
from ckanext.ierwohnen.vault.store import Store

log = logging.getLogger(__name__)
ANYBODY = Actor("portal", {})
PREFIX = "freigabe-f-"
FORM = 3  # of the table; a dataset that was made in another one is made again
MOST_NAMED = 3  # owners
ALL, UNMATCHED = "insgesamt", "ohne Zuordnung"
CITY, UNKNOWN = "Stadt insgesamt", "Adresse unbekannt"
_AUTHORITY = "http://publications.europa.eu/resource/authority/"


def settle(store: Store, first: str = "") -> None:
    """Make and take away datasets until they are those that the vault says.

    :param first: the release to begin with; of the others, those are taken away first that may not be out
    """
    releases.expire(store)
    found = releases.outside(store)
    known = {one.id: one for one in releases.releases(store, ANYBODY)}
    for release in sorted(found, key=lambda one: (one != first, found[one])):
        _bring_in_line(store, release, known.get(release) if found[release] else None)


def _bring_in_line(store: Store, release: str, shown: Release | None) -> None:
    """Make or take away one dataset; `shown` is the release if it may be out."""
    if _stands(shown) if shown else model.Package.get(dataset_id(release)) is None:
        return
    try:
        with releases.alone(store, release):
            model.Session.expire_all()  # what another process has done while this one waited
            if releases.outside(store).get(release):
                _make(store, release)
            else:
                _remove(release)
    except (tk.ValidationError, tk.ObjectNotFound, tk.NotAuthorized) as error:
        # One that cannot be brought in line, as its organization is gone, must not keep others from it.
        model.Session.rollback()
        log.error("release %s: %s", release, type(error).__name__)
    except VaultError as error:
        if error.code != "busy":
            raise
        log.warning("release %s: another process is at it", release)  # the worker comes after it


def overdue(store: Store) -> list[str]:
    """Releases that are outside of the vault, wholly or in part, and may not be."""
    there = set(datasets())
    return [release for release, out in releases.outside(store).items() if not out and dataset_id(release) in there]


def end(store: Store) -> None:
    """Take away what is overdue, and note what the calendar has ended; makes nothing."""
    releases.expire(store)
    for release in overdue(store):
        _bring_in_line(store, release, None)


def dataset_id(release: str) -> str:
    """The dataset of a public release has its id."""
    return release


def name_of(number: str) -> str:
    """The name of the dataset of a public release."""
    return PREFIX + number.lower().removeprefix("f-")


def exists(name: str) -> bool:
    """Whether a dataset of this name is there; who may see it is asked elsewhere."""
    package = model.Package.get(name)
    return package is not None and package.state == "active"


def is_release(package: model.Package) -> bool:
    """Whether a dataset is one that this room made: nobody else may give it such a name."""
    return str(package.name or "").startswith(PREFIX)


def datasets() -> list[str]:
    """Ids of the datasets that are releases, by their names: without asking the store."""
    like = model.Session.query(model.Package.id).filter(model.Package.name.startswith(PREFIX))
    return [row[0] for row in like]


def _make(store: Store, release: str) -> None:
    try:
        found = releases.find(store, ANYBODY, release)
        if _stands(found):
            return
        _remove(release)
        cells = releases.opened(store, ANYBODY, found, "")["cells"]
    except VaultError as error:  # withdrawn in this moment
        if error.code in ("no-release", "refused"):
            return
        raise
    tk.get_action("package_create")(_context(), _package(found))
    fields, records = table(found.definition, cells, Places.of(found.definition))
    tk.get_action("datastore_create")(
        _context(),
        {
            "resource": {
                "package_id": dataset_id(release), "name": found.definition.title, "format": "CSV",
                "hash": _form(found.definition),
            },
            "fields": fields, "records": records, "force": True,
        },
    )  # fmt: skip
    if releases.outside(store).get(release):
        tk.get_action("package_patch")(_context(), {"id": dataset_id(release), "private": False})
    if not releases.outside(store).get(release):  # withdrawn while it was made
        _remove(release)


def _stands(release: Release) -> bool:
    """Whether its dataset is there and complete, in the form in which it would be made today."""
    package = model.Package.get(dataset_id(release.id))
    if package is None or package.state != "active" or package.private or not is_release(package):
        return False
    return [one.hash for one in package.resources] == [_form(release.definition)]


def _form(definition: Definition) -> str:
    """Tells tables of another making apart: nothing of the figures is in it."""
    told = [FORM, p.plugin_loaded("ierwohnen_tables"), p.plugin_loaded("ierwohnen_catalogue")]
    columns = [one for name in definition.figures for one in _figure(name, definition)]
    columns += [_dimension(name) for name in definition.dimensions]
    return hashlib.sha256(json.dumps([told, columns], sort_keys=True).encode()).hexdigest()


def _remove(release: str) -> None:
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
    """Take a dataset away so that nothing remembers it: neither database nor index nor activity stream."""
    forget(package_id)
    tk.get_action("dataset_purge")(_context(), {"id": package_id})


def _package(release: Release) -> dict[str, Any]:
    definition = release.definition
    fields: dict[str, Any] = {
        "id": dataset_id(release.id),
        "name": name_of(release.number),
        "title": definition.title,
        "notes": (
            f"{definition.purpose}\n\nFreigabe {release.number} von {owners_told(definition)}. Grundlage: "
            f"{definition.agreement}. Gültig bis {format_date(definition.valid_until)}."
        ),
        "url": f"{tk.config['ckan.site_url']}/ierwohnen/freigaben/{release.number}",
        "owner_org": definition.lead or definition.owners[0],
        "private": True,
        "license_id": "dl-by-de/2.0",
    }
    if not p.plugin_loaded("ierwohnen_catalogue"):
        return fields
    return fields | {
        "type": "indicator-data",
        "licenseAttributionByText": owners_told(definition),
        "publisher": [{"name": owners_told(definition)}],
        "frequency": _AUTHORITY + "frequency/IRREG",
        "language": [_AUTHORITY + "language/DEU"],
        "temporal_end": definition.reference_date.isoformat(),
    }


def owners_told(definition: Definition) -> str:
    """Whose dwellings these are, in German: `A und B`, `42 Wohnungsunternehmen (A, B und 40 weitere)`."""
    names = [title_of(one) for one in sorted(definition.owners, key=lambda one: one != definition.lead)]
    names = names[:1] + sorted(names[1:], key=str.casefold)
    if len(names) == 1:
        return names[0]
    if len(names) <= MOST_NAMED:
        return f"{', '.join(names[:-1])} und {names[-1]}"
    return f"{len(names)} Wohnungsunternehmen ({names[0]}, {names[1]} und {len(names) - 2} weitere)"


@dataclass(frozen=True)
class Places:
    """What people call levels (`system/level`) and places (level, key)."""

    levels: Mapping[str, str] = field(default_factory=dict)
    names: Mapping[tuple[str, str], str] = field(default_factory=dict)

    @classmethod
    def of(cls, definition: Definition) -> Places:
        """Those of the system of a release."""
        system = definition.level.partition("/")[0]
        found = [one for one in readable_level_keys(_context()) if one.system == system] if system else []
        at = {f"{one.system}/{one.level}": one for one in found}
        return cls(
            {level: one.level_title for level, one in at.items()},
            {(level, key): name for level, one in at.items() for key, name in one.units.items()},
        )

    def level(self, level: str) -> str:
        """A level in words."""
        return self.levels.get(level) or level.rpartition("/")[2] or CITY

    def name(self, level: str, key: str) -> str:
        """A place in words."""
        if not level:
            return CITY
        return self.names.get((level, key), key) if key else UNKNOWN


def table(
    definition: Definition, cells: list[dict[str, Any]], places: Places
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Columns with their roles, and rows: one for each place and category, a figure and its status for each figure."""
    cells = without_repeats(cells, definition)
    fields = [
        _key(definition, cells, places),
        {"id": "name", "type": "text", "info": {"label": "Gebiet"}, "iw_role": "name" if definition.level else "note"},
        {"id": "level", "type": "text", "info": {"label": "Raumebene"}, "iw_role": "note"},
        {"id": "date", "type": "text", "info": {"label": "Stichtag"}, "iw_role": "note"},
    ]
    fields += [_dimension(name) for name in definition.dimensions]
    for name in definition.figures:
        fields += _figure(name, definition)
    if not p.plugin_loaded("ierwohnen_tables"):  # a stock portal's data dictionary knows no roles
        fields = [{key: value for key, value in one.items() if not key.startswith("iw_")} for one in fields]
    rows: dict[tuple[str, ...], dict[str, Any]] = {}
    for cell in cells:
        place = (cell["level"], cell["key"], *(cell[d] for d in definition.dimensions))
        row = rows.setdefault(place, _row(definition, cell, places))
        row[cell["figure"]] = _number(cell)
        row[f"{cell['figure']}_status"] = None if cell["status"] == OK else cell["status"]
    return fields, list(rows.values())


def _number(cell: dict[str, Any]) -> float | int | None:
    """The value as the figure is written: a count has no decimals."""
    value = cell["value"]
    return int(value) if value is not None and not catalogue().figures[cell["figure"]].precision else value


def _row(definition: Definition, cell: dict[str, Any], places: Places) -> dict[str, Any]:
    known = catalogue().dimensions
    named = {
        name: ALL if cell[name] == TOTAL else known[name].label(cell[name], "de") for name in definition.dimensions
    }
    return {
        "unit": _unit(definition, cell, places), "name": places.name(cell["level"], cell["key"]),
        "level": places.level(cell["level"]), "date": format_date(definition.reference_date), **named,
    }  # fmt: skip


def _unit(definition: Definition, cell: dict[str, Any], places: Places) -> str:
    """The key of a place; of coarser ones with their level before it, since it may be a key of the finest as well."""
    if not cell["level"]:
        return ALL
    key = cell["key"] or UNMATCHED
    return key if cell["level"] == definition.level else f"{places.level(cell['level'])} {key}"


def _key(definition: Definition, cells: list[dict[str, Any]], places: Places) -> dict[str, Any]:
    found: dict[str, Any] = {"id": "unit", "type": "text", "info": {"label": "Schlüssel"}}
    if not definition.level:
        return found | {"iw_role": "note"}
    system, _, finest = definition.level.partition("/")
    coarser = {_unit(definition, cell, places): None for cell in cells if cell["level"] not in ("", definition.level)}
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
