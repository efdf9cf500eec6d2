"""Fills a portal with the demonstration city, through the same actions that everybody uses.

What is there already stays: loading again adds only what is missing.
"""

from __future__ import annotations

import io
import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import geopandas as gpd
import yaml
from ckan.common import config
from ckan.plugins import plugin_loaded
from werkzeug.datastructures import FileStorage

from . import content, geometry, office_tables
from . import quarters as q
from .accounts import ensure_accounts, read_accounts
from .company_data import CompanyData, CompanyDataFailed

THEME = "http://publications.europa.eu/resource/authority/data-theme/"
AUTHORITY = "http://publications.europa.eu/resource/authority/"
JOB_PATIENCE = 180  # seconds
Say = Callable[[str], None]


class LoadFailed(Exception):
    """A part of the city could not be loaded; the message says which and why."""


class Loader:
    """Loads the parts of the city in order; ``say`` gets one line a part."""

    def __init__(self, accounts: Path, say: Say) -> None:
        self._accounts_file = accounts
        self._accounts = read_accounts(accounts)
        self._say = say
        site_user = tk.get_action("get_site_user")({"ignore_auth": True}, {})
        self._site_user = site_user["name"]
        self._failures: list[str] = []

    def load(self) -> None:
        """Organizations, accounts, spatial systems, datasets with their tables, companies' stock and releases.

        Raises LoadFailed, after all others are in, when a table or the companies' part cannot be loaded.
        """
        self._organizations()
        ensure_accounts(self._accounts_file, self._as(self._site_user))
        self._say(f"{len(self._accounts)} accounts")
        for system in content.spatial_systems():
            self._spatial_system(system)
        for dataset in content.datasets():
            self._dataset(dataset)
        self._companies()
        if self._failures:
            raise LoadFailed("\n".join(self._failures))

    def _as(self, user: str) -> dict[str, Any]:
        return {"user": user, "model": model, "session": model.Session}

    def _editor_of(self, organization: str) -> str:
        for role, person in content.people().items():
            if person["organizations"].get(organization) in ("editor", "admin") and role in self._accounts:
                return self._accounts[role]["name"]
        return self._site_user

    def _organizations(self) -> None:
        for organization in content.organizations():
            if model.Group.get(organization["name"]) is None:
                tk.get_action("organization_create")(self._as(self._site_user), dict(organization))
        self._say(f"{len(content.organizations())} organizations")

    def _spatial_system(self, system: dict[str, Any]) -> None:
        user = self._editor_of("vermessungsamt")
        if model.Package.get(system["name"]) is None:
            self._spatial_dataset(user, system)
        package = tk.get_action("package_show")(self._as(user), {"id": system["name"]})
        if package["resources"]:
            return
        boundaries = FileStorage(
            io.BytesIO(_geopackage(system["boundary_year"])), filename=f"neuwald_{system['boundary_year']}.gpkg"
        )
        resource = tk.get_action("resource_create")(
            self._as(user),
            {"package_id": system["name"], "name": "Grenzen aller Ebenen", "format": "GPKG", "upload": boundaries},
        )
        result = tk.get_action("ierwohnen_spatial_system_load")(
            self._as(user),
            {"id": system["name"], "resources": [resource["id"]], "description": _description(system)},
        )
        self._say(f"{system['title']}: {sum(level['units'] for level in result['levels'])} units")

    def _spatial_dataset(self, user: str, system: dict[str, Any]) -> None:
        package = _metadata({**system, "owner_org": "vermessungsamt", "topics": [], "themes": ["REGI"],
                             "tags": ["Stadtteile", "Grenzen"], "from": system["boundary_date"]})  # fmt: skip
        package |= {"type": "spatial-system", "boundary_date": system["boundary_date"], "ags": q.CITY_AGS}
        if "valid_until" in system:
            package["valid_until"] = system["valid_until"]
        package["frequency"] = AUTHORITY + "frequency/IRREG"
        tk.get_action("package_create")(self._as(user), package)

    def _dataset(self, dataset: dict[str, Any]) -> None:
        user = self._editor_of(dataset["owner_org"])
        if model.Package.get(dataset["name"]) is None:
            package = _metadata(dataset) | {"type": "indicator-data", "spatial_system": "raumgliederung-neuwald-2021"}
            package["deliveries"] = _deliveries(dataset.get("deliveries", {}))
            tk.get_action("package_create")(self._as(user), package)
        present = tk.get_action("package_show")(self._as(user), {"id": dataset["name"]})["resources"]
        for resource in dataset["resources"]:
            own = next((other for other in present if other["name"] == resource["title"]), None)
            own = own or self._resource(user, dataset["name"], resource)
            if resource.get("publish", True) and not own.get("datastore_active"):
                try:
                    self._publish(user, own["id"], resource)
                except (LoadFailed, tk.ValidationError) as failure:  # the other tables come in all the same
                    self._failures.append(f"{dataset['name']}: {failure}")

    def _companies(self) -> None:
        if not plugin_loaded("ierwohnen_releases"):
            return
        names = {role: account["name"] for role, account in self._accounts.items()}
        try:
            CompanyData(names, self._site_user, self._as, self._say).load()
        except (CompanyDataFailed, tk.ValidationError, tk.ObjectNotFound, tk.NotAuthorized) as failure:
            self._failures.append(f"companies: {failure}")

    def _resource(self, user: str, package: str, resource: dict[str, Any]) -> dict[str, Any]:
        table = getattr(office_tables, resource["table"])()
        upload = FileStorage(io.BytesIO(table.content), filename=table.filename)
        suffix = table.filename.rsplit(".", 1)[1].upper()
        return tk.get_action("resource_create")(
            self._as(user),
            {
                "package_id": package,
                "name": resource["title"],
                "format": {"TXT": "CSV"}.get(suffix, suffix),
                "upload": upload,
            },
        )

    def _publish(self, user: str, resource_id: str, resource: dict[str, Any]) -> None:
        request: dict[str, Any] = {"resource_id": resource_id}
        if "roles" in resource:
            request["roles"] = resource["roles"]
        job = tk.get_action("ierwohnen_table_publish")(self._as(user), request)["job"]
        until = time.monotonic() + JOB_PATIENCE
        while time.monotonic() < until:
            model.Session.rollback()  # see what the worker has committed since
            state = tk.get_action("ierwohnen_job_show")(self._as(user), {"id": job})
            if state["state"] == "done":
                self._say(f"{resource['title']}: {state['result'].get('rows', '?')} rows")
                return
            if state["state"] == "failed":
                raise LoadFailed(f"{resource['title']}: {state['message']}")
            time.sleep(0.2)
        raise LoadFailed(f"{resource['title']}: the job worker did not finish within {JOB_PATIENCE} s. Is it running?")


def _metadata(dataset: dict[str, Any]) -> dict[str, Any]:
    """The short form of ``content.yaml`` as the fields of the dataset types."""
    titles = {organization["name"]: organization["title"] for organization in content.organizations()}
    office = titles[dataset["owner_org"]]
    fields: dict[str, Any] = {
        "name": dataset["name"],
        "title": dataset["title"],
        "notes": dataset["notes"],
        "owner_org": dataset["owner_org"],
        "private": dataset.get("private", False),
        "topics": dataset["topics"],
        "theme": [THEME + code for code in dataset["themes"]],
        "tag_string": ",".join(dataset["tags"]),
        "license_id": "dl-by-de/2.0",
        "licenseAttributionByText": f"{q.CITY_NAME}, {office}",
        "frequency": AUTHORITY + "frequency/ANNUAL",
        "language": [AUTHORITY + "language/DEU"],
        "contact": [{"name": office, "email": f"{dataset['owner_org']}@neuwald.example"}],
        "publisher": [{"name": f"Stadt {q.CITY_NAME}, {office}"}],
        "geocodingText": q.CITY_NAME,
        "politicalGeocodingLevelURI": "http://dcat-ap.de/def/politicalGeocoding/Level/municipality",
        "temporal_start": dataset["from"],
    }
    optional = {"to": "temporal_end", "legal_basis": "legalBasis", "quality_note": "qualityNote"}
    fields |= {field: dataset[key] for key, field in optional.items() if key in dataset}
    return fields


def _deliveries(short: dict[str, str]) -> list[dict[str, str]]:
    if not short:
        return []
    last = {key: short[key] for key in ("reference_date", "due", "delivered") if key in short}
    if "next_due" not in short:
        return [last]
    year = int(short["reference_date"][:4]) + 1
    return [last, {"reference_date": f"{year}{short['reference_date'][4:]}", "due": short["next_due"]}]


def _geopackage(boundary_year: int) -> bytes:
    layers: dict[str, gpd.GeoDataFrame] = {
        "stadt": geometry.city(),
        "stadtbezirke": geometry.districts(boundary_year),
        "stadtteile": geometry.quarters(boundary_year),
    }
    if boundary_year >= 2021:
        layers["bloecke"] = geometry.blocks()[["key", "quarter", "geometry"]]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "boundaries.gpkg"
        for layer, shapes in layers.items():
            shapes.to_file(path, layer=layer, driver="GPKG", engine="pyogrio")
        return path.read_bytes()


def _description(system: dict[str, Any]) -> str:
    levels = [
        {"code": "city", "title": "Stadt", "title_en": "City", "layer": "stadt", "key": "key", "name": "name"},
        {"code": "district", "title": "Stadtbezirk", "title_en": "District", "layer": "stadtbezirke", "key": "key",
         "name": "name", "parent": {"level": "city", "column": "city"}},
        {"code": "quarter", "title": "Stadtteil", "title_en": "Quarter", "layer": "stadtteile", "key": "key",
         "name": "name", "parent": {"level": "district", "column": "district"}},
    ]  # fmt: skip
    if system["boundary_year"] >= 2021:
        levels.append({"code": "block", "title": "Baublock", "title_en": "Block", "layer": "bloecke", "key": "key",
                       "name": "key", "parent": {"level": "quarter", "column": "quarter"}})  # fmt: skip
    description = {"boundary_date": system["boundary_date"], "source": "Vermessungsamt Neuwald", "levels": levels}
    return yaml.safe_dump(description, allow_unicode=True, sort_keys=False)


def things_to_try() -> str:
    """The five things to try as JSON: title, address, role."""
    base = config["ckan.site_url"].rstrip("/")
    return json.dumps([{**thing, "url": base + thing["path"]} for thing in content.things_to_try()], ensure_ascii=False)
