"""Datasets with a table file, and people who may or may not publish it."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

LONG = """Leerstand nach Stadtteilen (geprüft);;;;
Stadt Neuwald, Stand: 31.12.2025;;;;
;;;;
Nr;Stadtteil;Stichtag;Wohnungen;Leerstand in %
00;Stadt insgesamt;31.12.2025;5.220;8,7
11;Altstadt;31.12.2025;1.894;10,9
12;Schlossvorstadt;31.12.2025;1.402;.
13;Bahnhofsvorstadt;31.12.2025;1.924;7,9
99;nicht zuordenbar;31.12.2025;18;x
"""
KEY = {"column": "Nr", "role": "key", "system": "neuwald-2021", "level": "quarter"}
QUARTERS = {"11": "Altstadt", "12": "Schlossvorstadt", "13": "Bahnhofsvorstadt"}
SYSTEM = """
title: Neuwald 2021
boundary_date: 2021-01-01
levels:
  - {code: quarter, title: Stadtteil, title_en: Quarter, file: quarters.geojson, key: Nr, name: Name}
"""
NEXT_YEAR = LONG.replace("2025", "2026").replace("1.894", "1.901").replace("5.220", "5.227").replace(";10,9", ";11,0")
WIDE = """Stadtteil;Nr;31.12.2023;31.12.2024;31.12.2025
Altstadt;11;1850;1870;1894
Schlossvorstadt;12;1400;1401;1402
Bahnhofsvorstadt;13;1900;/;1924
"""


@dataclass(frozen=True)
class Office:
    """An organization with a dataset, an editor who publishes, and others who may not."""

    organization: dict[str, Any]
    dataset: dict[str, Any]
    editor: dict[str, Any]
    member: dict[str, Any]
    stranger: dict[str, Any]

    def context(self, who: str = "editor") -> dict[str, Any]:
        """A context that is not above the law."""
        from ckan import model

        person = getattr(self, who)
        return {
            "user": person["name"],
            "auth_user_obj": model.User.get(person["name"]),
            "ignore_auth": False,
        }

    def call(self, action: str, who: str = "editor", **parameters: Any) -> Any:
        """Call an action as this person."""
        import ckan.plugins.toolkit as tk

        return tk.get_action(action)(self.context(who), parameters)

    def resource(self, text: str | bytes = LONG, filename: str = "leerstand.csv") -> dict[str, Any]:
        """Upload a file as a new resource of the dataset."""
        return self.call(
            "resource_create", package_id=self.dataset["id"], name=filename, url=filename, format="CSV",
            upload=upload(text, filename),
        )  # fmt: skip


def upload(content: str | bytes, filename: str = "leerstand.csv") -> Any:
    """A file as a browser sends it."""
    from werkzeug.datastructures import FileStorage

    data = content.encode("cp1252") if isinstance(content, str) else content
    return FileStorage(stream=io.BytesIO(data), filename=filename)


def boundaries() -> bytes:
    """Three squares side by side."""
    features = []
    for place, (key, name) in enumerate(QUARTERS.items()):
        west, east = 12.0 + place / 100, 12.01 + place / 100
        ring = [[west, 51.0], [east, 51.0], [east, 51.01], [west, 51.01], [west, 51.0]]
        shape = {"type": "Polygon", "coordinates": [ring]}
        features.append({"type": "Feature", "properties": {"Nr": key, "Name": name}, "geometry": shape})
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


@pytest.fixture
def quarters(office: Office) -> None:
    """The spatial system to which the keys of the tables belong."""
    from ckan.tests import factories

    dataset = factories.Dataset(
        type="spatial-system", name="neuwald-2021", owner_org=office.organization["id"], boundary_date="2021-01-01"
    )
    file = upload(boundaries(), "quarters.geojson")
    office.call("ierwohnen_spatial_system_load", id=dataset["id"], description=SYSTEM, upload=file)


@pytest.fixture
def office(with_plugins: Any, clean_db: Any, clean_index: Any) -> Office:
    """An office with an empty public dataset."""
    from ckan.tests import factories

    editor, member, stranger = (factories.User() for _ in range(3))
    organization = factories.Organization(
        users=[{"name": editor["name"], "capacity": "editor"}, {"name": member["name"], "capacity": "member"}]
    )
    dataset = factories.Dataset(owner_org=organization["id"], title="Leerstand nach Stadtteilen")
    return Office(organization, dataset, editor, member, stranger)


@pytest.fixture
def published(office: Office) -> Callable[..., dict[str, Any]]:
    """Publish a file and run its job; gives the resource."""
    from ckanext.ierwohnen.tables import publish

    def make(text: str | bytes = LONG, filename: str = "leerstand.csv", **parameters: Any) -> dict[str, Any]:
        resource = office.resource(text, filename)
        given = {"roles": [KEY], **parameters}
        job = office.call("ierwohnen_table_publish", resource_id=resource["id"], **given)["job"]
        publish.run(job)
        shown = office.call("ierwohnen_job_show", id=job)
        assert shown["state"] == "done", shown
        return resource

    return make
