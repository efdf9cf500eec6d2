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
from collections.abc import Iterable, Mapping
from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.ierwohnen.confidential.hierarchy import TOTAL
from ckanext.ierwohnen.indicators.active import active_catalogue
from ckanext.ierwohnen.look.forgotten import forget
from ckanext.ierwohnen.look.numbers import format_date
from ckanext.ierwohnen.look.signs import Status
from ckanext.ierwohnen.releases import store as releases
from ckanext.ierwohnen.releases.catalogue import catalogue
from ckanext.ierwohnen.releases.cells import status_of
from ckanext.ierwohnen.releases.definition import Definition
from ckanext.ierwohnen.releases.roles import title_of
from ckanext.ierwohnen.releases.rows import Places, Row, rows_of
from ckanext.ierwohnen.releases.store import Actor, Release
from ckanext.ierwohnen.releases.texts import say
from ckanext.ierwohnen.vault.errors import VaultError
from ckanext.ierwohnen.vault.store import Store

log = logging.getLogger(__name__)
ANYBODY = Actor("portal", {})
PREFIX = "freigabe-f-"
LICENCE = "dl-by-de/2.0"  # of what is for everyone
FORM = 5  # of the table; a dataset that was made in another one is made again
MOST_NAMED = 3  # owners
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
                remove(release)
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
        remove(release)
        cells = releases.opened(store, ANYBODY, found, "")["cells"]
    except VaultError as error:  # withdrawn in this moment
        if error.code in ("no-release", "refused"):
            return
        raise
    tk.get_action("package_create")(portal_context(), _package(found))
    fields, records = table(found.definition, cells, Places.of(portal_context(), found.definition.level))
    tk.get_action("datastore_create")(
        portal_context(),
        {
            "resource": {
                "package_id": dataset_id(release), "name": found.definition.title, "format": "CSV",
                "hash": _form(found.definition),
            },
            "fields": fields, "records": records, "force": True,
        },
    )  # fmt: skip
    if releases.outside(store).get(release):
        tk.get_action("package_patch")(portal_context(), {"id": dataset_id(release), "private": False})
    if not releases.outside(store).get(release):  # withdrawn while it was made
        remove(release)


def _stands(release: Release) -> bool:
    """Whether its dataset is there and complete, in the form in which it would be made today."""
    package = model.Package.get(dataset_id(release.id))
    if package is None or package.state != "active" or package.private or not is_release(package):
        return False
    return [one.hash for one in package.resources] == [_form(release.definition)]


def _form(definition: Definition) -> str:
    """Tells tables of another making apart: nothing of the figures is in it."""
    told = [FORM, p.plugin_loaded("ierwohnen_tables"), p.plugin_loaded("ierwohnen_catalogue")]
    columns = [one for name in definition.figures for one in _figure(name, definition, "de")]
    columns += [_dimension(name, "de") for name in definition.dimensions]
    return hashlib.sha256(json.dumps([told, columns], sort_keys=True).encode()).hexdigest()


def remove(release: str) -> None:
    """Take the dataset of a release away, if it is there."""
    package = model.Package.get(dataset_id(release))
    if package is None:
        return
    _hide(package)
    for resource in [*package.resources_all]:
        try:
            tk.get_action("datastore_delete")(portal_context(), {"resource_id": resource.id, "force": True})
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
    tk.get_action("dataset_purge")(portal_context(), {"id": package_id})


def _package(release: Release) -> dict[str, Any]:
    definition = release.definition
    fields: dict[str, Any] = {
        "id": dataset_id(release.id),
        "name": name_of(release.number),
        "title": definition.title,
        "notes": notes(release),
        "url": f"{tk.config['ckan.site_url']}/ierwohnen/freigaben/{release.number}",
        "owner_org": definition.lead or definition.owners[0],
        "private": True,
        "license_id": LICENCE,
    }
    if not p.plugin_loaded("ierwohnen_catalogue"):
        return fields
    return fields | {
        "type": "indicator-data",
        "licenseAttributionByText": owners_told(definition),
        "publisher": [{"name": owners_told(definition)}],
        "frequency": _AUTHORITY + "frequency/IRREG",
        "language": [_AUTHORITY + "language/DEU"],
        "topics": _topics(definition),
        "temporal_end": definition.reference_date.isoformat(),
    }


def _topics(definition: Definition) -> list[str]:
    """Those of the indicators that it tells."""
    told = (active_catalogue().find(catalogue().figures[name].indicator) for name in definition.figures)
    return list(dict.fromkeys(one.topic for one in told if one))


def notes(release: Release, language: str = "de") -> str:
    """The description of the dataset of a public release."""
    definition = release.definition
    return say(
        "dataset-notes", language, purpose=definition.purpose, number=release.number,
        owners=owners_told(definition, language), agreement=definition.agreement,
        until=format_date(definition.valid_until, locale=language),
    )  # fmt: skip


def owners_told(definition: Definition, language: str = "de") -> str:
    """Whose dwellings these are: `A und B`, `42 Wohnungsunternehmen (A, B und 40 weitere)`."""
    names = [title_of(one) for one in sorted(definition.owners, key=lambda one: one != definition.lead)]
    names = names[:1] + sorted(names[1:], key=str.casefold)
    if len(names) == 1:
        return names[0]
    if len(names) <= MOST_NAMED:
        return say("owners-few", language, names=", ".join(names[:-1]), last=names[-1])
    return say("owners-many", language, count=len(names), first=names[0], second=names[1], rest=len(names) - 2)


def table(
    definition: Definition, cells: Iterable[Mapping[str, Any]], places: Places, language: str = "de"
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Columns with their roles, and rows: one for each place and category, a figure and its status for each figure.

    :param cells: as the store has them
    :param language: of headings, names and categories
    """
    rows = rows_of(cells, definition.dimensions, definition.level, places)
    fields = [
        _key(definition, rows, places, language),
        {**_column("name", language), "iw_role": "name" if definition.level else "note"},
        {**_column("level", language), "iw_role": "note"},
        {**_column("date", language), "iw_role": "note"},
    ]
    fields += [_dimension(name, language) for name in definition.dimensions]
    for name in definition.figures:
        fields += _figure(name, definition, language)
    if not p.plugin_loaded("ierwohnen_tables"):  # a stock portal's data dictionary knows no roles
        fields = [{key: value for key, value in one.items() if not key.startswith("iw_")} for one in fields]
    return fields, [_row(definition, row, places, language) for row in rows]


def _number(cell: Mapping[str, Any]) -> float | int | None:
    """The value as the figure is written: a count has no decimals."""
    value = cell["value"]
    return int(value) if value is not None and not catalogue().figures[cell["figure"]].precision else value


def _row(definition: Definition, row: Row, places: Places, language: str) -> dict[str, Any]:
    known = catalogue().dimensions
    named = {
        name: say("all-categories", language) if code == TOTAL else known[name].label(code, language)
        for name, code in zip(definition.dimensions, row.codes, strict=True)
    }
    found = {
        "unit": _unit(definition, row, places, language), "name": places.name(row.level, row.key, language),
        "level": places.level(row.level, language), "date": format_date(definition.reference_date, locale=language),
        **named,
    }  # fmt: skip
    for cell in row.cells:
        status = status_of(cell)
        found[cell["figure"]] = _number(cell)
        found[f"{cell['figure']}_status"] = None if status is Status.OK else str(status)
    return found


def _unit(definition: Definition, row: Row, places: Places, language: str) -> str:
    """The key of a place; of coarser ones with their level before it, since it may be a key of the finest as well."""
    if not row.level:
        return say("all-key", language)
    key = row.key or say("no-key", language)
    return key if row.level == definition.level else f"{places.level(row.level, language)} {key}"


def _key(definition: Definition, rows: list[Row], places: Places, language: str) -> dict[str, Any]:
    found: dict[str, Any] = _column("unit", language)
    if not definition.level:
        return found | {"iw_role": "note"}
    system, _, finest = definition.level.partition("/")
    above = {_unit(definition, row, places, language): row for row in rows if row.level not in ("", definition.level)}
    units = {shown: f"{row.level.partition('/')[2]}/{row.key}" for shown, row in above.items() if row.key}
    special = {
        "iw_total_keys": say("all-key", language), "iw_coarser_keys": ", ".join(units),
        "iw_coarser_units": ", ".join(f"{shown}={unit}" for shown, unit in units.items()),
        "iw_unassigned_keys": ", ".join([say("no-key", language), *(shown for shown in above if shown not in units)]),
        "iw_partial": "yes",
    }  # fmt: skip
    return found | {"iw_role": "key", "iw_level": finest, "iw_system": system} | {k: v for k, v in special.items() if v}


def _column(name: str, language: str) -> dict[str, Any]:
    code = f"column-{name}"
    return {"id": name, "type": "text", "info": {"label": say(code, language)}, "iw_label_en": say(code, "en")}


def _dimension(name: str, language: str) -> dict[str, Any]:
    title = catalogue().dimensions[name].title
    return {
        "id": name, "type": "text", "info": {"label": title[_short(language)]}, "iw_label_en": title["en"],
        "iw_role": "dimension", "iw_dimension": name,
    }  # fmt: skip


def _figure(name: str, definition: Definition, language: str) -> list[dict[str, Any]]:
    figure = catalogue().figures[name]
    title = figure.title[_short(language)]
    return [
        {
            "id": name, "type": "numeric", "info": {"label": title}, "iw_label_en": figure.title["en"],
            "iw_role": "indicator", "iw_indicator": figure.indicator, "iw_unit": figure.unit[_short(language)],
            "iw_precision": str(figure.precision), "iw_period": definition.reference_date.isoformat(),
        },
        {
            "id": f"{name}_status", "type": "text", "info": {"label": say("column-status", language, figure=title)},
            "iw_label_en": say("column-status", "en", figure=figure.title["en"]), "iw_role": "status",
            "iw_status_of": name,
        },
    ]  # fmt: skip


def _short(language: str) -> str:
    return "en" if language.startswith("en") else "de"


def portal_context() -> dict[str, Any]:
    """The portal itself acts."""
    user = tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]
    return {"user": user, "ignore_auth": True, "model": model, "session": model.Session}
