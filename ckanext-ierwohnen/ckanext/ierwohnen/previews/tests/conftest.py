"""A town in the portal: its boundaries loaded, a table published with meanings, and people who may see it."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from ckanext.ierwohnen.previews.tests.town import VALUES, town

SYSTEM = "musterstadt-2021"
DESCRIPTION = """
title: Musterstadt 2021
boundary_date: 2021-01-01
levels:
  - {code: quarter, title: Stadtteil, title_en: Quarter, file: town.geojson, key: key, name: name}
"""
YEARS = ("2023-12-31", "2024-12-31", "2025-12-31")
FIELDS: list[dict[str, Any]] = [
    {"id": "nr", "type": "text", "info": {"label": "Stadtteil"}, "iw_role": "key", "iw_level": "quarter",
     "iw_system": SYSTEM, "iw_boundary_date": "2021-01-01", "iw_total_keys": "00"},
    {"id": "stichtag", "type": "date", "info": {"label": "Stichtag"}, "iw_role": "period"},
    {"id": "wohnungen", "type": "int", "info": {"label": "Wohnungen"}, "iw_role": "indicator",
     "iw_indicator": "dwellings"},
    {"id": "quote", "type": "numeric", "info": {"label": "Quote"}, "iw_role": "indicator",
     "iw_indicator": "vacancy_rate", "iw_unit": "%", "iw_precision": 1},
    {"id": "quote_zeichen", "type": "text", "iw_role": "status", "iw_status_of": "quote"},
]  # fmt: skip


def records() -> list[dict[str, Any]]:
    """Eleven units over three dates and the town as a whole; "." stays "." in every year."""
    rows = []
    for year, stichtag in enumerate(YEARS):
        for index, value in enumerate(VALUES):
            sign = {3: "secret", 8: "secret", 10: "later"}.get(index)
            rate = None if value is None else round(value - 0.3 * (2 - year), 1)
            rows.append({"nr": f"{index + 1:02d}", "stichtag": stichtag, "wohnungen": 1000 + 100 * index + year,
                         "quote": rate, "quote_zeichen": sign})  # fmt: skip
        rows.append({"nr": "00", "stichtag": stichtag, "wohnungen": 18600, "quote": 8.7, "quote_zeichen": None})
    return rows


@pytest.fixture
def publisher(with_plugins, clean_db, clean_index) -> dict[str, Any]:
    """An editor of an organization: name, token, organization."""
    from ckan.tests import factories

    user = factories.UserWithToken()
    organization = factories.Organization(users=[{"name": user["name"], "capacity": "editor"}])
    return {**user, "organization": organization}


@pytest.fixture
def new_boundaries(publisher) -> dict[str, Any]:
    """The town's boundaries as a spatial system that everybody may see."""
    from ckan.tests import factories, helpers
    from werkzeug.datastructures import FileStorage

    dataset = factories.Dataset(
        type="spatial-system", name=SYSTEM, owner_org=publisher["organization"]["id"], boundary_date="2021-01-01"
    )
    collection = town()
    for feature in collection["features"]:
        feature["properties"].pop("parent")
    helpers.call_action(
        "ierwohnen_spatial_system_load",
        {"user": publisher["name"], "ignore_auth": False},
        id=dataset["id"],
        description=DESCRIPTION,
        upload=FileStorage(io.BytesIO(json.dumps(collection).encode()), filename="town.geojson"),
    )
    return dataset


@pytest.fixture
def new_dataset(publisher) -> dict[str, Any]:
    """A public dataset of the organization."""
    from ckan.tests import factories

    return factories.Dataset(owner_org=publisher["organization"]["id"], title="Leerstand in Musterstadt")


def act(action: str, **parameters: Any) -> Any:
    """Call an action as the site's own user, for whom nothing is forbidden."""
    import ckan.plugins.toolkit as tk
    from ckan.tests import helpers

    site_user = tk.get_action("get_site_user")({"ignore_auth": True}, {})
    return helpers.call_action(action, {"user": site_user["name"]}, **parameters)


def stored(dataset: dict[str, Any], fields: list[dict[str, Any]], rows: list[dict[str, Any]]) -> dict[str, Any]:
    """A resource of the dataset with a table in the DataStore."""
    from ckan.tests import factories

    resource = factories.Resource(
        package_id=dataset["id"], name="Leerstand", format="CSV", url="https://stadt.example/l.csv"
    )
    act("datastore_create", resource_id=resource["id"], force=True, fields=fields, records=rows)
    return act("resource_show", id=resource["id"])


@pytest.fixture
def new_table(new_boundaries, new_dataset) -> dict[str, Any]:
    """A published table of the town with meanings: the resource."""
    return stored(new_dataset, FIELDS, records())


@pytest.fixture
def new_foreign(new_dataset) -> dict[str, Any]:
    """A table that is none of ours: no meanings, odd names."""
    rows = [{"a b": f"z{index}", "jahr": 1900 + index, "%,x": index / 8} for index in range(230)]
    fields = [{"id": "a b", "type": "text"}, {"id": "jahr", "type": "int"}, {"id": "%,x", "type": "float8"}]
    return stored(new_dataset, fields, rows)


@pytest.fixture
def at(app):
    """Get an address of a resource's figures: `at(resource, "map.svg", unit="05")`."""

    def get(resource, name="", user=None, status=200, **query):
        headers = {"Authorization": user["token"]} if user else {}
        address = f"/ierwohnen/figure/{resource['id']}" + (f"/{name}" if name else "")
        return app.get(address, query_string=query, headers=headers, status=status)

    return get
