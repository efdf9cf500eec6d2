"""What downloads there are of a published table for a reader, and the file of one: the room's edge to CKAN.

The reader's right to see the resource is asked first, every time; borders are those that this reader may see.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan.types import Context

from ckanext.datastore.backend.postgres import get_read_engine, identifier
from ckanext.ierwohnen import __version__
from ckanext.ierwohnen.look.marking import N_
from ckanext.ierwohnen.look.reader import nobody
from ckanext.ierwohnen.places import lookup
from ckanext.ierwohnen.tables.exports import kept, workbook
from ckanext.ierwohnen.tables.exports.formats import (
    FORMATS,
    WHOLE_NAMES,
    Format,
    file_stem,
    filename,
    why_not,
    write,
)
from ckanext.ierwohnen.tables.exports.published import About, OutOfRange, PublishedTable
from ckanext.ierwohnen.tables.exports.snapshot import NoTable, Snapshot, batches, snapshot
from ckanext.ierwohnen.tables.exports.words import say
from ckanext.ierwohnen.tables.meanings import ColumnMeaning, column_meanings
from ckanext.ierwohnen.tables.wording import reader_language

# What the menu says of each format: its name, and for whom it is.
NAMES = {
    "xlsx": (N_("Excel (XLSX)"), N_("numbers, signs, notes and metadata in one workbook")),
    "csv": (N_("CSV"), N_("for programs: comma, decimal point")),
    "csv-excel": (N_("CSV for Excel"), N_("semicolon, decimal comma")),
    "geojson": (N_("GeoJSON"), N_("with borders, for maps on the web")),
    "gpkg": (N_("GeoPackage"), N_("with borders, for QGIS")),
    "parquet": (N_("Parquet"), N_("for R, Python and DuckDB")),
    "datapackage": (N_("Data package"), N_("description of table and CSV, JSON")),
    "tableschema": (N_("Table schema"), N_("description of the columns, JSON")),
}


class NotToBeHad(Exception):
    """The table is there, but not in this format; the message says why."""


@dataclass(frozen=True)
class Download:
    """A format in which a table can be had, or why not (`reason`)."""

    format: str
    title: str
    hint: str
    filename: str
    url: str
    media_type: str
    reason: str = ""


@dataclass(frozen=True)
class ReadyFile:
    """The file of a download. `tag` differs when its content may; `public` says that everybody may see it."""

    path: Path
    filename: str
    form: Format
    tag: str
    public: bool


def downloads(context: Context, resource_id: str) -> list[Download]:
    """The formats of a published table for this reader, quickly: nothing is made, rows are estimated.

    :raises NotAuthorized, ObjectNotFound: if the reader may not see the resource, or it has no table
    """
    resource, package = _seen(context, resource_id)
    columns = tuple(column_meanings(context, resource["id"]))
    rows = _about_rows(resource["id"])
    table = PublishedTable(columns, rows, lambda: iter(()))
    borders = _units(context, table, "coarse") is not None
    stem = _stem(resource, package)
    found = []
    for form in FORMATS.values():
        if form.detail and not borders:
            reason = say("no_units", reader_language())
        elif form.code == "xlsx" and not workbook.fits(table):
            reason = why_not(table, form, None, reader_language())
        else:
            reason = ""
        found.append(_download(resource["id"], stem, form, reason))
    return found


def ready(context: Context, resource_id: str, form: Format) -> ReadyFile:
    """The file of a download, made now if it is not there yet.

    :raises NotAuthorized, ObjectNotFound: if the reader may not see the resource, or it has no table
    :raises NotToBeHad: if the table cannot be had in this format
    """
    resource, package = _seen(context, resource_id)
    wish = _Wish(
        context, resource["id"], form, _stem(resource, package), reader_language(), about_of(resource, package)
    )
    try:
        with snapshot(resource["id"]) as look:
            name, units = wish.found(look)
        path = kept.there(resource["id"], name)
        if path is None:
            # Waiting for others who make files of this table, nobody holds the table itself.
            with kept.making(resource["id"]) as scratch, snapshot(resource["id"]) as look:
                name, units = wish.found(look)
                path = kept.there(resource["id"], name) or kept.keep(
                    resource["id"], name, wish.made(look, scratch, units)
                )
    except NoTable as error:
        raise tk.ObjectNotFound(tk._("This resource has no published table.")) from error
    return ReadyFile(path, filename(wish.stem, form), form, _digest(name), _is_public(resource["id"], units))


@dataclass(frozen=True)
class _Units:
    """The borders of a table's units, as this reader may see them."""

    dataset_id: str
    revision: str
    features: dict[str, Any]


@dataclass(frozen=True)
class _Wish:
    """What a reader wants: which table, in which format and language, and what is to be said about it."""

    context: Context
    resource_id: str
    form: Format
    stem: str
    locale: str
    about: About

    def found(self, look: Snapshot) -> tuple[str, _Units | None]:
        """The name of the kept file for this state of the table, and the borders; NotToBeHad if there can be none."""
        state, form = look.state, self.form
        table = PublishedTable(state.columns, state.rows, lambda: iter(()))
        units = _units(self.context, table, form.detail)
        reason = why_not(table, form, units.features if units else None, self.locale)
        if reason:
            raise NotToBeHad(reason)
        mark = _digest(state.mark, json.dumps(asdict(self.about)), self.stem, __version__)
        parts = [form.code, *([self.locale[:2]] if form.spoken else []), *_revision(units)]
        return f"{mark}_{'-'.join(parts)}", units

    def made(self, look: Snapshot, scratch: Path, units: _Units | None) -> Path:
        """Copy the rows out of the database, let it go, then write the file."""
        rows, path = scratch / "rows.csv", scratch / f"made{Path('x' + self.form.ending).suffix}"
        if self.form.code not in WHOLE_NAMES:
            look.copy_to(rows)
        look.release()
        names = [column.name for column in look.state.columns]
        table = PublishedTable(look.state.columns, look.state.rows, lambda: batches(rows, names), self.about)
        try:
            write(table, self.form, path, self.stem, units.features if units else None, self.locale)
        except OutOfRange as error:
            raise NotToBeHad(say("out_of_range", self.locale, column=str(error))) from error
        return path


def _seen(context: Context, resource_id: str) -> tuple[dict[str, Any], dict[str, Any]]:
    tk.check_access("ierwohnen_table_export", tk.fresh_context(context), {"id": resource_id})
    resource = tk.get_action("resource_show")(tk.fresh_context(context), {"id": resource_id})
    package = tk.get_action("package_show")(tk.fresh_context(context), {"id": resource["package_id"]})
    if not resource.get("datastore_active"):
        raise tk.ObjectNotFound(tk._("This resource has no published table."))
    return resource, package


def about_of(resource: dict[str, Any], package: dict[str, Any]) -> About:
    """What a reader has to know of the table, as the portal states it."""
    organization = package.get("organization") or {}
    page = tk.h.url_for(
        f"{package['type']}_resource.read", id=package["name"], resource_id=resource["id"], qualified=True,
        locale="default",
    )  # fmt: skip
    changed = str(resource.get("last_modified") or resource.get("metadata_modified") or "")[:19]
    return About(
        title=str(package.get("title") or package["name"]),
        table=str(resource.get("name") or ""),
        description=str(resource.get("description") or package.get("notes") or ""),
        publisher=str(organization.get("title") or organization.get("name") or ""),
        licence=str(package.get("license_title") or package.get("license_id") or ""),
        licence_id=str(package.get("license_id") or ""),
        licence_url=str(package.get("license_url") or ""),
        attribution=str(package.get("licenseAttributionByText") or ""),
        page=page,
        changed=changed,
        first=str(package.get("temporal_start") or ""),
        last=str(package.get("temporal_end") or ""),
        portal=str(tk.config.get("ckan.site_title") or ""),
    )


def _stem(resource: dict[str, Any], package: dict[str, Any]) -> str:
    return file_stem(str(resource.get("name") or ""), str(package.get("title") or ""), str(package["name"]))


def _download(resource_id: str, stem: str, form: Format, reason: str) -> Download:
    title, hint = NAMES[form.code]
    name = filename(stem, form)
    url = tk.h.url_for("ierwohnen_downloads.file", resource_id=resource_id, name=name, qualified=True)
    return Download(form.code, tk._(title), tk._(hint), name, url, form.media_type, reason)


def _units(context: Context, table: PublishedTable, detail: str | None) -> _Units | None:
    key = table.key()
    if detail is None or key is None:
        return None
    return _borders(context, key, detail)


def _borders(context: Context, key: ColumnMeaning, detail: str) -> _Units | None:
    try:
        package, system = lookup.readable_system(context, str(key.system))
        features = lookup.geometry(context, str(key.system), str(key.level), detail)
    except tk.ObjectNotFound:
        return None
    return _Units(package.id, system.revision, features)


def _revision(units: _Units | None) -> list[str]:
    return [_digest(units.dataset_id, units.revision)] if units else []


def _about_rows(resource_id: str) -> int:
    query = sa.text("SELECT reltuples::bigint FROM pg_class WHERE oid = to_regclass(:name)")
    with get_read_engine().connect() as connection:
        return max(connection.execute(query, {"name": identifier(resource_id)}).scalar() or 0, 0)


def _is_public(resource_id: str, units: _Units | None) -> bool:
    """Whether somebody who is not logged in may see all that is in the file."""
    anonymous = nobody()
    try:
        tk.check_access("resource_show", tk.fresh_context(anonymous), {"id": resource_id})
    except (tk.NotAuthorized, tk.ObjectNotFound):
        return False
    return units is None or lookup.may_read(anonymous, units.dataset_id)


def _digest(*parts: str) -> str:
    return hashlib.blake2b("\0".join(parts).encode(), digest_size=12).hexdigest()
